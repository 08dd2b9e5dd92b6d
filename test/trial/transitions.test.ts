/** Patches that change while tasks run: what real kernels were seen to do (unwind.md), each case without its one event, and who is to blame. */
import { expect, test } from 'vitest';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { golden } from './golden.ts';

const { judged, seen } = golden(BUILT_IN);
/** Begun, switched while asleep, held back while asleep, complete, removed. */
const history = (): number[] => (['transitions-begun', 'switched-asleep', 'held-asleep', 'transitions-complete', 'modules-removed'] as const).map(seen);

const SOUND = ['mini-frame', 'manual-restore', 'livepatch-stack-unwound', 'shadow-stack-parallel'] as const;
const HIDING = ['livepatch-stack', 'return-stack', 'shadow-stack-per-cpu', 'shadow-stack-r1-masked'] as const;

/** unwind.md, (2): Z calls A calls B, which is patched, and C is asleep; then a second patch changes A. */
const SECOND_PATCH = `
  Z:M -> local A
  A:M -> local B
  B:M patched
  sleep B'
  second A
  off 2`;

test.each(HIDING)('a second patch is complete although A is live: %s', (strategy) => {
  expect(judged(`${SECOND_PATCH}\n transition 1 at 2 callee+2 enable 2`, strategy)).toBe('consistency');
  expect(history()).toEqual([1, 1, 0, 1, 0]);
  expect(seen('looked-at-under-hook')).toBe(1);
  expect(judged(SECOND_PATCH, strategy)).toBe('holds');
  expect(history()).toEqual([0, 0, 0, 0, 0]);
});

test.each(SOUND)('the second patch waits for A: %s', (strategy) => {
  expect(judged(`${SECOND_PATCH}\n transition 1 at 2 callee+2 enable 2`, strategy)).toBe('holds');
  // Looked at while it sleeps, and switched when it is done.
  expect(history()).toEqual([1, 0, 1, 1, 0]);
});

test.each([...HIDING, ...SOUND])('B not patched, the second patch waits for A: %s', (strategy) => {
  expect(judged('Z:M -> local A; A:M -> local B; B:M; sleep B; second A; off 2; transition 1 at 2 callee+2 enable 2', strategy)).toBe('holds');
  expect(history()).toEqual([1, 0, 1, 1, 0]);
});

/** unwind.md, 3b: Z calls A1, the first patch's version of A, which calls B, whose version in the second patch is asleep; the first patch is removed. */
const FREED = `
  Z:M -> local A
  A:M patched -> global B
  B:M
  sleep B
  second B`;

test.each([['livepatch-stack'], ['return-stack']])('a return into freed text: %s', (strategy) => {
  expect(judged(`${FREED}\n transition 1 at 2 callee+2 disable 1 unload`, strategy)).toBe('consistency progress');
  expect(history()).toEqual([1, 1, 0, 1, 1]);
  expect(judged(`${FREED}\n transition 1 at 2 callee+2 disable 1`, strategy)).toBe('consistency');
  expect(judged(FREED, strategy)).toBe('holds');
  // The text is there again in the next run.
  expect(judged(FREED, 'mini-frame')).toBe('holds');
});

test.each(SOUND)('the module stays until A1 has returned: %s', (strategy) => {
  expect(judged(`${FREED}\n transition 1 at 2 callee+2 disable 1 unload`, strategy)).toBe('holds');
  expect(history()).toEqual([1, 0, 1, 1, 1]);
});

/** unwind.md, 3c: a cumulative patch; the first one's version of B ends in a sibling call of a helper, which sleeps. */
const CUMULATIVE = (tail: string): string => `
  Z:M -> local A
  A:M -> local B
  B:M patched -> ${tail} H
  H:P
  sleep H
  second A
  second B
  off 2
  transition 1 at 3 callee+2 replace`;

test('a cumulative patch is held back by the frame of the version that it replaces, and by nothing where that has none', () => {
  expect(judged(CUMULATIVE('local'), 'livepatch-stack')).toBe('holds');
  expect(history()).toEqual([1, 0, 1, 1, 0]);
  expect(judged(CUMULATIVE('sibling'), 'livepatch-stack')).toBe('consistency');
  expect(history()).toEqual([1, 1, 0, 1, 0]);
  expect(judged(CUMULATIVE('sibling').replace('second A\n', '\n'), 'livepatch-stack')).toBe('holds');
  expect(judged(CUMULATIVE('sibling'), 'livepatch-stack-unwound')).toBe('holds');
  expect(judged(CUMULATIVE('sibling'), 'mini-frame')).toBe('holds');
  expect(history()).toEqual([1, 0, 1, 1, 0]);
});

test.each([...HIDING, ...SOUND])('disabled and removed at every instruction of the hook: %s', (strategy) => {
  for (const [region, steps] of [['hook-entry', 20], ['hook-return', 14]] as const) {
    for (let step = 0; step < steps; step += 1) {
      expect(judged(`A:M -> local B, local B; B:M patched -> global E; E:N; transition 1 at 1 ${region}+${step} disable 1 unload`, strategy)).toBe('holds');
      if (seen('transitions-begun') === 1) expect([seen('hooked-calls'), seen('modules-removed')]).toEqual([2, 1]);
    }
  }
});

test('a task keeps the state in which it was until it is switched, and others have theirs', () => {
  const two = `
    A:M -> local B, local S, local B
    B:M patched
    S:M
    task 2 runs A
    sleep S
    transition 1 at 1 callee+2 disable 1`;
  // The first task: B, then asleep and switched; the second has not begun, and is so already.
  expect(judged(two, 'livepatch-stack')).toBe('holds');
  expect([seen('hooked-calls'), ...history()]).toEqual([1, 1, 1, 0, 1, 0]);
  expect(judged(two.replace('disable 1', 'enable 1').replace('transition', 'off 1; transition'), 'livepatch-stack')).toBe('holds');
  expect([seen('hooked-calls'), ...history()]).toEqual([3, 1, 1, 0, 1, 0]);
});

/** While the first task is held back, the second one begins: it is switched already. Versions that the first and the second one run. */
test.each([
  ['disabled', "A:M -> local B, local B; B:M patched; sleep B'; transition 1 at 1 callee+1 disable 1", 2],
  ['enabled', 'A:M -> local B, local B; B:M -> local S patched; S:M; sleep S; off 1; transition 1 at 3 callee+1 enable 1', 2],
  // What the new patch has no version of goes back to the original; and a task that is not switched back yet stays there.
  ['replaced', "A:M -> local B, local B; B:M patched; sleep B'; off 2; transition 1 at 1 callee+1 replace", 2],
  ['replaced, and disabled again', "A:M -> local B, local B; B:M patched; sleep B'; off 2; transition 1 at 1 callee+1 replace; transition 2 of task2 at 1 callee+1 disable 2", 2],
])('two tasks, two states: %s', (_, text, hooked) => {
  for (const strategy of ['livepatch-stack', 'mini-frame']) {
    expect(judged(`${text}; task 2 runs A`, strategy)).toBe('holds');
    expect([seen('hooked-calls'), seen('held-asleep') > 0, seen('transitions-complete')]).toEqual([hooked, true, 1]);
  }
});

test('patch on patch: the newest that is on has the call', () => {
  const both = 'A:M -> local B; B:M patched; second B';
  expect([judged(both, 'livepatch-stack'), seen('hooked-calls'), seen('second-patch-calls')]).toEqual(['holds', 1, 1]);
  expect([judged(`${both}; off 2`, 'livepatch-stack'), seen('hooked-calls'), seen('second-patch-calls')]).toEqual(['holds', 1, 0]);
  expect([judged(`${both}; off 1; off 2`, 'livepatch-stack'), seen('hooked-calls')]).toEqual(['holds', 0]);
  // Enabled later, the first patch lies on top.
  const late = 'A:M -> local S, local B; B:M patched; S:M; sleep S; second B; off 1; transition 1 at 0 callee+2 enable 1';
  expect([judged(late, 'mini-frame'), seen('hooked-calls'), seen('second-patch-calls')]).toEqual(['holds', 1, 0]);
});

test('one transition at a time; the opposite turns it round', () => {
  const base = `
    A:M -> local B, local S, local B
    B:M patched
    S:M
    sleep S
    second A
    off 2
    transition 1 at 1 callee+2 disable 1`;
  expect(judged(base, 'livepatch-stack')).toBe('holds');
  expect([seen('hooked-calls'), ...history()]).toEqual([1, 1, 1, 0, 1, 0]);
  expect(judged(`${base}\n transition 2 at 1 callee+3 enable 2`, 'livepatch-stack')).toBe('holds');
  expect([seen('transitions-begun'), seen('transitions-not-delivered')]).toEqual([1, 1]);
  expect(judged(`${base}\n transition 2 at 1 callee+3 enable 1`, 'livepatch-stack')).toBe('holds');
  expect([seen('hooked-calls'), seen('transitions-begun'), seen('transitions-turned-round'), seen('transitions-complete')]).toEqual([2, 1, 1, 1]);
});

test('a preempted task is not switched, whatever is on its stack', () => {
  expect(judged(`
    A:M -> local B
    B:M patched
    C:N
    task 2 runs C
    switch 1 at 1 callee+4
    transition 1 at 1 callee+2 disable 1 unload`, 'livepatch-stack')).toBe('holds');
  expect(history()).toEqual([1, 0, 0, 1, 1]);
});
