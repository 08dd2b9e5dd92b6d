/**
 * Comparisons and traps: Power ISA 2.07B, Book I, 3.3.10 and 3.3.11. The L bit of a comparison is part of
 * the row, so the table has cmpw and cmpd where the ISA has cmp with L=0 and L=1.
 */
import type { Domain } from './domain.ts';
import { BF_OPT, RA, RB, SI, TO, UI_ANY } from './fields.ts';
import * as f from './fields.ts';
import { PRIMARY_MASK, X_MASK, instruction, primary, xForm } from './instruction.ts';
import type { Instruction } from './instruction.ts';
import type { State } from './state.ts';
import { setCompared, trapMet } from './words.ts';

function compareSigned<W>(d: Domain<W>, s: State<W>, w: number, a: W, b: W): void {
  setCompared(s, f.bf(w), d.lessSigned(a, b), d.lessSigned(b, a), d.equal(a, b));
}

function compareUnsigned<W>(d: Domain<W>, s: State<W>, w: number, a: W, b: W): void {
  setCompared(s, f.bf(w), d.lessUnsigned(a, b), d.lessUnsigned(b, a), d.equal(a, b));
}

// Bit 9 is reserved, bit 10 is L.
const X = X_MASK | 0x00600000;
const IMMEDIATE = PRIMARY_MASK | 0x00600000;
const L = 0x00200000;
const COMPARE = 'I 3.3.10';
const TRAP = 'I 3.3.11';

export const COMPARE_TRAP: readonly Instruction[] = [
  instruction(COMPARE, 'cmpw', [BF_OPT, RA, RB], xForm(31, 0), X, (d, s, w) =>
    compareSigned(d, s, w, d.signExtend(s.gpr(f.ra(w)), 4), d.signExtend(s.gpr(f.rb(w)), 4))),
  instruction(COMPARE, 'cmpd', [BF_OPT, RA, RB], xForm(31, 0) | L, X, (d, s, w) =>
    compareSigned(d, s, w, s.gpr(f.ra(w)), s.gpr(f.rb(w)))),
  instruction(COMPARE, 'cmplw', [BF_OPT, RA, RB], xForm(31, 32), X, (d, s, w) =>
    compareUnsigned(d, s, w, d.zeroExtend(s.gpr(f.ra(w)), 4), d.zeroExtend(s.gpr(f.rb(w)), 4))),
  instruction(COMPARE, 'cmpld', [BF_OPT, RA, RB], xForm(31, 32) | L, X, (d, s, w) =>
    compareUnsigned(d, s, w, s.gpr(f.ra(w)), s.gpr(f.rb(w)))),
  instruction(COMPARE, 'cmpwi', [BF_OPT, RA, SI], primary(11), IMMEDIATE, (d, s, w) =>
    compareSigned(d, s, w, d.signExtend(s.gpr(f.ra(w)), 4), d.small(f.si(w)))),
  instruction(COMPARE, 'cmpdi', [BF_OPT, RA, SI], primary(11) | L, IMMEDIATE, (d, s, w) =>
    compareSigned(d, s, w, s.gpr(f.ra(w)), d.small(f.si(w)))),
  instruction(COMPARE, 'cmplwi', [BF_OPT, RA, UI_ANY], primary(10), IMMEDIATE, (d, s, w) =>
    compareUnsigned(d, s, w, d.zeroExtend(s.gpr(f.ra(w)), 4), d.small(f.ui(w)))),
  instruction(COMPARE, 'cmpldi', [BF_OPT, RA, UI_ANY], primary(10) | L, IMMEDIATE, (d, s, w) =>
    compareUnsigned(d, s, w, s.gpr(f.ra(w)), d.small(f.ui(w)))),

  instruction(TRAP, 'tw', [TO, RA, RB], xForm(31, 4), X_MASK, (d, s, w) =>
    // Sign extension keeps the unsigned order of 32-bit numbers too.
    s.trap(trapMet(d, f.to(w), d.signExtend(s.gpr(f.ra(w)), 4), d.signExtend(s.gpr(f.rb(w)), 4)))),
  instruction(TRAP, 'td', [TO, RA, RB], xForm(31, 68), X_MASK, (d, s, w) =>
    s.trap(trapMet(d, f.to(w), s.gpr(f.ra(w)), s.gpr(f.rb(w))))),
  instruction(TRAP, 'twi', [TO, RA, SI], primary(3), PRIMARY_MASK, (d, s, w) =>
    s.trap(trapMet(d, f.to(w), d.signExtend(s.gpr(f.ra(w)), 4), d.small(f.si(w))))),
  instruction(TRAP, 'tdi', [TO, RA, SI], primary(2), PRIMARY_MASK, (d, s, w) =>
    s.trap(trapMet(d, f.to(w), s.gpr(f.ra(w)), d.small(f.si(w))))),
];
