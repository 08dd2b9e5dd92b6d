/**
 * The domain of words over which the meaning of every instruction is written, once.
 *
 * A word `W` stands for a 64-bit register value. The plain domain (`bigint.ts`) computes; the fast engine
 * computes on halves; a prover may carry tags. No meaning asks for a JavaScript number or boolean except
 * through this interface, so one meaning serves all of them.
 *
 * Source of all operations: Power ISA 2.07B, Book I, 1.3.4 "Description of Instruction Operation".
 */

/** The answer to a question about words. Concrete domains never answer `unknown`. */
export type Truth = 'true' | 'false' | 'unknown';

/**
 * Operations on 64-bit words. All arithmetic is modulo 2^64. Numbers passed in are constants of the
 * instruction word, never run-time values.
 */
export interface Domain<W> {
  /** The word with these halves; each half is taken modulo 2^32. */
  const(hi: number, lo: number): W;
  /** The sign-extended word of a constant between -2^31 and 2^31-1. */
  small(value: number): W;

  /** a + b. */
  add(a: W, b: W): W;
  /** a - b. */
  sub(a: W, b: W): W;
  /** Low 64 bits of the product. */
  mul(a: W, b: W): W;
  /** High 64 bits of the signed 128-bit product. */
  mulHigh(a: W, b: W): W;
  /** High 64 bits of the unsigned 128-bit product. */
  mulHighUnsigned(a: W, b: W): W;
  /** Signed quotient, rounded towards zero. Any word where b is 0 or the quotient is 2^63: the meaning never uses it. */
  div(a: W, b: W): W;
  /** Unsigned quotient. Any word where b is 0: the meaning never uses it. */
  divUnsigned(a: W, b: W): W;

  and(a: W, b: W): W;
  or(a: W, b: W): W;
  xor(a: W, b: W): W;
  not(a: W): W;

  /** Logical shift left by the low 7 bits of `count`; 64 to 127 give 0. */
  shiftLeft(a: W, count: W): W;
  /** Logical shift right by the low 7 bits of `count`; 64 to 127 give 0. */
  shiftRight(a: W, count: W): W;
  /** Arithmetic shift right by the low 7 bits of `count`; 64 to 127 give 64 copies of the sign. */
  shiftRightSigned(a: W, count: W): W;
  /** Rotation left by the low 6 bits of `count`. */
  rotateLeft(a: W, count: W): W;

  /** The low `bytes` bytes, sign-extended. */
  signExtend(a: W, bytes: 1 | 2 | 4): W;
  /** The low `bytes` bytes, zero-extended. */
  zeroExtend(a: W, bytes: 1 | 2 | 4): W;

  /** Number of leading zero bits, 0 to 64. */
  countLeadingZeros(a: W): W;
  /** Number of one bits, 0 to 64. */
  populationCount(a: W): W;

  /** a = b. */
  equal(a: W, b: W): Truth;
  /** a < b as signed numbers. */
  lessSigned(a: W, b: W): Truth;
  /** a < b as unsigned numbers. */
  lessUnsigned(a: W, b: W): Truth;

  /** `whenTrue` or `whenFalse`; under `unknown` a word that may be either. */
  select(condition: Truth, whenTrue: W, whenFalse: W): W;
  /**
   * A word of which the ISA defines only the bits set in the mask hi:lo. Concrete domains give 0 for the
   * others; a prover must not rely on them.
   */
  undefinedOutside(a: W, maskHi: number, maskLo: number): W;
}

/** Not. Unknown stays unknown. */
export function negate(a: Truth): Truth {
  return a === 'true' ? 'false' : a === 'false' ? 'true' : 'unknown';
}

/** And: false as soon as one side is false. */
export function both(a: Truth, b: Truth): Truth {
  if (a === 'false' || b === 'false') return 'false';
  return a === 'true' && b === 'true' ? 'true' : 'unknown';
}

/** Or: true as soon as one side is true. */
export function either(a: Truth, b: Truth): Truth {
  if (a === 'true' || b === 'true') return 'true';
  return a === 'false' && b === 'false' ? 'false' : 'unknown';
}

/** Exclusive or: unknown as soon as one side is. */
export function differ(a: Truth, b: Truth): Truth {
  if (a === 'unknown' || b === 'unknown') return 'unknown';
  return a === b ? 'false' : 'true';
}
