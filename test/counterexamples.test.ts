// The stored cases in counterexamples/: each says what is so, and together they show every known-bad strategy bad and every assumption needed.
// `npm run counterexamples` writes them anew, and verdicts.json with them.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseBaseline } from '../src/campaign/baseline-parse.ts';
import { expectedOf } from '../src/campaign/gate-rules.ts';
import { parseCase, printCase } from '../src/case/file.ts';
import { decodeToken } from '../src/case/token.ts';
import { FEATURES } from '../src/scenario/features.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { Trials } from '../src/trial/trials.ts';

const ROOT = resolve(import.meta.dirname, '..');
const names = readdirSync(join(ROOT, 'counterexamples')).filter((name) => name.endsWith('.json')).sort();
const textOf = (name: string): string => readFileSync(join(ROOT, 'counterexamples', name), 'utf8');

test('one for each obligation that a known-bad strategy claims to break, one for each assumption, and some that hold', () => {
  const wanted = BUILT_IN.flatMap(({ name, claim }) => (claim.kind === 'breaks' ? claim.obligations : claim.assuming).map((it) => `${name}.${it}.json`));
  expect(wanted.filter((it) => !names.includes(it))).toEqual([]);
  expect(names.filter((it) => it.startsWith('table.')).length).toBeGreaterThan(10);
});

describe.each(names)('%s', (name) => {
  const stored = parseCase(textOf(name));
  const trials = new Trials(BUILT_IN);

  test('every strategy does what it says, on a good program', () => {
    trials.load(stored.scenario);
    const verdicts = Object.fromEntries(BUILT_IN.map((it, index) => [it.name, trials.applicable(index) ? expectedOf(trials.run(index)) : { outcome: 'not-applicable', obligations: [] }]));
    expect(verdicts).toEqual(stored.expected);
    expect(trials.isProgramFault()).toBe(false);
  });

  test('its signature recurs, or its strategy holds', () => {
    trials.load(stored.scenario);
    const { outcome, violations } = trials.run(BUILT_IN.findIndex((it) => it.name === stored.strategy));
    if (stored.signature === null) expect(outcome).toBe('holds');
    else expect(violations.map(({ obligation, edge, place }) => ({ obligation, edge, place }))).toContainEqual(stored.signature);
  });

  test('it is written as it would be written today', () => {
    expect(printCase(stored)).toBe(textOf(name));
  });
});

test('the baseline is about all strategies with all features, and its tokens can be read', () => {
  const baseline = parseBaseline(readFileSync(join(ROOT, 'verdicts.json'), 'utf8'));
  expect(baseline.features).toEqual(FEATURES);
  expect(BUILT_IN.filter((it) => !baseline.facts.some((fact) => fact.strategy === it.name)).map((it) => it.name)).toEqual([]);
  expect(baseline.facts.filter((it) => it.verdict === 'undecided')).toEqual([]);
  const tokens = new Set(baseline.facts.flatMap((it) => it.token ?? []));
  expect(tokens.size).toBeGreaterThan(20);
  for (const token of tokens) expect(() => decodeToken(token), token).not.toThrow();
});
