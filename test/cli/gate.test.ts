// The gate as CI runs it: configuration, cases, baseline, formats, exit codes.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, spawned, tocsin } from './built.ts';

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const ONE = ['--workers', '1'];
const RUNS = ['--runs', '500', ...ONE];

/** A folder with a strategy that claims to break and does, its counterexamples, and a configuration. */
async function project(): Promise<string> {
  const cwd = folder();
  mkdirSync(join(cwd, 'kernel'));
  writeFileSync(join(cwd, 'kernel/mine.s'), '# tocsin: claim breaks toc\nlivepatch_handler:\n        mfctr   r12\n        bctr\n');
  writeFileSync(join(cwd, 'tocsin.config.json'), JSON.stringify({ strategies: ['manual-restore', 'kernel/mine.s'], cases: 'cases', runs: 500 }));
  mkdirSync(join(cwd, 'cases'));
  await tocsin(['fuzz', 'branch-only', '--runs', '100', '--seed', '7', '--out', 'found'], { cwd });
  for (const name of readdirSync(join(cwd, 'found'))) renameSync(join(cwd, 'found', name), join(cwd, 'cases', name));
  return cwd;
}

test('passes, writes its baseline, passes with it, and names a difference', async () => {
  const cwd = await project();
  const first = await spawned(['gate', '--json', '--workers', '2'], { cwd });
  expect(first.code).toBe(0);
  expect(json(first.stdout)).toMatchObject({ schema: 'tocsin/gate@1', outcome: 'pass', differences: [], exit: 0 });
  expect(first.stderr).toMatch(/no baseline/);

  const updated = await tocsin(['gate', '--update', ...ONE], { cwd });
  expect(updated.code).toBe(0);
  expect(updated.stdout).toMatch(/verdicts\.json written: \d+ facts, there was none before/);
  const baseline = readFileSync(join(cwd, 'verdicts.json'), 'utf8');

  const second = await tocsin(['gate', '--json', '--junit', 'j.xml', '--sarif', 's.sarif', '--summary', 's.md', ...ONE], { cwd });
  expect(json(second.stdout)).toMatchObject({ outcome: 'pass', differences: [] });
  expect(second.stderr).not.toMatch(/no baseline/);
  expect(readFileSync(join(cwd, 'j.xml'), 'utf8')).toMatch(/failures="0" errors="0"/);
  expect(json(readFileSync(join(cwd, 's.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0', runs: [{ results: [] }] });
  expect(readFileSync(join(cwd, 's.md'), 'utf8')).toMatch(/^## Tocsin gate: pass/);

  // One line of the strategy changes: it is repaired, so it no longer breaks what it is known to break.
  writeFileSync(join(cwd, 'kernel/mine.s'), readFileSync(join(cwd, 'kernel/mine.s'), 'utf8').replace('bctr\n', 'mr      r0, r2\n        bctr\n'));
  writeFileSync(join(cwd, 'verdicts.json'), baseline.replace(/("strategy":"manual-restore","features":"all","obligation":"arguments","verdict":)"holds"(.*)\}/, '$1"breaks"$2,"token":"toc1-4d5Zf1JK"}'));
  const third = await tocsin(['gate', '--github', ...ONE], { cwd });
  expect(third.stdout).toMatch(/'manual-restore' broke arguments in the baseline, but does not break it now/);
  expect(third.stderr).toMatch(/^::error .*title=tocsin%3A manual-restore%2C all::/m);
  expect(third.code).not.toBe(0);
});

test('KTAP on stdout, under GITHUB_ACTIONS with annotations', async () => {
  const cwd = await project();
  const { code, stdout, stderr } = await tocsin(['gate', '--ktap', ...RUNS], { cwd, env: { GITHUB_ACTIONS: 'true' } });
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe('KTAP version 1');
  expect(lines[1]).toMatch(/^1\.\.\d$/);
  expect(lines.every((line) => /^(KTAP version 1|1\.\.\d+|(not )?ok \d+ .+| {2}(KTAP version 1|1\.\.\d+|# .*|(not )?ok \d+ .+))$/.test(line))).toBe(true);
  expect(stderr).not.toMatch(/::error/);
});

test('a claim that is refuted: exit 1, with the finding and its commands', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'mine.s'), 'livepatch_handler:\n        mfctr   r12\n        bctr\n');
  const { code, stdout } = await tocsin(['gate', './mine.s', ...RUNS], { cwd });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^gate: fail/);
  expect(stdout).toMatch(/'mine' is claimed to hold, but breaks toc/);
  expect(stdout).toMatch(/tocsin replay toc1-\w+ --strategy \.\/mine\.s/);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(80);
});

test('a bound gone through: what rests on it is written, and said where it is not gone through again', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'mine.s'), '# tocsin: claim breaks toc\nlivepatch_handler:\n        mfctr   r12\n        bctr\n');
  writeFileSync(join(cwd, 'tocsin.config.json'), JSON.stringify({ strategies: ['./mine.s'], runs: 500, bound: '1,1,0' }));
  const updated = await tocsin(['gate', '--update', ...ONE], { cwd });
  expect(updated.stdout.replaceAll(/\s+/g, ' ')).toMatch(/verdicts\.json written: 18 facts, there was none before; facts: \d+ exhaustive to a bound, \d+ sampled/);
  expect(readFileSync(join(cwd, 'verdicts.json'), 'utf8')).toMatch(/"obligation":"stack-pointer","verdict":"holds","evidence":\{"kind":"exhaustive","trials":\d+,"bound":"functions 1, calls 1, special 0, hooked in-line, no interrupts"\}/);
  const notes = async (...args: string[]): Promise<unknown> => json((await tocsin(['gate', '--json', ...ONE, ...args], { cwd })).stdout)['notes'];
  expect([await notes(), await notes('--bound', '1,0,0')]).toEqual([[], [expect.stringMatching(/^exhaustive in the baseline, and not shown again by this run: \d+ facts of mine \(functions 1, calls 1, special 0, /)]]);
  for (const [bound, words] of [['2,1', "--bound '2,1': expected FUNCTIONS,CALLS,SPECIAL, as 2,1,1"], ['9,1,1', "--bound '9,1,1': functions 9: expected a whole number from 1 to 6"]] as const) {
    const { code, stdout, stderr } = await tocsin(['gate', '--bound', bound], { cwd });
    expect([code, stdout, stderr]).toEqual([2, '', `tocsin: ${words}\n`]);
  }
});

describe('wrong input', () => {
  test('--update is refused under CI, before anything runs', async () => {
    const cwd = folder();
    const { code, stdout, stderr } = await tocsin(['gate', '--update'], { cwd, env: { CI: 'true' } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/--update under CI=true/);
    expect(existsSync(join(cwd, 'verdicts.json'))).toBe(false);
  });
  test.each<[string, string, string, RegExp]>([
    ['an unknown key', 'tocsin.config.json', '{"strategis": []}', /unknown key 'strategis'; did you mean 'strategies'\?/],
    ['no object', 'tocsin.config.json', '[]', /expected an object/],
    ['no JSON', 'tocsin.config.json', '{', /not JSON/],
    ['negative runs', 'tocsin.config.json', '{"runs": -1}', /runs: expected a whole number/],
    ['a bound that is none', 'tocsin.config.json', '{"bound": "2"}', /configuration: bound '2': expected FUNCTIONS,CALLS,SPECIAL, as 2,1,1/],
    ['a bound that is no text', 'tocsin.config.json', '{"bound": 2}', /bound: expected a text, as "2,1,1"/],
    ['an unknown feature', 'tocsin.config.json', '{"features": ["-farr"]}', /unknown feature 'farr'; did you mean 'far'\?/],
    ['an unknown witness', 'tocsin.config.json', '{"witnesses": ["nothing"]}', /unknown witness 'nothing'/],
    ['an unknown strategy', 'tocsin.config.js', 'export default { strategies: ["mini-fram"] };', /did you mean 'mini-frame'/],
    ['a wrong strategy in it', 'tocsin.config.ts', 'export default { strategies: [{ name: "x", summary: "s", claim: "holds", code: {} }] };', /tocsin\.config\.ts: strategies\[0\]: code: no code point/],
    ['a wrong baseline', 'verdicts.json', '{"schema":"tocsin/verdicts@1","seed":"1","runs":0}', /baseline 'verdicts\.json': /],
    ['a wrong case', 'counterexamples/a.json', '{"schema":"tocsin/case@1"}', /case 'counterexamples\/a\.json': .*missing/],
  ])('%s', async (_what, name, text, expected) => {
    const cwd = folder();
    mkdirSync(join(cwd, 'counterexamples'));
    writeFileSync(join(cwd, name), text);
    const { code, stdout, stderr } = await tocsin(['gate', '--runs', '500', '--junit', 'j.xml'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(existsSync(join(cwd, 'j.xml'))).toBe(false);
  });
});

describe('verify', () => {
  test('says loudly when nothing was run, and that is inconclusive', async () => {
    const { code, stdout, stderr } = await tocsin(['verify', '--json'], { env: { PATH: folder() } });
    expect(code).toBe(3);
    expect(json(stdout)).toMatchObject({ schema: 'tocsin/verify@1', layer: 'all', compared: 0, differed: 0, exit: 3 });
    expect(stderr).toMatch(/warning: binutils was NOT RUN/);
    expect(stderr).toMatch(/warning: qemu was NOT RUN/);
    expect(stderr).toMatch(/warning: scenarios was NOT RUN/);
  });
});
