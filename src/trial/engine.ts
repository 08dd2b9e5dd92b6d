/**
 * The engine of a trial: memory, machine, host and judge around one lowered scenario. `begin` puts everything into the state before a run, `step`
 * and `go` execute. A run ends when the task is done, when the judge has seen enough, when the machine cannot go on, when a state recurs, or
 * when the budget is spent.
 */
import type { ObligationName } from '../contract/obligations.ts';
import { CODE_POINTS, hooksOutOfLine } from '../contract/strategy.ts';
import type { Strategy } from '../contract/strategy.ts';
import { CONTROL_NAME } from '../image/control.ts';
import { CONTROL, StrategySet } from '../image/core.ts';
import type { CorePage } from '../image/core-page.ts';
import { INITIAL_REGISTERS, InitialState } from '../image/initial-state.ts';
import { Lowering } from '../image/lower.ts';
import { FIXED, TASK_STACKS, createSpace } from '../image/pages.ts';
import { HOOK_DATA, POINT, TEXT } from '../image/points.ts';
import type { ProgramImage } from '../image/program.ts';
import type { AddressSpace } from '../image/space.ts';
import { DIRTY_SHIFT, PAGE_SHIFT } from '../image/space.ts';
import { MAX_PENDING } from '../invariants/bounds.ts';
import { Judge } from '../invariants/judge.ts';
import { STACK_BYTES } from '../kernel/layout.ts';
import { high, low } from '../machine/halves.ts';
import { InterruptScheduler } from '../machine/interrupts.ts';
import { Machine } from '../machine/machine.ts';
import type { Stop } from '../machine/observer.ts';
import { KeptState, untilRepeat } from '../machine/progress.ts';
import { dynamicCalls, graphOf, waysToRun } from '../scenario/graph.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { styleOf } from '../scenario/world.ts';
import { Counts } from './counts.ts';
import { Coverage } from './coverage.ts';
import { declare } from './declare.ts';
import { Host } from './host.ts';
import { Tracing } from './tracing.ts';
import { Transitions } from './transitions.ts';
import { Watch } from './watch.ts';

/** Most runs have ended after so many instructions; one that has not may still be on its way: see CALL_INSTRUCTIONS. */
export const SOFT_BUDGET = 10_000;
/**
 * Instructions of a run per call of the scenario (`dynamicCalls`), at most, a hook of ordinary length given. Measured, with a reserve: 253 is the most
 * of 10,000 generated scenarios, 500 of bodies with 62 call sites whose counters are used up. A run that goes beyond is looked at for a repeated state.
 */
export const CALL_INSTRUCTIONS = 700;
/** Instructions after which such a run is given up: outcome `out-of-budget`. Counted from where it is first looked at. */
export const HARD_BUDGET = 200_000;

export interface EngineOptions {
  /** Off: nothing is judged, for measurements. */
  readonly checks?: boolean;
  /** Instructions of one run at most. Default: what the scenario's calls may take (CALL_INSTRUCTIONS) and HARD_BUDGET. */
  readonly budget?: number;
  /** The judge's obligations. Default: all. */
  readonly obligations?: readonly ObligationName[];
}

/** How a run ended; GOING: it has not. */
export const ENDING = {
  GOING: 0, DONE: 1, JUDGED: 2, BUDGET: 3,
  /** The machine could not go on, and progress is not judged. */
  STUCK: 4,
} as const;

const BLOCKS = 1 << (PAGE_SHIFT - DIRTY_SHIFT);
/** One past the highest byte of each task's stack. */
const STACK_TOPS = TASK_STACKS.map((page) => FIXED[page]! + BigInt(STACK_BYTES));
const STACK_TOP_HI = STACK_TOPS.map(high), STACK_TOP_LO = STACK_TOPS.map(low);
const YIELD: Stop = { kind: 'yield' };
const R1_HI = high(INITIAL_REGISTERS.r1);
const R1_LO = low(INITIAL_REGISTERS.r1);
const R13_HI = high(INITIAL_REGISTERS.r13);
const R13_LO = low(INITIAL_REGISTERS.r13);

export class Engine {
  readonly space: AddressSpace;
  readonly set: StrategySet;
  readonly machine: Machine;
  readonly judge: Judge;
  readonly counts: Counts;
  readonly coverage: Coverage;
  ending: number = ENDING.GOING;
  /** Flat word of the instruction that the last `step` executed. */
  at = 0;
  /** Id of the interrupt that was delivered last, negative that of a switch; and how many were. */
  delivered = 0;
  deliveries = 0;
  /** Of them, interrupts, and ends of tasks; and the last one was such. */
  interruptions = 0;
  exits = 0;
  /** Tasks that were forked, and the number of the last one. */
  forks = 0;
  forked = 0;
  exited = false;

  private readonly lowering: Lowering;
  private readonly initial: InitialState;
  readonly host: Host;
  readonly transitions: Transitions;
  readonly tracing: Tracing;
  private readonly scheduler = new InterruptScheduler();
  private readonly watch: Watch;
  private readonly budget: number | undefined;
  private readonly checks: boolean;
  private kept: KeptState | undefined;
  private readonly single = (): boolean => this.step();
  /** Index of the strategy that runs, or CONTROL. */
  private strategy = CONTROL;
  /** Interrupts, switches, exits, forks and switchings of tracing of the scenario. */
  private events = 0;
  private scenario: Scenario | undefined;
  /** Instructions that a run of the scenario may take, 0: not asked for yet. */
  private legitimate = 0;
  /** Lowered code variant, -1: none yet. */
  private variant = -1;

  /** @throws AssemblyError when a strategy's text does not assemble. */
  constructor(strategies: readonly Strategy[], options: EngineOptions) {
    this.checks = options.checks ?? true;
    this.budget = options.budget;
    this.space = createSpace(strategies.length, strategies.filter(hooksOutOfLine).length);
    this.set = new StrategySet(this.space, strategies);
    this.lowering = new Lowering(this.space, this.set);
    this.initial = new InitialState(this.space, strategies);
    this.machine = new Machine(this.space);
    this.judge = new Judge(this.machine, this.lowering.program, options.obligations);
    this.host = new Host(this.machine);
    this.transitions = this.host.transitions = new Transitions(this.machine, this.host.tasks, this.judge, this.checks);
    this.tracing = new Tracing(this.machine, this.judge.oracle);
    this.coverage = new Coverage(this.space, this.set, this.machine.regs);
    this.counts = new Counts(this.judge.oracle, this.coverage);
    this.watch = new Watch(this.machine, this.host, this.judge, this.counts, this.scheduler);
    this.watch.checks = this.checks;
    this.machine.checks = this.checks;
    for (const page of this.set.everyPage) if (page.name !== CONTROL_NAME) markLabels(this.space, page);
    this.machine.observer = this.watch;
  }

  get image(): ProgramImage {
    return this.lowering.program;
  }

  load(scenario: Scenario): void {
    this.scenario = scenario;
    this.legitimate = 0;
    this.variant = -1;
  }

  /** The strategy (index) has code for the way in which the loaded scenario's functions are hooked. */
  applicable(strategy: number): boolean {
    return this.scenario === undefined || styleOf(this.scenario) === 'in-line' || this.set.outOfLine[strategy] !== undefined;
  }

  /**
   * Puts the text that strategy `strategy` (index, or CONTROL) runs in where it belongs: the loaded scenario lowered, and its core page, which is the answer. `begin` does it too;
   * what is there already is left alone.
   */
  prepare(strategy: number): CorePage {
    const { scenario, machine } = this;
    if (scenario === undefined) throw new TypeError('no scenario is loaded');
    const page = this.set.select(strategy, styleOf(scenario));
    this.transitions.restore();
    this.repair(page);
    const variant = strategy === CONTROL ? 0 : this.set.variantOf[strategy]!;
    const { damaged } = this.lowering;
    if (variant !== this.variant || damaged) {
      const program = this.variant < 0 || damaged ? this.lowering.lower(scenario, variant) : this.lowering.change(variant);
      this.variant = variant;
      markPieces(this.space, program);
      machine.load(program);
      this.counts.load(scenario, program);
    }
    return page;
  }

  /** Puts everything into the state before a run of strategy `strategy` (index, or CONTROL). `counting`: witnesses are counted. */
  begin(strategy: number, patched: boolean, counting: boolean): void {
    const { machine } = this;
    const page = this.prepare(strategy), { scenario } = this.lowering.program;
    const program = this.lowering.program;
    this.initial.reset(program, strategy, page.threadStart);
    machine.reset();
    machine.regs[2] = R1_HI;
    machine.regs[3] = R1_LO;
    machine.regs[26] = R13_HI;
    machine.regs[27] = R13_LO;
    machine.pc = page.threadStart;
    this.host.reset(program, patched);
    this.judge.reset(patched);
    const accused = strategy === CONTROL ? undefined : this.set.strategies[strategy]!;
    declare(this.judge.oracle, accused, page);
    this.transitions.reset(program, patched, accused, page);
    this.coverage.begin(strategy, program);
    this.counts.begin(scenario);
    this.tracing.begin(scenario.world?.tracing === undefined ? -1 : page.tracingTest);
    this.watch.finished = false;
    this.watch.counting = counting && this.checks;
    const { world } = scenario;
    this.events = scenario.interrupts.length + (world === undefined ? 0 : world.switches.length + (world.exits?.length ?? 0) + (world.forks?.length ?? 0) + (world.tracing?.length ?? 0));
    this.watch.interrupts = this.events > 0 || world?.transitions !== undefined;
    this.watch.page = page;
    this.watch.strategy = accused;
    this.scheduler.begin(program, page.interruptEntry, page.tick);
    this.deliveries = this.interruptions = this.exits = this.forks = 0;
    this.exited = false;
    this.strategy = strategy;
    this.ending = ENDING.GOING;
  }

  /** Witnesses of the begun run are counted from here on, or no longer. */
  count(on: boolean): void {
    this.watch.counting = on && this.checks;
  }

  /** Rewrites a core page into which simulated code has stored. */
  private repair(page: CorePage): void {
    const { dirty } = this.space;
    let damaged = 0;
    for (let i = page.page * BLOCKS; i < (page.page + 1) * BLOCKS; i++) damaged |= dirty[i]!;
    if (damaged !== 0 && this.set.repair()) this.machine.undecode(0, this.space.words.length);
  }

  /** Runs to the end. With `step`, one instruction at a time through it; it must call `this.step` once and return its answer. */
  go(step?: () => boolean): void {
    const { machine } = this;
    let soft = Math.min(SOFT_BUDGET, this.budget ?? SOFT_BUDGET);
    while (this.ending === ENDING.GOING) {
      if (machine.instructions >= soft) {
        const own = Math.min(this.ownBudget(), this.budget ?? Infinity);
        if (own > soft) soft = own;
        else this.circle(step ?? this.single, (this.budget ?? soft + HARD_BUDGET) - machine.instructions);
      } else if (step !== undefined) step();
      else if (this.scheduler.armed) this.leap(soft - machine.instructions);
      else this.look(machine.run(soft - machine.instructions));
    }
  }

  /** Instructions that a run may take without going round in circles. */
  private ownBudget(): number {
    const { scenario } = this;
    if (this.legitimate === 0 && scenario !== undefined) {
      const graph = graphOf(scenario);
      // A task that begins again makes its calls again.
      this.legitimate = CALL_INSTRUCTIONS * (1 + (scenario.world?.exits?.length ?? 0)) * Math.max(...waysToRun(scenario).map((patched) => dynamicCalls(scenario, patched, graph)));
    }
    return this.legitimate;
  }

  /** Executes one instruction, or notices that the run is over. False: it is. */
  step(): boolean {
    const { machine, scheduler } = this;
    const before = machine.instructions;
    while (this.ending === ENDING.GOING && machine.instructions === before) {
      if (scheduler.armed) {
        this.deliver(this.due());
        if (this.ending !== ENDING.GOING) break;
      }
      this.at = machine.pc;
      this.look(machine.run(1));
    }
    return this.ending === ENDING.GOING;
  }

  /** The same as `step` again and again, at most `most` times: as many instructions as the scheduler need not be asked about. */
  private leap(most: number): void {
    const { machine, scheduler } = this;
    const j = this.due();
    if (j >= 0) this.deliver(j);
    if (this.ending !== ENDING.GOING) return;
    const limit = scheduler.armed && j < 0 ? Math.min(most, scheduler.stride(machine)) : 1;
    machine.wary = limit > 1;
    const stop = machine.run(limit);
    if (limit > 1 && !machine.wary) this.look(machine.run(1)); // a store into text: what the scheduler has looked at may change
    else this.look(stop);
    machine.wary = false;
  }

  /** Runs on, slowly, until a state recurs or the budget is spent. */
  private circle(step: () => boolean, budget: number): void {
    const { machine, judge } = this;
    this.kept ??= new KeptState(machine);
    const { tasks } = this.host;
    const outside = (): number => (this.deliveries + this.forks + this.tracing.switched + tasks.changes * (1 + this.events) + this.transitions.changes) * MAX_PENDING + judge.oracle.depth;
    const progress = untilRepeat(this.kept, step, budget, outside);
    if (progress === 'loop' && this.checks) {
      judge.stops({ kind: 'loop', address: machine.addressOfPc() }, machine.pc, machine.instructions);
    }
    if (this.ending === ENDING.GOING) this.ending = judge.oracle.stopped ? ENDING.JUDGED : ENDING.BUDGET;
  }

  /** The interrupt, tick or end of a task (index) that arrives now, -1: none. What is the host's and due happens first, between the same two instructions. */
  private due(): number {
    const { scheduler, machine } = this;
    while (scheduler.armed) {
      const j = scheduler.between(machine);
      if (j < 0) return -1;
      const transition = scheduler.events.transitionOf(j), tracing = scheduler.events.tracingOf(j), fork = scheduler.events.forkOf(j);
      if (transition < 0 && tracing < 0 && fork < 0) return j;
      scheduler.passes(machine, j);
      if (fork >= 0) this.fork(fork);
      else if (tracing >= 0) {
        this.tracing.switch(this.image.scenario.world!.tracing![tracing]!);
        if (this.watch.counting) this.counts.tracing();
      } else if (this.transitions.timed) this.transitions.begin(transition);
    }
    return -1;
  }

  /** Fork `k` (index) happens now, in the task that runs. */
  private fork(k: number): void {
    const { host: { tasks }, image: { scenario } } = this, { world } = scenario;
    const { task } = world!.forks![k]!;
    let child = 1;
    while (world!.tasks[child - 1]!.id !== task) child++;
    this.initial.forks(tasks.current, child, this.strategy);
    this.transitions.forks(tasks.current, child);
    tasks.joins(child, world!.tasks[child - 1]!.cpu);
    this.forks++;
    this.forked = task;
    if (this.watch.counting) this.counts.forks();
  }

  /** Interrupt `j` (index) arrives now; -1: none. */
  private deliver(j: number): void {
    if (j < 0) return;
    const { scheduler, image } = this, k = scheduler.events.switchOf(j), exit = scheduler.events.exitOf(j);
    if (exit >= 0) {
      this.exit(j, exit);
      return;
    }
    if (k >= 0) this.tick(k);
    else {
      const { id, at, ownStack } = image.scenario.interrupts[j]!;
      this.judge.oracle.handler = image.interruptHandler[j]!;
      if (this.watch.counting) this.counts.interrupt(at.region, this.machine.pc, scheduler.nesting > 0, ownStack, image.interruptEmergency[j] !== 0, image.interruptSoft[j] !== 0);
      this.delivered = id;
      this.exited = false;
    }
    if (k < 0) this.interruptions++;
    scheduler.deliver(this.machine, j);
    this.deliveries++;
  }

  /** Exit `k` (index), event j, arrives now: the task that runs ends where it is. */
  private exit(j: number, k: number): void {
    const { machine, scheduler, watch, host: { tasks } } = this;
    const { id, again } = this.image.scenario.world!.exits![k]!;
    if (watch.counting) this.counts.exits(again);
    this.delivered = id;
    this.exited = true;
    this.deliveries++;
    this.exits++;
    scheduler.exits(machine, j);
    const { current } = tasks;
    watch.exits(again === undefined);
    if (watch.finished) this.look(YIELD);
    if (again === undefined || watch.finished) return;
    this.initial.again(current, this.strategy, again === 'new');
    machine.regs[2] = STACK_TOP_HI[current]!;
    machine.regs[3] = STACK_TOP_LO[current]!;
    machine.pc = watch.page.threadStart;
  }

  /** Switch `k` (index) arrives now: a tick, on whose way out the task is preempted. */
  private tick(k: number): void {
    const { id, cpu } = this.image.scenario.world!.switches[k]!;
    this.judge.oracle.handler = -1;
    this.host.tasks.preempt(cpu);
    if (this.watch.counting) this.counts.preempted(this.machine.pc, cpu !== this.host.tasks.cpu);
    this.delivered = -id;
    this.exited = false;
  }

  private missed(): void {
    const { interrupts, world } = this.image.scenario;
    this.counts.missed(
      interrupts.length - this.interruptions, (world?.switches.length ?? 0) - (this.deliveries - this.exits - this.interruptions),
      (world?.tracing?.length ?? 0) - this.tracing.switched, (world?.exits?.length ?? 0) - this.exits, (world?.forks?.length ?? 0) - this.forks,
    );
    if (this.transitions.timed) this.counts.transitions(this.transitions, world?.transitions?.length ?? 0);
  }

  /** After the machine has stopped: is the run over? */
  private look(stop: Stop): void {
    const { machine, watch, judge } = this;
    if (watch.finished) this.ending = judge.oracle.stopped ? ENDING.JUDGED : ENDING.DONE;
    else if (judge.oracle.overflow) this.ending = ENDING.BUDGET;
    else if (judge.oracle.stopped) this.ending = ENDING.JUDGED;
    else if (stop.kind === 'budget') {
      if (this.budget !== undefined && machine.instructions >= this.budget) this.ending = ENDING.BUDGET;
    } else if (stop.kind !== 'yield') {
      if (this.checks) judge.stops(stop, machine.pc, machine.instructions);
      this.ending = judge.oracle.stopped ? ENDING.JUDGED : ENDING.STUCK;
    }
    if (this.ending !== ENDING.GOING && watch.counting) this.missed();
  }
}

/** Labels of the strategy's code where nothing else is watched get a point of their own, so that a violation can name the nearest one. */
function markLabels(space: AddressSpace, page: CorePage): void {
  for (const [, word] of page.sorted) {
    if (space.textTag[word] !== TEXT.HOOK || space.pointKind[word] !== POINT.NONE) continue;
    space.pointKind[word] = POINT.HOOK_LABEL;
  }
}

const EXIT_PIECES = [CODE_POINTS.indexOf('replacement_exit'), CODE_POINTS.indexOf('replacement_early_exit')];

const HOOK_POINTS = 1 << POINT.HOOK_LABEL | 1 << POINT.HOOK_STORE | 1 << POINT.HOOK_PUSH_POP | 1 << POINT.HOOK_BRANCH;

/** The same for the first words of a strategy's pieces in generated code; before an exit the results are there already. */
function markPieces(space: AddressSpace, program: ProgramImage): void {
  for (let piece = 0; piece < program.pieces; piece++) {
    const word = program.pieceWord[piece]!;
    if (space.pointKind[word] === POINT.NONE) {
      space.pointKind[word] = POINT.HOOK_LABEL;
      space.pointData[word] = 0;
    }
    const hook = (HOOK_POINTS >>> space.pointKind[word]! & 1) !== 0;
    if (hook && EXIT_PIECES.includes(program.piecePoint[piece]!)) space.pointData[word]! |= HOOK_DATA.RESULTS;
  }
}
