/**
 * Which memory an instruction reads and writes: effective addresses of the loads and stores of Power ISA 2.07B, Book I 3.3.2 to 3.3.5, the
 * only ones of the subset (isa/load-store.ts) that access memory.
 */
import { StoreTarget, storeTarget } from '../invariants/stores.ts';

/** D-forms: bytes by primary opcode. */
const D_FORM: Readonly<Record<number, number>> = { 32: 4, 33: 4, 34: 1, 35: 1, 40: 2, 41: 2, 42: 2, 43: 2 };
/** X-forms: bytes by extended opcode of primary 31. */
const X_FORM: Readonly<Record<number, number>> = {
  21: 8, 53: 8, 23: 4, 55: 4, 87: 1, 119: 1, 279: 2, 311: 2, 343: 2, 375: 2, 341: 4, 373: 4, 790: 2, 534: 4, 532: 8,
};

/** An access: address halves, and bytes; 0: none. */
export class Access extends StoreTarget {
  store = false;
}

/** Computes into `access` what `word` reads or writes with these registers (machine/registers.ts). */
export function accessOf(word: number, regs: Int32Array, access: Access): void {
  storeTarget(word, regs, access);
  access.store = access.bytes !== 0;
  if (access.store) return;
  const primary = word >>> 26;
  const ra = (word >>> 16) & 31;
  let addHi = 0;
  let addLo = 0;
  if (primary === 58) {
    // ld, ldu, lwa
    access.bytes = (word & 3) === 2 ? 4 : (word & 3) === 3 ? 0 : 8;
    addLo = ((word << 16) >> 16) & ~3;
    addHi = addLo >> 31;
  } else if (primary === 31) {
    access.bytes = X_FORM[(word >>> 1) & 1023] ?? 0;
    const rb = (word >>> 11) & 31;
    addHi = regs[2 * rb]!;
    addLo = regs[2 * rb + 1]!;
  } else {
    access.bytes = D_FORM[primary] ?? 0;
    addLo = (word << 16) >> 16;
    addHi = addLo >> 31;
  }
  if (access.bytes === 0) return;
  const lo = ((ra === 0 ? 0 : regs[2 * ra + 1]!) >>> 0) + (addLo >>> 0);
  access.lo = lo | 0;
  access.hi = ((ra === 0 ? 0 : regs[2 * ra]!) + addHi + (lo > 0xffffffff ? 1 : 0)) | 0;
}

const SRR = new Set([26, 27]);

/** Whether the instruction looks at what any interrupt changes: SRR0 or SRR1, by mfspr or rfid. */
export function readsInterruptState(word: number): boolean {
  const primary = word >>> 26;
  if (primary === 19) return ((word >>> 1) & 1023) === 18;
  if (primary !== 31 || ((word >>> 1) & 1023) !== 339) return false;
  const spr = ((word >>> 16) & 31) | ((word >>> 11) & 31) << 5;
  return SRR.has(spr);
}

/** Loads and stores of D- and DS-form by primary opcode, without those that change their base: D odd ones (with update), and lmw, stmw. */
const DISPLACED = new Set([32, 34, 36, 38, 40, 42, 44]);
/** Primary opcodes without general registers: branches, sc, condition register. */
const NO_GPR = new Set([16, 17, 18, 19]);
const R13 = 13;

/**
 * How an instruction uses r13, the PACA pointer: as the base of a load or store with a displacement; otherwise, as far as its fields can say (a field that
 * is no register may look like one); or not at all.
 */
export function pacaUse(word: number): 'base' | 'otherwise' | 'none' {
  const primary = word >>> 26;
  if (NO_GPR.has(primary)) return 'none';
  const [target, base, index] = [(word >>> 21) & 31, (word >>> 16) & 31, (word >>> 11) & 31];
  // Of ld, lwa, std and their updating forms: the last two bits.
  const displaced = DISPLACED.has(primary) || (primary === 58 && (word & 3) !== 1) || (primary === 62 && (word & 3) === 0);
  if (target === R13) return 'otherwise';
  if (displaced) return base === R13 ? 'base' : 'none';
  return base === R13 || (primary >= 20 && primary <= 31 && index === R13) ? 'otherwise' : 'none';
}
