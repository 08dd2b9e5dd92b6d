/** The row of `tocsin bench` that compares trials with the same runs in an emulated process (verify/throughput.ts). */
import { medianOf } from '../../report/bench.ts';
import { count } from '../../report/text.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { ThroughputBench } from '../../verify/throughput.ts';
import type { Throughput } from '../../verify/throughput.ts';
import { QEMU, findTools, withFolder } from '../../verify/tools.ts';
import type { Measurement } from './measurement.ts';

const SEED = 20160309n;
/** Blocks that are not counted, until the engine is warm; scenarios of each block. */
const WARM_UP = 2, SCENARIOS = 100;

export async function emulated(long: boolean): ReturnType<Measurement['measure']> {
  const { versions, missing } = findTools([QEMU]);
  if (missing.length > 0) return { rows: [], instructions: 0, notRun: `${missing.join(', ')} not found` };
  const rounds = withFolder((folder) => {
    const bench = new ThroughputBench(BUILT_IN, folder, SEED, () => performance.now() / 1000);
    return Array.from({ length: WARM_UP + (long ? 25 : 9) }, (_, block) => bench.block(block, SCENARIOS)).slice(WARM_UP);
  });
  const sum = (of: (it: Throughput) => number): number => rounds.reduce((all, it) => all + of(it), 0);
  const trials = sum((it) => it.trials);
  const rate = (of: (it: Throughput) => number): string => `${count(Math.round(trials / sum(of)))}/s`;
  return {
    instructions: sum((it) => it.instructions),
    rows: [{
      name: 'trials/s over the same runs in one qemu-user process, marginal', ratio: medianOf(rounds.map(({ here, there }) => there / here)), unit: 'x', samples: rounds.length, aim: { least: 30 },
      remark: `${count(trials)} trials of ${count(sum((it) => it.scenarios))} scenarios under strategies that hold on them: ${rate((it) => it.here)} drawn, lowered, run and judged; ${rate((it) => it.there)} only run, ${versions[QEMU]!.replace(/ \(.*/, '')}`,
    }],
  };
}
