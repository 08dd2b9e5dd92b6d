/** How big a scenario is: what "smallest" means for whoever has them all. */
import type { Body, Scenario } from '../scenario/scenario.ts';

export interface Measure {
  readonly functions: number;
  /** Call sites of originals and of replacements' own bodies. */
  readonly calls: number;
  /** Versions of either patch. */
  readonly patches: number;
  readonly interrupts: number;
  /** Tasks besides the first one, switches, sleepers, transitions, others' hooks, ends of tasks, forks, switched tracing. */
  readonly around: number;
  /** Things out of the ordinary, as bound.ts counts them. */
  readonly special: number;
}

/** The order in which measures are compared: what comes first decides. */
const ORDER = ['functions', 'calls', 'patches', 'interrupts', 'around', 'special'] as const satisfies readonly (keyof Measure)[];

function bodySpecial(body: Body): number {
  return (body.nonvolatile > 0 ? 1 : 0) + (body.zone ? 1 : 0) + (body.hoisted ? 1 : 0) + (body.earlyExit ? 1 : 0);
}

export function measureOf({ functions, interrupts, places, world }: Scenario): Measure {
  let calls = 0;
  let patches = world?.second?.length ?? 0;
  const around = world === undefined ? 0 : world.tasks.length + world.switches.length + world.sleepers.length
    + [world.transitions, world.hooks, world.exits, world.forks, world.tracing].reduce((sum, list) => sum + (list?.length ?? 0), 0);
  let special = places.M === 0 && places.N === 0 && places.P === 0 ? 0 : 1;
  for (const fn of functions) {
    calls += fn.body.calls.length;
    special += (fn.entry === 'dual' ? 0 : 1) + (fn.args > 0 || fn.variadic ? 1 : 0) + (fn.traced ? 1 : 0) + bodySpecial(fn.body);
    const { replacement } = fn;
    if (replacement === undefined) continue;
    patches++;
    special += (replacement.entry === 'dual' ? 0 : 1) + (replacement.traced ? 1 : 0);
    if (replacement.body === 'same') continue;
    calls += replacement.body.calls.length;
    special += bodySpecial(replacement.body);
  }
  return { functions: functions.length, calls, patches, interrupts: interrupts.length, around, special };
}

/** Less than 0: `a` is smaller. */
export function compareMeasures(a: Measure, b: Measure): number {
  for (const name of ORDER) if (a[name] !== b[name]) return a[name] - b[name];
  return 0;
}
