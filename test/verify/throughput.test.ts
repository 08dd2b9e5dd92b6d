// What `tocsin bench` times against an emulated process: the same runs on both sides, all of them reported there.
import { expect, it } from 'vitest';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { ThroughputBench } from '../../src/verify/throughput.ts';
import { folder } from '../cli/built.ts';
import { missingTools } from './tools.ts';

it('counts the runs that hold, here and there', (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  let ticks = 0;
  const bench = new ThroughputBench(BUILT_IN, folder(), 7n, () => ticks++);
  const first = bench.block(0, 10), again = bench.block(0, 10);
  expect(again).toEqual(first);
  // Each time is of one piece of work.
  expect(first).toMatchObject({ scenarios: 10, here: 1, there: 0 });
  expect(first.trials).toBeGreaterThan(50);
  expect(first.trials).toBeLessThan(10 * BUILT_IN.length);
  expect(first.instructions).toBeGreaterThan(300 * first.trials);
});
