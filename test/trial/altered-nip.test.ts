/**
 * Who may be at the site of a patched function besides live patching. Nobody else who alters NIP: ftrace refuses a second ops with IPMODIFY (docs/findings.md). Plain ftrace may:
 * one entry serves both, whoever of them was first, and a strategy cannot tell. So a function that patch 1 patches is never called traced as well; one of the second patch's may be, and is the same.
 */
import { expect, test } from 'vitest';
import { ScenarioError } from '../../src/scenario/error.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { refusal } from '../refusal.ts';
import { golden } from './golden.ts';

const { trials, judged, seen } = golden(BUILT_IN);

/** Each shape of entry, in a module and in vmlinux, by a LEP, a GEP and a pointer, twice on one frame. `traced`: plain ftrace is at the site as well. */
const beside = (traced: string): string => `
  A:M -> 1 local B, global D, indirect E, local F
  B:M${traced} -> global D
  D:K${traced} saves 2
  E:N${traced} args 9 variadic
  F:M -> sibling B
  irq 1 at 1 hook-return+1 runs H
  H:K -> local D
  second B
  second D
  second E`;

test.each(['', '\n  out-of-line'])('plain ftrace beside the patch: every strategy runs every instruction as without it%s', (style) => {
  let compared = 0;
  BUILT_IN.forEach(({ name }, strategy) => {
    const digests = ['', ' traced'].map((traced) => {
      trials.load(parseScenario(`${beside(traced)}${style}`));
      return trials.applicable(strategy) ? trials.digest(strategy) : undefined;
    });
    expect(digests[1], name).toBe(digests[0]);
    if (digests[0] === undefined) return;
    compared += 1;
    trials.resetWitnesses();
    trials.run(strategy);
    expect(seen('second-patch-calls'), name).toBeGreaterThan(0);
  });
  expect(compared).toBe(style === '' ? BUILT_IN.length : BUILT_IN.length - 1);
});

test('plain ftrace alone: the original goes on, and no hook runs', () => {
  const alone = 'A:M -> local B\nB:M traced';
  for (const { name } of BUILT_IN) {
    expect(judged(alone, name), name).toBe('holds');
    expect(seen('hooked-calls')).toBe(0);
  }
  // The patch is what a strategy sees: taken out, there is nothing that could break.
  expect(judged(`${alone}\nsecond B`, 'livepatch-stack')).toBe('holds');
  expect(seen('hooked-calls')).toBe(1);
  expect(judged(`${alone}\nsecond B`, 'branch-only')).toBe('toc');
  expect(refusal(ScenarioError, () => parseScenario('A:M -> local B\nB:M traced patched'))).toBe('functions[1].traced: expected false: the mcount site of a patched function is active anyway');
});
