import { expect, test } from 'vitest';
import { BoundError, DIMENSIONS, checkedBound, wholeBound } from '../../src/enumerate/bound.ts';
import type { Bound } from '../../src/enumerate/bound.ts';
import { Cursor, enumerated } from '../../src/enumerate/cursor.ts';
import { expected } from '../../src/enumerate/expected.ts';
import { compareMeasures, measureOf } from '../../src/enumerate/measure.ts';
import { canonical, equalScenarios, scenarioText } from '../../src/scenario/canonical.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { problemOf, validateScenario } from '../../src/scenario/validate.ts';
import { bruteForce } from './brute.ts';

function all(bound: Bound): Scenario[] {
  const list: Scenario[] = [];
  new Cursor(bound).visit(0, Infinity, (scenario) => { list.push(scenario); });
  return list;
}

const PLAIN = { bodies: ['plain'], tracing: [], entries: ['dual'], arguments: ['none'], places: ['near'] } as const;

/** Small enough for brute force, each dimension whole in one of them. */
const SMALL: readonly (readonly [string, Bound])[] = [
  ['two functions, one call, one thing special', wholeBound(2, 1, 1)],
  ['two functions, two calls, M and P', { ...wholeBound(2, 2, 0), modules: ['M', 'P'] }],
  ['one function, two calls', { ...wholeBound(1, 2, 1), modules: ['K', 'M'] }],
  ['one function, three calls', { ...wholeBound(1, 3, 0), modules: ['M'] }],
  ['three functions, two calls, no vmlinux', { ...wholeBound(3, 2, 0), ...PLAIN, modules: ['M', 'N'], kinds: ['global', 'stub-sibling'], replacements: ['own'] }],
  ['three functions in one module', { ...wholeBound(3, 2, 1), ...PLAIN, modules: ['M'], kinds: ['local', 'sibling', 'self'], entries: ['dual', 'single'], replacements: ['own'] }],
  ['arguments, handed on by sibling calls', { ...wholeBound(2, 2, 2), modules: ['M'], kinds: ['sibling', 'stub-sibling'], bodies: ['plain'], tracing: [], entries: ['dual'], places: ['near'], replacements: ['own'] }],
  ['two functions, either style of hooking', { ...wholeBound(2, 1, 0), hooked: ['in-line', 'out-of-line'] }],
  ['two functions, hooked out of line', { ...wholeBound(2, 1, 0), hooked: ['out-of-line'] }],
  ['recursion twice, no patches', { ...wholeBound(2, 3, 0), ...PLAIN, recursion: 2, modules: ['K', 'M'], replacements: [], kinds: ['local', 'indirect'] }],
];

test.each(SMALL)('brute force finds the same scenarios: %s', (_, bound) => {
  const list = all(bound).map(scenarioText);
  const brute = bruteForce(bound);
  expect(new Set(list).size).toBe(list.length);
  expect(list.filter((text) => !brute.has(text)).slice(0, 3)).toEqual([]);
  expect(brute.size).toBe(list.length);
  expect(list.length).toBeGreaterThan(20);
  expect(expected(bound)).toBe(list.length);
});

test('every scenario is valid, canonical, and within the bound; fewer functions come first, then fewer calls', () => {
  const bound = wholeBound(3, 2, 1);
  let seen = 0;
  let before = [0, 0];
  const wrong = (what: string, scenario: Scenario): never => { throw new Error(`${what}: ${scenarioText(scenario)}`); };
  new Cursor(bound).visit(0, Infinity, (scenario, index) => {
    if (index !== seen++) wrong(`number ${index} instead of ${seen - 1}`, scenario);
    // Every eleventh in full: the rest is what the groups share.
    if (index % 11 !== 0) return;
    const { functions, calls, special } = measureOf(scenario);
    if (functions * 100 + calls < before[0]! * 100 + before[1]!) wrong('out of order', scenario);
    before = [functions, calls];
    if (functions > 3 || calls > 2 || special > 1) wrong('outside of the bound', scenario);
    const problem = problemOf(scenario);
    if (problem !== undefined) wrong(`${problem.path}: ${problem.what}`, scenario);
    if (!equalScenarios(scenario, canonical(scenario))) wrong('not canonical', scenario);
    if (index % 1100 === 0) validateScenario(structuredClone(scenario));
  });
  expect(seen).toBe(expected(bound));
});

test('the two counts agree for larger bounds, and on what each dimension adds', () => {
  for (const bound of [wholeBound(2, 3, 2), wholeBound(3, 3, 1), wholeBound(4, 3, 0), wholeBound(3, 4, 0)]) expect(enumerated(bound)).toBe(expected(bound));
  const whole: Bound = { ...wholeBound(2, 2, 1), ...DIMENSIONS };
  for (const name of Object.keys(DIMENSIONS) as (keyof typeof DIMENSIONS)[]) {
    for (const value of DIMENSIONS[name] as readonly string[]) {
      if (['dual', 'none', 'plain', 'near'].includes(value)) continue;
      const less = checkedBound({ ...whole, [name]: (whole[name] as readonly string[]).filter((it) => it !== value) });
      expect([name, value, enumerated(less)]).toEqual([name, value, expected(less)]);
      expect(expected(less)).toBeLessThan(expected(whole));
    }
  }
});

test('every value of every dimension occurs, and how often', () => {
  const seen = new Map<string, number>();
  const note = (word: string): void => { seen.set(word, (seen.get(word) ?? 0) + 1); };
  for (const { functions, places } of all(wholeBound(2, 2, 1))) {
    note(`places ${places.M}${places.N}${places.P}`);
    note(`patched ${functions.map((fn) => (fn.replacement === undefined ? '-' : 'p')).join('')}`);
    for (const fn of functions) {
      note(`module ${fn.module}`);
      note(`entry ${fn.entry}`);
      note(`args ${fn.args}${fn.variadic ? 'v' : ''}`);
      if (fn.traced) note('traced');
      if (fn.replacement?.traced === true) note("traced'");
      if (fn.replacement !== undefined) note(`entry' ${fn.replacement.entry}`);
      if (fn.replacement?.body === 'same') note('same');
      for (const [body, mark] of [[fn.body, ''], [fn.replacement?.body, "'"]] as const) {
        if (body === undefined || body === 'same') continue;
        for (const name of ['zone', 'hoisted', 'earlyExit'] as const) if (body[name]) note(name + mark);
        if (body.nonvolatile > 0) note(`nonvolatile${mark}`);
        for (const call of body.calls) note(`${call.callee === 'self' ? 'self' : call.kind}${mark}${call.limit === undefined ? '' : ' again'}`);
      }
    }
  }
  expect(Object.fromEntries([...seen].sort(([a], [b]) => (a < b ? -1 : 1)))).toMatchSnapshot();
  expect(Math.min(...seen.values())).toBeGreaterThan(10);
});

test('from anywhere to anywhere: the same scenarios under the same numbers', () => {
  const bound = wholeBound(2, 2, 0);
  const texts = all(bound).map(scenarioText);
  const cursor = new Cursor(bound);
  for (const [from, to] of [[0, 3], [700, 750], [699, 702], [0, 1], [texts.length - 2, texts.length + 5], [texts.length, texts.length + 1], [1, 2]] as const) {
    const got: [number, string][] = [];
    const visited = cursor.visit(from, to, (scenario, index) => { got.push([index, scenarioText(scenario)]); });
    expect(visited).toBe(got.length);
    expect(got).toEqual(texts.slice(from, to).map((text, i) => [from + i, text]));
  }
});

test('measures are compared by functions, calls, patches, interrupts, then by what is out of the ordinary', () => {
  const zero = { functions: 0, calls: 0, patches: 0, interrupts: 0, around: 0, special: 0 };
  const order = (['functions', 'calls', 'patches', 'interrupts', 'special'] as const).map((name) => ({ ...zero, [name]: 1 }));
  for (let i = 1; i < order.length; i++) expect(compareMeasures(order[i]!, order[i - 1]!)).toBeLessThan(0);
  expect(compareMeasures(zero, { ...zero })).toBe(0);
});

test('a bound that makes no sense is refused, in one line that says what was expected', () => {
  const whole = wholeBound(2, 1, 1);
  const bad: [Partial<Record<keyof Bound, unknown>>, RegExp][] = [
    [{ functions: 0 }, /functions 0: expected a whole number from 1 to 6/], [{ calls: 1.5 }, /calls 1\.5/], [{ special: NaN }, /special NaN/],
    [{ recursion: '1' }, /recursion 1/], [{ kinds: ['locl'] }, /kinds: "locl"; expected some of local/], [{ entries: ['single'] }, /entries: expected dual/],
    [{ modules: ['N', 'P'] }, /modules: expected K or M/], [{ bodies: 'plain' }, /bodies: expected a list/], [{ places: ['far-core'] }, /places: expected near/],
    [{ hooked: [] }, /hooked: expected some of in-line, out-of-line/], [{ hooked: ['both'] }, /hooked: "both"; expected some of in-line/],
  ];
  for (const [change, message] of bad) {
    expect(() => checkedBound({ ...whole, ...change } as Bound)).toThrow(BoundError);
    expect(() => checkedBound({ ...whole, ...change } as Bound)).toThrow(message);
  }
  expect(checkedBound({ ...whole, kinds: ['self', 'local', 'self'] }).kinds).toEqual(['local', 'self']);
});
