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
export const FRAME_MINIMUM = 32;
/** r1 and with it every frame size is a multiple of this. "General Stack Frame Requirements" */
export const FRAME_ALIGNMENT = 16;
/** A parameter save area, when present, has room for at least the eight argument registers. "Optional Save Areas" */
export const PARAMETERS_MINIMUM = 64;
/** Bytes below r1 that code may use without a frame of its own. "Protected Zone" */
export const PROTECTED_ZONE = 288;
/** Argument doublewords that travel in registers. "Parameter Passing in Registers" */
export const REGISTER_ARGUMENTS = 8;

/** Offset of argument doubleword `index` (from 0) in the caller's frame. */
export function parameterOffset(index: number): number {
  return FRAME.PARAMETERS + 8 * index;
}

/**
 * Must the caller of a function with `args` argument doublewords own a parameter save area? Yes when one of them does not fit
 * into r3-r10, or when the callee is variadic. (Without a prototype as well; generated code always has one.) "Optional Save Areas"
 */
export function needsParameterArea(args: number, variadic: boolean): boolean {
  return variadic || args > REGISTER_ARGUMENTS;
}

/** Bytes of the parameter save area for a call that passes `args` doublewords; 0: none needed. Not rounded to the frame alignment. */
export function parameterAreaBytes(args: number, variadic: boolean): number {
  return needsParameterArea(args, variadic) ? Math.max(PARAMETERS_MINIMUM, 8 * args) : 0;
}

/** `bytes` rounded up to a legal frame size, at least the minimum frame. */
export function frameSize(bytes: number): number {
  return Math.max(FRAME_MINIMUM, bytes + FRAME_ALIGNMENT - 1 & -FRAME_ALIGNMENT);
}
