/** Counts what a comparison of whole scenarios leaves out: how many of the scenarios that the generator draws with all features cannot be run in a process, and for which features. */
import { scenarioArbitrary } from '../arbitraries/scenario.ts';
import { scenarioAt } from '../arbitraries/seeded.ts';
import { FEATURES } from '../scenario/features.ts';
import { featuresOf } from '../scenario/features-of.ts';
import type { Tally } from './result.ts';
import { NOT_RUNNABLE } from './runnable.ts';

/** Scenarios that are drawn for it: enough for shares. */
export const DRAWN_AT_MOST = 1_000;

/** Of the first `most` scenarios of a seed, DRAWN_AT_MOST at most. */
export function noteNotRunnable(tally: Tally, seed: bigint, most: number, block: number): void {
  const arbitrary = scenarioArbitrary({ features: FEATURES });
  for (let i = 0; i < Math.min(most, DRAWN_AT_MOST); i++) {
    const features = [...featuresOf(scenarioAt(arbitrary, seed, Math.floor(i / block), i % block))].filter((feature) => NOT_RUNNABLE.has(feature));
    tally.note('drawn with all features');
    if (features.length > 0) tally.note('cannot be run');
    for (const feature of features) tally.note(`cannot be run: ${feature}`);
  }
}
