// The same seed, block and run give the same scenario, and the same scenario the same verdict, the same steps and the same counts: whatever was
// drawn before, whatever ran before in the same Trials, in whatever order, beside whatever other strategies.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../src/arbitraries/scenario.ts';
import { BLOCK_RUNS, scenarioAt } from '../src/arbitraries/seeded.ts';
import { verdictText } from '../src/campaign/court.ts';
import { printScenario } from '../src/scenario/notation.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { Trials } from '../src/trial/trials.ts';

const seed = 20160309;
const places = fc.tuple(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.nat({ max: 10_000 }), fc.nat({ max: BLOCK_RUNS - 1 }));
const all = BUILT_IN.map((_, index) => index);

test('a scenario is a function of seed, block and run', () => {
  const used = scenarioArbitrary();
  fc.assert(fc.property(fc.array(places, { minLength: 2, maxLength: 6 }), (list) => {
    const forth = list.map(([s, block, run]) => JSON.stringify(scenarioAt(used, s, block, run)));
    const back = list.toReversed().map(([s, block, run]) => JSON.stringify(scenarioAt(scenarioArbitrary(), s, block, run))).reverse();
    expect(back).toEqual(forth);
  }), { numRuns: 200, seed });
});

test('no two runs of some blocks are alike by accident of the seed', () => {
  const texts = new Set<string>();
  for (let block = 0; block < 4; block++) for (let run = 0; run < 50; run++) texts.add(JSON.stringify(scenarioAt(scenarioArbitrary(), 7n, block, run)));
  expect(texts.size).toBeGreaterThan(190);
});

/** Verdicts and digests of a scenario under each strategy, in this order of trials, by strategy. */
function results(trials: Trials, [s, block, run]: readonly [bigint, number, number], order: readonly number[]): string[] {
  trials.load(scenarioAt(scenarioArbitrary(), s, block, run));
  const found: string[] = [];
  for (const k of order) if (trials.applicable(k)) found[k] = `${BUILT_IN[k]!.name}: ${verdictText(trials.run(k))} ${trials.digest(k)}`;
  return found;
}

test('verdicts and steps do not depend on what ran before', () => {
  const used = new Trials(BUILT_IN);
  const order = fc.shuffledSubarray(all, { minLength: all.length });
  fc.assert(fc.property(places, fc.array(places, { maxLength: 3 }), order, order, (place, before, first, second) => {
    const fresh = results(new Trials(BUILT_IN), place, all);
    for (const other of before) results(used, other, first.slice(0, 3));
    expect(results(used, place, first)).toEqual(fresh);
    expect(results(used, place, second)).toEqual(fresh);
  }), { numRuns: 25, seed });
});

test('nor on the other strategies beside, nor on a look at the unpatched run', () => {
  const together = new Trials(BUILT_IN);
  const single = BUILT_IN.map((strategy) => new Trials([strategy]));
  fc.assert(fc.property(places, ([s, block, run]) => {
    const scenario = scenarioAt(scenarioArbitrary(), s, block, run);
    together.load(scenario);
    for (const [k, alone] of single.entries()) {
      if (!together.applicable(k)) continue;
      alone.load(scenario);
      alone.runUnpatched();
      alone.runControl();
      expect(verdictText(alone.run(0)), printScenario(scenario)).toBe(verdictText(together.run(k)));
      expect(alone.digest(0)).toBe(together.digest(k));
    }
  }), { numRuns: 15, seed });
});

test('witnesses of a block are the sum of those of its runs', () => {
  const arbitrary = scenarioArbitrary();
  const once = new Trials(BUILT_IN), sum = new Float64Array(once.witnesses.length);
  const block = Array.from({ length: 20 }, (_, run) => scenarioAt(arbitrary, 3n, 1, run));
  for (const scenario of block.toReversed()) {
    const fresh = new Trials(BUILT_IN);
    fresh.load(scenario);
    for (const k of all) if (fresh.applicable(k)) fresh.run(k);
    fresh.witnesses.forEach((count, i) => { sum[i]! += count; });
  }
  for (const scenario of block) {
    once.load(scenario);
    for (const k of all) if (once.applicable(k)) once.run(k);
  }
  expect([...once.witnesses]).toEqual([...sum]);
  expect(sum.reduce((a, b) => a + b)).toBeGreaterThan(100);
});
