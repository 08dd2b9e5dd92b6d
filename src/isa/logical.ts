/**
 * Logical instructions: Power ISA 2.07B, Book I, 3.3.12 and 3.3.12.1; isel: 3.3.11; and the rows of the
 * preferred no-op `ori 0,0,0`, which is an ordinary `ori`.
 */
import type { Domain } from './domain.ts';
import { ISEL_BIT, RA, RA0, RB, RS, RT, UI } from './fields.ts';
import * as f from './fields.ts';
import { NO_RB, PRIMARY_MASK, X_MASK, instruction, primary, xForm } from './instruction.ts';
import type { Instruction, Meaning } from './instruction.ts';
import { baseOf, record } from './words.ts';

/** NAME and NAME. RA,RS,RB */
function binary(name: string, extended: number, compute: <W>(d: Domain<W>, rs: W, rb: W) => W): Instruction[] {
  const meaning: Meaning = (d, s, w) => {
    const result = compute(d, s.gpr(f.rs(w)), s.gpr(f.rb(w)));
    if (f.rc(w)) record(d, s, result);
    s.setGpr(f.ra(w), result);
  };
  return [0, 1].map((rc) =>
    instruction('I 3.3.12', name + (rc ? '.' : ''), [RA, RS, RB], xForm(31, extended) | rc, X_MASK, meaning));
}

/** NAME and NAME. RA,RS */
function unary(name: string, extended: number, compute: <W>(d: Domain<W>, rs: W) => W): Instruction[] {
  const meaning: Meaning = (d, s, w) => {
    const result = compute(d, s.gpr(f.rs(w)));
    if (f.rc(w)) record(d, s, result);
    s.setGpr(f.ra(w), result);
  };
  return [0, 1].map((rc) =>
    instruction('I 3.3.12', name + (rc ? '.' : ''), [RA, RS], xForm(31, extended) | rc, X_MASK | NO_RB, meaning));
}

/** NAME RA,RS,UI; the constant is UI or UI shifted left by 16. */
function immediate(
  name: string, opcode: number, shifted: boolean, rc: boolean, compute: <W>(d: Domain<W>, rs: W, ui: W) => W,
): Instruction {
  return instruction('I 3.3.12', name, [RA, RS, UI], primary(opcode), PRIMARY_MASK, (d, s, w) => {
    const result = compute(d, s.gpr(f.rs(w)), d.const(0, shifted ? f.ui(w) << 16 : f.ui(w)));
    if (rc) record(d, s, result);
    s.setGpr(f.ra(w), result);
  });
}

export const LOGICAL: readonly Instruction[] = [
  ...binary('and', 28, (d, a, b) => d.and(a, b)),
  ...binary('or', 444, (d, a, b) => d.or(a, b)),
  ...binary('xor', 316, (d, a, b) => d.xor(a, b)),
  ...binary('nand', 476, (d, a, b) => d.not(d.and(a, b))),
  ...binary('nor', 124, (d, a, b) => d.not(d.or(a, b))),
  ...binary('eqv', 284, (d, a, b) => d.not(d.xor(a, b))),
  ...binary('andc', 60, (d, a, b) => d.and(a, d.not(b))),
  ...binary('orc', 412, (d, a, b) => d.or(a, d.not(b))),

  immediate('andi.', 28, false, true, (d, a, b) => d.and(a, b)),
  immediate('andis.', 29, true, true, (d, a, b) => d.and(a, b)),
  immediate('ori', 24, false, false, (d, a, b) => d.or(a, b)),
  immediate('oris', 25, true, false, (d, a, b) => d.or(a, b)),
  immediate('xori', 26, false, false, (d, a, b) => d.xor(a, b)),
  immediate('xoris', 27, true, false, (d, a, b) => d.xor(a, b)),

  ...unary('extsb', 954, (d, a) => d.signExtend(a, 1)),
  ...unary('extsh', 922, (d, a) => d.signExtend(a, 2)),
  ...unary('extsw', 986, (d, a) => d.signExtend(a, 4)),
  ...unary('cntlzw', 26, (d, a) => d.sub(d.countLeadingZeros(d.zeroExtend(a, 4)), d.small(32))),
  ...unary('cntlzd', 58, (d, a) => d.countLeadingZeros(a)),
  // popcntd has no record form.
  ...unary('popcntd', 506, (d, a) => d.populationCount(a)).slice(0, 1),

  instruction('I 3.3.11', 'isel', [RT, RA0, RB, ISEL_BIT], xForm(31, 15), 0xfc00003f, (d, s, w) =>
    s.setGpr(f.rt(w), d.select(s.crBit(f.iselBit(w)), baseOf(d, s, w), s.gpr(f.rb(w))))),
];
