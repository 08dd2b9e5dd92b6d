/**
 * The kernel's walker over the stack of a task that sleeps (arch/powerpc/kernel/stacktrace.c, arch_stack_walk_reliable of Linux 6.1, written from what
 * it is known to do): from the stack pointer that `schedule` kept, along back chains, the LR save doubleword of each frame. It reads memory as it is
 * and knows no program. A frame that is misaligned, on no stack of the task's or not above the one before, and an address that is no text, make the trace
 * an unreliable one; it is never called on a task that runs, and here never on one that was preempted.
 *
 * What the function graph tracer's return_to_handler stands for it asks of the tracer (ftrace_graph_ret_addr, kernel/trace/fgraph.c, as it is since 2024: the
 * newest entry of the frame that was not given out yet, those of sibling calls passed over; before, the oldest entry of the frame).
 *
 * The trampoline of a kretprobe stands for nothing that it would ask for: a trace that it is on is an unreliable one.
 *
 * Nobody tells the kernel's walker what the label of a hook stands for. A strategy may declare it (contract/strategy.ts, recovers), as the function graph
 * tracer does for its own: the address is then in an entry of a stack that a cell of the task's points to the end of, the newest entry first. Or it is kept for
 * the frame. That may be a label again, of either.
 *
 * Whoever asks frame by frame (recoverable.ts) begins, and resolves what he finds, in the order of the frames.
 */
import { FRAME } from '../abi/frame.ts';
import { TEXT } from '../image/points.ts';
import { BESIDE_OF } from '../image/pages.ts';
import { PAGE_SHIFT, PAGE_WORDS } from '../image/space.ts';
import { GRAPH_ENTRY } from '../kernel/graph.ts';
import { FRAME_STATE, KRETPROBE_OFFSET, PAGE_BYTES, RETURN_HANDLER_OFFSET, THREAD_INFO } from '../kernel/layout.ts';
import type { Processor } from './processor.ts';

/** Addresses of one trace at most: a 16 KiB stack of frames of 32 bytes. */
const MOST = 512;

const RETURN_HANDLER = RETURN_HANDLER_OFFSET >> 2, KRETPROBE_TRAMPOLINE = KRETPROBE_OFFSET >> 2;

/** What a strategy declares, as flat places: an address that is the label's, and where its entries are. */
export interface Recovery {
  /** Flat word of the label. */
  readonly label: number;
  /** Flat byte offset of the cell that holds the end of the entries; of what each frame has, bytes from the frame. */
  readonly cell: number;
  readonly byFrame: boolean;
  /** Bytes of an entry, and from the end of one to the return address in it. */
  readonly entry: number;
  readonly offset: number;
}

/** What a return address may stand for, when it is no flat word of text: nothing that anybody knows; what a kretprobe keeps, which this walker does not ask for. */
export const NOWHERE = -1, PROBED = -2;

export class StackTrace {
  /** Flat words of text, the newest first: `count` of them. */
  readonly words = new Int32Array(MOST);
  count = 0;
  /** The address that was resolved last, as halves: what was found, or kept, in the end; 0 where there is no memory to read it from. */
  hi = 0;
  lo = 0;
  /** And the strategy has kept it. */
  kept = false;
  /** Flat words of the strategy's memory that were read, `asked` of them, since whoever wants to know set that to 0; and somebody does. */
  readonly memory = new Int32Array(2 * PAGE_WORDS);
  asked = 0;
  listening = false;
  /** Entries of the strategy's that this walk has read; bytes of the tracer's that it has not looked at. */
  #read = 0;
  #unasked = 0;
  #machine!: Processor;
  #recovery: Recovery | undefined;
  #task = 0;

  /** Some address of the trace lies in flat words [from, to). */
  has(from: number, to: number): boolean {
    for (let i = 0; i < this.count; i++) if (this.words[i]! >= from && this.words[i]! < to) return true;
    return false;
  }

  /** Before the first frame is asked about. `task`: flat byte offset of the task's thread_info. */
  begin(machine: Processor, recovery: Recovery | undefined, task: number): void {
    this.#machine = machine;
    this.#recovery = recovery;
    this.#task = task;
    this.#read = 0;
    this.#unasked = machine.space.words[(task + THREAD_INFO.TI_ret_top) >> 2]!;
  }

  /**
   * Walks from the switch frame at an address. `onStack`: flat byte offset of an address on the task's stack, or -1; `task`: flat byte offset of its thread_info.
   * False: not reliable.
   */
  walk(
    machine: Processor, fromHi: number, fromLo: number, onStack: (hi: number, lo: number) => number, recovery: Recovery | undefined, task: number,
  ): boolean {
    const { space: { words } } = machine;
    this.begin(machine, recovery, task);
    this.count = 0;
    let frame = onStack(fromHi, fromLo);
    while (frame >= 0) {
      const hi = words[(frame >> 2) + 1]!, lo = words[frame >> 2]!;
      if (hi === 0 && lo === 0) return true;
      const next = onStack(hi, lo);
      if (next <= frame || (next & 15) !== 0 || this.count === MOST) return false;
      frame = next;
      const at = (frame + FRAME.LR_SAVE) >> 2;
      const to = this.resolved(words[at + 1]!, words[at]!, frame);
      if (to < 0) return false;
      this.words[this.count++] = to;
    }
    return false;
  }

  /** The text that an address stands for which was found as the return address of the frame at `frame`: its own, or of what the tracer or the strategy has kept. */
  resolved(foundHi: number, foundLo: number, frame: number): number {
    const machine = this.#machine, recovery = this.#recovery;
    this.kept = false;
    this.hi = foundHi;
    this.lo = foundLo;
    let to = machine.fetch(foundHi, foundLo);
    for (;;) {
      if (isReturnHook(machine, to, RETURN_HANDLER)) to = this.#hooked(to, frame);
      if (to < 0 || recovery === undefined || to !== recovery.label) return isReturnHook(machine, to, KRETPROBE_TRAMPOLINE) ? PROBED : to;
      this.kept = true;
      to = recovery.byFrame ? this.#reads(besideOf(recovery, frame)) : this.#reads(this.#entry(recovery));
      // The one entry of a frame that says nothing but the label says it for ever.
      if (recovery.byFrame && to === recovery.label) return NOWHERE;
    }
  }

  /** What the tracer says; return_to_handler itself where it knows nothing, and then nothing counts as given out. */
  #hooked(handler: number, frame: number): number {
    const machine = this.#machine, { words } = machine.space;
    for (let left = this.#unasked - GRAPH_ENTRY.BYTES; left >= 0; left -= GRAPH_ENTRY.BYTES) {
      const entry = (this.#task + THREAD_INFO.TI_ret_stack + left) >> 2;
      const key = entry + (GRAPH_ENTRY.FRAME >> 2);
      if (machine.flat(words[key + 1]!, words[key]!) !== frame) continue;
      const to = machine.fetch(words[entry + 1]!, words[entry]!);
      if (isReturnHook(machine, to, RETURN_HANDLER)) continue;
      this.#unasked = left;
      this.hi = words[entry + 1]!;
      this.lo = words[entry]!;
      return to;
    }
    return handler;
  }

  /** Flat byte offset of the return address in the newest entry of the strategy's that was not read yet, -1: it is nowhere. */
  #entry({ cell, entry, offset }: Recovery): number {
    const { words } = this.#machine.space;
    if (this.listening && this.#read === 0) this.#note(cell);
    return this.#machine.flat(words[(cell >> 2) + 1]!, (words[cell >> 2]! - this.#read++ * entry + offset) | 0);
  }

  /** The text at the address that the strategy keeps at a flat byte offset. */
  #reads(at: number): number {
    const { words } = this.#machine.space;
    this.hi = this.lo = 0;
    if (at < 0 || (at & 7) !== 0) return NOWHERE;
    if (this.listening) this.#note(at);
    this.hi = words[(at >> 2) + 1]!;
    this.lo = words[at >> 2]!;
    return this.#machine.fetch(this.hi, this.lo);
  }

  #note(at: number): void {
    this.memory[this.asked++] = at >> 2;
    this.memory[this.asked++] = (at >> 2) + 1;
  }
}

const isReturnHook = (machine: Processor, word: number, which: number): boolean =>
  word >= 0 && word % PAGE_WORDS === which && machine.space.textTag[word] === TEXT.RETURN;

/** Flat byte offset of the return address that is kept for the frame at a flat byte offset. */
const besideOf = ({ cell, entry, offset }: Recovery, frame: number): number =>
  (BESIDE_OF[frame >>> PAGE_SHIFT]! << PAGE_SHIFT) + (frame & (PAGE_BYTES - 1)) + cell - FRAME_STATE + entry + offset;
