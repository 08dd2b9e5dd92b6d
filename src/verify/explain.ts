/**
 * From a run that differs to words: the run alone, a smaller scenario that differs too, and the first instruction behind which a register differs, found by running
 * the image instruction by instruction on both sides, without code at its points.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { reductions } from '../arbitraries/shrink.ts';
import { minimise } from '../campaign/minimise.ts';
import { encodeToken, shortHash } from '../case/token.ts';
import { symbolAt } from '../image/symbols.ts';
import { disassemble } from '../isa/disassemble.ts';
import { CR } from '../machine/registers.ts';
import { canonical } from '../scenario/canonical.ts';
import { featureMask, maskOf } from '../scenario/features-of.ts';
import { BUILT_IN } from '../strategies/index.ts';
import type { Workbench, Run } from './workbench.ts';
import type { RunDifference } from './compare-run.ts';
import { home } from './moved.ts';
import type { CpuState } from './processors.ts';
import { XER_BITS } from './program.ts';
import type { Difference } from './result.ts';
import { NEAR } from './runner.ts';
import { RUNNABLE } from './runnable.ts';
import { LogReader } from './step-log.ts';
import { isEndless, xerOf } from './model-run.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';

/** Scenarios that are tried at most to make one smaller; each is a process. */
const CANDIDATES = 400;
/** Microseconds of a run that is logged instruction by instruction, and of one that does not end. */
const LOGGED_ALARM = 10_000_000, ENDLESS_LOGGED_ALARM = 10_000;

/** Where two sides part, instruction by instruction; `instructions`: how many were the same. */
export interface StepDifference {
  readonly instructions: number;
  /** Symbol and disassembly of the instruction that did it. */
  readonly at: string;
  readonly register: string;
  readonly ours: string;
  readonly theirs: string;
}

export class Explainer {
  private readonly bench: Workbench;
  private readonly folder: string;
  private readonly allowed = maskOf(RUNNABLE);

  constructor(bench: Workbench, folder: string) {
    this.bench = bench;
    this.folder = folder;
  }

  differs(run: Run): RunDifference | undefined {
    return this.bench.alone(run).difference;
  }

  /** The run as it is. */
  named(run: Run): Difference {
    const difference = this.differs(run);
    if (difference === undefined) return { what: this.name(run), ours: 'equal now', theirs: 'equal now' };
    const step = this.firstStep(run);
    if (typeof step === 'object') return this.stepped(run, step);
    const { event, what, ours, theirs } = difference;
    return { what: `${this.name(run)}: behind ${event} equal events (${step} equal instructions without code at points): ${what}`, ours, theirs };
  }

  /** A difference that was found instruction by instruction. */
  stepped(run: Run, { at, register, ours, theirs, instructions }: StepDifference): Difference {
    return { what: `${this.name(run)}: behind ${instructions} instructions, the last of which is ${at}`, ours: `${register} ${ours}`, theirs: `${register} ${theirs}` };
  }

  /** The same of a scenario that is as small as it gets. */
  minimised(run: Run): Difference {
    const shows = (candidate: Run['scenario']): boolean => {
      const scenario = canonical(candidate), smaller = { ...run, scenario };
      return (featureMask(scenario) & ~this.allowed) === 0 && this.bench.applicable(smaller) && this.differs(smaller) !== undefined;
    };
    const { allowed } = this;
    const { scenario } = minimise(run.scenario, {
      shows, allowed, candidates: CANDIDATES,
      shrink: function* (it) { for (const { scenario: smaller } of reductions(it, allowed)) yield smaller; },
    });
    return this.named({ ...run, scenario: canonical(scenario) });
  }

  /** Strategy, state of the patches, token. */
  name({ scenario, strategy, patched }: Run): string {
    const { name } = this.bench.strategies[strategy]!;
    const known = BUILT_IN.some((it) => it.name === name);
    const token = encodeToken({ scenario, strategy: known ? { kind: 'built-in', name } : { kind: 'user', hash: shortHash(name) } });
    return `${name}, ${patched ? 'patched' : 'unpatched'}, ${token}`;
  }

  /** The first instruction behind which a register differs; where none does, how many were compared. */
  firstStep(run: Run): StepDifference | number {
    return this.steps([run])[0]!;
  }

  /** The same of several runs, which one process makes. */
  steps(runs: readonly Run[]): (StepDifference | number)[] {
    const { bench } = this, { emulated, guest, twin, recorder } = bench;
    const log = join(this.folder, 'steps'), batch = emulated.batch();
    guest.fresh();
    // Behind its first instruction of all, which is the same everywhere, a run begins.
    const filter = new Set([`0x${NEAR[0]!.toString(16)}+0x4`]);
    for (const run of runs) {
      bench.begin(run, batch, false);
      for (const { address, text } of twin.mapped) if (text) filter.add(`0x${address.toString(16)}+0x${PAGE_BYTES.toString(16)}`);
      const { end } = recorder.run();
      guest.run(batch, isEndless(end) ? ENDLESS_LOGGED_ALARM : LOGGED_ALARM);
      guest.ran();
      if (isEndless(end)) guest.forget();
    }
    batch.runNow('-singlestep', '-d', 'cpu,nochain', '-D', log, '-dfilter', [...filter].join(','));
    guest.fresh();
    const reader = new LogReader(readFileSync(log, 'latin1'));
    rmSync(log);
    reader.next();
    return runs.map((run) => this.follow(run, reader));
  }

  /** Steps a run along the log, at whose entry of the run's beginning the reader is, to that of the next one. */
  private follow(run: Run, reader: LogReader): StepDifference | number {
    const { bench } = this, { twin, recorder } = bench;
    bench.begin(run, { write: () => {} }, false);
    recorder.begin();
    // What was executed last, the word as it was then. Words are made of it only where somebody reads them.
    let lastAddress: bigint | undefined, lastWord = 0;
    const last = (): string => (lastAddress === undefined ? 'the beginning' : this.instruction(lastAddress, lastWord));
    for (let instructions = 0; ; instructions++) {
      const here = twin.machine.pc, more = goesOn(reader);
      const part = (register: string, ours: string, theirs: string): StepDifference => ({ instructions, at: last(), register, ours, theirs });
      if (!more) {
        // An alarm has ended it, if it does not end on our side either.
        return instructions > 0 && isEndless(recorder.run().end) ? instructions : part('next', this.place(twin.addressOf(here)), 'the process ended');
      }
      const found = this.parts(reader.state);
      if (found !== undefined) {
        while (goesOn(reader));
        return part(...found);
      }
      lastAddress = twin.addressOf(here);
      lastWord = twin.space.words[here]!;
      const end = recorder.step();
      if (end === undefined) continue;
      if (!goesOn(reader)) return instructions + 1;
      const theirs = this.place(reader.state.pc);
      while (goesOn(reader));
      return { instructions, at: last(), register: 'next', ours: typeof end === 'object' ? end.kind : end, theirs };
    }
  }

  /** The first register that differs, before an instruction. */
  private parts(theirs: CpuState): [register: string, ours: string, theirs: string] | undefined {
    const { machine } = this.bench.twin, { gprs } = theirs;
    const symbol = (value: bigint): string => this.symbol(value), place = (value: bigint): string => this.place(value);
    for (let n = 0; n < 32; n++) {
      const ours = machine.gpr(n);
      if (ours !== gprs[n]!) return [`r${n}`, symbol(ours), symbol(gprs[n]!)];
    }
    const lr = machine.special('lr'), ctr = machine.special('ctr'), cr = machine.regs[CR]! >>> 0, xer = BigInt(xerOf(machine.regs) >>> 0), next = machine.addressOfPc();
    if (lr !== theirs.lr) return ['LR', symbol(lr), symbol(theirs.lr)];
    if (ctr !== theirs.ctr) return ['CTR', symbol(ctr), symbol(theirs.ctr)];
    if (cr !== theirs.cr) return ['CR', symbol(BigInt(cr)), symbol(BigInt(theirs.cr))];
    if (xer !== (theirs.xer & XER_BITS)) return ['XER', symbol(xer), symbol(theirs.xer & XER_BITS)];
    if (next !== theirs.pc) return ['next', place(next), place(theirs.pc)];
    return undefined;
  }

  private symbol(value: bigint): string {
    const { engine: { image, set } } = this.bench;
    const name = symbolAt(image, set, home(value)), hex = `0x${value.toString(16)}`;
    return name === `0x${home(value).toString(16)}` ? hex : `${hex} (${name})`;
  }

  private place(address: bigint): string {
    const { space } = this.bench.twin;
    const flat = space.flatByte(Number(BigInt.asIntN(32, address >> 32n)), Number(BigInt.asIntN(32, address)));
    return flat < 0 ? `0x${address.toString(16)}` : this.instruction(address, space.words[flat >>> 2]!);
  }

  private instruction(address: bigint, word: number): string {
    const { engine: { image, set } } = this.bench;
    return `${symbolAt(image, set, home(address))}: ${disassemble(word >>> 0, home(address), (target) => symbolAt(image, set, target))}`;
  }
}

/** Goes to the log's next entry, if it is of the same run. */
const goesOn = (reader: LogReader): boolean => reader.next() && reader.state.pc !== NEAR[0];
