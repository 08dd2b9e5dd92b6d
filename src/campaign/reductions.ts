/**
 * The steps of the final pass: the arbitrary's own reductions, one thing at a time, and on top of them steps that change what hangs
 * together at once: a function goes and its calls go to another, tasks, sleepers and other hooks with them; a call goes and the interrupts, switches and ends of
 * tasks in it go along.
 * Every step makes `weight` smaller, so the pass ends; all are valid scenarios.
 */
import { reductions, weight } from '../arbitraries/shrink.ts';
import { changeFunction, mapCalls, settle } from '../scenario/edit.ts';
import { featureMask } from '../scenario/features-of.ts';
import type { Anchor, CallKind, ModuleName, OtherHook, Scenario, ScenarioFunction, Sleeper, Task, TaskContext, World } from '../scenario/scenario.ts';
import { isValid } from '../scenario/validate.ts';
import { contextOfTask, isTaskContext, withWorld, worldOf } from '../scenario/world.ts';
import { writtenCalls } from './written.ts';

export interface Step {
  /** As in `without call 2`. */
  readonly what: string;
  readonly scenario: Scenario;
}

/** All steps from a valid scenario that use no feature outside of the mask `allowed` that it does not use itself. */
export function* steps(scenario: Scenario, allowed: number): Generator<Step> {
  yield* reductions(scenario, allowed);
  const size = weight(scenario);
  const mask = allowed | featureMask(scenario);
  for (const list of [functionsMerged, tasksMerged, startsElsewhere, callsStraight, bodiesAlike]) {
    for (const { what, candidate } of list(scenario)) {
      const next = settle(fitKinds(candidate));
      if (weight(next) < size && isValid(next) && (featureMask(next) & ~mask) === 0) yield { what, scenario: next };
    }
  }
}

interface Idea {
  readonly what: string;
  readonly candidate: Scenario;
}

/** The scenario with what stands for its world, where it has one. */
const around = (scenario: Scenario, change: (world: World) => Partial<World>): Scenario =>
  (scenario.world === undefined ? scenario : withWorld(scenario, { ...scenario.world, ...change(scenario.world) }));

/** What lands in tasks' own code: switches, and transitions, exits, forks and switched tracing where there are any. */
const events = ({ switches, transitions, exits, forks, tracing }: World, move: <T extends { readonly at: Anchor }>(list: readonly T[]) => T[]): Partial<World> => ({
  switches: move(switches), ...(transitions === undefined ? {} : { transitions: move(transitions) }), ...(exits === undefined ? {} : { exits: move(exits) }),
  ...(forks === undefined ? {} : { forks: move(forks) }), ...(tracing === undefined ? {} : { tracing: move(tracing) }),
});

/** Calls, interrupts, tasks, sleepers and other hooks of one function go to another. */
function functionsMerged(scenario: Scenario): Idea[] {
  return scenario.functions.flatMap((one) => scenario.functions.filter((other) => other !== one).map((other) => {
    const now = (id: number): number => (id === one.id ? other.id : id);
    return {
      what: `function ${other.id} in place of function ${one.id}`,
      candidate: around({
        ...mapCalls(scenario, (call) => (call.callee === one.id ? { ...call, callee: other.id } : call)),
        start: now(scenario.start),
        interrupts: scenario.interrupts.map((it) => ({ ...it, handler: now(it.handler) })),
      }, ({ tasks, sleepers, second, hooks }) => ({
        tasks: tasks.map((it) => ({ ...it, start: now(it.start) })),
        sleepers: onePerVersion(sleepers.map((it) => ({ ...it, function: now(it.function) }))),
        ...(second === undefined ? {} : { second: second.map((it) => ({ ...it, function: now(it.function) })).filter((it, i, all) => all.findIndex((two) => two.function === it.function) === i) }),
        ...(hooks === undefined ? {} : { hooks: onePerVersion(hooks.map((it) => ({ ...it, function: now(it.function) }))) }),
      })),
    };
  }));
}

/** Where three tasks take turns, two may do: what lands in one lands in another, and it goes; or the first one goes with all that lands in it. */
function tasksMerged(scenario: Scenario): Idea[] {
  const { tasks } = worldOf(scenario);
  const move = <T extends { readonly at: Anchor }>(list: readonly T[], from: TaskContext, to: TaskContext): T[] =>
    list.map((it) => (it.at.context === from ? { ...it, at: { ...it.at, context: to } } : it));
  const without = (it: Scenario, gone: Task, to: TaskContext): Scenario =>
    around({ ...it, interrupts: move(it.interrupts, contextOfTask(gone), to) }, (world) => ({
      tasks: tasks.filter((one) => one !== gone), ...events(world, (list) => move(list, contextOfTask(gone), to)),
    }));
  const later = ({ at }: { readonly at: Anchor }): boolean => at.context !== 'task';
  return tasks.flatMap((gone) => [
    ...[undefined, ...tasks.filter((it) => it !== gone)].map((other) => ({
      what: `task ${other?.id ?? 1} in place of task ${gone.id}`, candidate: without(scenario, gone, other === undefined ? 'task' : contextOfTask(other)),
    })),
    {
      what: `task ${gone.id} in place of task 1`,
      candidate: without(around({ ...scenario, start: gone.start, interrupts: scenario.interrupts.filter(later) }, (world) => events(world, (list) => list.filter(later))), gone, 'task'),
    },
  ]);
}

/** A version that sleeps twice sleeps as it is said first; one that is hooked twice is hooked once. */
function onePerVersion<T extends Pick<Sleeper | OtherHook, 'function' | 'replacement'>>(list: readonly T[]): T[] {
  return list.filter((one, i) => list.findIndex((it) => it.function === one.function && it.replacement === one.replacement) === i);
}

/**
 * What a task's start function calls is started itself, without arguments; interrupts and switches in that call land in the first one. One task alone,
 * and all at once that begin with the function: two that do the same must go on doing so.
 */
function startsElsewhere(scenario: Scenario): Idea[] {
  const { tasks } = worldOf(scenario);
  const every = [{ context: 'task', start: scenario.start }, ...tasks.map((it) => ({ context: contextOfTask(it), start: it.start }))] as const;
  return writtenCalls(scenario).flatMap(({ call, owner }) => {
    const { callee } = call;
    if (callee === 'self' || callee === owner.id) return [];
    const here = every.filter(({ start }) => start === owner.id).map(({ context }) => context);
    const sets = here.length > 1 ? [here, ...here.map((context) => [context])] : here.length === 1 ? [here] : [];
    const bare = changeFunction(scenario, callee, (one) => ({ ...one, args: 0, variadic: false }));
    return sets.map((moved) => {
      const goes = (context: Anchor['context']): boolean => !isTaskContext(context) || moved.includes(context);
      const candidate = around(reanchored(bare, call.id, 0, goes), (world) => ({
        tasks: world.tasks.map((it) => (moved.includes(contextOfTask(it)) ? { ...it, start: callee } : it)),
      }));
      const who = tasks.length === 0 ? '' : `${moved.join(' and ')} `;
      return { what: `${who}started at function ${callee}`, candidate: moved.includes('task') ? { ...candidate, start: callee } : candidate };
    });
  });
}

/** A calls B calls C: A calls C, and interrupts and switches in the inner call land in the outer one. */
function callsStraight(scenario: Scenario): Idea[] {
  const all = writtenCalls(scenario);
  return all.flatMap((outer) => all.filter((inner) => inner.owner.id === outer.call.callee && inner.call.id !== outer.call.id && inner.call.callee !== 'self')
    .flatMap((inner) => [...new Set<CallKind>([outer.call.kind, inner.call.kind])].map((kind) => ({
      what: `call ${outer.call.id} ${kind} instead of call ${inner.call.id}`,
      candidate: reanchored(mapCalls(scenario, (it) => (it.id === outer.call.id ? { ...it, kind, callee: inner.call.callee } : it)), inner.call.id, outer.call.id),
    }))));
}

function bodiesAlike(scenario: Scenario): Idea[] {
  return scenario.functions.flatMap((one) => (one.replacement === undefined || one.replacement.body === 'same' ? [] : [{
    what: `replacement of function ${one.id} identical`,
    candidate: changeFunction(scenario, one.id, (it) => (it.replacement === undefined ? it : { ...it, replacement: { ...it.replacement, body: 'same' } })),
  }]));
}

/** Interrupts, switches and ends of tasks in one call, of the contexts that `goes` says, are in another. */
function reanchored(scenario: Scenario, from: number, to: number, goes: (context: Anchor['context']) => boolean = () => true): Scenario {
  const move = <T extends { readonly at: Anchor }>(list: readonly T[]): T[] =>
    list.map((it) => (it.at.call === from && goes(it.at.context) ? { ...it, at: { ...it.at, call: to } } : it));
  return around({ ...scenario, interrupts: move(scenario.interrupts) }, (world) => events(world, move));
}

/** Each call of a kind that its two modules and the callee's entry allow, as near as can be to the one it was (scenario/rules.ts). */
function fitKinds(scenario: Scenario): Scenario {
  const byId = new Map(scenario.functions.map((one) => [one.id, one]));
  return mapCalls(scenario, (call, owner, replacement) => {
    const callee = call.callee === 'self' ? undefined : byId.get(call.callee);
    const kind = callee === undefined ? call.kind : fitting(call.kind, replacement ? 'P' : owner.module, callee);
    return kind === call.kind ? call : { ...call, kind };
  });
}

function fitting(kind: CallKind, from: ModuleName, callee: ScenarioFunction): CallKind {
  if (kind === 'indirect' || kind === 'stub-sibling') return kind;
  if (from === callee.module && callee.entry !== 'clobber') return kind === 'sibling' ? kind : 'local';
  return from === 'K' ? 'indirect' : 'global';
}
