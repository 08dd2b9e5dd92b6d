/**
 * A section of debug information. In a relocatable file what it says about other sections is in its relocations, and in its own bytes are zeros
 * (64-bit ELF V2 ABI, 3.5: all of them have an addend of their own).
 */
import type { Bytes } from './bytes.ts';
import type { Elf, Section } from './elf.ts';

/** R_PPC64_ADDR32 and R_PPC64_ADDR64: symbol + addend (64-bit ELF V2 ABI, 3.5.3). */
const ADDRESS_TYPES: Readonly<Record<4 | 8, number>> = { 4: 1, 8: 38 };
const RELA_BYTES = 24;

export class DebugSection {
  readonly #elf: Elf;
  readonly #section: Section;
  readonly #relocations: Relocations;

  constructor(elf: Elf, section: Section) {
    this.#elf = elf;
    this.#section = section;
    this.#relocations = new Relocations(elf.relocationTables(section));
  }

  get length(): number {
    return this.#section.size;
  }

  /** Some of it. @throws ObjectError where it does not have so much. */
  bytes(offset: number, length: number): Bytes {
    return this.#elf.piece(this.#section, offset, length);
  }

  /**
   * A number of 4 or 8 bytes at `offset` of this section that counts bytes of the section `into`; `read`: what its own bytes say.
   * @throws ObjectError for a relocation that is of another kind, or leads elsewhere.
   */
  reference(offset: number, size: 4 | 8, into: string, read: number): number {
    const found = this.#relocations.at(offset);
    if (found === undefined) return read;
    const { type, symbol: index, addend } = found, symbol = this.#elf.symbols[index];
    const wrong = (what: string, expected: string): never => { throw this.#elf.wrong(this.#section, `the relocation of ${offset} ${what}`, expected); };
    if (type !== ADDRESS_TYPES[size]) return wrong(`is of type ${type}`, `type ${ADDRESS_TYPES[size]}`);
    if (symbol?.section === undefined || this.#elf.sections[symbol.section]!.name !== into) return wrong(`leads to symbol ${index}`, `one in ${into}`);
    const value = BigInt.asIntN(64, symbol.value) + addend;
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) return wrong(`leads to ${value} of ${into}`, 'a number of bytes');
    return Number(value);
  }

  wrong(what: string, expected: string): Error {
    return this.#elf.wrong(this.#section, what, expected);
  }
}

/** Relocations of one section by the place that they change; a kernel that is not linked yet has millions. */
class Relocations {
  readonly #tables: readonly Bytes[];
  /** Places, rising; and for each its entry, counted through the tables. */
  #places: Float64Array | undefined;
  #entries: Uint32Array | undefined;

  constructor(tables: readonly Bytes[]) {
    this.#tables = tables;
  }

  at(place: number): { readonly type: number; readonly symbol: number; readonly addend: bigint } | undefined {
    if (this.#tables.length === 0) return undefined;
    if (this.#places === undefined) this.#sort();
    const places = this.#places!;
    let low = 0, high = places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (places[middle]! < place) low = middle + 1;
      else high = middle;
    }
    if (places[low] !== place) return undefined;
    const [table, at] = this.#find(this.#entries![low]!);
    return { type: table.u32(at + 8), symbol: table.u32(at + 12), addend: BigInt.asIntN(64, table.u64(at + 16)) };
  }

  #sort(): void {
    const count = this.#tables.reduce((sum, it) => sum + it.length / RELA_BYTES, 0);
    const places = new Float64Array(count), entries = Uint32Array.from({ length: count }, (_, i) => i);
    let rising = true;
    for (let i = 0; i < count; i++) {
      const [table, at] = this.#find(i);
      places[i] = table.u32(at) + 0x1_0000_0000 * table.u32(at + 4);
      rising &&= i === 0 || places[i - 1]! <= places[i]!;
    }
    if (!rising) entries.sort((a, b) => places[a]! - places[b]!);
    this.#entries = entries;
    this.#places = rising ? places : Float64Array.from(entries, (entry) => places[entry]!);
  }

  #find(entry: number): [table: Bytes, at: number] {
    let left = entry;
    for (const table of this.#tables) {
      const own = table.length / RELA_BYTES;
      if (left < own) return [table, left * RELA_BYTES];
      left -= own;
    }
    throw new RangeError(`entry ${entry} of none of the tables`);
  }
}
