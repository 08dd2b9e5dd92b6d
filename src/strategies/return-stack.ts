import type { Strategy } from '../contract/strategy.ts';
import { RETURN_STACK_ENTRIES } from '../scenario/premises.ts';

const BYTES = 32 * RETURN_STACK_ENTRIES;

/**
 * The function graph tracer's ret_stack with r2 added: an array of {r2, return address, function, r1} per task, of a fixed depth. A call that finds it
 * full is not hooked, as there; for the tracer that is a gap in a trace, here it is a lost TOC.
 */
export const returnStack: Strategy = {
  name: 'return-stack',
  summary: 'an array of fixed depth per task keeps r2 and the return address; when it is full, calls are not hooked',
  origin: "the function graph tracer's ret_stack (kernel/trace/fgraph.c), with r2 added",
  claim: { kind: 'holds', assuming: ['no-stub-sibling', 'no-unwind', 'no-transitions', 'bounded-hook-depth', 'no-reused-stacks'] },
  code: {
    livepatch_handler: `livepatch_handler:
        ld      r12, PACACURRENT(r13)
        ld      r11, ret_top(r12)
        cmpldi  r11, ${BYTES}
        bge     ret_full

        # publish first, then fill
        addi    r11, r11, 32
        std     r11, ret_top(r12)
        add     r11, r11, r12
        std     r2, ret_stack-32(r11)
        mflr    r12
        std     r12, ret_stack-24(r11)
        mfctr   r12
        std     r12, ret_stack-16(r11)
        std     r1, ret_stack-8(r11)
ret_push:
        bctrl
        b       livepatch_return

ret_full:
        # no room: to the replacement, and straight back to the caller
        mfctr   r12
        bctr
`,
    livepatch_handler_ool: `livepatch_handler_ool:
        ld      r12, PACACURRENT(r13)
        ld      r11, ret_top(r12)
        cmpldi  r11, ${BYTES}
        bge     ret_full_ool

        addi    r11, r11, 32
        std     r11, ret_top(r12)
        add     r11, r11, r12
        std     r2, ret_stack-32(r11)
        std     r0, ret_stack-24(r11)
        mflr    r12
        mtctr   r12
        std     r12, ret_stack-16(r11)
        std     r1, ret_stack-8(r11)
ret_push_ool:
        bctrl
        b       livepatch_return

ret_full_ool:
        mflr    r12
        mtctr   r12
        mtlr    r0
        bctr
`,
    livepatch_return: `livepatch_return:
        # read first, then release
        ld      r12, PACACURRENT(r13)
        ld      r11, ret_top(r12)
        add     r2, r11, r12
        ld      r0, ret_stack-24(r2)
        mtlr    r0
        ld      r2, ret_stack-32(r2)
ret_pop:
        addi    r11, r11, -32
        std     r11, ret_top(r12)
        blr
`,
  },
  state: [{ name: 'ret_top', owner: 'task', bytes: 8 }, { name: 'ret_stack', owner: 'task', bytes: BYTES }],
  pushes: ['ret_push', 'ret_push_ool'],
  pops: ['ret_pop'],
  published: 'ret_top',
};
