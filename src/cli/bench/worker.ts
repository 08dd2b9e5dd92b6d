/** An isolate for measurements: one job at a time. */
import { parentPort } from 'node:worker_threads';
import { Bench } from './jobs.ts';
import type { Job } from './jobs.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a worker thread of `tocsin bench`, not a command');
const bench = new Bench();
port.on('message', (job: Job) => { port.postMessage(bench.run(job)); });
