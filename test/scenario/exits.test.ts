/** Tasks that end early in a scenario: notation, canonical form, rules, shapes, editing, shrinking, tokens. */
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { reductions, weight } from '../../src/arbitraries/shrink.ts';
import { decodeToken, encodeToken } from '../../src/case/token.ts';
import { canonical, equalScenarios, scenarioText } from '../../src/scenario/canonical.ts';
import { removeCall, settle } from '../../src/scenario/edit.ts';
import { ScenarioError } from '../../src/scenario/error.ts';
import { featuresOf } from '../../src/scenario/features-of.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { satisfies } from '../../src/scenario/premises.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { validateScenario } from '../../src/scenario/validate.ts';
import { refusal } from '../refusal.ts';

const TEXT = `
  A:M -> 1 local B, 2 local C
  B:M patched
  C:M
  task 2 runs A
  exit 7 of task2 at 2 callee+3 again new
  exit 3 at 1 callee+20 again same
  exit 4 at 1 callee+8 #2`;
const refused = (value: unknown): string | undefined => refusal(ScenarioError, () => validateScenario(value));

test('are written and read, in canonical order, and compared', () => {
  const scenario = parseScenario(TEXT);
  expect(parseScenario(printScenario(scenario))).toEqual(scenario);
  const sorted = canonical(scenario);
  expect(sorted.world!.exits!.map(({ id, at, again }) => [id, at.context, at.occurrence, again])).toEqual([[1, 'task', 1, 'same'], [2, 'task', 2, undefined], [3, 'task2', 1, 'new']]);
  expect(canonical(sorted)).toEqual(sorted);
  for (const [from, to] of [[' again same', ''], [' again same', ' again new'], ['callee+20', 'callee+21'], [' #2', '']] as const) {
    expect(equalScenarios(scenario, parseScenario(TEXT.replace(from, to)))).toBe(false);
  }
  expect([...featuresOf(scenario)]).toEqual(['local', 'tasks', 'exit']);
  expect(satisfies(scenario, 'no-reused-stacks')).toBe(false);
  expect(satisfies(parseScenario(TEXT.replace('again same', 'again new')), 'no-reused-stacks')).toBe(true);
  expect(refusal(ScenarioError, () => parseScenario('A:M; exit 1 at 0 callee+0 again old'))).toBe("line 1: 'old'; expected new or same");
});

test.each([
  ['A:M; exit 1 at 0 hook-entry+0', 'world.exits[0].at.region: a task ends in region callee, not in hook-entry'],
  ['A:M; exit 1 at 9 callee+0', "world.exits[0].at.call: no call has id 9; expected one, or 0 for the context's first call"],
  ['A:M; exit 1 of task2 at 0 callee+0', 'world.exits[0].at.context: there is no task2 in world.tasks'],
  ['A:M; exit 1 at 0 callee+0; exit 1 at 0 callee+1', 'world.exits[1].id: another exit has id 1'],
])('rules: %s', (text, message) => {
  expect(refusal(ScenarioError, () => parseScenario(text))).toBe(message);
});

const at = { context: 'task', call: 0, occurrence: 1, region: 'callee', step: 0 };
test.each([
  [[], 'world.exits: empty; expected at least 1'],
  [Array.from({ length: 5 }, () => ({})), 'world.exits: 5 entries; at most 4'],
  [[{ id: 1 }], 'world.exits[0].at: missing'],
  [[{ id: 0, at }], 'world.exits[0].id: 0; expected an integer, 1 to 65535'],
  [[{ id: 1, at: { ...at, context: 1 } }], "world.exits[0].at.context: a task ends in code of its own, not in the handler of interrupt 1"],
  [[{ id: 1, at, again: 'old' }], 'world.exits[0].again: "old"; expected one of new, same'],
  [[{ id: 1, at, cpu: 1 }], 'world.exits[0].cpu: unknown field; expected id, at, again'],
])('shapes: %j', (exits, message) => {
  const scenario = JSON.parse(JSON.stringify(parseScenario(TEXT))) as { world: { exits: unknown } };
  scenario.world.exits = exits;
  expect(refused(scenario)).toBe(message);
});

test('go with their call and with their task', () => {
  const scenario = parseScenario(TEXT);
  expect(settle(removeCall(scenario, 1)).world!.exits!.map(({ id }) => id)).toEqual([7]);
  expect(settle({ ...scenario, world: { ...scenario.world!, tasks: [] } }).world!.exits!.map(({ id }) => id)).toEqual([3, 4]);
});

test('shrink one by one, and become simpler', () => {
  const scenario = parseScenario(TEXT);
  const steps = [...reductions(scenario)];
  expect(steps.filter(({ kind }) => kind === 'exit' || kind === 'again').map(({ what }) => what)).toEqual([
    'without exit 4', 'without exit 3', 'without exit 7', 'nobody begins again behind exit 7', 'nobody begins again behind exit 3', 'a new task begins behind exit 3',
  ]);
  for (const step of steps) expect(weight(step.scenario), step.what).toBeLessThan(weight(scenario));
});

test('tokens say them', () => {
  const say = (scenario: Scenario): string => encodeToken({ scenario, strategy: { kind: 'built-in', name: 'livepatch-stack' }, signature: { obligation: 'hook-balance', edge: 'none', place: { name: 'livepatch_handler' } } });
  const all = scenarioArbitrary();
  let ends = 0;
  for (const scenario of [parseScenario(TEXT), ...Array.from({ length: 400 }, (_, run) => scenarioAt(all, 22n, 0, run))].map(canonical)) {
    if (scenario.world?.exits === undefined) continue;
    ends += 1;
    const token = say(scenario);
    expect(token.startsWith('toc3-')).toBe(true);
    expect(scenarioText(decodeToken(token).scenario)).toBe(scenarioText(scenario));
  }
  expect(ends).toBeGreaterThan(8);
});
