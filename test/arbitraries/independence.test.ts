// Trials are independent, each a cluster of its own: weights (the swarm) are drawn per scenario, and the number of a run changes nothing.
import { Random } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, test } from 'vitest';
import { WORLD_FEATURES, drawFeatures } from '../../src/arbitraries/dice.ts';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { diceAt, scenarioAt } from '../../src/arbitraries/seeded.ts';
import { ALL_FEATURES, FEATURE_BIT, featureMask } from '../../src/scenario/features-of.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';

const arbitrary = scenarioArbitrary();
const BLOCKS = 60;
const RUNS = 60;

/** By block: how many of its scenarios have each feature. */
function counts(maskAt: (block: number, run: number) => number): Map<Feature, number[]> {
  const all = new Map(FEATURES.map((feature) => [feature, Array.from({ length: BLOCKS }, () => 0)]));
  for (let block = 0; block < BLOCKS; block++) {
    for (let run = 0; run < RUNS; run++) {
      const mask = maskAt(block, run);
      for (const feature of FEATURES) if ((mask & FEATURE_BIT[feature]) !== 0) all.get(feature)![block]!++;
    }
  }
  return all;
}

/** Variance between blocks over that of a binomial: 1 where scenarios are independent, up to RUNS where a block shares its draw. */
function dispersion(perBlock: readonly number[]): number {
  const p = perBlock.reduce((sum, it) => sum + it, 0) / (BLOCKS * RUNS);
  const expected = RUNS * p;
  const square = perBlock.reduce((sum, it) => sum + (it - expected) ** 2, 0);
  return square / (BLOCKS - 1) / (RUNS * p * (1 - p));
}

describe('weights are drawn for each scenario', () => {
  test('the dice of a run are its own, whatever else is drawn, and the first draw of all is the swarm', () => {
    const alone = scenarioAt(scenarioArbitrary(), 5n, 3, 17);
    const before = scenarioArbitrary();
    for (let run = 0; run < 17; run++) scenarioAt(before, 5n, 3, run);
    expect(scenarioAt(before, 5n, 3, 17)).toEqual(alone);
    const swarms = new Set(Array.from({ length: 40 }, (_, run) => drawFeatures(diceAt(5n, 3, run), ALL_FEATURES)));
    expect(swarms.size).toBeGreaterThan(25);
    for (let run = 0; run < 40; run++) {
      const more = featureMask(scenarioAt(arbitrary, 5n, 3, run)) & ~drawFeatures(diceAt(5n, 3, run), ALL_FEATURES);
      expect((more & (FEATURE_BIT['interrupt'] | FEATURE_BIT.far | FEATURE_BIT.variadic))).toBe(0);
    }
  });

  // 20 features; of chi-square with 59 degrees of freedom over 59, 0.54 to 1.67 is more than all but one in 10,000.
  test('scenarios of one block have no more in common than those of different blocks', () => {
    const seen = counts((block, run) => featureMask(scenarioAt(arbitrary, 20160309n, block, run)));
    for (const perBlock of seen.values()) {
      expect(dispersion(perBlock)).toBeGreaterThan(0.5);
      expect(dispersion(perBlock)).toBeLessThan(1.7);
    }
  });

  test('a swarm per block would be seen', () => {
    const seen = counts((block, run) => featureMask(scenarioAt(arbitrary, 20160309n, block, run)) & drawFeatures(diceAt(1n, block, 0), ALL_FEATURES) & ~WORLD_FEATURES);
    expect(Math.min(...[...seen.values()].map(dispersion).filter((it) => !Number.isNaN(it)))).toBeGreaterThan(1.7);
  });
});

test('the number of a run biases nothing: fast-check passes a bias by it, and the arbitrary does not look', () => {
  const asFastCheck: Arbitrary<Scenario> = arbitrary;
  for (let seed = 0; seed < 50; seed++) {
    const draw = (bias: number | undefined): unknown => asFastCheck.generate(new Random(xoroshiro128plus(seed)), bias).value;
    expect(draw(2)).toEqual(draw(undefined));
    expect(draw(1000)).toEqual(draw(undefined));
  }
});
