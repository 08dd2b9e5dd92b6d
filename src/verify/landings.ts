/**
 * Where the interrupts of a run arrive, as both sides of a comparison can follow it: before a word of the text, the n-th time that it is come to. It is found by a rehearsal: the twin runs with the
 * model's own interrupt scheduler, which goes by the structure of the run, judged by nobody, so also behind what a judge would end at.
 */
import { POINT, STRUCTURAL } from '../image/points.ts';
import { takeInterrupt } from '../machine/delivery.ts';
import { InterruptScheduler } from '../machine/interrupts.ts';
import type { Fate } from '../machine/interrupts.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import type { Engine } from '../trial/engine.ts';
import type { Twin } from './moved.ts';

export interface Landing {
  /** Index in the scenario. */
  readonly interrupt: number;
  /** Flat word before which it arrives. */
  readonly word: number;
  /** The how manieth time that this word is come to, from 1; a return from an interrupt that arrived there is a time of its own. */
  readonly arrival: number;
}

export interface Rehearsal {
  /** In the order in which they arrive. */
  readonly landings: readonly Landing[];
  /** By interrupt (index): what became of it; `too-long`: the rehearsal was given up before it arrived. */
  readonly fates: readonly (Fate | 'too-long')[];
}

export const NO_LANDINGS: readonly Landing[] = Object.freeze([]);

/** Instructions of a rehearsal at most: it is slow, and runs that take longer go round in circles. */
const REHEARSED = 100_000;

/** The point of a structural word is announced before an interrupt there, any other behind it (machine/interrupts.ts). */
export const isStructural = (kind: number): boolean => (STRUCTURAL >>> kind & 1) !== 0;

/** Runs the twin, which has taken the engine's run and is to take it again. `outside`: points (bits) at which a process cannot go on. */
export function rehearse(engine: Engine, twin: Twin, outside: number): Rehearsal {
  const { machine, host } = twin, { image, set: { current } } = engine, watch = machine.observer;
  const scheduler = new InterruptScheduler();
  const landings: Landing[] = [], arrivals = new Map<number, number>();
  const arrive = (word: number): number => {
    const arrival = (arrivals.get(word) ?? 0) + 1;
    arrivals.set(word, arrival);
    return arrival;
  };
  let over = false;
  machine.observer = {
    point(kind, data, at) {
      if (kind === POINT.HOST_CALLBACK) host.callback();
      over ||= kind === POINT.DONE || (1 << kind & outside) !== 0;
      return scheduler.point(machine, kind, data, at) || over;
    },
    markedStore: () => false,
    wildLanding: () => false,
  } satisfies Observer;
  scheduler.begin(image, current.interruptEntry, current.tick);
  const { interrupts } = image.scenario;
  try {
    while (!over && scheduler.deliveredCount < interrupts.length && machine.instructions < REHEARSED) {
      const before = machine.instructions, word = machine.pc, j = scheduler.armed ? scheduler.between(machine) : -1;
      if (j >= 0) {
        landings.push({ interrupt: j, word, arrival: arrive(word) });
        scheduler.deliver(machine, j);
        continue;
      }
      const { kind } = machine.run(1);
      if (machine.instructions !== before) arrive(word);
      if (kind !== 'budget' && kind !== 'yield') break;
    }
  } finally {
    machine.observer = watch;
  }
  const cut = machine.instructions >= REHEARSED;
  return { landings, fates: interrupts.map((_, j) => (cut && scheduler.delivered[j] === 0 ? 'too-long' : scheduler.fate(j))) };
}

/** Follows a run's landings on a machine that goes instruction by instruction. */
export class Arrivals {
  private readonly engine: Engine;
  private readonly machine: Machine;
  private landings: readonly Landing[] = NO_LANDINGS;
  private next = 0;
  private readonly counts = new Map<number, number>();
  /** Of the interrupts under way: the word whose point had been announced, or -1. */
  private readonly asked: number[] = [];

  constructor(engine: Engine, machine: Machine) {
    this.engine = engine;
    this.machine = machine;
  }

  begin(landings: readonly Landing[]): void {
    this.landings = landings;
    this.next = 0;
    this.counts.clear();
    for (const { word } of landings) this.counts.set(word, 0);
    this.asked.length = 0;
  }

  /** Some are still to come. */
  get waiting(): boolean {
    return this.next < this.landings.length;
  }

  /** The machine has come to its next instruction: the landing whose time it is. To be asked once an instruction, while `waiting`. */
  due(): Landing | undefined {
    const { machine: { pc }, counts } = this, count = counts.get(pc);
    if (count === undefined) return undefined;
    counts.set(pc, count + 1);
    const landing = this.landings[this.next]!;
    return landing.word === pc && landing.arrival === count + 1 ? landing : undefined;
  }

  /** It arrives; the word's point is announced already where it is structural. */
  take({ interrupt, word }: Landing): void {
    const { machine, engine } = this;
    this.next++;
    this.asked.push(machine.asked === word ? word : -1);
    machine.asked = -1;
    takeInterrupt(machine, engine.image, interrupt);
    machine.pc = engine.set.current.interruptEntry;
  }

  /** At the `rfid` of the innermost handler. */
  leave(): void {
    this.machine.askedOnReturn = this.asked.pop() ?? -1;
  }
}
