/**
 * Words of a certificate: sums of symbols and a constant. What may be said of them: docs/proof.md, "Words". This folder imports nothing, and shares nothing with `prove`: what both
 * got wrong they would confirm to each other.
 */
export interface Word { readonly of: string; readonly at: bigint }
export type Known = Word | undefined;

/** What a certificate is refused for. */
export class Refusal extends Error { override readonly name = 'Refusal'; }
export function refuse(why: string): never { throw new Refusal(why); }

const ALIGNED: Readonly<Record<string, bigint>> = { B: 256n, T: 256n, P: 256n, F: 16n, R: 4n, C: 4n };
export const word = (of: string, at: bigint | number = 0): Word => ({ of, at: BigInt.asIntN(64, BigInt(at)) });
export const number = (at: bigint | number): Word => word('', at);
export const same = (a: Known, b: Known): boolean => a !== undefined && b !== undefined && a.of === b.of && a.at === b.at;
export const show = (a: Known): string => (a === undefined ? 'nothing' : a.of === '' ? String(a.at) : `${a.of}${a.at > 0n ? '+' : ''}${a.at === 0n ? '' : a.at}`);
const isNumber = (a: Known): a is Word => a !== undefined && a.of === '';
export const symbols = (of: string): [name: string, sign: bigint][] => [...of.matchAll(/(-?)([A-Za-z]\w*)/g)].map(([, sign, name]) => [name!, sign === '-' ? -1n : 1n]);

export function plus(a: Known, b: Known, sign: 1n | -1n = 1n): Known {
  if (a === undefined || b === undefined) return undefined;
  const at = a.at + sign * b.at;
  if (b.of === '') return word(a.of, at);
  const count = new Map<string, bigint>(symbols(a.of));
  for (const [name, its] of symbols(b.of)) count.set(name, (count.get(name) ?? 0n) + sign * its);
  const [added, taken] = [1n, -1n].map((n) => [...count].filter(([, its]) => its === n).map(([name]) => name).sort());
  if ([...count.values()].some((its) => its > 1n || its < -1n) || (added!.length === 0 && taken!.length > 0)) return undefined;
  return word(`${added!.join('+')}${taken!.map((name) => `-${name}`).join('')}`, at);
}

const spelt = new Map<string, Word>();
/** A word as a certificate spells it, in the one way that there is. */
export function parse(text: unknown): Word {
  if (typeof text !== 'string' || text.length > 200) refuse('a word is a string');
  const known = spelt.get(text);
  if (known !== undefined) return known;
  const parts = /^((?:[A-Za-z][A-Za-z0-9]*)(?:[+-][A-Za-z][A-Za-z0-9]*)*)?((?:^|[+-])-?\d{1,20})?$/.exec(text) ?? refuse(`'${text}' is no word`);
  const value = word(parts[1] ?? '', BigInt((parts[2] ?? '0').replace(/^\+/, '')));
  const sum = plus(number(value.at), word(value.of));
  if (sum === undefined || show(sum) !== text) refuse(`'${text}' is no word in its one spelling`);
  spelt.set(text, sum);
  return sum;
}

const alignment = (of: string): bigint => symbols(of).reduce((least, [name]) => ((ALIGNED[name] ?? 1n) < least ? ALIGNED[name] ?? 1n : least), 1n << 62n);
const unsigned = (a: bigint): bigint => BigInt.asUintN(64, a);
export const onNumbers = (a: Known, b: Known, what: (a: bigint, b: bigint) => bigint): Known => (isNumber(a) && isNumber(b) ? number(what(unsigned(a.at), unsigned(b.at))) : undefined);

export function and(a: Known, b: Known): Known {
  if (same(a, b)) return a;
  if (isNumber(a) && isNumber(b)) return number(a.at & b.at);
  const [of, mask] = isNumber(b) ? [a, b.at] : [b, isNumber(a) ? a.at : 0n];
  if (of === undefined || !(isNumber(a) || isNumber(b))) return undefined;
  if (of.of === 'F' && of.at === 0n && mask === -16384n) return word('stack');
  const a1 = alignment(of.of);
  if (mask >= 0n && mask < a1) return number(of.at & mask);
  return mask < 0n && mask >= -a1 ? word(of.of, of.at & mask) : undefined;
}

export function or(a: Known, b: Known): Known {
  if (same(a, b)) return a;
  if (isNumber(a) && isNumber(b)) return number(a.at | b.at);
  const [of, bits] = isNumber(b) ? [a, b.at] : [b, isNumber(a) ? a.at : -1n];
  return of !== undefined && bits >= 0n && bits < alignment(of.of) ? word(of.of, of.at | bits) : undefined;
}

/** What holds of the symbols in one fragment: `d` is the distance from the TOC pointer to R, far or not; x, where it is bounded, is one of `range`. */
export interface Facts { readonly d: Known; readonly far: boolean; readonly apart: readonly [Known, Known]; readonly range?: readonly bigint[] }

export function signExtended32(a: Known, { d, far }: Facts): Known {
  if (isNumber(a)) return number(BigInt.asIntN(32, a.at));
  return same(a, d) ? (far ? word('cut') : d) : undefined;
}

/** Less, greater, equal: each true, false, or not known. */
export type Order = readonly [less: boolean | undefined, greater: boolean | undefined, equal: boolean | undefined];

export function compare(a: Known, b: Known, signed: boolean, { d, far, range, apart }: Facts): Order {
  if (a === undefined || b === undefined) return [undefined, undefined, undefined];
  if (same(a, b)) return [false, false, true];
  const values = (it: Word): readonly bigint[] | undefined => (it.of === '' ? [it.at] : it.of === 'x' ? range?.map((x) => x + it.at) : undefined);
  const seen = (its: bigint): bigint => (signed ? BigInt.asIntN(64, its) : unsigned(its));
  const orders = new Set(values(a)?.flatMap((x) => (values(b) ?? []).map((y): number => (seen(x) < seen(y) ? -1 : seen(x) > seen(y) ? 1 : 0))));
  const of = (which: number): boolean | undefined => (orders.size === 0 ? undefined : !orders.has(which) ? false : orders.size === 1 ? true : undefined);
  const owes = [a, b].some((it) => it.of === 'owed' && it.at === 0n) && [a, b].some((it) => it.of === '' && it.at === 0n);
  const cuts = far && [a, b].some((it) => it.of === 'cut' && it.at === 0n) && [a, b].some((it) => same(it, d));
  const differ = a.of === b.of || owes || cuts || (same(a, apart[0]) && same(b, apart[1])) || (same(a, apart[1]) && same(b, apart[0]));
  return [of(-1), of(1), differ ? false : of(0)];
}
