/**
 * What the host does in a run: the callbacks of ftrace, which are C code in the kernel: live patching's (klp_ftrace_handler, kernel/livepatch/patch.c) and
 * the graph tracer's (ftrace_graph_func, arch/powerpc/kernel/trace/ftrace.c); the scheduler's
 * choice (tasks.ts); and the control hook, a strategy that restores r2, LR and 24(r1) from where no simulated code can reach. What still fails under it is the program's
 * fault, not a strategy's.
 */
import { FRAME } from '../abi/frame.ts';
import { crFieldsOf, gprsOf, specialPermission } from '../abi/permissions.ts';
import { TASK_STACKS, THREAD_INFOS } from '../image/pages.ts';
import { POINT } from '../image/points.ts';
import type { ProgramImage } from '../image/program.ts';
import { DIRTY_SHIFT } from '../image/space.ts';
import { CALLBACK } from '../kernel/callback.ts';
import { SWITCH_FRAME_BYTES, ptRegsGpr } from '../kernel/frames.ts';
import { GRAPH_DEPTH, GRAPH_ENTRY } from '../kernel/graph.ts';
import { ADDRESSES, PAGE_BYTES, RETURN_HANDLER_OFFSET, THREAD_INFO } from '../kernel/layout.ts';
import { SCHEDULE } from '../kernel/switch.ts';
import { high, low } from '../machine/halves.ts';
import type { Machine } from '../machine/machine.ts';
import { CA, CR, CTR, LR, OV, SO } from '../machine/registers.ts';
import { PACA_OF, THREAD_INFO_OF, Tasks } from './tasks.ts';
import type { Transitions } from './transitions.ts';

/** What a C function may change (abi/permissions.ts, actor `callee`). */
const CLOBBERED = Int32Array.from(gprsOf('callee'));
const CR_CLOBBERED = crFieldsOf('callee').reduce((mask, field) => mask | (0xf0000000 >>> (4 * field)), 0) | 0;
const CTR_CLOBBERED = specialPermission('callee', 'ctr') === 'clobber';
const XER_CLOBBERED = specialPermission('callee', 'xer') === 'clobber';
/** GPR number of the PACA pointer. */
const R13 = 13;
/** Bytes below r1 that the callback overwrites. */
const CALLBACK_STACK = 128;
/** No address of anything, odd. */
const POISON_HI = 0x0ca11bac;
/** Of one task. */
const HOOKS = 4096;
const TASKS = TASK_STACKS.length;
const RETURN_HANDLER = ADDRESSES.KERNEL_CORE + BigInt(RETURN_HANDLER_OFFSET);
const RETURN_HANDLER_HI = high(RETURN_HANDLER), RETURN_HANDLER_LO = low(RETURN_HANDLER);

/** What the graph tracer has done with an ftrace call. */
export const RETURN_HOOK = { NONE: 0, HOOKED: 1, /** its stack of entries is full */ FULL: 2 } as const;

export class Host {
  /** The patches are on. */
  patched = true;
  /** Of the last ftrace call: a RETURN_HOOK, and the version that made it, or -1. */
  returnHook: number = RETURN_HOOK.NONE;
  announced = -1;
  private image!: ProgramImage;
  private readonly machine: Machine;

  /** Who runs, for a scenario with a world. */
  readonly tasks = new Tasks();
  /** What becomes of the patches over time; undefined: nothing, and there is one. */
  transitions: Transitions | undefined;
  /** Of each task: hooks that have not come back; the rows of a task lie together. */
  private readonly depth = new Int32Array(TASKS);
  private readonly r2 = new Int32Array(2 * HOOKS * TASKS);
  private readonly link = new Int32Array(2 * HOOKS * TASKS);
  private readonly slot = new Int32Array(2 * HOOKS * TASKS);
  private readonly slotAt = new Int32Array(HOOKS * TASKS);

  constructor(machine: Machine) {
    this.machine = machine;
  }

  reset(image: ProgramImage, patched: boolean): void {
    this.image = image;
    this.patched = patched;
    this.depth.fill(0);
    this.tasks.begin(image.scenario.world);
  }

  /** At schedule_pick: the task that runs gives up its CPU. One that sleeps goes on where the version that called `schedule` says. */
  schedule(): void {
    this.tasks.yield(this.tasks.preempting ? 0 : this.wakes());
    this.goesOn();
  }

  /** The task that runs ends where it is: no hook of its comes back. */
  abandons(): void {
    this.depth[this.tasks.current] = 0;
  }

  /** The task that runs is done. False: so are all; true: another goes on, at schedule_resume. */
  ends(): boolean {
    if (!this.tasks.end()) return false;
    this.goesOn();
    return true;
  }

  private goesOn(): void {
    const { machine: { regs }, tasks } = this;
    regs[2 * SCHEDULE.NEXT] = THREAD_INFO_OF[2 * tasks.current]!;
    regs[2 * SCHEDULE.NEXT + 1] = THREAD_INFO_OF[2 * tasks.current + 1]!;
    regs[2 * R13] = PACA_OF[2 * tasks.cpu]!;
    regs[2 * R13 + 1] = PACA_OF[2 * tasks.cpu + 1]!;
    this.machine.cpu = tasks.cpu;
  }

  /** The task goes to sleep, and its stack is walked while it does. */
  isWalked(): boolean {
    if (this.tasks.preempting) return false;
    const owner = this.sleeper();
    return owner >= 0 && this.image.versionWalked[owner] === 1;
  }

  /** The CPU on which the version that has called `schedule` wakes up; where nothing says it, this one. */
  private wakes(): number {
    const owner = this.sleeper();
    return owner < 0 ? this.tasks.cpu : this.image.versionWakes[owner]!;
  }

  /** At schedule_pick: the version that has called `schedule`, or -1. */
  private sleeper(): number {
    const { machine, image } = this;
    const { words, pointKind, pointData } = machine.space;
    const frame = machine.flat(machine.regs[2]!, machine.regs[3]!);
    const at = frame < 0 ? -1 : (frame + SWITCH_FRAME_BYTES + FRAME.LR_SAVE) >> 2;
    const back = at < 0 ? -1 : machine.fetch(words[at + 1]!, words[at]!);
    const returns = back >= 0 && (pointKind[back] === POINT.LAND || pointKind[back] === POINT.LAND_RESUME);
    return returns ? image.callOwner[pointData[back]!]! : -1;
  }

  /** At the callback's first instruction. Returns the version that the call was sent to, -1: the original goes on. */
  callback(): number {
    const { machine, image } = this;
    const { regs } = machine;
    const { words, dirty, pointKind, pointData } = machine.space;
    let sent = -1;
    this.returnHook = RETURN_HOOK.NONE;
    this.announced = -1;
    const regsHi = regs[2 * CALLBACK.REGS]!;
    const regsLo = regs[2 * CALLBACK.REGS + 1]!;
    const nip = machine.flat(regsHi, (regsLo + CALLBACK.NIP) | 0);
    if (nip >= 0) {
      const behind = machine.fetch(words[(nip >> 2) + 1]!, words[nip >> 2]!);
      if (behind >= 0 && pointKind[behind] === POINT.MCOUNT_RETURN) {
        this.announced = pointData[behind]!;
        if (image.versionGraph[this.announced] !== 0) this.hookReturn(nip - CALLBACK.NIP);
        const { transitions } = this;
        sent = transitions?.timed === true ? transitions.version(this.announced) : this.patched ? image.versionReplacement[this.announced]! : -1;
        if (sent >= 0) {
          const entry = image.versionGlobal[sent]!;
          words[nip >> 2] = (machine.space.pageLo[entry >>> 12]! + ((entry & 0xfff) << 2)) | 0;
          words[(nip >> 2) + 1] = machine.space.pageHi[entry >>> 12]!;
          dirty[nip >>> DIRTY_SHIFT] = 1;
        }
      }
    }
    this.clobber();
    return sent;
  }

  /** The graph tracer's callback (ftrace_graph_func, function_graph_enter): the entry is published first, then filled. `at`: flat byte offset of pt_regs. */
  private hookReturn(at: number): void {
    const { regs, space: { words, dirty } } = this.machine;
    const task = THREAD_INFOS[this.tasks.current]! * PAGE_BYTES;
    const top = (task + THREAD_INFO.TI_ret_top) >> 2;
    const used = words[top]!;
    if (used >= GRAPH_DEPTH * GRAPH_ENTRY.BYTES) {
      this.returnHook = RETURN_HOOK.FULL;
      return;
    }
    this.returnHook = RETURN_HOOK.HOOKED;
    words[top] = used + GRAPH_ENTRY.BYTES;
    const entry = (task + THREAD_INFO.TI_ret_stack + used) >> 2;
    put(words, entry + (GRAPH_ENTRY.RETURN >> 2), regs[2 * CALLBACK.PARENT_IP]!, regs[2 * CALLBACK.PARENT_IP + 1]!);
    put(words, entry + (GRAPH_ENTRY.FUNCTION >> 2), regs[2 * CALLBACK.IP]!, regs[2 * CALLBACK.IP + 1]!);
    const r1 = (at + ptRegsGpr(1)) >> 2;
    put(words, entry + (GRAPH_ENTRY.FRAME >> 2), words[r1 + 1]!, words[r1]!);
    put(words, (at + CALLBACK.LINK) >> 2, RETURN_HANDLER_HI, RETURN_HANDLER_LO);
    dirty[top >>> (DIRTY_SHIFT - 2)] = dirty[entry >>> (DIRTY_SHIFT - 2)] = dirty[(entry + 5) >>> (DIRTY_SHIFT - 2)] = 1;
    dirty[(at + CALLBACK.LINK) >>> DIRTY_SHIFT] = 1;
  }

  private clobber(): void {
    const { machine } = this;
    const { regs } = machine;
    const { words, dirty } = machine.space;
    const frame = machine.flat(regs[2]!, regs[3]!);
    if (frame >= 0) {
      poison(words, frame + FRAME.LR_SAVE);
      words[(frame + FRAME.CR_SAVE) >> 2] = POISON_HI;
      const bottom = Math.max(frame & -16384, frame - CALLBACK_STACK);
      dirty[bottom >>> DIRTY_SHIFT] = dirty[(frame + FRAME.LR_SAVE) >>> DIRTY_SHIFT] = 1;
      for (let at = bottom; at < frame; at += 8) poison(words, at);
    }
    for (let i = 0; i < CLOBBERED.length; i++) {
      const n = CLOBBERED[i]!;
      regs[2 * n] = POISON_HI;
      regs[2 * n + 1] = 0x1001 + 16 * n;
    }
    regs[CR] = (regs[CR]! & ~CR_CLOBBERED) | (0x99999999 & CR_CLOBBERED);
    if (CTR_CLOBBERED) {
      regs[CTR] = POISON_HI;
      regs[CTR + 1] = 0x2001;
    }
    if (XER_CLOBBERED) regs[SO] = regs[OV] = regs[CA] = 1;
  }

  /** At the first instruction of the control hook. */
  controlEntry(): void {
    const { regs, space } = this.machine;
    const { current } = this.tasks;
    const pending = this.depth[current]!++;
    if (pending >= HOOKS) return;
    const i = current * HOOKS + pending;
    this.r2[2 * i] = regs[4]!;
    this.r2[2 * i + 1] = regs[5]!;
    this.link[2 * i] = regs[LR]!;
    this.link[2 * i + 1] = regs[LR + 1]!;
    const frame = this.machine.flat(regs[2]!, regs[3]!);
    this.slotAt[i] = frame < 0 ? -1 : (frame + FRAME.TOC) >> 2;
    if (frame < 0) return;
    this.slot[2 * i] = space.words[this.slotAt[i]! + 1]!;
    this.slot[2 * i + 1] = space.words[this.slotAt[i]!]!;
  }

  /** Where the replacement comes back to in the control hook. */
  controlReturn(): void {
    const { current } = this.tasks;
    if (this.depth[current] === 0) return;
    const pending = --this.depth[current]!;
    if (pending >= HOOKS) return;
    const i = current * HOOKS + pending;
    const { regs, space } = this.machine;
    regs[4] = this.r2[2 * i]!;
    regs[5] = this.r2[2 * i + 1]!;
    regs[LR] = this.link[2 * i]!;
    regs[LR + 1] = this.link[2 * i + 1]!;
    const at = this.slotAt[i]!;
    if (at < 0) return;
    space.words[at + 1] = this.slot[2 * i]!;
    space.words[at] = this.slot[2 * i + 1]!;
    space.dirty[at >>> (DIRTY_SHIFT - 2)] = 1;
  }
}

function put(words: Int32Array, word: number, hi: number, lo: number): void {
  words[word] = lo;
  words[word + 1] = hi;
}

function poison(words: Int32Array, flat: number): void {
  words[flat >> 2] = (flat & 0xffff) | 1;
  words[(flat >> 2) + 1] = POISON_HI;
}
