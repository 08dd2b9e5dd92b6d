/**
 * frame-condition: the strategy's code stores only to 8 (the CR save word) and 16 of the frame that the hooked call stands on, below that
 * frame, to the areas and state it declares, and, when it publishes a pointer, to the free part of the task's stack. Not fatal.
 */
import { PERMISSIONS } from '../abi/permissions.ts';
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

/** Flat byte offset of the lowest frame of a pending call on the task's stack. */
function lowestOnTaskStack(o: Oracle): number {
  for (let d = o.depth - 1; d >= 0; d--) {
    const head = o.head[d]!;
    if (head >= 0 && (head & -PAGE_BYTES) === o.taskStack) return head;
  }
  return o.taskStack + PAGE_BYTES;
}

function permitted(o: Oracle, d: number, flat: number, bytes: number): boolean {
  if (flat < 0) return false;
  const head = d < 0 ? -1 : o.head[d]!;
  const near = head >= 0 && ((flat ^ head) & -PAGE_BYTES) === 0;
  if (near && flat + bytes <= head) return true;
  if (inside(o.stateRanges, flat, bytes)) return true;
  const onTask = (flat & -PAGE_BYTES) === o.taskStack;
  if (onTask && o.published >= 0 && flat + bytes <= lowestOnTaskStack(o)) return true;
  return near && (inside(ALWAYS, flat - head, bytes) || inside(o.areas, flat - head, bytes));
}

export const frameCondition: Invariant = {
  name: 'frame-condition',
  hookStore(o, d) {
    const { regs, space } = o.machine;
    storeTarget(space.words[o.at]!, regs, target);
    if (target.bytes === 0) return;
    const flat = o.machine.flat(target.hi, target.lo);
    if (permitted(o, d, flat, target.bytes)) return;
    const head = d < 0 ? -1 : o.head[d]!;
    const near = head >= 0 && flat >= 0 && ((flat ^ head) & -PAGE_BYTES) === 0;
    o.violate(ME, d, near ? `${flat - head}(r1)` : 'store', 0, 0, target.hi, target.lo, o.at);
  },
};
