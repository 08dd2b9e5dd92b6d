/** Worker threads as a campaign's `Executor`: one task at a time each, tasks and results as messages, nothing shared. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Announcement, Executor, Noticed, ResultOf, Task, TaskResult, WorkshopSetup } from '../campaign/task.ts';

export interface TaskMessage { readonly task: Task }
/** Any number of announcements, then a result or an error. */
export type ResultMessage =
  | { readonly told: Announcement }
  | { readonly result: TaskResult }
  | { readonly error: { readonly name: string; readonly message: string } };

/** Threads unless said otherwise: one per core that this process may use. */
export const defaultWorkers = (): number => availableParallelism();

interface Waiting {
  readonly task: Task;
  readonly noticed: Noticed | undefined;
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: Error) => void;
}

/** An executor that must be closed. */
export interface Workshops extends Executor {
  /** Ends all threads; tasks under way are given up. */
  close(): Promise<void>;
}

/** `threads` worker threads, which open their workshops with `setup` at once. */
export class WorkerThreads implements Workshops {
  readonly width: number;
  private readonly workers: Worker[] = [];
  private readonly idle: Worker[] = [];
  private readonly queue: Waiting[] = [];
  private readonly running = new Map<Worker, Waiting>();
  private broken: Error | undefined;
  private closing = false;

  constructor(setup: WorkshopSetup, threads: number) {
    this.width = threads;
    for (let n = 0; n < threads; n++) {
      const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: setup });
      worker.on('message', (message: ResultMessage) => { this.answered(worker, message); });
      worker.on('error', (error) => { this.fail(error instanceof Error ? error : new Error(String(error))); });
      worker.on('exit', (code) => { if (!this.closing) this.fail(new Error(`a worker thread ended by itself (code ${code})`)); });
      this.workers.push(worker);
      this.idle.push(worker);
    }
  }

  run<T extends Task>(task: T, noticed?: Noticed): Promise<ResultOf<T>> {
    return new Promise<TaskResult>((resolve, reject) => {
      if (this.broken !== undefined) reject(this.broken);
      else {
        this.queue.push({ task, noticed, resolve, reject });
        this.next();
      }
    }) as Promise<ResultOf<T>>;
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private next(): void {
    for (let worker = this.idle.pop(); worker !== undefined; worker = this.idle.pop()) {
      const waiting = this.queue.shift();
      if (waiting === undefined) {
        this.idle.push(worker);
        return;
      }
      this.running.set(worker, waiting);
      const message: TaskMessage = { task: waiting.task };
      worker.postMessage(message);
    }
  }

  private answered(worker: Worker, message: ResultMessage): void {
    const waiting = this.running.get(worker);
    if ('told' in message) {
      try {
        waiting?.noticed?.(message.told);
      } catch (error) {
        // What was told could not be saved.
        this.fail(error instanceof Error ? error : new Error(String(error)));
      }
      return;
    }
    this.running.delete(worker);
    this.idle.push(worker);
    this.next();
    if (waiting === undefined) return;
    if ('result' in message) waiting.resolve(message.result);
    else waiting.reject(Object.assign(new Error(message.error.message), { name: message.error.name }));
  }

  private fail(error: Error): void {
    if (this.closing) return;
    this.broken ??= error;
    for (const waiting of [...this.running.values(), ...this.queue.splice(0)]) waiting.reject(this.broken);
    this.running.clear();
  }
}
