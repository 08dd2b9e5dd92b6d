import type { Strategy } from '../contract/strategy.ts';
import { livepatchStack } from './livepatch-stack.ts';

/**
 * The natural order, and wrong: an interrupt between filling and publishing finds the pointer where it was, and a hooked call of its
 * handler writes over the entry.
 */
export const livepatchStackLatePublish: Strategy = {
  ...livepatchStack,
  name: 'livepatch-stack-late-publish',
  summary: 'livepatch-stack that publishes an entry only after filling it',
  origin: 'Tocsin: a known-bad order of livepatch-stack, seen only with interrupts',
  claim: { kind: 'breaks', obligations: ['return-address'] },
  code: {
    ...livepatchStack.code,
    livepatch_handler: `livepatch_handler:
        # fill first
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
        std     r2, 0(r11)
        mflr    r12
        std     r12, 8(r11)
        lis     r12, STACK_END_MAGIC@h
        ori     r12, r12, STACK_END_MAGIC@l
        std     r12, 16(r11)

        # then publish
        ld      r12, PACACURRENT(r13)
        addi    r11, r11, 24
        std     r11, TI_livepatch_sp(r12)

        mfctr   r12
livepatch_push:
        bctrl
`,
    livepatch_handler_ool: `livepatch_handler_ool:
        # fill first
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
        lis     r12, STACK_END_MAGIC@h
        ori     r12, r12, STACK_END_MAGIC@l
        std     r12, 16(r11)
        std     r2, 0(r11)
        std     r0, 8(r11)

        # then publish
        ld      r12, PACACURRENT(r13)
        addi    r11, r11, 24
        std     r11, TI_livepatch_sp(r12)

        mflr    r12
        mtctr   r12
livepatch_push_ool:
        bctrl
`,
  },
};
