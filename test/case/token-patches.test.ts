/** Tokens of version 3: the second patch and transitions. */
import { expect, test } from 'vitest';
import { Encoder } from '../../src/case/coder.ts';
import { ModelError } from '../../src/case/model1.ts';
import { transcodeWorld } from '../../src/case/model2.ts';
import { SECTIONS } from '../../src/case/model3.ts';
import type { TokenContent } from '../../src/case/token.ts';
import { TOKEN_MOST, decodeToken, encodeToken, tokenPlace } from '../../src/case/token.ts';
import { canonical } from '../../src/scenario/canonical.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { BOUNDS } from '../../src/scenario/scenario.ts';

const content = (scenario: Scenario): TokenContent => ({
  scenario: canonical(scenario), strategy: { kind: 'built-in', name: 'livepatch-stack' }, signature: { obligation: 'consistency', edge: 'local', place: tokenPlace('livepatch_push') },
});

test('each part makes a token of its own, and comes back', () => {
  const plain = 'A:M -> local B; B:M patched saves 1; task 2 runs A; sleep B; second A; second B; off 2; transition 1 at 1 callee+2 disable 1 unload; transition 2 of task2 at 1 callee+2 enable 2';
  const others = [
    ['second A; ', ''], ['second B', 'second B first'], ['off 2', 'off 1'], ['off 2', 'off 1; off 2'], ['off 2; ', ''], ['disable 1 unload', 'disable 1'], ['disable 1', 'disable 2'],
    ['disable 1 unload', 'replace'], ['disable 1', 'replace'], ['disable 1 unload', 'enable 1'], ['2 of task2 at 1', '2 at 1'], ['1 at 1 callee+2', '1 at 0 callee+2'],
    ['1 at 1 callee+2', '1 at 1 callee+2 #2'], ['1 at 1 callee+2', '1 at 1 hook-entry+2'], ['; transition 2 of task2 at 1 callee+2 enable 2', ''],
  ].map(([from, to]) => plain.replace(from!, to!));
  const tokens = [plain, ...others].map((text) => {
    const said = content(parseScenario(text));
    const token = encodeToken(said);
    expect(token.startsWith('toc3-')).toBe(true);
    expect(decodeToken(token)).toEqual(said);
    return token;
  });
  expect(new Set(tokens).size).toBe(1 + others.length);
});

test('a second patch alone keeps its place', () => {
  const said = content(parseScenario('places P=2; A:M; second A'));
  expect(said.scenario.places.P).toBe(2);
  expect(decodeToken(encodeToken(said))).toEqual(said);
});

test('the largest patches', () => {
  const lines = Array.from({ length: BOUNDS.second + 1 }, (_, i) => `f${i}:M${i < BOUNDS.second ? ` -> local f${i + 1}` : ''} patched saves 18`);
  const world = [
    ...Array.from({ length: BOUNDS.second }, (_, i) => `second f${i} first`), 'off 1', 'off 2',
    ...Array.from({ length: BOUNDS.transitions }, (_, i) => `transition ${i + 1} at 0 hook-return+${255 - i} #${64 - i} replace unload`),
  ];
  const scenario = parseScenario([...lines, ...world].join('\n'));
  expect(canonical(scenario).world).toMatchObject({ second: { length: BOUNDS.second }, transitions: { length: BOUNDS.transitions }, off: [1, 2] });
  const token = encodeToken(content(scenario));
  expect(decodeToken(token)).toEqual(content(scenario));
  expect(token.length).toBeLessThan(TOKEN_MOST / 2);
  const more = { ...scenario.world!, second: [...scenario.world!.second!, { function: BOUNDS.second, body: 'same' as const }] };
  expect(() => transcodeWorld(new Encoder(), { ...scenario, world: more }, SECTIONS)).toThrow(ModelError);
});
