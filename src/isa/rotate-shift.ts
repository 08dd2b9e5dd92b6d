/**
 * Rotates and shifts: Power ISA 2.07B, Book I, 3.3.14. Masks wrap round when they begin after their end;
 * a 32-bit rotate works on the low word repeated, so a wrapping mask lets the copy through.
 */
import { both, negate } from './domain.ts';
import type { Domain } from './domain.ts';
import { MB, MB6, ME, ME6, RA, RB, RS, SH, SH6 } from './fields.ts';
import * as f from './fields.ts';
import type { Operand } from './fields.ts';
import { PRIMARY_MASK, X_MASK, instruction, primary, xForm } from './instruction.ts';
import type { Instruction, Meaning } from './instruction.ts';
import type { State } from './state.ts';
import { maskWord, record, rotate32 } from './words.ts';

/** The new value of RA. */
type Compute = <W>(d: Domain<W>, s: State<W>, word: number) => W;

/** NAME and NAME. with these fixed bits. */
function rows(isa: string, name: string, operands: readonly Operand[], match: number, mask: number, compute: Compute): Instruction[] {
  const meaning: Meaning = (d, s, w) => {
    const result = compute(d, s, w);
    if (f.rc(w)) record(d, s, result);
    s.setGpr(f.ra(w), result);
  };
  return [0, 1].map((rc) => instruction(isa, name + (rc ? '.' : ''), operands, match | rc, mask | 1, meaning));
}

/** `inserted` where the mask has ones, RA elsewhere. */
function insertUnder<W>(d: Domain<W>, s: State<W>, w: number, inserted: W, mask: W): W {
  return d.or(d.and(inserted, mask), d.and(s.gpr(f.ra(w)), d.not(mask)));
}

/** Arithmetic shift right; CA is set when a negative value loses one bits. */
function shiftAlgebraic<W>(d: Domain<W>, s: State<W>, value: W, count: W): W {
  const result = d.shiftRightSigned(value, count);
  const lost = negate(d.equal(d.shiftLeft(result, count), value));
  s.setFlag('ca', both(d.lessSigned(value, d.small(0)), lost));
  return result;
}

const MD = 0xfc00001c;
const MDS = 0xfc00001e;
const ROTATE = 'I 3.3.14.1';
const SHIFT = 'I 3.3.14.2';

export const ROTATE_SHIFT: readonly Instruction[] = [
  ...rows(ROTATE, 'rlwinm', [RA, RS, SH, MB, ME], primary(21), PRIMARY_MASK, (d, s, w) =>
    d.and(rotate32(d, s.gpr(f.rs(w)), d.small(f.sh(w))), maskWord(d, f.mb(w) + 32, f.me(w) + 32))),
  ...rows(ROTATE, 'rlwnm', [RA, RS, RB, MB, ME], primary(23), PRIMARY_MASK, (d, s, w) =>
    d.and(rotate32(d, s.gpr(f.rs(w)), s.gpr(f.rb(w))), maskWord(d, f.mb(w) + 32, f.me(w) + 32))),
  ...rows(ROTATE, 'rlwimi', [RA, RS, SH, MB, ME], primary(20), PRIMARY_MASK, (d, s, w) =>
    insertUnder(d, s, w, rotate32(d, s.gpr(f.rs(w)), d.small(f.sh(w))), maskWord(d, f.mb(w) + 32, f.me(w) + 32))),

  ...rows(ROTATE, 'rldicl', [RA, RS, SH6, MB6], primary(30), MD, (d, s, w) =>
    d.and(d.rotateLeft(s.gpr(f.rs(w)), d.small(f.sh6(w))), maskWord(d, f.mb6(w), 63))),
  ...rows(ROTATE, 'rldicr', [RA, RS, SH6, ME6], primary(30) | 4, MD, (d, s, w) =>
    d.and(d.rotateLeft(s.gpr(f.rs(w)), d.small(f.sh6(w))), maskWord(d, 0, f.me6(w)))),
  ...rows(ROTATE, 'rldic', [RA, RS, SH6, MB6], primary(30) | 8, MD, (d, s, w) =>
    d.and(d.rotateLeft(s.gpr(f.rs(w)), d.small(f.sh6(w))), maskWord(d, f.mb6(w), 63 - f.sh6(w)))),
  ...rows(ROTATE, 'rldimi', [RA, RS, SH6, MB6], primary(30) | 12, MD, (d, s, w) =>
    insertUnder(d, s, w, d.rotateLeft(s.gpr(f.rs(w)), d.small(f.sh6(w))), maskWord(d, f.mb6(w), 63 - f.sh6(w)))),
  ...rows(ROTATE, 'rldcl', [RA, RS, RB, MB6], primary(30) | 16, MDS, (d, s, w) =>
    d.and(d.rotateLeft(s.gpr(f.rs(w)), s.gpr(f.rb(w))), maskWord(d, f.mb6(w), 63))),
  ...rows(ROTATE, 'rldcr', [RA, RS, RB, ME6], primary(30) | 18, MDS, (d, s, w) =>
    d.and(d.rotateLeft(s.gpr(f.rs(w)), s.gpr(f.rb(w))), maskWord(d, 0, f.me6(w)))),

  // Word shifts take 6 bits of RB: 32 to 63 shift everything out of the low word.
  ...rows(SHIFT, 'slw', [RA, RS, RB], xForm(31, 24), X_MASK, (d, s, w) =>
    d.zeroExtend(d.shiftLeft(s.gpr(f.rs(w)), d.and(s.gpr(f.rb(w)), d.small(63))), 4)),
  ...rows(SHIFT, 'srw', [RA, RS, RB], xForm(31, 536), X_MASK, (d, s, w) =>
    d.shiftRight(d.zeroExtend(s.gpr(f.rs(w)), 4), d.and(s.gpr(f.rb(w)), d.small(63)))),
  ...rows(SHIFT, 'sraw', [RA, RS, RB], xForm(31, 792), X_MASK, (d, s, w) =>
    shiftAlgebraic(d, s, d.signExtend(s.gpr(f.rs(w)), 4), d.and(s.gpr(f.rb(w)), d.small(63)))),
  ...rows(SHIFT, 'srawi', [RA, RS, SH], xForm(31, 824), X_MASK, (d, s, w) =>
    shiftAlgebraic(d, s, d.signExtend(s.gpr(f.rs(w)), 4), d.small(f.sh(w)))),
  // Doubleword shifts take 7 bits of RB, as the domain's shifts do.
  ...rows(SHIFT, 'sld', [RA, RS, RB], xForm(31, 27), X_MASK, (d, s, w) => d.shiftLeft(s.gpr(f.rs(w)), s.gpr(f.rb(w)))),
  ...rows(SHIFT, 'srd', [RA, RS, RB], xForm(31, 539), X_MASK, (d, s, w) => d.shiftRight(s.gpr(f.rs(w)), s.gpr(f.rb(w)))),
  ...rows(SHIFT, 'srad', [RA, RS, RB], xForm(31, 794), X_MASK, (d, s, w) =>
    shiftAlgebraic(d, s, s.gpr(f.rs(w)), s.gpr(f.rb(w)))),
  ...rows(SHIFT, 'sradi', [RA, RS, SH6], primary(31) | 413 << 2, 0xfc0007fc, (d, s, w) =>
    shiftAlgebraic(d, s, s.gpr(f.rs(w)), d.small(f.sh6(w)))),
];
