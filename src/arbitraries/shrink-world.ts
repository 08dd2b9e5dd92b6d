/** Smaller worlds, one step away (shrink.ts): tasks, switches, sleepers and all else that there may be go, and what is left becomes simpler. */
import type { Again, Anchor, Cpu, Exit, Fork, HookKind, OtherHook, Region, Scenario, TracingSwitch, Transition, World } from '../scenario/scenario.ts';
import { NO_WORLD, contextOfTask, onEmergencyStack, onSoftStack, patchFields, withExits, withForks, withHooks, withTracing, withWorld, worldOf } from '../scenario/world.ts';

/** As shrink.ts tries numbers: the least, halves up, one less. */
type Smaller = (value: number, least?: number) => number[];

/** A measure of size, to be added to that of the scenario: tasks before switches before sleepers before details. */
export function worldWeight(world: World, anchorWeight: (at: Anchor) => number): number {
  let sum = 0;
  for (const { cpu, start } of world.tasks) sum += 8_000 + 40 * cpu + Math.min(start, 30);
  for (const { at, cpu } of world.switches) sum += 5_000 + 40 * cpu + anchorWeight(at) + (at.context === 'task' ? 0 : 5);
  for (const { cpu, walked } of world.sleepers) sum += 4_000 + 40 * cpu + (walked === true ? 60 : 0);
  for (const { body } of world.second ?? []) sum += 900 + (body === 'first' ? 20 : 0);
  for (const { at, change, unload } of world.transitions ?? []) {
    sum += 4_500 + anchorWeight(at) + (at.context === 'task' ? 0 : 5) + (unload === true ? 60 : 0) + (change === 'replace' ? 30 : 0);
  }
  for (const { at, again } of world.exits ?? []) sum += 4_500 + anchorWeight(at) + AGAIN_WEIGHT[again ?? 'gone'];
  for (const { at } of world.forks ?? []) sum += 4_200 + anchorWeight(at) + (at.context === 'task' ? 0 : 5);
  for (const { at, cpu, on } of world.tracing ?? []) sum += 3_000 + 40 * cpu + (on ? 10 : 0) + anchorWeight(at) + (at.context === 'task' ? 0 : 5);
  for (const { kind } of world.hooks ?? []) sum += HOOK_WEIGHT[kind];
  return sum + 70 * (world.emergency?.length ?? 0) + 60 * (world.soft?.length ?? 0) + 80 * (world.off?.length ?? 0) + (world.outOfLine === undefined ? 0 : 2_000);
}

/** Who else hooks returns, the plainest first. */
const HOOK_WEIGHT: Readonly<Record<HookKind, number>> = { graph: 3_000, kretprobe: 3_100, 'kretprobe-first': 3_120 };
const HOOKER_NAME: Readonly<Record<HookKind, string>> = { graph: 'the graph tracer does not hook', kretprobe: 'no kretprobe hooks', 'kretprobe-first': 'no kretprobe hooks' };

export type WorldStep = readonly [
  kind: 'world' | 'task' | 'switch' | 'sleeper' | 'cpu' | 'walk' | 'emergency' | 'soft' | 'transition' | 'second-version' | 'patch-state' | 'unload' | 'hook' | 'exit' | 'fork' | 'again'
    | 'style' | 'tracing' | 'anchor-call' | 'occurrence' | 'region' | 'step' | 'context',
  what: string, scenario: Scenario,
];

const change = (s: Scenario, fields: Partial<World>): Scenario => withWorld(s, { ...worldOf(s), ...fields });
const calm = (s: Scenario, ids: readonly number[]): Scenario => {
  const { emergency: _, ...rest } = worldOf(s);
  return withWorld(s, { ...rest, ...onEmergencyStack(ids) });
};

const hard = (s: Scenario, ids: readonly number[]): Scenario => {
  const { soft: _, ...rest } = worldOf(s);
  return withWorld(s, { ...rest, ...onSoftStack(ids) });
};

/** The same with other patches; a list that is empty is left out. */
function patched(s: Scenario, fields: Pick<World, 'second' | 'off' | 'transitions'>): Scenario {
  const { second, off, transitions, ...rest } = worldOf(s);
  return withWorld(s, { ...rest, ...patchFields({ second, off, transitions, ...fields }) });
}

/** Without what lands in a task. */
function alone(s: Scenario, context: Anchor['context']): Partial<World> {
  const { switches, transitions } = worldOf(s);
  const elsewhere = ({ at }: { readonly at: Anchor }): boolean => at.context !== context;
  return { switches: switches.filter(elsewhere), ...(transitions === undefined ? {} : { transitions: transitions.filter(elsewhere) }) };
}
/** Where the graph tracer is gone, nothing can come before it. */
const without = (hooks: readonly OtherHook[], gone: OtherHook): OtherHook[] => hooks.filter((it) => it !== gone)
  .map((it) => (gone.kind === 'graph' && it.kind === 'kretprobe-first' && it.function === gone.function && it.replacement === gone.replacement ? { ...it, kind: 'kretprobe' } : it));
const hooked = (s: Scenario, left: readonly OtherHook[]): Scenario => {
  const { hooks: _, ...rest } = worldOf(s);
  return withWorld(s, { ...rest, ...withHooks(left) });
};

/** What becomes of an ended task's stack, the plainest first. */
const AGAIN_WEIGHT: Readonly<Record<Again | 'gone', number>> = { gone: 0, new: 20, same: 40 };
const ending = (s: Scenario, left: readonly Exit[]): Scenario => {
  const { exits: _, ...rest } = worldOf(s);
  return withWorld(s, { ...rest, ...withExits(left) });
};

const forking = (s: Scenario, left: readonly Fork[]): Scenario => {
  const { forks: _, ...rest } = worldOf(s);
  return withWorld(s, { ...rest, ...withForks(left) });
};

/** What goes as a whole. */
export function* worldStructure(s: Scenario): Generator<WorldStep> {
  const { world } = s;
  if (world === undefined) return;
  yield ['world', 'with nothing around', withWorld(s, NO_WORLD)];
  for (const task of world.tasks.toReversed()) {
    const context = contextOfTask(task);
    const interrupts = s.interrupts.filter(({ at }) => at.context !== context);
    yield ['task', `without task ${task.id}`, change({ ...s, interrupts }, {
      tasks: world.tasks.filter((one) => one !== task), ...alone(s, context),
    })];
    yield ['task', `task ${task.id} is the first`, change({ ...s, start: task.start, interrupts }, {
      tasks: world.tasks.filter((one) => one !== task), ...alone(s, context),
    })];
  }
  for (const one of world.switches.toReversed()) yield ['switch', `without switch ${one.id}`, change(s, { switches: world.switches.filter((it) => it !== one) })];
  const { second = [], off = [], transitions = [] } = world;
  for (const one of transitions.toReversed()) yield ['transition', `without transition ${one.id}`, patched(s, { transitions: transitions.filter((it) => it !== one) })];
  for (const one of second.toReversed()) yield ['second-version', `no second version of function ${one.function}`, patched(s, { second: second.filter((it) => it !== one) })];
  for (const one of off) yield ['patch-state', `patch ${one} on at first`, patched(s, { off: off.filter((it) => it !== one) })];
  if (world.outOfLine !== undefined) {
    const { outOfLine: _, ...inLine } = world;
    yield ['style', 'hooked in line', withWorld(s, inLine)];
  }
  for (const one of world.tracing?.toReversed() ?? []) yield ['tracing', `tracing is not switched ${one.on ? 'on' : 'off'} at call ${one.at.call}`, switchedOtherwise(s, one)];
  for (const one of world.sleepers.toReversed()) yield ['sleeper', `function ${one.function} does not sleep`, change(s, { sleepers: world.sleepers.filter((it) => it !== one) })];
  for (const one of world.hooks?.toReversed() ?? []) {
    const where = one.replacement ? 'the replacement of ' : '';
    yield ['hook', `${HOOKER_NAME[one.kind]} ${where}function ${one.function}`, hooked(s, without(world.hooks!, one))];
  }
  for (const one of world.forks?.toReversed() ?? []) yield ['fork', `task ${one.task} is there from the beginning`, forking(s, world.forks!.filter((it) => it !== one))];
  for (const one of world.exits?.toReversed() ?? []) yield ['exit', `without exit ${one.id}`, ending(s, world.exits!.filter((it) => it !== one))];
}

/** Without the time `gone` that tracing is switched, or with `instead`. */
function switchedOtherwise(s: Scenario, gone: TracingSwitch, instead: readonly TracingSwitch[] = []): Scenario {
  const { tracing = [], ...rest } = worldOf(s);
  return withWorld(s, { ...rest, ...withTracing(tracing.flatMap((one) => (one === gone ? instead : [one]))) });
}

/** What becomes simpler. */
export function* worldDetails(s: Scenario, smaller: Smaller, regions: Readonly<Record<Region, number>>): Generator<WorldStep> {
  const { world } = s;
  if (world === undefined) return;
  if ([...world.tasks, ...world.switches, ...world.sleepers].some(({ cpu }) => cpu !== 0)) {
    const near = <T extends { cpu: 0 | 1 }>(list: readonly T[]): T[] => list.map((one) => ({ ...one, cpu: 0 }));
    yield ['cpu', 'all on CPU 0', change(s, { tasks: near(world.tasks), switches: near(world.switches), sleepers: near(world.sleepers) })];
  }
  for (const id of world.emergency ?? []) yield ['emergency', `interrupt ${id} on the interrupt stack`, calm(s, world.emergency!.filter((one) => one !== id))];
  for (const id of world.soft ?? []) yield ['soft', `interrupt ${id} no soft irq`, hard(s, world.soft!.filter((one) => one !== id))];
  for (const task of world.tasks) {
    const now = (fields: Partial<typeof task>): Scenario => change(s, { tasks: world.tasks.map((one) => (one === task ? { ...one, ...fields } : one)) });
    if (task.cpu !== 0) yield ['cpu', `task ${task.id} on CPU 0`, now({ cpu: 0 })];
    for (const fn of s.functions) if (fn.id !== task.start && fn.args === 0 && fn.module !== 'P') yield ['task', `task ${task.id} runs function ${fn.id}`, now({ start: fn.id })];
  }
  for (const sleeper of world.sleepers) {
    if (sleeper.cpu !== 0) yield ['cpu', `function ${sleeper.function} wakes on CPU 0`, change(s, { sleepers: world.sleepers.map((one) => (one === sleeper ? { ...one, cpu: 0 } : one)) })];
  }
  for (const sleeper of world.sleepers) {
    const { walked, ...rest } = sleeper;
    if (walked === true) yield ['walk', `nobody walks the stack while function ${sleeper.function} sleeps`, change(s, { sleepers: world.sleepers.map((one) => (one === sleeper ? rest : one)) })];
  }
  for (const one of world.switches) {
    yield* anchoredSteps(`switch ${one.id}`, one, (fields) => change(s, { switches: world.switches.map((it) => (it === one ? { ...it, ...fields } : it)) }), smaller, regions);
  }
  yield* patchDetails(s, world, smaller, regions);
  for (const one of world.hooks ?? []) {
    if (one.kind !== 'kretprobe-first') continue;
    yield ['hook', `the kretprobe of function ${one.function} comes behind the graph tracer`, hooked(s, world.hooks!.map((it) => (it === one ? { ...one, kind: 'kretprobe' } : it)))];
  }
  for (const one of world.exits ?? []) yield* exitSteps(s, world.exits!, one, smaller);
  for (const one of world.forks ?? []) {
    const here = `fork of task ${one.task}`;
    const anchor = (fields: Partial<Anchor>): Scenario => forking(s, world.forks!.map((it) => (it === one ? { ...one, at: { ...one.at, ...fields } } : it)));
    for (const step of anchorSteps(here, one.at, anchor, smaller, regions)) if (step[0] !== 'region') yield step;
  }
  for (const one of world.tracing ?? []) {
    yield* anchoredSteps(`tracing switched at call ${one.at.call}`, one, (fields) => switchedOtherwise(s, one, [{ ...one, ...fields }]), smaller, regions);
  }
}

function* exitSteps(s: Scenario, exits: readonly Exit[], one: Exit, smaller: Smaller): Generator<WorldStep> {
  const here = `exit ${one.id}`;
  const now = (changed: Exit): Scenario => ending(s, exits.map((it) => (it === one ? changed : it)));
  const anchor = (fields: Partial<Anchor>): Scenario => now({ ...one, at: { ...one.at, ...fields } });
  const { again, ...plain } = one;
  if (again !== undefined) yield ['again', `nobody begins again behind ${here}`, now(plain)];
  if (again === 'same') yield ['again', `a new task begins behind ${here}`, now({ ...plain, again: 'new' })];
  if (one.at.context !== 'task') yield ['context', `${here} in the first task`, anchor({ context: 'task' })];
  if (one.at.call !== 0) yield ['anchor-call', `${here} at the first call`, anchor({ call: 0, occurrence: 1 })];
  for (const occurrence of smaller(one.at.occurrence, 1)) yield ['occurrence', `${here} at occurrence ${occurrence}`, anchor({ occurrence })];
  for (const step of smaller(one.at.step)) yield ['step', `${here} at step ${step}`, anchor({ step })];
}

/** What becomes simpler of the patches. */
function* patchDetails(s: Scenario, { second = [], transitions = [] }: World, smaller: Smaller, regions: Readonly<Record<Region, number>>): Generator<WorldStep> {
  for (const one of second) {
    if (one.body === 'first') yield ['second-version', `second version of function ${one.function} identical`, patched(s, { second: second.map((it) => (it === one ? { ...it, body: 'same' } : it)) })];
  }
  for (const one of transitions) {
    const { unload, ...rest } = one;
    const now = (it: Transition): Scenario => patched(s, { transitions: transitions.map((old) => (old === one ? it : old)) });
    if (unload === true) yield ['unload', `nothing is removed behind transition ${one.id}`, now(rest)];
    if (one.change === 'replace') yield ['transition', `transition ${one.id} enables patch 2`, now({ ...rest, change: 'enable' })];
    yield* anchorSteps(`transition ${one.id}`, one.at, (fields) => now({ ...one, at: { ...one.at, ...fields } }), smaller, regions);
  }
}

/** What has an anchor and a CPU, a step simpler. */
function* anchoredSteps(
  here: string, one: { readonly at: Anchor; readonly cpu: Cpu }, now: (fields: { at?: Anchor; cpu?: Cpu }) => Scenario,
  smaller: Smaller, regions: Readonly<Record<Region, number>>,
): Generator<WorldStep> {
  if (one.cpu !== 0) yield ['cpu', `${here} back to CPU 0`, now({ cpu: 0 })];
  yield* anchorSteps(here, one.at, (fields) => now({ at: { ...one.at, ...fields } }), smaller, regions);
}

function* anchorSteps(
  here: string, at: Anchor, anchor: (fields: Partial<Anchor>) => Scenario, smaller: Smaller, regions: Readonly<Record<Region, number>>,
): Generator<WorldStep> {
  if (at.context !== 'task') yield ['context', `${here} in the first task`, anchor({ context: 'task' })];
  if (at.call !== 0) yield ['anchor-call', `${here} at the first call`, anchor({ call: 0, occurrence: 1 })];
  for (const occurrence of smaller(at.occurrence, 1)) yield ['occurrence', `${here} at occurrence ${occurrence}`, anchor({ occurrence })];
  for (const step of smaller(at.step)) yield ['step', `${here} at step ${step}`, anchor({ step })];
  for (const region of ['callee', 'return-site', 'caller', 'stub'] as const) {
    if (regions[region] < regions[at.region]) yield ['region', `${here} in ${region}`, anchor({ region, step: 0 })];
  }
}
