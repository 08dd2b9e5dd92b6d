/**
 * From numbers to words, for code that builds images: `encode` for any row of the table, with its range checks, and plain functions without
 * checks for the few that images are built of; fields are cut to their width. Each returns an unsigned 32-bit word.
 * Source: Power ISA 2.07B, Book I, 1.6 and the extended mnemonics of Appendix E.
 *
 * Registers are 0 to 31, displacements are in bytes, branch displacements are relative to the instruction.
 */
import type { Operand } from './fields.ts';
import { lookup } from './table.ts';

/**
 * Encodes a table row by mnemonic. Operands in the order of the text, d(ra) as two numbers; optional ones
 * must be given. Throws RangeError for an unknown mnemonic, a wrong number of operands, one out of bounds,
 * or an invalid form.
 */
export function encode(mnemonic: string, ...operands: readonly number[]): number {
  const entry = lookup(mnemonic);
  if (entry === undefined) throw new RangeError(`no instruction '${mnemonic}'`);
  if (operands.length !== entry.operands.length) {
    throw new RangeError(`${mnemonic} takes ${entry.operands.length} operands, got ${operands.length}`);
  }
  let word = entry.match;
  for (let i = 0; i < operands.length; i++) {
    const operand = entry.operands[i] as Operand, value = operands[i] as number;
    if (!Number.isInteger(value) || value < operand.min || value > operand.max || value % operand.multiple !== 0) {
      throw new RangeError(`${mnemonic}: ${operand.name} = ${value} is not within ${operand.min}..${operand.max}`
        + (operand.multiple > 1 ? `, a multiple of ${operand.multiple}` : ''));
    }
    word |= operand.insert(value);
  }
  if (entry.valid !== undefined && !entry.valid(word)) throw new RangeError(`${mnemonic} ${operands.join(',')}: invalid form`);
  return word >>> 0;
}

/** D-form: primary opcode, bits 6:10, bits 11:15, low 16 bits. */
const dForm = (opcode: number, rt: number, ra: number, imm16: number): number =>
  (opcode << 26 | rt << 21 | ra << 16 | imm16 & 0xffff) >>> 0;
/** X-form: primary opcode, bits 6:10, 11:15, 16:20, extended opcode; no record bit. */
const xForm = (opcode: number, rt: number, ra: number, rb: number, extended: number): number =>
  (opcode << 26 | rt << 21 | ra << 16 | rb << 11 | extended << 1) >>> 0;
const dsForm = (opcode: number, rt: number, ra: number, ds: number, extended: number): number =>
  (opcode << 26 | rt << 21 | ra << 16 | ds & 0xfffc | extended) >>> 0;
const spr = (extended: number, register: number, number: number): number =>
  (31 << 26 | register << 21 | (number & 31) << 16 | (number & 0x3e0) << 6 | extended << 1) >>> 0;
const mdForm = (rs: number, ra: number, sh: number, m: number, extended: number): number =>
  (30 << 26 | rs << 21 | ra << 16 | (sh & 31) << 11 | (m & 31) << 6 | m & 32 | extended << 2 | (sh & 32) >> 4) >>> 0;
const iForm = (displacement: number, low: number): number => (18 << 26 | displacement & 0x3fffffc | low) >>> 0;

export const addi = (rt: number, ra: number, si: number): number => dForm(14, rt, ra, si);
export const addis = (rt: number, ra: number, si: number): number => dForm(15, rt, ra, si);
export const li = (rt: number, si: number): number => dForm(14, rt, 0, si);
export const lis = (rt: number, si: number): number => dForm(15, rt, 0, si);
export const ori = (ra: number, rs: number, ui: number): number => dForm(24, rs, ra, ui);
export const oris = (ra: number, rs: number, ui: number): number => dForm(25, rs, ra, ui);
export const nop = (): number => 0x60000000;
export const mr = (ra: number, rs: number): number => xForm(31, rs, ra, rs, 444);
export const add = (rt: number, ra: number, rb: number): number => xForm(31, rt, ra, rb, 266);
export const xor = (ra: number, rs: number, rb: number): number => xForm(31, rs, ra, rb, 316);
/** ra = rs << n, n from 0 to 63. */
export const sldi = (ra: number, rs: number, n: number): number => mdForm(rs, ra, n, 63 - n, 1);

export const lwz = (rt: number, d: number, ra: number): number => dForm(32, rt, ra, d);
export const ld = (rt: number, ds: number, ra: number): number => dsForm(58, rt, ra, ds, 0);
export const stw = (rs: number, d: number, ra: number): number => dForm(36, rs, ra, d);
export const std = (rs: number, ds: number, ra: number): number => dsForm(62, rs, ra, ds, 0);
export const stdu = (rs: number, ds: number, ra: number): number => dsForm(62, rs, ra, ds, 1);

export const cmpdi = (bf: number, ra: number, si: number): number => dForm(11, bf << 2 | 1, ra, si);
export const cmpd = (bf: number, ra: number, rb: number): number => xForm(31, bf << 2 | 1, ra, rb, 0);

export const mtspr = (number: number, rs: number): number => spr(467, rs, number);
export const mflr = (rt: number): number => spr(339, rt, 8);
export const mtlr = (rs: number): number => spr(467, rs, 8);
export const mtctr = (rs: number): number => spr(467, rs, 9);
export const mtxer = (rs: number): number => spr(467, rs, 1);
export const mfcr = (rt: number): number => xForm(31, rt, 0, 0, 19);
/** Writes the CR fields of an 8-bit mask (0x80 is cr0), in the form that GNU as chooses. */
export const mtcrf = (fxm: number, rs: number): number =>
  (31 << 26 | rs << 21 | fxm << 12 | 144 << 1 | (fxm !== 0 && (fxm & (fxm - 1)) === 0 ? 0x100000 : 0)) >>> 0;

export const b = (displacement: number): number => iForm(displacement, 0);
export const bl = (displacement: number): number => iForm(displacement, 1);
const bc = (bo: number, bi: number, displacement: number): number =>
  (16 << 26 | bo << 21 | bi << 16 | displacement & 0xfffc) >>> 0;
/** Branch when CR field `cr` says equal. */
export const beq = (cr: number, displacement: number): number => bc(12, 4 * cr + 2, displacement);
/** Branch when CR field `cr` says not equal. */
export const bne = (cr: number, displacement: number): number => bc(4, 4 * cr + 2, displacement);
export const blr = (): number => 0x4e800020;
export const bctr = (): number => 0x4e800420;
export const bctrl = (): number => 0x4e800421;
