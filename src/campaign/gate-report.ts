/** What a gate says, as data: differences with names, checks one by one, and the baseline as it would be written. Runs nothing. */
import type { Assumption } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Signature } from '../contract/verdict.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Baseline } from './baseline.ts';
import type { ExpectedVerdict } from './finding.ts';
import type { ProofCanary, ProofReport } from './gate-prover.ts';
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
  /** null: of a proof, and of no obligation in particular. */
  readonly obligation: ObligationName | null;
  /** The feature set's label, or `case NAME`. */
  readonly features: string;
  /** A verdict: `holds`, `breaks`, `not-applicable`, `undecided`, `out-of-budget`; of a proof `proved`, `refuted`, `undecided`. */
  readonly was: string;
  readonly is: string;
  /** A counterexample that shows it; for what is no longer broken the one that used to show it; empty where there is none. */
  readonly token: string;
  readonly by: 'case' | 'claim' | 'baseline' | 'proof';
  readonly outcome: 'fail' | 'inconclusive' | 'untrusted';
  /** Of a proof: the chain of calls that refutes it, what was not understood, what it assumes now. */
  readonly detail?: string;
}

/** A difference with its sentence, which is the same wherever it is told: `'mine' is claimed to hold, but breaks toc (features: all)`. */
export interface NamedDifference extends Difference {
  readonly text: string;
}

/** One line: what is not as it was, or as it was claimed. */
export function differenceText(difference: Difference): string {
  const { strategy, features, was, is, by } = difference;
  if (by === 'proof') return proofDifferenceText(difference);
  const obligation = difference.obligation ?? 'anything';
  if (by === 'claim') {
    const claimed = was === 'holds' ? `hold, but ${verdictNow(is, obligation)}` : `break ${obligation}, but ${is === 'undecided' ? 'was not seen to yet' : 'does not'}`;
    return `'${strategy}' is claimed to ${claimed} (features: ${features})`;
  }
  const [when, where] = by === 'baseline' ? ['the baseline', ` (features: ${features})`] : [features, ''];
  return `'${strategy}' ${verdictThen(was, obligation)} in ${when}, but ${verdictNow(is, 'it')} now${where}`;
}

/** A difference of what can be proved, whatever the trials have found. */
function proofDifferenceText({ strategy, obligation, features, was, is, detail = '' }: Difference): string {
  const words: Readonly<Record<string, string>> = { proved: 'proved for every call graph', refuted: 'refuted by a chain of calls', undecided: 'undecided by proof' };
  const now = is === was ? `${detail} now` : `is ${words[is] ?? is} now${obligation === null ? '' : `, which breaks ${obligation}`}${detail === '' ? '' : `: ${detail}`}`;
  return `'${strategy}' was ${words[was] ?? was} in the baseline, but ${now} (features: ${features})`;
}

/** `breaks toc`, from a verdict's word; `breaks at EDGE in PLACE` is one as well. */
function verdictNow(verdict: string, obligation: string): string {
  switch (verdict) {
    case 'holds': return `does not break ${obligation}`;
    case 'undecided': return `leaves ${obligation} undecided`;
    case 'not-applicable': return `is not judged by ${obligation}`;
    case 'out-of-budget': return 'runs out of budget';
    default: return verdict.startsWith('breaks') ? `breaks ${obligation}${verdict.slice('breaks'.length)}` : `is ${verdict}`;
  }
}

function verdictThen(verdict: string, obligation: string): string {
  switch (verdict) {
    case 'holds': return `did not break ${obligation}`;
    case 'undecided': return `left ${obligation} undecided`;
    case 'not-applicable': return `was not judged by ${obligation}`;
    case 'out-of-budget': return 'ran out of budget';
    default: return verdict.startsWith('breaks') ? `broke ${obligation}${verdict.slice('breaks'.length)}` : `was ${verdict}`;
  }
}

/** One thing that was decided, for the formats of other tools. */
export interface GateCheck {
  readonly group: 'counterexamples' | 'claims' | 'baseline' | 'proofs' | 'harness';
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
  readonly differences: readonly NamedDifference[];
  readonly checks: readonly GateCheck[];
  /** Over all feature sets. */
  readonly strategies: readonly StrategyReport[];
  readonly canaries: readonly CanaryReport[];
  /** Assumptions that no counterexample needs; `exercised`: trials that did not satisfy this one only, none of which broke anything. */
  readonly idle: readonly { readonly strategy: string; readonly assumption: Assumption; readonly exercised: number }[];
  /** Assumptions of which nothing can be said: fewer than `least` such trials, none of which broke anything. */
  readonly untested: readonly { readonly strategy: string; readonly assumption: Assumption; readonly exercised: number; readonly least: number }[];
  /** What proofs say of each strategy on trial; empty where none were asked for. */
  readonly proofs: readonly ProofReport[];
  /** Known-bad strategies of the prover's own; each must be refuted. */
  readonly proofCanaries: readonly ProofCanary[];
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
