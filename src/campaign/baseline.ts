/**
 * The baseline file `verdicts.json`: strategy x obligation x feature set -> verdict, with its kind of evidence and a witness token; and of each strategy what
 * `prove` says. Sorted, one fact a line, so that it diffs well. Read by baseline-parse.ts.
 */
import type { ObligationName } from '../contract/obligations.ts';
import type { Feature } from '../scenario/features.ts';
import { order, severityOf } from './fold.ts';

export const BASELINE_SCHEMA = 'tocsin/verdicts@2';
/** Read, too: it has no proofs, and whatever evidence it names counts as sampled. */
export const OLD_BASELINE_SCHEMA = 'tocsin/verdicts@1';
/** Characters of a baseline file, at most. */
export const BASELINE_LIMIT = 4_000_000;

export type FactVerdict = 'holds' | 'breaks' | 'not-applicable' | 'undecided';

/** What stands behind a verdict. `trials`: of this strategy on this feature set, whatever else there is. */
export type Evidence =
  | { readonly kind: 'sampled'; readonly trials: number }
  /** And every scenario of the feature set within a bound, which `bound` says in words. */
  | { readonly kind: 'exhaustive'; readonly trials: number; readonly bound: string }
  /** And for call graphs of every size: the proof is that of this strategy and feature set (`Baseline.proofs`). */
  | { readonly kind: 'proved'; readonly trials: number };

export interface Fact {
  readonly strategy: string;
  readonly obligation: ObligationName;
  /** `all`, or the assumptions that were enforced: `no-stub-sibling,stack-room`. */
  readonly features: string;
  readonly verdict: FactVerdict;
  readonly evidence: Evidence;
  /** The minimised counterexample, exactly where the verdict is `breaks`. */
  readonly token?: string;
}

export type ProofVerdict = 'holds' | 'breaks' | 'undecided';

/** What `prove` says of a strategy. */
export interface ProofFact {
  readonly strategy: string;
  /** The feature set in which facts rest on it: all that the claim assumes enforced. */
  readonly features: string;
  readonly verdict: ProofVerdict;
  /** All that it assumes, the feature set's assumptions among them: what it leaves out of the feature set is only sampled there. */
  readonly assuming: readonly string[];
  /** Of the proof; of one that does not hold, those that were looked at. */
  readonly fragments: number;
  /** A chain of calls that fails when it is run, exactly where the verdict is `breaks`. */
  readonly token?: string;
}

export interface Baseline {
  /** Of an old one that was read: no proof was asked about. */
  readonly schema: typeof BASELINE_SCHEMA | typeof OLD_BASELINE_SCHEMA;
  /** 64-bit unsigned, decimal. */
  readonly seed: string;
  readonly runs: number;
  readonly generator: number;
  /** What `all` means. */
  readonly features: readonly Feature[];
  /** Sorted by strategy; one for each at most. */
  readonly proofs: readonly ProofFact[];
  /** Sorted by strategy, feature set, obligation; none twice. */
  readonly facts: readonly Fact[];
}

export function factKey(fact: Pick<Fact, 'strategy' | 'obligation' | 'features'>): string {
  return `${fact.strategy} ${fact.features} ${fact.obligation}`;
}

function byKey(a: Fact, b: Fact): number {
  return order(a.strategy, b.strategy) || Number(b.features === 'all') - Number(a.features === 'all') || order(a.features, b.features) || severityOf(a.obligation) - severityOf(b.obligation);
}

const evidenceData = (it: Evidence): Evidence => (it.kind === 'exhaustive' ? { kind: it.kind, trials: it.trials, bound: it.bound } : { kind: it.kind, trials: it.trials });
const list = (name: string, items: readonly object[]): string => (items.length === 0 ? `  ${JSON.stringify(name)}: []` : `  ${JSON.stringify(name)}: [\n${items.map((it) => `    ${JSON.stringify(it)}`).join(',\n')}\n  ]`);

/** The file's text, newline at the end: always of the newest schema. */
export function printBaseline(baseline: Baseline): string {
  const facts = [...baseline.facts].sort(byKey).map(({ strategy, obligation, features, verdict, evidence, token }) => ({
    strategy, features, obligation, verdict, evidence: evidenceData(evidence), ...(token === undefined ? {} : { token }),
  }));
  const proofs = [...baseline.proofs].sort((a, b) => order(a.strategy, b.strategy)).map(({ strategy, features, verdict, assuming, fragments, token }) => ({
    strategy, features, verdict, assuming, fragments, ...(token === undefined ? {} : { token }),
  }));
  return [
    '{', `  "schema": ${JSON.stringify(BASELINE_SCHEMA)},`, `  "seed": ${JSON.stringify(baseline.seed)},`, `  "runs": ${baseline.runs},`,
    `  "generator": ${baseline.generator},`, `  "features": ${JSON.stringify(baseline.features)},`, `${list('proofs', proofs)},`, list('facts', facts), '}', '',
  ].join('\n');
}
