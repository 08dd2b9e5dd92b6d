/** How much kernel stack a scenario may take: a static upper bound, for the rules and for the premise `stack-room`. */
import { PROTECTED_ZONE } from '../abi/frame.ts';
import type { Graph } from './graph.ts';
import { deepest, frameBytes, waysToRun } from './graph.ts';
import type { Scenario } from './scenario.ts';
import { BOUNDS } from './scenario.ts';
import type { Running } from './versions.ts';
import { isPatched, isTaskContext, secondOf, taskStarts, worldOf } from './world.ts';

/** Frames of an active ftrace call: 32 bytes that stand for the callee, and 496 for the registers (kernel/frames.ts). */
export const FTRACE_FRAME = 528;
/** What a kretprobe's trampoline takes below the caller of the function that returns: the protected zone and 496 (kernel/kretprobe.ts); more than an ftrace call. */
export const KRETPROBE_FRAME = PROTECTED_ZONE + 496;
/**
 * What an interrupt takes of the stack that it lands on, at most: the protected zone, 496 for the registers, and the
 * 32 from which the handler is called.
 */
export const INTERRUPT_FRAME = PROTECTED_ZONE + 496 + 32;
/** The thread's first frame. */
export const FIRST_FRAME = 64;
/** What `schedule` saves a task's registers in. */
export const SWITCH_FRAME = 192;

/** `frameBytes` at most: 12 argument doublewords, 18 registers. */
export const LARGEST_FRAME = 288;

/**
 * Whether the frames of a run of `longest` calls fit, by a rough reckoning that needs no graph: all of them pending at once, in each
 * context, as large as can be. False: see `stackNeed`.
 */
export function fitsAnyway(scenario: Scenario, longest: number): boolean {
  const contexts = scenario.interrupts.length;
  // A world's tasks have stacks of their own; what it takes of each is reckoned exactly.
  if (scenario.world !== undefined) return false;
  return (1 + contexts) * longest * LARGEST_FRAME + FIRST_FRAME + FTRACE_FRAME + contexts * (INTERRUPT_FRAME + FTRACE_FRAME) <= BOUNDS.stackBytes;
}

/**
 * Upper bound, in bytes, of what a run takes of one stack: in each context the deepest nesting of frames and one ftrace call (or a
 * protected zone, which is smaller; where there are kretprobes, one's trampoline, which is larger), and
 * of the contexts the deepest nesting of interrupts, as if all ran on one stack; of several tasks that one which takes most. `hookEntry` bytes are added for each
 * pending call of a patched function: what a strategy keeps for it on the same stack.
 */
export function stackNeed(scenario: Scenario, graph: Graph, hookEntry: number): number {
  return Math.max(...waysToRun(scenario).map((patched) => need(scenario, graph, hookEntry, patched)));
}

function need(scenario: Scenario, graph: Graph, hookEntry: number, patched: Running): number {
  const { functions, interrupts } = scenario;
  const second = secondOf(scenario);
  const { switches, sleepers, hooks } = worldOf(scenario);
  const lowest = hooks?.some(({ kind }) => kind !== 'graph') === true ? KRETPROBE_FRAME : FTRACE_FRAME;
  const cost = (index: number): number =>
    frameBytes(scenario, graph, index, patched) + (patched !== false && isPatched(functions[index]!, second) ? hookEntry : 0);
  const root = (id: number): number => deepest(scenario, graph, patched, graph.index.get(id) ?? 0, cost) + lowest;
  // A tick and then `schedule` take less than an interrupt with a handler, and are never inside one.
  const away = switches.length > 0 ? INTERRUPT_FRAME + SWITCH_FRAME : sleepers.length > 0 ? SWITCH_FRAME : 0;
  const task = Math.max(...taskStarts(scenario).map(root)) + FIRST_FRAME + away;
  if (interrupts.length === 0) return task;
  const own = interrupts.map((interrupt) => INTERRUPT_FRAME + root(interrupt.handler));
  let deepestChain = 0;
  for (let i = 0; i < interrupts.length; i += 1) {
    let sum = own[i]!;
    let context = interrupts[i]!.at.context;
    for (let depth = 0; !isTaskContext(context) && depth < interrupts.length; depth += 1) {
      const outer: number = context;
      const at = interrupts.findIndex((other) => other.id === outer);
      if (at < 0) break;
      sum += own[at]!;
      context = interrupts[at]!.at.context;
    }
    deepestChain = Math.max(deepestChain, sum);
  }
  return task + deepestChain;
}
