/** How big a scenario is, as reports and documents print it. */
import type { Scenario } from './scenario.ts';
import { isPatched, secondOf } from './world.ts';

export interface Size {
  readonly functions: number;
  readonly calls: number;
  readonly patches: number;
  readonly interrupts: number;
  /** All of them, the first included; this and the next are left out where nothing surrounds the first task. */
  readonly tasks?: number;
  readonly switches?: number;
  /** Of patches; left out where there is none. */
  readonly transitions?: number;
}

/** Calls of originals and of replacements count. */
export function sizeOf(scenario: Scenario): Size {
  const patched = scenario.functions.flatMap((fn) => fn.replacement ?? []);
  const bodies = [...scenario.functions.map((fn) => fn.body), ...patched.flatMap(({ body }) => (body === 'same' ? [] : body))];
  return {
    functions: scenario.functions.length, calls: bodies.reduce((sum, body) => sum + body.calls.length, 0),
    patches: scenario.functions.filter((fn) => isPatched(fn, secondOf(scenario))).length, interrupts: scenario.interrupts.length,
    ...(scenario.world === undefined ? {} : { tasks: 1 + scenario.world.tasks.length, switches: scenario.world.switches.length }),
    ...(scenario.world?.transitions === undefined ? {} : { transitions: scenario.world.transitions.length }),
  };
}
