/**
 * The call kinds of kernel code as data: one row for each way in which a function calls another (ELFv2 ABI 2.3.6, 3.4.1, 3.6; the
 * Linux module loader's stubs, arch/powerpc/kernel/module_64.c). Rules, generator, image and, through the image's tables, the judge read the same
 * row. Steps have names here; `image` says what instructions they are.
 */
import type { Body, CallKind, EntryShape } from './scenario.ts';

/** One step of a call sequence, in the caller's own text. */
export type CallStep =
  /** `std r2,24(r1)`; left out where the body's prologue has stored the slot for all its calls (hoisted) */
  | 'save-toc'
  /** `addis r12,r2,0; ld r12,OFFSET(r12)`: the callee's GEP out of the caller's own data: a use of its TOC */
  | 'load-pointer'
  /** `mtctr r12` */
  | 'move-to-ctr'
  /** the epilogue: r1, LR and the saved registers back to what they were at entry */
  | 'leave'
  | 'bl-entry' | 'bl-stub' | 'bctrl' | 'b-entry' | 'b-stub'
  /** `ld r2,24(r1)` */
  | 'restore-toc';

export type CallRowName = CallKind | 'root';

export interface CallKindRow {
  /** As a scenario and a signature name it. */
  readonly kind: CallRowName;
  readonly summary: string;
  /** Behind the argument set-up, up to the branch. */
  readonly before: readonly CallStep[];
  /** The instruction that makes the call. */
  readonly branch: CallStep;
  /** At the return address. Empty: the return address is the resume point. */
  readonly after: readonly CallStep[];
  /** The branch goes through a call stub of the caller's module, which uses the caller's TOC and stores r2 to 24(r1). */
  readonly stub: boolean;
  /** Which entry of a callee with two entries is used; with one entry it is that one. r12 is the entry's address when `global`. */
  readonly enters: 'local' | 'global';
  /** Callees of these shapes can be called so. */
  readonly callees: readonly EntryShape[];
  /** The caller relies on finding in r2, when the callee returns, what it had at the call. */
  readonly needsR2: boolean;
  /** 24(r1) of the caller is live while the call is pending. A hoisted slot may be live during any call (`slotIsLive`). */
  readonly slotLive: boolean;
  /** The caller reloads r2 from 24(r1) at the return address. */
  readonly restores: boolean;
  /** Whose slot is stored on the way: the caller's own, that of the caller's caller (r1 is its already), or nobody's. */
  readonly storesSlot: 'own' | 'callers' | 'none';
  /** The callee returns to this caller; false: to the one whose pending return is handed on. */
  readonly returnsHere: boolean;
}

const ANY: readonly EntryShape[] = ['dual', 'single', 'clobber'];
const KEEPS_R2: readonly EntryShape[] = ['dual', 'single'];

export const CALL_KIND_TABLE: { readonly [Name in CallRowName]: CallKindRow } = {
  root: {
    kind: 'root', summary: 'the first call of a context: thread start code, or interrupt entry code to its handler',
    before: ['move-to-ctr'], branch: 'bctrl', after: [], stub: false, enters: 'global', callees: ANY,
    needsR2: false, slotLive: false, restores: false, storesSlot: 'none', returnsHere: true,
  },
  local: {
    kind: 'local', summary: 'bl to the local entry of a function of the same module; nothing behind it',
    before: [], branch: 'bl-entry', after: [], stub: false, enters: 'local', callees: KEEPS_R2,
    needsR2: true, slotLive: false, restores: false, storesSlot: 'none', returnsHere: true,
  },
  global: {
    kind: 'global', summary: 'bl to a call stub, which saves r2; the caller reloads it',
    before: [], branch: 'bl-stub', after: ['restore-toc'], stub: true, enters: 'global', callees: ANY,
    needsR2: false, slotLive: true, restores: true, storesSlot: 'own', returnsHere: true,
  },
  indirect: {
    kind: 'indirect', summary: 'through a function pointer; the caller saves r2 itself and reloads it',
    before: ['save-toc', 'load-pointer', 'move-to-ctr'], branch: 'bctrl', after: ['restore-toc'], stub: false, enters: 'global', callees: ANY,
    needsR2: false, slotLive: true, restores: true, storesSlot: 'own', returnsHere: true,
  },
  sibling: {
    kind: 'sibling', summary: 'epilogue, then b to the local entry of a function of the same module',
    before: ['leave'], branch: 'b-entry', after: [], stub: false, enters: 'local', callees: KEEPS_R2,
    needsR2: false, slotLive: false, restores: false, storesSlot: 'none', returnsHere: false,
  },
  'stub-sibling': {
    kind: 'stub-sibling', summary: "epilogue, then b to a call stub, which stores r2 to the slot of the caller's caller",
    before: ['leave'], branch: 'b-stub', after: [], stub: true, enters: 'global', callees: KEEPS_R2,
    needsR2: false, slotLive: false, restores: false, storesSlot: 'callers', returnsHere: false,
  },
};

/** A call of this kind hands the pending return of its caller on. It is the last of its body. */
export function isSibling(kind: CallKind): boolean {
  return !CALL_KIND_TABLE[kind].returnsHere;
}

/**
 * Is the caller's slot 24(r1) live while call `at` of the body is pending? It is from the owner's store to the last reload that can use that
 * store: with a hoisted store also during calls in front of an indirect one, unless a stub surely stores it anew in between.
 */
export function slotIsLive(body: Body, at: number): boolean {
  const row = CALL_KIND_TABLE[body.calls[at]!.kind];
  return row.slotLive || (row.returnsHere && hoistedSlotIsLive(body, at + 1));
}

/** The slot that the body's prologue stored is live in front of call `next`: some call from there on reloads it before a stub surely stores it anew. */
export function hoistedSlotIsLive(body: Body, next: number): boolean {
  if (!body.hoisted) return false;
  for (let later = next; later < body.calls.length; later++) {
    const { kind, limit } = body.calls[later]!;
    if (kind === 'indirect') return true;
    if (kind === 'global' && limit === undefined) return false;
  }
  return false;
}
