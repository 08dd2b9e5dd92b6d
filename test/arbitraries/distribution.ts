/** Counts over many scenarios, for tests that say what a generator must be able to say. */
import { featureMask } from '../../src/scenario/features-of.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { dynamicCalls, graphOf } from '../../src/scenario/graph.ts';
import { HOOK_ENTRY_BYTES, STACK_ROOM } from '../../src/scenario/premises.ts';
import { stackNeed } from '../../src/scenario/stack.ts';
import type { Scenario, ScenarioFunction } from '../../src/scenario/scenario.ts';
import { bodyOf } from '../../src/scenario/versions.ts';
import { taskStarts, worldOf } from '../../src/scenario/world.ts';
import { callIds } from '../scenario/call-ids.ts';

export class Distribution {
  scenarios = 0;
  /** In how many scenarios something occurs. */
  readonly shares = new Map<string, number>();
  /** Sums of numbers. */
  readonly sums = new Map<string, number>();

  add(scenario: Scenario): void {
    this.scenarios += 1;
    for (const name of new Set(this.names(scenario))) this.shares.set(name, (this.shares.get(name) ?? 0) + 1);
    this.sum('functions', scenario.functions.length);
    this.sum('calls', callIds(scenario).length);
    this.sum('runs', Math.max(dynamicCalls(scenario, false), dynamicCalls(scenario, true)));
    this.sum('patched', scenario.functions.filter((fn) => fn.replacement !== undefined).length);
    this.sum('interrupts', scenario.interrupts.length);
  }

  /** Percentage of scenarios. */
  share(name: string): number {
    return 100 * (this.shares.get(name) ?? 0) / this.scenarios;
  }

  mean(name: string): number {
    return (this.sums.get(name) ?? 0) / this.scenarios;
  }

  private sum(name: string, value: number): void {
    this.sums.set(name, (this.sums.get(name) ?? 0) + value);
  }

  private *names(scenario: Scenario): Generator<string> {
    const mask = featureMask(scenario);
    for (const [i, name] of FEATURES.entries()) if ((mask >>> i) & 1) yield name;
    const byId = new Map(scenario.functions.map((fn) => [fn.id, fn]));
    const room = STACK_ROOM - stackNeed(scenario, graphOf(scenario), HOOK_ENTRY_BYTES);
    if (room < 0) yield 'outside stack-room';
    if (Math.abs(room) < 400) yield 'at the edge of stack-room';
    const callees = new Map<number, ScenarioFunction>();
    for (const fn of scenario.functions) {
      yield `args ${fn.args}`;
      if (fn.replacement !== undefined) yield fn.replacement.body === 'same' ? 'same-body' : 'own-body';
      if (fn.traced || fn.replacement?.traced === true) yield fn.traced ? 'traced' : 'traced-replacement';
      if (fn.module === 'P') yield 'function in P';
      for (const version of fn.replacement === undefined ? ['original'] as const : ['original', 'replacement'] as const) {
        const body = bodyOf(fn, version);
        if (body.earlyExit) yield 'early-exit';
        for (const [k, call] of body.calls.entries()) {
          const callee = call.callee === 'self' ? fn : byId.get(call.callee)!;
          callees.set(call.id, callee);
          const patched = callee.replacement !== undefined && call.callee !== 'self';
          yield `${call.kind} ${patched ? 'patched' : 'unpatched'}`;
          if (call.callee === 'self') yield 'self';
          if (patched && call.limit !== undefined) yield 'recursion through patched';
          if (patched && call.limit !== undefined && call.limit > 8) yield 'deep recursion through patched';
          if (room >= 0 && call.limit !== undefined && call.limit > 8) yield 'deep within stack-room';
          if (patched && callee.entry === 'single') yield 'patched single';
          if (patched && (callee.args > 8 || callee.variadic)) yield 'patched with stack arguments';
          if (body.hoisted && call.kind === 'local' && patched && body.calls.slice(k).some((later) => later.kind === 'indirect')) yield 'local patched under a hoisted slot';
          if (version === 'replacement' && patched && callee !== fn && (callee.module === 'M' || callee.module === 'N')) yield 'replacement calls patched in a module';
          if (call.kind === 'sibling' && fn.id !== scenario.start && patched && version === 'original') yield 'Z-A-B chain';
          if (version === 'replacement' && call.kind === 'stub-sibling' && patched) yield 'stub sibling patched';
        }
      }
    }
    for (const { at, handler } of scenario.interrupts) {
      yield `lands in ${at.region}`;
      const where = callees.get(at.call);
      const known = where === undefined ? 'first call' : where.replacement !== undefined ? 'patched' : where.traced ? 'traced' : 'unpatched';
      yield `lands in ${at.region}, ${known}`;
      if (at.step > 63) yield 'lands far';
      const hook = at.region === 'hook-entry' || at.region === 'hook-return';
      if (hook && where?.replacement === undefined && at.call !== 0) yield 'hook anchor at an unpatched function';
      const called = byId.get(handler)!.body.calls.map((call) => byId.get(call.callee as number)!);
      if (called.some((callee) => callee.replacement !== undefined)) yield 'handler calls patched';
      if (hook && where !== undefined && called.some((callee) => callee.replacement !== undefined && callee.module !== where.module)) yield 'in a hook, handler calls patched of another module';
    }
    if (scenario.functions.some((fn) => fn.replacement !== undefined)) yield 'something patched';
    yield* this.around(scenario);
  }

  private *around(scenario: Scenario): Generator<string> {
    const { tasks, switches, sleepers } = worldOf(scenario);
    const starts = taskStarts(scenario);
    if (new Set(starts).size < starts.length) yield 'tasks that begin alike';
    if (tasks.length === 2) yield 'three tasks';
    if (tasks.some(({ cpu }) => cpu === 1)) yield 'a task on CPU 1';
    for (const { at, cpu } of switches) {
      yield `a switch in ${at.region}`;
      if (at.region === 'hook-entry' || at.region === 'hook-return') yield 'a switch in a hook';
      if (at.context !== 'task') yield 'a switch in another task';
      if (cpu === 1) yield 'goes on on CPU 1';
      if (switches.some((other) => other.at.context !== at.context && other.at.call === at.call)) yield 'two switches in one call';
      if (scenario.interrupts.length > 0) yield 'switches and interrupts';
    }
    for (const { replacement, cpu } of sleepers) {
      yield replacement ? 'a replacement sleeps' : 'an original sleeps';
      if (cpu === 1) yield 'sleeps and wakes on CPU 1';
    }
  }
}
