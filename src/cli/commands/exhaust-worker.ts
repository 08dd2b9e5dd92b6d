/** A worker thread of `exhaust`: opens a workshop with what it is given, then answers task by task. Signals are the main thread's business. */
import { parentPort, workerData } from 'node:worker_threads';
import { ExhaustWorkshop } from '../../campaign/exhaust-workshop.ts';
import type { ExhaustSetup } from '../../campaign/exhaust-task.ts';
import type { ExhaustMessage, ExhaustReply } from './exhaust-threads.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a worker thread of `tocsin`, not a command');
let workshop: ExhaustWorkshop | undefined;

port.on('message', ({ task }: ExhaustMessage) => {
  let reply: ExhaustReply;
  try {
    workshop ??= new ExhaustWorkshop(workerData as ExhaustSetup);
    reply = { result: workshop.execute(task) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    reply = { error: { name, message } };
  }
  port.postMessage(reply);
});
