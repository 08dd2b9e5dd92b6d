/**
 * From unknown data to a valid scenario. The shape is fixed and shallow: every field is looked at by name, nothing here recurses,
 * so hostile nesting costs nothing. The rules on top of the shape are in `rules.ts`.
 */
import type { Problem } from './error.ts';
import { brief, ScenarioError } from './error.ts';
import { ruleProblem } from './rules.ts';
import type { Scenario } from './scenario.ts';
import { AGAIN, BOUNDS, CALL_KINDS, CHANGES, CPUS, ENTRY_SHAPES, HOOK_KINDS, MODULE_NAMES, PATCHES, REGIONS } from './scenario.ts';
import { TASK_CONTEXTS } from './world.ts';

type Record_ = { readonly [key: string]: unknown };

function fail(path: string, what: string): never {
  throw new ScenarioError({ path, what });
}

/** An object with exactly these fields, `optional` ones perhaps. Own enumerable string keys only; prototypes do not matter. */
function object(value: unknown, path: string, required: readonly string[], optional: readonly string[] = []): Record_ {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, `${brief(value)}; expected an object with ${required.join(', ')}`);
  const record = value as Record_;
  const dot = path === '' ? '' : `${path}.`;
  for (const key of Object.keys(record)) {
    if (!required.includes(key) && !optional.includes(key)) {
      fail(`${dot}${key.length > 40 ? `${key.slice(0, 40)}...` : key}`, `unknown field; expected ${[...required, ...optional].join(', ')}`);
    }
  }
  for (const key of required) if (!Object.hasOwn(record, key)) fail(`${dot}${key}`, 'missing');
  return record;
}

function array(value: unknown, path: string, most: number, least = 0): readonly unknown[] {
  if (!Array.isArray(value)) fail(path, `${brief(value)}; expected an array`);
  if (value.length < least) fail(path, `empty; expected at least ${least}`);
  if (value.length > most) fail(path, `${value.length} entries; at most ${most}`);
  return value;
}

function integer(value: unknown, path: string, from: number, to: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < from || value > to || Object.is(value, -0)) {
    fail(path, `${brief(value)}; expected an integer, ${from} to ${to}`);
  }
}

function boolean(value: unknown, path: string): void {
  if (typeof value !== 'boolean') fail(path, `${brief(value)}; expected true or false`);
}

function oneOf(value: unknown, path: string, names: readonly (string | number)[]): void {
  if (!names.includes(value as string)) fail(path, `${brief(value)}; expected one of ${names.join(', ')}`);
}

function body(value: unknown, path: string): void {
  const record = object(value, path, ['calls', 'nonvolatile', 'zone', 'hoisted', 'earlyExit']);
  for (const [i, item] of array(record['calls'], `${path}.calls`, BOUNDS.calls).entries()) {
    const at = `${path}.calls[${i}]`;
    const call = object(item, at, ['id', 'kind', 'callee'], ['limit']);
    integer(call['id'], `${at}.id`, 1, BOUNDS.id);
    oneOf(call['kind'], `${at}.kind`, CALL_KINDS);
    if (call['callee'] !== 'self') {
      if (typeof call['callee'] !== 'number') fail(`${at}.callee`, `${brief(call['callee'])}; expected a function's id, or 'self'`);
      integer(call['callee'], `${at}.callee`, 0, BOUNDS.id);
    }
    if (Object.hasOwn(call, 'limit')) integer(call['limit'], `${at}.limit`, 1, BOUNDS.limit);
  }
  integer(record['nonvolatile'], `${path}.nonvolatile`, 0, BOUNDS.nonvolatile);
  for (const key of ['zone', 'hoisted', 'earlyExit']) boolean(record[key], `${path}.${key}`);
}

function shape(value: unknown): asserts value is Scenario {
  const record = object(value, '', ['places', 'functions', 'start', 'interrupts'], ['world']);
  const places = object(record['places'], 'places', ['M', 'N', 'P']);
  for (const module of ['M', 'N', 'P']) oneOf(places[module], `places.${module}`, [0, 1, 2]);
  for (const [i, item] of array(record['functions'], 'functions', BOUNDS.functions, 1).entries()) {
    const at = `functions[${i}]`;
    const fn = object(item, at, ['id', 'module', 'entry', 'args', 'variadic', 'traced', 'body'], ['replacement']);
    integer(fn['id'], `${at}.id`, 0, BOUNDS.id);
    oneOf(fn['module'], `${at}.module`, MODULE_NAMES);
    oneOf(fn['entry'], `${at}.entry`, ENTRY_SHAPES);
    integer(fn['args'], `${at}.args`, 0, BOUNDS.args);
    boolean(fn['variadic'], `${at}.variadic`);
    boolean(fn['traced'], `${at}.traced`);
    body(fn['body'], `${at}.body`);
    if (!Object.hasOwn(fn, 'replacement')) continue;
    const replacement = object(fn['replacement'], `${at}.replacement`, ['entry', 'traced', 'body']);
    oneOf(replacement['entry'], `${at}.replacement.entry`, ENTRY_SHAPES);
    boolean(replacement['traced'], `${at}.replacement.traced`);
    if (typeof replacement['body'] === 'string') oneOf(replacement['body'], `${at}.replacement.body`, ['same']);
    else body(replacement['body'], `${at}.replacement.body`);
  }
  integer(record['start'], 'start', 0, BOUNDS.id);
  for (const [i, item] of array(record['interrupts'], 'interrupts', BOUNDS.interrupts).entries()) {
    const path = `interrupts[${i}]`;
    const interrupt = object(item, path, ['id', 'at', 'handler', 'ownStack']);
    integer(interrupt['id'], `${path}.id`, 1, BOUNDS.id);
    integer(interrupt['handler'], `${path}.handler`, 0, BOUNDS.id);
    boolean(interrupt['ownStack'], `${path}.ownStack`);
    anchor(interrupt['at'], `${path}.at`);
  }
  if (Object.hasOwn(record, 'world')) world(record['world'], 'world');
}

function anchor(value: unknown, path: string): void {
  const at = object(value, path, ['context', 'call', 'occurrence', 'region', 'step']);
  const { context } = at;
  if (typeof context === 'string') oneOf(context, `${path}.context`, TASK_CONTEXTS);
  else if (typeof context === 'number') integer(context, `${path}.context`, 1, BOUNDS.id);
  else fail(`${path}.context`, `${brief(context)}; expected ${TASK_CONTEXTS.join(', ')} or an interrupt's id`);
  integer(at['call'], `${path}.call`, 0, BOUNDS.id);
  integer(at['occurrence'], `${path}.occurrence`, 1, BOUNDS.occurrence);
  oneOf(at['region'], `${path}.region`, REGIONS);
  integer(at['step'], `${path}.step`, 0, BOUNDS.step);
}

function hooks(value: unknown, path: string): void {
  for (const [i, item] of array(value, path, BOUNDS.hooks, 1).entries()) {
    const here = `${path}[${i}]`;
    const hook = object(item, here, ['function', 'replacement', 'kind']);
    integer(hook['function'], `${here}.function`, 0, BOUNDS.id);
    boolean(hook['replacement'], `${here}.replacement`);
    oneOf(hook['kind'], `${here}.kind`, HOOK_KINDS);
  }
}

function exits(value: unknown, path: string): void {
  for (const [i, item] of array(value, path, BOUNDS.exits, 1).entries()) {
    const here = `${path}[${i}]`;
    const exit = object(item, here, ['id', 'at'], ['again']);
    integer(exit['id'], `${here}.id`, 1, BOUNDS.id);
    anchor(exit['at'], `${here}.at`);
    if (Object.hasOwn(exit, 'again')) oneOf(exit['again'], `${here}.again`, AGAIN);
  }
}

function forks(value: unknown, path: string): void {
  for (const [i, item] of array(value, path, BOUNDS.forks, 1).entries()) {
    const here = `${path}[${i}]`;
    const fork = object(item, here, ['task', 'at']);
    oneOf(fork['task'], `${here}.task`, [2, 3]);
    anchor(fork['at'], `${here}.at`);
  }
}

function world(value: unknown, path: string): void {
  const record = object(value, path, ['tasks', 'switches', 'sleepers'], ['emergency', 'soft', 'second', 'off', 'transitions', 'hooks', 'exits', 'forks', 'outOfLine', 'tracing']);
  if (Object.hasOwn(record, 'hooks')) hooks(record['hooks'], `${path}.hooks`);
  if (Object.hasOwn(record, 'exits')) exits(record['exits'], `${path}.exits`);
  if (Object.hasOwn(record, 'forks')) forks(record['forks'], `${path}.forks`);
  if (Object.hasOwn(record, 'outOfLine') && record['outOfLine'] !== true) fail(`${path}.outOfLine`, `${brief(record['outOfLine'])}; expected true, or no such field`);
  if (Object.hasOwn(record, 'tracing')) tracing(record['tracing'], `${path}.tracing`);
  for (const field of ['emergency', 'soft']) {
    if (!Object.hasOwn(record, field)) continue;
    for (const [i, id] of array(record[field], `${path}.${field}`, BOUNDS.interrupts, 1).entries()) integer(id, `${path}.${field}[${i}]`, 1, BOUNDS.id);
  }
  for (const [i, item] of array(record['tasks'], `${path}.tasks`, BOUNDS.tasks).entries()) {
    const here = `${path}.tasks[${i}]`;
    const task = object(item, here, ['id', 'start', 'cpu']);
    oneOf(task['id'], `${here}.id`, [2, 3]);
    integer(task['start'], `${here}.start`, 0, BOUNDS.id);
    oneOf(task['cpu'], `${here}.cpu`, CPUS);
  }
  for (const [i, item] of array(record['switches'], `${path}.switches`, BOUNDS.switches).entries()) {
    const here = `${path}.switches[${i}]`;
    const one = object(item, here, ['id', 'at', 'cpu']);
    integer(one['id'], `${here}.id`, 1, BOUNDS.id);
    anchor(one['at'], `${here}.at`);
    oneOf(one['cpu'], `${here}.cpu`, CPUS);
  }
  for (const [i, item] of array(record['sleepers'], `${path}.sleepers`, BOUNDS.sleepers).entries()) {
    const here = `${path}.sleepers[${i}]`;
    const sleeper = object(item, here, ['function', 'replacement', 'cpu'], ['walked']);
    integer(sleeper['function'], `${here}.function`, 0, BOUNDS.id);
    boolean(sleeper['replacement'], `${here}.replacement`);
    oneOf(sleeper['cpu'], `${here}.cpu`, CPUS);
    if (Object.hasOwn(sleeper, 'walked') && sleeper['walked'] !== true) fail(`${here}.walked`, `${brief(sleeper['walked'])}; expected true, or no such field`);
  }
  patches(record, path);
}

/** The fields of a world that say what becomes of the patches. */
function patches(record: Record_, path: string): void {
  if (Object.hasOwn(record, 'second')) {
    for (const [i, item] of array(record['second'], `${path}.second`, BOUNDS.second, 1).entries()) {
      const here = `${path}.second[${i}]`;
      const version = object(item, here, ['function', 'body']);
      integer(version['function'], `${here}.function`, 0, BOUNDS.id);
      oneOf(version['body'], `${here}.body`, ['same', 'first']);
    }
  }
  if (Object.hasOwn(record, 'off')) for (const [i, item] of array(record['off'], `${path}.off`, PATCHES.length, 1).entries()) oneOf(item, `${path}.off[${i}]`, PATCHES);
  if (!Object.hasOwn(record, 'transitions')) return;
  for (const [i, item] of array(record['transitions'], `${path}.transitions`, BOUNDS.transitions, 1).entries()) {
    const here = `${path}.transitions[${i}]`;
    const one = object(item, here, ['id', 'at', 'change', 'patch'], ['unload']);
    integer(one['id'], `${here}.id`, 1, BOUNDS.id);
    anchor(one['at'], `${here}.at`);
    oneOf(one['change'], `${here}.change`, CHANGES);
    oneOf(one['patch'], `${here}.patch`, PATCHES);
    if (Object.hasOwn(one, 'unload') && one['unload'] !== true) fail(`${here}.unload`, `${brief(one['unload'])}; expected true, or no such field`);
  }
}

function tracing(value: unknown, path: string): void {
  for (const [i, item] of array(value, path, BOUNDS.tracing, 1).entries()) {
    const here = `${path}[${i}]`;
    const one = object(item, here, ['at', 'cpu', 'on']);
    anchor(one['at'], `${here}.at`);
    oneOf(one['cpu'], `${here}.cpu`, CPUS);
    boolean(one['on'], `${here}.on`);
  }
}

/**
 * The value as a scenario. Throws a ScenarioError (JSON path, what was found, what was expected) for unknown or missing fields,
 * wrong types, numbers that are no integers or out of range, sizes over BOUNDS, and every rule of `rules.ts`.
 */
export function validateScenario(value: unknown): Scenario {
  shape(value);
  const problem = ruleProblem(value);
  if (problem !== undefined) throw new ScenarioError(problem);
  return value;
}

/**
 * What is wrong with a scenario whose types and ranges are known to be right (made by code, as in shrinking); undefined when it is
 * valid. Faster than `validateScenario`, which also looks at every field.
 */
export function problemOf(scenario: Scenario): Problem | undefined {
  return ruleProblem(scenario);
}

export function isValid(scenario: Scenario): boolean {
  return ruleProblem(scenario) === undefined;
}
