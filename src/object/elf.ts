/**
 * ELF files of ppc64le: sections, symbols, relocations, build-id. Sources: System V ABI (gABI) chapter 4 and 5; 64-bit ELF V2 ABI for Power, 3.1 to 3.5.
 * The file is hostile until it is read: each offset, size and index is checked where it is used.
 */
import { Bytes } from './bytes.ts';
import type { ByteSource } from './bytes.ts';
import { ObjectError } from './error.ts';

const EM_PPC64 = 21;
const TYPES: Readonly<Record<number, 'relocatable' | 'linked'>> = { 1: 'relocatable', 2: 'linked', 3: 'linked' };
const HEADER_BYTES = 64, SECTION_BYTES = 64, SYMBOL_BYTES = 24, RELA_BYTES = 24;
const SHT = { PROGBITS: 1, SYMTAB: 2, STRTAB: 3, RELA: 4, NOTE: 7, NOBITS: 8, SYMTAB_SHNDX: 18 } as const;
const SHF_COMPRESSED = 0x800, SHF_EXECINSTR = 4;
/** Sections that a file may have. */
const MOST_SECTIONS = 1_000_000;
/** First of the section numbers that mean something else (SHN_LORESERVE). */
const RESERVED = 0xff00;
/** The section's number is too large for the symbol, and in a table of its own (SHN_XINDEX). */
const ELSEWHERE = 0xffff;

export interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** 64-bit unsigned; 0 in a relocatable file. */
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

export interface ElfSymbol {
  readonly name: string;
  /** Index of its section; undefined where it has none in this file. */
  readonly section: number | undefined;
  /** Offset in its section where the file is relocatable, else an address. 64-bit unsigned. */
  readonly value: bigint;
  /** 0: the file does not say (assembly without `.size`). */
  readonly size: bigint;
  /** STT_FUNC, STT_NOTYPE and so on. */
  readonly type: number;
}

export interface Relocation {
  /** Bytes from the beginning of the section that it changes. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
  /** Signed. */
  readonly addend: bigint;
}

/** A file that is an ELF file at all, whatever is wrong with it. */
export function looksLikeElf(first: Uint8Array): boolean {
  return first.length >= 4 && first[0] === 0x7f && first[1] === 0x45 && first[2] === 0x4c && first[3] === 0x46;
}

export class Elf {
  readonly file: string;
  readonly kind: 'relocatable' | 'linked';
  readonly sections: readonly Section[];
  readonly symbols: readonly ElfSymbol[];
  readonly #source: ByteSource;

  /** Reads the tables. `file` names it in messages. @throws ObjectError at the first thing that is wrong. */
  constructor(source: ByteSource, file: string) {
    this.file = file;
    this.#source = source;
    const header = readHeader(source, file);
    this.kind = header.kind;
    this.sections = readSections(source, header.bytes, file);
    this.symbols = this.#readSymbols();
  }

  /** The only section of this name. */
  section(name: string): Section | undefined {
    return this.sections.find((it) => it.name === name);
  }

  /** All sections of this name: a relocatable file has one in each group. @throws ObjectError where they are larger than the file, and so the same bytes many times over. */
  sectionsNamed(name: string): readonly Section[] {
    const found = this.sections.filter((it) => it.name === name);
    return this.#apart(found, () => new ObjectError(this.file, `${found.length} sections ${name} that are larger than the file`, 'sections that do not overlap'));
  }

  #apart(sections: readonly Section[], wrong: () => ObjectError): readonly Section[] {
    if (sections.reduce((sum, it) => sum + it.size, 0) > this.#source.size) throw wrong();
    return sections;
  }

  /** What a section holds. */
  contents(section: Section): Bytes {
    return this.piece(section, 0, section.size);
  }

  /** `length` bytes of a section, which has them. @throws ObjectError */
  piece(section: Section, offset: number, length: number): Bytes {
    if (this.isCompressed(section)) throw this.wrong(section, 'it is compressed', 'one that is not (objcopy --decompress-debug-sections)');
    if (section.type === SHT.NOBITS) throw this.wrong(section, 'the file has no bytes of it', 'a section with contents');
    if (offset + length > section.size) throw this.wrong(section, `${length} bytes at ${offset}, and it has ${section.size}`, 'a whole file');
    return Bytes.of(this.#source, section.offset + offset, length, this.file, nameOf(section));
  }

  /** Its contents are not to be read: they are compressed. */
  isCompressed(section: Section): boolean {
    return (section.flags & SHF_COMPRESSED) !== 0;
  }

  isCode(section: Section): boolean {
    return section.type === SHT.PROGBITS && (section.flags & SHF_EXECINSTR) !== 0;
  }

  /** Relocations of a section of a relocatable file, in the order of the file. */
  relocations(section: Section): readonly Relocation[] {
    return this.relocationTables(section).flatMap((table) => this.#relocationsIn(table, section));
  }

  /** The same as they are in the file, 24 bytes each. */
  relocationTables(section: Section): readonly Bytes[] {
    if (this.kind === 'linked') return [];
    const tables = this.sections.filter((it) => it.type === SHT.RELA && it.info === section.index);
    return this.#apart(tables, () => this.wrong(section, 'its relocations are larger than the file', 'tables that do not overlap')).map((table) => {
      const bytes = this.contents(table);
      if (bytes.length % RELA_BYTES !== 0) throw this.wrong(table, `${bytes.length} bytes`, `a multiple of ${RELA_BYTES}`);
      return bytes;
    });
  }

  /** Hexadecimal digits of the GNU build-id, where there is one (a note of type 3). */
  get buildId(): string | undefined {
    for (const section of this.sections) {
      if (section.type !== SHT.NOTE) continue;
      const notes = this.contents(section);
      for (let at = 0; at + 12 <= notes.length;) {
        const nameBytes = notes.u32(at), bytes = notes.u32(at + 4), type = notes.u32(at + 8);
        const start = at + 12 + (nameBytes + 3 & ~3);
        // What is no note is none of ours: nothing is decided by it.
        if (nameBytes > notes.length || bytes > 64 && type === 3 || start + bytes > notes.length) break;
        if (type === 3 && nameBytes === 4 && notes.u32(at + 12) === 0x554e47) {
          return Array.from({ length: bytes }, (_, i) => notes.u8(start + i).toString(16).padStart(2, '0')).join('');
        }
        at = start + (bytes + 3 & ~3);
      }
    }
    return undefined;
  }

  wrong(section: Section, what: string, expected: string): ObjectError {
    return new ObjectError(this.file, `${nameOf(section)}: ${what}`, expected);
  }

  #readSymbols(): ElfSymbol[] {
    const tables = this.sections.filter((it) => it.type === SHT.SYMTAB);
    if (tables.length !== 1) {
      throw new ObjectError(this.file, tables.length === 0 ? 'no symbol table' : `${tables.length} symbol tables`, 'one, as in a file that is not stripped');
    }
    const table = tables[0]!, bytes = this.contents(table), names = this.#strings(table);
    if (bytes.length % SYMBOL_BYTES !== 0) throw this.wrong(table, `${bytes.length} bytes`, `a multiple of ${SYMBOL_BYTES}`);
    const large = this.sections.find((it) => it.type === SHT.SYMTAB_SHNDX && it.link === table.index), numbers = large === undefined ? undefined : this.contents(large);
    return Array.from({ length: bytes.length / SYMBOL_BYTES }, (_, i) => {
      const at = i * SYMBOL_BYTES, name = names.text(bytes.u32(at)), section = this.#sectionOf(table, i, bytes.u16(at + 6), numbers);
      return { name, type: bytes.u8(at + 4) & 15, value: bytes.u64(at + 8), size: bytes.u64(at + 16), section };
    });
  }

  /** Undefined: it lies in no section of this file, but elsewhere (undefined), or nowhere (a number, say). */
  #sectionOf(table: Section, symbol: number, index: number, numbers: Bytes | undefined): number | undefined {
    if (index === 0 || index >= RESERVED && index !== ELSEWHERE) return undefined;
    if (index === ELSEWHERE && numbers === undefined) throw this.wrong(table, `symbol ${symbol} has its section's number in another table`, 'that table');
    const section = index === ELSEWHERE ? numbers!.u32(4 * symbol) : index;
    if (section >= this.sections.length) throw this.wrong(table, `symbol ${symbol} is in section ${section}`, `one of ${this.sections.length}`);
    return section;
  }

  #strings(table: Section): Bytes {
    const strings = this.sections[table.link];
    if (strings === undefined || strings.type !== SHT.STRTAB) throw this.wrong(table, `its names are in section ${table.link}`, 'a string table');
    return this.contents(strings);
  }

  #relocationsIn(bytes: Bytes, section: Section): Relocation[] {
    return Array.from({ length: bytes.length / RELA_BYTES }, (_, i) => {
      const at = i * RELA_BYTES, symbol = this.symbols[bytes.u32(at + 12)];
      if (symbol === undefined) throw bytes.wrong(`entry ${i} is of symbol ${bytes.u32(at + 12)}`, `one of ${this.symbols.length}`);
      const offset = bytes.count(at);
      if (offset >= section.size) throw bytes.wrong(`entry ${i} is of byte ${offset}`, `one of the ${section.size} of ${nameOf(section)}`);
      return { offset, type: bytes.u32(at + 8), symbol, addend: BigInt.asIntN(64, bytes.u64(at + 16)) };
    });
  }
}

const nameOf = ({ index, name }: Section): string => (name === '' ? `section ${index}` : `section ${name.slice(0, 60)}`);

function readHeader(source: ByteSource, file: string): { kind: Elf['kind']; bytes: Bytes } {
  const wrong = (what: string, expected: string): never => { throw new ObjectError(file, what, expected); };
  if (!looksLikeElf(source.read(0, Math.min(4, source.size)))) wrong('no ELF file', 'vmlinux or an object file (.o); a vmlinuz is to be unpacked first');
  const bytes = Bytes.of(source, 0, HEADER_BYTES, file, 'the ELF header');
  if (bytes.u8(4) !== 2) wrong(bytes.u8(4) === 1 ? 'an ELF file of 32 bits' : `an ELF file of class ${bytes.u8(4)}`, 'one of ppc64le, 64 bits');
  if (bytes.u8(5) !== 1) wrong(bytes.u8(5) === 2 ? 'a big-endian ELF file' : `an ELF file of byte order ${bytes.u8(5)}`, 'one of ppc64le, little-endian');
  if (bytes.u16(18) !== EM_PPC64) wrong(`an ELF file for machine ${bytes.u16(18)}`, `one of ppc64le (${EM_PPC64})`);
  const kind = TYPES[bytes.u16(16)];
  if (kind === undefined) return wrong(`an ELF file of type ${bytes.u16(16)}`, 'a relocatable file, an executable or a shared object');
  // 0: the file does not depend on the ABI's version, as objects made of assembly (ELFv2 ABI, 3.1.1).
  if ((bytes.u32(48) & 3) === 1) wrong('an ELF file of the ELFv1 ABI', 'one of ELFv2, as ppc64le has it');
  return { kind, bytes };
}

function readSections(source: ByteSource, header: Bytes, file: string): Section[] {
  const start = header.count(40), bytesEach = header.u16(58);
  if (start === 0) throw new ObjectError(file, 'no section table', 'a file that is not stripped of its sections');
  if (bytesEach !== SECTION_BYTES) throw new ObjectError(file, `section headers of ${bytesEach} bytes`, `${SECTION_BYTES}`);
  // Where the header's fields are too small for them the numbers are in the first section header.
  const first = Bytes.of(source, start, SECTION_BYTES, file, 'the section table');
  const number = header.u16(60) === 0 ? first.count(32) : header.u16(60);
  const namesAt = header.u16(62) === 0xffff ? first.u32(40) : header.u16(62);
  if (number > MOST_SECTIONS) throw new ObjectError(file, `${number} sections`, `at most ${MOST_SECTIONS}`);
  const table = Bytes.of(source, start, number * SECTION_BYTES, file, 'the section table');
  const read = (index: number): Section & { readonly nameAt: number } => {
    const at = index * SECTION_BYTES;
    return {
      index, name: '', nameAt: table.u32(at), type: table.u32(at + 4), flags: Number(table.u64(at + 8) & 0xffffffffn), address: table.u64(at + 16),
      offset: table.count(at + 24), size: table.count(at + 32), link: table.u32(at + 40), info: table.u32(at + 44),
    };
  };
  if (namesAt >= number) throw new ObjectError(file, `the names of ${number} sections are in section ${namesAt}`, 'one of them');
  const { offset, size, type } = read(namesAt);
  if (type !== SHT.STRTAB) throw new ObjectError(file, `the names of the sections are in section ${namesAt}, of type ${type}`, 'a string table');
  const names = Bytes.of(source, offset, size, file, 'the names of the sections');
  return Array.from({ length: number }, (_, index) => {
    const { nameAt, ...section } = read(index);
    return { ...section, name: index === 0 ? '' : names.text(nameAt) };
  });
}
