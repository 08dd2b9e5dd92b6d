/** Tasks that others fork, inside hooked calls and elsewhere: what a strategy must make anew in copy_thread, and where a new task stands in a transition of patches. */
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { withWorld } from '../../src/scenario/world.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { golden } from './golden.ts';

/** A stack of entries in each task, with a pointer to the newest one's end, which the first push makes: 0 until then. `inherited`: no line in copy_thread makes it 0 again. */
const pointing = (name: string, inherited: string): Strategy => parseStrategyText(`# tocsin: name ${name}
# tocsin: summary a pointer into an array of the task's
# tocsin: origin test
# tocsin: claim holds
# tocsin: state top task 8${inherited}
# tocsin: state entries task 512
livepatch_handler:
        ld      r12, PACACURRENT(r13)
        ld      r11, top(r12)
        cmpdi   r11, 0
        bne     1f
        addi    r11, r12, entries
1:      addi    r11, r11, 16
        std     r11, top(r12)
        std     r2, -16(r11)
        mflr    r12
        std     r12, -8(r11)
        mfctr   r12
        bctrl
livepatch_return:
        ld      r12, PACACURRENT(r13)
        ld      r11, top(r12)
        ld      r0, -8(r11)
        mtlr    r0
        ld      r2, -16(r11)
        addi    r11, r11, -16
        std     r11, top(r12)
        blr
`, `${name}.s`);
const ANEW = pointing('anew', ''), INHERITED = pointing('inherited', ' inherited');
const STRATEGIES = [...BUILT_IN, ANEW, INHERITED];
const { trials, judged, seen } = golden(STRATEGIES);
/** B's replacement sleeps in the hook, in both tasks, and makes a hooked call of its own when it goes on. */
const NEST = "A:M -> 1 local B\nB:M patched -> 2 global D\nD:N patched\ntask 2 runs A\nsleep B'";
const forks = (): number[] => [seen('forks'), seen('forks-under-hook'), seen('forks-not-delivered')];
const HOLDING = ['livepatch-stack', 'livepatch-stack-unwound', 'mini-frame', 'manual-restore', 'return-stack', 'shadow-stack-r1-masked', 'shadow-stack-parallel', 'anew'];

test('a task that is forked begins there, and one that never is does not', () => {
  expect(judged(NEST, 'livepatch-stack')).toBe('holds');
  expect([...forks(), seen('task-switches')]).toEqual([0, 0, 0, 3]);
  expect(judged(`${NEST}\nfork 2 at 2 callee+3`, 'livepatch-stack')).toBe('holds');
  expect([...forks(), seen('task-switches')]).toEqual([1, 1, 0, 1]);
  expect(judged(`${NEST}\nfork 2 at 2 callee+200`, 'livepatch-stack')).toBe('holds');
  expect([...forks(), seen('task-switches')]).toEqual([0, 0, 1, 0]);
});

test('forked at each instruction of the original, the replacement and what that calls: who comes with a line in copy_thread goes on', () => {
  let underHook = 0;
  for (const call of [0, 1, 2]) {
    for (let step = 0; step < 16; step++) {
      for (const strategy of HOLDING) {
        expect(judged(`${NEST}\nfork 2 at ${call} callee+${step}`, strategy), `${strategy} ${call} ${step}`).toBe('holds');
        underHook += seen('forks-under-hook');
      }
    }
  }
  expect(underHook).toBeGreaterThan(100);
});

test('who does not has a pointer to its parent\'s entries when forked inside a hooked call, and elsewhere none', () => {
  expect(judged(`${NEST}\nfork 2 at 1 callee+6`, 'inherited')).toBe('frame-condition return-address');
  expect(judged(`${NEST}\nfork 2 at 1 callee+6`, 'anew')).toBe('holds');
  expect(judged(`${NEST}\nfork 2 at 0 callee+2`, 'inherited')).toBe('holds');
  expect(judged(NEST, 'inherited')).toBe('holds');
});

test('the third task may be forked by the second one, which was forked itself', () => {
  expect(judged(`${NEST}\ntask 3 runs A\nfork 2 at 1 callee+6\nfork 3 of task2 at 1 callee+6`, 'livepatch-stack')).toBe('holds');
  expect(forks()).toEqual([2, 2, 0]);
  expect(judged(`${NEST}\ntask 3 runs A\nfork 2 at 1 callee+200\nfork 3 of task2 at 1 callee+6`, 'livepatch-stack')).toBe('holds');
  expect(forks()).toEqual([0, 0, 2]);
});

// Where the first call's sleep completes the transition, a task that is forked later sees no patch; where its parent holds the transition back, the new task, which has nothing on its stack, is switched first.
test.each([
  ['before the transition', '', "fork 2 at 1 callee+2", 0], ['when it is complete', '', 'fork 2 at 2 callee+1', 0],
  ['before one that its parent holds back', ' patched', 'fork 2 at 1 callee+2', 2], ['during one', ' patched', 'fork 2 at 2 callee+1', 2],
])('forked %s, it calls what it must', (_, patched, fork, hooked) => {
  const text = `A:M -> 1 local C, 2 local B\nB:M patched\nC:M${patched}\nsleep C${patched === '' ? '' : "'"} walked\ntask 2 runs A\n${fork}\ntransition 1 at 1 callee+5 disable 1`;
  for (const strategy of ['mini-frame', 'manual-restore', 'livepatch-stack-unwound']) {
    expect(judged(text, strategy), strategy).toBe('holds');
    expect([seen('forks'), seen('transitions-begun'), seen('transitions-complete'), seen('hooked-calls')], strategy).toEqual([1, 1, 1, hooked]);
  }
});

// The first task sleeps and holds the transition back; the second one, which had not begun, was switched at once, turns it round and forks the third. That sees what its
// parent sees, not what all saw when the transition began, and is switched on its way to its first call: it must reach what it would have reached before all this.
test.each([
  // The second task calls the original, the third one the replacement again.
  ['a disabling', "A:M patched\nsleep A'\ntransition 1 at 0 callee+3 disable 1\ntransition 2 of task2 at 0 callee+T enable 1", 2],
  // The second one calls the second patch's version, the third one the original again.
  ['an enabling', 'A:M\nsecond A\noff 2\nsleep A\ntransition 1 at 0 callee+3 enable 2\ntransition 2 of task2 at 0 callee+T disable 2', 1],
  // The first one calls the replacement, the second one the second patch's, the third one the replacement again.
  ['an enabling over another patch', "A:M patched\nsecond A\noff 2\nsleep A'\ntransition 1 at 0 callee+3 enable 2\ntransition 2 of task2 at 0 callee+T disable 2", 3],
])('forked in %s that was turned round, or before that', (_, text, hooked) => {
  for (const [turn, fork] of [[3, 4], [3, 5], [4, 3], [5, 3]]) {
    const whole = `${text.replace('T', `${turn}`)}\ntask 2 runs A\ntask 3 runs A\nfork 3 of task2 at 0 callee+${fork}`;
    for (const strategy of ['mini-frame', 'manual-restore', 'livepatch-stack-unwound', 'shadow-stack-parallel', 'livepatch-stack']) {
      expect(judged(whole, strategy), `${strategy} ${turn} ${fork}`).toBe('holds');
      expect([seen('forks'), seen('transitions-begun'), seen('transitions-turned-round'), seen('transitions-complete'), seen('hooked-calls')], strategy).toEqual([1, 1, 1, 1, hooked]);
    }
  }
});

// Where the control hook's run is complete before the turn, nothing but the strategy's own run has the fork in it: here the walker refuses the first task's trace, on which a kretprobe's trampoline is.
test('forked in a transition that only the strategy has under way still', () => {
  const text = "Z:M -> 1 local B\nB:M patched\nD:M\nsleep B'\nkretprobe B\nsecond D\noff 2\ntask 2 runs D\ntask 3 runs D\ntransition 1 at 1 callee+3 enable 2\n"
    + 'transition 2 of task2 at 0 callee+3 disable 2\nfork 3 of task2 at 0 callee+4';
  for (const strategy of ['mini-frame', 'manual-restore', 'livepatch-stack-unwound', 'shadow-stack-parallel']) {
    expect(judged(text, strategy), strategy).toBe('holds');
    expect([seen('forks'), seen('held-asleep'), seen('transitions-turned-round')], strategy).toEqual([1, 1, 1]);
  }
  // Its trace leads past the trampoline, so the first task is switched.
  expect(judged(text, 'livepatch-stack')).toBe('holds');
  expect([seen('forks'), seen('held-asleep'), seen('transitions-turned-round')]).toEqual([1, 0, 0]);
});

test('the generator finds it, and without the fork nothing is broken', () => {
  const arbitrary = scenarioArbitrary({ features: ['local', 'global', 'nested', 'callback', 'sleep', 'preempt', 'tasks'], functions: 5 });
  let found = 0, forked = 0;
  for (let run = 0; run < 4_000; run += 1) {
    const scenario = scenarioAt(arbitrary, 41n, Math.floor(run / 500), run % 500);
    if (scenario.world?.forks === undefined) continue;
    forked += 1;
    if (outcome(scenario, 'inherited') === 'holds') continue;
    expect(outcome(scenario, 'anew')).toBe('holds');
    const { forks: _, ...rest } = scenario.world;
    expect(outcome(withWorld(scenario, rest), 'inherited')).toBe('holds');
    found += 1;
  }
  expect(forked).toBeGreaterThan(100);
  expect(found).toBeGreaterThan(5);
});

const outcome = (scenario: Scenario, strategy: string): string => {
  trials.load(scenario);
  return trials.run(STRATEGIES.findIndex(({ name }) => name === strategy)).outcome;
};
