/** What a campaign or a gate says of one strategy: from its totals and its findings. */
import type { Assumption, Claim } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { assumptionsOf, namesOf } from './assumptions.ts';
import type { FindingFacts } from './finding.ts';
import type { StrategyTotals } from './fold.ts';
import type { StrategyReport } from './report.ts';
import { assumptionReports, judged, signatureCounts } from './ruling.ts';
import { siteShares } from './shares.ts';
import type { SiteFacts } from './shares.ts';
import { CONFIDENCE, failingShareBound, rounded } from './statistics.ts';

/** Who is on trial, as far as a report needs it. */
export interface Described {
  readonly name: string;
  readonly hash: string;
  readonly claim: Claim;
  readonly notApplicableObligations: readonly ObligationName[];
  /** Of its own code; absent: not looked at. */
  readonly sites?: readonly SiteFacts[];
}

/**
 * @param findings in the order in which they are to be listed
 * @param known assumptions that a counterexample from elsewhere is known to need, with its token
 * @param features that were on
 */
export function strategyReport<F extends FindingFacts>(
  { name, hash, claim, notApplicableObligations, sites = [] }: Described, totals: StrategyTotals, findings: readonly F[],
  { known, features = FEATURES }: { readonly known?: ReadonlyMap<Assumption, string>; readonly features?: readonly Feature[] } = {},
): StrategyReport<F> {
  const { trials, notApplicable, outOfBudget, undecided, openWithin, instructions } = totals;
  const assumptions = assumptionsOf(claim);
  const within = totals.byOutside.get(0) ?? 0;
  const verdict = judged(claim, totals, findings);
  const byOutside = [...totals.byOutside].sort(([a], [b]) => a - b).map(([mask, count]) => ({ outside: namesOf(mask, assumptions), trials: count }));
  return {
    name, hash, claim, ...verdict, ...(verdict.outcome === 'holds' && within > 0 ? { bound: boundOf(within) } : {}),
    trials, within, byOutside, openWithin, notApplicable, notApplicableObligations, outOfBudget, undecided, instructions,
    findings, signatures: signatureCounts(name, claim, totals), assumptions: assumptionReports(claim, totals, findings, known),
    sites: siteShares(sites, totals.sites, trials, features),
  };
}

/**
 * What trials without a failure say. Each scenario is drawn from dice of its own, weights and all (arbitraries/seeded.ts, dice.ts): each trial is a
 * cluster of its own.
 */
export function boundOf(trials: number): NonNullable<StrategyReport['bound']> {
  return { clusters: trials, confidence: CONFIDENCE, below: rounded(failingShareBound(trials), 'up') };
}
