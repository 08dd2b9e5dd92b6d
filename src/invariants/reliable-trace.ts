/**
 * reliable-trace: while a task sleeps, a trace of its stack that is called reliable lists every return that is still owed, in order
 * (Documentation/livepatch/reliable-stacktrace.rst, 4.4: a trampoline that rewrites a return address must be resolved, or the trace be called unreliable).
 * What else it lists, such as a hook's own labels, does no harm. A caller that is not on it may be changed, and its text freed, while it waits. Not a
 * crash by itself, so the run goes on.
 */
import { addressHi, addressLo, obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import { THREAD_INFOS } from '../image/pages.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';

const ME = obligationIndex('reliable-trace');

export const reliableTrace: Invariant = {
  name: 'reliable-trace',
  walked(o) {
    const { machine: { regs }, trace } = o;
    if (!trace.walk(o.machine, regs[2]!, regs[3]!, (hi, lo) => o.onStack(hi, lo), o.recovery, THREAD_INFOS[o.task]! * PAGE_BYTES)) return;
    let at = 0;
    for (let d = o.depth - 1; d >= 0; d--) {
      const owed = o.image.callLand[o.call[d]!]!;
      while (at < trace.count && trace.words[at] !== owed) at++;
      if (at === trace.count) {
        const last = trace.count === 0 ? 0 : trace.words[trace.count - 1]!;
        o.violate(ME, d, 'trace', addressHi(o, owed), addressLo(o, owed), addressHi(o, last), addressLo(o, last));
        return;
      }
      at++;
    }
  },
};
