/** Where the work of `mutate` is done: on this thread, or on worker threads. */
import { setImmediate as breathe } from 'node:timers/promises';
import { MutantCourt } from '../../campaign/mutant-court.ts';
import type { MutationAnswer, MutationResult, MutationSetup, MutationTask } from '../../campaign/mutant-court.ts';
import type { MutationBench } from '../../campaign/mutate.ts';
import { Threads } from '../threads.ts';

/** On this thread; `breathe` is awaited before each task, so that signals and timers get their turn. */
export function onThisThread(setup: MutationSetup): MutationBench {
  let court: MutantCourt | undefined;
  return {
    async run<T extends MutationTask>(task: T): Promise<MutationAnswer<T>> {
      await breathe();
      court ??= new MutantCourt(setup);
      return court.execute(task);
    },
    close: () => Promise.resolve(),
  };
}

/** Worker threads; each has its machine to itself, which is what makes it fast. */
export class MutationThreads extends Threads<MutationTask, MutationResult> implements MutationBench {
  constructor(setup: MutationSetup, threads: number) {
    super(new URL('./mutate-worker.js', import.meta.url), setup, threads);
  }

  override run<T extends MutationTask>(task: T): Promise<MutationAnswer<T>> {
    return super.run(task) as Promise<MutationAnswer<T>>;
  }
}
