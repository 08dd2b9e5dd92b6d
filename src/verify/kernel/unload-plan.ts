/** Scenarios in which the first patch is disabled and its module removed while a task sleeps: generated call graphs, with a sleeper and the second patch put into them. */
import type { Call, Scenario, ScenarioFunction } from '../../scenario/scenario.ts';
import { validateScenario } from '../../scenario/validate.ts';
import { ScenarioError } from '../../scenario/error.ts';
import type { EventFacts } from './model-side.ts';
import type { SleepCase, SleeperKind } from './sleep-case.ts';
import type { SleepModel } from './sleep-model.ts';
import { versionsOf } from './versions.ts';

/**
 * What can be made of a scenario: some function that is called once sleeps, called by one that the first patch has a version of; then that patch is disabled and its module removed, if it can be. Where the scenario has no replacement of the function that
 * waits, it is given one that does the same. Nothing in P is traced: whoever traced it would hold the module. Undefined: nothing that both sides could agree about.
 */
export function unloadCase(drawn: Scenario, number: number, model: SleepModel, kind: SleeperKind): SleepCase | undefined {
  const scenario = untraced(drawn), plain = model.sleepRun(scenario, number), versions = versionsOf(scenario);
  if (plain.end !== 'end' || (kind === 'as drawn' && !scenario.functions.some(({ replacement }) => replacement !== undefined))) return undefined;
  const made = plain.events.filter(({ mark }) => mark === 'call').sort((a, b) => depth(b) - depth(a));
  for (const { version, at } of made) {
    const call = versions[version]!.body.calls[at]!, waiting = versions[version]!.fn;
    const callee = scenario.functions.find(({ id }) => id === call.callee);
    const called = plain.events.filter((it) => (it.mark === 'call' || it.mark === 'sibling') && versions[it.version]!.body.calls[it.at]!.callee === call.callee);
    if (called.length !== 1 || callee === undefined || callee.module === 'P' || waiting.module === 'P') continue;
    const replacement = kind !== 'second' && callee.replacement !== undefined;
    // In vmlinux it would call `schedule` locally.
    if (!replacement && callee.module === 'K') continue;
    const whole = kind === 'as drawn' ? scenario : withReplacement(scenario, waiting), waits = callOf(whole, waiting.id, at) ?? call.id, ours = attempt(whole, number, model, {
      sleepers: [{ function: callee.id, replacement, cpu: 0, walked: true }],
      ...(kind === 'second' ? { second: [{ function: callee.id, body: 'same' as const }] } : {}),
      transitions: [{ id: 1, at: { context: 'task', call: waits, occurrence: 1, region: 'callee', step: 0 }, change: 'disable', patch: 1, unload: true }],
    });
    if (ours !== undefined) return { ...ours, drawn, sleeper: kind };
  }
  return undefined;
}

const depth = ({ facts }: EventFacts): number => Number(/\d+/.exec(facts[0]!.value)?.[0] ?? 0);

/** undefined: the scenario would not be valid, or its run comes to an end that two worlds need not share. */
function attempt(scenario: Scenario, number: number, model: SleepModel, world: Pick<NonNullable<Scenario['world']>, 'sleepers' | 'second' | 'transitions'>): Omit<SleepCase, 'drawn'> | undefined {
  try {
    const whole = validateScenario({ ...scenario, world: { tasks: [], switches: [], ...world } }), ours = model.sleepRun(whole, number);
    return ours.sleeps === 1 && ours.transition !== undefined && ENDS.includes(ours.end) && ours.removed !== undefined ? { scenario: whole, ours } : undefined;
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return undefined;
  }
}

const ENDS: readonly string[] = ['end', 'bad-fetch'];

/** Id of a call that a function's replacement makes, where it has a body of its own. */
function callOf({ functions }: Scenario, id: number, at: number): number | undefined {
  const body = functions.find((fn) => fn.id === id)!.replacement?.body;
  return body === undefined || body === 'same' ? undefined : body.calls[at]?.id;
}

const untraced = (scenario: Scenario): Scenario => ({
  ...scenario,
  functions: scenario.functions.map((fn): ScenarioFunction => ({ ...fn, traced: fn.traced && fn.module !== 'P', ...(fn.replacement === undefined ? {} : { replacement: { ...fn.replacement, traced: false } }) })),
});

/** With a replacement of a function that does the same: from P it calls by a stub what it called locally. */
function withReplacement(scenario: Scenario, { id, body }: ScenarioFunction): Scenario {
  const first = 1 + Math.max(0, ...scenario.functions.flatMap((fn) => [...fn.body.calls, ...(fn.replacement === undefined || fn.replacement.body === 'same' ? [] : fn.replacement.body.calls)].map((call) => call.id)));
  const calls = body.calls.map((call, i): Call => ({ ...call, id: first + i, kind: call.callee === 'self' ? call.kind : call.kind === 'local' ? 'global' : call.kind === 'sibling' ? 'stub-sibling' : call.kind }));
  return { ...scenario, functions: scenario.functions.map((fn): ScenarioFunction => (fn.id !== id || fn.replacement !== undefined ? fn : { ...fn, replacement: { entry: 'dual', traced: false, body: { ...body, calls } } })) };
}
