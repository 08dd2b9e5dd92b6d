/** What the instructions do that a strategy, ftrace entry and function entries are made of: Power ISA 3.0B, Book I, read anew here. Any other one is refused. */
import { and, compare, number, onNumbers, or, plus, refuse, same, signExtended32, word, type Facts, type Known, type Word } from './words.ts';

/** What an instruction works on. Cells are named as in a certificate; a value that is not known is undefined. */
export interface Place { readonly facts: Facts; get(cell: string): Known; set(cell: string, value: Known): void; load(address: Word, bytes: number): Known; store(address: Word, bytes: number, value: Known): void }
/** A branch: where to, and whether it is taken, if that is known. */
export interface Jump { readonly to: Known; readonly when: boolean | undefined }

const shift = (width: 32 | 64, by: (a: bigint, n: bigint) => bigint) => (a: bigint, b: bigint): bigint => { const n = b & BigInt(2 * width - 1); return n < BigInt(width) ? BigInt.asUintN(width, by(BigInt.asUintN(width, a), n)) : 0n; };
/** Of opcode 31, by extended opcode, on two registers that are numbers: sld, srd, slw, srw, xor, andc, nor, orc, nand, eqv. */
const NUMBERS = new Map<number, (a: bigint, b: bigint) => bigint>([
  [27, shift(64, (a, n) => a << n)], [539, shift(64, (a, n) => a >> n)], [24, shift(32, (a, n) => a << n)], [536, shift(32, (a, n) => a >> n)],
  [316, (a, b) => a ^ b], [60, (a, b) => a & ~b], [124, (a, b) => ~(a | b)], [412, (a, b) => a | ~b], [476, (a, b) => ~(a & b)], [284, (a, b) => ~(a ^ b)],
]);
/** Loads and stores by key (see below): bytes, and with what a load extends. lwz, lbz, lhz, lha, stw, stb, sth; ld, ldu, lwa, std, stdu; ldx, lwzx, lbzx, lwax, stdx, stwx, stbx. */
const MEMORY = new Map<number, readonly [bytes: number, how: 'zeros' | 'sign' | 'store']>([
  [32, [4, 'zeros']], [34, [1, 'zeros']], [40, [2, 'zeros']], [42, [2, 'sign']], [36, [4, 'store']], [38, [1, 'store']], [44, [2, 'store']],
  [58000, [8, 'zeros']], [58001, [8, 'zeros']], [58002, [4, 'sign']], [62000, [8, 'store']], [62001, [8, 'store']],
  [31021, [8, 'zeros']], [31023, [4, 'zeros']], [31087, [1, 'zeros']], [31341, [4, 'sign']], [31149, [8, 'store']], [31151, [4, 'store']], [31215, [1, 'store']],
]);
/** Ones from bit `from` to bit `to`, bit 0 being the highest of 64; around the end where from > to. */
const maskOf = (from: number, to: number): Word => {
  const head = (1n << BigInt(64 - from)) - 1n, tail = ~((1n << BigInt(63 - to)) - 1n);
  return number(from <= to ? head & tail : head | tail);
};
const extended = (how: string, bits: number, value: bigint): Word => number((how === 'sign' ? BigInt.asIntN : BigInt.asUintN)(bits, value));

export function execute(code: number, pc: Word, at: Place): Jump | undefined {
  const bits = (from: number, count: number): number => (code >>> (32 - from - count)) & (2 ** count - 1);
  const [op, rt, ra, rb, rc, low, signed] = [bits(0, 6), bits(6, 5), bits(11, 5), bits(16, 5), code & 1, code & 0xffff, (code << 16) >> 16];
  const reg = (n: number): Known => at.get(`r${n}`), base = ra === 0 ? number(0) : reg(ra);
  const setBits = (field: number, order: readonly (boolean | undefined)[]): void => { for (let i = 0; i < 4; i++) at.set(`cr${4 * field + i}`, order[i] === undefined ? undefined : number(order[i] ? 1 : 0)); };
  const result = (n: number, value: Known, record = rc === 1): void => { at.set(`r${n}`, value); if (record) setBits(0, compare(value, number(0), true, at.facts)); };
  const order = (b: Known, how: 'sign' | 'zeros', double: number): readonly (boolean | undefined)[] => {
    const cut = (it: Known): Known => (double === 1 ? it : it?.of === '' ? extended(how, 32, it.at) : undefined);
    return compare(cut(reg(ra)), cut(b), how === 'sign', at.facts);
  };
  const trap = (b: Known, double: number): void => {
    const [less, greater, equal] = order(b, 'sign', double), [lower, higher] = order(b, 'zeros', double);
    if ([less, greater, equal, lower, higher].some((is, i) => (rt & (16 >> i)) !== 0 && is !== false)) refuse('a trap that is not known to be passed by');
  };
  const jump = (to: Known, conditions = rt): Jump => {
    const counts = (conditions & 4) === 0, ctr = counts ? plus(at.get('ctr'), number(-1)) : undefined, bit = at.get(`cr${ra}`), met = [
      counts ? (ctr?.of === '' ? (ctr.at === 0n) === ((conditions & 2) !== 0) : undefined) : true,
      (conditions & 16) === 0 ? (bit?.of === '' ? (bit.at === 1n) === ((conditions & 8) !== 0) : undefined) : true,
    ];
    if (counts) at.set('ctr', ctr);
    if (rc === 1) at.set('lr', plus(pc, number(4)));
    return { to, when: met.includes(false) ? false : met.includes(undefined) ? undefined : true };
  };
  const memory = (bytes: number, how: 'zeros' | 'sign' | 'store', update: boolean): void => {
    const where = plus(base, op === 31 ? reg(rb) : number(op < 58 ? signed : signed & ~3)) ?? refuse('an address that is not known');
    if (how === 'store') at.store(where, bytes, reg(rt));
    else {
      const value = at.load(where, bytes), cut = value?.of === '' ? extended(how, 8 * bytes, value.at) : bytes === 4 && how === 'sign' ? signExtended32(value, at.facts) : undefined;
      at.set(`r${rt}`, bytes === 8 ? value : cut);
    }
    if (update) at.set(`r${ra}`, where);
  };

  const key = op === 31 || op === 19 ? 1000 * op + bits(21, 10) : op === 58 || op === 62 ? 1000 * op + (code & 3) : op, access = MEMORY.get(key), update = key === 58001 || key === 62001;
  if (access !== undefined && !(update && ra === 0)) return void memory(...access, update);
  const numbers = op === 31 ? NUMBERS.get(key - 31000) : undefined, special = ra === 8 && rb === 0 ? 'lr' : ra === 9 && rb === 0 ? 'ctr' : undefined, turn = rb | (bits(30, 1) << 5), begin = bits(21, 5) | (bits(26, 1) << 5);
  if (numbers !== undefined) return void result(ra, onNumbers(reg(rt), reg(rb), numbers));
  switch (key) {
    case 2: case 3: return void trap(number(signed), op === 2 ? 1 : 0); // tdi, twi
    case 31068: case 31004: return void trap(reg(rb), key === 31068 ? 1 : 0); // td, tw
    case 10: case 11: return void setBits(bits(6, 3), order(number(op === 11 ? signed : low), op === 11 ? 'sign' : 'zeros', bits(10, 1))); // cmpli, cmpi
    case 31000: case 31032: return void setBits(bits(6, 3), order(reg(rb), key === 31000 ? 'sign' : 'zeros', bits(10, 1))); // cmp, cmpl
    case 14: case 15: return void result(rt, plus(base, number(op === 14 ? signed : signed * 65536)), false); // addi, addis
    case 16: return jump(plus(code & 2 ? number(0) : pc, number(signed & ~3))); // bc
    case 18: return jump(plus(code & 2 ? number(0) : pc, number(((code << 6) >> 6) & ~3)), 20); // b
    case 19016: case 19528: return jump(and(at.get(key === 19016 ? 'lr' : 'ctr'), number(-4))); // bclr, bcctr
    case 24: case 25: return void result(ra, or(reg(rt), number(op === 24 ? low : low * 65536)), false); // ori, oris
    case 26: case 27: return void result(ra, onNumbers(reg(rt), number(op === 26 ? low : low * 65536), (x, y) => x ^ y), false); // xori, xoris
    case 28: case 29: return void result(ra, and(reg(rt), number(op === 28 ? low : low * 65536)), true); // andi., andis.
    case 21: { // rlwinm: the low word, twice over, is turned by a shift
      const turned = rb === 0 ? reg(rt) : onNumbers(reg(rt), number(rb), (x, n) => ((BigInt.asUintN(32, x) * 0x100000001n) << n) >> 32n);
      return bits(21, 5) > bits(26, 5) ? refuse('rlwinm with a mask around the end') : void result(ra, and(turned, maskOf(32 + bits(21, 5), 32 + bits(26, 5))));
    }
    case 30: { // rldicl, rldicr, rldic
      const kind = bits(27, 3), turned = turn === 0 ? reg(rt) : onNumbers(reg(rt), number(turn), (x, n) => (x << n) | (x >> (64n - n)));
      return kind > 2 ? refuse('a rotation that is not rldicl, rldicr or rldic') : void result(ra, and(turned, kind === 1 ? maskOf(0, begin) : maskOf(begin, kind === 0 ? 63 : 63 - turn)));
    }
    case 31266: return void result(rt, plus(reg(ra), reg(rb))); // add
    case 31040: return void result(rt, plus(reg(rb), reg(ra), -1)); // subf
    case 31104: return void result(rt, plus(number(0), reg(ra), -1)); // neg
    case 31028: return void result(ra, and(reg(rt), reg(rb)));
    case 31444: return void result(ra, or(reg(rt), reg(rb)));
    case 31826: case 31827: return void result(ra, onNumbers(reg(rt), number(turn), (x, n) => BigInt.asIntN(64, x) >> n)); // sradi
    case 31986: return void result(ra, signExtended32(reg(rt), at.facts)); // extsw
    case 31598: case 31854: case 19150: return undefined; // sync, eieio, isync
    case 31083: return void result(rt, at.get('msr'), false); // mfmsr
    case 31178: return at.set('msr', same(at.get('msr'), word('msr')) && same(reg(rt), word('msr')) ? word('msr') : undefined), undefined; // mtmsrd
    case 31019: return void result(rt, undefined, false); // mfcr
    case 31144: for (let bit = 0; bit < 32; bit++) if ((bits(12, 8) & (128 >> (bit >> 2))) !== 0) at.set(`cr${bit}`, onNumbers(reg(rt), number(31 - bit), (x, n) => (x >> n) & 1n)); return undefined; // mtcrf
    case 31339: if (special !== undefined || (ra === 1 && rb === 0)) return void result(rt, special && at.get(special), false); break; // mfspr, of the XER what is not known
    case 31467: if (special !== undefined) return at.set(special, reg(rt)), undefined; // mtspr
  }
  return refuse(`${(code >>> 0).toString(16).padStart(8, '0')} at ${pc.text} is no instruction that this checker knows`);
}
