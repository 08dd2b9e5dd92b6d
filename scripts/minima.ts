/**
 * Writes how small minima are into docs/evidence.md: `npm run minima`, or in slices, which may run beside each other:
 *
 *     jiti scripts/minima.ts [--seeds N]                          measures N seeds of each known-bad strategy (default 200) and writes the table
 *     jiti scripts/minima.ts --slice STRATEGY FROM TO FILE        measures seeds FROM to TO-1, as lines of JSON
 *     jiti scripts/minima.ts --write FILE...                      writes the table from such files
 *     ... --exhaust FILE                                          with the smallest of a bound: what `tocsin exhaust --json` printed
 *
 * A function of strategies, seeds and generator.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { GENERATOR_VERSION } from '../src/arbitraries/seeded.ts';
import { writeSection } from './evidence/document.ts';
import { boundOf } from './evidence/minima-bound.ts';
import { minimaText } from './evidence/minima-table.ts';
import { BAD, minima } from './evidence/minima.ts';
import type { Minimum } from './evidence/minima.ts';

const SEEDS = 200;

const [, , ...words] = process.argv;
const at = words.indexOf('--exhaust');
const bound = at < 0 ? undefined : boundOf(JSON.parse(readFileSync(words.splice(at, 2)[1] ?? '', 'utf8')));
const [command, ...rest] = words;

function natural(text: string | undefined, what: string): number {
  const value = Number(text);
  if (text === undefined || !Number.isSafeInteger(value) || value < 0) throw new RangeError(`${what} ${String(text)}; expected a whole number`);
  return value;
}

if (command === '--slice') {
  const strategy = BAD.find(({ name }) => name === rest[0]);
  if (strategy === undefined) throw new RangeError(`no known-bad strategy is called ${String(rest[0])}`);
  const lines = [...minima(strategy, natural(rest[1], 'FROM'), natural(rest[2], 'TO'))].map((it) => JSON.stringify(it));
  if (rest[3] === undefined) throw new RangeError('no FILE to write to');
  writeFileSync(rest[3], lines.map((it) => `${it}\n`).join(''));
} else {
  const all = command === '--write' ? rest.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').map((line): Minimum => JSON.parse(line) as Minimum))
    : BAD.flatMap((strategy) => [...minima(strategy, 0, command === '--seeds' ? natural(rest[0], '--seeds') : SEEDS)]);
  writeSection('minima', minimaText(all, GENERATOR_VERSION, bound));
  process.stdout.write('docs/evidence.md: minima\n');
}
