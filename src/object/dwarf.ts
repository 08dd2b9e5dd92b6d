/**
 * Where members of C structures lie, from a file's DWARF 4 or 5 (sections `.debug_*`), linked or not. Source: DWARF 5, 2, 5.7 and 7.5.
 * Entries of structures at the top of a unit are understood; every other entry is stepped over.
 */
import type { Bytes } from './bytes.ts';
import type { Members } from './btf.ts';
import { DebugSection } from './debug-section.ts';
import { FORM, behind, uleb, unsigned } from './dwarf-forms.ts';
import { Tables, readUnit } from './dwarf-unit.ts';
import type { Abbreviation, Table, Unit } from './dwarf-unit.ts';
import type { Elf, Section } from './elf.ts';

export interface DwarfMembers {
  readonly members: Members;
  /** What of the file was not read that may say more, in words; empty where all that was wanted was found. */
  readonly unread: readonly string[];
}

const INFO = ['.debug_info', '.debug_types'], STRINGS = '.debug_str', LINE_STRINGS = '.debug_line_str', STRING_OFFSETS = '.debug_str_offsets';
/** Sections whose types are not read. */
const OTHER_SECTIONS: Readonly<Record<string, string>> = {
  '.zdebug_info': 'compressed debug information (objcopy --decompress-debug-sections)',
  '.debug_info.dwo': 'split debug information (.dwo)',
  '.gnu_debugaltlink': 'debug information in a second file (dwz)',
};

const TAG = { MEMBER: 0x0d, STRUCTURE: 0x13 } as const;
const AT = { SIBLING: 0x01, NAME: 0x03, BIT_SIZE: 0x0d, LOCATION: 0x38, DECLARATION: 0x3c, STR_OFFSETS_BASE: 0x72, DWO_NAME: 0x76, GNU_DWO_NAME: 0x2130 } as const;
/** The one operation of which a location may consist: a number that is added. */
const DW_OP_PLUS_UCONST = 0x23;

/**
 * Looks for members of structures. Of two structures of one name the first counts.
 * @throws ObjectError where a section that is needed is not as it must be.
 */
export function dwarfMembers(elf: Elf, wanted: readonly (readonly [structure: string, member: string])[]): DwarfMembers {
  const unread = new Set(elf.sections.flatMap(({ name }) => (Object.hasOwn(OTHER_SECTIONS, name) ? [OTHER_SECTIONS[name]!] : [])));
  const compressed = elf.sections.find((it) => it.name.startsWith('.debug_') && elf.isCompressed(it));
  if (compressed !== undefined) return { members: new Map(), unread: [OTHER_SECTIONS['.zdebug_info']!, ...unread] };
  const search = new Search(elf, wanted);
  for (const name of INFO) for (const section of elf.sectionsNamed(name)) search.run(new DebugSection(elf, section), name === '.debug_types');
  for (const version of search.versions) unread.add(`debug information of DWARF ${version}`);
  if (search.split) unread.add(OTHER_SECTIONS['.debug_info.dwo']!);
  return { members: search.found, unread: wanted.every((it) => search.found.has(it.join('.'))) ? [] : [...unread] };
}

/** Where an attribute of an entry is. */
interface Place {
  readonly form: number;
  readonly at: number;
  /** Of DW_FORM_implicit_const. */
  readonly value: number | undefined;
}

interface Entry {
  readonly abbreviation: Abbreviation | undefined;
  readonly next: number;
}

class Search {
  readonly found = new Map<string, number>();
  /** Other versions of DWARF that were met. */
  readonly versions = new Set<number>();
  split = false;
  #info!: DebugSection;
  #tables: Tables | undefined;
  readonly #elf: Elf;
  readonly #wanted: readonly (readonly [structure: string, member: string])[];
  /** Names of structures that have not been met yet. */
  readonly #left: Set<string>;
  readonly #texts = new Map<string, Bytes>();
  #offsets: DebugSection | undefined;
  /** Attributes of the entry that was read last, of those that mean something here. */
  readonly #places = new Map<number, Place>();

  constructor(elf: Elf, wanted: readonly (readonly [structure: string, member: string])[]) {
    this.#elf = elf;
    this.#wanted = wanted;
    this.#left = new Set(wanted.map(([structure]) => structure));
  }

  /** Units of a section, until all structures have been met. */
  run(section: DebugSection, types: boolean): void {
    this.#info = section;
    for (let at = 0; at < section.length && this.#left.size > 0;) {
      const unit = readUnit(section, at, types);
      if ('bytes' in unit) {
        this.#unit(unit);
        at += unit.bytes.length;
      } else {
        this.versions.add(unit.version);
        at += unit.length;
      }
    }
  }

  #unit(unit: Unit): void {
    if (unit.skeleton) this.split = true;
    const { bytes } = unit, table = (this.#tables ??= new Tables(this.#text('.debug_abbrev'))).of(unit);
    if (unit.first === bytes.length) return;
    const root = this.#entry(unit, table, unit.first);
    if (this.#places.has(AT.DWO_NAME) || this.#places.has(AT.GNU_DWO_NAME)) this.split = true;
    const base = this.#places.get(AT.STR_OFFSETS_BASE), strings = base === undefined ? 2 * unit.sizes.offset : this.#reference(unit, base, STRING_OFFSETS);
    if (root.abbreviation?.hasChildren !== true) return;
    // A unit need not end with the zero that ends its last entries.
    for (let at = root.next, depth = 1; at < bytes.length && depth > 0 && this.#left.size > 0;) {
      const { abbreviation, next } = this.#entry(unit, table, at);
      if (abbreviation === undefined) depth--;
      const structure = depth === 1 && abbreviation?.tag === TAG.STRUCTURE && abbreviation.hasChildren && !this.#places.has(AT.DECLARATION) ? this.#named(unit, strings, this.#left) : undefined;
      if (structure !== undefined) {
        at = this.#structure(unit, table, strings, structure, next);
        continue;
      }
      at = abbreviation?.hasChildren === true ? this.#sibling(unit, next) ?? next : next;
      if (abbreviation?.hasChildren === true && at === next) depth++;
    }
  }

  /** Members of a structure whose first one is at `start`; where what follows the last one begins. */
  #structure(unit: Unit, table: Table, strings: number, structure: string, start: number): number {
    const names = new Set(this.#wanted.flatMap(([of, member]) => (of === structure ? [member] : [])));
    this.#left.delete(structure);
    let at = start;
    for (let depth = 1; at < unit.bytes.length && depth > 0;) {
      const { abbreviation, next } = this.#entry(unit, table, at);
      if (abbreviation === undefined) depth--;
      else if (depth === 1 && abbreviation.tag === TAG.MEMBER && !this.#places.has(AT.BIT_SIZE)) {
        const member = this.#named(unit, strings, names), key = `${structure}.${member}`;
        if (member !== undefined && !this.found.has(key)) this.found.set(key, this.#location(unit));
      }
      if (abbreviation?.hasChildren === true) depth++;
      at = next;
    }
    return at;
  }

  /** An entry and what of its attributes means something here; its abbreviation is undefined where entries of one parent end. */
  #entry({ bytes, sizes, start }: Unit, table: Table, at: number): Entry {
    const code = uleb(bytes, at);
    this.#places.clear();
    if (code.value === 0) return { abbreviation: undefined, next: code.next };
    const abbreviation = table.get(code.value);
    if (abbreviation === undefined) throw this.#info.wrong(`the entry at ${start + at} is of abbreviation ${code.value}, which its table does not have`, `one of ${table.size}`);
    const { fixed, attributes } = abbreviation;
    if (fixed !== undefined && !attributes.some(({ name }) => MEANT.has(name))) return { abbreviation, next: code.next + fixed };
    let next = code.next;
    for (const { name, form, value } of attributes) {
      if (MEANT.has(name)) this.#places.set(name, { form, at: next, value });
      next = behind(bytes, next, form, sizes);
    }
    if (next > bytes.length) throw this.#info.wrong(`the entry at ${start + at} ends at ${start + next}`, `at most the end of its unit, ${start + bytes.length}`);
    return { abbreviation, next };
  }

  /** Where the entry behind this one's children begins, if it says so. */
  #sibling({ bytes, start }: Unit, next: number): number | undefined {
    const place = this.#places.get(AT.SIBLING), at = place === undefined ? undefined : unsigned(bytes, place.at, place.form);
    // What leads back would be read for ever.
    if (at !== undefined && (at < next || at > bytes.length)) throw this.#info.wrong(`the entry in front of ${start + next} has its sibling at ${start + at}`, 'one behind it in its unit');
    return at;
  }

  /** The entry's name, if it is one of these. */
  #named(unit: Unit, strings: number, names: ReadonlySet<string>): string | undefined {
    const place = this.#places.get(AT.NAME);
    if (place === undefined) return undefined;
    const text = this.#textAt(unit, strings, place);
    if (text === undefined) return undefined;
    for (const name of names) if (text.bytes.isText(text.at, name)) return name;
    return undefined;
  }

  #textAt(unit: Unit, strings: number, place: Place): { readonly bytes: Bytes; readonly at: number } | undefined {
    const { bytes, sizes } = unit, { form, at } = place;
    const inSection = (name: string, offset: number): { bytes: Bytes; at: number } => ({ bytes: this.#text(name), at: offset });
    switch (form) {
      case FORM.STRING: return { bytes, at };
      case FORM.STRP: return inSection(STRINGS, this.#reference(unit, place, STRINGS));
      case FORM.LINE_STRP: return inSection(LINE_STRINGS, this.#reference(unit, place, LINE_STRINGS));
      case FORM.STRX: case FORM.STRX1: case FORM.STRX2: case FORM.STRX3: case FORM.STRX4: {
        const entry = strings + sizes.offset * unsigned(bytes, at, form)!, table = this.#stringOffsets();
        const piece = table.bytes(entry, sizes.offset);
        return inSection(STRINGS, table.reference(entry, sizes.offset, STRINGS, sizes.offset === 8 ? piece.count(0) : piece.u32(0)));
      }
      // In a second file.
      default: return undefined;
    }
  }

  /** A value that counts bytes of another section. */
  #reference({ bytes, sizes, start }: Unit, { at }: Place, into: string): number {
    return this.#info.reference(start + at, sizes.offset, into, sizes.offset === 8 ? bytes.count(at) : bytes.u32(at));
  }

  /** Bytes from the beginning of the structure; without a location it begins there (DWARF 5, 5.7.6). */
  #location({ bytes, start }: Unit): number {
    const place = this.#places.get(AT.LOCATION);
    if (place === undefined) return 0;
    const { form, at, value } = place;
    const plain = form === FORM.IMPLICIT_CONST ? value : unsigned(bytes, at, form);
    if (plain !== undefined) return plain;
    const from = form === FORM.EXPRLOC || form === FORM.BLOCK ? uleb(bytes, at).next : form === FORM.BLOCK1 ? at + 1 : undefined;
    if (from === undefined || bytes.u8(from) !== DW_OP_PLUS_UCONST) throw this.#info.wrong(`a member's location at ${start + at}`, 'a number of bytes');
    return uleb(bytes, from + 1).value;
  }

  #text(name: string): Bytes {
    const text = this.#texts.get(name) ?? this.#elf.contents(this.#section(name));
    this.#texts.set(name, text);
    return text;
  }

  #stringOffsets(): DebugSection {
    return this.#offsets ??= new DebugSection(this.#elf, this.#section(STRING_OFFSETS));
  }

  #section(name: string): Section {
    const section = this.#elf.section(name);
    if (section === undefined) throw this.#info.wrong(`it needs section ${name}, which is not there`, 'all of the debug information, or none (objcopy --strip-debug)');
    return section;
  }
}

const MEANT: ReadonlySet<number> = new Set(Object.values(AT));
