/** The result of a campaign as data: what `cli` prints, `report` puts into words, and `merge` reads back. Runs nothing. */
import type { Assumption, Claim } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Signature } from '../contract/verdict.ts';
import type { Feature } from '../scenario/features.ts';
import type { Finding } from './finding.ts';
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
}

/** What the campaign says about one assumption of a claim. */
export interface AssumptionReport {
  readonly assumption: Assumption;
  /** Trials of scenarios that did not satisfy this one and satisfied all the others. */
  readonly exercised: number;
  /** `needed`: a counterexample fails to satisfy this one only; `idle`: exercised, none found; `unexercised`: nothing can be said. */
  readonly standing: 'needed' | 'idle' | 'unexercised';
  /** The counterexample that needs it. */
  readonly token?: string;
}

export interface StrategyReport {
  readonly name: string;
  readonly hash: string;
  readonly claim: Claim;
  readonly outcome: StrategyOutcome;
  /** The outcome is what the claim says; false as well where the campaign is inconclusive about it. */
  readonly asClaimed: boolean;
  readonly trials: number;
  /** Trials of scenarios that satisfy all assumptions of the claim. */
  readonly within: number;
  readonly notApplicable: number;
  /** Obligations that nothing declared asks for: they were not judged. */
  readonly notApplicableObligations: readonly ObligationName[];
  readonly outOfBudget: number;
  readonly undecided: number;
  readonly instructions: number;
  /** Within the claim first, then in the order of OBLIGATIONS. */
  readonly findings: readonly Finding[];
  readonly signatures: readonly SignatureCount[];
  /** Obligations that a `breaks` claim names and that were not seen broken. */
  readonly unseen: readonly ObligationName[];
  readonly assumptions: readonly AssumptionReport[];
}

/** A strategy that must be caught, in every campaign, or its other verdicts are worth nothing. */
export interface CanaryReport {
  readonly name: string;
  readonly trials: number;
  readonly caught: boolean;
  /** Trials until caught; absent when not. */
  readonly afterTrials?: number;
}

export interface FuzzReport {
  readonly seed: bigint;
  readonly features: readonly Feature[];
  readonly generator: number;
  /** Scenarios drawn by this campaign, its own shard only. */
  readonly runs: number;
  /** Whole or begun blocks of them. */
  readonly blocks: number;
  readonly shard: { readonly index: number; readonly of: number };
  readonly modelHash: string;
  /** In the order asked for. */
  readonly strategies: readonly StrategyReport[];
  readonly canaries: readonly CanaryReport[];
  /** By name, in the order of WITNESSES; over the strategies asked for. */
  readonly witnesses: Readonly<Record<string, number>>;
  /** Required witnesses that were never seen. */
  readonly missingWitnesses: readonly string[];
  /** Trials run twice and compared. */
  readonly compared: number;
  /** At most 8; `faultCount` counts all. */
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
