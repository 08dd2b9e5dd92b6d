/**
 * The envelope of a strategy without a bound: the smallest sets for which nothing is proved, each with a chain that fails when it is run, and the largest for which it is proved. The border is the prover's
 * (borders/borders.ts), so both halves of it are exact; what is only not proved, and not shown to break, is named.
 */
import { bordersOf } from '../borders/borders.ts';
import type { Borders } from '../borders/borders.ts';
import { elementsOf, isSubset } from '../borders/antichain.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Premise } from '../contract/claim.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Feature } from '../scenario/features.ts';
import { FEATURES } from '../scenario/features.ts';
import { modelHash } from '../trial/model-hash.ts';
import { Trials } from '../trial/trials.ts';
import type { Certificate } from './certificate.ts';
import { COVERED } from './covered.ts';
import { Oracle, isConvention, possible } from './oracle.ts';
import type { Group } from './oracle.ts';
import { stepsIn } from './prove.ts';
import { LACKS, assumed, named, setOf } from './sets.ts';
import type { NamedSet } from './sets.ts';
import { MODEL_ASSUMPTIONS, refute } from './verdict.ts';
import type { NotShown, Refutation } from './verdict.ts';
import { certificateOf } from './write.ts';

/** A set that breaks the strategy: a chain that uses exactly this was run and fails. */
export interface BrokenSet extends NamedSet {
  readonly mask: bigint;
  /** Worst first, one for each kind of chain; the first one is the case. */
  readonly refutations: readonly Refutation[];
}

/** A largest set for which it is proved. */
export interface ProvedSet extends NamedSet {
  readonly mask: bigint;
  /** What of the sets' elements is not in it. */
  readonly assuming: readonly string[];
  readonly fragments: number;
  /** Assertions. */
  readonly steps: number;
}

/** A smallest set of which nothing is proved, and that no chain was shown to break. */
export interface OpenSet extends NamedSet {
  readonly mask: bigint;
  readonly why: string;
  readonly notShown: readonly NotShown[];
  /** With one thing more, and what makes no difference to a proof, it breaks: what lies between is not known. */
  readonly more: readonly BrokenSet[];
}

export interface ProofBorder {
  /** Smallest sets: what is smaller is proved. */
  readonly broken: readonly BrokenSet[];
  readonly proved: readonly ProvedSet[];
  readonly undecided: readonly OpenSet[];
  /** False where there are more largest sets than are kept: then some are not listed. */
  readonly complete: boolean;
}

export interface ProofEnvelope {
  readonly name: string;
  readonly hash: string;
  readonly claim: Strategy['claim'];
  /** What sets are made of. */
  readonly elements: NamedSet;
  readonly universe: bigint;
  /** Granted in every set: features that were asked about and are in none, premises that the proofs rest on, and what they take from the model. */
  readonly assuming: readonly string[];
  /** Obligations that end a run. */
  readonly fatal: ProofBorder;
  /** Conventions too; only sets that `fatal` does not have are in `broken`, and `proved` is that of all obligations. */
  readonly all: ProofBorder;
  /** Proofs that were made, of so many questions. */
  readonly proofs: number;
  readonly asked: number;
}

/** Largest sets that are asked about, and kept while they are worked out. */
const LIMITS = { asked: 2_000, candidates: 2_000 };

/** An envelope, with what can be asked of it further. */
export class EnvelopeProver {
  readonly strategy: Strategy;
  readonly oracle: Oracle;
  readonly #asked: readonly Feature[];
  readonly #trials: Trials;

  /** @throws AssemblyError when a text of the strategy does not assemble. */
  constructor(strategy: Strategy, asked: readonly Feature[]) {
    this.strategy = strategy;
    this.oracle = new Oracle(strategy, asked);
    this.#asked = asked;
    this.#trials = new Trials([strategy]);
  }

  async envelope(): Promise<ProofEnvelope> {
    const { universe, always, texts, counts } = this.oracle, { name, claim } = this.strategy;
    const fatal = await this.#border('fatal'), all = await this.#border('all');
    const features = named(universe).features;
    return {
      name, claim, hash: texts.hash, elements: named(universe), universe,
      assuming: [...FEATURES.filter((it) => this.#asked.includes(it) && !features.includes(it)).map((it) => `no-${it}`), ...always, 'no-reused-stacks', ...MODEL_ASSUMPTIONS],
      fatal, all, proofs: counts.proofs, asked: counts.asked,
    };
  }

  /** What the strategy is proved by in a set in which all obligations are. */
  certificate({ mask }: ProvedSet, { assuming }: ProofEnvelope): Certificate {
    if (this.oracle.unproved(mask, 'all')) throw new RangeError('a certificate of what is not proved');
    return certificateOf(this.oracle.proofOf(mask), { model: modelHash(), assuming: [...assumed(this.oracle.universe & ~possible(mask)), ...assuming], obligations: COVERED });
  }

  /** The smallest sets for which nothing is proved, and the largest that are proved, without looking for a chain that shows why. */
  borders(group: Group): Promise<Borders> {
    return bordersOf(this.oracle.universe, {
      ask: (set) => Promise.resolve(this.oracle.unproved(set, group) ? { kind: 'breaks', set: this.#smallest(set, group) } : { kind: 'clean' }),
    }, LIMITS);
  }

  async #border(group: Group): Promise<ProofBorder> {
    const { universe } = this.oracle, borders = await this.borders(group);
    const broken: BrokenSet[] = [], undecided: OpenSet[] = [];
    for (const set of borders.breaking) {
      // A convention is looked at where everything else is proved.
      if (group === 'all' && this.oracle.unproved(set, 'fatal')) continue;
      const shown = this.#shown(set, group, borders.breaking.filter((it) => it !== set));
      if ('refutations' in shown) broken.push(shown); else undecided.push(shown);
    }
    const proved = borders.clean.map((mask): ProvedSet => {
      const { fragments } = this.oracle.proofOf(mask);
      return { ...named(mask), mask, assuming: assumed(universe & ~mask), fragments: fragments.length, steps: stepsIn(fragments) };
    });
    return { broken, proved, undecided, complete: borders.complete && borders.undecided.length === 0 };
  }

  /** Down to a set of which each part without one thing is proved. */
  #smallest(from: bigint, group: Group): bigint {
    let set = from & ~this.oracle.inert;
    for (const i of elementsOf(set).reverse()) {
      const less = set & ~(1n << BigInt(i));
      if (this.oracle.unproved(less, group)) set = less;
    }
    return set;
  }

  #shown(set: bigint, group: Group, others: readonly bigint[]): BrokenSet | OpenSet {
    const exact = this.#tried(set, group);
    if (exact.refutations.length > 0) return brokenBy(set, exact.refutations);
    const why = this.oracle.against(set, group).reason ?? 'its chains did not fail in any scenario that was tried';
    return { ...named(set), mask: set, notShown: exact.notShown, why, more: this.#more(set, group, others) };
  }

  /** The flaws of this group in a set, as chains, run. */
  #tried(set: bigint, group: Group): Pick<BrokenSet, 'refutations'> & { readonly notShown: readonly NotShown[] } {
    const { flaws } = this.oracle.against(set, group), told = group === 'all' ? flaws.filter(isConvention) : flaws;
    return refute({ ...this.oracle.proofOf(set), flaws: told }, this.#trials);
  }

  /** Sets with one thing more that a chain shows to break, and that contain none of `others`; each as small as that chain lets it be. */
  #more(set: bigint, group: Group, others: readonly bigint[]): BrokenSet[] {
    const { universe, inert } = this.oracle, found: BrokenSet[] = [];
    const single = elementsOf(universe & ~inert & ~set).map((i) => 1n << BigInt(i)).filter((more) => !others.some((it) => isSubset(it, set | more)));
    for (const more of [0n, ...single]) {
      // Without the set in it, it is not this one that breaks.
      const uses = ({ scenario }: Refutation): boolean => isSubset(set | more, setOf(scenario));
      const within = (mask: bigint): readonly Refutation[] => this.#tried(mask, group).refutations.filter(uses);
      let refutations = within(set | more | inert);
      if (refutations.length === 0) continue;
      let mask = setOf(refutations[0]!.scenario);
      for (const i of elementsOf(mask & inert)) {
        const less = within(mask & ~(1n << BigInt(i)));
        if (less.length > 0) mask &= ~(1n << BigInt(i));
      }
      refutations = within(mask);
      if (!found.some((it) => isSubset(it.mask, mask))) found.push(brokenBy(mask, refutations));
      if (more === 0n) break;
    }
    return found;
  }
}

const brokenBy = (mask: bigint, refutations: readonly Refutation[]): BrokenSet => ({ ...named(mask), mask, refutations: bySeverity(refutations) });
const severity = (name: ObligationName): number => COVERED.indexOf(name);
const bySeverity = (refutations: readonly Refutation[]): Refutation[] => [...refutations].sort((a, b) => severity(a.obligation) - severity(b.obligation));

/** The set lies in one of these. */
export const liesIn = (set: bigint, sets: readonly { readonly mask: bigint }[]): boolean => sets.some(({ mask }) => isSubset(set, mask));

export const lackText = (one: Feature | Premise): string => ((FEATURES as readonly string[]).includes(one) ? one : `not ${one}`);
export const elementNames = (set: bigint): string[] => elementsOf(set).flatMap((i) => LACKS[i] ?? []).map(lackText);
