// The rules of words (docs/proof.md, "Words") over all 64-bit values, with z3, which looks for values of the symbols that contradict them. Three things together: the rules for all constants
// (words-rules.ts); that the code's masks are these; and all that the code itself says of some hundred words and constants, each for all values of the symbols (words-worlds.ts).
import { beforeAll, expect, test } from 'vitest';
import { and as checkedAnd, or as checkedOr, word } from '../../src/check/words.ts';
import type { Domain } from '../../src/isa/domain.ts';
import { constant, named, namedWords, sameWord } from '../../src/prove/words.ts';
import type { Word } from '../../src/prove/words.ts';
import { askZ3, bits } from './smt.ts';
import type { Answers, Questions } from './smt.ts';
import { MASKS, RULES, symbolic } from './words-rules.ts';
import { WORLDS, checkerSays, proverSays } from './words-worlds.ts';
import type { Said, World } from './words-worlds.ts';

type Broken = (domain: Domain<Word>) => Domain<Word>;

function saidIn({ facts, checked, checker, pairs }: World, broken: Broken = (domain) => domain): Said[] {
  const domain = broken(namedWords(facts));
  return pairs.flatMap(([a, b]) => [...proverSays(domain, a, b), ...(checker ? checkerSays(checked, a, b) : [])]);
}

/** Faults of the domain, each in one rule, and the rules that z3 then finds wrong. */
const FAULTS: readonly (readonly [rules: string, broken: Broken])[] = [
  ['and, word and constant', (domain) => ({ ...domain, and: (a, b) => (a?.of === 'F' && b?.of === '' && b.offset === 16n ? constant(a.offset & 16n) : domain.and(a, b)) })],
  ['or, word and constant', (domain) => ({ ...domain, or: (a, b) => (a?.of === 'R' && b?.of === '' && b.offset === 4n ? named('R', a.offset | 4n) : domain.or(a, b)) })],
  ['signExtend 4; signExtend of low', (domain) => ({ ...domain, signExtend: (a, bytes) => (bytes === 4 && a !== null ? named(a.of, a.offset) : domain.signExtend(a, bytes)) })],
  ['equal, two words', (domain) => ({ ...domain, equal: (a, b) => (a?.of === 'F' && b?.of === 'x' ? 'false' : domain.equal(a, b)) })],
];

const X = '(declare-const x (_ BitVec 64))', ANY = WORLDS[0]!;
const few = { ...ANY, checker: false, pairs: ANY.pairs.filter(([a, b]) => a.of + b.of !== '' && [a, b].every(({ of, offset }) => ['F', 'R', 'x', ''].includes(of) && offset >= 0n && offset < 32n)) };
const said = WORLDS.map((world) => saidIn(world)), faulty = FAULTS.map(([, broken]) => saidIn(few, broken));
const put = (world: World, its: readonly Said[]): Questions => ({ facts: world.smt, wrong: its.map(({ wrong }) => wrong) });
let found: Answers;
const answersFrom = (first: number, count: number): Answers['answers'] => found.answers.slice(first, first + count);
const ruleOf = ({ by, rule }: Said): string => `${by}: ${rule}`;

// All in one process: it takes a second to begin.
beforeAll(() => {
  found = askZ3([
    ...WORLDS.map((world, i) => put(world, said[i]!)), ...faulty.map((its) => put(few, its)), { facts: symbolic, wrong: RULES.map(({ wrong }) => wrong) }, { facts: symbolic, wrong: RULES.map(({ further }) => further) },
    { facts: X, wrong: [`(distinct (bvand x ${bits(-4n)}) x)`, '(distinct x x)'] }, { facts: `${X}(assert (distinct x x))`, wrong: ['(distinct x x)'] },
  ]);
});

test('what words say cannot be otherwise', () => {
  const answers = answersFrom(0, WORLDS.length);
  const wrong = said.flatMap((its, i) => its.filter((_, j) => answers[i]![j] !== 'unsat').map((it) => `${WORLDS[i]!.name}: ${ruleOf(it)}: ${it.told}`));
  expect(wrong.slice(0, 5)).toEqual([]);
  expect([said.flat().length, found.terms, found.queries]).toMatchInlineSnapshot(`
    [
      35618,
      15462,
      392,
    ]
  `);
  // Each rule was come to, by each of the two; the one of `stack` too, which is of the same kind as masks.
  expect(said[0]!.filter(({ told, rule }) => told === 'F+0, -16384' && rule === 'and, word and constant').map(({ by }) => by)).toEqual(['prove', 'check']);
  expect([...new Set(said.flat().map(ruleOf))].sort()).toMatchInlineSnapshot(`
    [
      "check: and, constants",
      "check: and, itself",
      "check: and, word and constant",
      "check: equal, constants",
      "check: equal, itself",
      "check: equal, two words",
      "check: equal, word and constant",
      "check: greater signed, constants",
      "check: greater signed, itself",
      "check: greater signed, word and constant",
      "check: greater unsigned, constants",
      "check: greater unsigned, itself",
      "check: greater unsigned, word and constant",
      "check: less signed, constants",
      "check: less signed, itself",
      "check: less signed, word and constant",
      "check: less unsigned, constants",
      "check: less unsigned, itself",
      "check: less unsigned, word and constant",
      "check: minus, constants",
      "check: minus, itself",
      "check: minus, two words",
      "check: minus, word and constant",
      "check: or, constants",
      "check: or, itself",
      "check: or, word and constant",
      "check: plus, constants",
      "check: plus, two words",
      "check: plus, word and constant",
      "check: signExtended32",
      "prove: add, constants",
      "prove: add, two words",
      "prove: add, word and constant",
      "prove: and, constants",
      "prove: and, itself",
      "prove: and, word and constant",
      "prove: countLeadingZeros",
      "prove: equal, constants",
      "prove: equal, itself",
      "prove: equal, two words",
      "prove: equal, word and constant",
      "prove: lessSigned, constants",
      "prove: lessSigned, word and constant",
      "prove: lessUnsigned, constants",
      "prove: lessUnsigned, word and constant",
      "prove: mul, constants",
      "prove: mulHigh, constants",
      "prove: mulHighUnsigned, constants",
      "prove: not",
      "prove: or, constants",
      "prove: or, itself",
      "prove: or, word and constant",
      "prove: populationCount",
      "prove: rotateLeft, constants",
      "prove: rotateLeft, word and constant",
      "prove: shiftLeft, constants",
      "prove: shiftLeft, word and constant",
      "prove: shiftRight, constants",
      "prove: shiftRight, word and constant",
      "prove: shiftRightSigned, constants",
      "prove: shiftRightSigned, word and constant",
      "prove: signExtend 1",
      "prove: signExtend 2",
      "prove: signExtend 4",
      "prove: signExtend of low",
      "prove: sub, constants",
      "prove: sub, itself",
      "prove: sub, two words",
      "prove: sub, word and constant",
      "prove: xor, constants",
      "prove: zeroExtend 1",
      "prove: zeroExtend 2",
      "prove: zeroExtend 4",
    ]
  `);
});

test('the rules for all constants, and not one constant further', () => {
  const [its, further] = answersFrom(WORLDS.length + FAULTS.length, 2);
  expect(RULES.filter((_, i) => its![i] !== 'unsat').map(({ name }) => name)).toEqual([]);
  expect(RULES.filter((_, i) => further![i] !== 'sat').map(({ name }) => name)).toEqual([]);
  expect(RULES.length).toBe(20);
});

test('`and`, `or` of a word and a constant are these rules, in the prover and in the checker', () => {
  const { and, or } = namedWords({ distance: null, far: false });
  let known = 0;
  for (const [of, power] of [['x', 1n], ['R', 4n], ['R-x', 1n], ['F', 16n], ['F-R', 4n], ['B', 256n], ['B+T', 256n], ['B+F', 16n]] as const) {
    const near = Array.from({ length: Number(2n * power) + 5 }, (_, i) => BigInt(i) - power - 2n);
    for (const mask of [...near, 1023n, 1n << 62n, -(1n << 63n), -512n]) for (const offset of [0n, 1n, 7n, -24n, 300n, -(1n << 63n)]) {
      const a = named(of, offset), b = constant(mask), told = `${of} ${offset} ${mask}`;
      for (const [op, found, checked] of [['and', and, checkedAnd], ['or', or, checkedOr]] as const) {
        const rule = MASKS.find((it) => it.op === op && it.when(mask, power)), expected = rule === undefined ? null : rule.gives(of, offset, mask);
        const theirs = checked(word(of, offset), word('', mask)), same = theirs === undefined ? null : named(theirs.of, theirs.at);
        if (expected !== null) known++;
        expect([told, op, sameWord(found(a, b), expected), sameWord(found(b, a), expected), sameWord(same, expected)]).toEqual([told, op, true, true, true]);
      }
    }
  }
  expect(known).toBeGreaterThan(1000);
});

test.each(FAULTS.map(([rules], i) => [rules, i] as const))('a fault in a rule is found: %s', (rules, i) => {
  const answers = answersFrom(WORLDS.length + i, 1)[0]!;
  expect([...new Set(faulty[i]!.filter((_, j) => answers[j] === 'sat').map(({ rule }) => rule))].sort().join('; ')).toBe(rules);
});

test('a false statement has its example, facts that contradict each other prove nothing, and what is no term is refused', () => {
  expect(answersFrom(WORLDS.length + FAULTS.length + 2, 2)).toEqual([['sat', 'unsat'], ['vacuous']]);
  expect(() => askZ3([{ facts: X, wrong: ['(= x y)'] }])).toThrow('unknown constant y');
});
