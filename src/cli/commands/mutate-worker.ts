/** A worker thread of `mutate`: opens a court with what it is given, then answers task by task. */
import { workerData } from 'node:worker_threads';
import { MutantCourt } from '../../campaign/mutant-court.ts';
import type { MutationResult, MutationSetup, MutationTask } from '../../campaign/mutant-court.ts';
import { serve } from '../serve.ts';

let court: MutantCourt | undefined;
serve<MutationTask, MutationResult>((task) => {
  court ??= new MutantCourt(workerData as MutationSetup);
  return court.execute(task);
});
