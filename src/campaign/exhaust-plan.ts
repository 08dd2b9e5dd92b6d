/** What an exhaustive run is to do, settled before anything runs: bounds, slices, who is on trial, and what a checkpoint must agree with. */
import type { Strategy } from '../contract/strategy.ts';
import { DIMENSIONS, SIZES, checkedBound, wholeBound } from '../enumerate/bound.ts';
import type { Bound, Dimension, Size } from '../enumerate/bound.ts';
import { expected } from '../enumerate/expected.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { CampaignError } from './error.ts';
import { SLICE } from './exhaust-task.ts';
import type { ExhaustSetup, InterruptBound, PairBound, Part, SliceTask, SwitchBound } from './exhaust-task.ts';

/** A counterexample of every built-in strategy that is known to be bad is in it. */
export const DEFAULT_BOUND: Bound = wholeBound(3, 2, 1);
/** With interrupts: sizes; everything else as without. */
export const DEFAULT_INTERRUPT_SIZES: Readonly<Record<'functions' | 'calls' | 'special', number>> = { functions: 2, calls: 1, special: 1 };
/** With switches. */
export const DEFAULT_SWITCH_SIZES: typeof DEFAULT_INTERRUPT_SIZES = { functions: 2, calls: 1, special: 0 };

/** With two switches: a scenario has some ten thousands of pairs. */
export const DEFAULT_PAIR_SIZES: typeof DEFAULT_INTERRUPT_SIZES = { functions: 1, calls: 1, special: 0 };

/** More scenarios than this are refused: they would take weeks. */
export const MOST_SCENARIOS = 1e10;

export interface ExhaustOptions {
  readonly strategies: readonly Strategy[];
  readonly bound: Bound;
  /** null: none. */
  readonly interrupts: InterruptBound | null;
  /** null: none. */
  readonly switches: SwitchBound | null;
  /** null, or nothing said: none. */
  readonly pairs?: PairBound | null;
}

export interface PartPlan {
  readonly part: Part;
  readonly bound: Bound;
  /** Scenarios, counted independently of the enumeration. */
  readonly expected: number;
  readonly slices: number;
}

export interface ExhaustPlan {
  readonly setup: ExhaustSetup;
  readonly strategies: readonly Strategy[];
  /** In the order in which they are done. */
  readonly parts: readonly PartPlan[];
}

/** @throws CampaignError, BoundError */
export function planExhaust({ strategies, bound: asked, interrupts, switches, pairs = null }: ExhaustOptions): ExhaustPlan {
  if (strategies.length === 0) throw new CampaignError('no strategy to put on trial');
  const bound = checkedBound(asked);
  const within = (what: Exclude<Part, 'plain'>, of: Bound): Bound => {
    const inner = checkedBound(of), name = beyond(inner, bound);
    if (name !== undefined) throw new CampaignError(`with ${what}, ${name} is larger than without; expected at most the same`);
    return inner;
  };
  const inner = interrupts === null ? null : { bound: within('interrupts', interrupts.bound), stacks: interrupts.stacks };
  if (inner?.stacks.length === 0) throw new CampaignError('no stack for interrupts to run on');
  const handlers = (inner?.bound.functions ?? 0) * (inner?.stacks.length ?? 0);
  if (handlers > BOUNDS.interrupts) {
    throw new CampaignError(`with interrupts, ${inner!.bound.functions} functions on ${inner!.stacks.length} stack${inner!.stacks.length === 1 ? '' : 's'} are ${handlers} handlers; expected at most ${BOUNDS.interrupts}`);
  }
  const around = switches === null ? null : { bound: within('switches', switches.bound), turns: switches.turns };
  if (around?.turns.length === 0) throw new CampaignError('nothing that becomes of a task that is preempted');
  const both = pairs === null ? null : { bound: within('pairs', pairs.bound) };
  const part = (name: Part, of: Bound): PartPlan => {
    const scenarios = counted(of);
    return { part: name, bound: of, expected: scenarios, slices: Math.ceil(scenarios / SLICE[name]) };
  };
  return {
    setup: { strategies: strategies.map((it) => (BUILT_IN.includes(it) ? it.name : it)), bound, interrupts: inner, switches: around, pairs: both },
    strategies,
    parts: [
      part('plain', bound), ...(inner === null ? [] : [part('interrupts', inner.bound)]), ...(around === null ? [] : [part('switches', around.bound)]),
      ...(both === null ? [] : [part('pairs', both.bound)]),
    ],
  };
}

function counted(bound: Bound): number {
  let scenarios = 0;
  // What is far too large is so with fewer special things already, and counting those takes less time.
  for (let special = 0; special <= bound.special; special++) {
    try {
      scenarios = expected({ ...bound, special });
    } catch (error) {
      if (error instanceof RangeError) throw new CampaignError('the bound is too large to be counted');
      throw error;
    }
    if (scenarios <= MOST_SCENARIOS) continue;
    throw new CampaignError(`the bound has ${special < bound.special ? 'more than ' : ''}${scenarios} scenarios; at most ${MOST_SCENARIOS}`);
  }
  return scenarios;
}

/** What of the inner bound is not within the outer one. */
function beyond(inner: Bound, outer: Bound): string | undefined {
  for (const name of Object.keys(SIZES) as Size[]) if (name === 'recursion' ? inner[name] !== outer[name] : inner[name] > outer[name]) return name;
  return (Object.keys(DIMENSIONS) as Dimension[]).find((name) => inner[name].some((value) => !(outer[name] as readonly string[]).includes(value)));
}

/** Slice `number` of a part. */
export function sliceOf({ part }: PartPlan, number: number): SliceTask {
  return { kind: 'slice', part, from: number * SLICE[part], to: (number + 1) * SLICE[part] };
}
