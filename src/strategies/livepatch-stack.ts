import type { Strategy } from '../contract/strategy.ts';

/**
 * A stack of entries {r2, return address, marker} per task, from the low end of the kernel stack upwards. An interrupt may use it at any
 * instruction: so the pointer is moved before an entry is filled, and moved back after it has been read.
 *
 * Where the profile sequence lies out of line the handler is that of Linux 7.3.4 (and of mainline at ab93e0dd72c3): r0 is the return address, LR the
 * replacement, and the marker is written first.
 *
 * It keeps what r2 was at the original's ftrace call, and leaves 24(r1) alone. A replacement that makes a sibling call through a stub
 * stores its own TOC there.
 */
export const livepatchStack: Strategy = {
  name: 'livepatch-stack',
  summary: 'a stack of entries of its own per task keeps r2 and the return address',
  origin: 'Torsten Duwe, live patching thread, 2016-03-09: the third of three ways; Linux commit 85baa095497f (v4.7), in the r11 form of about 2017; out of line as in v7.3',
  claim: { kind: 'holds', assuming: ['no-stub-sibling', 'no-unwind', 'no-transitions', 'stack-room', 'no-reused-stacks'] },
  code: {
    livepatch_handler: `livepatch_handler:
        # publish first, then fill
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
        addi    r11, r11, 24
        std     r11, TI_livepatch_sp(r12)

        std     r2, -24(r11)
        mflr    r12
        std     r12, -16(r11)
        lis     r12, STACK_END_MAGIC@h
        ori     r12, r12, STACK_END_MAGIC@l
        std     r12, -8(r11)

        # no frame: the replacement may have stack arguments
        mfctr   r12
livepatch_push:
        bctrl
`,
    livepatch_handler_ool: `livepatch_handler_ool:
        # publish first, then fill, the marker before the rest
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
        addi    r11, r11, 24
        std     r11, TI_livepatch_sp(r12)

        lis     r12, STACK_END_MAGIC@h
        ori     r12, r12, STACK_END_MAGIC@l
        std     r12, -8(r11)
        std     r2, -24(r11)
        std     r0, -16(r11)

        mflr    r12
        mtctr   r12
livepatch_push_ool:
        bctrl
`,
    livepatch_return: `livepatch_return:
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)

        # the marker must be there
        lis     r2, STACK_END_MAGIC@h
        ori     r2, r2, STACK_END_MAGIC@l
        ld      r12, -8(r11)
livepatch_marker:
        tdne    r12, r2

        # read first, then release
        ld      r12, -16(r11)
        mtlr    r12
        ld      r2, -24(r11)
        ld      r12, PACACURRENT(r13)
livepatch_pop:
        addi    r11, r11, -24
        std     r11, TI_livepatch_sp(r12)
        blr
`,
  },
  pushes: ['livepatch_push', 'livepatch_push_ool'],
  pops: ['livepatch_pop'],
  published: 'TI_livepatch_sp',
};
