/**
 * Words of a certificate: sums of symbols and a constant. What may be said of them: docs/proof.md, "Words". This folder imports nothing, and shares nothing with `prove`: what both
 * got wrong they would confirm to each other.
 */
export interface Word { readonly of: string; readonly at: bigint; readonly text: string }
export type Known = Word | undefined;
/** What a certificate is refused for. */
export class Refusal extends Error { override readonly name = 'Refusal'; }
export function refuse(why: string): never { throw new Refusal(why); }

export function word(of: string, constant: bigint | number = 0): Word {
  const at = BigInt.asIntN(64, BigInt(constant));
  return { of, at, text: of === '' ? String(at) : at === 0n ? of : `${of}${at > 0n ? '+' : ''}${at}` };
}
export const number = (at: bigint | number): Word => word('', at);
export const same = (a: Known, b: Known): boolean => a !== undefined && a.text === b?.text;

export function plus(a: Known, b: Known, sign: 1 | -1 = 1): Known {
  if (a === undefined || b === undefined) return undefined;
  const at = a.at + BigInt(sign) * b.at, times = new Map<string, number>();
  if (b.of === '') return word(a.of, at);
  for (const [of, by] of [[a.of, 1], [b.of, sign]] as const) for (const [, minus, name] of of.matchAll(/(-?)(\w+)/g)) times.set(name!, (times.get(name!) ?? 0) + (minus === '' ? by : -by));
  const [added, taken] = [1, -1].map((n) => [...times.keys()].filter((name) => times.get(name) === n).sort()) as [string[], string[]];
  if ([...times.values()].some((n) => n > 1 || n < -1) || (added.length === 0 && taken.length > 0)) return undefined;
  return word(`${added.join('+')}${taken.map((name) => `-${name}`).join('')}`, at);
}

/** A word as a certificate spells it, in the one way that there is. */
export function parse(text: unknown): Word {
  const parts = typeof text === 'string' && text.length <= 200 ? /^(?!$)([A-Za-z]\w*(?:[+-][A-Za-z]\w*)*)?([+-]?\d{1,20})?$/.exec(text) : null;
  const it = parts === null ? undefined : plus(number(BigInt((parts[2] ?? '0').replace('+', ''))), word(parts[1] ?? ''));
  return it !== undefined && it.text === text ? it : refuse(`${JSON.stringify(text)} is no word, or not in its one spelling`);
}

const isNumber = (a: Known): a is Word => a?.of === '';
export const onNumbers = (a: Known, b: Known, what: (a: bigint, b: bigint) => bigint): Known => (isNumber(a) && isNumber(b) ? number(what(BigInt.asUintN(64, a.at), BigInt.asUintN(64, b.at))) : undefined);
const UNITS = new Map([['B', 256n], ['T', 256n], ['P', 256n], ['F', 16n], ['R', 4n], ['C', 4n]]);
/** Every symbol of the word is a multiple of this. */
const unitOf = (of: string): bigint => (of.match(/\w+/g) ?? []).map((name) => UNITS.get(name) ?? 1n).reduce((a, b) => (a < b ? a : b), 1n << 62n);
const withNumber = (a: Known, b: Known): readonly [Known, bigint | undefined] => (isNumber(b) ? [a, b.at] : [b, isNumber(a) ? a.at : undefined]);

export function and(a: Known, b: Known): Known {
  const [it, mask] = withNumber(a, b);
  if (same(a, b)) return a;
  if (it === undefined || mask === undefined) return undefined;
  if (it.text === 'F' && mask === -16384n) return word('stack');
  if (it.of === '' || (mask >= 0n && mask < unitOf(it.of))) return number(it.at & mask);
  return mask < 0n && mask >= -unitOf(it.of) ? word(it.of, it.at & mask) : undefined;
}

export function or(a: Known, b: Known): Known {
  const [it, bits] = withNumber(a, b);
  if (same(a, b)) return a;
  return it !== undefined && bits !== undefined && (it.of === '' || (bits >= 0n && bits < unitOf(it.of))) ? word(it.of, it.at | bits) : undefined;
}

/** What holds of the symbols in one fragment: `d` is the distance from the TOC pointer to R, far or not; `apart`: two words that differ; x is one of `range`, or anything where that is empty. */
export interface Facts { readonly d: Known; readonly far: boolean; readonly apart: readonly [Known, Known]; readonly range: readonly bigint[] }

export const signExtended32 = (a: Known, { d, far }: Facts): Known => (isNumber(a) ? number(BigInt.asIntN(32, a.at)) : !same(a, d) ? undefined : far ? word('cut') : d);

/** Each true, false, or not known. */
export type Order = readonly [less: boolean | undefined, greater: boolean | undefined, equal: boolean | undefined];
export function compare(a: Known, b: Known, signed: boolean, { d, far, range, apart }: Facts): Order {
  if (a === undefined || b === undefined) return [undefined, undefined, undefined];
  if (same(a, b)) return [false, false, true];
  const seen = signed ? BigInt.asIntN : BigInt.asUintN, values = (it: Word): readonly bigint[] => (it.of === '' ? [it.at] : it.of === 'x' ? range.map((x) => x + it.at) : []).map((value) => seen(64, value));
  const orders = new Set(values(a).flatMap((x) => values(b).map((y): number => (x < y ? -1 : x > y ? 1 : 0))));
  const is = (order: number): boolean | undefined => (orders.size === 0 ? undefined : !orders.has(order) ? false : orders.size === 1 ? true : undefined);
  const are = (p: string | undefined, q: string | undefined): boolean => (a.text === p && b.text === q) || (a.text === q && b.text === p);
  const differ = a.of === b.of || are('owed', '0') || (far && are('cut', d?.text)) || are(apart[0]?.text, apart[1]?.text);
  return [is(-1), is(1), differ ? false : is(0)];
}
