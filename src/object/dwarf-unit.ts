/** Units and abbreviations of DWARF 4 and 5. Source: DWARF 5, 7.5.1 (headers of units) and 7.5.3 (abbreviations); DWARF 4, 7.5.1.1. */
import type { Bytes } from './bytes.ts';
import type { DebugSection } from './debug-section.ts';
import { FORM, fixedBytes, uleb, unsigned } from './dwarf-forms.ts';
import type { Sizes } from './dwarf-forms.ts';

export interface Unit {
  readonly version: number;
  readonly sizes: Sizes;
  /** Where it begins in .debug_info. */
  readonly start: number;
  /** All of it, header included. */
  readonly bytes: Bytes;
  /** Where its first entry begins, from `start`. */
  readonly first: number;
  /** Offset of its table in .debug_abbrev. */
  readonly table: number;
  /** Its types are in another file (DW_UT_skeleton). */
  readonly skeleton: boolean;
}

/** A unit that is not read; `length`: all of it. */
export interface UnreadUnit {
  readonly version: number;
  readonly length: number;
}

/** Bytes of the largest header: 64-bit lengths, a type's signature and offset. */
const MOST_HEADER = 40;
/** Bytes behind a header of version 5, by its DW_UT: a type's signature and its offset; a skeleton's or split unit's identifier. */
const TYPE_UNITS = [2, 6], SKELETON = 4, WITH_ID = [4, 5];

/** The unit at `start`; `types`: of a section .debug_types, in which version 4 has units of one type. @throws ObjectError where there is none. */
export function readUnit(section: DebugSection, start: number, types: boolean): Unit | UnreadUnit {
  const head = section.bytes(start, Math.min(MOST_HEADER, section.length - start));
  const wide = head.u32(0) === 0xffffffff, offset = wide ? 8 : 4, size = wide ? 12 : 4;
  const length = size + (wide ? head.count(4) : head.u32(0));
  if (length > section.length - start) throw section.wrong(`the unit at ${start} has ${length} bytes, and ${section.length - start} are left`, 'a whole unit');
  if (length < size + 2) throw section.wrong(`the unit at ${start} has ${length} bytes`, 'at least its header');
  const version = head.u16(size);
  if (version !== 4 && version !== 5) return { version, length };
  const tableAt = size + (version === 4 ? 2 : 4), addressAt = version === 4 ? tableAt + offset : size + 3, kind = version === 4 ? types ? TYPE_UNITS[0]! : 0 : head.u8(size + 2);
  const address = head.u8(addressAt);
  if (address !== 4 && address !== 8) throw section.wrong(`the unit at ${start} has addresses of ${address} bytes`, 'of 8');
  const behindTable = tableAt + offset + (version === 4 ? 1 : 0);
  const first = behindTable + (TYPE_UNITS.includes(kind) ? 8 + offset : WITH_ID.includes(kind) ? 8 : 0);
  if (first > length) throw section.wrong(`the unit at ${start} has ${length} bytes`, `${first}, at least its header`);
  const table = section.reference(start + tableAt, offset, '.debug_abbrev', wide ? head.count(tableAt) : head.u32(tableAt));
  return { version, sizes: { address, offset }, start, bytes: section.bytes(start, length), first, table, skeleton: version === 5 && kind === SKELETON };
}

export interface Attribute {
  readonly name: number;
  readonly form: number;
  /** Of DW_FORM_implicit_const: the value, which is in no entry; absent where it is negative. */
  readonly value?: number;
}

/** What entries with one number look like. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly Attribute[];
  /** Bytes of all values, where they are the same in each entry. */
  readonly fixed: number | undefined;
}

export type Table = ReadonlyMap<number, Abbreviation>;

/** A C compiler's have some twenty. Each byte of .debug_info may stand for so many. */
const MOST_ATTRIBUTES = 100;

/** Tables of a file: read one after the other, as units ask for them. */
export class Tables {
  readonly #bytes: Bytes;
  /** Bytes that may still be read. Each is read about once; a file whose tables overlap would take for ever. */
  #left: number;
  #last: { readonly key: string; readonly table: Table } | undefined;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#left = 16 * bytes.length;
  }

  of(unit: Unit): Table {
    const key = `${unit.table} ${unit.sizes.address} ${unit.sizes.offset}`;
    if (this.#last?.key !== key) this.#last = { key, table: this.#read(unit) };
    return this.#last.table;
  }

  #read({ table: start, sizes }: Unit): Table {
    const bytes = this.#bytes, table = new Map<number, Abbreviation>();
    for (let at = start; ;) {
      const code = uleb(bytes, at);
      if (code.value === 0) return table;
      const tag = uleb(bytes, code.next), { attributes, next } = this.#attributes(tag.next + 1);
      table.set(code.value, { tag: tag.value, hasChildren: bytes.u8(tag.next) !== 0, attributes, fixed: fixedOf(bytes, attributes, sizes) });
      this.#left -= next - at;
      if (this.#left < 0) throw bytes.wrong(`the tables of its units overlap, at ${start}`, 'each on its own');
      at = next;
    }
  }

  #attributes(start: number): { readonly attributes: readonly Attribute[]; readonly next: number } {
    const bytes = this.#bytes, attributes: Attribute[] = [];
    for (let at = start; ;) {
      const name = uleb(bytes, at), form = uleb(bytes, name.next);
      at = form.next;
      if (name.value === 0 && form.value === 0) return { attributes, next: at };
      if (attributes.length === MOST_ATTRIBUTES) throw bytes.wrong(`more than ${MOST_ATTRIBUTES} attributes at ${start}`, `at most ${MOST_ATTRIBUTES}`);
      if (form.value === FORM.IMPLICIT_CONST) {
        const value = unsigned(bytes, at, FORM.SDATA);
        attributes.push({ name: name.value, form: form.value, ...(value === undefined ? {} : { value }) });
        at = uleb(bytes, at).next;
      } else {
        attributes.push({ name: name.value, form: form.value });
      }
    }
  }
}

function fixedOf(bytes: Bytes, attributes: readonly Attribute[], sizes: Sizes): number | undefined {
  let sum: number | undefined = 0;
  // All of them are looked at: none may have a form that is not known.
  for (const { form } of attributes) {
    const own = fixedBytes(bytes, form, sizes);
    sum = sum === undefined || own === undefined ? undefined : sum + own;
  }
  return sum;
}
