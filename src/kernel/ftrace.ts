/**
 * The entry of the function tracer, in the shape that Linux 6.1 gives it under -mprofile-kernel with live patching, written
 * from what the code is known to do. Left out: the variant that saves all registers, and the tracer's TOC-relative arguments.
 *
 * On arrival: r1 = the caller's frame (the traced function has none yet), r0 = return address into the caller, LR = behind the
 * traced function's `bl _mcount`, r2 = the caller's or the function's TOC, arguments live. r11, r12, CTR and the volatile CR fields are free.
 *
 * What stands at ftrace_no_trace runs where tracing is switched off on the executing CPU (scenario.ts, World.untraced). How the entry looks where the
 * profile sequence lies out of line: ftrace-out-of-line.ts.
 */

import { eachRegister } from './lines.ts';

/** Extra code of a strategy that needs to know or change more; each text is complete lines. */
export interface FtraceAdditions {
  /** Before everything else: no frame yet, r0, LR and r2 to r10 live. */
  readonly first?: string;
  /** Behind the saving of arguments, with the register frame at r1. r11 and r12 are as `first` left them; r3 to r10 may be used. */
  readonly save?: string;
  /** After the callback, before the frames go: r11 and r12 set here reach livepatch_handler, r0 is free. CR0 is in use. */
  readonly restore?: string;
}

/** The whole entry. Labels: ftrace_entry, ftrace_call (the `bl` to the callback), ftrace_call_return, ftrace_exit (the test of CR0), ftrace_no_trace. */
export function ftraceEntry(additions: FtraceAdditions = {}): string {
  return `ftrace_entry:
${additions.first ?? ''}        # two frames: one stands for the traced function, the other holds the registers
        stdu    r1, -CALLEE_FRAME(r1)
        stdu    r1, -REGS_FRAME(r1)
        std     r0, GPR0(r1)
${eachRegister(3, 10, (n) => `        std     r${n}, GPR${n}(r1)`)}
        # the return address into the caller's own LR save doubleword, as the function would do
        std     r0, FTRACE_FRAMES+FRAME_LR_SAVE(r1)

        # tracing may be off on this CPU
        lbz     r3, PACA_FTRACE_ENABLED(r13)
        cmpdi   r3, 0
        beq     ftrace_no_trace

${additions.save ?? ''}        # r14 keeps the old NIP over the callback
        std     r14, GPR14(r1)
        addi    r8, r1, FTRACE_FRAMES
        std     r8, GPR1(r1)
        li      r8, 0
        std     r8, _MSR(r1)
        mflr    r14
        std     r14, _NIP(r1)
        std     r14, REGS_FRAME+FRAME_LR_SAVE(r1)
        std     r0, _LINK(r1)
        std     r2, FRAME_TOC(r1)
        ld      r2, PACATOC(r13)

        # callback(address of the bl, return address, ops, registers)
        addi    r3, r14, -4
        mr      r4, r0
        li      r5, 0
        addi    r6, r1, STACK_FRAME_OVERHEAD
ftrace_call:
        bl      klp_callback
ftrace_call_return:
        nop

        ld      r3, _NIP(r1)
        mtctr   r3
        cmpd    r14, r3
${additions.restore ?? ''}\
${eachRegister(3, 10, (n) => `        ld      r${n}, GPR${n}(r1)`)}
        ld      r14, GPR14(r1)
        ld      r0, _LINK(r1)
        mtlr    r0
        ld      r2, FRAME_TOC(r1)
        addi    r1, r1, FTRACE_FRAMES
ftrace_exit:
        bne     livepatch_handler
        bctr

ftrace_no_trace:
        # the original goes on, patched or not
        mflr    r3
        mtctr   r3
        mtlr    r0
        ld      r3, GPR3(r1)
        addi    r1, r1, FTRACE_FRAMES
        bctr
`;
}

/** The entry without additions: that of every strategy that has no `ftrace_entry` of its own. */
export const FTRACE_ENTRY = ftraceEntry();
