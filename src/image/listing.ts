/** A program as text: disassembly with symbols in the style of objdump, what the image knows of each word behind `#`. For tests and `replay --trace`. */
import { disassemble } from '../isa/disassemble.ts';
import type { StrategySet } from './core.ts';
import { moduleOfText } from './pages.ts';
import { HOOK_DATA, POINT, TEXT } from './points.ts';
import { CALL_KINDS, MODULES } from './program.ts';
import type { ProgramImage } from './program.ts';
import { ACCESS, PAGE_SHIFT, PAGE_WORDS } from './space.ts';
import { nameOf, startOf, stubName, symbolAt, versionName } from './symbols.ts';

const POINT_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(POINT).map(([name, kind]) => [kind, name.toLowerCase().replaceAll('_', ' ')]));

/** What point a word carries, in words; '' for none. */
export function pointText(program: ProgramImage, word: number): string {
  const { pointKind, pointData } = program.space;
  const kind = pointKind[word]!, data = pointData[word]!;
  const name = POINT_NAMES.get(kind) ?? '';
  switch (kind) {
    case POINT.NONE: return '';
    case POINT.CALL_SEQUENCE: case POINT.CALL: case POINT.SIBLING: case POINT.LAND: case POINT.RESUME: case POINT.LAND_RESUME:
      return data < 2 ? `${name} of ${data === 0 ? 'the task' : 'a handler'}` : `${name} ${program.callId[data]!} (${CALL_KINDS[program.callKind[data]!]!})`;
    case POINT.ENTRY_GLOBAL: case POINT.ENTRY_LOCAL: case POINT.ENTRY_SINGLE: case POINT.MCOUNT_RETURN: case POINT.EXIT:
      return `${name} ${versionName(program, data)}`;
    case POINT.TOC_USE: return `${name} ${MODULES[data]!}`;
    case POINT.HOOK_ENTRY: return name;
    case POINT.HOOK_PUSH_POP: return (data & HOOK_DATA.POP) !== 0 ? 'hook pop' : 'hook push';
    default: return name;
  }
}

/** One word: address, encoding, text, point. */
export function lineAt(program: ProgramImage, set: StrategySet, word: number): string {
  const { space } = program;
  const address = space.addressOf(4 * word), value = space.words[word]! >>> 0;
  const text = disassemble(value, address, (target) => nameOf(program, set, target));
  const point = pointText(program, word);
  const line = `${address.toString(16)}:  ${value.toString(16).padStart(8, '0')}  ${text}`;
  return point === '' ? line : `${line.padEnd(64)} # ${point}`;
}

/** The instruction at an address, disassembled; undefined where no code is mapped, and between instructions. */
export function textAt(program: ProgramImage, set: StrategySet, address: bigint): string | undefined {
  const { space } = program;
  const flat = space.flatByte(Number(BigInt.asIntN(32, address >> 32n)), Number(BigInt.asIntN(32, address)));
  if (flat < 0 || flat % 4 !== 0 || space.pageAccess[flat >>> PAGE_SHIFT] !== ACCESS.TEXT) return undefined;
  return disassemble(space.words[flat >>> 2]! >>> 0, address, (target) => nameOf(program, set, target));
}

/** Disassembly of flat words [from, to). */
export function disassembly(program: ProgramImage, set: StrategySet, from: number, to: number): string {
  const lines: string[] = [];
  for (let word = from; word < to; word++) lines.push(lineAt(program, set, word));
  return lines.join('\n');
}

/** All functions and stubs of the modules, in the order of their addresses in each. */
export function listing(program: ProgramImage, set: StrategySet): string {
  const pieces: { from: number; to: number; name: string }[] = [];
  for (let version = 0; version < program.versions; version++) {
    pieces.push({ from: startOf(program, version), to: program.versionEnd[version]!, name: versionName(program, version) });
  }
  for (let stub = 0; stub < program.stubs; stub++) {
    const from = program.stubWord[stub]!;
    let to = from;
    while (program.space.textTag[to] === TEXT.STUB || program.space.textTag[to] === TEXT.FTRACE) to++;
    pieces.push({ from, to: Math.min(to, from + 6), name: stubName(program, stub) });
  }
  pieces.sort((a, b) => a.from - b.from);
  return pieces.map(({ from, to, name }) => {
    const module = MODULES[moduleOfText(from)]!;
    return `${symbolAt(program, set, program.space.addressOf(4 * from)).replace(/^\S+/, name)} (${module}):\n${disassembly(program, set, from, to)}\n`;
  }).join('\n');
}

/** The core page that is mapped: the kernel's text with the hook of the selected strategy. */
export function coreListing(program: ProgramImage, set: StrategySet): string {
  const page = set.current, from = page.page * PAGE_WORDS, to = from + page.pristine.length;
  const lines: string[] = [];
  for (let word = from; word < to; word++) {
    for (const [label, at] of page.sorted) if (at === word) lines.push(`${label}:`);
    lines.push(lineAt(program, set, word));
  }
  return lines.join('\n');
}

