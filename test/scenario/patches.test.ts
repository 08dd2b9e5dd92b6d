/** The second patch and transitions as scenarios have them: shape, rules, notation, canonical form, what an edit leaves behind, and how much they may run. */
import { describe, expect, test } from 'vitest';
import { canonical, equalScenarios } from '../../src/scenario/canonical.ts';
import { removeFunction, settle, unpatched, changeFunction } from '../../src/scenario/edit.ts';
import { dynamicCalls, graphOf } from '../../src/scenario/graph.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { siblingChain } from '../../src/scenario/premises.ts';
import { stackNeed } from '../../src/scenario/stack.ts';
import { validateScenario } from '../../src/scenario/validate.ts';

const ALL = `places P=1
A:M -> 1 local B
B:M patched -> 2 global C
C:N
task 2 runs A
sleep B'
second A
second B first
off 2
transition 1 at 1 callee+2 enable 2
transition 2 of task2 at 2 hook-entry+4 disable 1 unload
transition 3 of task2 at 2 return-site+0 #3 replace unload
`;

test('the notation reads what it prints', () => {
  const scenario = parseScenario(ALL);
  expect(parseScenario(printScenario(scenario))).toEqual(scenario);
  expect(scenario.world?.second).toEqual([{ function: 0, body: 'same' }, { function: 1, body: 'first' }]);
  expect(scenario.world?.transitions?.[2]).toEqual({ id: 3, at: { context: 'task2', call: 2, occurrence: 3, region: 'return-site', step: 0 }, change: 'replace', patch: 2, unload: true });
  expect(equalScenarios(canonical(scenario), scenario)).toBe(true);
  for (const [bad, message] of [
    ['off 3', "line 1: '3'; expected a patch, 1 or 2"],
    ['transition 1 at 0 callee+0 undo 2', "line 1: 'undo'; expected one of enable, disable, replace"],
    ['transition 1 at 0 callee+0 disable', 'line 1: ends; expected a patch, 1 or 2'],
    ['second Z', "line 1: no function 'Z'"],
  ] as const) expect(() => parseScenario(`A:M; ${bad}`)).toThrow(message);
});

describe('rules', () => {
  test.each([
    ['A:M -> local B; B:M; second B first', 'world.second[0].body: function 1 has no replacement with a body of its own'],
    ["A:M -> local B; B:M patched same; second B first", 'world.second[0].body: function 1 has no replacement with a body of its own'],
    ['A:M -> local B; B:M patched -> local H; H:P; second B first', 'world.second[0].body: the replacement of function 1 calls function 2, which is in P'],
    ['A:M -> local B; B:M patched -> local H; H:P; second H', 'world.second[0].function: function 2 is in P'],
    ['A:M; second A; second A', 'world.second[1]: a second version of function 0'],
    ['A:M; off 2; off 1', 'world.off[1]: patch 1 stands behind patch 2'],
    ['A:M; transition 1 at 3 callee+0 enable 2', 'world.transitions[0].at.call: no call has id 3'],
    ['A:M; transition 1 of task2 at 0 callee+0 enable 2', 'world.transitions[0].at.context: there is no task2'],
    ['A:M; irq 1 at 0 callee+0 runs A; transition 1 at 0 callee+0 enable 2 unload', 'world.transitions[0].unload: enabling a patch turns none off'],
    ['A:M; transition 1 at 0 callee+0 enable 2; transition 1 at 0 callee+0 disable 2', 'world.transitions[1].id: another transition has id 1'],
    ['A:M -> local B; B:M patched -> sibling H; H:P; transition 1 at 0 callee+0 disable 1 unload', 'world.transitions[0].unload: the replacement of function 1 ends in a local sibling call'],
    ['A:M -> local B; B:M patched -> sibling H; H:P; transition 1 at 0 callee+0 replace unload', 'world.transitions[0].unload: the replacement of function 1 ends in a local sibling call'],
  ])('%s', (text, message) => {
    expect(() => parseScenario(text)).toThrow(message);
  });

  test('what is like it is allowed', () => {
    for (const text of [
      'A:M -> local B; B:M patched -> local H; H:P; second B; off 1',
      'A:M -> local B; B:M patched -> sibling H; H:P; second B; transition 1 at 0 callee+0 disable 2 unload',
      'A:M -> local B; B:M patched -> sibling H; H:P; transition 1 at 0 callee+0 disable 1',
      'A:M; transition 1 at 0 callee+0 disable 2',
    ]) expect(parseScenario(text).world).toBeDefined();
  });
});

test('hostile shapes', () => {
  const json = (): { world: Record<string, unknown> } => JSON.parse(JSON.stringify(parseScenario(ALL)));
  const said = (change: (world: Record<string, any>) => void): string => {
    const value = json();
    change(value.world);
    try {
      validateScenario(value);
    } catch (error) {
      return (error as Error).message;
    }
    return 'valid';
  };
  expect(said(() => undefined)).toBe('valid');
  expect(said((world) => { world['second'] = []; })).toContain('world.second: empty');
  expect(said((world) => { world['second'] = null; })).toContain('world.second: null; expected an array');
  expect(said((world) => { world['second'][0].body = 'own'; })).toContain('world.second[0].body: "own"; expected one of same, first');
  expect(said((world) => { world['off'] = [3]; })).toContain('world.off[0]: 3; expected one of 1, 2');
  expect(said((world) => { world['off'] = [1, 2, 2]; })).toContain('world.off: 3 entries; at most 2');
  expect(said((world) => { world['transitions'][0].change = 'undo'; })).toContain('world.transitions[0].change: "undo"; expected one of enable, disable, replace');
  expect(said((world) => { world['transitions'][0].unload = false; })).toContain('world.transitions[0].unload: false; expected true, or no such field');
  expect(said((world) => { world['transitions'][2].patch = 1; })).toContain('world.transitions[2].patch: the patch that replaces the other one is patch 2');
  expect(said((world) => { world['transitions'][0].at.context = 4; })).toContain('world.transitions[0].at.context: a transition begins in a task');
  expect(said((world) => { world['transitions'] = Array.from({ length: 5 }, () => world['transitions'][0]); })).toContain('world.transitions: 5 entries; at most 4');
});

test('the canonical form leaves out what is not reached, and keeps the place of a second patch', () => {
  const scenario = parseScenario('places P=2; f3:M -> 7 local f1; f1:M; f9:N -> 8 global f1; start f3; second f9; second f1; transition 4 at 8 callee+0 enable 2; transition 6 at 7 callee+1 disable 2');
  expect(printScenario(canonical(scenario))).toBe('places P=2\nA:M -> 1 local B\nB:M\nsecond B\ntransition 1 at 1 callee+1 disable 2\n');
});

test('an edit leaves the patches in order', () => {
  const scenario = parseScenario(ALL);
  expect(settle(changeFunction(scenario, 1, unpatched)).world?.second).toEqual([{ function: 0, body: 'same' }, { function: 1, body: 'same' }]);
  const without = settle(removeFunction(scenario, 1));
  expect([without.world?.second, without.world?.transitions]).toEqual([[{ function: 0, body: 'same' }], undefined]);
});

test('any version may run: bounds on calls, stack and chains of siblings', () => {
  const text = 'A:M -> local B x3; B:M -> local A x3 patched same';
  const calls = (it: string): number => {
    const scenario = parseScenario(it);
    return dynamicCalls(scenario, 'any', graphOf(scenario));
  };
  // Each version of B has a counter of its own for its call of A.
  expect(dynamicCalls(parseScenario(text), true)).toBe(1 + 3 + 3);
  expect(calls(`${text}; off 1`)).toBe(1 + 3 + 6);
  expect(calls(`${text}; second B`)).toBe(1 + 3 + 9);
  // Of two versions one runs: the one that calls most.
  expect(calls('A:M -> local B; B:M -> local C, local C patched -> global C; C:M; off 1')).toBe(1 + 1 + 2);
  const stack = (it: string): number => stackNeed(parseScenario(it), graphOf(parseScenario(it)), 32);
  const large = 'A:M -> local B; B:M saves 18 patched';
  expect(stack(`${large}; off 1`)).toBe(stack(large) + 32);
  const chain = 'A:M -> local B; B:M patched -> stub-sibling C; C:N';
  expect([siblingChain(parseScenario(chain)), siblingChain(parseScenario(`${chain}; second C`))]).toEqual([1, 2]);
});
