/**
 * The assembler: source text as GNU `as -mpower8 -mregnames` takes it, to the same bytes.
 * Sources: GAS manual (directives, expressions), Power ISA 2.07B Book I Appendix E (extended mnemonics).
 *
 * Departures: one section; symbols may be handed in with their addresses, so nothing is left to a linker;
 * `//` starts a comment; macros and conditionals are refused.
 */
import { decode } from './decode.ts';
import { Cursor, parseExpression } from './expression.ts';
import type { Expression, Place, Resolve, Value } from './expression.ts';
import { countOperands, describe, encodeForm, formFor, formsOf, invalidFormHint, operandValue, parseOperands } from './operands.ts';
import { apart, sourceStatements } from './source.ts';
import { directive, isIgnored } from './directives.ts';

export { AssemblyError } from './expression.ts';

/** Values by name: a table, or whoever is asked for each name that is needed. */
export type Symbols = Readonly<Record<string, bigint>> | ReadonlyMap<string, bigint> | ((name: string) => bigint | undefined);

export interface AssembleOptions {
  /** Address of the first byte, a multiple of 4; 0 to 2^64-1. */
  readonly base: bigint;
  /** Values of symbols that the source does not define. */
  readonly symbols?: Symbols;
  /** Name for messages. Default `<assembly>`. */
  readonly file?: string;
}

export interface Assembly {
  readonly base: bigint;
  /** All bytes, little-endian. */
  readonly bytes: Uint8Array;
  /** The same as 32-bit words; a ragged end is filled up with zeros. */
  readonly words: Uint32Array;
  /** Named labels and their addresses, 0 to 2^64-1. Numeric labels and .set symbols are not in it. */
  readonly labels: Map<string, bigint>;
  /** Source line (from 1) of each word's first byte; 0 for padding at the end. */
  readonly lines: readonly number[];
  /** Instructions in whose operands a symbol stands that was handed in, as an object file's relocations name them; by rising word. */
  readonly references: readonly Reference[];
}

export interface Reference {
  /** Index of the instruction in `words`. */
  readonly word: number;
  readonly symbol: string;
}

/** A source that has been read: its length and its labels are known, its words are not. */
export interface Unresolved {
  /** Bytes from the base to its end. */
  readonly length: number;
  /** As in Assembly. */
  readonly labels: ReadonlyMap<string, bigint>;
  /** The rest, with what a Map of symbols that was handed in holds by now. Once. */
  readonly resolve: () => Assembly;
}

/** Assembles a source; throws `AssemblyError` at the first thing that it cannot take. */
export function assemble(source: string, options: AssembleOptions): Assembly {
  return readSource(source, options).resolve();
}

/** The first half of `assemble`, for sources that know each other's labels. Throws as that does, `resolve` too. */
export function readSource(source: string, options: AssembleOptions): Unresolved {
  const assembler = new Assembler(options);
  assembler.read(source);
  return { length: assembler.length, labels: assembler.labels, resolve: () => assembler.resolve() };
}

/** The symbols themselves: hundreds are handed in, and few are asked for. */
function lookupIn(symbols: Symbols): (name: string) => bigint | undefined {
  if (typeof symbols === 'function') return symbols;
  if (symbols instanceof Map) return (name) => symbols.get(name) as bigint | undefined;
  const record = symbols as Readonly<Record<string, bigint>>;
  return (name) => (Object.hasOwn(record, name) ? record[name] : undefined);
}

/**
 * Words of instructions in which neither a symbol nor a place stands, by their text: the same wherever they are. Most are; who edits code line by line
 * has nearly all of them assembled before. Only what has been assembled is here, so that a refusal names its own place.
 */
const fixedWords = new Map<string, number>();
/** Texts that are kept; beyond them it begins again. */
const MOST_FIXED = 20_000;

class Assembler {
  readonly #base: bigint;
  readonly #file: string;
  readonly #outside: (name: string) => bigint | undefined;
  readonly #labels = new Map<string, bigint>();
  readonly #numeric = new Map<string, { readonly statement: number; readonly address: bigint }[]>();
  readonly #sets = new Map<string, { readonly statement: number; readonly expression: Expression; busy: boolean }[]>();
  readonly #late: (() => void)[] = [];
  readonly #bytes: number[] = [];
  readonly #lines: number[] = [];
  readonly #references: Reference[] = [];
  #statement = 0;

  constructor(options: AssembleOptions) {
    if (options.base % 4n !== 0n || options.base < 0n || options.base >= 1n << 64n) {
      throw new RangeError(`base 0x${options.base.toString(16)} is not a multiple of 4 within 64 bits`);
    }
    this.#base = options.base;
    this.#file = options.file ?? '<assembly>';
    this.#outside = lookupIn(options.symbols ?? {});
  }

  get length(): number {
    return this.#bytes.length;
  }

  get labels(): ReadonlyMap<string, bigint> {
    return this.#labels;
  }

  read(source: string): void {
    for (const { text, line, column } of sourceStatements(source, this.#file)) {
      this.#one(new Cursor(text, this.#file, line, column));
      this.#statement++;
    }
  }

  resolve(): Assembly {
    for (const finish of this.#late) finish();
    const bytes = Uint8Array.from(this.#bytes);
    const words = new Uint32Array((bytes.length + 3) >> 2);
    for (let i = 0; i < bytes.length; i++) {
      words[i >> 2] = ((words[i >> 2] as number) | (bytes[i] as number) << 8 * (i & 3)) >>> 0;
    }
    return { base: this.#base, bytes, words, labels: this.#labels, lines: this.#lines, references: this.#references };
  }

  #here(): bigint {
    return this.#base + BigInt(this.#bytes.length);
  }

  #one(cursor: Cursor): void {
    for (;;) {
      cursor.skipBlanks();
      const start = cursor.position;
      const label = cursor.match(/([A-Za-z_.$][\w.$]*|\d+)\s*:/y);
      if (label === undefined) break;
      this.#define(cursor, label[1] as string, start);
    }
    if (cursor.atEnd()) return;
    const start = cursor.position;
    const fixed = fixedWords.get(start === 0 ? cursor.text : cursor.text.slice(start));
    if (fixed !== undefined && this.#bytes.length % 4 === 0) {
      this.#lines.push(cursor.line);
      this.#bytes.push(fixed & 255, fixed >>> 8 & 255, fixed >>> 16 & 255, fixed >>> 24);
      return;
    }
    const assigned = cursor.match(/([A-Za-z_.$][\w.$]*)\s*=(?!=)/y)?.[1];
    if (assigned !== undefined) {
      this.#set(cursor, assigned, start);
      this.#end(cursor);
      return;
    }
    const mnemonic = cursor.match(/[A-Za-z_.][\w.]*[-+]?/y)?.[0];
    if (mnemonic === undefined) cursor.fail(cursor.here(), 'a label, an instruction or a directive');
    if (mnemonic.startsWith('.')) this.#directive(cursor, mnemonic, start);
    else this.#instruction(cursor, mnemonic, start);
  }

  #end(cursor: Cursor): void {
    if (!cursor.atEnd()) cursor.fail(cursor.here(), 'end of statement');
  }

  #define(cursor: Cursor, name: string, position: number): void {
    if (/^\d/.test(name)) {
      const list = this.#numeric.get(name) ?? [];
      list.push({ statement: this.#statement, address: this.#here() });
      this.#numeric.set(name, list);
      return;
    }
    if (this.#labels.has(name) || this.#sets.has(name)) cursor.fail(`'${name}' is already defined`, 'a new name', position);
    this.#labels.set(name, BigInt.asUintN(64, this.#here()));
  }

  #set(cursor: Cursor, name: string, position: number): void {
    if (this.#labels.has(name)) cursor.fail(`'${name}' is already a label`, 'a new name', position);
    const expression = parseExpression(cursor, this.#place());
    const list = this.#sets.get(name) ?? [];
    const resolve = this.#resolver();
    list.push({ statement: this.#statement, expression: () => expression(resolve), busy: false });
    this.#sets.set(name, list);
  }

  /** The place of the current statement, for `.` and numeric labels. */
  #place(names?: Readonly<Record<string, number>>): Place {
    const statement = this.#statement, here = this.#here();
    return {
      here,
      ...(names ? { names } : {}),
      numeric: (number, direction) => {
        // A label in front of the same statement counts as before it.
        const before = this.#numeric.get(number)?.at(-1)?.address;
        if (direction === 'b') return () => before;
        return () => this.#numeric.get(number)?.find((label) => label.statement > statement)?.address;
      },
    };
  }

  /** Symbols as the current statement sees them: a .set before it counts, else the last one after it. `outside` is told of those that were handed in. */
  #resolver(outside?: (name: string) => void): Resolve {
    const statement = this.#statement;
    return (name): Value | undefined => {
      const label = this.#labels.get(name);
      if (label !== undefined) return { value: BigInt.asIntN(64, label), kind: 'address' };
      const sets = this.#sets.get(name);
      if (sets !== undefined) {
        const set = sets.findLast((s) => s.statement < statement) ?? sets.at(-1);
        // A definition in terms of itself has no value.
        if (set === undefined || set.busy) return undefined;
        set.busy = true;
        try {
          return set.expression(() => undefined);
        } finally {
          set.busy = false;
        }
      }
      const given = this.#outside(name);
      if (given === undefined) return undefined;
      outside?.(name);
      return { value: BigInt.asIntN(64, given), kind: 'either' };
    };
  }

  #emit(bytes: readonly number[], line: number): number {
    const offset = this.#bytes.length;
    for (const byte of bytes) {
      if (this.#bytes.length % 4 === 0) this.#lines.push(line);
      this.#bytes.push(byte);
    }
    return offset;
  }

  #directive(cursor: Cursor, name: string, start: number): void {
    if (isIgnored(name)) return;
    const { line } = cursor;
    directive(cursor, name, start, {
      offset: this.#bytes.length,
      expression: () => {
        cursor.skipBlanks();
        const position = cursor.position, expression = parseExpression(cursor, this.#place());
        const resolve = this.#resolver();
        return { position, value: () => expression(resolve) };
      },
      set: (symbol, position) => this.#set(cursor, symbol, position),
      emit: (bytes) => this.#emit(bytes, line),
      late: (offset, size, value) => {
        this.#late.push(() => {
          const bits = value();
          for (let i = 0; i < size; i++) this.#bytes[offset + i] = Number(bits >> BigInt(8 * i) & 255n);
        });
      },
    });
    this.#end(cursor);
  }

  #instruction(cursor: Cursor, mnemonic: string, start: number): void {
    // A hint sign belongs to the mnemonic of a branch and to nothing else.
    const candidates = formsOf(mnemonic);
    if (candidates === undefined) cursor.fail(`unknown instruction '${mnemonic}'`, 'an instruction of the modelled subset', start);
    if (this.#bytes.length % 4 !== 0) cursor.fail('instruction at an address that is not a multiple of 4', '.balign 4 before it', start);
    const given = countOperands(cursor);
    const form = formFor(candidates, given);
    if (form === undefined) {
      const counts = candidates.map((f) => describe(f.operands)).join(' or ');
      cursor.fail(`${mnemonic} with ${given} operands`, counts, start);
    }
    let fixed = true;
    const moves = (): void => { fixed = false; };
    const parsed = parseOperands(cursor, form, given, (names) => told(this.#place(names), moves));
    this.#end(cursor);
    const here = this.#here();
    const offset = this.#emit([0, 0, 0, 0], cursor.line);
    const found = this.#resolver((symbol) => { this.#references.push({ word: offset >> 2, symbol }); });
    const resolve: Resolve = (name) => {
      moves();
      return found(name);
    };
    this.#late.push(() => {
      const values = form.operands.map((operand, i) => operandValue(cursor, operand, parsed[i], resolve, here));
      const word = encodeForm(cursor, start, form, values);
      if (decode(word) === undefined) cursor.fail(`${cursor.text.slice(start).trim()} is an invalid form`, invalidFormHint(mnemonic), start);
      for (let i = 0; i < 4; i++) this.#bytes[offset + i] = word >>> 8 * i & 255;
      if (!fixed) return;
      if (fixedWords.size >= MOST_FIXED) fixedWords.clear();
      fixedWords.set(apart(cursor.text.slice(start)), word);
    });
  }
}

/** A place that tells of each look at where it is. */
function told(place: Place, looked: () => void): Place {
  return {
    get here() {
      looked();
      return place.here;
    },
    ...(place.names === undefined ? {} : { names: place.names }),
    numeric: (number, direction) => {
      looked();
      return place.numeric(number, direction);
    },
  };
}
