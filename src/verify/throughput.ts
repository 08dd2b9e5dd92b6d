/**
 * How long the same trials take here and in one emulated process, for `tocsin bench`. What is timed:
 *
 * - here, whole trials: scenarios are drawn and lowered, and run and judged under each strategy that holds on them;
 * - here, prepared: of the same time what is not drawing and lowering, which is not in the time there either. Putting memory back, decoding, running and judging are,
 *   and so is the unpatched run that obligation `differential` compares with;
 * - there: a process that is fed the same runs, patched, as memory that differs from the run before, runs each once without code at points and sums its memory at the
 *   end. The start of a process without runs is taken off. That the images are made (drawn, lowered and written out, by us) is in no time of theirs.
 *
 * Each program is lowered, decoded and translated anew on both sides. It favours the emulator that nothing is judged there; it favours us that our side may have run the same trials before,
 * once, when it was found out what holds (cli/bench/emulated.ts keeps it so): the processor has seen them.
 */
import { scenarioArbitrary } from '../arbitraries/scenario.ts';
import { BLOCK_RUNS, scenarioAt } from '../arbitraries/seeded.ts';
import type { Strategy } from '../contract/strategy.ts';
import { CONTROL } from '../image/core.ts';
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
  /** Seconds: of whole trials, of prepared ones, and of the process. */
  readonly here: number;
  readonly prepared: number;
  readonly there: number;
}

/** What is timed here. */
export type OurTime = Pick<Throughput, 'instructions' | 'here' | 'prepared'>;

/** Microseconds that one run may take there. */
const ALARM = 1_000_000;

/** A scenario and the strategies (indexes) under which it runs to its end and holds. */
export interface Holding {
  readonly run: number;
  readonly strategies: readonly number[];
}

/** Our side. With an isolate of its own it is as in a campaign: a second machine in one makes V8 compile both for neither (machine/execute.ts). */
export class OurSide {
  private readonly trials: Trials;
  private readonly arbitrary = scenarioArbitrary({ features: RUNNABLE });
  private readonly clock: () => number;
  private readonly seed: bigint;

  /** `clock`: seconds. @throws AssemblyError. */
  constructor(strategies: readonly Strategy[], seed: bigint, clock: () => number) {
    this.trials = new Trials(strategies);
    this.seed = seed;
    this.clock = clock;
  }

  /** Both times in one pass, so that they are of the same runs. */
  time(block: number, holding: readonly Holding[]): OurTime {
    const { trials } = this, before = trials.instructions, start = this.clock();
    let prepared = 0;
    for (const { run, strategies } of holding) {
      trials.load(scenarioAt(this.arbitrary, this.seed, block, run));
      if (trials.unpatchedFirst) prepared += this.without(CONTROL, () => { trials.compare(); });
      for (const strategy of strategies) prepared += this.without(strategy, () => { trials.run(strategy); });
    }
    return { here: this.clock() - start, prepared, instructions: trials.instructions - before };
  }

  /** Seconds of some work without the lowering for a strategy that it begins with. */
  private without(strategy: number, work: () => void): number {
    this.trials.prepare(strategy);
    const start = this.clock();
    work();
    return this.clock() - start;
  }
}

export class ThroughputBench {
  private readonly trials: Trials;
  private readonly bench: Workbench;
  private readonly arbitrary = scenarioArbitrary({ features: RUNNABLE });
  private readonly clock: () => number;
  private readonly seed: bigint;
  private readonly ours: (block: number, holding: readonly Holding[]) => Promise<OurTime>;

  /** `folder`: for files. `clock`: seconds. `ours`: what an OurSide of the same strategies and seed answers. @throws AssemblyError, RangeError as a Workbench does. */
  constructor(strategies: readonly Strategy[], folder: string, seed: bigint, clock: () => number, ours: (block: number, holding: readonly Holding[]) => Promise<OurTime>) {
    this.trials = new Trials(strategies);
    this.bench = new Workbench(strategies, new Emulated(folder));
    this.seed = seed;
    this.clock = clock;
    this.ours = ours;
  }

  /** The first `scenarios` (at most BLOCK_RUNS) of a block. @throws Error where the process does not report a run that ends here. */
  async block(block: number, scenarios: number): Promise<Throughput> {
    const { bench } = this;
    const batch = bench.emulated.batch(), none = bench.emulated.batch();
    bench.guest.fresh();
    const holding = this.holding(block, Math.min(scenarios, BLOCK_RUNS), batch);
    bench.guest.fresh();
    const count = holding.reduce((sum, it) => sum + it.strategies.length, 0);
    const ours = await this.ours(block, holding);
    return { trials: count, scenarios: holding.length, ...ours, there: this.timed(batch, count) - this.timed(none, 0) };
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
