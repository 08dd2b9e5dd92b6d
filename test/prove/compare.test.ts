// Which part of a certificate is not what this package makes of the strategy: each answer of `differenceFrom`, which knows nothing of proofs.
import { beforeAll, expect, test } from 'vitest';
import type { Certificate } from '../../src/prove/certificate.ts';
import { differenceFrom } from '../../src/prove/compare.ts';
import { judge } from '../../src/prove/verdict.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { manualRestore } from '../../src/strategies/manual-restore.ts';
import type { Strategy } from '../../src/contract/strategy.ts';

/** Certificates are plain JSON: what is changed in one need not be of its type. */
type Changed = { -readonly [K in keyof Certificate]: any };
const whole = new Map<Strategy, string>();
beforeAll(() => { for (const it of [livepatchStack, manualRestore]) whole.set(it, JSON.stringify(judge(it, ['local', 'interrupt']).certificate)); });

function answer(strategy: Strategy, change: (it: Changed) => void): string | undefined {
  const its = JSON.parse(whole.get(strategy)!) as Changed;
  change(its);
  return differenceFrom(strategy, its);
}
const hooked = (it: Changed): any => it.fragments.find((one: any) => one.kind === 'patched');

test.each([[livepatchStack], [manualRestore]])('each answer: $name', (strategy) => {
  expect(answer(strategy, () => undefined)).toBe(undefined);
  expect(answer(strategy, (it) => { it.layout.vmlinux = '0'; it.kept.areas = [1]; })).toBe('layout');
  for (const part of ['published', 'memory', 'areas', 'frame']) expect([part, answer(strategy, (it) => { it.kept[part] = [{ offset: 32, bytes: 8 }]; hooked(it).from = '0'; })]).toEqual([part, 'kept']);
  // One word of each text that a fragment has, its address, and a text that is another one.
  const { fragments } = JSON.parse(whole.get(strategy)!) as Certificate, used = new Set(fragments.flatMap((it) => it.texts));
  for (const index of used) {
    expect(answer(strategy, (it) => { it.texts[index].words = it.texts[index].words.replace(/^.{8}/, '12345678'); })).toBe('texts');
    expect(answer(strategy, (it) => { it.texts[index].at = '4096'; })).toBe('texts');
  }
  expect(used.size).toBeGreaterThan(3);
  expect(answer(strategy, (it) => { hooked(it).texts.reverse(); })).toBe('texts');
  expect(answer(strategy, (it) => { hooked(it).texts.pop(); })).toBe('texts');
  for (const part of ['from', 'behind', 'replaces']) expect([part, answer(strategy, (it) => { hooked(it)[part] = '4096'; })]).toEqual([part, 'fragments']);
});

test('a strategy\'s code in replacements is not left out', () => {
  // The certificate is livepatch-stack's, all true; the strategy has its hook, and besides spoils r14 in each replacement.
  for (const point of ['replacement_exit', 'replacement_early_exit', 'replacement_save', 'replacement_single_entry'] as const) {
    const spoilt: Strategy = { ...livepatchStack, code: { ...livepatchStack.code, [point]: `${point}:\n        li      r14, 0\n` } };
    expect([point, differenceFrom(spoilt, JSON.parse(whole.get(livepatchStack)!))]).toEqual([point, 'texts']);
  }
  expect(answer(manualRestore, (it) => { for (const one of it.fragments) if (one.kind === 'patched') { one.texts = one.texts.slice(0, 3); delete one.replacement; delete one.replaces; } })).toBe('texts');
});

test('where code in replacements begins and ends', () => {
  let bodies = 0;
  for (const part of ['from', 'to']) {
    expect([part, answer(manualRestore, (it) => {
      const change = (run: any): void => {
        for (const one of run.split ?? []) change(one);
        for (const ending of run.endings ?? []) if (ending.body !== undefined) { ending.body[part] = '4096'; bodies++; }
      };
      change(hooked(it).enter);
    })]).toEqual([part, 'fragments']);
  }
  expect(bodies).toBeGreaterThan(1);
});
