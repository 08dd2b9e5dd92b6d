/** A scenario in the notation (notation.ts). */
import { patchWords } from './patch-notation.ts';
import type { Anchor, Body, Cpu, Scenario } from './scenario.ts';
import { worldOf } from './world.ts';

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
  const { tasks, switches, sleepers, emergency = [], soft = [], hooks = [], exits = [], forks = [], outOfLine, tracing = [] } = worldOf(scenario);
  const cpuWords = (word: string, cpu: Cpu): string => (cpu === 0 ? '' : ` ${word} cpu ${cpu}`);
  for (const id of emergency) lines.push(`emergency ${id}`);
  for (const id of soft) lines.push(`softirq ${id}`);
  for (const { id, start, cpu } of tasks) lines.push(`task ${id} runs ${names.get(start)}${cpuWords('on', cpu)}`);
  for (const { id, at, cpu } of switches) lines.push(`switch ${id}${anchorWords(at)}${cpuWords('to', cpu)}`);
  for (const { function: of, replacement, cpu, walked } of sleepers) lines.push(`sleep ${names.get(of)}${replacement ? "'" : ''}${cpuWords('to', cpu)}${walked === true ? ' walked' : ''}`);
  lines.push(...patchWords(scenario, (id) => names.get(id) ?? `f${id}`, anchorWords));
  for (const { id, at, again } of exits) lines.push(`exit ${id}${anchorWords(at)}${again === undefined ? '' : ` again ${again}`}`);
  for (const { task, at } of forks) lines.push(`fork ${task}${anchorWords(at)}`);
  for (const { function: of, replacement, kind } of hooks) lines.push(`${kind} ${names.get(of)}${replacement ? "'" : ''}`);
  if (outOfLine === true) lines.push('out-of-line');
  for (const { at, cpu, on } of tracing) lines.push(`tracing ${on ? 'on' : 'off'}${anchorWords(at)}${cpuWords('on', cpu)}`);
  return `${lines.join('\n')}\n`;
}
