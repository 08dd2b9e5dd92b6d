// The README says what is so: its table of verdicts is the one that a campaign gives, its commands are commands.
// After a change of generator, judge, strategies or tokens: `npm run readme` writes the table anew (look at the difference before you commit it).
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { fuzz } from '../src/campaign/fuzz.ts';
import { planFuzz } from '../src/campaign/plan.ts';
import { inProcess, openWorkshop } from '../src/campaign/workshop.ts';
import { main } from '../src/cli/answer.ts';
import { decodeToken } from '../src/case/token.ts';
import { parseStrategyText } from '../src/contract/strategy-text.ts';
import { readmeTable, withTable } from '../src/report/readme-table.ts';
import { BUILT_IN } from '../src/strategies/index.ts';

const ROOT = resolve(import.meta.dirname, '..');
const PATH = resolve(ROOT, 'README.md');
const readme = readFileSync(PATH, 'utf8');

describe('the table of verdicts', () => {
  const [seed, runs] = [20160309n, 2500];

  test('is what this campaign finds; if not, `npm run readme` rewrites it', async () => {
    const plan = planFuzz({ strategies: BUILT_IN, seed, runs });
    const { report } = await fuzz(plan, inProcess(openWorkshop(plan.setup)));
    expect(report.reasons).toEqual([]);
    const table = readmeTable(report, BUILT_IN, `tocsin fuzz --seed ${seed} --runs ${runs}`);
    // `vitest -u` writes the file.
    await expect(withTable(readme, table)).toMatchFileSnapshot(PATH);
  });

  test('has a row for every strategy, with a token that is about it unless nothing is found', () => {
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.map((line) => /^\| `([^`]+)`/.exec(line)?.[1])).toEqual(BUILT_IN.map((it) => it.name));
    expect(rows.filter((line) => line.endsWith('| none |'))).toHaveLength(1);
    for (const line of rows) {
      // Who assumes nothing and holds has none.
      if (/\| holds \| holds \| none \|$/.test(line)) continue;
      const token = /`(toc\d+-\w+)` \|$/.exec(line)?.[1] ?? '';
      expect(decodeToken(token).strategy, line).toEqual({ kind: 'built-in', name: /^\| `([^`]+)`/.exec(line)?.[1] });
    }
  });

  test('its place is found, or it is said that there is none', () => {
    expect(withTable('a\n<!-- verdicts:begin -->\nold\n<!-- verdicts:end -->\nb\n', 'new')).toBe('a\n<!-- verdicts:begin -->\nnew\n<!-- verdicts:end -->\nb\n');
    for (const text of ['', '<!-- verdicts:begin -->', '<!-- verdicts:end --><!-- verdicts:begin -->', '<!-- verdicts:begin --><!-- verdicts:end --><!-- verdicts:end -->']) {
      expect(() => withTable(text, 'new')).toThrow(RangeError);
    }
  });
});

describe.each(['README.md', 'docs/gate.md'])('the commands in %s', (name) => {
  const text = readFileSync(resolve(ROOT, name), 'utf8');
  const commands = commandsIn(text);

  test('there are some', () => {
    expect(commands.length).toBeGreaterThan(5);
  });

  test.each([...new Set(commands)])('%s', async (command) => {
    const [subcommand = '', ...words] = command.split(/\s+/);
    const said: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => { said.push(String(chunk)); return true; });
    let code: number;
    try {
      code = await main([subcommand, '--help']);
    } finally {
      spy.mockRestore();
    }
    expect(code).toBe(0);
    // The help of the command itself, which names its every option.
    expect(said.join('')).toMatch(new RegExp(`^Usage: tocsin ${subcommand}\\b`));
    for (const option of words.filter((it) => it.startsWith('-'))) expect(said.join('')).toMatch(new RegExp(`(^|[ ,])${option}\\b`, 'm'));
  });
});

/** What follows `tocsin` in code: blocks that are indented or fenced, and code in a line. Without pipes, redirections and comments. */
function commandsIn(text: string): string[] {
  const blocks = text.split('\n').filter((line) => line.startsWith('    ')).join('\n');
  const fenced = [...text.matchAll(/^```[^\n]*\n(.*?)^```/gms)].map((it) => it[1] ?? '').join('\n');
  const inline = [...text.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map((it) => it[1] ?? '').join('\n');
  return [...`${blocks}\n${fenced}\n${inline}`.matchAll(/(?:^|[\s(])(?:node dist\/cli\/main\.js|(?:npx )?tocsin) ([a-z][^\n]*)/g)]
    .map((it) => (it[1] ?? '').replace(/\s+(#|\||>|<|&&|\|\||;).*$/, '').trim());
}

test('what npm is asked to run is there to run', () => {
  const { scripts } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const asked = [...readme.matchAll(/\bnpm (?:run )?(\w+)/g)].map((it) => it[1] ?? '').filter((it) => !['ci', 'link', 'install'].includes(it));
  expect(asked.filter((it) => scripts[it] === undefined)).toEqual([]);
  expect(asked).toEqual(expect.arrayContaining(['test', 'build']));
});

test('its strategy begins as a strategy does', () => {
  const lines = readme.split('\n');
  const from = lines.findIndex((line) => line.includes('# tocsin: claim'));
  const block = lines.slice(from).filter((line) => line.startsWith('    ')).slice(0, 4).map((line) => line.slice(4));
  const parsed = parseStrategyText(`${block.filter((line) => !line.includes('...')).join('\n')}\n        blr\n`, 'readme.s');
  expect(parsed.claim.kind).toBe('holds');
  expect(parsed.code.livepatch_handler).toBeDefined();
});

test('what it links to is there', () => {
  for (const [, target = ''] of readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
    if (!/^https?:/.test(target)) expect(existsSync(resolve(ROOT, target)), target).toBe(true);
  }
});
