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

export async function bordersOf(universe: bigint, { ask, worth = (sets) => sets }: Asking, limits: BorderLimits): Promise<Borders> {
  let breaking: bigint[] = [];
  const clean = new Set<bigint>();
  const looked = new Set<bigint>();
  const open = new Map<bigint, string>();
  let overturned = 0;
  for (;;) {
    const { sets: all, complete } = maximalWithout(breaking, universe, limits.candidates);
    const sets = worth(all);
    const fresh = looked.size < limits.asked ? sets.find((set) => !looked.has(set)) : undefined;
    const next = fresh ?? sets.find((set) => looked.has(set) && !clean.has(set) && !open.has(set));
    if (next === undefined) {
      return {
        breaking, clean: sets.filter((set) => clean.has(set)), complete, overturned,
        undecided: sets.filter((set) => !clean.has(set)).map((set) => ({ set, why: open.get(set) ?? `not asked about: ${limits.asked} others were` })),
      };
    }
    looked.add(next);
    const answer = await ask(next, fresh === undefined);
    if (answer.kind === 'clean') {
      if (fresh === undefined) clean.add(next);
    } else if (answer.kind === 'undecided') open.set(next, answer.why);
    else {
      const { set } = answer;
      if (!isSubset(set, next)) throw new RangeError(`asked about ${next}, answered with ${set}, which lies not in it`);
      breaking = minimalSets([...breaking, set]);
      for (const one of clean) {
        if (!isSubset(set, one)) continue;
        clean.delete(one);
        overturned++;
      }
    }
  }
}
