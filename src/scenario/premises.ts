/**
 * Premises: assumptions of a claim that are not merely the absence of a feature. Each is a static over-approximation computed from
 * the scenario alone: when it says yes, no run under any strategy leaves what it promises.
 */
import { isSibling } from './call-kinds.ts';
import { FEATURE_BIT, featureMask } from './features-of.ts';
import type { Feature } from './features.ts';
import { deepest, graphOf, waysToRun } from './graph.ts';
import type { Call, Scenario, ScenarioFunction } from './scenario.ts';
import { FIRST_FRAME, INTERRUPT_FRAME, KRETPROBE_FRAME, LARGEST_FRAME, SWITCH_FRAME, stackNeed } from './stack.ts';
import { isPatched, secondOf, taskStarts, worldOf } from './world.ts';

/** What a strategy keeps on a stack for one pending hooked return, at most: mini-frame 32 bytes, livepatch-stack 24. */
export const HOOK_ENTRY_BYTES = 32;
/**
 * Bytes that frames, ftrace and interrupt frames and hook entries may take together: a 16 KiB stack without what every task has
 * at its low end (STACK_END_MAGIC, the strategy's first entry) and a reserve of 512 bytes.
 */
export const STACK_ROOM = 16_384 - 512;
/** Entries of an array of pending hooked returns per task, as the graph tracer's ret_stack is one: it has 50 (FTRACE_RETFUNC_DEPTH). */
export const RETURN_STACK_ENTRIES = 64;
/** Pending hooked returns at one r1, at most; each sibling call of a patched function adds one. */
const CHAIN_BOUND = 8;

/**
 * The deepest nesting of frames, hook entries and interrupts fits into one stack, so that the two ends never meet. Included: the 528 bytes of an
 * ftrace call at the deepest place of each context, an interrupt's frame below the 288 bytes of the protected zone, and in the reserve the 288 bytes
 * that code below all of them may use. What it asks too much where one function calls itself: 8 bytes for each entry of livepatch-stack and 248 once
 * (a recursion 72 deep in frames of 192 bytes overflows, 68 is outside already); for mini-frame about 700. More where cycles share limits, where
 * sibling calls give frames back, and where handlers could recur as deep as the task.
 */
export function hasStackRoom(scenario: Scenario): boolean {
  if (fitsFlat(scenario)) return true;
  return stackNeed(scenario, graphOf(scenario), HOOK_ENTRY_BYTES) <= STACK_ROOM;
}

/** Nothing recurs, and all functions at once in each context fit, as large as frames can be: so `stackNeed` need not be asked. */
function fitsFlat({ functions, interrupts }: Scenario): boolean {
  const contexts = 1 + interrupts.length;
  const flat = contexts * (functions.length * (LARGEST_FRAME + HOOK_ENTRY_BYTES) + INTERRUPT_FRAME + KRETPROBE_FRAME) + FIRST_FRAME + SWITCH_FRAME;
  return flat <= STACK_ROOM && !functions.some(recurs);
}

/** A function makes a call that is on a cycle. */
const recurs = ({ body, replacement }: ScenarioFunction): boolean =>
  body.calls.some(isLimited) || (replacement !== undefined && replacement.body !== 'same' && replacement.body.calls.some(isLimited));
const isLimited = ({ limit }: Call): boolean => limit !== undefined;

/** At most CHAIN_BOUND hooked returns are ever pending at one r1. */
export function hasBoundedSiblingChains(scenario: Scenario): boolean {
  return siblingChain(scenario) <= CHAIN_BOUND;
}

/** Upper bound of the hooked returns pending at one r1: calls of patched functions along sibling calls of both kinds. */
export function siblingChain(scenario: Scenario): number {
  const { functions } = scenario;
  const second = secondOf(scenario);
  if (!functions.some(handsOn)) return functions.some((fn) => isPatched(fn, second)) ? 1 : 0;
  const graph = graphOf(scenario);
  const patched = waysToRun(scenario).at(-1)!;
  const cost = (index: number): number => (isPatched(functions[index]!, second) ? 1 : 0);
  let most = 0;
  for (let i = 0; i < functions.length; i += 1) {
    most = Math.max(most, deepest(scenario, graph, patched, i, cost, (call) => isSibling(call.kind)));
  }
  return most;
}

/** A function makes a sibling call. */
const handsOn = ({ body, replacement }: ScenarioFunction): boolean =>
  body.calls.some(isSiblingCall) || (replacement !== undefined && replacement.body !== 'same' && replacement.body.calls.some(isSiblingCall));
const isSiblingCall = ({ kind }: Call): boolean => isSibling(kind);

/** No replacement's own mcount site is active. */
export function hasNoTracedReplacements(scenario: Scenario): boolean {
  return scenario.functions.every((fn) => fn.replacement?.traced !== true);
}

/** No replacement ends in a sibling call of any kind. (A body `same` makes ordinary calls of the original's sibling calls: versions.ts.) */
function hasNoReplacementSiblings(scenario: Scenario): boolean {
  return scenario.functions.every(({ replacement }) => replacement === undefined || replacement.body === 'same'
    || replacement.body.calls.every((call) => !isSibling(call.kind)));
}

/** At most RETURN_STACK_ENTRIES hooked returns are ever pending in one task: the deepest of its own calls, and of each handler as if all were nested. */
export function hasBoundedHookDepth(scenario: Scenario): boolean {
  const { functions, interrupts } = scenario;
  if ((1 + interrupts.length) * functions.length <= RETURN_STACK_ENTRIES && !functions.some(recurs)) return true;
  const graph = graphOf(scenario);
  const second = secondOf(scenario);
  const patched = waysToRun(scenario).at(-1)!;
  const hooked = (index: number): number => (isPatched(functions[index]!, second) ? 1 : 0);
  const from = (id: number): number => deepest(scenario, graph, patched, graph.index.get(id) ?? 0, hooked);
  const inHandlers = interrupts.reduce((sum, { handler }) => sum + from(handler), 0);
  return Math.max(...taskStarts(scenario).map(from)) + inHandlers <= RETURN_STACK_ENTRIES;
}

/** No task begins again on its stack as it was left: what was pending there when it ended nobody has taken away. */
const hasNoReusedStacks = (scenario: Scenario): boolean => worldOf(scenario).exits?.some(({ again }) => again === 'same') !== true;

export const PREMISE_CHECKS = {
  'stack-room': hasStackRoom,
  'bounded-sibling-chains': hasBoundedSiblingChains,
  'no-traced-replacements': hasNoTracedReplacements,
  'no-replacement-siblings': hasNoReplacementSiblings,
  'bounded-hook-depth': hasBoundedHookDepth,
  'no-reused-stacks': hasNoReusedStacks,
} as const satisfies Readonly<Record<string, (scenario: Scenario) => boolean>>;

/** Whether a scenario satisfies an assumption (the type is `contract`'s Assumption, spelt out for a lower floor). */
export function satisfies(scenario: Scenario, assumption: `no-${Feature}` | keyof typeof PREMISE_CHECKS): boolean {
  if (Object.hasOwn(PREMISE_CHECKS, assumption)) return PREMISE_CHECKS[assumption as keyof typeof PREMISE_CHECKS](scenario);
  return (featureMask(scenario) & FEATURE_BIT[assumption.slice(3) as Feature]) === 0;
}

export function satisfiesAll(scenario: Scenario, assumptions: readonly (`no-${Feature}` | keyof typeof PREMISE_CHECKS)[]): boolean {
  return assumptions.every((assumption) => satisfies(scenario, assumption));
}
