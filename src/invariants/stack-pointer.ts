/** stack-pointer: r1 where a call returns to equals r1 at the call (ELFv2 ABI 2.2.1: r1 is preserved). */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';

const ME = obligationIndex('stack-pointer');

export const stackPointer: Invariant = {
  name: 'stack-pointer',
  land(o, d) {
    const regs = o.machine.regs;
    if (regs[3] !== o.r1[2 * d + 1] || regs[2] !== o.r1[2 * d]) {
      o.violate(ME, d, 'r1', o.r1[2 * d]!, o.r1[2 * d + 1]!, regs[2]!, regs[3]!);
    }
  },
};
