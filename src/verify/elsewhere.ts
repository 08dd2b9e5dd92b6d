/** A word of the image is executed elsewhere, since a branch stands in its place: what does there what the word did here. */
import { decode } from '../isa/decode.ts';
import { b, encode, ld, mtlr } from '../isa/encode.ts';
import { SAVE0 } from './runner.ts';

/** `mfxer`, whatever its register. The emulator keeps what is written to reserved bits of XER, a processor does not: they are taken away behind it. */
export const isMfxer = (word: number): boolean => (word & ~(31 << 21)) === 0x7c0102a6;

/**
 * Writes to `near`, from word `free` on, what does there the same as `word` does at `address` (low half; `high`), and returns the next free word. `base`: low half of where
 * `near` lies.
 * @throws RangeError for a word that cannot be moved.
 */
export function elsewhere(near: Int32Array, free: number, word: number, address: number, base: number, high: number): number {
  const primary = word >>> 26, linked = (word & 1) !== 0;
  const refuse = (what: string): RangeError => new RangeError(`${what} at 0x${(address >>> 0).toString(16)}: this comparison cannot move it`);
  if (isMfxer(word)) {
    const register = word >>> 21 & 31;
    near[free++] = word;
    near[free++] = encode('rlwinm', register, register, 0, 25, 2);
    near[free++] = encode('rldicl', register, register, 0, 32);
    return free;
  }
  if (primary !== 16 && primary !== 18 && !(primary === 19 && linked)) {
    near[free] = word;
    return free + 1;
  }
  if (primary !== 19 && (word & 2) !== 0) throw refuse('an absolute branch');
  if (linked) {
    // It goes to where LR was.
    if (primary === 19 && decode(word)?.mnemonic === 'bclrl') throw refuse('a linked branch to LR');
    // LR is set whether the branch is taken or not.
    free = linkTo(near, free, address + 4 | 0, high);
  }
  if (primary === 18) near[free] = b(address + (word << 6 >> 6 & ~3) - (base + 4 * free) | 0);
  else if (primary === 19) near[free] = word & ~1;
  else {
    // Taken: over the branch past it.
    near[free++] = word & ~0xfffd | 8;
    near[free++] = b(8);
    near[free] = b(address + (word << 16 >> 16 & ~3) - (base + 4 * free) | 0);
  }
  return free + 1;
}

/** LR = an address, r0 as it was: it is kept in the PACA while code at a point runs. */
function linkTo(near: Int32Array, free: number, low: number, high: number): number {
  near[free++] = encode('addis', 0, 0, high >> 16);
  near[free++] = encode('ori', 0, 0, high & 0xffff);
  near[free++] = encode('rldicr', 0, 0, 32, 31);
  near[free++] = encode('oris', 0, 0, low >>> 16);
  near[free++] = encode('ori', 0, 0, low & 0xffff);
  near[free++] = mtlr(0);
  near[free++] = ld(0, SAVE0, 13);
  return free;
}
