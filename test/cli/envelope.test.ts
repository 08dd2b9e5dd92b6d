// The built command: worker threads, files, exit codes, and lines for bad input.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { EnvelopeDocument } from '../../src/report/envelope.ts';
import { folder, spawned, start, tocsin } from './built.ts';

const EXAMPLE = readFileSync(resolve(import.meta.dirname, '../../examples/klp-slot-word.s'), 'utf8');
const SMALL = ['--features', 'none,+local,+global,+stub-sibling,+far', '--runs', '150', '--seed', '3'];

test('one and two workers print the same bytes, and each case replays', async () => {
  const cwd = folder();
  const run = (workers: string, how: typeof tocsin): ReturnType<typeof tocsin> => how(['envelope', 'branch-only', 'livepatch-stack', ...SMALL, '--workers', workers, '--out', 'cases', '--page', 'page.md', '--json', '--quiet'], { cwd });
  const one = await run('1', tocsin);
  const page = readFileSync(join(cwd, 'page.md'), 'utf8');
  const two = await run('2', spawned);
  expect([one.code, two.stdout === one.stdout, one.stderr, two.stderr, readFileSync(join(cwd, 'page.md'), 'utf8') === page]).toEqual([0, true, '', '', true]);
  const document = JSON.parse(one.stdout) as EnvelopeDocument;
  expect([document.schema, document.seed, document.runs, document.features.length]).toEqual(['tocsin/envelope@1', '0x3', 150, 4]);
  expect(document.strategies.map((it) => [it.name, it.breaking.map((set) => set.features.join('+'))])).toEqual([['branch-only', ['local', 'global+stub-sibling']], ['livepatch-stack', ['global+stub-sibling']]]);
  expect(readdirSync(join(cwd, 'cases')).sort()).toEqual(['branch-only-1-toc.json', 'branch-only-2-toc-slot.json', 'livepatch-stack-1-toc-slot.json']);
  for (const { file, token } of document.strategies.flatMap((it) => it.breaking)) {
    expect((await tocsin(['replay', file!], { cwd })).code).toBe(0);
    expect((await tocsin(['replay', token, '--strategy', 'manual-restore'], { cwd })).code).toBe(token === document.strategies[0]!.breaking[0]!.token ? 0 : 1);
    expect(page).toContain(`\`${token}\``);
  }
  expect(page).toContain('Made by `tocsin envelope branch-only livepatch-stack --seed 3 --runs 150 --features');
});

test('a file takes part like a built-in one, and its claim can be refuted', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'mine.s'), '# tocsin: claim holds assuming no-far\nlivepatch_handler:\n        mfctr   r12\n        bctr\n');
  const { code, stdout, stderr } = await tocsin(['envelope', './mine.s', ...SMALL, '--workers', '1'], { cwd });
  expect([code, stderr.includes('a bug')]).toEqual([1, false]);
  expect(stdout).toContain('REFUTED: the claim covers local, which breaks toc: toc1-');
  expect(stdout.split('\n').filter((line) => line.length > 79)).toEqual([]);
  const token = /REFUTED.*?(toc1-\w+)/s.exec(stdout)?.[1] ?? '';
  expect((await tocsin(['replay', token, '--strategy', './mine.s'], { cwd })).code).toBe(1);
  const quiet = await tocsin(['envelope', './mine.s', ...SMALL, '--workers', '1', '--quiet'], { cwd });
  expect([quiet.stderr, quiet.stdout.split('\n')[0]]).toEqual(['', 'mine  broken by 2 smallest sets  REFUTED']);
});

test('what has been given a word of its own to keep breaks nowhere here', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'kept.s'), EXAMPLE.replace('klp-slot-word', 'kept'));
  const { code, stdout } = await tocsin(['envelope', './kept.s', ...SMALL, '--workers', '1', '--json'], { cwd });
  const [kept] = (JSON.parse(stdout) as EnvelopeDocument).strategies;
  expect([code, kept?.breaking, kept?.clean.map((it) => [it.assuming, it.trials])]).toEqual([0, [], [[[], 150]]]);
});

test('an interrupted one says so, writes no page, and leaves what is not known undecided', async () => {
  const cwd = folder();
  const running = start(['envelope', 'branch-only', 'livepatch-stack', '--runs', '1e6', '--json', '--page', 'page.md', '--workers', '2'], { cwd });
  let told = false;
  running.onStderr((text) => {
    if (told || !text.includes('searches done')) return;
    told = true;
    running.kill('SIGTERM');
  });
  const { code, stdout } = await running.ended;
  const document = JSON.parse(stdout) as EnvelopeDocument;
  expect([code, document.exit, document.interrupted, readdirSync(cwd)]).toEqual([143, 143, true, []]);
  expect(document.strategies.flatMap((it) => it.undecided).map((it) => it.why)).toContain('interrupted');
});

test('help has examples and exit codes', async () => {
  const { code, stdout } = await tocsin(['envelope', '--help']);
  expect(code).toBe(0);
  for (const words of ['Usage: tocsin envelope', '--runs <n>', '--page <file>', '$ tocsin envelope livepatch-stack', 'Exit codes: 0 every claim stands']) expect(stdout).toContain(words);
});

test.each([
  [['nowhere'], "unknown strategy 'nowhere'"],
  [['./none.s'], "'./none.s': cannot be read"],
  [['--runs', '0'], "--runs '0': expected a whole number from 1"],
  [['--seed', 'x'], 'seed "x"'],
  [['--features', '+loca'], "unknown feature 'loca'; did you mean 'local'?"],
  [['--workers', '0'], '--workers'],
  [['--cases', 'nowhere'], "--cases 'nowhere': cannot be read"],
  [['--cases', resolve(import.meta.dirname, '../../package.json')], 'expected a document of schema tocsin/envelope@1'],
  [['--out', '/proc/nowhere'], "--out '/proc/nowhere': cannot be written"],
  [['--page', '/proc/nowhere/page.md'], "--page '/proc/nowhere': cannot be written"],
])('bad input %j', async (args, message) => {
  const { code, stdout, stderr } = await tocsin(['envelope', ...args, '--quiet'], { cwd: folder() });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
