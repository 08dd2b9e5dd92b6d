/**
 * Who may change what: one table for three readers. The generator's bodies clobber by it, the judge checks by it, the prover forgets by it.
 * Sources: ELFv2 specification 2.2 ("Register Roles", "Minimum Stack Frame Elements", "Optional Save Areas", "Protected Zone", "Return Values"); for
 * ftrace, arch/powerpc/kernel/trace/ftrace_mprofile.S; for interrupts, arch/powerpc/kernel/exceptions-64s.S.
 *
 * Three parties act between two instructions of an activation X that owns the frame at r1:
 * - `callee`: a function that X calls, from the call to the resume point;
 * - `ftrace`: mcount, called before X's prologue (X = a traced function, "frame" = that of its caller), from `bl _mcount` to behind it;
 *   it also holds when live patching was asked and left the NIP alone;
 * - `interrupt`: an interrupt taken at any instruction of X, from it to its `rfid`.
 */
import { FRAME } from './frame.ts';

export const ACTORS = ['callee', 'ftrace', 'interrupt'] as const;
export type Actor = (typeof ACTORS)[number];

/**
 * keep     the same value afterwards
 * clobber  any value afterwards
 * linkage  as the callee's entry shape says: kept by v = 0 and by a LEP, set by a GEP, anything after v = 1 (scenario.ts, EntryShape)
 * owned    clobber when the callee was called with a parameter save area, else keep
 * return   the return address into X's caller, whatever it was before
 * cpu      kept while X stays on its CPU; after a migration the executing CPU's
 */
export type Permission = 'keep' | 'clobber' | 'linkage' | 'owned' | 'return' | 'cpu';

/** msr: EE, RI and the rest of it, as it is where a party's work is done; in between it may switch interrupts off and on again. */
export type SpecialName = 'lr' | 'ctr' | 'xer' | 'msr';

export type Subject =
  | { readonly kind: 'gpr'; readonly index: number }
  | { readonly kind: 'cr'; readonly field: number }
  | { readonly kind: 'special'; readonly name: SpecialName }
  /** `bytes` bytes at `offset` of the frame at r1. bytes -1: as many as the area has. */
  | { readonly kind: 'frame'; readonly name: string; readonly offset: number; readonly bytes: number }
  /** Everything else at or above r1: X's frame behind its header, older frames. */
  | { readonly kind: 'above' }
  /** r1-288 .. r1 */
  | { readonly kind: 'zone' }
  /** Stack below r1-288. */
  | { readonly kind: 'below' }
  /** A strategy's own stack of entries below the pointer that it has published, and the pointer itself. */
  | { readonly kind: 'published' }
  /** The same from the published pointer on. */
  | { readonly kind: 'unpublished' };

export interface PermissionRow {
  readonly subject: Subject;
  readonly callee: Permission;
  readonly ftrace: Permission;
  readonly interrupt: Permission;
}

const gpr = (index: number, callee: Permission, ftrace: Permission, interrupt: Permission = 'keep'): PermissionRow =>
  ({ subject: { kind: 'gpr', index }, callee, ftrace, interrupt });
const cr = (field: number, permission: Permission): PermissionRow =>
  ({ subject: { kind: 'cr', field }, callee: permission, ftrace: permission, interrupt: 'keep' });
const frame = (name: string, offset: number, bytes: number, callee: Permission, ftrace: Permission): PermissionRow =>
  ({ subject: { kind: 'frame', name, offset, bytes }, callee, ftrace, interrupt: 'keep' });

export const PERMISSIONS: readonly PermissionRow[] = [
  // r0: ftrace entry leaves the return address in it, but a prologue must not count on that.
  gpr(0, 'clobber', 'clobber'),
  gpr(1, 'keep', 'keep'),
  gpr(2, 'linkage', 'keep'),
  ...[3, 4, 5, 6, 7, 8, 9, 10].map((n) => gpr(n, 'clobber', 'keep')),
  gpr(11, 'clobber', 'clobber'),
  gpr(12, 'clobber', 'clobber'),
  gpr(13, 'cpu', 'cpu', 'cpu'),
  ...[14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31].map((n) => gpr(n, 'keep', 'keep')),
  ...[0, 1].map((n) => cr(n, 'clobber')),
  ...[2, 3, 4].map((n) => cr(n, 'keep')),
  ...[5, 6, 7].map((n) => cr(n, 'clobber')),
  { subject: { kind: 'special', name: 'lr' }, callee: 'clobber', ftrace: 'return', interrupt: 'keep' },
  { subject: { kind: 'special', name: 'ctr' }, callee: 'clobber', ftrace: 'clobber', interrupt: 'keep' },
  { subject: { kind: 'special', name: 'xer' }, callee: 'clobber', ftrace: 'clobber', interrupt: 'keep' },
  { subject: { kind: 'special', name: 'msr' }, callee: 'keep', ftrace: 'keep', interrupt: 'keep' },

  frame('back chain', FRAME.BACK_CHAIN, 8, 'keep', 'keep'),
  frame('CR save word', FRAME.CR_SAVE, 4, 'clobber', 'keep'),
  frame('reserved word', FRAME.RESERVED, 4, 'keep', 'keep'),
  // ftrace stores the return address there, as the traced function itself is going to.
  frame('LR save doubleword', FRAME.LR_SAVE, 8, 'clobber', 'return'),
  frame('TOC pointer doubleword', FRAME.TOC, 8, 'keep', 'keep'),
  frame('parameter save area', FRAME.PARAMETERS, -1, 'owned', 'keep'),
  { subject: { kind: 'above' }, callee: 'keep', ftrace: 'keep', interrupt: 'keep' },
  // A caller has its own frame and nothing below it; before a prologue nothing is kept there yet.
  { subject: { kind: 'zone' }, callee: 'clobber', ftrace: 'clobber', interrupt: 'keep' },
  { subject: { kind: 'below' }, callee: 'clobber', ftrace: 'clobber', interrupt: 'clobber' },
  { subject: { kind: 'published' }, callee: 'keep', ftrace: 'keep', interrupt: 'keep' },
  { subject: { kind: 'unpublished' }, callee: 'clobber', ftrace: 'clobber', interrupt: 'clobber' },
];

/** Registers that hold results, as the model uses them: r3 and, for two doublewords, r4. "Return Values" */
export const RESULT_REGISTERS: readonly number[] = [3, 4];

/** GPR numbers, rising, for which the table gives `actor` one of `permissions` (default: clobber). */
export function gprsOf(actor: Actor, ...permissions: readonly Permission[]): number[] {
  const wanted = permissions.length === 0 ? ['clobber'] : permissions;
  return PERMISSIONS.flatMap((row) => (row.subject.kind === 'gpr' && wanted.includes(row[actor]) ? [row.subject.index] : []));
}

/** CR fields, rising, likewise. */
export function crFieldsOf(actor: Actor, ...permissions: readonly Permission[]): number[] {
  const wanted = permissions.length === 0 ? ['clobber'] : permissions;
  return PERMISSIONS.flatMap((row) => (row.subject.kind === 'cr' && wanted.includes(row[actor]) ? [row.subject.field] : []));
}

/** The permission of a special register. */
export function specialPermission(actor: Actor, name: SpecialName): Permission {
  const row = PERMISSIONS.find(({ subject }) => subject.kind === 'special' && subject.name === name);
  if (row === undefined) throw new RangeError(`no special register ${name}; expected lr, ctr, xer or msr`);
  return row[actor];
}
