/**
 * Branches: Power ISA 2.07B, Book I, 2.4; CR logic: 2.5 and 2.5.1.
 *
 * LR is set whether or not the branch is taken, after the old LR has been read.
 */
import { both, differ, either, negate } from './domain.ts';
import type { Domain, Truth } from './domain.ts';
import { BA, BB, BD, BD_ABS, BF, BFA, BH, BI, BO, BT, LI, LI_ABS } from './fields.ts';
import * as f from './fields.ts';
import { PRIMARY_MASK, X_MASK, instruction, primary, xForm } from './instruction.ts';
import type { Instruction, Meaning } from './instruction.ts';
import type { State } from './state.ts';
import { branchTaken } from './words.ts';

function link<W>(d: Domain<W>, s: State<W>, w: number): void {
  if (f.lk(w)) s.setSpecial('lr', d.add(s.cia(), d.small(4)));
}

const unconditional: Meaning = (d, s, w) => {
  const target = f.aa(w) ? d.small(f.li(w)) : d.add(s.cia(), d.small(f.li(w)));
  link(d, s, w);
  s.branch(target, 'true');
};

const conditional: Meaning = (d, s, w) => {
  const target = f.aa(w) ? d.small(f.bd(w)) : d.add(s.cia(), d.small(f.bd(w)));
  const taken = branchTaken(d, s, w);
  link(d, s, w);
  s.branch(target, taken);
};

const toRegister = (register: 'lr' | 'ctr'): Meaning => (d, s, w) => {
  const target = d.and(s.special(register), d.small(-4));
  const taken = branchTaken(d, s, w);
  link(d, s, w);
  s.branch(target, taken);
};

/**
 * BO without the reserved z bits and without the reserved hint at=01: Book I 2.4, Figures 40 and 41.
 */
function validOptions(word: number): boolean {
  const bo = f.bo(word);
  if ((bo & 0x14) === 0x14) return bo === 0x14;
  if ((bo & 0x14) === 0x10) return (bo & 9) !== 1;
  if ((bo & 0x14) === 0x04) return (bo & 3) !== 1;
  return (bo & 1) === 0;
}

/** bcctr may not decrement the register it branches to. */
const validCounterBranch = (word: number): boolean => validOptions(word) && (f.bo(word) & 4) !== 0;

const LINK_MASK = PRIMARY_MASK | 3;
// Bits 16:18 are reserved, 19:20 are BH.
const REGISTER_MASK = X_MASK | 0x0000e000;

/** CRNAME BT,BA,BB */
function logic(name: string, extended: number, compute: (a: Truth, b: Truth) => Truth): Instruction {
  return instruction('I 2.5.1', name, [BT, BA, BB], xForm(19, extended), X_MASK, (_d, s, w) =>
    s.setCrBit(f.bt(w), compute(s.crBit(f.ba(w)), s.crBit(f.bb(w)))));
}

export const BRANCH: readonly Instruction[] = [
  instruction('I 2.4', 'b', [LI], primary(18), LINK_MASK, unconditional),
  instruction('I 2.4', 'ba', [LI_ABS], primary(18) | 2, LINK_MASK, unconditional),
  instruction('I 2.4', 'bl', [LI], primary(18) | 1, LINK_MASK, unconditional),
  instruction('I 2.4', 'bla', [LI_ABS], primary(18) | 3, LINK_MASK, unconditional),
  instruction('I 2.4', 'bc', [BO, BI, BD], primary(16), LINK_MASK, conditional, { valid: validOptions }),
  instruction('I 2.4', 'bca', [BO, BI, BD_ABS], primary(16) | 2, LINK_MASK, conditional, { valid: validOptions }),
  instruction('I 2.4', 'bcl', [BO, BI, BD], primary(16) | 1, LINK_MASK, conditional, { valid: validOptions }),
  instruction('I 2.4', 'bcla', [BO, BI, BD_ABS], primary(16) | 3, LINK_MASK, conditional, { valid: validOptions }),
  instruction('I 2.4', 'bclr', [BO, BI, BH], xForm(19, 16), REGISTER_MASK, toRegister('lr'), { valid: validOptions }),
  instruction('I 2.4', 'bclrl', [BO, BI, BH], xForm(19, 16) | 1, REGISTER_MASK, toRegister('lr'), { valid: validOptions }),
  instruction('I 2.4', 'bcctr', [BO, BI, BH], xForm(19, 528), REGISTER_MASK, toRegister('ctr'), { valid: validCounterBranch }),
  instruction('I 2.4', 'bcctrl', [BO, BI, BH], xForm(19, 528) | 1, REGISTER_MASK, toRegister('ctr'), { valid: validCounterBranch }),

  logic('crand', 257, both),
  logic('cror', 449, either),
  logic('crxor', 193, differ),
  logic('crnand', 225, (a, b) => negate(both(a, b))),
  logic('crnor', 33, (a, b) => negate(either(a, b))),
  logic('creqv', 289, (a, b) => negate(differ(a, b))),
  logic('crandc', 129, (a, b) => both(a, negate(b))),
  logic('crorc', 417, (a, b) => either(a, negate(b))),
  // Bits 9:10, 14:15 and 16:20 are reserved.
  instruction('I 2.5.2', 'mcrf', [BF, BFA], xForm(19, 0), X_MASK | 0x0063f800, (_d, s, w) => {
    for (let bit = 0; bit < 4; bit++) s.setCrBit(4 * f.bf(w) + bit, s.crBit(4 * f.bfa(w) + bit));
  }),
];
