/** A worker thread that answers one measurement after the other, and processes that are timed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Job, Measured } from './jobs.ts';

export class Isolate {
  private readonly worker = new Worker(new URL('./worker.js', import.meta.url));

  async run(job: Job): Promise<Measured> {
    this.worker.postMessage(job);
    const [answer] = await once(this.worker, 'message') as [Measured];
    return answer;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

export interface Timed {
  readonly seconds: number;
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs node with these arguments and waits for it. */
export async function timeProcess(args: readonly string[], cwd?: string): Promise<Timed> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], ...(cwd === undefined ? {} : { cwd }) });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  const [code] = await once(child, 'close') as [number | null];
  return { seconds: (performance.now() - start) / 1000, code, stdout };
}

/** Seconds until node with these arguments puts the first file of that ending into `folder`; with that it is ended. Undefined: it ended without. */
export async function timeToFile(args: readonly string[], folder: string, ending: string): Promise<number | undefined> {
  let seconds: number | undefined;
  const watcher = watch(folder);
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'ignore', cwd: folder });
  watcher.on('change', (_event, name) => {
    if (seconds !== undefined || !String(name).endsWith(ending)) return;
    seconds = (performance.now() - start) / 1000;
    child.kill('SIGKILL');
  });
  try {
    await once(child, 'close');
  } finally {
    watcher.close();
  }
  return seconds;
}

export const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
