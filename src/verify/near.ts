/** Code near the image to which its points branch, and the live patching callback, as Power assembly. */
import { FRAME } from '../abi/frame.ts';
import { FIXED, IRQ_STACKS, PAGE, SOFTIRQ_STACKS } from '../image/pages.ts';
import { CALLBACK } from '../kernel/callback.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { each, load64 } from './lines.ts';
import { moved } from './moved.ts';
import { EVENT, EVENT_BYTES, NEXT, SAVE0, SAVE31, TABLE } from './runner.ts';

/** No address of anything; what a callee leaves in registers (trial/host.ts has the same in its own words). */
const POISON = 0x0ca11bac;
/** Stacks on which a callback may run here, but for the task's, of which the bits are 0. */
const STACKS = [IRQ_STACKS[0], PAGE.EMERGENCY_STACK, SOFTIRQ_STACKS[0]].map((page) => ({ address: moved(FIXED[page]!), bits: page * PAGE_BYTES & 0xffff }));
/** r0, r3 to r12: what a C function may change. */
const CLOBBERED = [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/**
 * Code of one neighbourhood that is there once. At its beginning, in the first one: `enter`, which gives a fresh task its registers and goes to `thread_start`;
 * `callback`, live patching's handler as it would be in C, with a table for the list of patched functions, then what any callee may do to registers and to the
 * stack below it; `leave`, to the runner. In each: `log`, which writes one event. It is called with r0 = LR as the image has it, r0 kept in the PACA, and comes back
 * with r0 = that LR.
 */
export function nearText(index: number, done: bigint): string {
  const first = index !== 0 ? '' : `
enter:  li      r0, 0
        mtctr   r0
        mtlr    r0
        mtxer   r0
        mtcrf   255, r0
${each(2, 12, (n) => `li      r${n}, 0`)}${each(14, 31, (n) => `li      r${n}, 0`)}
enter_end:
        b       .                       # to thread_start, which is not everywhere at the same place
callback:
        mflr    r11
        # whose call is it?
        ${load64('r7', TABLE)}
        ld      r8, ${CALLBACK.NIP}(r${CALLBACK.REGS})
1:      ld      r9, 0(r7)
        cmpdi   r9, 0
        beq     3f
        cmpd    r9, r8
        beq     2f
        addi    r7, r7, 16
        b       1b
2:      ld      r9, 8(r7)
        cmpdi   r9, 0
        beq     3f
        std     r9, ${CALLBACK.NIP}(r${CALLBACK.REGS})
3:      # the frame of its caller, and what lies below
        lis     r9, ${POISON >>> 16}
        ori     r9, r9, ${POISON & 0xffff}
        sldi    r10, r9, 32
        stw     r9, ${FRAME.CR_SAVE}(r1)
        # poison tells where it lies: its place in the page, and the low bits of the stack's number in the model
        rldicr  r5, r1, 0, 49
        li      r6, 0
${STACKS.map(({ address, bits }, i) => `        ${load64('r7', address)}
        cmpd    r5, r7
        bne     ${i + 6}f
        ori     r6, r6, ${bits}
${i + 6}:
`).join('')}\
        addi    r8, r1, ${FRAME.LR_SAVE}
        bl      poison
        addi    r8, r1, -128
        rldicr  r7, r1, 0, 49
        cmpld   r8, r7
        bge     4f
        mr      r8, r7
4:      cmpld   r8, r1
        bge     5f
        bl      poison
        addi    r8, r8, 8
        b       4b
poison: clrldi  r7, r8, 50
        or      r7, r7, r6
        ori     r7, r7, 1
        or      r7, r7, r10
        std     r7, 0(r8)
        blr
5:      mtlr    r11
        lis     r9, 0x9999
        ori     r9, r9, 0x9999
        mtcrf   0xc7, r9
        ori     r9, r10, 0x2001
        mtctr   r9
        # SO, OV and CA; the byte count stays
        mfxer   r9
        clrldi  r9, r9, 57
        oris    r9, r9, 0xe000
        mtxer   r9
${CLOBBERED.filter((n) => n !== 10).map((n) => `        ori     r${n}, r10, ${0x1001 + 16 * n}\n`).join('')}\
        ori     r10, r10, ${0x1001 + 16 * 10}
        blr
`;
  return `${first}
leave:  ${load64('r3', done)}
        mtctr   r3
        bctr

log:    std     r31, ${SAVE31}(r13)
        ld      r31, ${NEXT}(r13)
        std     r30, ${8 * (EVENT.GPR + 30)}(r31)
        mflr    r30
        std     r30, ${8 * EVENT.AT}(r31)
        ld      r30, ${SAVE0}(r13)
        std     r30, ${8 * EVENT.GPR}(r31)
${each(1, 29, (n) => `std     r${n}, ${8 * (EVENT.GPR + n)}(r31)`)}        ld      r30, ${SAVE31}(r13)
        std     r30, ${8 * (EVENT.GPR + 31)}(r31)
        std     r0, ${8 * EVENT.LR}(r31)
        mfctr   r30
        std     r30, ${8 * EVENT.CTR}(r31)
        mfcr    r30
        std     r30, ${8 * EVENT.CR}(r31)
        # the emulator keeps what is written to reserved bits, a processor does not
        mfxer   r30
        rlwinm  r30, r30, 0, 25, 2
        clrldi  r30, r30, 32
        std     r30, ${8 * EVENT.XER}(r31)
        ld      r30, ${8 * (EVENT.GPR + 30)}(r31)
        addi    r31, r31, ${EVENT_BYTES}
        std     r31, ${NEXT}(r13)
        ld      r31, ${SAVE31}(r13)
        blr
near_end:
`;
}

