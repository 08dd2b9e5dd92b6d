/**
 * The campaign: blocks go out to whoever does the work, come back in any order, and are folded in block order; what is new is minimised.
 * Clock, signals, files and threads are the caller's: they are handed in as an executor and hooks.
 */
import { huntCanaries } from './canary.ts';
import type { Hunt } from './canary.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Early } from './early.ts';
import type { Finding } from './finding.ts';
import { Fold, signatureKey } from './fold.ts';
import type { News } from './fold.ts';
import { fuzzReport } from './fuzz-report.ts';
import { unjudged } from './gate-rules.ts';
import { CANDIDATES } from './minimise.ts';
import { runsOf } from './plan.ts';
import type { FuzzPlan } from './plan.ts';
import { Pump } from './pump.ts';
import type { FuzzReport, FuzzResult } from './report.ts';
import { checkpointOf, resumed } from './resume.ts';
import { Selection } from './selection.ts';
import { runsBetween } from './shard.ts';
import type { Announcement, DescribeResult, Executor, Fault, MinimiseResult, MinimiseTask } from './task.ts';

export interface Progress {
  /** Scenarios judged, and how many there will be where that is known. */
  readonly runs: number;
  readonly of?: number;
  readonly blocks: number;
  readonly trials: number;
  readonly instructions: number;
  /** Found so far, and how many of them are still to be minimised. */
  readonly findings: number;
  readonly waiting: number;
}

/** `go` on; `enough`: end with the blocks under way (`--time`); `interrupt`: the same, and leave what is not minimised as it is. */
export type StopSignal = 'go' | 'enough' | 'interrupt';

export interface FuzzHooks {
  /** Asked before each piece of work. */
  readonly stop?: () => StopSignal;
  /** After each piece of work. */
  readonly progress?: (progress: Progress) => void;
  /**
   * A finding as it was drawn, at once when it is seen, and again when its block is folded: save it, the process may be killed before it is
   * minimised. Its `afterTrials` may be counted within its block only.
   */
  readonly found?: (finding: Finding) => void;
  /** One that was `found` while its block ran and is none of this campaign's: another one of its kind was the first. */
  readonly dropped?: (finding: Finding) => void;
  /** The same finding (by `key`: strategy, signature, provenance) minimised. */
  readonly finding?: (finding: Finding) => void;
  /** Before the first block and after each, in block order. Call the argument to have the state. */
  readonly checkpoint?: (state: () => Checkpoint) => void;
}

interface Case {
  readonly news: News;
  finding?: Finding;
  fault?: Fault;
}

/** Rejects with CampaignError where `plan.resume` does not fit, and where the executor broke. */
export async function fuzz(plan: FuzzPlan, executor: Executor, hooks: FuzzHooks = {}): Promise<FuzzResult> {
  return new Campaign(plan, executor, hooks).run();
}

class Campaign {
  readonly #plan: FuzzPlan;
  readonly #executor: Executor;
  readonly #hooks: FuzzHooks;
  readonly #fold: Fold;
  readonly #selection: Selection;
  readonly #cases: Case[] = [];
  /** Positions in #cases, to be described as drawn, and to be minimised. */
  readonly #raw: number[] = [];
  readonly #waiting: number[] = [];
  readonly #early: Early;
  #position = 0;
  /** Of those under way, how many are described as drawn. */
  #minimising = 0;
  #describing = 0;
  #stop: StopSignal = 'go';
  #description: DescribeResult | undefined;
  #hunt: Promise<Hunt> | undefined;

  constructor(plan: FuzzPlan, executor: Executor, hooks: FuzzHooks) {
    this.#plan = plan;
    this.#executor = executor;
    this.#hooks = hooks;
    this.#fold = new Fold(plan.setup.strategies.length);
    this.#selection = new Selection(plan.keepGoing);
    this.#early = new Early(plan.keepGoing);
  }

  async run(): Promise<FuzzResult> {
    const plan = this.#plan;
    const fold = this.#fold;
    if (plan.resume !== undefined) {
      this.#take(resumed(plan.resume, plan, await this.#described(), fold));
      this.#position = fold.next;
    }
    if (this.#hooks.checkpoint !== undefined) this.#checkpoint(await this.#described());
    const begin = this.#position;
    await new Pump(this.#executor.width).drain(() => this.#next(begin));
    return { kind: this.#stop === 'interrupt' ? 'interrupted' : 'completed', report: this.#report(await this.#described(), await this.#hunted()) };
  }

  /** Beside or behind the first block: a finding is not to wait for the canaries, and the campaign's end not for a hunt in vain. */
  #hunted(): Promise<Hunt> {
    this.#hunt ??= huntCanaries(this.#plan.canaries, this.#plan.canaryDrawing, this.#executor);
    return this.#hunt;
  }

  /** Asked for as late as can be: the model's hash is a run of many programs, and quick when all code is compiled. */
  async #described(): Promise<DescribeResult> {
    this.#description ??= await this.#executor.run({ kind: 'describe' });
    return this.#description;
  }

  #checkpoint(description: DescribeResult | undefined): void {
    if (description !== undefined) this.#hooks.checkpoint?.(() => checkpointOf(this.#plan, description, this.#fold));
  }

  /** The next piece of work: findings first, since they are what must not be lost. `begin`: this campaign's first position. */
  #next(begin: number): (() => Promise<void>) | undefined {
    if (this.#stop !== 'interrupt') this.#stop = this.#hooks.stop?.() ?? 'go';
    const raw = this.#raw.shift();
    if (raw !== undefined) return () => this.#describe(raw);
    if (this.#stop === 'interrupt') return undefined;
    if (this.#hunt === undefined && this.#position > begin) return async () => { await this.#hunted(); };
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return () => this.#minimise(waiting);
    if (this.#stop !== 'go' || this.#position >= this.#plan.blocks) return undefined;
    const position = this.#position++;
    return () => this.#block(position);
  }

  async #block(position: number): Promise<void> {
    const { drawing, first, runs, listed, keepGoing } = this.#plan;
    const block = first + position;
    const result = await this.#executor.run({
      kind: 'block', drawing, block, runs: runsOf(block, runs), strategies: listed.map((it) => it.index),
      ...(this.#hooks.found === undefined ? {} : { announce: keepGoing ? 'every' : 'first' }),
    }, (told) => { this.#told(told); });
    const before = this.#fold.next;
    this.#take(this.#fold.offer(position, result));
    if (this.#fold.next > before) this.#checkpoint(this.#description);
    this.#settle();
    this.#progress();
  }

  #take(news: readonly News[]): void {
    for (const one of news) {
      if (!this.#selection.take(one)) continue;
      this.#raw.push(this.#cases.length);
      this.#cases.push({ news: one });
    }
  }

  /** Of a block that still runs. */
  #told(announcement: Announcement): void {
    if (!this.#selection.wants(announcement)) return;
    const { save, gone } = this.#early.offer(announcement);
    if (save) this.#hooks.found?.(announcement.finding);
    for (const finding of gone) this.#hooks.dropped?.(finding);
  }

  /** Drops what was told early and is no case, as soon as all cases of the same blocks are saved. */
  #settle(): void {
    if (this.#raw.length > 0 || this.#describing > 0) return;
    for (const { strategy, tally, finding } of this.#early.settled(this.#plan.first + this.#fold.next)) {
      const isCase = this.#cases.some(({ news }) => news.strategy === strategy && news.tally.block === tally.block && news.tally.run === tally.run
        && signatureKey(news.tally) === signatureKey(tally));
      if (!isCase) this.#hooks.dropped?.(finding);
    }
  }

  async #describe(index: number): Promise<void> {
    this.#describing++;
    const finding = await this.#make(index, 0);
    this.#describing--;
    if (finding !== undefined) {
      this.#hooks.found?.(finding);
      this.#waiting.push(index);
    }
    this.#settle();
    this.#progress();
  }

  async #minimise(index: number): Promise<void> {
    const finding = await this.#make(index, CANDIDATES);
    if (finding !== undefined) this.#hooks.finding?.(finding);
    this.#progress();
  }

  async #make(index: number, candidates: number): Promise<Finding | undefined> {
    const one = this.#cases[index];
    if (one === undefined) return undefined;
    const { strategy, tally } = one.news;
    const task: MinimiseTask = { kind: 'minimise', drawing: this.#plan.drawing, strategy, tally, candidates };
    this.#minimising++;
    const { finding, fault }: MinimiseResult = await this.#executor.run(task);
    this.#minimising--;
    const { obligation, edge, place } = tally;
    const name = this.#plan.listed.find((it) => it.index === strategy)?.strategy.name ?? '';
    if (fault !== undefined) one.fault = { ...fault, strategy: name, during: { obligation, edge, place } };
    if (finding !== undefined) one.finding = finding;
    return finding;
  }

  #progress(): void {
    if (this.#hooks.progress === undefined) return;
    const { runs, next, totals } = this.#fold;
    const waiting = this.#raw.length + this.#waiting.length + this.#minimising;
    this.#hooks.progress({
      runs, blocks: next, waiting, findings: this.#cases.length,
      trials: totals.reduce((sum, it) => sum + it.trials, 0), instructions: totals.reduce((sum, it) => sum + it.instructions, 0),
      ...(this.#plan.runs === 'until-stopped' ? {} : { of: runsBetween(this.#plan.first, this.#plan.blocks, this.#plan.runs) }),
    });
  }

  #report({ hashes, sites, generator, modelHash }: DescribeResult, hunt: Hunt): FuzzReport {
    const { drawing: { seed, features }, shard, first, runs, keepGoing, listed, witnesses: required } = this.#plan;
    const fold = this.#fold;
    return fuzzReport({
      seed, features, generator, modelHash, shard: { ...shard, first, runs: runs === 'until-stopped' ? fold.runs : runs }, keepGoing,
      blocks: fold.next, fold, cases: this.#cases, hunt, required,
      strategies: listed.map(({ index, strategy, builtIn }) => ({
        index, builtIn, name: strategy.name, hash: hashes[index] ?? '', claim: strategy.claim, notApplicableObligations: unjudged(strategy), sites: sites[index] ?? [],
      })),
    });
  }
}
