/** What a gate says, as data: differences with names, checks one by one, and the baseline as it would be written. Runs nothing. */
import type { Assumption } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Signature } from '../contract/verdict.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Baseline } from './baseline.ts';
import type { ExpectedVerdict } from './finding.ts';
import type { ExitCode, CanaryReport, StrategyReport } from './report.ts';
import type { Fault } from './task.ts';

/** A counterexample file, read and validated by the caller. */
export interface StoredCase {
  /** The file's name, for the report. */
  readonly name: string;
  readonly scenario: Scenario;
  /** What was broken; null: a case that holds, of which only the expected verdicts count. */
  readonly signature: Signature | null;
  readonly token: string;
  /** By name of strategy. */
  readonly expected: Readonly<Record<string, ExpectedVerdict>>;
}

/** A baseline fact's counterexample, decoded by the caller. */
export interface BaselineWitness {
  readonly token: string;
  readonly scenario: Scenario;
}

export type GateOutcome = 'pass' | 'fail' | 'inconclusive' | 'untrusted';

export interface Difference {
  readonly strategy: string;
  readonly obligation: ObligationName;
  /** The feature set's label, or `case NAME`. */
  readonly features: string;
  /** A verdict: `holds`, `breaks`, `not-applicable`, `undecided`, `out-of-budget`. */
  readonly was: string;
  readonly is: string;
  /** A counterexample that shows it; for what is no longer broken the one that used to show it; empty where there is none. */
  readonly token: string;
  readonly by: 'case' | 'claim' | 'baseline';
  readonly outcome: 'fail' | 'inconclusive' | 'untrusted';
}

/** One line: what is not as it was, or as it was claimed. */
export function differenceText({ strategy, obligation, features, was, is, by }: Difference): string {
  return `'${strategy}', ${obligation}, ${features}: ${by === 'claim' ? `claimed to ${was === 'holds' ? 'hold' : 'break'}` : `was ${was}`}, is ${is}`;
}

/** One thing that was decided, for the formats of other tools. */
export interface GateCheck {
  readonly group: 'counterexamples' | 'claims' | 'baseline' | 'harness';
  /** The same from run to run. */
  readonly name: string;
  readonly state: 'pass' | 'fail' | 'inconclusive' | 'untrusted' | 'skip';
  /** One line; empty when it passed without remark. */
  readonly message: string;
  readonly strategy?: string;
  readonly obligation?: ObligationName;
  readonly token?: string;
  /** Of a stored case. */
  readonly file?: string;
}

export interface GateReport {
  readonly outcome: GateOutcome;
  readonly exit: ExitCode;
  readonly seed: bigint;
  readonly runs: number;
  readonly modelHash: string;
  readonly differences: readonly Difference[];
  readonly checks: readonly GateCheck[];
  /** Over all feature sets. */
  readonly strategies: readonly StrategyReport[];
  readonly canaries: readonly CanaryReport[];
  /** Assumptions that no counterexample needs; `exercised`: trials that did not satisfy this one only, none of which broke anything. */
  readonly idle: readonly { readonly strategy: string; readonly assumption: Assumption; readonly exercised: number }[];
  readonly witnesses: Readonly<Record<string, number>>;
  readonly faults: readonly Fault[];
  /** Remarks that decide nothing: no baseline, facts that are not in it, a case of a strategy that is not here. */
  readonly notes: readonly string[];
  /** Why the exit code is what it is, worst first; empty for 0. */
  readonly reasons: readonly string[];
  /** As `--update` would write it. */
  readonly baseline: Baseline;
}

export type GateResult =
  | { readonly kind: 'completed'; readonly report: GateReport }
  /** Stopped before anything could be decided. */
  | { readonly kind: 'interrupted' };
