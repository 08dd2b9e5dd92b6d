/**
 * Scenario after scenario, the original beside its mutants: who breaks an obligation where the original holds, who differs from it in a witness, whose
 * runs do not end. One lowering of a scenario serves all of them, and one run those whose faulty words do in it what the original's do (trial/twins.ts): verdict and
 * witnesses are the same.
 */
import type { ObligationName } from '../contract/obligations.ts';
import type { ReturnEdge, Verdict, Violation } from '../contract/verdict.ts';
import { WITNESSES } from '../contract/witnesses.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Fork } from '../trial/fork.ts';
import { interrupted } from '../trial/forked.ts';
import type { Forked, Landing } from '../trial/forked.ts';
import type { Trials } from '../trial/trials.ts';
import type { Twins } from '../trial/twins.ts';
import { styleOf } from '../scenario/world.ts';
import { severityOf } from './fold.ts';

export interface Catch {
  readonly mutant: number;
  /** Where the scenario comes from: position in its phase, or its number in its part of the bound. */
  readonly at: number;
  /** Trials within the claim from the beginning of the task up to and including that one. */
  readonly trials: number;
  readonly obligation: ObligationName;
  readonly edge: ReturnEdge;
  readonly place: string;
  /** Of the bound. */
  readonly scenario?: Scenario;
}

/** The original breaks its own claim. */
export interface Refutation {
  readonly at: number;
  readonly violation: Violation;
  readonly scenario: Scenario;
}

/** Index of the original among the strategies; mutant i is strategy i + 1. */
export const ORIGINAL = 0;

export class Lineup {
  /** Scenarios on which the original holds. */
  held = 0;
  /** Single interrupts, or switches, that the original was given in them. */
  interrupts = 0;
  /** Scenarios, and single interrupts, whose run did not end under the original: they tell nothing. */
  undecided = 0;
  refuted: Refutation | undefined;
  readonly #trials: Trials;
  readonly #twins: Twins;
  readonly #fork: Fork;
  readonly #own = new Float64Array(WITNESSES.length);
  readonly #catches: Catch[] = [];
  readonly #open = new Map<number, number>();
  readonly #witnesses = new Map<number, string>();
  #living: number[];

  /**
   * @param twins of the original
   * @param alive mutants; none: the original is tried alone
   */
  constructor(trials: Trials, twins: Twins, alive: readonly number[]) {
    this.#trials = trials;
    this.#twins = twins;
    this.#fork = new Fork(trials.engine);
    // In the order in which they are cheapest to run; the answers do not depend on it.
    this.#living = trials.order.filter((it) => it !== ORIGINAL && alive.includes(it - 1)).map((it) => it - 1);
  }

  /** Mutants that nothing has caught yet. */
  get living(): readonly number[] {
    return this.#living;
  }

  get catches(): readonly Catch[] {
    return this.#catches.sort((a, b) => a.mutant - b.mutant);
  }

  /** Runs of a mutant that ended out of budget or undecided. */
  get open(): readonly (readonly [mutant: number, runs: number])[] {
    return byMutant(this.#open);
  }

  /** First witness in which a mutant differs from the original, where both hold. */
  get witnesses(): readonly (readonly [mutant: number, witness: string])[] {
    return byMutant(this.#witnesses);
  }

  /** The scenario as it is. `comparing`: witnesses as well. `own`: what a catch keeps of it. */
  whole(scenario: Scenario, at: number, comparing: boolean, own?: Scenario): void {
    const trials = this.#trials;
    trials.load(scenario);
    trials.resetWitnesses();
    this.#watched(scenario);
    const verdict = trials.run(ORIGINAL);
    this.#twins.end();
    if (verdict.outcome === 'violated') this.refuted ??= { at, violation: worst(verdict.violations), scenario };
    else if (verdict.outcome !== 'holds') this.undecided++;
    if (verdict.outcome !== 'holds') return;
    this.held++;
    this.#own.set(trials.witnesses);
    for (const mutant of this.#others()) {
      trials.resetWitnesses();
      const { outcome, violations } = trials.run(mutant + 1);
      if (outcome === 'violated') this.#catch(mutant, at, worst(violations), own);
      else if (outcome !== 'holds') this.#stays(mutant, 1);
      else if (comparing) this.#compare(mutant, this.#own.findIndex((count, i) => count !== trials.witnesses[i]));
    }
  }

  /**
   * The scenario, which has no interrupts of its own and on which the original holds, interrupted at each boundary by each that lands. What shows of
   * witnesses is compared, not how often: an instruction more or less is a boundary more or less.
   */
  everywhere(scenario: Scenario, at: number, landings: readonly Landing[]): void {
    this.#watched(scenario);
    const own = this.#forked(scenario, ORIGINAL, landings);
    this.#twins.end();
    if (own.alone.outcome !== 'holds') return;
    const { first } = own;
    if (first !== undefined) {
      this.refuted ??= { at, violation: worst(first.verdict.violations), scenario: interrupted(scenario, landings[first.handler]!, first.anchor) };
      return;
    }
    this.held++;
    this.interrupts += own.interrupts;
    this.undecided += own.open;
    this.#own.set(this.#trials.witnesses);
    for (const mutant of this.#others()) {
      const { alone, first: shown, open } = this.#forked(scenario, mutant + 1, landings);
      if (alone.outcome === 'violated') this.#catch(mutant, at, worst(alone.violations), scenario);
      else if (shown !== undefined) this.#again(mutant, at, shown, interrupted(scenario, landings[shown.handler]!, shown.anchor));
      else if (open > own.open || alone.outcome !== 'holds') this.#stays(mutant, Math.max(1, open - own.open));
      else this.#compare(mutant, this.#own.findIndex((count, i) => (count > 0) !== (this.#trials.witnesses[i]! > 0)));
    }
  }

  /** The original runs next: which of the mutants would run in the same way? */
  #watched(scenario: Scenario): void {
    this.#twins.begin(styleOf(scenario), this.#living.map((it) => it + 1));
  }

  /** Mutants of whom the original's run does not tell all. */
  #others(): number[] {
    return this.#living.filter((it) => !this.#twins.has(it + 1));
  }

  /** One strategy, interrupted everywhere; witnesses are those of all these runs together. */
  #forked(scenario: Scenario, strategy: number, landings: readonly Landing[]): {
    readonly alone: Verdict; readonly first: Forked | undefined; readonly open: number; readonly interrupts: number;
  } {
    const trials = this.#trials;
    const { counts } = this.#fork;
    trials.load(scenario);
    const { outcome, violations, instructions } = trials.run(strategy);
    const alone: Verdict = { outcome, violations: [...violations], instructions };
    if (outcome !== 'holds') return { alone, first: undefined, open: 0, interrupts: 0 };
    const before = counts.interrupts;
    let first: Forked | undefined;
    let open = 0;
    trials.resetWitnesses();
    this.#fork.run(scenario, strategy, alone, landings, (forked) => {
      if (forked.verdict.outcome === 'violated') first ??= forked;
      else if (forked.verdict.outcome !== 'holds') open++;
    }, undefined, true);
    return { alone, first, open, interrupts: counts.interrupts - before };
  }

  /** What a fork has shown must be so from the beginning. */
  #again(mutant: number, at: number, { boundary, verdict }: Forked, whole: Scenario): void {
    const { obligation, edge, place } = worst(verdict.violations);
    this.#trials.load(whole);
    const again = this.#trials.run(mutant + 1).violations.find((it) => it.obligation === obligation && it.edge === edge && it.place === place);
    if (again === undefined) throw new Error(`scenario ${at}: ${obligation} at ${edge} in ${place}, seen at boundary ${boundary}, is not seen from the beginning`);
    this.#catch(mutant, at, again, whole);
  }

  #catch(mutant: number, at: number, { obligation, edge, place }: Violation, scenario: Scenario | undefined): void {
    this.#catches.push({ mutant, at, trials: this.held, obligation, edge, place, ...(scenario === undefined ? {} : { scenario }) });
    this.#living = this.#living.filter((it) => it !== mutant);
  }

  #stays(mutant: number, runs: number): void {
    this.#open.set(mutant, (this.#open.get(mutant) ?? 0) + runs);
  }

  #compare(mutant: number, differs: number): void {
    if (differs >= 0 && !this.#witnesses.has(mutant)) this.#witnesses.set(mutant, WITNESSES[differs]!.name);
  }
}

const byMutant = <T>(all: Iterable<readonly [number, T]>): (readonly [number, T])[] => [...all].sort(([a], [b]) => a - b);

/** The one that a report is about: the most severe, of those the first noticed. */
function worst(violations: readonly Violation[]): Violation {
  return violations.reduce((best, it) => (severityOf(it.obligation) < severityOf(best.obligation) ? it : best));
}
