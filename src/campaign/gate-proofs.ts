/**
 * Proofs in a gate: what a prover that is handed in says of each strategy, which facts rest on it, how it differs from the baseline, and whether a run
 * contradicts it. A kind of evidence is what this run has shown, never what the baseline says. Pure functions.
 */
import type { Strategy } from '../contract/strategy.ts';
import { ASSUMPTIONS, assumptionsOf } from './assumptions.ts';
import { OLD_BASELINE_SCHEMA } from './baseline.ts';
import type { Baseline, Fact, ProofFact } from './baseline.ts';
import type { ProofCanary, ProofContradiction, ProofReport } from './gate-prover.ts';
import type { Difference } from './gate-report.ts';
import type { StrategyReport } from './report.ts';
import type { Reason } from './ruling.ts';

/** The feature set that a strategy's proof is about: all that its claim assumes enforced. */
export function claimLabel({ claim }: Strategy): string {
  const assumptions = assumptionsOf(claim);
  return ASSUMPTIONS.filter((it) => assumptions.includes(it)).join(',') || 'all';
}

/** A fact that holds by its trials, with the stronger kind of evidence where the proof is about it. */
export function withProof(fact: Fact, proof: ProofReport | undefined): Fact {
  if (proof?.verdict !== 'holds' || fact.verdict !== 'holds' || proof.strategy !== fact.strategy || proof.features !== fact.features) return fact;
  return proof.obligations.includes(fact.obligation) ? { ...fact, evidence: { kind: 'proved', trials: fact.evidence.trials } } : fact;
}

export function proofFact({ strategy, features, verdict, assuming, fragments, refutations }: ProofReport): ProofFact {
  const token = refutations[0]?.token;
  return { strategy, features, verdict, assuming, fragments, ...(token === undefined ? {} : { token }) };
}

export interface ProofComparison {
  readonly differences: readonly Difference[];
  /** Strategies of which the baseline has no proof. */
  readonly fresh: readonly string[];
  /** The baseline is of a time before proofs. */
  readonly old: boolean;
}

const STATE = { holds: 'proved', breaks: 'refuted', undecided: 'undecided' } as const;

/** By strategy alone: a claim that has changed does not make a lost proof another one. */
export function compareProofs(was: Baseline, proofs: readonly ProofReport[]): ProofComparison {
  const before = new Map(was.proofs.map((it) => [it.strategy, it]));
  const old = was.schema === OLD_BASELINE_SCHEMA;
  return {
    old, fresh: proofs.flatMap((it) => (before.has(it.strategy) ? [] : [it.strategy])),
    differences: proofs.flatMap((now) => {
      const then = before.get(now.strategy);
      const difference = then === undefined ? undefined : then.verdict === now.verdict ? otherTerms(then, now, was) : otherVerdict(then, now);
      return difference === undefined ? [] : [difference];
    }),
  };
}

function otherVerdict(then: ProofFact, now: ProofReport): Difference {
  const [first] = now.refutations;
  return {
    strategy: now.strategy, obligation: first?.obligation ?? null, features: now.features, was: STATE[then.verdict], is: STATE[now.verdict], token: first?.token ?? then.token ?? '', by: 'proof',
    // Not refuted any more may only be not found any more; whatever was proved and is not was lost.
    outcome: then.verdict === 'breaks' && now.verdict === 'undecided' ? 'inconclusive' : 'fail',
    ...(now.verdict === 'breaks' ? { detail: first?.chain ?? '' } : now.verdict === 'undecided' ? { detail: now.why } : {}),
  };
}

/** The same verdict, but of a proof that assumes more or less, or speaks of more or fewer obligations. */
function otherTerms(then: ProofFact, now: ProofReport, was: Baseline): Difference | undefined {
  if (now.verdict !== 'holds') return undefined;
  const more = now.assuming.filter((it) => !then.assuming.includes(it)), fewer = then.assuming.filter((it) => !now.assuming.includes(it));
  // Of another feature set each fact is new or gone.
  const before = then.features !== now.features ? [] : was.facts.filter((it) => it.strategy === now.strategy && it.features === now.features && it.verdict === 'holds');
  const lost = before.filter((it) => it.evidence.kind === 'proved' && !now.obligations.includes(it.obligation)).map((it) => it.obligation);
  const gained = before.filter((it) => it.evidence.kind !== 'proved' && now.obligations.includes(it.obligation)).map((it) => it.obligation);
  const words = [
    ...(more.length === 0 ? [] : [`assumes ${more.join(', ')} too`]), ...(fewer.length === 0 ? [] : [`does without ${fewer.join(', ')}`]),
    ...(lost.length === 0 ? [] : [`says nothing of ${lost.join(', ')}`]), ...(gained.length === 0 ? [] : [`says of ${gained.join(', ')} too`]),
  ];
  if (words.length === 0) return undefined;
  return { strategy: now.strategy, obligation: null, features: now.features, was: 'proved', is: 'proved', token: '', by: 'proof', outcome: 'fail', detail: `its proof ${words.join(', ')}` };
}

/** Remarks that decide nothing: proofs that the baseline says nothing of, and evidence of the baseline's that this run does not show again. */
export function proofNotes(was: Baseline | undefined, compared: ProofComparison | undefined, proofs: readonly ProofReport[], onTrial: ReadonlySet<string>): string[] {
  if (was === undefined) return [];
  const notes: string[] = [];
  if (compared?.old === true && proofs.length > 0) {
    const held = proofs.filter((it) => it.verdict === 'holds').map((it) => it.strategy);
    notes.push(`the baseline is of before proofs (${OLD_BASELINE_SCHEMA}), all of it counts as sampled; proved now: ${held.length === 0 ? 'none' : held.join(', ')}`);
  } else if (compared !== undefined && compared.fresh.length > 0) notes.push(`proofs of ${compared.fresh.join(', ')} are not in the baseline: nothing to compare them with`);
  if (proofs.length === 0) {
    const kept = was.proofs.filter((it) => onTrial.has(it.strategy) && it.verdict === 'holds').map((it) => it.strategy);
    if (kept.length > 0) notes.push(`proved in the baseline, and not proved again here: ${kept.join(', ')}`);
  }
  return notes;
}

/** A claim to hold that something else than the trials refutes is refuted, whatever these have found. */
export function asRefuted<R extends Pick<StrategyReport, 'claim' | 'outcome' | 'asClaimed'>>(report: R, refuted: boolean): R {
  return refuted && report.claim.kind === 'holds' ? { ...report, outcome: 'broken', asClaimed: false } : report;
}

/** What makes a gate untrustworthy: a proof that a run contradicts, and a known-bad strategy that is not refuted. */
export function proofReasons(proofs: readonly ProofReport[], canaries: readonly ProofCanary[]): Reason[] {
  return [
    ...canaries.filter((it) => !it.refuted).map((it): Reason => ({ exit: 4, text: `the prover's canary ${it.name}, which is known to be bad, was not refuted` })),
    ...proofs.flatMap((it) => it.contradictions.slice(0, 1).map((one): Reason => ({ exit: 4, text: contradictionText(it, one) }))),
  ];
}

export function contradictionText({ strategy, contradictions }: ProofReport, { obligation, token }: ProofContradiction): string {
  return `${strategy} is proved not to break ${obligation}, and ${contradictions.length === 1 ? 'a run does' : `${contradictions.length} runs break what is proved; one`}: ${token}`;
}
