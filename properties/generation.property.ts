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
import type { Anchor, Scenario } from '../src/scenario/scenario.ts';
import { isValid, validateScenario } from '../src/scenario/validate.ts';
import { onEmergencyStack, onSoftStack, patchFields, withExits, withForks, withHooks, withTracing } from '../src/scenario/world.ts';

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

/**
 * The same with other names: every id moves on, and a task that is the only one besides the first is the other of two. (The order of two means
 * something: it is the queue's.) Lists whose order means nothing are turned round: sleepers, other hooks,
 * second versions, and events but those of one anchor.
 */
function renamed(scenario: Scenario, by: number): Scenario {
  const ids = ['callee', 'start', 'handler', 'context', 'function', 'id'];
  const alone = scenario.world?.tasks.length === 1;
  const moved = JSON.parse(JSON.stringify(scenario), (key, value: unknown) => {
    if (typeof value === 'number') return ids.includes(key) || (key === 'call' && value !== 0) ? value + by : value;
    return alone && key === 'context' && value !== 'task' ? (value === 'task2' ? 'task3' : 'task2') : value;
  }) as Scenario;
  const { world } = moved;
  if (world === undefined) return moved;
  const order = (at: Anchor): string => JSON.stringify(at);
  const turned = <T extends { readonly at: Anchor }>(events: readonly T[]): T[] =>
    events.toSorted((a, b) => (order(a.at) === order(b.at) ? 0 : order(a.at) < order(b.at) ? 1 : -1));
  return { ...moved, world: {
    tasks: world.tasks.map((task) => ({ ...task, id: (alone ? 5 - (task.id - by) : task.id - by) as 2 | 3 })),
    switches: turned(world.switches),
    sleepers: world.sleepers.toReversed(),
    ...onEmergencyStack((world.emergency ?? []).map((id) => id + by).toReversed()),
    ...onSoftStack((world.soft ?? []).map((id) => id + by).toReversed()),
    ...withHooks((world.hooks ?? []).toReversed()),
    ...withExits(turned(world.exits ?? [])),
    ...withForks((world.forks ?? []).map((fork) => ({ ...fork, task: alone ? (5 - fork.task) as 2 | 3 : fork.task })).toReversed()),
    ...patchFields({ second: (world.second ?? []).toReversed(), off: world.off, transitions: turned(world.transitions ?? []) }),
    ...(world.outOfLine === undefined ? {} : { outOfLine: world.outOfLine }),
    ...withTracing(turned(world.tracing ?? [])),
  } };
}

test('renaming functions, calls, interrupts, tasks and switches changes nothing in the canonical form', () => {
  const seen = { tasks: 0, switches: 0, sleepers: 0, soft: 0, hooks: 0, exits: 0, forks: 0 };
  fc.assert(fc.property(scenarios, fc.integer({ min: 1, max: 60_000 }), (scenario, by) => {
    const other = validateScenario(renamed(scenario, by));
    for (const part of ['tasks', 'switches', 'sleepers', 'soft', 'hooks', 'exits', 'forks'] as const) if ((scenario.world?.[part]?.length ?? 0) > 0) seen[part] += 1;
    return equalScenarios(canonical(other), canonical(scenario));
  }), { numRuns: 1_200, seed });
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(40);
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
