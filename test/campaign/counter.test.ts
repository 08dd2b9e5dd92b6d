import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { runBlock } from '../../src/campaign/block.ts';
import { Counter, Ledger } from '../../src/campaign/counter.ts';
import { Fold, order, signatureKey } from '../../src/campaign/fold.ts';
import { planFuzz } from '../../src/campaign/plan.ts';
import { checkpointOf } from '../../src/campaign/resume.ts';
import type { BlockResult, BlockTask, DescribeResult } from '../../src/campaign/task.ts';
import type { Verdict, Violation } from '../../src/contract/verdict.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const seen = (obligation: Violation['obligation'], place: string): Violation =>
  ({ obligation, address: 0n, call: 1, edge: 'local', place, region: 'callee', subject: 'r2', expected: 0n, found: 0n, step: 1 });
const verdict = (outcome: Verdict['outcome'], violations: readonly Violation[] = []): Verdict => ({ outcome, violations, instructions: 10 });

describe('a block', () => {
  const strategies = BUILT_IN.filter((it) => ['branch-only', 'caller-slot', 'livepatch-stack'].includes(it.name));
  const court = new Trials(strategies);
  const arbitrary = scenarioArbitrary();
  const block = (number: number, ledger?: Ledger, listed: readonly number[] = [0, 1, 2]): BlockResult => {
    const task: BlockTask = { kind: 'block', drawing: { seed: 5n, features: FEATURES, premises: [] }, block: number, runs: 60, strategies: listed };
    const draw = (at: number, run: number): ReturnType<typeof scenarioAt> => scenarioAt(arbitrary, 5n, at, run);
    return runBlock({ court, draw, problem: () => undefined, ...(ledger === undefined ? {} : { ledger }) }, task);
  };

  test('counts the same with counters that other blocks have used', () => {
    const ledger = new Ledger();
    const first = block(0, ledger);
    const kept = structuredClone(first);
    for (const number of [3, 1, 0, 2]) expect(block(number, ledger)).toEqual(block(number));
    expect(block(1, ledger, [2, 0])).toEqual(block(1, undefined, [2, 0]));
    // What was given away is not counted on.
    expect(first).toEqual(kept);
    expect(first.strategies.flatMap((it) => it.signatures).length).toBeGreaterThan(5);
  });

  test('makes nothing anew that lives as long as it does', () => {
    const ledger = new Ledger();
    const before = ledger.open([1, 0]);
    expect(before.map((it) => it.strategy)).toEqual([1, 0]);
    block(0, ledger);
    const after = ledger.open([0, 1]);
    expect(after[0]).toBe(before[1]);
    expect(after[1]).toBe(before[0]);
  });
});

test('what is counted of trials', () => {
  const counter = new Counter(4);
  counter.trial(verdict('violated'), 0);
  const [a, b] = [seen('toc', 'callee'), seen('toc', 'hook')];
  expect(counter.violations([a, a, b], 0, 7, 11).map((it) => it.place)).toEqual(['callee', 'hook']);
  counter.trial(verdict('violated'), 2);
  expect(counter.violations([a], 2, 7, 12).map((it) => it.outside)).toEqual([2]);
  counter.trial(verdict('violated'), 0);
  expect(counter.violations([a, a], 0, 7, 13)).toEqual([]);
  counter.trial(verdict('out-of-budget'), 0);
  counter.trial(verdict('undecided'), 2);
  counter.notApplicable++;
  const common = { obligation: 'toc', edge: 'local', block: 7 };
  const expected = {
    strategy: 4, trials: 5, notApplicable: 1, outOfBudget: 1, undecided: 1, openWithin: 1, instructions: 50, sites: [], byOutside: [[0, 3], [2, 2]],
    signatures: [
      { ...common, place: 'callee', outside: 0, count: 2, run: 11, afterTrials: 1 },
      { ...common, place: 'callee', outside: 2, count: 1, run: 12, afterTrials: 2 },
      { ...common, place: 'hook', outside: 0, count: 1, run: 11, afterTrials: 1 },
    ].sort((x, y) => order(signatureKey(x as never), signatureKey(y as never))),
  };
  expect(counter.tally(7)).toEqual(expected);
  counter.empty();
  expect(counter.tally(8)).toEqual({ strategy: 4, trials: 0, notApplicable: 0, outOfBudget: 0, undecided: 0, openWithin: 0, instructions: 0, sites: [], byOutside: [], signatures: [] });
  // A signature that an earlier block had is new to the next; so is its first trial.
  counter.trial(verdict('violated'), 0);
  expect(counter.violations([b], 0, 8, 0)).toEqual([{ ...common, place: 'hook', outside: 0, count: 1, block: 8, run: 0, afterTrials: 1 }]);
});

test('counters with a past and without one cannot be told apart', () => {
  const trial = fc.record({ outside: fc.nat(3), places: fc.array(fc.constantFrom('callee', 'hook', 'stub'), { maxLength: 4 }) });
  fc.assert(fc.property(fc.array(fc.array(trial, { maxLength: 6 }), { maxLength: 5 }), (blocks) => {
    const ledger = new Ledger();
    blocks.forEach((trials, number) => {
      const [used] = ledger.open([0]);
      const fresh = new Counter(0);
      trials.forEach(({ outside, places }, run) => {
        const news = [used, fresh].map((counter) => {
          counter?.trial(verdict(places.length === 0 ? 'holds' : 'violated'), outside);
          return counter?.violations(places.map((place) => seen('toc', place)), outside, number, run);
        });
        expect(news[0]).toEqual(news[1]);
      });
      expect(used?.tally(number)).toEqual(fresh.tally(number));
    });
  }), { numRuns: 200, seed: 20160309 });
});

const part = (block: number): BlockResult => ({
  kind: 'block', block, runs: 500, filtered: 0, compared: 0, witnesses: [], shown: [], situations: { once: [], more: [] }, faults: [], faultCount: 0,
  strategies: [{
    strategy: 0, trials: 500, byOutside: [[0, 500]], notApplicable: 0, outOfBudget: 0, undecided: 0, openWithin: 0, instructions: 1, sites: [],
    signatures: [{ obligation: 'toc', edge: 'local', place: 'callee', outside: 0, count: 3, block, run: 9, afterTrials: 10 }],
  }],
});

test('the fold counts signatures in place, and gives away none that it counts on', () => {
  const plan = planFuzz({ strategies: BUILT_IN.slice(0, 1), seed: 5n, runs: 2000 });
  const description: DescribeResult = { kind: 'describe', modelHash: '', hashes: [''], generator: 1, sites: [] };
  const fold = new Fold(plan.setup.strategies.length);
  const first = part(0);
  const [news] = fold.offer(0, first);
  const state = checkpointOf(plan, description, fold);
  const kept = structuredClone(state);
  const [tally] = fold.totals[0]?.signatures.values() ?? [];
  for (let block = 1; block < 4; block++) expect(fold.offer(block, part(block))).toEqual([]);
  const [later] = fold.totals[0]?.signatures.values() ?? [];
  expect(later).toBe(tally);
  expect(later?.count).toBe(12);
  expect(news?.tally.count).toBe(3);
  expect(first).toEqual(part(0));
  expect(state).toEqual(kept);
  expect(state.strategies[0]?.signatures).toHaveLength(1);
});
