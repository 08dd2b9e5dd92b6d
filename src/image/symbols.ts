/**
 * Names of addresses, as the kernel prints them: `f3+0x24 [M]`, without a bracket in vmlinux (K). The replacement of `f3` is `f3'`, as in
 * reports, and the second patch's version `f3''`; stubs `stub.f3` and `stub.ftrace`, those of functions that are hooked out of line `stub.ftrace.f3`; core pages go by their labels, and a strategy's pieces of generated code by theirs,
 * in the function that holds them.
 */
import { OUT_OF_LINE_STUB_WORDS } from '../kernel/ftrace-out-of-line.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { CODE_POINTS } from '../contract/strategy.ts';
import type { StrategySet } from './core.ts';
import { FIXED, PAGE, STACKS, TASK_STACKS, dataPage, isModuleText, moduleOfText, textEnd } from './pages.ts';
import { COPY, MODULES, STUB_TARGET } from './program.ts';
import type { ProgramImage } from './program.ts';
import { PAGE_WORDS } from './space.ts';
import type { Piece } from './templates.ts';

/** By flat page. */
const MADE_NAMES = ['stack', 'irq_stack', 'paca', 'task', 'irq_stack.cpu1', 'paca.cpu1', 'stack.task2', 'task2', 'stack.task3', 'task3', 'emergency_stack', 'softirq_stack', 'softirq_stack.cpu1'] as const;
const FIXED_NAMES: readonly string[] = [...MADE_NAMES, ...STACKS.map((page) => `${MADE_NAMES[page]!}.beside`)];

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const offset = (bytes: number): string => (bytes === 0 ? '' : `+0x${bytes.toString(16)}`);
const bracket = (module: number): string => (module === 0 ? '' : ` [${MODULES[module]}]`);

/** Name of a function version: `f3`, `f3'`, `f3''`. */
export function versionName(program: ProgramImage, version: number): string {
  const { id } = program.scenario.functions[program.versionFunction[version]!]!;
  return `f${id}${program.versionIsReplacement[version] === 0 ? '' : program.versionCopy[version] === COPY.NONE ? "'" : "''"}`;
}

/** Name of a stub, without its module. */
function stubName(program: ProgramImage, stub: number): string {
  const target = program.stubTarget[stub]!;
  return `stub.${target === STUB_TARGET.FTRACE ? 'ftrace' : target === STUB_TARGET.SCHEDULE ? 'schedule' : versionName(program, target)}`;
}

/** Module's TOC pointer, 64-bit unsigned. */
export function tocOf(program: ProgramImage, module: number): bigint {
  return BigInt.asUintN(64, BigInt(program.tocHi[module]!) << 32n) | BigInt(program.tocLo[module]! >>> 0);
}

/** Name of an address with its offset, or the address in hexadecimal where it has none. Slow: for people. */
export function symbolAt(program: ProgramImage, set: StrategySet, address: bigint): string {
  return nameOf(program, set, address) ?? hex(address);
}

/** The same, or undefined where nothing has a name. */
export function nameOf(program: ProgramImage, set: StrategySet, address: bigint): string | undefined {
  for (let module = 0; module < MODULES.length; module++) {
    if (tocOf(program, module) === address) return `.TOC.${bracket(module)}`;
  }
  const { space } = program;
  const flat = space.flatByte(Number(BigInt.asIntN(32, address >> 32n)), Number(BigInt.asIntN(32, address)));
  // The end of a stack, also where something lies beyond it.
  const stack = TASK_STACKS.find((it) => address === FIXED[it]! + BigInt(PAGE_BYTES));
  if (stack !== undefined) return `${FIXED_NAMES[stack]!}${offset(PAGE_BYTES)}`;
  if (flat < 0) return undefined;
  const page = Math.floor(flat / PAGE_BYTES);
  if (page >= PAGE.CORE) return nearest(set.current.sorted, flat);
  if (isModuleText(flat >> 2)) return textName(program, flat);
  const within = offset(flat % PAGE_BYTES);
  return page < PAGE.DATA ? `${FIXED_NAMES[page]!}${within}` : `data${within}${bracket(page - dataPage(0))}`;
}

function textName(program: ProgramImage, flat: number): string {
  const word = flat >> 2, module = moduleOfText(word);
  for (let version = 0; version < program.versions; version++) {
    if (program.versionModule[version] !== module) continue;
    const start = startOf(program, version), stub = program.versionStub[version]!;
    if (stub >= 0 && word >= stub && word < stub + OUT_OF_LINE_STUB_WORDS) return `stub.ftrace.${versionName(program, version)}${offset(flat - 4 * stub)}${bracket(module)}`;
    if (word >= start && word < program.versionEnd[version]!) {
      return `${versionName(program, version)}${offset(flat - 4 * program.versionGlobal[version]!)}${bracket(module)}`;
    }
  }
  let found = -1;
  for (let stub = 0; stub < program.stubs; stub++) {
    if (program.stubModule[stub] === module && program.stubWord[stub]! <= word
      && (found < 0 || program.stubWord[stub]! > program.stubWord[found]!)) found = stub;
  }
  if (found >= 0 && word < Math.min(program.stubWord[found]! + 6, textEnd(module))) {
    return `${stubName(program, found)}${offset(flat - 4 * program.stubWord[found]!)}${bracket(module)}`;
  }
  return `text${offset(flat - 4 * PAGE.TEXT * PAGE_WORDS)}${bracket(module)}`;
}

/** First word of a version; a strategy's entry piece may have its GEP further on. */
function startOf(program: ProgramImage, version: number): number {
  return Math.min(program.versionGlobal[version]!, program.versionLocal[version]!);
}

function nearest(sorted: readonly (readonly [string, number])[], flat: number): string {
  const best = lastLabel(sorted, flat >> 2);
  return `${best[0]}${offset(flat - 4 * best[1])}`;
}

/** Of several labels at one word the first. */
function lastLabel(sorted: readonly (readonly [string, number])[], word: number): readonly [string, number] {
  let best = sorted[0]!;
  for (let i = 1; i < sorted.length && sorted[i]![1] <= word; i++) if (sorted[i]![1] > best[1]) best = sorted[i]!;
  return best;
}

/**
 * The label of a strategy's own code that is nearest at or before a flat word: in its core page, or in one of its pieces of generated
 * code. Undefined when the word is neither.
 */
export function hookLabelAt(program: ProgramImage, set: StrategySet, word: number): string | undefined {
  if (!isModuleText(word)) {
    return Math.floor(word / PAGE_WORDS) === set.current.page ? lastLabel(set.current.sorted, word)[0] : undefined;
  }
  for (let piece = 0; piece < program.pieces; piece++) {
    const start = program.pieceWord[piece]!;
    if (word < start || word >= start + program.pieceWords[piece]!) continue;
    const point = program.piecePoint[piece]!;
    let label: string = CODE_POINTS[point]!, best = -1;
    for (const [name, at] of labelsOf(set, program.variant, point)) {
      if (at <= word - start && at > best) [label, best] = [name, at];
    }
    return label;
  }
  return undefined;
}

function labelsOf(set: StrategySet, variant: number, point: number): Piece['labels'] {
  return set.variants[variant]?.samples().find((piece) => piece.point === point)?.labels ?? [];
}
