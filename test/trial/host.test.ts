// The host side: the callback changes everything that C code may change, and the control hook puts back everything that it must.
import { expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import { ftraceEntry } from '../../src/kernel/ftrace.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const stack = BUILT_IN.find(({ name }) => name === 'livepatch-stack')!;

/** livepatch-stack that takes its return address from `register` (set at the start of ftrace entry) instead of from LR. */
const relying = (name: string, first: string, restore: string): Strategy => ({
  ...stack, name,
  code: { ...stack.code, ftrace_entry: ftraceEntry({ first, restore }) },
});

function verdict(strategy: Strategy, scenario: string): string {
  const trials = new Trials([strategy]);
  trials.load(parseScenario(scenario));
  return trials.run(0).violations.map(({ obligation }) => obligation).join(' ') || 'holds';
}

const LOCAL = 'A:M -> local B; B:M args 1 patched';

test('nothing volatile survives the callback', () => {
  // Each keeps the TOC pointer somewhere that a C function may change, and takes it from there for the frame's copy that the exit loads.
  const back = '        std     r11, FRAME_TOC(r1)\n';
  expect(verdict(relying('in-r12', '        mr      r12, r2\n', `        mr      r11, r12\n${back}`), LOCAL)).not.toBe('holds');
  expect(verdict(relying('in-ctr', '        mtctr   r2\n', `        mfctr   r11\n${back}`), LOCAL)).not.toBe('holds');
  expect(verdict(relying('below-r1', '        std     r2, -8-FTRACE_FRAMES(r1)\n', `        ld      r11, -8(r1)\n${back}`), LOCAL)).not.toBe('holds');
  expect(verdict(relying('in-the-frame', '', `        ld      r11, FRAME_TOC(r1)\n${back}`), LOCAL)).toBe('holds');
});

test('the control hook saves every program of the kind that breaks livepatch-stack', () => {
  const scenario = 'Z:N hoisted -> global A, indirect A; A:M -> sibling B; B:M patched -> stub-sibling D; D:K patched -> stub-sibling E; E:N';
  expect(verdict(stack, scenario)).toBe('toc-slot');
  const trials = new Trials([]);
  trials.load(parseScenario(scenario));
  expect(trials.runControl().outcome).toBe('holds');
});

test('the patches are off in the unpatched run', () => {
  const trials = new Trials([stack]);
  trials.load(parseScenario('A:M -> local B; B:M patched -> global D, global D, global D; D:K'));
  const patched = trials.run(0).instructions;
  expect(trials.runUnpatched().instructions).toBeLessThan(patched);
});
