/**
 * The exhaustive bounds over which those mutants run that are neither caught nor proved equal. They have names, as "equal to the bound" means no more
 * than the bound does. Each is one that `tocsin exhaust` enumerates: every scenario of some sizes, and a smaller part of them with an interrupt at every
 * instruction boundary, by every handler, on either stack, and with the task preempted there, to come back on the other CPU or after another task.
 */
import type { Strategy } from '../contract/strategy.ts';
import { wholeBound } from '../enumerate/bound.ts';
import type { Bound } from '../enumerate/bound.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { DEFAULT_BOUND, DEFAULT_INTERRUPT_SIZES, DEFAULT_SWITCH_SIZES, planExhaust } from './exhaust-plan.ts';
import type { PartPlan } from './exhaust-plan.ts';
import { DEFAULT_STACKS, TURNS } from './exhaust-task.ts';
import type { InterruptBound, SwitchBound } from './exhaust-task.ts';

export interface MutantBound {
  readonly name: string;
  readonly bound: Bound;
  /** null: without interrupts alone. */
  readonly interrupts: InterruptBound | null;
  /** null: without switches. */
  readonly switches: SwitchBound | null;
}

const named = (name: string, bound: Bound, inner: Bound, around = inner): MutantBound =>
  ({ name, bound, interrupts: { bound: inner, stacks: DEFAULT_STACKS }, switches: { bound: around, turns: TURNS } });

/**
 * What makes r2 of an interrupted hook wrong: two patched functions in different modules, one called locally, the other one the handler. Nothing of two
 * functions and one call has that, since each function of a bound is reached by calls from the task's start.
 */
const TWO_MODULES: Bound = { ...wholeBound(3, 2, 0), modules: ['M', 'N'], kinds: ['local', 'global'], replacements: ['same'] };

/** From the smallest to the largest. */
export const MUTANT_BOUNDS = [
  named('tiny', wholeBound(2, 1, 0), wholeBound(1, 1, 0)),
  named('small', wholeBound(2, 1, 1), wholeBound(2, 1, 0)),
  named('windows', wholeBound(3, 2, 0), TWO_MODULES),
  named('medium', wholeBound(2, 2, 1), wholeBound(2, 1, 1), wholeBound(2, 1, 0)),
  // What `tocsin exhaust` runs when nothing else is said.
  named('exhaust', DEFAULT_BOUND, { ...DEFAULT_BOUND, ...DEFAULT_INTERRUPT_SIZES }, { ...DEFAULT_BOUND, ...DEFAULT_SWITCH_SIZES }),
] as const satisfies readonly MutantBound[];

/** A strategy with a handful of mutants left is through with it in some seconds. */
export const DEFAULT_MUTANT_BOUND: MutantBound = MUTANT_BOUNDS[1];

/** The bound with functions hooked in another style. */
export function inStyle({ name, bound, interrupts, switches }: MutantBound, style: HookingStyle): MutantBound {
  const hooked = (of: Bound): Bound => ({ ...of, hooked: [style] });
  return {
    name, bound: hooked(bound), interrupts: interrupts === null ? null : { ...interrupts, bound: hooked(interrupts.bound) },
    switches: switches === null ? null : { ...switches, bound: hooked(switches.bound) },
  };
}

/**
 * Its parts in the order in which they are done, and how many scenarios each must have, with functions hooked in `style`. `interrupts` false: none is
 * delivered. @throws BoundError
 */
export function partsOf(of: MutantBound, strategy: Strategy, withInterrupts: boolean, style: HookingStyle = 'in-line'): readonly PartPlan[] {
  const { bound, interrupts, switches } = inStyle(of, style);
  return planExhaust({ strategies: [strategy], bound, interrupts: withInterrupts ? interrupts : null, switches }).parts;
}
