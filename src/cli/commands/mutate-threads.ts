/** Where the work of `mutate` is done: on this thread, or on worker threads, one task at a time each. */
import { setImmediate as breathe } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { MutantCourt } from '../../campaign/mutant-court.ts';
import type { MutationAnswer, MutationResult, MutationSetup, MutationTask } from '../../campaign/mutant-court.ts';
import type { MutationBench } from '../../campaign/mutate.ts';

export interface MutationMessage { readonly id: number; readonly task: MutationTask }
export type MutationReply =
  | { readonly id: number; readonly result: MutationResult }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };

/** On this thread; `breathe` is awaited before each task, so that signals and timers get their turn. */
export function onThisThread(setup: MutationSetup): MutationBench {
  let court: MutantCourt | undefined;
  return {
    async run<T extends MutationTask>(task: T): Promise<MutationAnswer<T>> {
      await breathe();
      court ??= new MutantCourt(setup);
      return court.execute(task);
    },
    close: () => Promise.resolve(),
  };
}

interface Waiting {
  readonly task: MutationTask;
  readonly resolve: (result: MutationResult) => void;
  readonly reject: (error: Error) => void;
}

/** Worker threads; each has its machine to itself, which is what makes it fast. */
export class MutationThreads implements MutationBench {
  private readonly workers: Worker[] = [];
  private readonly idle: Worker[] = [];
  private readonly queue: (Waiting & { readonly id: number })[] = [];
  private readonly running = new Map<number, Waiting>();
  private broken: Error | undefined;
  private closing = false;
  private next = 0;

  constructor(setup: MutationSetup, threads: number) {
    for (let n = 0; n < threads; n++) {
      const worker = new Worker(new URL('./mutate-worker.js', import.meta.url), { workerData: setup });
      worker.on('message', (reply: MutationReply) => { this.answered(worker, reply); });
      worker.on('error', (error) => { this.fail(error instanceof Error ? error : new Error(String(error))); });
      worker.on('exit', (code) => { if (!this.closing) this.fail(new Error(`a worker thread ended by itself (code ${code})`)); });
      this.workers.push(worker);
      this.idle.push(worker);
    }
  }

  run<T extends MutationTask>(task: T): Promise<MutationAnswer<T>> {
    return new Promise<MutationResult>((resolve, reject) => {
      if (this.broken !== undefined) reject(this.broken);
      else {
        this.queue.push({ id: this.next++, task, resolve, reject });
        this.send();
      }
    }) as Promise<MutationAnswer<T>>;
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private send(): void {
    while (this.queue.length > 0) {
      const worker = this.idle.pop();
      if (worker === undefined) return;
      const { id, ...waiting } = this.queue.shift()!;
      this.running.set(id, waiting);
      const message: MutationMessage = { id, task: waiting.task };
      worker.postMessage(message);
    }
  }

  private answered(worker: Worker, reply: MutationReply): void {
    const waiting = this.running.get(reply.id);
    this.running.delete(reply.id);
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
