/**
 * KTAP version 1, as kselftest and KernelCI read it (Linux Documentation/dev-tools/ktap.rst): one nested test per group, a result
 * line per check, diagnostics before the result line that they belong to. KTAP knows pass, fail and skip: what was inconclusive
 * or untrusted is `not ok`, and its diagnostics say which.
 */
import type { Check, ChecksView } from './checks.ts';
import { grouped, isBad, replayHint } from './checks.ts';
import { printable } from './text.ts';

/** `#` begins a directive and must not occur in a name. */
const plain = (text: string): string => printable(text).replaceAll('#', '').replace(/\s+/g, ' ').trim();

function result(ok: boolean, n: number, name: string, skip: string | undefined, indent: string): string {
  return `${indent}${ok ? 'ok' : 'not ok'} ${n} ${plain(name)}${skip === undefined ? '' : ` # SKIP ${plain(skip)}`}`;
}

function checkLines(check: Check, n: number, indent: string): string[] {
  const lines: string[] = [];
  const say = (text: string): void => { lines.push(`${indent}# ${printable(text).replace(/[\r\n]+/g, ' ')}`.trimEnd()); };
  if (isBad(check)) {
    say(check.state === 'fail' ? check.message : `${check.state}: ${check.message}`);
    for (const detail of check.details) say(detail);
    const hint = replayHint(check);
    if (hint !== undefined) say(hint);
  }
  lines.push(result(!isBad(check), n, check.name, check.state === 'skip' ? check.message : undefined, indent));
  return lines;
}

export function ktapText(view: ChecksView): string {
  const groups = grouped(view.checks);
  const lines = ['KTAP version 1', `1..${groups.length}`];
  groups.forEach(([group, checks], index) => {
    lines.push('  KTAP version 1', `  # Subtest: ${plain(group)}`, `  1..${checks.length}`);
    checks.forEach((check, n) => lines.push(...checkLines(check, n + 1, '  ')));
    lines.push(result(!checks.some(isBad), index + 1, group, undefined, ''));
  });
  return `${lines.join('\n')}\n`;
}
