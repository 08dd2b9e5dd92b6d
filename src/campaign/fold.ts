/**
 * A campaign is a fold over its blocks in block order, in whatever order they come in: a block that comes early waits. So the result
 * is the same for any number of workers. The state is plain data and is what a checkpoint holds.
 */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ObligationName } from '../contract/obligations.ts';
import { Situations } from './situations.ts';
import type { BlockResult, Fault, SignatureTally, StrategyTally } from './task.ts';

/** Faults that are kept with their text; the others are counted. */
export const KEPT_FAULTS = 8;

const SEVERITY = new Map<ObligationName, number>(OBLIGATIONS.map((one, index) => [one.name, index]));

/** Position in OBLIGATIONS: the lower, the worse. */
export function severityOf(obligation: ObligationName): number {
  return SEVERITY.get(obligation) ?? OBLIGATIONS.length;
}

/** Sorts and identifies: severity, edge, place, assumptions not satisfied. */
export function signatureKey(it: Pick<SignatureTally, 'obligation' | 'edge' | 'place' | 'outside'>): string {
  return `${String(severityOf(it.obligation)).padStart(2, '0')} ${it.edge} ${it.place} ${it.outside}`;
}

/** Counted on in place: one that is replaced in each block is old by then, and the collector lets old garbage lie for a long time. */
interface RunningTally extends SignatureTally {
  count: number;
}

/** What one strategy did in all blocks folded so far. */
export interface StrategyTotals {
  trials: number;
  notApplicable: number;
  outOfBudget: number;
  undecided: number;
  openWithin: number;
  instructions: number;
  /** By index of the site. */
  readonly sites: number[];
  readonly byOutside: Map<number, number>;
  /** By `signatureKey`. */
  readonly signatures: Map<string, RunningTally>;
}

/** A signature that no earlier block had; in the order in which they are to be minimised. */
export interface News {
  readonly strategy: number;
  readonly tally: SignatureTally;
}

/** A block, or a run of neighbouring blocks that were folded before: a part of a campaign. */
export type Counted = Omit<BlockResult, 'kind' | 'block'>;

export class Fold {
  /** Position of the next block in the campaign's own sequence of blocks. */
  next = 0;
  runs = 0;
  filtered = 0;
  compared = 0;
  faultCount = 0;
  readonly faults: Fault[] = [];
  readonly totals: readonly StrategyTotals[];
  readonly witnesses: number[] = [];
  readonly shown: number[] = [];
  readonly situations = new Situations();
  readonly #early = new Map<number, Counted>();

  /** @param strategies how many the workshop has */
  constructor(strategies: number) {
    this.totals = Array.from({ length: strategies }, () => ({
      trials: 0, notApplicable: 0, outOfBudget: 0, undecided: 0, openWithin: 0, instructions: 0, sites: [], byOutside: new Map<number, number>(), signatures: new Map<string, RunningTally>(),
    }));
  }

  /** Takes a block in; returns what is new in all blocks whose turn it now is. */
  offer(position: number, result: Counted): News[] {
    this.#early.set(position, result);
    const news: News[] = [];
    for (let due = this.#early.get(this.next); due !== undefined; due = this.#early.get(this.next)) {
      this.#early.delete(this.next);
      this.next++;
      this.#add(due, news);
    }
    return news;
  }

  #add(result: Counted, news: News[]): void {
    this.runs += result.runs;
    this.filtered += result.filtered;
    this.compared += result.compared;
    this.addFaults(result.faults, result.faultCount);
    add(this.witnesses, result.witnesses);
    add(this.shown, result.shown);
    this.situations.add(result.situations);
    const fresh: News[] = [];
    for (const tally of result.strategies) this.#addStrategy(tally, fresh);
    fresh.sort(asDrawn);
    news.push(...fresh);
  }

  #addStrategy(tally: StrategyTally, fresh: News[]): void {
    const totals = this.totals[tally.strategy];
    if (totals === undefined) throw new RangeError(`strategy ${tally.strategy} of ${this.totals.length}`);
    for (const one of tally.signatures) {
      const key = signatureKey(one);
      const known = totals.signatures.get(key);
      if (known === undefined) {
        const first = { ...one, afterTrials: totals.trials + one.afterTrials };
        totals.signatures.set(key, { ...first });
        fresh.push({ strategy: tally.strategy, tally: first });
      } else {
        known.count += one.count;
      }
    }
    for (const [outside, trials] of tally.byOutside) totals.byOutside.set(outside, (totals.byOutside.get(outside) ?? 0) + trials);
    add(totals.sites, tally.sites);
    totals.trials += tally.trials;
    totals.notApplicable += tally.notApplicable;
    totals.outOfBudget += tally.outOfBudget;
    totals.undecided += tally.undecided;
    totals.openWithin += tally.openWithin;
    totals.instructions += tally.instructions;
  }

  addFaults(faults: readonly Fault[], count: number = faults.length): void {
    this.faultCount += count;
    this.faults.push(...faults.slice(0, Math.max(0, KEPT_FAULTS - this.faults.length)));
  }
}

/** Adds counts, index by index. */
export function add(sums: number[], counts: readonly number[]): void {
  counts.forEach((count, index) => { sums[index] = (sums[index] ?? 0) + count; });
}

/** In the order in which one campaign comes upon them. */
export function asDrawn(a: News, b: News): number {
  return a.tally.block - b.tally.block || a.tally.run - b.tally.run || a.strategy - b.strategy || order(signatureKey(a.tally), signatureKey(b.tally));
}

/** Code unit order, the same everywhere. */
export function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
