/**
 * Is it proved of one strategy for this set? Asked by whoever looks for the border between the sets for which it is and those for which it is not. Two kinds of obligations are told apart, as in the sampled
 * envelope: those that end a run, and conventions, after whose breach a run goes on.
 */
import { isSubset } from '../borders/antichain.ts';
import type { Premise } from '../contract/claim.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Feature } from '../scenario/features.ts';
import { provable } from './covered.ts';
import { Fragments } from './fragments.ts';
import { proveStrategy } from './prove.ts';
import type { Flaw, Proof } from './prove.ts';
import { bitOf, maskOf, named } from './sets.ts';
import { Texts } from './texts.ts';
import { neededPremises, notProvable } from './verdict.ts';

/** `fatal`: of what ends a run; `all`: conventions too. */
export type Group = 'fatal' | 'all';

/**
 * Features that no fragment knows of: what they allow is in every proof, or in none, as it is. Who calls whom how often, what else a body does, and where a handler's frames lie makes no difference
 * to one activation; `unwind` is about traces alone.
 */
export const INERT: readonly Feature[] = ['nested', 'recursive', 'callback', 'nonvolatile', 'leaf-zone', 'interrupt-nested', 'irq-stack', 'unwind', 'emergency-stack'];
/** Premises that a proof can be asked with and without. The others are of no use to it, or needed by its words wherever the strategy has memory. */
const ASKED: readonly Premise[] = ['no-traced-replacements', 'no-replacement-siblings'];
const UNUSED: readonly Premise[] = ['bounded-sibling-chains'];

/** What occurs in a call graph only together with one of the others (scenario/rules.ts): a hoisted slot serves indirect calls; whoever begins a context has no arguments, and who hands them on has got them. */
const NEEDS: readonly (readonly [Feature, readonly Feature[]])[] = [
  ['hoisted-slot', ['indirect']], ['stack-args', ['local', 'global', 'indirect']], ['variadic', ['local', 'global', 'indirect']],
];

/** The set without what cannot occur in it. */
export const possible = (set: bigint): bigint => NEEDS.reduce((mask, [one, others]) => ((set & maskOf(others)) === 0n ? mask & ~bitOf(one) : mask), set);

/** An answer that is not yes. */
export interface Unproved {
  readonly flaws: readonly Flaw[];
  /** Why nothing is proved although nothing is wrong. */
  readonly reason: string | undefined;
}

export class Oracle {
  readonly strategy: Strategy;
  readonly texts: Texts;
  /** All that sets are made of. */
  readonly universe: bigint;
  /** What no proof looks at, of that. */
  readonly inert: bigint;
  /** Premises that every proof of this strategy takes for granted. */
  readonly always: readonly Premise[];
  /** Proofs that were made, and questions that were answered. */
  readonly counts = { proofs: 0, asked: 0 };
  readonly #fragments: Fragments;
  readonly #proofs = new Map<bigint, Proof>();
  readonly #known: Readonly<Record<Group, { proved: bigint[]; unproved: bigint[] }>> = { fatal: { proved: [], unproved: [] }, all: { proved: [], unproved: [] } };

  /** @throws AssemblyError when a text of the strategy does not assemble. */
  constructor(strategy: Strategy, asked: readonly Feature[]) {
    this.strategy = strategy;
    this.texts = new Texts(strategy);
    this.#fragments = new Fragments(strategy, this.texts);
    const features = provable(strategy, asked), whole = proveStrategy(strategy, this.texts, { features, premises: new Set() }, this.#fragments);
    this.always = [...neededPremises(whole)] as Premise[];
    const free = (['stack-room', 'bounded-hook-depth'] as const).filter((it) => !this.always.includes(it));
    this.universe = maskOf([...features, ...ASKED, ...UNUSED, ...free]);
    this.inert = this.universe & maskOf([...INERT, ...UNUSED, ...free, ...(this.texts.inReplacements ? [] : ['no-traced-replacements' as const])]);
  }

  /** Nothing larger than the set is, where it is not; nothing smaller fails, where it is. */
  unproved(set: bigint, group: Group): boolean {
    this.counts.asked++;
    const asked = this.#looked(set), known = this.#known[group];
    if (known.unproved.some((it) => isSubset(it, asked))) return true;
    if (known.proved.some((it) => isSubset(asked, it))) return false;
    const { flaws, reason } = this.against(asked, group), unproved = flaws.length > 0 || reason !== undefined;
    (unproved ? known.unproved : known.proved).push(asked);
    return unproved;
  }

  /** What stands against a proof for exactly this set. */
  against(set: bigint, group: Group): Unproved {
    const proof = this.proofOf(set);
    return { flaws: proof.flaws.filter((it) => group === 'all' || !isConvention(it)), reason: notProvable(proof) };
  }

  /** What it takes for granted is in its scope. */
  proofOf(set: bigint): Proof {
    const asked = this.#looked(set), known = this.#proofs.get(asked) ?? this.#prove(asked);
    this.#proofs.set(asked, known);
    return { ...known, scope: this.scopeOf(set) };
  }

  /** All of a set that makes a difference. */
  #looked(set: bigint): bigint {
    return possible(set) & ~this.inert;
  }

  /** Of what can occur in the set. */
  scopeOf(set: bigint): Proof['scope'] {
    return { features: named(possible(set & this.universe)).features, premises: new Set([...this.always, ...named(this.universe & ~set).unmet]) };
  }

  #prove(set: bigint): Proof {
    this.counts.proofs++;
    return proveStrategy(this.strategy, this.texts, this.scopeOf(set), this.#fragments);
  }
}

/** The reserved word is nobody's: whoever finds it changed goes on as before, and the rest of what was proved stands. A store to where nobody may store leaves nothing standing. */
export const isConvention = (flaw: Flaw): boolean => (flaw.kind === 'call' ? flaw.promise === 'w12' : flaw.failure.obligation === 'reserved-word');
