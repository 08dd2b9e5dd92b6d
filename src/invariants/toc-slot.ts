/**
 * toc-slot: when a call returns to its owner, and so at each reload, a live TOC pointer doubleword 24(r1) holds what the owner stored (ELFv2 ABI
 * 2.2.2.3 and 3.4.2). A foreign store to it is kept as the cause; it is a violation only if it is not undone by then.
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import { MARK } from './bounds.ts';

const ME = obligationIndex('toc-slot');

export const tocSlot: Invariant = {
  name: 'toc-slot',
  markedStore(o, d, mark, _oldHi, _oldLo, hi, lo) {
    if (mark !== MARK.SLOT) return;
    o.slotCause[d] = lo === o.slot[2 * d + 1] && hi === o.slot[2 * d] ? -1 : o.at;
  },
  land(o, d) {
    if (o.slotLive[d] === 0) return;
    const word = (o.head[d]! + 24) >> 2;
    const words = o.machine.space.words;
    if (words[word] !== o.slot[2 * d + 1] || words[word + 1] !== o.slot[2 * d]) {
      o.violate(ME, d, '24(r1)', o.slot[2 * d]!, o.slot[2 * d + 1]!, words[word + 1]!, words[word]!, o.slotCause[d]!);
    }
  },
};
