/** reserved-word: 12(r1) of a frame that is not the writer's own is unchanged (ELFv2 ABI 2.2.2.1: reserved). Not a crash, so the run goes on. */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import { MARK } from './bounds.ts';

const ME = obligationIndex('reserved-word');

export const reservedWord: Invariant = {
  name: 'reserved-word',
  markedStore(o, d, mark, oldHi, _oldLo, hi) {
    if (mark === MARK.CR_WORDS && hi !== oldHi) o.violate(ME, d, '12(r1)', 0, oldHi, 0, hi, o.at);
  },
};
