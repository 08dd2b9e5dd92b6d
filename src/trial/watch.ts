/**
 * The one observer of a run: hands each event of the machine to the host, the interrupt scheduler, the witness counts and the judge, in this
 * order. With checks off only the host and the scheduler are asked. A point is sorted by bits, not by a switch: the judge has one, and two
 * jumps by number are what the processor predicts worst. Labels are literals, as in invariants/judge.ts.
 */
import type { Strategy } from '../contract/strategy.ts';
import type { CorePage } from '../image/core-page.ts';
import { HOOK_DATA, POINT, STRUCTURAL } from '../image/points.ts';
import type { Judge } from '../invariants/judge.ts';
import type { InterruptScheduler } from '../machine/interrupts.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import type { Counts } from './counts.ts';
import { declare } from './declare.ts';
import type { Host } from './host.ts';
import { TASK } from './tasks.ts';

/** Sets of points, a bit each: what the host has to do with, what has a witness, and what is the scheduler's alone. */
const HOST = 1 << POINT.HOST_CALLBACK | 1 << POINT.DONE | 1 << POINT.CONTROL_ENTRY | 1 << POINT.CONTROL_RETURN | 1 << POINT.SCHEDULE | 1 << POINT.KRETPROBE_CALLBACK;
const COUNTED = 1 << POINT.CALL | 1 << POINT.SIBLING | 1 << POINT.MCOUNT_RETURN | 1 << POINT.EXIT | 1 << POINT.HOOK_BRANCH | 1 << POINT.FTRACE_BRANCH;
/** Where a conditional branch may be something else as well. */
const MAY_BRANCH = 1 << POINT.HOOK_ENTRY | 1 << POINT.HOOK_PUSH_POP;
const UNJUDGED = 1 << POINT.CALL_SEQUENCE | 1 << POINT.FTRACE_BRANCH;

export class Watch implements Observer {
  /** All tasks are done. */
  finished = false;
  readonly point: Observer['point'];
  checks = true;
  /** Witnesses are counted. */
  counting = false;
  private readonly machine: Machine;
  private readonly host: Host;
  private readonly judge: Judge;
  private readonly counts: Counts;
  private readonly scheduler: InterruptScheduler;
  /** The scenario has interrupts, or anything else that is anchored. */
  interrupts = false;
  /** The core page that is mapped. */
  page!: CorePage;
  /** The strategy on trial, for what it declares; undefined: the control hook. */
  strategy: Strategy | undefined;

  constructor(machine: Machine, host: Host, judge: Judge, counts: Counts, scheduler: InterruptScheduler) {
    this.machine = machine;
    this.host = host;
    this.judge = judge;
    this.counts = counts;
    this.scheduler = scheduler;
    this.point = pointOf(this, machine, judge, counts, scheduler);
  }

  /** A point that the host has to do with. */
  hosts(kind: number, data: number, at: number): boolean {
    const { judge, machine } = this;
    switch (kind) {
      case 13: { // HOST_CALLBACK
        const sent = this.host.callback();
        if (!this.checks) return false;
        const over = judge.point(kind, data, at, machine.instructions);
        if (sent >= 0 && this.counting) this.counts.hooked(sent);
        const { hookers } = this.host;
        for (let i = 0; i < hookers.count; i++) judge.oracle.returns.push(judge.oracle.depth - 1, hookers.kind[i]!);
        if (this.counting && (hookers.count | hookers.refused) !== 0) this.counts.returnHooked(this.host.announced, sent, hookers);
        return over;
      }
      case 28: { // KRETPROBE_CALLBACK
        let over = false;
        for (let left = Math.max(1, this.host.kretprobed()); left > 0 && this.checks && !over; left--) over = judge.point(kind, data, at, machine.instructions);
        return over;
      }
      case 19: // DONE
        judge.oracle.last = this.host.tasks.alone;
        if (this.checks && judge.point(kind, data, at, machine.instructions)) {
          this.finished = true;
          return true;
        }
        this.gives(TASK.DONE);
        if (this.host.ends()) {
          this.switches();
          machine.pc = this.page.scheduleResume;
          return false;
        }
        this.finished = true;
        return true;
      case 25: // SCHEDULE
        if (this.counting) this.counts.givesUp(this.host.tasks.preempting);
        if (this.checks && !this.host.tasks.preempting && judge.sleeps(at, machine.instructions)) return true;
        // The control hook keeps return addresses where no unwinder can know of them.
        if (this.checks && this.strategy !== undefined && this.host.isWalked()) {
          if (this.counting) this.counts.walked();
          if (judge.walks(at, machine.instructions)) return true;
        }
        this.gives(this.host.tasks.preempting ? TASK.PREEMPTED : TASK.ASLEEP);
        this.host.schedule();
        this.switches();
        return false;
      case 20: // CONTROL_ENTRY
        this.host.controlEntry();
        return false;
      case 21: // CONTROL_RETURN
        this.host.controlReturn();
        return false;
      default:
        throw new RangeError(`point ${kind} is not the host's`);
    }
  }

  /** The task that runs is about to give up its CPU, or ends: a transition under way may have waited for it. */
  private gives(what: number): void {
    const { tasks, transitions } = this.host;
    if (transitions?.timed !== true) return;
    tasks.doing[tasks.current] = what;
    transitions.tries();
  }

  /** The task that runs ends where it is, and `gone`: nobody has its stack. Another one goes on, unless it was the last; else it is about to begin again. */
  exits(gone: boolean): void {
    const { host, judge, machine } = this;
    judge.oracle.last = host.tasks.alone;
    if (this.checks && judge.exits(machine.pc, machine.instructions, gone)) {
      this.finished = true;
      return;
    }
    host.abandons();
    if (gone) host.hookers.flush(host.tasks.current);
    // Nothing of it is live any more, whoever is to have its stack.
    this.gives(TASK.DONE);
    if (!gone) {
      host.tasks.doing[host.tasks.current] = TASK.RUNS;
      return;
    }
    if (host.ends()) {
      this.switches();
      machine.pc = this.page.scheduleResume;
    } else this.finished = true;
  }

  /** Another task goes on than before, or the same one, perhaps on another CPU. */
  private switches(): void {
    const { judge: { oracle }, host: { tasks }, scheduler } = this;
    const { image } = oracle;
    if (this.counting) this.counts.goesOn(oracle.task, tasks.current, oracle.cpu, tasks.cpu);
    oracle.switchTo(tasks.current, tasks.cpu, image.taskStart[tasks.current]!);
    declare(oracle, this.strategy, this.page, tasks.current, tasks.cpu);
    scheduler.switchTo(tasks.current);
  }

  markedStore(at: number, flat: number, bytes: number, hi: number, lo: number): boolean {
    return this.checks && this.judge.markedStore(at, flat, bytes, hi, lo, this.machine.instructions);
  }

  wildLanding(from: number, to: number): boolean {
    return this.checks && this.judge.wildLanding(from, to, this.machine.instructions);
  }
}

/**
 * What a run's points are handed to. A closure: it is called for each of them, and V8 takes what it holds for constants (machine/execute.ts). Flags are compared with
 * `true`, which is one comparison; a condition on a field of which V8 does not know that it is a boolean is ten.
 */
function pointOf(watch: Watch, machine: Machine, judge: Judge, counts: Counts, scheduler: InterruptScheduler): Observer['point'] {
  const judged = judge.point;
  return function point(kind, data, at) {
    const bit = 1 << kind;
    if ((bit & HOST) !== 0) return watch.hosts(kind, data, at);
    if (watch.counting === true && ((bit & COUNTED) !== 0 || ((bit & MAY_BRANCH) !== 0 && (data & HOOK_DATA.BRANCH) !== 0))) counts.point(kind, data, at);
    const wait = watch.interrupts === true && (bit & STRUCTURAL) !== 0 && scheduler.point(machine, kind, data, at);
    return (watch.checks === true && (bit & UNJUDGED) === 0 && judged(kind, data, at, machine.instructions)) || wait;
  };
}
