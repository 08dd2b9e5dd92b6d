/**
 * What an instruction would do where the machine stands, without doing it; so that two words can be compared at one place: in the registers, the memory and
 * the next address that each of them leaves.
 */
import { BIGINT } from '../isa/bigint.ts';
import { decode } from '../isa/decode.ts';
import type { Width } from '../isa/state.ts';
import type { Core } from './core.ts';
import { high, join, low } from './halves.ts';
import { RegisterState } from './meaning.ts';
import { MSR_PAIR, REGISTERS } from './registers.ts';

/** Thrown out of a meaning when an access is refused. */
const REFUSED = new Error('refused');
/** Primary opcodes of stores with a displacement that change no register: std (with stdu and stq, told by the last two bits), stw, stb, sth. */
const STD = 62, STORES: Readonly<Record<number, number>> = { [STD]: 8, 36: 4, 38: 1, 44: 2 };
/** Primary opcode of bclr and bcctr: the only one, of those that branch, whose target is in a register. */
const INDIRECT = 19;

export class Effect extends RegisterState {
  readonly #core: Core;
  #word = 0;
  /** Of a load or store; 0: none. */
  #loaded = 0;
  #stored = 0;
  #address = 0n;
  #value = 0n;
  /** It completes: no trap, no access that is refused, nothing of MSR changed. */
  #completes = false;

  constructor(core: Core) {
    super(new Int32Array(REGISTERS));
    this.#core = core;
  }

  /** Of `word`, as the instruction at the core's pc. */
  of(word: number): this {
    const { regs } = this.#core;
    this.regs.set(regs);
    this.#word = word;
    this.#loaded = this.#stored = 0;
    this.branched = this.trapped = false;
    const row = decode(word);
    // What is asked about at the word that rfid returns to is the core's own business.
    this.#completes = row !== undefined && row.mnemonic !== 'rfid';
    if (row === undefined) return this;
    try {
      row.meaning(BIGINT, this, word);
    } catch (error) {
      if (error !== REFUSED) throw error;
      this.#completes = false;
    }
    if (this.trapped || this.regs[MSR_PAIR] !== regs[MSR_PAIR] || this.regs[MSR_PAIR + 1] !== regs[MSR_PAIR + 1]) this.#completes = false;
    return this;
  }

  load(address: bigint, bytes: Width): bigint {
    this.#loaded = bytes;
    this.#address = address;
    return this.#at(address, bytes);
  }

  store(address: bigint, bytes: Width, value: bigint): void {
    this.#stored = bytes;
    this.#address = address;
    this.#value = BIGINT.and(value, BIGINT.shiftRight(BIGINT.small(-1), BigInt(64 - 8 * bytes)));
  }

  cia(): bigint {
    return this.#core.addressOfPc();
  }

  /**
   * Would `other`, in this one's place, leave everything as this one does, for the rest of the run and for whoever watches it? Both are `of` the same place. `other` must
   * read no memory that this one does not read or write, so that what the rest of the run needs of memory (trial/liveness.ts) is the same; must
   * store no byte that this one does not store; and where a store is watched, both must be the same store. What cannot be told is no.
   */
  isMatchedBy(other: Effect): boolean {
    if (!this.#completes || !other.#completes || !this.#goesOnAs(other) || !this.#storesAs(other)) return false;
    if (other.#loaded > 0 && !(this.#loaded > 0 && covers(this.#address, this.#loaded, other.#address, other.#loaded))) return false;
    for (let i = 0; i < REGISTERS; i++) if (this.regs[i] !== other.regs[i]) return false;
    return true;
  }

  /** Watchers ask of indirect branches where they land, of others they do not. */
  #goesOnAs(other: Effect): boolean {
    if (!this.branched && !other.branched) return true;
    return this.branched && other.branched && this.target === other.target && isIndirect(this.#word) === isIndirect(other.#word);
  }

  #storesAs(other: Effect): boolean {
    if (this.#stored === 0 || other.#stored === 0) return this.#stored === other.#stored;
    const address = this.#address;
    if (address === other.#address && this.#stored === other.#stored) return this.#value === other.#value;
    const inOne = (address & 7n) + BigInt(this.#stored) <= 8n && covers(address, this.#stored, other.#address, other.#stored);
    return inOne && !this.#isWatched() && this.#after() === other.#after(address, this.#stored);
  }

  #isWatched(): boolean {
    const flat = this.#core.flat(high(this.#address), low(this.#address));
    return flat < 0 || this.#core.marks[flat >>> 3] !== 0;
  }

  /** What is in these bytes, all of one doubleword, after the store. */
  #after(from = this.#address, bytes = this.#stored): bigint {
    const shift = 8n * (this.#address - from), mask = ((1n << BigInt(8 * this.#stored)) - 1n) << shift;
    return this.#at(from, bytes) & ~mask | this.#value << shift;
  }

  #at(address: bigint, bytes: number): bigint {
    const core = this.#core;
    if (!core.loadBytes(high(address), low(address), bytes)) throw REFUSED;
    return join(core.valueHi, core.valueLo);
  }
}

/** Bytes of a store `D(RA)` or `DS(RA)` that changes no register; 0: something else. */
const plainStore = (word: number): number => (word >>> 26 === STD && (word & 3) !== 0 ? 0 : STORES[word >>> 26] ?? 0);
const sourceOf = (word: number): number => word >>> 21 & 31;
/** Base and displacement. */
const placeOf = (word: number): number => word & 0x1fffff;

/**
 * What `isMatchedBy` says of two effects at the core's pc, where it can be had without them: two stores to one doubleword, of another register or of its lower half
 * alone. undefined: it cannot. For speed; most words that stand in for another are such.
 */
export function sameStore(core: Core, word: number, other: number): boolean | undefined {
  if (plainStore(word) !== 8 || placeOf(word) !== placeOf(other)) return undefined;
  const { regs, space: { words } } = core, own = 2 * sourceOf(word), its = 2 * sourceOf(other);
  if (regs[own + 1] !== regs[its + 1]) return plainStore(other) === 8 || plainStore(other) === 4 ? false : undefined;
  if (plainStore(other) === 8) return regs[own] === regs[its];
  if (plainStore(other) !== 4) return undefined;
  const base = (word >>> 16 & 31) * 2, d = word << 16 >> 16, l = base === 0 ? 0 : regs[base + 1]!, lo = (l + d) | 0;
  const hi = ((base === 0 ? 0 : regs[base]!) + (d >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0, flat = core.flat(hi, lo);
  return flat < 0 || (flat & 7) !== 0 || core.marks[flat >>> 3] !== 0 ? undefined : words[(flat >>> 2) + 1] === regs[own];
}

const covers = (outer: bigint, bytes: number, inner: bigint, most: number): boolean =>
  inner >= outer && inner + BigInt(most) <= outer + BigInt(bytes);
const isIndirect = (word: number): boolean => word >>> 26 === INDIRECT;
