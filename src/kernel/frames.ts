/**
 * The register frames that ftrace entry and interrupt entry build: `struct pt_regs` (arch/powerpc/include/uapi/asm/ptrace.h) behind a
 * header of 112 bytes, as a Linux 6.1 build has it. Offsets in bytes.
 */

import { KERNEL_REDZONE_SIZE } from './layout.ts';

/** Header in front of pt_regs: the minimum frame and room for eight parameters (STACK_FRAME_OVERHEAD of 6.1, ELFv2). */
export const STACK_FRAME_OVERHEAD = 112;

/** Offsets within pt_regs; GPR n at 8n. */
export const PT_REGS = {
  GPR: 0,
  NIP: 256,
  MSR: 264,
  ORIG_GPR3: 272,
  CTR: 280,
  LINK: 288,
  XER: 296,
  CCR: 304,
  SOFTE: 312,
  TRAP: 320,
  DAR: 328,
  DSISR: 336,
  RESULT: 344,
} as const;
/** sizeof(struct pt_regs), rounded to the stack alignment. */
const PT_REGS_BYTES = 384;

/** Offset of GPR n in pt_regs. */
export function ptRegsGpr(index: number): number {
  return PT_REGS.GPR + 8 * index;
}

/** Header and pt_regs: the frame that holds the registers during a callback (SWITCH_FRAME_SIZE of 6.1). */
export const REGS_FRAME_BYTES = STACK_FRAME_OVERHEAD + PT_REGS_BYTES;
/** The frame below it stands for the traced function, which has none yet. */
export const CALLEE_FRAME_BYTES = 32;
/** What ftrace entry takes from the stack in all: its r1 plus this is the caller's frame. */
export const FTRACE_FRAMES_BYTES = REGS_FRAME_BYTES + CALLEE_FRAME_BYTES;

/** Interrupt frame: the same, below the interrupted code's protected zone of 288 bytes (STACK_INT_FRAME_SIZE). */
export const INTERRUPT_FRAME_BYTES = REGS_FRAME_BYTES + KERNEL_REDZONE_SIZE;
/** The frame from which interrupt entry calls the handler; on its own stack it is that stack's oldest and links back. */
export const INTERRUPT_CALL_FRAME_BYTES = 32;
/** Where `schedule` saves registers: the minimum frame, r14 to r31, MSR. */
export const SWITCH_FRAME_BYTES = 192;
export const SWITCH_FRAME = { GPR14: 32, MSR: 176 } as const;
/** The frame that `return_to_handler` makes: the minimum frame, room for eight parameters, 16 bytes for alignment. */
export const RETURN_FRAME_BYTES = 112;
/** First frame of a task. */
export const THREAD_FRAME_BYTES = 32;

/** Offsets from PACA_EXGEN where interrupt entry parks registers while it has no frame. */
export const EXGEN = { EX_R9: 0, EX_R10: 8, EX_R11: 16, EX_R12: 24 } as const;
