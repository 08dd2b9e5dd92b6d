/**
 * The one observer of a run: hands each event of the machine to the host, the interrupt scheduler, the witness counts and the judge, in this
 * order. With checks off only the host is asked. Labels of the switch are literals, as in invariants/judge.ts.
 */
import type { Judge } from '../invariants/judge.ts';
import type { InterruptScheduler } from '../machine/interrupts.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import type { Counts } from './counts.ts';
import type { Host } from './host.ts';

export class Watch implements Observer {
  /** The task is done. */
  finished = false;
  checks = true;
  /** Witnesses are counted. */
  counting = false;
  private readonly machine: Machine;
  private readonly host: Host;
  private readonly judge: Judge;
  private readonly counts: Counts;
  private readonly scheduler: InterruptScheduler;
  /** The scenario has interrupts. */
  interrupts = false;

  constructor(machine: Machine, host: Host, judge: Judge, counts: Counts, scheduler: InterruptScheduler) {
    this.machine = machine;
    this.host = host;
    this.judge = judge;
    this.counts = counts;
    this.scheduler = scheduler;
  }

  point(kind: number, data: number, at: number): boolean {
    const { judge, machine } = this;
    switch (kind) {
      case 1: // CALL_SEQUENCE
        return this.interrupts && this.scheduler.point(machine, kind, data, at);
      case 2: // CALL
      case 3: // SIBLING
      case 10: // MCOUNT_RETURN
      case 11: // EXIT
        if (this.counting) this.counts.point(kind, data, at);
        break;
      case 12: // TOC_USE
        return this.checks && judge.point(kind, data, at, machine.instructions);
      case 13: { // HOST_CALLBACK
        const sent = this.host.callback();
        if (!this.checks) return false;
        const over = judge.point(kind, data, at, machine.instructions);
        if (sent >= 0 && this.counting) this.counts.hooked(sent);
        return over;
      }
      case 19: // DONE
        this.finished = true;
        if (this.checks) judge.point(kind, data, at, machine.instructions);
        return true;
      case 20: // CONTROL_ENTRY
        this.host.controlEntry();
        return false;
      case 21: // CONTROL_RETURN
        this.host.controlReturn();
        return false;
      default:
        break;
    }
    const wait = this.interrupts && this.scheduler.point(machine, kind, data, at);
    return (this.checks && judge.point(kind, data, at, machine.instructions)) || wait;
  }

  markedStore(at: number, flat: number, bytes: number, hi: number, lo: number): boolean {
    return this.checks && this.judge.markedStore(at, flat, bytes, hi, lo, this.machine.instructions);
  }

  wildLanding(from: number, to: number): boolean {
    return this.checks && this.judge.wildLanding(from, to, this.machine.instructions);
  }
}
