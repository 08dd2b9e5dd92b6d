// The built command: worker threads, files, exit codes, and lines for bad input.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { folder, spawned, tocsin } from './built.ts';

const CASES = join(resolve(import.meta.dirname, '../..'), 'counterexamples');
// From seed 6 an interrupt that the swap needs is in scenario 62.
const SMALL = ['--kinds', 'marker,invert,swap', '--seed', '6', '--runs', '100', '--cases', CASES, '--bound', 'tiny'];

interface MutateDocument {
  schema: string;
  exit: number;
  strategies: { name: string; mutants: number; caught: number; equivalent: number; equivalentToBound: number; survived: number;
    rows: { mutant: string; outcome: string; obligation: string | null; token: string | null; needsInterrupt: boolean; file: string | null }[]; }[];
}

test('one and two workers print the same bytes, and each token replays with its file', async () => {
  const cwd = folder();
  const run = (workers: string, how: typeof tocsin): ReturnType<typeof tocsin> => how(['mutate', 'livepatch-stack', ...SMALL, '--workers', workers, '--out', 'm', '--json', '--quiet'], { cwd });
  const one = await run('1', tocsin);
  const two = await run('2', spawned);
  expect([one.code, two.stdout === one.stdout, one.stderr, two.stderr]).toEqual([0, true, '', '']);
  const document = JSON.parse(one.stdout) as MutateDocument;
  const [strategy] = document.strategies;
  expect([document.schema, document.exit, strategy?.name]).toEqual(['tocsin/mutate@1', 0, 'livepatch-stack']);
  expect(strategy!.caught + strategy!.equivalent + strategy!.equivalentToBound + strategy!.survived).toBe(strategy!.mutants);
  expect(readdirSync(join(cwd, 'm'))).toHaveLength(strategy!.mutants);
  const onlyInterrupts = strategy!.rows.filter((it) => it.needsInterrupt);
  expect(onlyInterrupts.map((it) => it.mutant)).toContain('swap livepatch_handler:6 std r11, TI_livepatch_sp(r12) <> std r2, -24(r11)');
  for (const row of [onlyInterrupts[0]!, strategy!.rows.find((it) => it.mutant.startsWith('invert'))!]) {
    expect((await tocsin(['replay', row.token!, '--strategy', `./${row.file!}`], { cwd })).code).toBe(1);
    expect((await tocsin(['replay', row.token!, '--strategy', 'livepatch-stack'], { cwd })).code).toBe(0);
  }
});

test('a user\'s file, a survivor, and a reason for it', async () => {
  const cwd = folder();
  const source = readFileSync(join(CASES, '../examples/klp-slot-word.s'), 'utf8').replace('klp-slot-word', 'mine');
  writeFileSync(join(cwd, 'mine.s'), source);
  const args = ['mutate', './mine.s', '--kinds', 'width', '--hooked', 'in-line', '--runs', '20', '--cases', CASES, '--bound', 'tiny', '--workers', '1'];
  const bare = await tocsin(args, { cwd });
  expect(bare.code).toBe(1);
  expect(bare.stdout).toContain('SURVIVED');
  expect(bare.stderr).not.toContain('warning');
  const alone = await tocsin([...args.map((arg) => (arg === CASES ? cwd : arg)), '--kinds', 'size'], { cwd });
  expect(alone.stderr).toContain('warning: no stored counterexamples at hand');
  const survivors = (JSON.parse((await tocsin([...args, '--json'], { cwd })).stdout) as MutateDocument).strategies[0]!.rows.filter((it) => it.outcome === 'survived').map((it) => it.mutant);
  expect(survivors.length).toBeGreaterThanOrEqual(5);
  writeFileSync(join(cwd, 'reasons.json'), JSON.stringify({ schema: 'tocsin/mutants@1', strategies: { mine: [{ reason: 'the upper half never changes', mutants: survivors }] } }));
  const reviewed = await tocsin([...args, '--reasons', 'reasons.json'], { cwd });
  expect(reviewed.code).toBe(0);
  expect(reviewed.stdout).toContain('reviewed: the upper half never changes');
  expect(reviewed.stdout.split('\n').filter((line) => line.length > 79)).toEqual([]);
});

test.each([
  [['branch-only'], 'branch-only claims to break toc'],
  [['livepatch-stack', '--kinds', 'delte'], "unknown kind 'delte'; did you mean 'delete'?"],
  [['livepatch-stack', '--hooked', 'both'], "--hooked 'both': expected some of in-line, out-of-line"],
  [['livepatch-stack', '--runs', '0'], '--runs'],
  [['livepatch-stack', '--bound', 'huge'], "--bound 'huge': expected tiny, small, windows, medium, exhaust"],
  [['livepatch-stack', '--cases', './nowhere'], "--cases './nowhere': cannot be read"],
  [['livepatch-stack', '--reasons', './none.json'], "'./none.json': cannot be read"],
  [['./none.s'], "'./none.s': cannot be read"],
])('bad input %j', async (args, message) => {
  const { code, stdout, stderr } = await tocsin(['mutate', ...args], { cwd: folder() });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
