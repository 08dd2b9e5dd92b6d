/**
 * What makes a well-typed second patch and well-typed transitions (scenario.ts, World) valid.
 *
 *  - The second patch has one version of a function at most, of none in P: what a patch brings is not patched. A copy of the first replacement is
 *    one of a body that it has itself, and calls no function of P: those are the first patch's own, and cannot be linked to once it is gone.
 *  - A transition begins in a task's own code. `replace` is the second patch's. What is removed is what has been turned off.
 *  - Where the first patch is removed, none of its replacements ends in a local sibling call. A consistency model that looks for replacements on a stack
 *    takes no notice of the functions that come with them: one that runs in a replacement's place would have its text freed under it, whoever restores
 *    the TOC.
 *
 * A patch that has nothing for any function may be enabled and disabled as well: other transitions have to wait for it.
 */
import type { Problem } from './error.ts';
import type { Graph } from './graph.ts';
import type { Scenario, SecondVersion, Transition, World } from './scenario.ts';
import { isTaskContext } from './world.ts';

const problem = (path: string, what: string): Problem => ({ path, what });

function secondProblem(scenario: Scenario, graph: Graph, version: SecondVersion): Problem | undefined {
  const at = graph.index.get(version.function);
  if (at === undefined) return problem('.function', `no function has id ${version.function}`);
  const fn = scenario.functions[at]!;
  if (fn.module === 'P') return problem('.function', `function ${fn.id} is in P, and is not patched`);
  if (version.body === 'same') return undefined;
  const body = fn.replacement?.body;
  if (body === undefined || body === 'same') return problem('.body', `function ${fn.id} has no replacement with a body of its own; expected 'same'`);
  for (const call of body.calls) {
    const to = call.callee === 'self' ? undefined : graph.index.get(call.callee);
    if (to !== undefined && scenario.functions[to]!.module === 'P') return problem('.body', `the replacement of function ${fn.id} calls function ${call.callee}, which is in P; expected 'same'`);
  }
  return undefined;
}

/** The transition removes the first patch's module. */
export const removesFirst = ({ change, patch, unload }: Transition): boolean => unload === true && (change === 'replace' || patch === 1);

/** A replacement that ends in a local sibling call: its id. */
export function siblingReplacement(scenario: Scenario): number | undefined {
  return scenario.functions.find(({ replacement }) => replacement !== undefined && replacement.body !== 'same' && replacement.body.calls.at(-1)?.kind === 'sibling')?.id;
}

function transitionProblem(scenario: Scenario, one: Transition, calls: ReadonlySet<number>): Problem | undefined {
  const { at, change, patch, unload } = one;
  if (!isTaskContext(at.context)) return problem('.at.context', `a transition begins in a task, not in the handler of interrupt ${at.context}`);
  if (at.call !== 0 && !calls.has(at.call)) return problem('.at.call', `no call has id ${at.call}; expected one, or 0 for the context's first call`);
  if (change === 'replace' && patch !== 2) return problem('.patch', 'the patch that replaces the other one is patch 2');
  if (unload === true && change === 'enable') return problem('.unload', 'enabling a patch turns none off');
  const sibling = removesFirst(one) ? siblingReplacement(scenario) : undefined;
  if (sibling !== undefined) return problem('.unload', `the replacement of function ${sibling} ends in a local sibling call: no trace says that the first patch's text is still needed`);
  return undefined;
}

/** `missing`: what is wrong with a context that is a task. */
export function patchProblem(scenario: Scenario, world: World, graph: Graph, calls: ReadonlySet<number>, missing: (at: Transition['at']) => string | undefined): Problem | undefined {
  const { second = [], off = [], transitions = [] } = world;
  for (const [name, list] of Object.entries({ second: world.second, off: world.off, transitions: world.transitions })) {
    if (list?.length === 0) return problem(`world.${name}`, 'empty; leave it out');
  }
  for (const [i, version] of second.entries()) {
    const found = secondProblem(scenario, graph, version);
    if (found !== undefined) return problem(`world.second[${i}]${found.path}`, found.what);
    if (second.findIndex((it) => it.function === version.function) !== i) return problem(`world.second[${i}]`, `a second version of function ${version.function} for the same patch`);
  }
  for (const [i, patch] of off.entries()) if (i > 0 && patch <= off[i - 1]!) return problem(`world.off[${i}]`, `patch ${patch} stands behind patch ${off[i - 1]!}; expected rising numbers`);
  for (const [i, one] of transitions.entries()) {
    const path = `world.transitions[${i}]`;
    if (transitions.findIndex(({ id }) => id === one.id) !== i) return problem(`${path}.id`, `another transition has id ${one.id}`);
    const found = transitionProblem(scenario, one, calls);
    if (found !== undefined) return problem(`${path}${found.path}`, found.what);
    const absent = missing(one.at);
    if (absent !== undefined) return problem(`${path}.at.context`, absent);
  }
  return undefined;
}
