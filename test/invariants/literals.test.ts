// The switches over points have literals for speed; here they are held to the names they stand for.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CALL_KINDS } from '../../src/image/program.ts';
import { POINT } from '../../src/image/points.ts';
import { CR_SAVED, SAVED_FROM, SAVED_WORDS } from '../../src/invariants/bounds.ts';
import { WITNESSES } from '../../src/contract/witnesses.ts';

test.each(['invariants/judge-points', 'trial/watch', 'trial/counts'])('labels of %s', (name) => {
  const text = readFileSync(new URL(`../../src/${name}.ts`, import.meta.url), 'utf8');
  const labels = [...text.matchAll(/case (\d+):(?: \{)? \/\/ (\w+)/g)];
  expect(labels.length).toBeGreaterThan(3);
  expect([...text.matchAll(/case \d+:/g)]).toHaveLength(labels.length);
  for (const [, number, label] of labels) expect(POINT[label as keyof typeof POINT]).toBe(Number(number));
});

test('the registers that a call keeps are r13 to r31 in one piece, and CR2 to CR4', () => {
  expect([SAVED_FROM, SAVED_WORDS, CR_SAVED]).toEqual([13, 38, 0x00fff000]);
});

test('witnesses of calls stand in the order of the call kinds', () => {
  const kinds = CALL_KINDS.slice(1);
  expect(WITNESSES.slice(0, 10).map(({ name }) => name)).toEqual([...kinds.map((kind) => `calls-${kind}`), ...kinds.map((kind) => `patched-${kind}`)]);
});
