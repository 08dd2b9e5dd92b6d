import type { Strategy } from '../contract/strategy.ts';

/**
 * A frame of the hook's own, between caller and replacement: r2 in its TOC doubleword, the return address in the caller's LR save
 * doubleword, where an unwinder looks for it. The replacement then finds its stack arguments 32 bytes off.
 */
export const miniFrame: Strategy = {
  name: 'mini-frame',
  summary: 'a 32-byte stack frame of the hook keeps r2; a helper restores it',
  origin: 'Torsten Duwe, live patching thread, 2016-03-09: the second of three ways, klp_return_helper',
  claim: { kind: 'holds', assuming: ['no-stub-sibling', 'no-stack-args', 'no-variadic', 'stack-room'] },
  code: {
    livepatch_handler: `livepatch_handler:
        # ftrace stored the original here, but a return hook may have changed LR since
        mflr    r0
        std     r0, 16(r1)
        stdu    r1, -32(r1)
        std     r2, 24(r1)

        # LR = the helper below, also where the replacement's caller would have it
        bcl     20, 31, 1f
1:      mflr    r12
        addi    r12, r12, livepatch_return-1b
        mtlr    r12
        std     r12, 16(r1)

mini_frame_push:
        mfctr   r12
        bctr
`,
    livepatch_handler_ool: `livepatch_handler_ool:
        mflr    r12
        mtctr   r12
        std     r0, 16(r1)
        stdu    r1, -32(r1)
        std     r2, 24(r1)

        bcl     20, 31, 1f
1:      mflr    r12
        addi    r12, r12, livepatch_return-1b
        mtlr    r12
        std     r12, 16(r1)

mini_frame_push_ool:
        mfctr   r12
        bctr
`,
    livepatch_return: `livepatch_return:
mini_frame_pop:
        ld      r2, 24(r1)
        addi    r1, r1, 32
        ld      r0, 16(r1)
        mtlr    r0
        blr
`,
  },
  pushes: ['mini_frame_push', 'mini_frame_push_ool'],
  pops: ['mini_frame_pop'],
};
