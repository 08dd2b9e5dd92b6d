/** A worker thread of a campaign: opens a workshop with what it is given, then answers task by task. */
import { workerData } from 'node:worker_threads';
import type { Announcement, Task, TaskResult, WorkshopSetup } from '../campaign/task.ts';
import { openWorkshop } from '../campaign/workshop.ts';
import { serve } from './serve.ts';

const workshop = openWorkshop(workerData as WorkshopSetup);
serve<Task, TaskResult, Announcement>((task, tell) => workshop.execute(task, tell));
