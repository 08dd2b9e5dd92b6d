// Deep recursion through patched functions: what strategies keep on the task's stack meets the frames. No program is to blame for it, no
// claim is refuted by it, and outside of the premise `stack-room` it is seen, before anything has been overwritten.
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../src/arbitraries/scenario.ts';
import { scenarioAt } from '../src/arbitraries/seeded.ts';
import { verdictText } from '../src/campaign/court.ts';
import { minimise } from '../src/campaign/minimise.ts';
import { writtenCalls } from '../src/campaign/written.ts';
import { OBLIGATIONS } from '../src/contract/obligations.ts';
import { parseScenario, printScenario } from '../src/scenario/notation.ts';
import { hasStackRoom, satisfiesAll } from '../src/scenario/premises.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { Trials } from '../src/trial/trials.ts';
import { SEED } from './programs.ts';

const arbitrary = scenarioArbitrary();
const strategies = ['livepatch-stack', 'mini-frame'].map((name) => BUILT_IN.find((strategy) => strategy.name === name)!);
const others = strategies.map(({ claim }) => (claim.kind === 'holds' ? claim.assuming.filter((assumption) => assumption !== 'stack-room') : []));
const trials = new Trials(strategies);
const deep = Array.from({ length: 8_000 }, (_, run) => scenarioAt(arbitrary, SEED, 1_000 + Math.floor(run / 500), run % 500))
  .filter((scenario) => writtenCalls(scenario).some(({ call }) => (call.limit ?? 0) > 8));

/** Obligations and subjects of what strategy `i` does to a scenario. */
function seen(i: number, scenario: Scenario, under = trials): string {
  under.load(scenario);
  const { outcome, violations } = under.run(i);
  return outcome === 'violated' ? violations.map(({ obligation, subject }) => `${obligation} ${subject}`).join(', ') : outcome;
}

test('the programs are good', () => {
  expect(deep.length).toBeGreaterThan(60);
  for (const scenario of deep) {
    trials.load(scenario);
    for (const verdict of [trials.runUnpatched(), trials.runControl()]) expect(verdict.outcome, `${verdictText(verdict)}\n${printScenario(scenario)}`).toBe('holds');
  }
});

describe.each(strategies.map(({ name }, i) => [name, i, name === 'mini-frame' ? 'progress store' : 'hook-balance room'] as const))('%s', (_, i, symptom) => {
  const alike = deep.filter((scenario) => satisfiesAll(scenario, others[i]!));

  test('holds where there is room', () => {
    const within = alike.filter(hasStackRoom);
    expect(within.length).toBeGreaterThan(5);
    for (const scenario of within) expect(seen(i, scenario), printScenario(scenario)).toBe('holds');
  });

  test('breaks where there is none, not everywhere, and in one way', () => {
    const outside = alike.filter((scenario) => !hasStackRoom(scenario)).map((scenario) => seen(i, scenario));
    expect(outside.filter((it) => it !== 'holds').length).toBeGreaterThan(5);
    expect(outside.filter((it) => it !== 'holds' && !it.startsWith(symptom.split(' ')[0]!))).toEqual([]);
  });

  test('a small case of it: one function that calls itself', () => {
    const original = alike.find((scenario) => seen(i, scenario) === symptom)!;
    const { scenario, certificate } = minimise(original, {
      shows: (candidate) => satisfiesAll(candidate, others[i]!) && seen(i, candidate) === symptom && !trials.isProgramFault(),
      shrink: function* (it) { for (const { value } of arbitrary.shrink(it)) yield value; },
    });
    const text = printScenario(scenario);
    expect(hasStackRoom(scenario)).toBe(false);
    expect([scenario.functions.length, scenario.interrupts.length, writtenCalls(scenario).length, certificate.complete], text).toEqual([1, 0, 1, true]);
  });
});

/** One function, which a replacement with so many saved registers calls again and again. */
const recursion = (saves: number, limit: number): string => `A:M patched saves ${saves} -> global A x${limit}`;

test.each([[0, 190, 216], [7, 105, 115], [18, 67, 72]])('where it begins, with %i registers saved', (saves, within, breaks) => {
  const blind = new Trials(strategies, { obligations: OBLIGATIONS.map(({ name }) => name).filter((name) => name !== 'hook-balance') });
  const first = (test_: (scenario: Scenario) => boolean): number => {
    for (let limit = 30; limit <= 255; limit++) if (test_(parseScenario(recursion(saves, limit)))) return limit;
    return 0;
  };
  expect(first((scenario) => !hasStackRoom(scenario)) - 1).toBe(within);
  expect(first((scenario) => seen(0, scenario) !== 'holds')).toBe(breaks);
  // The judge says it before anything has happened, and what happens later has many faces.
  const damage = first((scenario) => seen(0, scenario, blind) !== 'holds');
  expect(damage).toBeGreaterThan(breaks);
  expect(damage).toBeLessThanOrEqual(breaks + 3);
});

test('without the obligation the first symptoms are many', () => {
  const blind = new Trials(strategies, { obligations: OBLIGATIONS.map(({ name }) => name).filter((name) => name !== 'hook-balance') });
  const faces = new Set<string>();
  for (let saves = 0; saves <= 18; saves++) {
    for (let limit = 60; limit <= 255; limit += 3) {
      try {
        faces.add(seen(0, parseScenario(recursion(saves, limit)), blind));
      } catch {
        break;
      }
    }
  }
  expect([...faces]).toEqual(expect.arrayContaining(['progress trap', 'frame-condition 24(r1), toc-slot 24(r1)', 'frame-condition 0(r1), back-chain 0(r1)']));
  expect(faces.size).toBeGreaterThan(6);
});
