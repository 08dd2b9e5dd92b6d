/** How a gate decides: stored cases against what they record, facts against a baseline, claims against what was seen. Pure functions. */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Baseline, Fact, FactVerdict } from './baseline.ts';
import { factKey } from './baseline.ts';
import type { ExpectedVerdict } from './finding.ts';
import { add } from './fold.ts';
import type { StrategyTotals } from './fold.ts';
import type { Difference, StoredCase } from './gate-report.ts';
import type { StrategyReport } from './report.ts';
import { CANARY_BUDGET } from './ruling.ts';
import type { Judgement } from './task.ts';

const NAMES = OBLIGATIONS.map((one) => one.name);

/** A judgement in the words of a case file. */
export function expectedOf({ outcome, violations }: Pick<Judgement, 'outcome' | 'violations'>): ExpectedVerdict {
  return { outcome, obligations: NAMES.filter((name) => violations.some((it) => it.obligation === name)) };
}

/** Where one strategy's verdict on a stored case is not the recorded one. */
export function caseDifferences(stored: StoredCase, strategy: string, judgement: Judgement): Difference[] {
  const was = stored.expected[strategy];
  if (was === undefined) return [];
  const is = expectedOf(judgement);
  const found = (obligation: ObligationName, before: string, now: string): Difference => ({
    strategy, obligation, features: `case ${stored.name}`, was: before, is: now, token: stored.token, by: 'case', outcome: 'fail',
  });
  const word = (verdict: ExpectedVerdict, name: ObligationName): string => (verdict.obligations.includes(name) ? 'breaks' : verdict.outcome === 'violated' ? 'holds' : verdict.outcome);
  const changed = NAMES.filter((name) => was.obligations.includes(name) !== is.obligations.includes(name)).map((name) => found(name, word(was, name), word(is, name)));
  if (changed.length > 0) return changed;
  const { signature } = stored;
  // No obligation is to blame; what did not come to an end made no progress.
  if (was.outcome !== is.outcome) return [found(signature?.obligation ?? 'progress', was.outcome, is.outcome)];
  if (signature?.strategy !== strategy || judgement.violations.length === 0) return [];
  const recurs = judgement.violations.some((it) => it.obligation === signature.obligation && it.edge === signature.edge && it.place === signature.place);
  const other = judgement.violations.find((it) => it.obligation === signature.obligation);
  return recurs ? [] : [found(signature.obligation, `breaks at ${signature.edge} in ${signature.place}`, `breaks at ${other?.edge ?? 'none'} in ${other?.place ?? 'nothing'}`)];
}

/** Obligations that cannot be judged of a strategy that declares no pushes, or no pops. */
export function unjudged({ pushes = [], pops = [] }: Strategy): ObligationName[] {
  return pushes.length === 0 || pops.length === 0 ? ['hook-balance'] : [];
}

/** What one feature set says about one strategy: a fact for each obligation. `token` names the counterexample of one that is broken. */
export function factsOf(strategy: Strategy, features: string, totals: StrategyTotals, token: (obligation: ObligationName) => string | undefined): Fact[] {
  const broken = new Set([...totals.signatures.values()].map((it) => it.obligation));
  return NAMES.map((obligation): Fact => {
    const witness = token(obligation);
    const common = { strategy: strategy.name, obligation, features, evidence: { kind: 'sampled', trials: totals.trials } } as const;
    if (witness !== undefined) return { ...common, verdict: 'breaks', token: witness };
    // Without a witness nothing is called broken: it could not be shown.
    if (broken.has(obligation) || totals.trials === 0) return { ...common, verdict: 'undecided' };
    return { ...common, verdict: unjudged(strategy).includes(obligation) ? 'not-applicable' : 'holds' };
  });
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Facts that the baseline does not have. */
  readonly fresh: readonly Fact[];
  /** Facts of strategies on trial that only the baseline has. */
  readonly gone: readonly Fact[];
}

/** @param refuted keys (`factKey`) of baseline facts whose own witness was replayed and no longer breaks */
export function compareFacts(was: Baseline, is: readonly Fact[], refuted: ReadonlySet<string>): Comparison {
  const before = new Map(was.facts.map((fact) => [factKey(fact), fact]));
  const now = new Set(is.map(factKey));
  const strategies = new Set(is.map((fact) => fact.strategy));
  const differences = is.flatMap((fact): Difference[] => {
    const old = before.get(factKey(fact));
    if (old === undefined || old.verdict === fact.verdict) return [];
    return [{
      strategy: fact.strategy, obligation: fact.obligation, features: fact.features, was: old.verdict, is: fact.verdict,
      token: fact.token ?? old.token ?? '', by: 'baseline', outcome: weight(old, fact.verdict, fact.evidence.trials, refuted.has(factKey(fact))),
    }];
  });
  return {
    differences, fresh: is.filter((fact) => !before.has(factKey(fact))),
    gone: was.facts.filter((fact) => strategies.has(fact.strategy) && !now.has(factKey(fact))),
  };
}

/** What is not seen broken any more may only be looked for too little: then nothing is decided. */
function weight(old: Fact, is: FactVerdict, trials: number, refuted: boolean): 'fail' | 'inconclusive' {
  if (is === 'undecided') return 'inconclusive';
  return old.verdict === 'breaks' && !refuted && trials < old.evidence.trials ? 'inconclusive' : 'fail';
}

/** Claims both ways: one that holds was broken within its assumptions, one that breaks was not seen to. */
export function claimDifferences(
  report: StrategyReport, builtIn: boolean, allFeatures: boolean, facts: readonly Fact[], within: ReadonlySet<string>,
): Difference[] {
  const { name: strategy, claim } = report;
  if (claim.kind === 'holds') {
    // Once for each obligation: what fails with all features fails with fewer.
    const refuted = facts.filter((fact) => fact.strategy === strategy && within.has(factKey(fact)));
    return refuted.filter((fact, index) => refuted.findIndex((it) => it.obligation === fact.obligation) === index)
      .map((fact) => ({ strategy, obligation: fact.obligation, features: fact.features, was: 'holds', is: 'breaks', token: fact.token ?? '', by: 'claim', outcome: 'fail' }));
  }
  const enough = report.trials >= CANARY_BUDGET && allFeatures;
  const caught = report.unseen.length < claim.obligations.length;
  return report.unseen.map((obligation) => ({
    strategy, obligation, features: 'all', was: 'breaks', is: enough ? 'holds' : 'undecided', token: '', by: 'claim',
    outcome: !enough ? 'inconclusive' : caught || !builtIn ? 'fail' : 'untrusted',
  }));
}

/** A claim's difference says it all: the baseline's about the same fact is left out. */
export function withoutRepeats(differences: readonly Difference[]): Difference[] {
  const seen = new Set<string>();
  return differences.filter((it) => {
    const key = `${it.strategy} ${it.features} ${it.obligation}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The counts of several feature sets in one. First trials are of the set that comes first. */
export function mergedTotals(all: readonly StrategyTotals[]): StrategyTotals {
  const whole: StrategyTotals = {
    trials: 0, notApplicable: 0, outOfBudget: 0, undecided: 0, openWithin: 0, instructions: 0, sites: [], byOutside: new Map(), signatures: new Map(),
  };
  for (const one of all) {
    for (const [key, tally] of one.signatures) {
      const known = whole.signatures.get(key);
      whole.signatures.set(key, known === undefined ? { ...tally, afterTrials: whole.trials + tally.afterTrials } : { ...known, count: known.count + tally.count });
    }
    for (const [outside, trials] of one.byOutside) whole.byOutside.set(outside, (whole.byOutside.get(outside) ?? 0) + trials);
    add(whole.sites, one.sites);
    whole.trials += one.trials;
    whole.notApplicable += one.notApplicable;
    whole.outOfBudget += one.outOfBudget;
    whole.undecided += one.undecided;
    whole.openWithin += one.openWithin;
    whole.instructions += one.instructions;
  }
  return whole;
}
