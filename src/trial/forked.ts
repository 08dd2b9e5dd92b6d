/** What lands at every boundary of a run, and what comes out of it (fork.ts). */
import type { Verdict } from '../contract/verdict.ts';
import type { Anchor, Cpu, Scenario, World } from '../scenario/scenario.ts';
import { onSoftStack, styleField } from '../scenario/world.ts';

/** A handler of a scenario, and the stack that it runs on. */
export interface Handler {
  readonly function: number;
  readonly ownStack: boolean;
  /** It is a soft irq's, and that stack the soft irq stack; else the interrupt stack. */
  readonly soft?: true;
}

/** The task is preempted, and comes back: a tick, on whose way out others have their turn. */
export interface Turn {
  /** The function that a task of its own runs meanwhile, from its beginning to its end, on CPU 0; null: nobody wants the CPU. */
  readonly away: number | null;
  /** Where the task, which was on CPU 0, comes back. */
  readonly cpu: Cpu;
}

/** What arrives at a boundary. */
export type Landing = Handler | Turn;

/** Functions that an interrupt can call, and a task begin with: without arguments, with two entries, not in P. */
export const rootsOf = ({ functions }: Scenario): number[] => functions.filter((fn) => fn.args === 0 && !fn.variadic && fn.entry === 'dual' && fn.module !== 'P').map(({ id }) => id);

export const isTurn = (landing: Landing): landing is Turn => 'cpu' in landing;

export interface ForkCounts {
  /** Instruction boundaries of the runs at which interrupts are enabled and which an anchor can name. Everything that lands is an interrupt here, ticks too. */
  boundaries: number;
  /**
   * Those that none can, and where nothing interrupts: thread start code before the task has a frame, and the one instruction that stands for the
   * livepatch callback.
   */
  unnamed: number;
  /** Interrupts taken: boundaries times what lands. */
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
  /** Index into what lands. */
  readonly handler: number;
  /** Instructions executed before the interrupt. */
  readonly boundary: number;
  readonly anchor: Anchor;
  readonly verdict: Verdict;
}

/** An interrupted run that goes on as the one without, and so has its verdict; `instructions`: of the whole run. */
export type TracelessVisit = (handler: number, boundary: number, anchor: Anchor, instructions: number) => void;

/** The scenario, which has nothing around it but how its functions are hooked, with that one event. */
export function interrupted(scenario: Scenario, landing: Landing, at: Anchor): Scenario {
  if (isTurn(landing)) return { ...scenario, world: { ...worldOf(landing), ...styleField(scenario), switches: [{ id: 1, at, cpu: landing.cpu }] } };
  const one = { ...scenario, interrupts: [{ id: 1, at, handler: landing.function, ownStack: landing.ownStack }] };
  return landing.soft === true ? { ...one, world: { ...NOBODY, ...styleField(scenario), ...onSoftStack([1]) } } : one;
}

const NOBODY: World = { tasks: [], switches: [], sleepers: [] };

/** Whom a turn needs. */
export function worldOf({ away }: Turn): World {
  return { ...NOBODY, tasks: away === null ? [] : [{ id: 2, start: away, cpu: 0 }] };
}

/** The scenario, which has nothing around it but how its functions are hooked, with everybody that lands in it; `at`: where an anchor has to stand. */
export function withAll(scenario: Scenario, landings: readonly Landing[], at: Anchor): Scenario {
  const handlers = landings.flatMap((it): Handler[] => (isTurn(it) ? [] : [it]));
  const interrupts = handlers.map((it, i) => ({ id: i + 1, at, handler: it.function, ownStack: it.ownStack }));
  const soft = handlers.flatMap((it, i) => (it.soft === true ? [i + 1] : []));
  const turns = landings.filter(isTurn);
  if (turns.length + soft.length === 0) return { ...scenario, interrupts };
  // One task serves all turns: it is told what to run when it is its turn.
  const [turn = { away: null, cpu: 0 }] = [...turns.filter(({ away }) => away !== null), ...turns] as const;
  return { ...scenario, interrupts, world: { ...worldOf(turn), ...styleField(scenario), ...onSoftStack(soft) } };
}
