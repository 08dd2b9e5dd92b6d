import type { Strategy } from '../contract/strategy.ts';
import { PACA } from '../kernel/layout.ts';

/** Of the CPU's own memory; the pointer is an offset from the PACA. */
const ENTRIES = PACA.PACA_STRATEGY + 8;

/**
 * A stack of entries {r2, return address} as `livepatch-stack` has it, in its merged order, but the CPU's and not the task's: what the graph tracer's
 * per-CPU data suggest. A task that goes on on another CPU, or finds on its own the entry of one that ran in between, takes what is not its own.
 */
export const shadowStackPerCpu: Strategy = {
  name: 'shadow-stack-per-cpu',
  summary: 'a stack of entries per CPU keeps r2 and the return address',
  origin: "per-CPU data as the function graph tracer's, named in the live patching thread of March 2016 as the model to look at",
  claim: { kind: 'holds', assuming: ['no-stub-sibling', 'no-tasks', 'no-migration', 'no-unwind', 'no-transitions', 'no-exit'] },
  code: {
    livepatch_handler: `livepatch_handler:
        # publish first, then fill
        ld      r11, shadow_sp(r13)
        addi    r11, r11, 16
        std     r11, shadow_sp(r13)
        add     r11, r11, r13
        std     r2, -16(r11)
        mflr    r12
        std     r12, -8(r11)
        mfctr   r12
shadow_push:
        bctrl
`,
    livepatch_handler_ool: `livepatch_handler_ool:
        ld      r11, shadow_sp(r13)
        addi    r11, r11, 16
        std     r11, shadow_sp(r13)
        add     r11, r11, r13
        std     r2, -16(r11)
        std     r0, -8(r11)
        mflr    r12
        mtctr   r12
shadow_push_ool:
        bctrl
`,
    livepatch_return: `livepatch_return:
        # read first, then release
        ld      r11, shadow_sp(r13)
        add     r12, r11, r13
        ld      r0, -8(r12)
        mtlr    r0
        ld      r2, -16(r12)
shadow_pop:
        addi    r11, r11, -16
        std     r11, shadow_sp(r13)
        blr
`,
  },
  state: [{ name: 'shadow_sp', owner: 'cpu', bytes: 8, value: BigInt(ENTRIES) }, { name: 'shadow_entries', owner: 'cpu', bytes: 8192 }],
  pushes: ['shadow_push', 'shadow_push_ool'],
  pops: ['shadow_pop'],
  published: 'shadow_sp',
};
