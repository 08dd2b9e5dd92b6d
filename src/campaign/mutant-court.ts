/**
 * Mutants before the judge. What a task answers is a function of the task and the setup: workers differ in nothing but speed. A mutant is caught by a
 * broken obligation in a scenario within the claim in which the original holds. A run that is out of budget, or undecided, is no kill; it is counted.
 */
import { ScenarioArbitrary } from '../arbitraries/scenario.ts';
import { encodeToken, shortHash, tokenPlace } from '../case/token.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Violation } from '../contract/verdict.ts';
import { Cursor } from '../enumerate/cursor.ts';
import { canonical } from '../scenario/canonical.ts';
import type { HookingStyle } from '../kernel/core.ts';
import type { Feature } from '../scenario/features.ts';
import { FEATURE_BIT } from '../scenario/features-of.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Trials } from '../trial/trials.ts';
import { Twins } from '../trial/twins.ts';
import { assumptionsOf, enforced } from './assumptions.ts';
import type { Part } from './exhaust-task.ts';
import { minimise } from './minimise.ts';
import type { MutantBound } from './mutant-bound.ts';
import { Stream, corpusOf, isWithin, quiet } from './mutant-corpus.ts';
import type { Phase } from './mutant-corpus.ts';
import { boundSlice } from './mutant-exhaust.ts';
import type { BoundCourt, BoundResult, BoundTask } from './mutant-exhaust.ts';
import { inStyle } from './mutant-bound.ts';
import { Lineup, ORIGINAL } from './mutant-lineup.ts';
import type { Catch } from './mutant-lineup.ts';
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
  readonly bound: MutantBound;
}

/** Positions [from, to) of a phase under the mutants `alive` (indexes in the setup); none: under the original alone. */
export interface SweepTask {
  readonly kind: 'sweep';
  readonly phase: Phase;
  readonly style: HookingStyle;
  readonly from: number;
  readonly to: number;
  readonly alive: readonly number[];
}

export interface SweepResult {
  readonly kind: 'sweep';
  /** Scenarios within the claim on which the original holds. */
  readonly trials: number;
  readonly catches: readonly Catch[];
  /** Runs of a mutant that ended out of budget or undecided. */
  readonly open: readonly (readonly [mutant: number, runs: number])[];
  /** First witness in which a mutant differs from the original, in a run that both hold, where nothing is anchored to an instruction. */
  readonly witnesses: readonly (readonly [mutant: number, witness: string])[];
  /** The original itself breaks its claim. */
  readonly refuted?: { readonly at: number; readonly obligation: ObligationName };
}

/** A catch in words. `minimise`: candidates tried at most, 0: as it was drawn. */
export interface DescribeTask {
  readonly kind: 'describe';
  readonly phase: Phase;
  readonly style: HookingStyle;
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

export interface SizesTask { readonly kind: 'sizes'; readonly style: HookingStyle }
/** Scenarios of the corpus of each phase. */
export interface SizesResult {
  readonly kind: 'sizes';
  readonly off: number;
  readonly on: number;
}

export type MutationTask = SweepTask | BoundTask | DescribeTask | SizesTask;
export type MutationResult = SweepResult | BoundResult | DescribeResult | SizesResult;
export type MutationAnswer<T extends MutationTask> = Extract<MutationResult, { readonly kind: T['kind'] }>;

const OUT_OF_LINE = FEATURE_BIT['out-of-line'];
const INTERRUPTS: readonly Feature[] = ['interrupt', 'interrupt-nested', 'irq-stack'];
/** A part of the bound is without interrupts, or with them; a switch is none of them. */
export const PHASE_OF: Readonly<Record<Part, Phase>> = { plain: 'off', interrupts: 'on', switches: 'off', pairs: 'off' };

/** Something lands at an instruction that is counted from the beginning of a region: with an instruction more or less it lands elsewhere, or not at all. */
const hasAnchors = ({ interrupts, world }: Scenario): boolean => interrupts.length > 0
  || (world !== undefined && [world.switches, world.transitions, world.exits, world.forks, world.tracing].some((events) => events !== undefined && events.length > 0));

/** What a map has, made if it is not there. */
function known<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) map.set(key, found = make());
  return found;
}

export class MutantCourt {
  readonly #setup: MutationSetup;
  readonly #trials: Trials;
  readonly #twins: Twins;
  readonly #arbitraries: Readonly<Record<Phase, ScenarioArbitrary>>;
  /** By style and phase, and by style and part: made when they are first needed. */
  readonly #streams = new Map<string, Stream>();
  readonly #cursors = new Map<string, Cursor>();

  /** @throws AssemblyError for a strategy that does not assemble. */
  constructor(setup: MutationSetup) {
    this.#setup = setup;
    this.#trials = new Trials([setup.original, ...setup.mutants]);
    this.#twins = new Twins(this.#trials.engine, ORIGINAL);
    const { claim } = setup.original;
    const within = enforced(setup.features, assumptionsOf(claim)).features;
    this.#arbitraries = {
      off: new ScenarioArbitrary({ features: within.filter((it) => !INTERRUPTS.includes(it)) }),
      on: new ScenarioArbitrary({ features: within }),
    };
  }

  #stream(style: HookingStyle, phase: Phase): Stream {
    const { cases, seed, original: { claim } } = this.#setup;
    return known(this.#streams, `${style} ${phase}`, () => {
      const corpus = corpusOf(cases, phase, claim, this.#allowed(style, phase), style);
      return new Stream(corpus, seed, this.#arbitraries[phase], style);
    });
  }

  #cursor(style: HookingStyle, part: Part): Cursor {
    return known(this.#cursors, `${style} ${part}`, () => {
      const { bound, interrupts, switches } = inStyle(this.#setup.bound, style);
      return new Cursor({ plain: bound, interrupts: interrupts?.bound ?? bound, switches: switches?.bound ?? bound, pairs: bound }[part]);
    });
  }

  /** Mask of features that may occur. The style is not drawn: it is a task's. */
  #allowed(style: HookingStyle, phase: Phase): number {
    const { allowed } = this.#arbitraries[phase];
    return style === 'in-line' ? allowed : allowed | OUT_OF_LINE;
  }

  /** The same answer to the same task, whatever was done before. */
  execute<T extends MutationTask>(task: T): MutationAnswer<T> {
    return this.#answer(task) as MutationAnswer<T>;
  }

  #answer(task: MutationTask): MutationResult {
    switch (task.kind) {
      case 'sweep': return this.#sweep(task);
      case 'bound': return boundSlice(task, this.#boundCourt(task.style, task.part));
      case 'describe': return this.#describe(task);
      case 'sizes': return { kind: 'sizes', off: this.#stream(task.style, 'off').corpus.length, on: this.#stream(task.style, 'on').corpus.length };
    }
  }

  #sweep({ phase, style, from, to, alive }: SweepTask): SweepResult {
    const { claim } = this.#setup.original;
    const allowed = this.#allowed(style, phase);
    const stream = this.#stream(style, phase);
    const lineup = new Lineup(this.#trials, this.#twins, alive);
    for (let at = from; at < to && (lineup.living.length > 0 || alive.length === 0) && lineup.refuted === undefined; at++) {
      const scenario = stream.scenario(at);
      if (isWithin(scenario, claim, allowed)) lineup.whole(scenario, at, phase === 'off' && !hasAnchors(scenario));
    }
    const { held, catches, open, witnesses, refuted } = lineup;
    return {
      kind: 'sweep', trials: held, catches, open, witnesses,
      ...(refuted === undefined ? {} : { refuted: { at: refuted.at, obligation: refuted.violation.obligation } }),
    };
  }

  #boundCourt(style: HookingStyle, part: Part): BoundCourt {
    const { original, bound } = this.#setup;
    return {
      trials: this.#trials, twins: this.#twins, cursor: this.#cursor(style, part), claim: original.claim,
      allowed: this.#allowed(style, PHASE_OF[part]), stacks: bound.interrupts?.stacks ?? [], turns: bound.switches?.turns ?? [],
      token: ({ violation, scenario }) => this.#token(ORIGINAL, violation, scenario),
    };
  }

  #describe({ phase, style, caught, minimise: candidates }: DescribeTask): DescribeResult {
    const { mutant, at, obligation, edge, place } = caught;
    const trials = this.#trials;
    const { claim } = this.#setup.original;
    const arbitrary = this.#arbitraries[phase], stream = this.#stream(style, phase), allowed = this.#allowed(style, phase);
    const shown = (scenario: Scenario): Violation | undefined => {
      trials.load(scenario);
      return trials.run(mutant + 1).violations.find((it) => it.obligation === obligation && it.edge === edge && it.place === place);
    };
    const shows = (scenario: Scenario): boolean => {
      if (!isWithin(scenario, claim, allowed) || shown(scenario) === undefined) return false;
      return trials.run(ORIGINAL).outcome === 'holds';
    };
    const drawn = caught.scenario ?? stream.scenario(at);
    // What is stored is small, and most mutants are caught there; so is what is enumerated.
    const stored = caught.scenario !== undefined || at < stream.corpus.length;
    const small = candidates === 0 || stored ? canonical(drawn) : minimise(drawn, {
      shows, candidates, allowed,
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
      token: this.#token(mutant + 1, violation, scenario),
      sentence: sentenceOf(violation, scenario, {
        at: trials.symbolOf(violation.address),
        ...(violation.cause === undefined || violation.cause === violation.address ? {} : { cause: trials.symbolOf(violation.cause) }),
        ...(names.expected === undefined ? {} : { expected: names.expected }), ...(names.found === undefined ? {} : { found: names.found }),
      }),
    };
  }

  /** Named by its hash whoever it is: a worker has copies only. */
  #token(strategy: number, { obligation, edge, place }: Violation, scenario: Scenario): string {
    return encodeToken({
      scenario, strategy: { kind: 'user', hash: shortHash(this.#trials.strategyHash(strategy)) },
      signature: { obligation, edge, place: tokenPlace(place) },
    });
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
