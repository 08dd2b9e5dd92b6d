/**
 * What surrounds the first task (scenario/world.ts), drawn on a scenario that is finished: so that a scenario without a world is the same whether
 * worlds are allowed or not. Further tasks begin where a context can; they are preempted, and sleep, at calls of patched functions rather than
 * elsewhere, and often two of them at the same place: only then does one find what the other has left.
 */
import { FEATURE_BIT } from '../scenario/features-of.ts';
import { graphOf } from '../scenario/graph.ts';
import type { Anchor, Call, Cpu, Exit, Fork, OtherHook, Scenario, ScenarioFunction, Sleeper, Switch, Task, TaskContext, TracingSwitch, World } from '../scenario/scenario.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { isValid } from '../scenario/validate.ts';
import { madeCalls } from '../scenario/versions.ts';
import {
  TASK_CONTEXTS, hasActiveSite, isEmptyWorld, isTaskContext, onEmergencyStack, onSoftStack, withExits, withForks, withHooks, withTracing, withWorld, worldOf,
} from '../scenario/world.ts';
import { ANCHORS, FIRST_WORLD_FEATURES, LATER_WORLD_FEATURES, FORK_ODDS, OTHER_HOOKS_ODDS, OUT_OF_LINE_ODDS, TRACING_ODDS, WORLD_ODDS, drawStep } from './dice.ts';
import type { Dice } from './dice.ts';
import { drawPatches } from './patches.ts';

const BIT = FEATURE_BIT;

/** The scenario, or the same with a world around that uses no feature outside of the mask `allowed`. */
export function drawAround(scenario: Scenario, dice: Dice, allowed: number): Scenario {
  return drawForks(drawSoft(drawOthers(drawStyles(drawTasks(scenario, dice, allowed), dice, allowed), dice, allowed), dice, allowed), dice, allowed);
}

/** Some of the tasks are forked by one before them, in code of a version that it has called. Last, so that all else is what it was. */
function drawForks(scenario: Scenario, dice: Dice, allowed: number): Scenario {
  const { tasks } = worldOf(scenario);
  if (tasks.length === 0 || dice.nextInt(0, FORK_ODDS) !== 0) return scenario;
  const drawing = new Drawing(scenario, dice, allowed);
  const around = withWorld(scenario, { ...worldOf(scenario), ...withForks(drawing.forks([scenario.start, ...tasks.map(({ start }) => start)])) });
  return isValid(around) ? around : scenario;
}

/** Some of the handlers with a stack of their own are soft irqs', where worlds are drawn at all. Last, so that all else is what it was. */
function drawSoft(scenario: Scenario, dice: Dice, allowed: number): Scenario {
  if ((allowed & TASKS) === 0 || (allowed & BIT['irq-stack']) === 0) return scenario;
  const { emergency = [] } = worldOf(scenario);
  const own = scenario.interrupts.filter(({ id, ownStack }) => ownStack && !emergency.includes(id));
  if (own.length === 0 || dice.nextInt(0, 2) !== 0) return scenario;
  return withWorld(scenario, { ...worldOf(scenario), ...onSoftStack(own.filter(() => dice.nextInt(0, 3) !== 0).map(({ id }) => id)) });
}

/** Features of what `drawTasks` draws. */
const TASKS = LATER_WORLD_FEATURES.reduce<number>((mask, feature) => mask | feature, FIRST_WORLD_FEATURES);

function drawTasks(scenario: Scenario, dice: Dice, allowed: number): Scenario {
  if ((allowed & TASKS) === 0 || dice.nextInt(0, WORLD_ODDS) !== 0) return scenario;
  let on = allowed & TASKS;
  if (dice.nextInt(0, 2) !== 0) on &= dice.nextInt(0, (FIRST_WORLD_FEATURES >>> LOWEST)) << LOWEST | ~FIRST_WORLD_FEATURES;
  for (const feature of LATER_WORLD_FEATURES) if ((on & feature) !== 0 && dice.nextInt(0, 4) > 1) on &= ~feature;
  const drawing = new Drawing(scenario, dice, on);
  let world = drawing.world();
  if ((on & BIT.transitions) !== 0) world = drawing.hooksOfSecond(drawPatches(scenario, world, dice, allowed, (task, start) => drawing.anchor(TASK_CONTEXTS[task]!, start)));
  if (isEmptyWorld(world)) return scenario;
  const around = world.hooks === undefined ? { ...scenario, world } : drawing.intoReturnHooks(world, world.hooks);
  return isValid(around) ? around : scenario;
}

/** How functions are hooked, and when tracing is switched. */
function drawStyles(scenario: Scenario, dice: Dice, allowed: number): Scenario {
  const outOfLine = (allowed & BIT['out-of-line']) !== 0 && dice.nextInt(0, OUT_OF_LINE_ODDS) === 0;
  const traced = (allowed & BIT['tracing-off']) !== 0 && dice.nextInt(0, TRACING_ODDS) === 0;
  if (!outOfLine && !traced) return scenario;
  const tracing = traced ? new Drawing(scenario, dice, allowed).tracing() : [];
  const around = withWorld(scenario, { ...worldOf(scenario), ...(outOfLine ? { outOfLine } : {}), ...withTracing(tracing) });
  // Originals and replacements in one run may nest deeper than either alone.
  return isValid(around) ? around : scenario;
}

/** Who else hooks besides the graph tracer: last, so that whoever has none of it is the same as if nobody could. */
function drawOthers(scenario: Scenario, dice: Dice, allowed: number): Scenario {
  if ((allowed & BIT['other-hooks']) === 0 || dice.nextInt(0, OTHER_HOOKS_ODDS) !== 0) return scenario;
  const drawing = new Drawing(scenario, dice, allowed);
  const before = worldOf(scenario), hooks = drawing.kretprobes(before);
  if (hooks.length === (before.hooks?.length ?? 0)) return scenario;
  const around = drawing.intoReturnHooks({ ...before, ...withHooks(hooks) }, hooks.filter(({ kind }) => kind !== 'graph'), LAST_TRAMPOLINE_STEP);
  return isValid(around) ? around : scenario;
}

/** Number of the first of the world's features; they lie together. */
const LOWEST = 31 - Math.clz32(FIRST_WORLD_FEATURES & -FIRST_WORLD_FEATURES);

/** Steps of region ftrace-entry that lie in the graph tracer's return hook: behind the entry's, of which there are more where the call comes out of a module. */
const FIRST_RETURN_STEP = 48, LAST_RETURN_STEP = 96;
/** And in a kretprobe's trampoline, which saves and restores all registers. */
const LAST_TRAMPOLINE_STEP = 170;

class Drawing {
  private readonly scenario: Scenario;
  private readonly dice: Dice;
  private readonly on: number;
  private readonly byId: ReadonlyMap<number, ScenarioFunction>;

  constructor(scenario: Scenario, dice: Dice, on: number) {
    this.scenario = scenario;
    this.dice = dice;
    this.on = on;
    this.byId = new Map(scenario.functions.map((fn) => [fn.id, fn]));
  }

  world(): World {
    const tasks = (this.on & BIT.tasks) === 0 ? [] : this.tasks();
    const switches = (this.on & BIT.preempt) === 0 ? [] : this.switches([this.scenario.start, ...tasks.map(({ start }) => start)]);
    const own = this.scenario.interrupts.filter(({ ownStack }) => ownStack && (this.on & BIT['emergency-stack']) !== 0 && this.dice.nextInt(0, 1) === 1);
    const sleepers = (this.on & BIT.sleep) === 0 ? [] : this.sleepers();
    const hooks = (this.on & BIT['graph-tracer']) === 0 ? [] : this.hooks();
    const exits = (this.on & BIT.exit) === 0 ? [] : this.exits([this.scenario.start, ...tasks.map(({ start }) => start)]);
    return { tasks, switches, sleepers, ...onEmergencyStack(own.map(({ id }) => id)), ...withHooks(hooks), ...withExits(exits) };
  }

  /** Of the sites at which ftrace is called: all, or each with one chance in two. */
  private hooks(): OtherHook[] {
    const all = this.dice.nextInt(0, 2) === 0;
    const found: OtherHook[] = [];
    for (const fn of this.scenario.functions) {
      for (const replacement of [false, true]) {
        if (!hasActiveSite(fn, replacement, []) || found.length === BOUNDS.hooks || !(all || this.dice.nextInt(0, 1) === 1)) continue;
        found.push({ function: fn.id, replacement, kind: 'graph' });
      }
    }
    return found;
  }

  /** The world's hooks, and kretprobes at all sites at which ftrace is called, or at each with one chance in two; before or behind the graph tracer. */
  kretprobes({ hooks = [], second }: World): OtherHook[] {
    const all = this.dice.nextInt(0, 2) === 0;
    const found = [...hooks];
    for (const fn of this.scenario.functions) {
      for (const replacement of [false, true]) {
        if (!hasActiveSite(fn, replacement, second ?? []) || found.length === BOUNDS.hooks || !(all || this.dice.nextInt(0, 1) === 1)) continue;
        const traced = hooks.some((it) => it.function === fn.id && it.replacement === replacement);
        found.push({ function: fn.id, replacement, kind: traced && this.dice.nextInt(0, 1) === 1 ? 'kretprobe-first' : 'kretprobe' });
      }
    }
    return found;
  }

  /** The world with the graph tracer at some of the sites that only the second patch has made active. */
  hooksOfSecond(world: World): World {
    const { second = [], hooks = [] } = world;
    if ((this.on & BIT['graph-tracer']) === 0) return world;
    const more = second.filter((it) => !hasActiveSite(this.byId.get(it.function)!, false, []) && this.dice.nextInt(0, 1) === 1)
      .map((it): OtherHook => ({ function: it.function, replacement: false, kind: 'graph' }));
    return { ...world, ...withHooks([...hooks, ...more].slice(0, BOUNDS.hooks)) };
  }

  /** One, seldom two; mostly so far into a call of a patched function that its replacement is running. */
  private exits(starts: readonly number[]): Exit[] {
    const { dice } = this;
    const found: Exit[] = [];
    for (let k = dice.nextInt(0, 3) === 0 ? 2 : 1; k > 0; k -= 1) {
      const task = dice.nextInt(0, starts.length - 1);
      const at = this.inVersion(TASK_CONTEXTS[task]!, starts[task]!);
      const again = this.one([undefined, 'new', 'same', 'same'] as const);
      found.push({ id: found.length + 1, at, ...(again === undefined ? {} : { again }) });
    }
    return found;
  }

  /** All tasks, or one, by one of those before them; `starts`: of the first one and of them. */
  forks(starts: readonly number[]): Fork[] {
    const { dice } = this;
    const { tasks } = worldOf(this.scenario);
    const all = dice.nextInt(0, 1) === 0, only = dice.nextInt(0, tasks.length - 1);
    return tasks.flatMap(({ id }, i) => {
      if (!all && i !== only) return [];
      const parent = dice.nextInt(0, 2) === 0 ? dice.nextInt(0, i) : 0;
      return [{ task: id, at: this.inVersion(TASK_CONTEXTS[parent]!, starts[parent]!) }];
    });
  }

  /** Mostly so far into a call that the called version's own code is running. */
  private inVersion(context: TaskContext, start: number): Anchor {
    const { dice } = this;
    const { call, occurrence } = this.anchor(context, start);
    return { context, call, occurrence, region: 'callee', step: dice.nextInt(0, 3) === 0 ? dice.nextInt(0, 63) : dice.nextInt(4, 31) };
  }

  /** The scenario with this world; of the interrupts and switches at calls whose return is hooked, each with one chance in three lands about in the return hook, up to step `last`. */
  intoReturnHooks(world: World, hooks: readonly OtherHook[], last = LAST_RETURN_STEP): Scenario {
    const { scenario, dice } = this;
    const callees = new Map(scenario.functions.flatMap((fn) => [...madeCalls(fn, false), ...madeCalls(fn, true)]).map(({ id, callee }) => [id, callee]));
    const moved = <T extends { readonly at: Anchor }>(one: T): T => {
      const callee = callees.get(one.at.call);
      if (!hooks.some((hook) => hook.function === callee) || dice.nextInt(0, 2) !== 0) return one;
      return { ...one, at: { ...one.at, region: 'ftrace-entry', step: dice.nextInt(FIRST_RETURN_STEP, last) } };
    };
    return { ...scenario, interrupts: scenario.interrupts.map(moved), world: { ...world, switches: world.switches.map(moved) } };
  }

  private cpu(): Cpu {
    return (this.on & BIT.migration) !== 0 && this.dice.nextInt(0, 1) === 1 ? 1 : 0;
  }

  private one<T>(list: readonly T[]): T {
    return list[this.dice.nextInt(0, list.length - 1)]!;
  }

  private tasks(): Task[] {
    const { scenario, dice } = this;
    const roots = scenario.functions.filter((fn) => fn.args === 0 && !fn.variadic && fn.entry === 'dual' && fn.module !== 'P').map(({ id }) => id);
    const start = (): number => (dice.nextInt(0, 1) === 0 ? scenario.start : this.one(roots));
    const second: Task = { id: 2, start: start(), cpu: this.cpu() };
    return dice.nextInt(0, 4) === 0 ? [second, { id: 3, start: start(), cpu: this.cpu() }] : [second];
  }

  private switches(starts: readonly number[]): Switch[] {
    const { dice } = this;
    const count = this.one([1, 1, 2, 2, 2, 3, 4]);
    const found: Switch[] = [];
    for (let k = 0; k < count; k += 1) {
      const task = starts.length > 1 && k % 2 === 1 ? dice.nextInt(1, starts.length - 1) : dice.nextInt(0, starts.length - 1);
      const before = found.at(-1)?.at;
      const at = before !== undefined && dice.nextInt(0, 2) === 0 && this.calls(starts[task]!).some(({ id }) => id === before.call)
        ? { ...before, context: TASK_CONTEXTS[task]! }
        : this.anchor(TASK_CONTEXTS[task]!, starts[task]!);
      found.push({ id: k + 1, at, cpu: this.cpu() });
    }
    return found;
  }

  anchor(context: TaskContext, start: number): Anchor {
    const { dice } = this;
    const calls = this.calls(start);
    let call: Call | undefined;
    for (let tries = 0; tries < 4 && !this.patched(call); tries += 1) if (calls.length > 0) call = this.one(calls);
    const [region, last] = this.patched(call) ? this.one(ANCHORS) : (['callee', 15] as const);
    const occurrence = call?.limit !== undefined && dice.nextInt(0, 2) === 0 ? dice.nextInt(1, Math.min(call.limit, 8)) : 1;
    return { context, call: call?.id ?? 0, occurrence, region, step: drawStep(dice, last) };
  }

  /**
   * Tracing is switched off before the call, in ftrace entry around the test, or while the replacement runs; half of the time on again at another place.
   * Where an interrupt lands in ftrace entry it is off by then, one time in two: that path is as long as no other reaches it.
   */
  tracing(): TracingSwitch[] {
    const { scenario, dice } = this;
    const { tasks } = worldOf(scenario);
    const starts = [scenario.start, ...tasks.map(({ start }) => start)];
    const found: TracingSwitch[] = [];
    const entries = scenario.interrupts.map(({ at }) => at).filter(({ context, region }) => isTaskContext(context) && region === 'ftrace-entry');
    const count = this.one([1, 1, 1, 2, 2, 3]);
    for (let k = 0; k < count; k += 1) {
      const task = dice.nextInt(0, starts.length - 1);
      const on = k > 0 && dice.nextInt(0, 1) === 1;
      // Whose CPU: mostly the one on which the task begins.
      const own: Cpu = task === 0 ? 0 : tasks[task - 1]!.cpu;
      const cpu: Cpu = (this.on & BIT.migration) !== 0 && dice.nextInt(0, 3) === 0 ? 1 : own;
      const near = entries.length > 0 && !on && dice.nextInt(0, 1) === 0 ? this.one(entries) : undefined;
      const at = near === undefined ? this.tracingAnchor(TASK_CONTEXTS[task]!, starts[task]!) : { ...near, step: dice.nextInt(0, Math.min(near.step, 15)) };
      found.push({ at, cpu, on });
    }
    return found;
  }

  private tracingAnchor(context: TaskContext, start: number): Anchor {
    const { dice } = this;
    const at = this.anchor(context, start);
    switch (dice.nextInt(0, 3)) {
      case 0: return at;
      case 1: return { ...at, region: 'caller', step: dice.nextInt(0, 3) };
      case 2: return { ...at, region: 'callee', step: dice.nextInt(0, 3) };
      default: return { ...at, region: 'ftrace-entry', step: dice.nextInt(0, 23) };
    }
  }

  private patched(call: Call | undefined): boolean {
    return call !== undefined && typeof call.callee === 'number' && this.byId.get(call.callee)?.replacement !== undefined;
  }

  /** Calls that a task makes that begins with function `start`, when patches are on. */
  private calls(start: number): Call[] {
    const reached = new Set([start]);
    const made: Call[] = [];
    for (const id of reached) {
      const fn = this.byId.get(id)!;
      for (const call of madeCalls(fn, true)) {
        made.push(call);
        if (call.callee !== 'self') reached.add(call.callee);
      }
    }
    return made;
  }

  private sleepers(): Sleeper[] {
    const { scenario, dice } = this;
    const graph = graphOf(scenario);
    let handled = 0;
    for (const { handler } of scenario.interrupts) {
      const from = graph.index.get(handler)!;
      handled |= 1 << from | graph.reach[from]!;
    }
    const found: Sleeper[] = [];
    const most = Math.min(BOUNDS.sleepers, this.one([1, 1, 2, 3]));
    for (let tries = 0; tries < 8 && found.length < most; tries += 1) {
      const at = dice.nextInt(0, scenario.functions.length - 1);
      const fn = scenario.functions[at]!;
      const { replacement } = fn;
      const own = replacement === undefined || replacement.body === 'same' ? fn.body : replacement.body;
      if ((handled >>> at & 1) === 1 || (replacement ?? fn).entry !== 'dual' || own.zone || found.some((it) => it.function === fn.id)) continue;
      // One that is patched, or lies below such a one, is worth more.
      if (replacement === undefined && fn.id === scenario.start && dice.nextInt(0, 3) !== 0) continue;
      const walked = (this.on & BIT.unwind) !== 0 && dice.nextInt(0, 1) === 1;
      found.push({ function: fn.id, replacement: replacement !== undefined, cpu: this.cpu(), ...(walked ? { walked } : {}) });
    }
    return found;
  }
}
