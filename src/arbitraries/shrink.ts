/**
 * Smaller scenarios, one step away. Used by the arbitrary's `shrink`, and by a campaign's minimiser with a finding's signature held
 * fixed. Every step makes `weight` smaller, so every way down ends; ids are never renumbered, so a step leaves the rest as
 * it was; only valid scenarios come out.
 */
import { changeFunction, mapCalls, mapFunctions, removeCall, removeFunction, removeInterrupt, settle, unpatched } from '../scenario/edit.ts';
import { featureMask } from '../scenario/features-of.ts';
import type { Anchor, Body, Call, CallKind, Interrupt, Region, Replacement, Scenario, ScenarioFunction } from '../scenario/scenario.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { isValid } from '../scenario/validate.ts';
import { emptyBody } from '../scenario/versions.ts';
import { worldDetails, worldStructure, worldWeight } from './shrink-world.ts';

/** What a step takes away or makes simpler; the certificate of a minimised case lists these. */
export const REDUCTIONS = [
  'function', 'interrupt', 'patch', 'call', 'start', 'callee', 'replacement-body', 'original-body', 'kind', 'limit',
  'entry', 'arguments', 'variadic', 'traced', 'registers', 'zone', 'hoisted', 'early-exit', 'module', 'place',
  'handler', 'context', 'own-stack', 'anchor-call', 'occurrence', 'region', 'step',
  'world', 'task', 'switch', 'sleeper', 'cpu', 'walk', 'emergency', 'soft', 'transition', 'second-version', 'patch-state', 'unload', 'hook', 'exit', 'fork', 'again', 'style', 'tracing',
] as const;
export type ReductionKind = (typeof REDUCTIONS)[number];

export interface Reduction {
  readonly kind: ReductionKind;
  /** In words: "without function 3". */
  readonly what: string;
  readonly scenario: Scenario;
}

const KIND_WEIGHT: Readonly<Record<CallKind, number>> = { local: 0, global: 1, indirect: 2, sibling: 3, 'stub-sibling': 4 };
const MODULE_WEIGHT = { M: 0, N: 1, K: 2, P: 3 } as const;
const REGION_WEIGHT: Readonly<Record<Region, number>> = {
  callee: 0, 'return-site': 1, caller: 2, stub: 3, 'ftrace-entry': 4, 'hook-entry': 5, 'hook-return': 6,
};

function bodyWeight(body: Body): number {
  let sum = body.nonvolatile + (body.zone ? 3 : 0) + (body.hoisted ? 5 : 0) + (body.earlyExit ? 3 : 0);
  for (const call of body.calls) sum += 2_000 + 4 * KIND_WEIGHT[call.kind] + (call.limit === undefined ? 0 : 100 + call.limit) + (call.callee === 'self' ? 1 : 0);
  return sum;
}

/** A measure of size: functions before patches and calls before interrupts before details. Every reduction makes it smaller. */
export function weight(scenario: Scenario): number {
  const { places } = scenario;
  let sum = places.M + places.N + places.P;
  for (const fn of scenario.functions) {
    sum += 10_000 + bodyWeight(fn.body) + MODULE_WEIGHT[fn.module] + 3 * fn.args + (fn.variadic ? 20 : 0) + (fn.traced ? 5 : 0) + (fn.entry === 'dual' ? 0 : 10);
    const { replacement } = fn;
    if (replacement === undefined) continue;
    sum += 1_000 + (replacement.traced ? 5 : 0) + (replacement.entry === 'dual' ? 0 : 10);
    sum += replacement.body === 'same' ? 50 + bodyWeight(fn.body) : bodyWeight(replacement.body);
  }
  for (const { at, ownStack } of scenario.interrupts) {
    sum += 5_000 + (ownStack ? 50 : 0) + anchorWeight(at);
  }
  return scenario.world === undefined ? sum : sum + worldWeight(scenario.world, anchorWeight);
}

const anchorWeight = (at: Anchor): number => (at.context === 'task' ? 0 : typeof at.context === 'string' ? 5 : 300)
  + 2 * at.occurrence + at.step / 8 + 10 * REGION_WEIGHT[at.region] + (at.call === 0 ? 0 : 1);

/** Smaller numbers to try for one: the least, halves up, one less. */
export function smaller(value: number, least = 0): number[] {
  const result: number[] = [];
  for (let gap = value - least; gap > 0; gap = gap >> 1) result.push(value - gap);
  return result;
}

type Candidate = readonly [ReductionKind, string, Scenario];

function replacementOf(fn: ScenarioFunction, change: Partial<Replacement>): ScenarioFunction {
  return fn.replacement === undefined ? fn : { ...fn, replacement: { ...fn.replacement, ...change } };
}

function* structure(s: Scenario): Generator<Candidate> {
  // Big steps first: everything of one sort at once.
  if (s.interrupts.length > 1) yield ['interrupt', 'without interrupts', { ...s, interrupts: [] }];
  const handlers = new Set(s.interrupts.map(({ handler }) => handler));
  for (const fn of s.functions.toReversed()) {
    if (fn.id === s.start) continue;
    if (!handlers.has(fn.id)) yield ['function', `without function ${fn.id}`, removeFunction(s, fn.id)];
  }
  for (const { id } of s.interrupts.toReversed()) yield ['interrupt', `without interrupt ${id}`, removeInterrupt(s, id)];
  for (const fn of s.functions) {
    if (fn.id !== s.start && fn.args === 0 && fn.module !== 'P') yield ['start', `starting at function ${fn.id}`, { ...s, start: fn.id }];
  }
  for (const fn of s.functions) {
    const { replacement } = fn;
    if (replacement === undefined) continue;
    yield ['patch', `function ${fn.id} not patched`, changeFunction(s, fn.id, unpatched)];
    if (replacement.body === 'same' ? bodyWeight(fn.body) >= 0 : replacement.body.calls.length > 0) {
      yield ['replacement-body', `replacement of function ${fn.id} empty`, changeFunction(s, fn.id, (f) => replacementOf(f, { body: emptyBody }))];
    }
    if (fn.body.calls.length > 0) yield ['original-body', `original of function ${fn.id} empty`, changeFunction(s, fn.id, (f) => ({ ...f, body: emptyBody }))];
  }
  for (const fn of s.functions.toReversed()) {
    const { replacement } = fn;
    if (replacement !== undefined && replacement.body !== 'same') for (const call of replacement.body.calls.toReversed()) yield ['call', `without call ${call.id}`, removeCall(s, call.id)];
    for (const call of fn.body.calls.toReversed()) yield ['call', `without call ${call.id}`, removeCall(s, call.id)];
  }
}

/** Calls past a function in between: A calls B calls D becomes A calls D, if a kind fits. */
function* shortcuts(s: Scenario): Generator<Candidate> {
  const byId = new Map(s.functions.map((fn) => [fn.id, fn]));
  for (const fn of s.functions) {
    for (const body of [fn.body, fn.replacement?.body]) {
      if (body === undefined || body === 'same') continue;
      for (const call of body.calls) {
        const between = call.callee === 'self' ? undefined : byId.get(call.callee);
        if (between === undefined || between === fn) continue;
        const targets = new Map<number, Call>();
        for (const inner of [between.body, between.replacement?.body]) {
          if (inner === undefined || inner === 'same') continue;
          for (const next of inner.calls) if (typeof next.callee === 'number' && next.callee !== between.id) targets.set(next.callee, next);
        }
        for (const [target, next] of targets) {
          for (const kind of new Set<CallKind>([call.kind, next.kind, 'local', 'global', 'indirect'])) {
            const straight = (limit: number | undefined): Scenario => mapCalls(s, (one) => (one.id === call.id ? limited({ ...one, kind, callee: target }, limit) : one));
            yield ['callee', `call ${call.id} straight to function ${target}`, straight(call.limit)];
            const both = together(call, next);
            if (both !== undefined) yield ['callee', `call ${call.id} straight to function ${target}, at most ${both} times`, straight(both)];
          }
        }
      }
    }
  }
}

/** As deep by fewer ways: a recursive call goes, and another is made as often as both. */
function* recursions(s: Scenario): Generator<Candidate> {
  const recursive = s.functions.flatMap(({ body, replacement }) => [body, replacement?.body])
    .flatMap((body) => (body === undefined || body === 'same' ? [] : body.calls.filter((call) => call.limit !== undefined)));
  for (const gone of recursive) {
    for (const call of recursive) {
      const both = together(call, gone);
      if (call === gone || both === undefined) continue;
      yield ['call', `without call ${gone.id}, call ${call.id} at most ${both} times`,
        mapCalls(removeCall(s, gone.id), (one) => (one.id === call.id ? limited(one, both) : one))];
    }
  }
}

/** How often two recursive calls are made at most; undefined when one of them is none. */
function together(one: Call, other: Call): number | undefined {
  return one.limit === undefined || other.limit === undefined ? undefined : Math.min(BOUNDS.limit, one.limit + other.limit);
}

function limited(call: Call, limit: number | undefined): Call {
  return limit === undefined ? call : { ...call, limit };
}

function* details(s: Scenario): Generator<Candidate> {
  if (s.places.M + s.places.N + s.places.P > 0) yield ['place', 'all modules near', { ...s, places: { M: 0, N: 0, P: 0 } }];
  for (const module of ['M', 'N', 'P'] as const) {
    for (const place of smaller(s.places[module])) yield ['place', `module ${module} at place ${place}`, { ...s, places: { ...s.places, [module]: place } }];
  }
  for (const from of ['K', 'N'] as const) {
    for (const module of ['M', 'N'] as const) {
      if (MODULE_WEIGHT[module] >= MODULE_WEIGHT[from]) continue;
      yield ['module', `everything of ${from} in ${module}`, fitKinds(mapFunctions(s, (fn) => (fn.module === from ? { ...fn, module } : fn)))];
    }
  }
  for (const fn of s.functions) {
    const here = `function ${fn.id}`;
    const change = (fields: Partial<ScenarioFunction>): Scenario => changeFunction(s, fn.id, (f) => ({ ...f, ...fields }));
    if (fn.entry !== 'dual') {
      yield ['entry', `${here} with two entries`, change({ entry: 'dual' })];
      yield ['entry', `${here} with two entries, its calls to fit`, fitKinds(change({ entry: 'dual' }))];
    }
    if (fn.variadic) {
      yield ['variadic', `${here} not variadic`, change({ variadic: false, args: fn.args })];
    }
    for (const args of smaller(fn.args)) yield ['arguments', `${here} with ${args} arguments`, change({ args })];
    if (fn.traced) yield ['traced', `${here} not traced`, change({ traced: false })];
    for (const module of ['M', 'N', 'K'] as const) {
      if (MODULE_WEIGHT[module] < MODULE_WEIGHT[fn.module]) {
        yield ['module', `${here} in ${module}`, change({ module })];
        yield ['module', `${here} in ${module}, its calls to fit`, fitKinds(change({ module }))];
      }
    }
    for (const [kind, what, body] of bodySteps(fn.body)) yield [kind, `${here}: ${what}`, change({ body })];
    const { replacement } = fn;
    if (replacement === undefined) continue;
    const patch = (fields: Partial<Replacement>): Scenario => changeFunction(s, fn.id, (f) => replacementOf(f, fields));
    if (replacement.entry !== 'dual') yield ['entry', `replacement of ${here} with two entries`, patch({ entry: 'dual' })];
    if (replacement.traced) yield ['traced', `replacement of ${here} not traced`, patch({ traced: false })];
    if (replacement.body !== 'same') for (const [kind, what, body] of bodySteps(replacement.body)) yield [kind, `replacement of ${here}: ${what}`, patch({ body })];
  }
}

/** Direct calls as a compiler would make them where the functions lie now. */
function fitKinds(s: Scenario): Scenario {
  const byId = new Map(s.functions.map((fn) => [fn.id, fn]));
  return mapCalls(s, (call, fn, replacement) => {
    if ((call.kind !== 'local' && call.kind !== 'global') || call.callee === 'self') return call;
    const callee = byId.get(call.callee);
    if (callee === undefined) return call;
    const kind = callee.module === (replacement ? 'P' : fn.module) && callee.entry !== 'clobber' ? 'local' : 'global';
    return kind === call.kind ? call : { ...call, kind };
  });
}

function* bodySteps(body: Body): Generator<readonly [ReductionKind, string, Body]> {
  for (const nonvolatile of smaller(body.nonvolatile)) yield ['registers', `${nonvolatile} registers saved`, { ...body, nonvolatile }];
  if (body.zone) yield ['zone', 'no data in the protected zone', { ...body, zone: false }];
  if (body.hoisted) yield ['hoisted', 'slot stored at each call', { ...body, hoisted: false }];
  if (body.earlyExit) yield ['early-exit', 'one exit', { ...body, earlyExit: false }];
  for (const [i, call] of body.calls.entries()) {
    const at = (now: Call): Body => {
      const calls = body.calls.with(i, now);
      return { ...body, calls, hoisted: body.hoisted && calls.some((one) => one.kind === 'indirect') };
    };
    for (const kind of ['local', 'global', 'indirect', 'sibling'] as const) {
      if (KIND_WEIGHT[kind] < KIND_WEIGHT[call.kind]) yield ['kind', `call ${call.id} ${kind}`, at({ ...call, kind })];
    }
    if (call.limit !== undefined) for (const limit of smaller(call.limit, 1)) yield ['limit', `call ${call.id} at most ${limit} times`, at({ ...call, limit })];
  }
}

function* events(s: Scenario): Generator<Candidate> {
  for (const interrupt of s.interrupts) {
    const here = `interrupt ${interrupt.id}`;
    const change = (fields: Partial<Interrupt>): Scenario => ({ ...s, interrupts: s.interrupts.map((one) => (one.id === interrupt.id ? { ...one, ...fields } : one)) });
    const anchor = (fields: Partial<Anchor>): Scenario => change({ at: { ...interrupt.at, ...fields } });
    if (interrupt.ownStack) yield ['own-stack', `${here} on the interrupted stack`, change({ ownStack: false })];
    if (interrupt.at.context !== 'task') {
      yield ['context', `${here} in the task`, anchor({ context: 'task' })];
      const outer = s.interrupts.find((one) => one.id === interrupt.at.context);
      if (outer !== undefined) {
        yield ['context', `${here} where interrupt ${outer.id} lands`,
          { ...s, interrupts: s.interrupts.filter((one) => one !== outer).map((one) => (one.at.context === outer.id ? { ...one, at: outer.at } : one)) }];
      }
    }
    for (const fn of s.functions) {
      if (fn.id !== interrupt.handler && fn.args === 0 && fn.module !== 'P') yield ['handler', `${here} runs function ${fn.id}`, change({ handler: fn.id })];
    }
    if (interrupt.at.call !== 0) yield ['anchor-call', `${here} at the first call`, anchor({ call: 0, occurrence: 1 })];
    for (const occurrence of smaller(interrupt.at.occurrence, 1)) yield ['occurrence', `${here} at occurrence ${occurrence}`, anchor({ occurrence })];
    for (const step of smaller(interrupt.at.step)) yield ['step', `${here} at step ${step}`, anchor({ step })];
    for (const region of ['callee', 'return-site', 'caller', 'stub'] as const) {
      if (REGION_WEIGHT[region] < REGION_WEIGHT[interrupt.at.region]) yield ['region', `${here} in ${region}`, anchor({ region, step: 0 })];
    }
  }
}

function* around(s: Scenario): Generator<Candidate> {
  yield* worldDetails(s, smaller, REGION_WEIGHT);
}

/**
 * All valid scenarios one step smaller, biggest steps first. `allowed`: a feature mask that they stay within; a scenario that
 * already leaves it stays within its own features as well.
 */
export function* reductions(scenario: Scenario, allowed = -1): Generator<Reduction> {
  const size = weight(scenario);
  const mask = allowed === -1 ? -1 : allowed | featureMask(scenario);
  for (const part of [worldStructure, structure, shortcuts, recursions, details, events, around]) {
    for (const [kind, what, candidate] of part(scenario)) {
      const next = settle(candidate);
      if (weight(next) >= size || !isValid(next) || (mask !== -1 && (featureMask(next) & ~mask) !== 0)) continue;
      yield { kind, what, scenario: next };
    }
  }
}
