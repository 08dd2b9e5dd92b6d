// 64-bit bit vectors in SMT-LIB: terms, operations as the ISA has them, and questions to z3.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Under these facts (declarations and assertions), each of these terms is said to be impossible. */
export interface Questions { readonly facts: string; readonly wrong: readonly string[] }
/** Of each term: 'unsat', it is impossible; 'vacuous', so is everything. `terms` differ from each other, and were asked about in so many `queries`. */
export interface Answers { readonly answers: readonly (readonly Answer[])[]; readonly terms: number; readonly queries: number }
export type Answer = 'unsat' | 'sat' | 'unknown' | 'vacuous';

/** Asks all of it in one process. @throws Error where z3 ends otherwise than by answering. */
export function askZ3(questions: readonly Questions[]): Answers {
  const asked = questions.map(({ facts, wrong }) => ({ facts, wrong: [...new Set(wrong)] }));
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'z3.mjs')], { input: JSON.stringify(asked), encoding: 'utf8', maxBuffer: 1 << 26, timeout: 200_000 });
  if (status !== 0) throw new Error(`z3 ended with ${status ?? signal}: ${stderr.slice(-1000)}`);
  const found = JSON.parse(stdout) as { answers: Answer[][]; queries: number };
  const of = asked.map(({ wrong }, i) => new Map(wrong.map((term, j) => [term, found.answers[i]![j]!])));
  return { answers: questions.map(({ wrong }, i) => wrong.map((term) => of[i]!.get(term)!)), terms: asked.reduce((all, { wrong }) => all + wrong.length, 0), queries: found.queries };
}

export const bits = (value: bigint): string => `#x${BigInt.asUintN(64, value).toString(16).padStart(16, '0')}`;

const high = (extend: string) => (a: string, b: string): string => `((_ extract 127 64) (bvmul ((_ ${extend} 64) ${a}) ((_ ${extend} 64) ${b})))`;
const shift = (name: string) => (a: string, count: string): string => `(${name} ${a} (bvand ${count} ${bits(127n)}))`;
const of = (name: string) => (...its: string[]): string => `(${name} ${its.join(' ')})`;

/** Operations of the domain of words (src/isa/domain.ts). */
export const BINARY = {
  add: of('bvadd'), sub: of('bvsub'), mul: of('bvmul'), mulHigh: high('sign_extend'), mulHighUnsigned: high('zero_extend'), and: of('bvand'), or: of('bvor'), xor: of('bvxor'),
  shiftLeft: shift('bvshl'), shiftRight: shift('bvlshr'), shiftRightSigned: shift('bvashr'),
  rotateLeft: (a: string, count: string): string => `(bvor (bvshl ${a} (bvand ${count} ${bits(63n)})) (bvlshr ${a} (bvsub ${bits(64n)} (bvand ${count} ${bits(63n)}))))`,
};

const bit = (a: string, i: number): string => `((_ extract ${i} ${i}) ${a})`;
const low = (a: string, bytes: number): string => `((_ extract ${8 * bytes - 1} 0) ${a})`;
export const signExtended = (a: string, bytes: number): string => `((_ sign_extend ${64 - 8 * bytes}) ${low(a, bytes)})`;
export const zeroExtended = (a: string, bytes: number): string => `((_ zero_extend ${64 - 8 * bytes}) ${low(a, bytes)})`;
export const UNARY = {
  not: of('bvnot'),
  countLeadingZeros: (a: string): string => Array.from({ length: 64 }, (_, i) => i).reduce((rest, i) => `(ite (= ${bit(a, i)} #b1) ${bits(BigInt(63 - i))} ${rest})`, bits(64n)),
  populationCount: (a: string): string => `(bvadd ${Array.from({ length: 64 }, (_, i) => `((_ zero_extend 63) ${bit(a, i)})`).join(' ')})`,
};
export const QUESTIONS = { equal: of('='), lessSigned: of('bvslt'), lessUnsigned: of('bvult') };

/** A sum of symbols and a constant. */
export function sum(symbols: Iterable<readonly [string, number | bigint]>, constant: bigint): string {
  let all = bits(constant);
  for (const [name, sign] of symbols) all = `(${Number(sign) === 1 ? 'bvadd' : 'bvsub'} ${all} ${name})`;
  return all;
}
export const multiple = (a: string, power: bigint): string => `(= (bvand ${a} ${bits(power - 1n)}) ${bits(0n)})`;
