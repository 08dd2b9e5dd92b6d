/**
 * The state that the engine works on and everything about it that is not the meaning of an instruction: registers, address
 * translation, memory accesses off the fast path, what is decoded, and how a run stops. Power ISA 2.07B, Book I 1.10 (storage
 * addressing), little-endian, any alignment; where it departs from the book: one flat set of pages instead of page tables.
 */
import { POINT, TEXT } from '../image/points.ts';
import { MODULES } from '../image/program.ts';
import { ACCESS, DIRTY_SHIFT, PAGE_SHIFT } from '../image/space.ts';
import type { AddressSpace } from '../image/space.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { join } from './halves.ts';
import type { Observer, Stop } from './observer.ts';
import { CA, CR, MSR_PAIR, OV, REGISTERS, RESET_MSR_HI, RESET_MSR_LO, SO } from './registers.ts';

/** Entries of the look-aside table, a power of two; each is LOOK_STRIDE numbers of `look`. */
export const LOOK_ENTRIES = 128;
/** Multiplier of the look-aside hash; a test shows that no two pages of the layout share an entry. */
export const LOOK_HASH = 0xf283e605 | 0;
const OFFSET = PAGE_BYTES - 1;
/** A tag that no address can have: bit 4 is in neither the page number nor an alignment. */
const NO_TAG = 16;

/** One bit per point kind at which an indirect branch may land. */
const LANDING = 1 << POINT.LAND | 1 << POINT.LAND_RESUME | 1 << POINT.ENTRY_GLOBAL | 1 << POINT.ENTRY_SINGLE | 1 << POINT.MCOUNT_RETURN;

const BUDGET: Stop = { kind: 'budget' };
const YIELD: Stop = { kind: 'yield' };

/** Watches nothing. */
export const SILENT: Observer = { point: () => false, markedStore: () => false, wildLanding: () => false };

export abstract class Core {
  readonly space: AddressSpace;
  /** All registers; indexes in registers.ts. */
  readonly regs = new Int32Array(REGISTERS);
  /** Four numbers for each word of the space: operation (0: not decoded), and three operands. */
  readonly code: Int32Array;
  /** The operation of a word that is decoded as WATCH or KEPT; with WRITES_KEPT in it where it is both. */
  readonly under: Uint8Array;
  /** The operation of a word that is decoded as SITE. Empty while there is none. */
  beneath = new Uint8Array(0);
  /** Called before a word that `marksSite` was told of, each time it is come to: twice where a point there stops the run. `pc` is set; registers and memory are not to be changed. */
  site: (pc: number) => void = () => undefined;
  /** One per doubleword of the space: nonzero asks `observer.markedStore` before a store that touches it. */
  readonly marks: Uint8Array;
  /** Look-aside: per entry high half, page base (low half), flat word of the page, page base again when it may be written. */
  readonly look = new Int32Array(4 * LOOK_ENTRIES);
  observer: Observer = SILENT;
  /** TOC pointers by module (image/program.ts, MODULES), as halves: a TOC_USE is announced only where r2 differs. */
  readonly toc = new Int32Array(2 * MODULES.length);
  /** Bit n, 13 to 31: an instruction was executed that may have written GPR n. Other bits mean nothing. Whoever keeps account of it clears it. */
  get written(): number { return this.noted[0]!; }
  set written(bits: number) { this.noted[0] = bits; }
  /** `written` is its first number. An array, so that the loop notes a register in one instruction; no smaller, because V8 moves arrays of up to 64 bytes about. */
  readonly noted = new Int32Array(32);
  /** The HOOK_LABEL without data that was executed last, or -1: nobody is called for it. Whoever keeps account of it sets it back. */
  passed = -1;

  /** The CPU that executes: whose PACA the processor's own part of an interrupt writes to. */
  cpu = 0;
  /** Flat word index of the next instruction. */
  pc = 0;
  /** Instructions executed since reset. */
  instructions = 0;
  /** The word whose point has been announced but which has not been executed, or -1. See `execute`. */
  asked = -1;
  /** Becomes `asked` when the next rfid returns to this word; else it is dropped. Set at the end of an interrupt. */
  askedOnReturn = -1;
  /** The word whose marked store or wild landing has been announced with a yield, or -1. */
  askedEffect = -1;
  /** Result of `loadBytes`. */
  valueHi = 0;
  valueLo = 0;
  /** Stop, with a yield, before a store into text. It sets itself back then; the next run makes the store. */
  wary = false;
  /** Why a slow routine refused. */
  stop: Stop = BUDGET;

  /** A flat page known to be mapped as text, under the mapping last taken note of; or -1. */
  protected fetchable = -1;

  /** Nonzero: the word is a site. Empty while there is none. */
  #sites = new Uint8Array(0);
  #checks = true;
  #mapping = -1;

  constructor(space: AddressSpace) {
    this.space = space;
    space.tracksDirty = true;
    const words = space.words.length;
    this.code = new Int32Array(4 * words);
    this.under = new Uint8Array(words);
    for (let e = 0; e < this.look.length; e += 4) this.look[e + 1] = this.look[e + 3] = NO_TAG;
    this.marks = new Uint8Array(words >>> 1);
    this.reset();
  }

  /** All registers zero but MSR; counts from 0. Memory, marks and decoding stay. */
  reset(): void {
    this.regs.fill(0);
    this.regs[MSR_PAIR] = RESET_MSR_HI;
    this.regs[MSR_PAIR + 1] = RESET_MSR_LO;
    this.pc = 0;
    this.cpu = 0;
    this.instructions = 0;
    this.asked = this.askedOnReturn = this.askedEffect = this.passed = -1;
  }

  /** Condition register, signed 32 bits, cr0 highest. */
  get cr(): number { return this.regs[CR]!; }
  set cr(value: number) { this.regs[CR] = value; }
  /** XER flags, 0 or 1. */
  get so(): number { return this.regs[SO]!; }
  set so(value: number) { this.regs[SO] = value; }
  get ov(): number { return this.regs[OV]!; }
  set ov(value: number) { this.regs[OV] = value; }
  get ca(): number { return this.regs[CA]!; }
  set ca(value: number) { this.regs[CA] = value; }

  /**
   * Off: only points that the run needs are announced (host callback, done, control hook, what interrupts are anchored to), and landings are
   * not looked at. The same instructions are executed.
   * A change undoes all decoding.
   */
  get checks(): boolean { return this.#checks; }
  set checks(value: boolean) {
    if (value === this.#checks) return;
    this.#checks = value;
    this.undecode(0, this.space.words.length);
  }

  /** Forgets the decoded forms of flat words [from, to): their text, their points or `checks` changed. */
  undecode(from: number, to: number): void {
    const code = this.code;
    for (let i = from << 2; i < to << 2; i += 4) code[i] = 0;
  }

  /** From now on `site` is called at this word. */
  marksSite(pc: number): void {
    if (this.#sites.length === 0) {
      this.#sites = new Uint8Array(this.space.words.length);
      this.beneath = new Uint8Array(this.space.words.length);
    }
    this.#sites[pc] = 1;
    this.undecode(pc, pc + 1);
  }

  isSite(pc: number): boolean {
    return this.#sites.length > 0 && this.#sites[pc] !== 0;
  }

  /** Decodes the word at pc; returns its operation. */
  abstract decodeAt(pc: number): number;

  /**
   * Takes note of a changed mapping. Called at the start of each run: a mapping may change between runs only. Decoded forms know no
   * addresses, so they stay.
   */
  synchronise(): void {
    const space = this.space;
    if (this.#mapping === space.mappingVersion) return;
    this.#mapping = space.mappingVersion;
    this.fetchable = -1;
    const look = this.look;
    for (let e = 0; e < look.length; e += 4) {
      if (look[e + 1] === NO_TAG) continue;
      const page = look[e + 2]! >>> (PAGE_SHIFT - 2), access = space.pageAccess[page];
      const base = access !== ACCESS.NONE && space.pageHi[page] === look[e] && space.pageLo[page] === look[e + 1] ? look[e + 1]! : NO_TAG;
      look[e + 1] = base;
      look[e + 3] = access === ACCESS.DATA ? base : NO_TAG;
    }
  }

  /** Flat byte offset of an address, or -1. */
  flat(hi: number, lo: number): number {
    const e = (Math.imul((lo >>> PAGE_SHIFT) ^ hi, LOOK_HASH) >>> 25) << 2;
    const look = this.look;
    const base = lo & ~OFFSET;
    if (look[e] !== hi || look[e + 1] !== base) {
      const found = this.space.flatByte(hi, base);
      if (found < 0) return -1;
      look[e] = hi;
      look[e + 1] = base;
      look[e + 2] = found >>> 2;
      look[e + 3] = this.space.pageAccess[found >>> PAGE_SHIFT] === ACCESS.DATA ? base : NO_TAG;
    }
    return (look[e + 2]! << 2) + (lo & OFFSET);
  }

  /** Flat word of text at an address, or -1 when nothing can be fetched there. The low two bits of lo are ignored. */
  fetch(hi: number, lo: number): number {
    const flat = this.flat(hi, lo);
    return flat >= 0 && this.space.pageAccess[flat >>> PAGE_SHIFT] === ACCESS.TEXT ? flat >>> 2 : -1;
  }

  /** Loads 1, 2, 4 or 8 bytes, zero-extended, into valueHi, valueLo. False: bad access, `stop` says it. */
  loadBytes(hi: number, lo: number, bytes: number): boolean {
    const flat = this.flat(hi, lo);
    const offset = lo & OFFSET;
    if (flat < 0) return this.refuse(hi, lo, false);
    if (offset + bytes > PAGE_BYTES) return this.#loadAcross(hi, lo, bytes, flat);
    const { words, bytes: memory } = this.space;
    let high = 0, low = 0;
    if (bytes === 8) {
      if ((flat & 3) === 0) {
        low = words[flat >>> 2]!;
        high = words[(flat >>> 2) + 1]!;
      } else {
        low = word(memory, flat);
        high = word(memory, flat + 4);
      }
    } else if (bytes === 4) low = (flat & 3) === 0 ? words[flat >>> 2]! : word(memory, flat);
    else if (bytes === 2) low = memory[flat]! | memory[flat + 1]! << 8;
    else low = memory[flat]!;
    this.valueHi = high;
    this.valueLo = low;
    return true;
  }

  #loadAcross(hi: number, lo: number, bytes: number, flat: number): boolean {
    const next = this.#nextPage(hi, lo);
    if (next < 0) return this.refuse(hi, lo, false);
    const first = PAGE_BYTES - (lo & OFFSET);
    const memory = this.space.bytes;
    let high = 0, low = 0;
    for (let k = bytes - 1; k >= 0; k--) {
      high = high << 8 | low >>> 24;
      low = low << 8 | memory[k < first ? flat + k : next + k - first]!;
    }
    this.valueHi = high;
    this.valueLo = low;
    return true;
  }

  /** Flat byte offset of the page behind the one of this address, or -1. */
  #nextPage(hi: number, lo: number): number {
    const base = ((lo & ~OFFSET) + PAGE_BYTES) | 0;
    return this.flat((base === 0 ? hi + 1 : hi) | 0, base);
  }

  /**
   * Stores the low 1, 2, 4 or 8 bytes of the value; asks the observer where the place is marked; undoes the decoding of text.
   * False: bad access or the observer stops the run; `stop` says which, and nothing has been stored.
   */
  storeBytes(hi: number, lo: number, bytes: number, valueHi: number, valueLo: number): boolean {
    const flat = this.flat(hi, lo);
    if (flat < 0) return this.refuse(hi, lo, true);
    const first = Math.min(bytes, PAGE_BYTES - (lo & OFFSET));
    const next = first < bytes ? this.#nextPage(hi, lo) : -1;
    if (first < bytes && next < 0) return this.refuse(hi, lo, true);
    if (this.wary && (this.#isText(flat) || (next >= 0 && this.#isText(next)))) {
      this.wary = false;
      this.asked = this.pc;
      this.stop = YIELD;
      return false;
    }
    const marked = this.marks[flat >>> 3]! | this.marks[(flat + first - 1) >>> 3]! | (next < 0 ? 0 : this.marks[next >>> 3]!);
    if (marked !== 0 && this.refusesMarked(flat, bytes, valueHi, valueLo)) return false;
    const memory = this.space.bytes;
    for (let k = 0; k < bytes; k++) {
      memory[k < first ? flat + k : next + k - first] = k < 4 ? valueLo >>> (8 * k) : valueHi >>> (8 * k - 32);
    }
    this.#written(flat, first);
    if (next >= 0) this.#written(next, bytes - first);
    return true;
  }

  #isText(flat: number): boolean {
    return this.space.pageAccess[flat >>> PAGE_SHIFT] === ACCESS.TEXT;
  }

  #written(flat: number, bytes: number): void {
    this.space.dirty[flat >>> DIRTY_SHIFT] = 1;
    this.space.dirty[(flat + bytes - 1) >>> DIRTY_SHIFT] = 1;
    if (this.#isText(flat)) this.undecode(flat >>> 2, ((flat + bytes - 1) >>> 2) + 1);
  }

  /** Asks the observer about a store to a marked place by the instruction at pc. True: the run stops before the store. */
  refusesMarked(flat: number, bytes: number, hi: number, lo: number): boolean {
    if (this.askedEffect === this.pc) {
      this.askedEffect = -1;
      return false;
    }
    if (!this.observer.markedStore(this.pc, flat, bytes, hi, lo)) return false;
    this.#yieldBeforeEffect();
    return true;
  }

  #yieldBeforeEffect(): void {
    // Its point, if it has one, has been announced too.
    this.askedEffect = this.asked = this.pc;
    this.stop = YIELD;
  }

  /**
   * Where an indirect branch at pc to this address lands: flat word, or -1 when nothing can be fetched there or the observer, asked
   * about a landing without landing point in scenario text, stops the run (`stop`).
   */
  land(hi: number, lo: number): number {
    const flat = this.flat(hi, lo);
    const space = this.space;
    if (flat < 0 || space.pageAccess[flat >>> PAGE_SHIFT] !== ACCESS.TEXT) return this.refuseFetch(this.pc, hi, lo & ~3);
    const to = flat >>> 2;
    if ((LANDING >>> space.pointKind[to]! & 1) !== 0 || space.textTag[to]! > TEXT.STUB || !this.#checks) return to;
    if (this.askedEffect === this.pc) {
      this.askedEffect = -1;
      return to;
    }
    if (!this.observer.wildLanding(this.pc, to)) return to;
    this.#yieldBeforeEffect();
    return -1;
  }

  /** Notes a bad access by the instruction at pc; always false. */
  refuse(hi: number, lo: number, store: boolean): false {
    this.stop = { kind: 'bad-access', address: this.addressOfPc(), target: join(hi, lo), store };
    return false;
  }

  /** Notes a branch from the word `from` to an address where nothing can be fetched; always -1. */
  refuseFetch(from: number, hi: number, lo: number): -1 {
    this.stop = { kind: 'bad-fetch', address: join(hi, lo), from: this.space.addressOf(from << 2) };
    return -1;
  }

  /** Address of the next instruction. */
  addressOfPc(): bigint {
    return this.space.addressOf(this.pc << 2);
  }
}

/** Little-endian word at any flat byte offset. */
function word(memory: Uint8Array, flat: number): number {
  return memory[flat]! | memory[flat + 1]! << 8 | memory[flat + 2]! << 16 | memory[flat + 3]! << 24;
}
