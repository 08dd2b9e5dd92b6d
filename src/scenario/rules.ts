/**
 * What makes well-typed scenario data a valid scenario. Each rule keeps out programs that no compiler or build tool makes, or
 * that fail without any strategy's fault; sources are the ELFv2 ABI and what Linux does (src/kernel).
 *
 *  Calls
 *  - `global` never in K: vmlinux has no stubs; it calls modules through pointers only.
 *  - `local` needs the same module (a replacement lies in P) and a callee with entry `dual` or `single`: after a local call
 *    nothing restores r2, so the callee must leave it alone.
 *  - `global` goes to another module; within one module only to a `clobber` callee (then the caller needs the reload).
 *  - `indirect` goes anywhere but into P from outside: function pointers are GEP addresses.
 *  - `sibling`: last, same module, callee `dual` or `single`, caller `dual`: compilers make it for local targets only, and with
 *    nothing behind it to restore r2.
 *  - `stub-sibling`: last, only in replacements, the callee neither in P nor `clobber`; build tools made it there. It returns
 *    with the callee's TOC, so not in a replacement that is entered by its LEP, which only a `self` call does.
 *  - `self`: only in a replacement with two entries, kind `local`.
 *  - A sibling callee finds its stack arguments in the frame of the caller's caller. So a function that makes a sibling call has
 *    a parameter save area of its own, from its caller, at least as large as its callee needs.
 *  - `clobber` callees are called by `global` and `indirect` calls only: these reload r2.
 *  - Functions of P are called from P only: they come with the patch.
 *  - A limit exactly at the calls on a cycle: a cycle without limit never ends, a limit elsewhere says nothing.
 *  Versions
 *  - `single` and `clobber` versions are leaves with at most 8 arguments, not variadic: single-entry functions of TOC builds are.
 *  - `traced` only with two entries; of an original only when it is not patched (a patched function's site is active anyway).
 *  - variadic: two entries and at least one argument. zone: no calls. hoisted: some indirect call. earlyExit: no sibling call.
 *  - Functions of P are not patched.
 *  Contexts
 *  - start and handlers: no argument, not variadic, two entries, not in P; entry code calls them with nothing but a pointer.
 *  - An interrupt lands in a task or in the handler of another interrupt, and these nest without a cycle.
 *  The world around: world-rules.ts.
 *  Sizes (BOUNDS): functions, calls, interrupts; the longest run, unpatched and patched; the stack that pending frames,
 *  interrupts included, take at most, since a program that overflows its stack by itself tells nothing about a strategy.
 */
import { CALL_KIND_TABLE, isSibling } from './call-kinds.ts';
import type { Problem } from './error.ts';
import { brief } from './error.ts';
import type { Graph } from './graph.ts';
import { calleeIndex, dynamicCalls, graphOf, onCycle, waysToRun } from './graph.ts';
import type { Body, Call, EntryShape, ModuleName, Scenario, ScenarioFunction } from './scenario.ts';
import { BOUNDS, CALL_KINDS } from './scenario.ts';
import { fitsAnyway, stackNeed } from './stack.ts';
import { parameterArea } from './versions.ts';
import { strayInterrupt, worldProblem } from './world-rules.ts';
import { isTaskContext, worldOf } from './world.ts';

/** A problem inside of something; the path is completed by whoever knows where that is. */
function problem(path: string, what: string): Problem {
  return { path, what };
}

/** The kinds by which a function with this entry can be called, in words. */
const callersOf = (entry: EntryShape): string => CALL_KINDS.filter((kind) => CALL_KIND_TABLE[kind].callees.includes(entry)).join(' or ');

function callProblem(
  scenario: Scenario, graph: Graph, at: number, replacement: boolean, entry: EntryShape, call: Call, last: boolean,
): Problem | undefined {
  const fn = scenario.functions[at]!;
  const module: ModuleName = replacement ? 'P' : fn.module;
  const to = calleeIndex(graph, at, fn, call);
  if (call.callee === 'self') {
    if (!replacement) return problem('.callee', "'self' is for replacements; expected a function's id");
    if (call.kind !== 'local') return problem('.kind', `a call of 'self' is local, not ${call.kind}`);
    if (entry !== 'dual') return problem('.callee', "'self' needs a replacement with entry dual");
  } else {
    if (to < 0) return problem('.callee', `no function has id ${call.callee}`);
    const callee = scenario.functions[to]!;
    if (callee.module === 'P' && module !== 'P') return problem('.callee', `function ${callee.id} is in P, which only code in P may call`);
    const near = callee.module === module;
    switch (call.kind) {
      case 'local':
        if (!near) return problem('.kind', `a local call stays in its module, ${module}; function ${callee.id} is in ${callee.module}`);
        break;
      case 'global':
        if (module === 'K') return problem('.kind', 'K has no stubs; expected local, indirect or sibling');
        if (near && callee.entry !== 'clobber') return problem('.kind', `a global call leaves its module, ${module}, unless the callee's entry is clobber`);
        break;
      case 'indirect':
        break;
      case 'sibling':
        if (!near) return problem('.kind', `a sibling call stays in its module, ${module}; function ${callee.id} is in ${callee.module}`);
        break;
      case 'stub-sibling':
        if (!replacement) return problem('.kind', 'only a replacement makes stub sibling calls');
        if (near) return problem('.kind', 'a stub sibling call leaves P');
        break;
    }
    if (!CALL_KIND_TABLE[call.kind].callees.includes(callee.entry)) {
      return problem('.kind', `function ${callee.id} (entry ${callee.entry}) is called by ${callersOf(callee.entry)} calls only`);
    }
    if (isSibling(call.kind)) {
      if (!last) return problem('.kind', `a ${call.kind} call is the last of its body`);
      if (parameterArea(callee) > parameterArea(fn)) {
        return problem('.callee', `function ${callee.id} needs ${parameterArea(callee)} doublewords of parameter save area; function ${fn.id} has ${parameterArea(fn)} to hand on`);
      }
    }
  }
  const cyclic = onCycle(graph, at, to);
  if (cyclic && call.limit === undefined) return problem('', `this call lies on a cycle of the call graph; expected a limit, 1 to ${BOUNDS.limit}`);
  if (!cyclic && call.limit !== undefined) return problem('.limit', 'this call lies on no cycle of the call graph; expected no limit');
  return undefined;
}

function bodyProblem(scenario: Scenario, graph: Graph, at: number, replacement: boolean, entry: EntryShape, body: Body): Problem | undefined {
  const { calls } = body;
  let indirect = false;
  let self = false;
  let stubSibling = false;
  let sibling = false;
  for (let i = 0; i < calls.length; i += 1) {
    const call = calls[i]!;
    const found = callProblem(scenario, graph, at, replacement, entry, call, i === calls.length - 1);
    if (found !== undefined) return problem(`.calls[${i}]${found.path}`, found.what);
    indirect ||= call.kind === 'indirect';
    self ||= call.callee === 'self';
    stubSibling ||= call.kind === 'stub-sibling';
    sibling ||= isSibling(call.kind);
  }
  if (stubSibling && self) return problem(`.calls[${calls.length - 1}].kind`, "a stub sibling call is not for a replacement that calls 'self': that call would come back with another TOC");
  if (body.zone && calls.length > 0) return problem('.zone', 'only a body without calls keeps data in the protected zone');
  if (body.hoisted && !indirect) return problem('.hoisted', 'a hoisted slot serves indirect calls; there is none');
  if (body.earlyExit && sibling) return problem('.earlyExit', 'an early exit does not go with a sibling call');
  return undefined;
}

function versionProblem(fn: ScenarioFunction, entry: EntryShape, calls: readonly Call[], traced: boolean): Problem | undefined {
  if (entry === 'dual') return undefined;
  if (calls.length > 0) return problem('.entry', `a version with entry ${entry} is a leaf; this one makes calls`);
  if (fn.args > 8) return problem('.entry', `a version with entry ${entry} has at most 8 arguments; function ${fn.id} has ${fn.args}`);
  if (fn.variadic) return problem('.entry', `a version with entry ${entry} is not variadic`);
  if (traced) return problem('.traced', 'only a version with entry dual is traced');
  return undefined;
}

function functionProblem(scenario: Scenario, graph: Graph, at: number): Problem | undefined {
  const fn = scenario.functions[at]!;
  if (fn.variadic && fn.args < 1) return problem('.variadic', 'a variadic function has at least one argument');
  const { replacement } = fn;
  const own = versionProblem(fn, fn.entry, fn.body.calls, fn.traced);
  if (own !== undefined) return own;
  const found = bodyProblem(scenario, graph, at, false, fn.entry, fn.body);
  if (found !== undefined) return problem(`.body${found.path}`, found.what);
  if (replacement === undefined) return undefined;
  if (fn.module === 'P') return problem('.replacement', 'a function of P is not patched');
  if (fn.traced) return problem('.traced', 'expected false: the mcount site of a patched function is active anyway');
  const calls = replacement.body === 'same' ? fn.body.calls : replacement.body.calls;
  const version = versionProblem(fn, replacement.entry, calls, replacement.traced);
  if (version !== undefined) return problem(`.replacement${version.path}`, version.what);
  if (replacement.body === 'same') return undefined;
  const inside = bodyProblem(scenario, graph, at, true, replacement.entry, replacement.body);
  return inside === undefined ? undefined : problem(`.replacement.body${inside.path}`, inside.what);
}

function rootProblem(scenario: Scenario, graph: Graph, id: number, role: string): string | undefined {
  const at = graph.index.get(id);
  if (at === undefined) return `no function has id ${id}`;
  const fn = scenario.functions[at]!;
  if (fn.args !== 0 || fn.variadic) return `${role} has no arguments; function ${id} has ${fn.variadic ? 'variable ones' : fn.args}`;
  if (fn.entry !== 'dual') return `${role} has entry dual; function ${id} has ${fn.entry}`;
  if (fn.module === 'P') return `${role} is not in P`;
  return undefined;
}

/** `calls` is filled with the ids of all calls. */
function uniqueProblem(scenario: Scenario, calls: Set<number>): Problem | undefined {
  const functions = new Set<number>();
  for (let i = 0; i < scenario.functions.length; i += 1) {
    const fn = scenario.functions[i]!;
    if (functions.has(fn.id)) return problem(`functions[${i}].id`, `another function has id ${fn.id}`);
    functions.add(fn.id);
    for (let k = 0; k < fn.body.calls.length; k += 1) {
      const { id } = fn.body.calls[k]!;
      if (calls.has(id)) return problem(`functions[${i}].body.calls[${k}].id`, `another call has id ${id}`);
      calls.add(id);
    }
    const body = fn.replacement?.body;
    if (body === undefined || body === 'same') continue;
    for (let k = 0; k < body.calls.length; k += 1) {
      const { id } = body.calls[k]!;
      if (calls.has(id)) return problem(`functions[${i}].replacement.body.calls[${k}].id`, `another call has id ${id}`);
      calls.add(id);
    }
  }
  if (calls.size > BOUNDS.calls) return problem('functions', `${calls.size} calls; at most ${BOUNDS.calls}`);
  const { interrupts } = scenario;
  const ids = new Set<number>();
  for (let i = 0; i < interrupts.length; i += 1) {
    if (ids.has(interrupts[i]!.id)) return problem(`interrupts[${i}].id`, `another interrupt has id ${interrupts[i]!.id}`);
    ids.add(interrupts[i]!.id);
  }
  for (let i = 0; i < interrupts.length; i += 1) {
    const { at } = interrupts[i]!;
    if (!isTaskContext(at.context) && !ids.has(at.context)) return problem(`interrupts[${i}].at.context`, `no interrupt has id ${at.context}; expected one, or a task`);
    if (at.call !== 0 && !calls.has(at.call)) return problem(`interrupts[${i}].at.call`, `no call has id ${at.call}; expected one, or 0 for the context's first call`);
    let context = at.context;
    for (let depth = 0; !isTaskContext(context); depth += 1) {
      if (depth >= interrupts.length) return problem(`interrupts[${i}].at.context`, 'interrupts land in each other in a cycle');
      const outer: number = context;
      context = interrupts.find((other) => other.id === outer)?.at.context ?? 'task';
    }
  }
  return undefined;
}

/** The first rule that a well-typed scenario breaks, or undefined. Sizes of arrays and ranges of numbers are `validate.ts`'s. */
export function ruleProblem(scenario: Scenario): Problem | undefined {
  const { functions, interrupts } = scenario;
  if (functions.length > BOUNDS.functions) return problem('functions', `${functions.length} functions; at most ${BOUNDS.functions}`);
  if (interrupts.length > BOUNDS.interrupts) return problem('interrupts', `${interrupts.length} interrupts; at most ${BOUNDS.interrupts}`);
  const calls = new Set<number>();
  const duplicate = uniqueProblem(scenario, calls);
  if (duplicate !== undefined) return duplicate;
  const graph = graphOf(scenario);
  const start = rootProblem(scenario, graph, scenario.start, 'the start function');
  if (start !== undefined) return problem('start', start);
  for (let i = 0; i < interrupts.length; i += 1) {
    const handler = rootProblem(scenario, graph, interrupts[i]!.handler, 'an interrupt handler');
    if (handler !== undefined) return problem(`interrupts[${i}].handler`, handler);
  }
  for (let i = 0; i < functions.length; i += 1) {
    const found = functionProblem(scenario, graph, i);
    if (found !== undefined) return problem(`functions[${i}]${found.path}`, found.what);
  }
  const { world } = scenario;
  const strayed = strayInterrupt(interrupts, worldOf(scenario));
  if (strayed !== undefined) return strayed;
  if (world !== undefined) {
    const found = worldProblem(scenario, world, graph, calls, (id, role) => rootProblem(scenario, graph, id, role));
    if (found !== undefined) return found;
  }
  let longest = 0;
  for (const patched of waysToRun(scenario)) {
    const made = dynamicCalls(scenario, patched, graph);
    longest = Math.max(longest, made);
    if (made > BOUNDS.dynamicCalls) return problem('', `up to ${brief(made)} calls in one ${patched === 'any' ? '' : patched ? 'patched ' : 'unpatched '}run; at most ${BOUNDS.dynamicCalls}`);
  }
  if (fitsAnyway(scenario, longest)) return undefined;
  const bytes = stackNeed(scenario, graph, 0);
  if (bytes > BOUNDS.stackBytes) return problem('', `pending frames may take ${brief(bytes)} bytes of stack; at most ${BOUNDS.stackBytes}`);
  return undefined;
}
