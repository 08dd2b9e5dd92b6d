/** The function graph tracer on the functions that live patching hooks: below the strategy's own hook, inside it, both; what each strategy makes of it. */
import { expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import { RETURN_TEXT } from '../../src/kernel/graph.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { miniFrame } from '../../src/strategies/mini-frame.ts';
import { ASLEEP, AT_EACH_STEP, golden } from './golden.ts';

/** mini-frame without what it needs only where a return hook has changed LR. */
const FORGETFUL: Strategy = {
  ...miniFrame, name: 'forgetful',
  code: { ...miniFrame.code, livepatch_handler: miniFrame.code.livepatch_handler!.replace('        mflr    r0\n        std     r0, 16(r1)\n', '') },
};
const STRATEGIES = [...BUILT_IN, FORGETFUL];
const { trials, judged, seen } = golden(STRATEGIES);

/** By one patched function, whose replacement is traced as well: the order of the hooks. */
const CALL = `
  A:M -> 1 local B
  B:M patched traced -> 2 global E
  E:N`;
const ORDERS = { below: 'graph B', inside: "graph B'", both: "graph B; graph B'" };
const SOUND = ['livepatch-stack', 'livepatch-stack-unwound', 'mini-frame', 'return-stack', 'shadow-stack-per-cpu', 'shadow-stack-r1-masked', 'shadow-stack-parallel'];

test.each(Object.entries(ORDERS))('%s the strategy: who reads LR at the handler goes on', (order, hooks) => {
  for (const strategy of SOUND) expect(judged(`${CALL}\n${hooks}`, strategy), strategy).toBe('holds');
  expect([seen('return-hooks'), seen('return-hooks-under-hook'), seen('return-hooks-inside')]).toEqual({ below: [1, 1, 0], inside: [1, 0, 1], both: [2, 1, 1] }[order]);
  // Its own ftrace call is what manual-restore cannot stand.
  expect(judged(`${CALL.replace(' traced', '')}\ngraph B`, 'manual-restore')).toBe('holds');
});

test('an original that is traced and not patched, in a module and in vmlinux', () => {
  for (const module of ['M', 'K']) {
    expect(judged(`A:${module} -> local B, indirect B\nB:${module} traced saves 2\ngraph B`, 'livepatch-stack')).toBe('holds');
    expect([seen('return-hooks'), seen('return-hooks-under-hook')]).toEqual([2, 0]);
  }
});

/** The mutant that only a return hook shows. */
test('mini-frame that does not store LR again returns past the tracer: seen with it below, and only there', () => {
  expect(judged(CALL, 'forgetful')).toBe('holds');
  expect(judged(`${CALL}\ngraph B'`, 'forgetful')).toBe('holds');
  expect(judged(`${CALL}\ngraph B`, 'forgetful')).toBe('hook-balance');
  expect(judged(`${CALL}\ngraph B`, 'mini-frame')).toBe('holds');
});

test('nested and recursive, in a chain of sibling calls, and deeper than the tracer has entries', () => {
  const recursive = (limit: number): string => `A:M -> local B\nB:M patched -> global C x${limit}\nC:M -> local B x${limit}\ngraph B`;
  for (const strategy of ['livepatch-stack', 'return-stack']) expect(judged(recursive(12), strategy)).toBe('holds');
  expect([seen('return-hooks'), seen('return-hooks-full')]).toEqual([13, 0]);
  expect(judged(recursive(60), 'livepatch-stack')).toBe('holds');
  expect([seen('return-hooks'), seen('return-hooks-full')]).toEqual([50, 11]);
  const chain = `
    A:M -> local B
    B:M -> sibling C
    C:M patched -> global D
    D:N patched traced -> global E
    E:K traced
    graph C; graph D; graph D'; graph E`;
  for (const strategy of ['livepatch-stack', 'mini-frame', 'return-stack']) expect(judged(chain, strategy), strategy).toBe('holds');
  // One frame, three hooked returns: the tracer's for B and for C, the strategy's.
  expect(judged("A:M -> indirect B\nB:M traced -> sibling C\nC:M patched traced\ngraph B; graph C; graph C'", 'livepatch-stack')).toBe('holds');
  expect(seen('return-hooks')).toBe(3);
});

/** A handler that is hooked and traced itself, and a task that is hooked and traced itself. */
const BUSY = `${CALL}
  H:K -> 3 local I
  I:K patched traced -> global J
  J:M traced
  task 2 runs A
  graph B; graph B'; graph I; graph I'; graph J`;

test.each(AT_EACH_STEP)('%s at every instruction of the return hook', (_, event) => {
  let landed = 0;
  for (let step = 40; step < 200; step += 1) {
    for (const strategy of ['livepatch-stack', 'mini-frame']) expect(judged(`${BUSY}\n${event(step)}`, strategy), `${strategy} ${step}`).toBe('holds');
    if (seen('return-hooks-interrupted') > 0) landed += 1;
  }
  // Twice all of return_to_handler and what it calls, but for the trap.
  const instructions = RETURN_TEXT.split('\n').filter((line) => /^ {8}[a-z]/.test(line)).length;
  expect(landed).toBe(2 * (instructions - 1));
});

test.each([
  ['livepatch-stack', 'reliable-trace'], ['return-stack', 'reliable-trace'], ['livepatch-stack-unwound', 'holds'], ['mini-frame', 'holds'], ['forgetful', 'hook-balance'],
])('a trace while C sleeps: %s %s', (strategy, expected) => {
  for (const hooks of ['graph B', "graph B; graph B'"]) expect(judged(`${ASLEEP}\n${hooks}`, strategy), hooks).toBe(expected);
  if (expected === 'hook-balance') return;
  expect(judged(`${ASLEEP}\ngraph B'`, strategy)).toBe(expected);
  expect(judged(`${ASLEEP.replace(' walked', '')}\ngraph B; graph B'`, strategy)).toBe('holds');
  // Below all hooks nobody is missing: what the tracer has taken it gives back to the walker.
  expect(judged(`${ASLEEP.replace("sleep B' walked", 'sleep Z walked')}\ngraph B`, strategy)).toBe('holds');
});

test('the walker asks the tracer for each frame', () => {
  const traced = `
    Z:M -> local A
    A:M traced -> local B
    B:M traced -> indirect C
    C:K traced
    sleep C walked
    graph A; graph B; graph C`;
  expect(judged(traced, 'livepatch-stack')).toBe('holds');
  expect(seen('walks')).toBe(1);
});

test('the walker takes no frame for another: of two callers, livepatch-stack hides the one that is hooked, and the other is found', () => {
  trials.load(parseScenario(`
    Q:M -> 1 local Z
    Z:M traced -> 2 local A
    A:M traced -> 3 local B
    B:M patched
    sleep B' walked
    graph Z; graph A; graph B`));
  const { violations } = trials.run(STRATEGIES.findIndex((it) => it.name === 'livepatch-stack'));
  expect(violations.map(({ obligation, call }) => [obligation, call])).toEqual([['reliable-trace', 3]]);
});

/** Who keeps the return address as a distance from r2 keeps that of return_to_handler, which lies in vmlinux. */
test('caller-slot, caller-distance and odd-toc: a call out of a far module breaks where the tracer hooks its return', () => {
  const far = CALL.replace(' traced', '').replace('A:M', 'places M=1 N=1 P=1\nA:M');
  for (const strategy of ['caller-slot', 'caller-distance', 'odd-toc']) {
    expect(judged(far, strategy), strategy).toBe('reserved-word');
    expect(judged(`${CALL.replace(' traced', '')}\ngraph B`, strategy), strategy).toBe('reserved-word');
  }
  expect(judged(`${far}\ngraph B`, 'caller-slot')).toBe('reserved-word progress');
  expect(judged(`${far}\ngraph B`, 'odd-toc')).toBe('reserved-word progress');
  // It takes the call for a global one, which needs no hook, and the TOC is lost.
  expect(judged(`${far}\ngraph B`, 'caller-distance')).toBe('toc');
});

test('a function that only the second patch has is hooked as well', () => {
  const second = `
    A:M -> 1 local B
    B:M
    second B`;
  for (const strategy of SOUND) expect(judged(`${second}\n    graph B`, strategy), strategy).toBe('holds');
  expect([seen('return-hooks-under-hook'), seen('second-patch-calls')]).toEqual([1, 1]);
  expect(judged(`${second}\n    graph B`, 'forgetful')).toBe('hook-balance');
  expect(judged(second, 'forgetful')).toBe('holds');
});
