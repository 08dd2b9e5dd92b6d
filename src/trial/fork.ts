/**
 * An interrupt at every instruction boundary of a run, without running to each boundary again: at a boundary the machine is interrupted, the handler
 * runs, and where the processor comes back to the boundary the run goes on as if nothing had been. An interrupt may be a tick, on whose way out the task is
 * preempted (forked.ts, Turn): what runs until it comes back is another task, or nothing but the kernel.
 *
 * That is sound when the rest of the run cannot tell the difference. So after each interrupt is looked at: the judge has noted nothing (its
 * obligations interrupt-transparency and protected-zone have compared registers and the interrupted stack from r1-288 up); all registers are
 * what they were, SRR0 and SRR1 excepted, which only interrupt code reads, and r13 on another CPU (boundary.ts); each word of memory that the rest
 * of the run reads before it writes it (liveness.ts) holds what it held, and so does the pointer that the strategy publishes, which the judge reads.
 * What may differ is what nobody reads again: poison below the stack pointer, the PACA's save areas, strategy state beyond the published pointer.
 * If any of it is not so, the run goes on to its end from there, and that is the verdict.
 *
 * Before the next interrupt all memory is put back as it was, so that each begins where it would in a run of its own.
 */
import type { Verdict, Violation } from '../contract/verdict.ts';
import type { CorePage } from '../image/core-page.ts';
import { startsInstead } from '../image/initial-state.ts';
import { POINT, STRUCTURAL } from '../image/points.ts';
import type { ProgramImage } from '../image/program.ts';
import { hookLabelAt } from '../image/symbols.ts';
import { takeInterrupt, takeTick } from '../machine/delivery.ts';
import type { Observer } from '../machine/observer.ts';
import type { Anchor, Scenario } from '../scenario/scenario.ts';
import { isStyleAlone, styleOf } from '../scenario/world.ts';
import { AnchorNames } from './anchors.ts';
import { Boundary } from './boundary.ts';
import { ENDING } from './engine.ts';
import type { Engine } from './engine.ts';
import { isTurn, withAll } from './forked.ts';
import type { ForkCounts, Forked, Landing, TracelessVisit } from './forked.ts';
import { Liveness } from './liveness.ts';
import { Shadow } from './shadow.ts';
import { violationsOf } from './verdict.ts';

/** Instructions between taking an interrupt and returning from it; what takes longer runs on to the end, where loops are found. */
const HANDLER_BUDGET = 5_000;
/** What stands in for an anchor while an interrupt's place is given by hand: in a handler that only it would start. */
const NOWHERE: Anchor = { context: 1, call: 0, occurrence: 1, region: 'callee', step: 0 };

const COMING_BACK = 1, LEFT = 2;

export class Fork implements Observer {
  readonly counts: ForkCounts = { boundaries: 0, unnamed: 0, interrupts: 0, violated: 0, different: 0, long: 0, cut: 0, instructions: 0 };
  private readonly engine: Engine;
  private readonly inner: Observer;
  private readonly live = new Liveness();
  private readonly names = new AnchorNames();
  private readonly saved: Boundary;
  private readonly shadow: Shadow;
  private landings: readonly Landing[] = [];
  /** By landing: the index of an interrupt; of a turn the version that the other task runs, -1: there is none. */
  private events: readonly number[] = [];
  private strategy = 0;
  /** The strategy's, for the style in which the scenario's functions are hooked. */
  private page!: CorePage;
  private alone!: Verdict;
  private counting = false;
  /** The task's own code runs; else an interrupt's. */
  private task = true;
  private over = false;
  /** Of the interrupt under way. */
  private way = 0;
  /** It is a tick, on whose way out the task is preempted. */
  private turn = false;
  /** Something was noted, but the rest of the run cannot tell that there was an interrupt. */
  private traceless = false;
  /** Instructions of the last interrupt that left no trace. */
  private longer = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    this.inner = engine.machine.observer;
    this.saved = new Boundary(engine, this.live);
    this.shadow = new Shadow(engine.space);
  }

  /**
   * Runs `scenario` (without interrupts, and with no world but how its functions are hooked) under a strategy (index), interrupted at each boundary by each of `landings`; at most 8
   * handlers among them. `visit` gets
   * each run that did not simply go on; `every`: those that did, for tests. `alone`: the verdict of the run without interrupts.
   * The engine has another scenario loaded afterwards. `counting`: witnesses grow by what all these runs together show, what they share once.
   */
  run(
    scenario: Scenario, strategy: number, alone: Verdict, landings: readonly Landing[], visit: (forked: Forked) => void,
    every?: TracelessVisit, counting = false,
  ): void {
    // Nothing of a world is compared.
    if (scenario.world !== undefined && !isStyleAlone(scenario.world)) throw new RangeError('a scenario that is forked has no world of its own');
    const { engine, counts } = this;
    const { machine, space } = engine;
    const { oracle } = engine.judge;
    this.strategy = strategy;
    this.page = engine.set.page(strategy, styleOf(scenario));
    this.alone = alone;
    this.counting = counting;
    this.landings = landings;
    engine.load(withAll(scenario, landings, NOWHERE));
    this.begin(false);
    this.events = eventsOf(engine.image, landings);
    this.live.record(engine);
    counts.instructions += machine.instructions;
    this.begin(counting);
    this.names.begin(engine.image);
    this.start();
    this.shadow.begin();
    while (!this.over) {
      const { pc } = machine;
      if ((STRUCTURAL >>> space.pointKind[pc]! & 1) !== 0 && machine.asked !== pc) {
        // Announced first, as the scheduler wants it; it stops there.
        this.step();
        continue;
      }
      this.names.look(pc, space.textTag[pc]!);
      if (machine.interruptible() && !oracle.stopped) {
        if (this.names.beyond) {
          counts.cut++;
          break;
        }
        this.boundary(visit, every);
      }
      const before = machine.instructions;
      this.step();
      this.shadow.keep();
      if (machine.instructions !== before) this.names.executed();
      else if (machine.asked !== pc) break;
    }
    this.shadow.end();
    counts.instructions += machine.instructions;
    machine.observer = this.inner;
  }

  point(kind: number, data: number, at: number): boolean {
    const stop = this.inner.point(kind, data, at);
    if (!this.task) {
      if (kind === POINT.INTERRUPT_EXIT && this.way === COMING_BACK) {
        this.way = LEFT;
        return true;
      }
      return stop;
    }
    if (kind === POINT.DONE || stop) this.over = true;
    const structural = (STRUCTURAL >>> kind & 1) !== 0;
    if (structural) this.names.point(kind, data, at);
    return stop || structural;
  }

  markedStore(at: number, flat: number, bytes: number, hi: number, lo: number): boolean {
    const stop = this.inner.markedStore(at, flat, bytes, hi, lo);
    if (stop && this.task) this.over = true;
    return stop;
  }

  wildLanding(from: number, to: number): boolean {
    const stop = this.inner.wildLanding(from, to);
    if (stop && this.task) this.over = true;
    return stop;
  }

  /** The run without what lands: those who are there for the sake of a turn wait until it comes. */
  private begin(counting: boolean): void {
    this.engine.begin(this.strategy, true, counting);
    this.engine.host.tasks.begin(undefined);
  }

  /** Observes the machine from a run that has just begun. */
  private start(): void {
    this.engine.machine.observer = this;
    this.task = true;
    this.over = false;
  }

  /** One instruction of the task, or one announcement. */
  private step(): void {
    const { kind } = this.engine.machine.run(1);
    if (kind !== 'budget' && kind !== 'yield') this.over = true;
  }

  private boundary(visit: (forked: Forked) => void, every: TracelessVisit | undefined): void {
    const { engine, counts, live } = this;
    const { machine } = engine;
    const step = machine.instructions;
    const anchor = this.names.anchor();
    if (anchor === undefined) {
      counts.unnamed++;
      return;
    }
    counts.boundaries++;
    live.at(step);
    this.saved.save();
    for (let j = 0; j < this.landings.length; j++) {
      counts.interrupts++;
      if (this.interrupt(j)) {
        if (every !== undefined) every(j, step, anchor, this.alone.instructions + this.longer);
        continue;
      }
      visit({ handler: j, boundary: step, anchor, verdict: this.finish() });
      this.again(step);
    }
  }

  /** What lands as j (index) at the saved boundary. True: it left no trace, and all is as it was saved. */
  private interrupt(j: number): boolean {
    const { engine, counts, saved } = this;
    const { machine } = engine;
    const { oracle } = engine.judge;
    machine.asked = -1;
    // The one rfid to come is this interrupt's.
    machine.askedOnReturn = saved.asked;
    this.turn = isTurn(this.landings[j]!);
    this.takes(j);
    machine.pc = this.page.interruptEntry;
    this.task = false;
    this.way = COMING_BACK;
    machine.run(HANDLER_BUDGET);
    counts.instructions += machine.instructions - saved.steps;
    if (this.way === LEFT && !oracle.stopped) machine.run(1);
    this.task = true;
    this.traceless = false;
    if (oracle.stopped || oracle.notes.count !== saved.notes) {
      counts.violated++;
      this.traceless = !oracle.stopped && this.way === LEFT && saved.same();
      return false;
    }
    if (this.way !== LEFT || machine.pc !== saved.pc) {
      counts.long++;
      return false;
    }
    if (!saved.same()) {
      counts.different++;
      return false;
    }
    this.shadow.undo();
    this.longer = machine.instructions - saved.steps;
    saved.restore(this.strategy, this.page);
    return true;
  }

  /** The processor's part, and what the kernel knows of it. */
  private takes(j: number): void {
    const { engine: { machine, space, image, host: { tasks }, judge: { oracle } }, page } = this;
    const landing = this.landings[j]!;
    if (!isTurn(landing)) {
      const event = this.events[j]!;
      oracle.handler = image.interruptHandler[event]!;
      takeInterrupt(machine, image, event);
      return;
    }
    oracle.handler = -1;
    if (landing.away !== null) {
      startsInstead(space, image, 1, this.events[j]!);
      tasks.joins(1, 0);
    }
    tasks.preempt(landing.cpu);
    takeTick(machine, page.tick);
  }

  /** The verdict of the interrupted run, which is run on to its end where it is not known how it goes on. */
  private finish(): Verdict {
    const { engine, counts } = this;
    const { machine, judge: { oracle } } = engine;
    if (this.traceless) return this.both();
    machine.observer = this.inner;
    const before = machine.instructions;
    if (oracle.stopped) engine.ending = oracle.overflow ? ENDING.BUDGET : ENDING.JUDGED;
    else {
      engine.deliveries = engine.interruptions = this.turn ? 0 : 1;
      engine.go();
      // The other handlers' interrupts are none that this run misses.
      if (this.counting) engine.counts.missed(engine.interruptions - engine.image.scenario.interrupts.length, 0, 0, 0, 0);
    }
    counts.instructions += machine.instructions - before;
    const { instructions } = machine;
    if (oracle.notes.count > 0) return { outcome: 'violated', violations: this.violations(), instructions };
    const outcome = engine.ending === ENDING.BUDGET ? 'out-of-budget' : engine.ending === ENDING.STUCK ? 'undecided' : 'holds';
    return { outcome, violations: [], instructions };
  }

  private violations(): Violation[] {
    const { engine } = this;
    return violationsOf(engine.judge.oracle, (word) => hookLabelAt(engine.image, engine.set, word));
  }

  /** Something was noted, and then the run goes on as it would have anyway: what that notes (the first of each obligation) comes behind. */
  private both(): Verdict {
    const noted = this.violations();
    const longer = this.engine.machine.instructions - this.saved.steps;
    const rest = this.alone.violations.filter((it) => !noted.some((other) => other.obligation === it.obligation))
      .map((it) => ({ ...it, step: it.step + longer }));
    return { outcome: 'violated', violations: [...noted, ...rest], instructions: this.alone.instructions + longer };
  }

  /** From the beginning to the saved boundary. */
  private again(step: number): void {
    const { engine } = this;
    const { machine } = engine;
    this.shadow.end();
    this.begin(false);
    machine.observer = this.inner;
    while (machine.instructions < step) machine.run(step - machine.instructions);
    machine.observer = this.replay;
    if (machine.asked !== machine.pc && (STRUCTURAL >>> engine.space.pointKind[machine.pc]! & 1) !== 0) machine.run(1);
    machine.observer = this;
    engine.count(this.counting);
    this.shadow.noted();
  }

  /** Announces a structural point, and stops there; the names have seen it before. */
  private readonly replay: Observer = {
    point: (kind, data, at) => this.inner.point(kind, data, at) || (STRUCTURAL >>> kind & 1) !== 0,
    markedStore: (at, flat, bytes, hi, lo) => this.inner.markedStore(at, flat, bytes, hi, lo),
    wildLanding: (from, to) => this.inner.wildLanding(from, to),
  };
}

function eventsOf({ scenario, versions, versionFunction, versionIsReplacement }: ProgramImage, landings: readonly Landing[]): number[] {
  const original = (id: number): number => {
    for (let v = 0; v < versions; v++) if (versionIsReplacement[v] === 0 && scenario.functions[versionFunction[v]!]!.id === id) return v;
    throw new RangeError(`no function has id ${id}`);
  };
  let interrupts = 0;
  return landings.map((it) => (!isTurn(it) ? interrupts++ : it.away === null ? -1 : original(it.away)));
}
