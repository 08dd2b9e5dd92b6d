/**
 * Instruction fields: pure extractors, and the operand descriptors that assembler, disassembler and
 * encoder share. Source: Power ISA 2.07B, Book I, 1.6 "Instruction Formats" and 1.6.28 "Instruction Fields".
 *
 * Words are unsigned or signed 32-bit numbers; bit numbers in names follow the ISA (bit 0 is the highest).
 */

/** Target register, bits 6:10. */
export const rt = (word: number): number => (word >>> 21) & 31;
/** Source register, bits 6:10 (the same bits as RT). */
export const rs = rt;
/** Bits 11:15. */
export const ra = (word: number): number => (word >>> 16) & 31;
/** Bits 16:20. */
export const rb = (word: number): number => (word >>> 11) & 31;
/** Signed 16-bit displacement, bits 16:31, bytes. */
export const d = (word: number): number => (word << 16) >> 16;
/** Signed displacement of DS-form, bits 16:29 with 00 appended: bytes, a multiple of 4. */
export const ds = (word: number): number => (word << 16) >> 16 & ~3;
/** Signed 16-bit immediate. */
export const si = d;
/** Unsigned 16-bit immediate. */
export const ui = (word: number): number => word & 0xffff;
/** Branch displacement of I-form in bytes: -2^25 to 2^25-4. */
export const li = (word: number): number => (word << 6) >> 6 & ~3;
/** Branch displacement of B-form in bytes: -2^15 to 2^15-4. */
export const bd = (word: number): number => (word << 16) >> 16 & ~3;
/** Branch options, bits 6:10. */
export const bo = rt;
/** CR bit that a branch tests, bits 11:15. */
export const bi = ra;
/** Branch hint of bclr and bcctr, bits 19:20. */
const bh = (word: number): number => (word >>> 11) & 3;
/** Target CR field, bits 6:8. */
export const bf = (word: number): number => (word >>> 23) & 7;
/** Source CR field, bits 11:13. */
export const bfa = (word: number): number => (word >>> 18) & 7;
/** Target CR bit. */
export const bt = rt;
/** Source CR bit. */
export const ba = ra;
/** Source CR bit. */
export const bb = rb;
/** CR bit of isel, bits 21:25. */
export const iselBit = (word: number): number => (word >>> 6) & 31;
/** 5-bit shift amount, bits 16:20. */
export const sh = rb;
/** 6-bit shift amount of MD- and XS-form, bits 16:20 and 30 (the high bit). */
export const sh6 = (word: number): number => (word >>> 11) & 31 | (word & 2) << 4;
/** 5-bit mask begin, bits 21:25. */
export const mb = (word: number): number => (word >>> 6) & 31;
/** 5-bit mask end, bits 26:30. */
export const me = (word: number): number => (word >>> 1) & 31;
/** 6-bit mask begin or end of MD- and MDS-form, bits 21:25 and 26 (the high bit). */
export const mb6 = (word: number): number => (word >>> 6) & 31 | word & 32;
/** The same bits as `mb6`, where the instruction calls them mask end. */
export const me6 = mb6;
/** Special purpose register number: the two 5-bit halves of bits 11:20 swapped. */
export const spr = (word: number): number => (word >>> 16) & 31 | (word >>> 6) & 0x3e0;
/** CR field mask, bits 12:19. */
export const fxm = (word: number): number => (word >>> 12) & 255;
/** Trap conditions, bits 6:10. */
export const to = rt;
/** L of mtmsrd, bit 15. */
export const l15 = (word: number): number => (word >>> 16) & 1;
/** Record bit: CR0 is set. */
export const rc = (word: number): number => word & 1;
/** Overflow enable, bit 21. */
export const oe = (word: number): number => (word >>> 10) & 1;
/** Link bit: LR is set. */
export const lk = (word: number): number => word & 1;
/** Absolute address bit. */
export const aa = (word: number): number => (word >>> 1) & 1;

/**
 * How an operand is written.
 * - `gpr` r0..r31; `gpr0` the same, where 0 means the value zero and is printed `0`
 * - `crf` cr0..cr7; `crbit` 4*cr1+eq
 * - `int` a number; `mem` a number followed by the next operand in parentheses
 * - `relative` a branch target, encoded as its distance from the instruction; `absolute` a branch target as such
 */
export type OperandKind = 'gpr' | 'gpr0' | 'crf' | 'crbit' | 'int' | 'mem' | 'relative' | 'absolute';

/** One operand of an instruction's text. */
export interface Operand {
  /** The ISA's name of the field. */
  readonly name: string;
  readonly kind: OperandKind;
  /** Bounds of the encoded value, inclusive. */
  readonly min: number;
  readonly max: number;
  /** The value must be a multiple of this. */
  readonly multiple: number;
  /** May be left out in text; then this is its value, and the disassembler leaves it out too. */
  readonly fallback?: number;
  /** Wider bounds of the text, where GNU as takes both a signed and an unsigned number (addis, cmpli). */
  readonly textBounds?: readonly [number, number];
  readonly extract: (word: number) => number;
  /** The bits of the field; the value is within bounds. */
  readonly insert: (value: number) => number;
}

const operand = (
  name: string, kind: OperandKind, min: number, max: number,
  extract: (word: number) => number, insert: (value: number) => number, multiple = 1,
): Operand => ({ name, kind, min, max, multiple, extract, insert });

const at21 = (v: number): number => v << 21;
const at16 = (v: number): number => v << 16;
const at11 = (v: number): number => v << 11;
const low16 = (v: number): number => v & 0xffff;

export const RT = operand('RT', 'gpr', 0, 31, rt, at21);
export const RS = operand('RS', 'gpr', 0, 31, rs, at21);
export const RA = operand('RA', 'gpr', 0, 31, ra, at16);
/** RA where 0 stands for the value zero. */
export const RA0 = operand('RA', 'gpr0', 0, 31, ra, at16);
export const RB = operand('RB', 'gpr', 0, 31, rb, at11);
export const D = operand('D', 'mem', -32768, 32767, d, low16);
export const DS = operand('DS', 'mem', -32768, 32764, ds, low16, 4);
export const SI = operand('SI', 'int', -32768, 32767, si, low16);
/** SI of addis: 0x8000 to 0xffff may be written unsigned. */
export const SI_ANY: Operand = { ...SI, textBounds: [-32768, 65535] };
export const UI = operand('UI', 'int', 0, 65535, ui, low16);
/** UI of cmpli: may be written negative. */
export const UI_ANY: Operand = { ...UI, textBounds: [-32768, 65535] };
export const LI = operand('target_addr', 'relative', -0x2000000, 0x1fffffc, li, (v) => v & 0x3fffffc, 4);
export const LI_ABS = operand('target_addr', 'absolute', -0x2000000, 0x1fffffc, li, (v) => v & 0x3fffffc, 4);
export const BD = operand('target_addr', 'relative', -0x8000, 0x7ffc, bd, (v) => v & 0xfffc, 4);
export const BD_ABS = operand('target_addr', 'absolute', -0x8000, 0x7ffc, bd, (v) => v & 0xfffc, 4);
export const BO = operand('BO', 'int', 0, 31, bo, at21);
export const BI = operand('BI', 'crbit', 0, 31, bi, at16);
export const BH: Operand = { ...operand('BH', 'int', 0, 3, bh, at11), fallback: 0 };
export const BF = operand('BF', 'crf', 0, 7, bf, (v) => v << 23);
/** BF where it may be left out and then is cr0. */
export const BF_OPT: Operand = { ...BF, fallback: 0 };
export const BFA = operand('BFA', 'crf', 0, 7, bfa, (v) => v << 18);
/** The CR field of an extended branch mnemonic: the high three bits of BI. */
export const BI_FIELD: Operand = { ...operand('BI', 'crf', 0, 7, bfa, (v) => v << 18), fallback: 0 };
export const BT = operand('BT', 'crbit', 0, 31, bt, at21);
export const BA = operand('BA', 'crbit', 0, 31, ba, at16);
export const BB = operand('BB', 'crbit', 0, 31, bb, at11);
export const ISEL_BIT = operand('BC', 'crbit', 0, 31, iselBit, (v) => v << 6);
export const SH = operand('SH', 'int', 0, 31, sh, at11);
export const SH6 = operand('SH', 'int', 0, 63, sh6, (v) => (v & 31) << 11 | (v & 32) >> 4);
export const MB = operand('MB', 'int', 0, 31, mb, (v) => v << 6);
export const ME = operand('ME', 'int', 0, 31, me, (v) => v << 1);
export const MB6 = operand('MB', 'int', 0, 63, mb6, (v) => (v & 31) << 6 | v & 32);
export const ME6: Operand = { ...MB6, name: 'ME' };
export const SPR = operand('SPR', 'int', 0, 1023, spr, (v) => (v & 31) << 16 | (v & 0x3e0) << 6);
export const FXM = operand('FXM', 'int', 0, 255, fxm, (v) => v << 12);
export const TO = operand('TO', 'int', 0, 31, to, at21);
export const L15: Operand = { ...operand('L', 'int', 0, 1, l15, at16), fallback: 0 };
