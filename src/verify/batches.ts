/** Runs of a workbench, a process for many of them: while one runs, commands for the next are written; what each run was expected to report is kept until then. */
import { readReport } from './compare-run.ts';
import type { Expected, Reported } from './compare-run.ts';
import type { Batch, Reports } from './emulated.ts';
import type { Workbench } from './workbench.ts';

/** Bytes of events that are kept until a process has run: bounds memory. */
const BATCH_BYTES = 24 << 20;

export interface Awaited {
  readonly expected: Expected;
}

export class Batches<Run extends Awaited> {
  /** Where the commands of the next runs go. */
  batch: Batch;
  private readonly bench: Workbench;
  private readonly compare: (run: Run, report: Reported) => void;
  private readonly lost: (reports: number, failed: string) => void;
  private runs: Run[] = [];
  private bytes = 0;
  private earlier: Promise<void> = Promise.resolve();

  /** `compare` is called for each run, in order; `lost` where a process has left no whole report of one, instead of it and what follows in its batch. */
  constructor(bench: Workbench, compare: (run: Run, report: Reported) => void, lost: (reports: number, failed: string) => void) {
    this.bench = bench;
    this.compare = compare;
    this.lost = lost;
    this.batch = bench.emulated.batch();
    bench.guest.fresh();
  }

  /** A run whose commands are in `batch`. */
  add(run: Run): void {
    this.runs.push(run);
    this.bytes += run.expected.events.length;
  }

  get full(): boolean {
    return this.bytes >= BATCH_BYTES;
  }

  /** Starts the process, when the one before has ended. */
  async flush(): Promise<void> {
    await this.earlier;
    const { runs, batch, bench } = this, reports = batch.run();
    this.earlier = reports.then((it) => { this.read(runs, it); });
    // Whoever awaits it is told; until then nobody is.
    this.earlier.catch(() => {});
    [this.runs, this.bytes, this.batch] = [[], 0, bench.emulated.batch()];
    bench.guest.fresh();
  }

  /** What has been added is compared, all of it. */
  async end(): Promise<void> {
    await this.flush();
    await this.earlier;
  }

  private read(runs: readonly Run[], { out, failed }: Reports): void {
    let at = 0;
    for (const run of runs) {
      const read = readReport(out, at);
      if (read === undefined) {
        this.lost(runs.length, failed ?? 'fewer, and not whole');
        return;
      }
      at = read.next;
      this.compare(run, read.report);
    }
  }
}
