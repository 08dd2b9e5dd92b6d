// The programs are good: unpatched, and patched under the control hook, every obligation holds, whatever features they are made of and whatever has
// been taken away from them. What fails in a campaign is then the strategy's doing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../src/arbitraries/scenario.ts';
import { reductions } from '../src/arbitraries/shrink.ts';
import { verdictText } from '../src/campaign/court.ts';
import { mapFunctions, settle } from '../src/scenario/edit.ts';
import { withWorld, worldOf } from '../src/scenario/world.ts';
import { FEATURES } from '../src/scenario/features.ts';
import { printScenario } from '../src/scenario/notation.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
import { branchOnly } from '../src/strategies/branch-only.ts';
import { Trials } from '../src/trial/trials.ts';
import { SEED, scenarios, seen } from './programs.ts';

const seed = Number(SEED);
const trials = new Trials([branchOnly]);

/** What fails, in words. */
function faults(scenario: Scenario): string[] {
  trials.load(scenario);
  return [trials.runUnpatched(), trials.runControl()].flatMap((verdict) => (verdict.outcome === 'holds' ? [] : [`${verdictText(verdict)}\n${printScenario(scenario)}`]));
}

const unpatched = (scenario: Scenario): Scenario => mapFunctions(scenario, (fn) => {
  const { replacement: _, ...rest } = fn;
  return rest;
});

test('with all features', () => {
  trials.resetWitnesses();
  for (const scenario of scenarios(800)) {
    expect(faults(scenario)).toEqual([]);
    // Only such runs are counted: what the programs have in them.
    trials.run(0);
  }
  for (const witness of ['unpatched-runs', 'patched-local', 'patched-global', 'interrupts', 'zone-leaves-interrupted', 'stack-argument-calls', 'far-calls'] as const) {
    expect(seen(trials, witness), witness).toBeGreaterThan(0);
  }
});

test('with any features', () => {
  fc.assert(fc.property(fc.subarray([...FEATURES]), fc.nat(), (features, at) => {
    const [scenario] = fc.sample(scenarioArbitrary({ features }), { numRuns: 1, seed: at });
    expect(faults(scenario!)).toEqual([]);
  }), { numRuns: 500, seed });
});

test('with anything taken away', () => {
  fc.assert(fc.property(scenarioArbitrary(), fc.nat(), (start, choice) => {
    let scenario = start;
    for (let k = 0; k < 12; k++) {
      const all = [...reductions(scenario)];
      if (all.length === 0) return;
      scenario = all[(choice + 7 * k) % all.length]!.scenario;
      expect(faults(scenario)).toEqual([]);
    }
  }), { numRuns: 30, seed });
});

test('without a patch no strategy is asked: branch-only holds too', () => {
  let hooked = 0;
  for (const scenario of scenarios(300)) {
    const { second: _, off: __, transitions: ___, ...world } = worldOf(scenario);
    const program = settle(unpatched(withWorld(scenario, world)));
    trials.load(program);
    trials.resetWitnesses();
    const verdict = trials.run(0);
    expect(verdictText(verdict), printScenario(program)).toMatch(/^holds /);
    hooked += seen(trials, 'hooked-calls');
  }
  expect(hooked).toBe(0);
});
