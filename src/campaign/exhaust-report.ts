/** The result of an exhaustive run as data: what `cli` prints and `report` puts into words. Runs nothing. */
import type { Assumption, Claim } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { ReturnEdge } from '../contract/verdict.ts';
import type { Bound } from '../enumerate/bound.ts';
import type { Measure } from '../enumerate/measure.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { InterruptBound, PairBound, Part, SwitchBound } from './exhaust-task.ts';
import type { ExitCode, StrategyOutcome } from './report.ts';
import type { Fault } from './task.ts';

/** What one signature comes to, and the smallest scenario that shows it. */
export interface SignatureLine {
  readonly obligation: ObligationName;
  readonly edge: ReturnEdge;
  readonly place: string;
  readonly withinClaim: boolean;
  /** Assumptions that its scenarios do not satisfy. */
  readonly needs: readonly Assumption[];
  /** Runs that show it. */
  readonly count: number;
  readonly token: string;
  readonly measure: Measure;
  /** Of the smallest scenario, in its part. */
  readonly number: number;
}

/** The smallest of an obligation, within the claim or outside of it. */
export interface ExhaustFinding extends SignatureLine {
  readonly scenario: Scenario;
  readonly sentence: string;
}

/** Of what lands at every boundary. */
export interface InterruptFacts {
  /** Interrupts taken, or switches. */
  readonly trials: number;
  readonly within: number;
  readonly boundaries: number;
  /** Boundaries that no anchor names: thread start code, the callback. */
  readonly unnamed: number;
  readonly violated: number;
  readonly different: number;
  readonly long: number;
  readonly cut: number;
  /** Run again from the beginning. */
  readonly compared: number;
}

export interface ExhaustStrategyFacts {
  readonly name: string;
  readonly hash: string;
  readonly claim: Claim;
  readonly builtIn: boolean;
  readonly trials: number;
  readonly within: number;
  /** Scenarios without interrupts that were not tried: it has no code for how their functions are hooked. */
  readonly notApplicable: number;
  /** Ended out of budget, or undecided. */
  readonly open: number;
  readonly openWithin: number;
  readonly instructions: number;
  /** null: no interrupts were asked for. */
  readonly interrupts: InterruptFacts | null;
  /** null: no switches were. */
  readonly switches: InterruptFacts | null;
  /** null: no pairs of switches were. */
  readonly pairs: InterruptFacts | null;
  /** Token of the smallest counterexample, of those within the claim if there is one. */
  readonly smallest: string | null;
  readonly findings: readonly ExhaustFinding[];
  readonly signatures: readonly SignatureLine[];
}

export interface JudgedStrategy extends ExhaustStrategyFacts {
  /** `not-applicable`: it has no code for any scenario of the bound. */
  readonly outcome: StrategyOutcome | 'not-applicable';
  readonly asClaimed: boolean;
  /** Obligations that it claims to break and that nothing in the bound shows. */
  readonly unseen: readonly ObligationName[];
}

export interface PartReport {
  readonly part: Part;
  readonly enumerated: number;
  readonly expected: number;
  readonly done: number;
  readonly slices: number;
}

export interface ExhaustReport {
  readonly modelHash: string;
  readonly bound: Bound;
  readonly interrupts: InterruptBound | null;
  readonly switches: SwitchBound | null;
  readonly pairs: PairBound | null;
  readonly complete: boolean;
  readonly parts: readonly PartReport[];
  readonly strategies: readonly JudgedStrategy[];
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  readonly reasons: readonly string[];
  readonly exit: ExitCode;
}
