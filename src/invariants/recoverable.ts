/**
 * recoverable: where a strategy declares what its label stands for (contract/strategy.ts, Recovers), the rule leads to the return that is owed, for each
 * hooked call that is pending, in order. It holds from the branch to the replacement up to the return through the label; inside the hook an entry may be half made.
 * So it is asked when a replacement is entered, when whoever ends a hooked call is about to return, and when the task goes to sleep: frame by frame from
 * r1 up, as an unwinder goes, and every frame that a pending call was made from must yield that call's return address. What comes in between those moments changes entries
 * in nobody's sight, but has to put them back before the next one.
 *
 * A trace that leads nowhere is an unreliable one, which is no fault of a walker's (reliable-trace), and keeps transitions waiting for ever. So it is a fault of whoever
 * has declared that it leads somewhere. A strategy that declares nothing is not asked.
 *
 * The return addresses of ordinary code are where the ABI has them, in LR at an entry and before `blr`, else at 16 of the caller's frame (ELFv2 ABI 2.2.2). Where
 * a kretprobe holds the address nobody can follow: from there on nothing is asked. In a handler nothing is asked about what was interrupted.
 */
import { FRAME } from '../abi/frame.ts';
import { THREAD_INFOS } from '../image/pages.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { LR } from '../machine/registers.ts';
import { addressHi, addressLo, obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';
import { HOOKER } from './return-hooks.ts';
import { NOWHERE, PROBED } from './unwind.ts';

const ME = obligationIndex('recoverable');

/** Asks about the `most` newest pending calls of this level, from r1 up. `linked`: the return address of r1's frame is in LR; else nobody has kept one there. */
function look(o: Oracle, linked: boolean, most: number): void {
  const { machine: { regs, space: { words } }, trace } = o;
  const least = Math.max(o.level > 0 ? o.base[o.level]! : 0, o.depth - most);
  let d = o.depth - 1;
  let frame = o.registerOnStack(1);
  if (frame < 0) return;
  trace.begin(o.machine, o.recovery, THREAD_INFOS[o.task]! * PAGE_BYTES);
  if (linked) d = answers(o, d, frame, regs[LR]!, regs[LR + 1]!, 'LR');
  while (d >= least) {
    const next = o.onStack(words[(frame >> 2) + 1]!, words[frame >> 2]!);
    // Obligation back-chain.
    if (next <= frame) return;
    frame = next;
    const at = (frame + FRAME.LR_SAVE) >> 2;
    d = answers(o, d, frame, words[at + 1]!, words[at]!, 'the LR save doubleword');
  }
}

/** Given what the frame at a flat byte offset returns to, and the pending call that is asked about: the one that is asked about next, -1: none. */
function answers(o: Oracle, d: number, frame: number, hi: number, lo: number, subject: string): number {
  const { trace } = o;
  const to = trace.resolved(hi, lo, frame);
  if (to === PROBED && isProbed(o, d)) return -1;
  const owed = o.image.callLand[o.call[d]!]!;
  const mine = frame === o.head[d];
  // A frame of the hook's own may list what it likes, but must not be in the way.
  if (mine ? to === owed : to !== NOWHERE || !trace.kept) return mine ? d - 1 : d;
  o.violate(ME, d, subject, addressHi(o, owed), addressLo(o, owed), trace.hi, trace.lo);
  return -1;
}

/** A kretprobe is to be returned to before pending call `d` is. */
function isProbed(o: Oracle, d: number): boolean {
  const { count, kind, owner } = o.returns;
  for (let i = count - 1; i >= 0; i--) if (owner[i] === d && kind[i] === HOOKER.KRETPROBE) return true;
  return false;
}

export const recoverable: Invariant = {
  name: 'recoverable',
  sent: (o) => look(o, true, Infinity),
  returning: (o) => look(o, true, 1),
  slept: (o) => look(o, false, Infinity),
};
