// Both borders of random monotone properties, against all subsets one by one.
import { array, asyncProperty, assert, bigInt, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byLargest, elementsOf, isSubset, maximalWithout, minimalSets } from '../../src/campaign/antichain.ts';
import { bordersOf } from '../../src/campaign/borders.ts';
import type { Asked } from '../../src/campaign/borders.ts';

const N = 7;
const UNIVERSE = (1n << BigInt(N)) - 1n;
const LIMITS = { asked: 1_000, candidates: 1_000 };
const all = Array.from({ length: 1 << N }, (_, i) => BigInt(i));
const families = array(bigInt(0n, UNIVERSE), { maxLength: 6 });
const within = bigInt(0n, UNIVERSE);

const breaks = (family: readonly bigint[], set: bigint): boolean => family.some((it) => isSubset(it, set));

/** One by one: the largest subsets of a universe that contain no set of the family. */
function bruteMaximal(family: readonly bigint[], universe: bigint): bigint[] {
  const clean = all.filter((set) => isSubset(set, universe) && !breaks(family, set));
  return clean.filter((set) => !clean.some((other) => other !== set && isSubset(set, other))).sort(byLargest);
}

/** Takes one element out after the other, as long as what is left breaks. */
function shrunk(family: readonly bigint[], set: bigint): bigint {
  let left = set;
  for (const i of elementsOf(set)) if (breaks(family, left & ~(1n << BigInt(i)))) left &= ~(1n << BigInt(i));
  return left;
}

const asking = (family: readonly bigint[]) => (set: bigint): Promise<Asked> =>
  Promise.resolve(breaks(family, set) ? { kind: 'breaks', set: shrunk(family, set) } : { kind: 'clean' });

describe('antichains', () => {
  test('smallest sets are those that contain no other', () => {
    assert(property(families, (family) => {
      const smallest = minimalSets(family);
      expect([...smallest].sort(byLargest)).toEqual([...new Set(family)].filter((set) => !family.some((other) => other !== set && isSubset(other, set))).sort(byLargest));
    }));
  });

  test('largest sets without are those that brute force finds', () => {
    assert(property(families, within, (family, universe) => {
      expect(maximalWithout(family, universe, 1_000)).toEqual({ sets: bruteMaximal(family, universe), complete: true });
    }));
  });

  test('of too many some are given, and that is said', () => {
    // Five pairs: 32 largest sets without.
    const pairs = [0b11n, 0b1100n, 0b11_0000n, 0b1100_0000n, 0b11_0000_0000n];
    expect(maximalWithout(pairs, 0x3ffn, 32)).toMatchObject({ complete: true, sets: { length: 32 } });
    const some = maximalWithout(pairs, 0x3ffn, 31);
    expect(some.complete).toBe(false);
    expect(some.sets.length).toBeLessThan(32);
    for (const set of some.sets) expect(breaks(pairs, set)).toBe(false);
  });
});

describe('borders', () => {
  test('are those of the property', async () => {
    await assert(asyncProperty(families, within, async (family, universe) => {
      const { breaking, clean, undecided, complete, overturned } = await bordersOf(universe, asking(family), LIMITS);
      expect([...breaking].sort(byLargest)).toEqual(minimalSets(family.filter((set) => isSubset(set, universe))).sort(byLargest));
      expect(clean).toEqual(bruteMaximal(family, universe));
      expect([undecided, complete, overturned]).toEqual([[], true, 0]);
    }));
  });

  test('what was called clean and is not is taken back, and counted', async () => {
    // Blind to {0} as long as it is asked about large sets only.
    let asked = 0;
    const ask = (set: bigint): Promise<Asked> => {
      asked++;
      if ((set & 0b110n) === 0b110n) return Promise.resolve({ kind: 'breaks', set: 0b110n });
      return Promise.resolve((set & 1n) !== 0n && asked > 2 ? { kind: 'breaks', set: 1n } : { kind: 'clean' });
    };
    const borders = await bordersOf(0b111n, ask, LIMITS);
    expect(borders.overturned).toBe(1);
    expect([...borders.breaking].sort(byLargest)).toEqual([0b110n, 0b1n]);
    expect(borders.clean).toEqual([0b10n, 0b100n]);
  });

  test('a found set that is smaller than a known one takes its place', async () => {
    const answers: Asked[] = [{ kind: 'breaks', set: 0b11n }, { kind: 'breaks', set: 0b1n }, { kind: 'clean' }];
    const borders = await bordersOf(0b11n, () => Promise.resolve(answers.shift()!), LIMITS);
    expect(borders).toEqual({ breaking: [1n], clean: [0b10n], undecided: [], complete: true, overturned: 0 });
  });

  test('what is undecided, or beyond the bound, is listed', async () => {
    await assert(asyncProperty(families, integer({ min: 0, max: 4 }), async (family, most) => {
      const borders = await bordersOf(UNIVERSE, asking(family), { ...LIMITS, asked: most });
      const known = [...borders.clean, ...borders.undecided.map((it) => it.set)].sort(byLargest);
      expect(known).toEqual(bruteMaximal(borders.breaking, UNIVERSE));
      for (const { why } of borders.undecided) expect(why).toBe(`not asked about: ${most} others were`);
    }));
    const open = await bordersOf(0b11n, () => Promise.resolve({ kind: 'undecided', why: 'stopped' }), LIMITS);
    expect(open).toEqual({ breaking: [], clean: [], undecided: [{ set: 0b11n, why: 'stopped' }], complete: true, overturned: 0 });
  });

  test('an answer beside the question is an error', async () => {
    await expect(bordersOf(0b1n, () => Promise.resolve({ kind: 'breaks', set: 0b10n }), LIMITS)).rejects.toThrow(RangeError);
  });
});
