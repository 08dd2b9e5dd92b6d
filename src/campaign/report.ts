/** The result of a campaign as data: what `cli` prints, `report` puts into words, and `merge` reads back. Runs nothing. */
import type { Assumption, Claim } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Signature } from '../contract/verdict.ts';
import type { Feature } from '../scenario/features.ts';
import type { Finding, FindingFacts } from './finding.ts';
import type { Shard } from './shard.ts';
import type { SiteShare, WitnessShare } from './shares.ts';
import type { SituationTally } from './situations.ts';
import type { Fault } from './task.ts';

/** 0 as expected, 1 a claim refuted, 3 inconclusive, 4 the harness cannot be trusted. 2, 130 and 143 are the caller's to give. */
export type ExitCode = 0 | 1 | 3 | 4;

export type StrategyOutcome = 'holds' | 'broken' | 'inconclusive';

/** Every signature that was seen, minimised or not. */
export interface SignatureCount {
  readonly signature: Signature;
  /** Trials that showed it while all assumptions of the claim were satisfied, and while some were not. */
  readonly within: number;
  readonly outside: number;
  /** Of the first, either way. */
  readonly afterTrials: number;
  /** The same by the assumptions that the scenarios did not satisfy: what several shards' counts are put together from. */
  readonly seen: readonly SignatureSeen[];
}

export interface SignatureSeen {
  /** In the order of the claim. */
  readonly outside: readonly Assumption[];
  readonly count: number;
  /** Of the first such trial. */
  readonly block: number;
  readonly run: number;
  readonly afterTrials: number;
}

/** What the campaign says about one assumption of a claim. */
export interface AssumptionReport {
  readonly assumption: Assumption;
  /** Trials of scenarios that did not satisfy this one and satisfied all the others; without as many as ended open of all trials outside the claim. */
  readonly exercised: number;
  /** So many of them, and none broken, make it idle. */
  readonly least: number;
  /**
   * `needed`: a counterexample fails to satisfy this one only; `idle`: none was found in `least` trials or more; `undecided`: none in fewer, which
   * says nothing; `unexercised`: there was no such trial.
   */
  readonly standing: 'needed' | 'idle' | 'undecided' | 'unexercised';
  /** The counterexample that needs it. */
  readonly token?: string;
}

export interface StrategyReport<F extends FindingFacts = Finding> {
  readonly name: string;
  readonly hash: string;
  readonly claim: Claim;
  readonly outcome: StrategyOutcome;
  /** The outcome is what the claim says; false as well where the campaign is inconclusive about it. */
  readonly asClaimed: boolean;
  readonly trials: number;
  /** Trials of scenarios that satisfy all assumptions of the claim. */
  readonly within: number;
  /** Trials by the assumptions (in the order of the claim) that their scenarios did not satisfy. */
  readonly byOutside: readonly { readonly outside: readonly Assumption[]; readonly trials: number }[];
  /** Trials within the claim that ended out of budget or undecided. */
  readonly openWithin: number;
  readonly notApplicable: number;
  /** Obligations that nothing declared asks for: they were not judged. */
  readonly notApplicableObligations: readonly ObligationName[];
  readonly outOfBudget: number;
  readonly undecided: number;
  readonly instructions: number;
  /** Within the claim first, then in the order of OBLIGATIONS. */
  readonly findings: readonly F[];
  readonly signatures: readonly SignatureCount[];
  /** Obligations that a `breaks` claim names and that were not seen broken. */
  readonly unseen: readonly ObligationName[];
  readonly assumptions: readonly AssumptionReport[];
  /** Of one that holds: what the trials within the claim say about the share of scenarios that fail, under this generator's distribution. */
  readonly bound?: {
    /** Independent trials; those that share a draw of weights count as one. */
    readonly clusters: number;
    readonly confidence: number;
    /** The failing share lies below, 4 digits, rounded up. */
    readonly below: number;
  };
  /** Sites of its own code, and in how many trials they were seen. */
  readonly sites: readonly SiteShare[];
}

/** A strategy that must be caught, in every campaign, or its other verdicts are worth nothing. */
export interface CanaryReport {
  readonly name: string;
  readonly trials: number;
  readonly caught: boolean;
  /** Trials until caught; absent when not. */
  readonly afterTrials?: number;
}

export interface FuzzReport<F extends FindingFacts = Finding> {
  readonly seed: bigint;
  readonly features: readonly Feature[];
  readonly generator: number;
  /** Scenarios drawn by this campaign, its own shard only. */
  readonly runs: number;
  /** Whole or begun blocks of them. */
  readonly blocks: number;
  /** `first`: its first block; `runs`: scenarios of all shards together. */
  readonly shard: Shard & { readonly first: number; readonly runs: number };
  readonly keepGoing: boolean;
  readonly modelHash: string;
  /** In the order asked for. */
  readonly strategies: readonly StrategyReport<F>[];
  readonly canaries: readonly CanaryReport[];
  /** By name, in the order of WITNESSES; over the strategies asked for. */
  readonly witnesses: Readonly<Record<string, number>>;
  /** Required witnesses that were never seen. */
  readonly missingWitnesses: readonly string[];
  /** By name: scenarios that showed it. */
  readonly shown: Readonly<Record<string, number>>;
  /** Shares of the required witnesses; none of a campaign that is too small, or has not all features. */
  readonly shares: readonly WitnessShare[];
  /** Situations of hooked calls by number (trial/coverage.ts); `unseen`: about how many new ones the next scenario shows (Good-Turing), 4 digits. */
  readonly situations: SituationTally & { readonly unseen: number };
  /** Trials run twice and compared. */
  readonly compared: number;
  /** At most 8 (a shard of several: 8 of its blocks, and all others); `faultCount` counts all. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  readonly exit: ExitCode;
  /** Why `exit` is what it is, one clear line each; empty for 0. Worst first. */
  readonly reasons: readonly string[];
}

/** Interrupted: the report is about the blocks that were done; findings that were not minimised yet are in it as they were drawn. */
export type FuzzResult =
  | { readonly kind: 'completed'; readonly report: FuzzReport }
  | { readonly kind: 'interrupted'; readonly report: FuzzReport };
