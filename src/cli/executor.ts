/** Where a campaign's work is done: on this thread when it is small, else on worker threads. */
import { setImmediate as breathe } from 'node:timers/promises';
import { SMALL_CAMPAIGN } from '../campaign/plan.ts';
import type { WorkshopSetup } from '../campaign/task.ts';
import { inProcess, openWorkshop } from '../campaign/workshop.ts';
import { parseCount } from './numbers.ts';
import { WorkerThreads, defaultWorkers } from './workers.ts';
import type { Workshops } from './workers.ts';

/** More threads than this are refused: each holds a machine of its own. */
export const MOST_WORKERS = 256;

/** Threads that are wanted. Throws UsageError. */
export function threadsFor(option: string | undefined): number {
  return option === undefined ? defaultWorkers() : parseCount('--workers', option, 1, MOST_WORKERS);
}

/** `runs`: scenarios to come, as far as that is known; `option`: `--workers` as it was typed, which is done even where it does not pay. */
export function openExecutor(setup: WorkshopSetup, runs: number | 'until-stopped', option: string | undefined): Workshops {
  const threads = threadsFor(option);
  if (threads > 1 && (option !== undefined || runs === 'until-stopped' || runs > SMALL_CAMPAIGN)) return new WorkerThreads(setup, threads);
  return { ...inProcess(openWorkshop(setup), () => breathe()), close: () => Promise.resolve() };
}
