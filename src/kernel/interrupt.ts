/**
 * Entry and exit of an interrupt taken in kernel mode (the shape of arch/powerpc/kernel/exceptions-64s.S and interrupt_64.S, written from
 * what they are known to do). The processor has put the interrupted address into SRR0 and its MSR into SRR1, has cleared MSR[EE], and
 * arrives at interrupt_entry with all registers as they were. r13 is the PACA of the executing CPU and is never reloaded.
 *
 * The registers go to a pt_regs frame on the interrupted stack, below its protected zone. The handler is called on a small frame of its
 * own: on the same stack, or as the oldest frame of this CPU's hard or soft irq stack or of the emergency stack, linked back to the interrupted one. While something
 * runs on one of these (PACA_IRQ_DEPTH), a further interrupt stays on it (do_IRQ, arch/powerpc/kernel/irq.c, "already there?"). A soft irq's handler is called here as on the
 * way out of a hard interrupt that did nothing.
 */

import { eachRegister } from './lines.ts';

/**
 * The handler runs with MSR[EE] and MSR[RI] set, as the task does.
 *
 * Labels: interrupt_entry; interrupt_enabled (first instruction with MSR[EE] set); interrupt_call (the `bctrl`); interrupt_return (its return address);
 * interrupt_disabled (first instruction with MSR[EE] clear again); interrupt_preempt (the call of `schedule`); interrupt_exit (the `rfid`).
 */
export const INTERRUPT_TEXT = `interrupt_entry:
        # four registers to work with
        std     r9, PACA_EXGEN+EX_R9(r13)
        std     r10, PACA_EXGEN+EX_R10(r13)
        std     r11, PACA_EXGEN+EX_R11(r13)
        std     r12, PACA_EXGEN+EX_R12(r13)
        mfcr    r9
        mfspr   r11, 26                 # SRR0
        mfspr   r12, 27                 # SRR1

        # the frame, below the protected zone; back chain and r1 change at once
        stdu    r1, -INTERRUPT_FRAME(r1)
        addi    r10, r1, INTERRUPT_FRAME
        std     r10, GPR1(r1)
        std     r0, GPR0(r1)
${eachRegister(2, 8, (n) => `        std     r${n}, GPR${n}(r1)`)}
${eachRegister(9, 12, (n) => `        ld      r10, PACA_EXGEN+EX_R${n}(r13)\n        std     r10, GPR${n}(r1)`)}
${eachRegister(13, 31, (n) => `        std     r${n}, GPR${n}(r1)`)}
        std     r11, _NIP(r1)
        std     r12, _MSR(r1)
        std     r9, _CCR(r1)
        mfctr   r10
        std     r10, _CTR(r1)
        mflr    r10
        std     r10, _LINK(r1)
        mfxer   r10
        std     r10, _XER(r1)

        # whatever r2 held, this is the kernel
        ld      r2, PACATOC(r13)

        # who is to be called, and where: not again once interrupts are on
        ld      r12, PACA_IRQ_HANDLER(r13)
        mtctr   r12
        ld      r9, PACA_IRQ_OWN_STACK(r13)
        ld      r10, PACA_IRQ_DEPTH(r13)
        cmpdi   r9, 0
        cmpdi   cr1, r10, 0
        li      r9, 0
        mr      r11, r1
        beq     1f
        bne     cr1, 1f
        li      r9, 1
        ld      r11, PACA_HARDIRQ_STACK(r13)
1:      add     r10, r10, r9
        std     r10, PACA_IRQ_DEPTH(r13)
        std     r9, RESULT(r1)
        stdu    r1, -INTERRUPT_CALL_FRAME(r11)
        mr      r1, r11

        mfmsr   r10
        ori     r10, r10, MSR_EE+MSR_RI
        mtmsrd  r10, 1
interrupt_enabled:
interrupt_call:
        bctrl
interrupt_return:
        li      r10, MSR_RI
        mtmsrd  r10, 1
interrupt_disabled:

        # back to the register frame, and off the interrupt stack if this one went there
        ld      r1, 0(r1)
        ld      r9, RESULT(r1)
        ld      r10, PACA_IRQ_DEPTH(r13)
        subf    r10, r9, r10
        std     r10, PACA_IRQ_DEPTH(r13)

        # somebody else's turn? Behind the call this may be another CPU
        ld      r9, PACA_NEED_RESCHED(r13)
        cmpdi   r9, 0
        beq     2f
        li      r9, 0
        std     r9, PACA_NEED_RESCHED(r13)
interrupt_preempt:
        bl      schedule
2:
        ld      r10, _NIP(r1)
        mtspr   26, r10
        ld      r10, _MSR(r1)
        mtspr   27, r10
        ld      r10, _CTR(r1)
        mtctr   r10
        ld      r10, _LINK(r1)
        mtlr    r10
        ld      r10, _XER(r1)
        mtxer   r10
        ld      r10, _CCR(r1)
        mtcrf   255, r10
        ld      r0, GPR0(r1)
${eachRegister(2, 12, (n) => `        ld      r${n}, GPR${n}(r1)`)}
${eachRegister(14, 31, (n) => `        ld      r${n}, GPR${n}(r1)`)}
        ld      r1, GPR1(r1)
interrupt_exit:
        rfid
`;
