import type { Strategy } from '../contract/strategy.ts';

/**
 * Three doublewords for each frame, at a fixed distance from the frame: r2, return address, the caller's TOC slot. No frame has less than 32 bytes, so there is room for
 * whatever the stack has room for. What a call has is found by r1: there is no pointer to publish or to lose, nothing is pushed or left over, an interrupt's
 * frames are other frames, and a task has its own wherever it runs.
 *
 * Where the replacement of a hooked call hands its return on to a function that is patched too, r1 is the same, and so is what has to be put back in the end: the second
 * hook keeps nothing and stays out of the way, so its replacement returns to where the first one would have. A return address that is not zero says so.
 *
 * It takes as much memory again as the kernel stacks do, all of them (emergency stacks as well), which has to be zeros wherever a stack is made or used anew; and an
 * unwinder that looks there.
 */
export const shadowStackParallel: Strategy = {
  name: 'shadow-stack-parallel',
  summary: "beside each kernel stack, at a fixed distance from the caller's frame, r2, the return address and the caller's TOC slot",
  origin: 'Tocsin; the parallel shadow stack of Dang, Maniatis and Wagner, ASIACCS 2015, with r2 and the slot added',
  claim: { kind: 'holds', assuming: [] },
  code: {
    livepatch_handler: `livepatch_handler:
        mfctr   r12

        # this frame waits for a hooked call already: the same return is owed
        ld      r11, kept+8(r1)
        cmpdi   r11, 0
        bnectr

        std     r2, kept(r1)
        ld      r11, FRAME_TOC(r1)
        std     r11, kept+16(r1)
        mflr    r11
        std     r11, kept+8(r1)
parallel_push:
        bctrl
`,
    livepatch_handler_ool: `livepatch_handler_ool:
        mflr    r12
        mtctr   r12
        mtlr    r0

        ld      r11, kept+8(r1)
        cmpdi   r11, 0
        bnectr

        std     r2, kept(r1)
        ld      r11, FRAME_TOC(r1)
        std     r11, kept+16(r1)
        std     r0, kept+8(r1)
parallel_push_ool:
        bctrl
`,
    livepatch_return: `livepatch_return:
parallel_pop:
        ld      r2, kept(r1)
        ld      r12, kept+16(r1)
        std     r12, FRAME_TOC(r1)
        ld      r12, kept+8(r1)
        mtlr    r12

        # the frame waits no more
        li      r12, 0
        std     r12, kept+8(r1)
        blr
`,
  },
  state: [{ name: 'kept', owner: 'frame', bytes: 24 }],
  areas: [{ offset: 24, bytes: 8 }],
  pushes: ['parallel_push', 'parallel_push_ool'],
  pops: ['parallel_pop'],
  recovers: { label: 'livepatch_return', cell: 'kept', bytes: 24, offset: -16 },
};
