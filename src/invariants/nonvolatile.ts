/**
 * nonvolatile: r14-r31 and CR2-CR4 are at a call's resume point what they were at the call (ELFv2 ABI 2.2.1), and r13 is the PACA.
 * Which registers these are stands in the permission table (abi). So is MSR, there and wherever a function's own code begins: a hook may
 * switch interrupts off and on again, but not leave them off, for a replacement or for the caller.
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';
import { CR, MSR_PAIR } from '../machine/registers.ts';
import { CR_SAVED, SAVED_BITS, SAVED_FROM, SAVED_WORDS } from './bounds.ts';

const ME = obligationIndex('nonvolatile');
/** GPR 13, which is the executing CPU's and not the task's. */
const PACA = 13;
const NAMES = Array.from({ length: 32 }, (_, n) => `r${n}`);

/** Names the first register that differs, of those that may have been written since the call. */
function compare(o: Oracle, d: number): void {
  const { regs } = o.machine;
  const row = o.savedRow[d]! * SAVED_WORDS - 2 * SAVED_FROM;
  for (let left = o.written[d]! & SAVED_BITS; left !== 0; left &= left - 1) {
    const n = 31 - Math.clz32(left & -left);
    const at = row + 2 * n;
    const hi = n === PACA ? o.pacaHi : o.saved[at]!;
    const lo = n === PACA ? o.pacaLo : o.saved[at + 1]!;
    if (regs[2 * n] === hi && regs[2 * n + 1] === lo) continue;
    o.violate(ME, d, NAMES[n]!, hi, lo, regs[2 * n]!, regs[2 * n + 1]!);
    return;
  }
}

/** MSR is as at the call. */
function state(o: Oracle, d: number): void {
  const { regs } = o.machine;
  if (d < 0 || (regs[MSR_PAIR + 1] === o.msr[2 * d + 1] && regs[MSR_PAIR] === o.msr[2 * d])) return;
  o.violate(ME, d, 'msr', o.msr[2 * d]!, o.msr[2 * d + 1]!, regs[MSR_PAIR]!, regs[MSR_PAIR + 1]!);
}

export const nonvolatile: Invariant = {
  name: 'nonvolatile',
  enter: state,
  mcountReturn: state,
  resume(o, d) {
    const regs = o.machine.regs;
    if (o.written[d] !== 0) compare(o, d);
    const cr = regs[CR]! & CR_SAVED;
    if (cr !== o.cr[d]) o.violate(ME, d, 'cr', 0, o.cr[d]!, 0, cr);
    state(o, d);
  },
};
