/** The row of `tocsin bench` that compares trials with the same runs in an emulated process (verify/throughput.ts). */
import { medianOf } from '../../report/bench.ts';
import { count } from '../../report/text.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { ThroughputBench } from '../../verify/throughput.ts';
import type { Throughput } from '../../verify/throughput.ts';
import { QEMU, findTools, withFolderAsync } from '../../verify/tools.ts';
import { Isolate } from './isolate.ts';
import { SEED } from './jobs.ts';
import type { Measurement } from './measurement.ts';

/** Blocks that are not counted, and how often our side runs each of them: until the engine is warm, since V8 is told to wait (cli/tiering.ts). Scenarios of each block. */
const WARM_UP = 2, WARM_TIMES = 20, SCENARIOS = 100;

export async function emulated(long: boolean): ReturnType<Measurement['measure']> {
  const { versions, missing } = findTools([QEMU]);
  if (missing.length > 0) return { rows: [], instructions: 0, notRun: `${missing.join(', ')} not found` };
  const isolate = new Isolate();
  const rounds = await withFolderAsync(async (folder) => {
    const bench = new ThroughputBench(BUILT_IN, folder, SEED, () => performance.now() / 1000, async (block, holding) => {
      // Once before, as always in this row: finding out what holds has run each trial, when it was on the same thread.
      for (let more = block < WARM_UP ? WARM_TIMES : 1; more > 0; more--) await isolate.run({ kind: 'trials', block, holding });
      const { seconds, prepared = NaN, instructions } = await isolate.run({ kind: 'trials', block, holding });
      return { here: seconds, prepared, instructions };
    });
    const all: Throughput[] = [];
    for (let block = 0; block < WARM_UP + (long ? 25 : 9); block++) all.push(await bench.block(block, SCENARIOS));
    return all.slice(WARM_UP);
  }).finally(() => isolate.close());
  const sum = (of: (it: Throughput) => number): number => rounds.reduce((all, it) => all + of(it), 0);
  const median = (of: (it: Throughput) => number): number => medianOf(rounds.map((it) => it.there / of(it)));
  const trials = sum((it) => it.trials);
  const rate = (of: (it: Throughput) => number): string => `${count(Math.round(trials / sum(of)))}/s`;
  return {
    instructions: sum((it) => it.instructions),
    rows: [{
      name: 'trials/s over the same runs in one qemu-user process, marginal', ratio: median((it) => it.here), unit: 'x', samples: rounds.length, aim: { least: 30 },
      remark: `${count(trials)} trials of ${count(sum((it) => it.scenarios))} scenarios under strategies that hold on them: ${rate((it) => it.here)} drawn, lowered, run and judged; ${rate((it) => it.there)} only run, `
        + `of images made before, ${versions[QEMU]!.replace(/ \(.*/, '')}. Of images made before here too: ${rate((it) => it.prepared)} run and judged, ${median((it) => it.prepared).toFixed(1)} times as many`,
    }],
  };
}
