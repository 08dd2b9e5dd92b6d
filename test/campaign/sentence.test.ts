import { expect, test } from 'vitest';
import { sentenceOf } from '../../src/campaign/sentence.ts';
import type { Violation } from '../../src/contract/verdict.ts';
import { builtIn, strategyOf } from '../faults/fault.ts';
import { ONE_OBLIGATION } from '../faults/one-obligation.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { Trials } from '../../src/trial/trials.ts';

/** The strategy's (or the fault's) first violation of the obligation on a scenario, as a sentence. */
function said(strategy: string, obligation: Violation['obligation'], text: string): string {
  const fault = ONE_OBLIGATION.find(({ name }) => name === strategy);
  const trials = new Trials([fault === undefined ? builtIn(strategy) : strategyOf(fault)]), scenario = parseScenario(text);
  trials.load(scenario);
  const found = trials.run(0).violations.find((it) => it.obligation === obligation);
  return found === undefined ? 'none' : sentenceOf(found, scenario, { at: 'there' });
}

test('a trace that lacks a caller is another thing than a run that differs', () => {
  expect(said('livepatch-stack', 'reliable-trace', "A:M -> local B; B:M patched; sleep B' walked"))
    .toMatch(/^In the local call 1 of f1 by f0, at there: a trace of the sleeping task that is called reliable does not list 0x[0-9a-f]{16}, to which it is still to return\.$/);
  expect(said('only-recoverable', 'recoverable', 'A:M -> local B; B:M patched'))
    .toMatch(/^In the local call 1 of f1 by f0, at there: by what the strategy declares, the return address in LR leads to 0x[0-9a-f]{16}, expected 0x[0-9a-f]{16}, to which it is still to return\.$/);
  expect(said('branch-only', 'toc', 'A:M -> local B; B:M patched')).toMatch(/^In the local call 1 of f1 by f0, at there: r2 is 0x[0-9a-f]{16}, expected 0x[0-9a-f]{16}/);
});
