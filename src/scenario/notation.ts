/**
 * Scenarios as text, for tests and reports. One function a line: where it lies, what is particular about it, whom it calls in
 * which order; behind `patched` the same of its replacement.
 *
 *     places M=1 P=1                             modules not named lie at place 0, near vmlinux (K)
 *     A:M hoisted -> indirect B, local B, global D
 *     B:M args 10 -> local E patched -> stub-sibling D
 *     C:M single zone                            E:M, D:K ... a leaf needs no arrow
 *     F:N -> local F x3 patched same             x3: at most three times in one run
 *     irq 1 at 2 hook-entry+4 runs G             in the task, while call 2 is made the first time
 *     irq 2 in 1 at 0 callee+1 #3 runs G own-stack
 *     start A                                    default: the first function
 *     task 2 runs G on cpu 1                     besides the first task, which begins on CPU 0
 *     switch 1 of task2 at 2 hook-entry+4 to cpu 1   of the first task without `of`, and back on CPU 0 without `to`
 *     emergency 1                                interrupt 1, which has a stack of its own, is handled on the emergency stack
 *     softirq 1                                  its handler is a soft irq's, on the CPU's soft irq stack
 *     second B                                   the second patch has a version of B, with the original's body; `second B first`: with its replacement's
 *     off 2                                      patch 2 is off at first
 *     transition 1 of task2 at 2 callee+4 disable 1 unload   or: enable 2, replace (patch 1 by patch 2); there somebody begins to, and removes what was turned off
 *     exit 1 of task2 at 2 callee+9 again same    the task ends there, and begins again; `new`: a new one does; without `again`: none
 *     fork 2 at 4 callee+3                        task 2 begins when the first task has come there in call 4; `fork 3 of task2 at ..`
 *     graph B'                                   the function graph tracer hooks the returns of B's replacement; without ' of the original
 *     kretprobe B                                a kretprobe hooks the returns of B; `kretprobe-first B`: before the function graph tracer does
 *     out-of-line                                functions are hooked out of line
 *     tracing off of task2 at 2 callee+0 on cpu 1    tracing is switched off on CPU 1; `on`; of the first task, and CPU 0, without the words
 *     sleep B' to cpu 1 walked                   B's replacement sleeps when it runs, and the task's stack is walked; without ' the original
 *
 * Function attributes: `single`, `clobber`, `args N`, `variadic`, `traced`; body attributes: `saves N` (non-volatile
 * registers), `zone`, `hoisted`, `early-exit`. Behind `patched`: `single`, `clobber`, `traced`, body attributes, calls, or `same`.
 * A call may begin with its id; calls without one are numbered from 1 in the order of the text. Functions have ids from 0
 * in the order of their lines, but `f7` always has id 7. Statements end at `;` or a line's end; a line that is indented
 * more than the first one continues the statement before. `#` at a line's start or behind blanks begins a comment,
 * unless a digit follows it (an occurrence).
 */
import { ScenarioError } from './error.ts';
import { Reader, readAgain, readAnchor, readCpu, readTask, readTracing, readVersion, readVersionName, statements } from './notation-words.ts';
import type { DraftVersion, Writable } from './notation-words.ts';
import { readPatch, readTransition } from './patch-notation.ts';
import type {
  Anchor, Body, Call, Exit, Fork, HookKind, ModuleName, OtherHook, PatchNumber, Place, Replacement, Scenario, ScenarioFunction, SecondVersion, Sleeper, Switch, Task,
  TracingSwitch, Transition,
} from './scenario.ts';
import { HOOK_KINDS, MODULE_NAMES } from './scenario.ts';
import { validateScenario } from './validate.ts';
import { onEmergencyStack, onSoftStack, patchFields, withExits, withForks, withHooks, withTracing, withWorld } from './world.ts';

export { printScenario } from './notation-print.ts';

interface DraftFunction { name: string; module: ModuleName; original: DraftVersion; replacement: DraftVersion | undefined }

type IdOf = (name: string, reader: Reader) => number;
interface DraftWorld {
  readonly tasks: ((idOf: IdOf) => Task)[];
  readonly switches: Switch[];
  readonly sleepers: ((idOf: IdOf) => Sleeper)[];
  readonly emergency: number[];
  readonly soft: number[];
  readonly second: ((idOf: IdOf) => SecondVersion)[];
  readonly off: PatchNumber[];
  readonly transitions: Transition[];
  readonly hooks: ((idOf: IdOf) => OtherHook)[];
  readonly exits: Exit[];
  readonly forks: Fork[];
  outOfLine: boolean;
  readonly tracing: TracingSwitch[];
}

/** Reads a scenario and validates it. Throws a ScenarioError that names the line, or the path of what breaks a rule. */
export function parseScenario(text: string): Scenario {
  const drafts: DraftFunction[] = [];
  const places: { M: Place; N: Place; P: Place } = { M: 0, N: 0, P: 0 };
  const interrupts: { reader: Reader; id: number; at: Anchor; handler: string; ownStack: boolean }[] = [];
  const around: DraftWorld = {
    tasks: [], switches: [], sleepers: [], emergency: [], soft: [], second: [], off: [], transitions: [], hooks: [], exits: [], forks: [], outOfLine: false, tracing: [],
  };
  let start: { reader: Reader; name: string } | undefined;
  for (const { line, words } of statements(text)) {
    const reader: Reader = new Reader(line, words);
    const head = reader.next('a statement');
    const definition = /^([A-Za-z][A-Za-z0-9_]*):([KMNP])$/.exec(head);
    if (definition !== null) {
      const original = readVersion(reader, true);
      const replacement = reader.take('patched') ? readVersion(reader, false) : undefined;
      drafts.push({ name: definition[1]!, module: definition[2] as ModuleName, original, replacement });
    } else if (head === 'places') {
      while (!reader.done) {
        const place = /^([MNP])=([012])$/.exec(reader.next('a place'));
        if (place === null) reader.fail(`'${reader.words[reader.at - 1]}'; expected M=, N= or P= and 0, 1 or 2`);
        places[place[1] as 'M'] = Number(place[2]) as Place;
      }
    } else if (head === 'start') {
      start = { reader, name: reader.next('a function') };
    } else if (head === 'irq') {
      const id = reader.integer("an interrupt's id");
      const context = reader.take('in') ? reader.integer("an interrupt's id") : readTask(reader);
      if (!reader.take('at')) reader.fail(`'${reader.peek()}'; expected 'at'`);
      const at = readAnchor(reader, context);
      if (!reader.take('runs')) reader.fail(`'${reader.peek()}'; expected 'runs'`);
      interrupts.push({ reader, id, at, handler: reader.next('a function'), ownStack: reader.take('own-stack') });
    } else if (head === 'task') {
      const id = reader.integer("a task's id, 2 or 3") as 2 | 3;
      if (!reader.take('runs')) reader.fail(`'${reader.peek()}'; expected 'runs'`);
      const name = reader.next('a function');
      const cpu = readCpu(reader, 'on');
      around.tasks.push((idOf) => ({ id, start: idOf(name, reader), cpu }));
    } else if (head === 'switch') {
      const id = reader.integer("a switch's id");
      const context = readTask(reader);
      if (!reader.take('at')) reader.fail(`'${reader.peek()}'; expected 'at'`);
      const at = readAnchor(reader, context);
      around.switches.push({ id, at, cpu: readCpu(reader, 'to') });
    } else if (head === 'exit') {
      const id = reader.integer("an exit's id");
      const context = readTask(reader);
      if (!reader.take('at')) reader.fail(`'${reader.peek()}'; expected 'at'`);
      const at = readAnchor(reader, context);
      around.exits.push({ id, at, ...readAgain(reader) });
    } else if (head === 'fork') {
      const task = reader.integer("a task's id, 2 or 3") as 2 | 3;
      const context = readTask(reader);
      if (!reader.take('at')) reader.fail(`'${reader.peek()}'; expected 'at'`);
      around.forks.push({ task, at: readAnchor(reader, context) });
    } else if (head === 'emergency') {
      around.emergency.push(reader.integer("an interrupt's id"));
    } else if (head === 'softirq') {
      around.soft.push(reader.integer("an interrupt's id"));
    } else if (head === 'second') {
      const name = reader.next('a function');
      const body = reader.take('first') ? 'first' : 'same';
      around.second.push((idOf) => ({ function: idOf(name, reader), body }));
    } else if (head === 'off') {
      around.off.push(readPatch(reader));
    } else if (head === 'transition') {
      const id = reader.integer("a transition's id");
      const context = readTask(reader);
      if (!reader.take('at')) reader.fail(`'${reader.peek()}'; expected 'at'`);
      around.transitions.push({ id, at: readAnchor(reader, context), ...readTransition(reader) });
    } else if ((HOOK_KINDS as readonly string[]).includes(head)) {
      const { name, replacement } = readVersionName(reader);
      around.hooks.push((idOf) => ({ function: idOf(name, reader), replacement, kind: head as HookKind }));
    } else if (head === 'out-of-line') {
      around.outOfLine = true;
    } else if (head === 'tracing') {
      around.tracing.push(readTracing(reader));
    } else if (head === 'sleep') {
      const { name, replacement } = readVersionName(reader);
      const cpu = readCpu(reader, 'to');
      const walked = reader.take('walked');
      around.sleepers.push((idOf) => ({ function: idOf(name, reader), replacement, cpu, ...(walked ? { walked } : {}) }));
    } else {
      reader.fail(`'${head}'; expected NAME:MODULE (one of ${MODULE_NAMES.join(', ')}), places, start, irq, task, switch, sleep, exit, fork, emergency, softirq, second, off, transition, out-of-line, tracing or ${HOOK_KINDS.join(', ')}`);
    }
    if (!reader.done) reader.fail(`'${reader.peek()}' left over`);
  }
  const first = drafts[0];
  if (first === undefined) throw new ScenarioError({ path: '', what: 'no function' });
  return validateScenario(assemble(drafts, places, interrupts, start ?? { reader: new Reader(1, []), name: first.name }, around));
}

function assemble(
  drafts: readonly DraftFunction[], places: Scenario['places'],
  interrupts: readonly { reader: Reader; id: number; at: Anchor; handler: string; ownStack: boolean }[],
  start: { reader: Reader; name: string },
  around: DraftWorld,
): Scenario {
  const ids = new Map<string, number>();
  const fixed = new Set<number>();
  for (const { name } of drafts) {
    const number = /^f(\d{1,5})$/.exec(name);
    if (number === null) continue;
    ids.set(name, Number(number[1]));
    fixed.add(Number(number[1]));
  }
  let free = 0;
  for (const { name } of drafts) {
    if (ids.has(name)) continue;
    while (fixed.has(free)) free += 1;
    ids.set(name, free);
    free += 1;
  }
  if (ids.size < drafts.length) throw new ScenarioError({ path: '', what: 'a function is defined twice' });
  const idOf = (name: string, reader?: Reader): number => {
    const id = ids.get(name);
    if (id === undefined) throw new ScenarioError({ path: reader === undefined ? '' : `line ${reader.line}`, what: `no function '${name}'` });
    return id;
  };
  let next = 1;
  const bodyOf = (draft: Writable): Body => ({
    calls: draft.calls.map(({ id, kind, callee, limit }): Call => {
      next = id ?? next;
      next += 1;
      return { id: next - 1, kind, callee: callee === 'self' ? 'self' : idOf(callee), ...(limit === undefined ? {} : { limit }) };
    }),
    nonvolatile: draft.nonvolatile, zone: draft.zone, hoisted: draft.hoisted, earlyExit: draft.earlyExit,
  });
  const functions = drafts.map(({ name, module, original, replacement }): ScenarioFunction => {
    const body = bodyOf(original.body);
    const patched: Replacement | undefined = replacement === undefined ? undefined
      : { entry: replacement.entry, traced: replacement.traced, body: replacement.same ? 'same' : bodyOf(replacement.body) };
    return {
      id: idOf(name), module, entry: original.entry, args: original.args, variadic: original.variadic, traced: original.traced, body,
      ...(patched === undefined ? {} : { replacement: patched }),
    };
  });
  return withWorld({
    places, functions, start: idOf(start.name, start.reader),
    interrupts: interrupts.map(({ reader, id, at, handler, ownStack }) => ({ id, at, handler: idOf(handler, reader), ownStack })),
  }, {
    tasks: around.tasks.map((task) => task(idOf)), switches: around.switches, sleepers: around.sleepers.map((sleeper) => sleeper(idOf)), ...onEmergencyStack(around.emergency), ...onSoftStack(around.soft),
    ...patchFields({ ...around, second: around.second.map((version) => version(idOf)) }), ...withHooks(around.hooks.map((hook) => hook(idOf))), ...withExits(around.exits), ...withForks(around.forks),
    ...(around.outOfLine ? { outOfLine: true as const } : {}), ...withTracing(around.tracing),
  });
}
