/**
 * The return hook of a kretprobe (kernel/trace/rethook.c, arch/powerpc/kernel/rethook.c and kprobes-ftrace.c; before 6.10 kernel/kprobes.c and kprobes.c of the
 * architecture, to the same effect; written from what they are known to do). Its callback, which is C code and here the host's (trial/host.ts), runs when ftrace announces
 * a call of the probed function: it takes a node out of the probe's pool, keeps in it what LR is to be, puts the node in front of the task's list, and
 * makes LR the trampoline's address. Where the pool is empty the hit is missed, and the call is not hooked. NIP it leaves as it is.
 *
 * The trampoline is entered by a return, as the graph tracer's return_to_handler is (graph.ts), and is itself probed: its `nop` has become a branch to code that
 * saves all registers in a frame, calls the probe's handler and restores all of them (arch/powerpc/kernel/optprobes_head.S), with the address that
 * was kept in LR; then its `blr` is run. The handler takes nodes off the list until one has kept another address than the trampoline's own, which is what
 * a probed function has found that a probed one has jumped to. The nodes of a task lie here in an array, the newest last: that is the order of the list.
 *
 * Left out: a trampoline that is not optimised traps, and all of this happens with interrupts off. Otherwise than there: r13, which the kernel's code restores with the
 * others, stays as it is, since a task that was preempted here may go on on another CPU (docs/findings.md).
 */
import { eachRegister } from './lines.ts';

/** Nodes of a probe, for all tasks: what the kernel makes without `maxactive`, 10 or twice the CPUs (kernel/kprobes.c, register_kretprobe). */
export const KRETPROBE_NODES = 10;
/** Bytes of a node, and offsets in it: what LR was to be, and the address that is probed. */
export const KRETPROBE_NODE = { BYTES: 16, RETURN: 0, PROBE: 8 } as const;
/** Nodes of a task at most: as many as its array has room for (layout.ts), of 16 probed sites. */
export const KRETPROBE_MOST = 16 * KRETPROBE_NODES;

/** What the host reads and writes at kretprobe_callback. Registers are GPR numbers. */
export const KRETPROBE = {
  /** Pointer to pt_regs; the return address goes to its LINK. */
  REGS: 4,
  /** Set by the host: 0 where the list is empty. */
  FOUND: 3,
} as const;

/** Labels: kretprobe_trampoline; kretprobe_back (its `blr`); kretprobe_call; kretprobe_callback (the host's); kretprobe_empty (nobody has kept an address). */
export const KRETPROBE_TEXT = `kretprobe_trampoline:
        b       1f
kretprobe_back:
        blr

1:      stdu    r1, -INTERRUPT_FRAME(r1)
        std     r0, GPR0(r1)
        addi    r0, r1, INTERRUPT_FRAME
        std     r0, GPR1(r1)
${eachRegister(2, 31, (n) => `        std     r${n}, GPR${n}(r1)`)}
        mfmsr   r5
        std     r5, _MSR(r1)
        mfctr   r5
        std     r5, _CTR(r1)
        mflr    r5
        std     r5, _LINK(r1)
        mfxer   r5
        std     r5, _XER(r1)
        mfcr    r5
        std     r5, _CCR(r1)

        # handler(probe, registers)
        ld      r2, PACATOC(r13)
        li      r3, 0
        addi    r4, r1, STACK_FRAME_OVERHEAD
kretprobe_call:
        bl      kretprobe_callback

        ld      r5, _CTR(r1)
        mtctr   r5
        ld      r5, _LINK(r1)
        mtlr    r5
        ld      r5, _XER(r1)
        mtxer   r5
        ld      r5, _CCR(r1)
        mtcrf   255, r5
        ld      r0, GPR0(r1)
${eachRegister(2, 12, (n) => `        ld      r${n}, GPR${n}(r1)`)}
${eachRegister(14, 31, (n) => `        ld      r${n}, GPR${n}(r1)`)}
        addi    r1, r1, INTERRUPT_FRAME
        b       kretprobe_back

kretprobe_callback:
        cmpdi   r3, 0
        beq     kretprobe_empty
        blr
kretprobe_empty:
        # the kernel knows no way back, and stops
        trap
`;
