/**
 * What becomes of the patches over time: C code in the kernel (kernel/livepatch/core.c, transition.c, patch.c), written from what it is known to do. A
 * patch is pushed on the stack of each of its functions when it is enabled, and taken off when a transition that disables it is complete. While one is under
 * way each task has a state of its own, and the callback goes by it. A task is switched when it has no business in the kernel (here: it has not begun, or
 * is done); or while it sleeps by its own call, if its trace is called reliable and no function that the transition changes is on it. That is tried when
 * the transition begins, and whenever a task gives up its CPU or ends. A task that was preempted has an interrupt's frame on its stack, and is refused by
 * the kernel's walker; the one that runs is not looked at. When all are switched the transition is complete; then a module may be removed.
 *
 * The walker reads simulated memory and nothing else. Under the control hook return addresses are where no walker can look: there the judge's record stands in
 * for it, so that what fails is the program's fault.
 */
import type { Strategy } from '../contract/strategy.ts';
import type { CorePage } from '../image/core-page.ts';
import { FIXED, TASK_STACKS, THREAD_INFOS, textPage } from '../image/pages.ts';
import { MODULES } from '../image/program.ts';
import type { ProgramImage } from '../image/program.ts';
import { ACCESS } from '../image/space.ts';
import type { Judge } from '../invariants/judge.ts';
import type { CallRecord } from '../invariants/parked.ts';
import { StackTrace } from '../invariants/unwind.ts';
import type { Recovery } from '../invariants/unwind.ts';
import { PAGE_BYTES, TEXT_PAGES, THREAD_INFO } from '../kernel/layout.ts';
import { high, low } from '../machine/halves.ts';
import type { Machine } from '../machine/machine.ts';
import type { Change, PatchNumber } from '../scenario/scenario.ts';
import { BOUNDS, PATCHES } from '../scenario/scenario.ts';
import { recoveryOf } from './declare.ts';
import { NEWS, TALLIES, UNDER_HOOK } from './patch-news.ts';
import { TASK } from './tasks.ts';
import type { Tasks } from './tasks.ts';

/** Modules by patch. */
const MODULE_OF = [-1, MODULES.indexOf('P'), MODULES.indexOf('Q')] as const;
const STACK_HI = TASK_STACKS.map((page) => high(FIXED[page]!)), STACK_LO = TASK_STACKS.map((page) => low(FIXED[page]!));
const OFF = 0, ON = 1;

export class Transitions {
  /** There are two patches in this run, or one changes. */
  timed = false;
  /** How often each of NEWS has happened in this run, and UNDER_HOOK. */
  readonly tally = new Int32Array(TALLIES);
  /** What has happened, oldest first, where somebody wants to tell it: NEWS and its number. */
  readonly news: (readonly [what: number, number: number])[] = [];
  telling = false;

  private readonly machine: Machine;
  private readonly tasks: Tasks;
  private readonly judge: Judge;
  private readonly checks: boolean;
  private image!: ProgramImage;
  private readonly traces = new StackTrace();
  private recoveryOf!: (task: number) => Recovery | undefined;
  /** The control hook's run. */
  private truth = false;
  /** Patches that are enabled, or in a transition, in the order in which they were enabled. */
  private readonly stack: PatchNumber[] = [];
  /** The patch of the transition under way, 0: none; what all tasks shall be in; it replaces the other one. */
  private patch: PatchNumber | 0 = 0;
  private target = OFF;
  private replaces = false;
  private unload = false;
  /** It was turned round. */
  private turned = false;
  private readonly state = new Uint8Array(1 + BOUNDS.tasks);
  /** Modules whose text is not mapped, as bits by patch. */
  private gone = 0;

  constructor(machine: Machine, tasks: Tasks, judge: Judge, checks: boolean) {
    this.machine = machine;
    this.tasks = tasks;
    this.judge = judge;
    this.checks = checks;
  }

  /** Everything that has happened in this run: it only grows. */
  get changes(): number {
    let sum = 0;
    if (this.timed) for (let i = 0; i < TALLIES; i++) sum += this.tally[i]!;
    return sum;
  }

  /** Before a run, and before its program is lowered: text that the last run removed is there again. */
  restore(): void {
    for (const patch of PATCHES) this.loads(patch);
  }

  /** Before a run. `patched`: patches are on; else nothing becomes of them. `strategy` undefined: the control hook. */
  reset(image: ProgramImage, patched: boolean, strategy: Strategy | undefined, page: CorePage): void {
    const { world } = image.scenario;
    this.timed = patched && world !== undefined && (world.second !== undefined || world.off !== undefined || world.transitions !== undefined);
    if (!this.timed) return;
    this.image = image;
    this.truth = strategy === undefined;
    this.recoveryOf = (task) => (strategy === undefined ? undefined : recoveryOf(strategy, page, task));
    this.tally.fill(0);
    this.telling = false;
    this.news.length = this.stack.length = 0;
    for (const patch of PATCHES) if (world!.off === undefined || !world!.off.includes(patch)) this.stack.push(patch);
    this.patch = 0;
  }

  /** The version that a call of this original (a version) goes to, for the task that runs, -1: the original goes on (klp_ftrace_handler). */
  version(original: number): number {
    for (let i = this.stack.length - 1; i >= 0; i--) {
      const patch = this.stack[i]!;
      const nop = this.isNop(patch, original);
      const version = this.versionOf(patch, original);
      if (version < 0 && !nop) continue;
      if (patch === this.patch && this.state[this.tasks.current] === OFF) continue;
      return version;
    }
    return -1;
  }

  /** Of the patch alone, -1: none. */
  private versionOf(patch: PatchNumber, original: number): number {
    return patch === 1 ? this.image.versionReplacement[original]! : this.image.versionSecond[original]!;
  }

  /** The patch replaces the other one, and has no version of what that has one of: its original goes on (klp_add_nops). */
  private isNop(patch: PatchNumber, original: number): boolean {
    return patch === this.patch && this.replaces && this.versionOf(patch, original) < 0 && this.stack.some((other) => other !== patch && this.versionOf(other, original) >= 0);
  }

  /** Somebody writes to sysfs, or loads a patch's module: transition `index` of the scenario begins, if it can. */
  begin(index: number): void {
    const { change, patch, unload } = this.image.scenario.world!.transitions![index]!;
    if (this.patch !== 0 ? !this.turns(change, patch) : !this.starts(change, patch)) return this.tell(NEWS.REFUSED, index);
    this.unload = unload === true;
    this.tell(this.turned ? NEWS.TURNS : NEWS.BEGINS, index);
    this.tries();
  }

  /** klp_reverse_transition: the opposite for the same patch. */
  private turns(change: Change, patch: PatchNumber): boolean {
    const wanted = change === 'disable' ? OFF : ON;
    if (patch !== this.patch || change === 'replace' || wanted === this.target) return false;
    this.target = wanted;
    this.turned = true;
    if (this.checks) this.judge.oracle.patches.reverse();
    return true;
  }

  private starts(change: Change, patch: PatchNumber): boolean {
    const target = change === 'disable' ? OFF : ON;
    if (this.stack.includes(patch) === (target === ON)) return false;
    if (target === ON) {
      this.loads(patch);
      this.stack.push(patch);
    }
    this.patch = patch;
    this.target = target;
    this.replaces = change === 'replace';
    this.turned = false;
    this.state.fill(1 - target);
    if (this.checks) this.judge.oracle.patches.begin(change, patch);
    return true;
  }

  /**
   * A task is forked. In a transition under way it is where its parent is (klp_copy_process), not where all were when it began: that may be the target
   * by now, if it was turned round. The new task has nothing on its stack, and is switched before it runs.
   */
  forks(parent: number, child: number): void {
    if (!this.timed) return;
    this.state[child] = this.state[parent]!;
    if (this.checks) this.judge.oracle.patches.forks(parent, child);
  }

  /** klp_try_complete_transition. */
  tries(): void {
    if (this.patch === 0) return;
    let left = 0;
    for (let task = 0; task < this.tasks.count; task++) {
      if (this.state[task] === this.target || this.tasks.doing[task] === TASK.ABSENT) continue;
      if (!this.free(task)) {
        left++;
        continue;
      }
      if (this.checks) this.judge.switches(task, this.machine.pc, this.machine.instructions);
      this.state[task] = this.target;
      this.tell(this.tasks.doing[task] === TASK.ASLEEP ? NEWS.AWAY : NEWS.SWITCHED, task);
    }
    if (left === 0) this.complete();
  }

  private complete(): void {
    const patch = this.patch as PatchNumber;
    let off: PatchNumber | 0 = 0;
    for (const one of PATCHES) {
      const at = this.stack.indexOf(one);
      if (at < 0 || (this.target === OFF ? one !== patch : !this.replaces || one === patch)) continue;
      this.stack.splice(at, 1);
      off = one;
    }
    this.patch = 0;
    this.replaces = false;
    this.tell(NEWS.COMPLETE, patch);
    if (this.unload && off !== 0) this.removes(off);
  }

  /** klp_try_switch_task: may it be switched now? */
  private free(task: number): boolean {
    switch (this.tasks.doing[task]) {
      case TASK.NOT_BEGUN:
      case TASK.DONE: return true;
      case TASK.ASLEEP: break;
      default: return false;
    }
    const record = this.checks ? this.judge.oracle.recordOf(task) : undefined;
    if (record !== undefined && underHook(record)) this.tally[UNDER_HOOK]!++;
    const free = this.truth ? record !== undefined && !this.isLive(record) : this.walks(task) && !this.isListed();
    if (!free) this.tell(NEWS.HELD, task);
    return free;
  }

  private walks(task: number): boolean {
    const { machine } = this;
    const { words } = machine.space;
    const ksp = (THREAD_INFOS[task]! * PAGE_BYTES + THREAD_INFO.TI_ksp) >> 2;
    const stack = TASK_STACKS[task]! * PAGE_BYTES;
    const onStack = (hi: number, lo: number): number => (hi === STACK_HI[task] && (lo & -PAGE_BYTES) === STACK_LO[task] ? stack + (lo & (PAGE_BYTES - 1)) : -1);
    return this.traces.walk(machine, words[ksp + 1]!, words[ksp]!, onStack, this.recoveryOf(task), THREAD_INFOS[task]! * PAGE_BYTES);
  }

  /** Some version that must not be live is on the trace. */
  private isListed(): boolean {
    const { versionGlobal, versionLocal, versionEnd } = this.image;
    return this.someOld((version) => this.traces.has(Math.min(versionGlobal[version]!, versionLocal[version]!), versionEnd[version]!));
  }

  /** Some version that must not be live is. */
  private isLive({ depth, call }: CallRecord): boolean {
    return this.someOld((version) => {
      for (let d = 0; d < depth; d++) if (this.image.callOwner[call[d]!] === version) return true;
      return false;
    });
  }

  /** Of each function of the patch, the version that the transition ends (klp_check_stack_func). */
  private someOld(is: (version: number) => boolean): boolean {
    const patch = this.patch as PatchNumber;
    for (let original = 0; original < this.image.scenario.functions.length; original++) {
      const own = this.versionOf(patch, original);
      const nop = this.isNop(patch, original);
      if (own < 0 && !nop) continue;
      if (is(this.target === OFF ? (nop ? original : own) : this.below(patch, original))) return true;
    }
    return false;
  }

  /** The version below that of a patch. */
  private below(patch: PatchNumber, original: number): number {
    for (let i = this.stack.indexOf(patch) - 1; i >= 0; i--) {
      const version = this.versionOf(this.stack[i]!, original);
      if (version >= 0) return version;
    }
    return original;
  }

  private removes(patch: PatchNumber): void {
    const module = MODULE_OF[patch];
    if (this.checks) this.judge.frees(module, this.machine.pc, this.machine.instructions);
    for (let i = 0; i < TEXT_PAGES; i++) this.machine.space.unmap(textPage(module) + i);
    this.machine.synchronise();
    this.gone |= 1 << patch;
    this.tell(NEWS.GONE, patch);
  }

  private loads(patch: PatchNumber): void {
    if ((this.gone >>> patch & 1) === 0) return;
    const { space } = this.machine;
    for (let i = 0; i < TEXT_PAGES; i++) space.pageAccess[textPage(MODULE_OF[patch]) + i] = ACCESS.TEXT;
    space.mappingVersion++;
    this.machine.synchronise();
    this.gone &= ~(1 << patch);
  }

  private tell(what: number, number: number): void {
    this.tally[what]!++;
    if (this.telling) this.news.push([what, number]);
  }
}

function underHook({ depth, hooked, handed }: CallRecord): boolean {
  for (let d = 0; d < depth; d++) if ((hooked[d]! | handed[d]!) !== 0) return true;
  return false;
}
