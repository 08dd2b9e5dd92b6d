/**
 * The entry of the function tracer where the profile sequence lies out of line (CONFIG_PPC_FTRACE_OUT_OF_LINE, Linux 6.13 and later;
 * arch/powerpc/kernel/trace/ftrace_entry.S and ftrace.c, ftrace_init_ool_stub, written from what they are known to do). A function has one patchable
 * instruction at its local entry, a nop or `b` to a stub of its own in the text of its module (image/stubs.ts):
 *
 *     mflr r0 ; bl ftrace_entry ; mtlr r0 ; b FUNCTION+4
 *
 * On arrival all is as ftrace.ts says, but that LR lies behind the stub's `bl`. Where the function is traced is read off the stub's own branch,
 * so what a callback finds as the NIP lies in the function, as it does in the in-line style. Where nobody changes it the way back is through
 * the stub, with r0 = return address; where somebody does, livepatch_handler_ool has r0 = return address and LR = the new NIP.
 */
import { eachRegister } from './lines.ts';

/** Instructions of a stub. */
export const OUT_OF_LINE_STUB_WORDS = 4;

/** Labels: as in ftrace.ts. */
export const FTRACE_ENTRY_OUT_OF_LINE = `ftrace_entry:
        # two frames: one stands for the traced function, the other holds the registers
        stdu    r1, -CALLEE_FRAME(r1)
        stdu    r1, -REGS_FRAME(r1)
        mflr    r11
        std     r0, _LINK(r1)
        # the return address into the caller's own LR save doubleword, as the function would do
        std     r0, FTRACE_FRAMES+FRAME_LR_SAVE(r1)
        std     r0, GPR0(r1)
${eachRegister(3, 10, (n) => `        std     r${n}, GPR${n}(r1)`)}

        # tracing may be off on this CPU
        lbz     r3, PACA_FTRACE_ENABLED(r13)
        cmpdi   r3, 0
        beq     ftrace_no_trace

        # r14 keeps the old NIP over the callback, r15 the way back through the stub
        std     r14, GPR14(r1)
        std     r15, GPR15(r1)
        mr      r15, r11
        addi    r8, r1, FTRACE_FRAMES
        std     r8, GPR1(r1)
        li      r8, 0
        std     r8, _MSR(r1)
        std     r2, FRAME_TOC(r1)
        ld      r2, PACATOC(r13)

        # the stub's last instruction leads behind the patched one: 26 bits of distance, from 4 bytes on
        lwz     r8, 4(r11)
        sldi    r8, r8, 38
        sradi   r8, r8, 38
        add     r3, r11, r8
        addi    r14, r3, 4
        std     r14, _NIP(r1)
        std     r14, REGS_FRAME+FRAME_LR_SAVE(r1)

        # callback(address of the patched instruction, return address, ops, registers)
        mr      r4, r0
        li      r5, 0
        addi    r6, r1, STACK_FRAME_OVERHEAD
ftrace_call:
        bl      klp_callback
ftrace_call_return:
        nop

        # LR: the new NIP, or back into the stub
        ld      r3, _NIP(r1)
        cmpd    r14, r3
        bne     1f
        mr      r3, r15
1:      mtlr    r3
        ld      r0, _LINK(r1)
${eachRegister(3, 10, (n) => `        ld      r${n}, GPR${n}(r1)`)}
        ld      r14, GPR14(r1)
        ld      r15, GPR15(r1)
        ld      r2, FRAME_TOC(r1)
        addi    r1, r1, FTRACE_FRAMES
ftrace_exit:
        bne     livepatch_handler_ool
        blr

ftrace_no_trace:
        # the original goes on, patched or not: LR and r0 are as the stub wants them
        ld      r3, GPR3(r1)
        addi    r1, r1, FTRACE_FRAMES
        blr
`;
