import { Random } from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, test } from 'vitest';
import { DEEP_CAP } from '../../src/arbitraries/deep.ts';
import { DYNAMIC_CAP, WORLD_FEATURES } from '../../src/arbitraries/dice.ts';
import { idiomaticArbitrary } from '../../src/arbitraries/idiomatic.ts';
import { ScenarioArbitrary, scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { BLOCK_RUNS, diceAt, GENERATOR_VERSION, parseSeed, scenarioAt, SeedError, stateOf } from '../../src/arbitraries/seeded.ts';
import { canonical, equalScenarios, scenarioText } from '../../src/scenario/canonical.ts';
import { settle } from '../../src/scenario/edit.ts';
import { ALL_FEATURES, FEATURE_BIT, featureMask } from '../../src/scenario/features-of.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { dynamicCalls } from '../../src/scenario/graph.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { problemOf, validateScenario } from '../../src/scenario/validate.ts';
import { NO_WORLD, taskStarts, withWorld } from '../../src/scenario/world.ts';
import { Distribution } from './distribution.ts';

const SAMPLE = 5_000;
const all = scenarioArbitrary();

function distribution(draw: (run: number) => ReturnType<typeof all.draw>, runs = SAMPLE): Distribution {
  const result = new Distribution();
  for (let run = 0; run < runs; run += 1) result.add(draw(run));
  return result;
}

describe('what comes out', () => {
  test('is valid, whole, and no run of it is too long', () => {
    let long = 0;
    for (let run = 0; run < SAMPLE; run += 1) {
      const scenario = scenarioAt(all, 1n, 0, run);
      expect(problemOf(scenario), printScenario(scenario)).toBeUndefined();
      const longest = (it: Scenario): number => Math.max(dynamicCalls(it, false), dynamicCalls(it, true));
      const calls = longest(withWorld(scenario, NO_WORLD));
      expect(calls).toBeLessThanOrEqual(DEEP_CAP);
      if (calls > DYNAMIC_CAP) long += 1;
      // The other tasks begin where the first one does, or at what it calls, or at a handler.
      expect(longest(scenario)).toBeLessThanOrEqual((calls > DYNAMIC_CAP ? DEEP_CAP : DYNAMIC_CAP) * taskStarts(scenario).length);
    }
    // Deep recursions, which cost as much as twenty others.
    expect(long).toBeLessThan(SAMPLE / 50);
    for (let run = 0; run < 500; run += 1) validateScenario(scenarioAt(all, 1n, 1, run));
  });

  test('everything in it can be reached', () => {
    const counts = ({ functions, interrupts, world }: Scenario): number[] =>
      [functions, interrupts, ...(world === undefined ? [] : [world.tasks, world.switches, world.sleepers, world.tracing ?? []])].map((list) => list.length);
    for (let run = 0; run < 1_000; run += 1) {
      const scenario = scenarioAt(all, 2n, 0, run);
      expect(counts(canonical(scenario)), printScenario(scenario)).toEqual(counts(scenario));
    }
  });

  /** The world is drawn last, on what is finished: what a seed meant without, it means still. */
  test.each([1n, 20160309n])('without a world it is the same as where none is allowed, with one the same but for that (seed %s)', (seed) => {
    const alone = scenarioArbitrary({ features: FEATURES.filter((name) => (FEATURE_BIT[name] & WORLD_FEATURES) === 0) });
    let around = 0;
    for (let run = 0; run < 1_000; run += 1) {
      const scenario = scenarioAt(all, seed, 0, run), without = scenarioAt(alone, seed, 0, run);
      expect(without.world).toBeUndefined();
      if (scenario.world !== undefined) around += 1;
      // But for where interrupts land: some at calls whose return is hooked are moved into the return hook.
      const plain = scenario.world?.hooks === undefined ? (one: Scenario): Scenario => one : (one: Scenario): Scenario => ({ ...one, interrupts: [] });
      expect(scenarioText(canonical(settle(plain(withWorld(scenario, NO_WORLD)))))).toBe(scenarioText(canonical(settle(plain(without)))));
    }
    expect(around).toBeGreaterThan(120);
    expect(around).toBeLessThan(540);
  });

  test.each(FEATURES)('a feature that is off never occurs: %s', (off) => {
    const arbitrary = scenarioArbitrary({ features: FEATURES.filter((name) => name !== off) });
    for (let run = 0; run < 600; run += 1) {
      const scenario = scenarioAt(arbitrary, 3n, 0, run);
      expect(featureMask(scenario) & ~arbitrary.allowed, printScenario(scenario)).toBe(0);
      expect(problemOf(scenario)).toBeUndefined();
    }
  });

  test('one feature alone, and none at all', () => {
    for (const on of [[], ...FEATURES.map((name) => [name])]) {
      const arbitrary = scenarioArbitrary({ features: on });
      for (let run = 0; run < 60; run += 1) {
        const scenario = scenarioAt(arbitrary, 4n, 0, run);
        expect(featureMask(scenario) & ~arbitrary.allowed, printScenario(scenario)).toBe(0);
        expect(problemOf(scenario)).toBeUndefined();
      }
    }
  });

  test('a smaller size', () => {
    const arbitrary = scenarioArbitrary({ functions: 3, features: FEATURES.filter((name) => name !== 'interrupt') });
    for (let run = 0; run < 500; run += 1) expect(scenarioAt(arbitrary, 5n, 0, run).functions.length).toBeLessThanOrEqual(3);
    expect(() => new ScenarioArbitrary({ functions: 0 })).toThrow(RangeError);
  });

  /** What must occur in at least this percentage of scenarios. */
  const least: Readonly<Record<string, number>> = {
    ...Object.fromEntries(FEATURES.map((name) => [name, 8])),
    unwind: 4, 'emergency-stack': 1, transitions: 6, 'graph-tracer': 5, exit: 6,
    'something patched': 97,
    'local patched': 30, 'global patched': 15, 'indirect patched': 20, 'sibling patched': 8, 'stub-sibling patched': 4,
    'local unpatched': 15, 'global unpatched': 10, 'indirect unpatched': 15, 'sibling unpatched': 5, 'stub-sibling unpatched': 5,
    'recursion through patched': 12, self: 2, 'same-body': 10, 'own-body': 50, traced: 15, 'traced-replacement': 8, 'early-exit': 30,
    'function in P': 4, 'patched single': 3, 'patched with stack arguments': 15, 'local patched under a hoisted slot': 3,
    'replacement calls patched in a module': 8, 'Z-A-B chain': 2, 'stub sibling patched': 4,
    'handler calls patched': 40, 'in a hook, handler calls patched of another module': 12,
    'deep recursion through patched': 0.8, 'outside stack-room': 0.5, 'deep within stack-room': 0.2, 'at the edge of stack-room': 0.08,
    'lands in caller': 1, 'lands in stub': 1, 'lands in ftrace-entry': 4, 'lands in hook-entry': 12, 'lands in callee': 8, 'lands in hook-return': 12, 'lands in return-site': 1,
    'lands in stub, patched': 0.5, 'lands in ftrace-entry, traced': 0.2, 'lands in ftrace-entry, patched': 3, 'lands in caller, unpatched': 0.4, 'lands in return-site, unpatched': 0.4,
    'lands in callee, unpatched': 2, 'lands far': 0.5,
    'tasks that begin alike': 5, 'three tasks': 1.5, 'a task on CPU 1': 2, 'a switch in another task': 5, 'a switch in a hook': 5, 'two switches in one call': 1.5,
    'goes on on CPU 1': 4, 'a replacement sleeps': 5, 'an original sleeps': 2, 'sleeps and wakes on CPU 1': 2, 'switches and interrupts': 4,
    ...Object.fromEntries(['caller', 'ftrace-entry', 'hook-entry', 'callee', 'hook-return', 'return-site'].map((region) => [`a switch in ${region}`, 0.5])),
    ...Object.fromEntries(Array.from({ length: 13 }, (_, args) => [`args ${args}`, args === 11 ? 1.5 : 3])),
  };
  test('says what a generator must be able to say', () => {
    // Four times as many: of the rarest there are some fifty.
    const counted = distribution((run) => scenarioAt(all, 6n, 0, run), 4 * SAMPLE);
    const missing = Object.entries(least).filter(([name, percent]) => counted.share(name) < percent).map(([name, percent]) => `${name}: ${counted.share(name).toFixed(1)} % of scenarios, expected ${percent} %`);
    expect(missing).toEqual([]);
    expect(counted.share('hook anchor at an unpatched function')).toBe(0);
    expect(counted.mean('runs')).toBeGreaterThan(7);
    expect(counted.mean('runs')).toBeLessThan(15);
    expect(counted.mean('functions')).toBeGreaterThan(4.5);
  });

  test('small sets of features and all of them at once', () => {
    let few = 0;
    let most = 0;
    for (let run = 0; run < SAMPLE; run += 1) {
      const count = featureMask(scenarioAt(all, 7n, 0, run)).toString(2).replaceAll('0', '').length;
      if (count <= 3) few += 1;
      if (count >= 12) most += 1;
    }
    expect(few).toBeGreaterThan(SAMPLE / 20);
    expect(most).toBeGreaterThan(SAMPLE / 40);
  });
});

/** Without the world around, which is drawn on a scenario that is finished. */
test('the idiomatic arbitrary draws the same family', () => {
  const idiomatic = idiomaticArbitrary();
  const inner = scenarioArbitrary({ features: FEATURES.filter((feature) => (FEATURE_BIT[feature] & WORLD_FEATURES) === 0) });
  const random = new Random(xoroshiro128plus(11));
  const one = distribution((run) => scenarioAt(inner, 8n, 0, run), 3_000);
  const two = distribution(() => idiomatic.generate(random, undefined).value, 3_000);
  const far = [...new Set([...one.shares.keys(), ...two.shares.keys()])].filter((name) => Math.abs(one.share(name) - two.share(name)) > 13);
  expect(far.map((name) => `${name}: ${one.share(name).toFixed(1)} % and ${two.share(name).toFixed(1)} %`)).toEqual([]);
  for (const name of ['functions', 'calls', 'runs', 'patched', 'interrupts']) {
    expect(two.mean(name) / one.mean(name), name).toBeGreaterThan(0.7);
    expect(two.mean(name) / one.mean(name), name).toBeLessThan(1.4);
  }
  for (let k = 0; k < 300; k += 1) {
    const scenario = idiomatic.generate(random, undefined).value;
    expect(problemOf(scenario), printScenario(scenario)).toBeUndefined();
  }
});

describe('shrinking without context', () => {
  test('only what is really a scenario of this arbitrary', () => {
    const scenario = parseScenario('A:M -> local B; B:M patched');
    expect(all.canShrinkWithoutContext(scenario)).toBe(true);
    expect(all.canShrinkWithoutContext({ ...scenario, start: 7 })).toBe(false);
    expect(all.canShrinkWithoutContext({ ...scenario, more: 1 })).toBe(false);
    expect(all.canShrinkWithoutContext(undefined)).toBe(false);
    expect(scenarioArbitrary({ features: ['global'] }).canShrinkWithoutContext(scenario)).toBe(false);
  });

  test('generate and shrink work inside fast-check', () => {
    const value = all.generate(diceAt(1n, 2, 3));
    expect(equalScenarios(canonical(value.value), scenarioAt(all, 1n, 2, 3))).toBe(true);
    const shrunk = [...all.shrink(value.value)];
    expect(shrunk.length).toBeGreaterThan(3);
    expect(shrunk.every((one) => problemOf(one.value) === undefined)).toBe(true);
  });
});

describe('seeds', () => {
  test('a run depends on seed, block and run alone', () => {
    expect(printScenario(scenarioAt(all, 42n, 3, 17))).toBe(printScenario(scenarioAt(scenarioArbitrary(), 42n, 3, 17)));
    const different = new Set([[42n, 3, 17], [43n, 3, 17], [42n, 4, 17], [42n, 3, 18], [42n, 17, 3], [3n, 42, 17], [1n << 32n, 0, 0], [1n, 0, 0], [0n, 1, 0], [0n, 0, 1]]
      .map(([seed, block, run]) => stateOf(seed as bigint, block as number, run as number).join()));
    expect(different.size).toBe(10);
  });

  test('states are spread: no two of many alike, each bit about half the time', () => {
    const seen = new Set<string>();
    const ones = new Array<number>(128).fill(0);
    const runs = 20_000;
    for (let i = 0; i < runs; i += 1) {
      const state = stateOf(BigInt(i % 10), Math.floor(i / 10) % 20, Math.floor(i / 200));
      seen.add(state.join());
      for (let bit = 0; bit < 128; bit += 1) if ((state[bit >> 5]! >>> (bit & 31)) & 1) ones[bit]! += 1;
    }
    expect(seen.size).toBe(runs);
    expect(Math.min(...ones)).toBeGreaterThan(runs * 0.48);
    expect(Math.max(...ones)).toBeLessThan(runs * 0.52);
  });

  test('what this version of the generator makes of one seed', () => {
    expect([GENERATOR_VERSION, BLOCK_RUNS]).toEqual([5, 500]);
    expect(printScenario(scenarioAt(all, 20160309n, 0, 0))).toMatchInlineSnapshot(`
      "places M=2 P=2
      A:M traced -> 1 local B
      B:M args 1 variadic -> 2 local B x3 patched
      C:K -> 3 indirect B
      irq 1 at 1 hook-entry+6 runs C
      out-of-line
      "
    `);
    let hash = 0;
    for (let run = 0; run < 200; run += 1) for (const char of printScenario(scenarioAt(all, 20160309n, 0, run))) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    expect(hash >>> 0).toMatchInlineSnapshot(`4067833140`);
  });

  test.each([
    ['0', 0n], ['12345', 12345n], ['10_000', 10_000n], ['1e6', 1_000_000n], ['0x1f', 31n], ['0XFF_FF', 0xffffn],
    ['18446744073709551615', (1n << 64n) - 1n],
  ])('%s', (text, seed) => {
    expect(parseSeed(text)).toBe(seed);
  });

  test('a commit hash is a seed too', () => {
    const seed = parseSeed('85baa095497f3e590df9f6c8932121f123efca5c');
    expect(seed).toBe(parseSeed('85BAA095497F3E590DF9F6C8932121F123EFCA5C'));
    expect(seed >> 64n).toBe(0n);
    expect(parseSeed('85baa095497f3e590df9f6c8932121f123efca5d')).not.toBe(seed);
    expect(parseSeed('95baa095497f3e590df9f6c8932121f123efca5c')).not.toBe(seed);
  });

  test.each(['', '-1', '1.5', '1e99', '0x', '18446744073709551616', '1__0', '_1', '1_', 'abc', ' 1', '1e', '85baa095', `1${'0'.repeat(100_000)}`])('no seed: %.20s', (text) => {
    expect(() => parseSeed(text)).toThrow(SeedError);
    try {
      parseSeed(text);
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(250);
    }
  });

  test('bad places', () => {
    for (const [seed, block, run] of [[-1n, 0, 0], [1n << 64n, 0, 0], [0n, -1, 0], [0n, 0, 1.5], [0n, 2 ** 32, 0]] as const) {
      expect(() => stateOf(seed, block, run)).toThrow(RangeError);
    }
  });

  test('all features are the default', () => {
    expect(all.allowed).toBe(ALL_FEATURES);
  });
});
