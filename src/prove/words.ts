/**
 * Words with names: a sum of symbols and a constant, or not known. Over this domain the table's meanings (isa/instruction.ts) say what code does whatever the named values are. Rules: docs/proof.md,
 * "Words"; each is checked over 64-bit values in test/prove/words.test.ts, over all of them in words-z3.test.ts. What has no rule is not known, and what is not known supports no assertion.
 */
import { BIGINT } from '../isa/bigint.ts';
import type { Domain, Truth } from '../isa/domain.ts';
import type { WordText } from './certificate.ts';

/** `of` is '' for a constant, else symbols as `B`, `task+x`, `R-B`; `offset` is signed, -2^63 to 2^63-1. `low`: not the word, but its low 32 bits, zero-extended. null: not known. */
export type Word = { readonly of: string; readonly offset: bigint; readonly low?: true } | null;

export const constant = (value: bigint): Word => ({ of: '', offset: BigInt.asIntN(64, value) });
export const named = (of: string, offset = 0n): Word => ({ of, offset: BigInt.asIntN(64, offset) });
export const ZERO = constant(0n);

export const sameWord = (a: Word, b: Word): boolean => a === b || (a !== null && b !== null && a.of === b.of && a.offset === b.offset && a.low === b.low);

/** As a certificate has it; undefined where nothing is known. */
export function wordText(word: Word): WordText | undefined {
  if (word === null || word.low === true) return undefined;
  const { of, offset } = word;
  return of === '' ? String(offset) : offset === 0n ? of : `${of}${offset > 0n ? '+' : ''}${offset}`;
}

/** Known multiples of so many bytes; the others are of 1. */
const ALIGNED: Readonly<Record<string, bigint>> = { B: 256n, T: 256n, P: 256n, F: 16n, R: 4n, C: 4n };

type Symbols = ReadonlyMap<string, 1 | -1>;
const parsed = new Map<string, Symbols>([['', new Map()]]);

/** The symbols of a word and their signs. */
export function symbolsOf(of: string): Symbols {
  const known = parsed.get(of);
  if (known !== undefined) return known;
  const symbols = new Map<string, 1 | -1>();
  for (const [, sign, name] of of.matchAll(/([+-]?)([A-Za-z][A-Za-z0-9]*)/g)) symbols.set(name!, sign === '-' ? -1 : 1);
  parsed.set(of, symbols);
  return symbols;
}

const sums = new Map<string, string | null>();

/** The symbols of a + b (a - b); null: one of them would occur twice. */
function combined(a: string, b: string, sign: 1 | -1): string | null {
  if (b === '') return a;
  if (a === '' && sign === 1) return b;
  const key = `${a} ${sign} ${b}`;
  let found = sums.get(key);
  if (found === undefined) sums.set(key, found = combine(symbolsOf(a), symbolsOf(b), sign));
  return found;
}

function combine(a: Symbols, b: Symbols, sign: 1 | -1): string | null {
  const all = new Map<string, number>(a);
  for (const [name, its] of b) all.set(name, (all.get(name) ?? 0) + sign * its);
  if ([...all.values()].some((count) => Math.abs(count) > 1)) return null;
  const plus = [...all].filter(([, count]) => count === 1).map(([name]) => name).sort();
  const minus = [...all].filter(([, count]) => count === -1).map(([name]) => `-${name}`).sort();
  // A word begins with a symbol that is added: `0-x` has no spelling.
  if (plus.length === 0 && minus.length > 0) return null;
  return plus.join('+') + minus.join('');
}

/** What is known of the symbols in one fragment. */
export interface Facts {
  /** R minus the TOC pointer at the ftrace call, and whether it may be further than 2 GiB (then it is). */
  readonly distance: Word;
  readonly far: boolean;
  /** Two different places of code: the original, behind its mcount site, and the replacement. */
  readonly apart?: readonly [Word, Word];
  /** Least and greatest value of x, where it is a distance and their number is bounded. */
  readonly range?: readonly [least: bigint, most: bigint];
}

const SIGN = 1n << 63n;
type Plain = NonNullable<Word> & { readonly low?: undefined };
const plain = (a: Word): a is Plain => a !== null && a.low === undefined;
const isConstant = (a: Word): a is Plain & { readonly of: '' } => plain(a) && a.of === '';
const unsigned = (a: NonNullable<Word>): bigint => BigInt.asUintN(64, a.offset);

function add(a: Word, b: Word, sign: 1 | -1 = 1): Word {
  if (!plain(a) || !plain(b)) return null;
  const of = combined(a.of, b.of, sign);
  return of === null ? null : named(of, sign === 1 ? a.offset + b.offset : a.offset - b.offset);
}

const unary = (op: (a: bigint) => bigint) => (a: Word): Word => (isConstant(a) ? constant(op(unsigned(a))) : null);
const binary = (op: (a: bigint, b: bigint) => bigint) => (a: Word, b: Word): Word => (isConstant(a) && isConstant(b) ? constant(op(unsigned(a), unsigned(b))) : null);
const byNothing = (op: (a: bigint, b: bigint) => bigint) => (a: Word, count: Word): Word => (isConstant(count) && count.offset === 0n ? a : binary(op)(a, count));

/** All symbols are multiples of the result, a power of two. */
function alignment(of: string): bigint {
  let least = SIGN;
  for (const name of symbolsOf(of).keys()) {
    const its = ALIGNED[name] ?? 1n;
    if (its < least) least = its;
  }
  return least;
}

function and(a: Word, b: Word): Word {
  if (!plain(a) || !plain(b)) return null;
  if (sameWord(a, b)) return a;
  if (isConstant(a) && isConstant(b)) return constant(BIGINT.and(unsigned(a), unsigned(b)));
  const [word, mask] = isConstant(b) ? [a, b.offset] : isConstant(a) ? [b, a.offset] : [null, 0n];
  if (word === null) return null;
  if (word.of === 'F' && word.offset === 0n && mask === -16384n) return named('stack');
  const aligned = alignment(word.of);
  if (mask >= 0n && mask < aligned) return constant(word.offset & mask);
  if (mask < 0n && mask >= -aligned) return named(word.of, word.offset - (word.offset & ~mask));
  return null;
}

function or(a: Word, b: Word): Word {
  if (!plain(a) || !plain(b)) return null;
  if (sameWord(a, b)) return a;
  if (isConstant(a) && isConstant(b)) return constant(BIGINT.or(unsigned(a), unsigned(b)));
  const [word, bits] = isConstant(b) ? [a, b.offset] : isConstant(a) ? [b, a.offset] : [null, 0n];
  return word !== null && bits >= 0n && bits < alignment(word.of) ? named(word.of, word.offset + (bits & ~word.offset)) : null;
}

const truth = (value: boolean): Truth => (value ? 'true' : 'false');

/** The domain of words with names, under these facts. */
export function namedWords({ distance, far, apart, range }: Facts): Domain<Word> {
  const extended = (a: Word): Word => {
    if (a === null) return null;
    if (a.of === '') return constant(BIGINT.signExtend(unsigned(a), 4));
    if (distance === null || a.of !== distance.of || a.offset !== distance.offset) return null;
    return far ? named('cut') : distance;
  };
  const isCut = (a: NonNullable<Word>, b: NonNullable<Word>): boolean => far && a.of === 'cut' && a.offset === 0n && sameWord(b, distance);
  const isOwed = (a: NonNullable<Word>, b: NonNullable<Word>): boolean => a.of === 'owed' && a.offset === 0n && b.of === '' && b.offset === 0n;
  const areApart = (a: Word, b: Word): boolean => apart !== undefined && sameWord(a, apart[0]) && sameWord(b, apart[1]);
  /** Least and most, unsigned, where that is known. */
  const bounds = (a: Word): readonly [bigint, bigint] | undefined => {
    if (isConstant(a)) return [unsigned(a), unsigned(a)];
    if (range === undefined || !plain(a) || a.of !== 'x') return undefined;
    const [least, most] = [range[0] + a.offset, range[1] + a.offset];
    return least >= 0n && most < 2n * SIGN ? [least, most] : undefined;
  };
  const below = (a: Word, b: Word, bias: bigint): Truth => {
    const [one, other] = [bounds(a), bounds(b)];
    if (one === undefined || other === undefined) return 'unknown';
    // A comparison of signed numbers: nothing that crosses from positive to negative has one answer.
    const biased = (value: bigint): bigint => BigInt.asUintN(64, value + bias);
    if (biased(one[0]) > biased(one[1]) || biased(other[0]) > biased(other[1])) return 'unknown';
    if (biased(one[1]) < biased(other[0])) return 'true';
    return biased(one[0]) >= biased(other[1]) ? 'false' : 'unknown';
  };
  return {
    const: (hi, lo) => constant(BIGINT.const(hi, lo)),
    small: (value) => constant(BigInt(value)),
    add: (a, b) => add(a, b),
    sub: (a, b) => add(a, b, -1),
    mul: binary(BIGINT.mul), mulHigh: binary(BIGINT.mulHigh), mulHighUnsigned: binary(BIGINT.mulHighUnsigned),
    // The meaning does not use a quotient by 0, but asks for it.
    div: () => null, divUnsigned: () => null,
    and, or,
    xor: binary(BIGINT.xor), not: unary(BIGINT.not),
    shiftLeft: byNothing(BIGINT.shiftLeft), shiftRight: byNothing(BIGINT.shiftRight), shiftRightSigned: byNothing(BIGINT.shiftRightSigned), rotateLeft: byNothing(BIGINT.rotateLeft),
    signExtend: (a, bytes) => (bytes === 4 ? extended(a) : unary((it) => BIGINT.signExtend(it, bytes))(a)),
    zeroExtend: (a, bytes) => (isConstant(a) ? constant(BIGINT.zeroExtend(unsigned(a), bytes)) : a !== null && bytes === 4 ? { of: a.of, offset: a.offset, low: true } : null),
    countLeadingZeros: unary(BIGINT.countLeadingZeros), populationCount: unary(BIGINT.populationCount),
    equal: (a, b) => {
      if (!plain(a) || !plain(b)) return 'unknown';
      if (a.of === b.of) return truth(a.offset === b.offset);
      return isCut(a, b) || isCut(b, a) || isOwed(a, b) || isOwed(b, a) || areApart(a, b) || areApart(b, a) ? 'false' : 'unknown';
    },
    lessSigned: (a, b) => below(a, b, SIGN),
    lessUnsigned: (a, b) => below(a, b, 0n),
    select: (condition, whenTrue, whenFalse) => (condition === 'true' ? whenTrue : condition === 'false' ? whenFalse : sameWord(whenTrue, whenFalse) ? whenTrue : null),
    undefinedOutside: () => null,
  };
}
