/** Where a store goes: the effective address of the store instructions of Power ISA 2.07B, Book I 3.3.3, from their words. */

/** Result of `storeTarget`: address halves, and bytes; 0: not a store. */
export class StoreTarget {
  hi = 0;
  lo = 0;
  bytes = 0;
}

const D_FORM: Readonly<Record<number, number>> = { 36: 4, 37: 4, 38: 1, 39: 1, 44: 2, 45: 2 };
const X_FORM: Readonly<Record<number, number>> = {
  149: 8, 181: 8, 151: 4, 183: 4, 215: 1, 247: 1, 407: 2, 439: 2, 660: 8, 662: 4, 918: 2, 214: 8, 150: 4,
};

/** Computes into `target` where `word` would store with these registers (machine/registers.ts). */
export function storeTarget(word: number, regs: Int32Array, target: StoreTarget): void {
  const primary = word >>> 26;
  const ra = (word >>> 16) & 31;
  const baseHi = ra === 0 ? 0 : regs[2 * ra]!;
  const baseLo = ra === 0 ? 0 : regs[2 * ra + 1]!;
  let addHi = 0;
  let addLo = 0;
  if (primary === 62) {
    target.bytes = (word & 3) <= 1 ? 8 : 0;
    addLo = ((word << 16) >> 16) & ~3;
    addHi = addLo >> 31;
  } else if (primary === 31) {
    target.bytes = X_FORM[(word >>> 1) & 1023] ?? 0;
    const rb = (word >>> 11) & 31;
    addHi = regs[2 * rb]!;
    addLo = regs[2 * rb + 1]!;
  } else {
    target.bytes = D_FORM[primary] ?? 0;
    addLo = (word << 16) >> 16;
    addHi = addLo >> 31;
  }
  const lo = (baseLo >>> 0) + (addLo >>> 0);
  target.lo = lo | 0;
  target.hi = (baseHi + addHi + (lo > 0xffffffff ? 1 : 0)) | 0;
}

/** The word at flat byte `at` after a store of `bytes` bytes at `flat`. */
export function patched(old: number, at: number, flat: number, bytes: number, hi: number, lo: number): number {
  let word = old;
  for (let i = 0; i < 4; i++) {
    const byte = at + i - flat;
    if (byte < 0 || byte >= bytes) continue;
    const value = byte < 4 ? lo >>> (8 * byte) : hi >>> (8 * byte - 32);
    word = (word & ~(255 << (8 * i))) | ((value & 255) << (8 * i));
  }
  return word;
}
