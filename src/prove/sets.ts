/**
 * Sets of what call graphs may do without, in the vocabulary of claims, as the sampled envelope has them: features that may be used, premises that may fail. As a bit mask: bit i is that of LACKS[i].
 */
import { PREMISES } from '../contract/claim.ts';
import type { Premise } from '../contract/claim.ts';
import { FEATURE_BIT, featureMask } from '../scenario/features-of.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { PREMISE_CHECKS } from '../scenario/premises.ts';
import type { Scenario } from '../scenario/scenario.ts';

export const LACKS: readonly (Feature | Premise)[] = [...FEATURES, ...PREMISES];

export interface NamedSet {
  /** In the order of FEATURES. */
  readonly features: readonly Feature[];
  /** Premises that need not be satisfied, in the order of PREMISES. */
  readonly unmet: readonly Premise[];
}

export const bitOf = (one: Feature | Premise): bigint => 1n << BigInt(LACKS.indexOf(one));
export const maskOf = <T extends Feature | Premise>(all: Iterable<T>): bigint => [...all].reduce((mask, one) => mask | bitOf(one), 0n);
const within = (set: bigint, one: Feature | Premise): boolean => (set & bitOf(one)) !== 0n;

export function named(set: bigint): NamedSet {
  return { features: FEATURES.filter((it) => within(set, it)), unmet: PREMISES.filter((it) => within(set, it)) };
}

/** As assumptions of a claim. */
export function assumed(set: bigint): string[] {
  const { features, unmet } = named(set);
  return [...features.map((it) => `no-${it}`), ...unmet];
}

/** Exactly what a scenario does not do without. */
export function setOf(scenario: Scenario): bigint {
  const mask = featureMask(scenario);
  return maskOf([...FEATURES.filter((it) => (mask & FEATURE_BIT[it]) !== 0), ...PREMISES.filter((it) => !PREMISE_CHECKS[it](scenario))]);
}
