/**
 * What an exhaustive run is, and the messages between it and whoever does its work. The work is cut into slices: ranges of numbers of the
 * enumeration. What a slice says is a function of the plan and its range, so that neither the number of workers nor a resume can be seen.
 */
import type { ObligationName } from '../contract/obligations.ts';
import type { ReturnEdge } from '../contract/verdict.ts';
import type { Bound } from '../enumerate/bound.ts';
import type { Measure } from '../enumerate/measure.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ForkCounts } from '../trial/forked.ts';
import type { Fault, StrategySource } from './task.ts';

export const PARTS = ['plain', 'interrupts', 'switches', 'pairs'] as const;
/**
 * `plain`: every scenario, without interrupts; `interrupts`: those of a smaller bound, interrupted once, at each boundary, by each handler; `switches`:
 * those of a smaller bound, the task preempted once, at each boundary; `pairs`: those of a yet smaller one, the task and another one that runs meanwhile
 * preempted once each, at each pair of boundaries (exhaust-pairs.ts).
 */
export type Part = (typeof PARTS)[number];

export const STACKS = ['shared', 'own', 'soft'] as const;
/** The stack that a handler runs on: the interrupted one, the interrupt stack, or, as a soft irq's, the soft irq stack. */
export type Stack = (typeof STACKS)[number];
/** Where nothing is said. */
export const DEFAULT_STACKS: readonly Stack[] = ['shared', 'own'];

export const TURNS = ['back', 'migration', 'switch'] as const;
/**
 * What becomes of a task that is preempted. `back`: it comes back at once; `migration`: the same on the other CPU; `switch`: another task runs first, from its beginning to
 * its end, each function in turn that a task can begin with, and then the task comes back on its CPU.
 */
export type TurnKind = (typeof TURNS)[number];

/** Scenarios of one slice: some tenths of a second of work each, of pairs some seconds. */
export const SLICE: Readonly<Record<Part, number>> = { plain: 1_000, interrupts: 10, switches: 10, pairs: 1 };

export interface InterruptBound {
  /** Not larger than the plain one in anything: it says how the scenarios do without interrupts. */
  readonly bound: Bound;
  readonly stacks: readonly Stack[];
}

export interface SwitchBound {
  /** Not larger than the plain one in anything. */
  readonly bound: Bound;
  readonly turns: readonly TurnKind[];
}

export interface PairBound {
  /** Not larger than the plain one in anything. */
  readonly bound: Bound;
}

export interface ExhaustSetup {
  readonly strategies: readonly StrategySource[];
  readonly bound: Bound;
  readonly interrupts: InterruptBound | null;
  readonly switches: SwitchBound | null;
  readonly pairs: PairBound | null;
}

export interface SliceTask {
  readonly kind: 'slice';
  readonly part: Part;
  /** Numbers of scenarios: `from` to `to`-1, as far as there are. */
  readonly from: number;
  readonly to: number;
}

/** The smallest scenario that shows something; of equally large ones the first. */
export interface Smallest {
  readonly scenario: Scenario;
  readonly measure: Measure;
  /** Its number in its part; and with an interrupt or a switch, boundary and what lands there in the order in which they are tried. */
  readonly index: number;
  readonly turn: number;
}

export interface ExhaustSignature {
  readonly obligation: ObligationName;
  readonly edge: ReturnEdge;
  readonly place: string;
  /** Bit set over the claim's assumptions: those that the scenarios do not satisfy. */
  readonly outside: number;
  readonly count: number;
  readonly smallest: Smallest;
}

/** What one strategy did in one slice, or in all of a part. */
export interface ExhaustTally {
  /** Runs; with interrupts or switches, one for each. */
  readonly trials: number;
  /** Scenarios that are none, since the strategy has no code for how their functions are hooked. */
  readonly notApplicable: number;
  /** By the assumptions that are not satisfied, a bit set; sorted. */
  readonly byOutside: readonly (readonly [outside: number, trials: number])[];
  /** Out of budget or undecided, and of those the ones within the claim. */
  readonly open: number;
  readonly openWithin: number;
  readonly instructions: number;
  readonly forks: ForkCounts | null;
  /** Interrupted runs that were run again from the beginning, to be compared. */
  readonly compared: number;
  /** With interrupts or switches: only what the same scenario does not show without. Sorted by `exhaustKey`. */
  readonly signatures: readonly ExhaustSignature[];
}

export interface SliceResult {
  readonly kind: 'slice';
  readonly part: Part;
  readonly from: number;
  /** Scenarios there were. */
  readonly scenarios: number;
  /** By strategy, as in the setup. */
  readonly strategies: readonly ExhaustTally[];
  readonly faults: readonly Fault[];
  readonly faultCount: number;
}

/** Say what a scenario shows, in words and as a token. */
export interface ShowTask {
  readonly kind: 'show';
  readonly strategy: number;
  readonly obligation: ObligationName;
  readonly edge: ReturnEdge;
  readonly place: string;
  readonly scenario: Scenario;
}

export interface ShowResult {
  readonly kind: 'show';
  readonly sentence: string;
  /** It did not recur: the harness is wrong. */
  readonly fault: string | null;
}

export interface AboutTask { readonly kind: 'about' }

export interface AboutResult {
  readonly kind: 'about';
  readonly modelHash: string;
  /** By strategy. */
  readonly hashes: readonly string[];
}

export type ExhaustTask = SliceTask | ShowTask | AboutTask;
export type ExhaustResult = SliceResult | ShowResult | AboutResult;
export type ExhaustAnswer<T extends ExhaustTask> = Extract<ExhaustResult, { readonly kind: T['kind'] }>;

/** Does tasks, in any order, several at a time. `run` rejects only where the machinery broke. */
export interface ExhaustBench {
  /** Tasks that are worth having under way at the same time, >= 1. */
  readonly width: number;
  run<T extends ExhaustTask>(task: T): Promise<ExhaustAnswer<T>>;
}
