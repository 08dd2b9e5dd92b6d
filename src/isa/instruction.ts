/**
 * One row of the instruction table: text, encoding and meaning side by side. A row without one of them
 * does not compile.
 */
import type { Domain } from './domain.ts';
import type { Operand } from './fields.ts';
import type { State } from './state.ts';

/** Carries out the instruction `word` on the state, in the words of the domain. */
export type Meaning = <W>(domain: Domain<W>, state: State<W>, word: number) => void;

/** An instruction of the modelled subset. */
export interface Instruction {
  /** As GNU as writes it, with `.` and `o` suffixes. */
  readonly mnemonic: string;
  /** The operands in the order of the text. */
  readonly operands: readonly Operand[];
  /** Bits that `match` fixes, reserved bits (which must be 0) included. Unsigned 32-bit. */
  readonly mask: number;
  /** Values of the fixed bits. Unsigned 32-bit. */
  readonly match: number;
  /** What it does. */
  readonly meaning: Meaning;
  /** Power ISA 2.07B book and section. */
  readonly isa: string;
  /** Not executable in problem state. */
  readonly privileged: boolean;
  /** False for words that match but are invalid instruction forms (Book I, 1.8.2). Absent: all are valid. */
  readonly valid?: (word: number) => boolean;
}

/** The optional facets of a row. */
export interface Extra {
  readonly privileged?: true;
  readonly valid?: (word: number) => boolean;
}

/** Makes one row; `match` and `mask` may be signed. */
export function instruction(
  isa: string, mnemonic: string, operands: readonly Operand[], match: number, mask: number, meaning: Meaning,
  extra: Extra = {},
): Instruction {
  return {
    mnemonic, operands, mask: mask >>> 0, match: match >>> 0, meaning, isa,
    privileged: extra.privileged ?? false, ...(extra.valid ? { valid: extra.valid } : {}),
  };
}

/** Primary opcode in place. */
export const primary = (opcode: number): number => opcode << 26;
/** X-form: primary opcode and 10-bit extended opcode in bits 21:30. */
export const xForm = (opcode: number, extended: number): number => opcode << 26 | extended << 1;

/** Mask of the primary opcode. */
export const PRIMARY_MASK = 0xfc000000;
/** Mask of an X- or XO-form with the record bit. */
export const X_MASK = 0xfc0007ff;

/** The bits of a 5-bit field at bits 6:10, 11:15, 16:20, to be added to a mask when the field is reserved. */
export const NO_RT = 0x03e00000;
export const NO_RA = 0x001f0000;
export const NO_RB = 0x0000f800;
