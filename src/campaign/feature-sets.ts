/**
 * The feature sets that the gate looks at: all features; of each strategy all its assumptions enforced; and for each of its
 * assumptions, all the others enforced. Strategies that look at the same set share its scenarios.
 */
import type { Assumption, Premise } from '../contract/claim.ts';
import type { Feature } from '../scenario/features.ts';
import { ASSUMPTIONS, assumptionsOf, enforced } from './assumptions.ts';
import type { Accused } from './plan.ts';

export interface FeatureSet {
  /** `all`, or the assumptions that are enforced, with commas between. */
  readonly label: string;
  readonly features: readonly Feature[];
  readonly premises: readonly Premise[];
  /** Indexes in the workshop. */
  readonly strategies: readonly number[];
}

/** `all` first, then in the order in which the strategies bring them. */
export function featureSets(accused: readonly Accused[], features: readonly Feature[]): FeatureSet[] {
  const sets = new Map<string, { assumptions: readonly Assumption[]; strategies: number[] }>();
  const add = (assumptions: readonly Assumption[], strategy: number): void => {
    const sorted = ASSUMPTIONS.filter((it) => assumptions.includes(it));
    const label = sorted.length === 0 ? 'all' : sorted.join(',');
    const set = sets.get(label) ?? { assumptions: sorted, strategies: [] };
    sets.set(label, set);
    if (!set.strategies.includes(strategy)) set.strategies.push(strategy);
  };
  for (const { index } of accused) add([], index);
  for (const { index, strategy } of accused) {
    const assumptions = assumptionsOf(strategy.claim);
    add(assumptions, index);
    for (const one of assumptions) add(assumptions.filter((it) => it !== one), index);
  }
  return [...sets].map(([label, { assumptions, strategies }]) => ({ label, strategies, ...enforced(features, assumptions) }));
}

/** Blocks for each set: as equal as can be, at least one each; the first has what is left over, and `first` at least while there are as many. */
export function shareBlocks(blocks: number, sets: number, first: number): number[] {
  const other = Math.max(1, Math.floor(blocks / sets));
  return Array.from({ length: sets }, (_, index) => (index > 0 ? other : Math.max(1, Math.min(first, blocks), blocks - other * (sets - 1))));
}
