// Both borders of random monotone properties, against all subsets one by one.
import { array, asyncProperty, assert, bigInt, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byLargest, elementsOf, isSubset, maximalWithout, minimalSets } from '../../src/borders/antichain.ts';
import { bordersOf } from '../../src/borders/borders.ts';
import type { Asked } from '../../src/borders/borders.ts';

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
      const { breaking, clean, undecided, complete, overturned } = await bordersOf(universe, { ask: asking(family) }, LIMITS);
      expect([...breaking].sort(byLargest)).toEqual(minimalSets(family.filter((set) => isSubset(set, universe))).sort(byLargest));
      expect(clean).toEqual(bruteMaximal(family, universe));
      expect([undecided, complete, overturned]).toEqual([[], true, 0]);
    }));
  });

  test('what was called clean and is not is taken back, and counted', async () => {
    // Blind to {0} until two sets were called clean in earnest.
    let earnestly = 0;
    const ask = (set: bigint, earnest: boolean): Promise<Asked> => {
      if ((set & 0b110n) === 0b110n) return Promise.resolve({ kind: 'breaks', set: 0b110n });
      if ((set & 1n) !== 0n && earnestly > 0) return Promise.resolve({ kind: 'breaks', set: 1n });
      if (earnest) earnestly++;
      return Promise.resolve({ kind: 'clean' });
    };
    const borders = await bordersOf(0b111n, { ask }, LIMITS);
    expect(borders.overturned).toBe(1);
    expect([...borders.breaking].sort(byLargest)).toEqual([0b110n, 0b1n]);
    expect(borders.clean).toEqual([0b10n, 0b100n]);
  });

  test('a found set that is smaller than a known one takes its place', async () => {
    const answers: Asked[] = [{ kind: 'breaks', set: 0b11n }, { kind: 'breaks', set: 0b1n }, { kind: 'clean' }, { kind: 'clean' }];
    const borders = await bordersOf(0b11n, { ask: () => Promise.resolve(answers.shift()!) }, LIMITS);
    expect(borders).toEqual({ breaking: [1n], clean: [0b10n], undecided: [], complete: true, overturned: 0 });
  });

  test('what is undecided, or beyond the bound, is listed', async () => {
    await assert(asyncProperty(families, integer({ min: 0, max: 4 }), async (family, most) => {
      const borders = await bordersOf(UNIVERSE, { ask: asking(family) }, { ...LIMITS, asked: most });
      const known = [...borders.clean, ...borders.undecided.map((it) => it.set)].sort(byLargest);
      expect(known).toEqual(bruteMaximal(borders.breaking, UNIVERSE));
      for (const { why } of borders.undecided) expect(why).toBe(`not asked about: ${most} others were`);
    }));
    const open = await bordersOf(0b11n, { ask: () => Promise.resolve({ kind: 'undecided', why: 'stopped' }) }, LIMITS);
    expect(open).toEqual({ breaking: [], clean: [], undecided: [{ set: 0b11n, why: 'stopped' }], complete: true, overturned: 0 });
  });

  test('what a look shows to have the property is not asked about in earnest, and what is not worth asking about not at all', async () => {
    await assert(asyncProperty(families, async (family) => {
      const asked: { set: bigint; earnest: boolean }[] = [];
      const { breaking, clean, overturned } = await bordersOf(UNIVERSE, { ask: (set, earnest) => { asked.push({ set, earnest }); return asking(family)(set); } }, LIMITS);
      expect([...breaking].sort(byLargest)).toEqual(minimalSets(family).sort(byLargest));
      expect(asked.filter(({ earnest }) => earnest).map(({ set }) => set)).toEqual(clean);
      expect(overturned).toBe(0);
    }));
    const looked: bigint[] = [];
    const odd = await bordersOf(0b11n, { ask: (set) => { looked.push(set); return asking([0b11n])(set); }, worth: (sets) => sets.filter((it) => it !== 0b10n) }, LIMITS);
    expect(odd).toEqual({ breaking: [0b11n], clean: [0b01n], undecided: [], complete: true, overturned: 0 });
    expect(looked).toEqual([0b11n, 0b01n, 0b01n]);
  });

  test('an answer beside the question is an error', async () => {
    await expect(bordersOf(0b1n, { ask: () => Promise.resolve({ kind: 'breaks', set: 0b10n }) }, LIMITS)).rejects.toThrow(RangeError);
  });
});
