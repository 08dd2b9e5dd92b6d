/** A process of its own: trials of one strategy, as a campaign makes them, until one is violated. Exit 0 when that was within 1,000 scenarios. */
import '../tiering.ts';
import { scenarioArbitrary } from '../../arbitraries/scenario.ts';
import { BLOCK_RUNS, scenarioAt } from '../../arbitraries/seeded.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { Trials } from '../../trial/trials.ts';

const strategy = BUILT_IN.filter((it) => it.name === process.argv[2]);
const seed = BigInt(process.argv[3] ?? '0');
const trials = new Trials(strategy);
const arbitrary = scenarioArbitrary();
process.exitCode = 1;
for (let run = 0; run < 1000; run++) {
  trials.load(scenarioAt(arbitrary, seed, Math.floor(run / BLOCK_RUNS), run % BLOCK_RUNS));
  if (trials.run(0).outcome !== 'violated') continue;
  process.exitCode = 0;
  break;
}
