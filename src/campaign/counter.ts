/**
 * What a block counts of each strategy. A workshop keeps its counters from block to block and empties them: made for each block they would
 * live as long as it does, which is several rounds of the young generation's collector, and end as garbage of the old generation, where it lies
 * for a long time. Peak memory of a long campaign would be that garbage.
 */
import type { Verdict, Violation } from '../contract/verdict.ts';
import { order, signatureKey } from './fold.ts';
import { Situations } from './situations.ts';
import type { SignatureTally, StrategyTally } from './task.ts';

/** One signature in one block. */
interface Seen {
  readonly obligation: Violation['obligation'];
  readonly edge: Violation['edge'];
  readonly place: string;
  readonly outside: number;
  /** Trials that showed it; 0: none yet. */
  count: number;
  /** Of the first of them: the scenario, and the strategy's trials up to and including it. */
  run: number;
  afterTrials: number;
  /** Of the last of them: the strategy's trials up to and including it. */
  latest: number;
}

/** Sites of one run, of so many that the strategy has. */
interface SitesSeen {
  readonly sites: Int32Array;
  readonly siteCount: number;
  readonly sitesOf: { readonly length: number };
}

/** One strategy's. Holds as many signatures as the strategy ever shows, as the campaign's fold does. */
export class Counter {
  readonly strategy: number;
  /** A strategy that cannot be run on a scenario. */
  notApplicable = 0;
  #trials = 0;
  #outOfBudget = 0;
  #undecided = 0;
  #openWithin = 0;
  #instructions = 0;
  #sites = new Float64Array(0);
  readonly #byOutside = new Map<number, number>();
  /** By `signatureKey`. */
  readonly #signatures = new Map<string, Seen>();

  constructor(strategy: number) {
    this.strategy = strategy;
  }

  empty(): void {
    this.notApplicable = this.#trials = this.#outOfBudget = this.#undecided = this.#openWithin = this.#instructions = 0;
    this.#sites.fill(0);
    for (const outside of this.#byOutside.keys()) this.#byOutside.set(outside, 0);
    for (const seen of this.#signatures.values()) seen.count = seen.latest = 0;
  }

  /** @param outside bit set of the claim's assumptions that the scenario does not satisfy */
  trial({ outcome, instructions }: Verdict, outside: number): void {
    this.#trials++;
    this.#instructions += instructions;
    this.#byOutside.set(outside, (this.#byOutside.get(outside) ?? 0) + 1);
    if (outcome === 'out-of-budget') this.#outOfBudget++;
    if (outcome === 'undecided') this.#undecided++;
    if (outside === 0 && (outcome === 'out-of-budget' || outcome === 'undecided')) this.#openWithin++;
  }

  /** Counts where the newest trial was. */
  sites({ sites, siteCount, sitesOf }: SitesSeen): void {
    if (this.#sites.length === 0) this.#sites = new Float64Array(sitesOf.length);
    for (let i = 0; i < siteCount; i++) this.#sites[sites[i]!]!++;
  }

  /** Counts what the newest trial showed, each signature once; returns those that are new in this block. */
  violations(violations: readonly Violation[], outside: number, block: number, run: number): SignatureTally[] {
    const trials = this.#trials;
    const fresh: SignatureTally[] = [];
    for (const { obligation, edge, place } of violations) {
      const key = signatureKey({ obligation, edge, place, outside });
      let seen = this.#signatures.get(key);
      if (seen === undefined) {
        seen = { obligation, edge, place, outside, count: 0, run: 0, afterTrials: 0, latest: 0 };
        this.#signatures.set(key, seen);
      }
      if (seen.latest === trials) continue;
      seen.latest = trials;
      seen.count++;
      if (seen.count > 1) continue;
      seen.run = run;
      seen.afterTrials = trials;
      fresh.push(tallyOf(seen, block));
    }
    return fresh;
  }

  /** @param block its number */
  tally(block: number): StrategyTally {
    const signatures = [...this.#signatures].filter(([, seen]) => seen.count > 0).sort(([a], [b]) => order(a, b));
    return {
      strategy: this.strategy, trials: this.#trials, notApplicable: this.notApplicable, outOfBudget: this.#outOfBudget, undecided: this.#undecided,
      openWithin: this.#openWithin, instructions: this.#instructions, sites: [...this.#sites],
      byOutside: [...this.#byOutside].filter(([, trials]) => trials > 0).sort(([a], [b]) => a - b),
      signatures: signatures.map(([, seen]) => tallyOf(seen, block)),
    };
  }
}

function tallyOf({ obligation, edge, place, outside, count, run, afterTrials }: Seen, block: number): SignatureTally {
  return { obligation, edge, place, outside, count, block, run, afterTrials };
}

/** The counters of a workshop, by strategy. */
export class Ledger {
  readonly situations = new Situations();
  readonly #counters = new Map<number, Counter>();

  /** Empty counters for a block of these strategies, in this order. What the last block counted is gone. */
  open(strategies: readonly number[]): readonly Counter[] {
    this.situations.empty();
    return strategies.map((strategy) => {
      const counter = this.#counters.get(strategy) ?? new Counter(strategy);
      this.#counters.set(strategy, counter);
      counter.empty();
      return counter;
    });
  }
}
