// What `tocsin bench` times against an emulated process: the same runs on both sides, all of them reported there.
import { expect, it } from 'vitest';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { OurSide, ThroughputBench } from '../../src/verify/throughput.ts';
import { folder } from '../cli/built.ts';
import { missingTools } from './tools.ts';

it('counts the runs that hold, here and there', async (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  let ticks = 0;
  const clock = (): number => ticks++;
  const ours = new OurSide(BUILT_IN, 7n, clock);
  const bench = new ThroughputBench(BUILT_IN, folder(), 7n, clock, async (block, holding) => ours.time(block, holding));
  const first = await bench.block(36, 10), again = await bench.block(36, 10);
  expect(again).toEqual(first);
  // A tick for each reading of the clock: two around each trial, and around each unpatched run that trials are compared with, which one of these scenarios has.
  const pieces = first.prepared, unpatched = pieces - first.trials;
  expect(first).toMatchObject({ scenarios: 10, here: 2 * pieces + 1, there: 0 });
  expect(unpatched).toBe(1);
  expect(first.trials).toBeGreaterThan(50);
  expect(first.trials).toBeLessThan(10 * BUILT_IN.length);
  expect(first.instructions).toBeGreaterThan(300 * first.trials);
});
