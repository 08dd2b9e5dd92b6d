import type { Strategy } from '../contract/strategy.ts';

/**
 * `livepatch-stack` as Linux 4.7 to 5.0 found its pointer: in the thread_info at the low end of whatever stack r1 is on (CURRENT_THREAD_INFO). Interrupt
 * stacks had one, made at boot (klp_init_thread_info in irq_ctx_init); other stacks had not.
 */
export const shadowStackR1Masked: Strategy = {
  name: 'shadow-stack-r1-masked',
  summary: 'a stack of entries at the low end of each kernel stack, found by masking r1',
  origin: 'Linux commit 85baa095497f (v4.7), arch/powerpc/kernel/trace/ftrace_64_mprofile.S until v5.0',
  claim: { kind: 'holds', assuming: ['no-stub-sibling', 'no-unwind', 'no-transitions', 'no-emergency-stack', 'stack-room', 'no-reused-stacks'] },
  code: {
    livepatch_handler: `livepatch_handler:
        # publish first, then fill
        clrrdi  r12, r1, 14
        ld      r11, masked_sp(r12)
        addi    r11, r11, 16
        std     r11, masked_sp(r12)
        std     r2, -16(r11)
        mflr    r12
        std     r12, -8(r11)
        mfctr   r12
masked_push:
        bctrl
`,
    livepatch_handler_ool: `livepatch_handler_ool:
        clrrdi  r12, r1, 14
        ld      r11, masked_sp(r12)
        addi    r11, r11, 16
        std     r11, masked_sp(r12)
        std     r2, -16(r11)
        std     r0, -8(r11)
        mflr    r12
        mtctr   r12
masked_push_ool:
        bctrl
`,
    livepatch_return: `livepatch_return:
        # read first, then release
        clrrdi  r12, r1, 14
        ld      r11, masked_sp(r12)
        ld      r0, -8(r11)
        mtlr    r0
        ld      r2, -16(r11)
masked_pop:
        addi    r11, r11, -16
        std     r11, masked_sp(r12)
        blr
`,
  },
  state: [{ name: 'masked_sp', owner: 'stack', bytes: 8, value: 16n }],
  pushes: ['masked_push', 'masked_push_ool'],
  pops: ['masked_pop'],
  published: 'masked_sp',
};
