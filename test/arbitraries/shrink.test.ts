import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { REDUCTIONS, reductions, smaller, weight } from '../../src/arbitraries/shrink.ts';
import { canonical, scenarioText } from '../../src/scenario/canonical.ts';
import { featureMask } from '../../src/scenario/features-of.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { validateScenario } from '../../src/scenario/validate.ts';
import { callIds } from '../scenario/call-ids.ts';

const all = scenarioArbitrary();

function shrink(scenario: Scenario, holds: (scenario: Scenario) => boolean): Scenario {
  for (let now = scenario; ;) {
    let next: Scenario | undefined;
    for (const one of reductions(now)) {
      if (!holds(one.scenario)) continue;
      next = one.scenario;
      break;
    }
    if (next === undefined) return now;
    now = next;
  }
}

/** Ends of shrinking from scenarios that have a property, in the notation. */
function ends(property: (scenario: Scenario) => boolean, count: number): Set<string> {
  const found = new Set<string>();
  for (let run = 0, seen = 0; seen < count; run += 1) {
    const scenario = scenarioAt(all, 77n, 0, run);
    if (!property(scenario)) continue;
    seen += 1;
    found.add(printScenario(canonical(shrink(scenario, property))));
  }
  return found;
}

describe('each step', () => {
  test('is valid, weighs less, renumbers nothing, and leaves its argument alone', () => {
    const kinds = new Set<string>();
    // The emergency stack is seldom drawn.
    const emergency = parseScenario('A:M; H:N; irq 1 at 0 callee+0 runs H own-stack; emergency 1');
    const patches = parseScenario('A:M -> local B; B:M patched saves 1; second A; second B first; off 2; transition 1 at 1 callee+3 replace unload');
    for (let run = 0; run < 120; run += 1) {
      const scenario = run === 0 ? emergency : run === 1 ? patches : scenarioAt(all, 9n, 0, run);
      const text = scenarioText(scenario);
      const functions = new Set(scenario.functions.map((fn) => fn.id));
      const calls = new Set(callIds(scenario));
      for (const { kind, what, scenario: next } of reductions(scenario)) {
        kinds.add(kind);
        validateScenario(JSON.parse(JSON.stringify(next)));
        expect(weight(next), what).toBeLessThan(weight(scenario));
        expect(next.functions.every((fn) => functions.has(fn.id))).toBe(true);
        expect(callIds(next).every((id) => calls.has(id))).toBe(true);
      }
      expect(scenarioText(scenario)).toBe(text);
    }
    expect(REDUCTIONS.filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  test('stays within the allowed features', () => {
    const arbitrary = scenarioArbitrary({ features: ['global', 'interrupt', 'stub-sibling', 'stack-args'] });
    let asked = 0;
    for (let run = 0; run < 200; run += 1) {
      const scenario = scenarioAt(arbitrary, 9n, 1, run);
      for (const { scenario: next } of reductions(scenario, arbitrary.allowed)) {
        asked += 1;
        expect(featureMask(next) & ~arbitrary.allowed).toBe(0);
      }
    }
    expect(asked).toBeGreaterThan(1_000);
  });
});

describe('the end', () => {
  test('of anything is the empty start function', () => {
    expect(ends(() => true, 20)).toEqual(new Set(['A:M\n']));
  });

  test('a local call of a patched function', () => {
    expect(ends((s) => s.functions.some((fn) => fn.body.calls.some((call) => call.kind === 'local' && s.functions.find((other) => other.id === call.callee && other.id !== fn.id)?.replacement !== undefined)), 20))
      .toEqual(new Set(['A:M -> 1 local B\nB:M patched\n']));
  });

  test('a stub sibling call out of a replacement into K', () => {
    const small = ends((s) => s.functions.some((fn) => {
      const body = fn.replacement?.body;
      return body !== undefined && body !== 'same' && body.calls.some((call) => call.kind === 'stub-sibling' && s.functions.find((other) => other.id === call.callee)?.module === 'K');
    }), 20);
    for (const text of small) expect(text.split('\n').length, text).toBeLessThanOrEqual(4);
    expect(small).toContain('A:M patched -> 1 stub-sibling B\nB:K\n');
  });

  test('a cycle of three, one patched', () => {
    const cycle = (s: Scenario): boolean => s.functions.some((a) => a.replacement !== undefined && a.body.calls.some((one) => one.callee !== a.id && one.limit !== undefined
      && s.functions.find((b) => b.id === one.callee)!.body.calls.some((two) => two.limit !== undefined && two.callee !== one.callee && two.callee !== a.id
        && s.functions.find((c) => c.id === two.callee)!.body.calls.some((three) => three.callee === a.id))));
    for (const text of ends(cycle, 8)) expect(text.split('\n').length, text).toBe(4);
  });

  test('an interrupt in a hook whose handler calls a patched function elsewhere', () => {
    const property = (s: Scenario): boolean => s.interrupts.some(({ at, handler }) => at.region === 'hook-entry' && at.step >= 3
      && s.functions.find((fn) => fn.id === handler)!.body.calls.some((call) => s.functions.find((fn) => fn.id === call.callee)?.replacement !== undefined));
    for (const text of ends(property, 10)) {
      const small = parseScenario(text);
      expect([small.functions.length, small.interrupts.length, callIds(small).length, small.interrupts[0]!.at.step], text).toEqual([2, 1, 1, 3]);
    }
  });
});

test('numbers are bisected from below', () => {
  expect(smaller(0)).toEqual([]);
  expect(smaller(1)).toEqual([0]);
  expect(smaller(13)).toEqual([0, 7, 10, 12]);
  expect(smaller(5, 1)).toEqual([1, 3, 4]);
});
