/** Hooks out of line and switched tracing as data: read, checked, printed, put into canonical form, made a token, shrunk. */
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { reductions, weight } from '../../src/arbitraries/shrink.ts';
import { decodeToken, encodeToken } from '../../src/case/token.ts';
import { canonical, equalScenarios } from '../../src/scenario/canonical.ts';
import { removeCall, removeFunction, settle } from '../../src/scenario/edit.ts';
import { ScenarioError } from '../../src/scenario/error.ts';
import { featuresOf } from '../../src/scenario/features-of.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { BOUNDS } from '../../src/scenario/scenario.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { isValid, validateScenario } from '../../src/scenario/validate.ts';
import { refusal } from '../refusal.ts';

const TEXT = 'A:M -> 1 local B, 2 local C\nB:M patched\nC:N\ntask 2 runs A\nout-of-line\n'
  + 'tracing off at 1 ftrace-entry+17\ntracing on at 2 caller+0 #2 on cpu 1\ntracing off of task2 at 0 callee+3\n';
const VALID = TEXT.replace('local C', 'global C');
const scenario = (): Scenario => parseScenario(VALID);
const content = (it: Scenario): Parameters<typeof encodeToken>[0] => ({ scenario: it, strategy: { kind: 'built-in', name: 'mini-frame' } });

test('the notation reads what it prints', () => {
  expect(printScenario(scenario())).toBe(VALID);
  expect(scenario().world).toEqual({
    tasks: [{ id: 2, start: 0, cpu: 0 }], switches: [], sleepers: [], outOfLine: true,
    tracing: [
      { at: { context: 'task', call: 1, occurrence: 1, region: 'ftrace-entry', step: 17 }, cpu: 0, on: false },
      { at: { context: 'task', call: 2, occurrence: 2, region: 'caller', step: 0 }, cpu: 1, on: true },
      { at: { context: 'task2', call: 0, occurrence: 1, region: 'callee', step: 3 }, cpu: 0, on: false },
    ],
  });
  expect(printScenario(parseScenario('A:M\nout-of-line\n'))).toBe('A:M\nout-of-line\n');
});

test.each([
  ['tracing maybe at 0 callee+0', "line 2: 'maybe'; expected 'on' or 'off'"],
  ['tracing off 0 callee+0', "line 2: '0'; expected 'at'"],
  ['tracing off of task9 at 0 callee+0', "line 2: 'task9'; expected one of task, task2, task3"],
  ['out-of-line always', "line 2: 'always' left over"],
])('%s', (line, message) => {
  expect(refusal(ScenarioError, () => parseScenario(`A:M\n${line}`))).toBe(message);
});

describe('hostile data', () => {
  const spoilt = (world: object): unknown => ({ ...parseScenario('A:M; H:K; irq 1 at 0 callee+0 runs H'), world: { tasks: [], switches: [], sleepers: [], ...world } });
  const at = { context: 'task', call: 0, occurrence: 1, region: 'callee', step: 0 };
  test.each([
    [{ outOfLine: false }, 'world.outOfLine: false; expected true, or no such field'],
    [{ tracing: [] }, 'world.tracing: empty; expected at least 1'],
    [{ tracing: null }, 'world.tracing: null; expected an array'],
    [{ tracing: Array.from({ length: BOUNDS.tracing + 1 }, () => ({ at, cpu: 0, on: true })) }, `world.tracing: ${BOUNDS.tracing + 1} entries; at most ${BOUNDS.tracing}`],
    [{ tracing: [{ at, cpu: 2, on: true }] }, 'world.tracing[0].cpu: 2; expected one of 0, 1'],
    [{ tracing: [{ at, cpu: 0, on: 'no' }] }, 'world.tracing[0].on: "no"; expected true or false'],
    [{ tracing: [{ at, cpu: 0 }] }, 'world.tracing[0].on: missing'],
    [{ tracing: [{ at: { ...at, step: 256 }, cpu: 0, on: false }] }, 'world.tracing[0].at.step: 256; expected an integer, 0 to 255'],
    [{ tracing: [{ at: { ...at, context: 1 }, cpu: 0, on: false }] }, 'world.tracing[0].at.context: tracing is switched in a task, not in the handler of interrupt 1'],
    [{ tracing: [{ at: { ...at, context: 'task2' }, cpu: 0, on: false }] }, 'world.tracing[0].at.context: there is no task2 in world.tasks'],
    [{ tracing: [{ at: { ...at, call: 9 }, cpu: 0, on: false }] }, "world.tracing[0].at.call: no call has id 9; expected one, or 0 for the context's first call"],
  ])('%#', (world, message) => {
    expect(refusal(ScenarioError, () => validateScenario(spoilt(world)))).toBe(message);
  });
});

test('the canonical form: by task and anchor, without what is never met', () => {
  expect(printScenario(canonical(parseScenario(`
    A:M -> 7 local B; B:M; X:K -> 4 local Y; Y:K; task 3 runs A
    tracing on of task3 at 7 callee+1; tracing off at 7 callee+1; tracing on at 7 callee+1; tracing off at 0 caller+0`)))).toBe(
    `A:M -> 1 local B\nB:M\ntask 2 runs A\ntracing off at 0 caller+0\ntracing off at 1 callee+1\ntracing on at 1 callee+1\ntracing on of task2 at 1 callee+1\n`);
  expect(canonical(parseScenario('A:M; X:K -> 4 local Y; Y:K; tracing off at 4 callee+0')).world).toBeUndefined();
  expect(canonical(parseScenario('A:M; out-of-line')).world).toEqual({ tasks: [], switches: [], sleepers: [], outOfLine: true });
});

test('what is gone takes with it what was anchored there', () => {
  expect(settle(removeCall(scenario(), 1)).world?.tracing?.map(({ at }) => at.call)).toEqual([2, 0]);
  const { world } = settle(removeFunction(parseScenario('A:M -> local B; B:M; tracing off at 1 callee+0'), 1));
  expect(world).toBeUndefined();
  const one = scenario();
  expect(settle({ ...one, world: { ...one.world!, tasks: [] } }).world?.tracing).toHaveLength(2);
});

test('each part makes a scenario, and a token, of its own', () => {
  const base = 'A:M -> local B; B:M patched; task 2 runs A; tracing off at 1 callee+2';
  const texts = [base, ...[
    ['tracing off', 'out-of-line; tracing off'], ['off', 'on'], ['callee+2', 'callee+2 on cpu 1'], ['callee+2', 'callee+2 #2'], ['off at 1', 'off of task2 at 1'], ['at 1', 'at 0'],
    ['callee+2', 'callee+2; tracing on at 1 callee+2'], ['; tracing off at 1 callee+2', ''], ['; tracing off at 1 callee+2', '; out-of-line'],
  ].map(([from, to]) => base.replace(from!, to!))];
  const all = texts.map(parseScenario);
  expect(all.flatMap((one, i) => all.slice(i + 1).filter((other) => equalScenarios(one, other)))).toEqual([]);
  const tokens = all.map((it) => encodeToken(content(it)));
  expect(new Set(tokens).size).toBe(texts.length);
  tokens.forEach((token, i) => { expect(decodeToken(token)).toEqual(content(canonical(all[i]!))); });
  expect(tokens.map((it) => it.slice(0, 5))).toEqual(texts.map((text) => (/tracing|out-of/.test(text) ? 'toc3-' : 'toc2-')));
});

test('as many as there may be, in three tasks', () => {
  const lines = Array.from({ length: BOUNDS.tracing }, (_, i) => `tracing ${i % 2 === 0 ? 'off' : 'on'}${['', ' of task2', ' of task3'][i % 3]} at 0 return-site+255 #64 on cpu 1`);
  const text = `A:M\ntask 2 runs A\ntask 3 runs A\nout-of-line\n${lines.join('\n')}`;
  const token = encodeToken(content(parseScenario(text)));
  expect(decodeToken(token).scenario).toEqual(canonical(parseScenario(text)));
});

describe('drawn', () => {
  const arbitrary = scenarioArbitrary();
  const drawn = Array.from({ length: 700 }, (_, run) => scenarioAt(arbitrary, 21n, 0, run));

  test('one in six is hooked out of line, in one in eight tracing is switched, also where nothing else is around', () => {
    const share = (is: (it: Scenario) => boolean): number => drawn.filter(is).length / drawn.length;
    expect(share((it) => it.world?.outOfLine === true)).toBeCloseTo(1 / 6, 1);
    expect(share((it) => it.world?.tracing !== undefined)).toBeCloseTo(1 / 8, 1);
    expect(share(({ world }) => world?.outOfLine === true && world.tasks.length + world.switches.length + world.sleepers.length === 0)).toBeGreaterThan(0.1);
  });

  test('each comes back from its token, and shrinks to less', () => {
    let steps = 0;
    for (const it of drawn) {
      if (it.world?.outOfLine === undefined && it.world?.tracing === undefined) continue;
      expect(decodeToken(encodeToken(content(it))).scenario).toEqual(it);
      if (steps > 1_000) continue;
      for (const { scenario: smaller } of reductions(it, -1)) {
        steps += 1;
        expect(weight(smaller)).toBeLessThan(weight(it));
        expect(isValid(smaller)).toBe(true);
      }
    }
    expect(steps).toBeGreaterThan(1_000);
  });

  test('both go, one after the other, and the rest stays', () => {
    const kinds = [...reductions(scenario(), -1)].filter(({ kind }) => kind === 'style' || kind === 'tracing');
    expect(kinds.map(({ what }) => what)).toEqual([
      'hooked in line', 'tracing is not switched off at call 0', 'tracing is not switched on at call 2', 'tracing is not switched off at call 1',
    ]);
    expect(featuresOf(kinds[0]!.scenario).has('out-of-line')).toBe(false);
    expect(kinds[1]!.scenario.world?.tracing).toHaveLength(2);
  });
});
