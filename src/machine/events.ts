/**
 * What may arrive in a run, in one numbering: interrupts first, behind them switches (ticks after which a task is preempted), transitions of patches, times
 * that tracing is switched, forks, and ends of tasks; and where the scenario anchors each (scenario.ts, Anchor). An interrupt or a tick is taken by the processor
 * where interrupts are enabled; the rest is the host's, between any two instructions.
 */
import type { Anchor, Scenario, World } from '../scenario/scenario.ts';
import { BOUNDS, REGIONS } from '../scenario/scenario.ts';
import { TASK_CONTEXTS, isTaskContext } from '../scenario/world.ts';

/** Events of a scenario, at most: they fit into the bits of a word. */
export const MOST_EVENTS = BOUNDS.interrupts + BOUNDS.switches + BOUNDS.transitions + BOUNDS.tracing + BOUNDS.forks + BOUNDS.exits;

/** A task as a context, from 0; interrupts are their indexes. */
export const taskContext = (task: number): number => -1 - task;

export class Events {
  /** Events of the scenario. */
  count = 0;
  // Where the next kind begins.
  #switches = 0;
  #transitions = 0;
  #tracing = 0;
  #forks = 0;
  #exits = 0;

  // Anchors, by event. Context: a task, or the index of an interrupt; region: index in REGIONS.
  readonly context = new Int32Array(MOST_EVENTS);
  readonly call = new Int32Array(MOST_EVENTS);
  readonly occurrence = new Int32Array(MOST_EVENTS);
  readonly region = new Int32Array(MOST_EVENTS);
  readonly step = new Int32Array(MOST_EVENTS);

  load(scenario: Scenario): void {
    const { interrupts, world } = scenario;
    this.count = 0;
    this.#kind(scenario, interrupts);
    this.#switches = this.count;
    if (world !== undefined) this.#kind(scenario, world.switches);
    this.#transitions = this.count;
    this.#kind(scenario, world?.transitions);
    this.#tracing = this.count;
    this.#kind(scenario, world?.tracing);
    this.#forks = this.count;
    this.#kind(scenario, world?.forks);
    this.#exits = this.count;
    this.#kind(scenario, world?.exits);
  }

  /** Is event j a switch? Then which one (index), else -1. */
  switchOf(j: number): number {
    return j < this.#switches || j >= this.#transitions ? -1 : j - this.#switches;
  }

  /** Is event j a transition? Then which one (index), else -1. */
  transitionOf(j: number): number {
    return j < this.#transitions || j >= this.#tracing ? -1 : j - this.#transitions;
  }

  /** Is tracing switched then? Then which time (index), else -1. */
  tracingOf(j: number): number {
    return j < this.#tracing || j >= this.#forks ? -1 : j - this.#tracing;
  }

  /** Is a task forked then? Then by which fork (index), else -1. */
  forkOf(j: number): number {
    return j < this.#forks || j >= this.#exits ? -1 : j - this.#forks;
  }

  /** Is event j the end of a task? Then which one (index), else -1. */
  exitOf(j: number): number {
    return j < this.#exits ? -1 : j - this.#exits;
  }

  isInterrupt(j: number): boolean {
    return j < this.#switches;
  }

  /** Event j waits until interrupts are enabled. */
  isTaken(j: number): boolean {
    return j < this.#transitions;
  }

  #kind({ interrupts, world }: Scenario, events: readonly { readonly at: Anchor }[] | undefined): void {
    if (events === undefined) return;
    for (let k = 0; k < events.length; k++) {
      const { at } = events[k]!, j = this.count++;
      if (isTaskContext(at.context)) this.context[j] = taskContext(taskIndex(at.context, world));
      else for (let i = 0; i < interrupts.length; i++) if (interrupts[i]!.id === at.context) this.context[j] = i;
      this.call[j] = at.call;
      this.occurrence[j] = at.occurrence;
      this.region[j] = REGIONS.indexOf(at.region);
      this.step[j] = at.step;
    }
  }
}

/** A task is known by its place in the list: a scenario that is being shrunk may have a third one without a second one. */
function taskIndex(context: Anchor['context'], world: World | undefined): number {
  if (world !== undefined) for (let k = 0; k < world.tasks.length; k++) if (TASK_CONTEXTS[world.tasks[k]!.id - 1] === context) return k + 1;
  return 0;
}
