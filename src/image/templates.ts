/**
 * The pieces of a strategy that lie in generated code (contract/strategy.ts): assembled once, and where they name `.TOC.` once for each
 * distance of a function from its TOC pointer. Function starts are multiples of 256 bytes, so few distances occur.
 */
import { PIECE_WORDS } from '../contract/check-code.ts';
import { CODE_POINTS, GENERATED_CODE_POINTS } from '../contract/strategy.ts';
import type { CodePoint, Strategy } from '../contract/strategy.ts';
import { AssemblyError, assemble } from '../isa/assemble.ts';
import { decode } from '../isa/decode.ts';
import { HOOK_DATA, POINT } from './points.ts';

/** Where pieces are assembled; they may branch within themselves only. */
const BASE = 0x1000000n;

export interface Piece {
  /** Index in CODE_POINTS. */
  readonly point: number;
  readonly words: Int32Array;
  /** HOOK_DATA bits of each word. */
  readonly hookData: Uint8Array;
  /** Labels and the words they stand before. */
  readonly labels: readonly (readonly [name: string, word: number])[];
}

export interface EntryPiece extends Piece {
  /** Words from the piece's start to the GEP and to the LEP; the LEP may be just behind the piece. */
  readonly global: number;
  readonly local: number;
}

type Named = Pick<Strategy, 'name' | 'code' | 'pushes' | 'pops'>;

/** Strategies with the same pieces share generated code: one code variant. */
export class CodeVariant {
  readonly singleEntry: Piece | null;
  readonly save: Piece | null;
  readonly exit: Piece | null;
  readonly earlyExit: Piece | null;
  readonly hasEntry: boolean;
  readonly hasTracedEntry: boolean;
  /** Some piece may keep something at -8 and -16 of the caller's r1. */
  readonly usesFrame: boolean;
  readonly #strategy: Named;
  readonly #symbols: Readonly<Record<string, bigint>>;
  readonly #entries = new Map<number, EntryPiece>();
  readonly #tracedEntries = new Map<number, Piece>();

  /** @throws AssemblyError at once for any of the strategy's pieces that cannot be taken. */
  constructor(strategy: Named, symbols: Readonly<Record<string, bigint>>) {
    const { code } = strategy;
    this.#strategy = strategy;
    this.#symbols = symbols;
    this.singleEntry = this.#piece('replacement_single_entry', 0);
    this.save = this.#piece('replacement_save', 0);
    this.exit = this.#piece('replacement_exit', 0);
    this.earlyExit = code.replacement_early_exit === undefined ? this.exit : this.#piece('replacement_early_exit', 0);
    this.hasEntry = code.replacement_entry !== undefined;
    this.hasTracedEntry = code.traced_global_entry !== undefined;
    this.usesFrame = this.save !== null || this.exit !== null || this.earlyExit !== null;
    this.samples();
  }

  /** Every piece once, those that depend on it at distance 0. */
  samples(): Piece[] {
    return [
      this.hasEntry ? this.entry(0) : null, this.singleEntry, this.save, this.exit, this.earlyExit,
      this.hasTracedEntry ? this.tracedEntry(0) : null,
    ].filter((piece) => piece !== null);
  }

  /** The entry sequence of a replacement with two entries whose TOC pointer is `distance` bytes behind its first instruction. */
  entry(distance: number): EntryPiece {
    const known = this.#entries.get(distance);
    if (known !== undefined) return known;
    const piece = this.#piece('replacement_entry', distance)!;
    const entry = { ...piece, global: this.#label(piece, 'replacement_entry'), local: this.#label(piece, 'replacement_local_entry') };
    this.#entries.set(distance, entry);
    return entry;
  }

  /** How the GEP of a traced or patched function sets r2: two instructions. */
  tracedEntry(distance: number): Piece {
    const known = this.#tracedEntries.get(distance);
    if (known !== undefined) return known;
    const piece = this.#piece('traced_global_entry', distance)!;
    if (piece.words.length !== 2) throw this.#error('traced_global_entry', `${piece.words.length} instructions`, '2');
    this.#tracedEntries.set(distance, piece);
    return piece;
  }

  /** By number of bytes from the piece's start to the TOC pointer. */
  #piece(name: CodePoint, distance: number): Piece | null {
    const text = this.#strategy.code[name];
    if (text === undefined) return null;
    const symbols = { ...this.#symbols, '.TOC.': BASE + BigInt(distance) };
    const assembly = assemble(text, { base: BASE, file: `${this.#strategy.name}/${name}`, symbols });
    const { length } = assembly.words;
    if (length > PIECE_WORDS) throw this.#error(name, `${length} instructions`, `at most ${PIECE_WORDS} in generated code`);
    const labels = [...assembly.labels].map(([label, address]) => [label, Number(address - BASE) >> 2] as const);
    return {
      point: CODE_POINTS.indexOf(name), words: Int32Array.from(assembly.words), labels,
      hookData: hookDataOf(assembly.words, labels, this.#strategy),
    };
  }

  #label(piece: Piece, name: string): number {
    const word = piece.labels.find(([label]) => label === name)?.[1];
    if (word === undefined) throw this.#error('replacement_entry', 'a label is missing', `'${name}:'`);
    return word;
  }

  #error(name: CodePoint, what: string, expected: string): AssemblyError {
    return new AssemblyError(`${this.#strategy.name}/${name}`, 1, 1, what, expected);
  }
}

/** HOOK_DATA bits of assembled hook code: its stores and conditional branches, and the strategy's pushes and pops. */
export function hookDataOf(
  words: ArrayLike<number>, labels: Iterable<readonly [string, number]>, strategy: Pick<Strategy, 'pushes' | 'pops'>,
): Uint8Array {
  const data = new Uint8Array(words.length);
  for (let i = 0; i < words.length; i++) {
    if (decode(words[i]!)?.mnemonic.startsWith('st') === true) data[i]! |= HOOK_DATA.STORE;
    if (isConditional(words[i]!)) data[i]! |= HOOK_DATA.BRANCH;
  }
  for (const [label, word] of labels) {
    if (word >= words.length) continue;
    if (strategy.pushes?.includes(label) === true) data[word]! |= HOOK_DATA.PUSH;
    if (strategy.pops?.includes(label) === true) data[word]! |= HOOK_DATA.POP;
  }
  return data;
}

/** The point of hook code with these HOOK_DATA bits. */
export function hookPointOf(bits: number): number {
  if ((bits & (HOOK_DATA.PUSH | HOOK_DATA.POP)) !== 0) return POINT.HOOK_PUSH_POP;
  if ((bits & HOOK_DATA.STORE) !== 0) return POINT.HOOK_STORE;
  return bits === 0 ? POINT.NONE : POINT.HOOK_BRANCH;
}

/** bc, bclr, bcctr and their kin whose BO field asks for a condition or CTR (Power ISA 2.07B, Book I, 2.4: BO = 1z1zz branches always). */
export function isConditional(word: number): boolean {
  return (word >>> 21 & 0x14) !== 0x14 && decode(word)?.mnemonic.startsWith('bc') === true;
}

/** Equal for strategies that share a code variant; '' when they have no piece in generated code. */
export function variantKey({ code, state, pushes, pops }: Strategy): string {
  if (GENERATED_CODE_POINTS.every((name) => code[name] === undefined)) return '';
  const cells = (state ?? []).map(({ name, owner, bytes }) => [name, owner, bytes]);
  return JSON.stringify([GENERATED_CODE_POINTS.map((name) => code[name] ?? null), cells, pushes ?? [], pops ?? []]);
}
