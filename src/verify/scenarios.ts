/**
 * Whole scenarios against qemu-ppc64le: drawn by the ordinary generator, as programs of real instructions, under every strategy, also the bad ones. An emulated process
 * runs the same image that our machine runs, at the same addresses (moved.ts), with a live patching callback in Power assembly (runner.ts); at each point of the image all
 * registers are compared, and at the end how the run ended and what is in memory.
 *
 * What this cannot show: docs/fidelity.md.
 */
import { scenarioArbitrary } from '../arbitraries/scenario.ts';
import { scenarioAt } from '../arbitraries/seeded.ts';
import type { Strategy } from '../contract/strategy.ts';
import { compareAtHome } from './at-home.ts';
import { Batches } from './batches.ts';
import { Workbench } from './workbench.ts';
import type { Fault, Run } from './workbench.ts';
import { compareRun } from './compare-run.ts';
import type { Expected, Reported, RunDifference } from './compare-run.ts';
import { Emulated, Interrupted } from './emulated.ts';
import { Explainer } from './explain.ts';
import { noteInterrupts } from './interrupted.ts';
import { isEndless } from './model-run.ts';
import type { ModelRun } from './model-run.ts';
import { noteNotRunnable } from './not-run.ts';
import { LEAST_FOR_REACH, noteRun, noteScenario, wanted } from './reached.ts';
import { Tally } from './result.ts';
import type { VerifyResult } from './result.ts';
import { NOT_RUNNABLE, RUNNABLE } from './runnable.ts';
import { Sweep } from './sweep.ts';
import type { SweepName } from './sweep.ts';
import { QEMU, findTools, withFolderAsync } from './tools.ts';

export interface ScenariosOptions {
  readonly strategies: readonly Strategy[];
  /** Default 1,000. */
  readonly scenarios?: number;
  /** 64-bit unsigned. */
  readonly seed: bigint;
  /** Of them, the first so many are compared instruction by instruction as well. Default STEPPED. */
  readonly stepped?: number;
  /** Interrupts at every instruction: where (sweep.ts). Default `hooks`. */
  readonly sweep?: SweepName;
  /** Told now and then how many scenarios are done, and of the sweep how many runs. */
  readonly progress?: (done: number, what: 'scenarios' | 'sweep') => void;
  /** Asked after each scenario and within the sweep: nothing further is to be begun. What was begun is compared. */
  readonly stop?: () => boolean;
  /** Differences that are minimised. Default EXPLAINED. */
  readonly explained?: number;
  /** For tests. */
  readonly fault?: Fault;
}

export const DEFAULT_SCENARIOS = 1_000;
/** Each takes as long as some twenty others. */
const STEPPED = 10;
/** Runs of a block of the generator. */
const BLOCK = 500;
/** Differences that are minimised and explained; the others are named. */
const EXPLAINED = 2;
/** Differences from which on the rest is not compared any more. */
const ENOUGH = 20;

interface Pending {
  readonly run: Run;
  readonly expected: Expected;
}

export async function verifyScenarios(options: ScenariosOptions): Promise<VerifyResult> {
  const tally = new Tally('scenarios');
  const { versions, missing } = findTools([QEMU]);
  for (const [feature, why] of NOT_RUNNABLE) tally.skip(`scenarios with ${feature}`, why);
  if (missing.length > 0) {
    tally.skip('all', `${missing.join(', ')} not found`);
    return tally.result(versions);
  }
  const most = options.scenarios ?? DEFAULT_SCENARIOS;
  await withFolderAsync(async (folder) => { await new Comparison(options, tally, folder).all(most); });
  const left = most - tally.counted('scenarios');
  if (left > 0) tally.skip(`${left} of ${most} scenarios`, tally.differed >= ENOUGH ? `${ENOUGH} differences are enough` : 'stopped before them');
  return tally.result(versions);
}

class Comparison {
  private readonly options: ScenariosOptions;
  private readonly tally: Tally;
  private readonly bench: Workbench;
  private readonly explainer: Explainer;
  /** Strategies (indexes) whose image without patches is one of its own. */
  private readonly unpatched: ReadonlySet<number>;
  private explained = 0;
  private stopped = false;

  constructor(options: ScenariosOptions, tally: Tally, folder: string) {
    this.options = options;
    this.tally = tally;
    const emulated = new Emulated(folder);
    this.bench = new Workbench(options.strategies, emulated, options.fault);
    // A bench of its own: that one goes on with its batch.
    this.explainer = new Explainer(new Workbench(options.strategies, emulated, options.fault), folder);
    this.unpatched = differingUnpatched(this.bench);
  }

  async all(most: number): Promise<void> {
    const { options, tally, bench } = this;
    const arbitrary = scenarioArbitrary({ features: RUNNABLE });
    noteNotRunnable(tally, options.seed, most, BLOCK);
    const batches = new Batches<Pending>(bench, (it, report) => { this.compare(it, report); }, (reports, failed) => { tally.differ('an emulated process', `${reports} reports`, failed); });
    for (let i = 0; i < most && tally.differed < ENOUGH && !this.stopped; i++) {
      const scenario = scenarioAt(arbitrary, options.seed, Math.floor(i / BLOCK), i % BLOCK);
      const runs: Run[] = [];
      for (const strategy of bench.engine.set.order) {
        for (const patched of this.unpatched.has(strategy) ? [true, false] : [true]) {
          const run = { scenario, strategy, patched };
          if (!bench.applicable(run)) continue;
          const { expected, model } = bench.expect(run, batches.batch);
          noteRun(tally, bench, run, model, bench.recorder.words);
          noteInterrupts(tally, bench, run);
          this.atHome(run, model);
          batches.add({ run, expected });
          runs.push(run);
        }
      }
      if (i < (options.stepped ?? STEPPED)) this.unlessInterrupted(() => { this.step(runs); });
      noteScenario(tally, { scenario, strategy: 0, patched: true });
      tally.note('scenarios');
      if (batches.full) {
        await batches.flush();
        options.progress?.(i + 1, 'scenarios');
      }
      await this.lookUp();
    }
    await batches.end();
    await this.sweep();
    this.checkReach(tally.counted('scenarios'));
  }

  /** Whether to stop. A signal's handler runs only where this thread waits; a batch, some seventy scenarios, would be too long to be deaf. */
  private async lookUp(): Promise<void> {
    const { stop } = this.options;
    if (stop === undefined) return;
    await new Promise((resolve) => { setImmediate(resolve); });
    this.stopped ||= stop();
  }

  private async sweep(): Promise<void> {
    const { options, options: { strategies, sweep = 'hooks', progress }, tally, bench, explainer } = this;
    if (sweep === 'none' || tally.differed >= ENOUGH || this.stopped) {
      tally.skip('interrupts at every instruction of hooks', sweep === 'none' ? 'not asked for' : this.stopped ? 'stopped before them' : 'enough differs already');
      return;
    }
    await new Sweep(strategies, bench, tally, (run, end, difference) => { this.unlessInterrupted(() => { this.differ(run, end, difference); }); }, (run) => explainer.name(run)).all(sweep, (done) => {
      progress?.(done, 'sweep');
      this.stopped ||= options.stop?.() === true;
      return this.stopped;
    });
    if (this.stopped) tally.skip('the rest of the interrupts at every instruction of hooks', 'stopped before them');
    if (tally.differed > 0 || this.stopped) return;
    for (const { name } of strategies) if (tally.counted(`injection points, ${name}`) === 0) tally.differ(`reach: injection points, ${name}`, 'none', 'one at least');
  }

  private compare({ run, expected }: Pending, report: Reported): void {
    const { events, end, difference } = compareRun(expected, report);
    this.tally.count('events', events);
    if (end) this.tally.count('ends');
    if (difference === undefined || this.tally.differed >= ENOUGH || this.unlessInterrupted(() => { this.differ(run, expected.end, difference); })) return;
    this.tally.differ(`${this.explainer.name(run)}: ${difference.what}; stopped before it was looked at alone`, difference.ours, difference.theirs);
  }

  /** The run that the bench has just made, where the model has it. */
  private atHome(run: Run, model: ModelRun): void {
    const { bench: { engine, recorder }, tally, explainer } = this;
    const { events, difference } = compareAtHome(engine, recorder, model);
    tally.count('events at home', events);
    if (difference !== undefined) tally.differ(`${explainer.name(run)}: at the model's own addresses: ${difference}`, 'as judged', 'as moved');
  }

  /** Runs of one scenario, instruction by instruction. Where events show a difference too, it is theirs to tell. */
  private step(runs: readonly Run[]): void {
    const { tally, explainer } = this;
    explainer.steps(runs).forEach((found, i) => {
      const run = runs[i]!;
      tally.count('instructions', typeof found === 'object' ? found.instructions : found);
      if (typeof found === 'number' || explainer.differs(run) !== undefined) return;
      const { what, ours, theirs } = explainer.stepped(run, found);
      tally.differ(what, ours, theirs);
    });
  }

  /** A run that differs in a batch is made again alone. One without an end may have been cut short by its alarm: it counts if it differs alone. */
  private differ(run: Run, end: Expected['end'], inBatch: RunDifference): void {
    const { tally, explainer } = this;
    if (explainer.differs(run) === undefined) {
      if (isEndless(end)) tally.note('runs without an end that were made again alone');
      else tally.differ(`${explainer.name(run)}: behind other runs in one process, not alone: ${inBatch.what}`, inBatch.ours, inBatch.theirs);
      return;
    }
    const { what, ours, theirs } = this.explained++ < (this.options.explained ?? EXPLAINED) ? explainer.minimised(run) : explainer.named(run);
    tally.differ(what, ours, theirs);
  }

  /** Does what waits for processes; false where that was interrupted, and then nothing else is begun. */
  private unlessInterrupted(what: () => void): boolean {
    try {
      what();
      return true;
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      this.stopped = true;
      return false;
    }
  }

  private checkReach(scenarios: number): void {
    const { tally, bench, options } = this;
    if (scenarios < LEAST_FOR_REACH || tally.differed > 0) return;
    for (const name of wanted(options.strategies, bench)) if (tally.counted(name) === 0) tally.differ(`reach: ${name}`, 'never', 'at least once');
  }
}

/** Without patches no hook is reached: strategies with the same ftrace entry and the same code in functions run the same. One of each kind. */
function differingUnpatched({ strategies, engine: { set } }: Workbench): ReadonlySet<number> {
  const first = new Map<string, number>();
  strategies.forEach(({ code }, i) => {
    const key = JSON.stringify([set.variantOf[i], code.ftrace_entry ?? null, code.ftrace_entry_ool ?? null]);
    if (!first.has(key)) first.set(key, i);
  });
  return new Set(first.values());
}
