/**
 * The unit of a campaign's work: one block of scenarios, each run under every strategy, also after it has failed. A pure function of
 * seed, block, what may be drawn, and the strategies. What fails runs under the control hook as well: what fails there too is the
 * program's fault, counts for no strategy, and makes the campaign untrustworthy.
 */
import type { Claim } from '../contract/claim.ts';
import type { Violation } from '../contract/verdict.ts';
import { WITNESSES } from '../contract/witnesses.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { ASSUMPTIONS, Classified, assumptionsOf } from './assumptions.ts';
import type { Court } from './court.ts';
import { verdictText } from './court.ts';
import { Ledger } from './counter.ts';
import type { Counter } from './counter.ts';
import { KEPT_FAULTS, asDrawn } from './fold.ts';
import type { News } from './fold.ts';
import type { Situations } from './situations.ts';
import type { BlockResult, BlockTask, Fault } from './task.ts';

/** One scenario in so many has one of its trials run a second time and compared: with ten strategies about 1 in 1,000 trials. */
export const COMPARE_EVERY = 100;

export interface BlockContext {
  readonly court: Court;
  readonly draw: (block: number, run: number) => Scenario;
  /** Why a scenario is not one that was to be drawn; undefined where all is well. */
  readonly problem: (classified: Classified) => string | undefined;
  /** Told of each signature that is new in the block, when nothing of its scenario is left to do: it may use the court. What it throws ends the block. */
  readonly noticed?: (news: News) => void;
  /** Counters kept from block to block. Default: new ones. */
  readonly ledger?: Ledger;
}

/** Only where a strategy is not there, which `court.run` refuses. */
const UNCLAIMED: Claim = { kind: 'breaks', obligations: [] };

interface Found {
  readonly counter: Counter;
  readonly outside: number;
  readonly violations: readonly Violation[];
}

export function runBlock(context: BlockContext, task: BlockTask): BlockResult {
  return new BlockRun(context, task).result();
}

class BlockRun {
  readonly #context: BlockContext;
  readonly #task: BlockTask;
  readonly #counters: readonly Counter[];
  /** The same, in the order in which they are run. */
  readonly #order: readonly Counter[];
  readonly #witnesses = new Float64Array(WITNESSES.length);
  readonly #shown = new Float64Array(WITNESSES.length);
  readonly #situations: Situations;
  readonly #lacking: Float64Array | undefined;
  readonly #faults: Fault[] = [];
  /** Signatures that this scenario was the first of the block to show. */
  readonly #fresh: News[] = [];
  #faultCount = 0;
  #filtered = 0;
  #compared = 0;
  #run = 0;

  constructor(context: BlockContext, task: BlockTask) {
    this.#context = context;
    this.#task = task;
    this.#lacking = task.lacking === true ? new Float64Array(ASSUMPTIONS.length) : undefined;
    const ledger = context.ledger ?? new Ledger();
    this.#counters = ledger.open(task.strategies);
    this.#situations = ledger.situations;
    const order = context.court.order ?? task.strategies;
    this.#order = [...this.#counters].sort((a, b) => order.indexOf(a.strategy) - order.indexOf(b.strategy));
  }

  result(): BlockResult {
    const { block, runs } = this.#task;
    for (this.#run = 0; this.#run < runs; this.#run++) {
      try {
        this.#scenario();
      } catch (error) {
        this.#fault('crash', error instanceof Error ? error.message : String(error));
      }
      for (const news of this.#fresh.splice(0).sort(asDrawn)) this.#context.noticed?.(news);
    }
    return {
      kind: 'block', block, runs, filtered: this.#filtered, compared: this.#compared,
      strategies: this.#counters.map((it) => it.tally(block)), witnesses: [...this.#witnesses], shown: [...this.#shown],
      situations: this.#situations.tally(), ...(this.#lacking === undefined ? {} : { lacking: [...this.#lacking] }),
      faults: this.#faults, faultCount: this.#faultCount,
    };
  }

  #scenario(): void {
    const { court, draw, problem } = this.#context;
    const { drawing, block } = this.#task;
    const scenario = draw(block, this.#run);
    const classified = new Classified(scenario);
    if (!drawing.premises.every((premise) => classified.satisfies(premise))) {
      this.#filtered++;
      return;
    }
    const bad = problem(classified);
    if (bad !== undefined) {
      this.#fault('invalid', bad);
      return;
    }
    if (this.#lacking !== undefined) for (let i = 0; i < ASSUMPTIONS.length; i++) if (!classified.satisfies(ASSUMPTIONS[i]!)) this.#lacking[i]!++;
    court.load(scenario);
    court.witnesses.fill(0);
    this.#situations.next();
    const found: Found[] = [];
    const sample = this.#sampled();
    for (const counter of this.#order) {
      if (!court.applicable(counter.strategy)) {
        counter.notApplicable++;
        continue;
      }
      const verdict = court.run(counter.strategy);
      const outside = classified.outside(assumptionsOf(court.strategies[counter.strategy]?.claim ?? UNCLAIMED));
      counter.trial(verdict, outside);
      this.#seen(counter);
      if (verdict.outcome === 'violated') found.push({ counter, outside, violations: [...verdict.violations] });
      if (counter === sample?.counter) sample.verdict = verdictText(verdict);
    }
    if (found.length > 0 && court.isProgramFault()) this.#fault('program', 'the scenario fails unpatched or under the control hook, so no strategy is to blame');
    else for (const one of found) this.#violations(one);
    // What is run again is not counted again.
    this.#takeWitnesses();
    if (sample?.verdict !== undefined) this.#compare(scenario, sample.counter, sample.verdict);
  }

  /** Whose trial of this scenario is run again, if any is. */
  #sampled(): { counter: Counter; verdict?: string } | undefined {
    const turn = this.#task.block + this.#run;
    const counter = turn % COMPARE_EVERY === 0 ? this.#counters[turn / COMPARE_EVERY % this.#counters.length] : undefined;
    return counter === undefined ? undefined : { counter };
  }

  /** Where the newest run was. */
  #seen(counter: Counter): void {
    const { coverage } = this.#context.court;
    if (coverage === undefined) return;
    const { sites, siteCount, situations, situationCount } = coverage;
    counter.sites({ sites, siteCount, sitesOf: coverage.sitesOf(counter.strategy) });
    for (let i = 0; i < situationCount; i++) this.#situations.see(situations[i]!);
  }

  #takeWitnesses(): void {
    const { witnesses } = this.#context.court;
    for (let i = 0; i < this.#witnesses.length; i++) {
      const count = witnesses[i] ?? 0;
      this.#witnesses[i]! += count;
      if (count > 0) this.#shown[i]!++;
    }
  }

  #violations({ counter, outside, violations }: Found): void {
    const { block } = this.#task;
    for (const tally of counter.violations(violations, outside, block, this.#run)) this.#fresh.push({ strategy: counter.strategy, tally });
  }

  /** One trial of this scenario again, from the beginning and alone; the first of a block also by the digest of every step. */
  #compare(scenario: Scenario, { strategy }: Counter, verdict: string): void {
    const { court } = this.#context;
    this.#compared++;
    court.load(scenario);
    const again = verdictText(court.run(strategy));
    const name = court.strategies[strategy]?.name ?? String(strategy);
    if (again !== verdict) {
      this.#fault('not-deterministic', `the same trial twice: ${verdict}, then ${again}`, name);
      return;
    }
    if (this.#run >= COMPARE_EVERY) return;
    const digest = court.digest(strategy);
    court.load(scenario);
    if (court.digest(strategy) !== digest) this.#fault('not-deterministic', 'the same trial twice took different steps', name);
  }

  #fault(kind: Fault['kind'], message: string, strategy?: string): void {
    this.#faultCount++;
    if (this.#faults.length >= KEPT_FAULTS) return;
    const { block } = this.#task;
    this.#faults.push({ kind, block, run: this.#run, message, ...(strategy === undefined ? {} : { strategy }) });
  }
}
