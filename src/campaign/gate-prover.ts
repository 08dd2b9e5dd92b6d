/** What a gate asks of a prover, and what it says: plain data, and one interface that is handed in. */
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ProofVerdict } from './baseline.ts';

/** A chain of calls that was run and broke an obligation. */
export interface ProofRefutation {
  readonly obligation: ObligationName;
  readonly chain: string;
  readonly token: string;
}

/** What a prover says of a strategy. */
export interface ProofOutcome {
  readonly verdict: ProofVerdict;
  readonly assuming: readonly string[];
  /** Of which the proof speaks. */
  readonly obligations: readonly ObligationName[];
  readonly fragments: number;
  /** Worst first, one for each obligation; some exactly where the verdict is `breaks`. */
  readonly refutations: readonly ProofRefutation[];
  /** Why it is undecided; else empty. */
  readonly why: string;
}

/** A run that breaks what a proof says cannot be broken. */
export interface ProofContradiction {
  readonly obligation: ObligationName;
  readonly token: string;
}

export interface ProofCanary {
  readonly name: string;
  readonly refuted: boolean;
}

/** Whoever hands one in knows how to prove; each call may take a second. */
export interface Prover {
  canaries(): Promise<readonly ProofCanary[]>;
  /** @param features that the gate has */
  prove(strategy: Strategy, features: readonly Feature[]): Promise<ProofOutcome>;
  /** Runs those of the scenarios that a proof speaks of; `proof` is what `prove` has said. */
  confront(strategy: Strategy, proof: ProofOutcome, scenarios: readonly Scenario[]): Promise<{ readonly tried: number; readonly found: readonly ProofContradiction[] }>;
}

export interface ProofReport extends ProofOutcome {
  readonly strategy: string;
  /** The label of the feature set of the strategy's claim. */
  readonly features: string;
  /** Scenarios that the proof speaks of and that were run. */
  readonly confronted: number;
  readonly contradictions: readonly ProofContradiction[];
}
