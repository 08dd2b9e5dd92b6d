/**
 * differential: where every replacement has its original's body, the patched program's observable run (functions entered, the arguments
 * they see, results) is that of the unpatched one. Compared event by event; the violation stands at the first event that differs.
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';

const ME = obligationIndex('differential');

function violate(o: Oracle, d: number, missing: boolean): void {
  const { subject, expected, found } = o.observed.difference(missing);
  o.violate(ME, d, subject, expected[0], expected[1], found[0], found[1]);
}

export const differential: Invariant = {
  name: 'differential',
  observed(o, d) {
    if (!o.observed.agrees) violate(o, d, false);
  },
  done(o) {
    if (o.observed.compares && !o.observed.complete) violate(o, -1, true);
  },
};
