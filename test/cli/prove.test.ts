// The built command: words and documents, certificates, exit codes, and lines for bad input.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Certificate } from '../../src/prove/certificate.ts';
import { folder, tocsin } from './built.ts';

interface Document {
  readonly schema: string;
  readonly exit: number;
  readonly canaries: readonly { readonly name: string; readonly refuted: boolean }[];
  readonly strategies: readonly { readonly name: string; readonly outcome: string; readonly standing: string; readonly assumptions: readonly string[]; readonly fragments: number; readonly certificate: string | null; readonly chain: string | null; readonly token: string | null }[];
}

const FEW = ['--features', 'none,+local,+global,+interrupt,+stub-sibling'];

test('a proof and a refutation: the same bytes twice, a certificate, a token that replays', async () => {
  const cwd = folder();
  const run = (): ReturnType<typeof tocsin> => tocsin(['prove', 'livepatch-stack', 'branch-only', ...FEW, '--out', 'proofs', '--json', '--quiet'], { cwd });
  const [one, two] = [await run(), await run()];
  expect([one.code, one.stderr, one.stdout === two.stdout]).toEqual([0, '', true]);
  const { schema, exit, canaries, strategies } = JSON.parse(one.stdout) as Document;
  expect([schema, exit, canaries.every((it) => it.refuted), canaries.length]).toEqual(['tocsin/prove@1', 0, true, 3]);
  expect(strategies.map((it) => [it.name, it.outcome, it.standing])).toEqual([['livepatch-stack', 'holds', 'as claimed'], ['branch-only', 'breaks', 'as claimed']]);
  expect(strategies[0]!.assumptions).toEqual(['no-stub-sibling', 'stack-room', 'no-reused-stacks', 'abi-conforming-code', 'entry-model']);
  expect(readdirSync(join(cwd, 'proofs'))).toEqual(['livepatch-stack.proof.json']);
  const certificate = JSON.parse(readFileSync(join(cwd, 'proofs/livepatch-stack.proof.json'), 'utf8')) as Certificate;
  expect([certificate.schema, certificate.fragments.length, certificate.claim.features]).toEqual(['tocsin/proof@1', strategies[0]!.fragments, ['local', 'global', 'interrupt']]);
  expect((await tocsin(['replay', strategies[1]!.token!], { cwd })).code).toBe(0);
});

test('in words: the assumptions stand with the verdict, lines are fit for a mail', async () => {
  const { code, stdout } = await tocsin(['prove', 'livepatch-stack', ...FEW]);
  expect([code, stdout.split('\n').filter((line) => line.length > 79)]).toEqual([0, []]);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/livepatch-stack: HOLDS for every call graph over local, global, interrupt; assuming no-stub-sibling, stack-room, no-reused-stacks, abi-conforming-code, entry-model\. Proof: \d+ fragments/);
  expect((await tocsin(['prove', 'livepatch-stack', ...FEW, '--quiet'])).stdout).toBe('livepatch-stack  holds\n');
});

test("a user's file whose claim is refuted: exit 1; what is not understood: exit 3", async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'mine.s'), '# tocsin: claim holds\nlivepatch_handler:\n        mfctr   r12\n        bctr\n');
  const refuted = await tocsin(['prove', './mine.s', ...FEW], { cwd });
  expect([refuted.code, refuted.stdout.includes('REFUTED: the claim is "holds"')]).toEqual([1, true]);
  const token = /(toc1-\w+)/.exec(refuted.stdout)![1]!;
  expect((await tocsin(['replay', token, '--strategy', './mine.s'], { cwd })).code).toBe(1);
  writeFileSync(join(cwd, 'loop.s'), '# tocsin: claim holds\nlivepatch_handler:\n1:      cmpd    r3, r4\n        bne     1b\n        mfctr   r12\n        bctr\n');
  const loop = await tocsin(['prove', './loop.s', '--features', 'none,+global'], { cwd });
  expect([loop.code, loop.stdout.replaceAll(/\s+/g, ' ').includes('a loop, for which there is no invariant')]).toEqual([3, true]);
});

test('bad input: one clear line, exit 2, nothing written', async () => {
  const cwd = folder();
  for (const [args, words] of [[['prove', 'livepach-stack'], /unknown strategy 'livepach-stack'/], [['prove', '--features', '-interupt'], /unknown feature 'interupt'/], [['prove', '--cases', 'nowhere'], /--cases 'nowhere'/]] as const) {
    const { code, stdout, stderr } = await tocsin([...args], { cwd });
    expect([code, stdout, words.test(stderr), stderr.trim().split('\n').length]).toEqual([2, '', true, 1]);
  }
});
