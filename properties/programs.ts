/** What the properties share: generated scenarios by number, and those within a claim. */
import { scenarioArbitrary } from '../src/arbitraries/scenario.ts';
import { scenarioAt } from '../src/arbitraries/seeded.ts';
import { enforced } from '../src/campaign/assumptions.ts';
import type { Assumption } from '../src/contract/claim.ts';
import { witnessIndex } from '../src/contract/witnesses.ts';
import type { WitnessName } from '../src/contract/witnesses.ts';
import { FEATURES } from '../src/scenario/features.ts';
import type { Feature } from '../src/scenario/features.ts';
import { parseScenario } from '../src/scenario/notation.ts';
import { satisfiesAll } from '../src/scenario/premises.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
import type { Trials } from '../src/trial/trials.ts';

export const SEED = 20160309n;

/** `count` scenarios that satisfy the assumptions, drawn with their features switched off; premises may cost some draws more. */
export function* scenarios(count: number, assuming: readonly Assumption[] = [], features: readonly Feature[] = FEATURES, seed = SEED): Generator<Scenario> {
  const arbitrary = scenarioArbitrary({ features: enforced(features, assuming).features });
  for (let i = 0, given = 0; given < count; i++) {
    if (i > 20 * count) throw new RangeError(`only ${given} of ${i} scenarios satisfy ${assuming.join(', ')}`);
    const scenario = scenarioAt(arbitrary, seed, Math.floor(i / 500), i % 500);
    if (!satisfiesAll(scenario, assuming)) continue;
    given++;
    yield scenario;
  }
}

/**
 * A program whose frames fit into a stack, but not together with what a strategy keeps there for each of 81 pending hooked returns: nine patched
 * functions, each of which calls itself eight times and then the next. One scenario in a hundred is as deep.
 */
export const DEEP = parseScenario(['A:M -> global f1', ...Array.from({ length: 9 }, (_, i) =>
  `f${i + 1}:N patched saves 16 -> global f${i + 1} x8${i < 8 ? `, global f${i + 2}` : ''}`)].join('\n'));

/** How often something was seen in the runs so far. */
export const seen = (trials: Trials, name: WitnessName): number => trials.witnesses[witnessIndex(name)]!;
