/**
 * Does a run that takes too long go round in a circle? Brent's cycle finding (R. P. Brent, An improved Monte Carlo factorization
 * algorithm, BIT 20, 1980) over whole states: all registers, pc and all memory that the run has written to are compared, no hash is
 * trusted. A machine
 * whose state recurs, while nothing from outside acts on it, never ends.
 */
import { ACCESS, DIRTY_SHIFT, PAGE_SHIFT } from '../image/space.ts';
import type { Machine } from './machine.ts';

export type Progress =
  /** a state has recurred */
  | 'loop'
  /** it has not within the budget */
  | 'budget'
  /** `step` has ended the run */
  | 'ended';

const BLOCK_SHIFT = DIRTY_SHIFT - 2;
const BLOCK_WORDS = 1 << BLOCK_SHIFT;
/** Steps until the kept state is first replaced; then twice as many each time. */
const FIRST_STRETCH = 64;

/** A kept state. One object serves any number of runs of its machine. */
export class KeptState {
  readonly #machine: Machine;
  readonly #regs: Int32Array;
  readonly #words: Int32Array;
  /** Per block (AddressSpace.dirty): it is in #words. The others have not been written to in this run. */
  readonly #has: Uint8Array;
  #pc = -1;
  /** A step may announce a point and execute nothing: that is no recurrence. */
  #asked = -1;
  #outside = 0;
  /** The word that differed last: most likely it differs again. */
  #suspect = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#regs = new Int32Array(machine.regs.length);
    this.#words = new Int32Array(machine.space.words.length);
    this.#has = new Uint8Array(machine.space.dirty.length);
  }

  /** `outside`: whatever else decides how the run goes on, as one number. */
  keep(outside: number): void {
    this.#regs.set(this.#machine.regs);
    const { words, dirty, pageAccess } = this.#machine.space;
    for (let block = 0; block < dirty.length; block++) {
      const keep = dirty[block] !== 0 || pageAccess[block >>> PAGE_SHIFT - DIRTY_SHIFT] === ACCESS.DATA;
      this.#has[block] = keep ? 1 : 0;
      if (keep) this.#words.set(words.subarray(block * BLOCK_WORDS, (block + 1) * BLOCK_WORDS), block * BLOCK_WORDS);
    }
    this.#pc = this.#machine.pc;
    this.#asked = this.#machine.asked;
    this.#outside = outside;
  }

  /** Is the machine in the kept state? */
  recurs(outside: number): boolean {
    const machine = this.#machine;
    if (machine.pc !== this.#pc || machine.asked !== this.#asked || outside !== this.#outside) return false;
    const { regs } = machine, { words, dirty } = machine.space, keptRegs = this.#regs, kept = this.#words;
    for (let i = 0; i < regs.length; i++) if (regs[i] !== keptRegs[i]) return false;
    if (this.#has[this.#suspect >>> BLOCK_SHIFT] !== 0 && words[this.#suspect] !== kept[this.#suspect]) return false;
    for (let block = 0; block < dirty.length; block++) {
      if (dirty[block] === 0) continue;
      // Text that was written to for the first time since.
      if (this.#has[block] === 0) return false;
      for (let i = block * BLOCK_WORDS; i < (block + 1) * BLOCK_WORDS; i++) {
        if (words[i] === kept[i]) continue;
        this.#suspect = i;
        return false;
      }
    }
    return true;
  }
}

/**
 * Steps on until a state recurs, `step` returns false (the run has ended), or `budget` steps have been made. A recurrence is
 * found within three times the steps to the end of the first round. `outside` is a number that changes whenever something
 * that is not in the machine (an interrupt still to come, a count kept by the host) would make the run go on differently.
 */
export function untilRepeat(kept: KeptState, step: () => boolean, budget: number, outside: () => number = () => 0): Progress {
  let stretch = FIRST_STRETCH, since = 0;
  kept.keep(outside());
  for (let steps = 0; steps < budget; steps++) {
    if (!step()) return 'ended';
    if (kept.recurs(outside())) return 'loop';
    if (++since === stretch) {
      kept.keep(outside());
      since = 0;
      stretch *= 2;
    }
  }
  return 'budget';
}
