// Tokens as a version before wrote them, each with its scenario: never change a line of published.txt, add to it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeToken, encodeToken } from '../../src/case/token.ts';
import { canonical } from '../../src/scenario/canonical.ts';
import { parseScenario } from '../../src/scenario/notation.ts';

const LINES = readFileSync(new URL('published.txt', import.meta.url), 'utf8').trim().split('\n').map((line) => line.split('\t') as [token: string, text: string]);

test.each(LINES)('%s says what it said', (token, text) => {
  const decoded = decodeToken(token);
  expect(decoded.scenario).toEqual(canonical(parseScenario(text)));
  expect(encodeToken(decoded)).toBe(token);
});

test('there are some with each thing that a world had then', () => {
  const fields = LINES.flatMap(([token]) => Object.keys(decodeToken(token).scenario.world ?? {}));
  for (const field of ['tasks', 'switches', 'sleepers', 'emergency', 'second', 'off', 'transitions', 'hooks', 'exits', 'outOfLine', 'tracing']) {
    expect(fields.filter((it) => it === field).length, field).toBeGreaterThan(4);
  }
});
