// Object files on the command line: every command that takes them, the words with which a finding replays, and bad input.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENTRY_ALONE, kernelFile } from '../object/kernel-like.ts';
import type { Kernel } from '../object/kernel-like.ts';
import { folder, tocsin } from './built.ts';

/** A folder with an object in it. */
function withObject(kernel: Kernel = {}, name = 'ftrace_entry.o'): string {
  const cwd = folder();
  writeFileSync(join(cwd, name), kernelFile(kernel));
  return cwd;
}

/** r2 is not kept. */
const BROKEN: Kernel = { patch: (words, indexOf) => { words[indexOf('livepatch_handler') + 4] = 0x60000000; } };
const RUNS = ['--runs', '300', '--seed', '5'];

test('lift: a strategy file with all that was changed in front, which the other commands take as it is', async () => {
  const cwd = withObject();
  const { code, stdout, stderr } = await tocsin(['lift', 'ftrace_entry.o'], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('# ftrace_entry.o, relocatable\n# ftrace_entry: ftrace_caller at 0x8, ');
  expect(stdout).toContain('# offset PACACURRENT 2400 (as the code uses it), here 2312\n');
  expect(stdout).toMatch(/^# 0x[0-9a-f]+: ld r12,2400\(r13\) -> ld r12,PACACURRENT\(r13\): PACACURRENT of the kernel as built is at 2400$/m);
  writeFileSync(join(cwd, 'lifted.s'), stdout);
  const [object, file] = await Promise.all([['--object', 'ftrace_entry.o'], ['./lifted.s']].map((args) => tocsin(['--json', 'fuzz', ...args, ...RUNS], { cwd })));
  const trials = ({ stdout: text }: { stdout: string }): unknown => (JSON.parse(text) as { strategies: { trials: number; violations: unknown }[] }).strategies.map(({ trials: n, violations }) => [n, violations]);
  expect(trials(object!)).toEqual(trials(file!));
  const { parts, changes, offsets } = JSON.parse((await tocsin(['--json', 'lift', 'ftrace_entry.o'], { cwd })).stdout) as { parts: unknown[]; changes: { built: string }[]; offsets: unknown[] };
  expect([parts.length, offsets.length]).toEqual([2, 4]);
  expect(changes.every(({ built }) => /^[0-9a-f]{8}$/.test(built))).toBe(true);
});

test('fuzz: what was made of the object stands in front of the answer, and a finding replays with the words that it prints', async () => {
  const cwd = withObject(BROKEN, 'my kernel.o');
  const words = ['--object', 'my kernel.o', '--symbols', 'livepatch_handler', '--offset', 'TI_livepatch_sp=40', '--claim', 'holds assuming no-stub-sibling'];
  const { code, stdout } = await tocsin(['fuzz', ...words, ...RUNS], { cwd });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^object my kernel\.o, relocatable\n {2}livepatch_handler: livepatch_handler at 0x[0-9a-f]+, 25 words\n {2}ftrace_entry: the model's\n/);
  expect(stdout).toContain('TI_livepatch_sp 40 (given), here 16');
  const command = /^replay:\n([^]*?)\nthe scenario/m.exec(stdout)?.[1]?.replaceAll('\\\n', ' ').replace(/\s+/g, ' ').trim() ?? '';
  expect(command).toMatch(/ --object 'my kernel\.o' --symbols livepatch_handler --offset TI_livepatch_sp=40 --claim 'holds assuming no-stub-sibling'$/);
  const again = [...command.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word).slice(1);
  // With a strategy or an object that is named replay says what it does there: 1, violated.
  const replayed = await tocsin(again, { cwd });
  expect(replayed.code).toBe(1);
  expect(replayed.stderr).toBe('');
  const explained = await tocsin(['explain', again[1]!, ...again.slice(2)], { cwd });
  expect(explained.code).toBe(0);
  expect(explained.stdout).toMatch(/contradiction/i);
});

test('the entry of a kernel without live patching, with the handler that is asked for', async () => {
  const cwd = withObject({ kind: 'linked', text: ENTRY_ALONE }, 'vmlinux-6.1.0');
  const { code, stdout } = await tocsin(['fuzz', '--object', 'vmlinux-6.1.0', '--handler', 'branch-only', ...RUNS], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain('and a stub of a module behind it\n  livepatch_handler: that of branch-only\n');
  expect(stdout).toMatch(/^vmlinux-6-1-0: broken, as claimed$/m);
});

test('gate: an object beside others, out of a configuration; a broken one refutes the claim', async () => {
  const cwd = withObject(BROKEN);
  mkdirSync(join(cwd, 'ci'));
  writeFileSync(join(cwd, 'ci/tocsin.config.json'), JSON.stringify({ strategies: ['branch-only', { object: '../ftrace_entry.o', symbols: 'livepatch_handler', claim: 'holds assuming no-stub-sibling' }] }));
  const { code, stdout } = await tocsin(['gate', '--config', 'ci/tocsin.config.json', '--runs', '500', '--workers', '1'], { cwd });
  expect(code).toBe(1);
  expect(stdout).toMatch(/'ftrace-entry' is claimed to hold, but breaks/);
  expect(stdout.replace(/\\\n\s*/g, '')).toMatch(/tocsin replay toc\S+ --object ftrace_entry\.o --symbols livepatch_handler/);
  const ktap = await tocsin(['gate', '--object', 'ftrace_entry.o', '--claim', 'breaks toc', '--runs', '500', '--ktap', '--workers', '1'], { cwd });
  expect(ktap.code).toBe(0);
  expect(ktap.stdout).toMatch(/^KTAP version 1\n/);
  expect(ktap.stderr).toContain('object ftrace_entry.o, relocatable');
});

test('exhaust, mutate and envelope take one too', async () => {
  const cwd = withObject();
  const exhaust = await tocsin(['exhaust', '--object', 'ftrace_entry.o', '--functions', '2', '--calls', '1', '--special', '0', '--interrupt-special', '0', '--switches', 'none', '--workers', '1'], { cwd });
  expect({ code: exhaust.code, stderr: exhaust.stderr.replace(/^.*scenarios.*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
  expect(exhaust.stdout).toMatch(/^object ftrace_entry\.o, relocatable\n/);
  const mutate = await tocsin(['mutate', '--object', 'ftrace_entry.o', '--symbols', 'livepatch_handler', '--kinds', 'entry', '--bound', 'tiny', '--runs', '200', '--workers', '1'], { cwd });
  expect([0, 1]).toContain(mutate.code);
  expect(mutate.stdout).toMatch(/^ftrace-entry {2}\d+ mutants?: \d+ caught/m);
  const envelope = await tocsin(['envelope', '--object', 'ftrace_entry.o', '--features', 'none,+local,+global,+stub-sibling', '--runs', '200', '--workers', '1'], { cwd });
  expect(envelope.code).toBe(0);
  expect(envelope.stdout).toMatch(/stub-sibling/);
});

test.each<[string, readonly string[], RegExp]>([
  ['no such file', ['fuzz', '--object', 'nothing.o'], /^tocsin: object 'nothing\.o': cannot be read: no such file or directory\n$/],
  ['a folder', ['fuzz', '--object', '.'], /^tocsin: object '\.': expected a file\n$/],
  ['no ELF file', ['gate', '--object', 'text.o'], /^tocsin: text\.o: no ELF file; expected vmlinux or an object file \(\.o\); a vmlinuz is to be unpacked first\n$/],
  ['a file that is cut off', ['lift', 'cut.o'], /^tocsin: cut\.o: the section table takes 64 bytes at \d+, and the file has 1000; expected a whole file\n$/],
  ['a symbol that is not there', ['mutate', '--object', 'ftrace_entry.o', '--symbols', 'ftrace_regs_caller'], /^tocsin: ftrace_entry\.o: no symbol 'ftrace_regs_caller'; expected one that the file defines\n$/],
  ['symbols of no object', ['fuzz', '--symbols', 'ftrace_caller'], /^tocsin: --symbols goes with --object FILE only\n$/],
  ['an empty symbol', ['fuzz', '--object', 'ftrace_entry.o', '--symbols', 'ftrace_caller,,'], /^tocsin: --symbols 'ftrace_caller,,': expected names with commas between them\n$/],
  ['an unknown field', ['envelope', '--object', 'ftrace_entry.o', '--offset', 'PACATOK=16'], /^tocsin: --offset: unknown field 'PACATOK'; did you mean 'PACATOC'\?; expected one of/],
  ['an offset that is no number', ['exhaust', '--object', 'ftrace_entry.o', '--offset', 'PACATOC=r2'], /^tocsin: --offset 'PACATOC=r2': expected NAME=N, as PACACURRENT=2312\n$/],
  ['an offset that is too far', ['exhaust', '--object', 'ftrace_entry.o', '--offset', 'PACATOC=40000'], /^tocsin: --offset 'PACATOC=40000': expected at most 32767\n$/],
  ['an offset that the code does not use', ['fuzz', '--object', 'ftrace_entry.o', '--offset', 'PACACURRENT=16'], /it loads 8 bytes at 2400 of the PACA; expected a field that the model has: PACACURRENT at 16 \(given\)/],
  ['a claim of nothing', ['fuzz', '--object', 'ftrace_entry.o', '--claim', 'hold'], /^tocsin: --claim 'hold': /],
  ['an unknown handler', ['fuzz', '--object', 'ftrace_entry.o', '--handler', 'mini-fram'], /^tocsin: --handler: unknown strategy 'mini-fram'; did you mean 'mini-frame'\?\n$/],
  ['both a strategy and an object', ['explain', 'toc1-4d5Zf1JK', '--strategy', 'mini-frame', '--object', 'ftrace_entry.o'], /^tocsin: --strategy and --object: expected one of them\n$/],
])('bad input, exit 2, one line: %s', async (_, args, expected) => {
  const cwd = withObject();
  writeFileSync(join(cwd, 'text.o'), 'livepatch_handler:\n');
  writeFileSync(join(cwd, 'cut.o'), kernelFile().slice(0, 1000));
  const { code, stdout, stderr } = await tocsin(args, { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(expected);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('replay: an object that cannot be used is skipped, as git bisect wants it', async () => {
  const cwd = withObject({ patch: (words, indexOf) => { words[indexOf('livepatch_handler')] = 0; } });
  const { code, stderr } = await tocsin(['replay', 'toc1-4d5Zf1JK', '--object', 'ftrace_entry.o'], { cwd });
  expect(code).toBe(125);
  expect(stderr).toMatch(/^tocsin: ftrace_entry\.o: word 0x00000000 at 0x[0-9a-f]+: it is not modelled; expected an instruction of the subset/);
  const { code: holds, stdout } = await tocsin(['replay', 'toc1-4d5Zf1JK', '--object', 'ftrace_entry.o'], { cwd: withObject() });
  expect(holds).toBe(0);
  expect(stdout).toMatch(/^object ftrace_entry\.o, relocatable\n/);
});
