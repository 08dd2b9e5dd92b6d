/**
 * The canonical form of a scenario: without what no run can reach, ids compact and in the order of discovery. Two scenarios that
 * differ in names, unreachable parts or places of unused modules only have the same canonical form; it runs as the scenario does.
 *
 * Discovery: from the start function, breadth first, a function's original calls before its replacement's; then each interrupt,
 * those in the task by anchor, then those in the first one's handler, and so on; its handler is discovered when its turn comes.
 */
import type { Body, Call, Interrupt, Scenario, ScenarioFunction } from './scenario.ts';
import { REGIONS } from './scenario.ts';

function key(interrupt: Interrupt, calls: ReadonlyMap<number, number>): number {
  const { at } = interrupt;
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
  const interrupts: Interrupt[] = [];
  const newIds = new Map<number | 'task', number | 'task'>([['task', 'task']]);
  const land = (context: number | 'task', root: number): void => {
    const inner = scenario.interrupts.filter((interrupt) => interrupt.at.context === context);
    if (inner.length === 0) return;
    const made = callsFrom(root);
    const reached = inner.filter((interrupt) => made.has(interrupt.at.call));
    // Stable: interrupts of one anchor keep their order, which is the order in which they are delivered.
    reached.sort((a, b) => key(a, calls) - key(b, calls));
    for (const interrupt of reached) {
      interrupts.push(interrupt);
      newIds.set(interrupt.id, interrupts.length);
    }
  };
  land('task', scenario.start);
  for (let i = 0; i < interrupts.length; i += 1) {
    const interrupt = interrupts[i]!;
    discover(interrupt.handler);
    land(interrupt.id, interrupt.handler);
  }

  const uses = (module: 'M' | 'N' | 'P'): boolean =>
    found.some((fn) => fn.module === module || (module === 'P' && fn.replacement !== undefined));
  return {
    places: { M: uses('M') ? scenario.places.M : 0, N: uses('N') ? scenario.places.N : 0, P: uses('P') ? scenario.places.P : 0 },
    functions: found.map((fn, i) => copyFunction(fn, i, (id) => ids.get(id)!, (id) => calls.get(id)!)),
    start: 0,
    interrupts: interrupts.map((interrupt, i) => ({
      id: i + 1,
      at: {
        context: newIds.get(interrupt.at.context)!,
        call: interrupt.at.call === 0 ? 0 : calls.get(interrupt.at.call)!,
        occurrence: interrupt.at.occurrence,
        region: interrupt.at.region,
        step: interrupt.at.step,
      },
      handler: ids.get(interrupt.handler)!,
      ownStack: interrupt.ownStack,
    })),
  };
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

/** The scenario as text with its fields in a fixed order: equal exactly for equal data. */
export function scenarioText(scenario: Scenario): string {
  const keep: Rename = (id) => id;
  return JSON.stringify({
    places: { M: scenario.places.M, N: scenario.places.N, P: scenario.places.P },
    functions: scenario.functions.map((fn) => copyFunction(fn, fn.id, keep, keep)),
    start: scenario.start,
    interrupts: scenario.interrupts.map(({ id, at, handler, ownStack }) => ({
      id, at: { context: at.context, call: at.call, occurrence: at.occurrence, region: at.region, step: at.step }, handler, ownStack,
    })),
  });
}

/** Whether two scenarios are the same data, whatever the order of their fields. */
export function equalScenarios(a: Scenario, b: Scenario): boolean {
  return a === b || scenarioText(a) === scenarioText(b);
}
