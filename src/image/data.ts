/**
 * The modules' data pages: everything is poison but the function pointers that this module's stubs and indirect calls load
 * (`struct ppc64_stub_entry`'s funcdata, arch/powerpc/kernel/module_64.c; a .toc entry for a pointer). Offsets are from the page's
 * base, which is the TOC pointer less TOC_BIAS.
 *
 *  0x0000  512 TOC words that bodies load, all poison
 *  0x1000  the GEP of function i of the scenario at 0x1000 + 8i, where this module needs it
 */
import { TOC_BIAS } from '../kernel/layout.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { dataPage } from './pages.ts';
import { MODULES } from './program.ts';
import type { AddressSpace } from './space.ts';
import { PAGE_WORDS } from './space.ts';

const POINTERS = 0x1000;
const BASE = -Number(TOC_BIAS);
/** Offset from the TOC pointer of TOC word `index` (any number; there are 512). */
export const tocWordOffset = (index: number): number => BASE + 8 * (index & 511);
/** Offset from the TOC pointer of the pointer to function `index`. */
export const pointerOffset = (index: number): number => BASE + POINTERS + 8 * index;

/** High half of every poison doubleword; the low half is 8 * index + module * 2 + 1: nothing is mapped there, and it is odd. */
const POISON_HI = 0x0bad0000;

export class DataPages {
  readonly #words: Int32Array;
  /** Per module a bit for each function whose pointer is present. */
  readonly #present = new Int32Array(MODULES.length);

  constructor(space: AddressSpace) {
    this.#words = space.words;
    for (let module = 0; module < MODULES.length; module++) this.restore(module);
  }

  /** Poisons a module's whole page. */
  restore(module: number): void {
    const words = this.#words, base = dataPage(module) * PAGE_WORDS;
    for (let i = 0; i < PAGE_WORDS; i += 2) {
      words[base + i] = 4 * i + 2 * module + 1;
      words[base + i + 1] = POISON_HI;
    }
    this.#present[module] = 0;
  }

  /** Poisons what `setPointer` wrote. */
  clear(): void {
    for (let module = 0; module < MODULES.length; module++) {
      const present = this.#present[module]!;
      if (present === 0) continue;
      for (let fn = 0; fn < BOUNDS.functions; fn++) {
        if ((present >>> fn & 1) === 0) continue;
        const at = dataPage(module) * PAGE_WORDS + (POINTERS >> 2) + 2 * fn;
        this.#words[at] = POINTERS + 8 * fn + 2 * module + 1;
        this.#words[at + 1] = POISON_HI;
      }
      this.#present[module] = 0;
    }
  }

  /** Says that `module` needs a pointer to function `fn`; `setPointers` writes it. */
  need(module: number, fn: number): void {
    this.#present[module]! |= 1 << fn;
  }

  needed(module: number): number {
    return this.#present[module]!;
  }

  setPointer(module: number, fn: number, hi: number, lo: number): void {
    const at = dataPage(module) * PAGE_WORDS + (POINTERS >> 2) + 2 * fn;
    this.#words[at] = lo;
    this.#words[at + 1] = hi;
  }
}
