/**
 * Words as terms: the domain over which an instruction's meaning says what a value is made of, not what it is. Two equal terms are equal words
 * whatever the unknowns stand for; two different terms say nothing. Constants are computed by the plain domain (`bigint.ts`); a sum keeps its
 * constant part apart, so that addresses with one base can be compared. Source: Power ISA 2.07B, Book I, 1.3.4, through `domain.ts`.
 */
import { BIGINT } from './bigint.ts';
import type { Domain, Truth } from './domain.ts';

/** `base` + `offset` modulo 2^64; '' is the base of a constant. Interned by nobody: compare `key`. */
export interface Term {
  readonly base: string;
  /** 0 to 2^64-1. */
  readonly offset: bigint;
  readonly key: string;
}

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

export function term(base: string, offset = 0n): Term {
  const wrapped = wrap(offset);
  return { base, offset: wrapped, key: base === '' ? `#${wrapped.toString(16)}` : wrapped === 0n ? base : `(${base}+${wrapped.toString(16)})` };
}

export const constant = (value: bigint): Term => term('', value);
export const isConstant = (it: Term): boolean => it.base === '';

/** Signed distance of `a` from `b`, where both have one base. */
export function distance(a: Term, b: Term): bigint | undefined {
  return a.base === b.base ? BigInt.asIntN(64, a.offset - b.offset) : undefined;
}

/** The base of a sum of two unknowns, in whichever order. */
export const sumOf = (one: string, other: string): string => (other < one ? `add(${other},${one})` : `add(${one},${other})`);

/** What names code addresses when a number is added to one; undefined: the base is no code address. */
export type Renamed = (base: string, offset: bigint) => Term | undefined;

/**
 * The domain of terms. `asked` is told when a question has no answer: then what the meaning makes of it is not to be used, since `unknown` is not one
 * unknown but any. `atMost`: the most that the unknown `base` is, unsigned; undefined: it may be anything.
 */
export function termDomain(asked: () => void, renamed: Renamed = () => undefined, atMost: (base: string) => bigint | undefined = () => undefined): Domain<Term> {
  const sum = (base: string, offset: bigint): Term => renamed(base, wrap(offset)) ?? term(base, offset);
  const both = (name: string, compute: (a: bigint, b: bigint) => bigint, commutes = false) => (a: Term, b: Term): Term => {
    if (isConstant(a) && isConstant(b)) return constant(compute(a.offset, b.offset));
    const [first, second] = commutes && b.key < a.key ? [b, a] : [a, b];
    return term(`${name}(${first.key},${second.key})`);
  };
  const one = (name: string, compute: (a: bigint) => bigint) => (a: Term): Term => (isConstant(a) ? constant(compute(a.offset)) : term(`${name}(${a.key})`));
  const unknown = (): Truth => {
    asked();
    return 'unknown';
  };
  const truth = (value: boolean): Truth => (value ? 'true' : 'false');
  /** Least and most, both below 2^63; undefined: not known, or not there. */
  const range = ({ base, offset }: Term): readonly [least: bigint, most: bigint] | undefined => {
    const most = base === '' ? 0n : atMost(base);
    return most === undefined || offset + most >= SIGN ? undefined : [offset, offset + most];
  };
  const question = (compute: (a: bigint, b: bigint) => Truth) => (a: Term, b: Term): Truth => {
    if (isConstant(a) && isConstant(b)) return compute(a.offset, b.offset);
    if (a.key === b.key) return 'false';
    const [one, other] = [range(a), range(b)];
    if (one !== undefined && other !== undefined && one[1] < other[0]) return 'true';
    if (one !== undefined && other !== undefined && one[0] >= other[1]) return 'false';
    return unknown();
  };
  const apart = (a: Term, b: Term): boolean => {
    const [one, other] = [range(a), range(b)];
    return one !== undefined && other !== undefined && (one[1] < other[0] || other[1] < one[0]);
  };
  // Of code addresses nothing is told apart: what is added to one names another place (`renamed`).
  const addition = (a: Term, b: Term): Term =>
    (a.base.startsWith('code') || b.base.startsWith('code') ? both('add', BIGINT.add, true)(a, b) : term(sumOf(a.base, b.base), a.offset + b.offset));
  const extended = (name: string, compute: (a: bigint, bytes: 1 | 2 | 4) => bigint) => (a: Term, bytes: 1 | 2 | 4): Term =>
    (isConstant(a) ? constant(compute(a.offset, bytes)) : term(`${name}${bytes}(${a.key})`));
  return {
    const: (hi, lo) => constant(BIGINT.const(hi, lo)),
    small: (value) => constant(BIGINT.small(value)),
    add: (a, b) => (isConstant(b) ? sum(a.base, a.offset + b.offset) : isConstant(a) ? sum(b.base, a.offset + b.offset) : addition(a, b)),
    sub: (a, b) => (isConstant(b) ? sum(a.base, a.offset - b.offset) : a.base === b.base ? constant(a.offset - b.offset) : both('sub', BIGINT.sub)(a, b)),
    mul: both('mul', BIGINT.mul, true),
    mulHigh: both('mulh', BIGINT.mulHigh, true),
    mulHighUnsigned: both('mulhu', BIGINT.mulHighUnsigned, true),
    div: (a, b) => term(`div(${a.key},${b.key})`),
    divUnsigned: (a, b) => term(`divu(${a.key},${b.key})`),
    and: both('and', BIGINT.and, true),
    or: (a, b) => (isZero(a) ? b : isZero(b) || a.key === b.key ? a : both('or', BIGINT.or, true)(a, b)),
    xor: both('xor', BIGINT.xor, true),
    not: one('not', BIGINT.not),
    shiftLeft: both('shl', BIGINT.shiftLeft),
    shiftRight: both('shr', BIGINT.shiftRight),
    shiftRightSigned: both('sar', BIGINT.shiftRightSigned),
    rotateLeft: both('rol', BIGINT.rotateLeft),
    signExtend: extended('sext', BIGINT.signExtend),
    zeroExtend: extended('zext', BIGINT.zeroExtend),
    countLeadingZeros: one('clz', BIGINT.countLeadingZeros),
    populationCount: one('pop', BIGINT.populationCount),
    equal: (a, b) => (a.base === b.base ? truth(a.offset === b.offset) : apart(a, b) ? 'false' : unknown()),
    lessSigned: question(BIGINT.lessSigned),
    lessUnsigned: question(BIGINT.lessUnsigned),
    select: (condition, whenTrue, whenFalse) => {
      if (condition !== 'unknown') return condition === 'true' ? whenTrue : whenFalse;
      asked();
      return whenTrue;
    },
    undefinedOutside: (a, hi, lo) => both('defined', BIGINT.and)(a, constant(BIGINT.const(hi, lo))),
  };
}

const SIGN = 1n << 63n;
const isZero = (it: Term): boolean => isConstant(it) && it.offset === 0n;
