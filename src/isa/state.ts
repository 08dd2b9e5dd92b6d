/**
 * What an instruction may see and change: the registers of Power ISA 2.07B Book I chapters 2 and 3 and
 * Book III-S 4.2, 4.3 and 6.2.1-6.2.2, memory, and the instruction address.
 *
 * The model always computes in 64-bit mode (MSR[SF]=1), little-endian (MSR[LE]=1).
 */
import type { Truth } from './domain.ts';

/**
 * Registers other than GPRs, CR and the XER flags, each one word.
 * `byteCount` is XER bits 57:63 (the byte count of string moves), held by a word between 0 and 127.
 */
export type Special =
  | 'lr' | 'ctr' | 'byteCount' | 'msr' | 'srr0' | 'srr1' | 'sprg0' | 'sprg1' | 'sprg2' | 'sprg3';

/** The fixed-point exception flags of POWER8: summary overflow, overflow, carry. There is no OV32 or CA32. */
export type Flag = 'so' | 'ov' | 'ca';

/** Widths of memory accesses in bytes. */
export type Width = 1 | 2 | 4 | 8;

/**
 * Bits of MSR that a program of the model may change: EE (48), ME (51), RI (62). What the others stand for (32-bit mode, relocation, problem state
 * and so on) is not modelled; an instruction that changes one of them is not either.
 */
export const MSR_CHANGES = 0x9002;

/** The state an instruction works on. The caller owns it; a meaning only calls these. */
export interface State<W> {
  /** General purpose register, 0 to 31. */
  gpr(index: number): W;
  setGpr(index: number, value: W): void;

  special(name: Special): W;
  setSpecial(name: Special, value: W): void;

  /** Bit of the condition register in IBM numbering: 4*field + 0 LT, 1 GT, 2 EQ, 3 SO; 0 to 31. */
  crBit(index: number): Truth;
  setCrBit(index: number, value: Truth): void;

  flag(name: Flag): Truth;
  setFlag(name: Flag, value: Truth): void;

  /** Little-endian load of `bytes` bytes, zero-extended. Any alignment. May not return when the address cannot be read. */
  load(address: W, bytes: Width): W;
  /** Little-endian store of the low `bytes` bytes of the value. Any alignment. */
  store(address: W, bytes: Width, value: W): void;

  /** Address of the current instruction (CIA). */
  cia(): W;
  /**
   * The next instruction is at `target` when the condition is true, else at CIA + 4. The low two bits of
   * `target` are already zero. At most one call per instruction.
   */
  branch(target: W, condition: Truth): void;
  /** A program interrupt of type trap when the condition is true; nothing else has been changed. */
  trap(condition: Truth): void;
}
