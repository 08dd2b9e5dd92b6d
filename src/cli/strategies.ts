/** Strategies as a user names them: built in, or a file. Whatever is wrong with one is said with file and place. */
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import type { Strategy } from '../contract/strategy.ts';
import { shellWord } from '../report/text.ts';
import { parseStrategyText } from '../contract/strategy-text.ts';
import { validateStrategy } from '../contract/validate-strategy.ts';
import { brief } from '../scenario/error.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { UsageError, oneLine, quoted, systemWords } from './errors.ts';
import type { Console } from './console.ts';
import { readText } from './files.ts';
import { requestWords } from './object-options.ts';
import type { ObjectRequest } from './object-options.ts';
import { suggestion } from './suggest.ts';

/** A strategy and the word that names it on a command line. */
export interface NamedStrategy {
  readonly strategy: Strategy;
  /** The built-in name, or the file as it was given. */
  readonly word: string;
  /** The file; absent for built-in ones. */
  readonly file?: string;
  /** Where it is machine code out of an object file: what was asked for, and what was made of it, in words. */
  readonly object?: { readonly request: ObjectRequest; readonly lines: readonly string[] };
}

/** The option with which replay and explain find it again. */
export function asOption({ word, object }: Pick<NamedStrategy, 'word' | 'object'>): string {
  return object === undefined ? `--strategy ${shellWord(word)}` : requestWords(object.request);
}

/** A strategy out of an object file. What reads such files is loaded for those who have one. */
export async function namedObject(request: ObjectRequest): Promise<NamedStrategy> {
  const { loadObject } = await import('./objects.ts'), { objectLines } = await import('../report/object.ts');
  const { strategy, facts } = loadObject(request);
  return { strategy, word: request.file, file: request.file, object: { request, lines: objectLines(facts) } };
}

/** Says of each strategy out of an object file what was made of it: as a part of the answer, or beside it. Nothing with --quiet. */
export function announce(console: Pick<Console, 'say' | 'note' | 'quiet'>, named: readonly NamedStrategy[], beside: boolean): void {
  for (const { object } of named) {
    if (object === undefined || console.quiet) continue;
    const lines = object.lines.join('\n');
    if (beside) console.note(lines);
    else console.say(`${lines}\n`);
  }
}

const SCRIPTS = new Set(['.ts', '.mts', '.js', '.mjs', '.cjs', '.cts']);

/** What a word on the command line means: whatever looks like a path or a file name is one. */
export function isFileName(word: string): boolean {
  return word.includes('/') || word.includes('\\') || word.endsWith('.s') || word.endsWith('.S') || SCRIPTS.has(extname(word));
}

export async function loadStrategy(word: string): Promise<NamedStrategy> {
  if (!isFileName(word)) {
    const found = BUILT_IN.find((it) => it.name === word);
    if (found === undefined) throw new UsageError(`unknown strategy ${quoted(word)}${suggestion(word, BUILT_IN.map((it) => it.name))}`);
    return { strategy: found, word };
  }
  const extension = extname(word);
  const strategy = extension.toLowerCase() === '.s' ? parseStrategyText(readText(word, 'strategy'), word)
    : SCRIPTS.has(extension) ? validateStrategy(asObject(await loadDefault(word, 'strategy'), word), word)
      : fail(`strategy ${quoted(word)}: expected a file that ends in .s, .ts or .js; machine code is --object FILE`);
  if (BUILT_IN.some((it) => it.name === strategy.name)) {
    throw new UsageError(`${word}: a built-in strategy is called ${quoted(strategy.name)} too; expected another name`);
  }
  return { strategy, word, file: word };
}

/** The object's, where there is one, behind those of the words; all built-in ones where nothing is named. None twice. */
export async function loadStrategies(words: readonly string[], object?: ObjectRequest): Promise<readonly NamedStrategy[]> {
  if (words.length === 0 && object === undefined) return BUILT_IN.map((strategy) => ({ strategy, word: strategy.name }));
  const loaded: NamedStrategy[] = [];
  const add = (one: NamedStrategy): void => {
    const same = loaded.find((it) => it.strategy.name === one.strategy.name);
    if (same !== undefined) throw new UsageError(`strategy ${quoted(one.strategy.name)} is named twice: ${quoted(same.word)} and ${quoted(one.word)}`);
    loaded.push(one);
  };
  for (const word of words) add(await loadStrategy(word));
  if (object !== undefined) add(await namedObject(object));
  return loaded;
}

/** A default export that may be a strategy. */
function asObject(it: unknown, word: string): object {
  return typeof it === 'object' && it !== null && !Array.isArray(it) ? it : fail(`strategy ${quoted(word)}: its default export is ${brief(it)}; expected a Strategy, an object with name, summary, origin, claim and code`);
}

function fail(message: string): never {
  throw new UsageError(message);
}

/**
 * The default export of a module of the user's, TypeScript or JavaScript; `tocsin` in it is this very package.
 * Whatever it throws is said in one line.
 */
export async function loadDefault(file: string, what: string): Promise<unknown> {
  const path = resolve(file);
  // Says in plain words what a loader would say at length.
  readText(path, what);
  try {
    const { createJiti } = await import('jiti');
    const jiti = createJiti(pathToFileURL(path).href, {
      alias: { tocsin: fileURLToPath(new URL('../index.js', import.meta.url)) },
      moduleCache: true, fsCache: false, interopDefault: false,
    });
    const loaded: unknown = await jiti.import(path);
    if (typeof loaded === 'object' && loaded !== null && 'default' in loaded) return loaded.default;
    throw new UsageError(`${what} ${quoted(file)}: no default export`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const place = error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('E') ? systemWords(error) : String(error);
    throw new UsageError(`${what} ${quoted(file)}: cannot be loaded: ${oneLine(place.replaceAll(path, file).replace(/^Error: (?=\w*Error: )/, '')).slice(0, 400)}`);
  }
}
