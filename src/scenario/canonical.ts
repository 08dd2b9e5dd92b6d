/**
 * The canonical form of a scenario: without what no run can reach, ids compact and in the order of discovery. Two scenarios that
 * differ in names, unreachable parts or places of unused modules only have the same canonical form; it runs as the scenario does.
 *
 * Discovery: from the start function, breadth first, a function's original calls before its replacement's; then from the other tasks', in their
 * order; then each interrupt, those in a task by anchor, task by task, then those in the first one's handler, and so on; its handler is discovered
 * when its turn comes.
 */
import type { Anchor, Body, Call, Exit, Fork, Interrupt, OtherHook, Scenario, ScenarioFunction, Sleeper, Task, TaskContext, TracingSwitch, World } from './scenario.ts';
import { HOOK_KINDS, REGIONS } from './scenario.ts';
import { TASK_CONTEXTS, contextOfTask, onEmergencyStack, onSoftStack, patchFields, withExits, withForks, withHooks, withTracing, withWorld, worldOf } from './world.ts';

function key(at: Anchor, calls: ReadonlyMap<number, number>): number {
  const call = at.call === 0 ? 0 : calls.get(at.call)!;
  return ((call * 128 + at.occurrence) * 8 + REGIONS.indexOf(at.region)) * 256 + at.step;
}

/** The canonical form of a valid scenario. Idempotent; the result shares nothing with its argument. */
export function canonical(scenario: Scenario): Scenario {
  const byId = new Map(scenario.functions.map((fn) => [fn.id, fn]));
  const ids = new Map<number, number>();
  const found: ScenarioFunction[] = [];
  const calls = new Map<number, number>();
  let visited = 0;

  const meet = (id: number): void => {
    if (ids.has(id)) return;
    const fn = byId.get(id);
    if (fn === undefined) throw new RangeError(`no function ${id}`);
    ids.set(id, found.length);
    found.push(fn);
  };
  const walk = (body: Body): void => {
    for (const call of body.calls) {
      calls.set(call.id, calls.size + 1);
      if (call.callee !== 'self') meet(call.callee);
    }
  };
  const discover = (root: number): void => {
    meet(root);
    for (; visited < found.length; visited += 1) {
      const fn = found[visited]!;
      walk(fn.body);
      if (fn.replacement !== undefined && fn.replacement.body !== 'same') walk(fn.replacement.body);
    }
  };
  // Calls that a context can make: those of all functions reachable from its root.
  const callsFrom = (root: number): ReadonlySet<number> => {
    const reached = new Set<number>([root]);
    const made = new Set<number>([0]);
    for (const id of reached) {
      const fn = byId.get(id)!;
      for (const body of [fn.body, fn.replacement?.body]) {
        if (body === undefined || body === 'same') continue;
        for (const call of body.calls) {
          made.add(call.id);
          if (call.callee !== 'self') reached.add(call.callee);
        }
      }
    }
    return made;
  };

  discover(scenario.start);
  const world = worldOf(scenario);
  const tasks: Task[] = [];
  // A task whose parent never can make the call in which it is forked is not there.
  for (const task of world.tasks.toSorted((a, b) => a.id - b.id)) {
    const fork = world.forks?.find((it) => it.task === task.id);
    const parent = fork?.at.context === 'task' ? scenario : tasks.find((it) => contextOfTask(it) === fork?.at.context);
    if (fork === undefined || (parent !== undefined && callsFrom(parent.start).has(fork.at.call))) tasks.push(task);
  }
  for (const { start } of tasks) discover(start);
  const interrupts: Interrupt[] = [];
  const newIds = new Map<Anchor['context'], Anchor['context']>([['task', 'task']]);
  tasks.forEach((task, i) => { newIds.set(contextOfTask(task), TASK_CONTEXTS[i + 1]!); });
  const land = (context: Anchor['context'], root: number): void => {
    const inner = scenario.interrupts.filter((interrupt) => interrupt.at.context === context);
    if (inner.length === 0) return;
    const made = callsFrom(root);
    const reached = inner.filter((interrupt) => made.has(interrupt.at.call));
    // Stable: interrupts of one anchor keep their order, which is the order in which they are delivered.
    reached.sort((a, b) => key(a.at, calls) - key(b.at, calls));
    for (const interrupt of reached) {
      interrupts.push(interrupt);
      newIds.set(interrupt.id, interrupts.length);
    }
  };
  land('task', scenario.start);
  for (const task of tasks) land(contextOfTask(task), task.start);
  for (let i = 0; i < interrupts.length; i += 1) {
    const interrupt = interrupts[i]!;
    discover(interrupt.handler);
    land(interrupt.id, interrupt.handler);
  }

  const renamed = (at: Anchor): Anchor => ({
    context: newIds.get(at.context)!,
    call: at.call === 0 ? 0 : calls.get(at.call)!,
    occurrence: at.occurrence,
    region: at.region,
    step: at.step,
  });
  const contexts = [{ context: 'task' as TaskContext, made: callsFrom(scenario.start) }, ...tasks.map((task) => ({ context: contextOfTask(task), made: callsFrom(task.start) }))];
  // Of each task, in its order: what can be reached there. Stable, as for interrupts.
  const inOrder = <T extends { readonly at: Anchor }>(list: readonly T[]): T[] => contexts.flatMap(({ context, made }) =>
    list.filter(({ at }) => at.context === context && made.has(at.call)).sort((a, b) => key(a.at, calls) - key(b.at, calls)))
    .map((one) => ({ ...one, at: renamed(one.at) }));
  const inTasks = <T extends { readonly id: number; readonly at: Anchor }>(list: readonly T[]): T[] => inOrder(list).map((one, i) => ({ ...one, id: i + 1 }));
  const sleepers = world.sleepers.filter((it) => ids.has(it.function))
    .map((it): Sleeper => ({ function: ids.get(it.function)!, replacement: it.replacement, cpu: it.cpu, ...(it.walked === undefined ? {} : { walked: it.walked }) }));
  const hooks = (world.hooks ?? []).filter((it) => ids.has(it.function)).map((it): OtherHook => ({ function: ids.get(it.function)!, replacement: it.replacement, kind: it.kind }));
  const around: World = {
    tasks: tasks.map(({ start, cpu }, i) => ({ id: i === 0 ? 2 : 3, start: ids.get(start)!, cpu })),
    switches: inTasks(world.switches),
    sleepers: sleepers.sort((a, b) => a.function - b.function || Number(a.replacement) - Number(b.replacement)),
    ...onEmergencyStack(stillThere(world.emergency, newIds)),
    ...onSoftStack(stillThere(world.soft, newIds)),
    ...patchFields({
      second: (world.second ?? []).filter((it) => ids.has(it.function)).map((it) => ({ function: ids.get(it.function)!, body: it.body })).sort((a, b) => a.function - b.function),
      off: [...world.off ?? []],
      transitions: inTasks(world.transitions ?? []),
    }),
    ...withHooks(hooks.sort((a, b) => a.function - b.function || Number(a.replacement) - Number(b.replacement) || HOOK_KINDS.indexOf(a.kind) - HOOK_KINDS.indexOf(b.kind))),
    ...withExits(inTasks(world.exits ?? []).map(copyExit)),
    ...withForks(tasks.flatMap((task, i) => (world.forks ?? []).filter((it) => it.task === task.id).map(({ at }): Fork => ({ task: i === 0 ? 2 : 3, at: renamed(at) })))),
    ...(world.outOfLine === undefined ? {} : { outOfLine: true as const }),
    ...withTracing(inOrder(world.tracing ?? []).map(copyTracing)),
  };
  const uses = (module: 'M' | 'N' | 'P'): boolean =>
    found.some((fn) => fn.module === module || (module === 'P' && fn.replacement !== undefined)) || (module === 'P' && around.second !== undefined);
  return withWorld({
    places: { M: uses('M') ? scenario.places.M : 0, N: uses('N') ? scenario.places.N : 0, P: uses('P') ? scenario.places.P : 0 },
    functions: found.map((fn, i) => copyFunction(fn, i, (id) => ids.get(id)!, (id) => calls.get(id)!)),
    start: 0,
    interrupts: interrupts.map((interrupt, i) => ({
      id: i + 1,
      at: renamed(interrupt.at),
      handler: ids.get(interrupt.handler)!,
      ownStack: interrupt.ownStack,
    })),
  }, around);
}

type Rename = (id: number) => number;

function copyBody(body: Body, callee: Rename, call: Rename): Body {
  return {
    calls: body.calls.map((one): Call => ({
      id: call(one.id),
      kind: one.kind,
      callee: one.callee === 'self' ? 'self' : callee(one.callee),
      ...(one.limit === undefined ? {} : { limit: one.limit }),
    })),
    nonvolatile: body.nonvolatile,
    zone: body.zone,
    hoisted: body.hoisted,
    earlyExit: body.earlyExit,
  };
}

function copyFunction(fn: ScenarioFunction, id: number, callee: Rename, call: Rename): ScenarioFunction {
  const { replacement } = fn;
  return {
    id,
    module: fn.module,
    entry: fn.entry,
    args: fn.args,
    variadic: fn.variadic,
    traced: fn.traced,
    body: copyBody(fn.body, callee, call),
    ...(replacement === undefined ? {} : {
      replacement: {
        entry: replacement.entry,
        traced: replacement.traced,
        body: replacement.body === 'same' ? 'same' as const : copyBody(replacement.body, callee, call),
      },
    }),
  };
}

/** Of these interrupts those that are left, by their new ids, rising. */
const stillThere = (ids: readonly number[] = [], newIds: ReadonlyMap<Anchor['context'], Anchor['context']>): number[] =>
  ids.flatMap((id) => newIds.get(id) as number | undefined ?? []).sort((a, b) => a - b);

const copyAnchor = ({ context, call, occurrence, region, step }: Anchor): Anchor => ({ context, call, occurrence, region, step });

const copyExit = ({ id, at, again }: Exit): Exit => ({ id, at: copyAnchor(at), ...(again === undefined ? {} : { again }) });
const copyFork = ({ task, at }: Fork): Fork => ({ task, at: copyAnchor(at) });
const copyTracing = ({ at, cpu, on }: TracingSwitch): TracingSwitch => ({ at: copyAnchor(at), cpu, on });

const copyWorld = ({ tasks, switches, sleepers, emergency, soft, second, off, transitions, hooks, exits, forks, outOfLine, tracing }: World): World => ({
  tasks: tasks.map(({ id, start, cpu }) => ({ id, start, cpu })),
  switches: switches.map(({ id, at, cpu }) => ({ id, at: copyAnchor(at), cpu })),
  sleepers: sleepers.map(({ function: of, replacement, cpu, walked }) => ({ function: of, replacement, cpu, ...(walked === undefined ? {} : { walked }) })),
  ...(emergency === undefined ? {} : { emergency: [...emergency] }),
  ...(soft === undefined ? {} : { soft: [...soft] }),
  ...(second === undefined ? {} : { second: second.map((it) => ({ function: it.function, body: it.body })) }),
  ...(off === undefined ? {} : { off: [...off] }),
  ...(transitions === undefined ? {} : {
    transitions: transitions.map(({ id, at, change, patch, unload }) => ({ id, at: copyAnchor(at), change, patch, ...(unload === undefined ? {} : { unload }) })),
  }),
  ...(hooks === undefined ? {} : { hooks: hooks.map(({ function: of, replacement, kind }) => ({ function: of, replacement, kind })) }),
  ...(exits === undefined ? {} : { exits: exits.map(copyExit) }),
  ...(forks === undefined ? {} : { forks: forks.map(copyFork) }),
  ...(outOfLine === undefined ? {} : { outOfLine }),
  ...(tracing === undefined ? {} : { tracing: tracing.map(copyTracing) }),
});

/** The scenario as text with its fields in a fixed order: equal exactly for equal data. */
export function scenarioText(scenario: Scenario): string {
  const keep: Rename = (id) => id;
  return JSON.stringify({
    places: { M: scenario.places.M, N: scenario.places.N, P: scenario.places.P },
    functions: scenario.functions.map((fn) => copyFunction(fn, fn.id, keep, keep)),
    start: scenario.start,
    interrupts: scenario.interrupts.map(({ id, at, handler, ownStack }) => ({ id, at: copyAnchor(at), handler, ownStack })),
    ...(scenario.world === undefined ? {} : { world: copyWorld(scenario.world) }),
  });
}

/** Whether two scenarios are the same data, whatever the order of their fields. */
export function equalScenarios(a: Scenario, b: Scenario): boolean {
  return a === b || scenarioText(a) === scenarioText(b);
}
