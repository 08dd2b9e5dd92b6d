// The examples that docs/strategies.md works with are what it says: they load, hold where livepatch-stack breaks, and break as said when changed.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { PREMISES } from '../../src/contract/claim.ts';
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import { CODE_POINTS } from '../../src/contract/strategy.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { validateStrategy } from '../../src/contract/validate-strategy.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { hasStackRoom, satisfiesAll } from '../../src/scenario/premises.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Trials } from '../../src/trial/trials.ts';
import { DEEP } from '../../properties/programs.ts';
import { TABLE } from '../scenario/table.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const text = read('examples/klp-slot-word.s');
const slotWord = parseStrategyText(text, 'klp-slot-word.s');
// `tocsin` is not there for the compiler before it is built.
const { default: mini } = await import(new URL('../../examples/mini.ts', import.meta.url).href) as { default: unknown };
const guide = read('docs/strategies.md');

/** Obligations that a strategy breaks in so many generated scenarios within its claim. */
function broken(strategy: Strategy, runs: number): Set<string> {
  const trials = new Trials([strategy]), arbitrary = scenarioArbitrary(), found = new Set<string>();
  const assuming = strategy.claim.kind === 'holds' ? strategy.claim.assuming : [];
  let within = 0;
  for (let run = 0; run < runs; run++) {
    const scenario = scenarioAt(arbitrary, 9n, 0, run);
    if (!satisfiesAll(scenario, assuming)) continue;
    trials.load(scenario);
    if (!trials.applicable(0)) continue;
    within++;
    const { outcome, violations } = trials.run(0);
    if (outcome !== 'holds' && outcome !== 'violated') found.add(outcome);
    for (const { obligation } of violations) found.add(obligation);
  }
  expect(within).toBeGreaterThan(runs / 8);
  return found;
}

test('the guide names every code point, directive, premise, and obligation', () => {
  const directives = ['name', 'summary', 'origin', 'claim', 'state', 'area', 'push', 'pop', 'published'].map((name) => `# tocsin: ${name} `);
  for (const name of [...CODE_POINTS, ...PREMISES, ...OBLIGATIONS.map((it) => it.name).filter((it) => it !== 'protected-zone'), ...directives]) expect(guide).toContain(name);
});

test('the strategy in the guide holds as it claims', () => {
  const [, quoted] = /## A file\n\n((?: {4}.*\n|\n)+)/.exec(guide)!;
  const own = parseStrategyText(quoted!.replace(/^ {4}/gm, ''), 'mine.s');
  expect(own.claim).toEqual({ kind: 'holds', assuming: ['no-stub-sibling', 'no-recursive', 'no-unwind', 'no-transitions'] });
  expect([...broken(own, 300)]).toEqual([]);
});

test('the table: the slot word makes up for what livepatch-stack breaks', () => {
  const trials = new Trials([livepatchStack, slotWord]);
  let broke = 0;
  for (const { text: row } of TABLE) {
    trials.load(parseScenario(row));
    if (trials.run(0).outcome === 'violated') broke++;
    expect(trials.run(1).outcome, row).toBe('holds');
  }
  expect(broke).toBeGreaterThan(2);
});

test('both hold', () => {
  expect([...broken(slotWord, 500)]).toEqual([]);
  expect([...broken(validateStrategy(mini, 'mini.ts'), 500)]).toEqual([]);
});

test('each needs the room that it assumes', () => {
  const trials = new Trials([slotWord, validateStrategy(mini, 'mini.ts')]);
  trials.load(DEEP);
  expect(hasStackRoom(DEEP)).toBe(false);
  expect([0, 1].map((k) => trials.run(k).violations.map(({ obligation }) => obligation))).toEqual([['hook-balance'], ['progress']]);
  expect(trials.isProgramFault()).toBe(false);
});

describe('changed, it breaks as the guide says', () => {
  const publish = '        std     r11, TI_livepatch_sp(r12)\n';
  const changed = (change: (from: string) => string): Strategy => {
    const to = change(text);
    expect(to).not.toBe(text);
    return parseStrategyText(to, 'changed.s');
  };
  test.each([
    ['no area', (from: string) => from.replace('# tocsin: area caller 24 8\n', ''), 'frame-condition'],
    ['the slot not put back', (from: string) => from.replace('        std     r12, FRAME_TOC(r1)\n', ''), 'toc-slot'],
    ['published last', (from: string) => from.replace(publish, '').replace('        std     r12, -8(r11)\n', '        std     r12, -8(r11)\n        ld      r12, PACACURRENT(r13)\n' + publish), 'return-address'],
    ['released first', (from: string) => {
      const release = '        addi    r11, r11, -ENTRY\n' + publish;
      return from.replace(`slot_word_pop:\n${release}`, '').replace('        # All of the entry is read', `slot_word_pop:\n        ld      r12, PACACURRENT(r13)\n${release}        addi    r11, r11, ENTRY\n        # All of the entry is read`);
    }, 'return-address'],
  ] as const)('%s', (_, change, obligation) => {
    expect([...broken(changed(change), 600)]).toContain(obligation);
  });
});
