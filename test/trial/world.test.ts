/** Tasks, CPUs, switches: the golden cases of what surrounds a call, each failing for the right reason and holding when its one event is taken out. */
import { expect, test } from 'vitest';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { golden } from './golden.ts';

const { judged, seen } = golden(BUILT_IN);

const LOCAL = `
  A:M -> local B
  B:M patched -> global E
  E:N`;

test('a task is preempted in a hook and goes on, on its CPU and on the other one', () => {
  for (const [to, moved] of [['', 0], [' to cpu 1', 1]] as const) {
    expect(judged(`${LOCAL}\nswitch 1 at 1 hook-entry+4${to}`, 'livepatch-stack')).toBe('holds');
    expect([seen('preempted'), seen('preempted-in-hook'), seen('migrations'), seen('migrations-in-hook'), seen('task-switches')]).toEqual([1, 1, moved, moved, 0]);
  }
});

test('two tasks take turns in their hooks', () => {
  expect(judged(`${LOCAL}
  C:N -> local D
  D:N patched
  task 2 runs C
  switch 1 at 1 hook-entry+8
  switch 2 of task2 at 3 hook-entry+8`, 'livepatch-stack')).toBe('holds');
  expect([seen('preempted-in-hook'), seen('task-switches'), seen('interleaved-hooks')]).toEqual([2, 3, 1]);
});

const TWO = `${LOCAL}
  C:M -> local D
  D:M patched -> global E
  task 2 runs C`;

/** Each breaks it, and without the one event it holds; `livepatch-stack` holds in any case. */
test.each([
  ['one migration', LOCAL, 'switch 1 at 1 callee+2 to cpu 1'],
  ['one migration in the hook', LOCAL, 'switch 1 at 1 hook-entry+6 to cpu 1'],
  ['a sleep that ends on another CPU', LOCAL, "sleep B' to cpu 1"],
  ['a switch away and back, while the other task is hooked still', `${TWO}\n switch 2 of task2 at 3 callee+2`, 'switch 1 at 1 callee+2'],
])('shadow-stack-per-cpu: %s', (_, text, event) => {
  expect(judged(text, 'shadow-stack-per-cpu')).toBe('holds');
  expect(judged(`${text}\n${event}`, 'shadow-stack-per-cpu')).toMatch(/(^| )(toc|return-address|progress)$/);
  expect(judged(`${text}\n${event}`, 'livepatch-stack')).toBe('holds');
});

test('shadow-stack-per-cpu: nothing is lost where the other task is through with its hook', () => {
  expect(judged(`${TWO}\n switch 1 at 1 callee+2`, 'shadow-stack-per-cpu')).toBe('holds');
});

/** The merged order of livepatch-stack, its two wrong orders, and the stack per CPU: a switch, and a migration, at every instruction of the hook. */
test.each([
  ['livepatch-stack', '', [], []],
  ['livepatch-stack', ' to cpu 1', [], []],
  // The state is the task's: a switch does not show the wrong orders, as an interrupt does.
  ['livepatch-stack-late-publish', '', [], []],
  ['livepatch-stack-early-release', ' to cpu 1', [], []],
])('%s, a switch%s at every instruction of the hook', (strategy, to, entry, exit) => {
  for (const [region, expected] of [['hook-entry', entry], ['hook-return', exit]] as const) {
    const broken: number[] = [];
    for (let step = 0; step < 14; step += 1) {
      const verdict = judged(`${TWO}\nswitch 1 at 1 ${region}+${step}${to}\nswitch 2 of task2 at 3 ${region}+${step}${to}`, strategy);
      if (verdict !== 'holds') broken.push(step);
    }
    expect(broken).toEqual(expected);
  }
  expect(judged(`${TWO}\nswitch 1 at 1 hook-return+3${to}`, strategy)).toBe('holds');
  expect(seen('preempted-in-hook')).toBe(1);
});

test('return-stack: full, it does not hook, and the TOC is lost', () => {
  const deep = (limit: number): string => `A:M -> local B\nB:M patched -> global C x${limit}\nC:M -> local B x${limit}`;
  expect(judged(deep(60), 'return-stack')).toBe('holds');
  expect(judged(deep(64), 'return-stack')).toBe('toc');
});

test('a sleeping replacement, of modules and of vmlinux', () => {
  expect(judged(`${LOCAL}\nsleep B'`, 'livepatch-stack')).toBe('holds');
  expect([seen('sleeps'), seen('sleeps-under-hook'), seen('migrations')]).toEqual([1, 1, 0]);
  expect(judged(`A:K -> local B\nB:K patched -> indirect C\nC:K\nsleep C to cpu 1\nsleep B'`, 'livepatch-stack')).toBe('holds');
  expect([seen('sleeps'), seen('migrations'), seen('migrations-under-hook')]).toEqual([2, 1, 1]);
});

/** Z calls A calls B, and C, B's replacement, is asleep: who is on a trace that is called reliable? Last row of the table of derived verdicts. */
const ASLEEP = `
  Z:M -> local A
  A:M -> local B
  B:M patched
  sleep B' walked`;

test.each([
  ['livepatch-stack', 'reliable-trace'], ['livepatch-stack-unwound', 'holds'], ['mini-frame', 'holds'], ['manual-restore', 'holds'],
  ['shadow-stack-per-cpu', 'reliable-trace'], ['return-stack', 'reliable-trace'], ['caller-slot', 'reserved-word reliable-trace'],
])('A on a reliable trace while C is asleep: %s %s', (strategy, expected) => {
  expect(judged(ASLEEP, strategy)).toBe(expected);
  if (strategy !== 'caller-slot') expect(judged(ASLEEP.replace(' walked', ''), strategy)).toBe('holds');
  expect(judged(ASLEEP.replace("sleep B' walked", 'sleep Z walked'), strategy)).toBe(expected.startsWith('reserved-word') ? 'reserved-word' : 'holds');
});

test('one caller is lost for each hook that waits, and the unwinder that reads the entries finds both, newest first', () => {
  const nested = `
    Z:M -> local A
    A:M patched -> global B
    B:M patched
    sleep B' walked`;
  expect(judged(nested, 'livepatch-stack')).toBe('reliable-trace');
  expect(judged(nested, 'livepatch-stack-unwound')).toBe('holds');
  expect([seen('walks'), seen('walks-under-hook'), seen('sleeps')]).toEqual([1, 1, 1]);
});

/** What Linux 4.7 to 5.0 did: the same pointer, found by masking r1. */
test('shadow-stack-r1-masked: switches and migration do it no harm, a stack without thread_info does', () => {
  for (const event of ['switch 1 at 1 callee+2 to cpu 1', 'switch 1 at 1 hook-entry+4 to cpu 1', "sleep B' to cpu 1"]) {
    expect(judged(`${LOCAL}\n${event}`, 'shadow-stack-r1-masked')).toBe('holds');
  }
  const irq = `
    A:M -> local B
    B:M patched
    H:N -> local I
    I:N patched
    irq 1 at 1 hook-entry+6 runs H own-stack`;
  expect(judged(irq, 'shadow-stack-r1-masked')).toBe('holds');
  // What it takes for its pointer leads nowhere.
  expect(judged(`${irq}\nemergency 1`, 'shadow-stack-r1-masked')).toBe('frame-condition progress');
  expect(seen('hooked-on-emergency-stack')).toBe(1);
  expect(judged(`${irq}\nemergency 1`, 'livepatch-stack')).toBe('holds');
});
