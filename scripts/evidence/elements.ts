/**
 * What could be taken out of a scenario, one thing at a time: a second opinion on minima, written without the minimiser's steps. Each function goes
 * with the calls of it and the interrupts that it handles, each call with the interrupts anchored to it, each patch, each interrupt, each thing in the world
 * around (a task, a switch, a hook, ...); and each detail (an argument, an attribute, a repetition, a register, a place). Invalid scenarios are left out.
 */
import { settle } from '../../src/scenario/edit.ts';
import type { Body, Call, Scenario, ScenarioFunction, World } from '../../src/scenario/scenario.ts';
import { isValid } from '../../src/scenario/validate.ts';
import { withWorld, worldOf } from '../../src/scenario/world.ts';

export interface Removal {
  /** A function, call, patch, interrupt, or thing of the world around; else a detail. */
  readonly structural: boolean;
  readonly what: string;
  readonly scenario: Scenario;
}

type Idea = readonly [structural: boolean, what: string, scenario: Scenario];

/** All valid scenarios with one thing less. */
export function removals(scenario: Scenario): Removal[] {
  const ideas: Idea[] = [...structures(scenario), ...details(scenario), ...around(scenario)];
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
    const left = { ...rest, functions: rest.functions.filter((fn) => fn.id !== id), interrupts: rest.interrupts.filter(({ handler }) => handler !== id) };
    yield [true, `function ${id}`, withLists(left, (_, it) => it.function !== id && it.start !== id)];
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

/** A task, switch, sleeper, ...: with what it may have of its own. */
type Thing = Readonly<Record<string, unknown>>;

/** What is a list in a world, rewritten; a list that is left empty goes, but for those that every world has. */
function withLists(scenario: Scenario, keep: (list: string, it: Thing) => boolean | Thing): Scenario {
  const world = Object.entries(worldOf(scenario)).flatMap(([list, value]: [string, unknown]) => {
    if (!Array.isArray(value)) return [[list, value] as const];
    const left = value.flatMap((it: Thing) => { const now = keep(list, it); return now === true ? [it] : now === false ? [] : [now]; });
    return left.length === 0 && !['tasks', 'switches', 'sleepers'].includes(list) ? [] : [[list, left] as const];
  });
  return withWorld(scenario, Object.fromEntries(world) as unknown as World);
}

/** What makes a thing less than it is. */
const LESS: Readonly<Record<string, unknown>> = { walked: true, unload: true, again: 'same', cpu: 1, body: 'first', kind: 'kretprobe-first' };
/** What it is then; absent: it has no such field. */
const THEN: Readonly<Record<string, unknown>> = { cpu: 0, body: 'same', kind: 'kretprobe' };

function* around(s: Scenario): Generator<Idea> {
  for (const [list, value] of Object.entries(worldOf(s)) as [string, unknown][]) {
    if (!Array.isArray(value)) {
      yield [false, list, withWorld(s, Object.fromEntries(Object.entries(worldOf(s)).filter(([name]) => name !== list)) as unknown as World)];
      continue;
    }
    // Ids of interrupts and numbers of patches say what these are like, and nothing more.
    const structural = !['emergency', 'soft', 'off'].includes(list);
    for (const [index, gone] of (value as Thing[]).entries()) {
      yield [structural, `${list} ${index}`, withLists(s, (of, it) => of !== list || it !== gone)];
      if (!structural) continue;
      const put = (what: string, less: Thing): Idea => [false, `${list} ${index}: ${what}`, withLists(s, (of, it) => of !== list || it !== gone || less)];
      for (const [field, from] of Object.entries(LESS)) {
        if (gone[field] === from) yield put(field, Object.fromEntries([...Object.entries(gone).filter(([name]) => name !== field), ...(field in THEN ? [[field, THEN[field]]] : [])]));
      }
      const at = gone['at'] as { readonly occurrence: number } | undefined;
      if (at !== undefined && at.occurrence > 1) yield put('occurrences', { ...gone, at: { ...at, occurrence: 1 } });
    }
  }
}
