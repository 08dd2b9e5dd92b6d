/** docs/evidence.md and docs/mutants.md: sections between marks, each written by a script and put in place of what was there. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeWhole } from '../../src/cli/files.ts';

export const DOCUMENT = resolve(import.meta.dirname, '../../docs/evidence.md');
export const MUTANTS_DOCUMENT = resolve(import.meta.dirname, '../../docs/mutants.md');

/** The text with section `name` replaced. @throws RangeError where its marks are not there exactly once, in order */
export function withSection(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from || document.indexOf(begin, from + 1) >= 0 || document.indexOf(end, to + 1) >= 0) {
    throw new RangeError(`the document: expected one '${begin}' and behind it one '${end}'`);
  }
  return `${document.slice(0, from + begin.length)}\n${text.trimEnd()}\n${document.slice(to)}`;
}

export function writeSection(name: string, text: string, path = DOCUMENT): void {
  writeWhole(path, withSection(readFileSync(path, 'utf8'), name, text), 'the document');
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

export const number = (value: number): string => value.toLocaleString('en-US');
/** In percent, one digit. */
export const share = (part: number, whole: number): string => `${(100 * part / whole).toFixed(1)} %`;
