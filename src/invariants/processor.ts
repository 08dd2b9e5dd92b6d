/**
 * What the judge sees of the machine: registers, memory and the marks it may set on stack doublewords. Structural on purpose:
 * the judge neither steps the machine nor changes anything but marks, `passed` and `written`.
 */
import type { AddressSpace } from '../image/space.ts';

export interface Processor {
  /** Indexes: machine/registers.ts. */
  readonly regs: Int32Array;
  readonly space: AddressSpace;
  /** Per doubleword of flat memory; non-zero: stores to it are reported. */
  readonly marks: Uint8Array;
  /** Bit n, 13 to 31: GPR n may have been written since the judge cleared this. */
  written: number;
  /** Flat word of the last label of the strategy's code that was passed since the judge set this to -1, or -1. */
  passed: number;
  /** Flat byte offset of an address, or -1. */
  flat(hi: number, lo: number): number;
  /** Flat word of text at an address, or -1. */
  fetch(hi: number, lo: number): number;
}
