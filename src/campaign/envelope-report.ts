/** The result of `envelope` as data: what `cli` prints and `report` puts into words. Runs nothing. */
import type { Assumption, Claim } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Feature } from '../scenario/features.ts';
import type { NamedSet } from './envelope-sets.ts';
import type { Finding } from './finding.ts';
import type { CanaryReport, ExitCode } from './report.ts';
import type { Fault } from './task.ts';

/** A smallest set: some scenario that does without exactly these assumptions fails, and nothing was found in campaigns without one of them. */
export interface BreakingSet extends NamedSet {
  /** The worst that the first block of a campaign in this set shows, and everything of its group that it shows, worst first. */
  readonly obligation: ObligationName;
  readonly obligations: readonly ObligationName[];
  /** Minimised; its scenario does without exactly these assumptions. */
  readonly finding: Finding;
  /**
   * Campaigns in this set that satisfy one more assumption, and in how many trials they found nothing. `never`: what none of those trials did without
   * any more, so that the two go together: a sibling call through a stub comes out of a replacement.
   */
  readonly smaller: readonly { readonly assumption: Assumption; readonly trials: number; readonly never: readonly Assumption[] }[];
}

/** A largest set in which a campaign found nothing. */
export interface CleanSet extends NamedSet {
  /** All other assumptions: those of a claim that this campaign speaks for. */
  readonly assuming: readonly Assumption[];
  readonly scenarios: number;
  readonly trials: number;
  /** The failing share lies below, at `confidence`, under this generator's distribution in this set; 4 digits, rounded up. */
  readonly below: number;
  /** What the set allows to do without and no trial did: nothing is known of it here. */
  readonly never: readonly Assumption[];
  /** Of the rest, what the fewest trials did without; absent where there is none. */
  readonly rarest?: { readonly assumption: Assumption; readonly trials: number };
}

export interface UndecidedSet extends NamedSet {
  readonly assuming: readonly Assumption[];
  readonly why: string;
}

/** Of one strategy and one group of obligations. */
export interface Envelope {
  /** Smallest first; none contains another. */
  readonly breaking: readonly BreakingSet[];
  /** Largest first; none contains another, nor has what was tried in one all happened within what another allows. */
  readonly clean: readonly CleanSet[];
  /** Largest sets that are not in `clean`, since what was tried in them lies within what one of those allows: of what only they allow nothing was drawn. */
  readonly subsumed: readonly CleanSet[];
  readonly undecided: readonly UndecidedSet[];
  /** False where there were more candidates than are kept, so that some are not listed at all. */
  readonly complete: boolean;
  /** Campaigns that found nothing although, as was seen later, there was something: a measure of how blind they are. */
  readonly overturned: number;
}

/** A set that breaks a strategy although its claim to hold covers it. */
export interface Contradiction extends NamedSet {
  readonly obligation: ObligationName;
  readonly token: string;
}

export interface StrategyEnvelope {
  readonly name: string;
  readonly hash: string;
  readonly claim: Claim;
  readonly builtIn: boolean;
  /** Trials of all its campaigns. */
  readonly trials: number;
  /** Obligations that end a run. */
  readonly fatal: Envelope;
  /** Obligations that are recorded while the run goes on: conventions that nothing of what runs depends on. */
  readonly recorded: Envelope;
  readonly contradictions: readonly Contradiction[];
}

export interface EnvelopeReport {
  readonly seed: bigint;
  /** Scenarios of a campaign in a largest set, and of one without one thing of a smallest set. */
  readonly runs: number;
  readonly smallerRuns: number;
  /** Cases that were handed in. */
  readonly cases: number;
  readonly features: readonly Feature[];
  readonly confidence: number;
  readonly generator: number;
  readonly modelHash: string;
  readonly strategies: readonly StrategyEnvelope[];
  readonly canaries: readonly CanaryReport[];
  /** At most 8; `faultCount` counts all. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  readonly interrupted: boolean;
  readonly exit: ExitCode;
  readonly reasons: readonly string[];
}
