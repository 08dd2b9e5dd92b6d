// The built command: what it prints, where, and how it exits. Of each sort one is a process of its own; what they say is the same.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parseCase } from '../../src/case/file.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { folder, mainFile, spawned, start, tocsin } from './built.ts';
import type { Started } from './built.ts';

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

/** Breaks two obligations within a second. */
const FOUND_SOON = ['branch-only'];

/** Waits for the first file of a campaign that goes on. */
async function firstFinding(cwd: string, running: Started): Promise<void> {
  let over = false;
  void running.ended.finally(() => { over = true; });
  const out = join(cwd, 'tocsin-findings');
  while (!over && !(existsSync(out) && readdirSync(out).some((name) => name.endsWith('.json')))) await sleep(10);
  expect(over).toBe(false);
}

interface FuzzDocument {
  seed: string;
  exit: number;
  strategies: { name: string; asClaimed: boolean; outcome: string; findings: { token: string; file: string; obligation: string; origin: string; withinClaim: boolean; functions: number }[] }[];
  witnesses: Record<string, number>;
}

describe('list', () => {
  test('names everything', async () => {
    const { code, stdout, stderr } = await spawned(['list', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = json(stdout) as { schema: string; strategies: { name: string }[]; features: string[]; obligations: unknown[]; witnesses: unknown[] };
    expect(document.schema).toBe('tocsin/list@1');
    expect(document.strategies.map((it) => it.name)).toEqual(BUILT_IN.map((it) => it.name));
    expect(document.features).toEqual([...FEATURES]);
    expect(document.obligations.length).toBeGreaterThanOrEqual(15);
    expect(document.witnesses.length).toBeGreaterThan(10);
  });
  test('offsets of a strategy file have its own state, and bad words are refused', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'mine.s'), '# tocsin: state first task 12\n# tocsin: state my_r2 task 8\nlivepatch_handler:\n mfctr r12\n bctr\n');
    const { stdout } = await tocsin(['list', '--offsets', './mine.s'], { cwd });
    expect(stdout).toMatch(/^\.set first, 1024\n\.set my_r2, 1040$/m);
    expect((await tocsin(['list', '--offsets', 'nosuch'])).code).toBe(2);
    expect((await tocsin(['list', 'livepatch-stack'])).stderr).toContain('only taken with --offsets');
  });

  test('offsets are .set lines', async () => {
    const { stdout } = await tocsin(['list', '--offsets']);
    expect(stdout).toMatch(/^\.set PACACURRENT, 2312$/m);
    expect(stdout.trim().split('\n').every((line) => /^\.set [\w.$]+, (0x[0-9a-f]+|\d+)$/.test(line))).toBe(true);
  });
  test('a pipe that is closed ends it quietly', () => {
    const text = execFileSync('sh', ['-c', `"${process.execPath}" "${mainFile()}" list 2>&1 | head -1; "${process.execPath}" "${mainFile()}" list --json 2>&1 | true`], { encoding: 'utf8' });
    expect(text).toBe('Strategies\n');
  });
});

test('help has examples, and offers nothing that is not there', async () => {
  for (const command of ['', 'list', 'fuzz', 'merge', 'replay', 'explain', 'gate', 'verify', 'exhaust', 'mutate', 'bench', 'lift', 'envelope', 'prove', 'check']) {
    const { code, stdout, stderr } = await tocsin([...(command === '' ? [] : [command]), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Examples:\n {2}\$ tocsin/);
    expect(stdout).not.toMatch(/\|kernel/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(105);
  }
});

describe('wrong use: one clear line, exit 2, nothing on stdout', () => {
  test.each<[string, string[], RegExp]>([
    ['no command', [], /expected a command/],
    ['options without a command', ['--quiet'], /^tocsin: expected a command; `tocsin --help` lists them$/],
    ['an unknown command', ['lits'], /unknown command 'lits'.*list/],
    ['an unknown option', ['fuzz', '--sede', '1'], /unknown option '--sede'.*--seed/],
    ['an unknown strategy', ['fuzz', 'livepach-stack'], /unknown strategy 'livepach-stack'; did you mean 'livepatch-stack'\?/],
    ['a strategy twice', ['fuzz', 'mini-frame', 'mini-frame'], /named twice/],
    ['an unknown feature', ['fuzz', '--features', '-interupt'], /unknown feature 'interupt'; did you mean 'interrupt'\?/],
    ['negative runs', ['fuzz', '--runs', '-5'], /--runs '-5': expected a whole number/],
    ['no runs', ['fuzz', '--runs', '0'], /--runs '0'/],
    ['a wrong time', ['fuzz', '--time', '5 parsecs'], /--time '5 parsecs': expected a time/],
    ['runs and time', ['fuzz', '--time', '5s', '--runs', '5'], /expected one of them/],
    ['a seed of more than 64 bits', ['fuzz', '--seed', '18446744073709551616'], /seed "18446744073709551616"/],
    ['no workers', ['fuzz', '--workers', '0'], /--workers '0'/],
    ['an out folder that cannot be written', ['fuzz', '--out', '/proc/nowhere'], /--out '\/proc\/nowhere': cannot be written/],
    ['a strategy file that is not there', ['fuzz', './none.s'], /strategy '\.\/none\.s': cannot be read: no such file/],
    ['a damaged token', ['replay', 'toc1-4d5Zf1Jx'], /token: damaged/],
    ['a token of another version', ['replay', 'toc999-4d5Zf1Jx'], /token: version 999 is not known here/],
    ['no token at all', ['replay', 'nonsense'], /no token, no file and no SEED:BLOCK:RUN/],
    ['a run without a strategy', ['replay', '7:0:0'], /needs --strategy/],
    ['another generator', ['replay', '7:0:0', '--strategy', 'mini-frame', '--generator', '77'], /is of generator 77, this is generator \d+/],
    ['minimising a token', ['replay', 'toc1-4d5Zf1JK', '--minimise'], /goes with SEED:BLOCK:RUN only/],
    ['explaining a run', ['explain', '7:0:0'], /expected a token or a counterexample file/],
    ['a case that is not there', ['replay', 'no/such.json'], /case 'no\/such\.json': cannot be read/],
    ['an unknown layer', ['verify', 'binutls'], /did you mean 'binutils'/],
    ['an unknown place of interrupts', ['verify', '--sweep', 'hoks'], /--sweep 'hoks': expected none, hooks, all; did you mean 'hooks'/],
    ['an unknown row', ['bench', '--only', 'engin'], /did you mean 'engine'/],
    ['a config that is not there', ['gate', '--config', 'none.json'], /configuration 'none\.json': cannot be read/],
    ['a baseline that is not there', ['gate', '--baseline', 'none.json'], /baseline 'none\.json': cannot be read/],
    ['cases that are not there', ['gate', '--cases', 'none'], /--cases 'none': cannot be read/],
  ])('%s', async (_what, args, expected) => {
    const { code, stdout, stderr } = await tocsin([...args, ...(args.length > 0 ? ['--json'] : [])], { cwd: folder() });
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(expected);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(code).toBe(2);
  });

  const bad = (name: string, text: string): { cwd: string; path: string } => {
    const cwd = folder();
    writeFileSync(join(cwd, name), text);
    return { cwd, path: name };
  };
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  test.each<[string, string, RegExp]>([
    ['ten megabytes', `{"schema":"tocsin/case@1","x":"${'y'.repeat(10 * 1024 * 1024)}"}`, /longer than the \d+ bytes/],
    ['nested deeply', deep, /nested more than \d+ deep/],
    ['no JSON', '{"schema": ', /not JSON/],
    ['another schema', '{"schema":"tocsin/case@9"}', /case 'c\.json': /],
    ['an empty file', '', /not JSON/],
    ['a prototype', '{"__proto__":{"schema":"tocsin/case@1"}}', /unknown field/],
  ])('a case file: %s', async (_what, text, expected) => {
    const { cwd, path } = bad('c.json', text);
    const { code, stdout, stderr } = await tocsin(['replay', path], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr.length).toBeLessThan(600);
  });

  test('a case file with a dangling reference names its JSON path', async () => {
    const cwd = folder();
    const found = await tocsin(['fuzz', 'branch-only', '--runs', '100', '--seed', '7', '--out', 'out', '--json'], { cwd });
    const file = (json(found.stdout) as unknown as FuzzDocument).strategies[0]!.findings[0]!.file;
    const stored = JSON.parse(readFileSync(join(cwd, file), 'utf8')) as { scenario: { functions: { body: { calls: { callee: number }[] } }[] } };
    const caller = stored.scenario.functions.findIndex((it) => it.body.calls.length > 0);
    stored.scenario.functions[caller]!.body.calls[0]!.callee = 99;
    writeFileSync(join(cwd, 'dangling.json'), JSON.stringify(stored));
    const { code, stdout, stderr } = await tocsin(['replay', 'dangling.json'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/case 'dangling\.json': scenario\.functions\[\d+\]\.body\.calls\[0\]\.callee: /);
  });

  test.each<[string, string, string, RegExp]>([
    ['does not parse', 'a.s', 'livepatch_handler:\n        mfctr r12\n        bctrx\n', /a\.s:3:9: .*bctrx/],
    ['defines no code point', 'a.s', 'nothing:\n        blr\n', /a\.s:.*livepatch_handler/],
    ['has a wrong claim', 'a.s', '# tocsin: claim hodls\nlivepatch_handler:\n        bctr\n', /a\.s:1:\d+: .*'holds' or 'breaks'/],
    ['is no module', 'a.ts', 'export default {{{', /strategy 'a\.ts': cannot be loaded: ParseError: Unexpected token a\.ts:1:/],
    ['is no strategy', 'a.ts', 'export default 5;', /strategy 'a\.ts': its default export is 5; expected a Strategy, an object with name, /],
    ['has a zero byte', 'a.s', '# tocsin: claim holds\nlivepatch_handler:\n  \0 mfctr r12\n', /a\.s:3:\d+: found '\\x00/],
    ['exports nothing', 'a.ts', 'export const x = 1;', /no default export/],
    ['exports something else', 'a.js', 'export default { name: "x", sumary: "y" };', /a\.js: .*sumary.*unknown field/],
    ['throws', 'a.ts', 'throw new Error("on purpose\\nin two lines"); export default 1;', /cannot be loaded: Error: on purpose in two lines/],
    ['has the name of a built-in one', 'mini-frame.s', 'livepatch_handler:\n        mfctr r12\n        bctr\n', /built-in strategy is called 'mini-frame'/],
    ['has another ending', 'a.txt', 'x', /unknown strategy 'a\.txt'/],
  ])('a strategy file that %s', async (_what, name, text, expected) => {
    const { cwd, path } = bad(name, text);
    const { code, stdout, stderr } = await tocsin(['fuzz', path, '--runs', '10'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(join(cwd, 'tocsin-findings'))).toBe(false);
  });
});

describe('fuzz', () => {
  test('prints the seed first and last, judges, and saves what it finds', async () => {
    const cwd = folder();
    const { code, stdout, stderr } = await tocsin(['fuzz', 'branch-only', 'livepatch-stack', '--runs', '600', '--seed', '0x7'], { cwd });
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect([lines[0], lines.at(-1)]).toEqual(['seed 7', 'seed 7']);
    expect(stdout).toMatch(/branch-only +broken, as claimed +toc/);
    expect(stdout).toMatch(/livepatch-stack +holds/);
    expect(stdout).toMatch(/interrupts between two instructions of a strategy's code/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
    const files = readdirSync(join(cwd, 'tocsin-findings'));
    expect(files.length).toBeGreaterThan(1);
    // What a log keeps as its last line says what there is in the end.
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^600 of 600 scenarios, .*, [1-9]\d* findings$/);
    for (const file of files) expect(parseCase(readFileSync(join(cwd, 'tocsin-findings', file), 'utf8')).sentence).not.toBe('');
  });
  test('a fresh seed is fresh', async () => {
    const cwd = folder();
    const seeds = await Promise.all([0, 1].map(async () => json((await tocsin(['fuzz', 'mini-frame', '--runs', '1', '--json', '--quiet'], { cwd })).stdout)['seed']));
    expect(seeds[0]).not.toBe(seeds[1]);
  });
  // The same for any number of workers: scale-out.test.ts.
  test('a document only, with --json', async () => {
    const one = await tocsin(['fuzz', 'mini-frame', 'caller-slot', '--runs', '600', '--seed', '11', '--json', '--quiet'], { cwd: folder() });
    expect(one.stderr).toBe('');
    const document = json(one.stdout) as unknown as FuzzDocument;
    expect(document.exit).toBe(one.code);
    expect(document.seed).toBe('0xb');
    expect(document.strategies.map((it) => [it.name, it.outcome, it.asClaimed])).toEqual([['mini-frame', 'holds', true], ['caller-slot', 'broken', true]]);
    expect(document.witnesses['interrupts-in-hook']).toBeGreaterThan(0);
  });
  test('a time ends with whole blocks, and their count gives the same report', async () => {
    const cwd = folder();
    const timed = json((await tocsin(['fuzz', 'branch-only', '--time', '300ms', '--seed', '3', '--workers', '1', '--json'], { cwd })).stdout);
    expect(Number(timed['runs']) % 500).toBe(0);
    const counted = json((await tocsin(['fuzz', 'branch-only', '--runs', String(timed['runs']), '--seed', '3', '--json'], { cwd })).stdout);
    expect(counted).toEqual(timed);
  });
  // By worker threads, and by the thread that has the signal.
  test.each([['SIGINT', '2'], ['SIGTERM', '1']] as const)('%s ends it with all findings saved, %s at work', async (signal, workers) => {
    const cwd = folder();
    const running = start(['fuzz', ...FOUND_SOON, '--time', '5m', '--seed', '5', '--workers', workers, '--json'], { cwd });
    await firstFinding(cwd, running);
    running.kill(signal);
    const { code, stdout } = await running.ended;
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
    const document = json(stdout) as unknown as FuzzDocument;
    const found = document.strategies.flatMap((it) => it.findings);
    expect(found.length).toBeGreaterThan(1);
    for (const { file, token } of found) expect(parseCase(readFileSync(join(cwd, file), 'utf8')).token).toBe(token);
  });
  test('SIGKILL loses nothing that was found, and leaves no half of a file', async () => {
    const cwd = folder();
    const running = start(['fuzz', ...FOUND_SOON, '--time', '5m', '--seed', '5'], { cwd });
    await firstFinding(cwd, running);
    running.kill('SIGKILL');
    await running.ended;
    const files = readdirSync(join(cwd, 'tocsin-findings')).filter((name) => name.endsWith('.json'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(() => parseCase(readFileSync(join(cwd, 'tocsin-findings', file), 'utf8'))).not.toThrow();
  });
});

describe('replay and explain', () => {
  test('token and file give the same bytes; the seed leads to the same token', async () => {
    const cwd = folder();
    const fuzzed = json((await tocsin(['fuzz', 'caller-distance', '--runs', '500', '--seed', '9', '--json'], { cwd })).stdout) as unknown as FuzzDocument;
    const found = fuzzed.strategies[0]!.findings;
    expect(found.length).toBeGreaterThan(0);
    for (const { token, file, obligation, origin } of [found[0]!, found.at(-1)!]) {
      const byToken = await tocsin(['replay', token, '--json'], { cwd });
      expect(byToken.code).toBe(0);
      expect(await spawned(['replay', file, '--json'], { cwd })).toEqual(byToken);
      expect(json(byToken.stdout)).toMatchObject({ schema: 'tocsin/replay@1', token, obligation, outcome: 'violated', digest: expect.stringMatching(/^[0-9a-f]{16}$/) });
      const bySeed = await tocsin(['replay', origin, '--strategy', 'caller-distance', '--minimise', '--obligation', obligation, '--json'], { cwd });
      expect(json(bySeed.stdout)).toMatchObject({ token, digest: json(byToken.stdout)['digest'] });
      const original = await tocsin(['replay', origin, '--strategy', 'caller-distance', '--json'], { cwd });
      expect(original.code).toBe(1);
    }
  });
  test('another strategy: 0 holds, 1 violated, 125 does not apply', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'broken.s'), 'livepatch_handler:\n        nonsense\n');
    expect((await tocsin(['replay', 'toc1-4d5Zf1JK', '--strategy', 'livepatch-stack', '--quiet'], { cwd })).code).toBe(0);
    expect((await tocsin(['replay', 'toc1-4d5Zf1JK', '--strategy', 'branch-only', '--quiet'], { cwd })).code).toBe(1);
    const broken = await tocsin(['replay', 'toc1-4d5Zf1JK', '--strategy', './broken.s', '--json'], { cwd });
    expect(broken).toMatchObject({ code: 125, stdout: '' });
    expect(broken.stderr).toMatch(/broken\.s:2:9/);
  });
  test('a trace shows each step', async () => {
    const { stdout } = await tocsin(['replay', 'toc1-4d5Zf1JK', '--trace']);
    expect(stdout).toMatch(/0xc0000000000100e0 {2}livepatch_handler +mfctr +r12/);
    const document = json((await tocsin(['replay', 'toc1-4d5Zf1JK', '--trace', '--json'])).stdout) as { steps: number; trace: unknown[] };
    expect(document.trace).toHaveLength(document.steps);
  });
  test('an explanation argues, and its page is self-contained', async () => {
    const cwd = folder();
    const { code, stdout } = await tocsin(['explain', 'toc1-4d5Zf1JK', '--html', 'x.html'], { cwd });
    expect(code).toBe(0);
    for (const word of ['Let ', 'Then ', 'However ', 'A contradiction: ']) expect(stdout).toContain(`\n${word}`);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(80);
    expect(readFileSync(join(cwd, 'x.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    const document = json((await tocsin(['explain', 'toc1-4d5Zf1JK', '--json'])).stdout) as { steps: { text: string; address: string; symbol: string }[] };
    expect(document.steps.every((step) => /^0x[0-9a-f]+$/.test(step.address))).toBe(true);
  });
  test('a page that cannot be written leaves nothing', async () => {
    const cwd = folder();
    const { code, stdout, stderr } = await tocsin(['explain', 'toc1-4d5Zf1JK', '--html', 'no/such/x.html'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/--html 'no\/such\/x\.html': cannot be written: no such file or directory/);
  });
});

test.skipIf(!existsSync('/dev/full'))('an answer that cannot be written is no verdict', () => {
  const text = execFileSync('sh', ['-c', `"${process.execPath}" "${mainFile()}" list 2>&1 >/dev/full; echo "exit $?"`], { encoding: 'utf8' });
  expect(text).toBe('tocsin: cannot write the answer: ENOSPC\nexit 2\n');
});

test('a strategy that ends the process is not a campaign that went well', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'quit.ts'), 'process.exit(0); export default {};');
  expect(await spawned(['fuzz', './quit.ts', '--runs', '10'], { cwd })).toEqual({
    code: 2, stdout: '', stderr: 'tocsin: ended before it was done; does a strategy file call process.exit?\n',
  });
});

describe('the seed of a commit hash is said together with it', () => {
  const hash = '0123456789abcdef0123456789abcdef01234567';
  const words = /^seed \d+ \(of 0123456789abcdef0123456789abcdef01234567\)$/;

  test('first and last', async () => {
    const { stdout } = await tocsin(['fuzz', 'mini-frame', '--runs', '5', '--seed', hash], { cwd: folder() });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(words);
    expect(lines.at(-1)).toBe(lines[0]);
  });

  test('first and last on stderr, where stdout is a document', async () => {
    const { stdout, stderr } = await tocsin(['fuzz', 'mini-frame', '--runs', '5', '--seed', hash, '--json'], { cwd: folder() });
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(words);
    expect(lines.at(-1)).toBe(lines[0]);
    expect(lines[0]).toContain(`seed ${BigInt(String(json(stdout)['seed']))} `);
  });

  test('by the gate as well', async () => {
    const { stdout } = await tocsin(['gate', 'branch-only', '--runs', '500', '--seed', hash], { cwd: folder() });
    expect(stdout.replace(/\s+/g, ' ')).toContain(`(of ${hash}), model `);
  });
});

describe("a user's strategy", () => {
  const MINE = `# tocsin: claim breaks toc
livepatch_handler:
        mfctr   r12
        bctr
`;
  test('takes part like a built-in one, and its findings replay with it', async () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'kernel'));
    writeFileSync(join(cwd, 'kernel/mine.s'), MINE);
    const fuzzed = await tocsin(['fuzz', './kernel/mine.s', '--runs', '2000', '--seed', '1', '--json'], { cwd });
    expect(fuzzed.code).toBe(0);
    const { token } = (json(fuzzed.stdout) as unknown as FuzzDocument).strategies[0]!.findings[0]!;
    expect(await tocsin(['replay', token], { cwd })).toMatchObject({ code: 2, stdout: '' });
    expect(await tocsin(['replay', token, '--strategy', 'kernel/mine.s', '--json'], { cwd })).toMatchObject({ code: 1, stderr: '' });
    writeFileSync(join(cwd, 'other.s'), `${MINE}        nop\n`);
    expect((await tocsin(['replay', token, '--strategy', './other.s'], { cwd })).stderr).toMatch(/warning: the token is of a strategy with content [0-9a-f]{8}; '\.\/other\.s' has [0-9a-f]{8}/);
    expect((await tocsin(['explain', token, '--strategy', './kernel/mine.s'], { cwd })).code).toBe(0);
  });
  test('in TypeScript, importing tocsin, in worker threads', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'mine.ts'), `import { BUILT_IN, type Strategy } from 'tocsin';
const model: Strategy = BUILT_IN.find((it) => it.name === 'livepatch-stack')!;
export default { ...model, name: 'mine', state: [{ name: 'my_cell', owner: 'task', bytes: 8, value: 5n }] } satisfies Strategy;
`);
    const { code, stdout } = await spawned(['fuzz', './mine.ts', '--runs', '100', '--workers', '2', '--seed', '4', '--json'], { cwd });
    expect((json(stdout) as unknown as FuzzDocument).strategies[0]).toMatchObject({ name: 'mine', outcome: 'holds', asClaimed: true });
    expect(code).toBe(0);
  });
});

test('a mistake of its own is one line and exit 4; TOCSIN_DEBUG shows where', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'evil.js'), 'export default new Proxy({}, { ownKeys() { throw new TypeError("boo"); } });');
  const quiet = await spawned(['fuzz', './evil.js', '--runs', '1'], { cwd });
  expect(quiet).toMatchObject({ code: 4, stdout: '' });
  expect(quiet.stderr).toBe('tocsin: a bug in Tocsin: TypeError: boo (TOCSIN_DEBUG=1 shows where)\n');
  expect((await tocsin(['fuzz', './evil.js'], { cwd, env: { TOCSIN_DEBUG: '1' } })).stderr).toMatch(/\n {4}at /);
});
