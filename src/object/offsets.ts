/**
 * Where the kernel that an object belongs to has the fields of PACA and thread_info that the model has too. It depends on the kernel's configuration, so it
 * is read off the object: from what it says of its types, from flags, or from how the code itself uses them.
 */
import { ra, rt } from '../isa/fields.ts';
import { ObjectError } from './error.ts';
import { distance } from './value.ts';
import { hex } from './walk.ts';
import type { Step } from './walk.ts';

/** Names as asm-offsets.c and kernel/layout.ts have them. PACACURRENT is what 6.1 also calls PACA_THREAD_INFO: thread_info is the task's first member. */
export const FIELDS = ['PACACURRENT', 'PACATOC', 'PACA_FTRACE_ENABLED', 'TI_livepatch_sp'] as const;
export type Field = (typeof FIELDS)[number];

export interface Offset {
  /** Bytes from r13, or from thread_info. */
  readonly value: number;
  /** How it is known: `given` by whoever asked, from the file's types, or `code`: the one offset with which the code does what is done with this field. */
  readonly source: 'given' | Types['source'] | 'code';
}

/** What a file says of its types. */
export interface Types {
  readonly source: 'btf' | 'dwarf';
  readonly offsets: Given;
}

export type Offsets = Partial<Readonly<Record<Field, Offset>>>;
export type Given = Partial<Readonly<Record<Field, number>>>;

/** What each field is in C (arch/powerpc/include/asm/paca.h and thread_info.h): a path of members whose offsets add up. */
export const MEMBERS: Readonly<Record<Field, readonly (readonly [structure: string, member: string])[]>> = {
  PACACURRENT: [['paca_struct', '__current'], ['task_struct', 'thread_info']],
  PACATOC: [['paca_struct', 'kernel_toc']],
  PACA_FTRACE_ENABLED: [['paca_struct', 'ftrace_enabled']],
  TI_livepatch_sp: [['thread_info', 'livepatch_sp']],
};

/** Where an offset is from, in words. */
export const SOURCES = { given: 'given', btf: 'BTF', dwarf: 'DWARF', code: 'as the code uses it' } as const;

/** Offsets out of those of members; a field of which one is missing is not there. */
export function fromMembers(members: ReadonlyMap<string, number>): Given {
  const given: Partial<Record<Field, number>> = {};
  for (const field of FIELDS) {
    const parts = MEMBERS[field].map((path) => members.get(path.join('.')));
    if (parts.every((it) => it !== undefined)) given[field] = parts.reduce((a, b) => a + b, 0);
  }
  return given;
}

/** Where the base of a load is exactly a place, what the code may mean by it. */
export function fieldUsed(step: Step): { readonly field: Field; readonly offset: number } | undefined {
  const [access] = step.accesses;
  if (access?.address === undefined || access.address === null) return undefined;
  const { from } = access.address, offset = distance(access.address), base = step.gprs[ra(step.word)];
  if (base?.from !== from || base?.offset !== 0n) return undefined;
  if (from === 'task' && access.bytes === 8) return { field: 'TI_livepatch_sp', offset };
  if (from !== 'paca' || access.kind !== 'load') return undefined;
  if (access.bytes === 1) return { field: 'PACA_FTRACE_ENABLED', offset };
  return access.bytes === 8 ? { field: pointerInto(rt(step.word)) === 'toc' ? 'PACATOC' : 'PACACURRENT', offset } : undefined;
}

/** A doubleword of the PACA that is loaded into r2 is the TOC pointer; any other is the current task. So it is while nothing else says it. */
export const pointerInto = (register: number): 'task' | 'toc' => (register === 2 ? 'toc' : 'task');

/**
 * Decides what each field's offset is. Given or in the types counts; the code alone must have one for each.
 * @throws ObjectError where two sources contradict each other, or the code has two offsets and nobody says which one it is.
 */
export function resolveOffsets(file: string, steps: readonly Step[], given: Given, types: Types): Offsets {
  const offsets: Partial<Record<Field, Offset>> = {};
  for (const field of FIELDS) {
    const [flag, type] = [given[field], types.offsets[field]];
    if (flag !== undefined && type !== undefined && flag !== type) {
      throw new ObjectError(file, `${field} is given as ${flag}, and the file's ${SOURCES[types.source]} has it at ${type}`, 'the same, or none given');
    }
    if (flag !== undefined) offsets[field] = { value: flag, source: 'given' };
    else if (type !== undefined) offsets[field] = { value: type, source: types.source };
    else {
      const value = onlyOffset(file, field, steps);
      if (value !== undefined) offsets[field] = { value, source: 'code' };
    }
  }
  return offsets;
}

function onlyOffset(file: string, field: Field, steps: readonly Step[]): number | undefined {
  const uses = new Map<number, bigint>();
  for (const step of steps) {
    const used = fieldUsed(step);
    if (used?.field === field && !uses.has(used.offset)) uses.set(used.offset, step.address);
  }
  if (uses.size > 1) {
    const where = [...uses].map(([offset, address]) => `${offset} (at ${hex(address)})`).join(', ');
    throw new ObjectError(file, `${field} could be at ${where}`, `one of them: --offset ${field}=N, or a file with BTF or DWARF`);
  }
  return [...uses.keys()][0];
}
