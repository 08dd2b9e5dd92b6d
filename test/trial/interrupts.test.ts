// Interrupts in hooks: the merged order of livepatch-stack holds at every instruction, the two tempting orders break in their windows only.
import { describe, expect, test } from 'vitest';
import { witnessIndex } from '../../src/contract/witnesses.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';
import { TABLE } from '../scenario/table.ts';

const MISSED = witnessIndex('events-not-delivered');
const named = (name: string) => BUILT_IN.find((strategy) => strategy.name === name)!;
const NAMES = ['livepatch-stack', 'livepatch-stack-late-publish', 'livepatch-stack-early-release', 'mini-frame', 'manual-restore'];
const trials = new Trials(NAMES.map(named));

/** A calls patched B, locally but where a stub is interrupted; the handler calls a patched function. H in N and E in N: another module than A's. */
const program = (region: string, handler: string): string => `A:M -> 1 ${region === 'stub' ? 'global B; B:N' : 'local B; B:M'} patched; ${handler}`;
const OTHER = 'H:N -> 2 local E; E:N patched';
const SAME = 'H:M -> 2 local E; E:M patched';

/** Steps of a region at which an interrupt was delivered, each with the obligation that it broke, or ok. */
function sweep(strategy: number, handler: string, region: string, ownStack = false): string[] {
  const found: string[] = [];
  for (let step = 0; step < 256; step++) {
    trials.load(parseScenario(`${program(region, handler)}; irq 1 at 1 ${region}+${step} runs H${ownStack ? ' own-stack' : ''}`));
    trials.resetWitnesses();
    const verdict = trials.run(strategy);
    if (trials.witnesses[MISSED]! > 0) return found;
    found.push(verdict.outcome === 'holds' ? 'ok' : verdict.violations.map(({ obligation }) => obligation).join(' '));
  }
  throw new RangeError(`${region} has no end`);
}

/** The same, equal neighbours in one word: '3 ok'. */
function stretches(steps: readonly string[]): string[] {
  const found: { what: string; count: number }[] = [];
  for (const what of steps) {
    const last = found.at(-1);
    if (last?.what === what) last.count++;
    else found.push({ what, count: 1 });
  }
  return found.map(({ what, count }) => `${count} ${what}`);
}

describe('livepatch-stack in its merged order', () => {
  test.each([
    ['caller', 2], ['stub', 6], ['ftrace-entry', 54], ['hook-entry', 12], ['callee', 36], ['hook-return', 13], ['return-site', 27],
  ])('holds with an interrupt at every instruction of %s, %i of them', (region, instructions) => {
    for (const own of [false, true]) expect(stretches(sweep(0, OTHER, region, own))).toEqual([`${instructions} ok`]);
  });
});

describe('the two tempting orders', () => {
  test.each([1, 2])('%i: hold on the whole table without interrupts where livepatch-stack holds', (wrong) => {
    for (const { text } of TABLE) {
      trials.load(parseScenario(text));
      const merged = trials.run(0).violations.map(({ obligation }) => obligation);
      expect(trials.run(wrong).violations.map(({ obligation }) => obligation)).toEqual(merged);
    }
  });

  test('late publish: from the store of r2 to the publish', () => {
    expect(stretches(sweep(1, OTHER, 'hook-entry'))).toEqual(['3 ok', '2 toc', '6 return-address', '2 ok']);
    expect(stretches(sweep(1, SAME, 'hook-entry'))).toEqual(['5 ok', '6 return-address', '2 ok']);
    expect(stretches(sweep(1, OTHER, 'hook-return'))).toEqual(['13 ok']);
  });

  test('early release: from the release to the load of r2', () => {
    expect(stretches(sweep(2, OTHER, 'hook-return'))).toEqual(['4 ok', '5 return-address', '2 toc', '1 ok']);
    expect(stretches(sweep(2, SAME, 'hook-return'))).toEqual(['4 ok', '5 return-address', '3 ok']);
    expect(stretches(sweep(2, OTHER, 'hook-entry'))).toEqual(['12 ok']);
  });
});

test.each([
  [3, { 'ftrace-entry': 54, 'hook-entry': 11, callee: 36, 'hook-return': 5, 'return-site': 27 }],
  [4, { 'ftrace-entry': 54, 'hook-entry': 6, callee: 32, 'hook-return': 2, 'return-site': 27 }],
])('%i: mini-frame and manual-restore hold with an interrupt at every instruction too', (strategy, regions) => {
  for (const [region, instructions] of Object.entries(regions)) {
    expect(stretches(sweep(strategy, OTHER, region)), region).toEqual([`${instructions} ok`]);
  }
});

test.each([
  ['odd-toc', 'A:K -> 1 local B, 2 indirect C; B:K early-exit patched early-exit; C:M single args 2 patched early-exit -> 3 local D; D:P traced; '
    + 'E:N -> 4 local F patched early-exit; F:N args 2 patched; irq 1 at 1 ftrace-entry+22 runs E own-stack', 'reserved-word', 'odd_toc_local'],
  ['mini-frame', 'places M=1 N=1 P=1; A:M hoisted -> 1 local B, 2 indirect A x3; B:M args 1 variadic zone patched hoisted -> 3 indirect D; '
    + 'C:N -> 4 sibling D; D:N single args 2 patched same; irq 1 at 1 hook-entry+6 runs C own-stack', 'back-chain', 'mini_frame_push'],
])('what a handler passes is not blamed for what the interrupted code of %s does afterwards', (name, text, obligation, place) => {
  const one = new Trials([named(name)]);
  one.load(parseScenario(text));
  const { violations } = one.run(0);
  expect(one.witnesses[MISSED]).toBe(0);
  expect(violations.find((it) => it.obligation === obligation)?.place).toBe(place);
});

test('a chain through two interrupts, an ftrace entry and a hook is as long as it must be', () => {
  const one = new Trials([named('mini-frame')]);
  one.load(parseScenario('A:M patched -> sibling B; B:P traced; irq 1 at 1 ftrace-entry+7 runs A; irq 2 in 1 at 0 return-site+0 runs A'));
  const verdict = one.run(0);
  expect([verdict.outcome, verdict.violations.length, one.witnesses[MISSED]]).toEqual(['holds', 0, 0]);
});
