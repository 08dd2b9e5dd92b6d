/** Ratios within one run, as lines and as the `bench` document. */
import { columns } from './text.ts';

export interface BenchRow {
  readonly name: string;
  /** A ratio, or a figure in `unit`. */
  readonly ratio: number;
  /** `x`: a ratio; else what it counts. */
  readonly unit: string;
  /** Rounds, processes or seeds behind it. */
  readonly samples: number;
  /** What it should be; absent: printed, nothing promised. */
  readonly aim?: { readonly least?: number; readonly most?: number };
  /** The distribution, where one was taken: smallest, quartiles, 95th percentile, largest. */
  readonly spread?: readonly number[];
  readonly remark?: string;
}

export const meetsAim = ({ ratio, aim }: BenchRow): boolean => aim === undefined || (ratio >= (aim.least ?? -Infinity) && ratio <= (aim.most ?? Infinity));

const figure = (value: number): string => (value >= 100 ? Math.round(value).toString() : value >= 10 ? value.toFixed(1) : value.toFixed(2));

export function benchLines(rows: readonly BenchRow[]): string[] {
  return columns(rows.map((row) => {
    const aim = row.aim === undefined ? '' : row.aim.least !== undefined ? `aim: at least ${row.aim.least}` : `aim: at most ${row.aim.most}`;
    const spread = row.spread === undefined ? '' : `[${row.spread.map(figure).join(' ')}]`;
    return [row.name, figure(row.ratio), row.unit, aim === '' ? '' : `${aim}${meetsAim(row) ? '' : ' MISSED'}`, `n=${row.samples}`, [spread, row.remark ?? ''].join(' ').trim()];
  }));
}

export function benchDocument(rows: readonly BenchRow[]): object {
  return { schema: 'tocsin/bench@1', rows: rows.map((row) => ({ ...row, met: meetsAim(row) })) };
}

/** Smallest, quartiles, 95th percentile, largest. */
export function spreadOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return [0, 0.25, 0.5, 0.75, 0.95, 1].map((part) => sorted[Math.min(sorted.length - 1, Math.round(part * (sorted.length - 1)))] ?? 0);
}

export const medianOf = (values: readonly number[]): number => spreadOf(values)[2] ?? 0;
