/**
 * Mutants before the judge: one lowering of a scenario serves all that are still alive. What a task answers is a function of the task and the
 * setup: workers differ in nothing but speed. A mutant is caught by a broken obligation in a scenario within the claim in which the original holds.
 * A run that is out of budget, or undecided, is no kill; it is counted.
 */
import { ScenarioArbitrary } from '../arbitraries/scenario.ts';
import { encodeToken, shortHash, tokenPlace } from '../case/token.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { ReturnEdge, Violation } from '../contract/verdict.ts';
import { WITNESSES } from '../contract/witnesses.ts';
import { canonical } from '../scenario/canonical.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Trials } from '../trial/trials.ts';
import { assumptionsOf, enforced } from './assumptions.ts';
import { severityOf } from './fold.ts';
import { minimise } from './minimise.ts';
import { Stream, corpusOf, isWithin, quiet } from './mutant-corpus.ts';
import type { Phase } from './mutant-corpus.ts';
import { sentenceOf } from './sentence.ts';

/** Structured-clonable. */
export interface MutationSetup {
  readonly original: Strategy;
  readonly mutants: readonly Strategy[];
  /** Stored scenarios. */
  readonly cases: readonly Scenario[];
  /** 64-bit unsigned. */
  readonly seed: bigint;
  readonly features: readonly Feature[];
}

/** Positions [from, to) of a phase under the mutants `alive` (indexes in the setup); none: under the original alone. */
export interface SweepTask {
  readonly kind: 'sweep';
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
  readonly alive: readonly number[];
}

export interface Catch {
  readonly mutant: number;
  readonly at: number;
  /** Trials within the claim from `from` up to and including that one. */
  readonly trials: number;
  readonly obligation: ObligationName;
  readonly edge: ReturnEdge;
  readonly place: string;
}

export interface SweepResult {
  readonly kind: 'sweep';
  /** Scenarios within the claim on which the original holds. */
  readonly trials: number;
  readonly catches: readonly Catch[];
  /** Runs of a mutant that ended out of budget or undecided. */
  readonly open: readonly (readonly [mutant: number, runs: number])[];
  /** First witness in which a mutant differs from the original, in a run without interrupts that both hold. */
  readonly witnesses: readonly (readonly [mutant: number, witness: string])[];
  /** The original itself breaks its claim. */
  readonly refuted?: { readonly at: number; readonly obligation: ObligationName };
}

/** A catch in words. `minimise`: candidates tried at most, 0: as it was drawn. */
export interface DescribeTask {
  readonly kind: 'describe';
  readonly phase: Phase;
  readonly caught: Catch;
  readonly minimise: number;
}

export interface DescribeResult {
  readonly kind: 'describe';
  readonly mutant: number;
  readonly token: string;
  readonly sentence: string;
  /** Without its interrupts this scenario shows nothing. */
  readonly needsInterrupt: boolean;
}

export interface SizesTask { readonly kind: 'sizes' }
/** Scenarios of the corpus of each phase, and whether there is a phase with interrupts. */
export interface SizesResult {
  readonly kind: 'sizes';
  readonly off: number;
  readonly on: number;
}

export type MutationTask = SweepTask | DescribeTask | SizesTask;
export type MutationResult = SweepResult | DescribeResult | SizesResult;
export type MutationAnswer<T extends MutationTask> = Extract<MutationResult, { readonly kind: T['kind'] }>;

const INTERRUPTS: readonly Feature[] = ['interrupt', 'interrupt-nested', 'irq-stack'];
/** Index of the original among the strategies. */
const ORIGINAL = 0;

export class MutantCourt {
  readonly #setup: MutationSetup;
  readonly #trials: Trials;
  readonly #arbitraries: Readonly<Record<Phase, ScenarioArbitrary>>;
  readonly #streams: Readonly<Record<Phase, Stream>>;
  readonly #own = new Float64Array(WITNESSES.length);

  /** @throws AssemblyError for a strategy that does not assemble. */
  constructor(setup: MutationSetup) {
    this.#setup = setup;
    this.#trials = new Trials([setup.original, ...setup.mutants]);
    const { claim } = setup.original;
    const within = enforced(setup.features, assumptionsOf(claim)).features;
    this.#arbitraries = {
      off: new ScenarioArbitrary({ features: within.filter((it) => !INTERRUPTS.includes(it)) }),
      on: new ScenarioArbitrary({ features: within }),
    };
    const stream = (phase: Phase): Stream =>
      new Stream(corpusOf(setup.cases, phase, claim, this.#arbitraries[phase].allowed), setup.seed, this.#arbitraries[phase]);
    this.#streams = { off: stream('off'), on: stream('on') };
  }

  /** The same answer to the same task, whatever was done before. */
  execute<T extends MutationTask>(task: T): MutationAnswer<T> {
    return this.#answer(task) as MutationAnswer<T>;
  }

  #answer(task: MutationTask): MutationResult {
    switch (task.kind) {
      case 'sweep': return this.#sweep(task);
      case 'describe': return this.#describe(task);
      case 'sizes': return { kind: 'sizes', off: this.#streams.off.corpus.length, on: this.#streams.on.corpus.length };
    }
  }

  #sweep({ phase, from, to, alive }: SweepTask): SweepResult {
    const trials = this.#trials;
    const { claim } = this.#setup.original;
    const { allowed } = this.#arbitraries[phase];
    // In the order in which they are cheapest to run; the answers do not depend on it.
    let living = trials.order.filter((it) => it !== ORIGINAL && alive.includes(it - 1)).map((it) => it - 1);
    const catches: Catch[] = [];
    const open = new Map<number, number>();
    const witnesses = new Map<number, string>();
    let held = 0;
    for (let at = from; at < to && (living.length > 0 || alive.length === 0); at++) {
      const scenario = this.#streams[phase].scenario(at);
      if (!isWithin(scenario, claim, allowed)) continue;
      trials.load(scenario);
      trials.resetWitnesses();
      const own = trials.run(ORIGINAL);
      if (own.outcome === 'violated') {
        const obligation = worst(own.violations).obligation;
        return { kind: 'sweep', trials: held, catches, open: [...open], witnesses: [...witnesses], refuted: { at, obligation } };
      }
      if (own.outcome !== 'holds') continue;
      held++;
      this.#own.set(trials.witnesses);
      const dead = new Set<number>();
      for (const mutant of living) {
        trials.resetWitnesses();
        const { outcome, violations } = trials.run(mutant + 1);
        if (outcome === 'violated') {
          const { obligation, edge, place } = worst(violations);
          catches.push({ mutant, at, trials: held, obligation, edge, place });
          dead.add(mutant);
        } else if (outcome !== 'holds') open.set(mutant, (open.get(mutant) ?? 0) + 1);
        else if (phase === 'off' && !witnesses.has(mutant)) {
          const differs = this.#own.findIndex((count, i) => count !== trials.witnesses[i]);
          if (differs >= 0) witnesses.set(mutant, WITNESSES[differs]!.name);
        }
      }
      if (dead.size > 0) living = living.filter((it) => !dead.has(it));
    }
    const byMutant = <T>(all: Iterable<readonly [number, T]>): (readonly [number, T])[] => [...all].sort(([a], [b]) => a - b);
    return {
      kind: 'sweep', trials: held,
      catches: catches.sort((a, b) => a.mutant - b.mutant), open: byMutant(open), witnesses: byMutant(witnesses),
    };
  }

  #describe({ phase, caught, minimise: candidates }: DescribeTask): DescribeResult {
    const { mutant, at, obligation, edge, place } = caught;
    const trials = this.#trials;
    const { claim } = this.#setup.original;
    const arbitrary = this.#arbitraries[phase];
    const shown = (scenario: Scenario): Violation | undefined => {
      trials.load(scenario);
      return trials.run(mutant + 1).violations.find((it) => it.obligation === obligation && it.edge === edge && it.place === place);
    };
    const shows = (scenario: Scenario): boolean => {
      if (!isWithin(scenario, claim, arbitrary.allowed) || shown(scenario) === undefined) return false;
      return trials.run(ORIGINAL).outcome === 'holds';
    };
    const drawn = this.#streams[phase].scenario(at);
    // What is stored is small; and most mutants are caught there.
    const stored = at < this.#streams[phase].corpus.length;
    const small = candidates === 0 || stored ? canonical(drawn) : minimise(drawn, {
      shows, candidates, allowed: arbitrary.allowed,
      shrink: function* (it) { for (const value of arbitrary.shrink(it)) yield value.value; },
    }).scenario;
    // The canonical form numbers anew; where the fault depends on that, the scenario stays as it was drawn.
    const scenario = shows(small) ? small : drawn;
    const still = quiet(scenario);
    const needsInterrupt = phase === 'on' && !this.#fails(mutant, still);
    const violation = shown(scenario);
    if (violation === undefined) throw new Error(`${this.#setup.mutants[mutant]?.name ?? mutant}: ${obligation} at ${edge} in ${place} did not recur`);
    const names = { expected: this.#nameOf(violation.expected), found: this.#nameOf(violation.found) };
    return {
      kind: 'describe', mutant, needsInterrupt,
      token: encodeToken({
        scenario, strategy: { kind: 'user', hash: shortHash(trials.strategyHash(mutant + 1)) },
        signature: { obligation, edge, place: tokenPlace(place) },
      }),
      sentence: sentenceOf(violation, scenario, {
        at: trials.symbolOf(violation.address),
        ...(violation.cause === undefined || violation.cause === violation.address ? {} : { cause: trials.symbolOf(violation.cause) }),
        ...(names.expected === undefined ? {} : { expected: names.expected }), ...(names.found === undefined ? {} : { found: names.found }),
      }),
    };
  }

  #fails(mutant: number, scenario: Scenario): boolean {
    this.#trials.load(scenario);
    return this.#trials.run(mutant + 1).outcome === 'violated';
  }

  #nameOf(value: bigint): string | undefined {
    const symbol = this.#trials.symbolOf(value);
    return symbol.startsWith('0x') ? undefined : symbol;
  }
}

/** The one that a report is about: the most severe, of those the first noticed. */
function worst(violations: readonly Violation[]): Violation {
  return violations.reduce((best, it) => (severityOf(it.obligation) < severityOf(best.obligation) ? it : best));
}
