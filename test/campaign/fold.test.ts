import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fold } from '../../src/campaign/fold.ts';
import type { Counted, News } from '../../src/campaign/fold.ts';
import { blockResult } from './blocks.ts';

const BLOCKS = 12;

function folded(blocks: readonly number[], first = 0): { fold: Fold; news: News[] } {
  const fold = new Fold(3);
  const news = blocks.flatMap((block) => fold.offer(block - first, blockResult(block, 3, 500, { uneven: true })));
  return { fold, news };
}

const plain = ({ fold, news }: { fold: Fold; news: News[] }): unknown => ({
  news, next: fold.next, runs: fold.runs, filtered: fold.filtered, compared: fold.compared, witnesses: fold.witnesses, shown: fold.shown, situations: fold.situations.tally(), faults: fold.faults, faultCount: fold.faultCount,
  totals: fold.totals.map((it) => ({ ...it, byOutside: [...it.byOutside], signatures: [...it.signatures] })),
});

test('blocks in any order fold to the same', () => {
  const inOrder = Array.from({ length: BLOCKS }, (_, index) => index);
  const expected = plain(folded(inOrder));
  fc.assert(fc.property(fc.shuffledSubarray(inOrder, { minLength: BLOCKS, maxLength: BLOCKS }), (shuffled) => {
    expect(plain(folded(shuffled))).toEqual(expected);
  }), { numRuns: 200, seed: 20160309 });
});

test('a block waits until those before it have come', () => {
  const fold = new Fold(3);
  expect(fold.offer(1, blockResult(1, 3))).toEqual([]);
  expect(fold.next).toBe(0);
  fold.offer(0, blockResult(0, 3));
  expect(fold.next).toBe(2);
  expect(fold.runs).toBe(1000);
});

test('trials until found are counted from the beginning of the campaign, and the first trial stays', () => {
  const { fold, news } = folded([0, 1, 2, 3]);
  const blocks = [0, 1, 2, 3].map((block) => blockResult(block, 3, 500, { uneven: true }));
  for (const { strategy, tally } of news) {
    const before = blocks.slice(0, tally.block).reduce((sum, it) => sum + it.strategies[strategy]!.trials, 0);
    expect(tally.afterTrials).toBe(before + Math.min(blocks[tally.block]!.strategies[strategy]!.trials, tally.run + 1));
  }
  const counted = blocks.flatMap((it) => it.strategies.flatMap((it) => it.signatures)).reduce((sum, it) => sum + it.count, 0);
  const kept = fold.totals.flatMap((it) => [...it.signatures.values()]).reduce((sum, it) => sum + it.count, 0);
  expect(kept).toBe(counted);
  expect(new Set(news.map((it) => JSON.stringify(it))).size).toBe(news.length);
});

/** What a fold has counted, as a part of another. */
const counted = ({ fold }: { fold: Fold }): Counted => ({
  runs: fold.runs, filtered: fold.filtered, compared: fold.compared, faults: fold.faults, faultCount: fold.faultCount, witnesses: fold.witnesses, shown: fold.shown, situations: fold.situations.tally(),
  strategies: fold.totals.map((it, strategy) => ({ ...it, strategy, byOutside: [...it.byOutside], signatures: [...it.signatures.values()] })),
});

const uncounted = ({ strategy, tally: { count: _count, ...first } }: News): unknown => ({ strategy, first });

test('any cut into runs of neighbouring blocks, each folded by itself and in any order, folds to the same', () => {
  const inOrder = Array.from({ length: BLOCKS }, (_, index) => index);
  const { next: _blocks, news, ...expected } = plain(folded(inOrder)) as { next: number; news: News[] };
  fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 1, max: BLOCKS - 1 })), fc.gen(), (cuts, gen) => {
    const starts = [0, ...cuts.sort((a, b) => a - b)];
    const parts = starts.map((start, at) => counted(folded(inOrder.slice(start, starts[at + 1]), start)));
    const whole = new Fold(3);
    const arrivals = gen(fc.shuffledSubarray, parts.map((_, index) => index), { minLength: parts.length, maxLength: parts.length });
    const told = arrivals.flatMap((position) => whole.offer(position, parts[position]!));
    // How often a part has seen it is no part of the news.
    expect(told.map(uncounted)).toEqual(news.map(uncounted));
    expect(plain({ fold: whole, news })).toMatchObject(expected);
  }), { numRuns: 200, seed: 20160309 });
});
