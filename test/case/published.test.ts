// Tokens as a version before wrote them, each with its scenario: never change a line of published.txt, add to it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BUILT_IN_CODES, decodeToken, encodeToken, type TokenContent } from '../../src/case/token.ts';
import { canonical } from '../../src/scenario/canonical.ts';
import { parseScenario } from '../../src/scenario/notation.ts';

const LINES = readFileSync(new URL('published.txt', import.meta.url), 'utf8').trim().split('\n').map((line) => line.split('\t') as [token: string, text: string, of?: string]);

/** Which strategy a token is about, and what that breaks, as the third column has it. */
function whose({ strategy, signature }: TokenContent): string {
  const name = strategy.kind === 'built-in' ? strategy.name : strategy.hash;
  if (signature === undefined) return `${name} holds`;
  const { obligation, edge, place } = signature;
  return `${name} ${obligation} ${edge} ${'name' in place ? place.name : place.hash}`;
}

test.each(LINES)('%s says what it said', (token, text, of) => {
  const decoded = decodeToken(token);
  if (of !== undefined) expect(whose(decoded)).toBe(of);
  expect(decoded.scenario).toEqual(canonical(parseScenario(text)));
  expect(encodeToken(decoded)).toBe(token);
});

test('there are some with each thing that a world had then', () => {
  const fields = LINES.flatMap(([token]) => Object.keys(decodeToken(token).scenario.world ?? {}));
  for (const field of ['tasks', 'switches', 'sleepers', 'emergency', 'second', 'off', 'transitions', 'hooks', 'exits', 'outOfLine', 'tracing', 'soft', 'forks']) {
    expect(fields.filter((it) => it === field).length, field).toBeGreaterThan(4);
  }
});

test('there are some of each built-in strategy, and of each obligation that one of them breaks', () => {
  const contents = LINES.map(([token]) => decodeToken(token));
  const strategies = new Set(contents.flatMap(({ strategy }) => (strategy.kind === 'built-in' ? [strategy.name] : [])));
  expect([...strategies].sort()).toEqual([...BUILT_IN_CODES].sort());
  expect(new Set(contents.flatMap(({ signature }) => signature?.obligation ?? [])).size).toBeGreaterThan(12);
});
