/**
 * back-chain: the chain of frames is aligned, rises within a stack, and leads from each caller's frame to the frame its own
 * caller had (ELFv2 ABI 2.2.2.1). Checked at each call over the new part of the chain; a store that breaks the older part is seen at once.
 */
import { TEXT } from '../image/points.ts';
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';
import { MARK } from './bounds.ts';

const ME = obligationIndex('back-chain');
/**
 * Frames between two calls at most: the activation's own, a hook's, two of an ftrace entry; and for each interrupt whose handler has come back
 * but which has not returned yet its own and the one that called the handler.
 */
const MAX_LINKS = 32;

function walk(o: Oracle, d: number): void {
  const words = o.machine.space.words;
  const first = o.level > 0 && d === o.base[o.level];
  const goal = d === 0 ? -1 : o.head[d - 1]!;
  let flat = o.head[d]!;
  // The usual case: one link, from the frame of the owner to that of its caller.
  const direct = flat >= 0 && goal > flat && words[flat >> 2] === o.r1[2 * d - 1] && words[(flat >> 2) + 1] === o.r1[2 * d - 2];
  if (direct && (flat & 15) === 0) return;
  if (flat < 0 || (flat & 15) !== 0) {
    o.violate(ME, d, 'r1', 0, 0, o.r1[2 * d]!, o.r1[2 * d + 1]!);
    return;
  }
  if (d > 0 && goal < 0) return;
  for (let i = 0; i < MAX_LINKS; i++) {
    const hi = words[(flat >> 2) + 1]!;
    const lo = words[flat >> 2]!;
    if (d === 0 && hi === 0 && lo === 0) return;
    const next = o.onStack(hi, lo);
    // An interrupt's frames may lie on the interrupt stack, whose base links to the interrupted one; and below a frame whose owner has not made its call yet.
    const rises = next > flat || first;
    if (next < 0 || (next & 15) !== 0 || !rises) {
      o.violate(ME, d, '0(r1)', d === 0 ? 0 : o.r1[2 * d - 2]!, d === 0 ? 0 : o.r1[2 * d - 1]!, hi, lo);
      return;
    }
    if (next === goal || (next > goal && first && (next ^ goal) < 16384)) return;
    flat = next;
  }
  o.violate(ME, d, '0(r1)', d === 0 ? 0 : o.r1[2 * d - 2]!, d === 0 ? 0 : o.r1[2 * d - 1]!, o.chain[2 * d]!, o.chain[2 * d + 1]!);
}

export const backChain: Invariant = {
  name: 'back-chain',
  call: walk,
  markedStore(o, d, mark, _oldHi, _oldLo, hi, lo) {
    if (mark !== MARK.CHAIN || o.machine.space.textTag[o.at] === TEXT.INTERRUPT) return;
    if (lo !== o.chain[2 * d + 1] || hi !== o.chain[2 * d]) {
      o.violate(ME, d, '0(r1)', o.chain[2 * d]!, o.chain[2 * d + 1]!, hi, lo, o.at);
    }
  },
};
