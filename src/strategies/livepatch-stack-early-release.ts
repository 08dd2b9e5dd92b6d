import type { Strategy } from '../contract/strategy.ts';
import { livepatchStack } from './livepatch-stack.ts';

/** Releasing an entry before it has been read: an interrupt in between may write over it. */
export const livepatchStackEarlyRelease: Strategy = {
  ...livepatchStack,
  name: 'livepatch-stack-early-release',
  summary: 'livepatch-stack that releases an entry before reading it',
  origin: 'Tocsin: a known-bad order of livepatch-stack, seen only with interrupts',
  claim: { kind: 'breaks', obligations: ['return-address'] },
  code: {
    ...livepatchStack.code,
    livepatch_return: `livepatch_return:
        # release first
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
livepatch_pop:
        addi    r11, r11, -24
        std     r11, TI_livepatch_sp(r12)

        lis     r2, STACK_END_MAGIC@h
        ori     r2, r2, STACK_END_MAGIC@l
        ld      r12, 16(r11)
livepatch_marker:
        tdne    r12, r2

        # then read
        ld      r12, 8(r11)
        mtlr    r12
        ld      r2, 0(r11)
        blr
`,
  },
};
