/** One slice of an exhaustive bound under the original and the mutants that are left, within the claim: the court's part of `mutate-bound.ts`. */
import type { ObligationName } from '../contract/obligations.ts';
import type { Claim } from '../contract/claim.ts';
import type { HookingStyle } from '../kernel/core.ts';
import type { Cursor } from '../enumerate/cursor.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { interrupted } from '../trial/forked.ts';
import type { Trials } from '../trial/trials.ts';
import type { Twins } from '../trial/twins.ts';
import { ANYWHERE, landingsOf } from './exhaust-slice.ts';
import type { Part, Stack, TurnKind } from './exhaust-task.ts';
import { isWithin } from './mutant-corpus.ts';
import { Lineup } from './mutant-lineup.ts';
import type { Catch, Refutation } from './mutant-lineup.ts';

/** Scenarios `from` to `to`-1 of a part of the bound, as far as there are, under the mutants `alive` (indexes in the setup). */
export interface BoundTask {
  readonly kind: 'bound';
  readonly part: Part;
  /** How functions are hooked. */
  readonly style: HookingStyle;
  readonly from: number;
  readonly to: number;
  readonly alive: readonly number[];
}

export interface BoundResult {
  readonly kind: 'bound';
  /** Scenarios there were. */
  readonly scenarios: number;
  /** Of them those that the claim speaks of and on which the original holds. */
  readonly trials: number;
  /** Single interrupts, or switches, that the original was given in them. */
  readonly interrupts: number;
  /** Scenarios and single interrupts that tell nothing, since the original's run does not end. */
  readonly undecided: number;
  readonly catches: readonly Catch[];
  readonly open: readonly (readonly [mutant: number, runs: number])[];
  readonly witnesses: readonly (readonly [mutant: number, witness: string])[];
  /** The original itself breaks its claim. */
  readonly refuted?: { readonly at: number; readonly obligation: ObligationName; readonly token: string };
}

/** What the scenarios of a bound are looked at under. */
export interface BoundCourt {
  readonly trials: Trials;
  readonly twins: Twins;
  readonly cursor: Cursor;
  readonly claim: Claim;
  /** Mask of features that may occur, for this part. */
  readonly allowed: number;
  readonly stacks: readonly Stack[];
  readonly turns: readonly TurnKind[];
  /** Of the original. */
  readonly token: (refuted: Refutation) => string;
}

export function boundSlice({ part, from, to, alive }: BoundTask, { trials, twins, cursor, claim, allowed, stacks, turns, token }: BoundCourt): BoundResult {
  const lineup = new Lineup(trials, twins, alive);
  const one = (scenario: Scenario, at: number): void => {
    if (part === 'plain') {
      if (isWithin(scenario, claim, allowed)) lineup.whole(scenario, at, true, scenario);
      return;
    }
    const landings = landingsOf(scenario, part, { stacks, turns }).filter((it) => isWithin(interrupted(scenario, it, ANYWHERE), claim, allowed));
    if (landings.length > 0) lineup.everywhere(scenario, at, landings);
  };
  const scenarios = cursor.visit(from, to, one);
  const { held, interrupts, undecided, catches, open, witnesses, refuted } = lineup;
  return {
    kind: 'bound', scenarios, trials: held, interrupts, undecided, catches, open, witnesses,
    ...(refuted === undefined ? {} : { refuted: { at: refuted.at, obligation: refuted.violation.obligation, token: token(refuted) } }),
  };
}
