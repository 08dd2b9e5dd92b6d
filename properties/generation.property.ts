import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../src/arbitraries/scenario.ts';
import { reductions, weight } from '../src/arbitraries/shrink.ts';
import { canonical, equalScenarios } from '../src/scenario/canonical.ts';
import { featureMask } from '../src/scenario/features-of.ts';
import { FEATURES } from '../src/scenario/features.ts';
import { dynamicCalls } from '../src/scenario/graph.ts';
import { parseScenario, printScenario } from '../src/scenario/notation.ts';
import { BOUNDS } from '../src/scenario/scenario.ts';
import { isValid, validateScenario } from '../src/scenario/validate.ts';

const scenarios = scenarioArbitrary();
const numRuns = 1_000;
const seed = 20160309;

test('with any set of features: valid, within the features, never too long', () => {
  fc.assert(fc.property(fc.subarray([...FEATURES]), fc.nat(), (features, at) => {
    const arbitrary = scenarioArbitrary({ features });
    const [scenario] = fc.sample(arbitrary, { numRuns: 1, seed: at });
    validateScenario(scenario);
    return (featureMask(scenario!) & ~arbitrary.allowed) === 0 && dynamicCalls(scenario!, true) <= BOUNDS.dynamicCalls;
  }), { numRuns, seed });
});

test('the canonical form is valid, idempotent and never has more features', () => {
  fc.assert(fc.property(scenarios, (scenario) => {
    const small = canonical(scenario);
    return isValid(small) && equalScenarios(canonical(small), small) && (featureMask(small) & ~featureMask(scenario)) === 0;
  }), { numRuns, seed });
});

test('the notation says everything', () => {
  fc.assert(fc.property(scenarios, (scenario) => {
    const text = printScenario(scenario);
    return equalScenarios(parseScenario(text), scenario) && text.split('\n').every((line) => line.length < 80);
  }), { numRuns, seed });
});

test('renaming functions, calls and interrupts changes nothing in the canonical form', () => {
  fc.assert(fc.property(scenarios, fc.integer({ min: 1, max: 60_000 }), (scenario, by) => {
    const renamed = JSON.parse(JSON.stringify(scenario), (key, value: unknown) =>
      ((key === 'id' || key === 'callee' || key === 'start' || key === 'handler' || key === 'context' || (key === 'call' && value !== 0)) && typeof value === 'number' ? value + by : value)) as typeof scenario;
    return equalScenarios(canonical(validateScenario(renamed)), canonical(scenario));
  }), { numRuns: 300, seed });
});

test('shrinking stays valid and always ends', () => {
  fc.assert(fc.property(scenarios, fc.nat(), (start, choice) => {
    let scenario = start;
    for (let k = 0; ; k += 1) {
      const all = [...reductions(scenario)];
      if (all.length === 0) return printScenario(canonical(scenario)) === 'A:M\n';
      const { scenario: next } = all[(choice + k * 7) % all.length]!;
      if (weight(next) >= weight(scenario) || !isValid(next)) return false;
      scenario = next;
    }
  }), { numRuns: 25, seed });
});

test('fast-check itself ends at the smallest scenario of a kind', () => {
  const result = fc.check(fc.property(scenarios, (scenario) => !scenario.interrupts.some(({ at }) => at.region === 'hook-return' && at.step >= 5)), { numRuns, seed });
  expect(result.failed).toBe(true);
  expect(printScenario(canonical(result.counterexample![0]))).toBe('A:M\nirq 1 at 0 hook-return+5 runs A\n');
});
