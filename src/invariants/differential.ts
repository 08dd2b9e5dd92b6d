/**
 * differential: where every replacement has its original's body, the patched program's observable run (functions entered, the arguments
 * they see, results) is that of the unpatched one. The two runs are compared by a running hash and a count; trial.ts names the first difference.
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';

const ME = obligationIndex('differential');

export const differential: Invariant = {
  name: 'differential',
  done(o) {
    if (!o.compares) return;
    const same = o.traceLength === o.traceExpectedLength && o.trace[0] === o.traceExpected[0] && o.trace[1] === o.traceExpected[1];
    if (!same) o.violate(ME, -1, 'trace', o.traceExpected[0]!, o.traceExpected[1]!, o.trace[0]!, o.trace[1]!);
  },
};
