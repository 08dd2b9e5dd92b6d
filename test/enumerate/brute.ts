// Every labelled scenario of a small bound by brute force: all fields vary on their own, what is not valid or not wholly reached is dropped, what
// is left is put into canonical form and collected in a set. Shares nothing with src/enumerate but the names of a bound and the measure.
import type { Bound } from '../../src/enumerate/bound.ts';
import { measureOf } from '../../src/enumerate/measure.ts';
import { canonical, scenarioText } from '../../src/scenario/canonical.ts';
import { graphOf, onCycle } from '../../src/scenario/graph.ts';
import type { Body, Call, CallKind, ModuleName, Place, Scenario, ScenarioFunction } from '../../src/scenario/scenario.ts';
import { isValid } from '../../src/scenario/validate.ts';

const STYLES: Record<string, Omit<Body, 'calls'>> = {
  plain: { nonvolatile: 0, zone: false, hoisted: false, earlyExit: false },
  saved: { nonvolatile: 1, zone: false, hoisted: false, earlyExit: false },
  zone: { nonvolatile: 0, zone: true, hoisted: false, earlyExit: false },
  hoisted: { nonvolatile: 0, zone: false, hoisted: true, earlyExit: false },
  early: { nonvolatile: 0, zone: false, hoisted: false, earlyExit: true },
};
const ARGS: Record<string, readonly [number, boolean]> = { none: [0, false], register: [1, false], stack: [9, false], variadic: [1, true] };
const PLACES: Record<string, readonly [Place, Place, Place]> = { near: [0, 0, 0], 'far-core': [1, 1, 1], apart: [1, 2, 0], 'far-patch': [0, 0, 1] };

type Bare = Omit<Call, 'id'>;

function callLists(functions: number, most: number, kinds: readonly CallKind[], self: boolean): Bare[][] {
  const one: Bare[] = [];
  for (let callee = 0; callee < functions; callee++) for (const kind of kinds) one.push({ kind, callee });
  if (self) for (const kind of kinds) one.push({ kind, callee: 'self' });
  const lists: Bare[][] = [[]];
  for (let from = 0, k = 1; k <= most; k++) {
    const to = lists.length;
    for (let i = from; i < to; i++) for (const call of one) lists.push([...lists[i]!, call]);
    from = to;
  }
  return lists;
}

/** Texts of all scenarios of the bound, each class once. */
export function bruteForce(bound: Bound): Set<string> {
  const found = new Set<string>();
  const kinds = bound.kinds.filter((kind): kind is Exclude<typeof kind, 'self'> => kind !== 'self');
  for (let n = 1; n <= bound.functions; n++) {
    const original = callLists(n, bound.calls, kinds, false);
    const own = callLists(n, bound.calls, kinds.includes('local') || bound.kinds.includes('self') ? [...new Set<CallKind>([...kinds, 'local'])] : kinds, bound.kinds.includes('self'))
      .filter((list) => list.every((call) => call.callee === 'self' || kinds.includes(call.kind as never)));
    const bodies = (lists: readonly Bare[][]): Body[] => lists.flatMap((list) => bound.bodies.map((style) => ({ ...STYLES[style]!, calls: list as Call[] })));
    const shapes = new Map<string, { readonly calls: number; readonly special: number; readonly all: ScenarioFunction[] }>();
    const add = (fn: ScenarioFunction): boolean => {
      const { calls, special } = measureOf({ places: { M: 0, N: 0, P: 0 }, functions: [fn], start: 0, interrupts: [] });
      if (calls > bound.calls || special > bound.special) return false;
      const like = shapes.get(`${calls} ${special}`) ?? { calls, special, all: [] };
      shapes.set(`${calls} ${special}`, like);
      like.all.push(fn);
      return true;
    };
    const ownBodies = bodies(own);
    for (const module of bound.modules) for (const entry of bound.entries) for (const given of bound.arguments) {
      const [args, variadic] = ARGS[given]!;
      for (const body of bodies(original)) for (const traced of bound.tracing.includes('functions') ? [false, true] : [false]) {
        const fn: ScenarioFunction = { id: 0, module, entry, args, variadic, traced, body };
        // What is too large by itself is so with a replacement as well.
        if (!add(fn)) continue;
        for (const way of bound.replacements) for (const at of bound.entries) for (const again of bound.tracing.includes('replacements') ? [false, true] : [false]) {
          for (const it of way === 'same' ? ['same' as const] : ownBodies) {
            if (it === 'same' || it.calls.length + body.calls.length <= bound.calls) add({ ...fn, replacement: { entry: at, traced: again, body: it } });
          }
        }
      }
    }
    const chosen: ScenarioFunction[] = [];
    const choose = (calls: number, special: number): void => {
      if (chosen.length === n) {
        collect(chosen);
        return;
      }
      for (const like of shapes.values()) {
        if (calls + like.calls > bound.calls || special + like.special > bound.special) continue;
        for (const fn of like.all) {
          chosen.push(fn);
          choose(calls + like.calls, special + like.special);
          chosen.pop();
        }
      }
    };
    choose(0, 0);
  }
  return found;

  function collect(functions: readonly ScenarioFunction[]): void {
    const scenario = numbered(functions, bound.recursion);
    if (!isValid(scenario)) return;
    const tidy = canonical(scenario);
    if (tidy.functions.length < functions.length) return;
    const swapped = tidy.functions.find((fn) => fn.module === 'M' || fn.module === 'N')?.module === 'N' ? exchange(tidy) : tidy;
    for (const name of bound.places) {
      const [M, N, P] = PLACES[name]!;
      const placed = canonical({ ...swapped, places: { M, N, P } });
      if (measureOf(placed).special > bound.special) continue;
      for (const hooked of bound.hooked) {
        found.add(scenarioText(hooked === 'in-line' ? placed : canonical({ ...placed, world: { tasks: [], switches: [], sleepers: [], outOfLine: true } })));
      }
    }
  }
}

function numbered(functions: readonly ScenarioFunction[], limit: number): Scenario {
  let id = 0;
  const bare = (fn: ScenarioFunction, i: number): ScenarioFunction => {
    const body = (it: Body): Body => ({ ...it, calls: it.calls.map((call) => ({ ...call, id: ++id })) });
    const original = body(fn.body);
    const { replacement } = fn;
    return { ...fn, id: i, body: original, ...(replacement === undefined ? {} : { replacement: { ...replacement, body: replacement.body === 'same' ? 'same' as const : body(replacement.body) } }) };
  };
  const scenario: Scenario = { places: { M: 0, N: 0, P: 0 }, functions: functions.map(bare), start: 0, interrupts: [] };
  const graph = graphOf(scenario);
  const limited = (it: Body, i: number): Body => ({ ...it, calls: it.calls.map((call) => (onCycle(graph, i, call.callee === 'self' ? i : call.callee) ? { ...call, limit } : call)) });
  return {
    ...scenario,
    functions: scenario.functions.map((fn, i) => ({
      ...fn, body: limited(fn.body, i),
      ...(fn.replacement === undefined ? {} : { replacement: { ...fn.replacement, body: fn.replacement.body === 'same' ? 'same' as const : limited(fn.replacement.body, i) } }),
    })),
  };
}

/** M and N change their names. */
function exchange(scenario: Scenario): Scenario {
  const other = (module: ModuleName): ModuleName => (module === 'M' ? 'N' : module === 'N' ? 'M' : module);
  return { ...scenario, functions: scenario.functions.map((fn) => ({ ...fn, module: other(fn.module) })) };
}
