/** A worker thread of `mutate`: opens a court with what it is given, then answers task by task. Signals are the main thread's business. */
import { parentPort, workerData } from 'node:worker_threads';
import { MutantCourt } from '../../campaign/mutant-court.ts';
import type { MutationSetup } from '../../campaign/mutant-court.ts';
import type { MutationMessage, MutationReply } from './mutate-threads.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a worker thread of `tocsin`, not a command');
let court: MutantCourt | undefined;

port.on('message', ({ id, task }: MutationMessage) => {
  let reply: MutationReply;
  try {
    court ??= new MutantCourt(workerData as MutationSetup);
    reply = { id, result: court.execute(task) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    reply = { id, error: { name, message } };
  }
  port.postMessage(reply);
});
