import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { BASELINE_SCHEMA, factKey, parseBaseline, printBaseline } from '../../src/campaign/baseline.ts';
import type { Baseline, Fact } from '../../src/campaign/baseline.ts';
import { CampaignError } from '../../src/campaign/error.ts';

const anyFact: fc.Arbitrary<Fact> = fc.record({
  strategy: fc.constantFrom('branch-only', 'mine', 'livepatch-stack'),
  obligation: fc.constantFrom(...OBLIGATIONS.map((it) => it.name)),
  features: fc.constantFrom('all', 'no-stub-sibling', 'no-stub-sibling,stack-room'),
  evidence: fc.record({ kind: fc.constantFrom('sampled' as const, 'proved' as const), trials: fc.nat() }, { noNullPrototype: true }),
}, { noNullPrototype: true }).chain((it) => fc.oneof(
  fc.constant<Fact>({ ...it, verdict: 'holds' }),
  fc.string({ minLength: 1, unit: fc.constantFrom(...'abcXYZ019~-_') }).map((token): Fact => ({ ...it, verdict: 'breaks', token })),
));

const anyBaseline: fc.Arbitrary<Baseline> = fc.record({
  schema: fc.constant<typeof BASELINE_SCHEMA>(BASELINE_SCHEMA),
  seed: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String),
  runs: fc.integer({ min: 1, max: 1_000_000 }), generator: fc.nat(9),
  features: fc.constantFrom(FEATURES, FEATURES.slice(0, 3), []),
  facts: fc.uniqueArray(anyFact, { selector: factKey }),
}, { noNullPrototype: true });

test('what is printed is read back, sorted', () => {
  fc.assert(fc.property(anyBaseline, (baseline) => {
    const text = printBaseline(baseline);
    const read = parseBaseline(text);
    expect(printBaseline(read)).toBe(text);
    expect(new Map(read.facts.map((it) => [factKey(it), it]))).toEqual(new Map(baseline.facts.map((it) => [factKey(it), it])));
    expect({ ...read, facts: [] }).toEqual({ ...baseline, facts: [] });
  }), { numRuns: 300, seed: 20160309 });
});

test('order of the facts does not show, and each is a line', () => {
  const facts: Fact[] = [
    { strategy: 'odd-toc', obligation: 'toc', features: 'all', verdict: 'breaks', evidence: { kind: 'sampled', trials: 10 }, token: 'abc' },
    { strategy: 'branch-only', obligation: 'toc-slot', features: 'no-far', verdict: 'holds', evidence: { kind: 'sampled', trials: 10 } },
    { strategy: 'branch-only', obligation: 'toc-slot', features: 'all', verdict: 'holds', evidence: { kind: 'sampled', trials: 10 } },
    { strategy: 'branch-only', obligation: 'return-address', features: 'all', verdict: 'holds', evidence: { kind: 'sampled', trials: 10 } },
  ];
  const baseline: Baseline = { schema: BASELINE_SCHEMA, seed: '1', runs: 10, generator: 1, features: ['local'], facts };
  expect(printBaseline(baseline)).toBe(printBaseline({ ...baseline, facts: [...facts].reverse() }));
  expect(printBaseline(baseline)).toMatchInlineSnapshot(`
    "{
      "schema": "tocsin/verdicts@1",
      "seed": "1",
      "runs": 10,
      "generator": 1,
      "features": ["local"],
      "facts": [
        {"strategy":"branch-only","features":"all","obligation":"return-address","verdict":"holds","evidence":{"kind":"sampled","trials":10}},
        {"strategy":"branch-only","features":"all","obligation":"toc-slot","verdict":"holds","evidence":{"kind":"sampled","trials":10}},
        {"strategy":"branch-only","features":"no-far","obligation":"toc-slot","verdict":"holds","evidence":{"kind":"sampled","trials":10}},
        {"strategy":"odd-toc","features":"all","obligation":"toc","verdict":"breaks","evidence":{"kind":"sampled","trials":10},"token":"abc"}
      ]
    }
    "
  `);
});

const HEAD = '{\n  "schema": "tocsin/verdicts@1",\n  "seed": "1",\n  "runs": 10,\n  "generator": 1,\n  "features": ["local"],\n  "facts": [\n';
const GOOD = '{"strategy":"a","features":"all","obligation":"toc","verdict":"holds","evidence":{"kind":"sampled","trials":1}}';
const whole = (...facts: string[]): string => `${HEAD}${facts.join(',\n')}\n]}\n`;

test.each<[string, string, string]>([
  ['not JSON', `${HEAD}${GOOD},\n}`, 'line 9: not JSON'],
  ['nothing', '', 'line 1: not JSON'],
  ['another document', '[]', 'line 1: the baseline: expected an object, found a list of 0'],
  ['another schema', whole(GOOD).replace('@1', '@2'), 'line 2: schema "tocsin/verdicts@2"; expected "tocsin/verdicts@1"'],
  ['an unknown field', whole(GOOD).replace('"runs"', '"walks"'), 'line 1: the baseline: unknown field "walks"'],
  ['a seed of 65 bits', whole(GOOD).replace('"1"', '"18446744073709551616"'), 'line 3: seed "18446744073709551616"; expected 64 bits in decimal, as text'],
  ['negative runs', whole(GOOD).replace('10', '-10'), 'line 4: runs -10; expected a whole number, 1 or more'],
  ['an unknown feature', whole(GOOD).replace('"local"', '"loca"'), 'line 6: features: expected a list of names of features, none twice'],
  ['the second fact', whole(GOOD, GOOD.replace('"a"', '"A"')), 'line 9: strategy "A"; expected a name in lower case, digits and dashes'],
  ['the same fact twice', whole(GOOD, GOOD.replace('holds', 'undecided')), 'line 9: the same fact as in line 8'],
  ['a prototype', whole(GOOD, GOOD.replace('"a"', '"__proto__"')), 'line 9: strategy "__proto__"; expected a name in lower case, digits and dashes'],
  ['facts on one line', whole(`${GOOD},${GOOD.replace('"toc"', '"tic"')}`), 'line 8: unknown obligation "tic"'],
  ['a broken fact without a token', whole(GOOD.replace('holds', 'breaks')), 'line 8: a verdict breaks without a token'],
  ['a number of trials in words', whole(GOOD.replace('1}', '"many"}')), 'line 8: trials "many"; expected a whole number, 0 or more'],
  ['brackets in a text', whole(GOOD.replace('"a"', '"]}{["'), GOOD), 'line 8: strategy "]}{["; expected a name in lower case, digits and dashes'],
  ['deep nesting', '['.repeat(100_000), 'line 1: not JSON'],
  ['ten megabytes', ' '.repeat(10_000_000), 'the baseline has 10000000 characters; at most 4000000'],
])('refuses %s with its line', (_name, text, message) => {
  let thrown: unknown;
  try {
    parseBaseline(text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(CampaignError);
  expect((thrown as CampaignError).message).toBe(message);
});
