/**
 * What surrounds the first task's calls: other tasks, a second CPU, switches between tasks (scenario.ts, World). A scenario without a `world` is one
 * task on one CPU, and pays nothing for this.
 *
 * One flow of control at a time: a task runs on a CPU until it gives it up, then the next one in the queue runs. Nothing is lost by that: what
 * two CPUs could do to each other at the same time they do through memory, and a strategy has no memory that belongs to neither task nor CPU.
 *
 * The queue is first in, first out: at first it holds the tasks besides the first one, in the order of their ids. A task that is preempted or sleeps
 * goes to its end, and so comes back at once when it is alone.
 */
import type { Anchor, Exit, Fork, OtherHook, Scenario, SecondVersion, Task, TaskContext, TracingSwitch, World } from './scenario.ts';

/** By task, from 0. */
export const TASK_CONTEXTS = ['task', 'task2', 'task3'] as const satisfies readonly TaskContext[];

export const isTaskContext = (context: Anchor['context']): context is TaskContext => typeof context === 'string';

export const contextOfTask = (task: Task): TaskContext => `task${task.id}`;

export const NO_WORLD: World = Object.freeze({ tasks: [], switches: [], sleepers: [] });

export const worldOf = (scenario: Scenario): World => scenario.world ?? NO_WORLD;

/** Nothing is in it: such a world is left out of a scenario. */
export const isEmptyWorld = (world: World): boolean =>
  world.tasks.length + world.switches.length + world.sleepers.length === 0 && world.emergency === undefined && world.soft === undefined && world.hooks === undefined && world.exits === undefined
  && world.forks === undefined && world.outOfLine === undefined && world.tracing === undefined && !changesPatches(world);

/** The second patch, or a change of either over time, is in it. */
export const changesPatches = ({ second, off, transitions }: World): boolean => second !== undefined || off !== undefined || transitions !== undefined;

const NO_SECOND: readonly SecondVersion[] = Object.freeze([]);

/** The versions of the second patch. */
export const secondOf = (scenario: Scenario): readonly SecondVersion[] => scenario.world?.second ?? NO_SECOND;

/** A function, or one that is being made. */
interface Patchable { readonly id: number; readonly replacement?: { readonly traced: boolean } | undefined }

/** Some patch has a version of the function. */
export function isPatched(fn: Patchable, second: readonly SecondVersion[]): boolean {
  if (fn.replacement !== undefined) return true;
  for (let i = 0; i < second.length; i += 1) if (second[i]!.function === fn.id) return true;
  return false;
}

type PatchField = 'second' | 'off' | 'transitions';

/** What changes patches, as fields of a world: left out where there is nothing. */
export const patchFields = ({ second = [], off = [], transitions = [] }: { readonly [field in PatchField]?: World[field] | undefined }): Pick<World, PatchField> => ({
  ...(second.length === 0 ? {} : { second }), ...(off.length === 0 ? {} : { off }), ...(transitions.length === 0 ? {} : { transitions }),
});

/** The interrupts that are handled on the emergency stack, as a field of a world: left out where there are none. */
export const onEmergencyStack = (ids: readonly number[]): Pick<World, 'emergency'> => (ids.length === 0 ? {} : { emergency: ids });

/** The interrupts whose handlers are soft irqs', as a field of a world: left out where there are none. */
export const onSoftStack = (ids: readonly number[]): Pick<World, 'soft'> => (ids.length === 0 ? {} : { soft: ids });

/** Other hooks, as a field of a world: left out where there are none. */
export const withHooks = (hooks: readonly OtherHook[]): Pick<World, 'hooks'> => (hooks.length === 0 ? {} : { hooks });

/** Tasks that end early, as a field of a world: left out where there are none. */
export const withExits = (exits: readonly Exit[]): Pick<World, 'exits'> => (exits.length === 0 ? {} : { exits });

/** Tasks that others fork, as a field of a world: left out where there are none. */
export const withForks = (forks: readonly Fork[]): Pick<World, 'forks'> => (forks.length === 0 ? {} : { forks });

/** The parent, which `at` lands in, is there from the beginning or forked by one that is: tasks have lower numbers than those that they fork. */
export const hasEarlierParent = ({ task, at }: Fork): boolean => TASK_CONTEXTS.indexOf(at.context as TaskContext) + 1 < task;

/** Whether ftrace is called at a version's mcount site, the original's or the replacement's: only there can others hook. `second`: what the second patch has. */
export function hasActiveSite(fn: Patchable & { readonly traced: boolean }, replacement: boolean, second: readonly SecondVersion[]): boolean {
  return replacement ? fn.replacement?.traced === true : fn.traced || isPatched(fn, second);
}

/** The times that tracing is switched, as a field of a world: left out where there are none. */
export const withTracing = (tracing: readonly TracingSwitch[]): Pick<World, 'tracing'> => (tracing.length === 0 ? {} : { tracing });

/** How the scenario's functions are hooked. */
export const styleOf = ({ world }: Scenario): 'in-line' | 'out-of-line' => (world?.outOfLine === true ? 'out-of-line' : 'in-line');

/** The same, as a field of another world: left out where it is in line. */
export const styleField = (scenario: Scenario): Pick<World, 'outOfLine'> => (styleOf(scenario) === 'in-line' ? {} : { outOfLine: true });

/** Nothing is in it but how functions are hooked. */
export const isStyleAlone = (world: World): boolean =>
  Object.entries(world).every(([field, value]: [string, unknown]) => field === 'outOfLine' || (Array.isArray(value) && value.length === 0));

/** The scenario with that world, without one where it is empty. */
export function withWorld(scenario: Scenario, world: World): Scenario {
  if (!isEmptyWorld(world)) return { ...scenario, world };
  if (scenario.world === undefined) return scenario;
  const { world: _, ...rest } = scenario;
  return rest;
}

/** The scenario with its functions hooked in that style. */
export function hookedIn(scenario: Scenario, style: 'in-line' | 'out-of-line'): Scenario {
  if (styleOf(scenario) === style) return scenario;
  const { outOfLine: _, ...rest } = worldOf(scenario);
  return withWorld(scenario, style === 'in-line' ? rest : { ...rest, outOfLine: true });
}

/** Every function that a task begins with, by task, from 0: its id. */
export function taskStarts(scenario: Scenario): number[] {
  return [scenario.start, ...worldOf(scenario).tasks.map(({ start }) => start)];
}
