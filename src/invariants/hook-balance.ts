/**
 * hook-balance: every pop of a strategy belongs to the return that its push was made for, none is made of nothing (seen even where the strategy's
 * own marker check passes), nothing is left over when a call returns or the task is done. Not applicable without declared pushes and pops.
 *
 * And no overlap with a live stack: what the published pointer delimits does not reach the 288 bytes below the lowest live frame of the same
 * stack, since whoever runs there may use them. Looked at wherever a frame is about to be made or r1 is lowest: at calls, entries,
 * the livepatch callback (528 bytes below its caller), where another's return hook gives an address back, and when an interrupt is taken, whose frame lies below the 288 bytes. So it is
 * said before an entry or a frame is overwritten, not by whichever symptom comes first. Only for strategies that publish a pointer.
 *
 * And the same of what others have hooked (return-hooks.ts): the return of a call leads through its return hook, through no other's, and not past it. A
 * return that passes by its return hook looks well, but leaves an entry that the task's next hooked return takes for its own. Whatever a strategy declares.
 *
 * And nothing is left over for ever where a task has ended inside hooked calls (scenario.ts, Exit): they do not return, so nobody pops for them. A task that
 * ends owes nothing, and its memory goes with it, or is made anew for the next one. But the memory of a CPU stays, and so does that of a task that begins
 * again without being made anew: there, when all is done, the published pointer must be where it was in the beginning, however a strategy brings
 * that about; else each such end takes some of the room, until none is left.
 */
import { PACAS } from '../image/pages.ts';
import { INTERRUPT_FRAME_BYTES } from '../kernel/frames.ts';
import { KERNEL_REDZONE_SIZE, PAGE_BYTES } from '../kernel/layout.ts';
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';

const ME = obligationIndex('hook-balance');

/** Pushes that must be popped when the level is left. */
const floor = (o: Oracle): number => (o.level > 0 ? o.pushBase[o.level]! : 0);

const room = (o: Oracle, d: number): void => roomBelow(o, d, KERNEL_REDZONE_SIZE);

/** `bytes`: what is taken or may be used below r1. */
function roomBelow(o: Oracle, d: number, bytes: number): void {
  const cell = o.publishedCell;
  if (cell < 0) return;
  const { regs, space: { words } } = o.machine;
  const hi = words[(cell >> 2) + 1]!;
  const lo = words[cell >> 2]!;
  // Only on one and the same stack can they meet.
  if (((lo ^ regs[3]!) & -PAGE_BYTES) !== 0 || hi !== regs[2]) return;
  if ((lo & (PAGE_BYTES - 1)) > (regs[3]! & (PAGE_BYTES - 1)) - bytes) {
    o.violate(ME, d, 'room', regs[2]!, (regs[3]! - bytes) | 0, hi, lo);
  }
}

function leftOver(o: Oracle): void {
  const cell = o.publishedCell;
  if (cell < 0 || (o.publishedByCpu ? !o.last : o.gone)) return;
  if (!o.publishedByCpu) leftIn(o, cell);
  else for (let cpu = 0; cpu < PACAS.length; cpu++) leftIn(o, PACAS[cpu]! * PAGE_BYTES + (cell & (PAGE_BYTES - 1)));
}

/** `cell`: flat byte offset of a published pointer. */
function leftIn(o: Oracle, cell: number): void {
  const { words } = o.machine.space;
  const hi = words[(cell >> 2) + 1]!;
  const lo = words[cell >> 2]!;
  if (hi !== o.publishedHi || lo !== o.publishedLo) o.violate(ME, -1, 'left over', o.publishedHi, o.publishedLo, hi, lo);
}

export const hookBalance: Invariant = {
  name: 'hook-balance',
  call: room,
  enter: room,
  callback: room,
  interruptEntry: (o) => roomBelow(o, o.depth - 1, INTERRUPT_FRAME_BYTES),
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
  returnHook(o, d, kind) {
    room(o, d);
    const { returns } = o;
    const least = o.level > 0 ? returns.base[o.level]! : 0;
    const newest = returns.count - 1;
    const owner = newest >= least && returns.kind[newest] === kind ? returns.owner[newest]! : -1;
    if (owner !== d) o.violate(ME, d, 'return hook', 0, d + 1, 0, owner + 1);
  },
  resume(o, d) {
    const { returns } = o;
    if (returns.count > 0 && returns.owner[returns.count - 1]! >= d) o.violate(ME, d, 'return hooks', 0, returns.count - 1, 0, returns.count);
    if (o.pushes > floor(o) && o.pushOwner[o.pushes - 1]! >= d) o.violate(ME, d, 'depth', 0, o.pushes - 1, 0, o.pushes);
  },
  interruptExit(o, level) {
    if (o.returns.count !== o.returns.base[level]) o.violate(ME, o.depth - 1, 'return hooks', 0, o.returns.base[level]!, 0, o.returns.count);
    if (o.pushes !== o.pushBase[level]) o.violate(ME, o.depth - 1, 'depth', 0, o.pushBase[level]!, 0, o.pushes);
  },
  done(o) {
    if (o.returns.count !== 0) o.violate(ME, -1, 'return hooks', 0, 0, 0, o.returns.count);
    if (o.abandoned) leftOver(o);
    if (o.pushes !== 0) o.violate(ME, -1, 'depth', 0, 0, 0, o.pushes);
  },
};
