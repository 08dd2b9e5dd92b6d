/**
 * The meaning of instructions against qemu-ppc64le (-cpu power8): random programs run there one
 * instruction at a time with all registers logged, and here, on each processor of ours along the same log;
 * after every instruction all GPRs, LR, CTR, CR, XER and the next address must be equal. Memory is compared through the loads that the programs make
 * of what they have just stored, and of all scratch memory at the end of each sequence.
 *
 * What this cannot show: the emulator is not silicon, and shares its reading of the ISA with nobody but
 * itself; instructions that a program may not execute (`privileged`) are listed as skipped.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { decode } from '../isa/decode.ts';
import { disassemble } from '../isa/disassemble.ts';
import { INSTRUCTIONS } from '../isa/table.ts';
import type { Instruction } from '../isa/table.ts';
import { PROCESSORS } from './processors.ts';
import type { CpuState, LockstepCpu, Processor } from './processors.ts';
import { TESTED, XER_BITS, executable, randomProgram } from './program.ts';
import type { Program } from './program.ts';
import { LogReader } from './step-log.ts';
import { Random } from './random.ts';
import { Tally } from './result.ts';
import type { VerifyResult } from './result.ts';
import { QEMU, findTools, withFolder } from './tools.ts';

export interface LockstepOptions {
  /** Instructions to compare, without those that only prepare. Default 200,000. */
  readonly instructions?: number;
  readonly seed: number;
  /** Our side. Default: all of ours, PROCESSORS. */
  readonly processors?: readonly Processor[];
}

/** Counted instructions from which on every row must have been seen. */
export const LEAST_FOR_COVERAGE = 20_000;
/** Counted instructions per run of the emulator: bounds its log to some 60 MB. */
const PER_RUN = 20_000;

/**
 * Runs random programs on both sides and compares them instruction by instruction. An instruction counts once, however many processors
 * of ours it ran on; `counts` has their names too.
 */
export function verifyLockstep(options: LockstepOptions): VerifyResult {
  const tally = new Tally('lockstep');
  const { versions, missing } = findTools([QEMU]);
  for (const entry of INSTRUCTIONS) {
    if (entry.privileged) tally.skip(entry.mnemonic, 'privileged: a program in problem state may not execute it');
  }
  tally.skip('SRR0, SRR1, SPRG0-3 of mtspr and mfspr', 'privileged registers');
  if (missing.length > 0) {
    tally.skip('all', `${missing.join(', ')} not found`);
    return tally.result(versions);
  }
  const random = new Random(options.seed);
  const processors = options.processors ?? PROCESSORS;
  const wanted = options.instructions ?? 200_000;
  withFolder((folder) => {
    // Skipped instructions do not count, so a run may bring less than it was asked for.
    while (tally.compared < wanted) {
      const before = tally.compared;
      const program = randomProgram(random, Math.min(PER_RUN, wanted - before));
      compare(tally, program, processors.map(({ name, make }) => ({ name, cpu: make(program) })), run(folder, program));
      if (tally.compared === before) break;
    }
  });
  if (wanted >= LEAST_FOR_COVERAGE) checkCoverage(tally);
  return tally.result(versions);
}

/** The emulator's log of the program. */
function run(folder: string, program: Program): string {
  const elf = join(folder, 'program'), log = join(folder, 'log');
  writeFileSync(elf, executable(program), { mode: 0o755 });
  const result = spawnSync(QEMU, ['-cpu', 'power8', '-singlestep', '-d', 'cpu,nochain', '-D', log, elf], { encoding: 'latin1' });
  if (result.error !== undefined) throw result.error;
  return readFileSync(log, 'latin1');
}

const CONDITIONAL: ReadonlySet<string> = new Set(['bc', 'bca', 'bcl', 'bcla', 'bclr', 'bclrl', 'bcctr', 'bcctrl']);

/** One of ours, on this program. */
interface Side {
  readonly name: string;
  readonly cpu: LockstepCpu;
}

function compare(tally: Tally, program: Program, sides: readonly Side[], log: string): void {
  const text = program.segments.find(({ address }) => address === program.entry);
  if (text === undefined) throw new Error('the program has no code at its entry');
  const code = new DataView(text.bytes.buffer, text.bytes.byteOffset, text.bytes.byteLength);
  const reader = new LogReader(log);
  if (!reader.next()) {
    tally.differ('start of the program', 'an entry in the log', 'none');
    return;
  }
  for (const { cpu } of sides) cpu.reset(reader.state);
  const before: bigint[] = new Array<bigint>(32).fill(0n);
  while (reader.state.pc !== BigInt(program.end)) {
    const pc = Number(reader.state.pc), offset = pc - program.entry;
    // Outside the program proper there are only the pads, which hold blr.
    const word = offset >= 0 && offset < code.byteLength ? code.getUint32(offset, true) : 0x4e800020;
    const entry = decode(word);
    for (let i = 0; i < 32; i++) before[i] = reader.state.gprs[i] as bigint;
    const what = (name: string): string => `0x${pc.toString(16)}: ${disassemble(word, BigInt(pc))} (${name})`;
    const stops = sides.map(({ cpu }) => cpu.step());
    if (!reader.next()) {
      sides.forEach(({ name }, i) => tally.differ(what(name), stops[i] ?? 'went on', 'the emulator ended here'));
      return;
    }
    const theirs = reader.state;
    const where = entry !== undefined && isUndefinedDivision(entry, word, before) ? word : undefined;
    sides.forEach(({ name, cpu }, i) => {
      const stopped = stops[i];
      const difference = stopped === undefined ? differenceOf(cpu.snapshot(), theirs, where) : { ours: stopped, theirs: 'went on' };
      if (difference !== undefined) tally.differ(what(name), difference.ours, difference.theirs);
      if (difference !== undefined || where !== undefined) cpu.reset(theirs);
      tally.note(name);
    });
    if (entry !== undefined && !program.setup.has(pc) && offset >= 0 && offset < code.byteLength) {
      tally.count(entry.mnemonic);
      if (CONDITIONAL.has(entry.mnemonic)) {
        const taken = theirs.pc === BigInt(pc + 4) ? 'not taken' : 'taken';
        tally.note(`${entry.mnemonic} ${taken}`);
      }
    }
  }
}

/** Where the first difference of two states is, as text; undefined when there is none. */
function differenceOf(ours: CpuState, theirs: CpuState, undefinedIn: number | undefined): { ours: string; theirs: string } | undefined {
  const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
  const pair = (name: string, a: bigint | number, b: bigint | number): { ours: string; theirs: string } => ({ ours: `${name} ${hex(a)}`, theirs: `${name} ${hex(b)}` });
  const undefinedTarget = undefinedIn === undefined ? -1 : undefinedIn >>> 21 & 31;
  for (let i = 0; i < 32; i++) {
    if (ours.gprs[i] !== theirs.gprs[i] && i !== undefinedTarget) return pair(`r${i}`, ours.gprs[i] as bigint, theirs.gprs[i] as bigint);
  }
  if (ours.lr !== theirs.lr) return pair('LR', ours.lr, theirs.lr);
  if (ours.ctr !== theirs.ctr) return pair('CTR', ours.ctr, theirs.ctr);
  // LT, GT and EQ of CR0 follow an undefined result; SO does not.
  const crMask = undefinedIn === undefined ? -1 : 0x1fffffff;
  if (((ours.cr ^ theirs.cr) & crMask) !== 0) return pair('CR', ours.cr, theirs.cr);
  if ((ours.xer & XER_BITS) !== (theirs.xer & XER_BITS)) return pair('XER', ours.xer, theirs.xer);
  if (ours.pc !== theirs.pc) return pair('next address', ours.pc, theirs.pc);
  return undefined;
}

/** A division whose result the ISA leaves undefined (Book I 3.3.9): by zero, or of the smallest number by -1. */
function isUndefinedDivision(entry: Instruction, word: number, gprs: readonly bigint[]): boolean {
  const form = /^div([wd])(u?)o?\.?$/.exec(entry.mnemonic);
  if (form === null) return false;
  const bits = form[1] === 'w' ? 32 : 64;
  const a = BigInt.asIntN(bits, gprs[word >>> 16 & 31] as bigint), b = BigInt.asIntN(bits, gprs[word >>> 11 & 31] as bigint);
  return b === 0n || (form[2] === '' && b === -1n && a === -(1n << BigInt(bits - 1)));
}

function checkCoverage(tally: Tally): void {
  for (const { mnemonic } of TESTED) {
    if (tally.counted(mnemonic) === 0) tally.differ(`coverage of ${mnemonic}`, 'never executed', 'executed');
  }
  for (const mnemonic of CONDITIONAL) {
    for (const way of ['taken', 'not taken']) {
      if (tally.counted(`${mnemonic} ${way}`) === 0) tally.differ(`coverage of ${mnemonic}`, `never ${way}`, way);
    }
  }
}
