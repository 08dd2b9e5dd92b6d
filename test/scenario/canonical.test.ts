import { describe, expect, test } from 'vitest';
import { canonical, equalScenarios, scenarioText } from '../../src/scenario/canonical.ts';
import { changeFunction, removeCall, removeFunction, settle, unpatched } from '../../src/scenario/edit.ts';
import { featureMask, featuresOf, featuresOfMask, maskOf } from '../../src/scenario/features-of.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { deepest, dynamicCalls, frameBytes, graphOf, onCycle } from '../../src/scenario/graph.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { hasBoundedSiblingChains, hasNoTracedReplacements, hasStackRoom, satisfies, satisfiesAll, siblingChain } from '../../src/scenario/premises.ts';
import type { Scenario, ScenarioFunction } from '../../src/scenario/scenario.ts';
import { LARGEST_FRAME } from '../../src/scenario/stack.ts';
import { isValid } from '../../src/scenario/validate.ts';
import { bodyOf, parameterArea } from '../../src/scenario/versions.ts';

const canon = (text: string): string => printScenario(canonical(parseScenario(text)));

describe('canonical form', () => {
  test('numbers in the order of discovery', () => {
    expect(canon('f9:M -> 40 local f3, 7 local f5; f5:M; f3:M -> 2 local f5; start f9')).toBe(
      'A:M -> 1 local B, 2 local C\nB:M -> 3 local C\nC:M\n');
  });

  test('drops what nothing reaches, and events there', () => {
    expect(canon('A:M; B:N -> local C; C:N; D:K patched; irq 1 at 1 callee+0 runs B; irq 2 in 1 at 0 callee+0 runs D')).toBe('A:M\n');
  });

  test('keeps an event that lands where its context does reach', () => {
    expect(canon('A:M; B:N -> local C; C:N; irq 5 in 3 at 1 callee+0 runs A; irq 3 at 0 callee+9 runs B')).toBe(
      'A:M\nB:N -> 1 local C\nC:N\nirq 1 at 0 callee+9 runs B\nirq 2 in 1 at 1 callee+0 runs A\n');
  });

  test('events in the order of their anchors, those of one anchor as they were', () => {
    expect(canon('A:M -> local B; B:M; C:N; D:K; irq 1 at 1 callee+3 runs C; irq 2 at 0 callee+3 runs D; irq 3 at 1 callee+3 runs A')).toBe(
      'A:M -> 1 local B\nB:M\nC:K\nD:N\nirq 1 at 0 callee+3 runs C\nirq 2 at 1 callee+3 runs D\nirq 3 at 1 callee+3 runs A\n');
  });

  test('tasks close up, and their events come along; switches in the order of tasks and anchors; sleepers in that of functions', () => {
    expect(canon(`
      A:M -> 7 local B; B:M patched; C:K; D:N -> 4 global B; E:K -> 3 local C; F:K
      task 3 runs D on cpu 1
      switch 8 of task3 at 4 callee+2 to cpu 1; switch 5 at 7 callee+1; switch 6 at 7 caller+1; switch 7 of task3 at 0 callee+1
      sleep D; sleep B' to cpu 1; sleep B; sleep F
      irq 4 of task3 at 4 stub+0 runs C`)).toBe(
      `A:M -> 1 local B\nB:M patched\nC:N -> 2 global B\nD:K\nirq 1 of task2 at 2 stub+0 runs D\ntask 2 runs C on cpu 1
switch 1 at 1 caller+1\nswitch 2 at 1 callee+1\nswitch 3 of task2 at 0 callee+1\nswitch 4 of task2 at 2 callee+2 to cpu 1
sleep B\nsleep B' to cpu 1\nsleep C\n`);
  });

  test('of a world goes what is never met, and the world where that was all', () => {
    expect(canon('A:M; B:N -> 1 local C; C:N; task 2 runs A; switch 1 of task2 at 1 callee+0; sleep C')).toBe('A:M\ntask 2 runs A\n');
    expect(canonical(parseScenario('A:M; B:N -> 1 local C; C:N; switch 1 at 1 callee+0; sleep C')).world).toBeUndefined();
  });

  test('switches of one anchor keep their order, and a second time nothing changes', () => {
    const text = 'A:M\nB:N\ntask 2 runs B on cpu 1\ntask 3 runs A\nswitch 1 at 0 callee+1 to cpu 1\nswitch 2 at 0 callee+1\nswitch 3 of task3 at 0 callee+1 #2\nsleep A\nsleep B to cpu 1\n';
    expect(canon(text)).toBe(text);
    expect(canon(text.replace('switch 1 at', 'switch 9 at'))).toBe(text);
  });

  test('worlds are data as well: equal in whatever order of fields, and not equal where one event differs', () => {
    const scenario = parseScenario("A:M patched; task 2 runs A; switch 1 at 0 callee+1; sleep A'");
    const world = scenario.world!;
    const mixed = JSON.parse(JSON.stringify(scenario), (_, value: unknown) =>
      (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value)) as typeof scenario;
    expect(equalScenarios(mixed, scenario)).toBe(true);
    for (const other of [
      { ...world, tasks: [{ ...world.tasks[0]!, cpu: 1 as const }] }, { ...world, switches: [{ ...world.switches[0]!, cpu: 1 as const }] },
      { ...world, sleepers: [{ ...world.sleepers[0]!, replacement: false }] }, { ...world, sleepers: [] },
    ]) expect(equalScenarios(scenario, { ...scenario, world: other })).toBe(false);
  });

  test('places of unused modules are 0', () => {
    expect(canonical(parseScenario('places M=2 N=1 P=2; A:M')).places).toEqual({ M: 2, N: 0, P: 0 });
    expect(canonical(parseScenario('places M=2 N=1 P=2; A:N patched')).places).toEqual({ M: 0, N: 1, P: 2 });
  });

  test('equal data, whatever the order of fields', () => {
    const scenario = parseScenario('A:M -> local B; B:M patched same; irq 1 at 1 callee+3 runs A');
    const mixed = JSON.parse(JSON.stringify(scenario), (_, value: unknown) =>
      (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value)) as typeof scenario;
    expect(JSON.stringify(mixed)).not.toBe(JSON.stringify(scenario));
    expect(equalScenarios(mixed, scenario)).toBe(true);
    expect(equalScenarios(scenario, { ...scenario, start: 1 })).toBe(false);
    expect(scenarioText(mixed)).toBe(scenarioText(scenario));
  });
});

describe('graph', () => {
  const scenario = parseScenario(`
    A:M -> local B, local B, global E
    B:M patched -> global C x2
    C:M -> local B x3, local D
    D:M
    E:K
  `);
  const graph = graphOf(scenario);

  test('a cycle leads through originals and replacements alike', () => {
    expect(onCycle(graph, 1, 2)).toBe(true);
    expect(onCycle(graph, 2, 3)).toBe(false);
    expect(onCycle(graph, 0, 1)).toBe(false);
    expect(onCycle(graph, 3, 3)).toBe(true);
  });

  test('calls of the longest run', () => {
    // unpatched: A, B twice, E; the original of B calls nobody, so C is never run: its calls are counted all the same, as an upper bound
    expect(dynamicCalls(parseScenario('A:M -> local B, local B; B:M -> global D, global D; D:K'), false)).toBe(7);
    // patched: A 1, E 1, B 2 + 3, C 2, D 2
    expect(dynamicCalls(scenario, true, graph)).toBe(11);
    expect(dynamicCalls(parseScenario('A:M; B:N -> global A; irq 1 at 0 callee+0 runs B; irq 2 at 0 callee+0 runs B'), true)).toBe(5);
  });

  test('two cycles beside each other are counted each on its own', () => {
    const two = parseScenario('A:M -> local B, local C; B:M -> local D x1; C:M -> local E x1; D:M -> local B x1; E:M -> local C x1');
    expect(dynamicCalls(two, false)).toBe(1 + 2 + 2 + 1 + 1);
  });

  test('the deepest nesting', () => {
    expect(deepest(scenario, graph, true, 0, () => 1)).toBe(1 + 1 + 5 + 1);
    expect(deepest(scenario, graph, false, 4, () => 1)).toBe(1);
  });
});

describe('versions', () => {
  const scenario = parseScenario('A:M -> local B; B:M saves 2 hoisted -> 5 local C, 6 indirect B x2, 7 sibling C patched same; C:M args 9'.replace('B:M', 'B:M args 9'));
  const [a, b] = scenario.functions as [ScenarioFunction, ScenarioFunction];

  test('the same body in P calls its neighbours through stubs', () => {
    expect(bodyOf(b, 'replacement').calls.map((call) => `${call.id} ${call.kind} ${call.limit ?? ''}`)).toEqual(['5 global ', '6 indirect 2', '7 global ']);
    expect({ ...bodyOf(b, 'replacement'), calls: [] }).toEqual({ ...b.body, calls: [] });
    expect(bodyOf(b, 'original')).toBe(b.body);
    expect(() => bodyOf(a, 'replacement')).toThrow(RangeError);
  });

  test('parameter save areas', () => {
    expect([[0, false], [8, false], [1, true], [9, false], [12, true]].map(([args, variadic]) => parameterArea({ args: args as number, variadic: variadic as boolean }))).toEqual([0, 0, 8, 9, 12]);
  });
});

describe('features', () => {
  /** One line per feature: the smallest text that has it, and what it has besides. */
  const cases: readonly (readonly [string, string])[] = [
    ['A:M', ''],
    ['A:M -> local B; B:M', 'local'],
    ['A:M -> global B; B:K', 'global'],
    ['A:M -> indirect B; B:K', 'indirect'],
    ['A:M hoisted -> indirect B; B:K', 'indirect hoisted-slot'],
    ['A:M -> sibling B; B:M', 'sibling'],
    ['A:M patched -> stub-sibling B; B:K', 'stub-sibling'],
    ['A:M patched -> global B; B:N patched', 'global nested'],
    ['A:M patched -> local B; B:P -> global C; C:N patched', 'local global nested callback'],
    ['A:M -> local A x1', 'local recursive'],
    ['A:M patched -> local self x1', 'local recursive'],
    ['A:M patched -> global B; B:M', 'global callback'],
    ['A:M -> local B patched same; B:M', 'local global callback'],
    ['A:M -> local B; B:M args 9', 'local stack-args'],
    ['A:M -> local B; B:M args 1 variadic', 'local variadic'],
    ['places M=1; A:M', 'far'],
    ['places N=1 P=1; A:M', ''],
    ['places P=1; A:M patched', 'far'],
    ['A:M -> local B; B:M single', 'local single-entry'],
    ['A:M -> global B; B:M clobber', 'global caller-saved-toc'],
    ['A:M -> local B; B:M patched single', 'local single-entry'],
    ['A:M zone', 'leaf-zone'],
    ['A:M patched saves 1', 'nonvolatile'],
    ['A:K patched', 'patched-core'],
    ['A:M; irq 1 at 0 callee+0 runs A', 'interrupt'],
    ['A:M; task 2 runs A', 'tasks'],
    ['A:M; switch 1 at 0 callee+0', 'preempt'],
    ['A:M; switch 1 at 0 callee+0 to cpu 1', 'preempt migration'],
    ['A:M; sleep A', 'sleep'],
    ['A:M; sleep A walked', 'sleep unwind'],
    ['A:M; irq 1 at 0 callee+0 runs A own-stack; emergency 1', 'interrupt irq-stack emergency-stack'],
    ['A:M; irq 1 at 0 callee+0 runs A own-stack; softirq 1', 'interrupt irq-stack'],
    ['A:M; second A', 'transitions'],
    ['A:M; off 1', 'transitions'],
    ['A:M; transition 1 at 0 callee+0 disable 1', 'transitions'],
    // What the second patch's versions are: calls out of the second module, of functions that are patched, of its original's module.
    ['places P=1; A:M -> local B; B:M; second A; second B', 'local global nested callback far transitions'],
    ['A:K; second A', 'patched-core transitions'],
    ['A:M; task 2 runs A on cpu 1', 'tasks migration'],
    ['A:M traced; graph A', 'graph-tracer'],
    ['A:M traced; kretprobe A', 'other-hooks'],
    ['A:M traced; graph A; kretprobe-first A', 'graph-tracer other-hooks'],
    ['A:M; exit 1 at 0 callee+0 again new', 'exit'],
    ['A:M; out-of-line', 'out-of-line'],
    ['A:M; tracing off at 0 callee+0 on cpu 1', 'tracing-off'],
    ['A:M; irq 1 at 0 callee+0 runs A own-stack; irq 2 in 1 at 0 callee+0 runs A', 'interrupt interrupt-nested irq-stack'],
  ];
  test.each(cases)('%s', (text, features) => {
    expect([...featuresOf(parseScenario(text))].join(' ')).toBe(features);
  });

  test('masks and sets are the same', () => {
    expect(featuresOfMask(maskOf(['far', 'local']))).toEqual(new Set(['local', 'far']));
    expect(featuresOfMask(maskOf(FEATURES)).size).toBe(FEATURES.length);
    expect(featureMask(parseScenario('A:M'))).toBe(0);
  });

  test('every feature has its line', () => {
    expect(new Set(cases.flatMap(([, features]) => features.split(' ').filter((name) => name !== '')))).toEqual(new Set(FEATURES));
  });
});

describe('premises', () => {
  test('stack room: entries of hooks count as well as frames', () => {
    expect(hasStackRoom(parseScenario('A:M -> local B; B:M patched'))).toBe(true);
    const round = (sites: number): Scenario => parseScenario(`A:M -> local B; B:M saves 8 -> ${Array.from({ length: sites }, () => 'local B x8').join(', ')} patched same`);
    // 129 frames of 112 bytes fit by themselves; with 32 bytes for each hook they do not.
    expect(isValid(round(16))).toBe(true);
    expect(hasStackRoom(round(16))).toBe(false);
    expect(hasStackRoom(round(10))).toBe(true);
  });

  test('frames as the image makes them', () => {
    const text = 'A:M saves 3 -> indirect B, sibling C; B:M args 9 patched zone; C:M single';
    const scenario = parseScenario(text.replace('sibling C', 'local C'));
    const bytes = (patched: boolean): number[] => [0, 1, 2].map((i) => frameBytes(scenario, graphOf(scenario), i, patched));
    expect(bytes(false)).toEqual([32 + 72 + 24 + 16, 48, 0]);
    expect(bytes(true)).toEqual([144, 0, 0]);
    const all = parseScenario('A:M -> local B; B:M args 12 saves 18 -> local C; C:M args 12');
    expect(frameBytes(all, graphOf(all), 1, false)).toBe(LARGEST_FRAME);
  });

  test('chains of sibling calls of patched functions', () => {
    expect(siblingChain(parseScenario('A:M -> local B; B:M patched -> stub-sibling D; D:K patched -> stub-sibling E; E:M'))).toBe(2);
    const round = (limit: number): string => `A:M -> local B; B:M patched -> stub-sibling B x${limit}`;
    expect(siblingChain(parseScenario(round(3)))).toBe(4);
    expect(hasBoundedSiblingChains(parseScenario(round(7)))).toBe(true);
    expect(hasBoundedSiblingChains(parseScenario(round(8)))).toBe(false);
  });

  test.each([
    ['A:M -> local B; B:M patched -> stub-sibling C; C:K', false],
    ['A:M -> local B; B:M patched -> global C; C:K -> sibling D; D:K', true],
    ['A:M -> local B; B:M -> sibling C patched; C:M', true],
    // In P the original's sibling call is an ordinary one.
    ['A:M -> local B; B:M -> sibling C patched same; C:M', true],
  ])('no-replacement-siblings: %s', (text, holds) => {
    expect(satisfies(parseScenario(text), 'no-replacement-siblings')).toBe(holds);
  });

  test('assumptions', () => {
    const traced = parseScenario('A:M -> local B; B:M patched traced');
    expect(hasNoTracedReplacements(traced)).toBe(false);
    expect(satisfies(traced, 'no-traced-replacements')).toBe(false);
    expect(satisfies(traced, 'no-local')).toBe(false);
    expect(satisfies(traced, 'no-stub-sibling')).toBe(true);
    expect(satisfiesAll(traced, ['no-far', 'stack-room', 'bounded-sibling-chains'])).toBe(true);
    expect(satisfiesAll(traced, ['no-far', 'no-local'])).toBe(false);
  });
});

describe('edits', () => {
  const scenario = parseScenario(`
    A:M hoisted -> local B, indirect C
    B:M patched -> global A x1
    C:N -> local D
    D:N
    irq 1 at 3 callee+0 runs C
    irq 2 in 1 at 0 callee+0 runs D
  `.replace('local B, indirect C', 'local B x1, indirect C'));

  test('a function goes with its calls, and what hung on them', () => {
    expect(printScenario(settle(removeFunction(scenario, 1)))).toBe(
      'f0:M hoisted -> 2 indirect f2\nf2:N -> 4 local f3\nf3:N\n');
  });

  test('a call goes; its event, an event in that, a slot without use and a function out of reach go too', () => {
    const text = printScenario(settle(removeCall(scenario, 2)));
    expect(text).toBe('f0:M -> 1 local f1 x1\nf1:M patched -> 3 global f0 x1\nf2:N -> 4 local f3\nf3:N\nirq 1 at 3 callee+0 runs f2\nirq 2 in 1 at 0 callee+0 runs f3\n'.replaceAll(/f(\d)/g, (_, d: string) => 'ABCD'[Number(d)]!));
    expect(printScenario(settle(removeCall(settle(removeCall(scenario, 2)), 3)))).toBe('A:M -> 1 local B\nB:M patched\n');
  });

  test('limits go with their cycles', () => {
    const open = settle(changeFunction(scenario, 1, unpatched));
    expect(isValid(open)).toBe(true);
    expect(printScenario(open)).toContain('A:M hoisted -> 1 local B, 2 indirect C');
  });

  test('the argument is left alone', () => {
    const before = scenarioText(scenario);
    settle(removeFunction(removeCall(scenario, 3), 3));
    expect(scenarioText(scenario)).toBe(before);
  });
});
