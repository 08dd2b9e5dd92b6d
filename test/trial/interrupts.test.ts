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

/** A calls patched B locally; the handler calls a patched function. H in N and E in N: another module than A's. */
const program = (handler: string): string => `A:M -> 1 local B; B:M patched; ${handler}`;
const OTHER = 'H:N -> 2 local E; E:N patched';
const SAME = 'H:M -> 2 local E; E:M patched';

/** Steps of a region at which an interrupt was delivered, each with the obligation that it broke, or ok. */
function sweep(strategy: number, handler: string, region: string, ownStack = false): string[] {
  const found: string[] = [];
  for (let step = 0; step < 256; step++) {
    trials.load(parseScenario(`${program(handler)}; irq 1 at 1 ${region}+${step} runs H${ownStack ? ' own-stack' : ''}`));
    trials.resetWitnesses();
    const verdict = trials.run(strategy);
    if (trials.witnesses[MISSED]! > 0) return found;
    found.push(verdict.outcome === 'holds' ? 'ok' : verdict.violations.map(({ obligation }) => obligation).join(' '));
  }
  throw new RangeError(`${region} has no end`);
}

const broken = (steps: readonly string[]): number[] => steps.flatMap((what, step) => (what === 'ok' ? [] : [step]));

describe('livepatch-stack in its merged order', () => {
  test.each(['caller', 'stub', 'ftrace-entry', 'hook-entry', 'callee', 'hook-return', 'return-site'])('holds with an interrupt at every instruction of %s', (region) => {
    for (const own of [false, true]) {
      const steps = sweep(0, OTHER, region, own);
      expect(broken(steps)).toEqual([]);
      if (region === 'hook-entry') expect(steps.length).toBe(12);
      if (region === 'hook-return') expect(steps.length).toBe(13);
    }
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
    expect(sweep(1, OTHER, 'hook-entry')).toMatchInlineSnapshot(`
      [
        "ok",
        "ok",
        "ok",
        "toc",
        "toc",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "ok",
        "ok",
      ]
    `);
    expect(sweep(1, SAME, 'hook-entry')).toMatchInlineSnapshot(`
      [
        "ok",
        "ok",
        "ok",
        "ok",
        "ok",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "ok",
        "ok",
      ]
    `);
    expect(broken(sweep(1, OTHER, 'hook-return'))).toEqual([]);
  });

  test('early release: from the release to the load of r2', () => {
    expect(sweep(2, OTHER, 'hook-return')).toMatchInlineSnapshot(`
      [
        "ok",
        "ok",
        "ok",
        "ok",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "toc",
        "toc",
        "ok",
      ]
    `);
    expect(sweep(2, SAME, 'hook-return')).toMatchInlineSnapshot(`
      [
        "ok",
        "ok",
        "ok",
        "ok",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "return-address",
        "ok",
        "ok",
        "ok",
      ]
    `);
    expect(broken(sweep(2, OTHER, 'hook-entry'))).toEqual([]);
  });
});

test.each([3, 4])('%i: mini-frame and manual-restore hold with an interrupt at every instruction too', (strategy) => {
  for (const region of ['ftrace-entry', 'hook-entry', 'callee', 'hook-return', 'return-site']) {
    expect(broken(sweep(strategy, OTHER, region))).toEqual([]);
  }
});
