/**
 * toc: after a call that must keep r2 (ELFv2 ABI 2.2.1, 3.4.1: a local call of a function with st_other other than 1; any call with
 * a restore, behind it) r2 is what it was at the call; and at each use of the TOC r2 is the TOC pointer of the code's module. The livepatch
 * callback, and interrupt entry when it calls a handler, are the kernel's.
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';

const ME = obligationIndex('toc');

export const toc: Invariant = {
  name: 'toc',
  resume(o, d) {
    if (o.image.callNeedsR2[o.call[d]!] === 0) return;
    const regs = o.machine.regs;
    if (regs[5] !== o.r2[2 * d + 1] || regs[4] !== o.r2[2 * d]) {
      o.violate(ME, d, 'r2', o.r2[2 * d]!, o.r2[2 * d + 1]!, regs[4]!, regs[5]!);
    }
  },
  tocUse(o, module) {
    const regs = o.machine.regs;
    const { tocHi, tocLo } = o.image;
    if (regs[5] !== tocLo[module] || regs[4] !== tocHi[module]) {
      o.violate(ME, o.depth - 1, 'r2', tocHi[module]!, tocLo[module]!, regs[4]!, regs[5]!);
    }
  },
};
