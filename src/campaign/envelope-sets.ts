/**
 * The sets that an envelope is about, in the vocabulary of claims: each assumption that can be made is one thing that a scenario may do without.
 * A set says which assumptions need not be satisfied, as a bit mask (bit i: ASSUMPTIONS[i]): features that may be used and premises that may fail.
 */
import type { Assumption, Claim, Premise } from '../contract/claim.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { elementsOf } from '../borders/antichain.ts';
import { ASSUMPTIONS, Classified, assumptionsOf, enforced, excludedFeature, isPremise } from './assumptions.ts';
import type { Drawing } from './task.ts';

/** A set in words. */
export interface NamedSet {
  /** In the order of FEATURES. */
  readonly features: readonly Feature[];
  /** Premises that are not satisfied, or need not be; in the order of PREMISES. */
  readonly unmet: readonly Premise[];
}

function maskWhere(is: (assumption: Assumption) => boolean): bigint {
  return ASSUMPTIONS.reduce((mask, assumption, i) => mask | (is(assumption) ? 1n << BigInt(i) : 0n), 0n);
}

/** Everything that scenarios of these features can be: all of them, and no premise. */
export function wholeSet(features: readonly Feature[]): bigint {
  return maskWhere((it) => isPremise(it) || features.some((feature) => it === `no-${feature}`));
}

/** Exactly what a scenario does not satisfy. */
export function setOf(scenario: Scenario): bigint {
  const classified = new Classified(scenario);
  return maskWhere((it) => !classified.satisfies(it));
}

/** What the assumptions of a claim keep out. */
export function keptOutBy(claim: Claim): bigint {
  return maskWhere((it) => assumptionsOf(claim).includes(it));
}

export function assumptionsIn(set: bigint): Assumption[] {
  return elementsOf(set).flatMap((i) => ASSUMPTIONS[i] ?? []);
}

export function named(set: bigint): NamedSet {
  const all = assumptionsIn(set);
  return { features: all.flatMap((it) => excludedFeature(it) ?? []), unmet: all.filter(isPremise) };
}

export function maskOf({ features, unmet }: NamedSet): bigint {
  return maskWhere((it) => (unmet as readonly Assumption[]).includes(it) || features.some((feature) => it === `no-${feature}`));
}

/** How scenarios of a set are drawn: nothing outside of it is used, and all other premises are satisfied. */
export function drawingOf(seed: bigint, set: bigint): Drawing {
  return { seed, ...enforced(FEATURES, ASSUMPTIONS.filter((_, i) => (set & (1n << BigInt(i))) === 0n)) };
}

/**
 * The first block of a set's own campaign: each set has dice of its own, so that what is seen in one campaign, and decides which sets come next,
 * says nothing about the dice of those. By names (FNV-1a, 31 bits), so that it does not depend on how many features there are.
 */
export function firstBlock(set: bigint): number {
  let hash = 0x811c9dc5;
  for (const char of assumptionsIn(set).join()) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 1;
}
