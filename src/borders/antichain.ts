/**
 * Families of sets, as bit masks (bit i: element i), and the two ways to say the same border of a monotone property: by the smallest sets that have
 * it and by the largest that do not. The largest sets without are the complements of the minimal sets that hit every smallest set with
 * (minimal transversals; Fredman and Khachiyan, On the complexity of dualization of monotone disjunctive normal forms, 1996).
 */

/** Elements of a mask, least first. */
export function elementsOf(set: bigint): number[] {
  const elements: number[] = [];
  for (let i = 0, rest = set; rest !== 0n; i++, rest >>= 1n) if ((rest & 1n) !== 0n) elements.push(i);
  return elements;
}

export const isSubset = (a: bigint, b: bigint): boolean => (a & ~b) === 0n;

export const sizeOfSet = (set: bigint): number => elementsOf(set).length;

/** Largest first, then by their elements. */
export const byLargest = (a: bigint, b: bigint): number => sizeOfSet(b) - sizeOfSet(a) || (a < b ? -1 : a > b ? 1 : 0);

/** The sets that contain no other one, each once, smallest first. */
export function minimalSets(sets: Iterable<bigint>): bigint[] {
  const minimal: bigint[] = [];
  for (const set of [...new Set(sets)].sort(byLargest).reverse()) if (!minimal.some((it) => isSubset(it, set))) minimal.push(set);
  return minimal;
}

/** Sets within `universe` without a set of `family` in them, that are as large as can be. */
export interface Maximal {
  /** Largest first. */
  readonly sets: readonly bigint[];
  /** False where there are more than were asked for: these are some of them, or parts of them. */
  readonly complete: boolean;
}

/** @param most sets at most, >= 1; also while they are worked out, which takes longer than their number where few are left at the end */
export function maximalWithout(family: readonly bigint[], universe: bigint, most: number): Maximal {
  // Berge's multiplication: transversals of the first sets, then of one more, and so on.
  let hitting: bigint[] = [0n];
  let complete = true;
  for (const set of minimalSets(family.filter((it) => isSubset(it, universe)))) {
    const within = elementsOf(set).map((i) => 1n << BigInt(i));
    hitting = minimalSets(hitting.flatMap((one) => ((one & set) !== 0n ? [one] : within.map((element) => one | element))));
    if (hitting.length > most) {
      hitting.length = most;
      complete = false;
    }
  }
  return { sets: hitting.map((one) => universe & ~one).sort(byLargest), complete };
}
