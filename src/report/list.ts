/** `tocsin list` for people. */
import { claimText } from '../contract/claim-text.ts';
import { hooksOutOfLine } from '../contract/strategy.ts';
import type { ListView } from './documents.ts';
import { columns, wrap } from './text.ts';

export function listLines(view: ListView, quiet = false): string[] {
  if (quiet) return view.strategies.map((it) => it.name);
  const lines = ['Strategies'];
  for (const it of view.strategies) {
    lines.push(`  ${it.name}`, ...wrap(it.summary, '    '), ...wrap(`origin: ${it.origin}`, '    ', '      '), ...wrap(`claim: ${claimText(it.claim)}`, '    ', '      '),
      `    hooks: ${hooksOutOfLine(it) ? 'in line, out of line' : 'in line'}`);
  }
  const named = (rows: readonly (readonly [string, string])[]): string[] => {
    const width = Math.max(...rows.map(([name]) => name.length)) + 4;
    return rows.flatMap(([name, words]) => wrap(words, `  ${name}`.padEnd(width), ' '.repeat(width)));
  };
  lines.push('', 'Obligations', ...named(view.obligations.map((it) => [it.name, it.reason])));
  lines.push('', 'Features (--features; an assumption is no-FEATURE or one of the further premises)', ...wrap(view.features.join(', '), '  '));
  lines.push(...columns([['  further premises:', view.premises.join(', ')]]));
  lines.push('', 'Witnesses', ...named(view.witnesses.map((it) => [it.name, it.meaning])));
  return lines;
}
