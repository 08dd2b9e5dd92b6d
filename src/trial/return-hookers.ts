/**
 * Who hooks returns besides live patching: the callbacks of the graph tracer (ftrace_graph_func, arch/powerpc/kernel/trace/ftrace.c) and of kretprobes
 * (pre_handler_kretprobe, kernel/kprobes.c; arch_rethook_prepare, arch/powerpc/kernel/rethook.c), and the kretprobe's half of the way back (rethook_trampoline_handler,
 * kernel/trace/rethook.c). All of it is C code in the kernel. Each takes LR as the one before has left it in pt_regs.
 */
import { THREAD_INFOS } from '../image/pages.ts';
import { RETURN_HOOKERS } from '../image/program.ts';
import { DIRTY_SHIFT } from '../image/space.ts';
import { HOOKER } from '../invariants/return-hooks.ts';
import { CALLBACK } from '../kernel/callback.ts';
import { ptRegsGpr } from '../kernel/frames.ts';
import { GRAPH_DEPTH, GRAPH_ENTRY } from '../kernel/graph.ts';
import { KRETPROBE_MOST, KRETPROBE_NODE, KRETPROBE_NODES } from '../kernel/kretprobe.ts';
import { ADDRESSES, KRETPROBE_OFFSET, PAGE_BYTES, RETURN_HANDLER_OFFSET, THREAD_INFO } from '../kernel/layout.ts';
import { high, low } from '../machine/halves.ts';
import type { Machine } from '../machine/machine.ts';

const RETURN_HANDLER = ADDRESSES.KERNEL_CORE + BigInt(RETURN_HANDLER_OFFSET);
const RETURN_HANDLER_HI = high(RETURN_HANDLER), RETURN_HANDLER_LO = low(RETURN_HANDLER);
const TRAMPOLINE = ADDRESSES.KERNEL_CORE + BigInt(KRETPROBE_OFFSET);
const TRAMPOLINE_HI = high(TRAMPOLINE), TRAMPOLINE_LO = low(TRAMPOLINE);
/** Flat word of each task's count of bytes in use, and of its first entry or node. */
const wordOf = (offset: number): Int32Array => Int32Array.from(THREAD_INFOS, (page) => (page * PAGE_BYTES + offset) >> 2);
const GRAPH_TOP = wordOf(THREAD_INFO.TI_ret_top), GRAPH_ENTRIES = wordOf(THREAD_INFO.TI_ret_stack);
const NODES_TOP = wordOf(THREAD_INFO.TI_rethook_top), NODES = wordOf(THREAD_INFO.TI_rethooks);
/** Bytes of a task's nodes at most. */
const NODES_BYTES = KRETPROBE_MOST * KRETPROBE_NODE.BYTES;

export class ReturnHookers {
  /** Of the last ftrace call: how many have hooked its return, and who (a HOOKER), the first one first. */
  count = 0;
  readonly kind = new Uint8Array(2);
  /** And who could not, as bits 1 << HOOKER: no entry, or no node, was left. */
  refused = 0;
  private readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** `at`: flat byte offset of pt_regs; `hookers`: who is at the site, as bits RETURN_HOOKERS; `task`: who runs. */
  hook(at: number, hookers: number, task: number): void {
    if ((hookers & RETURN_HOOKERS['kretprobe-first']) !== 0) this.note(HOOKER.KRETPROBE, this.probes(at, task));
    if ((hookers & RETURN_HOOKERS.graph) !== 0) this.note(HOOKER.GRAPH, this.traces(at, task));
    if ((hookers & RETURN_HOOKERS.kretprobe) !== 0) this.note(HOOKER.KRETPROBE, this.probes(at, task));
  }

  private note(kind: number, hooked: boolean): void {
    if (hooked) this.kind[this.count++] = kind;
    else this.refused |= 1 << kind;
  }

  /** function_graph_enter: the entry is published first, then filled. False: the stack of entries is full. */
  private traces(at: number, task: number): boolean {
    const { regs, space: { words, dirty } } = this.machine;
    const top = GRAPH_TOP[task]!, used = words[top]!;
    if (used >= GRAPH_DEPTH * GRAPH_ENTRY.BYTES) return false;
    words[top] = used + GRAPH_ENTRY.BYTES;
    const entry = GRAPH_ENTRIES[task]! + (used >> 2), link = (at + CALLBACK.LINK) >> 2;
    put(words, entry + (GRAPH_ENTRY.RETURN >> 2), words[link + 1]!, words[link]!);
    put(words, entry + (GRAPH_ENTRY.FUNCTION >> 2), regs[2 * CALLBACK.IP]!, regs[2 * CALLBACK.IP + 1]!);
    const r1 = (at + ptRegsGpr(1)) >> 2;
    put(words, entry + (GRAPH_ENTRY.FRAME >> 2), words[r1 + 1]!, words[r1]!);
    put(words, link, RETURN_HANDLER_HI, RETURN_HANDLER_LO);
    dirty[top >>> (DIRTY_SHIFT - 2)] = dirty[entry >>> (DIRTY_SHIFT - 2)] = dirty[(entry + 5) >>> (DIRTY_SHIFT - 2)] = 1;
    dirty[link >>> (DIRTY_SHIFT - 2)] = 1;
    return true;
  }

  /** False: the probe has no node left; or a stray store has written over the task's count, and nobody knows where its list ends. */
  private probes(at: number, task: number): boolean {
    const { regs, space: { words, dirty } } = this.machine;
    const probeHi = regs[2 * CALLBACK.IP]!, probeLo = regs[2 * CALLBACK.IP + 1]!;
    const top = NODES_TOP[task]!, used = words[top]!;
    if (used >>> 0 >= NODES_BYTES || this.taken(probeHi, probeLo) >= KRETPROBE_NODES) return false;
    const node = NODES[task]! + (used >> 2), link = (at + CALLBACK.LINK) >> 2;
    words[top] = used + KRETPROBE_NODE.BYTES;
    put(words, node + (KRETPROBE_NODE.RETURN >> 2), words[link + 1]!, words[link]!);
    put(words, node + (KRETPROBE_NODE.PROBE >> 2), probeHi, probeLo);
    put(words, link, TRAMPOLINE_HI, TRAMPOLINE_LO);
    dirty[top >>> (DIRTY_SHIFT - 2)] = dirty[node >>> (DIRTY_SHIFT - 2)] = dirty[link >>> (DIRTY_SHIFT - 2)] = 1;
    return true;
  }

  /** Nodes of a probe that are on the lists of tasks. */
  private taken(probeHi: number, probeLo: number): number {
    const { words } = this.machine.space;
    let count = 0;
    for (let task = 0; task < NODES.length; task++) {
      const first = NODES[task]! + (KRETPROBE_NODE.PROBE >> 2), used = Math.min(words[NODES_TOP[task]!]!, NODES_BYTES);
      for (let at = 0; at < used; at += KRETPROBE_NODE.BYTES) {
        if (words[first + (at >> 2)] === probeLo && words[first + (at >> 2) + 1] === probeHi) count++;
      }
    }
    return count;
  }

  /**
   * A return has come to the trampoline: takes nodes off the list of `task`, the newest first, until one has kept an address that is not the trampoline's, which
   * goes to LR in the pt_regs at the address given. Returns how many; 0: none has, and all stay.
   */
  takes(regsHi: number, regsLo: number, task: number): number {
    const { space: { words, dirty } } = this.machine;
    const top = NODES_TOP[task]!, link = this.machine.flat(regsHi, (regsLo + CALLBACK.LINK) | 0) >> 2;
    let count = 0;
    for (let left = words[top]! - KRETPROBE_NODE.BYTES; left >= 0; left -= KRETPROBE_NODE.BYTES) {
      const node = NODES[task]! + ((left + KRETPROBE_NODE.RETURN) >> 2), lo = words[node]!, hi = words[node + 1]!;
      count++;
      if (lo === TRAMPOLINE_LO && hi === TRAMPOLINE_HI) continue;
      words[top] = left;
      put(words, link, hi, lo);
      dirty[top >>> (DIRTY_SHIFT - 2)] = dirty[link >>> (DIRTY_SHIFT - 2)] = 1;
      return count;
    }
    return 0;
  }

  /** A task has ended, and nobody has its memory: its nodes go back to their probes (rethook_flush_task). */
  flush(task: number): void {
    this.machine.space.words[NODES_TOP[task]!] = 0;
  }
}

function put(words: Int32Array, word: number, hi: number, lo: number): void {
  words[word] = lo;
  words[word + 1] = hi;
}
