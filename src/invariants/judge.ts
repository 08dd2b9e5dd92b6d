/**
 * The judge: turns points (judge-points.ts), marked stores and wild landings into the oracle's record, and asks the invariants. It knows no strategy: what
 * one declares (pushes and pops by points, areas, state, the published pointer) reaches it as data.
 *
 * Each event first brings the oracle up to date, then asks the handlers. Nothing is
 * allocated while all is well. A judge can be made with fewer obligations, to show that each of them is needed.
 */
import type { ObligationName } from '../contract/obligations.ts';
import { POINT, TEXT } from '../image/points.ts';
import type { ProgramImage } from '../image/program.ts';
import type { Stop } from '../machine/observer.ts';
import { MARK } from './bounds.ts';
import { handlersOf } from './handlers.ts';
import type { Handlers } from './handlers.ts';
import { pointsOf } from './judge-points.ts';
import type { Point } from './judge-points.ts';
import { Oracle } from './oracle.ts';
import type { Processor } from './processor.ts';
import { patched } from './stores.ts';

export class Judge {
  readonly oracle: Oracle;
  readonly point: Point;
  private readonly slept: Handlers<'slept'>;
  private readonly changed: Handlers<'markedStore'>;
  private readonly wild: Handlers<'wild'>;
  private readonly stop: Handlers<'stop'>;
  private readonly walked: Handlers<'walked'>;
  private readonly switched: Handlers<'switched'>;
  private readonly unloaded: Handlers<'unloaded'>;
  private readonly done: Handlers<'done'>;

  /** `image`: the program of every run, filled anew for each. */
  constructor(machine: Processor, image: ProgramImage, obligations?: readonly ObligationName[]) {
    this.oracle = new Oracle(machine, image);
    const of = handlersOf(obligations);
    this.point = pointsOf(this.oracle, of);
    this.slept = of.all('slept');
    this.changed = of.all('markedStore');
    this.wild = of.all('wild');
    this.stop = of.all('stop');
    this.walked = of.all('walked');
    this.switched = of.all('switched');
    this.unloaded = of.all('unloaded');
    this.done = of.all('done');
  }

  /** Before a run. `patched`: the patches are on. */
  reset(patched: boolean): void {
    this.oracle.reset();
    this.oracle.patched = patched;
  }

  /** The task that runs ends at `at`, wherever that is; `gone`: nobody has its memory. True: the run is over. */
  exits(at: number, step: number, gone: boolean): boolean {
    const o = this.oracle;
    o.turnsTo(at, step);
    o.abandon();
    if (!gone) return o.stopped;
    o.gone = true;
    for (let i = 0; i < this.done.length; i++) this.done[i]!(o);
    o.gone = false;
    return o.stopped;
  }

  /** The task has gone to sleep at `at`; `walks`, where its stack is walked, comes behind. True: the run is over. */
  sleeps(at: number, step: number): boolean {
    const o = this.oracle;
    o.turnsTo(at, step);
    if (o.recovery !== undefined) for (let i = 0; i < this.slept.length; i++) this.slept[i]!(o);
    return o.stopped;
  }

  /** The task has gone to sleep at `at`, and its stack is walked while it does; true: the run is over. */
  walks(at: number, step: number): boolean {
    this.oracle.turnsTo(at, step);
    for (let i = 0; i < this.walked.length; i++) this.walked[i]!(this.oracle);
    return this.oracle.stopped;
  }

  /** At `at`, a task (from 0) is switched to the state that the transition of patches under way leads to. */
  switches(task: number, at: number, step: number): void {
    this.oracle.turnsTo(at, step);
    for (let i = 0; i < this.switched.length; i++) this.switched[i]!(this.oracle, task);
    this.oracle.patches.switched(task);
  }

  /** At `at`, the text of a module is freed. */
  frees(module: number, at: number, step: number): void {
    this.oracle.turnsTo(at, step);
    for (let i = 0; i < this.unloaded.length; i++) this.unloaded[i]!(this.oracle, module);
  }

  /** A store that touches marked doublewords; true: the run is over. */
  markedStore(at: number, flat: number, bytes: number, hi: number, lo: number, step: number): boolean {
    const o = this.oracle;
    o.turnsTo(at, step);
    const { marks, space } = o.machine;
    const last = (flat + bytes - 1) >> 3;
    for (let double = flat >> 3; double <= last; double++) {
      const mark = marks[double]!;
      if (mark === 0) continue;
      // The CR save word is anybody's; what is marked is the word behind it.
      if (mark === MARK.CR_WORDS && bytes === 4 && (flat & 7) === 0) continue;
      const oldLo = space.words[2 * double]!;
      const oldHi = space.words[2 * double + 1]!;
      let newLo = lo;
      let newHi = hi;
      if (bytes !== 8 || (flat & 7) !== 0) {
        newLo = patched(oldLo, 8 * double, flat, bytes, hi, lo);
        newHi = patched(oldHi, 8 * double + 4, flat, bytes, hi, lo);
      }
      const head = 8 * double - (mark === MARK.CHAIN ? 0 : mark === MARK.CR_WORDS ? 8 : 24);
      let d = o.depth - 1;
      while (d >= 0 && o.head[d] !== head) d--;
      if (d < 0) continue;
      for (let i = 0; i < this.changed.length; i++) this.changed[i]!(o, d, mark, oldHi, oldLo, newHi, newLo);
    }
    return o.stopped;
  }

  /** An indirect branch into generated text where nothing may land; true: the run is over. */
  wildLanding(from: number, to: number, step: number): boolean {
    const o = this.oracle;
    // A hook may enter a replacement by its LEP; the entry's own point looks at r2 and at who was called.
    if (o.machine.space.pointKind[to] === POINT.ENTRY_LOCAL) return false;
    o.turnsTo(from, step);
    this.blame(from);
    for (let i = 0; i < this.wild.length; i++) this.wild[i]!(o, o.depth - 1, to);
    return o.stopped;
  }

  /** The instruction at hand, when it is the strategy's, is the last of its activation. */
  private blame(at: number): void {
    const o = this.oracle;
    if (o.depth > 0 && o.machine.space.textTag[at] === TEXT.HOOK) o.hook[o.depth - 1] = at;
  }

  /** The machine cannot go on, or goes round in circles. */
  stops(stop: Stop | { readonly kind: 'loop'; readonly address: bigint }, at: number, step: number): void {
    const o = this.oracle;
    o.turnsTo(at, step);
    this.blame(at);
    for (let i = 0; i < this.stop.length; i++) this.stop[i]!(o, o.depth - 1, stop);
  }
}
