/** A worker thread's side of `threads.ts`: does task by task what it is asked. Signals are the main thread's business. */
import { parentPort } from 'node:worker_threads';
import type { Answered, Asked } from './threads.ts';

/** Answers all tasks to come with `execute`, which may tell of things on the way; what it throws is the answer too. */
export function serve<Task, Result, Told = never>(execute: (task: Task, tell: (told: Told) => void) => Result): void {
  const port = parentPort;
  if (port === null) throw new Error('this file is a worker thread of `tocsin`, not a command');
  const post = (message: Answered<Result, Told>): void => { port.postMessage(message); };
  port.on('message', ({ task }: Asked<Task>) => {
    try {
      post({ result: execute(task, (told) => { post({ told }); }) });
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      post({ error: { name, message } });
    }
  });
}
