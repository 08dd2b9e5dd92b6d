/** From counts and findings to outcomes and the exit code: the rules of "Verdicts and exit codes", and nothing else. */
import type { Assumption, Claim } from '../contract/claim.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ObligationName } from '../contract/obligations.ts';
import { IDLE_TRIALS, assumptionsOf, namesOf } from './assumptions.ts';
import type { FindingFacts } from './finding.ts';
import { order } from './fold.ts';
import type { StrategyTotals } from './fold.ts';
import type { AssumptionReport, CanaryReport, ExitCode, SignatureCount, StrategyOutcome, StrategyReport } from './report.ts';

/** Scenarios within which a known-bad strategy must be caught. Not caught in fewer, a campaign is inconclusive; in as many, nothing that it says can be trusted. */
export const CANARY_BUDGET = 2_000;

export interface Judged {
  readonly outcome: StrategyOutcome;
  readonly asClaimed: boolean;
  readonly unseen: readonly ObligationName[];
}

/** Obligations that were broken within the claim, in the order of OBLIGATIONS. */
export function brokenWithin(totals: StrategyTotals, findings: readonly FindingFacts[]): ObligationName[] {
  const broken = new Set<ObligationName>();
  for (const tally of totals.signatures.values()) if (tally.outside === 0) broken.add(tally.obligation);
  for (const finding of findings) if (finding.withinClaim) broken.add(finding.signature.obligation);
  return OBLIGATIONS.map((one) => one.name).filter((name) => broken.has(name));
}

export function judged(claim: Claim, totals: StrategyTotals, findings: readonly FindingFacts[]): Judged {
  const broken = brokenWithin(totals, findings);
  const within = totals.byOutside.get(0) ?? 0;
  if (claim.kind === 'breaks') {
    const unseen = claim.obligations.filter((name) => !broken.includes(name));
    if (broken.length > 0) return { outcome: 'broken', asClaimed: unseen.length === 0, unseen };
    return { outcome: within < CANARY_BUDGET || totals.openWithin > 0 ? 'inconclusive' : 'holds', asClaimed: false, unseen };
  }
  if (broken.length > 0) return { outcome: 'broken', asClaimed: false, unseen: [] };
  if (within === 0 || totals.openWithin > 0) return { outcome: 'inconclusive', asClaimed: false, unseen: [] };
  return { outcome: 'holds', asClaimed: true, unseen: [] };
}

/** @param known assumptions that a counterexample from elsewhere is known to need, with its token */
export function assumptionReports(
  claim: Claim, totals: StrategyTotals, findings: readonly FindingFacts[], known: ReadonlyMap<Assumption, string> = new Map(),
): AssumptionReport[] {
  // Which of them ended open is not counted apart.
  const open = totals.outOfBudget + totals.undecided - totals.openWithin;
  return assumptionsOf(claim).map((assumption, index): AssumptionReport => {
    const exercised = Math.max(0, (totals.byOutside.get(1 << index) ?? 0) - open);
    const it = { assumption, exercised, least: IDLE_TRIALS };
    const witness = findings.find((finding) => finding.needs.length === 1 && finding.needs[0] === assumption);
    const token = witness?.token ?? known.get(assumption);
    if (token !== undefined) return { ...it, standing: 'needed', token };
    if ([...totals.signatures.values()].some((tally) => tally.outside === 1 << index)) return { ...it, standing: 'needed' };
    return { ...it, standing: exercised >= IDLE_TRIALS ? 'idle' : exercised > 0 ? 'undecided' : 'unexercised' };
  });
}

/** Signatures of a strategy with their counts within and outside of the claim, worst first. */
export function signatureCounts(strategy: string, claim: Claim, totals: StrategyTotals): SignatureCount[] {
  const assumptions = assumptionsOf(claim);
  const counts = new Map<string, SignatureCount>();
  for (const { obligation, edge, place, outside, count, block, run, afterTrials } of [...totals.signatures.values()].sort((a, b) => a.outside - b.outside)) {
    const key = `${obligation} ${edge} ${place}`;
    const known = counts.get(key) ?? { signature: { strategy, obligation, edge, place }, within: 0, outside: 0, afterTrials, seen: [] };
    counts.set(key, {
      ...known,
      within: known.within + (outside === 0 ? count : 0), outside: known.outside + (outside === 0 ? 0 : count),
      afterTrials: Math.min(known.afterTrials, afterTrials),
      seen: [...known.seen, { outside: namesOf(outside, assumptions), count, block, run, afterTrials }],
    });
  }
  const severity = new Map<string, number>(OBLIGATIONS.map((one, index) => [one.name, index]));
  return [...counts.values()].sort(({ signature: a, afterTrials: left }, { signature: b, afterTrials: right }) =>
    (severity.get(a.obligation) ?? 0) - (severity.get(b.obligation) ?? 0) || left - right || order(a.place, b.place) || order(a.edge, b.edge));
}

export interface Evidence {
  readonly strategies: readonly (Pick<StrategyReport, 'name' | 'claim' | 'outcome' | 'asClaimed' | 'trials' | 'within' | 'unseen' | 'outOfBudget'> & {
    /** One of the product's own, which are known to be bad where they claim it. */
    readonly builtIn: boolean;
  })[];
  readonly canaries: readonly CanaryReport[];
  readonly missingWitnesses: readonly string[];
  readonly faultCount: number;
  readonly firstFault: string | undefined;
  /** Everything may be drawn: what a `breaks` claim names can be expected to show. */
  readonly allFeatures: boolean;
}

export interface Ruling {
  readonly exit: ExitCode;
  readonly reasons: readonly string[];
}

/** One thing that keeps the exit code from being 0. */
export interface Reason {
  readonly exit: 1 | 3 | 4;
  readonly text: string;
}

const PRECEDENCE = [4, 1, 3] as const;

/** @param more what only the caller knows of */
export function ruling(evidence: Evidence, more: readonly Reason[] = []): Ruling {
  const reasons: Reason[] = [...harness(evidence), ...evidence.strategies.flatMap((it) => about(it, evidence.allFeatures)), ...more];
  for (const name of evidence.missingWitnesses) reasons.push({ exit: 3, text: `the required witness ${name} was never seen` });
  const worst = PRECEDENCE.find((exit) => reasons.some((it) => it.exit === exit));
  return {
    exit: worst ?? 0,
    reasons: PRECEDENCE.flatMap((exit) => reasons.filter((it) => it.exit === exit).map((it) => it.text)),
  };
}

function harness({ canaries, faultCount, firstFault }: Evidence): Reason[] {
  const reasons: Reason[] = canaries.filter((it) => !it.caught).map((it) => (it.trials < CANARY_BUDGET
    ? { exit: 3, text: `the canary ${it.name} was not caught in ${it.trials} trials (its budget is ${CANARY_BUDGET})` }
    : { exit: 4, text: `the canary ${it.name}, which is known to be bad, was not caught in ${it.trials} trials` }));
  if (faultCount > 0) reasons.push({ exit: 4, text: `${faultCount === 1 ? 'a fault' : `${faultCount} faults`} of the harness itself: ${firstFault ?? ''}` });
  return reasons;
}

function about(it: Evidence['strategies'][number], allFeatures: boolean): Reason[] {
  if (it.claim.kind === 'holds') {
    if (it.outcome === 'broken') return [{ exit: 1, text: `${it.name} claims to hold and was broken` }];
    if (it.outcome === 'holds') return [];
    return [{ exit: 3, text: it.within === 0 ? `${it.name}: no trial satisfied all that it assumes` : `${it.name}: ${it.outOfBudget} trials ended out of budget` }];
  }
  if (it.asClaimed) return [];
  // Caught is who breaks something of what it claims to break.
  const some = it.unseen.length < it.claim.obligations.length;
  const missing = some || it.outcome === 'broken' ? `${it.name} claims to break ${it.unseen.join(', ')}, which was not seen` : `${it.name} claims to be broken and was not caught`;
  const text = `${missing} in ${it.trials} trials`;
  if (it.trials < CANARY_BUDGET || it.outcome === 'inconclusive') return [{ exit: 3, text: `${text} (the budget for that is ${CANARY_BUDGET})` }];
  if (!allFeatures) return [{ exit: 3, text: `${text} without some of the features` }];
  return [{ exit: some || !it.builtIn ? 1 : 4, text }];
}
