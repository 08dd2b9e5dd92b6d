/** The words of the notation (notation.ts): a text as statements, and what several kinds of statements are made of. */
import { ScenarioError } from './error.ts';
import type { Again, Anchor, CallKind, Cpu, EntryShape, Exit, Region, TaskContext, TracingSwitch } from './scenario.ts';
import { AGAIN, CALL_KINDS, REGIONS } from './scenario.ts';
import { TASK_CONTEXTS } from './world.ts';

export interface Writable { nonvolatile: number; zone: boolean; hoisted: boolean; earlyExit: boolean; calls: DraftCall[] }
interface DraftCall { id: number | undefined; kind: CallKind; callee: string; limit: number | undefined }
export interface DraftVersion { entry: EntryShape; traced: boolean; args: number; variadic: boolean; same: boolean; body: Writable }

/** Cuts a text into statements of words, each with its line number (from 1). */
export function statements(text: string): { line: number; words: string[] }[] {
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

export class Reader {
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

export function readVersion(reader: Reader, original: boolean): DraftVersion {
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

export function readAnchor(reader: Reader, context: Anchor['context']): Anchor {
  const call = reader.integer("a call's id");
  const place = /^([a-z-]+)\+(\d{1,9})$/.exec(reader.next('a region and a step, as in hook-entry+4'));
  if (place === null || !(REGIONS as readonly string[]).includes(place[1]!)) reader.fail(`'${reader.words[reader.at - 1]}'; expected a region (${REGIONS.join(', ')}), '+' and a step`);
  const occurrence = /^#\d{1,9}$/.test(reader.peek()) ? Number(reader.next('').slice(1)) : 1;
  return { context, call, occurrence, region: place[1] as Region, step: Number(place[2]) };
}

/** `of task2`, or nothing: the first task. */
export function readTask(reader: Reader): TaskContext {
  if (!reader.take('of')) return 'task';
  const name = reader.next('a task');
  const found = TASK_CONTEXTS.find((context) => context === name);
  return found ?? reader.fail(`'${name}'; expected one of ${TASK_CONTEXTS.join(', ')}`);
}

/** `to cpu 1` (or another word in front), or nothing: CPU 0. */
export function readCpu(reader: Reader, word: string): Cpu {
  if (!reader.take(word)) return 0;
  if (!reader.take('cpu')) reader.fail(`'${reader.peek()}'; expected 'cpu'`);
  return reader.integer("a CPU's number, 0 or 1") as Cpu;
}

/** `again new`, `again same`, or nothing. */
export function readAgain(reader: Reader): Pick<Exit, 'again'> {
  if (!reader.take('again')) return {};
  const word = reader.next(AGAIN.join(' or '));
  if (!(AGAIN as readonly string[]).includes(word)) reader.fail(`'${word}'; expected ${AGAIN.join(' or ')}`);
  return { again: word as Again };
}

/** `B`, or `B'` for its replacement. */
export function readVersionName(reader: Reader): { name: string; replacement: boolean } {
  const word = reader.next('a function');
  const replacement = word.endsWith("'");
  return { name: replacement ? word.slice(0, -1) : word, replacement };
}

export function readTracing(reader: Reader): TracingSwitch {
  const word = reader.next("'on' or 'off'");
  if (word !== 'on' && word !== 'off') reader.fail(`'${word}'; expected 'on' or 'off'`);
  const context = readTask(reader);
  if (!reader.take('at')) reader.fail(`'${reader.peek()}'; expected 'at'`);
  const at = readAnchor(reader, context);
  return { at, cpu: readCpu(reader, 'on'), on: word === 'on' };
}
