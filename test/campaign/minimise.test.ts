// What is looked for is planted: a predicate on the scenario stands for a verdict.
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { sizeOf } from '../../src/scenario/size.ts';
import { canonical } from '../../src/scenario/canonical.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { settle } from '../../src/scenario/edit.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import type { Scenario, World } from '../../src/scenario/scenario.ts';
import { shadowStackPerCpu } from '../../src/strategies/shadow-stack-per-cpu.ts';
import { Trials } from '../../src/trial/trials.ts';
import type { ObligationName } from '../../src/contract/obligations.ts';
import type { TaskContext } from '../../src/scenario/scenario.ts';
import { isValid } from '../../src/scenario/validate.ts';
import { contextOfTask, withWorld, worldOf } from '../../src/scenario/world.ts';
import { ALL_FEATURES } from '../../src/scenario/features-of.ts';
import { minimise } from '../../src/campaign/minimise.ts';
import { steps } from '../../src/campaign/reductions.ts';
import { writtenCalls } from '../../src/campaign/written.ts';

const arbitrary = scenarioArbitrary();

function* shrink(scenario: Scenario): Generator<Scenario> {
  for (const value of arbitrary.shrink(scenario)) yield value.value;
}

type Shows = (scenario: Scenario) => boolean;

/** What is looked for; functions, calls and interrupts of the result at most; how many different results there may be. */
const PLANTED: readonly (readonly [string, number, number, Shows])[] = [
  ['a local call of a patched function', 3, 2, (scenario) => writtenCalls(scenario)
    .some(({ call }) => call.kind === 'local' && scenario.functions.some((one) => one.id === call.callee && one.replacement !== undefined))],
  ['a replacement that leaves through a stub', 3, 2, (scenario) => writtenCalls(scenario).some(({ call, version }) => call.kind === 'stub-sibling' && version === 'replacement')],
  ['two patched functions, one with stack arguments', 6, 12, (scenario) => scenario.functions.filter((one) => one.replacement !== undefined).length > 1
    && scenario.functions.some((one) => one.replacement !== undefined && one.args > 8)],
  ['an interrupt late in a hook, whose handler calls a patched function', 4, 4, (scenario) => scenario.interrupts.some((it) => it.at.region === 'hook-entry' && it.at.step >= 3
    && scenario.functions.some((one) => one.id === it.handler && one.body.calls.some((call) => scenario.functions.some((other) => other.id === call.callee && other.replacement !== undefined))))],
];

/** The first scenarios of a seed that show it. */
function showing(shows: Shows, seed: bigint, count: number): Scenario[] {
  const found: Scenario[] = [];
  for (let run = 0; run < 20_000 && found.length < count; run++) {
    const scenario = scenarioAt(arbitrary, seed, 0, run);
    if (shows(scenario)) found.push(scenario);
  }
  return found;
}

test.each(PLANTED)('%s: small, much the same from seed to seed, valid, canonical', (_name, most, forms, shows) => {
  const results = [1n, 2n, 3n].flatMap((seed) => showing(shows, seed, 8)).map((scenario) => minimise(scenario, { shows, shrink }));
  expect(results.length).toBe(24);
  for (const { scenario, certificate } of results) {
    expect(shows(scenario)).toBe(true);
    expect(isValid(scenario)).toBe(true);
    expect(canonical(scenario)).toEqual(scenario);
    expect(certificate.complete).toBe(true);
    // The certificate is true: each of its steps is there, is listed, and loses it.
    const last = [...steps(scenario, ALL_FEATURES)];
    expect(new Set(certificate.what)).toEqual(new Set(last.map((step) => step.what)));
    expect(last.filter((step) => shows(step.scenario))).toEqual([]);
  }
  const texts = new Set(results.map(({ scenario }) => printScenario(scenario)));
  expect(texts.size, [...texts].join('\n')).toBeLessThanOrEqual(forms);
  for (const { scenario } of results) {
    const size = sizeOf(scenario);
    expect(size.functions + size.calls + size.interrupts, printScenario(scenario)).toBeLessThanOrEqual(most);
  }
});

test('what is fixed stays fixed: no slipping to another bug', () => {
  // Two bugs; the one that is not looked for is the smaller.
  const small: Shows = (scenario) => scenario.functions.some((one) => one.replacement !== undefined);
  const large: Shows = (scenario) => writtenCalls(scenario).some(({ call }) => call.kind === 'stub-sibling');
  const [scenario] = showing((it) => small(it) && large(it), 7n, 1);
  if (scenario === undefined) throw new Error('none drawn');
  const bug: (it: Scenario) => string | undefined = (it) => (large(it) ? 'large' : small(it) ? 'small' : undefined);
  const { scenario: found } = minimise(scenario, { shows: (it) => bug(it) === 'large', shrink });
  expect(bug(found)).toBe('large');
  expect(sizeOf(found).functions).toBeLessThanOrEqual(2);
});

/** The interrupt's call is of a patched function. */
const inPatched = (it: Scenario): boolean => it.interrupts.some(({ at }) => {
  const callee = at.call === 0 ? it.start : writtenCalls(it).find(({ call }) => call.id === at.call)?.call.callee;
  return it.functions.some((one) => one.id === callee && one.replacement !== undefined);
});

/** A switch of this task lands in a call of a patched function. */
const switchedIn = (it: Scenario, context: TaskContext): boolean => worldOf(it).switches.some(({ at }) => {
  if (at.context !== context) return false;
  const start = context === 'task' ? it.start : worldOf(it).tasks.find((task) => contextOfTask(task) === context)?.start;
  const callee = at.call === 0 ? start : writtenCalls(it).find(({ call }) => call.id === at.call)?.call.callee;
  return it.functions.some((one) => one.id === callee && one.replacement !== undefined);
});
const inPatchedOfBoth = (it: Scenario): boolean => switchedIn(it, 'task') && switchedIn(it, 'task2');

test.each<[string, string, Shows, string]>([
  ['a function in place of another', 'A:M -> local B, local C\nB:M patched\nC:M patched',
    (it) => writtenCalls(it).filter(({ call, owner }) => owner.replacement === undefined && it.functions.some((one) => one.id === call.callee && one.replacement !== undefined)).length > 1,
    'A:M -> 1 local B, 2 local B\nB:M patched\n'],
  ['a callee started itself, with the interrupt in its call', 'A:M -> local B\nB:M args 2 patched\nirq 1 at 1 hook-entry+2 runs A', inPatched,
    'A:M patched\nirq 1 at 0 callee+0 runs A\n'],
  ['a call straight to where another leads, with the interrupt in that', 'A:M saves 1 -> local B\nB:M -> local C\nC:M patched\nirq 1 at 2 callee+0 runs A',
    (it) => inPatched(it) && it.functions.some((one) => one.id === it.start && one.body.nonvolatile > 0 && one.replacement === undefined),
    'A:M saves 1 -> 1 local B\nB:M patched\nirq 1 at 1 callee+0 runs A\n'],
  ['an identical replacement rather than one of its own', 'A:M patched saves 18 -> local B\nB:P zone', (it) => it.functions.some((one) => one.replacement !== undefined && (one.replacement.body === 'same' || one.replacement.body.nonvolatile > 0 && one.replacement.body.calls.length > 0)),
    'A:M patched same\n'],
  ['a function in place of another, with the task and the sleeper of it', "A:M -> local B\nB:M\nC:M patched -> local D\nD:P\ntask 2 runs C\nsleep C'",
    (it) => [it.start, ...worldOf(it).tasks.map(({ start }) => start)].some((id) => worldOf(it).sleepers.some((one) => one.replacement && one.function === id)) && worldOf(it).tasks.length > 0,
    "A:M patched\ntask 2 runs A\nsleep A'\n"],
  ['a callee started itself by both tasks, with their switches in its call', 'A:M -> local B\nB:M args 2 patched\ntask 2 runs A\nswitch 1 at 1 hook-entry+2\nswitch 2 of task2 at 1 hook-entry+2',
    (it) => inPatchedOfBoth(it), 'A:M patched\ntask 2 runs A\nswitch 1 at 0 callee+0\nswitch 2 of task2 at 0 callee+0\n'],
  ['a call straight to where another leads, with the switch in that', 'A:M saves 1 -> local B\nB:M -> local C\nC:M patched\nswitch 1 at 2 callee+0 to cpu 1',
    (it) => switchedIn(it, 'task') && it.functions.some((one) => one.id === it.start && one.body.nonvolatile > 0 && one.replacement === undefined),
    'A:M saves 1 -> 1 local B\nB:M patched\nswitch 1 at 1 callee+0\n'],
  ['a task in place of another, with its switches', 'A:M\ntask 2 runs A\ntask 3 runs A\nswitch 1 of task2 at 0 callee+0\nswitch 2 of task3 at 0 hook-return+3',
    (it) => worldOf(it).switches.length > 1 && new Set(worldOf(it).switches.map(({ at }) => at.region)).size > 1 && worldOf(it).tasks.length > 0
      && worldOf(it).switches.every(({ at }) => at.context !== 'task'),
    'A:M\ntask 2 runs A\nswitch 1 of task2 at 0 callee+0\nswitch 2 of task2 at 0 return-site+0\n'],
  ['the second task in place of the first, with its switch', 'A:M\nB:K -> indirect A\ntask 2 runs B\nswitch 1 of task2 at 1 callee+0',
    (it) => worldOf(it).switches.some(({ at }) => writtenCalls(it).some(({ call, owner }) => call.id === at.call && owner.module === 'K'
      && owner.id === (at.context === 'task' ? it.start : worldOf(it).tasks.find((task) => contextOfTask(task) === at.context)?.start))),
    'A:K -> 1 indirect B\nB:M\nswitch 1 at 1 callee+0\n'],
])('what hangs together goes together: %s', (_name, text, shows, expected) => {
  const { scenario } = minimise(parseScenario(text), { shows, shrink });
  expect(printScenario(scenario)).toBe(expected);
});

/** What a stack per CPU loses, under either of its assumptions: how the smallest cases of it look. */
test.each<[Feature, (it: World) => boolean]>([
  // Two tasks take turns on one CPU: one gives it up in its hook, by a tick or asleep, and finds the other's entry.
  ['migration', ({ tasks, switches, sleepers }) => tasks.length === 1 && [1, 2].includes(switches.length + sleepers.length)],
  // A task goes on on another CPU, or comes back from it with something still on the first.
  ['tasks', ({ tasks, switches, sleepers }) => tasks.length === 0 && [1, 2].includes(switches.length + sleepers.length)],
])('shadow-stack-per-cpu without %s: the tasks and events that it takes, and nothing else', (off, small) => {
  const drawn = scenarioArbitrary({ features: FEATURES.filter((feature) => ![off, 'stub-sibling', 'unwind', 'transitions', 'exit'].includes(feature)) });
  const trials = new Trials([shadowStackPerCpu]);
  const broken = (it: Scenario): ObligationName | undefined => {
    trials.load(it);
    const { outcome, violations } = trials.run(0);
    return outcome === 'violated' && !trials.isProgramFault() ? violations[0]!.obligation : undefined;
  };
  let found = 0, smallest = 0;
  for (let run = 0; run < 2_000 && found < 20; run++) {
    const scenario = scenarioAt(drawn, 77n, 0, run);
    const obligation = broken(scenario);
    if (obligation === undefined) continue;
    found++;
    const { scenario: least, certificate } = minimise(scenario, { shows: (it) => broken(it) === obligation, shrink, allowed: drawn.allowed });
    expect(certificate.complete).toBe(true);
    const said = printScenario(least);
    if (small(worldOf(least)) && least.functions.length <= 3) smallest++;
    expect(least.interrupts, said).toEqual([]);
    expect(least.functions.length, said).toBeLessThanOrEqual(4);
    // Each of them is needed.
    for (const part of ['tasks', 'switches', 'sleepers'] as const) {
      for (const one of worldOf(least)[part]) {
        const without = settle(withWorld(least, { ...worldOf(least), [part]: (worldOf(least)[part] as readonly object[]).filter((it) => it !== one) }));
        expect(isValid(without) && broken(without) === obligation, said).toBe(false);
      }
    }
  }
  // A few end where no single step leads further down.
  expect([found, smallest >= 16]).toEqual([20, true]);
});

test('a budget of candidates that ends says so, and the best so far still shows it', () => {
  const shows: Shows = (it) => it.functions.filter((one) => one.replacement !== undefined).length > 1;
  const [scenario] = showing(shows, 3n, 1);
  if (scenario === undefined) throw new Error('none drawn');
  let asked = 0;
  const { scenario: found, certificate } = minimise(scenario, { shows: (it) => { asked++; return shows(it); }, shrink, candidates: 5 });
  expect(asked).toBe(5);
  expect(certificate).toEqual({ tried: 5, what: [], complete: false });
  expect(shows(found)).toBe(true);
});
