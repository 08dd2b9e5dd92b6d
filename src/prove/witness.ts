/**
 * From a chain to scenarios: the same calls as a program, in each choice of modules and places that the chain leaves open, and where that is not enough with an interrupt or a task switch at each
 * instruction of the hook. They are run by the trial's own code; what fails there is the refutation. A chain of which none fails refutes nothing.
 */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Verdict, Violation } from '../contract/verdict.ts';
import { canonical } from '../scenario/canonical.ts';
import { FEATURE_BIT, featureMask } from '../scenario/features-of.ts';
import { parseScenario } from '../scenario/notation.ts';
import { ScenarioError } from '../scenario/error.ts';
import { PREMISE_CHECKS } from '../scenario/premises.ts';
import type { Anchor, Scenario } from '../scenario/scenario.ts';
import type { Trials } from '../trial/trials.ts';
import type { Chain, Link } from './chain.ts';
import { COVERED } from './covered.ts';
import type { Scope } from './prove.ts';

export interface Witness {
  /** Canonical. */
  readonly scenario: Scenario;
  readonly violation: Violation;
}

/** Runs with events of one chain, and of all chains of a strategy, at most. */
const MOST_RUNS = 600, MOST_IN_ALL = 4000;
/** More runs once something has been found. */
const RUNS_FOR_WORSE = 100;

/** Runs with events that are left to a strategy's chains. */
export class Budget { left = MOST_IN_ALL; }
const NEAR = [''], FAR = ['places N=1', 'places M=1 P=1', 'places P=1', 'places M=1', 'places N=1 P=1', 'places M=1 N=2 P=1'];
const OTHER: Readonly<Record<string, readonly string[]>> = { K: ['M', 'N'], M: ['N', 'K'], N: ['M', 'K'], P: ['M', 'N', 'K'] };
/** Steps of a region that a hook has at most; beyond, nothing is delivered. */
const REGION_STEPS = [['hook-entry', 24], ['hook-return', 24], ['ftrace-entry', 60], ['callee', 12]] as const;

/** Where two tasks are preempted, steps of each. */
const TWICE = ['hook-return', 'hook-entry'] as const, TWICE_STEPS = 8;

/** A program with an event at instruction `step` of its region, whose notation says 0 there; absent: all is as the notation has it. */
interface Eventful { readonly text: string; readonly step?: number }

/** A program without events, and the ids of its calls of patched functions. */
interface Skeleton { readonly text: string; readonly hooked: readonly { readonly call: number; readonly name: string }[] }

/** The first scenario of a chain that the scope allows and that fails, or undefined. `trials` has the one strategy that is on trial. */
export function witnessOf(chain: Chain, scope: Scope, trials: Trials, budget: Budget): Witness | undefined {
  const court = new Bench(scope, trials, chain.obligation);
  const skeletons = skeletonsOf(chain, scope);
  for (const { text } of skeletons) {
    const found = court.tried(text);
    if (found !== undefined) return found;
  }
  // A register that the caller does not use may hold what the code makes of it.
  if (chain.obligation === 'nonvolatile') {
    for (const { text } of skeletons) {
      const found = court.tried(text.replace(/^A:\w/m, '$& saves 18'));
      if (found !== undefined) return found;
    }
  }
  // Each place of an event may break something else: of what is found soon after the first one the worst.
  const before = court.runs;
  let worst: Witness | undefined, left = MOST_RUNS;
  for (const skeleton of skeletons) {
    for (const { text, step } of withEvents(skeleton, scope)) {
      if (court.runs - before >= left || budget.left <= 0) return worst;
      budget.left--;
      const found = court.tried(text, step);
      if (found === undefined || (worst !== undefined && severity(found) >= severity(worst))) continue;
      if (severity(found) === 0) return found;
      if (worst === undefined) left = Math.min(left, court.runs - before + RUNS_FOR_WORSE);
      worst = found;
    }
  }
  return worst;
}

const severity = ({ violation }: Witness): number => OBLIGATIONS.findIndex(({ name }) => name === violation.obligation);

const RECORDED: ReadonlySet<ObligationName> = new Set(OBLIGATIONS.filter(({ fatal }) => !fatal).map(({ name }) => name));

class Bench {
  runs = 0;
  readonly #scope: Scope;
  readonly #trials: Trials;
  readonly #mask: number;
  readonly #told: ObligationName;
  /** Programs by their notation, which are read once; undefined: not a scenario. */
  readonly #read = new Map<string, Scenario | undefined>();
  /** Programs whose event has not come: the region has fewer instructions. At a later one it does not come either, and the run is the same. */
  readonly #over = new Set<string>();

  constructor(scope: Scope, trials: Trials, told: ObligationName) {
    this.#told = told;
    this.#scope = scope;
    this.#trials = trials;
    this.#mask = scope.features.reduce((mask, name) => mask | FEATURE_BIT[name], 0);
  }

  tried(text: string, step?: number): Witness | undefined {
    if (this.#over.has(text)) {
      this.runs++;
      return undefined;
    }
    const read = this.#scenario(text);
    if (read === undefined) return undefined;
    const scenario = canonical(step === undefined ? read : later(read, step));
    if (!inScope(scenario, this.#scope, this.#mask)) return undefined;
    this.runs++;
    this.#trials.load(scenario);
    if (!this.#trials.applicable(0)) return undefined;
    const violation = covered(this.#trials.run(0));
    if (step !== undefined && this.#trials.engine.deliveries === 0) this.#over.add(text);
    // What is only recorded, as a write to the reserved word is, shows a chain that says so, and no other.
    if (violation === undefined || (RECORDED.has(violation.obligation) && violation.obligation !== this.#told)) return undefined;
    const its = { ...violation };
    return this.#trials.isProgramFault() ? undefined : { scenario, violation: its };
  }

  #scenario(text: string): Scenario | undefined {
    if (!this.#read.has(text)) this.#read.set(text, parsed(text));
    return this.#read.get(text);
  }
}

/** The same scenario, its event so many instructions later in the region. */
function later(scenario: Scenario, step: number): Scenario {
  const moved = <T extends { readonly at: Anchor }>(event: T): T => ({ ...event, at: { ...event.at, step } });
  const { interrupts, world } = scenario;
  return { ...scenario, interrupts: interrupts.map(moved), ...(world === undefined ? {} : { world: { ...world, switches: world.switches.map(moved) } }) };
}

/** The scenario is one of those that a proof with this scope speaks of. */
export function inScope(scenario: Scenario, { premises }: Scope, mask: number): boolean {
  return (featureMask(scenario) & ~mask) === 0 && [...premises].every((name) => !Object.hasOwn(PREMISE_CHECKS, name) || PREMISE_CHECKS[name as keyof typeof PREMISE_CHECKS](scenario));
}

/** The worst violation of an obligation that proofs are about. */
export const covered = ({ violations }: Verdict): Violation | undefined => violations.findLast(({ obligation }) => COVERED.includes(obligation) && !RECORDED.has(obligation))
  ?? violations.findLast(({ obligation }) => COVERED.includes(obligation));

function parsed(text: string): Scenario | undefined {
  try {
    return parseScenario(text);
  } catch (error) {
    if (error instanceof ScenarioError) return undefined;
    throw error;
  }
}

function skeletonsOf(chain: Chain, scope: Scope): Skeleton[] {
  const far = chain.links.some(({ shape }) => shape.far);
  const skeletons: Skeleton[] = [];
  for (const first of ['M', 'N', 'K']) {
    for (const turn of [0, 1, 2]) {
      for (const places of far ? FAR : NEAR) skeletons.push(skeletonOf(chain, first, turn, places));
    }
  }
  // The module at whose entry it was found comes first.
  const wanted = chain.links.find(({ module }) => module !== undefined)?.module;
  const fits = ({ text }: Skeleton): number => (wanted === undefined || new RegExp(`^F\\d:${wanted}.*patched`, 'm').test(text) ? 0 : 1);
  return skeletons.filter(({ text }, i) => skeletons.findIndex((it) => it.text === text) === i && (scope.features.includes('far') || !text.includes('places'))).sort((a, b) => fits(a) - fits(b));
}

/** `turn`: which other module comes next where one has to. */
function skeletonOf({ links, style }: Chain, first: string, turn: number, places: string): Skeleton {
  const lines: string[] = [], hooked: { call: number; name: string }[] = [];
  const other = (module: string): string => OTHER[module]![turn % OTHER[module]!.length]!;
  let module = first, calls = 0, behind = first;
  const root = links[0]?.by === 'root';
  const hoisted = links[0]?.shape.same === true && links[0].by === 'local' && (links[0].shape.entry === 'L' || links[0].shape.entry === 'S');
  const self = links[0]?.who === 'self';
  if (!root) {
    lines.push(`A:${first}${hoisted ? ' hoisted' : ''} -> ${self ? 'local' : links[0]?.by} F0${hoisted ? ', indirect X' : ''}`);
    calls += hoisted ? 2 : 1;
  }
  links.forEach((link, i) => {
    if (i > 0 || !root) module = moduleOf(link, behind, other);
    if (link.who === 'patched' || link.who === 'self') hooked.push({ call: i > 0 ? calls : root ? 0 : 1, name: `F${i}` });
    const next = links[i + 1];
    lines.push(`F${i}:${module}${attributes(link, i, links)}${body(link, next === undefined ? undefined : `F${i + 1}`, module)}`);
    if (next !== undefined || link.who === 'self') calls++;
    behind = link.who === 'patched' ? 'P' : module;
  });
  if (hoisted) lines.push('X:N');
  return { text: [...(places === '' ? [] : [places]), ...lines, ...(style === 'out-of-line' ? ['out-of-line'] : [])].join('\n'), hooked };
}

function moduleOf({ by, who }: Link, before: string, other: (module: string) => string): string {
  if (who === 'own') return 'P';
  return by === 'global' || by === 'indirect' || by === 'stub-sibling' ? other(before) : before;
}

function attributes({ shape, who }: Link, i: number, links: readonly Link[]): string {
  const entry = shape.entry === 'S' ? ' single' : shape.entry === 'V' ? ' clobber' : '';
  // Whoever hands arguments on has as many himself.
  const needs = links.slice(i).map((it) => it.args);
  const args = who === 'own' || links[0]?.by === 'root' ? '' : needs.includes('stack') ? ' args 10' : needs.includes('variadic') ? ' args 2 variadic' : '';
  return entry + (entry === '' ? args : '');
}

function body({ who, ends, replacement }: Link, next: string | undefined, module: string): string {
  const entry = replacement === undefined || replacement === 'dual' ? '' : ` ${replacement}`;
  if (who === 'self') return ` patched${ends === 'early' ? ' early-exit' : ''} -> local self x2`;
  if (who === 'patched') {
    return ends === 'sibling' || ends === 'stub-sibling' ? ` patched${entry} -> ${ends} ${next ?? 'X'}` : ` patched${entry}${ends === 'early' ? ' early-exit' : ''}`;
  }
  return next === undefined || module === 'P' ? '' : ` -> sibling ${next}`;
}

/** The same with an interrupt, a switch or a sleeper, as far as the scope allows. */
function* withEvents({ text, hooked }: Skeleton, { features }: Scope): Generator<Eventful> {
  const allows = (...names: readonly string[]): boolean => names.every((name) => (features as readonly string[]).includes(name));
  // The other task makes a hooked call, or begins with one.
  const [other, hookedThere] = allows('local') ? ['T:N -> local U\nU:N patched\ntask 2 runs T on cpu 0', 'U'] : ['T:N patched\ntask 2 runs T on cpu 0', 'T'];
  for (const { call, name } of hooked) {
    if (allows('sleep', 'migration')) yield { text: `${text}\nsleep ${name}' to cpu 1` };
    if (allows('sleep', 'tasks')) yield { text: `${text}\n${other}\nsleep ${name}'\nsleep ${hookedThere}'` };
    for (const [region, steps] of REGION_STEPS) {
      for (let step = 0; step < steps; step++) {
        const at = `at ${call} ${region}+0`;
        if (allows('interrupt')) {
          for (const module of ['N', 'M', 'K']) {
            if (module === 'K' && !allows('patched-core')) continue;
            yield { text: `${text}\nH:${module}${allows('local') ? ' -> local J' : ''} ${allows('local') ? `\nJ:${module} patched` : 'patched'}\nirq 1 ${at} runs H`, step };
          }
        }
        if (allows('preempt')) yield { text: `${text}\nswitch 1 ${at}`, step };
        if (allows('preempt', 'migration')) yield { text: `${text}\nswitch 1 ${at} to cpu 1`, step };
        if (allows('preempt', 'tasks')) yield { text: `${text}\n${other}\nswitch 1 ${at}`, step };
      }
    }
    if (allows('preempt', 'tasks')) yield* twoSwitches(text, call);
  }
}

/** Both tasks preempted in a hook: what the one has left there the other one takes, where it has not come to its end in between. */
function* twoSwitches(text: string, call: number): Generator<Eventful> {
  for (const first of TWICE) {
    for (const second of TWICE) {
      for (let step = 0; step < TWICE_STEPS; step++) {
        for (let there = 0; there < TWICE_STEPS; there++) {
          yield { text: `${text}\nT:N patched\ntask 2 runs T on cpu 0\nswitch 1 at ${call} ${first}+${step}\nswitch 2 of task2 at 0 ${second}+${there}` };
        }
      }
    }
  }
}
