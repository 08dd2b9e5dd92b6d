/**
 * From word to table row. Every row is entered under its primary opcode, and where the low 11 bits take
 * part in its encoding under each combination of them that it allows; what is left to compare is short.
 * Source: Power ISA 2.07B, Book I, 1.6 and 1.8.
 */
import type { Instruction } from './instruction.ts';
import { INSTRUCTIONS } from './table.ts';

const LOW_BITS = 0x7ff;
const NONE: readonly Instruction[] = [];

/** Rows by primary opcode * 2048 + low 11 bits. */
const buckets: (readonly Instruction[])[] = new Array<readonly Instruction[]>(64 * 2048).fill(NONE);

for (const entry of INSTRUCTIONS) {
  const fixed = entry.mask & LOW_BITS;
  const free = LOW_BITS & ~fixed;
  const start = (entry.match >>> 26) * 2048 + (entry.match & LOW_BITS);
  // Places with the same rows share one list: lists of their own would be fifteen megabytes, made at each start.
  const longer = new Map<readonly Instruction[], readonly Instruction[]>();
  // All subsets of the free bits.
  for (let subset = free; ; subset = (subset - 1) & free) {
    const before = buckets[start + subset] ?? NONE, rows = longer.get(before) ?? [...before, entry];
    longer.set(before, rows);
    buckets[start + subset] = rows;
    if (subset === 0) break;
  }
}

/**
 * The table row of a word (unsigned or signed 32-bit), or undefined when the word is not modelled, has
 * reserved bits set, or is an invalid form (Book I, 1.8.2). Allocates nothing.
 */
export function decode(word: number): Instruction | undefined {
  const candidates = buckets[(word >>> 26) * 2048 + (word & LOW_BITS)] as readonly Instruction[];
  for (let i = 0; i < candidates.length; i++) {
    const entry = candidates[i] as Instruction;
    if ((word & entry.mask) >>> 0 === entry.match) {
      return entry.valid === undefined || entry.valid(word) ? entry : undefined;
    }
  }
  return undefined;
}
