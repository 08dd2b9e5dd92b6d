/** A worker thread of `exhaust`: opens a workshop with what it is given, then answers task by task. */
import { workerData } from 'node:worker_threads';
import { ExhaustWorkshop } from '../../campaign/exhaust-workshop.ts';
import type { ExhaustResult, ExhaustSetup, ExhaustTask } from '../../campaign/exhaust-task.ts';
import { serve } from '../serve.ts';

let workshop: ExhaustWorkshop | undefined;
serve<ExhaustTask, ExhaustResult>((task) => {
  workshop ??= new ExhaustWorkshop(workerData as ExhaustSetup);
  return workshop.execute(task);
});
