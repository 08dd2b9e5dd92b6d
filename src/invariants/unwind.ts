/**
 * The kernel's walker over the stack of a task that sleeps (arch/powerpc/kernel/stacktrace.c, arch_stack_walk_reliable of Linux 6.1, written from what
 * it is known to do): from the stack pointer that `schedule` kept, along back chains, the LR save doubleword of each frame. It reads memory as it is
 * and knows no program. A frame that is misaligned, on no stack of the task's or not above the one before, and an address that is no text, make the trace
 * an unreliable one; it is never called on a task that runs, and here never on one that was preempted.
 *
 * Nobody tells the kernel's walker what the label of a hook stands for. A strategy may declare it (contract/strategy.ts, recovers), as the function graph
 * tracer does for its own: the address is then in an entry of a stack that a cell of the task's points to the end of, the newest entry first.
 */
import { FRAME } from '../abi/frame.ts';
import type { Processor } from './processor.ts';

/** Addresses of one trace at most: a 16 KiB stack of frames of 32 bytes. */
const MOST = 512;

/** What a strategy declares, as flat places: an address that is the label's, and where its entries are. */
export interface Recovery {
  /** Flat word of the label. */
  readonly label: number;
  /** Flat byte offset of the cell that holds the end of the entries. */
  readonly cell: number;
  /** Bytes of an entry, and from the end of one to the return address in it. */
  readonly entry: number;
  readonly offset: number;
}

export class StackTrace {
  /** Flat words of text, the newest first: `count` of them. */
  readonly words = new Int32Array(MOST);
  count = 0;

  /** Some address of the trace lies in flat words [from, to). */
  has(from: number, to: number): boolean {
    for (let i = 0; i < this.count; i++) if (this.words[i]! >= from && this.words[i]! < to) return true;
    return false;
  }

  /** Walks from the switch frame at an address. `onStack`: flat byte offset of an address on the task's stack, or -1. False: not reliable. */
  walk(machine: Processor, fromHi: number, fromLo: number, onStack: (hi: number, lo: number) => number, recovery: Recovery | undefined): boolean {
    const { space: { words } } = machine;
    this.count = 0;
    let unread = 0;
    let frame = onStack(fromHi, fromLo);
    while (frame >= 0) {
      const hi = words[(frame >> 2) + 1]!, lo = words[frame >> 2]!;
      if (hi === 0 && lo === 0) return true;
      const next = onStack(hi, lo);
      if (next <= frame || (next & 15) !== 0 || this.count === MOST) return false;
      frame = next;
      const at = (frame + FRAME.LR_SAVE) >> 2;
      let to = machine.fetch(words[at + 1]!, words[at]!);
      if (to < 0) return false;
      if (recovery !== undefined && to === recovery.label) {
        to = recovered(machine, recovery, unread);
        unread++;
        if (to < 0) return false;
      }
      this.words[this.count++] = to;
    }
    return false;
  }
}

/** The text at the return address of the entry that has `unread` newer ones, or -1. */
function recovered(machine: Processor, { cell, entry, offset }: Recovery, unread: number): number {
  const { words } = machine.space;
  const end = words[cell >> 2]!;
  const at = machine.flat(words[(cell >> 2) + 1]!, (end - unread * entry + offset) | 0);
  return at < 0 || (at & 7) !== 0 ? -1 : machine.fetch(words[(at >> 2) + 1]!, words[at >> 2]!);
}
