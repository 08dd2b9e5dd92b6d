// The rules of words (docs/proof.md, "Words") in general: for all values of the symbols, and all constants. s, t are sums of symbols, o and p constants that are added, m is a mask.
import { constant, named } from '../../src/prove/words.ts';
import type { Word } from '../../src/prove/words.ts';
import { bits, multiple, signExtended, zeroExtended } from './smt.ts';

export const symbolic = [...'stomlhkcd'].map((name) => `(declare-const ${name} (_ BitVec 64))`).join('\n');

/** `wrong`: what would contradict the rule. `further`: the same with its condition one constant further, or without it; so the rule says no less than it could. */
export interface Rule { readonly name: string; readonly wrong: string; readonly further: string }

const ruled = (name: string, when: string, further: string, is: string): Rule => ({ name, wrong: `(and ${when} (not ${is}))`, further: `(and ${further} (not ${is}))` });

/** The rules of masks, said twice: as z3 is asked, and as the words have to do it. `power`: what all symbols are multiples of. */
export const MASKS = [
  {
    op: 'and', name: 'low', when: (mask: bigint, power: bigint): boolean => mask >= 0n && mask < power, gives: (_: string, o: bigint, mask: bigint): Word => constant(o & mask),
    smt: (power: bigint): string => `(bvult m ${bits(power)})`, further: (power: bigint): string => `(bvule m ${bits(power)})`, is: '(= (bvand (bvadd s o) m) (bvand o m))',
  },
  {
    op: 'and', name: 'high', when: (mask: bigint, power: bigint): boolean => mask < 0n && mask >= -power, gives: (of: string, o: bigint, mask: bigint): Word => named(of, o - (o & ~mask)),
    smt: (power: bigint): string => `(bvuge m ${bits(-power)})`, further: (power: bigint): string => `(bvuge m ${bits(-power - 1n)})`, is: '(= (bvand (bvadd s o) m) (bvadd s (bvsub o (bvand o (bvnot m)))))',
  },
  {
    op: 'or', name: 'low', when: (mask: bigint, power: bigint): boolean => mask >= 0n && mask < power, gives: (of: string, o: bigint, mask: bigint): Word => named(of, o + (mask & ~o)),
    smt: (power: bigint): string => `(bvult m ${bits(power)})`, further: (power: bigint): string => `(bvule m ${bits(power)})`, is: '(= (bvor (bvadd s o) m) (bvadd s (bvadd o (bvand m (bvnot o)))))',
  },
] as const;

const masks = [1n, 4n, 16n, 256n].flatMap((power) => MASKS.map(({ op, name, smt, further, is }) => ruled(`${op} with a ${name} mask, multiples of ${power}`,
  `${multiple('s', power)} ${smt(power)}`, `${multiple('s', power)} ${further(power)}`, is)));

const near = `(bvsge d ${bits(-(1n << 31n))}) (bvslt d ${bits(1n << 31n)})`, kept = `(= ${signExtended('d', 4)} d)`;
const inside = (v: string, least: string, most: string): string => `(bvule ${least} ${v}) (bvule ${v} ${most})`;
const biased = (it: string): string => `(bvxor ${it} ${bits(1n << 63n)})`;
/** Bounds l, h of s and k, m of t as words; signed ones must not go from positive to negative. */
const bounded = `${inside('s', 'l', 'h')} ${inside('t', 'k', 'm')}`, uncrossed = `(bvule ${biased('l')} ${biased('h')}) (bvule ${biased('k')} ${biased('m')})`;

/** x is l + k, one of c + 1 values from l to l + c; the constant that is added to it is in l already. */
const oneOf = '(bvule k c)', inOrder = '(bvule l (bvadd l c))';

export const RULES: readonly Rule[] = [
  ...masks,
  ruled('multiples: sums and differences', `${multiple('s', 16n)} ${multiple('t', 256n)}`, `${multiple('s', 8n)} ${multiple('t', 256n)}`, `(and ${multiple('(bvadd s t)', 16n)} ${multiple('(bvsub s t)', 16n)})`),
  ruled('equal: one sum, two constants', '(distinct o m)', 'true', '(distinct (bvadd s o) (bvadd s m))'),
  ruled('sign-extension of a near distance, also of its low half', near, near.replace('bvslt', 'bvsle'), `(and ${kept} (= ${signExtended(zeroExtended('d', 4), 4)} d))`),
  ruled('sign-extension of a far distance is not it', `(not (and ${near}))`, 'true', `(not ${kept})`),
  ruled('shift by 0', `(= c ${bits(0n)})`, `(bvule c ${bits(1n)})`, `(and (= (bvshl s c) s) (= (bvlshr s c) s) (= (bvashr s c) s))`),
  // The words ask more: that l and l + c be from 0 to 2^64-1 as whole numbers; then they are in order.
  ruled('bounds of x + o', `${oneOf} ${inOrder}`, oneOf, `(and ${inside('(bvadd l k)', 'l', '(bvadd l c)')})`),
  ruled('less, unsigned', `${bounded} (bvult h k)`, `${bounded} (bvule h k)`, '(bvult s t)'),
  ruled('less, signed', `${bounded} ${uncrossed} (bvslt h k)`, `${bounded} (bvslt h k)`, '(bvslt s t)'),
];
