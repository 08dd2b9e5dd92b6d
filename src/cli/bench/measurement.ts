/** What a file of this folder measures for `tocsin bench`. */
import type { BenchRow } from '../../report/bench.ts';

export interface Measurement {
  readonly name: string;
  /** Rows, and how many instructions of the model were executed for them. */
  readonly measure: (long: boolean) => Promise<{
    readonly rows: readonly BenchRow[];
    readonly instructions: number;
    /** Why there is no row. */
    readonly notRun?: string;
  }>;
}
