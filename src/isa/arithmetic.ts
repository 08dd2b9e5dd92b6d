/**
 * Fixed-point arithmetic: Power ISA 2.07B, Book I, 3.3.9. Each XO-form row stands for its variants with
 * `o` (OE=1: sets OV and SO) and `.` (Rc=1: sets CR0).
 */
import { both, either, negate } from './domain.ts';
import type { Domain, Truth } from './domain.ts';
import { RA, RA0, RB, RT, SI, SI_ANY } from './fields.ts';
import * as f from './fields.ts';
import type { Operand } from './fields.ts';
import { NO_RB, PRIMARY_MASK, X_MASK, instruction, primary, xForm } from './instruction.ts';
import type { Instruction, Meaning } from './instruction.ts';
import type { State } from './state.ts';
import { addWithCarry, baseOf, overflowOf, record, setOverflow } from './words.ts';

/** Computes the result; `overflow` is asked only where OE=1. The carry is set inside. */
type Compute = <W>(d: Domain<W>, s: State<W>, word: number) => { result: W; overflow: () => Truth };

/** The meaning of all four variants of an XO-form instruction: OE and Rc are read from the word. */
function xoMeaning(compute: Compute, hasOverflow: boolean): Meaning {
  return (d, s, w) => {
    const { result, overflow } = compute(d, s, w);
    if (hasOverflow && f.oe(w)) setOverflow(s, overflow());
    if (f.rc(w)) record(d, s, result);
    s.setGpr(f.rt(w), result);
  };
}

/** NAME, NAME., NAMEo, NAMEo. */
function xo(name: string, extended: number, operands: readonly Operand[], compute: Compute): Instruction[] {
  const meaning = xoMeaning(compute, true);
  const mask = operands.includes(RB) ? X_MASK : X_MASK | NO_RB;
  const row = (suffix: string, bits: number): Instruction =>
    instruction('I 3.3.9', name + suffix, operands, xForm(31, extended) | bits, mask, meaning);
  return [row('', 0), row('.', 1), row('o', 0x400), row('o.', 0x401)];
}

/** NAME and NAME. of an instruction without OE: bit 21 is reserved. */
function xoNoOverflow(name: string, extended: number, compute: Compute): Instruction[] {
  const meaning = xoMeaning(compute, false);
  return [0, 1].map((rc) =>
    instruction('I 3.3.9', name + (rc ? '.' : ''), [RT, RA, RB], xForm(31, extended) | rc, X_MASK, meaning));
}

const never = (): Truth => 'false';

/** RT = a + b + carry, CA = carry out. */
function extended<W>(d: Domain<W>, s: State<W>, a: W, b: W, carry: Truth): { result: W; overflow: () => Truth } {
  const { sum, carry: out, overflow } = addWithCarry(d, a, b, carry);
  s.setFlag('ca', out);
  return { result: sum, overflow: () => overflow };
}

/** Signed 64-bit quotient with the cases that ISA leaves undefined. */
function quotient<W>(d: Domain<W>, a: W, b: W, bad: Truth, signed: boolean, narrow: boolean): { result: W; overflow: () => Truth } {
  // A divisor of 1 in the undefined cases keeps every domain's division total.
  const divisor = d.select(bad, d.small(1), b);
  const value = signed ? d.div(a, divisor) : d.divUnsigned(a, divisor);
  // The high half of a word division's result is undefined: Book I 3.3.9, divw, divwu.
  const result = narrow ? d.undefinedOutside(value, 0, -1) : value;
  return { result: d.select(bad, d.undefinedOutside(d.small(0), 0, 0), result), overflow: () => bad };
}

/** Does a signed division of `bytes` bytes have no representable quotient? */
function badSigned<W>(d: Domain<W>, a: W, b: W, smallest: W): Truth {
  return either(d.equal(b, d.small(0)), both(d.equal(a, smallest), d.equal(b, d.small(-1))));
}

const immediate = (name: string, opcode: number, meaning: Meaning, second: Operand = RA, si: Operand = SI): Instruction =>
  instruction('I 3.3.9', name, [RT, second, si], primary(opcode), PRIMARY_MASK, meaning);

export const ARITHMETIC: readonly Instruction[] = [
  immediate('addi', 14, (d, s, w) => s.setGpr(f.rt(w), d.add(baseOf(d, s, w), d.small(f.si(w)))), RA0),
  immediate('addis', 15, (d, s, w) => s.setGpr(f.rt(w), d.add(baseOf(d, s, w), d.small(f.si(w) << 16))), RA0, SI_ANY),
  immediate('addic', 12, (d, s, w) => s.setGpr(f.rt(w), extended(d, s, s.gpr(f.ra(w)), d.small(f.si(w)), 'false').result)),
  immediate('addic.', 13, (d, s, w) => {
    const { result } = extended(d, s, s.gpr(f.ra(w)), d.small(f.si(w)), 'false');
    record(d, s, result);
    s.setGpr(f.rt(w), result);
  }),
  immediate('subfic', 8, (d, s, w) =>
    s.setGpr(f.rt(w), extended(d, s, d.not(s.gpr(f.ra(w))), d.small(f.si(w)), 'true').result)),
  immediate('mulli', 7, (d, s, w) => s.setGpr(f.rt(w), d.mul(s.gpr(f.ra(w)), d.small(f.si(w))))),

  ...xo('add', 266, [RT, RA, RB], (d, s, w) => {
    const a = s.gpr(f.ra(w)), b = s.gpr(f.rb(w)), result = d.add(a, b);
    return { result, overflow: () => overflowOf(d, a, b, result) };
  }),
  // RB - RA, kept as one subtraction for domains that know what a difference is.
  ...xo('subf', 40, [RT, RA, RB], (d, s, w) => {
    const a = s.gpr(f.ra(w)), b = s.gpr(f.rb(w)), result = d.sub(b, a);
    return { result, overflow: () => overflowOf(d, d.not(a), b, result) };
  }),
  ...xo('addc', 10, [RT, RA, RB], (d, s, w) => extended(d, s, s.gpr(f.ra(w)), s.gpr(f.rb(w)), 'false')),
  ...xo('subfc', 8, [RT, RA, RB], (d, s, w) => extended(d, s, d.not(s.gpr(f.ra(w))), s.gpr(f.rb(w)), 'true')),
  ...xo('adde', 138, [RT, RA, RB], (d, s, w) => extended(d, s, s.gpr(f.ra(w)), s.gpr(f.rb(w)), s.flag('ca'))),
  ...xo('subfe', 136, [RT, RA, RB], (d, s, w) => extended(d, s, d.not(s.gpr(f.ra(w))), s.gpr(f.rb(w)), s.flag('ca'))),
  ...xo('addme', 234, [RT, RA], (d, s, w) => extended(d, s, s.gpr(f.ra(w)), d.small(-1), s.flag('ca'))),
  ...xo('subfme', 232, [RT, RA], (d, s, w) => extended(d, s, d.not(s.gpr(f.ra(w))), d.small(-1), s.flag('ca'))),
  ...xo('addze', 202, [RT, RA], (d, s, w) => extended(d, s, s.gpr(f.ra(w)), d.small(0), s.flag('ca'))),
  ...xo('subfze', 200, [RT, RA], (d, s, w) => extended(d, s, d.not(s.gpr(f.ra(w))), d.small(0), s.flag('ca'))),
  ...xo('neg', 104, [RT, RA], (d, s, w) => {
    const a = s.gpr(f.ra(w));
    return { result: d.sub(d.small(0), a), overflow: () => d.equal(a, d.const(0x80000000, 0)) };
  }),

  ...xo('mullw', 235, [RT, RA, RB], (d, s, w) => {
    const result = d.mul(d.signExtend(s.gpr(f.ra(w)), 4), d.signExtend(s.gpr(f.rb(w)), 4));
    return { result, overflow: () => negate(d.equal(result, d.signExtend(result, 4))) };
  }),
  ...xo('mulld', 233, [RT, RA, RB], (d, s, w) => {
    const a = s.gpr(f.ra(w)), b = s.gpr(f.rb(w)), result = d.mul(a, b);
    return { result, overflow: () => negate(d.equal(d.mulHigh(a, b), d.shiftRightSigned(result, d.small(63)))) };
  }),
  // The high half of the result is undefined.
  ...xoNoOverflow('mulhw', 75, (d, s, w) => {
    const product = d.mul(d.signExtend(s.gpr(f.ra(w)), 4), d.signExtend(s.gpr(f.rb(w)), 4));
    return { result: d.undefinedOutside(d.shiftRight(product, d.small(32)), 0, -1), overflow: never };
  }),
  ...xoNoOverflow('mulhwu', 11, (d, s, w) => {
    const product = d.mul(d.zeroExtend(s.gpr(f.ra(w)), 4), d.zeroExtend(s.gpr(f.rb(w)), 4));
    return { result: d.undefinedOutside(d.shiftRight(product, d.small(32)), 0, -1), overflow: never };
  }),
  ...xoNoOverflow('mulhd', 73, (d, s, w) => ({ result: d.mulHigh(s.gpr(f.ra(w)), s.gpr(f.rb(w))), overflow: never })),
  ...xoNoOverflow('mulhdu', 9, (d, s, w) => ({ result: d.mulHighUnsigned(s.gpr(f.ra(w)), s.gpr(f.rb(w))), overflow: never })),

  ...xo('divw', 491, [RT, RA, RB], (d, s, w) => {
    const a = d.signExtend(s.gpr(f.ra(w)), 4), b = d.signExtend(s.gpr(f.rb(w)), 4);
    return quotient(d, a, b, badSigned(d, a, b, d.small(-0x80000000)), true, true);
  }),
  ...xo('divwu', 459, [RT, RA, RB], (d, s, w) => {
    const a = d.zeroExtend(s.gpr(f.ra(w)), 4), b = d.zeroExtend(s.gpr(f.rb(w)), 4);
    return quotient(d, a, b, d.equal(b, d.small(0)), false, true);
  }),
  ...xo('divd', 489, [RT, RA, RB], (d, s, w) => {
    const a = s.gpr(f.ra(w)), b = s.gpr(f.rb(w));
    return quotient(d, a, b, badSigned(d, a, b, d.const(0x80000000, 0)), true, false);
  }),
  ...xo('divdu', 457, [RT, RA, RB], (d, s, w) => {
    const a = s.gpr(f.ra(w)), b = s.gpr(f.rb(w));
    return quotient(d, a, b, d.equal(b, d.small(0)), false, false);
  }),
];
