/**
 * A workbench for one run at a time: the model's side is run at once, the commands for the emulated process go to a batch, and what the process has to report is
 * compared later. `alone` does all of it for one run in a process of its own.
 */
import type { Strategy } from '../contract/strategy.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Engine } from '../trial/engine.ts';
import { compareRun, readReport } from './compare-run.ts';
import type { Expected, RunComparison } from './compare-run.ts';
import type { Emulated } from './emulated.ts';
import { Guest, checkState } from './guest.ts';
import type { Sink } from './guest.ts';
import { NO_LANDINGS, rehearse } from './landings.ts';
import type { Landing, Rehearsal } from './landings.ts';
import { OUTSIDE, Recorder, isEndless, sumsOf } from './model-run.ts';
import type { ModelRun } from './model-run.ts';
import { Twin } from './moved.ts';
import { EVENT_BYTES } from './runner.ts';

/** A run: scenario under a strategy (index), with the patches on or off. */
export interface Run {
  readonly scenario: Scenario;
  readonly strategy: number;
  readonly patched: boolean;
}

/** Microseconds of the processor's time that a run may take in a batch: one that ends takes less than one in a thousand of it; and one that does not, on our side. */
const ALARM = 1_000_000, ENDLESS_ALARM = 20_000;
/** The same for a run by itself, whatever else the machine does. */
const ALONE = { ends: 10_000_000, endless: 1_000_000 } as const;

/** Where tests break one side: the model's machine before it runs, or the text that the process gets. */
export interface Fault {
  readonly model?: (engine: Engine, twin: Twin) => void;
  readonly image?: (engine: Engine, twin: Twin) => void;
}

export class Workbench {
  readonly strategies: readonly Strategy[];
  readonly engine: Engine;
  readonly twin: Twin;
  readonly guest: Guest;
  readonly recorder: Recorder;
  readonly emulated: Emulated;
  private readonly fault: Fault;
  private loaded: Scenario | undefined;
  /** Of the newest run's interrupts, by index. */
  fates: Rehearsal['fates'] = [];

  /** @throws AssemblyError for a strategy that does not assemble; RangeError for one that this comparison has no room for. */
  constructor(strategies: readonly Strategy[], emulated: Emulated, fault: Fault = {}) {
    strategies.forEach(checkState);
    this.strategies = strategies;
    this.emulated = emulated;
    this.fault = fault;
    this.engine = new Engine(strategies, {});
    this.twin = new Twin(this.engine);
    this.guest = new Guest(this.engine, this.twin, emulated.done);
    this.recorder = new Recorder(this.engine, this.twin, this.guest);
  }

  /** The strategy has code for the way in which the scenario's functions are hooked. */
  applicable({ scenario, strategy }: Run): boolean {
    this.load(scenario);
    return this.engine.applicable(strategy);
  }

  private load(scenario: Scenario): void {
    if (scenario === this.loaded) return;
    this.engine.load(scenario);
    this.loaded = scenario;
  }

  /** Both sides are about to begin: commands for the process are written, the twin has not run yet. */
  begin({ scenario, strategy, patched }: Run, sink: Sink, points: boolean): void {
    const { engine, twin, guest, recorder, fault } = this;
    this.load(scenario);
    engine.begin(strategy, patched, false);
    twin.take(patched);
    this.fates = [];
    recorder.landings = scenario.interrupts.length === 0 ? NO_LANDINGS : this.landings(patched);
    if (fault.image !== undefined) {
      fault.image(engine, twin);
      twin.touched.fill(1);
    }
    guest.prepare(sink, points, recorder.landings);
    if (fault.image !== undefined) twin.take(patched);
    if (fault.model !== undefined) {
      fault.model(engine, twin);
      twin.machine.undecode(0, twin.space.words.length);
    }
  }

  /** Where the run's interrupts arrive. */
  private landings(patched: boolean): readonly Landing[] {
    const { engine, twin } = this, { landings, fates } = rehearse(engine, twin, OUTSIDE);
    this.fates = fates;
    twin.take(patched, true);
    return landings;
  }

  /** Writes the commands for a run, and runs it on our side. */
  expect(run: Run, sink: Sink, alarm: { readonly ends: number; readonly endless: number } = { ends: ALARM, endless: ENDLESS_ALARM }): { readonly expected: Expected; readonly model: ModelRun } {
    const { guest, recorder } = this;
    this.begin(run, sink, true);
    const model = recorder.run();
    const endless = isEndless(model.end);
    guest.run(sink, endless ? alarm.endless : alarm.ends);
    guest.ran();
    if (endless) guest.forget();
    return { expected: this.expected(model), model };
  }

  private expected({ end, events, pc }: ModelRun): Expected {
    const { twin, guest, recorder: { log, landings } } = this;
    const astray = typeof end === 'object' && end.kind === 'bad-fetch';
    const word = astray ? twin.space.words[pc]! : 0;
    const linked = (word & 1) !== 0 && [16, 18, 19].includes(word >>> 26);
    const address = twin.addressOf(pc);
    return {
      end, events: new Uint8Array(log.buffer, 0, EVENT_BYTES * events).slice(), regs: twin.machine.regs.slice(),
      nip: astray ? end.address : guest.placeOf(pc), link: linked ? address + 4n : undefined, sums: sumsOf(twin, landings.length > 0),
    };
  }

  /** The run in a process of its own. */
  alone(run: Run): RunComparison {
    const { emulated, guest } = this;
    guest.fresh();
    const batch = emulated.batch();
    const { expected } = this.expect(run, batch, ALONE);
    const { out, failed } = batch.runNow();
    guest.fresh();
    const read = readReport(out, 0);
    if (read === undefined) return { events: 0, end: false, difference: { event: 0, what: 'the emulated process', ours: 'a report', theirs: failed ?? 'none' } };
    return compareRun(expected, read.report);
  }
}
