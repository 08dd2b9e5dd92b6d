/**
 * The numbers of the engine's operations. The switches of `execute.ts`, `memory.ts` and `plain.ts` have them as literals, because V8
 * makes a jump table only of literal labels and the compiler leaves names in place; each label carries its name, and a test compares
 * both. What the operands are, `predecode.ts` says.
 */

/** The loop's own. */
export const OP = {
  UNDECODED: 0, WATCH: 1, UNMODELLED: 2, TABLE: 3, LI: 4, ADDI: 5, MR: 6, NOP: 7, ADD: 8, SUBF: 9, AND: 10,
  OR: 11, XOR: 12, ORI: 13, XORI: 14, SLDI: 15, CMPDI: 16, CMPLDI: 17, CMPD: 18, CMPLD: 19, LD: 20, STD: 21,
  STDU: 22, B: 23, BL: 24, BT: 25, BF: 26, BDNZ: 27, BLR: 28, BCTR: 29, BCTRL: 30, KEPT: 31,
  MTCR: 32, MTXER: 33, STW: 34, LWA: 35, LBZ: 36, LWZ: 37,
} as const;

/** Besides an operation, of a word with a watch: it may write one of r13 to r31 (OP.KEPT, of a word without). */
export const WRITES_KEPT = 128;

/** All branches in their general form; operand c is the word. */
export const ANY_BRANCH = 38;

/** Of a word at which somebody wants to look at the state before anything else is done there (Core.site); what it is besides, Core.beneath has. */
export const SITE = 39;

/** Less common loads, stores, and traps. */
export const MEMORY = {
  LDU: 40, LDX: 41, LWZX: 43, LHZ: 45, LBZX: 47, STDX: 48, STWX: 50,
  STH: 51, STB: 52, STBX: 53, TD: 54, TDI: 55, TW: 56, TWI: 57,
} as const;

/** Less common ones on registers alone. */
export const PLAIN = {
  NEG: 64, NOR: 65, ANDC: 66, NAND: 67, EQV: 68, ORC: 69, ANDI: 70, CMPWI: 71, CMPLWI: 72, CMPW: 73,
  CMPLW: 74, RLDICL: 75, RLDICR: 76, RLWINM: 77, EXTSB: 78, EXTSH: 79, EXTSW: 80, SRADI: 81, SLD: 82,
  SRD: 83, MFCR: 84, MFXER: 86, ISEL: 88, MTMSRD_EE: 90, ADD_RC: 91,
  SUBF_RC: 92, OR_RC: 93, AND_RC: 94,
} as const;
