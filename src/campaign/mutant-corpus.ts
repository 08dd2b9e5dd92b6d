/**
 * The scenarios that a mutant meets, in a fixed order: stored ones and their neighbours first, then those that the generator draws from the seed.
 * All lie within the claim. Neighbours of a stored scenario: itself without interrupts; where it is a recursion deeper than the claim allows, the deepest that it allows; and where it has interrupts, one interrupt at each step of
 * either side of the hook, its handler the stored one or a patched function of each module.
 */
import type { ScenarioArbitrary } from '../arbitraries/scenario.ts';
import { BLOCK_RUNS, scenarioAt } from '../arbitraries/seeded.ts';
import type { Claim } from '../contract/claim.ts';
import { canonical, scenarioText } from '../scenario/canonical.ts';
import { mapCalls, settle } from '../scenario/edit.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { hookedIn } from '../scenario/world.ts';
import type { Interrupt, ModuleName, Scenario, ScenarioFunction } from '../scenario/scenario.ts';
import { isValid } from '../scenario/validate.ts';
import { Classified, assumptionsOf } from './assumptions.ts';

/** `off`: no interrupt is ever delivered. */
export type Phase = 'off' | 'on';

/** Steps of each region of the hook at which neighbours are interrupted, from 0. */
export const SWEEP_STEPS = 40;
const HANDLER_MODULES: readonly ModuleName[] = ['M', 'N', 'K'];
const REGIONS = ['hook-entry', 'hook-return'] as const;

/** By the list of cases: what was made of it, by all else that it depends on. Strategies with one claim, and one strategy in several turns, have the same. */
const made = new WeakMap<readonly Scenario[], Map<string, readonly Scenario[]>>();

/** The stored scenarios and their neighbours, each once, with functions hooked in `style`; `allowed`: mask of features that may occur. `cases` is not to be changed. */
export function corpusOf(cases: readonly Scenario[], phase: Phase, claim: Claim, allowed: number, style: HookingStyle = 'in-line'): readonly Scenario[] {
  const key = JSON.stringify([phase, assumptionsOf(claim), allowed, style]), known = made.get(cases) ?? new Map<string, readonly Scenario[]>();
  made.set(cases, known);
  const corpus = known.get(key) ?? everyOne(cases, phase, claim, allowed, style);
  known.set(key, corpus);
  return corpus;
}

function everyOne(cases: readonly Scenario[], phase: Phase, claim: Claim, allowed: number, style: HookingStyle): readonly Scenario[] {
  const found = new Map<string, Scenario>();
  for (const stored of cases) {
    const one = hookedIn(stored, style);
    for (const it of phase === 'off' ? [quiet(one), ...deepest(quiet(one), claim, allowed)] : interrupted(one)) {
      if (!isValid(it) || !isWithin(it, claim, allowed)) continue;
      const tidy = canonical(it);
      found.set(scenarioText(tidy), tidy);
    }
  }
  return [...found.values()];
}

/** The scenario without interrupts, and without what only they reach. */
export const quiet = (scenario: Scenario): Scenario => (scenario.interrupts.length === 0 ? scenario : settle({ ...scenario, interrupts: [] }));

/**
 * Up to where a premise about depth goes, faults of what is kept there must show: the last entry of an array is used, no more. The recursion that is just deep
 * enough for that; none: the scenario is within the claim as it is, has no recursion, or is outside by something else, or the claim has no such premise.
 */
function deepest(scenario: Scenario, claim: Claim, allowed: number): Scenario[] {
  const limits = scenario.functions.flatMap(({ body, replacement }) => [body, ...(replacement === undefined || replacement.body === 'same' ? [] : [replacement.body])])
    .flatMap(({ calls }) => calls.flatMap(({ limit }) => limit ?? []));
  if (!assumptionsOf(claim).includes('bounded-hook-depth') || isWithin(scenario, claim, allowed)) return [];
  for (let less = 1; less < Math.max(...limits); less++) {
    const lower = mapCalls(scenario, (call) => (call.limit === undefined ? call : { ...call, limit: Math.max(1, call.limit - less) }));
    if (isWithin(lower, claim, allowed)) return [lower];
  }
  return [];
}

export function isWithin(scenario: Scenario, claim: Claim, allowed: number): boolean {
  const classified = new Classified(scenario);
  return (classified.features & ~allowed) === 0 && classified.outside(assumptionsOf(claim)) === 0;
}

function* interrupted(scenario: Scenario): Generator<Scenario> {
  const [first] = scenario.interrupts;
  if (first === undefined) return;
  yield scenario;
  for (const [functions, handler] of handlers(scenario, first)) {
    for (const region of REGIONS) {
      for (let step = 0; step < SWEEP_STEPS; step++) {
        const one: Interrupt = { ...first, handler, at: { ...first.at, context: 'task', region, step } };
        yield settle({ ...scenario, functions, interrupts: [one] });
      }
    }
  }
}

/** Handlers that make a hooked call: the stored one, and a new patched function of each module. */
function handlers(scenario: Scenario, first: Interrupt): [readonly ScenarioFunction[], number][] {
  const { functions } = scenario;
  const id = 1 + Math.max(...functions.map((it) => it.id));
  const body = { calls: [], nonvolatile: 0, zone: false, hoisted: false, earlyExit: false };
  const patched = (module: ModuleName): ScenarioFunction =>
    ({ id, module, entry: 'dual', args: 0, variadic: false, traced: false, body, replacement: { entry: 'dual', traced: false, body } });
  return [[functions, first.handler], ...HANDLER_MODULES.map((it): [ScenarioFunction[], number] => [[...functions, patched(it)], id])];
}

/** Where the scenarios of a phase come from. */
export class Stream {
  readonly corpus: readonly Scenario[];
  readonly #seed: bigint;
  readonly #arbitrary: ScenarioArbitrary;
  readonly #style: HookingStyle;

  constructor(corpus: readonly Scenario[], seed: bigint, arbitrary: ScenarioArbitrary, style: HookingStyle) {
    this.#style = style;
    this.corpus = corpus;
    this.#seed = seed;
    this.#arbitrary = arbitrary;
  }

  /**
   * Position `at` of the phase: the corpus, then SEED:BLOCK:RUN from 0:0, hooked in the stream's style. Generated ones need not be within the claim's
   * premises.
   */
  scenario(at: number): Scenario {
    const stored = this.corpus[at];
    if (stored !== undefined) return stored;
    const { block, run } = this.name(at);
    return hookedIn(scenarioAt(this.#arbitrary, this.#seed, block, run), this.#style);
  }

  name(at: number): { readonly block: number; readonly run: number } {
    const n = at - this.corpus.length;
    return { block: Math.floor(n / BLOCK_RUNS), run: n % BLOCK_RUNS };
  }
}
