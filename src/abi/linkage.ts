/**
 * Entry points: ELFv2 specification, 3.4.1 "Symbol Values" (st_other bits 5 to 7), 2.2 "Function Call Linkage Protocols", 3.6 "Global Entry
 * Point" code; Linux arch/powerpc/include/asm/elf.h (PPC64_LOCAL_ENTRY_OFFSET) and kernel/module_64.c.
 */

/** How entry points and r2 belong together. */
export type Linkage =
  /** v = 0: one entry; r2 on return equals r2 on entry. */
  | 'preserves-toc'
  /** v = 1: one entry; r2 may be clobbered, so a caller that needs its own restores it. */
  | 'clobbers-toc'
  /** v = 2..6: the GEP needs r12 = its address and sets r2; the LEP needs the right r2 and preserves it. */
  | 'two-entries';

export interface EntryModel {
  /** Bits 5..7 of st_other, 0..6. */
  readonly v: number;
  readonly linkage: Linkage;
  /** Bytes from GEP to LEP: 0, 4, 8, 16, 32 or 64. */
  readonly localEntryOffset: number;
}

const ST_OTHER_SHIFT = 5;

/**
 * Decodes a symbol's st_other byte (0..255; bits 0 to 4, visibility, are ignored).
 * @throws RangeError when v is 7, which the specification reserves.
 */
export function decodeStOther(stOther: number): EntryModel {
  const v = stOther >> ST_OTHER_SHIFT & 7;
  if (v === 7) throw new RangeError(`st_other 0x${stOther.toString(16)}: local entry value 7 is reserved; expected 0 to 6`);
  return { v, linkage: v === 0 ? 'preserves-toc' : v === 1 ? 'clobbers-toc' : 'two-entries', localEntryOffset: localEntryOffset(v) };
}

/** Bytes from GEP to LEP for v = 0..6. */
export function localEntryOffset(v: number): number {
  return (1 << v >> 2) << 2;
}

/**
 * The st_other bits for a distance between the entries (0, 4, 8, 16, 32 or 64 bytes); distance 0 gives v = 0.
 * @throws RangeError for another distance.
 */
export function stOtherFor(distance: number): number {
  for (let v = 0; v <= 6; v++) {
    if (v !== 1 && localEntryOffset(v) === distance) return v << ST_OTHER_SHIFT;
  }
  throw new RangeError(`${distance} bytes from GEP to LEP cannot be encoded; expected 0, 4, 8, 16, 32 or 64`);
}

/** TOC pointer minus the base of its section. 3.3 "TOC" */
export const TOC_POINTER_BIAS = 0x8000n;
/** The section's base, and so the TOC pointer, is a multiple of this: a TOC pointer is never odd. */
export const TOC_ALIGNMENT = 256n;
/** `ld r2,24(r1)` and `std r2,24(r1)`: the words that restore and save the TOC pointer around a call through a stub. */
export const RESTORE_TOC_WORD = 0xe8410018;
export const SAVE_TOC_WORD = 0xf8410018;
