/**
 * Both borders of a monotone property that can only be asked about set by set: the smallest sets that have it and the largest that do not. Each
 * largest candidate without what is known so far is asked about; one that has the property brings a new smallest set, and so new candidates
 * (Gunopulos, Khardon, Mannila, Saluja, Toivonen, Sharma, Discovering all most specific sentences, TODS 2003: "dualize and advance").
 *
 * An answer `clean` may be wrong, since campaigns are samples. Where a set found later lies in one, it is taken back and counted.
 */
import { isSubset, maximalWithout, minimalSets } from './antichain.ts';

export type Asked =
  | { readonly kind: 'clean' }
  /** `set` has the property, lies in what was asked about, and no smaller one in it is known. */
  | { readonly kind: 'breaks'; readonly set: bigint }
  | { readonly kind: 'undecided'; readonly why: string };

export interface BorderLimits {
  /** Candidates that are asked about, at most. */
  readonly asked: number;
  /** Candidates that are kept while they are worked out, at most. */
  readonly candidates: number;
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

export async function bordersOf(universe: bigint, ask: (set: bigint) => Promise<Asked>, limits: BorderLimits): Promise<Borders> {
  let breaking: bigint[] = [];
  const clean = new Set<bigint>();
  const open = new Map<bigint, string>();
  let overturned = 0;
  for (let asked = 0; ; asked++) {
    const { sets, complete } = maximalWithout(breaking, universe, limits.candidates);
    const next = sets.find((set) => !clean.has(set) && !open.has(set));
    if (next === undefined || asked >= limits.asked) {
      return {
        breaking, clean: sets.filter((set) => clean.has(set)), complete, overturned,
        undecided: sets.filter((set) => !clean.has(set)).map((set) => ({ set, why: open.get(set) ?? `not asked about: ${limits.asked} others were` })),
      };
    }
    const answer = await ask(next);
    if (answer.kind === 'clean') clean.add(next);
    else if (answer.kind === 'undecided') open.set(next, answer.why);
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
