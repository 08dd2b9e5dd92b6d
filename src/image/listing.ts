/** A word of a program as text: disassembly with symbols in the style of objdump, and the point that it carries in words. */
import { disassemble } from '../isa/disassemble.ts';
import type { StrategySet } from './core.ts';
import { HOOK_DATA, POINT } from './points.ts';
import { CALL_KINDS, MODULES, SLEEP_CALL_ID } from './program.ts';
import type { ProgramImage } from './program.ts';
import { ACCESS, PAGE_SHIFT } from './space.ts';
import { nameOf, versionName } from './symbols.ts';

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
      if (program.callId[data] === SLEEP_CALL_ID) return `${name} of schedule`;
      return data < 2 ? `${name} of ${data === 0 ? 'the task' : 'a handler'}` : `${name} ${program.callId[data]!} (${CALL_KINDS[program.callKind[data]!]!})`;
    case POINT.ENTRY_GLOBAL: case POINT.ENTRY_LOCAL: case POINT.ENTRY_SINGLE: case POINT.MCOUNT_RETURN: case POINT.EXIT:
      return `${name} ${versionName(program, data)}`;
    case POINT.TOC_USE: return `${name} ${MODULES[data]!}`;
    case POINT.HOOK_ENTRY: return name;
    case POINT.HOOK_PUSH_POP: return (data & HOOK_DATA.POP) !== 0 ? 'hook pop' : 'hook push';
    default: return name;
  }
}

/** The instruction at an address, disassembled; undefined where no code is mapped, and between instructions. */
export function textAt(program: ProgramImage, set: StrategySet, address: bigint): string | undefined {
  const { space } = program;
  const flat = space.flatByte(Number(BigInt.asIntN(32, address >> 32n)), Number(BigInt.asIntN(32, address)));
  if (flat < 0 || flat % 4 !== 0 || space.pageAccess[flat >>> PAGE_SHIFT] !== ACCESS.TEXT) return undefined;
  return disassemble(space.words[flat >>> 2]! >>> 0, address, (target) => nameOf(program, set, target));
}
