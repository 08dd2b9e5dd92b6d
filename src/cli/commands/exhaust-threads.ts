/** Where the work of `exhaust` is done: on this thread, or on worker threads. */
import { setImmediate as breathe } from 'node:timers/promises';
import { exhaustHere } from '../../campaign/exhaust-workshop.ts';
import type { ExhaustAnswer, ExhaustBench, ExhaustResult, ExhaustSetup, ExhaustTask } from '../../campaign/exhaust-task.ts';
import { Threads } from '../threads.ts';

/** A bench that must be closed. */
export interface OpenBench extends ExhaustBench {
  /** Ends all threads; tasks under way are given up. */
  close(): Promise<void>;
}

export function openBench(setup: ExhaustSetup, threads: number): OpenBench {
  return threads > 1 ? new ExhaustThreads(setup, threads) : { ...exhaustHere(setup, () => breathe()), close: () => Promise.resolve() };
}

class ExhaustThreads extends Threads<ExhaustTask, ExhaustResult> implements OpenBench {
  constructor(setup: ExhaustSetup, threads: number) {
    super(new URL('./exhaust-worker.js', import.meta.url), setup, threads);
  }

  override run<T extends ExhaustTask>(task: T): Promise<ExhaustAnswer<T>> {
    return super.run(task) as Promise<ExhaustAnswer<T>>;
  }
}
