/**
 * The scheduler of a scenario with a world (scenario/world.ts): which task goes on when one gives up its CPU, and on which CPU. In the kernel this is C
 * code between the two halves of `schedule` (kernel/switch.ts). A queue, first in, first out.
 */
import type { Cpu, World } from '../scenario/scenario.ts';
import { FIXED, PACAS, THREAD_INFOS } from '../image/pages.ts';
import { high, low } from '../machine/halves.ts';
import { BOUNDS } from '../scenario/scenario.ts';

const MOST = 1 + BOUNDS.tasks;
const halves = (pages: readonly number[]): Int32Array => Int32Array.from(pages.flatMap((page) => [high(FIXED[page]!), low(FIXED[page]!)]));
/** Address halves of thread_info by task, and of the PACA by CPU. */
export const THREAD_INFO_OF = halves(THREAD_INFOS);
export const PACA_OF = halves(PACAS);

/** What a task is doing; ABSENT: it is to be forked. */
export const TASK = { NOT_BEGUN: 0, RUNS: 1, PREEMPTED: 2, ASLEEP: 3, DONE: 4, ABSENT: 5 } as const;

export class Tasks {
  /** The task that runs, from 0, and where. */
  current = 0;
  cpu: Cpu = 0;
  /** Times that a task has given up its CPU. */
  changes = 0;
  /** By task, TASK. */
  readonly doing = new Uint8Array(MOST);
  /** So many there are. */
  count = 1;
  /** A task that is being preempted goes on here later; -1: it is not being preempted. */
  #preempted = -1;
  readonly #queue = new Int32Array(MOST);
  #waiting = 0;
  readonly #cpuOf = new Int32Array(MOST);

  /** Before a run. */
  begin(world: World | undefined): void {
    this.current = this.cpu = 0;
    this.changes = this.#waiting = 0;
    this.#preempted = -1;
    this.doing.fill(TASK.NOT_BEGUN);
    this.doing[0] = TASK.RUNS;
    this.count = 1;
    if (world === undefined) return;
    this.count += world.tasks.length;
    for (let i = 0; i < world.tasks.length; i++) {
      const { id, cpu } = world.tasks[i]!;
      if (world.forks?.some(({ task }) => task === id) === true) this.doing[i + 1] = TASK.ABSENT;
      else this.joins(i + 1, cpu);
    }
  }

  /** One more task, which has not run yet, gets its turn after those that wait: it was forked. Whoever begins without a world says so too (fork.ts). */
  joins(task: number, cpu: Cpu): void {
    this.#cpuOf[task] = cpu;
    this.doing[task] = TASK.NOT_BEGUN;
    this.#queue[this.#waiting++] = task;
  }

  /** A tick has landed in the task that runs: it goes on on `cpu` when its turn comes again. */
  preempt(cpu: Cpu): void {
    this.#preempted = cpu;
  }

  /** Whether the task that runs is being preempted. */
  get preempting(): boolean {
    return this.#preempted >= 0;
  }

  /** The task that runs gives up its CPU; one that sleeps goes on on `wakes`. */
  yield(wakes: number): void {
    this.doing[this.current] = this.preempting ? TASK.PREEMPTED : TASK.ASLEEP;
    this.#cpuOf[this.current] = this.#preempted >= 0 ? this.#preempted : wakes;
    this.#preempted = -1;
    this.#queue[this.#waiting++] = this.current;
    this.#next();
  }

  /** No task waits. */
  get alone(): boolean {
    return this.#waiting === 0;
  }

  /** The task that runs is done. False: it was the last. */
  end(): boolean {
    this.doing[this.current] = TASK.DONE;
    if (this.#waiting === 0) return false;
    this.#next();
    return true;
  }

  #next(): void {
    this.changes++;
    this.current = this.#queue[0]!;
    this.cpu = this.#cpuOf[this.current] as Cpu;
    this.doing[this.current] = TASK.RUNS;
    this.#waiting--;
    for (let i = 0; i < this.#waiting; i++) this.#queue[i] = this.#queue[i + 1]!;
  }
}
