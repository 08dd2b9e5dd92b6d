// The measured loop is the same for all that are measured on it. Rates are not tested here.
import { expect, test } from 'vitest';
import { engineBench } from '../../src/machine/bench.ts';

test('every row has a rate, the engine is its own measure and the fastest', () => {
  let ticks = 0;
  const fake = engineBench(() => ++ticks);
  expect(fake.map(({ name }) => name)).toEqual(['engine', 'bigint registers, decoded once', 'bigint meanings of the table (reference)']);
  expect(fake[0]).toEqual({ name: 'engine', perSecond: 2_000_000, ratio: 1 });
  const rows = engineBench(() => performance.now() / 1000);
  expect(rows[1]!.ratio).toBeGreaterThan(1);
  expect(rows[2]!.ratio).toBeGreaterThan(rows[1]!.ratio);
});
