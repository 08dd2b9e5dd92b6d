/**
 * How long the same trials take here and in one emulated process, for `tocsin bench`. What is timed:
 *
 * - here: scenarios are drawn and lowered, and run and judged under each strategy that holds on them;
 * - there: a process that is fed the same runs, patched, as memory that differs from the run before, runs each once without code at points and sums its memory at the
 *   end. The start of a process without runs is taken off. That the images are made (by us) is in no time of theirs.
 *
 * So each program is new to both. It favours the emulator: nothing is judged there, and what generating and lowering take is on our side.
 */
import { scenarioArbitrary } from '../arbitraries/scenario.ts';
import { BLOCK_RUNS, scenarioAt } from '../arbitraries/seeded.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Trials } from '../trial/trials.ts';
import { Emulated } from './emulated.ts';
import type { Batch } from './emulated.ts';
import { RUNNABLE } from './runnable.ts';
import { TRAILER_BYTES } from './runner.ts';
import { Workbench } from './workbench.ts';

export interface Throughput {
  readonly trials: number;
  readonly scenarios: number;
  /** Instructions of the model in the timed runs. */
  readonly instructions: number;
  /** Seconds. */
  readonly here: number;
  readonly there: number;
}

/** Microseconds that one run may take there. */
const ALARM = 1_000_000;

/** A scenario and the strategies (indexes) under which it runs to its end and holds. */
interface Holding {
  readonly run: number;
  readonly strategies: readonly number[];
}

export class ThroughputBench {
  private readonly trials: Trials;
  private readonly bench: Workbench;
  private readonly arbitrary = scenarioArbitrary({ features: RUNNABLE });
  private readonly clock: () => number;
  private readonly seed: bigint;

  /** `folder`: for files. `clock`: seconds. @throws AssemblyError, RangeError as a Workbench does. */
  constructor(strategies: readonly Strategy[], folder: string, seed: bigint, clock: () => number) {
    this.trials = new Trials(strategies);
    this.bench = new Workbench(strategies, new Emulated(folder));
    this.seed = seed;
    this.clock = clock;
  }

  /** The first `scenarios` (at most BLOCK_RUNS) of a block. @throws Error where the process does not report a run that ends here. */
  block(block: number, scenarios: number): Throughput {
    const { trials, bench } = this;
    const batch = bench.emulated.batch(), none = bench.emulated.batch();
    bench.guest.fresh();
    const holding = this.holding(block, Math.min(scenarios, BLOCK_RUNS), batch);
    bench.guest.fresh();
    const before = trials.instructions, start = this.clock();
    for (const { run, strategies } of holding) {
      trials.load(this.scenario(block, run));
      for (const strategy of strategies) trials.run(strategy);
    }
    const here = this.clock() - start, count = holding.reduce((sum, it) => sum + it.strategies.length, 0);
    return { trials: count, scenarios: holding.length, instructions: trials.instructions - before, here, there: this.timed(batch, count) - this.timed(none, 0) };
  }

  private scenario(block: number, run: number): Scenario {
    return scenarioAt(this.arbitrary, this.seed, block, run);
  }

  /** What holds; the commands for it go to the batch. */
  private holding(block: number, scenarios: number, batch: Batch): Holding[] {
    const { trials, bench: { guest, recorder }, bench } = this;
    return Array.from({ length: scenarios }, (_, run): Holding => {
      const scenario = this.scenario(block, run);
      trials.load(scenario);
      const holding = trials.order.filter((strategy) => trials.applicable(strategy) && trials.run(strategy).outcome === 'holds');
      const strategies = holding.filter((strategy) => {
        bench.begin({ scenario, strategy, patched: true }, batch, false);
        // Those with more events than the recorder has room for are in neither time.
        const done = recorder.run().end === 'done';
        if (done) guest.run(batch, ALARM);
        guest.ran();
        return done;
      });
      return { run, strategies };
    });
  }

  private timed(batch: Batch, reports: number): number {
    const start = this.clock(), { out, failed } = batch.runNow(), seconds = this.clock() - start;
    if (failed !== undefined || out.length !== reports * TRAILER_BYTES) throw new Error(`an emulated process: ${failed ?? `${out.length} bytes, not ${reports} reports`}`);
    return seconds;
  }
}
