/**
 * One slice of an exhaustive run: each scenario under each strategy, without interrupts or with one, or a switch, at every instruction boundary, or two at every pair. What fails runs
 * under the control hook as well: what fails there too is the program's fault, and then nothing that the run says can be trusted.
 */
import type { Verdict, Violation } from '../contract/verdict.ts';
import type { Cursor } from '../enumerate/cursor.ts';
import { measureOf } from '../enumerate/measure.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { problemOf } from '../scenario/validate.ts';
import { Fork } from '../trial/fork.ts';
import { interrupted, rootsOf } from '../trial/forked.ts';
import type { ForkCounts, Forked, Handler, Landing, Turn } from '../trial/forked.ts';
import type { Trials } from '../trial/trials.ts';
import { Classified, assumptionsOf } from './assumptions.ts';
import { Pairs, paired } from './exhaust-pairs.ts';
import { Tally, addedCounts } from './exhaust-tally.ts';
import type { ExhaustSetup, Part, SliceResult, SliceTask, Smallest, Stack, TurnKind } from './exhaust-task.ts';
import { KEPT_FAULTS } from './fold.ts';
import type { Fault } from './task.ts';

/** One in so many interrupted runs that left no trace is run again from the beginning: it must say the same. A prime. */
export const COMPARE_FORKS = 1_009;
const LANDINGS = 16;

export function handlersOf(scenario: Scenario, stacks: readonly Stack[]): Handler[] {
  return rootsOf(scenario).flatMap((id) => stacks.map((stack) => ({ function: id, ownStack: stack !== 'shared', ...(stack === 'soft' ? { soft: true } : {}) })));
}

export function turnsOf(scenario: Scenario, kinds: readonly TurnKind[]): Turn[] {
  return kinds.flatMap((kind): Turn[] => (kind === 'switch' ? rootsOf(scenario).map((away) => ({ away, cpu: 0 })) : [{ away: null, cpu: kind === 'back' ? 0 : 1 }]));
}

/** What lands at each boundary in a part of a bound. */
export function landingsOf(scenario: Scenario, part: Part, { stacks, turns }: { readonly stacks: readonly Stack[]; readonly turns: readonly TurnKind[] }): Landing[] {
  return part === 'plain' ? [] : part === 'interrupts' ? handlersOf(scenario, stacks) : turnsOf(scenario, turns);
}

export class SliceRun {
  readonly #trials: Trials;
  readonly #cursor: Cursor;
  readonly #setup: ExhaustSetup;
  readonly #task: SliceTask;
  readonly #tallies: readonly Tally[];
  readonly #faults: Fault[] = [];
  #faultCount = 0;

  constructor(trials: Trials, cursor: Cursor, setup: ExhaustSetup, task: SliceTask) {
    this.#trials = trials;
    this.#cursor = cursor;
    this.#setup = setup;
    this.#task = task;
    this.#tallies = setup.strategies.map(() => new Tally());
  }

  result(): SliceResult {
    const { part, from, to } = this.#task;
    const { order } = this.#trials;
    const forks = order.map(() => (part === 'plain' || part === 'pairs' ? undefined : new Fork(this.#trials.engine)));
    const scenarios = this.#cursor.visit(from, to, (scenario, index) => {
      const problem = problemOf(scenario);
      if (problem !== undefined) {
        this.#fault('invalid', index, `not valid: ${problem.path}: ${problem.what}`);
        return;
      }
      if (part === 'plain') this.#plain(scenario, index, order);
      else if (part === 'pairs') for (const strategy of order) this.#pairs(scenario, index, strategy);
      else order.forEach((strategy, at) => { this.#interrupts(scenario, index, strategy, forks[at]!); });
    });
    order.forEach((strategy, at) => {
      const fork = forks[at];
      if (fork !== undefined) this.#tallies[strategy]!.forks = fork.counts;
    });
    const strategies = this.#tallies.map((it) => it.data);
    return { kind: 'slice', part, from, scenarios, strategies, faults: this.#faults, faultCount: this.#faultCount };
  }

  #plain(scenario: Scenario, index: number, order: readonly number[]): void {
    const trials = this.#trials;
    const classified = new Classified(scenario);
    trials.load(scenario);
    const found: (readonly [number, number, readonly Violation[]])[] = [];
    for (const strategy of order) {
      if (!trials.applicable(strategy)) {
        this.#tallies[strategy]!.notApplicable++;
        continue;
      }
      const verdict = trials.run(strategy);
      const outside = this.#outside(strategy, classified);
      this.#tallies[strategy]!.trial(outside, verdict.instructions, isOpen(verdict));
      if (verdict.outcome === 'violated') found.push([strategy, outside, [...verdict.violations]]);
    }
    if (found.length === 0) return;
    if (trials.isProgramFault()) {
      this.#fault('program', index, 'the scenario fails unpatched or under the control hook, so no strategy is to blame');
      return;
    }
    const one: Smallest = { scenario, measure: measureOf(scenario), index, turn: 0 };
    for (const [strategy, outside, violations] of found) {
      for (const violation of violations) this.#tallies[strategy]!.violation(violation, outside, one);
    }
  }

  /** The strategy's verdict on the scenario, which is loaded from now on; undefined, and counted: it has no code for it. */
  #alone(scenario: Scenario, strategy: number): Verdict | undefined {
    this.#trials.load(scenario);
    if (this.#trials.applicable(strategy)) return kept(this.#trials.run(strategy));
    this.#tallies[strategy]!.notApplicable++;
    return undefined;
  }

  #interrupts(scenario: Scenario, index: number, strategy: number, fork: Fork): void {
    const { interrupts, switches } = this.#setup;
    const tally = this.#tallies[strategy]!;
    const alone = this.#alone(scenario, strategy);
    if (alone === undefined) return;
    const landings = landingsOf(scenario, this.#task.part, { stacks: interrupts?.stacks ?? [], turns: switches?.turns ?? [] });
    // Whatever the anchor, the features are the same.
    const outside = landings.map((landing) => this.#outside(strategy, new Classified(interrupted(scenario, landing, ANYWHERE))));
    const before = fork.counts.interrupts;
    const found: Forked[] = [];
    const sample: Forked[] = [];
    fork.run(scenario, strategy, alone, landings, (forked) => { found.push(forked); }, (handler, boundary, anchor, instructions) => {
      if ((index * 31 + boundary * LANDINGS + handler) % COMPARE_FORKS !== 0) return;
      sample.push({ handler, boundary, anchor, verdict: { ...alone, instructions } });
    });
    const taken = fork.counts.interrupts - before;
    const each = landings.length === 0 ? 0 : taken / landings.length;
    outside.forEach((mask) => { tally.byOutside.set(mask, (tally.byOutside.get(mask) ?? 0) + each); });
    tally.trials += taken;
    if (isOpen(alone)) {
      tally.open += taken - found.length;
      outside.forEach((mask, handler) => { if (mask === 0) tally.openWithin += each - found.filter((it) => it.handler === handler).length; });
    }
    for (const forked of found) {
      this.#forked(scenario, index, strategy, { forked, alone, landing: landings[forked.handler]!, outside: outside[forked.handler]! });
    }
    for (const forked of sample) this.#again(scenario, index, strategy, forked, landings[forked.handler]!);
  }

  /** Two switches, at every pair of boundaries. */
  #pairs(scenario: Scenario, index: number, strategy: number): void {
    const trials = this.#trials;
    const tally = this.#tallies[strategy]!;
    const alone = this.#alone(scenario, strategy);
    if (alone === undefined) return;
    const { name } = trials.strategies[strategy]!;
    const starts = rootsOf(scenario);
    // Whoever begins there and whatever the anchors, the features are the same.
    const outside = starts.length === 0 ? 0 : this.#outside(strategy, new Classified(paired(scenario, starts[0]!, ANYWHERE, ANYWHERE)));
    const sum = { violated: 0, instructions: 0 };
    const counts = new Pairs(trials).run(scenario, strategy, starts, ({ whole, verdict, delivered, pair }) => {
      sum.instructions += verdict.instructions;
      if (isOpen(verdict)) {
        tally.open++;
        if (outside === 0) tally.openWithin++;
      }
      if (verdict.outcome === 'holds' && !delivered) this.#fault('not-deterministic', index, `of pair ${pair} not both switches arrived`, name);
      if (verdict.outcome !== 'violated') return;
      sum.violated++;
      let better = false;
      for (const violation of [...verdict.violations]) {
        if (alone.violations.some((it) => same(it, violation))) continue;
        const smallest: Smallest = { scenario: whole, measure: measureOf(whole), index, turn: pair };
        if (tally.violation(violation, outside, smallest)) better = true;
      }
      if (better && trials.isProgramFault()) {
        this.#fault('program', index, 'the scenario with both switches fails unpatched or under the control hook, so no strategy is to blame', name);
      }
    });
    if (alone.outcome === 'holds' && counts.cut === 0 && counts.pairs !== counts.expected) {
      this.#fault('invalid', index, `${counts.pairs} pairs of boundaries, ${counts.expected} expected`, name);
    }
    tally.trials += counts.pairs;
    tally.byOutside.set(outside, (tally.byOutside.get(outside) ?? 0) + counts.pairs);
    const forks: ForkCounts = {
      boundaries: counts.boundaries, unnamed: counts.unnamed, interrupts: counts.pairs, violated: sum.violated, different: 0, long: 0, cut: counts.cut, instructions: sum.instructions,
    };
    tally.forks = tally.forks === null ? forks : addedCounts(tally.forks, forks);
  }

  #forked(
    scenario: Scenario, index: number, strategy: number,
    { forked, alone, landing, outside }: { readonly forked: Forked; readonly alone: Verdict; readonly landing: Landing; readonly outside: number },
  ): void {
    const tally = this.#tallies[strategy]!;
    if (isOpen(forked.verdict)) {
      tally.open++;
      if (outside === 0) tally.openWithin++;
    }
    for (const violation of forked.verdict.violations) {
      if (alone.violations.some((it) => same(it, violation))) continue;
      const whole = interrupted(scenario, landing, forked.anchor);
      const smallest: Smallest = { scenario: whole, measure: measureOf(whole), index, turn: forked.boundary * LANDINGS + forked.handler };
      if (!tally.violation(violation, outside, smallest)) continue;
      // What is going to be shown must be so when it is run from the beginning.
      tally.compared++;
      const name = this.#trials.strategies[strategy]!.name;
      this.#trials.load(whole);
      const again = this.#trials.run(strategy);
      if (!again.violations.some((it) => same(it, violation))) {
        const what = `${violation.obligation} at ${violation.edge} in ${violation.place}`;
        this.#fault('not-deterministic', index, `${what}, seen at boundary ${forked.boundary}, is not seen from the beginning`, name);
      } else if (this.#trials.isProgramFault()) {
        this.#fault('program', index, 'the interrupted scenario fails unpatched or under the control hook, so no strategy is to blame', name);
      }
    }
  }

  /** An interrupted run that left no trace, from the beginning. */
  #again(scenario: Scenario, index: number, strategy: number, { anchor, verdict, boundary }: Forked, landing: Landing): void {
    this.#tallies[strategy]!.compared++;
    this.#trials.load(interrupted(scenario, landing, anchor));
    const again = this.#trials.run(strategy);
    // How soon a loop is noticed depends on when the machine begins to look.
    if (again.outcome === verdict.outcome && (again.instructions === verdict.instructions || verdict.violations.some((it) => it.subject === 'loop'))
      && again.violations.map((it) => it.obligation).join() === verdict.violations.map((it) => it.obligation).join()) return;
    const [forked, whole] = [verdict, again].map((it) => `${it.outcome} in ${it.instructions} instructions`);
    this.#fault('not-deterministic', index, `interrupted at boundary ${boundary}: ${forked}; from the beginning ${whole}`, this.#trials.strategies[strategy]!.name);
  }

  #outside(strategy: number, classified: Classified): number {
    return classified.outside(assumptionsOf(this.#trials.strategies[strategy]!.claim));
  }

  #fault(kind: Fault['kind'], run: number, message: string, strategy?: string): void {
    this.#faultCount++;
    if (this.#faults.length < KEPT_FAULTS) this.#faults.push({ kind, block: 0, run, message, ...(strategy === undefined ? {} : { strategy }) });
  }
}

/** In place of an anchor where only features are asked for, which do not depend on it. */
export const ANYWHERE = { context: 'task', call: 0, occurrence: 1, region: 'callee', step: 0 } as const;

const isOpen = ({ outcome }: Verdict): boolean => outcome === 'out-of-budget' || outcome === 'undecided';

/** A verdict that outlives the next run. */
const kept = ({ outcome, violations, instructions }: Verdict): Verdict => ({ outcome, violations: [...violations], instructions });

const same = (a: Violation, b: Violation): boolean => a.obligation === b.obligation && a.edge === b.edge && a.place === b.place;
