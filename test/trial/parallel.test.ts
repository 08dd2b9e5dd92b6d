// `shadow-stack-parallel`, which claims to hold without any assumption: each hole of the other sound-looking strategies, the one part of it that closes the hole, and
// what it gives back when that part is taken out. And what each other way to have room gives up.
import { expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { hasStackRoom, siblingChain } from '../../src/scenario/premises.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { returnStack } from '../../src/strategies/return-stack.ts';
import { shadowStackParallel } from '../../src/strategies/shadow-stack-parallel.ts';
import { golden } from './golden.ts';

/** Another strategy of the same shape, with a piece of its text exchanged; a piece that is not there is a mistake of this file. */
function variant(of: Strategy, name: string, changes: readonly (readonly [from: string, to: string])[], rest: Partial<Strategy> = {}): Strategy {
  const change = (text: string): string => changes.reduce((all, [from, to]) => all.replace(from, to), text);
  const code = Object.fromEntries(Object.entries(of.code).map(([point, text]) => [point, change(text as string)]));
  for (const [from] of changes) if (!Object.values(of.code).some((text) => (text as string).includes(from))) throw new Error(`${name}: no '${from}'`);
  return { ...of, name, code, ...rest };
}

const { recovers: _, ...unheard } = shadowStackParallel;
const STRATEGIES = [
  ...BUILT_IN,
  variant(shadowStackParallel, 'without-slot', [['        std     r12, FRAME_TOC(r1)\n', '']]),
  variant(shadowStackParallel, 'without-owed', [['        bnectr\n', '']]),
  variant(shadowStackParallel, 'without-end', [['        std     r12, kept+8(r1)\n        blr', '        blr']]),
  { ...unheard, name: 'without-unwinder' },
  // What is kept in the entry's last doubleword is a TOC, no return address.
  { ...shadowStackParallel, name: 'wrong-entry', recovers: { ...shadowStackParallel.recovers!, offset: -8 } },
  // The next frame's piece, 32 bytes further down the stack.
  variant(shadowStackParallel, 'beside-itself', [['std     r2, kept(r1)', 'std     r2, kept-32(r1)'], ['ld      r2, kept(r1)', 'ld      r2, kept-32(r1)']]),
  variant(returnStack, 'trap-when-full', [['ret_full:\n', 'ret_full:\n        trap\n'], ['ret_full_ool:\n', 'ret_full_ool:\n        trap\n']]),
];
const { judged, seen } = golden(STRATEGIES);

const STYLES = ['', '\nout-of-line'];

test('a stub sibling call out of the replacement: the slot comes back', () => {
  const text = 'A:N -> global B\nB:M patched -> stub-sibling D\nD:N';
  for (const style of STYLES) {
    expect(judged(`${text}${style}`, 'shadow-stack-parallel')).toBe('holds');
    expect(judged(`${text}${style}`, 'without-slot')).toMatch(/^toc/);
    expect(judged(`${text}${style}`, 'livepatch-stack-unwound')).toMatch(/^toc/);
    expect(judged(`${text.replace('stub-sibling', 'global')}${style}`, 'without-slot')).toBe('holds');
  }
});

/** A chain that ends in a sleeper; the tracer's hooks lie below the strategy's, inside it, and between two of them. */
const CHAIN = `
  A:N -> global B
  B:M patched traced -> stub-sibling D
  D:N patched traced -> global E
  E:K
  sleep E walked`;
test.each(['', 'graph B', 'graph D', "graph B'", "graph B; graph B'; graph D; graph D'"])('two hooks at one r1 owe one return: %s', (hooks) => {
  for (const style of STYLES) {
    expect(judged(`${CHAIN}\n${hooks}${style}`, 'shadow-stack-parallel')).toBe('holds');
    expect(seen('walks-under-hook')).toBe(1);
    // The second one writes over what the first has kept: its own return address, to which it then returns for ever.
    expect(judged(`${CHAIN}\n${hooks}${style}`, 'without-owed')).not.toBe('holds');
  }
});

test('what stays behind is taken for a return that is owed', () => {
  const twice = 'A:M -> local B, local B\nB:M patched';
  for (const style of STYLES) {
    expect(judged(`${twice}${style}`, 'shadow-stack-parallel')).toBe('holds');
    expect(judged(`${twice}${style}`, 'without-end')).toBe('toc');
  }
});

test('an unwinder that knows where to look finds every caller, through the graph tracer too', () => {
  const nested = "Z:M -> local A\nA:M patched -> global B\nB:M patched\nsleep B' walked";
  for (const hooks of ['', '\ngraph A', "\ngraph A; graph A'; graph B"]) {
    expect(judged(`${nested}${hooks.replace("graph A'", '')}`, 'shadow-stack-parallel')).toBe('holds');
    expect(judged(`${nested}${hooks.replace("graph A'", '')}`, 'without-unwinder')).toBe('reliable-trace');
  }
  const second = "Z:M -> local A\nA:M -> local B\nB:M patched\nsleep B'\nsecond A\noff 2\ntransition 1 at 2 callee+2 enable 2";
  expect(judged(second, 'shadow-stack-parallel')).toBe('holds');
  expect(judged(second, 'without-unwinder')).toBe('consistency');
});

test('a transition that concerns nobody on the stack is not kept waiting: the trace through the hook is a reliable one', () => {
  const other = "Z:M -> 2 local A, 3 local C\nA:M -> 1 local B\nB:M patched\nC:M\nsleep B'\nsecond C\noff 2\ntransition 1 at 1 callee+2 enable 2";
  for (const style of STYLES) {
    expect(judged(`${other}${style}`, 'shadow-stack-parallel')).toBe('holds');
    expect([seen('looked-at-under-hook'), seen('switched-asleep'), seen('transitions-complete')]).toEqual([1, 1, 1]);
    // An entry that leads nowhere makes every trace an unreliable one. To the walker that is no fault; it keeps each transition waiting until nobody is in a hooked call.
    expect(judged(`${other}${style}`, 'wrong-entry')).toBe('recoverable');
    expect([seen('looked-at-under-hook') > 0, seen('held-asleep') > 0, seen('switched-asleep')]).toEqual([true, true, 0]);
  }
});

test('an idle task that begins again, and a new task on an old stack, find nothing', () => {
  const call = 'A:M -> 1 local B, 2 local B\nB:M patched -> 3 global E\nE:N';
  // In its first hooked call the task ends; begun again, it makes a hooked call of the same frame.
  for (const again of ['', ' again new', ' again same']) {
    for (const hooks of ['', '\ngraph B']) {
      expect(judged(`${call}${hooks}\nexit 1 at 1 callee+16${again}`, 'shadow-stack-parallel'), again + hooks).toBe('holds');
      expect([seen('exits-under-hook'), seen('stacks-reused')]).toEqual([1, again === ' again same' ? 1 : 0]);
    }
  }
});

const IRQ = 'A:M -> local B\nB:M patched\nH:N -> local I\nI:N patched';
test('an interrupt at every instruction of the hook, on each kind of stack', () => {
  for (const style of STYLES) {
    for (const stack of ['', ' own-stack', ' own-stack\nemergency 1']) {
      for (const region of ['hook-entry', 'hook-return']) {
        for (let step = 0; step < 12; step++) {
          expect(judged(`${IRQ}\nirq 1 at 1 ${region}+${step} runs H${stack}${style}`, 'shadow-stack-parallel')).toBe('holds');
        }
      }
    }
  }
  expect(judged(`${IRQ}\nirq 1 at 1 hook-entry+4 runs H own-stack\nemergency 1`, 'shadow-stack-parallel')).toBe('holds');
  expect(seen('hooked-on-emergency-stack')).toBe(1);
});

test('what belongs to another frame is not the hook\'s to write', () => {
  expect(judged(IRQ, 'beside-itself')).toBe('frame-condition');
  expect(judged(`${IRQ}\nirq 1 at 1 hook-entry+9 runs H own-stack\nemergency 1`, 'beside-itself')).toBe('frame-condition');
});

/** A recursion that fits its stack with nothing more on it. */
const deep = (limit: number, saves: number): string => `A:M -> local B\nB:M patched -> global C x${limit}\nC:M saves ${saves} -> local B x${limit}`;
test('overflow: whatever is kept on the stack itself gives up stack room, and a program is there to show it', () => {
  const text = deep(62, 17);
  expect(hasStackRoom(parseScenario(text))).toBe(false);
  expect(['livepatch-stack', 'livepatch-stack-unwound', 'shadow-stack-r1-masked', 'mini-frame'].map((name) => judged(text, name)))
    .toEqual(['hook-balance', 'hook-balance', 'hook-balance', expect.stringMatching(/^(?!holds|program)/)]);
  for (const style of STYLES) expect(judged(`${text}${style}`, 'shadow-stack-parallel')).toBe('holds');
});

test('overflow: an array of fewer entries gives up the TOC, or progress, where it is full', () => {
  const text = deep(66, 1);
  expect(hasStackRoom(parseScenario(text))).toBe(true);
  for (const style of STYLES) {
    expect(judged(`${text}${style}`, 'return-stack')).toBe('toc');
    expect(judged(`${text}${style}`, 'trap-when-full')).toBe('progress');
    expect(judged(`${text}${style}`, 'shadow-stack-parallel')).toBe('holds');
  }
});

/** Sibling calls give their frame back, so an array that calls fill is never large enough; one that has a place for each frame is. */
test('overflow: any number of pending hooked returns at one r1', () => {
  const text = 'A:N -> global B\nB:M patched -> stub-sibling D x150\nD:N patched -> stub-sibling B x150';
  expect(siblingChain(parseScenario(text))).toBeGreaterThan(250);
  for (const style of STYLES) expect(judged(`${text}${style}`, 'shadow-stack-parallel')).toBe('holds');
});

test('nobody else has memory there: a hook without it that goes beyond its stack finds nothing', () => {
  const astray: Strategy = { name: 'astray', summary: '', origin: '', claim: { kind: 'holds', assuming: [] }, code: { livepatch_handler: 'livepatch_handler: std r2, 0x4000(r1); mfctr r12; bctr' } };
  const both = golden([astray, shadowStackParallel]);
  expect(both.judged(IRQ, 'shadow-stack-parallel')).toBe('holds');
  expect(both.judged(IRQ, 'astray')).toBe('frame-condition progress');
  expect(both.judged(IRQ, 'shadow-stack-parallel')).toBe('holds');
});
