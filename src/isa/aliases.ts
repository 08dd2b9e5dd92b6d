/**
 * Extended mnemonics: other spellings of table rows. Source: Power ISA 2.07B, Book I, Appendix E, and
 * Book III-S, Appendix B; spelling and preference are those of GNU binutils (`-mpower8`).
 *
 * A `Spelling` is one-to-one with a pattern of bits and serves assembler and disassembler; a `Rewriting`
 * computes the operands of another instruction and serves the assembler only.
 */
import * as f from './fields.ts';
import {
  BD, BD_ABS, BF_OPT, BH, BI, BI_FIELD, BT, BA, D, FXM, RA, RA0, RB, RS, RT, SI, SI_ANY, TO, UI_ANY,
} from './fields.ts';
import type { Operand } from './fields.ts';
import { NO_RA, NO_RB, PRIMARY_MASK, X_MASK, primary, xForm } from './instruction.ts';

/** Another text for the words (word & mask) = match, where `when` holds. */
export interface Spelling {
  readonly mnemonic: string;
  readonly operands: readonly Operand[];
  readonly mask: number;
  readonly match: number;
  readonly when?: (word: number) => boolean;
  /** objdump prints it; the first printed spelling of a word wins. */
  readonly printed: boolean;
}

/** Another text whose operands are computed. The result is range-checked as the text of `to` would be. */
export interface Rewriting {
  readonly mnemonic: string;
  /** Bounds of the operands, in the order of the text. */
  readonly operands: readonly Operand[];
  /** Mnemonic of the table row that is meant. */
  readonly to: string | ((given: readonly number[]) => string);
  /** Operand values of `to`; undefined when these operands have no encoding. */
  readonly values: (given: readonly number[]) => readonly number[] | undefined;
}

function spelling(
  mnemonic: string, operands: readonly Operand[], match: number, mask: number,
  options: { printed?: boolean; when?: (word: number) => boolean } = {},
): Spelling {
  const { printed = true, when } = options;
  return { mnemonic, operands, match: match >>> 0, mask: mask >>> 0, printed, ...(when ? { when } : {}) };
}

const hidden = { printed: false };
const EXACT = 0xffffffff;

// --- operands that only extended mnemonics have

const derived = (base: Operand, name: string, min: number, max: number, extract: (w: number) => number, insert: (v: number) => number): Operand =>
  ({ ...base, name, min, max, extract, insert });

const NSI = derived(SI, 'SI', -32767, 32768, (w) => -f.si(w), (v) => -v & 0xffff);
const NSI_ANY: Operand = { ...NSI, textBounds: [-65535, 32768] };
/** One register in both RS and RB. */
const RS_RB = derived(RS, 'RS', 0, 31, f.rs, (v) => v << 21 | v << 11);
const sameSources = (w: number): boolean => f.rs(w) === f.rb(w);
const BT_ALL = derived(BT, 'BT', 0, 31, f.bt, (v) => v << 21 | v << 16 | v << 11);
const sameBits = (w: number): boolean => f.bt(w) === f.ba(w) && f.bt(w) === f.bb(w);
const BA_BB = derived(BA, 'BA', 0, 31, f.ba, (v) => v << 16 | v << 11);
const sameSourceBits = (w: number): boolean => f.ba(w) === f.bb(w);
const SPRG = derived(FXM, 'SPRG', 0, 3, (w) => f.spr(w) & 3, (v) => v << 16);
const CMP_L = derived(FXM, 'L', 0, 1, (w) => w >>> 21 & 1, (v) => v << 21);
const N5 = derived(f.SH, 'n', 0, 31, f.sh, f.SH.insert);
const N6 = derived(f.SH6, 'n', 0, 63, f.sh6, f.SH6.insert);

const word5 = (sh: number, mb: number, me: number): number => (sh & 31) << 11 | mb << 6 | me << 1;
const SLWI = derived(N5, 'n', 0, 31, f.sh, (v) => word5(v, 0, 31 - v));
const SRWI = derived(N5, 'n', 0, 31, f.mb, (v) => word5(32 - v, v, 31));
const CLRRWI = derived(N5, 'n', 0, 31, (w) => 31 - f.me(w), (v) => word5(0, 0, 31 - v));
const word6 = (sh: number, m: number): number => f.SH6.insert(sh & 63) | f.MB6.insert(m);
const SLDI = derived(N6, 'n', 0, 63, f.sh6, (v) => word6(v, 63 - v));
const SRDI = derived(N6, 'n', 0, 63, f.mb6, (v) => word6(64 - v, v));
const CLRRDI = derived(N6, 'n', 0, 63, (w) => 63 - f.me6(w), (v) => word6(0, 63 - v));

const SH_BITS = 0xf800, MB_BITS = 0x7c0, ME_BITS = 0x3e, SH6_BITS = 0xf802, MB6_BITS = 0x7e0;
const RLWINM = PRIMARY_MASK | 1, MD = 0xfc00001d;

// --- groups

/** Rows for the plain and the record form. */
const both = (make: (dot: string, rc: number) => Spelling[]): Spelling[] => [...make('', 0), ...make('.', 1)];

const rotates: Spelling[] = both((dot, rc) => [
  spelling('rotlwi' + dot, [RA, RS, f.SH], primary(21) | 31 << 1 | rc, RLWINM | MB_BITS | ME_BITS),
  spelling('clrlwi' + dot, [RA, RS, f.MB], primary(21) | 31 << 1 | rc, RLWINM | SH_BITS | ME_BITS),
  spelling('slwi' + dot, [RA, RS, SLWI], primary(21) | rc, RLWINM | MB_BITS, { when: (w) => f.me(w) === 31 - f.sh(w) }),
  spelling('srwi' + dot, [RA, RS, SRWI], primary(21) | 31 << 1 | rc, RLWINM | ME_BITS, { when: (w) => f.sh(w) === (32 - f.mb(w) & 31) }),
  spelling('clrrwi' + dot, [RA, RS, CLRRWI], primary(21) | rc, RLWINM | SH_BITS | MB_BITS),
  spelling('rotlw' + dot, [RA, RS, RB], primary(23) | 31 << 1 | rc, RLWINM | MB_BITS | ME_BITS),
  spelling('rotldi' + dot, [RA, RS, f.SH6], primary(30) | rc, MD | MB6_BITS),
  spelling('clrldi' + dot, [RA, RS, f.MB6], primary(30) | rc, MD | SH6_BITS),
  spelling('srdi' + dot, [RA, RS, SRDI], primary(30) | rc, MD, { when: (w) => f.sh6(w) === (64 - f.mb6(w) & 63) }),
  spelling('clrrdi' + dot, [RA, RS, CLRRDI], primary(30) | 4 | rc, MD | SH6_BITS),
  spelling('sldi' + dot, [RA, RS, SLDI], primary(30) | 4 | rc, MD, { when: (w) => f.me6(w) === 63 - f.sh6(w) }),
  spelling('rotld' + dot, [RA, RS, RB], primary(30) | 16 | rc, 0xfc00001f | MB6_BITS),
]);

const arithmetic: Spelling[] = [
  spelling('li', [RT, SI], primary(14), PRIMARY_MASK | NO_RA),
  spelling('lis', [RT, SI_ANY], primary(15), PRIMARY_MASK | NO_RA),
  spelling('la', [RT, D, RA0], primary(14), PRIMARY_MASK, hidden),
  spelling('subi', [RT, RA0, NSI], primary(14), PRIMARY_MASK, hidden),
  spelling('subis', [RT, RA0, NSI_ANY], primary(15), PRIMARY_MASK, hidden),
  spelling('subic', [RT, RA, NSI], primary(12), PRIMARY_MASK, hidden),
  spelling('subic.', [RT, RA, NSI], primary(13), PRIMARY_MASK, hidden),
  ...both((dot, rc) => [['', 0] as const, ['o', 0x400] as const].flatMap(([o, oe]) => [
    spelling('sub' + o + dot, [RT, RB, RA], xForm(31, 40) | oe | rc, X_MASK, hidden),
    spelling('subc' + o + dot, [RT, RB, RA], xForm(31, 8) | oe | rc, X_MASK, hidden),
  ])),
];

const logical: Spelling[] = [
  spelling('nop', [], 0x60000000, EXACT),
  spelling('xnop', [], 0x68000000, EXACT),
  // Program priority hints of POWER7 and 8: `or rN,rN,rN` with a meaning beside the copy.
  spelling('miso', [], 0x7f5ad378, EXACT),
  spelling('yield', [], 0x7f7bdb78, EXACT),
  spelling('mdoio', [], 0x7fbdeb78, EXACT),
  spelling('mdoom', [], 0x7fdef378, EXACT),
  ...both((dot, rc) => [
    spelling('mr' + dot, [RA, RS_RB], xForm(31, 444) | rc, X_MASK, { when: sameSources }),
    spelling('not' + dot, [RA, RS_RB], xForm(31, 124) | rc, X_MASK, { when: sameSources }),
  ]),
  ...[['lt', 0] as const, ['gt', 1] as const, ['eq', 2] as const].map(([name, bit]) =>
    spelling('isel' + name, [RT, RA0, RB], xForm(31, 15) | bit << 6, X_MASK)),
];

const compares: Spelling[] = [
  spelling('cmp', [BF_OPT, CMP_L, RA, RB], xForm(31, 0), X_MASK | 0x400000, hidden),
  spelling('cmpl', [BF_OPT, CMP_L, RA, RB], xForm(31, 32), X_MASK | 0x400000, hidden),
  spelling('cmpi', [BF_OPT, CMP_L, RA, SI], primary(11), PRIMARY_MASK | 0x400000, hidden),
  spelling('cmpli', [BF_OPT, CMP_L, RA, UI_ANY], primary(10), PRIMARY_MASK | 0x400000, hidden),
];

const TRAP_CONDITIONS: readonly (readonly [string, number, boolean])[] = [
  ['lgt', 1, true], ['llt', 2, true], ['eq', 4, true], ['lge', 5, true], ['lnl', 5, false], ['lle', 6, true],
  ['lng', 6, false], ['gt', 8, true], ['ge', 12, true], ['nl', 12, false], ['lt', 16, true], ['le', 20, true],
  ['ng', 20, false], ['ne', 24, true], ['u', 31, true],
];
const TO_BITS = 0x03e00000;

const traps: Spelling[] = [
  spelling('trap', [], 0x7fe00008, EXACT),
  ...TRAP_CONDITIONS.flatMap(([name, to, printed]) => [
    spelling(`tw${name}`, [RA, RB], xForm(31, 4) | TO.insert(to), X_MASK | TO_BITS, { printed }),
    spelling(`td${name}`, [RA, RB], xForm(31, 68) | TO.insert(to), X_MASK | TO_BITS, { printed }),
    spelling(`tw${name}i`, [RA, SI], primary(3) | TO.insert(to), PRIMARY_MASK | TO_BITS, { printed }),
    spelling(`td${name}i`, [RA, SI], primary(2) | TO.insert(to), PRIMARY_MASK | TO_BITS, { printed }),
  ]),
];

const SPR_BITS = NO_RA | NO_RB;
const NAMED_SPRS: readonly (readonly [string, number])[] = [
  ['xer', 1], ['lr', 8], ['ctr', 9], ['srr0', 26], ['srr1', 27],
];

const system: Spelling[] = [
  ...NAMED_SPRS.flatMap(([name, number]) => [
    spelling('mt' + name, [RS], xForm(31, 467) | f.SPR.insert(number), X_MASK | SPR_BITS),
    spelling('mf' + name, [RT], xForm(31, 339) | f.SPR.insert(number), X_MASK | SPR_BITS),
  ]),
  spelling('mtsprg', [SPRG, RS], xForm(31, 467) | f.SPR.insert(272), X_MASK | SPR_BITS & ~0x30000),
  spelling('mfsprg', [RT, SPRG], xForm(31, 339) | f.SPR.insert(272), X_MASK | SPR_BITS & ~0x30000),
  ...[0, 1, 2, 3].flatMap((n) => [
    spelling(`mtsprg${n}`, [RS], xForm(31, 467) | f.SPR.insert(272 + n), X_MASK | SPR_BITS, hidden),
    spelling(`mfsprg${n}`, [RT], xForm(31, 339) | f.SPR.insert(272 + n), X_MASK | SPR_BITS, hidden),
  ]),
  spelling('mtcr', [RS], xForm(31, 144) | 255 << 12, X_MASK | 0x001ff800),
  spelling('hwsync', [], 0x7c0004ac, EXACT),
];

const crLogic: Spelling[] = [
  spelling('crset', [BT_ALL], xForm(19, 289), X_MASK, { when: sameBits }),
  spelling('crclr', [BT_ALL], xForm(19, 193), X_MASK, { when: sameBits }),
  spelling('crmove', [BT, BA_BB], xForm(19, 449), X_MASK, { when: sameSourceBits }),
  spelling('crnot', [BT, BA_BB], xForm(19, 33), X_MASK, { when: sameSourceBits }),
];

// --- branches

/** Condition, BO without hint, bit of the CR field, printed. */
const CONDITIONS: readonly (readonly [string, number, number, boolean])[] = [
  ['lt', 12, 0, true], ['gt', 12, 1, true], ['eq', 12, 2, true], ['so', 12, 3, true], ['un', 12, 3, false],
  ['ge', 4, 0, true], ['nl', 4, 0, false], ['le', 4, 1, true], ['ng', 4, 1, false], ['ne', 4, 2, true],
  ['ns', 4, 3, true], ['nu', 4, 3, false],
];

/** How a conditional branch finds its target: suffix, fixed bits, mask, last operand, uses CTR as target. */
const TARGETS: readonly { readonly suffix: string; readonly match: number; readonly mask: number; readonly last: Operand; readonly ctr: boolean }[] = [
  { suffix: '', match: primary(16), mask: PRIMARY_MASK | 3, last: BD, ctr: false },
  { suffix: 'l', match: primary(16) | 1, mask: PRIMARY_MASK | 3, last: BD, ctr: false },
  { suffix: 'a', match: primary(16) | 2, mask: PRIMARY_MASK | 3, last: BD_ABS, ctr: false },
  { suffix: 'la', match: primary(16) | 3, mask: PRIMARY_MASK | 3, last: BD_ABS, ctr: false },
  { suffix: 'lr', match: xForm(19, 16), mask: X_MASK | 0xe000, last: BH, ctr: false },
  { suffix: 'lrl', match: xForm(19, 16) | 1, mask: X_MASK | 0xe000, last: BH, ctr: false },
  { suffix: 'ctr', match: xForm(19, 528), mask: X_MASK | 0xe000, last: BH, ctr: true },
  { suffix: 'ctrl', match: xForm(19, 528) | 1, mask: X_MASK | 0xe000, last: BH, ctr: true },
];

const BO_BITS = 0x03e00000, BI_BITS = 0x001f0000, BI_LOW = 0x00030000;
/** Hints are the `at` bits: not taken 0b10, taken 0b11. For BO that tests CR: a is 2, t is 1; for CTR: a is 8. */
const HINTS: readonly (readonly [string, number, number])[] = [['', 0, 0], ['-', 2, 8], ['+', 3, 9]];

/** BO to which the sign of the mnemonic adds the hint; a BO that cannot take it becomes the invalid 0b11111. */
const hinted = (onCr: number, onCtr: number): Operand => derived(f.BO, 'BO', 0, 31, f.bo, (v) => {
  const [hint, mask] = (v & 0x14) === 4 ? [onCr, 3] : (v & 0x14) === 0x10 ? [onCtr, 9] : [0, 0];
  return f.BO.insert(hint !== 0 && ((v & mask) === 0 || (v & mask) === hint) ? v | hint : 31);
});
const hasHint = (onCr: number, onCtr: number) => (w: number): boolean =>
  ((f.bo(w) & 0x14) === 4 && (f.bo(w) & 3) === onCr) || ((f.bo(w) & 0x14) === 0x10 && (f.bo(w) & 9) === onCtr);

const branches: Spelling[] = TARGETS.flatMap(({ suffix, match, mask, last, ctr }) => [
  ...(last === BH ? [spelling('b' + suffix, [BH], match | f.BO.insert(20), mask | BO_BITS | BI_BITS)] : []),
  ...HINTS.flatMap(([hint, onCr, onCtr]) => [
    ...CONDITIONS.map(([name, bo, bit, printed]) => spelling(
      `b${name}${suffix}${hint}`, [BI_FIELD, last], match | f.BO.insert(bo | onCr) | BI.insert(bit),
      mask | BO_BITS | BI_LOW, { printed })),
    spelling(`bt${suffix}${hint}`, [BI, last], match | f.BO.insert(12 | onCr), mask | BO_BITS, hidden),
    spelling(`bf${suffix}${hint}`, [BI, last], match | f.BO.insert(4 | onCr), mask | BO_BITS, hidden),
    ...(ctr ? [] : [
      spelling(`bdnz${suffix}${hint}`, [last], match | f.BO.insert(16 | onCtr), mask | BO_BITS | BI_BITS),
      spelling(`bdz${suffix}${hint}`, [last], match | f.BO.insert(18 | onCtr), mask | BO_BITS | BI_BITS),
    ]),
    // Printed where no shorter name is left: a CTR test with an idle BI other than 0.
    ...(hint === '' ? [] : [
      spelling(`bc${suffix}${hint}`, [hinted(onCr, onCtr), BI, last], match, mask, { when: hasHint(onCr, onCtr) }),
    ]),
  ]),
  ...(ctr ? [] : [
    spelling('bdnzt' + suffix, [BI, last], match | f.BO.insert(8), mask | BO_BITS),
    spelling('bdnzf' + suffix, [BI, last], match | f.BO.insert(0), mask | BO_BITS),
    spelling('bdzt' + suffix, [BI, last], match | f.BO.insert(10), mask | BO_BITS),
    spelling('bdzf' + suffix, [BI, last], match | f.BO.insert(2), mask | BO_BITS),
  ]),
]);

/** All spellings, in the order in which objdump prefers them. */
export const SPELLINGS: readonly Spelling[] = [
  ...arithmetic, ...logical, ...rotates, ...compares, ...traps, ...system, ...crLogic, ...branches,
];

// --- rewritings

/** A number of bits up to the whole register: only where the mask begins at its first bit. */
const count5 = derived(N5, 'n', 0, 32, f.sh, f.SH.insert);
const count6 = derived(N6, 'n', 0, 64, f.sh6, f.SH6.insert);
const ANY32 = derived(f.FXM, 'mask', -0x80000000, 0xffffffff, () => 0, (v) => v);

type Four = (ra: number, rs: number, a: number, b: number) => readonly number[] | undefined;
const rewrite = (dot: string, mnemonic: string, to: string, unit: Operand, operands: number, values: Four): Rewriting => ({
  mnemonic: mnemonic + dot, operands: [RA, RS, unit, unit].slice(0, operands), to: to + dot,
  values: (given) => values(given[0] as number, given[1] as number, given[2] as number, given[3] ?? 0),
});

/** First and last one of a 32-bit mask that may wrap, IBM bit numbers; undefined when it is not one run. */
function runOfOnes(mask: number): readonly [number, number] | undefined {
  const bits = mask >>> 0;
  if (bits === 0) return undefined;
  if (bits === 0xffffffff) return [0, 31];
  const has = (bit: number): boolean => (bits >>> (31 - (bit & 31)) & 1) === 1;
  const starts = [], ends = [];
  for (let bit = 0; bit < 32; bit++) {
    if (has(bit) && !has(bit + 31)) starts.push(bit);
    if (has(bit) && !has(bit + 1)) ends.push(bit);
  }
  return starts.length === 1 ? [starts[0] as number, ends[0] as number] : undefined;
}

/** Rewritings by mnemonic and number of operands. */
export const REWRITINGS: readonly Rewriting[] = [
  ...['', '.'].flatMap((dot) => [
    rewrite(dot, 'extlwi', 'rlwinm', count5, 4, (ra, rs, n, b) => [ra, rs, b, 0, n - 1]),
    rewrite(dot, 'extrwi', 'rlwinm', N5, 4, (ra, rs, n, b) => [ra, rs, (b + n) % 32, 32 - n, 31]),
    rewrite(dot, 'inslwi', 'rlwimi', count5, 4, (ra, rs, n, b) => [ra, rs, (32 - b) % 32, b, b + n - 1]),
    rewrite(dot, 'insrwi', 'rlwimi', count5, 4, (ra, rs, n, b) => [ra, rs, (64 - b - n) % 32, b, b + n - 1]),
    rewrite(dot, 'rotrwi', 'rlwinm', N5, 3, (ra, rs, n) => [ra, rs, (32 - n) % 32, 0, 31]),
    rewrite(dot, 'clrlslwi', 'rlwinm', N5, 4, (ra, rs, b, n) => [ra, rs, n, b - n, 31 - n]),
    rewrite(dot, 'extldi', 'rldicr', count6, 4, (ra, rs, n, b) => [ra, rs, b, n - 1]),
    rewrite(dot, 'extrdi', 'rldicl', N6, 4, (ra, rs, n, b) => [ra, rs, (b + n) % 64, 64 - n]),
    rewrite(dot, 'insrdi', 'rldimi', count6, 4, (ra, rs, n, b) => [ra, rs, (128 - b - n) % 64, b]),
    rewrite(dot, 'rotrdi', 'rldicl', N6, 3, (ra, rs, n) => [ra, rs, (64 - n) % 64, 0]),
    rewrite(dot, 'clrlsldi', 'rldic', N6, 4, (ra, rs, b, n) => [ra, rs, n, b - n]),
    ...['rlwinm', 'rlwimi', 'rlwnm'].map((name): Rewriting => ({
      mnemonic: name + dot, operands: [RA, RS, name === 'rlwnm' ? RB : f.SH, ANY32], to: name + dot,
      values: ([ra, rs, third, mask]) => {
        const run = runOfOnes(mask as number);
        return run && [ra as number, rs as number, third as number, ...run];
      },
    })),
  ]),
  { mnemonic: 'mfcr', operands: [RT, FXM], to: 'mfocrf', values: (given) => given },
  // Of a single field GNU as makes the short form, which does not wait for the other fields.
  {
    mnemonic: 'mtcrf', operands: [FXM, RS], values: (given) => given,
    to: ([mask]) => (mask !== 0 && ((mask as number) & ((mask as number) - 1)) === 0 ? 'mtocrf' : 'mtcrf'),
  },
  {
    mnemonic: 'sync', operands: [derived(FXM, 'L', 0, 2, () => 0, () => 0)], values: () => [],
    to: ([l]) => (['sync', 'lwsync', 'ptesync'] as const)[l as 0 | 1 | 2],
  },
];
