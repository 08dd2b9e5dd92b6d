/**
 * The campaign: blocks go out to whoever does the work, come back in any order, and are folded in block order; what is new is minimised.
 * Clock, signals, files and threads are the caller's: they are handed in as an executor and hooks.
 */
import { FEATURES } from '../scenario/features.ts';
import { WITNESSES } from '../contract/witnesses.ts';
import { BLOCK_RUNS } from '../arbitraries/seeded.ts';
import { huntCanaries } from './canary.ts';
import { unjudged } from './gate-rules.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Finding } from './finding.ts';
import { Fold, severityOf } from './fold.ts';
import type { News } from './fold.ts';
import { CANDIDATES } from './minimise.ts';
import { missingFrom, runsOf } from './plan.ts';
import type { FuzzPlan } from './plan.ts';
import { Pump } from './pump.ts';
import type { CanaryReport, FuzzReport, FuzzResult, StrategyReport } from './report.ts';
import { assumptionReports, judged, ruling, signatureCounts } from './ruling.ts';
import { checkpointOf, resumed } from './resume.ts';
import { Selection, withoutDoubles } from './selection.ts';
import type { DescribeResult, Executor, MinimiseResult, MinimiseTask } from './task.ts';

export interface Progress {
  /** Scenarios judged, and how many there will be where that is known. */
  readonly runs: number;
  readonly of?: number;
  readonly blocks: number;
  readonly trials: number;
  readonly instructions: number;
  /** Minimised so far, and still to be minimised. */
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
  /** A finding as it was drawn, at once when its block is folded: save it, the process may be killed while it is minimised. */
  readonly found?: (finding: Finding) => void;
  /** The same finding (by `key`: strategy, signature, provenance) minimised. */
  readonly finding?: (finding: Finding) => void;
  /** After each block, in block order. Call the argument to have the state. */
  readonly checkpoint?: (state: () => Checkpoint) => void;
}

interface Case {
  readonly news: News;
  finding?: Finding;
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
  #position = 0;
  #minimising = 0;
  #stop: StopSignal = 'go';

  constructor(plan: FuzzPlan, executor: Executor, hooks: FuzzHooks) {
    this.#plan = plan;
    this.#executor = executor;
    this.#hooks = hooks;
    this.#fold = new Fold(plan.setup.strategies.length);
    this.#selection = new Selection(plan.keepGoing);
  }

  async run(): Promise<FuzzResult> {
    const description = await this.#executor.run({ kind: 'describe' });
    const plan = this.#plan;
    const fold = this.#fold;
    if (plan.resume !== undefined) {
      this.#take(resumed(plan.resume, plan, description, fold));
      this.#position = fold.next;
    }
    const hunt = await huntCanaries(plan.canaries, plan.canaryDrawing, this.#executor);
    await new Pump(this.#executor.width).drain(() => this.#next(description));
    fold.addFaults(hunt.faults);
    const report = this.#report(description, hunt.canaries);
    return { kind: this.#stop === 'interrupt' ? 'interrupted' : 'completed', report };
  }

  /** The next piece of work: findings first, since they are what must not be lost. */
  #next(description: DescribeResult): (() => Promise<void>) | undefined {
    if (this.#stop !== 'interrupt') this.#stop = this.#hooks.stop?.() ?? 'go';
    const raw = this.#raw.shift();
    if (raw !== undefined) return () => this.#minimise(raw, 0);
    if (this.#stop === 'interrupt') return undefined;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return () => this.#minimise(waiting, CANDIDATES);
    if (this.#stop !== 'go' || this.#position >= this.#plan.blocks) return undefined;
    const position = this.#position++;
    return () => this.#block(position, description);
  }

  async #block(position: number, description: DescribeResult): Promise<void> {
    const { drawing, shard, runs, listed } = this.#plan;
    const block = position * shard.of + shard.index - 1;
    const result = await this.#executor.run({ kind: 'block', drawing, block, runs: runsOf(block, runs), strategies: listed.map((it) => it.index) });
    const before = this.#fold.next;
    this.#take(this.#fold.offer(position, result));
    if (this.#fold.next > before) this.#hooks.checkpoint?.(() => checkpointOf(this.#plan, description, this.#fold));
    this.#progress();
  }

  #take(news: readonly News[]): void {
    for (const one of news) {
      if (!this.#selection.take(one)) continue;
      this.#raw.push(this.#cases.length);
      this.#cases.push({ news: one });
    }
  }

  async #minimise(index: number, candidates: number): Promise<void> {
    const one = this.#cases[index];
    if (one === undefined) return;
    const { strategy, tally } = one.news;
    const task: MinimiseTask = { kind: 'minimise', drawing: this.#plan.drawing, strategy, tally, candidates };
    this.#minimising++;
    const result: MinimiseResult = await this.#executor.run(task);
    this.#minimising--;
    if (result.fault !== undefined) this.#fold.addFaults([result.fault]);
    if (result.finding === undefined) return;
    one.finding = result.finding;
    if (candidates === 0) {
      this.#hooks.found?.(result.finding);
      this.#waiting.push(index);
    } else {
      this.#hooks.finding?.(result.finding);
    }
    this.#progress();
  }

  #progress(): void {
    if (this.#hooks.progress === undefined) return;
    const { runs, next, totals } = this.#fold;
    const waiting = this.#raw.length + this.#waiting.length + this.#minimising;
    this.#hooks.progress({
      runs, blocks: next, waiting, findings: this.#cases.length - waiting,
      trials: totals.reduce((sum, it) => sum + it.trials, 0), instructions: totals.reduce((sum, it) => sum + it.instructions, 0),
      ...(this.#plan.runs === 'until-stopped' ? {} : { of: ownRuns(this.#plan.blocks, this.#plan.runs, this.#plan.shard) }),
    });
  }

  #report(description: DescribeResult, canaries: readonly CanaryReport[]): FuzzReport {
    const plan = this.#plan;
    const fold = this.#fold;
    const findings = withoutDoubles(this.#cases.flatMap((one) => (one.finding === undefined ? [] : [one.finding])), plan.keepGoing);
    const strategies = plan.listed.map(({ index, strategy }): StrategyReport => {
      const totals = fold.totals[index];
      if (totals === undefined) throw new RangeError(`strategy ${index}`);
      const own = findings.filter((it) => it.strategy === strategy.name)
        .sort((a, b) => Number(b.withinClaim) - Number(a.withinClaim) || severityOf(a.signature.obligation) - severityOf(b.signature.obligation) || a.afterTrials - b.afterTrials);
      return {
        name: strategy.name, hash: description.hashes[index] ?? '', claim: strategy.claim, ...judged(strategy.claim, totals, own),
        trials: totals.trials, within: totals.byOutside.get(0) ?? 0, notApplicable: totals.notApplicable, notApplicableObligations: unjudged(strategy),
        outOfBudget: totals.outOfBudget, undecided: totals.undecided, instructions: totals.instructions,
        findings: own, signatures: signatureCounts(strategy.name, totals), assumptions: assumptionReports(strategy.claim, totals, own),
      };
    });
    const witnesses = Object.fromEntries(WITNESSES.map((it, index) => [it.name, fold.witnesses[index] ?? 0]));
    const missingWitnesses = missingFrom(plan.witnesses, witnesses, fold.runs);
    return {
      seed: plan.drawing.seed, features: plan.drawing.features, generator: description.generator, runs: fold.runs, blocks: fold.next,
      shard: plan.shard, modelHash: description.modelHash, strategies, canaries, witnesses, missingWitnesses,
      compared: fold.compared, faults: fold.faults, faultCount: fold.faultCount,
      ...ruling({
        strategies: strategies.map((it, index) => ({ ...it, builtIn: plan.listed[index]?.builtIn ?? false })), canaries, missingWitnesses,
        faultCount: fold.faultCount, firstFault: fold.faults[0]?.message, allFeatures: plan.drawing.features.length === FEATURES.length,
      }),
    };
  }
}

/** Scenarios of a shard's first `blocks` blocks. */
function ownRuns(blocks: number, runs: number, shard: { readonly index: number; readonly of: number }): number {
  if (blocks === 0) return 0;
  const last = (blocks - 1) * shard.of + shard.index - 1;
  return (blocks - 1) * BLOCK_RUNS + runsOf(last, runs);
}
