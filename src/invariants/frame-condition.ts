/**
 * frame-condition: the strategy's code stores only to 8 (the CR save word) and 16 of the frame that the hooked call stands on, below that
 * frame, to the areas and state it declares (of what each frame has, to that of this frame), and, when it publishes a pointer, to the free part of the task's stack: where a handler runs on the
 * interrupt stack, what lies below the frame of the interrupt that left it. A store may reach from one of these into the next. Not fatal.
 */
import { PERMISSIONS } from '../abi/permissions.ts';
import { INTERRUPT_FRAME_BYTES } from '../kernel/frames.ts';
import { BESIDE_OF } from '../image/pages.ts';
import { PAGE_SHIFT } from '../image/space.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';
import { StoreTarget, storeTarget } from './stores.ts';

const ME = obligationIndex('frame-condition');
const target = new StoreTarget();
/** What any callee may change of its caller's frame (CR save word, LR save doubleword): offset, bytes. */
const ALWAYS: readonly number[] = PERMISSIONS.flatMap(({ subject, callee }) =>
  (subject.kind === 'frame' && callee === 'clobber' ? [subject.offset, subject.bytes] : []));

function inside(ranges: readonly number[], offset: number, bytes: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (offset >= ranges[i]! && offset + bytes <= ranges[i]! + ranges[i + 1]!) return true;
  }
  return false;
}

/** Flat byte offset of the end of what is free on the task's stack while a handler runs on the other one: the innermost interrupt that left it. */
function endOfFree(o: Oracle): number {
  for (let level = o.level; level > 0; level--) {
    const from = o.snapshots.frame[level]!;
    if ((from & -PAGE_BYTES) === o.taskStack) return from - INTERRUPT_FRAME_BYTES;
  }
  return o.taskStack;
}

/** What the strategy has for the frame at `head`, and no other frame's. */
function ofFrame(o: Oracle, head: number, flat: number, bytes: number): boolean {
  if (o.frameState.length === 0 || head < 0) return false;
  const page = BESIDE_OF[head >>> PAGE_SHIFT]!;
  return inside(o.frameState, flat - (page << PAGE_SHIFT) - (head & (PAGE_BYTES - 1)), bytes);
}

/** `flat` -1: an address where nothing is mapped, which is in no range. */
function permitted(o: Oracle, head: number, flat: number, bytes: number): boolean {
  const near = head >= 0 && ((flat ^ head) & -PAGE_BYTES) === 0;
  if (near && flat + bytes <= head) return true;
  if (inside(o.stateRanges, flat, bytes) || ofFrame(o, head, flat, bytes)) return true;
  if ((o.published >= 0 || o.publishedOnStack >= 0) && (flat & -PAGE_BYTES) === o.taskStack && flat + bytes <= endOfFree(o)) return true;
  return near && (inside(ALWAYS, flat - head, bytes) || inside(o.areas, flat - head, bytes));
}

/** Every byte of a store that is in no one piece. */
function permittedBytes(o: Oracle, head: number, flat: number, bytes: number): boolean {
  for (let i = 0; i < bytes; i++) if (!permitted(o, head, flat + i, 1)) return false;
  return true;
}

export const frameCondition: Invariant = {
  name: 'frame-condition',
  hookStore(o, d) {
    const { regs, space } = o.machine;
    storeTarget(space.words[o.at]!, regs, target);
    if (target.bytes === 0) return;
    const flat = o.machine.flat(target.hi, target.lo);
    const head = d < 0 ? -1 : o.head[d]!;
    if (permitted(o, head, flat, target.bytes) || permittedBytes(o, head, flat, target.bytes)) return;
    const near = head >= 0 && flat >= 0 && ((flat ^ head) & -PAGE_BYTES) === 0;
    o.violate(ME, d, near ? `${flat - head}(r1)` : 'store', 0, 0, target.hi, target.lo, o.at);
  },
};
