/**
 * The answers of `tocsin list`, which are the same wherever and whenever it is asked: made once, when the package is built
 * (prepare.ts), so that it answers before the options' parser, the strategies and all else that it is made of would be loaded.
 */
import { readFileSync } from 'node:fs';

/** Beside the compiled files, and nowhere else: from sources there is none, and the command makes the answer itself. */
export const PREPARED = new URL('list-answers.json', import.meta.url);
/** The model's hash, which depends on the compiled files alone: half a second of runs that no proof needs. */
export const PREPARED_HASH = new URL('model-hash.txt', import.meta.url);

/** The command lines that have an answer here. Any other goes the whole way, with the same answer (test/cli/prepared.test.ts). */
export const PREPARED_LINES: readonly (readonly string[])[] = [['list'], ['list', '--json'], ['list', '--quiet']];

/** The answer to this command line, to the byte, or undefined where it was not prepared. */
export function preparedAnswer(argv: readonly string[]): string | undefined {
  const line = argv.join(' ');
  if (!PREPARED_LINES.some((it) => it.join(' ') === line)) return undefined;
  let answers: unknown;
  try {
    answers = JSON.parse(readFileSync(PREPARED, 'utf8'));
  } catch {
    // Not built, or half copied: the command makes the answer.
    return undefined;
  }
  const answer: unknown = typeof answers === 'object' && answers !== null ? Reflect.get(answers, line) : undefined;
  return typeof answer === 'string' ? answer : undefined;
}

/** What the build says the model's hash is; undefined where it was not prepared. */
export function preparedHash(): string | undefined {
  try {
    return readFileSync(PREPARED_HASH, 'utf8');
  } catch {
    return undefined;
  }
}
