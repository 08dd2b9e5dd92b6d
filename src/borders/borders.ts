/**
 * Both borders of a monotone property that can only be asked about set by set: the smallest sets that have it and the largest that do not. Each
 * largest candidate without what is known so far is asked about; one that has the property brings a new smallest set, and so new candidates
 * (Gunopulos, Khardon, Mannila, Saluja, Toivonen, Sharma, Discovering all most specific sentences, TODS 2003: "dualize and advance").
 *
 * A candidate is first looked at, and asked about in earnest when none is left that a look shows to have the property: most of those that have it show it
 * soon, and each takes many candidates with it. Of candidates that say nothing which another one does not say (`worth`) nobody is asked.
 *
 * An answer `clean` may be wrong, since campaigns are samples. Where a set found later lies in one that was given in earnest, it is taken back and counted.
 */
import { isSubset, maximalWithout, minimalSets } from './antichain.ts';

export type Asked =
  | { readonly kind: 'clean' }
  /** `set` has the property, lies in what was asked about, and no smaller one in it is known. */
  | { readonly kind: 'breaks'; readonly set: bigint }
  | { readonly kind: 'undecided'; readonly why: string };

export interface BorderLimits {
  /** Candidates that are looked at, at most. */
  readonly asked: number;
  /** Candidates that are kept while they are worked out, at most. */
  readonly candidates: number;
}

export interface Asking {
  /** `earnest`: not a look alone. */
  readonly ask: (set: bigint, earnest: boolean) => Promise<Asked>;
  /** Of candidates, largest first, those that are worth asking about. Default: all. */
  readonly worth?: (sets: readonly bigint[]) => readonly bigint[];
}

export interface Undecided {
  readonly set: bigint;
  readonly why: string;
}

export interface Borders {
  /** Smallest first; none contains another. */
  readonly breaking: readonly bigint[];
  /** Largest first; none contains another, or one of `breaking`. */
  readonly clean: readonly bigint[];
  /** Largest candidates about which nothing is known. */
  readonly undecided: readonly Undecided[];
  /** False where there were more candidates than are kept: then some are not even among `undecided`. */
  readonly complete: boolean;
  /** Sets that were called clean, and have in them one that was found to break later. */
  readonly overturned: number;
}

export async function bordersOf(universe: bigint, asking: Asking, limits: BorderLimits): Promise<Borders> {
  const search = new BorderSearch(universe, asking, limits);
  await search.settle();
  return search.borders();
}

interface Next {
  readonly set: bigint;
  readonly earnest: boolean;
}

/** The search, to be stopped at where all candidates have been looked at, and taken up again when more is known. */
export class BorderSearch {
  readonly #universe: bigint;
  readonly #asking: Asking;
  readonly #limits: BorderLimits;
  #breaking: bigint[] = [];
  readonly #clean = new Set<bigint>();
  readonly #looked = new Set<bigint>();
  readonly #open = new Map<bigint, string>();
  #overturned = 0;

  constructor(universe: bigint, asking: Asking, limits: BorderLimits) {
    this.#universe = universe;
    this.#asking = asking;
    this.#limits = limits;
  }

  /** Until there is no candidate that nobody has looked at. */
  async look(): Promise<void> {
    for (let next = this.#next(); next !== undefined && !next.earnest; next = this.#next()) await this.#ask(next);
  }

  /** Until each candidate has its answer. */
  async settle(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#ask(next);
  }

  /** Takes back the answer `clean` of these sets. True: there is something to ask again. */
  reconsider(refuted: (set: bigint) => boolean): boolean {
    this.#takeBack(refuted);
    return this.#next() !== undefined;
  }

  borders(): Borders {
    const { sets, complete } = this.#candidates();
    const undecided = sets.filter((set) => !this.#clean.has(set))
      .map((set) => ({ set, why: this.#open.get(set) ?? `not asked about: ${this.#limits.asked} others were` }));
    return { breaking: this.#breaking, clean: sets.filter((set) => this.#clean.has(set)), undecided, complete, overturned: this.#overturned };
  }

  #candidates(): { readonly sets: readonly bigint[]; readonly complete: boolean } {
    const { sets, complete } = maximalWithout(this.#breaking, this.#universe, this.#limits.candidates);
    return { sets: this.#asking.worth?.(sets) ?? sets, complete };
  }

  #next(): Next | undefined {
    const { sets } = this.#candidates();
    const fresh = this.#looked.size < this.#limits.asked ? sets.find((set) => !this.#looked.has(set)) : undefined;
    if (fresh !== undefined) return { set: fresh, earnest: false };
    const set = sets.find((it) => this.#looked.has(it) && !this.#clean.has(it) && !this.#open.has(it));
    return set === undefined ? undefined : { set, earnest: true };
  }

  async #ask({ set, earnest }: Next): Promise<void> {
    this.#looked.add(set);
    const answer = await this.#asking.ask(set, earnest);
    if (answer.kind === 'clean') {
      if (earnest) this.#clean.add(set);
    } else if (answer.kind === 'undecided') this.#open.set(set, answer.why);
    else this.#found(set, answer.set);
  }

  #found(within: bigint, set: bigint): void {
    if (!isSubset(set, within)) throw new RangeError(`asked about ${within}, answered with ${set}, which lies not in it`);
    this.#breaking = minimalSets([...this.#breaking, set]);
    this.#takeBack((one) => isSubset(set, one));
  }

  #takeBack(refuted: (set: bigint) => boolean): void {
    for (const one of this.#clean) {
      if (!refuted(one)) continue;
      this.#clean.delete(one);
      this.#overturned++;
    }
  }
}
