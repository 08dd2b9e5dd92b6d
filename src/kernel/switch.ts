/**
 * Giving up a CPU and getting one (the shape of `__schedule` and `_switch`, kernel/sched/core.c and arch/powerpc/kernel/entry_64.S, written from what
 * they are known to do): registers go to a frame on the task's own stack, the stack pointer to its thread_info; the same the other way round for the
 * task that goes on. Which one that is, and on which CPU, is the scheduler's business: C code in the kernel, and here the host, at schedule_pick.
 *
 * It is called by code that sleeps, with interrupts on, and by interrupt exit, with interrupts off; either finds them as they were. What lies between the
 * two halves may be another CPU's: nothing that was read through r13 survives.
 */
import { eachRegister } from './lines.ts';

/** What the host reads and writes at schedule_pick. Registers are GPR numbers. */
export const SCHEDULE = {
  /** Set by the host: thread_info of the task that goes on. r13 is set to the PACA of the CPU on which it does. */
  NEXT: 3,
} as const;

/** Labels: schedule; schedule_pick (the host's); schedule_resume (the half of the task that goes on); tick (what interrupt entry calls where a task is to be preempted). */
export const SWITCH_TEXT = `schedule:
        # called from a module or from vmlinux: this is the kernel
        ld      r2, PACATOC(r13)
        mflr    r0
        std     r0, FRAME_LR_SAVE(r1)
        mfcr    r12
        stw     r12, FRAME_CR_SAVE(r1)
        stdu    r1, -SWITCH_FRAME(r1)
        mfmsr   r11
        std     r11, SWITCH_MSR(r1)
        li      r12, MSR_RI
        mtmsrd  r12, 1
${eachRegister(14, 31, (n) => `        std     r${n}, SWITCH_GPR14+${8 * (n - 14)}(r1)`)}
        ld      r12, PACACURRENT(r13)
        std     r1, TI_ksp(r12)
schedule_pick:
        nop
schedule_resume:
        std     r3, PACACURRENT(r13)
        ld      r1, TI_ksp(r3)
        ld      r2, PACATOC(r13)
${eachRegister(14, 31, (n) => `        ld      r${n}, SWITCH_GPR14+${8 * (n - 14)}(r1)`)}
        ld      r11, SWITCH_MSR(r1)
        addi    r1, r1, SWITCH_FRAME
        lwz     r12, FRAME_CR_SAVE(r1)
        mtcrf   255, r12
        ld      r0, FRAME_LR_SAVE(r1)
        mtlr    r0
        mtmsrd  r11, 1
        blr

# the handler of a tick
tick:
        blr
`;
