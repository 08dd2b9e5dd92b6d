/** Worker threads as a campaign's `Executor`. */
import { availableParallelism } from 'node:os';
import type { Announcement, Executor, Noticed, ResultOf, Task, TaskResult, WorkshopSetup } from '../campaign/task.ts';
import { Threads } from './threads.ts';

/** Threads unless said otherwise: one per core that this process may use. */
export const defaultWorkers = (): number => availableParallelism();

/** An executor that must be closed. */
export interface Workshops extends Executor {
  /** Ends all threads; tasks under way are given up. */
  close(): Promise<void>;
}

/** `threads` worker threads, which open their workshops with `setup` at once. */
export class WorkerThreads extends Threads<Task, TaskResult, Announcement> implements Workshops {
  constructor(setup: WorkshopSetup, threads: number) {
    super(new URL('./worker.js', import.meta.url), setup, threads);
  }

  override run<T extends Task>(task: T, noticed?: Noticed): Promise<ResultOf<T>> {
    return super.run(task, noticed) as Promise<ResultOf<T>>;
  }
}
