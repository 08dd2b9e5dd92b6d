/** Forked tasks in a scenario: notation, canonical form, rules, editing, shrinking, drawing, tokens, words. */
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { reductions, weight } from '../../src/arbitraries/shrink.ts';
import { decodeToken, encodeToken } from '../../src/case/token.ts';
import { scenarioTree } from '../../src/report/tree.ts';
import { canonical, equalScenarios } from '../../src/scenario/canonical.ts';
import { settle } from '../../src/scenario/edit.ts';
import { ScenarioError } from '../../src/scenario/error.ts';
import { featuresOf } from '../../src/scenario/features-of.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import type { Fork, Scenario } from '../../src/scenario/scenario.ts';
import { isValid, validateScenario } from '../../src/scenario/validate.ts';
import { refusal } from '../refusal.ts';

const TEXT = `
  A:M -> 1 local B
  B:M patched
  C:M -> 2 local B
  task 2 runs A on cpu 1
  task 3 runs C
  fork 3 of task2 at 1 callee+4 #2
  fork 2 at 0 callee+2`;
const at = (fields: Partial<Fork['at']>): Fork['at'] => ({ context: 'task', call: 1, occurrence: 1, region: 'callee', step: 0, ...fields });
const withForks = (forks: unknown): unknown => ({ ...parseScenario(TEXT), world: { ...parseScenario(TEXT).world, forks } });

test('are written and read, in canonical order, and compared; they use no feature of their own', () => {
  const scenario = parseScenario(TEXT);
  expect(parseScenario(printScenario(scenario))).toEqual(scenario);
  const small = canonical(scenario);
  expect(small.world?.forks).toEqual([{ task: 2, at: at({ call: 0, step: 2 }) }, { task: 3, at: at({ context: 'task2', step: 4, occurrence: 2 }) }]);
  expect(canonical(small)).toEqual(small);
  expect(equalScenarios(scenario, parseScenario(TEXT.replace('callee+4', 'callee+5')))).toBe(false);
  expect([...featuresOf(scenario)]).toEqual(['local', 'tasks', 'migration']);
});

test('a task whose parent can never make the call is not there, nor is one that it would fork, nor what lands in them', () => {
  const text = `${TEXT.replace('fork 2 at 0 callee+2', 'fork 2 at 2 callee+2')}\nswitch 1 of task3 at 2 callee+1\nirq 1 of task2 at 1 callee+0 runs C`;
  expect(printScenario(canonical(parseScenario(text)))).toBe('A:M -> 1 local B\nB:M patched\n');
  const other = canonical(parseScenario(TEXT.replace('fork 3 of task2 at 1', 'fork 3 of task2 at 2')));
  expect(other.world).toEqual({ tasks: [{ id: 2, start: 0, cpu: 1 }], switches: [], sleepers: [], forks: [{ task: 2, at: at({ call: 0, step: 2 }) }] });
});

test.each([
  [[], 'world.forks: empty; expected at least 1'],
  [[{ task: 4, at: at({}) }], 'world.forks[0].task: 4; expected one of 2, 3'],
  [[{ task: 2, at: at({}), cpu: 0 }], 'world.forks[0].cpu: unknown field; expected task, at'],
  [[{ task: 2, at: at({}) }, { task: 2, at: at({}) }], 'world.forks[1].task: task 2 is forked twice'],
  [[{ task: 2, at: at({ context: 'task2' }) }], 'world.forks[0].at.context: task2 forks task 2; expected a task of a lower number'],
  [[{ task: 2, at: at({ context: 'task3', call: 2 }) }], 'world.forks[0].at.context: task3 forks task 2; expected a task of a lower number'],
  [[{ task: 2, at: at({ region: 'hook-entry' }) }], 'world.forks[0].at.region: a task forks in region callee, not in hook-entry'],
  [[{ task: 2, at: at({ call: 9 }) }], "world.forks[0].at.call: no call has id 9; expected one, or 0 for the context's first call"],
  [[{ task: 2, at: at({ context: 7 }) }], 'world.forks[0].at.context: a task forks in code of its own, not in the handler of interrupt 7'],
])('%j is refused', (forks, message) => {
  expect(refusal(ScenarioError, () => validateScenario(withForks(forks)))).toBe(message);
});

test('a fork of a task that is not there is refused', () => {
  expect(refusal(ScenarioError, () => parseScenario(TEXT.replace('task 3 runs C', '')))).toBe('world.forks[0].task: there is no task 3 in world.tasks');
  expect(refusal(ScenarioError, () => parseScenario('A:M; task 2 runs A; fork 2 of task9 at 0 callee+1'))).toBe("line 1: 'task9'; expected one of task, task2, task3");
});

test('goes with its task and with the call that it lies in', () => {
  const scenario = parseScenario(TEXT);
  const { tasks, ...rest } = scenario.world!;
  const gone = settle({ ...scenario, world: { ...rest, tasks: tasks.filter(({ id }) => id === 3) } });
  expect(gone.world?.forks).toBeUndefined();
  const moved = settle({ ...scenario, world: { ...rest, tasks, forks: rest.forks!.map((fork) => ({ ...fork, at: { ...fork.at, call: 99 } })) } });
  expect(moved.world?.forks).toBeUndefined();
});

test('shrinks to nothing, and to a smaller anchor', () => {
  const scenario = parseScenario(TEXT);
  const all = [...reductions(scenario)];
  for (const { scenario: next } of all) {
    expect(isValid(next)).toBe(true);
    expect(weight(next)).toBeLessThan(weight(scenario));
  }
  const whats = all.map(({ what }) => what);
  for (const what of ['task 2 is there from the beginning', 'task 3 is there from the beginning', 'fork of task 3 in the first task', 'fork of task 3 at occurrence 1', 'fork of task 2 at step 0']) expect(whats).toContain(what);
});

test('is drawn where there are several tasks, by each task that may, and its token says it', () => {
  const arbitrary = scenarioArbitrary();
  const parents = new Set<string>();
  let tasks = 0, forked = 0;
  for (let run = 0; run < 3_000; run += 1) {
    const scenario: Scenario = scenarioAt(arbitrary, 11n, Math.floor(run / 500), run % 500);
    if ((scenario.world?.tasks.length ?? 0) > 0) tasks += 1;
    if (scenario.world?.forks === undefined) continue;
    forked += 1;
    for (const fork of scenario.world.forks) parents.add(`${fork.at.context} ${fork.task}`);
    const content = { scenario, strategy: { kind: 'built-in', name: 'branch-only' } } as const;
    expect(decodeToken(encodeToken(content))).toEqual(content);
  }
  expect([...parents].sort()).toEqual(['task 2', 'task 3', 'task2 3']);
  expect(forked / tasks).toBeGreaterThan(0.2);
});

test('is told in words', () => {
  expect(scenarioTree(parseScenario(TEXT)).join(' ').replace(/ +/g, ' ')).toContain('task 3 is forked in call 1 of task 2, the 2nd time it is made: at instruction 4 of the callee');
});
