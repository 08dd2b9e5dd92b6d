/**
 * The messages between a campaign and whoever does its work: this thread or a worker thread run the same code (`workshop.ts`).
 * All of it is structured-clonable data. A worker receives one `WorkshopSetup`, opens a `Workshop` with it, and then answers
 * each `Task` with the `TaskResult` of the same kind.
 */
import type { Assumption, Premise } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { ReturnEdge } from '../contract/verdict.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Finding, Provenance } from './finding.ts';
import type { SiteFacts } from './shares.ts';
import type { SituationTally } from './situations.ts';

/** A built-in strategy by its name, or any strategy as data. */
export type StrategySource = string | Strategy;

export interface WorkshopSetup {
  /** Tasks name strategies by their index in this list. */
  readonly strategies: readonly StrategySource[];
}

/** What is drawn: the features that may occur, and the premises that every scenario satisfies (others are filtered and counted). */
export interface Drawing {
  readonly seed: bigint;
  readonly features: readonly Feature[];
  readonly premises: readonly Premise[];
}

/** Judge one block of scenarios, 500 of them unless it is the last of a campaign. */
export interface BlockTask {
  readonly kind: 'block';
  readonly drawing: Drawing;
  readonly block: number;
  /** The first `runs` scenarios of the block. */
  readonly runs: number;
  readonly strategies: readonly number[];
  /** Tell of findings while the block still runs (`Executor.run`): of every signature, or of the first of each obligation. Changes no answer. */
  readonly announce?: 'every' | 'first';
  /** Count what the scenarios tried go without (`BlockResult.lacking`). */
  readonly lacking?: true;
}

/** One signature as the fold counts it. `outside` is a bit set over the claim's assumptions: those that the scenarios did not satisfy. */
export interface SignatureTally {
  readonly obligation: ObligationName;
  readonly edge: ReturnEdge;
  readonly place: string;
  readonly outside: number;
  readonly count: number;
  /** Of the first such trial. */
  readonly block: number;
  readonly run: number;
  /** The strategy's trials up to and including that one; in a BlockResult from the beginning of the block. */
  readonly afterTrials: number;
}

/** What one strategy did in one block. */
export interface StrategyTally {
  readonly strategy: number;
  readonly trials: number;
  /** Trials by the assumptions that the scenario did not satisfy (a bit set, sorted); [0, n] are those within the claim. */
  readonly byOutside: readonly (readonly [outside: number, trials: number])[];
  readonly notApplicable: number;
  readonly outOfBudget: number;
  readonly undecided: number;
  /** Trials within the claim that ended out of budget or undecided. */
  readonly openWithin: number;
  readonly instructions: number;
  /** Trials that were at each site of the strategy's own code, by index (DescribeResult.sites). */
  readonly sites: readonly number[];
  /** Sorted by `signatureKey`. */
  readonly signatures: readonly SignatureTally[];
}

/** Something that says the harness, not a strategy, is wrong. */
export interface Fault {
  /**
   * `program`: fails under the control hook, so no strategy is to blame; `not-deterministic`: a second run of the same trial
   * differs; `invalid`: the generator drew a scenario that is not valid, or used a feature that was switched off; `crash`: the
   * model threw; `not-reproduced`: a recorded violation did not recur when it was to be minimised.
   */
  readonly kind: 'program' | 'not-deterministic' | 'invalid' | 'crash' | 'not-reproduced';
  readonly block: number;
  readonly run: number;
  /** Name, where it concerns one. */
  readonly strategy?: string;
  /** Absent: while a block of the campaign ran. Else the canaries' hunt, or the finding that could not be made. */
  readonly during?: 'canaries' | Pick<SignatureTally, 'obligation' | 'edge' | 'place'>;
  readonly message: string;
}

export interface BlockResult {
  readonly kind: 'block';
  readonly block: number;
  /** Scenarios drawn. */
  readonly runs: number;
  /** Scenarios that did not satisfy the premises asked for, and were not tried. */
  readonly filtered: number;
  /** Trials that were run twice and compared. */
  readonly compared: number;
  readonly strategies: readonly StrategyTally[];
  /** By index in WITNESSES. */
  readonly witnesses: readonly number[];
  /** Scenarios that showed each, under some strategy. */
  readonly shown: readonly number[];
  readonly situations: SituationTally;
  /** By index in ASSUMPTIONS: scenarios tried that do not satisfy it. Of a task that asks for it. */
  readonly lacking?: readonly number[];
  /** At most the first 8 of a block; `faultCount` counts all. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
}

/** A case that is there already, whoever failed on it. */
export interface Given {
  readonly scenario: Scenario;
  /** Where it was drawn; absent: it was handed in. */
  readonly provenance?: Provenance;
}

/** Minimise one trial's violation and describe it. */
export interface MinimiseTask {
  readonly kind: 'minimise';
  readonly drawing: Drawing;
  readonly strategy: number;
  readonly tally: SignatureTally;
  /** Candidates judged at most; 0: describe it as it was drawn. */
  readonly candidates: number;
  /** Any violation of one of these will do, at each step and at the end; then the finding's signature is that of the worst. Default: the tally's signature alone. */
  readonly any?: readonly ObligationName[];
  /** Minimised instead of what is drawn; it lies within the drawing, and the tally is what it shows. */
  readonly given?: Given;
}

export interface MinimiseResult {
  readonly kind: 'minimise';
  readonly finding?: Finding;
  readonly fault?: Fault;
}

/** Run strategies on one scenario, for stored cases. */
export interface JudgeTask {
  readonly kind: 'judge';
  readonly scenario: Scenario;
  readonly strategies: readonly number[];
}

export interface Judgement {
  readonly strategy: number;
  readonly outcome: 'holds' | 'violated' | 'out-of-budget' | 'undecided' | 'not-applicable';
  /** In the order noticed. */
  readonly violations: readonly { readonly obligation: ObligationName; readonly edge: ReturnEdge; readonly place: string }[];
  /** Assumptions of its claim that the scenario does not satisfy. */
  readonly outside: readonly Assumption[];
}

export interface JudgeResult {
  readonly kind: 'judge';
  readonly judgements: readonly Judgement[];
  readonly fault?: Fault;
}

/** What the workshop is made of, for the documents. */
export interface DescribeTask {
  readonly kind: 'describe';
}

export interface DescribeResult {
  readonly kind: 'describe';
  readonly modelHash: string;
  /** By strategy index. */
  readonly hashes: readonly string[];
  /** By strategy index: the sites of its own code. */
  readonly sites: readonly (readonly SiteFacts[])[];
  readonly generator: number;
}

export type Task = BlockTask | MinimiseTask | JudgeTask | DescribeTask;
export type TaskResult = BlockResult | MinimiseResult | JudgeResult | DescribeResult;
export type ResultOf<T extends Task> = Extract<TaskResult, { readonly kind: T['kind'] }>;

/** What a block has shown before it ended: the signature, with `afterTrials` counted within the block, and the finding as drawn. */
export interface Announcement {
  readonly strategy: number;
  readonly tally: SignatureTally;
  readonly finding: Finding;
}
export type Noticed = (announcement: Announcement) => void;

/**
 * Does tasks, in any order, several at a time. In-process: `inProcess` of `workshop.ts`; worker threads are handed in by `cli`.
 * `run` rejects only where the machinery broke (a worker died), which ends the campaign.
 */
export interface Executor {
  /** Tasks that are worth having under way at the same time, >= 1. */
  readonly width: number;
  /** @param noticed gets what a block that asks for it has to announce, as drawn, before the answer: no answer depends on it */
  run<T extends Task>(task: T, noticed?: Noticed): Promise<ResultOf<T>>;
}
