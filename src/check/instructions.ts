/** What the instructions do that a strategy, ftrace entry and function entries are made of: Power ISA 3.0B, Book I, read anew here. Any other one is refused. */
import { and, compare, number, onNumbers, or, plus, refuse, show, signExtended32, word } from './words.ts';
import type { Facts, Known, Word } from './words.ts';

/** What an instruction works on. Cells are named as in a certificate; a value that is not known is undefined. */
export interface Place {
  readonly facts: Facts;
  get(cell: string): Known;
  set(cell: string, value: Known): void;
  load(address: Word, bytes: number): Known;
  store(address: Word, bytes: number, value: Known): void;
}
/** Where it goes, and whether it does: true, false, or not known. */
export interface Jump { readonly to: Known; readonly when: boolean | undefined }

const SHIFT: Readonly<Record<number, (a: bigint, b: bigint) => bigint>> = {
  27: (a, b) => ((b & 127n) > 63n ? 0n : a << (b & 63n)), 539: (a, b) => ((b & 127n) > 63n ? 0n : a >> (b & 63n)),
  24: (a, b) => ((b & 63n) > 31n ? 0n : (a << (b & 31n)) & 0xffffffffn), 536: (a, b) => ((b & 63n) > 31n ? 0n : (a & 0xffffffffn) >> (b & 31n)),
};
const LOGICAL: Readonly<Record<number, (a: bigint, b: bigint) => bigint>> = { 316: (a, b) => a ^ b, 60: (a, b) => a & ~b, 124: (a, b) => ~(a | b), 412: (a, b) => a | ~b, 476: (a, b) => ~(a & b), 284: (a, b) => ~(a ^ b) };
/** Bytes, and what the value is extended with: opcode, or extended opcode of 31. */
const LOADS: Readonly<Record<number, readonly [number, 'zeros' | 'sign']>> = { 32: [4, 'zeros'], 34: [1, 'zeros'], 40: [2, 'zeros'], 42: [2, 'sign'] };
const STORES: Readonly<Record<number, number>> = { 36: 4, 38: 1, 44: 2 };
const INDEXED: Readonly<Record<number, readonly [number, 'zeros' | 'sign' | 'store']>> = { 21: [8, 'zeros'], 23: [4, 'zeros'], 87: [1, 'zeros'], 341: [4, 'sign'], 149: [8, 'store'], 151: [4, 'store'], 215: [1, 'store'] };

/** Ones from bit `from` to bit `to`, bit 0 being the highest of 64; around the end where from > to. */
const maskOf = (from: number, to: number): bigint => {
  const [head, tail] = [(1n << BigInt(64 - from)) - 1n, ~((1n << BigInt(63 - to)) - 1n)];
  return BigInt.asIntN(64, from <= to ? head & tail : head | tail);
};
const rotated = (a: Known, by: number): Known => (by === 0 ? a : onNumbers(a, number(by), (x, n) => (x << n) | (x >> (64n - n))));

export function execute(code: number, pc: Word, at: Place): Jump | undefined {
  const bits = (from: number, count: number): number => (code >>> (32 - from - count)) & (2 ** count - 1);
  const [op, rt, ra, rb, low, rc] = [bits(0, 6), bits(6, 5), bits(11, 5), bits(16, 5), code & 0xffff, code & 1];
  const imm = (code << 16) >> 16;
  const reg = (n: number): Known => at.get(`r${n}`);
  const base = ra === 0 ? number(0) : reg(ra);
  const next = plus(pc, number(4));
  const setBits = (field: number, order: readonly (boolean | undefined)[]): void => [...order, undefined].forEach((bit, i) => { at.set(`cr${4 * field + i}`, bit === undefined ? undefined : number(bit ? 1 : 0)); });
  const result = (n: number, value: Known, record = rc === 1): undefined => {
    at.set(`r${n}`, value);
    if (record) setBits(0, compare(value, number(0), true, at.facts));
  };
  const address = (sum: Known): Word => sum ?? refuse('an address that is not known');
  const load = (where: Known, bytes: number, how: 'zeros' | 'sign'): undefined => {
    const value = at.load(address(where), bytes);
    const cut = value?.of === '' ? number(how === 'sign' ? BigInt.asIntN(8 * bytes, value.at) : BigInt.asUintN(8 * bytes, value.at)) : undefined;
    at.set(`r${rt}`, bytes === 8 ? value : cut ?? (bytes === 4 && how === 'sign' ? signExtended32(value, at.facts) : undefined));
  };
  const order = (b: Known, signed: boolean, double: number): readonly (boolean | undefined)[] => {
    const short = (it: Known): Known => (double === 1 ? it : it?.of === '' ? number(signed ? BigInt.asIntN(32, it.at) : BigInt.asUintN(32, it.at)) : undefined);
    return compare(short(reg(ra)), short(b), signed, at.facts);
  };
  const trap = (b: Known, double: number): undefined => {
    const [less, greater, equal] = order(b, true, double), [lower, higher] = order(b, false, double);
    if ([less, greater, equal, lower, higher].some((is, i) => (rt & (16 >> i)) !== 0 && is !== false)) refuse('a trap that is not known to be passed by');
  };
  const jump = (to: Known, fixed = false): Jump => {
    let when: boolean | undefined = true;
    if (!fixed && (rt & 4) === 0) {
      const ctr = plus(at.get('ctr'), number(-1));
      at.set('ctr', ctr);
      when = ctr?.of === '' ? (ctr.at === 0n) === ((rt & 2) !== 0) : undefined;
    }
    if (!fixed && (rt & 16) === 0) {
      const bit = at.get(`cr${ra}`), met = bit?.of === '' ? (bit.at === 1n) === ((rt & 8) !== 0) : undefined;
      when = when === false || met === false ? false : when === undefined ? undefined : met;
    }
    if (rc === 1) at.set('lr', next);
    return { to, when };
  };
  if (op in LOADS) return load(plus(base, number(imm)), ...LOADS[op]!);
  if (op in STORES) return at.store(address(plus(base, number(imm))), STORES[op]!, reg(rt)), undefined;
  switch (op) {
    case 2: case 3: return trap(number(imm), op === 2 ? 1 : 0);
    case 10: case 11: return setBits(bits(6, 3), order(number(op === 11 ? imm : low), op === 11, bits(10, 1))), undefined;
    case 14: return result(rt, plus(base, number(imm)), false);
    case 15: return result(rt, plus(base, number(imm * 65536)), false);
    case 16: return jump(plus(code & 2 ? number(0) : pc, number(imm & ~3)));
    case 18: return jump(plus(code & 2 ? number(0) : pc, number(((code << 6) >> 6) & ~3)), true);
    case 24: case 25: return result(ra, or(reg(rt), number(op === 24 ? low : low * 65536)), false);
    case 26: case 27: return result(ra, onNumbers(reg(rt), number(op === 26 ? low : low * 65536), LOGICAL[316]!), false);
    case 28: case 29: return result(ra, and(reg(rt), number(op === 28 ? low : low * 65536)), true);
    case 21: {
      const from = reg(rt), twice = rb === 0 ? from : onNumbers(from, number(rb), (x, n) => { const w = x & 0xffffffffn, r = ((w << n) | (w >> (32n - n))) & 0xffffffffn; return r | (r << 32n); });
      if (bits(21, 5) > bits(26, 5)) refuse('rlwinm with a mask around the end');
      return result(ra, and(twice, number(maskOf(32 + bits(21, 5), 32 + bits(26, 5)))));
    }
    case 30: {
      const by = rb | (bits(30, 1) << 5), mb = bits(21, 5) | (bits(26, 1) << 5), kind = bits(27, 3);
      if (kind > 2) refuse('a rotation that is not rldicl, rldicr or rldic');
      return result(ra, and(rotated(reg(rt), by), number(kind === 0 ? maskOf(mb, 63) : kind === 1 ? maskOf(0, mb) : maskOf(mb, 63 - by))));
    }
    case 58: case 62: {
      const kind = code & 3, where = plus(base, number(imm & ~3));
      if (kind > 2 || (op === 62 && kind === 2) || (kind === 1 && ra === 0)) break;
      if (op === 62) at.store(address(where), 8, reg(rt));
      else load(where, kind === 2 ? 4 : 8, kind === 2 ? 'sign' : 'zeros');
      if (kind === 1) at.set(`r${ra}`, where);
      return undefined;
    }
    case 19: {
      const kind = bits(21, 10);
      if (kind === 150) return undefined;
      if (kind === 16 || kind === 528) return jump(and(at.get(kind === 16 ? 'lr' : 'ctr'), number(-4)));
      break;
    }
    case 31: return extended(bits(21, 10));
  }
  return refuse(`${(code >>> 0).toString(16).padStart(8, '0')} at ${show(pc)} is no instruction that this checker knows`);

  function extended(kind: number): undefined {
    if (kind in INDEXED) {
      const [bytes, how] = INDEXED[kind]!, where = plus(base, reg(rb));
      if (how !== 'store') return load(where, bytes, how);
      return at.store(address(where), bytes, reg(rt)), undefined;
    }
    if (kind in LOGICAL) return result(ra, onNumbers(reg(rt), reg(rb), LOGICAL[kind]!));
    if (kind in SHIFT) return result(ra, onNumbers(reg(rt), reg(rb), SHIFT[kind]!));
    const special = ra | (rb << 5), name = special === 8 ? 'lr' : special === 9 ? 'ctr' : undefined;
    switch (kind) {
      case 0: case 32: return setBits(bits(6, 3), order(reg(rb), kind === 0, bits(10, 1))), undefined;
      case 4: case 68: return trap(reg(rb), kind === 68 ? 1 : 0);
      case 266: return result(rt, plus(reg(ra), reg(rb)));
      case 40: return result(rt, plus(reg(rb), reg(ra), -1n));
      case 104: return result(rt, plus(number(0), reg(ra), -1n));
      case 28: return result(ra, and(reg(rt), reg(rb)));
      case 444: return result(ra, or(reg(rt), reg(rb)));
      case 826: case 827: return result(ra, onNumbers(reg(rt), number(rb | (bits(30, 1) << 5)), (x, n) => BigInt.asIntN(64, x) >> n));
      case 986: return result(ra, signExtended32(reg(rt), at.facts));
      case 598: case 854: return undefined;
      case 83: return result(rt, at.get('msr'), false);
      case 178: return at.set('msr', at.get('msr')?.of === 'msr' && reg(rt)?.of === 'msr' && reg(rt)?.at === 0n ? word('msr') : undefined), undefined;
      case 19: return result(rt, undefined, false);
      case 144: {
        for (let bit = 0; bit < 32; bit++) if ((bits(12, 8) & (128 >> (bit >> 2))) !== 0) at.set(`cr${bit}`, onNumbers(reg(rt), number(31 - bit), (x, n) => (x >> n) & 1n));
        return undefined;
      }
      case 339: return name === undefined && special !== 1 ? refuse(`special register ${special}`) : result(rt, name === undefined ? undefined : at.get(name), false);
      case 467: return name === undefined ? refuse(`special register ${special}`) : at.set(name, reg(rt)), undefined;
    }
    return refuse(`${(code >>> 0).toString(16).padStart(8, '0')} at ${show(pc)} is no instruction that this checker knows`);
  }
}

