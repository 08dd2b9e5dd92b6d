// An entry whose frames link to nowhere while it runs: nobody sees it but the calls of a handler that has interrupted it.
import { expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import { FTRACE_ENTRY } from '../../src/kernel/ftrace.ts';
import { proveStrategy } from '../../src/prove/prove.ts';
import { Texts } from '../../src/prove/texts.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Trials } from '../../src/trial/trials.ts';

const ftrace_entry = FTRACE_ENTRY.replace('stdu    r1, -CALLEE_FRAME(r1)', 'stdu    r6, -CALLEE_FRAME(r1)');
const unlinked: Strategy = { ...livepatchStack, name: 'unlinked', code: { ...livepatchStack.code, ftrace_entry } };

test('a proof asks for a chain of frames where interrupts may come, as the judge does', () => {
  expect(ftrace_entry).not.toBe(FTRACE_ENTRY);
  const flaws = (strategy: Strategy, ...more: 'interrupt'[]): string[] => proveStrategy(strategy, new Texts(strategy), { features: ['local', ...more], premises: new Set(['stack-room']) }).flaws.map((it) => (it.kind === 'failure' ? it.failure.obligation : it.kind));
  expect([flaws(unlinked), flaws(livepatchStack, 'interrupt')]).toEqual([[], []]);
  expect(new Set(flaws(unlinked, 'interrupt'))).toEqual(new Set(['back-chain']));

  const trials = new Trials([unlinked]), found = (text: string): string[] => { trials.load(parseScenario(text)); return trials.run(0).violations.map(({ obligation }) => obligation); };
  expect(found('A:M -> 1 local B; B:M patched')).toEqual([]);
  expect(found('A:M -> 1 local B; B:M patched; H:M -> 2 local J; J:M; irq 1 at 1 ftrace-entry+30 runs H')).toEqual(['back-chain']);
});
