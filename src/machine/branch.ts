/**
 * All branches in their general form, and rfid: Power ISA 2.07B, Book I, 2.4, and Book III-S 3.3.1. The loop has shorter forms of
 * the frequent ones. Nothing is changed before it is known that the branch can be made: where it cannot, pc and registers are
 * still as before it.
 */
import { PAGE_WORDS } from '../image/space.ts';
import { MSR_CHANGES } from '../isa/state.ts';
import type { Core } from './core.ts';
import { CR, CTR, LR, MSR_PAIR, SRR0, SRR1 } from './registers.ts';

const RFID = 0x4c000024;
const IN_PAGE = PAGE_WORDS - 1;

/** Low half of the address of the instruction at m.pc. */
const ciaLow = (m: Core): number => (m.space.pageLo[m.pc >>> 12]! + ((m.pc & IN_PAGE) << 2)) | 0;
const ciaHigh = (m: Core): number => m.space.pageHi[m.pc >>> 12]!;
/** High half of cia + distance, given the low half of the sum; distance is a signed 32-bit number. */
const highOfSum = (hi: number, lo: number, sum: number, distance: number): number =>
  (hi + (distance >> 31) + (sum >>> 0 < lo >>> 0 ? 1 : 0)) | 0;

/** Carries out the branch `word` at m.pc. Its next flat word, or -1: m.stop says why. */
export function branch(m: Core, word: number): number {
  if (word === RFID) return returnFromInterrupt(m);
  const regs = m.regs, primary = word >>> 26;
  let taken = true, decrement = false;
  if (primary !== 18) {
    const bo = word >>> 21 & 31, bi = word >>> 16 & 31;
    let low = regs[CTR + 1]!;
    decrement = (bo & 4) === 0;
    if (decrement) {
      low = (low - 1) | 0;
      const zero = low === 0 && regs[CTR] === 0;
      taken = zero === ((bo & 2) !== 0);
    }
    if ((bo & 16) === 0 && (regs[CR]! >>> (31 - bi) & 1) !== (bo >>> 3 & 1)) taken = false;
  }
  const hi = ciaHigh(m), lo = ciaLow(m), nextLo = (lo + 4) | 0, nextHi = highOfSum(hi, lo, nextLo, 4);
  let next: number;
  if (!taken) next = follow(m, nextHi, nextLo);
  else if (primary === 19) {
    const from = (word & 0x400) !== 0 ? CTR : LR;
    next = m.land(regs[from]!, regs[from + 1]!);
  } else {
    const distance = primary === 18 ? word << 6 >> 6 & ~3 : word << 16 >> 16 & ~3;
    const absolute = (word & 2) !== 0;
    const toLo = absolute ? distance : (lo + distance) | 0;
    const toHi = absolute ? distance >> 31 : highOfSum(hi, lo, toLo, distance);
    next = m.fetch(toHi, toLo);
    if (next < 0) m.refuseFetch(m.pc, toHi, toLo);
  }
  if (next < 0) return -1;
  if (decrement) {
    if (regs[CTR + 1] === 0) regs[CTR]!--;
    regs[CTR + 1]!--;
  }
  if ((word & 1) !== 0) {
    regs[LR] = nextHi;
    regs[LR + 1] = nextLo;
  }
  return next;
}

/** The word behind the one at m.pc, by address where a page ends. */
export function following(m: Core): number {
  const hi = ciaHigh(m), lo = ciaLow(m), next = (lo + 4) | 0;
  return follow(m, highOfSum(hi, lo, next, 4), next);
}

function follow(m: Core, hi: number, lo: number): number {
  if ((m.pc + 1 & IN_PAGE) !== 0) return m.pc + 1;
  const next = m.fetch(hi, lo);
  return next < 0 ? m.refuseFetch(m.pc, hi, lo) : next;
}

/** MSR bits that rfid takes from SRR1 as they are: 0:2, 4:31; 32, 37:41, 49:50, 52:57, 60:63. */
const FROM_SRR1_HI = ~0x10000000;
const FROM_SRR1_LO = 0x80000000 | 0x07c00000 | 0x6000 | 0xfc0 | 0xf;
/** HV (3), in the high half. */
const HV = 0x10000000;
/** ME (51). */
const ME = 0x1000;

/** EE, IR and DR of a new MSR: from their own bits or from PR. Low half. */
const withProblemState = (low: number): number => ((low & 0x4000) !== 0 ? 0x8030 : low & 0x8030);

/** Notes that the instruction `word` at m.pc is not modelled; always -1. */
export function refuseWord(m: Core, word: number): -1 {
  m.stop = { kind: 'unmodelled', address: m.addressOfPc(), word: word >>> 0 };
  return -1;
}

function returnFromInterrupt(m: Core): number {
  const regs = m.regs;
  const oldHi = regs[MSR_PAIR]!, oldLo = regs[MSR_PAIR + 1]!, newHi = regs[SRR1]!, newLo = regs[SRR1 + 1]!;
  // HV can only be given up; ME changes only in hypervisor state.
  const hypervisor = (oldHi & HV) !== 0;
  const msrHi = oldHi & newHi & HV | newHi & FROM_SRR1_HI;
  const msrLo = oldLo & ~(FROM_SRR1_LO | 0x8030 | ME) | newLo & FROM_SRR1_LO | withProblemState(newLo) | (hypervisor ? newLo : oldLo) & ME;
  if (msrHi !== oldHi || ((msrLo ^ oldLo) & ~MSR_CHANGES) !== 0) return refuseWord(m, RFID);
  const hi = regs[SRR0]!, lo = regs[SRR0 + 1]! & ~3;
  const next = m.fetch(hi, lo);
  if (next < 0) return m.refuseFetch(m.pc, hi, lo);
  regs[MSR_PAIR + 1] = msrLo;
  m.asked = next === m.askedOnReturn ? next : -1;
  m.askedOnReturn = -1;
  return next;
}
