/**
 * Worker threads that do tasks, one at a time each: tasks and answers as messages, nothing shared. This is the main thread's side;
 * `serve.ts` is the other. What the tasks are is the business of `workers.ts` and of the commands.
 */
import { Worker } from 'node:worker_threads';

export interface Asked<Task> { readonly task: Task }
/** Any number of things told while the task is under way, then a result or an error. */
export type Answered<Result, Told> =
  | { readonly told: Told }
  | { readonly result: Result }
  | { readonly error: { readonly name: string; readonly message: string } };

interface Waiting<Task, Result, Told> {
  readonly task: Task;
  readonly noticed: ((told: Told) => void) | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

export class Threads<Task, Result, Told = never> {
  readonly width: number;
  private readonly workers: Worker[] = [];
  private readonly idle: Worker[] = [];
  private readonly queue: Waiting<Task, Result, Told>[] = [];
  private readonly running = new Map<Worker, Waiting<Task, Result, Told>>();
  private broken: Error | undefined;
  private closing = false;

  /** `threads` threads that run `file` and begin with `setup` (structured clone). */
  constructor(file: URL, setup: unknown, threads: number) {
    this.width = threads;
    for (let n = 0; n < threads; n++) {
      const worker = new Worker(file, { workerData: setup });
      worker.on('message', (message: Answered<Result, Told>) => { this.answered(worker, message); });
      worker.on('error', (error) => { this.fail(asError(error)); });
      worker.on('exit', (code) => { if (!this.closing) this.fail(new Error(`a worker thread ended by itself (code ${code})`)); });
      this.workers.push(worker);
      this.idle.push(worker);
    }
  }

  /** Rejects with the task's error, or with that of a thread or a notice that broke: then all tasks are given up. */
  run(task: Task, noticed?: (told: Told) => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.broken !== undefined) reject(this.broken);
      else {
        this.queue.push({ task, noticed, resolve, reject });
        this.next();
      }
    });
  }

  /** Ends all threads; tasks under way are given up. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private next(): void {
    while (this.queue.length > 0) {
      const worker = this.idle.pop();
      if (worker === undefined) return;
      const waiting = this.queue.shift()!;
      this.running.set(worker, waiting);
      worker.postMessage({ task: waiting.task } satisfies Asked<Task>);
    }
  }

  private answered(worker: Worker, message: Answered<Result, Told>): void {
    const waiting = this.running.get(worker);
    if ('told' in message) {
      try {
        waiting?.noticed?.(message.told);
      } catch (error) {
        // What was told could not be saved.
        this.fail(asError(error));
      }
      return;
    }
    this.running.delete(worker);
    this.idle.push(worker);
    this.next();
    if ('result' in message) waiting?.resolve(message.result);
    else waiting?.reject(Object.assign(new Error(message.error.message), { name: message.error.name }));
  }

  private fail(error: Error): void {
    if (this.closing) return;
    this.broken ??= error;
    for (const waiting of [...this.running.values(), ...this.queue.splice(0)]) waiting.reject(this.broken);
    this.running.clear();
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
