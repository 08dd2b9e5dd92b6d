// What may be so of the symbols of words, as z3 is told it and as the prover's and the checker's words are told it; and what either says under it, as terms that must then be impossible.
import { compare, and as checkedAnd, or as checkedOr, plus, signExtended32, word } from '../../src/check/words.ts';
import type { Facts as CheckedFacts, Known } from '../../src/check/words.ts';
import type { Domain } from '../../src/isa/domain.ts';
import { constant, named, symbolsOf } from '../../src/prove/words.ts';
import type { Facts, Word } from '../../src/prove/words.ts';
import { BINARY, QUESTIONS, UNARY, bits, multiple, signExtended, sum, zeroExtended } from './smt.ts';

export type Known64 = NonNullable<Word>;
type Pair = readonly [Known64, Known64];
/** `pairs`: the words that are asked about together. `checker`: the checker's words are asked too. */
export interface World { readonly name: string; readonly facts: Facts; readonly checked: CheckedFacts; readonly checker: boolean; readonly smt: string; readonly pairs: readonly Pair[] }

export const term = (it: Known64): string => (it.low === true ? zeroExtended(sum(symbolsOf(it.of), it.offset), 4) : sum(symbolsOf(it.of), it.offset));
const checkedTerm = (it: NonNullable<Known>): string => sum(symbolsOf(it.of), it.at);
const at = (it: Known64): Known => word(it.of, it.offset);

const SYMBOLS = ['B', 'T', 'P', 'F', 'R', 'C', 'paca', 'task', 'a3', 'owed', 'x', 'cut', 'stack'];
/** docs/proof.md, "Words": multiples, the stack that F is on, and that `owed` is not 0. */
const ALWAYS = [
  ...SYMBOLS.map((name) => `(declare-const ${name} (_ BitVec 64))`),
  ...[['B', 256n], ['T', 256n], ['P', 256n], ['F', 16n], ['R', 4n], ['C', 4n]].map(([name, power]) => `(assert ${multiple(name as string, power as bigint)})`),
  `(assert (= stack (bvand F ${bits(-16384n)})))`, `(assert (distinct owed ${bits(0n)}))`,
].join('\n');

const SOME = ['B', 'F', 'R', 'R-B', 'x', 'paca+x', 'F-x', 'C', 'owed', 'cut', 'stack'];
const OFFSETS = [0n, 1n, 8n, -24n, 0x123456789abcdef0n];
const CONSTANTS = [0n, 1n, 3n, 4n, 15n, 16n, 255n, 256n, 0x7fffffffn, 0x80000000n, 1n << 63n, -1n, -4n, -5n, -16n, -17n, -256n, -257n, -16384n].map(constant) as Known64[];
const words = SOME.flatMap((of) => OFFSETS.map((offset) => named(of, offset) as Known64));
const both = (some: readonly Known64[], others: readonly Known64[]): [Known64, Known64][] => some.flatMap((a) => others.flatMap((b): [Known64, Known64][] => (a === b ? [[a, b]] : [[a, b], [b, a]])));

/** `values`: all that x can be, as the checker is told it; without them, where x has bounds, the checker is not asked. */
function world(name: string, facts: Facts, smt: readonly string[], pairs: readonly Pair[], values?: readonly bigint[]): World {
  const known = (it: Word | undefined): Known => (it ? at(it) : undefined), { distance, far, apart, range } = facts;
  const checked: CheckedFacts = { d: known(distance), far, apart: [known(apart?.[0]), known(apart?.[1])], range: values ?? [] };
  return { name, facts, checked, checker: range === undefined || values !== undefined, smt: [ALWAYS, ...smt].join('\n'), pairs };
}

/** Near: within 2 GiB. Far: not so; then `cut` is what is left of the distance in 4 bytes. */
function distant(name: string, distance: Known64, far: boolean): World {
  const near = `(and (bvsge ${term(distance)} ${bits(-(1n << 31n))}) (bvslt ${term(distance)} ${bits(1n << 31n)}))`;
  const asked = [distance, named(distance.of, distance.offset + 4n), named('cut'), named('cut', 4n), named('B'), constant(0n)] as Known64[];
  return world(`${name}, ${far ? 'far' : 'near'}`, { distance, far }, [`(assert ${far ? `(not ${near})` : near})`, ...(far ? [`(assert (= cut ${signExtended(term(distance), 4)}))`] : [])], both(asked, asked));
}

/** The prover is told the least and the greatest value of x, the checker all of them: each in a world that allows just that. */
function ranged(least: bigint, step: bigint): World[] {
  const most = least + 63n * step, edges = [least - 1n, least, least + 1n, least + step, most - 1n, most, most + 1n, 0n, 2048n, 1n << 63n, -1n];
  const pairs = [0n, 8n, -8n, -least, (1n << 63n) - least, (1n << 63n) - most].flatMap((offset) => both([named('x', offset)] as Known64[], edges.map((edge) => constant(edge + offset)) as Known64[]));
  const values = Array.from({ length: 64 }, (_, i) => least + BigInt(i) * step), facts: Facts = { distance: null, far: false, range: [least, most] };
  return [
    world(`x from ${least} to ${most}`, facts, [`(assert (bvule (bvsub x ${bits(least)}) ${bits(most - least)}))`], pairs),
    world(`x one of ${least}, ${least + step} .. ${most}`, facts, [`(assert (or ${values.map((value) => `(= x ${bits(value)})`).join(' ')}))`], pairs, values),
  ];
}

const C = named('C') as Known64, behind = named('B', 8n) as Known64, NOTHING: Facts = { distance: null, far: false };
const twoWords = words.flatMap((a, i) => words.filter((_, j) => j % 8 === i % 8).map((b): Pair => [a, b]));
export const WORLDS: readonly World[] = [
  world('any', NOTHING, [], [...both(words, CONSTANTS), ...both(CONSTANTS, CONSTANTS), ...twoWords, ...words.map((a): Pair => [a, a])]),
  // In the others, that differ by a distance, two places, or what x can be, only what has to do with these is asked.
  ...([['R-B', named('R-B')], ['R-T', named('R-T')], ['R-vmlinux', named('R', -0x4000000000012300n)]] as [string, Known64][]).flatMap(([name, d]) => [distant(name, d, false), distant(name, d, true)]),
  world('apart', { ...NOTHING, apart: [behind, C] }, [`(assert (distinct ${term(behind)} C))`], both([behind, C, named('C', 8n), named('B')] as Known64[], [behind, C, named('C', 4n)] as Known64[])),
  ...[ranged(8n, 32n), ranged(-512n, 24n), ranged((1n << 63n) - 640n, 16n)].flat(),
];

/** One thing that was said, and the term that is then impossible. */
export interface Said { readonly by: string; readonly rule: string; readonly told: string; readonly wrong: string }

const kind = (a: Known64, b: Known64): string => (a.of === '' && b.of === '' ? 'constants' : a === b ? 'itself' : a.of === '' || b.of === '' ? 'word and constant' : 'two words');
const spell = (a: Known64): string => `${a.of}${a.offset < 0n ? '' : '+'}${a.offset}`;

/** All that the prover's words say of these two. */
export function proverSays(domain: Domain<Word>, a: Known64, b: Known64): Said[] {
  const said: Said[] = [], [x, y] = [term(a), term(b)], told = `${spell(a)}, ${spell(b)}`;
  const say = (rule: string, wrong: string): void => { said.push({ by: 'prove', rule, told, wrong }); };
  const result = (rule: string, found: Word, expected: string): void => { if (found !== null) say(rule, `(distinct ${term(found)} ${expected})`); };
  for (const name of Object.keys(BINARY) as (keyof typeof BINARY)[]) result(`${name}, ${kind(a, b)}`, domain[name](a, b), BINARY[name](x, y));
  for (const name of Object.keys(QUESTIONS) as (keyof typeof QUESTIONS)[]) {
    const answer = domain[name](a, b);
    if (answer !== 'unknown') say(`${name}, ${kind(a, b)}`, answer === 'true' ? `(not ${QUESTIONS[name](x, y)})` : QUESTIONS[name](x, y));
  }
  if (a === b) for (const name of Object.keys(UNARY) as (keyof typeof UNARY)[]) result(name, domain[name](a), UNARY[name](x));
  if (a === b) for (const bytes of [1, 2, 4] as const) {
    const low = domain.zeroExtend(a, bytes);
    result(`signExtend ${bytes}`, domain.signExtend(a, bytes), signExtended(x, bytes));
    result(`zeroExtend ${bytes}`, low, zeroExtended(x, bytes));
    if (bytes === 4) result('signExtend of low', domain.signExtend(low, 4), signExtended(x, 4));
  }
  return said;
}

/** All that the checker's words say of them. */
export function checkerSays(facts: CheckedFacts, a: Known64, b: Known64): Said[] {
  const said: Said[] = [], [x, y] = [term(a), term(b)], told = `${spell(a)}, ${spell(b)}`;
  const say = (rule: string, wrong: string): void => { said.push({ by: 'check', rule, told, wrong }); };
  const result = (rule: string, found: Known, expected: string): void => { if (found !== undefined) say(rule, `(distinct ${checkedTerm(found)} ${expected})`); };
  result(`plus, ${kind(a, b)}`, plus(at(a), at(b)), BINARY.add(x, y));
  result(`minus, ${kind(a, b)}`, plus(at(a), at(b), -1), BINARY.sub(x, y));
  result(`and, ${kind(a, b)}`, checkedAnd(at(a), at(b)), BINARY.and(x, y));
  result(`or, ${kind(a, b)}`, checkedOr(at(a), at(b)), BINARY.or(x, y));
  if (a === b) result('signExtended32', signExtended32(at(a), facts), signExtended(x, 4));
  for (const signed of [true, false]) {
    const less = signed ? QUESTIONS.lessSigned : QUESTIONS.lessUnsigned, terms = [less(x, y), less(y, x), QUESTIONS.equal(x, y)];
    compare(at(a), at(b), signed, facts).forEach((is, i) => {
      if (is !== undefined) say(`${['less', 'greater', 'equal'][i]}${i === 2 ? '' : signed ? ' signed' : ' unsigned'}, ${kind(a, b)}`, is ? `(not ${terms[i]})` : terms[i]!);
    });
  }
  return said;
}
