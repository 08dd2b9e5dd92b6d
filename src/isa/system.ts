/**
 * Moves to and from system registers (Power ISA 2.07B, Book I 3.3.17 and Book III-S 4.4.4), return from
 * interrupt (III-S 3.3.1) and barriers (Book II 4.4).
 */
import { both, either, negate } from './domain.ts';
import type { Domain, Truth } from './domain.ts';
import { FXM, L15, RS, RT, SPR } from './fields.ts';
import * as f from './fields.ts';
import { NO_RA, NO_RB, NO_RT, X_MASK, instruction, xForm } from './instruction.ts';
import type { Instruction } from './instruction.ts';
import type { Special, State } from './state.ts';
import { asWord, maskWord, oneBit, testBit } from './words.ts';

/** Number of XER among the special purpose registers; its parts are flags and the byte count. */
const XER = 1;

/** The modelled special purpose registers by number (Book III-S, Figure 17), without XER. */
const SPECIAL: Readonly<Record<number, Special>> = {
  8: 'lr', 9: 'ctr', 26: 'srr0', 27: 'srr1', 272: 'sprg0', 273: 'sprg1', 274: 'sprg2', 275: 'sprg3',
};

const isModelled = (word: number): boolean => f.spr(word) === XER || SPECIAL[f.spr(word)] !== undefined;
const isOneField = (word: number): boolean => f.fxm(word) !== 0 && (f.fxm(word) & (f.fxm(word) - 1)) === 0;

/** XER as mfxer reads it on POWER8: SO, OV, CA in bits 32:34, the byte count in 57:63, all else 0. */
function readXer<W>(d: Domain<W>, s: State<W>): W {
  let xer = s.special('byteCount');
  xer = d.or(xer, d.select(s.flag('so'), oneBit(d, 32), d.small(0)));
  xer = d.or(xer, d.select(s.flag('ov'), oneBit(d, 33), d.small(0)));
  return d.or(xer, d.select(s.flag('ca'), oneBit(d, 34), d.small(0)));
}

function writeXer<W>(d: Domain<W>, s: State<W>, value: W): void {
  s.setFlag('so', testBit(d, value, 32));
  s.setFlag('ov', testBit(d, value, 33));
  s.setFlag('ca', testBit(d, value, 34));
  s.setSpecial('byteCount', d.and(value, d.small(127)));
}

/** The CR fields of an 8-bit field mask (0x80 is field 0) as a word with the other bits zero. */
function readCr<W>(d: Domain<W>, s: State<W>, fieldMask: number): W {
  let result = d.small(0);
  for (let bit = 0; bit < 32; bit++) {
    if (fieldMask & 0x80 >> (bit >> 2)) {
      result = d.or(result, d.shiftLeft(asWord(d, s.crBit(bit)), d.small(31 - bit)));
    }
  }
  return result;
}

function writeCr<W>(d: Domain<W>, s: State<W>, w: number): void {
  const value = s.gpr(f.rs(w));
  for (let bit = 0; bit < 32; bit++) {
    if (f.fxm(w) & 0x80 >> (bit >> 2)) s.setCrBit(bit, testBit(d, value, 32 + bit));
  }
}

/** `from` under the bits, `to` elsewhere. Pairs of first and last bit, IBM numbering. */
function mergeBits<W>(d: Domain<W>, to: W, from: W, ranges: readonly (readonly [number, number])[]): W {
  let mask = d.small(0);
  for (const [first, last] of ranges) mask = d.or(mask, maskWord(d, first, last));
  return d.or(d.and(from, mask), d.and(to, d.not(mask)));
}

const withBit = <W>(d: Domain<W>, word: W, bit: number, value: Truth): W =>
  d.select(value, d.or(word, oneBit(d, bit)), d.and(word, d.not(oneBit(d, bit))));

/** EE (48), IR (58) and DR (59) are set from their own bit or PR (49): problem state implies all three. */
function withProblemState<W>(d: Domain<W>, msr: W, source: W): W {
  for (const bit of [48, 58, 59]) {
    msr = withBit(d, msr, bit, either(testBit(d, source, bit), testBit(d, source, 49)));
  }
  return msr;
}

// Transactional memory is not modelled: TS and TM (29:31) are copied like any other bit.
const MSR_FROM_REGISTER: readonly (readonly [number, number])[] = [[0, 2], [4, 47], [49, 50], [52, 57], [60, 62]];
const MSR_FROM_SRR1: readonly (readonly [number, number])[] = [[0, 2], [4, 32], [37, 41], [49, 50], [52, 57], [60, 63]];

/** A barrier orders accesses of several observers; the model has one, so nothing happens. */
const barrier = (): void => {};

const SPR_MASK = X_MASK;
const BARRIER = X_MASK | NO_RT | NO_RA | NO_RB;

export const SYSTEM: readonly Instruction[] = [
  instruction('I 3.3.17', 'mtspr', [SPR, RS], xForm(31, 467), SPR_MASK, (d, s, w) => {
    const name = SPECIAL[f.spr(w)];
    if (name === undefined) writeXer(d, s, s.gpr(f.rs(w)));
    else s.setSpecial(name, s.gpr(f.rs(w)));
  }, { valid: isModelled }),
  instruction('I 3.3.17', 'mfspr', [RT, SPR], xForm(31, 339), SPR_MASK, (d, s, w) => {
    const name = SPECIAL[f.spr(w)];
    s.setGpr(f.rt(w), name === undefined ? readXer(d, s) : s.special(name));
  }, { valid: isModelled }),
  instruction('I 3.3.17', 'mfcr', [RT], xForm(31, 19), X_MASK | NO_RA | NO_RB, (d, s, w) => s.setGpr(f.rt(w), readCr(d, s, 255))),
  // Bits 32:63 outside the field are undefined, as are 0:31.
  instruction('I 3.3.17', 'mfocrf', [RT, FXM], xForm(31, 19) | 0x00100000, X_MASK | 0x00100800, (d, s, w) => {
    const field = 31 - Math.clz32(f.fxm(w));
    s.setGpr(f.rt(w), d.undefinedOutside(readCr(d, s, f.fxm(w)), 0, 15 << (4 * field)));
  }, { valid: isOneField }),
  // The long form with a single field is legal but no assembler writes it (they write mtocrf): not modelled.
  instruction('I 3.3.17', 'mtcrf', [FXM, RS], xForm(31, 144), X_MASK | 0x00100800, (d, s, w) => writeCr(d, s, w),
    { valid: (w) => !isOneField(w) }),
  instruction('I 3.3.17', 'mtocrf', [FXM, RS], xForm(31, 144) | 0x00100000, X_MASK | 0x00100800, (d, s, w) => writeCr(d, s, w),
    { valid: isOneField }),

  instruction('III-S 4.4.4', 'mfmsr', [RT], xForm(31, 83), X_MASK | NO_RA | NO_RB,
    (_d, s, w) => s.setGpr(f.rt(w), s.special('msr')), { privileged: true }),
  // L=1 changes EE (48) and RI (62) only. HV (3), ME (51) and LE (63) are never changed.
  instruction('III-S 4.4.4', 'mtmsrd', [RS, L15], xForm(31, 178), X_MASK | 0x001ef800, (d, s, w) => {
    const source = s.gpr(f.rs(w)), old = s.special('msr');
    s.setSpecial('msr', f.l15(w)
      ? mergeBits(d, old, source, [[48, 48], [62, 62]])
      : withProblemState(d, mergeBits(d, old, source, MSR_FROM_REGISTER), source));
  }, { privileged: true }),
  instruction('III-S 3.3.1', 'rfid', [], xForm(19, 18), X_MASK | NO_RT | NO_RA | NO_RB, (d, s) => {
    const old = s.special('msr'), source = s.special('srr1');
    const hypervisor = testBit(d, old, 3);
    let msr = withProblemState(d, mergeBits(d, old, source, MSR_FROM_SRR1), source);
    // ME may change only in hypervisor state; HV can only be given up.
    msr = withBit(d, msr, 51, either(both(hypervisor, testBit(d, source, 51)), both(negate(hypervisor), testBit(d, old, 51))));
    msr = withBit(d, msr, 3, both(hypervisor, testBit(d, source, 3)));
    s.setSpecial('msr', msr);
    s.branch(d.and(s.special('srr0'), d.small(-4)), 'true');
  }, { privileged: true }),

  instruction('II 4.4.3', 'sync', [], xForm(31, 598), BARRIER, barrier),
  instruction('II 4.4.3', 'lwsync', [], xForm(31, 598) | 1 << 21, BARRIER, barrier),
  instruction('II 4.4.3', 'ptesync', [], xForm(31, 598) | 2 << 21, BARRIER, barrier),
  instruction('II 4.4.3', 'eieio', [], xForm(31, 854), BARRIER, barrier),
  instruction('II 4.4.1', 'isync', [], xForm(19, 150), BARRIER, barrier),
];
