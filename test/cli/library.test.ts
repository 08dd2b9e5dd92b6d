// The library's face: what README and ARCHITECTURE promise to a test suite of someone else's.
import { assert, check } from 'fast-check';
import { expect, test } from 'vitest';
import { BUILT_IN, FEATURES, Trials, assemble, decodeToken, parseStrategyText, printScenario, strategyHolds } from '../../src/index.ts';
import type { Strategy } from '../../src/index.ts';

const named = (name: string): Strategy => BUILT_IN.find((it) => it.name === name)!;

test('a claim as a property', () => {
  assert(strategyHolds(named('livepatch-stack')), { numRuns: 200, seed: 1 });
  assert(strategyHolds(named('mini-frame'), { features: FEATURES.filter((it) => !it.startsWith('interrupt')) }), { numRuns: 200, seed: 1 });
  const result = check(strategyHolds(named('branch-only')), { numRuns: 200, seed: 1 });
  expect(result.failed).toBe(true);
  expect(result.errorInstance).toMatchObject({ message: expect.stringMatching(/^branch-only breaks toc: /) });
  expect(result.counterexample?.[0].functions.length).toBeLessThanOrEqual(3);
  assert(strategyHolds(named('branch-only'), { except: ['toc', 'toc-slot'] }), { numRuns: 50, seed: 1 });
});

test("a strategy's text, a token, a trial, a scenario in words, assembly", () => {
  const mine = parseStrategyText('livepatch_handler:\n        mfctr   r12\n        bctr\n', 'mine.s');
  const { scenario } = decodeToken('toc1-4d5Zf1JK');
  const trials = new Trials([mine, named('livepatch-stack')]);
  trials.load(scenario);
  expect(trials.run(0).outcome).toBe('violated');
  expect(trials.run(1).outcome).toBe('holds');
  expect(printScenario(scenario)).not.toBe('');
  expect([...assemble('nop', { base: 0n }).words]).toEqual([0x60000000]);
});
