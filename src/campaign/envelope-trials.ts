/**
 * Campaigns of one strategy in single sets of what scenarios may do (`envelope-sets.ts`), block by block. A block is judged once, whoever asks: the
 * two groups of obligations look at the same ones. Counts and the first failure are those in block order, for any number of workers.
 */
import { BLOCK_RUNS } from '../arbitraries/seeded.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ObligationName } from '../contract/obligations.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import { drawingOf, firstBlock } from './envelope-sets.ts';
import { CANDIDATES } from './minimise.ts';
import type { Finding } from './finding.ts';
import { add, severityOf } from './fold.ts';
import type { Accused } from './plan.ts';
import type { BlockResult, Executor, Fault, Given, SignatureTally } from './task.ts';

/** Scenarios of a block that are judged first: most of the campaigns that end with a failure end there. */
const FIRST_LOOK = 50;

/** `fatal`: obligations that end a run, since what follows is a consequence; `recorded`: conventions, after whose breach a run goes on. */
export type Group = 'fatal' | 'recorded';

export const OBLIGATIONS_OF: Readonly<Record<Group, readonly ObligationName[]>> = {
  fatal: OBLIGATIONS.filter((it) => it.fatal).map((it) => it.name), recorded: OBLIGATIONS.filter((it) => !it.fatal).map((it) => it.name),
};

export interface Counts {
  /** Scenarios drawn. */
  readonly scenarios: number;
  /** Runs of those that satisfy the premises that had to be satisfied. */
  readonly trials: number;
  /** Trials that ended out of budget or undecided. */
  readonly open: number;
  /** By index in ASSUMPTIONS: trials whose scenario does not satisfy it. */
  readonly lacking: readonly number[];
}

export interface Campaign extends Counts {
  /** The first failure, where one was looked for and found: then the counts end with its block. */
  readonly failure?: SignatureTally;
  /** It was stopped before it came to its end. */
  readonly stopped: boolean;
}

export interface TrialsHooks {
  /** Asked before each block. */
  readonly stop: () => boolean;
  /** After each block, with its number of trials. */
  readonly tried: (trials: number) => void;
  /** Each case that was made of a failure. */
  readonly found?: (finding: Finding) => void;
}

/** What is minimised, and how. */
export interface Minimising {
  /** Any of these obligations may be broken in what is left, anywhere. Default: the same one, in the same place. */
  readonly any?: Group;
  /** This case instead of what was drawn. */
  readonly given?: Given;
  /** Default CANDIDATES. */
  readonly candidates?: number;
}

export class SetTrials {
  /** Of all campaigns so far. */
  readonly faults: Fault[] = [];
  faultCount = 0;
  /** Trials of all blocks that count. */
  trials = 0;
  readonly #accused: Accused;
  readonly #seed: bigint;
  readonly #executor: Executor;
  readonly #hooks: TrialsHooks;
  readonly #blocks = new Map<string, Promise<BlockResult>>();
  readonly #taken = new Set<BlockResult>();

  constructor(accused: Accused, seed: bigint, executor: Executor, hooks: TrialsHooks) {
    this.#accused = accused;
    this.#seed = seed;
    this.#executor = executor;
    this.#hooks = hooks;
  }

  /** Up to the first failure of the group, or the end. */
  async firstFailure(set: bigint, scenarios: number, group: Group): Promise<Campaign> {
    if (this.#hooks.stop()) return this.#counted([], group, true);
    const look = await this.#block(set, 0, Math.min(FIRST_LOOK, scenarios));
    if (failuresOf(look, group).length > 0) return this.#counted([look], group);
    const blocks = Math.ceil(scenarios / BLOCK_RUNS);
    const results: BlockResult[] = [];
    while (results.length < blocks) {
      if (this.#hooks.stop()) return this.#counted(results, group, true);
      const width = Math.min(this.#executor.width, blocks - results.length);
      const wanted = Array.from({ length: width }, (_, i) => results.length + i);
      for (const result of await Promise.all(wanted.map((at) => this.#block(set, at, Math.min(BLOCK_RUNS, scenarios - at * BLOCK_RUNS))))) {
        results.push(result);
        if (failuresOf(result, group).length > 0) return this.#counted(results, group);
      }
    }
    return this.#counted(results, group);
  }

  /** What the first block of a set's campaign shows of a group: the first failure of each signature, the worst obligation first. */
  async failures(set: bigint, scenarios: number, group: Group): Promise<SignatureTally[]> {
    const result = await this.#block(set, 0, Math.min(BLOCK_RUNS, scenarios));
    this.#take(result);
    const first = new Map<string, SignatureTally>();
    for (const tally of failuresOf(result, group)) {
      const signature = `${tally.obligation} ${tally.edge} ${tally.place}`;
      if (!first.has(signature)) first.set(signature, tally);
    }
    return [...first.values()].sort((a, b) => severityOf(a.obligation) - severityOf(b.obligation));
  }

  /** A failure minimised within its set; undefined where it does not recur, which is a fault. */
  async minimised(set: bigint, tally: SignatureTally, { any, given, candidates = CANDIDATES }: Minimising = {}): Promise<Finding | undefined> {
    const { index, strategy } = this.#accused;
    const { finding, fault } = await this.#executor.run({
      kind: 'minimise', drawing: drawingOf(this.#seed, set), strategy: index, tally, candidates,
      ...(any === undefined ? {} : { any: OBLIGATIONS_OF[any] }), ...(given === undefined ? {} : { given }),
    });
    if (finding !== undefined) this.#hooks.found?.(finding);
    if (fault !== undefined) {
      this.faults.push({ ...fault, strategy: strategy.name });
      this.faultCount++;
    }
    return finding;
  }

  #block(set: bigint, position: number, runs: number): Promise<BlockResult> {
    const key = `${set} ${position} ${runs}`;
    const known = this.#blocks.get(key) ?? this.#judged(set, position, runs);
    this.#blocks.set(key, known);
    return known;
  }

  async #judged(set: bigint, position: number, runs: number): Promise<BlockResult> {
    const drawing = drawingOf(this.#seed, set);
    const result = await this.#executor.run({ kind: 'block', drawing, block: firstBlock(set) + position, runs, strategies: [this.#accused.index], lacking: true });
    this.#hooks.tried(result.runs - result.filtered);
    return result;
  }

  /** What neighbouring blocks come to; the last may have the failure. Blocks that were judged beyond it count for nothing, faults included. */
  #counted(results: readonly BlockResult[], group: Group, stopped = false): Campaign {
    const counts = { scenarios: 0, trials: 0, open: 0, lacking: ASSUMPTIONS.map(() => 0) };
    let failure: SignatureTally | undefined;
    for (const result of results) {
      this.#take(result);
      const [first] = failuresOf(result, group);
      if (first !== undefined) failure = { ...first, afterTrials: counts.trials + first.afterTrials };
      counts.scenarios += result.runs;
      for (const { trials, outOfBudget, undecided } of result.strategies) {
        counts.trials += trials;
        counts.open += outOfBudget + undecided;
      }
      add(counts.lacking, result.lacking ?? []);
    }
    return { ...counts, stopped, ...(failure === undefined ? {} : { failure }) };
  }

  /** Into the totals: once, however often the block is looked at. */
  #take(result: BlockResult): void {
    if (this.#taken.has(result)) return;
    this.#taken.add(result);
    this.faults.push(...result.faults);
    this.faultCount += result.faultCount;
    this.trials += result.strategies.reduce((sum, it) => sum + it.trials, 0);
  }
}

/** In the order in which they were drawn. */
function failuresOf({ strategies }: BlockResult, group: Group): SignatureTally[] {
  return strategies.flatMap((it) => it.signatures).filter((it) => OBLIGATIONS_OF[group].includes(it.obligation))
    .sort((a, b) => a.run - b.run || severityOf(a.obligation) - severityOf(b.obligation));
}
