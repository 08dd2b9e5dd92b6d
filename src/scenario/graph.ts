/**
 * The call graph of a scenario, its cycles, and bounds on the longest run. A function is one node: its original's and its
 * replacement's calls are both edges from it, since a call of a patched function may lead to either (unpatched runs, patched runs).
 *
 * A scenario has at most 32 functions, so a set of functions is one 32-bit word and nothing here recurses.
 */
import { frameSize } from '../abi/frame.ts';
import { isSibling } from './call-kinds.ts';
import type { Call, Scenario, ScenarioFunction } from './scenario.ts';
import type { Running } from './versions.ts';
import { madeCalls, parameterArea } from './versions.ts';
import { changesPatches, taskStarts, worldOf } from './world.ts';

export interface Graph {
  /** Index in `scenario.functions` by id. */
  readonly index: ReadonlyMap<number, number>;
  /** Bit j of reach[i]: a path of one call or more leads from i to j. */
  readonly reach: Int32Array;
  /** Indexes, callers before callees; functions of one cycle are neighbours in no particular order. */
  readonly order: readonly number[];
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

function target(fn: ScenarioFunction, at: number, call: Call, index: ReadonlyMap<number, number>): number {
  if (call.callee === 'self' || call.callee === fn.id) return at;
  return index.get(call.callee) ?? -1;
}

/** The last graph, and the list of functions that it is of: rules, premises and the engine ask for the same one, one after the other. */
let known: { readonly functions: readonly ScenarioFunction[]; readonly graph: Graph } | undefined;

/** Edges to functions that do not exist are left out. A list of functions is not changed once it is in a scenario. */
export function graphOf({ functions }: Pick<Scenario, 'functions'>): Graph {
  if (known?.functions !== functions) known = { functions, graph: madeGraph(functions) };
  return known.graph;
}

function madeGraph(functions: readonly ScenarioFunction[]): Graph {
  const index = new Map<number, number>();
  for (let i = 0; i < functions.length; i += 1) index.set(functions[i]!.id, i);
  const reach = new Int32Array(functions.length);
  for (let i = 0; i < functions.length; i += 1) {
    const fn = functions[i]!;
    let mask = 0;
    for (const call of fn.body.calls) {
      const to = target(fn, i, call, index);
      if (to >= 0) mask |= 1 << to;
    }
    const body = fn.replacement?.body;
    if (body !== undefined && body !== 'same') {
      for (const call of body.calls) {
        const to = target(fn, i, call, index);
        if (to >= 0) mask |= 1 << to;
      }
    }
    reach[i] = mask;
  }
  for (let k = 0; k < reach.length; k += 1) {
    const through = reach[k]!;
    for (let i = 0; i < reach.length; i += 1) if ((reach[i]! >>> k) & 1) reach[i]! |= through;
  }
  // Whoever calls out of its cycle reaches strictly more than whom it calls.
  const weight = Array.from(reach, (word, i) => bits(word | (1 << i)));
  const first = weight.map((_, i) => {
    for (let j = 0; j < i; j += 1) if ((reach[i]! >>> j) & 1 && (reach[j]! >>> i) & 1) return j;
    return i;
  });
  const order = weight.map((_, i) => i).sort((a, b) => weight[b]! - weight[a]! || first[a]! - first[b]! || a - b);
  return { index, reach, order };
}

/** Whether a call from function `from` to function `to` (indexes) lies on a cycle, and therefore needs a limit. */
export function onCycle(graph: Graph, from: number, to: number): boolean {
  return from === to || ((graph.reach[to]! >>> from) & 1) === 1;
}

/** The index of a call's callee; -1 when there is no such function. */
export function calleeIndex(graph: Graph, from: number, fn: ScenarioFunction, call: Call): number {
  return target(fn, from, call, graph.index);
}

function contextRoots(scenario: Scenario): number[] {
  return [...taskStarts(scenario), ...scenario.interrupts.map((interrupt) => interrupt.handler)];
}

/** Ways to run a scenario of which one bounds every run: unpatched, and patched; or with any version at any time, where patches change or tracing is switched. */
export function waysToRun({ world }: Scenario): readonly Running[] {
  return world !== undefined && (changesPatches(world) || world.tracing !== undefined) ? MIXED : STEADY;
}
const STEADY: readonly Running[] = [false, true], MIXED: readonly Running[] = ['any'];

/** The calls that a function makes, or may make. */
function callsOf(scenario: Scenario, fn: ScenarioFunction, patched: Running): readonly Call[] {
  return patched === 'any' ? madeCalls(fn, patched, worldOf(scenario).second?.find((it) => it.function === fn.id)?.body) : madeCalls(fn, patched);
}

/** Of several versions one runs: for each function that they call without a limit, the calls of that version which calls it most often. */
function callsOnce(fn: ScenarioFunction, patched: Running): readonly Call[] {
  if (patched !== 'any') return madeCalls(fn, patched);
  const versions = fn.replacement === undefined ? [madeCalls(fn, false)] : [madeCalls(fn, false), madeCalls(fn, true)];
  const most = new Map<number | 'self', readonly Call[]>();
  for (const calls of versions) {
    for (const { callee } of calls) {
      const own = calls.filter((call) => call.callee === callee);
      if (own.length > (most.get(callee)?.length ?? 0)) most.set(callee, own);
    }
  }
  return [...most.values()].flat();
}

/**
 * Calls made in the longest run, each context's first call included: an upper bound that is reached when no limit is shared
 * between paths. A call without a limit is made as often as its owner runs; one with a limit at most that often, by each task.
 */
export function dynamicCalls(scenario: Scenario, patched: Running, graph: Graph = graphOf(scenario)): number {
  const { functions } = scenario;
  const tasks = 1 + worldOf(scenario).tasks.length;
  const runs = new Float64Array(functions.length);
  for (const id of contextRoots(scenario)) {
    const i = graph.index.get(id);
    if (i !== undefined) runs[i]! += 1;
  }
  let total = 0;
  // Two passes over each cycle: calls within it add their limits first, so that calls out of it see the whole count.
  for (let at = 0; at < graph.order.length;) {
    let end = at + 1;
    while (end < graph.order.length && sameCycle(graph, graph.order[at]!, graph.order[end]!)) end += 1;
    let entered = false;
    for (let k = at; k < end; k += 1) entered ||= runs[graph.order[k]!]! > 0;
    for (let k = at; k < end && entered; k += 1) {
      const i = graph.order[k]!;
      const fn = functions[i]!;
      for (const call of callsOf(scenario, fn, patched)) {
        const to = target(fn, i, call, graph.index);
        if (to >= 0 && onCycle(graph, i, to)) runs[to]! += tasks * (call.limit ?? 1);
      }
    }
    for (let k = at; k < end; k += 1) {
      const i = graph.order[k]!;
      const fn = functions[i]!;
      const count = runs[i]!;
      total += count;
      for (const call of callsOnce(fn, patched)) {
        const to = target(fn, i, call, graph.index);
        if (to >= 0 && !onCycle(graph, i, to)) runs[to]! += count;
      }
    }
    at = end;
  }
  return total;
}

function sameCycle(graph: Graph, a: number, b: number): boolean {
  return ((graph.reach[a]! >>> b) & 1) === 1 && ((graph.reach[b]! >>> a) & 1) === 1;
}

/**
 * An upper bound of the sum of `cost(function index)` over the activations that can be pending at one time in a context that
 * starts with function `root` (an index). `follow` says which calls keep the caller's activation pending.
 */
export function deepest(
  scenario: Scenario, graph: Graph, patched: Running, root: number,
  cost: (index: number) => number, follow: (call: Call) => boolean = () => true,
): number {
  const { functions } = scenario;
  const best = new Float64Array(functions.length);
  // Callees first; within a cycle every call may be pending as often as its limit allows.
  for (let end = graph.order.length; end > 0;) {
    let at = end - 1;
    while (at > 0 && sameCycle(graph, graph.order[end - 1]!, graph.order[at - 1]!)) at -= 1;
    let inside = 0;
    let out = 0;
    for (let k = at; k < end; k += 1) {
      const i = graph.order[k]!;
      const fn = functions[i]!;
      for (const call of callsOf(scenario, fn, patched)) {
        if (!follow(call)) continue;
        const to = target(fn, i, call, graph.index);
        if (to < 0) continue;
        if (onCycle(graph, i, to)) inside += (call.limit ?? 1) * cost(to);
        else out = Math.max(out, best[to]!);
      }
    }
    for (let k = at; k < end; k += 1) best[graph.order[k]!] = cost(graph.order[k]!) + inside + out;
    end = at;
  }
  return best[root] ?? 0;
}

/**
 * Bytes of the frame of a function's version, as the image makes it: minimum frame 32, the parameter save area for its callees,
 * the non-volatile registers, two doublewords for a strategy, a multiple of 16. Single-entry leaves and those that keep their
 * data in the protected zone have none.
 */
export function frameBytes(scenario: Scenario, graph: Graph, index: number, patched: Running): number {
  const fn = scenario.functions[index]!;
  if (patched === 'any') {
    // Copies have two entries, whatever the original has, and make ordinary calls of its sibling calls.
    const bodies = [fn.body, ...(fn.replacement === undefined || fn.replacement.body === 'same' ? [] : [fn.replacement.body])];
    return Math.max(...bodies.map((body) => largestFrame(scenario, graph, index, fn, body)));
  }
  const replacement = patched ? fn.replacement : undefined;
  const { nonvolatile, zone } = replacement === undefined || replacement.body === 'same' ? fn.body : replacement.body;
  if (zone || (replacement ?? fn).entry !== 'dual') return 0;
  let area = 0;
  for (const call of madeCalls(fn, patched)) {
    // In P, the original's sibling calls are ordinary ones.
    if (isSibling(call.kind) && replacement?.body !== 'same') continue;
    const to = target(fn, index, call, graph.index);
    if (to >= 0) area = Math.max(area, parameterArea(scenario.functions[to]!));
  }
  return frameSize(8 * area + 8 * nonvolatile + 16);
}

/** Of a body as if all its calls came back. */
function largestFrame(scenario: Scenario, graph: Graph, index: number, fn: ScenarioFunction, { calls, nonvolatile, zone }: ScenarioFunction['body']): number {
  if (zone) return 0;
  let area = 0;
  for (const call of calls) {
    const to = target(fn, index, call, graph.index);
    if (to >= 0) area = Math.max(area, parameterArea(scenario.functions[to]!));
  }
  return frameSize(8 * area + 8 * nonvolatile + 16);
}
