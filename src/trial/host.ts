/**
 * What the host does in a run: the callbacks of ftrace, which are C code in the kernel: live patching's (klp_ftrace_handler, kernel/livepatch/patch.c),
 * and those that hook returns (return-hookers.ts); what a kretprobe's trampoline calls; the scheduler's
 * choice (tasks.ts); and the control hook, a strategy that restores r2, LR and 24(r1) from where no simulated code can reach. What still fails under it is the program's
 * fault, not a strategy's.
 */
import { FRAME } from '../abi/frame.ts';
import { crFieldsOf, gprsOf, specialPermission } from '../abi/permissions.ts';
import { TASK_STACKS } from '../image/pages.ts';
import { POINT } from '../image/points.ts';
import type { ProgramImage } from '../image/program.ts';
import { DIRTY_SHIFT } from '../image/space.ts';
import { CALLBACK } from '../kernel/callback.ts';
import { SWITCH_FRAME_BYTES } from '../kernel/frames.ts';
import { KRETPROBE } from '../kernel/kretprobe.ts';
import { SCHEDULE } from '../kernel/switch.ts';
import type { Machine } from '../machine/machine.ts';
import { CA, CR, CTR, LR, OV, SO } from '../machine/registers.ts';
import { ReturnHookers } from './return-hookers.ts';
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

export class Host {
  /** The patches are on. */
  patched = true;
  /** Of the last ftrace call: the version that made it, or -1. */
  announced = -1;
  private image!: ProgramImage;
  private readonly machine: Machine;
  /** Who else hooks returns. */
  readonly hookers: ReturnHookers;

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
    this.hookers = new ReturnHookers(machine);
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

  /** At the first instruction of what a kretprobe's trampoline calls. Returns how many nodes are taken off the task's list. */
  kretprobed(): number {
    const { regs } = this.machine;
    const taken = this.hookers.takes(regs[2 * KRETPROBE.REGS]!, regs[2 * KRETPROBE.REGS + 1]!, this.tasks.current);
    this.clobber();
    regs[2 * KRETPROBE.FOUND] = 0;
    regs[2 * KRETPROBE.FOUND + 1] = taken;
    return taken;
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
    this.hookers.count = this.hookers.refused = 0;
    this.announced = -1;
    const regsHi = regs[2 * CALLBACK.REGS]!;
    const regsLo = regs[2 * CALLBACK.REGS + 1]!;
    const nip = machine.flat(regsHi, (regsLo + CALLBACK.NIP) | 0);
    if (nip >= 0) {
      const behind = machine.fetch(words[(nip >> 2) + 1]!, words[nip >> 2]!);
      if (behind >= 0 && pointKind[behind] === POINT.MCOUNT_RETURN) {
        this.announced = pointData[behind]!;
        const hookers = image.versionReturnHooks[this.announced]!;
        if (hookers !== 0) this.hookers.hook(nip - CALLBACK.NIP, hookers, this.tasks.current);
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

function poison(words: Int32Array, flat: number): void {
  words[flat >> 2] = (flat & 0xffff) | 1;
  words[(flat >> 2) + 1] = POISON_HI;
}
