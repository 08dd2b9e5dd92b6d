/** Where the work of `exhaust` is done: on this thread, or on worker threads, one task at a time each. */
import { setImmediate as breathe } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { exhaustHere } from '../../campaign/exhaust-workshop.ts';
import type { ExhaustAnswer, ExhaustBench, ExhaustResult, ExhaustSetup, ExhaustTask } from '../../campaign/exhaust-task.ts';

export interface ExhaustMessage { readonly task: ExhaustTask }
export type ExhaustReply =
  | { readonly result: ExhaustResult }
  | { readonly error: { readonly name: string; readonly message: string } };

/** A bench that must be closed. */
export interface OpenBench extends ExhaustBench {
  /** Ends all threads; tasks under way are given up. */
  close(): Promise<void>;
}

export function openBench(setup: ExhaustSetup, threads: number): OpenBench {
  return threads > 1 ? new ExhaustThreads(setup, threads) : { ...exhaustHere(setup, () => breathe()), close: () => Promise.resolve() };
}

interface Waiting {
  readonly task: ExhaustTask;
  readonly resolve: (result: ExhaustResult) => void;
  readonly reject: (error: Error) => void;
}

class ExhaustThreads implements OpenBench {
  readonly width: number;
  private readonly workers: Worker[] = [];
  private readonly idle: Worker[] = [];
  private readonly queue: Waiting[] = [];
  private readonly running = new Map<Worker, Waiting>();
  private broken: Error | undefined;
  private closing = false;

  constructor(setup: ExhaustSetup, threads: number) {
    this.width = threads;
    for (let n = 0; n < threads; n++) {
      const worker = new Worker(new URL('./exhaust-worker.js', import.meta.url), { workerData: setup });
      worker.on('message', (reply: ExhaustReply) => { this.answered(worker, reply); });
      worker.on('error', (error) => { this.fail(error instanceof Error ? error : new Error(String(error))); });
      worker.on('exit', (code) => { if (!this.closing) this.fail(new Error(`a worker thread ended by itself (code ${code})`)); });
      this.workers.push(worker);
      this.idle.push(worker);
    }
  }

  run<T extends ExhaustTask>(task: T): Promise<ExhaustAnswer<T>> {
    return new Promise<ExhaustResult>((resolve, reject) => {
      if (this.broken !== undefined) reject(this.broken);
      else {
        this.queue.push({ task, resolve, reject });
        this.send();
      }
    }) as Promise<ExhaustAnswer<T>>;
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private send(): void {
    while (this.queue.length > 0) {
      const worker = this.idle.pop();
      if (worker === undefined) return;
      const waiting = this.queue.shift()!;
      this.running.set(worker, waiting);
      const message: ExhaustMessage = { task: waiting.task };
      worker.postMessage(message);
    }
  }

  private answered(worker: Worker, reply: ExhaustReply): void {
    const waiting = this.running.get(worker);
    this.running.delete(worker);
    this.idle.push(worker);
    this.send();
    if ('result' in reply) waiting?.resolve(reply.result);
    else waiting?.reject(Object.assign(new Error(reply.error.message), { name: reply.error.name }));
  }

  private fail(error: Error): void {
    if (this.closing) return;
    this.broken ??= error;
    for (const waiting of [...this.running.values(), ...this.queue.splice(0)]) waiting.reject(this.broken);
    this.running.clear();
  }
}
