/** Kretprobes on the functions that live patching hooks: below the strategy's own hook, inside it, both, and beside the function graph tracer in both orders; what each strategy makes of it. */
import { expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import { KRETPROBE_NODES, KRETPROBE_TEXT } from '../../src/kernel/kretprobe.ts';
import { THREAD_INFO } from '../../src/kernel/layout.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { miniFrame } from '../../src/strategies/mini-frame.ts';
import { ASLEEP, AT_EACH_STEP, golden } from './golden.ts';

/** mini-frame that trusts 16(r1) of A's frame, where ftrace has stored A's address, instead of LR. */
const FORGETFUL: Strategy = {
  ...miniFrame, name: 'forgetful',
  code: { ...miniFrame.code, livepatch_handler: miniFrame.code.livepatch_handler!.replace('        mflr    r0\n        std     r0, 16(r1)\n', '') },
};
/** A hook whose store goes astray and makes the count of the task's nodes the largest number that there is. */
const STRAY: Strategy = {
  name: 'stray', summary: '', origin: '', claim: { kind: 'holds', assuming: [] },
  code: { livepatch_handler: `livepatch_handler: ld r11, PACACURRENT(r13); lis r12, 0x7fff; std r12, ${THREAD_INFO.TI_rethook_top}(r11); mfctr r12; bctr` },
};
const STRATEGIES = [...BUILT_IN, FORGETFUL, STRAY];
const { trials, judged, seen } = golden(STRATEGIES);

const CALL = `
  A:M -> 1 local B
  B:M patched traced -> 2 global E
  E:N`;
const SOUND = ['livepatch-stack', 'livepatch-stack-unwound', 'mini-frame', 'return-stack', 'shadow-stack-per-cpu', 'shadow-stack-r1-masked', 'shadow-stack-parallel'];

/** How often a kretprobe has hooked, under the strategy's hook, inside it, before the tracer, behind it. */
const probed = (): number[] => [seen('kretprobes'), seen('kretprobes-under-hook'), seen('kretprobes-inside'), seen('kretprobes-before-tracer'), seen('kretprobes-behind-tracer')];

test.each([
  ['below', 'kretprobe B', [1, 1, 0, 0, 0]],
  ['inside', "kretprobe B'", [1, 0, 1, 0, 0]],
  ['both', "kretprobe B; kretprobe B'", [2, 1, 1, 0, 0]],
  ['behind the tracer, below', 'graph B; kretprobe B', [1, 1, 0, 0, 1]],
  ['before the tracer, below', 'graph B; kretprobe-first B', [1, 1, 0, 1, 0]],
  ['behind the tracer, inside', "graph B'; kretprobe B'", [1, 0, 1, 0, 1]],
  ['before the tracer, inside', "graph B'; kretprobe-first B'", [1, 0, 1, 1, 0]],
  ['one order below, the other inside', "graph B; kretprobe B; graph B'; kretprobe-first B'", [2, 1, 1, 1, 1]],
])('%s the strategy: who reads LR at the handler goes on, in line and out of line', (_, hooks, counts) => {
  for (const strategy of SOUND) {
    expect(judged(`${CALL}\n${hooks}`, strategy), strategy).toBe('holds');
    expect(probed()).toEqual(counts);
  }
  for (const strategy of ['livepatch-stack', 'mini-frame', 'return-stack']) expect(judged(`${CALL}\n${hooks}\nout-of-line`, strategy), strategy).toBe('holds');
  expect(probed()).toEqual(counts);
});

test('manual-restore, whose generated code runs before the trampoline, goes on with a kretprobe below', () => {
  expect(judged(`${CALL.replace(' traced', '')}\nkretprobe B`, 'manual-restore')).toBe('holds');
  expect(probed()).toEqual([1, 1, 0, 0, 0]);
});

test('an original that is traced and not patched, in a module and in vmlinux', () => {
  for (const module of ['M', 'K']) {
    expect(judged(`A:${module} -> local B, indirect B\nB:${module} traced saves 2\nkretprobe B`, 'livepatch-stack')).toBe('holds');
    expect(probed()).toEqual([2, 0, 0, 0, 0]);
  }
});

test('whoever trusts 16(r1) instead of LR returns past the trampoline: seen with a kretprobe below, and only there', () => {
  expect(judged(CALL, 'forgetful')).toBe('holds');
  expect(judged(`${CALL}\nkretprobe B'`, 'forgetful')).toBe('holds');
  expect(judged(`${CALL}\nkretprobe B`, 'forgetful')).toBe('hook-balance');
  expect(judged(`${CALL}\nkretprobe B`, 'mini-frame')).toBe('holds');
});

test('what is left on the list is the next return\'s: a return to the caller of somebody else', () => {
  // The node of the first call of B stays; that of C, which is not patched, takes it off in its stead where C's own was missed.
  const later = `
    A:M -> 1 local B, 2 local C
    B:M patched
    C:M traced`;
  expect(judged(`${later}\nkretprobe B; kretprobe C`, 'forgetful')).toBe('hook-balance');
  expect(judged(`${later}\nkretprobe C`, 'forgetful')).toBe('holds');
});

test('nested and recursive, more often than the probe has nodes: what it misses is not hooked, and all return', () => {
  const recursive = (limit: number): string => `A:M -> local B\nB:M patched -> global C x${limit}\nC:M -> local B x${limit}\nkretprobe B`;
  for (const strategy of SOUND) expect(judged(recursive(5), strategy), strategy).toBe('holds');
  expect([seen('kretprobes'), seen('kretprobes-missed')]).toEqual([6, 0]);
  expect(judged(recursive(30), 'livepatch-stack')).toBe('holds');
  expect([seen('kretprobes'), seen('kretprobes-missed')]).toEqual([KRETPROBE_NODES, 31 - KRETPROBE_NODES]);
  // Nodes are given back: two calls one after the other miss as much each.
  expect(judged(`${recursive(30).replace('A:M -> local B', 'A:M -> local B, local B')}`, 'livepatch-stack')).toBe('holds');
  expect(seen('kretprobes')).toBeGreaterThan(KRETPROBE_NODES);
});

test('the nodes are the probe\'s, not the task\'s: what one task has, the other misses', () => {
  // S sleeps in each level of the recursion, and the other task goes on with its own.
  const two = (limit: number): string => `
    A:M -> 1 local B
    B:M patched -> global S, global C x${limit}
    C:M -> local B x${limit}
    S:M
    sleep S
    task 2 runs A
    kretprobe B`;
  expect(judged(two(4), 'livepatch-stack')).toBe('holds');
  expect([seen('kretprobes'), seen('kretprobes-missed')]).toEqual([10, 0]);
  expect(judged(two(5), 'livepatch-stack')).toBe('holds');
  expect([seen('kretprobes') + seen('kretprobes-missed'), seen('kretprobes-missed') > 0]).toEqual([12, true]);
  expect(judged(two(5).replace('task 2 runs A', ''), 'livepatch-stack')).toBe('holds');
  expect([seen('kretprobes'), seen('kretprobes-missed')]).toEqual([6, 0]);
});

test('a chain of sibling calls: nodes that have kept the trampoline are taken off together', () => {
  const chain = `
    A:M -> local B
    B:M -> sibling C
    C:M patched -> global D
    D:N patched traced -> global E
    E:K traced
    kretprobe C; kretprobe D; kretprobe D'; kretprobe E`;
  for (const strategy of SOUND) expect(judged(chain, strategy), strategy).toBe('holds');
  expect(probed()).toEqual([4, 2, 1, 0, 0]);
  // One frame, three nodes: B's; C's, which has kept the trampoline; that of C's replacement.
  const jump = "A:M -> indirect B\nB:M traced -> sibling C\nC:M patched traced\n";
  for (const hooks of ["kretprobe B; kretprobe C; kretprobe C'", "graph B; kretprobe B; graph C; kretprobe C; graph C'; kretprobe C'", "graph B; kretprobe-first B; graph C; kretprobe-first C; graph C'; kretprobe-first C'"]) {
    expect(judged(`${jump}${hooks}`, 'livepatch-stack'), hooks).toBe('holds');
    expect(seen('kretprobes')).toBe(3);
  }
});

/** A handler that is hooked and traced itself, and a task that is hooked and traced itself. */
const BUSY = `${CALL}
  H:K -> 3 local I
  I:K patched traced -> global J
  J:M traced
  task 2 runs A
  kretprobe B; kretprobe B'; kretprobe I; graph I; kretprobe I'; kretprobe J`;

test.each(AT_EACH_STEP)('%s at every instruction of the trampoline', (_, event) => {
  let landed = 0;
  for (let step = 40; step < 256; step += 1) {
    for (const strategy of ['livepatch-stack', 'mini-frame']) expect(judged(`${BUSY.replace("kretprobe B'; ", '')}\n${event(step)}`, strategy), `${strategy} ${step}`).toBe('holds');
    if (seen('return-hooks-interrupted') > 0) landed += 1;
  }
  // All of it once, but for the trap.
  const instructions = KRETPROBE_TEXT.split('\n').filter((line) => /^(1:)? +[a-z]/.test(line)).length;
  expect(landed).toBe(instructions - 1);
});

/** The walker calls no trace reliable that the trampoline is on: so who leaves it where it can be seen hides nobody, whether he is recovered or not. */
test.each([
  ['livepatch-stack', 'reliable-trace'], ['return-stack', 'reliable-trace'], ['livepatch-stack-unwound', 'holds'], ['mini-frame', 'holds'],
])('a trace while C sleeps: %s %s', (strategy, expected) => {
  for (const hooks of ['kretprobe B', 'graph B; kretprobe B', 'graph B; kretprobe-first B']) {
    expect(judged(`${ASLEEP}\n${hooks}`, strategy), hooks).toBe(expected);
    expect([seen('walks-under-hook'), seen('kretprobes-under-hook')]).toEqual([1, 1]);
  }
  // Inside the hook the trampoline is in C's LR save, for all to see.
  expect(judged(`${ASLEEP}\nkretprobe B'`, strategy)).toBe('holds');
});

/** A task asleep in C, and a second patch that changes A: it has to wait. */
const CHANGED = `
  Z:M -> 2 local A
  A:M -> 1 local B
  B:M patched -> 3 global E
  E:N
  sleep B'
  second A
  off 2
  transition 1 at 1 callee+2 enable 2`;

test('a transition waits while the trampoline is on the trace; livepatch-stack hides it with the caller, and the caller is changed', () => {
  for (const strategy of ['mini-frame', 'livepatch-stack-unwound']) {
    expect(judged(`${CHANGED}\nkretprobe B`, strategy), strategy).toBe('holds');
    expect([seen('held-asleep'), seen('transitions-complete')]).toEqual([1, 1]);
  }
  expect(judged(`${CHANGED}\nkretprobe B`, 'livepatch-stack')).toBe('consistency');
  // Not because A is found: no function on the trace is changed here, and it waits all the same.
  const unrelated = CHANGED.replace('second A', 'second E').replace('B:M patched -> 3 global E', 'B:M patched').replace('A:M -> 1 local B', 'A:M -> 1 local B, 3 global E');
  expect(judged(`${unrelated}\nkretprobe B`, 'mini-frame')).toBe('holds');
  expect(seen('held-asleep')).toBe(1);
  expect(judged(unrelated, 'mini-frame')).toBe('holds');
  expect(seen('held-asleep')).toBe(0);
});

test('caller-slot, caller-distance and odd-toc: a call out of a far module breaks where a kretprobe hooks its return, as with the tracer', () => {
  const far = CALL.replace(' traced', '').replace('A:M', 'places M=1 N=1 P=1\nA:M');
  for (const strategy of ['caller-slot', 'odd-toc']) expect(judged(`${far}\nkretprobe B`, strategy), strategy).toBe('reserved-word progress');
  expect(judged(`${far}\nkretprobe B`, 'caller-distance')).toBe('toc');
  for (const strategy of ['caller-slot', 'caller-distance', 'odd-toc']) expect(judged(far, strategy), strategy).toBe('reserved-word');
});

test('a task that ends inside probed calls gives its nodes back; one that begins again as it was keeps them, and the probe has so many less', () => {
  const ends = (again: string): string => `
    A:M -> 1 local B
    B:M patched -> 3 global C x14
    C:M -> 2 local B x14
    kretprobe B
    exit 1 at 2 callee+1 #5${again}`;
  expect(judged(ends(' again new'), 'mini-frame')).toBe('holds');
  expect(seen('kretprobes-missed')).toBe(0);
  expect(judged(ends(' again same'), 'mini-frame')).toBe('holds');
  expect(seen('kretprobes-missed')).toBeGreaterThan(0);
});

test('the nodes of a task that is gone are another task\'s', () => {
  const two = `
    A:M -> 1 local B
    B:M patched -> 3 global C x9
    C:M -> 2 local B x9
    task 2 runs A
    kretprobe B
    exit 1 at 2 callee+1 #5`;
  expect(judged(two, 'mini-frame')).toBe('holds');
  expect([seen('exits-under-hook'), seen('kretprobes') >= 5 + KRETPROBE_NODES, seen('kretprobes-missed')]).toEqual([1, true, 0]);
});

test('a count of nodes that a stray store has written over: the call is not hooked, and nobody goes through the list', () => {
  const nested = 'A:M -> 1 local B\nB:M patched -> 2 global C\nC:M patched\nkretprobe B\nkretprobe C';
  expect(judged(nested, 'stray')).toMatch(/^frame-condition/);
  expect(seen('kretprobes-missed')).toBe(1);
});

test('a function that only the second patch has is probed as well', () => {
  const second = 'A:M -> 1 local B\nB:M\nsecond B';
  for (const strategy of SOUND) expect(judged(`${second}\nkretprobe B`, strategy), strategy).toBe('holds');
  expect([seen('kretprobes-under-hook'), seen('second-patch-calls')]).toEqual([1, 1]);
});

test('what a probed function that was jumped to has kept is the trampoline: one pass of it does for both', () => {
  trials.load(parseScenario('A:M -> local B\nB:M traced -> sibling C\nC:M traced\nkretprobe B; kretprobe C'));
  const notes: string[] = [];
  expect(trials.follow(STRATEGIES.findIndex((it) => it.name === 'livepatch-stack'), (step) => { notes.push(...step.notes); }).outcome).toBe('holds');
  expect(['return probed', 'kretprobe callback'].map((one) => notes.filter((it) => it === one).length)).toEqual([2, 1]);
});

test('a run in words says who hooks', () => {
  trials.load(parseScenario(`${CALL}\ngraph B; kretprobe B`));
  const notes: string[] = [];
  trials.record(STRATEGIES.findIndex((it) => it.name === 'livepatch-stack'), (step) => { notes.push(...step.notes); });
  expect(notes.filter((it) => ['return hooked', 'return probed', 'kretprobe callback', 'graph pop'].includes(it))).toEqual(['return hooked', 'return probed', 'kretprobe callback', 'graph pop']);
});
