/**
 * What is known of a word without running anything: nothing, a number, or a distance from one of a few places. Over this domain the table's meanings
 * (isa/instruction.ts) say what machine code reads and where it goes.
 */
import { BIGINT } from '../isa/bigint.ts';
import type { Domain } from '../isa/domain.ts';

/**
 * The executing CPU's PACA (r13), the current task's thread_info, vmlinux's TOC pointer, r1 and LR at the first instruction. `data`: something of vmlinux's,
 * found from its TOC pointer; what, only the object knows. `ops`: the ftrace_ops that the doubleword in front of an out-of-line stub points to, and `ops-field` what is at that offset of
 * it (ops.ts). `mixed`: one of these on one way to here, and something else on another.
 */
export type Place = 'paca' | 'task' | 'toc' | 'data' | 'stack' | 'return' | 'ops' | 'ops-field' | 'mixed';

/** Places that nothing of the model's memory depends on: an access through one of them runs as built. */
const AS_BUILT: readonly (Place | undefined)[] = [undefined, 'stack', 'return', 'ops-field'];
export const isAsBuilt = (from: Place | undefined): boolean => AS_BUILT.includes(from);

/** A number where `from` is absent. Modulo 2^64, unsigned. null: anything. */
export type Value = { readonly from?: Place; readonly offset: bigint } | null;

export const ANYTHING: Value = null;
export const at = (from: Place): Value => ({ from, offset: 0n });
export const number = (offset: bigint): Value => ({ offset: BigInt.asUintN(64, offset) });

export const sameValue = (a: Value, b: Value): boolean => a === b || (a !== null && b !== null && a.from === b.from && a.offset === b.offset);

/** Signed bytes from its place. */
export const distance = (value: NonNullable<Value>): number => Number(BigInt.asIntN(64, value.offset));

const MIXED: Value = { from: 'mixed', offset: 0n };

/** What is known where two ways meet. A place that is lost must not be taken for anything: an access through it has no counterpart. */
export function either(a: Value, b: Value): Value {
  if (sameValue(a, b)) return a;
  return [a, b].some((it) => !isAsBuilt(it?.from)) ? MIXED : ANYTHING;
}

const isNumber = (value: Value): value is { readonly offset: bigint } => value !== null && value.from === undefined;

const unary = (op: (a: bigint) => bigint) => (a: Value): Value => (isNumber(a) ? number(op(a.offset)) : ANYTHING);
const binary = (op: (a: bigint, b: bigint) => bigint) => (a: Value, b: Value): Value => (isNumber(a) && isNumber(b) ? number(op(a.offset, b.offset)) : ANYTHING);

/** A place and a number is a place; a place that is not all there (`and`, shifts) is anything. */
function add(a: Value, b: Value): Value {
  if (a === null || b === null || (a.from !== undefined && b.from !== undefined)) return ANYTHING;
  const from = a.from ?? b.from, offset = BigInt.asUintN(64, a.offset + b.offset);
  if (from === 'mixed') return MIXED;
  return from === undefined ? { offset } : { from, offset };
}

export const VALUES: Domain<Value> = {
  const: (hi, lo) => number(BIGINT.const(hi, lo)),
  small: (value) => number(BigInt(value)),
  add,
  sub: (a, b) => (isNumber(b) ? add(a, number(-b.offset)) : ANYTHING),
  mul: binary(BIGINT.mul), mulHigh: binary(BIGINT.mulHigh), mulHighUnsigned: binary(BIGINT.mulHighUnsigned),
  // The meaning does not use a quotient by 0, but asks for it.
  div: () => ANYTHING, divUnsigned: () => ANYTHING,
  and: binary(BIGINT.and),
  // `mr` is `or` of a register with itself.
  or: (a, b) => (sameValue(a, b) ? a : binary(BIGINT.or)(a, b)),
  xor: binary(BIGINT.xor), not: unary(BIGINT.not),
  shiftLeft: binary(BIGINT.shiftLeft), shiftRight: binary(BIGINT.shiftRight), shiftRightSigned: binary(BIGINT.shiftRightSigned), rotateLeft: binary(BIGINT.rotateLeft),
  signExtend: (a, bytes) => unary((it) => BIGINT.signExtend(it, bytes))(a), zeroExtend: (a, bytes) => unary((it) => BIGINT.zeroExtend(it, bytes))(a),
  countLeadingZeros: unary(BIGINT.countLeadingZeros), populationCount: unary(BIGINT.populationCount),
  equal: (a, b) => (isNumber(a) && isNumber(b) ? BIGINT.equal(a.offset, b.offset) : 'unknown'),
  lessSigned: (a, b) => (isNumber(a) && isNumber(b) ? BIGINT.lessSigned(a.offset, b.offset) : 'unknown'),
  lessUnsigned: (a, b) => (isNumber(a) && isNumber(b) ? BIGINT.lessUnsigned(a.offset, b.offset) : 'unknown'),
  select: (condition, whenTrue, whenFalse) => (condition === 'true' ? whenTrue : condition === 'false' ? whenFalse : sameValue(whenTrue, whenFalse) ? whenTrue : ANYTHING),
  undefinedOutside: () => ANYTHING,
};
