/** What comes out of an interrupt at every boundary of a run (fork.ts). */
import type { Verdict } from '../contract/verdict.ts';
import type { Anchor, Scenario } from '../scenario/scenario.ts';

/** A handler of a scenario, and the stack that it runs on. */
export interface Handler {
  readonly function: number;
  readonly ownStack: boolean;
}

export interface ForkCounts {
  /** Instruction boundaries of the runs at which interrupts are enabled and which an anchor can name. */
  boundaries: number;
  /**
   * Those that none can, and where nothing interrupts: thread start code before the task has a frame, and the one instruction that stands for the
   * livepatch callback.
   */
  unnamed: number;
  /** Interrupts taken: boundaries times handlers. */
  interrupts: number;
  /** Of them, those during which something was noted. */
  violated: number;
  /** Those whose run went on to its end because memory or registers that are needed were different. */
  different: number;
  /** Those that were not back after HANDLER_BUDGET instructions. */
  long: number;
  /** Runs whose later boundaries are further away than an anchor can say: such a run goes round in a loop. */
  cut: number;
  instructions: number;
}

/** An interrupted run whose verdict is not simply that of the run without it. */
export interface Forked {
  /** Index into the handlers. */
  readonly handler: number;
  /** Instructions executed before the interrupt. */
  readonly boundary: number;
  readonly anchor: Anchor;
  readonly verdict: Verdict;
}

/** An interrupted run that goes on as the one without, and so has its verdict; `instructions`: of the whole run. */
export type TracelessVisit = (handler: number, boundary: number, anchor: Anchor, instructions: number) => void;

/** The scenario with one interrupt. */
export function interrupted(scenario: Scenario, { function: handler, ownStack }: Handler, at: Anchor): Scenario {
  return { ...scenario, interrupts: [{ id: 1, at, handler, ownStack }] };
}
