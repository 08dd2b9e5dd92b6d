/** Memory put back where it was, at the price of what was written: by blocks that simulated code has stored into (AddressSpace.dirty). */
import { PAGE } from '../image/pages.ts';
import { DIRTY_SHIFT, PAGE_SHIFT } from '../image/space.ts';
import type { AddressSpace } from '../image/space.ts';

/** Blocks of memory (AddressSpace.dirty) in data pages. */
const BLOCKS = PAGE.TEXT << (PAGE_SHIFT - DIRTY_SHIFT);
const BLOCK_WORDS = 1 << (DIRTY_SHIFT - 2);

/** A copy of the data pages as the run without interrupts has them. */
export class Shadow {
  private readonly words: Int32Array[] = [];
  private readonly copy: Int32Array[] = [];
  private readonly dirty: Uint8Array;
  /** What was written to since the run began: whoever puts memory back before the next run wants to know. */
  private readonly ever = new Uint8Array(BLOCKS);

  constructor({ words, dirty }: AddressSpace) {
    this.dirty = dirty;
    const copy = new Int32Array(BLOCKS * BLOCK_WORDS);
    for (let block = 0; block < BLOCKS; block++) {
      this.words.push(words.subarray(block * BLOCK_WORDS, (block + 1) * BLOCK_WORDS));
      this.copy.push(copy.subarray(block * BLOCK_WORDS, (block + 1) * BLOCK_WORDS));
    }
  }

  /** A run has just begun. */
  begin(): void {
    this.ever.fill(0);
    for (let block = 0; block < BLOCKS; block++) {
      this.copy[block]!.set(this.words[block]!);
      this.ever[block] = this.dirty[block]!;
      this.dirty[block] = 0;
    }
  }

  /** What was written since is how it should be. */
  keep(): void {
    for (let block = 0; block < BLOCKS; block++) if (this.dirty[block] !== 0) this.copy[block]!.set(this.words[block]!);
    this.noted();
  }

  /** What was written since is undone. */
  undo(): void {
    for (let block = 0; block < BLOCKS; block++) if (this.dirty[block] !== 0) this.words[block]!.set(this.copy[block]!);
    this.noted();
  }

  /** What was written since is as it was; only take note that it was. */
  noted(): void {
    for (let block = 0; block < BLOCKS; block++) {
      if (this.dirty[block] === 0) continue;
      this.ever[block] = 1;
      this.dirty[block] = 0;
    }
  }

  /** The run ends, or is given up: the space knows again what was written to. */
  end(): void {
    for (let block = 0; block < BLOCKS; block++) this.dirty[block]! |= this.ever[block]!;
  }
}
