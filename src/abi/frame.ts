/**
 * The stack frame of the 64-bit ELF V2 ABI, chapter 2.2 "Function Calling Sequence", "The Stack Frame". Offsets in bytes from a frame's
 * own r1. Sections are cited by their titles, since their numbers differ from revision to revision (1.1, 1.4, 1.5).
 * Linux names some of these words in arch/powerpc/include/asm/ppc_asm.h and ptrace.h.
 */

export const FRAME = {
  /** Doubleword: address of the next older frame, 0 in the first. Written by the owner, together with r1 (`stdu`). "Minimum Stack Frame Elements" */
  BACK_CHAIN: 0,
  /** Word: a callee of the owner may save CR here. "Minimum Stack Frame Elements" */
  CR_SAVE: 8,
  /** Word: reserved; nobody may change it. "Minimum Stack Frame Elements" */
  RESERVED: 12,
  /** Doubleword: a callee of the owner saves its own return address here. "Minimum Stack Frame Elements" */
  LR_SAVE: 16,
  /** Doubleword: TOC pointer save ("the slot"). The owner's, or its call stub's. "Minimum Stack Frame Elements" */
  TOC: 24,
  /** Parameter save area, where there is one: argument doubleword i at 32 + 8i. The callee may overwrite it. "Optional Save Areas" */
  PARAMETERS: 32,
} as const;

/** Smallest frame: the four header doublewords. "Minimum Stack Frame Elements" */
const FRAME_MINIMUM = 32;
/** r1 and with it every frame size is a multiple of this. "General Stack Frame Requirements" */
const FRAME_ALIGNMENT = 16;
/** Bytes below r1 that code may use without a frame of its own. "Protected Zone" */
export const PROTECTED_ZONE = 288;
/** Argument doublewords that travel in registers. "Parameter Passing in Registers" */
export const REGISTER_ARGUMENTS = 8;

/** Offset of argument doubleword `index` (from 0) in the caller's frame, where there is a parameter save area. */
export function parameterOffset(index: number): number {
  return FRAME.PARAMETERS + 8 * index;
}

/**
 * Doublewords of the parameter save area that the caller of a function with `args` argument doublewords must own: all of them when one does
 * not fit into r3-r10, at least eight for a variadic callee, else none. (Without a prototype as well; generated code always has one.)
 * "Optional Save Areas"
 */
export function parameterDoublewords(args: number, variadic: boolean): number {
  return args > REGISTER_ARGUMENTS ? args : variadic ? REGISTER_ARGUMENTS : 0;
}

/** Size of a frame that keeps `bytes` bytes behind its header: a legal one, at least the minimum frame. */
export function frameSize(bytes: number): number {
  return FRAME_MINIMUM + bytes + FRAME_ALIGNMENT - 1 & -FRAME_ALIGNMENT;
}
