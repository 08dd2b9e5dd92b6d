// A space with all built-in strategies, shared by the tests of a file, and scenarios in the notation of src/scenario/notation.ts.
import { InitialState, INITIAL_REGISTERS } from '../../src/image/initial-state.ts';
import { StrategySet } from '../../src/image/core.ts';
import type { CorePage } from '../../src/image/core-page.ts';
import { Lowering } from '../../src/image/lower.ts';
import { createSpace } from '../../src/image/pages.ts';
import { POINT } from '../../src/image/points.ts';
import type { ProgramImage } from '../../src/image/program.ts';
import { versionName } from '../../src/image/symbols.ts';
import { ADDRESSES, PACA } from '../../src/kernel/layout.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { Stop } from '../../src/machine/observer.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { styleOf } from '../../src/scenario/world.ts';
import { BUILT_IN as STRATEGIES } from '../../src/strategies/index.ts';
import { Host } from '../../src/trial/host.ts';
import { disassembly } from './listing.ts';

export const space = createSpace(STRATEGIES.length);
export const set = new StrategySet(space, STRATEGIES);
export const lowering = new Lowering(space, set);
export const initial = new InitialState(space, STRATEGIES);

export const indexOf = (name: string): number => STRATEGIES.findIndex((strategy) => strategy.name === name);

/** Lowers a scenario in the notation, for a strategy's code variant (default: that of strategies without pieces). */
export function lowered(text: string, strategy?: string): ProgramImage {
  const variant = strategy === undefined ? 0 : set.variantOf[indexOf(strategy)]!;
  return lowering.lower(parseScenario(text), variant);
}

export function versionNamed(program: ProgramImage, name: string): number {
  for (let version = 0; version < program.versions; version++) if (versionName(program, version) === name) return version;
  throw new Error(`no version ${name}`);
}

/** Disassembly of a version from its first entry (or from the first point of a kind) on, so many instructions. */
export function excerpt(program: ProgramImage, name: string, from = 0, count = Infinity): string {
  const version = versionNamed(program, name);
  const start = Math.min(program.versionGlobal[version]!, program.versionLocal[version]!) + from;
  return disassembly(program, set, start, Math.min(start + count, program.versionEnd[version]!));
}

/** Disassembly of a call: from its argument set-up to behind its resume point, or to its branch. */
export function callText(program: ProgramImage, id: number): string {
  for (let call = 0; call < program.calls; call++) {
    if (program.callId[call] !== id) continue;
    let from = program.callSite[call]!;
    while (!(space.pointKind[from] === POINT.CALL_SEQUENCE && space.pointData[from] === call)) from--;
    return disassembly(program, set, from, Math.max(program.callSite[call]!, program.callResume[call]!) + 1);
  }
  throw new Error(`no call ${id}`);
}

const machine = new Machine(space);
const host = new Host(machine);
/** Of the page that is mapped. */
let scheduleResume = 0;
machine.observer = {
  point(kind) {
    if (kind === POINT.HOST_CALLBACK) host.callback();
    else if (kind === POINT.CONTROL_ENTRY) host.controlEntry();
    else if (kind === POINT.CONTROL_RETURN) host.controlReturn();
    else if (kind === POINT.SCHEDULE) host.schedule();
    else if (kind === POINT.KRETPROBE_CALLBACK) host.kretprobed();
    else if (kind === POINT.DONE) {
      if (!host.ends()) return true;
      machine.pc = scheduleResume;
    }
    return false;
  },
  markedStore: () => false,
  wildLanding: () => false,
};

/** Puts the machine at thread_start of the program that was lowered last. */
function begin(program: ProgramImage, strategy: number, patched: boolean): CorePage {
  const page = set.select(strategy, styleOf(program.scenario));
  initial.reset(program, strategy, page.threadStart);
  scheduleResume = page.scheduleResume;
  host.reset(program, patched);
  machine.load(program);
  machine.reset();
  machine.setGpr(1, INITIAL_REGISTERS.r1);
  machine.setGpr(13, INITIAL_REGISTERS.r13);
  machine.pc = page.threadStart;
  return page;
}

/** Runs the program that was lowered last from thread_start to the end of its last task, without interrupts and ticks; `strategy` is an index or CONTROL. `changes`: times that a task gave up its CPU. */
export function run(program: ProgramImage, strategy: number, patched: boolean): { stop: Stop; done: boolean; machine: Machine; changes: number } {
  const page = begin(program, strategy, patched);
  const stop = machine.run(1_000_000);
  return { stop, done: stop.kind === 'yield' && machine.pc === page.threadDone, machine, changes: host.tasks.changes };
}

/** The same with one interrupt: before instruction `step` (the next one at which MSR[EE] is set), handled by version `handler`. False: never delivered. */
export function runInterrupted(program: ProgramImage, strategy: number, step: number, handler: number, ownStack: boolean): { delivered: boolean; done: boolean; stop: Stop } {
  const page = begin(program, strategy, true);
  let stop = machine.run(step);
  while (stop.kind === 'budget' && !machine.interruptible()) stop = machine.run(1);
  if (stop.kind !== 'budget') return { delivered: false, done: machine.pc === page.threadDone, stop };
  machine.writeDoubleword(ADDRESSES.PACA0 + BigInt(PACA.PACA_IRQ_HANDLER), space.addressOf(4 * program.versionGlobal[handler]!));
  machine.writeDoubleword(ADDRESSES.PACA0 + BigInt(PACA.PACA_IRQ_OWN_STACK), ownStack ? 1n : 0n);
  machine.setSpecial('srr0', space.addressOf(4 * machine.pc));
  machine.setSpecial('srr1', machine.special('msr'));
  machine.setSpecial('msr', machine.special('msr') & ~0x8000n);
  machine.pc = page.interruptEntry;
  stop = machine.run(1_000_000);
  return { delivered: true, done: stop.kind === 'yield' && machine.pc === page.threadDone, stop };
}
