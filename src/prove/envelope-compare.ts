/**
 * An envelope from proofs beside the sampled one. Each smallest set that a campaign found is one that the proofs know, or it is about what no proof speaks of, or proofs and runs contradict each other; and each
 * set that a chain breaks is one that the campaigns found, or they were blind there.
 */
import { isSubset } from '../borders/antichain.ts';
import type { Premise } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Feature } from '../scenario/features.ts';
import { COVERED } from './covered.ts';
import { brokenSets, isRecorded } from './envelope-session.ts';
import { elementNames, liesIn } from './envelope.ts';
import type { ProofEnvelope } from './envelope.ts';
import { maskOf, named } from './sets.ts';
import type { NamedSet } from './sets.ts';

/** Of one strategy, as an envelope's document has it. */
export interface SampledEnvelope {
  readonly name: string;
  readonly hash: string;
  readonly breaking: readonly (NamedSet & { readonly obligations: readonly ObligationName[]; readonly token: string })[];
  /** In which campaigns found nothing: of the obligations that end a run, and of conventions. */
  readonly clean: readonly (readonly NamedSet[])[];
}

/**
 * `same`: a chain breaks exactly this set. `wider`: it breaks a part of it. `undecided`: it is not proved, and no chain was shown. `elsewhere`: no proof speaks of it, by what it uses (`beyond`) or what is broken.
 * `contradiction`: it is proved.
 */
export type Agreement = 'same' | 'wider' | 'undecided' | 'elsewhere' | 'contradiction';

export interface ComparedSet extends NamedSet {
  readonly obligations: readonly ObligationName[];
  readonly token: string;
  readonly agreement: Agreement;
  /** Of `elsewhere`: what no proof speaks of. */
  readonly beyond: readonly string[];
}

export interface Comparison {
  readonly name: string;
  /** The sampled one is of other code of the same name: nothing is compared. */
  readonly otherCode: boolean;
  readonly sets: readonly ComparedSet[];
  /** Sets that a chain breaks, in which campaigns had found nothing. */
  readonly blind: readonly (NamedSet & { readonly token: string })[];
  /** The same of which the campaigns say nothing either way. */
  readonly unsampled: readonly (NamedSet & { readonly token: string })[];
}

export function compareEnvelopes(proof: ProofEnvelope, sampled: SampledEnvelope): Comparison {
  const { name, hash } = proof;
  if (hash !== sampled.hash) return { name, otherCode: true, sets: [], blind: [], unsampled: [] };
  const broken = [...brokenSets(proof.fatal), ...brokenSets(proof.all)], of = (set: NamedSet): bigint => maskOf<Feature | Premise>([...set.features, ...set.unmet]);
  const sets = sampled.breaking.map((it): ComparedSet => {
    const mask = of(it), { features, unmet, obligations, token } = it;
    const beyond = [...elementNames(mask & ~proof.universe), ...(obligations.some((one) => COVERED.includes(one)) ? [] : obligations)];
    return { features, unmet, obligations, token, beyond, agreement: beyond.length > 0 ? 'elsewhere' : agreementOf(proof, mask, obligations, broken) };
  });
  const found = sampled.breaking.map(of), clean = sampled.clean.map((group) => group.map((it) => ({ mask: of(it) })));
  const missed = broken.filter(({ mask }) => !found.some((it) => isSubset(it, mask)));
  const blind = missed.filter(({ mask, refutations: [first] }) => liesIn(mask, clean[isRecorded(first!.obligation) ? 1 : 0] ?? []));
  const told = ({ mask, refutations }: typeof broken[number]) => ({ ...named(mask), token: refutations[0]!.token });
  return { name, otherCode: false, sets, blind: blind.map(told), unsampled: missed.filter((it) => !blind.includes(it)).map(told) };
}

function agreementOf({ fatal, all }: ProofEnvelope, mask: bigint, obligations: readonly ObligationName[], broken: readonly { readonly mask: bigint }[]): Agreement {
  // A convention is proved where everything is.
  const conventions = obligations.every((it) => !COVERED.includes(it) || isRecorded(it));
  if (liesIn(mask, conventions ? all.proved : fatal.proved)) return 'contradiction';
  if (broken.some((it) => it.mask === mask)) return 'same';
  return broken.some((it) => isSubset(it.mask, mask)) ? 'wider' : 'undecided';
}
