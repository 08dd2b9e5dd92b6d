/**
 * What the registers are for at a call boundary: ELFv2 specification, 2.2 "Function Calling Sequence", "Register Roles"; r13 as the Linux
 * kernel uses it (arch/powerpc/include/asm/paca.h).
 */

export const R = {
  /** Scratch; around an mcount call it carries the return address into the caller. */
  SCRATCH: 0,
  SP: 1,
  TOC: 2,
  FIRST_ARGUMENT: 3,
  LAST_ARGUMENT: 10,
  /** Scratch; call stubs use it. */
  ENVIRONMENT: 11,
  /** The GEP's own address at a global entry; scratch otherwise. */
  ENTRY: 12,
  PACA: 13,
  FIRST_NONVOLATILE: 14,
  LAST_NONVOLATILE: 31,
} as const;

export type Role =
  | 'scratch' | 'stack-pointer' | 'toc-pointer' | 'argument' | 'environment' | 'entry-address' | 'paca' | 'nonvolatile';

/** Role of GPR n, 0..31. */
export function roleOf(gpr: number): Role {
  switch (gpr) {
    case 0: return 'scratch';
    case 1: return 'stack-pointer';
    case 2: return 'toc-pointer';
    case 11: return 'environment';
    case 12: return 'entry-address';
    case 13: return 'paca';
    default: return gpr <= R.LAST_ARGUMENT ? 'argument' : 'nonvolatile';
  }
}

/** Registers that hold results, as the model uses them: r3 and, for two doublewords, r4. "Return Values" */
export const RESULT_REGISTERS = [3, 4] as const;
/** CR fields that a callee must keep. "Register Roles" */
export const NONVOLATILE_CR_FIELDS = [2, 3, 4] as const;
/** The same as a mask of the 32-bit CR (field 0 is its highest nibble). */
export const NONVOLATILE_CR_MASK = 0x00fff000;
