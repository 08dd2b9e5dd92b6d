/**
 * Our side of a run: the twin runs, and at each point all its registers are written down as the process writes them (runner.ts, EVENT). As long as interrupts are to come it goes
 * instruction by instruction.
 */
import { POINT } from '../image/points.ts';
import type { Observer, Stop } from '../machine/observer.ts';
import { BYTE_COUNT, CA, CR, CTR, LR, OV, SO } from '../machine/registers.ts';
import type { Engine } from '../trial/engine.ts';
import { isLogged } from './guest.ts';
import type { Guest } from './guest.ts';
import { Arrivals, NO_LANDINGS, isStructural } from './landings.ts';
import type { Landing } from './landings.ts';
import type { Twin } from './moved.ts';
import { EVENT, MOST_EVENTS } from './runner.ts';
import { SUMMED, isSummed } from './summed.ts';

/** Instructions of a run at most; one that takes more is compared as far as its events go. */
const BUDGET = 400_000;
/** 32-bit words of an event. */
export const EVENT_WORDS = 2 * EVENT.DOUBLEWORDS;

/** How it ended. `full`: as many events as there is room for; `budget`: it takes too long; `outside`: it has come to what a process cannot do. */
export type End = 'done' | 'full' | 'budget' | 'outside' | Exclude<Stop, { kind: 'budget' | 'yield' }>;

export interface ModelRun {
  readonly end: End;
  readonly events: number;
  /** Flat word of the instruction at which it stopped. */
  readonly pc: number;
}

/** Where the host would act and the process has nothing. */
export const OUTSIDE = 1 << POINT.SCHEDULE | 1 << POINT.KRETPROBE_CALLBACK | 1 << POINT.GRAPH_POP
  | 1 << POINT.CONTROL_ENTRY | 1 << POINT.CONTROL_RETURN;

export class Recorder implements Observer {
  /** Events of the newest run, EVENT_WORDS each, and the flat word of each. */
  readonly log = new Int32Array(MOST_EVENTS * EVENT_WORDS);
  readonly words = new Int32Array(MOST_EVENTS);
  events = 0;
  /** Where interrupts arrive in the run that is about to begin. */
  landings: readonly Landing[] = NO_LANDINGS;
  private ended: End | undefined;
  private readonly twin: Twin;
  private readonly guest: Guest;
  private readonly arrivals: Arrivals;

  constructor(engine: Engine, twin: Twin, guest: Guest) {
    this.twin = twin;
    this.guest = guest;
    this.arrivals = new Arrivals(engine, twin.machine);
    twin.machine.observer = this;
  }

  run(): ModelRun {
    const { machine } = this.twin;
    this.begin();
    let end: End | undefined;
    while (end === undefined && this.arrivals.waiting && machine.instructions < BUDGET) end = this.step();
    end ??= this.endOf(machine.run(BUDGET - machine.instructions));
    return { end, events: this.events, pc: machine.pc };
  }

  begin(): void {
    this.events = 0;
    this.ended = undefined;
    this.arrivals.begin(this.landings);
  }

  /** One instruction more, or the arrival of an interrupt before it. Undefined: it goes on. */
  step(): End | undefined {
    const { arrivals } = this, landing = arrivals.waiting ? arrivals.due() : undefined;
    if (landing !== undefined) return this.arrives(landing);
    const stop = this.twin.machine.run(1);
    return stop.kind === 'budget' ? undefined : this.endOf(stop);
  }

  private arrives(landing: Landing): End | undefined {
    const { machine, space } = this.twin, { word } = landing, kind = space.pointKind[word]!;
    if (isStructural(kind) && machine.asked !== word) {
      if (this.point(kind, space.pointData[word]!, word)) return this.ended;
      machine.asked = word;
    }
    this.arrivals.take(landing);
    return undefined;
  }

  private endOf(stop: Stop): End {
    if (this.ended !== undefined) return this.ended;
    return stop.kind === 'budget' || stop.kind === 'yield' ? 'budget' : stop;
  }

  point(kind: number, data: number, at: number): boolean {
    if (isLogged(kind, data)) {
      if (this.events === MOST_EVENTS) return this.ends('full');
      this.event(at);
    }
    if (kind === POINT.INTERRUPT_EXIT) this.arrivals.leave();
    if (kind === POINT.HOST_CALLBACK) this.twin.host.callback();
    else if (kind === POINT.DONE) return this.ends('done');
    else if ((1 << kind & OUTSIDE) !== 0) return this.ends('outside');
    return false;
  }

  private ends(how: End): true {
    this.ended = how;
    return true;
  }

  private event(at: number): void {
    const { log, guest, twin: { machine: { regs } } } = this;
    let to = EVENT_WORDS * this.events;
    this.words[this.events++] = at;
    log[to++] = guest.atLow[at]!;
    log[to++] = guest.atHigh[at]!;
    for (let pair = 0; pair < 64; pair += 2) {
      log[to++] = regs[pair + 1]!;
      log[to++] = regs[pair]!;
    }
    log[to++] = regs[LR + 1]!;
    log[to++] = regs[LR]!;
    log[to++] = regs[CTR + 1]!;
    log[to++] = regs[CTR]!;
    log[to++] = regs[CR]!;
    log[to++] = 0;
    log[to++] = xerOf(regs);
    log[to] = 0;
  }

  markedStore(): boolean {
    return false;
  }

  wildLanding(): boolean {
    return false;
  }
}

/** It has no end of its own, as far as it was looked at. */
export const isEndless = (end: End): boolean => end === 'full' || end === 'budget' || end === 'outside';

/** XER as 32 bits, signed. */
export const xerOf = (regs: Int32Array): number => regs[SO]! << 31 | regs[OV]! << 30 | regs[CA]! << 29 | regs[BYTE_COUNT + 1]!;

/** The sums that the process makes of its memory at the end: of the words, and of these sums, modulo 2^32; by range of SUMMED; 0 for one that is not summed. */
export function sumsOf({ space }: Twin, interrupted: boolean): Int32Array {
  const { words } = space, sums = new Int32Array(2 * SUMMED.length);
  SUMMED.forEach((range, i) => {
    if (!isSummed(range, space, interrupted)) return;
    const { from, to } = range;
    let first = 0, second = 0;
    for (let at = from >> 2; at < to >> 2; at++) {
      first = (first + words[at]!) | 0;
      second = (second + first) | 0;
    }
    sums[2 * i] = first;
    sums[2 * i + 1] = second;
  });
  return sums;
}
