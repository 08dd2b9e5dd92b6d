/** Claims looked at from the campaign: which of a claim's assumptions a scenario does not satisfy, and how to draw scenarios that satisfy some. */
import { PREMISES } from '../contract/claim.ts';
import type { Assumption, Claim, Premise } from '../contract/claim.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { FEATURE_BIT, featureMask } from '../scenario/features-of.ts';
import { satisfies } from '../scenario/premises.ts';
import type { Scenario } from '../scenario/scenario.ts';

/**
 * Trials of scenarios that do not satisfy one assumption, and satisfy all the others of the claim, that must have been made before it may be called
 * idle: fewer say nothing. Measured over 200 seeds, how many such trials it takes to the first counterexample (median, most):
 *
 *                       all features drawn     the other assumptions enforced, as a gate does
 *   livepatch-stack     no-stub-sibling 2, 11          2, 11
 *                       stack-room 2, 12               2, 14
 *   mini-frame          no-stub-sibling 3, 14          2, 20
 *                       no-stack-args 1, 7             1, 6
 *                       no-variadic 1, 11              1, 7
 *                       stack-room 1, 11               2, 10
 *   manual-restore      no-replacement-siblings 1, 4   1, 4
 *                       no-traced-replacements 3, 19   3, 19
 *
 * and over 50 seeds, where only an interrupt shows it: livepatch-stack-late-publish and -early-release, if they claimed to hold assuming
 * no-interrupt, 8, 45 and 6, 59. The rarest of a built-in claim since is return-stack's
 * bounded-hook-depth, which one trial in 33 shows (ten seeds): called idle by mistake twice in ten million. So this is eight times the worst that was
 * seen; what one trial in a
 * hundred shows is missed with probability 5 %. It is many scenarios where an assumption is rarely all that is missing: stack-room, in one of
 * 100 to 400.
 */
export const IDLE_TRIALS = 750;

/** Everything that can be assumed, in the order in which it is listed. */
export const ASSUMPTIONS: readonly Assumption[] = [...FEATURES.map((feature): Assumption => `no-${feature}`), ...PREMISES];

/** None for a `breaks` claim. */
export function assumptionsOf(claim: Claim): readonly Assumption[] {
  return claim.kind === 'holds' ? claim.assuming : [];
}

export function isPremise(assumption: Assumption): assumption is Premise {
  return (PREMISES as readonly string[]).includes(assumption);
}

const EXCLUDED: ReadonlyMap<Assumption, Feature> = new Map(FEATURES.map((feature) => [`no-${feature}` as const, feature]));
/** Bit of that feature; 0 of a premise. */
const EXCLUDED_BIT: ReadonlyMap<Assumption, number> = new Map(FEATURES.map((feature) => [`no-${feature}` as const, FEATURE_BIT[feature]]));

/** The feature that `no-FEATURE` excludes. */
export const excludedFeature = (assumption: Assumption): Feature | undefined => EXCLUDED.get(assumption);

/** A scenario with what assumptions are asked about it, each at most once. */
export class Classified {
  readonly features: number;
  readonly #scenario: Scenario;
  readonly #premises = new Map<Premise, boolean>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.features = featureMask(scenario);
  }

  satisfies(assumption: Assumption): boolean {
    const excluded = EXCLUDED_BIT.get(assumption);
    if (excluded !== undefined) return (this.features & excluded) === 0;
    if (!isPremise(assumption)) return true;
    const known = this.#premises.get(assumption);
    if (known !== undefined) return known;
    const found = satisfies(this.#scenario, assumption);
    this.#premises.set(assumption, found);
    return found;
  }

  /** Bit i: assumption i is not satisfied. */
  outside(assumptions: readonly Assumption[]): number {
    let mask = 0;
    for (let i = 0; i < assumptions.length; i++) {
      const assumption = assumptions[i];
      if (assumption !== undefined && !this.satisfies(assumption)) mask |= 1 << i;
    }
    return mask;
  }
}

export function namesOf(outside: number, assumptions: readonly Assumption[]): Assumption[] {
  return assumptions.filter((_, index) => (outside & (1 << index)) !== 0);
}

/** `features` and premises with these assumptions enforced. */
export function enforced(features: readonly Feature[], assumptions: readonly Assumption[]): { features: Feature[]; premises: Premise[] } {
  const excluded = new Set(assumptions.map(excludedFeature));
  return {
    features: FEATURES.filter((feature) => features.includes(feature) && !excluded.has(feature)),
    premises: PREMISES.filter((premise) => assumptions.includes(premise)),
  };
}
