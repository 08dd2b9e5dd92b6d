/**
 * What several instructions have in common, derived from the primitives of the domain.
 * Source: Power ISA 2.07B, Book I, 2.3.1 (CR), 3.2.2 (XER) and 3.3 (fixed-point facility instructions).
 */
import { both, differ, either, negate } from './domain.ts';
import type { Domain, Truth } from './domain.ts';
import type { State } from './state.ts';
import * as f from './fields.ts';

/** (RA|0): the register, or zero when the field is 0. */
export function baseOf<W>(d: Domain<W>, s: State<W>, word: number): W {
  const ra = f.ra(word);
  return ra === 0 ? d.small(0) : s.gpr(ra);
}

/** Bit of a word in IBM numbering, 0 (highest) to 63. */
export function testBit<W>(d: Domain<W>, a: W, bit: number): Truth {
  return negate(d.equal(d.and(a, oneBit(d, bit)), d.small(0)));
}

/** The word with only this bit (IBM numbering) set. */
export function oneBit<W>(d: Domain<W>, bit: number): W {
  return bit < 32 ? d.const(1 << (31 - bit), 0) : d.const(0, 1 << (63 - bit));
}

/** Ones from bit `first` to bit `last` inclusive (IBM numbering, 0..63), wrapping when first > last. */
export function maskWord<W>(d: Domain<W>, first: number, last: number): W {
  const hi = onesFromHigh(first) & ~onesFromHigh(last + 1);
  const lo = onesFromLow(first) & ~onesFromLow(last + 1);
  if (first <= last) return d.const(hi, lo);
  return d.const(onesFromHigh(first) | ~onesFromHigh(last + 1), onesFromLow(first) | ~onesFromLow(last + 1));
}

/** High half of the word with ones from `bit` to 63. */
const onesFromHigh = (bit: number): number => (bit >= 32 ? 0 : -1 >>> bit);
/** Low half of the word with ones from `bit` to 63. */
const onesFromLow = (bit: number): number => (bit >= 64 ? 0 : bit <= 32 ? -1 : -1 >>> (bit - 32));

/** Sets CR field `field` to LT, GT, EQ, SO of a comparison. */
export function setCompared<W>(s: State<W>, field: number, less: Truth, greater: Truth, equal: Truth): void {
  s.setCrBit(4 * field, less);
  s.setCrBit(4 * field + 1, greater);
  s.setCrBit(4 * field + 2, equal);
  s.setCrBit(4 * field + 3, s.flag('so'));
}

/** Rc=1: CR0 reflects the 64-bit result as a signed number, and the new SO. */
export function record<W>(d: Domain<W>, s: State<W>, result: W): void {
  const zero = d.small(0);
  setCompared(s, 0, d.lessSigned(result, zero), d.lessSigned(zero, result), d.equal(result, zero));
}

/** OE=1: OV, and SO stays set once it is set. */
export function setOverflow<W>(s: State<W>, overflow: Truth): void {
  s.setFlag('ov', overflow);
  s.setFlag('so', either(s.flag('so'), overflow));
}

/** The word 1 or 0. */
export function asWord<W>(d: Domain<W>, bit: Truth): W {
  return d.select(bit, d.small(1), d.small(0));
}

/** Sum, carry out of bit 0 and signed overflow of a + b + carry, as one addition. */
export function addWithCarry<W>(d: Domain<W>, a: W, b: W, carry: Truth): { sum: W; carry: Truth; overflow: Truth } {
  const partial = d.add(a, b);
  const sum = d.add(partial, asWord(d, carry));
  const carryOut = either(d.lessUnsigned(partial, a), d.lessUnsigned(sum, partial));
  return { sum, carry: carryOut, overflow: overflowOf(d, a, b, sum) };
}

/** Signed overflow of sum = a + b (+ carry): both operands have the sign that the sum has not. */
export function overflowOf<W>(d: Domain<W>, a: W, b: W, sum: W): Truth {
  return d.lessSigned(d.and(d.xor(a, sum), d.xor(b, sum)), d.small(0));
}

/** The low `bytes` bytes in reverse order, zero-extended. */
export function reverseBytes<W>(d: Domain<W>, a: W, bytes: 2 | 4 | 8): W {
  let result = d.small(0);
  for (let i = 0; i < bytes; i++) {
    const byte = d.zeroExtend(d.shiftRight(a, d.small(8 * i)), 1);
    result = d.or(result, d.shiftLeft(byte, d.small(8 * (bytes - 1 - i))));
  }
  return result;
}

/** The low 32 bits twice, rotated left: ROTL32 of Book I 3.3.14, a 64-bit word. */
export function rotate32<W>(d: Domain<W>, a: W, count: W): W {
  const low = d.zeroExtend(a, 4);
  return d.rotateLeft(d.or(low, d.shiftLeft(low, d.small(32))), d.and(count, d.small(31)));
}

/** Are the conditions of a trap instruction met? TO bits: 16 a<b, 8 a>b, 4 a=b, 2 a<b unsigned, 1 a>b unsigned. */
export function trapMet<W>(d: Domain<W>, to: number, a: W, b: W): Truth {
  let met: Truth = 'false';
  if (to & 16) met = either(met, d.lessSigned(a, b));
  if (to & 8) met = either(met, d.lessSigned(b, a));
  if (to & 4) met = either(met, d.equal(a, b));
  if (to & 2) met = either(met, d.lessUnsigned(a, b));
  if (to & 1) met = either(met, d.lessUnsigned(b, a));
  return met;
}

/**
 * Is the branch taken (BO, BI of Book I 2.4, Figure 40)? Decrements CTR first when BO says so.
 */
export function branchTaken<W>(d: Domain<W>, s: State<W>, word: number): Truth {
  const bo = f.bo(word);
  let ctrOk: Truth = 'true';
  if ((bo & 4) === 0) {
    const ctr = d.sub(s.special('ctr'), d.small(1));
    s.setSpecial('ctr', ctr);
    const zero = d.equal(ctr, d.small(0));
    ctrOk = bo & 2 ? zero : negate(zero);
  }
  if (bo & 16) return ctrOk;
  return both(ctrOk, differ(s.crBit(f.bi(word)), bo & 8 ? 'false' : 'true'));
}
