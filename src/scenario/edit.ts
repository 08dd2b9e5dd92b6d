/**
 * Editing scenarios without renumbering: the small steps that shrinking, minimising and fault injection are made of. Each returns a
 * new scenario, shares what it did not change, and leaves what depends on the change in order: calls of a removed
 * function go with it, interrupts go with the call that they were anchored to, unreachable functions go, limits stand
 * exactly where cycles are.
 */
import { graphOf, onCycle } from './graph.ts';
import type { Anchor, Body, Call, Interrupt, Scenario, ScenarioFunction, SecondVersion } from './scenario.ts';
import { contextOfTask, hasActiveSite, hasEarlierParent, onEmergencyStack, onSoftStack, patchFields, taskStarts, withExits, withForks, withHooks, withTracing, withWorld, worldOf } from './world.ts';

/** Rewrites every call; `undefined` removes it. */
export function mapCalls(
  scenario: Scenario, change: (call: Call, fn: ScenarioFunction, replacement: boolean) => Call | undefined,
): Scenario {
  const body = (fn: ScenarioFunction, old: Body, replacement: boolean): Body => {
    let changed = false;
    const calls: Call[] = [];
    for (const call of old.calls) {
      const now = change(call, fn, replacement);
      changed ||= now !== call;
      if (now !== undefined) calls.push(now);
    }
    return changed ? { ...old, calls, hoisted: old.hoisted && calls.some((call) => call.kind === 'indirect') } : old;
  };
  return mapFunctions(scenario, (fn) => {
    const original = body(fn, fn.body, false);
    const { replacement } = fn;
    const patched = replacement === undefined || replacement.body === 'same' ? undefined : body(fn, replacement.body, true);
    if (original === fn.body && (patched === undefined || patched === replacement?.body)) return fn;
    return replacement === undefined || patched === undefined ? { ...fn, body: original } : { ...fn, body: original, replacement: { ...replacement, body: patched } };
  });
}

/** Rewrites every function; `undefined` removes it (its calls stay: see `removeFunction`). */
export function mapFunctions(scenario: Scenario, change: (fn: ScenarioFunction) => ScenarioFunction | undefined): Scenario {
  const functions: ScenarioFunction[] = [];
  for (const fn of scenario.functions) {
    const now = change(fn);
    if (now !== undefined) functions.push(now);
  }
  return { ...scenario, functions };
}

export function removeCall(scenario: Scenario, id: number): Scenario {
  return mapCalls(scenario, (call) => (call.id === id ? undefined : call));
}

/** Without the function, the calls of it, the interrupts that it handles, and the tasks that begin with it. */
export function removeFunction(scenario: Scenario, id: number): Scenario {
  const without = mapCalls(scenario, (call) => (call.callee === id ? undefined : call));
  const { second, off, transitions, hooks = [], ...world } = worldOf(without);
  return withWorld({
    ...without,
    functions: without.functions.filter((fn) => fn.id !== id),
    interrupts: without.interrupts.filter((interrupt) => interrupt.handler !== id),
  }, {
    ...world, tasks: world.tasks.filter((task) => task.start !== id), sleepers: world.sleepers.filter((sleeper) => sleeper.function !== id),
    ...patchFields({ second: (second ?? []).filter((version) => version.function !== id), off, transitions }),
    ...withHooks(hooks.filter((hook) => hook.function !== id)),
  });
}

export function removeInterrupt(scenario: Scenario, id: number): Scenario {
  return { ...scenario, interrupts: scenario.interrupts.filter((interrupt) => interrupt.id !== id) };
}

/** The function with changed fields; `replacement: undefined` is written as absence. */
export function changeFunction(scenario: Scenario, id: number, change: (fn: ScenarioFunction) => ScenarioFunction): Scenario {
  return mapFunctions(scenario, (fn) => (fn.id === id ? change(fn) : fn));
}

export function unpatched(fn: ScenarioFunction): ScenarioFunction {
  const { replacement, ...rest } = fn;
  return replacement === undefined ? fn : rest;
}

/**
 * Puts in order what an edit may have left behind: interrupts, switches, transitions, exits and forks whose anchor or context is gone, sleepers and second versions whose
 * version is, hooks where ftrace is not called any more, functions that
 * no context reaches,
 * limits of calls that are on no cycle any more. Ids stay. A call that has come to lie on a cycle without a limit is left
 * alone: that scenario is not valid.
 */
export function settle(scenario: Scenario): Scenario {
  const calls = new Set<number>([0]);
  for (const fn of scenario.functions) {
    for (const call of fn.body.calls) calls.add(call.id);
    const body = fn.replacement?.body;
    if (body !== undefined && body !== 'same') for (const call of body.calls) calls.add(call.id);
  }
  const world = worldOf(scenario);
  const contexts = new Set<Anchor['context']>(['task', ...world.tasks.map(contextOfTask)]);
  let interrupts: readonly Interrupt[] = scenario.interrupts.filter(({ at }) => calls.has(at.call));
  for (let before = 0; before < contexts.size;) {
    before = contexts.size;
    for (const interrupt of interrupts) if (contexts.has(interrupt.at.context)) contexts.add(interrupt.id);
  }
  interrupts = interrupts.filter(({ id }) => contexts.has(id));
  const graph = graphOf(scenario);
  let reached = 0;
  for (const root of [...taskStarts(scenario), ...interrupts.map(({ handler }) => handler)]) {
    const i = graph.index.get(root);
    if (i !== undefined) reached |= (1 << i) | graph.reach[i]!;
  }
  const functions = scenario.functions.filter((_, i) => ((reached >>> i) & 1) === 1);
  const rest = functions.length === scenario.functions.length ? interrupts : interrupts.filter(({ at }) => at.call === 0 || makes(functions, at.call));
  const switches = world.switches.filter(({ at }) => contexts.has(at.context) && (at.call === 0 || makes(functions, at.call)));
  const sleepers = world.sleepers.filter((it) => functions.some((fn) => fn.id === it.function && (!it.replacement || fn.replacement !== undefined)));
  const { emergency = [], soft = [], second = [], off, transitions = [], hooks = [], exits = [], forks = [], tracing = [], ...others } = world;
  const lands = ({ at }: { readonly at: Anchor }): boolean => contexts.has(at.context) && (at.call === 0 || makes(functions, at.call));
  const patches = patchFields({ second: second.flatMap((version) => settledSecond(functions, version) ?? []), off, transitions: transitions.filter(lands) });
  const left = (ids: readonly number[]): number[] => ids.filter((id) => rest.some((interrupt) => interrupt.id === id && interrupt.ownStack));
  const next: Scenario = withWorld({ ...scenario, functions, interrupts: rest }, {
    ...others, switches, sleepers, ...onEmergencyStack(left(emergency)), ...onSoftStack(left(soft)), ...patches, ...withExits(exits.filter(lands)),
    ...withForks(forks.filter((it) => lands(it) && hasEarlierParent(it) && world.tasks.some(({ id }) => id === it.task))), ...withTracing(tracing.filter(lands)),
    ...withHooks(hooks.filter((it) => functions.some((fn) => fn.id === it.function && hasActiveSite(fn, it.replacement, patches.second ?? [])))),
  });
  // Interrupts of dropped interrupts, and handlers of theirs, may be left over: go round until nothing changes.
  if (rest.length < scenario.interrupts.length || functions.length < scenario.functions.length) return settle(next);
  return mapCalls(next, (call, fn) => {
    if (call.limit === undefined) return call;
    const from = graph.index.get(fn.id)!;
    const to = call.callee === 'self' ? from : graph.index.get(call.callee);
    if (to === undefined || onCycle(graph, from, to)) return call;
    const { limit, ...without } = call;
    return limit === undefined ? call : without;
  });
}

/** A second version of a function that is left; a copy of the original's body where the first one's is gone. */
function settledSecond(functions: readonly ScenarioFunction[], version: SecondVersion): SecondVersion | undefined {
  const fn = functions.find(({ id }) => id === version.function);
  if (fn === undefined || version.body === 'same') return fn === undefined ? undefined : version;
  const body = fn.replacement?.body;
  return body === undefined || body === 'same' ? { ...version, body: 'same' } : version;
}

function makes(functions: readonly ScenarioFunction[], id: number): boolean {
  return functions.some((fn) => fn.body.calls.some((call) => call.id === id)
    || (fn.replacement !== undefined && fn.replacement.body !== 'same' && fn.replacement.body.calls.some((call) => call.id === id)));
}
