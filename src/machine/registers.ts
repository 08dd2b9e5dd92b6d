/**
 * Where the registers lie in `Machine.regs`, an Int32Array. A 64-bit register is a pair: high half at the index, low half at the
 * next one. GPR n is the pair at 2n. Names as in Power ISA 2.07B, Book I chapters 2 and 3, Book III-S chapters 4 and 6.
 */

import { MSR_KERNEL } from '../kernel/layout.ts';

export const LR = 64;
export const CTR = 66;
export const SRR0 = 68;
export const SRR1 = 70;
export const MSR_PAIR = 72;
/** SPRG0 to SPRG3: pairs at 74, 76, 78, 80. */
export const SPRG0 = 74;
/** XER bits 57:63, the byte count of string moves (no modelled instruction uses it): low half only. */
export const BYTE_COUNT = 82;
/** A pair that is always 0: the base register of forms in which RA=0 means the value zero. */
export const ZERO = 84;
/** The condition register: one element, cr0 in the highest four bits (LT, GT, EQ, SO from the highest down). Signed. */
export const CR = 86;
/** XER flags, one element each, 0 or 1. */
export const SO = 87;
export const OV = 88;
export const CA = 89;
/** Length of `regs`. */
export const REGISTERS = 90;

/** Index of the pair of GPR n, 0..31. */
export const gprPair = (n: number): number => 2 * n;

/** MSR[EE], in the low half. */
export const MSR_EE = 0x8000;
/** MSR[RI], in the low half. */
export const MSR_RI = 2;
/** What `reset` puts into MSR: MSR_KERNEL as halves. */
export const RESET_MSR_HI = Number(BigInt.asIntN(32, MSR_KERNEL >> 32n));
export const RESET_MSR_LO = Number(BigInt.asIntN(32, MSR_KERNEL));
