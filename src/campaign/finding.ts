/**
 * What a campaign found: one broken obligation of one strategy, with the smallest scenario that still shows it. Plain data that
 * prints, can be cloned between threads, and is all that `report` needs: words and pages are made from it without running anything.
 */
import type { Assumption } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Outcome, Signature, Violation } from '../contract/verdict.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Size } from '../scenario/size.ts';

/** Where the scenario came from, before minimising: `SEED:BLOCK:RUN` with these features under this generator is the original. */
export interface Provenance {
  /** 64-bit unsigned, decimal. */
  readonly seed: string;
  readonly block: number;
  readonly run: number;
  /** In the order of FEATURES. */
  readonly features: readonly Feature[];
  /** GENERATOR_VERSION of the generator that drew it. */
  readonly generator: number;
}

/** What was tried on the minimised scenario; every one of these steps loses the signature. */
export interface Certificate {
  /** Candidates judged, shrinking and final pass together. */
  readonly tried: number;
  /** One line per step of the final pass, e.g. `without call 2`. */
  readonly what: readonly string[];
  /** False where the budget of candidates ended before the final pass did: then it is small, not minimal. */
  readonly complete: boolean;
}

/** What one strategy is expected to do on a scenario. Obligations sorted in the order of OBLIGATIONS, none twice. */
export interface ExpectedVerdict {
  readonly outcome: Outcome | 'not-applicable';
  readonly obligations: readonly ObligationName[];
}

/** An address in words. */
export interface Located {
  /** 64-bit unsigned. */
  readonly address: bigint;
  /** `symbol+0x10`, or the bare address where there is none. */
  readonly symbol: string;
  /** Disassembly of the instruction there; absent where no code is. */
  readonly text?: string;
}

/** What a report says of a finding, and a campaign's document carries. */
export interface FindingFacts {
  readonly strategy: string;
  readonly signature: Signature;
  /** The minimised scenario satisfies all assumptions of the claim; a `breaks` claim has none, so that all its findings are within. */
  readonly withinClaim: boolean;
  /** Assumptions that the minimised scenario does not satisfy; empty exactly when `withinClaim`. */
  readonly needs: readonly Assumption[];
  /** On the minimised scenario. */
  readonly violation: Pick<Violation, 'obligation' | 'address' | 'subject' | 'expected' | 'found' | 'step'>;
  /** Instruction at which it was noticed; `cause` where the damage was done, when earlier. */
  readonly at: Located;
  readonly cause?: Located;
  /** Symbols of the two values, where they are addresses of something. */
  readonly expectedSymbol?: string;
  readonly foundSymbol?: string;
  /** Minimised, canonical. */
  readonly scenario: Scenario;
  /** Of the scenario as drawn. */
  readonly drawn: Size;
  readonly provenance: Provenance;
  readonly token: string;
  /** The strategy's trials up to and including the one that showed it first. */
  readonly afterTrials: number;
  readonly certificate: Certificate;
  readonly sentence: string;
}

export interface Finding extends FindingFacts {
  readonly violation: Violation;
  /** As drawn. */
  readonly original: Scenario;
  /** Minimised from a case that was handed in: `provenance` says nothing of where that was drawn. */
  readonly handedIn?: true;
  /** Of every strategy of the campaign, by name, on the minimised scenario. */
  readonly expected: Readonly<Record<string, ExpectedVerdict>>;
  /** Instructions of the minimised run, and those when it was noticed are `violation.step`. */
  readonly instructions: number;
}
