/** Functions that are hooked out of line, and tracing that is switched off: golden cases, each failing for the right reason and holding when its one event is taken out. */
import { describe, expect, test } from 'vitest';
import { hooksOutOfLine } from '../../src/contract/strategy.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { validateStrategy } from '../../src/contract/validate-strategy.ts';
import { FTRACE_ENTRY } from '../../src/kernel/ftrace.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { golden } from './golden.ts';

const named = (name: string): Strategy => BUILT_IN.find((it) => it.name === name)!;
const stack = named('livepatch-stack');

/** livepatch-stack with other text in one place, once. */
function altered(name: string, point: 'livepatch_handler_ool' | 'ftrace_entry', from: string, to: string): Strategy {
  const text = stack.code[point] ?? FTRACE_ENTRY;
  expect(text.split(from)).toHaveLength(2);
  return validateStrategy({ ...stack, name, code: { ...stack.code, [point]: text.replace(from, to) } });
}

const WRONG = [
  // LR is the replacement, not the way back.
  altered('lr-is-no-return', 'livepatch_handler_ool', '        std     r0, -16(r11)\n', '        mflr    r12\n        std     r12, -16(r11)\n'),
  // r0 is the return address, not the replacement.
  altered('r0-is-no-target', 'livepatch_handler_ool', '        mflr    r12\n        mtctr   r12\n', '        mr      r12, r0\n        mtctr   r12\n'),
  altered('as-in-line', 'livepatch_handler_ool', '        mflr    r12\n        mtctr   r12\n', '        mfctr   r12\n'),
  altered('no-test', 'ftrace_entry', '        lbz     r3, PACA_FTRACE_ENABLED(r13)\n        cmpdi   r3, 0\n        beq     ftrace_no_trace\n', ''),
  altered('inverted', 'ftrace_entry', '        beq     ftrace_no_trace\n', '        bne     ftrace_no_trace\n'),
  altered('no-return-address', 'ftrace_entry', '        mtlr    r0\n        ld      r3, GPR3(r1)\n', '        ld      r3, GPR3(r1)\n'),
  altered('r3-lost', 'ftrace_entry', '        mtlr    r0\n        ld      r3, GPR3(r1)\n', '        mtlr    r0\n'),
];
const STRATEGIES = [...BUILT_IN, ...WRONG];
const { trials, index, judged, seen } = golden(STRATEGIES);

/** Hooked functions of vmlinux, of modules near and far; of each shape; traced ones; one that is handed on. */
const ALL = `
  places N=1 P=1
  A:M -> local B, global C, indirect D, local E, global F, local Z
  B:M args 10 patched traced saves 2 -> global F
  C:K args 2 variadic patched -> stub-sibling G
  D:N single patched
  E:M args 10 traced -> sibling B
  F:N patched clobber
  G:K traced zone
  Z:M zone patched zone`;

describe('out of line', () => {
  test('all but odd-toc hook so, and odd-toc is not applicable', () => {
    expect(BUILT_IN.filter((it) => !hooksOutOfLine(it)).map(({ name }) => name)).toEqual(['odd-toc']);
    expect(judged('A:M -> local B; B:M patched\nout-of-line', 'odd-toc')).toBe('not-applicable');
    expect(() => trials.run(index('odd-toc'))).toThrow('odd-toc has no code for functions that are hooked out of line');
    expect(judged('A:M -> local B; B:M patched', 'odd-toc')).toBe('reserved-word');
  });

  test('hooked functions of every kind, near and far', () => {
    const without = ALL.replace(' -> stub-sibling G', ' -> global G');
    expect(judged(`${without}\nout-of-line`, 'livepatch-stack')).toBe('holds');
    expect(seen('hooked-calls')).toBe(8);
    expect(seen('hooked-out-of-line')).toBe(8);
    expect(seen('traced-replacements')).toBe(2);
    expect(judged(without, 'livepatch-stack')).toBe('holds');
    expect([seen('hooked-calls'), seen('hooked-out-of-line')]).toEqual([8, 0]);
  });

  test('one instruction at the entry, and the sequence in a stub behind the function', () => {
    trials.load(parseScenario('A:M -> local B; B:M patched; C:K traced\nout-of-line'));
    const seenAt: string[] = [];
    trials.record(index('livepatch-stack'), ({ symbol, text }) => { seenAt.push(`${symbol}: ${text.replace(/ +(c0[0-9a-f]+ )?/, ' ')}`); });
    const from = seenAt.findIndex((it) => it.startsWith('f1+0x8'));
    expect(seenAt.slice(from, from + 3)).toEqual(['f1+0x8 [M]: b <stub.ftrace.f1 [M]>', 'stub.ftrace.f1 [M]: mflr r0', 'stub.ftrace.f1+0x4 [M]: bl <stub.ftrace [M]>']);
    expect(seenAt.some((it) => it.startsWith('livepatch_handler_ool'))).toBe(true);
  });

  test('a traced function that is not patched goes on behind the patched instruction', () => {
    for (const module of ['M', 'K', 'N']) {
      expect(judged(`A:${module} -> local B; B:${module} traced args 10 -> local C; C:${module}\nout-of-line`, 'livepatch-stack')).toBe('holds');
    }
    const steps: string[] = [];
    trials.record(index('livepatch-stack'), ({ symbol }) => { steps.push(symbol); });
    const back = steps.indexOf('stub.ftrace.f1+0x8 [N]');
    expect(steps.slice(back, back + 3)).toEqual(['stub.ftrace.f1+0x8 [N]', 'stub.ftrace.f1+0xc [N]', 'f1+0xc [N]']);
  });

  const LOCAL = 'A:M -> local B; B:M patched -> global E; E:N';
  test.each([
    ['lr-is-no-return', /return-address|progress/], ['r0-is-no-target', 'hook-balance'], ['as-in-line', /return-address|progress/],
  ] as const)('a wrong register in the handler is caught: %s', (strategy, expected) => {
    expect(judged(`${LOCAL}\nout-of-line`, strategy)).toMatch(expected);
    expect(judged(LOCAL, strategy)).toBe('holds');
  });

  test('the known-bad orders show there as well, under an interrupt', () => {
    const irq = (region: string, step: number): string => `A:M -> local B; B:M patched; H:N -> local I; I:N patched; irq 1 at 1 ${region}+${step} runs H\nout-of-line`;
    const broken = (strategy: string): string[] => ['hook-entry', 'hook-return'].flatMap((region) =>
      Array.from({ length: 14 }, (_, step) => (judged(irq(region, step), strategy) === 'holds' ? [] : [`${region}+${step}`])).flat());
    expect(broken('livepatch-stack')).toEqual([]);
    // From behind the store of r2 up to the pointer's; the marker is the same whoever writes it.
    expect(broken('livepatch-stack-late-publish')).toEqual(['hook-entry+6', 'hook-entry+7', 'hook-entry+8', 'hook-entry+9']);
    expect(broken('livepatch-stack-early-release').length).toBeGreaterThan(2);
  });

  test('differential: what holds in one style is compared in the other', () => {
    expect(judged('A:M -> local B; B:M args 9 patched same\nout-of-line', 'livepatch-stack')).toBe('holds');
    expect(seen('differential-runs')).toBe(1);
  });
});

describe('tracing is off', () => {
  const TWO = 'A:M -> local B, local B; B:M patched saves 1 -> global E; E:N';
  const styles = ['', '\nout-of-line'];

  test.each(styles)('the original runs, and again the replacement when it is on%s', (style) => {
    expect(judged(`${TWO}\ntracing off at 1 caller+0${style}`, 'livepatch-stack')).toBe('holds');
    expect([seen('hooked-calls'), seen('untraced-calls'), seen('tracing-switched')]).toEqual([0, 2, 1]);
    expect(judged(`${TWO}\ntracing off at 1 caller+0\ntracing on at 2 caller+0${style}`, 'livepatch-stack')).toBe('holds');
    expect([seen('hooked-calls'), seen('untraced-calls'), seen('tracing-switched')]).toEqual([1, 1, 2]);
    // The other CPU's byte is nobody's business here.
    expect(judged(`${TWO}\ntracing off at 1 caller+0 on cpu 1${style}`, 'livepatch-stack')).toBe('holds');
    expect([seen('hooked-calls'), seen('untraced-calls')]).toEqual([2, 0]);
  });

  test.each(styles)('every strategy, while a task is before, in, and behind the test and inside the call%s', (style) => {
    for (const { name, claim } of BUILT_IN) {
      if (claim.kind !== 'holds') continue;
      for (const region of ['caller', 'ftrace-entry', 'hook-entry', 'callee', 'hook-return']) {
        for (let step = 0; step < (region === 'ftrace-entry' ? 28 : 10); step += 1) {
          expect(judged(`${TWO}\ntracing off at 1 ${region}+${step}${style}`, name), `${name} ${region}+${step}`).toBe('holds');
        }
      }
    }
  });

  test('the pending return works when tracing goes off under it: no second hook, one pop', () => {
    expect(judged(`${TWO}\ntracing off at 1 callee+3`, 'livepatch-stack')).toBe('holds');
    expect([seen('hooked-calls'), seen('untraced-calls'), seen('tracing-switched-under-hook')]).toEqual([1, 1, 1]);
  });

  test('it is the test that decides: before its load, and behind it', () => {
    // Two instructions of the stub to ftrace, and the entry up to its `lbz`: both are counted in the region.
    const last = Array.from({ length: 60 }, (_, step) => step).filter((step) => {
      judged(`A:M -> local B; B:M patched\ntracing off at 1 ftrace-entry+${step}`, 'livepatch-stack');
      return seen('untraced-calls') === 1;
    });
    // ld, addis, addi, mtctr, bctr of the stub; two stdu, nine stores of arguments and r0, one of the return address; lbz.
    expect(last).toEqual(Array.from({ length: 18 }, (_, step) => step));
  });

  test('migration: it is the byte of the CPU on which ftrace entry asks', () => {
    const text = 'A:M -> local B; B:M patched\ntracing off at 1 caller+0 on cpu 1';
    expect(judged(text, 'livepatch-stack')).toBe('holds');
    expect(seen('untraced-calls')).toBe(0);
    expect(judged(`${text}\nswitch 1 at 1 ftrace-entry+2 to cpu 1`, 'livepatch-stack')).toBe('holds');
    expect(seen('untraced-calls')).toBe(1);
    expect(judged(`${text}\nswitch 1 at 1 ftrace-entry+20 to cpu 1`, 'livepatch-stack')).toBe('holds');
    expect(seen('untraced-calls')).toBe(0);
  });

  test('odd-toc has made r2 right by then', () => {
    expect(judged('A:M -> global B; B:N patched -> global C; C:N\ntracing off at 1 caller+0', 'odd-toc')).toBe('holds');
    expect(seen('untraced-calls')).toBe(1);
  });

  const OFF = 'A:M -> local B; B:M args 2 patched\ntracing off at 1 caller+0';
  test.each([
    ['no-test', 'replacement-ran'], ['inverted', 'replacement-ran'], ['no-return-address', 'arguments'], ['r3-lost', 'arguments'],
  ] as const)('an ftrace entry that is wrong there is caught: %s', (strategy, expected) => {
    expect(judged(OFF, strategy)).toMatch(expected);
    expect(judged(OFF.replace(/\n.*/, ''), strategy)).toBe(strategy === 'inverted' ? 'replacement-ran' : 'holds');
  });

  test('a run says when', () => {
    trials.load(parseScenario(`${TWO}\ntracing off at 1 caller+0\ntracing on at 2 caller+0`));
    const notes: string[] = [];
    trials.record(index('livepatch-stack'), (step) => { notes.push(...step.notes.filter((it) => it.startsWith('tracing'))); });
    expect(notes).toEqual(['tracing switched off on CPU 0', 'tracing switched on on CPU 0']);
  });
});
