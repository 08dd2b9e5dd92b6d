/**
 * The directives of the assembler. Source: GAS manual, chapter 7 and 9.38.2. What does not matter to the
 * bytes is accepted and ignored; what is unknown is refused.
 */
import type { Cursor, Value } from './expression.ts';

/** What a directive may do to the assembly. */
export interface Target {
  /** Bytes so far. */
  readonly offset: number;
  /** Parses an expression here, to be evaluated later. */
  expression(): { readonly position: number; readonly value: () => Value };
  /** Parses an expression here and gives its value to the symbol. */
  set(symbol: string, position: number): void;
  /** Appends bytes; returns the offset of the first. */
  emit(bytes: readonly number[]): number;
  /** Fills in `size` bytes at the offset when all symbols are known. */
  late(offset: number, size: number, value: () => bigint): void;
}

const IGNORED = new Set([
  '.globl', '.global', '.type', '.size', '.text', '.machine', '.abiversion', '.localentry', '.file', '.ident', '.weak',
  '.hidden', '.protected', '.local', '.internal', '.loc',
]);

/** Does the directive not matter to the bytes? */
export const isIgnored = (name: string): boolean => IGNORED.has(name) || name.startsWith('.cfi_');

const DATA_SIZES: Readonly<Record<string, number>> = {
  '.byte': 1, '.short': 2, '.hword': 2, '.half': 2, '.2byte': 2, '.value': 2, '.long': 4, '.int': 4, '.word': 2, '.4byte': 4,
  '.quad': 8, '.llong': 8, '.8byte': 8, '.dword': 8,
};

/** Bounds of skips and alignments, so that a slip does not fill the memory. */
const MOST_BYTES = 1 << 24;

/** Carries out the directive; the cursor stands behind its name. */
export function directive(cursor: Cursor, name: string, start: number, target: Target): void {
  const size = DATA_SIZES[name];
  if (size !== undefined) {
    if (!cursor.atEnd()) do data(cursor, target, size); while (cursor.take(','));
    return;
  }
  switch (name) {
    case '.set': case '.equ': case '.equiv': {
      cursor.skipBlanks();
      const position = cursor.position;
      const symbol = cursor.match(/[A-Za-z_.$][\w.$]*/y)?.[0];
      if (symbol === undefined) cursor.fail(cursor.here(), 'a symbol');
      cursor.require(',');
      target.set(symbol, position);
      return;
    }
    case '.balign': {
      const boundary = now(cursor, target, 'an alignment in bytes');
      if (boundary < 1 || (boundary & (boundary - 1)) !== 0) cursor.fail(`alignment ${boundary}`, 'a power of 2', start);
      align(cursor, target, boundary);
      return;
    }
    case '.p2align': case '.align': {
      const power = now(cursor, target, 'a power of 2');
      if (power < 0 || power > 20) cursor.fail(`alignment 2^${power}`, '0 to 20', start);
      align(cursor, target, 2 ** power);
      return;
    }
    case '.skip': case '.space': case '.zero': {
      const count = now(cursor, target, 'a number of bytes');
      if (count < 0 || count > MOST_BYTES) cursor.fail(`${count} bytes`, `0 to ${MOST_BYTES}`, start);
      const fill = cursor.take(',') ? now(cursor, target, 'a byte') & 255 : 0;
      target.emit(new Array<number>(count).fill(fill));
      return;
    }
    case '.ascii': case '.asciz': case '.string':
      do text(cursor, target, name !== '.ascii'); while (cursor.take(','));
      return;
    case '.section': {
      const section = cursor.match(/[\w.$"-]+/y)?.[0] ?? '';
      // One section only: another piece of text goes on, anything else would need a linker.
      if (!/^"?\.text\b/.test(section)) cursor.fail(`section '${section}'`, '.text', start);
      cursor.position = cursor.text.length;
      return;
    }
    default:
      cursor.fail(`unknown directive '${name}'`, `data, alignment, .set, or one without effect such as .globl`, start);
  }
}

function data(cursor: Cursor, target: Target, size: number): void {
  const { position, value } = target.expression();
  const offset = target.emit(new Array<number>(size).fill(0));
  target.late(offset, size, () => {
    const bits = value().value;
    const limit = 1n << BigInt(8 * size);
    if (size < 8 && (bits >= limit || bits <= -limit)) cursor.fail(`${bits} does not fit`, `${8 * size} bits`, position);
    return bits;
  });
}

/** The value of an expression that may only use what is already known. */
function now(cursor: Cursor, target: Target, expected: string): number {
  const { position, value } = target.expression();
  const { value: bits, kind } = value();
  if (kind === 'address' || bits > 0x7fffffffn || bits < -0x80000000n) cursor.fail('not a number known here', expected, position);
  return Number(bits);
}

/**
 * Pads to the boundary: with the given fill, or as GNU as pads code for POWER8 (gas/config/tc-ppc.c,
 * ppc_handle_align): whole words by no-ops, a branch over more than four of them, the last one ending a
 * dispatch group (ori 2,2,0); anything else by zeros.
 */
function align(cursor: Cursor, target: Target, boundary: number): void {
  let fill: number | undefined, most = Number.MAX_SAFE_INTEGER;
  if (cursor.take(',')) {
    cursor.skipBlanks();
    if (cursor.text[cursor.position] !== ',') fill = now(cursor, target, 'a fill byte') & 255;
    if (cursor.take(',')) most = now(cursor, target, 'a number of bytes');
  }
  const count = (boundary - target.offset % boundary) % boundary;
  if (count === 0 || count > most) return;
  if (fill !== undefined) {
    target.emit(new Array<number>(count).fill(fill));
    return;
  }
  if (count % 4 !== 0) {
    target.emit(new Array<number>(count).fill(0));
    return;
  }
  let words = count >> 2;
  if (words > 4) {
    target.emit(wordBytes(0x48000000 + 4 * words));
    words--;
  }
  for (; words > 0; words--) target.emit(wordBytes(words === 1 ? 0x60420000 : 0x60000000));
}

const wordBytes = (word: number): number[] => [word & 255, word >>> 8 & 255, word >>> 16 & 255, word >>> 24];

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12, '\\': 92, '"': 34 };

function text(cursor: Cursor, target: Target, terminated: boolean): void {
  const literal = cursor.match(/"((?:\\.|[^"\\])*)"/y);
  if (literal === undefined) cursor.fail(cursor.here(), 'a string in double quotes');
  const bytes: number[] = [];
  const pieces = (literal[1] as string).matchAll(/\\([0-7]{1,3})|\\x([0-9a-fA-F]+)|\\(.)|([^\\])/gu);
  for (const [, octal, hex, escape, plain] of pieces) {
    if (octal !== undefined) bytes.push(parseInt(octal, 8) & 255);
    else if (hex !== undefined) bytes.push(parseInt(hex, 16) & 255);
    else if (escape !== undefined) bytes.push(ESCAPES[escape] ?? escape.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(plain));
  }
  if (terminated) bytes.push(0);
  target.emit(bytes);
}
