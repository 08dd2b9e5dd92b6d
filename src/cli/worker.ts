/** A worker thread: opens a workshop with what it is given, then answers task by task. Signals are the main thread's business. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkshopSetup } from '../campaign/task.ts';
import { openWorkshop } from '../campaign/workshop.ts';
import type { ResultMessage, TaskMessage } from './workers.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a worker thread of `tocsin`, not a command');
const workshop = openWorkshop(workerData as WorkshopSetup);

port.on('message', ({ task }: TaskMessage) => {
  let answer: ResultMessage;
  try {
    answer = { result: workshop.execute(task, (told) => { port.postMessage({ told } satisfies ResultMessage); }) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    answer = { error: { name, message } };
  }
  port.postMessage(answer);
});
