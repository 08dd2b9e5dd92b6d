/**
 * nonvolatile: r14-r31 and CR2-CR4 are at a call's resume point what they were at the call (ELFv2 ABI 2.2.1), and r13 is the PACA.
 * Which registers these are stands in the permission table (abi).
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import { CR } from '../machine/registers.ts';
import { CR_SAVED, SAVED_FROM, SAVED_WORDS } from './bounds.ts';

const ME = obligationIndex('nonvolatile');
const NAMES = Array.from({ length: 32 }, (_, n) => `r${n}`);

export const nonvolatile: Invariant = {
  name: 'nonvolatile',
  resume(o, d) {
    const regs = o.machine.regs;
    const saved = o.saved;
    const from = d * SAVED_WORDS;
    for (let i = 0; i < SAVED_WORDS; i++) {
      if (regs[2 * SAVED_FROM + i] !== saved[from + i]) {
        const n = i >> 1;
        const at = 2 * (SAVED_FROM + n);
        o.violate(ME, d, NAMES[SAVED_FROM + n]!, saved[from + 2 * n]!, saved[from + 2 * n + 1]!, regs[at]!, regs[at + 1]!);
        return;
      }
    }
    const cr = regs[CR]! & CR_SAVED;
    if (cr !== o.cr[d]) o.violate(ME, d, 'cr', 0, o.cr[d]!, 0, cr);
  },
};
