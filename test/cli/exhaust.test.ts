// `tocsin exhaust` as it is typed: options, exit codes, JSON, workers, signals, checkpoints.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, spawned, start, tocsin } from './built.ts';

const SMALL = ['--functions', '2', '--calls', '1', '--special', '0', '--bodies', 'plain', '--places', 'near', '--modules', 'M', '--replacements', 'own'];

test('the document and the words: what was covered, each strategy, exit 0; the same with one worker and with two', async () => {
  const args = ['exhaust', 'livepatch-stack', 'livepatch-stack-late-publish', ...SMALL, '--irq-stack', 'own'];
  const [one, two, words] = await Promise.all([tocsin([...args, '--json', '--workers', '1']), spawned([...args, '--json', '--workers', '2']), tocsin([...args, '--workers', '1'])]);
  expect([one.code, two.code, words.code]).toEqual([0, 0, 0]);
  expect(two.stdout).toBe(one.stdout);
  const document = JSON.parse(one.stdout) as {
    schema: string; bound: { calls: number; interrupts: { at: string } }; enumerated: number; expected: number; complete: boolean;
    withInterrupts: { enumerated: number; expected: number }; strategies: { name: string; outcome: string; smallest: string | null }[];
  };
  expect(document.schema).toBe('tocsin/exhaust@1');
  expect(document.bound.interrupts.at).toBe('every');
  expect(document.enumerated).toBeGreaterThan(10);
  expect([document.expected, document.withInterrupts.enumerated, document.withInterrupts.expected]).toEqual([document.enumerated, document.enumerated, document.enumerated]);
  expect(document.complete).toBe(true);
  expect(document.strategies.map((it) => [it.name, it.outcome])).toEqual([['livepatch-stack', 'holds'], ['livepatch-stack-late-publish', 'broken']]);
  expect(words.stdout).toContain('livepatch-stack: holds');
  expect(words.stdout.split('\n').every((line) => line.length <= 79)).toBe(true);
  const token = document.strategies[1]!.smallest!;
  expect(words.stdout).toContain(token);
  const replayed = await tocsin(['replay', token]);
  expect(replayed.code).toBe(0);
  expect(replayed.stdout).toContain('return-address');
});

test('a strategy of the user\'s that does not hold as it claims: exit 1, and a token that replays with its file', async () => {
  const where = folder();
  writeFileSync(join(where, 'mine.s'), '# tocsin: name mine\n# tocsin: claim holds\nlivepatch_handler:\n        mfctr r12\n        bctr\n');
  const { code, stdout } = await tocsin(['exhaust', './mine.s', ...SMALL, '--interrupts', 'none', '--json', '--workers', '1'], { cwd: where });
  expect(code).toBe(1);
  const { strategies } = JSON.parse(stdout) as { strategies: { outcome: string; smallest: string }[] };
  expect(strategies[0]!.outcome).toBe('broken');
  expect((await tocsin(['replay', strategies[0]!.smallest, '--strategy', './mine.s'], { cwd: where })).code).toBe(1);
});

test('wrong use: exit 2, one line that says what was expected, nothing on stdout', async () => {
  const where = folder();
  writeFileSync(join(where, 'bad.json'), '{"schema":"tocsin/exhaust-checkpoint@1"');
  const cases: [string[], RegExp][] = [
    [['--calls', '11'], /--calls '11': expected a whole number from 0 to 10/], [['--kinds', 'local,globl'], /--kinds 'globl': expected some of local, global/],
    [['--hooked', 'inline'], /--hooked 'inline': expected some of in-line, out-of-line/], [['--pairs', 'some'], /--pairs 'some': expected every or none/],
    [['--pairs', 'every', '--pair-calls', '3'], /with pairs, calls is larger/], [['--hooked', 'none'], /hooked: expected some of in-line, out-of-line/],
    [['--interrupts', 'some'], /--interrupts 'some': expected every or none/], [['--interrupt-calls', '3'], /with interrupts, calls is larger/],
    [['--modules', 'N,P'], /modules: expected K or M/], [['--resume', 'bad.json'], /checkpoint 'bad.json': not JSON/], [['--resume', 'none.json'], /no such file/],
    [['--cases', 'nowhere'], /--cases 'nowhere'/], [['--checkpoint', 'no/where/x.json'], /the checkpoint/], [['--functions', '6', '--calls', '10', '--special', '8'], /too large|at most/],
  ];
  await Promise.all(cases.map(async ([args, message]) => {
    const { code, stdout, stderr } = await tocsin(['exhaust', 'branch-only', ...SMALL, ...args], { cwd: where });
    expect([args, code, stdout]).toEqual([args, 2, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  }));
});

test('Ctrl-C: 130 with what was found so far and a checkpoint, from which the rest gives the same bytes', async () => {
  const where = folder();
  const args = [
    'exhaust', 'branch-only', '--modules', 'M,N', '--kinds', 'local,indirect,stub-sibling', '--bodies', 'plain,early', '--entries', 'dual', '--arguments', 'none',
    '--tracing', 'none', '--places', 'near', '--interrupt-functions', '1', '--interrupt-calls', '0', '--irq-stack', 'own', '--json', '--workers', '2',
  ];
  const whole = await tocsin([...args.slice(0, -1), '1'], { cwd: where });
  expect(whole.code).toBe(0);
  const run = start([...args, '--checkpoint', 'state.json'], { cwd: where });
  let sent = false;
  run.onStderr((text) => {
    if (sent || !/scenarios/.test(text)) return;
    sent = true;
    run.kill('SIGINT');
  });
  const stopped = await run.ended;
  expect(sent).toBe(true);
  expect(stopped.code).toBe(130);
  const partial = JSON.parse(stopped.stdout) as { complete: boolean; interrupted: boolean; enumerated: number; exit: number };
  expect([partial.complete, partial.interrupted, partial.exit]).toEqual([false, true, 130]);
  expect(partial.enumerated).toBeGreaterThan(0);
  expect(existsSync(join(where, 'state.json'))).toBe(true);
  const rest = await tocsin([...args, '--resume', 'state.json', '--workers', '1'], { cwd: where });
  expect(rest.stdout).toBe(whole.stdout);
  // Of another run.
  const other = await tocsin([...args, '--resume', 'state.json', '--calls', '1'], { cwd: where });
  expect([other.code, other.stdout]).toEqual([2, '']);
  expect(other.stderr).toContain('of another run: bound.calls');
});

test('help has examples and the exit codes', async () => {
  const { code, stdout } = await tocsin(['exhaust', '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('$ tocsin exhaust livepatch-stack');
  expect(stdout).toContain('Exit codes');
});
