/**
 * The address space: one flat little-endian memory cut into pages of 16 KiB, and which page is mapped at which address.
 * A "flat" word index or byte offset is a place in that memory; an address is 64 bits, as two halves (hi, lo).
 * Per text word it also holds the point (points.ts) and what the word is.
 */
import { PAGE_BYTES } from '../kernel/layout.ts';

export const PAGE_WORDS = PAGE_BYTES / 4;
export const PAGE_SHIFT = 14;

/** Granularity of AddressSpace.dirty. */
export const DIRTY_SHIFT = 12;

export const ACCESS = { NONE: 0, TEXT: 1, DATA: 2 } as const;

/** One 64-bit value, low half first, as this memory has it too. */
const halves = new Int32Array(2), whole = new BigUint64Array(halves.buffer);

export class AddressSpace {
  readonly pages: number;
  /** All memory, by 32-bit word; a doubleword's low half comes first. */
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly pointKind: Uint8Array;
  readonly pointData: Int32Array;
  readonly textTag: Uint8Array;
  /** Per page: address halves of its base, and ACCESS; NONE: not mapped at present. */
  readonly pageHi: Int32Array;
  readonly pageLo: Int32Array;
  readonly pageAccess: Uint8Array;
  /** Per 4 KiB block of flat memory (flat byte >>> DIRTY_SHIFT): nonzero when simulated code may have stored there since the last reset. */
  readonly dirty: Uint8Array;
  /** Set by a machine that keeps `dirty`; otherwise a reset assumes the worst of the data pages. */
  tracksDirty = false;
  /** Counts changes of the mapping: whoever caches translations compares it. */
  mappingVersion = 0;

  constructor(pages: number) {
    this.pages = pages;
    this.words = new Int32Array(pages * PAGE_WORDS);
    this.bytes = new Uint8Array(this.words.buffer);
    this.pointKind = new Uint8Array(pages * PAGE_WORDS);
    this.pointData = new Int32Array(pages * PAGE_WORDS);
    this.textTag = new Uint8Array(pages * PAGE_WORDS);
    this.dirty = new Uint8Array(pages << (PAGE_SHIFT - DIRTY_SHIFT));
    this.pageHi = new Int32Array(pages);
    this.pageLo = new Int32Array(pages);
    this.pageAccess = new Uint8Array(pages);
  }

  /** Maps flat page `page` at `address` (aligned to PAGE_BYTES). */
  map(page: number, address: bigint, access: number): void {
    this.pageHi[page] = Number(BigInt.asIntN(32, address >> 32n));
    this.pageLo[page] = Number(BigInt.asIntN(32, address));
    this.pageAccess[page] = access;
    this.mappingVersion++;
  }

  unmap(page: number): void {
    this.pageAccess[page] = ACCESS.NONE;
    this.mappingVersion++;
  }

  /** The flat byte offset of an address, or -1 when nothing is mapped there. Slow: the machine has its own look-aside. */
  flatByte(hi: number, lo: number): number {
    const base = lo & -PAGE_BYTES;
    for (let page = 0; page < this.pages; page++) {
      if (this.pageAccess[page] !== ACCESS.NONE && this.pageLo[page] === base && this.pageHi[page] === hi) {
        return page * PAGE_BYTES + (lo & (PAGE_BYTES - 1));
      }
    }
    return -1;
  }

  /** The address of a flat byte offset, 64-bit unsigned. */
  addressOf(flatByte: number): bigint {
    const page = flatByte >>> PAGE_SHIFT;
    // A page's base is a multiple of its size.
    halves[0] = this.pageLo[page]! | flatByte & (PAGE_BYTES - 1);
    halves[1] = this.pageHi[page]!;
    return whole[0]!;
  }
}
