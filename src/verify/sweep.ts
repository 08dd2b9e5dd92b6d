/**
 * An interrupt at every instruction of each strategy's hook, one a run, whose handler lies in another module and makes a hooked call of its own: compared with the process as any run is, and then the
 * model's verdict with what the process's registers show (shown.ts). Both must find the same runs wrong. Which instructions those are is asked by region and step, as anchors count them.
 */
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Violation } from '../contract/verdict.ts';
import { symbolAt } from '../image/symbols.ts';
import { parseScenario } from '../scenario/notation.ts';
import { REGIONS } from '../scenario/scenario.ts';
import type { Region } from '../scenario/scenario.ts';
import { ENDING, Engine } from '../trial/engine.ts';
import { violationsOf } from '../trial/verdict.ts';
import { compareAtHome } from './at-home.ts';
import { Batches } from './batches.ts';
import { compareRun } from './compare-run.ts';
import type { Expected, Reported, RunDifference } from './compare-run.ts';
import { noteInterrupts } from './interrupted.ts';
import type { Tally } from './result.ts';
import { courseOf, shown } from './shown.ts';
import type { Course } from './shown.ts';
import type { Run, Workbench } from './workbench.ts';

export interface Subject {
  readonly name: string;
  /** Without the interrupt. */
  readonly text: string;
  /** The call in whose hook it lands, and the rest of its statement. */
  readonly call: number;
  readonly runs: string;
}

export const SUBJECTS: readonly Subject[] = [
  { name: 'a local call', text: 'A:M -> 1 local B; B:M patched; H:N -> 2 local E; E:N patched', call: 1, runs: 'H' },
  { name: 'a local call, hooked out of line', text: 'A:M -> 1 local B; B:M patched; H:N -> 2 local E; E:N patched; out-of-line', call: 1, runs: 'H' },
  { name: 'a call between modules far from each other, the handler on the interrupt stack', text: 'places N=1 P=2; A:M saves 1 -> 1 global B; B:N args 9 patched saves 2; H:K -> 2 local E; E:K patched', call: 1, runs: 'H own-stack' },
  { name: 'a hooked call inside a hooked call', text: 'A:M -> 1 local B; B:M patched -> 2 global C; C:N args 2 patched same; H:N -> 3 local E, 4 global B; E:N patched', call: 2, runs: 'H' },
  { name: 'a sibling call', text: 'A:M -> 1 indirect B; B:M -> 2 sibling C; C:M patched; H:N -> 3 global E; E:K patched', call: 2, runs: 'H' },
  { name: 'a local call, hooked out of line, the handler on the emergency stack', text: 'places P=1; A:M -> 1 local B; B:M args 9 patched early-exit; H:N -> 2 local E; E:N patched; emergency 1; out-of-line', call: 1, runs: 'H own-stack' },
];

/** Where a hook runs. */
export const HOOK_REGIONS: readonly Region[] = ['ftrace-entry', 'hook-entry', 'hook-return'];

/** Obligations whose breach registers show by themselves. */
export const VISIBLE: readonly ObligationName[] = ['return-address', 'progress', 'toc', 'stack-pointer', 'arguments', 'nonvolatile', 'interrupt-transparency'];

/** One run of the sweep: where its interrupt arrived, what the model makes of it, and what the process has shown. `undefined`: nothing is wrong. */
export interface Injection {
  readonly subject: string;
  readonly strategy: string;
  readonly region: Region;
  readonly step: number;
  /** Symbol of the interrupted instruction. */
  readonly place: string;
  readonly model: Pick<Violation, 'obligation' | 'address'> | undefined;
  readonly process: string | undefined;
}

/** How much of it: hooks of the first two subjects, or every region of all of them. */
export const SWEEPS = {
  none: { subjects: 0, regions: [] },
  hooks: { subjects: 2, regions: HOOK_REGIONS },
  all: { subjects: SUBJECTS.length, regions: REGIONS },
} as const satisfies Readonly<Record<string, { readonly subjects: number; readonly regions: readonly Region[] }>>;
export type SweepName = keyof typeof SWEEPS;

interface Pending {
  readonly run: Run;
  readonly expected: Expected;
  readonly course: Course;
  readonly injection: Omit<Injection, 'process'>;
}

export class Sweep {
  readonly injections: Injection[] = [];
  private readonly bench: Workbench;
  private readonly tally: Tally;
  private readonly differ: (run: Run, end: Expected['end'], difference: RunDifference) => void;
  private readonly name: (run: Run) => string;
  /** Judges what is visible. */
  private readonly judged: Engine;
  private readonly batches: Batches<Pending>;
  private runs = 0;

  /** `differ` is told of a run that differs, `name` names one. */
  constructor(strategies: readonly Strategy[], bench: Workbench, tally: Tally, differ: (run: Run, end: Expected['end'], difference: RunDifference) => void, name: (run: Run) => string) {
    this.bench = bench;
    this.tally = tally;
    this.differ = differ;
    this.name = name;
    this.judged = new Engine(strategies, { obligations: VISIBLE });
    this.batches = new Batches<Pending>(bench, (it, report) => { this.compare(it, report); }, (reports, failed) => { tally.differ('an emulated process of the sweep', `${reports} reports`, failed); });
  }

  /** `progress` is told how many runs were interrupted, now and then, and says whether to stop there. */
  async all(name: SweepName, progress: (runs: number) => boolean = () => false): Promise<readonly Injection[]> {
    const { subjects, regions } = SWEEPS[name];
    sweep: for (const subject of SUBJECTS.slice(0, subjects)) {
      for (const region of regions) {
        await this.region(subject, region);
        if (progress(this.runs)) break sweep;
      }
    }
    await this.batches.end();
    return this.injections;
  }

  /** Step by step, until no strategy has an instruction there any more. */
  private async region(subject: Subject, region: Region): Promise<void> {
    let left = this.bench.strategies.map((_, strategy) => strategy);
    for (let step = 0; left.length > 0 && step < 256; step++) {
      const scenario = parseScenario(`${subject.text}; irq 1 at ${subject.call} ${region}+${step} runs ${subject.runs}`);
      this.judged.load(scenario);
      left = left.filter((strategy) => this.one({ scenario, strategy, patched: true }, subject, region, step));
      if (this.batches.full) await this.batches.flush();
    }
  }

  /** False: the strategy has no such instruction. */
  private one(run: Run, { name: subject }: Subject, region: Region, step: number): boolean {
    const { bench, tally, batches } = this;
    if (!bench.applicable(run)) return false;
    const { expected, model: twins } = bench.expect(run, batches.batch), { engine, twin, recorder } = bench;
    const [landing] = recorder.landings, course = courseOf(engine, twin, recorder, twins);
    if (landing !== undefined) {
      noteInterrupts(tally, bench, run);
      this.runs++;
    }
    const { events, difference } = compareAtHome(engine, recorder, twins);
    tally.count('events at home', events);
    if (difference !== undefined) tally.differ(`${this.name(run)}: at the model's own addresses: ${difference}`, 'as judged', 'as moved');
    const place = landing === undefined ? '' : symbolAt(engine.image, engine.set, engine.space.addressOf(landing.word << 2));
    const model = this.verdict(run);
    // The bench's own judge has all obligations: what is wrong in memory alone is among them.
    if (landing !== undefined && model === undefined && engine.judge.oracle.notes.count > 0) tally.note('injection points at which the judge sees what registers do not show');
    const injection = { subject, strategy: bench.strategies[run.strategy]!.name, region, step, place, model };
    batches.add({ run, expected, course, injection });
    return landing !== undefined;
  }

  private verdict({ strategy }: Run): Injection['model'] {
    const { judged } = this;
    judged.begin(strategy, true, false);
    judged.go();
    const [first] = violationsOf(judged.judge.oracle, () => undefined);
    if (first === undefined && judged.ending !== ENDING.DONE) throw new RangeError('a run of the sweep has no verdict');
    return first;
  }

  private compare({ run, expected, course, injection }: Pending, report: Reported): void {
    const { tally } = this, { events, end, difference } = compareRun(expected, report);
    tally.count('events', events);
    if (end) tally.count('ends');
    if (difference !== undefined) {
      this.differ(run, expected.end, difference);
      return;
    }
    const wrong = shown(course, report.events, report.signal === 0);
    if (injection.place === '') return;
    tally.count(`injection points, ${injection.strategy}`);
    if (wrong !== undefined) tally.note(`wrong at injection points, ${injection.strategy}`);
    this.injections.push({ ...injection, process: wrong?.what });
    if ((wrong === undefined) === (injection.model === undefined)) return;
    tally.differ(`${this.name(run)}: an interrupt at ${injection.place}: is it wrong?`, injection.model?.obligation ?? 'holds', wrong === undefined ? 'nothing is' : `${wrong.what} at event ${wrong.event + 1}`);
  }
}
