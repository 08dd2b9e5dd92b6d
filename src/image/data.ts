/**
 * The modules' data pages: everything is poison but the function pointers that this module's stubs and indirect calls load
 * (`struct ppc64_stub_entry`'s funcdata, arch/powerpc/kernel/module_64.c; a .toc entry for a pointer). Offsets are from the page's
 * base, which is the TOC pointer less TOC_BIAS.
 *
 *  0x0000  512 TOC words that bodies load, all poison
 *  0x1000  the GEP of function i of the scenario at 0x1000 + 8i, where this module needs it; behind them that of `schedule`
 */
import { ADDRESSES, SCHEDULE_OFFSET, TOC_BIAS } from '../kernel/layout.ts';
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

/** The same of `schedule`, which lies where it lies under every strategy. */
export const SCHEDULE_POINTER = pointerOffset(BOUNDS.functions);
const SCHEDULE = ADDRESSES.KERNEL_CORE + BigInt(SCHEDULE_OFFSET);
const SCHEDULE_HI = Number(BigInt.asIntN(32, SCHEDULE >> 32n)), SCHEDULE_LO = Number(BigInt.asIntN(32, SCHEDULE));

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

  /** Modules, as bits, that have the pointer to `schedule`. */
  #schedule = 0;

  /** Poisons a module's whole page. */
  restore(module: number): void {
    const words = this.#words, base = dataPage(module) * PAGE_WORDS;
    for (let i = 0; i < PAGE_WORDS; i += 2) {
      words[base + i] = 4 * i + 2 * module + 1;
      words[base + i + 1] = POISON_HI;
    }
    this.#present[module] = 0;
    this.#schedule &= ~(1 << module);
  }

  /** Poisons what `setPointer` wrote. */
  clear(): void {
    for (let module = 0; module < MODULES.length; module++) {
      const present = this.#present[module]!;
      if (present === 0) continue;
      for (let fn = 0; fn < BOUNDS.functions; fn++) {
        if ((present >>> fn & 1) === 0) continue;
        this.#poison(module, fn);
      }
      this.#present[module] = 0;
    }
    for (let rest = this.#schedule; rest !== 0; rest &= rest - 1) this.#poison(31 - Math.clz32(rest & -rest), BOUNDS.functions);
    this.#schedule = 0;
  }

  #poison(module: number, index: number): void {
    const at = dataPage(module) * PAGE_WORDS + (POINTERS >> 2) + 2 * index;
    this.#words[at] = POINTERS + 8 * index + 2 * module + 1;
    this.#words[at + 1] = POISON_HI;
  }

  /** Gives `module` the pointer to `schedule`. */
  needSchedule(module: number): void {
    this.#schedule |= 1 << module;
    this.setPointer(module, BOUNDS.functions, SCHEDULE_HI, SCHEDULE_LO);
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
