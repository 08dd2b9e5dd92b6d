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
 *     second B                                   the second patch has a version of B, with the original's body; `second B first`: with its replacement's
 *     off 2                                      patch 2 is off at first
 *     transition 1 of task2 at 2 callee+4 disable 1 unload   or: enable 2, replace (patch 1 by patch 2); there somebody begins to, and removes what was turned off
 *     exit 1 of task2 at 2 callee+9 again same    the task ends there, and begins again; `new`: a new one does; without `again`: none
 *     graph B'                                   the function graph tracer hooks the returns of B's replacement; without ' of the original
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
import type {
  Again, Anchor, Body, Call, CallKind, Cpu, EntryShape, Exit, HookKind, ModuleName, OtherHook, PatchNumber, Place, Region, Replacement, Scenario, ScenarioFunction,
  SecondVersion, Sleeper, Switch, Task, TaskContext, TracingSwitch, Transition,
} from './scenario.ts';
import { AGAIN, CALL_KINDS, HOOK_KINDS, MODULE_NAMES, REGIONS } from './scenario.ts';
import { validateScenario } from './validate.ts';
import { patchWords, readPatch, readTransition } from './patch-notation.ts';
import { TASK_CONTEXTS, onEmergencyStack, patchFields, withExits, withHooks, withTracing, withWorld, worldOf } from './world.ts';

interface Writable { nonvolatile: number; zone: boolean; hoisted: boolean; earlyExit: boolean; calls: DraftCall[] }
interface DraftCall { id: number | undefined; kind: CallKind; callee: string; limit: number | undefined }
interface DraftVersion { entry: EntryShape; traced: boolean; args: number; variadic: boolean; same: boolean; body: Writable }
interface DraftFunction { name: string; module: ModuleName; original: DraftVersion; replacement: DraftVersion | undefined }

/** Cuts a text into statements of words, each with its line number (from 1). */
function statements(text: string): { line: number; words: string[] }[] {
  const result: { line: number; words: string[] }[] = [];
  let margin = -1;
  for (const [index, raw] of text.split('\n').entries()) {
    const row = raw.replace(/(^|\s)#(?!\d).*$/, '');
    if (row.trim() === '') continue;
    const indent = row.length - row.trimStart().length;
    if (margin < 0) margin = indent;
    for (const [part, piece] of row.split(';').entries()) {
      const words = piece.replaceAll(',', ' , ').trim().split(/\s+/).filter((word) => word !== '');
      if (words.length === 0) continue;
      const before = result.at(-1);
      if (part === 0 && indent > margin && before !== undefined) before.words.push(...words);
      else result.push({ line: index + 1, words });
    }
  }
  return result;
}

class Reader {
  at = 0;
  readonly line: number;
  readonly words: readonly string[];

  constructor(line: number, words: readonly string[]) {
    this.line = line;
    this.words = words;
  }

  get done(): boolean {
    return this.at >= this.words.length;
  }

  peek(): string {
    return this.words[this.at] ?? '';
  }

  next(expected: string): string {
    if (this.done) this.fail(`ends; expected ${expected}`);
    this.at += 1;
    return this.words[this.at - 1]!;
  }

  take(word: string): boolean {
    if (this.peek() !== word) return false;
    this.at += 1;
    return true;
  }

  integer(expected: string, text = this.next(expected)): number {
    if (!/^\d{1,9}$/.test(text)) this.fail(`'${text}'; expected ${expected}`);
    return Number(text);
  }

  fail(what: string): never {
    throw new ScenarioError({ path: `line ${this.line}`, what });
  }
}

function readVersion(reader: Reader, original: boolean): DraftVersion {
  const body: Writable = { nonvolatile: 0, zone: false, hoisted: false, earlyExit: false, calls: [] };
  const version: DraftVersion = { entry: 'dual', traced: false, args: 0, variadic: false, same: false, body };
  while (!reader.done && reader.peek() !== 'patched') {
    const word = reader.next('an attribute');
    switch (word) {
      case 'dual': case 'single': case 'clobber': version.entry = word; continue;
      case 'traced': version.traced = true; continue;
      case 'zone': body.zone = true; continue;
      case 'hoisted': body.hoisted = true; continue;
      case 'early-exit': body.earlyExit = true; continue;
      case 'saves': body.nonvolatile = reader.integer('a number of registers'); continue;
      default:
    }
    if (original && word === 'args') version.args = reader.integer('a number of arguments');
    else if (original && word === 'variadic') version.variadic = true;
    else if (!original && word === 'same') version.same = true;
    else if (word === '->') {
      do body.calls.push(readCall(reader)); while (reader.take(','));
      break;
    } else reader.fail(`'${word}'; expected an attribute, '->' or 'patched'`);
  }
  const own = body.calls.length > 0 || body.nonvolatile > 0 || body.zone || body.hoisted || body.earlyExit;
  if (version.same && own) reader.fail("a body behind 'same'; expected the original's body ('same') or one of its own");
  return version;
}

function readCall(reader: Reader): DraftCall {
  const id = /^\d/.test(reader.peek()) ? reader.integer("a call's id") : undefined;
  const kind = reader.next('a kind of call');
  if (!(CALL_KINDS as readonly string[]).includes(kind)) reader.fail(`'${kind}'; expected one of ${CALL_KINDS.join(', ')}`);
  const callee = reader.next('a function');
  const limit = /^x\d{1,9}$/.test(reader.peek()) ? Number(reader.next('a limit').slice(1)) : undefined;
  return { id, kind: kind as CallKind, callee, limit };
}

function readAnchor(reader: Reader, context: Anchor['context']): Anchor {
  const call = reader.integer("a call's id");
  const place = /^([a-z-]+)\+(\d{1,9})$/.exec(reader.next('a region and a step, as in hook-entry+4'));
  if (place === null || !(REGIONS as readonly string[]).includes(place[1]!)) reader.fail(`'${reader.words[reader.at - 1]}'; expected a region (${REGIONS.join(', ')}), '+' and a step`);
  const occurrence = /^#\d{1,9}$/.test(reader.peek()) ? Number(reader.next('').slice(1)) : 1;
  return { context, call, occurrence, region: place[1] as Region, step: Number(place[2]) };
}

/** `of task2`, or nothing: the first task. */
function readTask(reader: Reader): TaskContext {
  if (!reader.take('of')) return 'task';
  const name = reader.next('a task');
  const found = TASK_CONTEXTS.find((context) => context === name);
  return found ?? reader.fail(`'${name}'; expected one of ${TASK_CONTEXTS.join(', ')}`);
}

/** `to cpu 1` (or another word in front), or nothing: CPU 0. */
function readCpu(reader: Reader, word: string): Cpu {
  if (!reader.take(word)) return 0;
  if (!reader.take('cpu')) reader.fail(`'${reader.peek()}'; expected 'cpu'`);
  return reader.integer("a CPU's number, 0 or 1") as Cpu;
}

/** `again new`, `again same`, or nothing. */
function readAgain(reader: Reader): Pick<Exit, 'again'> {
  if (!reader.take('again')) return {};
  const word = reader.next(AGAIN.join(' or '));
  if (!(AGAIN as readonly string[]).includes(word)) reader.fail(`'${word}'; expected ${AGAIN.join(' or ')}`);
  return { again: word as Again };
}

/** `B`, or `B'` for its replacement. */
function readVersionName(reader: Reader): { name: string; replacement: boolean } {
  const word = reader.next('a function');
  const replacement = word.endsWith("'");
  return { name: replacement ? word.slice(0, -1) : word, replacement };
}

function readTracing(reader: Reader): TracingSwitch {
  const word = reader.next("'on' or 'off'");
  if (word !== 'on' && word !== 'off') reader.fail(`'${word}'; expected 'on' or 'off'`);
  const context = readTask(reader);
  if (!reader.take('at')) reader.fail(`'${reader.peek()}'; expected 'at'`);
  const at = readAnchor(reader, context);
  return { at, cpu: readCpu(reader, 'on'), on: word === 'on' };
}

type IdOf = (name: string, reader: Reader) => number;
interface DraftWorld {
  readonly tasks: ((idOf: IdOf) => Task)[];
  readonly switches: Switch[];
  readonly sleepers: ((idOf: IdOf) => Sleeper)[];
  readonly emergency: number[];
  readonly second: ((idOf: IdOf) => SecondVersion)[];
  readonly off: PatchNumber[];
  readonly transitions: Transition[];
  readonly hooks: ((idOf: IdOf) => OtherHook)[];
  readonly exits: Exit[];
  outOfLine: boolean;
  readonly tracing: TracingSwitch[];
}

/** Reads a scenario and validates it. Throws a ScenarioError that names the line, or the path of what breaks a rule. */
export function parseScenario(text: string): Scenario {
  const drafts: DraftFunction[] = [];
  const places: { M: Place; N: Place; P: Place } = { M: 0, N: 0, P: 0 };
  const interrupts: { reader: Reader; id: number; at: Anchor; handler: string; ownStack: boolean }[] = [];
  const around: DraftWorld = {
    tasks: [], switches: [], sleepers: [], emergency: [], second: [], off: [], transitions: [], hooks: [], exits: [], outOfLine: false, tracing: [],
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
    } else if (head === 'emergency') {
      around.emergency.push(reader.integer("an interrupt's id"));
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
      reader.fail(`'${head}'; expected NAME:MODULE (one of ${MODULE_NAMES.join(', ')}), places, start, irq, task, switch, sleep, exit, emergency, second, off, transition, out-of-line, tracing or ${HOOK_KINDS.join(', ')}`);
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
    tasks: around.tasks.map((task) => task(idOf)), switches: around.switches, sleepers: around.sleepers.map((sleeper) => sleeper(idOf)), ...onEmergencyStack(around.emergency),
    ...patchFields({ ...around, second: around.second.map((version) => version(idOf)) }), ...withHooks(around.hooks.map((hook) => hook(idOf))), ...withExits(around.exits),
    ...(around.outOfLine ? { outOfLine: true as const } : {}), ...withTracing(around.tracing),
  });
}

/** Letters for function names, without those of the modules. */
const LETTERS = 'ABCDEFGHIJLOQRSTUVWXYZ';

/**
 * Names for the functions of a scenario: A, B, .. in order where the ids are 0, 1, .. in order (as in a canonical form) and few
 * enough, else f and the id. `printScenario` uses them.
 */
function functionNames(scenario: Scenario): ReadonlyMap<number, string> {
  const plain = scenario.functions.length <= LETTERS.length && scenario.functions.every((fn, i) => fn.id === i);
  return new Map(scenario.functions.map((fn) => [fn.id, plain ? LETTERS[fn.id]! : `f${fn.id}`]));
}

function bodyWords(body: Body): string[] {
  const words: string[] = [];
  if (body.nonvolatile > 0) words.push(`saves ${body.nonvolatile}`);
  if (body.zone) words.push('zone');
  if (body.hoisted) words.push('hoisted');
  if (body.earlyExit) words.push('early-exit');
  return words;
}

function callWords(body: Body, names: ReadonlyMap<number, string>): string[] {
  return body.calls.map((call, i) => {
    const callee = call.callee === 'self' ? 'self' : names.get(call.callee) ?? `f${call.callee}`;
    const limit = call.limit === undefined ? '' : ` x${call.limit}`;
    return `${i === 0 ? '-> ' : ''}${call.id} ${call.kind} ${callee}${limit}${i === body.calls.length - 1 ? '' : ','}`;
  });
}

/** Fills lines of fewer than 80 columns; later lines are indented. */
function fill(words: readonly string[], lines: string[]): void {
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length >= 80) {
      lines.push(line);
      line = `    ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
}

/** ` of task2 at 2 hook-entry+4 #3` */
function anchorWords(at: Anchor): string {
  const context = at.context === 'task' ? '' : typeof at.context === 'number' ? ` in ${at.context}` : ` of ${at.context}`;
  return `${context} at ${at.call} ${at.region}+${at.step}${at.occurrence === 1 ? '' : ` #${at.occurrence}`}`;
}

/** The scenario in the notation, lines of fewer than 80 columns, a newline at the end. `parseScenario` reads the same scenario back. */
export function printScenario(scenario: Scenario): string {
  const names = functionNames(scenario);
  const lines: string[] = [];
  const far = (['M', 'N', 'P'] as const).filter((module) => scenario.places[module] !== 0);
  if (far.length > 0) lines.push(`places ${far.map((module) => `${module}=${scenario.places[module]}`).join(' ')}`);
  for (const fn of scenario.functions) {
    const words = [`${names.get(fn.id)}:${fn.module}`];
    if (fn.entry !== 'dual') words.push(fn.entry);
    if (fn.args > 0) words.push(`args ${fn.args}`);
    if (fn.variadic) words.push('variadic');
    if (fn.traced) words.push('traced');
    words.push(...bodyWords(fn.body), ...callWords(fn.body, names));
    if (fn.replacement !== undefined) {
      const { entry, traced, body } = fn.replacement;
      words.push('patched');
      if (entry !== 'dual') words.push(entry);
      if (traced) words.push('traced');
      if (body === 'same') words.push('same');
      else words.push(...bodyWords(body), ...callWords(body, names));
    }
    fill(words, lines);
  }
  if (scenario.start !== scenario.functions[0]?.id) lines.push(`start ${names.get(scenario.start)}`);
  for (const { id, at, handler, ownStack } of scenario.interrupts) {
    lines.push(`irq ${id}${anchorWords(at)} runs ${names.get(handler)}${ownStack ? ' own-stack' : ''}`);
  }
  const { tasks, switches, sleepers, emergency = [], hooks = [], exits = [], outOfLine, tracing = [] } = worldOf(scenario);
  const cpuWords = (word: string, cpu: Cpu): string => (cpu === 0 ? '' : ` ${word} cpu ${cpu}`);
  for (const id of emergency) lines.push(`emergency ${id}`);
  for (const { id, start, cpu } of tasks) lines.push(`task ${id} runs ${names.get(start)}${cpuWords('on', cpu)}`);
  for (const { id, at, cpu } of switches) lines.push(`switch ${id}${anchorWords(at)}${cpuWords('to', cpu)}`);
  for (const { function: of, replacement, cpu, walked } of sleepers) lines.push(`sleep ${names.get(of)}${replacement ? "'" : ''}${cpuWords('to', cpu)}${walked === true ? ' walked' : ''}`);
  lines.push(...patchWords(scenario, (id) => names.get(id) ?? `f${id}`, anchorWords));
  for (const { id, at, again } of exits) lines.push(`exit ${id}${anchorWords(at)}${again === undefined ? '' : ` again ${again}`}`);
  for (const { function: of, replacement, kind } of hooks) lines.push(`${kind} ${names.get(of)}${replacement ? "'" : ''}`);
  if (outOfLine === true) lines.push('out-of-line');
  for (const { at, cpu, on } of tracing) lines.push(`tracing ${on ? 'on' : 'off'}${anchorWords(at)}${cpuWords('on', cpu)}`);
  return `${lines.join('\n')}\n`;
}
