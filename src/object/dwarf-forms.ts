/** How DWARF 4 and 5 write the values of attributes: what is needed to read some of them and to step over all others. Source: DWARF 5, 7.5.5 to 7.5.6 and 7.6; forms of GNU's as gcc and dwz write them. */
import type { Bytes } from './bytes.ts';

/** Of a unit: what the lengths of some forms depend on. */
export interface Sizes {
  readonly address: 4 | 8;
  /** Of what counts bytes of a section: 8 in the 64-bit format. */
  readonly offset: 4 | 8;
}

export const FORM = {
  BLOCK2: 0x03, BLOCK4: 0x04, DATA2: 0x05, DATA4: 0x06, DATA8: 0x07, STRING: 0x08, BLOCK: 0x09, BLOCK1: 0x0a, DATA1: 0x0b, FLAG: 0x0c, SDATA: 0x0d, STRP: 0x0e, UDATA: 0x0f,
  REF1: 0x11, REF2: 0x12, REF4: 0x13, REF8: 0x14, REF_UDATA: 0x15, INDIRECT: 0x16, SEC_OFFSET: 0x17, EXPRLOC: 0x18, FLAG_PRESENT: 0x19, STRX: 0x1a, LINE_STRP: 0x1f,
  IMPLICIT_CONST: 0x21, STRX1: 0x25, STRX2: 0x26, STRX3: 0x27, STRX4: 0x28,
} as const;

/** Bytes of those that always have as many. Without a name above: DW_FORM_ref_sup4, data16, ref_sig8, ref_sup8, addrx1 to addrx4. */
const FIXED: Readonly<Record<number, number>> = {
  [FORM.DATA1]: 1, [FORM.FLAG]: 1, [FORM.REF1]: 1, [FORM.STRX1]: 1, 0x29: 1, [FORM.DATA2]: 2, [FORM.REF2]: 2, [FORM.STRX2]: 2, 0x2a: 2, [FORM.STRX3]: 3, 0x2b: 3,
  [FORM.DATA4]: 4, [FORM.REF4]: 4, [FORM.STRX4]: 4, 0x2c: 4, 0x1c: 4, [FORM.DATA8]: 8, [FORM.REF8]: 8, 0x20: 8, 0x24: 8, 0x1e: 16, [FORM.FLAG_PRESENT]: 0, [FORM.IMPLICIT_CONST]: 0,
};
/** DW_FORM_ref_addr, strp_sup and, of GNU's, ref_alt and strp_alt are offsets too. */
const OFFSETS: readonly number[] = [0x10, FORM.STRP, FORM.SEC_OFFSET, FORM.LINE_STRP, 0x1d, 0x1f20, 0x1f21];
/** One number of seven bits a byte: DW_FORM_addrx, loclistx, rnglistx and, of GNU's, addr_index and str_index are others. */
const LEB: readonly number[] = [FORM.SDATA, FORM.UDATA, FORM.REF_UDATA, FORM.STRX, 0x1b, 0x22, 0x23, 0x1f01, 0x1f02];
const DW_FORM_ADDR = 0x01;

/** Bytes of a number of seven bits a byte: no 64-bit number needs more. */
const MOST_LEB = 10;

/** An unsigned number and where what follows it begins. From 2^53 on it is not exact, and too large for whatever it counts. */
export function uleb(bytes: Bytes, at: number): { readonly value: number; readonly next: number } {
  let value = 0, factor = 1;
  for (let i = 0; i < MOST_LEB; i++) {
    const byte = bytes.u8(at + i);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, next: at + i + 1 };
    factor *= 128;
  }
  throw bytes.wrong(`a number of more than ${MOST_LEB} bytes at ${at}`, 'one of 64 bits');
}

/** Bytes of a value, where they are the same each time; undefined: they depend on the value. @throws ObjectError for a form that is not known. */
export function fixedBytes(bytes: Bytes, form: number, sizes: Sizes): number | undefined {
  if (form in FIXED) return FIXED[form];
  if (OFFSETS.includes(form)) return sizes.offset;
  if (form === DW_FORM_ADDR) return sizes.address;
  const known: readonly number[] = [FORM.BLOCK1, FORM.BLOCK2, FORM.BLOCK4, FORM.BLOCK, FORM.EXPRLOC, FORM.STRING, FORM.INDIRECT];
  if (LEB.includes(form) || known.includes(form)) return undefined;
  throw bytes.wrong(`a value of form 0x${form.toString(16)}`, 'a form of DWARF 4 or 5');
}

/** Where what follows a value begins. */
export function behind(bytes: Bytes, at: number, form: number, sizes: Sizes): number {
  switch (form) {
    case FORM.BLOCK1: return at + 1 + bytes.u8(at);
    case FORM.BLOCK2: return at + 2 + bytes.u16(at);
    case FORM.BLOCK4: return at + 4 + bytes.u32(at);
    case FORM.BLOCK: case FORM.EXPRLOC: {
      const { value, next } = uleb(bytes, at);
      return next + value;
    }
    case FORM.STRING: return bytes.behindText(at);
    case FORM.INDIRECT: {
      const { value, next } = uleb(bytes, at);
      if (value === FORM.INDIRECT || value === FORM.IMPLICIT_CONST) throw bytes.wrong(`a value at ${at} of a form that is in front of it, 0x${value.toString(16)}`, 'another form');
      return behind(bytes, next, value, sizes);
    }
    default: return at + (fixedBytes(bytes, form, sizes) ?? uleb(bytes, at).next - at);
  }
}

/** A value that is a whole number, not negative; undefined: its form is of something else. */
export function unsigned(bytes: Bytes, at: number, form: number): number | undefined {
  switch (form) {
    case FORM.DATA1: case FORM.REF1: case FORM.STRX1: case FORM.FLAG: return bytes.u8(at);
    case FORM.DATA2: case FORM.REF2: case FORM.STRX2: return bytes.u16(at);
    case FORM.STRX3: return bytes.u16(at) + 0x10000 * bytes.u8(at + 2);
    case FORM.DATA4: case FORM.REF4: case FORM.STRX4: return bytes.u32(at);
    case FORM.DATA8: case FORM.REF8: return bytes.count(at);
    case FORM.UDATA: case FORM.REF_UDATA: case FORM.STRX: return uleb(bytes, at).value;
    case FORM.SDATA: {
      // Bit 6 of the last byte is the sign.
      const { value, next } = uleb(bytes, at);
      return (bytes.u8(next - 1) & 0x40) === 0 ? value : undefined;
    }
    default: return undefined;
  }
}
