/**
 * What makes a well-typed world (world.ts) a valid one.
 *
 *  - A task begins as the first one does. Ids are 2 and 3, in this order: it is the order in which they first run.
 *  - A switch lands in a task's own code: from inside an interrupt's handler nobody is preempted.
 *  - A sleeping version has a frame: two entries, no data in the protected zone. No interrupt handler leads to it: a handler cannot sleep.
 *  - What is handled on the emergency stack is an interrupt with a stack of its own; so is a soft irq, and on one of them only.
 *  - What changes patches: patch-rules.ts.
 *  - Others hook where ftrace is called: at the site of an original that is patched or traced, or of a traced replacement. At each site there is one kretprobe
 *    at most; what comes before the graph tracer there has the tracer to come before.
 *  - A task ends early in code of its own: region callee, not in a handler.
 *  - A task is forked once at most, by one of a lower number, in code of that task's own: region callee, not in a handler.
 *  - Tracing is switched at an anchor in a task's own code.
 *  - A world in which there is nothing is left out.
 */
import type { Problem } from './error.ts';
import type { Graph } from './graph.ts';
import { patchProblem } from './patch-rules.ts';
import type { Anchor, Interrupt, Scenario, Sleeper, World } from './scenario.ts';
import { changesPatches, contextOfTask, hasActiveSite, hasEarlierParent, isEmptyWorld, isTaskContext, secondOf } from './world.ts';

const problem = (path: string, what: string): Problem => ({ path, what });

/** An anchor's context that is a task is there. */
export function contextProblem(at: Anchor, world: World): string | undefined {
  if (!isTaskContext(at.context) || at.context === 'task') return undefined;
  if (world.tasks.some((task) => contextOfTask(task) === at.context)) return undefined;
  return `there is no ${at.context} in world.tasks`;
}

function sleeperProblem(scenario: Scenario, graph: Graph, sleeper: Sleeper): Problem | undefined {
  const at = graph.index.get(sleeper.function);
  if (at === undefined) return problem('.function', `no function has id ${sleeper.function}`);
  const fn = scenario.functions[at]!;
  if (sleeper.replacement && fn.replacement === undefined) return problem('.replacement', `function ${fn.id} is not patched`);
  const entry = sleeper.replacement ? fn.replacement!.entry : fn.entry;
  if (entry !== 'dual') return problem('.function', `a version that sleeps has entry dual; this one of function ${fn.id} has ${entry}`);
  const patch = fn.replacement?.body;
  const body = sleeper.replacement && patch !== 'same' ? patch! : fn.body;
  if (body.zone) return problem('.function', `a version that sleeps has a frame; this one of function ${fn.id} keeps data in the protected zone`);
  for (const { handler } of scenario.interrupts) {
    const from = graph.index.get(handler)!;
    if (from === at || (graph.reach[from]! >>> at & 1) === 1) return problem('.function', `the interrupt handler ${handler} leads to function ${fn.id}, and a handler cannot sleep`);
  }
  return undefined;
}

/** `rootProblem`: what is wrong with a function as the first of a context. `calls`: ids of all calls. */
export function worldProblem(
  scenario: Scenario, world: World, graph: Graph, calls: ReadonlySet<number>, rootProblem: (id: number, role: string) => string | undefined,
): Problem | undefined {
  if (isEmptyWorld(world)) return problem('world', 'nothing is in it; leave it out');
  const tasks = new Set<number>();
  for (const [i, task] of world.tasks.entries()) {
    if (tasks.has(task.id)) return problem(`world.tasks[${i}].id`, `another task has id ${task.id}`);
    if (i > 0 && task.id < world.tasks[i - 1]!.id) return problem(`world.tasks[${i}].id`, `task ${task.id} stands behind task ${world.tasks[i - 1]!.id}; expected rising ids`);
    tasks.add(task.id);
    const found = rootProblem(task.start, "a task's first function");
    if (found !== undefined) return problem(`world.tasks[${i}].start`, found);
  }
  const switches = new Set<number>();
  for (const [i, { id, at }] of world.switches.entries()) {
    const path = `world.switches[${i}]`;
    if (switches.has(id)) return problem(`${path}.id`, `another switch has id ${id}`);
    switches.add(id);
    if (!isTaskContext(at.context)) return problem(`${path}.at.context`, `a switch lands in a task, not in the handler of interrupt ${at.context}`);
    const missing = contextProblem(at, world);
    if (missing !== undefined) return problem(`${path}.at.context`, missing);
    if (at.call !== 0 && !calls.has(at.call)) return problem(`${path}.at.call`, `no call has id ${at.call}; expected one, or 0 for the context's first call`);
  }
  const sleepers = new Set<string>();
  for (const [i, sleeper] of world.sleepers.entries()) {
    const path = `world.sleepers[${i}]`;
    const found = sleeperProblem(scenario, graph, sleeper);
    if (found !== undefined) return problem(`${path}${found.path}`, found.what);
    const key = `${sleeper.function} ${sleeper.replacement}`;
    if (sleepers.has(key)) return problem(path, 'the same version twice');
    sleepers.add(key);
  }
  if (changesPatches(world)) {
    const found = patchProblem(scenario, world, graph, calls, (at) => contextProblem(at, world));
    if (found !== undefined) return found;
  }
  return stacksProblem(scenario, world) ?? hooksProblem(scenario, graph, world) ?? exitsProblem(world, calls) ?? forksProblem(world, calls) ?? tracingProblem(world, calls);
}

function hooksProblem(scenario: Scenario, graph: Graph, { hooks }: World): Problem | undefined {
  if (hooks === undefined) return undefined;
  if (hooks.length === 0) return problem('world.hooks', 'empty; leave it out');
  for (const [i, hook] of hooks.entries()) {
    const path = `world.hooks[${i}]`;
    const at = graph.index.get(hook.function);
    if (at === undefined) return problem(`${path}.function`, `no function has id ${hook.function}`);
    if (!hasActiveSite(scenario.functions[at]!, hook.replacement, secondOf(scenario))) {
      const what = hook.replacement ? `the replacement of function ${hook.function} is not traced` : `function ${hook.function} is neither patched nor traced`;
      return problem(`${path}.function`, `ftrace is not called there: ${what}`);
    }
    if (hooks.findIndex((it) => it.function === hook.function && it.replacement === hook.replacement && it.kind === hook.kind) !== i) return problem(path, 'the same hook twice');
    const beside = hooks.filter((it, k) => it.function === hook.function && it.replacement === hook.replacement && (k < i || it.kind === 'graph'));
    if (hook.kind !== 'graph' && beside.some(({ kind }) => kind !== 'graph')) return problem(path, 'another kretprobe at the same site');
    if (hook.kind === 'kretprobe-first' && !beside.some(({ kind }) => kind === 'graph')) return problem(`${path}.kind`, 'the graph tracer is not at that site, for a kretprobe to come before it');
  }
  return undefined;
}

function exitsProblem(world: World, calls: ReadonlySet<number>): Problem | undefined {
  const { exits } = world;
  if (exits === undefined) return undefined;
  if (exits.length === 0) return problem('world.exits', 'empty; leave it out');
  const ids = new Set<number>();
  for (const [i, { id, at }] of exits.entries()) {
    const path = `world.exits[${i}]`;
    if (ids.has(id)) return problem(`${path}.id`, `another exit has id ${id}`);
    ids.add(id);
    if (!isTaskContext(at.context)) return problem(`${path}.at.context`, `a task ends in code of its own, not in the handler of interrupt ${at.context}`);
    const missing = contextProblem(at, world);
    if (missing !== undefined) return problem(`${path}.at.context`, missing);
    if (at.region !== 'callee') return problem(`${path}.at.region`, `a task ends in region callee, not in ${at.region}`);
    if (at.call !== 0 && !calls.has(at.call)) return problem(`${path}.at.call`, `no call has id ${at.call}; expected one, or 0 for the context's first call`);
  }
  return undefined;
}

function forksProblem({ forks, tasks, ...world }: World, calls: ReadonlySet<number>): Problem | undefined {
  if (forks === undefined) return undefined;
  if (forks.length === 0) return problem('world.forks', 'empty; leave it out');
  for (const [i, fork] of forks.entries()) {
    const path = `world.forks[${i}]`, { task, at } = fork;
    if (!tasks.some(({ id }) => id === task)) return problem(`${path}.task`, `there is no task ${task} in world.tasks`);
    if (forks.findIndex((it) => it.task === task) !== i) return problem(`${path}.task`, `task ${task} is forked twice`);
    if (!isTaskContext(at.context)) return problem(`${path}.at.context`, `a task forks in code of its own, not in the handler of interrupt ${at.context}`);
    const missing = contextProblem(at, { ...world, tasks });
    if (missing !== undefined) return problem(`${path}.at.context`, missing);
    if (!hasEarlierParent(fork)) return problem(`${path}.at.context`, `${at.context} forks task ${task}; expected a task of a lower number`);
    if (at.region !== 'callee') return problem(`${path}.at.region`, `a task forks in region callee, not in ${at.region}`);
    if (at.call !== 0 && !calls.has(at.call)) return problem(`${path}.at.call`, `no call has id ${at.call}; expected one, or 0 for the context's first call`);
  }
  return undefined;
}

function tracingProblem(world: World, calls: ReadonlySet<number>): Problem | undefined {
  for (const [i, { at }] of (world.tracing ?? []).entries()) {
    const path = `world.tracing[${i}]`;
    if (!isTaskContext(at.context)) return problem(`${path}.at.context`, `tracing is switched in a task, not in the handler of interrupt ${at.context}`);
    const missing = contextProblem(at, world);
    if (missing !== undefined) return problem(`${path}.at.context`, missing);
    if (at.call !== 0 && !calls.has(at.call)) return problem(`${path}.at.call`, `no call has id ${at.call}; expected one, or 0 for the context's first call`);
  }
  return undefined;
}

function stacksProblem(scenario: Scenario, { emergency = [], soft = [] }: World): Problem | undefined {
  const both = soft.findIndex((id) => emergency.includes(id));
  if (both >= 0) return problem(`world.soft[${both}]`, `interrupt ${soft[both]} is on the emergency stack; expected one of the two`);
  return stackProblem(scenario, 'emergency', emergency) ?? stackProblem(scenario, 'soft', soft);
}

function stackProblem(scenario: Scenario, field: 'emergency' | 'soft', ids: readonly number[]): Problem | undefined {
  if (scenario.world?.[field]?.length === 0) return problem(`world.${field}`, 'empty; leave it out');
  for (const [i, id] of ids.entries()) {
    const path = `world.${field}[${i}]`;
    const interrupt = scenario.interrupts.find((it) => it.id === id);
    if (interrupt === undefined) return problem(path, `no interrupt has id ${id}`);
    if (!interrupt.ownStack) return problem(path, `interrupt ${id} has no stack of its own; expected ownStack`);
    if (ids.indexOf(id) !== i) return problem(path, `interrupt ${id} twice`);
  }
  return undefined;
}

/** Interrupts that land in a task that is not there. */
export function strayInterrupt(interrupts: readonly Interrupt[], world: World): Problem | undefined {
  for (const [i, { at }] of interrupts.entries()) {
    const missing = contextProblem(at, world);
    if (missing !== undefined) return problem(`interrupts[${i}].at.context`, missing);
  }
  return undefined;
}
