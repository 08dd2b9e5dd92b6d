/** An explanation as one self-contained page: no script, nothing loaded from anywhere, everything escaped. */
import type { ArgumentPart, Explanation } from './explain.ts';
import { escaped } from './machine-readable.ts';
import type { TraceStep } from '../trial/record.ts';
import { address, hex } from './text.ts';
import { scenarioTree } from './tree.ts';

/** Rows of the run's table at most: the last ones are kept. */
const ROWS = 2000;

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre,code,td{font:14px/1.4 ui-monospace,monospace}pre{overflow-x:auto;padding:.8rem;border:1px solid #8884}
table{border-collapse:collapse;display:block;overflow-x:auto}td,th{padding:.1rem .6rem;text-align:left;border-bottom:1px solid #8883;vertical-align:top}
.part{font-weight:600}.contradiction{border-left:.3rem solid #c33;padding-left:.6rem}li{margin:.5rem 0}`;

const WORDS: Record<ArgumentPart, string> = { let: 'Let', then: 'Then', however: 'However', contradiction: 'A contradiction' };

function changes(step: TraceStep): string {
  return [
    ...step.registers.map((change) => `${change.name} = ${hex(change.after)}`),
    ...step.memory.map((write) => `[${hex(write.address)}] = ${hex(write.after)} (${write.bytes})`),
    ...step.notes,
  ].join('; ');
}

const row = (cells: readonly string[]): string => `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;

export function explainPage({ input, steps }: Explanation): string {
  const shown = input.steps.slice(-ROWS);
  const left = input.steps.length - shown.length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(`${input.strategy}: ${input.violation?.obligation ?? 'holds'}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(`${input.strategy}: ${input.violation?.obligation ?? 'holds'}`)}</h1>
<p>${escaped(input.sentence)}</p>
<h2>The scenario</h2>
<pre>${escaped(scenarioTree(input.scenario).join('\n'))}</pre>
<h2>The argument</h2>
<ol>
${steps.map((step) => `<li class="${step.part}"><span class="part">${WORDS[step.part]}</span> ${escaped(step.text)}<br><code>${escaped(`${address(step.address)}  ${step.symbol}  ${step.instruction}`)}</code></li>`).join('\n')}
</ol>
<h2>The run</h2>
${left > 0 ? `<p>The first ${left} instructions are left out.</p>\n` : ''}<table>
<tr><th>step</th><th>address</th><th>symbol</th><th>instruction</th><th>changes</th></tr>
${shown.map((step) => row([String(step.index), address(step.address), step.symbol, step.text, changes(step)])).join('\n')}
</table>
<p>Token: <code>${escaped(input.token)}</code></p>
</body>
</html>
`;
}
