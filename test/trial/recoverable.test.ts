// Obligation `recoverable`: what a strategy declares of its label is asked for where a replacement is entered, where a hooked call is about to return and where a task
// sleeps, for each pending call. Wrong declarations, and code that does something else than declared, are seen at each of the three and by nothing else; right ones are not accused.
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import type { Recovers, Strategy } from '../../src/contract/strategy.ts';
import { satisfiesAll } from '../../src/scenario/premises.ts';
import { livepatchStackUnwound as unwound } from '../../src/strategies/livepatch-stack-unwound.ts';
import { miniFrame } from '../../src/strategies/mini-frame.ts';
import { returnStack } from '../../src/strategies/return-stack.ts';
import { shadowStackParallel as parallel } from '../../src/strategies/shadow-stack-parallel.ts';
import { Trials } from '../../src/trial/trials.ts';
import { golden } from './golden.ts';

/** The same code, other things declared. */
const declaring = (of: Strategy, name: string, recovers: Partial<Recovers>, more: Partial<Strategy> = {}): Strategy => ({ ...of, ...more, name, recovers: { ...of.recovers!, ...recovers } });

/** Other code: `from` is in each of these texts, and becomes `to`. */
function coded(of: Strategy, name: string, points: readonly ('livepatch_handler' | 'livepatch_handler_ool' | 'livepatch_return')[], from: string, to: string, more: Partial<Strategy> = {}): Strategy {
  const code = { ...of.code };
  for (const point of points) {
    if (!code[point]!.includes(from)) throw new Error(`${name}: no '${from}' in ${point}`);
    code[point] = code[point]!.replace(from, to);
  }
  return { ...of, name, code, ...more };
}
const HANDLERS = ['livepatch_handler', 'livepatch_handler_ool'] as const;

/** mini-frame that keeps the return address in entries of 8 bytes as well, and tells an unwinder of its helper. */
const OF_TASK = '        ld      r11, PACACURRENT(r13)\n        ld      r12, TI_livepatch_sp(r11)\n';
const framed = coded(
  coded(coded(miniFrame, 'framed', ['livepatch_handler'], 'mini_frame_push:\n', `mini_frame_push:\n${OF_TASK}        addi    r12, r12, 8\n        std     r12, TI_livepatch_sp(r11)\n        std     r0, -8(r12)\n`),
    'framed', ['livepatch_handler_ool'], 'mini_frame_push_ool:\n', `mini_frame_push_ool:\n${OF_TASK}        addi    r12, r12, 8\n        std     r12, TI_livepatch_sp(r11)\n        std     r0, -8(r12)\n`),
  'framed', ['livepatch_return'], '        ld      r2, 24(r1)\n', `${OF_TASK}        addi    r12, r12, -8\n        std     r12, TI_livepatch_sp(r11)\n        ld      r2, 24(r1)\n`,
  { pushes: [], pops: [], published: 'TI_livepatch_sp', recovers: { label: 'livepatch_return', cell: 'TI_livepatch_sp', bytes: 8, offset: -8 } },
);

/** Takes the address out of the newest entry while a replacement's body runs, and puts it back behind it. */
const NEWEST = '        ld      r12, PACACURRENT(r13)\n        ld      r11, TI_livepatch_sp(r12)\n';
const AWAY = {
  replacement_save: `replacement_save:\n${NEWEST}        ld      r0, -16(r11)\n        std     r0, -8(r1)\n        std     r1, -16(r11)\n`,
  replacement_exit: `replacement_exit:\n${NEWEST}        ld      r0, -8(r1)\n        std     r0, -16(r11)\n`,
};

/** Each is wrong in one way, and restores r2 and returns as it should. */
const WRONG: readonly Strategy[] = [
  declaring(unwound, 'offset', { offset: -24 }),
  declaring(unwound, 'cell', { cell: 'other' }, { state: [{ name: 'other', owner: 'task', bytes: 8 }] }),
  // What is declared to be the return address is r2, which lies where that was.
  coded(coded(coded(unwound, 'exchanged', ['livepatch_return'], 'ld      r12, -16(r11)', 'ld      r12, -24(r11)'), 'exchanged', ['livepatch_return'], 'ld      r2, -24(r11)', 'ld      r2, -16(r11)'),
    'exchanged', HANDLERS, 'std     r2, -24(r11)', 'std     r2, -16(r11)', {}),
  // The label is another one than the instruction that the replacement returns to.
  coded(unwound, 'astray', HANDLERS, 'bctrl\n', 'bctrl\n        nop\n'),
  { ...unwound, name: 'away', code: { ...unwound.code, ...AWAY } },
  declaring(parallel, 'frame-offset', { offset: -8 }),
  declaring(parallel, 'frame-size', { bytes: 16 }),
  declaring(parallel, 'frame-cell', { cell: 'spare' }, { state: [...parallel.state!, { name: 'spare', owner: 'frame', bytes: 8 }] }),
  // ret_top is an offset, not an address; and the label is not what bctrl leaves in LR.
  declaring(returnStack, 'array', { label: 'livepatch_return', cell: 'ret_top', bytes: 32, offset: -24 }),
  declaring(framed, 'own-frame', { offset: -16 }),
].map((it) => (it.name === 'exchanged' ? exchanged(it) : it));

/** The stores of the return address, to where r2 was. */
function exchanged(it: Strategy): Strategy {
  const first = coded(it, it.name, ['livepatch_handler'], 'std     r12, -16(r11)', 'std     r12, -24(r11)');
  return coded(first, it.name, ['livepatch_handler_ool'], 'std     r0, -16(r11)', 'std     r0, -24(r11)');
}

/** One entry is found, the one below it is not. */
const SIZE = declaring(unwound, 'size', { bytes: 32 });
/** The cell points behind the first entry that the task has made. */
const FIRST = coded(declaring(unwound, 'first', { cell: 'first' }, { state: [{ name: 'first', owner: 'task', bytes: 8 }] }), 'first', ['livepatch_handler'],
  '        mfctr   r12\n', '        ld      r12, PACACURRENT(r13)\n        ld      r0, first(r12)\n        cmpdi   r0, 0\n        bne     1f\n        std     r11, first(r12)\n1:\n        mfctr   r12\n');
/** The label is one of the handler's, in each text another one. */
const own = (style: string): Strategy => coded(coded(unwound, `own${style}`, ['livepatch_handler'], 'bctrl\n', 'bctrl\nback:\n        b       livepatch_return\n'),
  `own${style}`, ['livepatch_handler_ool'], 'bctrl\n', `bctrl\nback${style}:\n        b       livepatch_return\n`, { recovers: { ...unwound.recovers!, label: 'back' } });
const RIGHT = [unwound, parallel, framed, own('_ool')];

const { judged } = golden([...RIGHT, ...WRONG, SIZE, FIRST]);
const told = golden([...RIGHT, ...WRONG, SIZE, FIRST], ({ obligation, subject, call, edge, region }) => `${obligation}: ${subject} in the ${edge} call ${call}, ${region}`);
const STYLES = ['', '\nout-of-line'];
const LOCAL = 'A:M -> local B\nB:M patched';

test('right declarations hold, with frames between, and other return hooks below and inside', () => {
  const texts = [LOCAL, `Z:M -> local A\nA:M patched -> global B\nB:N patched -> 3 global D\nD:K patched\nsleep D'`, "A:M -> local B\nB:M patched traced -> global E\nE:N\nsleep E walked"];
  for (const text of texts) {
    for (const hooks of ['', '\ngraph B', '\nkretprobe B', "\ngraph B; graph B'", '\ngraph B; kretprobe B', '\ngraph B; kretprobe-first B']) {
      if (hooks.includes("'") && !text.includes('traced')) continue;
      for (const style of STYLES) for (const { name } of RIGHT) expect([text, hooks, name, judged(`${text}${hooks}${style}`, name)]).toEqual([text, hooks, name, 'holds']);
    }
  }
});

test.each(WRONG.map((it) => [it.name, it] as const))('%s: seen at the first hooked call, and by nothing else', (name) => {
  expect(judged(LOCAL, name)).toBe('recoverable');
  expect(judged(`${LOCAL}\nout-of-line`, name)).toBe('recoverable');
  expect(judged('A:M -> local B\nB:M', name)).toBe('holds');
});

test('out of line the label may be another one, if it is called like it', () => {
  const { judged: alone } = golden([own('_other')]);
  expect(alone(LOCAL, 'own_other')).toBe('holds');
  expect(alone(`${LOCAL}\nout-of-line`, 'own_other')).toBe('recoverable');
});

test('it is said which call, where its return address was found, and at which moment', () => {
  expect(told.judged(LOCAL, 'offset')).toBe('recoverable: LR in the local call 1, callee');
  expect(told.judged('A:M -> local B\nB:M patched -> 2 global D\nD:N patched', 'offset')).toBe('recoverable: LR in the local call 1, callee');
  // The frame of its own is in the way, and A's is not asked about.
  expect(told.judged(LOCAL, 'own-frame')).toBe('recoverable: LR in the local call 1, callee');
  // The entry is as declared when the replacement is entered, and is not when it ends.
  expect(told.judged(LOCAL, 'away')).toBe('recoverable: LR in the local call 1, hook-return');
});

test('an entry size that is wrong takes two pending calls: the older one is not found', () => {
  for (const style of STYLES) {
    expect(judged(`${LOCAL}${style}`, 'size')).toBe('holds');
    expect(told.judged(`A:M -> 1 local B\nB:M patched -> 2 global D\nD:N patched${style}`, 'size')).toBe('recoverable: the LR save doubleword in the local call 1, callee');
  }
});

test('while a task sleeps, whether its stack is walked or not', () => {
  const asleep = 'Z:M -> 3 local A\nA:M -> 1 local B\nB:M patched -> 2 global E\nE:N\nsleep E';
  for (const [walked, times] of [['', 0], [' walked', 1]] as const) {
    expect(told.judged(`${asleep}${walked}`, 'away')).toBe('recoverable: the LR save doubleword in the local call 1, callee');
    expect(told.seen('walks-under-hook')).toBe(times);
  }
});

test('two hooks at one r1: the label again, and then the address', () => {
  const text = 'A:N -> global B\nB:M patched traced -> stub-sibling D\nD:N patched traced -> global E\nE:K\nsleep E walked';
  for (const hooks of ['', '\ngraph D', "\ngraph B; graph B'; graph D; graph D'", '\nkretprobe D']) {
    for (const style of STYLES) {
      expect(judged(`${text}${hooks}${style}`, 'shadow-stack-parallel')).toBe('holds');
      // The caller's TOC doubleword is spoilt, no return address.
      expect(judged(`${text}${hooks}${style}`, 'livepatch-stack-unwound')).toMatch(/^toc-slot$|^toc$/);
      expect(judged(`${text}${hooks}${style}`, 'frame-offset')).toBe('recoverable');
    }
  }
});

test('a kretprobe that is to be returned to first ends the questions; the trampoline of another call is a wrong answer', () => {
  const nested = 'A:M -> 1 local B\nB:M patched -> 2 global D\nD:N patched';
  // The rule yields the task's first entry: right for B's call, whose trampoline it is; of D's it is no return.
  expect(told.judged(nested, 'first')).toBe('recoverable: LR in the global call 2, callee');
  expect(told.judged(`${nested}\nkretprobe B`, 'first')).toBe('recoverable: LR in the global call 2, callee');
  expect(told.judged(`${LOCAL}\nkretprobe B`, 'first')).toBe('holds');
});

test('an interrupt at each instruction of the hook, whose handler is hooked as well', () => {
  const text = 'A:M -> local B\nB:M patched\nH:N -> local I\nI:N patched -> global J\nJ:N patched';
  for (const style of STYLES) {
    for (const stack of ['', ' own-stack']) {
      for (const region of ['hook-entry', 'callee', 'hook-return']) {
        for (let step = 0; step < 14; step++) {
          for (const { name } of RIGHT) expect(judged(`${text}\nirq 1 at 1 ${region}+${step} runs H${stack}${style}`, name), `${name} ${region}+${step}${stack}${style}`).toBe('holds');
        }
      }
    }
  }
});

test('of what the dice throw: who declares rightly is never accused, within the claim and outside it, and is asked often', () => {
  const trials = new Trials([unwound, parallel, declaring(unwound, 'offset', { offset: -24 }), declaring(parallel, 'frame-offset', { offset: -8 })]);
  const arbitrary = scenarioArbitrary();
  const accused = [0, 0, 0, 0];
  let within = 0;
  for (let run = 0; run < 600; run++) {
    const scenario = scenarioAt(arbitrary, 41n, 0, run);
    trials.load(scenario);
    for (let i = 0; i < 4; i++) {
      if (!trials.applicable(i)) continue;
      const { violations } = trials.run(i);
      if (violations.some(({ obligation }) => obligation === 'recoverable')) accused[i]!++;
      else if (i === 0 && violations.length > 0 && !satisfiesAll(scenario, ['no-stub-sibling'])) within++;
    }
  }
  expect(accused.slice(0, 2)).toEqual([0, 0]);
  expect(within).toBeGreaterThan(20);
  for (const one of accused.slice(2)) expect(one).toBeGreaterThan(300);
});
