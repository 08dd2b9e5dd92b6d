import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fold } from '../../src/campaign/fold.ts';
import type { News } from '../../src/campaign/fold.ts';
import { blockResult } from './blocks.ts';

const BLOCKS = 12;

function folded(positions: readonly number[]): { fold: Fold; news: News[] } {
  const fold = new Fold(3);
  const news = positions.flatMap((position) => fold.offer(position, blockResult(position, 3)));
  return { fold, news };
}

const plain = ({ fold, news }: { fold: Fold; news: News[] }): unknown => ({
  news, next: fold.next, runs: fold.runs, filtered: fold.filtered, compared: fold.compared, witnesses: fold.witnesses,
  totals: fold.totals.map((it) => ({ ...it, byOutside: [...it.byOutside], signatures: [...it.signatures] })),
});

test('blocks in any order fold to the same', () => {
  const inOrder = Array.from({ length: BLOCKS }, (_, index) => index);
  const expected = plain(folded(inOrder));
  fc.assert(fc.property(fc.shuffledSubarray(inOrder, { minLength: BLOCKS, maxLength: BLOCKS }), (shuffled) => {
    expect(plain(folded(shuffled))).toEqual(expected);
  }), { numRuns: 200 });
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
  for (const { tally } of news) expect(tally.afterTrials).toBe(tally.block * 500 + tally.run + 1);
  const counted = [0, 1, 2, 3].flatMap((block) => blockResult(block, 3).strategies.flatMap((it) => it.signatures)).reduce((sum, it) => sum + it.count, 0);
  const kept = fold.totals.flatMap((it) => [...it.signatures.values()]).reduce((sum, it) => sum + it.count, 0);
  expect(kept).toBe(counted);
  expect(new Set(news.map((it) => JSON.stringify(it))).size).toBe(news.length);
});
