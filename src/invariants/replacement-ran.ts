/**
 * replacement-ran: each hooked call of a patched function runs its replacement, exactly once, and does not go on in the original.
 * Where tracing is off on the executing CPU when ftrace entry asks (arch/powerpc/kernel/trace/ftrace_entry.S, ftrace_no_trace) it is the original that
 * must run, and no callback. A hook that skips the replacement keeps r2 and LR beautifully: no other obligation sees that the branch to it was deleted.
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';
import { UNTRACED } from './bounds.ts';

const ME = obligationIndex('replacement-ran');

function once(o: Oracle, d: number): void {
  if (o.owed[d]! >= 0 && o.ran[d] !== 1) o.violate(ME, d, 'runs', 0, 1, 0, o.ran[d]!);
}

export const replacementRan: Invariant = {
  name: 'replacement-ran',
  sibling: once,
  resume: once,
  enter(o, d) {
    if (o.ran[d]! > 1) o.violate(ME, d, 'runs', 0, 1, 0, o.ran[d]!);
  },
  callback(o, d) {
    if (d >= 0 && o.state[d] === UNTRACED) o.violate(ME, d, 'callback', 0, 0, 0, 1);
  },
  mcountReturn(o, d, version) {
    if (d >= 0 && o.owed[d]! >= 0 && version === o.target[d]) o.violate(ME, d, 'original', 0, 0, 0, 1);
  },
};
