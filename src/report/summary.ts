/** The gate as Markdown, for a job's summary page or a comment on a change. */
import type { Check, ChecksView } from './checks.ts';
import { grouped, isBad, replayHint } from './checks.ts';
import { number, printable } from './text.ts';

/** Text in a table cell: nothing of it may act as Markdown or HTML. */
const cell = (text: string): string =>
  printable(text).replace(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replace(/[\\`*_{}[\]|#!~>]/g, '\\$&').trim();

const code = (text: string): string => `\`${printable(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;

function row(check: Check): string {
  const hint = replayHint(check);
  return `| ${cell(check.group)} | ${cell(check.name)} | ${check.state} | ${cell(check.message)} | ${hint === undefined ? '' : code(hint)} |`;
}

export function summaryText(view: ChecksView): string {
  const lines = [`## Tocsin gate: ${view.outcome}`, '', cell(view.sentence), ''];
  const bad = view.checks.filter(isBad);
  if (bad.length > 0) {
    lines.push('| group | check | state | what was seen | replay |', '|---|---|---|---|---|', ...bad.map(row), '');
  }
  lines.push('| group | checks | passed | skipped |', '|---|---|---|---|');
  for (const [group, checks] of grouped(view.checks)) {
    lines.push(`| ${cell(group)} | ${checks.length} | ${checks.filter((check) => check.state === 'pass').length} | ${checks.filter((check) => check.state === 'skip').length} |`);
  }
  lines.push('', `${number(view.checks.length, 'check')}, seed ${code(view.seed)}, model ${code(view.modelHash)}, tocsin ${cell(view.version)}.`, '');
  return lines.join('\n');
}
