/**
 * protected-zone: the 288 bytes below r1 of code that may keep data there (ELFv2 ABI 2.2.2.4; leaves, and prologues that save registers
 * before they make their frame) survive an interrupt and all that its handler calls, hooks among it.
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import { changedWord, interruptedBody } from './interrupt-transparency.ts';

const ME = obligationIndex('protected-zone');

export const protectedZone: Invariant = {
  name: 'protected-zone',
  interruptExit(o, level) {
    const { snapshots } = o;
    const frame = snapshots.frame[level]!;
    if (frame < 0 || !interruptedBody(o, level)) return;
    const word = snapshots.differs(o.machine.space.words, level, snapshots.from(frame), frame >> 2);
    if (word >= 0) changedWord(o, ME, level, word, frame);
  },
};
