// What is run in strides is what is run step by step; and the order of the strategies is nobody's business.
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import type { Verdict } from '../../src/contract/verdict.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const text = ({ outcome, instructions, violations }: Verdict): string =>
  [outcome, instructions, ...violations.map((it) => `${it.obligation} ${it.address} ${it.call} ${it.place} ${it.subject} ${it.expected} ${it.found} ${it.step}`)].join('\n');

test('scenarios with interrupts: a run and its recording, alone and in the cheapest order', () => {
  const trials = new Trials(BUILT_IN), arbitrary = scenarioArbitrary();
  expect([...trials.order].sort((a, b) => a - b)).toEqual(BUILT_IN.map((_, index) => index));
  let interrupted = 0;
  for (let run = 0; interrupted < 60; run++) {
    const scenario = scenarioAt(arbitrary, 20160309n, 3, run);
    if (scenario.interrupts.length === 0) continue;
    interrupted++;
    trials.load(scenario);
    const found = new Map(trials.order.filter((strategy) => trials.applicable(strategy)).map((strategy) => [strategy, text(trials.run(strategy))]));
    for (const [strategy, verdict] of found) {
      expect(text(trials.follow(strategy, () => undefined))).toBe(verdict);
      trials.load(scenario);
      expect(text(trials.run(strategy))).toBe(verdict);
    }
  }
});
