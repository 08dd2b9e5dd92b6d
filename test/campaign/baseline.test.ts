import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { BASELINE_SCHEMA, OLD_BASELINE_SCHEMA, factKey, printBaseline } from '../../src/campaign/baseline.ts';
import type { Baseline, Fact, ProofFact } from '../../src/campaign/baseline.ts';
import { parseBaseline } from '../../src/campaign/baseline-parse.ts';
import { CampaignError } from '../../src/campaign/error.ts';

const anyFact: fc.Arbitrary<Fact> = fc.record({
  strategy: fc.constantFrom('branch-only', 'mine', 'livepatch-stack'),
  obligation: fc.constantFrom(...OBLIGATIONS.map((it) => it.name)),
  features: fc.constantFrom('all', 'no-stub-sibling', 'no-stub-sibling,stack-room'),
  trials: fc.nat(),
}, { noNullPrototype: true }).chain(({ trials, ...it }) => fc.oneof(
  fc.constant<Fact>({ ...it, verdict: 'holds', evidence: { kind: 'sampled', trials } }),
  fc.constant<Fact>({ ...it, verdict: 'holds', evidence: { kind: 'exhaustive', trials, bound: 'functions 2, calls 1, special 0' } }),
  // The proof of its strategy and feature set: below.
  fc.constant<Fact>({ ...it, features: 'no-stub-sibling', verdict: 'holds', evidence: { kind: 'proved', trials } }),
  fc.string({ minLength: 1, unit: fc.constantFrom(...'abcXYZ019~-_') }).map((token): Fact => ({ ...it, verdict: 'breaks', evidence: { kind: 'sampled', trials }, token })),
));

const anyProof: fc.Arbitrary<ProofFact> = fc.record({
  strategy: fc.constantFrom('branch-only', 'mine', 'livepatch-stack'), features: fc.constantFrom('all', 'no-stub-sibling'),
  assuming: fc.constantFrom([], ['no-stub-sibling', 'entry-model']), fragments: fc.nat(),
}, { noNullPrototype: true }).chain((it) => fc.oneof(fc.constant<ProofFact>({ ...it, verdict: 'undecided' }), fc.constant<ProofFact>({ ...it, verdict: 'breaks', token: 'x' })));

const holdsFor = (strategy: string): ProofFact => ({ strategy, features: 'no-stub-sibling', verdict: 'holds', assuming: ['no-stub-sibling'], fragments: 3 });

const anyBaseline: fc.Arbitrary<Baseline> = fc.record({
  schema: fc.constant<typeof BASELINE_SCHEMA>(BASELINE_SCHEMA),
  seed: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String),
  runs: fc.integer({ min: 1, max: 1_000_000 }), generator: fc.nat(9),
  features: fc.constantFrom(FEATURES, FEATURES.slice(0, 3), []),
  proofs: fc.uniqueArray(anyProof, { selector: (it) => it.strategy }),
  facts: fc.uniqueArray(anyFact, { selector: factKey }),
}, { noNullPrototype: true }).map((it) => {
  const proved = new Set(it.facts.filter((one) => one.evidence.kind === 'proved').map((one) => one.strategy));
  return { ...it, proofs: [...it.proofs.filter((one) => !proved.has(one.strategy)), ...[...proved].map(holdsFor)] };
});

test('what is printed is read back, sorted', () => {
  fc.assert(fc.property(anyBaseline, (baseline) => {
    const text = printBaseline(baseline);
    const read = parseBaseline(text);
    expect(printBaseline(read)).toBe(text);
    expect(new Map(read.facts.map((it) => [factKey(it), it]))).toEqual(new Map(baseline.facts.map((it) => [factKey(it), it])));
    expect(new Map(read.proofs.map((it) => [it.strategy, it]))).toEqual(new Map(baseline.proofs.map((it) => [it.strategy, it])));
    expect({ ...read, proofs: [], facts: [] }).toEqual({ ...baseline, proofs: [], facts: [] });
  }), { numRuns: 300, seed: 20160309 });
});

test('order of the facts does not show, and each is a line', () => {
  const facts: Fact[] = [
    { strategy: 'odd-toc', obligation: 'toc', features: 'all', verdict: 'breaks', evidence: { kind: 'sampled', trials: 10 }, token: 'abc' },
    { strategy: 'branch-only', obligation: 'toc-slot', features: 'no-far', verdict: 'holds', evidence: { kind: 'sampled', trials: 10 } },
    { strategy: 'branch-only', obligation: 'toc-slot', features: 'all', verdict: 'holds', evidence: { kind: 'sampled', trials: 10 } },
    { strategy: 'branch-only', obligation: 'return-address', features: 'all', verdict: 'holds', evidence: { kind: 'sampled', trials: 10 } },
    { strategy: 'mine', obligation: 'toc', features: 'no-stub-sibling', verdict: 'holds', evidence: { kind: 'proved', trials: 10 } },
    { strategy: 'mine', obligation: 'consistency', features: 'no-stub-sibling', verdict: 'holds', evidence: { kind: 'exhaustive', trials: 10, bound: 'functions 2, calls 1, special 0' } },
  ];
  const proofs: ProofFact[] = [holdsFor('mine'), { strategy: 'branch-only', features: 'all', verdict: 'breaks', assuming: ['entry-model'], fragments: 154, token: 'abc' }];
  const baseline: Baseline = { schema: BASELINE_SCHEMA, seed: '1', runs: 10, generator: 1, features: ['local'], proofs, facts };
  expect(printBaseline(baseline)).toBe(printBaseline({ ...baseline, proofs: [...proofs].reverse(), facts: [...facts].reverse() }));
  expect(printBaseline(baseline)).toMatchInlineSnapshot(`
    "{
      "schema": "tocsin/verdicts@2",
      "seed": "1",
      "runs": 10,
      "generator": 1,
      "features": ["local"],
      "proofs": [
        {"strategy":"branch-only","features":"all","verdict":"breaks","assuming":["entry-model"],"fragments":154,"token":"abc"},
        {"strategy":"mine","features":"no-stub-sibling","verdict":"holds","assuming":["no-stub-sibling"],"fragments":3}
      ],
      "facts": [
        {"strategy":"branch-only","features":"all","obligation":"return-address","verdict":"holds","evidence":{"kind":"sampled","trials":10}},
        {"strategy":"branch-only","features":"all","obligation":"toc-slot","verdict":"holds","evidence":{"kind":"sampled","trials":10}},
        {"strategy":"branch-only","features":"no-far","obligation":"toc-slot","verdict":"holds","evidence":{"kind":"sampled","trials":10}},
        {"strategy":"mine","features":"no-stub-sibling","obligation":"toc","verdict":"holds","evidence":{"kind":"proved","trials":10}},
        {"strategy":"mine","features":"no-stub-sibling","obligation":"consistency","verdict":"holds","evidence":{"kind":"exhaustive","trials":10,"bound":"functions 2, calls 1, special 0"}},
        {"strategy":"odd-toc","features":"all","obligation":"toc","verdict":"breaks","evidence":{"kind":"sampled","trials":10},"token":"abc"}
      ]
    }
    "
  `);
});

const HEAD = '{\n  "schema": "tocsin/verdicts@2",\n  "seed": "1",\n  "runs": 10,\n  "generator": 1,\n  "features": ["local"], "proofs": [],\n  "facts": [\n';
const PROOF = '{"strategy":"a","features":"all","verdict":"holds","assuming":["entry-model"],"fragments":1}';
const GOOD = '{"strategy":"a","features":"all","obligation":"toc","verdict":"holds","evidence":{"kind":"sampled","trials":1}}';
const whole = (...facts: string[]): string => `${HEAD}${facts.join(',\n')}\n]}\n`;
const proving = (proof: string, fact: string): string => whole(fact).replace('[]', `[${proof}]`);

test('a file of before proofs is read: all that it names counts as sampled', () => {
  const old = whole(GOOD, GOOD.replace('"toc"', '"progress"').replace('sampled', 'proved')).replace('@2', '@1').replace(' "proofs": [],', '');
  const read = parseBaseline(old);
  expect([read.schema, read.proofs, read.facts.map((it) => it.evidence)]).toEqual([OLD_BASELINE_SCHEMA, [], [{ kind: 'sampled', trials: 1 }, { kind: 'sampled', trials: 1 }]]);
  expect(parseBaseline(printBaseline(read)).schema).toBe(BASELINE_SCHEMA);
});

test.each<[string, string, string]>([
  ['not JSON', `${HEAD}${GOOD},\n}`, 'line 9: not JSON'],
  ['nothing', '', 'line 1: not JSON'],
  ['another document', '[]', 'line 1: the baseline: expected an object, found a list of 0'],
  ['another schema', whole(GOOD).replace('@2', '@3'), 'line 2: schema "tocsin/verdicts@3"; expected "tocsin/verdicts@2", or "tocsin/verdicts@1"'],
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
  ['a proof that is not there', whole(GOOD.replace('sampled', 'proved')), 'line 8: evidence "proved", and no proof of a with features all that holds'],
  ['a proof of another feature set', proving(PROOF.replace('"all"', '"no-far"'), GOOD.replace('sampled', 'proved')), 'line 8: evidence "proved", and no proof of a with features all that holds'],
  ['a proof that refutes', proving(PROOF.replace('"holds"', '"breaks"').replace('}', ',"token":"x"}'), GOOD.replace('sampled', 'proved')), 'line 8: evidence "proved", and no proof of a with features all that holds'],
  ['a refutation without a token', proving(PROOF.replace('"holds"', '"breaks"'), GOOD), 'line 6: a verdict breaks without a token'],
  ['two proofs of one strategy', proving(`${PROOF},\n${PROOF}`, GOOD), 'line 7: a proof of the same strategy as in line 6'],
  ['assumptions that are none', proving(PROOF.replace('entry-model', '<b>'), GOOD), 'line 6: assuming: expected a list of assumptions, none twice'],
  ['fragments in words', proving(PROOF.replace('1}', '"many"}'), GOOD), 'line 6: fragments "many"; expected a whole number, 0 or more'],
  ['no proofs', whole(GOOD).replace(' "proofs": [],', ''), 'line 1: the baseline: proofs is missing'],
  ['proofs of before proofs', whole(GOOD).replace('@2', '@1'), 'line 1: the baseline: unknown field "proofs"'],
  ['a bound of what was sampled', whole(GOOD.replace('1}}', '1,"bound":"functions 2"}}')), 'line 8: a bound of evidence "sampled"; expected it of what is exhaustive'],
  ['what is exhaustive to no bound', whole(GOOD.replace('sampled', 'exhaustive')), 'line 8: bound undefined; expected sizes in words'],
  ['what is exhaustive and breaks', whole(GOOD.replace('"sampled","trials":1}', '"exhaustive","trials":1,"bound":"functions 2"},"token":"x"').replace('holds', 'breaks')), 'line 8: evidence "exhaustive" of a verdict breaks; expected it of one that holds'],
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
