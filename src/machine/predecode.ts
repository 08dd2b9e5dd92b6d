/**
 * From a text word to the loop's operation and three operands. What a word means comes from the instruction table; here is only
 * which rows have an operation of their own. A word's form is worked out once and kept, since lowered programs repeat themselves.
 *
 * Operands: a the target's pair, b the pair of RA, RS or RB, c a pair or a number; of a compare a is the shift of its CR field; of a
 * store a is the pair that is stored. Where RA=0 means the value zero, b is the pair ZERO.
 */
import { POINT, STRUCTURAL } from '../image/points.ts';
import { decode } from '../isa/decode.ts';
import * as f from '../isa/fields.ts';
import type { Core } from './core.ts';
import { ANY_BRANCH, MEMORY, OP, PLAIN, SITE, WRITES_KEPT } from './operations.ts';
import { CTR, LR, MSR_PAIR, SPRG0, SRR0, SRR1, ZERO } from './registers.ts';

type Form = readonly [op: number, a: number, b: number, c: number];
type Decoder = (w: number) => Form;

const T = (w: number): number => 2 * f.rt(w);
const A = (w: number): number => 2 * f.ra(w);
const B = (w: number): number => 2 * f.rb(w);
const A0 = (w: number): number => (f.ra(w) === 0 ? ZERO : 2 * f.ra(w));
const FIELD = (w: number): number => 28 - 4 * f.bf(w);

const TABLE: Form = [OP.TABLE, 0, 0, 0];
const NOP: Form = [OP.NOP, 0, 0, 0];
const nop: Decoder = () => NOP;
/** RT,RA,RB */
const tab = (op: number): Decoder => (w) => [op, T(w), A(w), B(w)];
/** RT,(RA|0),RB */
const ta0b = (op: number): Decoder => (w) => [op, T(w), A0(w), B(w)];
/** RA,RS,RB */
const asb = (op: number): Decoder => (w) => [op, A(w), T(w), B(w)];
/** RA,RS */
const as = (op: number): Decoder => (w) => [op, A(w), T(w), 0];
/** RA,RS,constant */
const asi = (op: number, c: (w: number) => number): Decoder => (w) => [op, A(w), T(w), c(w)];
/** RT,D(RA|0) */
const offset = (op: number): Decoder => (w) => [op, T(w), A0(w), f.d(w)];
const offsetDs = (op: number): Decoder => (w) => [op, T(w), A0(w), f.ds(w)];
/** RT,DS(RA) with update: of r1 to r12; of others rare enough for the table. */
const update = (op: number): Decoder => (w) => (f.ra(w) < 13 ? [op, T(w), A(w), f.ds(w)] : TABLE);
const compare = (op: number): Decoder => (w) => [op, FIELD(w), A(w), B(w)];
const compareImmediate = (op: number, c: (w: number) => number): Decoder => (w) => [op, FIELD(w), A(w), c(w)];
const trap = (op: number, c: (w: number) => number): Decoder => (w) => [op, f.to(w), A(w), c(w)];
const add = (c: (w: number) => number): Decoder => (w) => (f.ra(w) === 0 ? [OP.LI, T(w), 0, c(w)] : [OP.ADDI, T(w), A(w), c(w)]);
/** or and its simple form mr */
const orOrMove: Decoder = (w) => (f.rs(w) === f.rb(w) ? [OP.MR, A(w), T(w), 0] : [OP.OR, A(w), T(w), B(w)]);
const orImmediate = (c: (w: number) => number): Decoder => (w) =>
  c(w) !== 0 ? [OP.ORI, A(w), T(w), c(w)] : f.ra(w) === f.rs(w) ? NOP : [OP.MR, A(w), T(w), 0];
const anyBranch: Decoder = (w) => [ANY_BRANCH, 0, 0, w];

/** Pairs of the special purpose registers by number. */
const SPR: Readonly<Record<number, number>> = {
  8: LR, 9: CTR, 26: SRR0, 27: SRR1, 272: SPRG0, 273: SPRG0 + 2, 274: SPRG0 + 4, 275: SPRG0 + 6,
};
const XER = 1;
const moveTo: Decoder = (w) => {
  const to = SPR[f.spr(w)];
  return f.spr(w) === XER ? [OP.MTXER, 0, T(w), 0] : to === undefined ? TABLE : [OP.MR, to, T(w), 0];
};
const moveFrom: Decoder = (w) => {
  const from = SPR[f.spr(w)];
  return f.spr(w) === XER ? [PLAIN.MFXER, T(w), 0, 0] : from === undefined ? TABLE : [OP.MR, T(w), from, 0];
};

/** CR bits of a field mask. */
function fieldBits(mask: number): number {
  let bits = 0;
  for (let field = 0; field < 8; field++) if (mask & 0x80 >> field) bits |= 0xf0000000 >>> (4 * field);
  return bits;
}

const rotateRight: Decoder = (w) => {
  const sh = f.sh6(w), me = f.me6(w);
  return sh > 0 && me === 63 - sh ? [OP.SLDI, A(w), T(w), sh] : [PLAIN.RLDICR, A(w), T(w), sh | me << 6];
};

/** `bc` in a form of the loop; c is still the distance in bytes. */
const conditional: Decoder = (w) => {
  const bo = f.bo(w), shift = 31 - f.bi(w);
  if ((bo & 0x1c) === 0x0c) return [OP.BT, shift, 0, f.bd(w)];
  if ((bo & 0x1c) === 0x04) return [OP.BF, shift, 0, f.bd(w)];
  if ((bo & 0x16) === 0x10) return [OP.BDNZ, 0, 0, f.bd(w)];
  if ((bo & 0x14) === 0x14) return [OP.B, 0, 0, f.bd(w)];
  return anyBranch(w);
};
const ALWAYS = 20;

/** Rows with an operation of their own; all others go through the table's meaning. */
const DECODERS: Readonly<Record<string, Decoder>> = {
  'addi': add(f.si), 'addis': add((w) => f.si(w) << 16),
  'add': tab(OP.ADD), 'subf': tab(OP.SUBF), 'neg': (w) => [PLAIN.NEG, T(w), A(w), 0], 'add.': tab(PLAIN.ADD_RC), 'subf.': tab(PLAIN.SUBF_RC),
  'and': asb(OP.AND), 'or': orOrMove, 'xor': asb(OP.XOR), 'nor': asb(PLAIN.NOR), 'andc': asb(PLAIN.ANDC), 'nand': asb(PLAIN.NAND),
  'eqv': asb(PLAIN.EQV), 'orc': asb(PLAIN.ORC), 'and.': asb(PLAIN.AND_RC), 'or.': asb(PLAIN.OR_RC),
  'ori': orImmediate(f.ui), 'oris': orImmediate((w) => f.ui(w) << 16), 'xori': asi(OP.XORI, f.ui), 'xoris': asi(OP.XORI, (w) => f.ui(w) << 16),
  'andi.': asi(PLAIN.ANDI, f.ui), 'andis.': asi(PLAIN.ANDI, (w) => f.ui(w) << 16),
  'cmpd': compare(OP.CMPD), 'cmpld': compare(OP.CMPLD), 'cmpw': compare(PLAIN.CMPW), 'cmplw': compare(PLAIN.CMPLW),
  'cmpdi': compareImmediate(OP.CMPDI, f.si), 'cmpldi': compareImmediate(OP.CMPLDI, f.ui),
  'cmpwi': compareImmediate(PLAIN.CMPWI, f.si), 'cmplwi': compareImmediate(PLAIN.CMPLWI, f.ui),
  'rldicl': asi(PLAIN.RLDICL, (w) => f.sh6(w) | f.mb6(w) << 6), 'rldicr': rotateRight,
  'rlwinm': asi(PLAIN.RLWINM, (w) => f.sh(w) | f.mb(w) << 5 | f.me(w) << 10),
  'extsb': as(PLAIN.EXTSB), 'extsh': as(PLAIN.EXTSH), 'extsw': as(PLAIN.EXTSW),
  'sradi': asi(PLAIN.SRADI, f.sh6), 'sld': asb(PLAIN.SLD), 'srd': asb(PLAIN.SRD),
  'isel': (w) => [PLAIN.ISEL, T(w), A0(w), B(w) | (31 - f.iselBit(w)) << 8],
  'mtspr': moveTo, 'mfspr': moveFrom,
  'mfcr': (w) => [PLAIN.MFCR, T(w), 0, -1], 'mfocrf': (w) => [PLAIN.MFCR, T(w), 0, fieldBits(f.fxm(w))],
  'mtcrf': (w) => [OP.MTCR, 0, T(w), fieldBits(f.fxm(w))], 'mtocrf': (w) => [OP.MTCR, 0, T(w), fieldBits(f.fxm(w))],
  'mfmsr': (w) => [OP.MR, T(w), MSR_PAIR, 0], 'mtmsrd': (w) => (f.l15(w) ? [PLAIN.MTMSRD_EE, 0, T(w), 0] : TABLE),
  'sync': nop, 'lwsync': nop, 'ptesync': nop, 'eieio': nop, 'isync': nop,
  'ld': offsetDs(OP.LD), 'std': offsetDs(OP.STD), 'stdu': update(OP.STDU), 'ldu': update(MEMORY.LDU),
  'ldx': ta0b(MEMORY.LDX), 'stdx': ta0b(MEMORY.STDX), 'lwz': offset(OP.LWZ), 'lwzx': ta0b(MEMORY.LWZX), 'lwa': offsetDs(OP.LWA),
  'lhz': offset(MEMORY.LHZ), 'lbz': offset(OP.LBZ), 'lbzx': ta0b(MEMORY.LBZX), 'stw': offset(OP.STW), 'stwx': ta0b(MEMORY.STWX),
  'sth': offset(MEMORY.STH), 'stb': offset(MEMORY.STB), 'stbx': ta0b(MEMORY.STBX),
  'td': trap(MEMORY.TD, B), 'tw': trap(MEMORY.TW, B), 'tdi': trap(MEMORY.TDI, f.si), 'twi': trap(MEMORY.TWI, f.si),
  'b': (w) => [OP.B, 0, 0, f.li(w)], 'bl': (w) => [OP.BL, 0, 0, f.li(w)], 'bc': conditional,
  'ba': anyBranch, 'bla': anyBranch, 'bca': anyBranch, 'bcl': anyBranch, 'bcla': anyBranch, 'rfid': anyBranch,
  'bclr': (w) => (f.bo(w) === ALWAYS ? [OP.BLR, 0, 0, 0] : anyBranch(w)), 'bclrl': anyBranch,
  'bcctr': (w) => (f.bo(w) === ALWAYS ? [OP.BCTR, 0, 0, 0] : anyBranch(w)),
  'bcctrl': (w) => (f.bo(w) === ALWAYS ? [OP.BCTRL, 0, 0, 0] : anyBranch(w)),
};

/**
 * Forms of words seen before, direct-mapped: word; operation (0: empty), a, b in 8 bits each; c; and whether it `writesKept`. Small, so that it stays in the caches.
 */
const MEMO_BITS = 12;
const memo = new Int32Array(4 << MEMO_BITS);

function form(word: number): Form {
  const row = decode(word);
  if (row === undefined) return [OP.UNMODELLED, 0, 0, 0];
  return DECODERS[row.mnemonic]?.(word) ?? TABLE;
}

/** A page has 4096 words (space.ts); as literals, since every new program is decoded. */
const endsPage = (pc: number): boolean => (pc & 0xfff) === 0xfff;
const samePage = (pc: number, other: number): boolean => (pc ^ other) >>> 12 === 0;

/** Points that are announced even when `checks` is off: the host's, and those that interrupts are anchored to. */
const ESSENTIAL = STRUCTURAL | 1 << POINT.HOST_CALLBACK | 1 << POINT.DONE | 1 << POINT.CONTROL_ENTRY | 1 << POINT.CONTROL_RETURN;

/** Operations whose first operand is not a register that is written. */
const WITHOUT_TARGET: ReadonlySet<number> = new Set([
  OP.NOP, OP.BT, OP.BF, OP.CMPDI, OP.CMPLDI, OP.CMPD, OP.CMPLD, PLAIN.CMPWI, PLAIN.CMPLWI, PLAIN.CMPW, PLAIN.CMPLW, OP.STD, OP.STDU,
  MEMORY.STDX, OP.STW, MEMORY.STWX, MEMORY.STH, MEMORY.STB, MEMORY.STBX, MEMORY.TD, MEMORY.TDI, MEMORY.TW, MEMORY.TWI,
]);
/** The loop notes what these write. They are most of those that write r13 to r31: what does not go through KEPT can stand in a row. */
const NOTED: ReadonlySet<number> = new Set([OP.LI, OP.ADDI, OP.MR, OP.LD]);
const isKept = (pair: number): boolean => pair >= 26 && pair < LR;

/** The first operand is one of r13 to r31, and the operation writes it, and the loop does not note that by itself. */
function writesKept(op: number, a: number): boolean {
  return isKept(a) && op >= OP.LI && !NOTED.has(op) && !WITHOUT_TARGET.has(op);
}

/** Decodes the word at flat index `pc`; returns its operation (WATCH where it carries a point). */
export function predecode(m: Core, pc: number): number {
  const { space, code } = m;
  const word = space.words[pc]!;
  const e = Math.imul(word, 0x9e3779b1) >>> (32 - MEMO_BITS) << 2;
  if (memo[e] !== word || memo[e + 1] === 0) {
    const [op, a, b, c] = form(word);
    memo[e] = word;
    memo[e + 1] = op | a << 8 | b << 16;
    memo[e + 2] = c;
    memo[e + 3] = writesKept(op, a) ? 1 : 0;
  }
  const i = pc << 2, short = memo[e + 1]!;
  let op = short & 255;
  code[i + 1] = short >>> 8 & 255;
  code[i + 2] = short >>> 16;
  code[i + 3] = memo[e + 2]!;
  if ((op >= OP.B && op <= OP.BCTRL) || op === ANY_BRANCH) op = place(m, pc, op, word);
  else if (endsPage(pc) && op !== OP.UNMODELLED) op = OP.TABLE; // what follows is found by address
  const kind = space.pointKind[pc]!;
  const keeps = memo[e + 3] === 0;
  if (kind !== POINT.NONE && (m.checks || (ESSENTIAL >>> kind & 1) !== 0)) {
    m.under[pc] = keeps ? op : op | WRITES_KEPT;
    op = OP.WATCH;
  } else if (!keeps) {
    m.under[pc] = op;
    op = OP.KEPT;
  }
  if (m.isSite(pc)) {
    m.beneath[pc] = op;
    op = SITE;
  }
  code[i] = op;
  return op;
}

/** Fits a branch to its place: a target in the same page as an index of `code`. */
function place(m: Core, pc: number, op: number, word: number): number {
  const { code } = m, i = pc << 2;
  const direct = op <= OP.BDNZ;
  const target = pc + (code[i + 3]! >> 2);
  if (op === ANY_BRANCH || endsPage(pc) || (direct && !samePage(pc, target))) {
    code[i + 3] = word;
    return ANY_BRANCH;
  }
  if (direct) code[i + 3] = target << 2;
  return op;
}
