/** Counting in an exhaustive run: the same counter for a slice and, by `add`, for all of them, in whatever order. */
import type { Violation } from '../contract/verdict.ts';
import { compareMeasures } from '../enumerate/measure.ts';
import type { ForkCounts } from '../trial/forked.ts';
import type { ExhaustSignature, ExhaustTally, Smallest } from './exhaust-task.ts';
import { order, severityOf } from './fold.ts';

/** Sorts and identifies: the worst first. */
export function exhaustKey(it: Pick<ExhaustSignature, 'obligation' | 'edge' | 'place' | 'outside'>): string {
  return `${String(severityOf(it.obligation)).padStart(2, '0')} ${it.edge} ${it.place} ${it.outside}`;
}

/** Less than 0: `a` is the smaller one, or as large and earlier. */
export function compareSmallest(a: Smallest, b: Smallest): number {
  return compareMeasures(a.measure, b.measure) || a.index - b.index || a.turn - b.turn;
}

export class Tally {
  trials = 0;
  notApplicable = 0;
  open = 0;
  openWithin = 0;
  instructions = 0;
  compared = 0;
  forks: ForkCounts | null = null;
  readonly byOutside = new Map<number, number>();
  /** By `exhaustKey`. */
  readonly signatures = new Map<string, ExhaustSignature>();

  trial(outside: number, instructions: number, open: boolean): void {
    this.trials++;
    this.instructions += instructions;
    this.byOutside.set(outside, (this.byOutside.get(outside) ?? 0) + 1);
    if (!open) return;
    this.open++;
    if (outside === 0) this.openWithin++;
  }

  /** True: there was nothing of this signature, or nothing as small. */
  violation({ obligation, edge, place }: Pick<Violation, 'obligation' | 'edge' | 'place'>, outside: number, one: Smallest): boolean {
    const signature = { obligation, edge, place, outside };
    const key = exhaustKey(signature);
    const known = this.signatures.get(key);
    const better = known === undefined || compareSmallest(one, known.smallest) < 0;
    this.signatures.set(key, { ...signature, count: (known?.count ?? 0) + 1, smallest: better ? one : known.smallest });
    return better;
  }

  add(other: ExhaustTally): void {
    this.trials += other.trials;
    this.notApplicable += other.notApplicable;
    this.open += other.open;
    this.openWithin += other.openWithin;
    this.instructions += other.instructions;
    this.compared += other.compared;
    if (other.forks !== null) this.forks = this.forks === null ? { ...other.forks } : addedCounts(this.forks, other.forks);
    for (const [outside, trials] of other.byOutside) this.byOutside.set(outside, (this.byOutside.get(outside) ?? 0) + trials);
    for (const signature of other.signatures) {
      const key = exhaustKey(signature);
      const known = this.signatures.get(key);
      const better = known === undefined || compareSmallest(signature.smallest, known.smallest) < 0;
      const count = (known?.count ?? 0) + signature.count;
      this.signatures.set(key, { ...signature, count, smallest: better ? signature.smallest : known.smallest });
    }
  }

  get data(): ExhaustTally {
    const { trials, notApplicable, open, openWithin, instructions, compared, forks } = this;
    return {
      trials, notApplicable, open, openWithin, instructions, compared, forks,
      byOutside: [...this.byOutside].sort(([a], [b]) => a - b),
      signatures: [...this.signatures.values()].sort((a, b) => order(exhaustKey(a), exhaustKey(b))),
    };
  }
}

export function addedCounts(a: ForkCounts, b: ForkCounts): ForkCounts {
  return Object.fromEntries((Object.keys(a) as (keyof ForkCounts)[]).map((name) => [name, a[name] + b[name]])) as unknown as ForkCounts;
}
