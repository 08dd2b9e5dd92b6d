// Deep recursions through patched functions: what makes a scenario without stack room.
import { describe, expect, test } from 'vitest';
import { DEEP_CAP } from '../../src/arbitraries/deep.ts';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { reductions } from '../../src/arbitraries/shrink.ts';
import { writtenCalls } from '../../src/campaign/written.ts';
import { canonical } from '../../src/scenario/canonical.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { dynamicCalls, graphOf } from '../../src/scenario/graph.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { hasStackRoom, HOOK_ENTRY_BYTES, STACK_ROOM } from '../../src/scenario/premises.ts';
import { BOUNDS, type Scenario } from '../../src/scenario/scenario.ts';
import { stackNeed } from '../../src/scenario/stack.ts';
import { problemOf } from '../../src/scenario/validate.ts';
import { NO_WORLD, taskStarts, withWorld } from '../../src/scenario/world.ts';

const SAMPLE = 20_000;
const limits = (scenario: Scenario): number[] => writtenCalls(scenario).flatMap(({ call }) => call.limit ?? []);
const need = (scenario: Scenario, hookEntry: number): number => stackNeed(scenario, graphOf(scenario), hookEntry);

function deepOnes(arbitrary: ReturnType<typeof scenarioArbitrary>, runs: number): Scenario[] {
  return Array.from({ length: runs }, (_, run) => scenarioAt(arbitrary, 31n, Math.floor(run / 500), run % 500)).filter((scenario) => limits(scenario).some((limit) => limit > 8));
}

describe('generated', () => {
  const deep = deepOnes(scenarioArbitrary(), SAMPLE);

  test('one scenario in a hundred, on both sides of the premise and near its edge', () => {
    const outside = deep.filter((scenario) => !hasStackRoom(scenario));
    const near = deep.filter((scenario) => Math.abs(need(scenario, HOOK_ENTRY_BYTES) - STACK_ROOM) < 400);
    expect(deep.length).toBeGreaterThan(SAMPLE * 0.008);
    expect(deep.length).toBeLessThan(SAMPLE * 0.02);
    expect(outside.length).toBeGreaterThan(SAMPLE * 0.005);
    expect(deep.length - outside.length).toBeGreaterThan(SAMPLE * 0.002);
    expect(near.length).toBeGreaterThan(SAMPLE * 0.001);
    // Some as deep as the frames alone allow, some of frames that are small.
    expect(outside.some((scenario) => need(scenario, 0) > BOUNDS.stackBytes - 100)).toBe(true);
    expect(outside.some((scenario) => limits(scenario).some((limit) => limit > 120))).toBe(true);
  });

  test('their frames alone fit', () => {
    for (const scenario of deep) {
      expect(problemOf(scenario), printScenario(scenario)).toBeUndefined();
      expect(need(scenario, 0)).toBeLessThanOrEqual(BOUNDS.stackBytes);
      // Of the first task, whose calls they are; the others may begin where it does.
      expect(Math.max(...[false, true].map((on) => dynamicCalls(withWorld(scenario, NO_WORLD), on)))).toBeLessThanOrEqual(DEEP_CAP);
      expect(Math.max(...[false, true].map((on) => dynamicCalls(scenario, on)))).toBeLessThanOrEqual(DEEP_CAP * taskStarts(scenario).length);
    }
  });

  test('outside of it alone, for what livepatch-stack and mini-frame assume besides', () => {
    for (const [off, least] of [[['stub-sibling'], 0.005], [['stub-sibling', 'stack-args', 'variadic'], 0.004]] as const) {
      const arbitrary = scenarioArbitrary({ features: FEATURES.filter((name) => !(off as readonly string[]).includes(name)) });
      expect(deepOnes(arbitrary, 4_000).filter((scenario) => !hasStackRoom(scenario)).length, off.join()).toBeGreaterThan(4_000 * least);
    }
  });

  test('not without recursion', () => {
    expect(deepOnes(scenarioArbitrary({ features: FEATURES.filter((name) => name !== 'recursive') }), 2_000)).toEqual([]);
  });
});

test('a limit is bisected', () => {
  const property = (scenario: Scenario): boolean => limits(scenario).some((limit) => limit >= 37);
  let scenario = parseScenario('A:M -> local A x255');
  let asked = 0;
  for (let going = true; going;) {
    going = false;
    for (const { scenario: next } of reductions(scenario)) {
      asked += 1;
      if (!property(next)) continue;
      scenario = next;
      going = true;
      break;
    }
  }
  expect(printScenario(scenario)).toBe('A:M -> 1 local A x37\n');
  expect(asked).toBeLessThan(45);
});

test('depth moves to fewer calls', () => {
  /** Pending activations that a run may have. */
  const depth = (scenario: Scenario): number => limits(scenario).reduce((sum, limit) => sum + limit, 0);
  const steps = (text: string): string[] => {
    const scenario = parseScenario(text);
    return [...reductions(scenario)].filter((step) => depth(step.scenario) === depth(scenario)).map((step) => printScenario(canonical(step.scenario)));
  };
  expect(steps('A:M patched -> global A x30, indirect A x20')).toContain('A:M patched -> 1 indirect A x50\n');
  expect(steps('A:M -> global B x36; B:N patched -> global A x36')).toContain('A:M -> 1 local A x72\n');
  expect(steps('A:M -> local A x4, local B; B:M patched -> indirect B x70')).toContain('A:M -> 1 local B\nB:M patched -> 2 indirect B x74\n');
});
