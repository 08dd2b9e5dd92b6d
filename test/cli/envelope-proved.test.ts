// `tocsin envelope --proved`: its lines and exit codes, the certificates, and a campaign's finding in a set that is proved.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { folder, tocsin } from './built.ts';

const LIMITATIONS = resolve(import.meta.dirname, '../../docs/limitations.json');

test('has both borders, in lines of a terminal, and certificates that the checker takes', async () => {
  const cwd = folder(), { code, stdout } = await tocsin(['envelope', '--proved', 'livepatch-stack', '--out', 'proofs'], { cwd });
  expect(code).toBe(0);
  expect(Math.max(...stdout.split('\n').filter((it) => !it.includes('proofs/')).map((it) => it.length))).toBeLessThan(81);
  expect(stdout).toContain('global + stub-sibling, not no-replacement-siblings');
  expect(stdout).toContain('assuming no-stub-sibling: ');
  const files = readdirSync(join(cwd, 'proofs'));
  expect(files.length).toBe(3);
  for (const file of files) expect((await tocsin(['check', join('proofs', file)], { cwd })).code).toBe(0);
});

test('certificates of sets without local calls are taken too', async () => {
  const cwd = folder();
  expect((await tocsin(['envelope', '--proved', 'odd-toc', '--out', '.', '--quiet'], { cwd })).code).toBe(0);
  const files = readdirSync(cwd);
  expect(files.length).toBe(5);
  expect((await tocsin(['check', '--quiet', ...files], { cwd })).stdout).toBe(files.map((file) => `${file}: accepted\n`).join(''));
});

test.each([
  [['--proved', '--runs', '5'], '--runs is about campaigns: --proved makes none'],
  [['--proved', '--cases', 'none.json'], 'none.json'],
  [['--proved', '--features', 'lokal'], 'lokal'],
])('bad input is one line and 2: %j', async (args, line) => {
  const { code, stdout, stderr } = await tocsin(['envelope', 'mini-frame', ...args], { cwd: folder() });
  expect([code, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
  expect(stderr).toContain(line);
});

test('a campaign\'s finding in a set that is proved is 4; as it was found, 0', async () => {
  const cwd = folder(), document = JSON.parse(readFileSync(LIMITATIONS, 'utf8')) as { strategies: { name: string; breaking: { features: string[]; unmet: string[] }[] }[] };
  writeFileSync(join(cwd, 'found.json'), JSON.stringify(document));
  const found = await tocsin(['envelope', '--proved', 'livepatch-stack', '--cases', 'found.json', '--json'], { cwd });
  expect([found.code, (JSON.parse(found.stdout) as { exit: number }).exit]).toEqual([0, 0]);
  const its = document.strategies.find(({ name }) => name === 'livepatch-stack')!.breaking.find(({ features }) => features.includes('stub-sibling'))!;
  its.features = ['local'];
  its.unmet = [];
  writeFileSync(join(cwd, 'forged.json'), JSON.stringify(document));
  const forged = await tocsin(['envelope', '--proved', 'livepatch-stack', '--cases', 'forged.json'], { cwd });
  expect(forged.code).toBe(4);
  expect(forged.stdout).toMatch(/1\s+contradicts? a proof/);
});
