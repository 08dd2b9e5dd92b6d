// Machine code and users' files in `tocsin prove` and `tocsin check`: what holds, is refuted, is undecided, is bad input; and with what a certificate's code is compared.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Certificate } from '../../src/prove/certificate.ts';
import { ENTRY, ENTRY_ALONE, HANDLER, kernelFile } from '../object/kernel-like.ts';
import type { Kernel } from '../object/kernel-like.ts';
import { folder, tocsin } from './built.ts';

interface Document {
  readonly exit: number;
  readonly strategies: readonly { readonly name: string; readonly outcome: string; readonly standing: string; readonly fragments: number; readonly assertions: number; readonly chain: string | null; readonly token: string | null; readonly assumptions: readonly string[] }[];
}

const FEW = ['--features', 'none,+local,+global,+interrupt,+stub-sibling'];
const NOP = 0x60000000;
/** r2 is not kept. */
const BROKEN: Kernel = { patch: (words, indexOf) => { words[indexOf('livepatch_handler') + 4] = NOP; } };
/** The pointer is published behind the store of r2, so that a hooked interrupt between the two overwrites it. */
const LATE: Kernel = {
  patch: (words, indexOf) => {
    const at = indexOf('livepatch_handler') + 3;
    [words[at], words[at + 1]] = [words[at + 1]!, words[at]!];
  },
};

const write = (cwd: string, name: string, kernel: Kernel = {}): void => { writeFileSync(join(cwd, name), kernelFile(kernel)); };
const documentOf = ({ stdout }: { stdout: string }): Document => JSON.parse(stdout) as Document;
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

test('an object holds, as livepatch-stack does in line; as the text that is lifted out of it; and an entry alone with the handler behind it', async () => {
  const cwd = folder();
  write(cwd, 'ftrace_entry.o');
  write(cwd, 'vmlinux-6.1.0', { kind: 'linked', text: ENTRY_ALONE });
  writeFileSync(join(cwd, 'lifted.s'), (await tocsin(['lift', 'ftrace_entry.o'], { cwd })).stdout.replace(/# tocsin: name .*\n/, ''));
  const own = documentOf(await tocsin(['prove', 'livepatch-stack', ...FEW, '--json'], { cwd })).strategies[0]!;
  for (const args of [['--object', 'ftrace_entry.o'], ['./lifted.s'], ['--object', 'vmlinux-6.1.0']]) {
    const ended = await tocsin(['prove', ...args, ...FEW, '--json', '--quiet'], { cwd });
    const { exit, strategies: [one] } = documentOf(ended);
    expect([args, ended.code, exit, one!.outcome, one!.standing, one!.fragments, one!.assumptions]).toEqual([args, 0, 0, 'holds', 'as claimed', own.fragments, own.assumptions]);
    expect(one!.assertions).toBeGreaterThan(500);
  }
  // In front of the words of an answer stands what was made of the object.
  expect((await tocsin(['prove', '--object', 'ftrace_entry.o', ...FEW], { cwd })).stdout).toMatch(/^object ftrace_entry\.o, relocatable\n[^]*\nftrace-entry: HOLDS for every call graph/m);
});

test('one instruction changed: a chain, a token that replays on this object and holds on the good one', async () => {
  const cwd = folder();
  write(cwd, 'good.o');
  write(cwd, 'bad.o', BROKEN);
  const ended = await tocsin(['prove', '--object', 'bad.o', ...FEW, '--json', '--quiet'], { cwd });
  const { exit, strategies: [bad] } = documentOf(ended);
  expect([ended.code, exit, bad!.outcome, bad!.standing]).toEqual([1, 1, 'breaks', 'refuted']);
  expect(bad!.chain).toMatch(/^A locally calls B \(patched, L\); its replacement returns; r2 comes back as/);
  expect((await tocsin(['replay', bad!.token!, '--object', 'bad.o'], { cwd })).code).toBe(1);
  expect((await tocsin(['replay', bad!.token!, '--object', 'good.o'], { cwd })).code).toBe(0);
});

test('the pointer published too late holds without interrupts and is refuted with them', async () => {
  const cwd = folder();
  write(cwd, 'late.o', LATE);
  const quiet = await tocsin(['prove', '--object', 'late.o', '--features', 'none,+local,+global', '--quiet'], { cwd });
  expect([quiet.code, quiet.stdout]).toEqual([0, 'late  holds\n']);
  const ended = await tocsin(['prove', '--object', 'late.o', ...FEW, '--json', '--quiet'], { cwd });
  const { strategies: [late] } = documentOf(ended);
  expect([ended.code, late!.outcome]).toEqual([1, 'breaks']);
  expect((await tocsin(['replay', late!.token!, '--object', 'late.o'], { cwd })).code).toBe(1);
  expect((await tocsin(['replay', late!.token!, '--object', 'late.o', '--trace'], { cwd })).stdout).toMatch(/interrupt/);
});

test("an object whose handler loops, and a user's file that does, are undecided, and say why", async () => {
  const cwd = folder();
  const loop = '1:      cmpd    r3, r4\n        bne     1b\n';
  write(cwd, 'loop.o', { text: ENTRY + HANDLER.replace('livepatch_handler:\n', `livepatch_handler:\n${loop}`) });
  writeFileSync(join(cwd, 'loop.s'), `# tocsin: claim holds\nlivepatch_handler:\n${loop}        mfctr   r12\n        bctr\n`);
  for (const args of [['--object', 'loop.o'], ['./loop.s']]) {
    const { code, stdout } = await tocsin(['prove', ...args, '--features', 'none,+global'], { cwd });
    expect([args, code, flat(stdout).includes('UNDECIDED'), flat(stdout).includes('a loop, for which there is no invariant')]).toEqual([args, 3, true, true]);
  }
});

test('the certificate of an object is compared with the object, and with nothing where none is named', async () => {
  const cwd = folder();
  write(cwd, 'mine.o');
  write(cwd, 'bad.o', BROKEN);
  expect((await tocsin(['prove', '--object', 'mine.o', ...FEW, '--out', '.', '--quiet'], { cwd })).code).toBe(0);
  const alone = await tocsin(['check', 'mine.proof.json'], { cwd });
  expect([alone.code, flat(alone.stdout).includes('its code was compared with no strategy: none of that name is built in (--strategy FILE or --object FILE does)')]).toEqual([0, true]);
  const same = await tocsin(['check', 'mine.proof.json', '--object', 'mine.o'], { cwd });
  expect([same.code, same.stderr]).toEqual([0, '']);
  expect(flat(same.stdout)).toContain('the code is the machine code of mine.o, word for word but for what `tocsin lift` lists, in this package\'s model: compared were');
  expect(same.stdout).toMatch(/^object mine\.o, relocatable\n[^]*\d+ of \d+ words as built, \d+ differ in a field/);
  const other = await tocsin(['check', 'mine.proof.json', '--object', 'bad.o', '--json'], { cwd });
  expect([other.code, other.stderr.includes('object bad.o, relocatable')]).toEqual([1, true]);
  expect(JSON.parse(other.stdout)).toMatchObject({ exit: 1, certificates: [{ strategy: 'mine', against: 'bad', object: 'bad.o', outcome: { kind: 'accepted', code: { kind: 'other', part: 'kept' } } }] });
  expect(flat((await tocsin(['check', 'mine.proof.json', '--object', 'bad.o'], { cwd })).stdout)).toContain('ABOUT OTHER CODE: what the hook keeps in memory is not what this package makes of bad.o (kept)');
  // The same handler without the object's entry is other code too: the entry is the model's then.
  expect((await tocsin(['check', 'mine.proof.json', '--object', 'mine.o', '--symbols', 'livepatch_handler'], { cwd })).code).toBe(1);
  // The lies of a certificate are found whatever it is compared with.
  const text = readFileSync(join(cwd, 'mine.proof.json'), 'utf8');
  const forged = JSON.parse(text) as Certificate;
  writeFileSync(join(cwd, 'forged.json'), JSON.stringify({ ...forged, fragments: forged.fragments.slice(1) }));
  const refused = await tocsin(['check', 'forged.json', '--object', 'mine.o', '--quiet'], { cwd });
  expect([refused.code, refused.stdout.startsWith('forged.json: refused: ')]).toEqual([1, true]);
});

test("a user's file holds, and its certificate is about that file and no other", async () => {
  const cwd = folder();
  copyFileSync(resolve(import.meta.dirname, '../../examples/klp-slot-word.s'), join(cwd, 'mine.s'));
  const ended = await tocsin(['prove', './mine.s', ...FEW, '--out', 'proofs', '--json', '--quiet'], { cwd });
  expect([ended.code, documentOf(ended).strategies[0]!.outcome]).toEqual([0, 'holds']);
  expect((await tocsin(['check', 'proofs/klp-slot-word.proof.json', '--strategy', './mine.s'], { cwd })).code).toBe(0);
  writeFileSync(join(cwd, 'mine.s'), readFileSync(join(cwd, 'mine.s'), 'utf8').replace('mflr ', 'nop\n        mflr '));
  const other = await tocsin(['check', 'proofs/klp-slot-word.proof.json', '--strategy', './mine.s'], { cwd });
  expect([other.code, flat(other.stdout).includes('ABOUT OTHER CODE')]).toEqual([1, true]);
});

test.each<[string, readonly string[], RegExp]>([
  ['no such object', ['prove', '--object', 'nothing.o'], /^tocsin: object 'nothing\.o': cannot be read: no such file or directory\n$/],
  ['no ELF file', ['prove', '--object', 'text.o'], /^tocsin: text\.o: no ELF file; expected vmlinux/],
  ['a word that is not modelled', ['prove', '--object', 'word.o'], /^tocsin: word\.o: word 0x00000000 at 0x[0-9a-f]+: it is not modelled/],
  ['a symbol that is not there', ['prove', '--object', 'mine.o', '--symbols', 'ftrace_regs_caller'], /^tocsin: mine\.o: no symbol 'ftrace_regs_caller'; expected one that the file defines\n$/],
  ['details of no object', ['prove', '--claim', 'holds'], /^tocsin: --claim goes with --object FILE only\n$/],
  ['a line that does not assemble', ['prove', './wrong.s'], /^tocsin: \.\/wrong\.s:3:9: unknown instruction 'lod'/],
  ['both of which one is compared', ['check', 'mine.o', '--object', 'mine.o', '--strategy', 'livepatch-stack'], /^tocsin: --strategy and --object: expected one of them\n$/],
  ['an object where a certificate should be', ['check', 'mine.o'], /^tocsin: certificate 'mine\.o': not /],
  ['an object that is none, beside a certificate', ['check', 'mine.o', '--object', 'text.o'], /^tocsin: text\.o: no ELF file; expected vmlinux/],
])('bad input, exit 2, one line, nothing written: %s', async (_, args, expected) => {
  const cwd = folder();
  write(cwd, 'mine.o');
  write(cwd, 'word.o', { patch: (words, indexOf) => { words[indexOf('livepatch_handler')] = 0; } });
  writeFileSync(join(cwd, 'text.o'), 'livepatch_handler:\n');
  writeFileSync(join(cwd, 'wrong.s'), '# tocsin: claim holds\nlivepatch_handler:\n        lod     r12, 0(r1)\n        bctr\n');
  const { code, stdout, stderr } = await tocsin(args, { cwd });
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 });
  expect(stderr).toMatch(expected);
});
