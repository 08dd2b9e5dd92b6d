/**
 * A small seeded generator and the random operands of instructions. The same seed gives the same numbers
 * on every machine. Source of the generator: splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
 * Number Generators, 2014), in its 32-bit variant.
 */
import type { Instruction } from '../isa/table.ts';
import type { Operand } from '../isa/fields.ts';

export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 0;
  }
  /** 0 to 2^32-1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let z = this.#state;
    z = Math.imul(z ^ z >>> 16, 0x21f0aaad);
    z = Math.imul(z ^ z >>> 15, 0x735a2d97);
    return (z ^ z >>> 15) >>> 0;
  }
  /** 0 to bound-1. */
  below(bound: number): number {
    return this.next() % bound;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
  /** A 64-bit value, often at an edge of some width. */
  word(): bigint {
    const any = BigInt(this.next()) << 32n | BigInt(this.next());
    switch (this.below(8)) {
      case 0: return BigInt.asUintN(64, EDGES[this.below(EDGES.length)] as bigint);
      case 1: return BigInt.asUintN(64, BigInt(this.below(256)) - 128n);
      case 2: return BigInt.asUintN(64, (EDGES[this.below(EDGES.length)] as bigint) + BigInt(this.below(5)) - 2n);
      case 3: return any & 0xffffffffn;
      case 4: return BigInt.asUintN(64, BigInt.asIntN(32, any));
      case 5: return 1n << (any & 63n);
      default: return any;
    }
  }
}

const EDGES: readonly bigint[] = [
  0n, 1n, -1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 0x7fffffffffffffffn, 0x8000000000000000n,
  -0x80000000n, 0x7fffn, 0x8000n, 0xffffn, -0x8000n,
];

/** The special purpose registers of the subset. */
export const USER_SPRS: readonly number[] = [1, 8, 9];
const SPRS: readonly number[] = [...USER_SPRS, 26, 27, 272, 273, 274, 275];

/** A value within the operand's bounds, at an edge now and then. */
export function randomOperand(random: Random, operand: Operand, sprs: readonly number[] = SPRS): number {
  if (operand.name === 'SPR') return random.pick(sprs);
  if (operand.name === 'FXM' && random.below(2) === 0) return 1 << random.below(8);
  const steps = (operand.max - operand.min) / operand.multiple + 1;
  switch (random.below(12)) {
    case 0: return operand.min;
    case 1: return operand.max;
    case 2: if (operand.min < 0) return -operand.multiple; break;
    default:
  }
  return operand.min + operand.multiple * random.below(steps);
}

/** Random operands of a row that make a valid form. */
export function randomWord(random: Random, entry: Instruction, sprs: readonly number[] = SPRS): { word: number; values: number[] } {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const values = entry.operands.map((operand) => randomOperand(random, operand, sprs));
    const word = entry.operands.reduce((bits, operand, i) => bits | operand.insert(values[i] as number), entry.match) >>> 0;
    if (entry.valid === undefined || entry.valid(word)) return { word, values };
  }
  throw new Error(`no valid operands of ${entry.mnemonic} found`);
}
