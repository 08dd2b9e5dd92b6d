/**
 * hook-balance: every pop of a strategy belongs to the return that its push was made for, none is made of nothing (seen even where the strategy's
 * own marker check passes), nothing is left over when a call returns or the task is done, and what the published pointer
 * delimits does not meet the live stack with its 288 bytes. Not applicable without declared pushes and pops.
 */
import { KERNEL_REDZONE_SIZE, PAGE_BYTES } from '../kernel/layout.ts';
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';

const ME = obligationIndex('hook-balance');

/** Pushes that must be popped when the level is left. */
const floor = (o: Oracle): number => (o.level > 0 ? o.pushBase[o.level]! : 0);

function room(o: Oracle, d: number): void {
  if (o.published < 0) return;
  const words = o.machine.space.words;
  const hi = words[(o.published >> 2) + 1]!;
  const lo = words[o.published >> 2]!;
  const top = o.onStack(hi, lo);
  const frame = o.registerOnStack(1);
  if (top < 0 || frame < 0 || ((top ^ frame) & -PAGE_BYTES) !== 0) return;
  if (top > frame - KERNEL_REDZONE_SIZE) {
    const regs = o.machine.regs;
    o.violate(ME, d, 'room', regs[2]!, (regs[3]! - KERNEL_REDZONE_SIZE) | 0, hi, lo);
  }
}

export const hookBalance: Invariant = {
  name: 'hook-balance',
  call: room,
  enter: room,
  pushPop(o, d, what) {
    if (what === 0) return;
    if (o.pushes <= floor(o)) {
      o.violate(ME, d, 'depth', 0, floor(o) + 1, 0, o.pushes);
      return;
    }
    const owner = o.pushOwner[o.pushes - 1]!;
    if (owner === d) return;
    const is = d < 0 ? 0 : o.r1[2 * d + 1]!;
    o.violate(ME, d, 'key', o.r1[2 * owner]!, o.r1[2 * owner + 1]!, d < 0 ? 0 : o.r1[2 * d]!, is);
  },
  resume(o, d) {
    if (o.pushes > floor(o) && o.pushOwner[o.pushes - 1]! >= d) o.violate(ME, d, 'depth', 0, o.pushes - 1, 0, o.pushes);
  },
  interruptExit(o, level) {
    if (o.pushes !== o.pushBase[level]) o.violate(ME, o.depth - 1, 'depth', 0, o.pushBase[level]!, 0, o.pushes);
  },
  done(o) {
    if (o.pushes !== 0) o.violate(ME, -1, 'depth', 0, 0, 0, o.pushes);
  },
};
