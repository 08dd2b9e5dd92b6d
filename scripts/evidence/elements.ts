/**
 * What could be taken out of a scenario, one thing at a time: a second opinion on minima, written without the minimiser's steps. Each function goes
 * with the calls of it and the interrupts that it handles, each call with the interrupts anchored to it, each patch, each interrupt; and each detail
 * (an argument, an attribute, a repetition, a register, a place). Invalid scenarios are left out.
 */
import { settle } from '../../src/scenario/edit.ts';
import type { Body, Call, Scenario, ScenarioFunction } from '../../src/scenario/scenario.ts';
import { isValid } from '../../src/scenario/validate.ts';

export interface Removal {
  /** A function, call, patch or interrupt; else a detail. */
  readonly structural: boolean;
  readonly what: string;
  readonly scenario: Scenario;
}

type Idea = readonly [structural: boolean, what: string, scenario: Scenario];

/** All valid scenarios with one thing less. */
export function removals(scenario: Scenario): Removal[] {
  const ideas: Idea[] = [...structures(scenario), ...details(scenario)];
  const before = JSON.stringify(scenario);
  return ideas.flatMap(([structural, what, it]) => [it, settle(it)].filter((one) => isValid(one) && JSON.stringify(one) !== before).slice(0, 1)
    .map((one) => ({ structural, what, scenario: one })));
}

const bodiesOf = (fn: ScenarioFunction): Body[] => [fn.body, ...(fn.replacement === undefined || fn.replacement.body === 'same' ? [] : [fn.replacement.body])];

/** Each body rewritten; calls for which `keep` says no are gone. */
function withCalls(scenario: Scenario, keep: (call: Call) => boolean): Scenario {
  const body = (it: Body): Body => {
    const calls = it.calls.filter(keep);
    return { ...it, calls, hoisted: it.hoisted && calls.some(({ kind }) => kind === 'indirect') };
  };
  const functions = scenario.functions.map((fn) => ({
    ...fn, body: body(fn.body),
    ...(fn.replacement === undefined ? {} : { replacement: { ...fn.replacement, body: fn.replacement.body === 'same' ? 'same' as const : body(fn.replacement.body) } }),
  }));
  const left = new Set([0, ...functions.flatMap(bodiesOf).flatMap(({ calls }) => calls.map(({ id }) => id))]);
  return { ...scenario, functions, interrupts: scenario.interrupts.filter(({ at }) => left.has(at.call)) };
}

function* structures(s: Scenario): Generator<Idea> {
  for (const { id } of s.functions) {
    const rest = withCalls(s, ({ callee }) => callee !== id);
    yield [true, `function ${id}`, { ...rest, functions: rest.functions.filter((fn) => fn.id !== id), interrupts: rest.interrupts.filter(({ handler }) => handler !== id) }];
  }
  for (const { id } of s.functions.flatMap(bodiesOf).flatMap(({ calls }) => calls)) yield [true, `call ${id}`, withCalls(s, (call) => call.id !== id)];
  for (const fn of s.functions) {
    if (fn.replacement === undefined) continue;
    const { replacement: _, ...plain } = fn;
    yield [true, `patch of function ${fn.id}`, { ...s, functions: s.functions.map((one) => (one === fn ? plain : one)) }];
  }
  for (const gone of s.interrupts) yield [true, `interrupt ${gone.id}`, { ...s, interrupts: s.interrupts.filter((one) => one !== gone) }];
}

function* details(s: Scenario): Generator<Idea> {
  for (const module of ['M', 'N', 'P'] as const) if (s.places[module] > 0) yield [false, `place of ${module}`, { ...s, places: { ...s.places, [module]: 0 } }];
  for (const fn of s.functions) {
    const put = (what: string, fields: Partial<ScenarioFunction>): Idea => [false, `function ${fn.id}: ${what}`, { ...s, functions: s.functions.map((one) => (one === fn ? { ...fn, ...fields } : one)) }];
    if (fn.entry !== 'dual') yield put('its entry', { entry: 'dual' });
    if (fn.variadic) yield put('variadic', { variadic: false });
    if (fn.args > 0) yield put('an argument', { args: fn.args - 1 });
    if (fn.args > 1) yield put('its arguments', { args: 0 });
    if (fn.traced) yield put('traced', { traced: false });
    for (const [what, body] of lesser(fn.body)) yield put(what, { body });
    const { replacement } = fn;
    if (replacement === undefined) continue;
    if (replacement.entry !== 'dual') yield put("its replacement's entry", { replacement: { ...replacement, entry: 'dual' } });
    if (replacement.traced) yield put('its replacement traced', { replacement: { ...replacement, traced: false } });
    if (replacement.body === 'same') continue;
    for (const [what, body] of lesser(replacement.body)) yield put(`its replacement, ${what}`, { replacement: { ...replacement, body } });
  }
  for (const one of s.interrupts) {
    if (one.ownStack) yield [false, `interrupt ${one.id}: its own stack`, { ...s, interrupts: s.interrupts.map((it) => (it === one ? { ...one, ownStack: false } : it)) }];
    if (one.at.occurrence > 1) yield [false, `interrupt ${one.id}: occurrences`, { ...s, interrupts: s.interrupts.map((it) => (it === one ? { ...one, at: { ...one.at, occurrence: 1 } } : it)) }];
  }
}

function* lesser(body: Body): Generator<readonly [string, Body]> {
  if (body.nonvolatile > 0) yield ['a register', { ...body, nonvolatile: body.nonvolatile - 1 }];
  if (body.nonvolatile > 1) yield ['its registers', { ...body, nonvolatile: 0 }];
  if (body.zone) yield ['zone', { ...body, zone: false }];
  if (body.hoisted) yield ['hoisted', { ...body, hoisted: false }];
  if (body.earlyExit) yield ['early exit', { ...body, earlyExit: false }];
  for (const [i, call] of body.calls.entries()) {
    if (call.limit !== undefined && call.limit > 1) yield [`a repetition of call ${call.id}`, { ...body, calls: body.calls.with(i, { ...call, limit: call.limit - 1 }) }];
  }
}
