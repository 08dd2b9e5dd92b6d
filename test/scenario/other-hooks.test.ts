/** Other hooks in a scenario: notation, canonical form, rules, shapes, editing, shrinking, tokens. */
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { reductions, weight } from '../../src/arbitraries/shrink.ts';
import { needsSections } from '../../src/case/model3.ts';
import { decodeToken, encodeToken } from '../../src/case/token.ts';
import { canonical, equalScenarios, scenarioText } from '../../src/scenario/canonical.ts';
import { removeFunction, settle, changeFunction, unpatched } from '../../src/scenario/edit.ts';
import { ScenarioError } from '../../src/scenario/error.ts';
import { ALL_FEATURES, featuresOf, featuresOfMask, maskOf } from '../../src/scenario/features-of.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { graphOf } from '../../src/scenario/graph.ts';
import { stackNeed } from '../../src/scenario/stack.ts';
import { FTRACE_FRAMES_BYTES, INTERRUPT_FRAME_BYTES } from '../../src/kernel/frames.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { validateScenario } from '../../src/scenario/validate.ts';
import { refusal } from '../refusal.ts';

const TEXT = `
  A:M -> 1 local B, 2 local C
  B:M patched traced
  C:M traced
  graph C
  graph B'
  graph B`;
const refused = (value: unknown): string | undefined => refusal(ScenarioError, () => validateScenario(value));

test('are written and read, in canonical order, and compared', () => {
  const scenario = parseScenario(TEXT);
  expect(parseScenario(printScenario(scenario))).toEqual(scenario);
  const sorted = canonical(scenario);
  expect(sorted.world!.hooks).toEqual([{ function: 1, replacement: false, kind: 'graph' }, { function: 1, replacement: true, kind: 'graph' }, { function: 2, replacement: false, kind: 'graph' }]);
  expect(canonical(sorted)).toEqual(sorted);
  expect(equalScenarios(scenario, parseScenario(TEXT.replace('graph C', '')))).toBe(false);
  expect([...featuresOf(scenario)]).toEqual(['local', 'graph-tracer']);
  expect(refusal(ScenarioError, () => parseScenario('A:M traced; graph Q'))).toBe("line 1: no function 'Q'");
});

test.each([
  ['A:M; graph A', 'world.hooks[0].function: ftrace is not called there: function 0 is neither patched nor traced'],
  ["A:M -> local B; B:M patched; graph B'", 'world.hooks[0].function: ftrace is not called there: the replacement of function 1 is not traced'],
  ["A:M traced; graph A'", 'world.hooks[0].function: ftrace is not called there: the replacement of function 0 is not traced'],
  ['A:M traced; graph A; graph A', 'world.hooks[1]: the same hook twice'],
  ['A:M traced; kretprobe A; kretprobe A', 'world.hooks[1]: the same hook twice'],
  ['A:M; kretprobe A', 'world.hooks[0].function: ftrace is not called there: function 0 is neither patched nor traced'],
  ['A:M traced; graph A; kretprobe A; kretprobe-first A', 'world.hooks[2]: another kretprobe at the same site'],
  ['A:M traced; kretprobe-first A', 'world.hooks[0].kind: the graph tracer is not at that site, for a kretprobe to come before it'],
])('rules: %s', (text, message) => {
  expect(refusal(ScenarioError, () => parseScenario(text))).toBe(message);
});

test.each([
  [[], 'world.hooks: empty; expected at least 1'],
  [{}, 'world.hooks: an object; expected an array'],
  [Array.from({ length: 17 }, () => ({})), 'world.hooks: 17 entries; at most 16'],
  [[{ function: 1, replacement: false }], 'world.hooks[0].kind: missing'],
  [[{ function: 1, replacement: 0, kind: 'graph' }], 'world.hooks[0].replacement: 0; expected true or false'],
  [[{ function: 1.5, replacement: false, kind: 'graph' }], 'world.hooks[0].function: 1.5; expected an integer, 0 to 65535'],
  [[{ function: 9, replacement: false, kind: 'graph' }], 'world.hooks[0].function: no function has id 9'],
  [[{ function: 1, replacement: false, kind: 'kprobe' }], 'world.hooks[0].kind: "kprobe"; expected one of graph, kretprobe, kretprobe-first'],
  [[{ function: 1, replacement: false, kind: 'graph', at: 1 }], 'world.hooks[0].at: unknown field; expected function, replacement, kind'],
])('shapes: %j', (hooks, message) => {
  const scenario = JSON.parse(JSON.stringify(parseScenario(TEXT))) as { world: { hooks: unknown } };
  scenario.world.hooks = hooks;
  expect(refused(scenario)).toBe(message);
});

test('go with the site that they are at', () => {
  const scenario = parseScenario(TEXT);
  const at = (s: Scenario): string => (s.world?.hooks ?? []).map((it) => `${it.function}${it.replacement ? "'" : ''}`).join(' ');
  expect(at(removeFunction(scenario, 1))).toBe('2');
  expect(at(settle(changeFunction(scenario, 1, unpatched)))).toBe('2');
  expect(settle(changeFunction(settle(changeFunction(scenario, 1, unpatched)), 2, (fn) => ({ ...fn, traced: false }))).world).toBeUndefined();
});

test('shrink one by one', () => {
  const scenario = parseScenario(TEXT);
  const steps = [...reductions(scenario)].filter(({ kind }) => kind === 'hook');
  expect(steps.map(({ what }) => what)).toEqual(['the graph tracer does not hook function 1', 'the graph tracer does not hook the replacement of function 1', 'the graph tracer does not hook function 2']);
  for (const step of steps) expect(weight(step.scenario)).toBeLessThan(weight(scenario));
});

test('kretprobes: written, read, in canonical order, features; each goes by itself, and where the tracer goes nothing comes before it', () => {
  const scenario = canonical(parseScenario(`${TEXT.replace("graph B'", "kretprobe B'")}\n  kretprobe-first B\n  kretprobe C`));
  expect(parseScenario(printScenario(scenario))).toEqual(scenario);
  expect(scenario.world!.hooks!.map(({ function: of, replacement, kind }) => `${of}${replacement ? "'" : ''} ${kind}`)).toEqual(
    ['1 graph', '1 kretprobe-first', "1' kretprobe", '2 graph', '2 kretprobe']);
  expect([...featuresOf(scenario)]).toEqual(['local', 'graph-tracer', 'other-hooks']);
  expect([...featuresOf(parseScenario('A:M traced; kretprobe A'))]).toEqual(['other-hooks']);
  const steps = [...reductions(scenario)].filter(({ kind }) => kind === 'hook');
  expect(steps.map(({ what }) => what)).toEqual([
    'no kretprobe hooks function 2', 'the graph tracer does not hook function 2', 'no kretprobe hooks the replacement of function 1', 'no kretprobe hooks function 1',
    'the graph tracer does not hook function 1', 'the kretprobe of function 1 comes behind the graph tracer',
  ]);
  for (const step of steps) expect(weight(step.scenario)).toBeLessThan(weight(scenario));
  expect(steps.find(({ what }) => what === 'the graph tracer does not hook function 1')!.scenario.world!.hooks!.filter((it) => it.function === 1).map(({ kind }) => kind)).toEqual(['kretprobe', 'kretprobe']);
});

test("a kretprobe's trampoline takes more of a stack than an ftrace call, and is reckoned with", () => {
  const need = (text: string): number => {
    const scenario = parseScenario(text);
    return stackNeed(scenario, graphOf(scenario), 0);
  };
  const plain = 'A:M -> local B\nB:M traced';
  expect(need(`${plain}\ngraph B`)).toBe(need(`${plain}\nout-of-line`));
  expect(need(`${plain}\nkretprobe B`) - need(`${plain}\ngraph B`)).toBe(INTERRUPT_FRAME_BYTES - FTRACE_FRAMES_BYTES);
});

test('all 32 features fit into a mask', () => {
  expect(FEATURES).toHaveLength(32);
  expect([...featuresOfMask(ALL_FEATURES)]).toEqual([...FEATURES]);
  expect(maskOf(FEATURES)).toBe(ALL_FEATURES);
  for (const feature of FEATURES) expect([...featuresOfMask(maskOf([feature]))]).toEqual([feature]);
});

/** Tokens that were made before there were kretprobes: none is longer for them, and all are read. */
test.each(['toc3-4jQ46GpSCgMd74Nf', 'toc3-26pnJSzbvnn', 'toc3-2ZK4qgSQmUth', 'toc3-AKhRxRmqKsq', 'toc3-Zd2pjbtESbReMYAS'])('the section for kretprobes costs nothing where there are none: %s', (old) => {
  const content = decodeToken(old);
  expect(content.scenario.world!.hooks?.some(({ kind }) => kind !== 'graph') ?? false).toBe(false);
  expect(encodeToken(content)).toBe(old);
});

test('tokens say them', () => {
  const say = (scenario: Scenario): string => encodeToken({ scenario, strategy: { kind: 'built-in', name: 'mini-frame' }, signature: { obligation: 'hook-balance', edge: 'local', place: { name: 'livepatch_handler' } } });
  const all = scenarioArbitrary();
  let hooked = 0, probed = 0, first = 0;
  for (const scenario of [parseScenario(TEXT), ...Array.from({ length: 400 }, (_, run) => scenarioAt(all, 21n, 0, run))].map(canonical)) {
    const token = say(scenario);
    expect(token.startsWith('toc3-')).toBe(needsSections(scenario));
    const kinds = new Set(scenario.world?.hooks?.map(({ kind }) => kind));
    if (kinds.has('graph')) hooked += 1;
    if (kinds.has('kretprobe')) probed += 1;
    if (kinds.has('kretprobe-first')) first += 1;
    expect(scenarioText(decodeToken(token).scenario)).toBe(scenarioText(scenario));
  }
  expect(hooked).toBeGreaterThan(8);
  expect(probed).toBeGreaterThan(8);
  expect(first).toBeGreaterThan(0);
});
