// Soft irq stacks, and "a push and a pop on different stacks": which stack a handler is on, what each strategy makes of it, and what would have to happen for r1 to be on another stack
// at a pop than at its push.
import { expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import { PAGE } from '../../src/image/pages.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { shadowStackR1Masked } from '../../src/strategies/shadow-stack-r1-masked.ts';
import { golden } from './golden.ts';

/** The pop looks at the task's own stack, whichever r1 is on: what a push and a pop on different stacks come to. */
const ELSEWHERE: Strategy = {
  ...shadowStackR1Masked, name: 'elsewhere',
  code: { ...shadowStackR1Masked.code, livepatch_return: shadowStackR1Masked.code.livepatch_return!.replace('clrrdi  r12, r1, 14', 'ld      r12, PACACURRENT(r13)\n        ld      r12, TI_stack(r12)') },
};
const { trials, judged, seen } = golden([...BUILT_IN, ELSEWHERE]);

const CALL = `
  A:M -> local B
  B:M patched
  H:N -> local I
  I:N patched`;
const SOFT = `${CALL}
  irq 1 at 1 hook-entry+6 runs H own-stack
  softirq 1`;
const SOUND = ['livepatch-stack', 'livepatch-stack-unwound', 'return-stack', 'shadow-stack-per-cpu', 'shadow-stack-r1-masked', 'mini-frame', 'shadow-stack-parallel'];

test('a soft irq has the soft irq stack of its CPU, which has a thread_info', () => {
  for (const strategy of SOUND) {
    expect(judged(SOFT, strategy), strategy).toBe('holds');
    expect([seen('soft-irqs'), seen('hooked-on-soft-irq-stack'), seen('irq-stack-runs')]).toEqual([1, 1, 1]);
  }
  expect(judged(SOFT.replace('softirq 1', ''), 'livepatch-stack')).toBe('holds');
  expect([seen('soft-irqs'), seen('hooked-on-soft-irq-stack')]).toEqual([0, 0]);
  expect(judged(SOFT.replace('softirq 1', 'emergency 1'), 'shadow-stack-r1-masked')).toBe('frame-condition progress');
});

test('where it was: the stack of the CPU that the task is on, and no other', () => {
  const written = (text: string): boolean[] => {
    trials.load(parseScenario(text));
    trials.run(BUILT_IN.findIndex(({ name }) => name === 'livepatch-stack'));
    const { dirty } = trials.engine.space;
    return [PAGE.IRQ_STACK, PAGE.IRQ_STACK1, PAGE.EMERGENCY_STACK, PAGE.SOFTIRQ_STACK, PAGE.SOFTIRQ_STACK1].map((page) => dirty.subarray(page * 4, page * 4 + 4).some((it) => it !== 0));
  };
  expect(written(SOFT)).toEqual([false, false, false, true, false]);
  expect(written(`${SOFT}\nswitch 1 at 1 hook-entry+2 to cpu 1`)).toEqual([false, false, false, false, true]);
  // do_IRQ: already on a stack of the CPU's own, a hard interrupt stays on it; so does whatever comes in a hard handler.
  const nested = `${SOFT}\nirq 2 in 1 at 0 callee+1 runs H own-stack`;
  expect(written(nested)).toEqual([false, false, false, true, false]);
  expect(written(nested.replace('softirq 1', 'softirq 2'))).toEqual([true, false, false, false, false]);
});

test('at every instruction of the hook, alone and with a hard interrupt in it', () => {
  for (const more of ['', '\nirq 2 in 1 at 0 callee+6 runs H own-stack', '\nirq 2 in 1 at 0 callee+6 runs H own-stack\nsoftirq 2']) {
    for (const region of ['hook-entry', 'hook-return']) {
      for (let step = 0; step < 14; step++) {
        for (const strategy of ['livepatch-stack', 'shadow-stack-r1-masked', 'shadow-stack-parallel']) {
          expect(judged(`${CALL}\nirq 1 at 1 ${region}+${step} runs H own-stack\nsoftirq 1${more}`, strategy)).toBe('holds');
        }
      }
    }
  }
});

test('the wrong orders are as wrong on the soft irq stack as on the others', () => {
  const text = `${CALL}\nirq 1 at 1 hook-entry+6 runs H own-stack`;
  expect([text, `${text}\nsoftirq 1`].map((it) => judged(it, 'livepatch-stack-late-publish'))).toEqual(['return-address', 'return-address']);
});

/** No kernel text moves a hooked call from one stack to another (docs/findings.md). What if one did: */
test('a pop that looks at another stack than its push is broken where the two differ, and only there', () => {
  expect(judged(CALL, 'elsewhere')).toBe('holds');
  expect(judged(SOFT.replace(' own-stack\n  softirq 1', ''), 'elsewhere')).toBe('holds');
  for (const stack of ['softirq 1', '']) expect(judged(SOFT.replace('softirq 1', stack), 'elsewhere')).not.toBe('holds');
});
