/**
 * For measurements only: a plain interpreter with bigint registers, decoded once, in the way one would write it without halves. It knows the
 * instructions of the loop in bench.ts and throws at any other; `run` has no checks that the engine does not have.
 */
import * as f from '../isa/fields.ts';
import { decode } from '../isa/decode.ts';
import type { AddressSpace } from '../image/space.ts';
import { SpaceMemory } from './reference.ts';

/** Labels of the switch in `run`, there as literals. */
const Kind = {
  MOVE: 0, ADD_CONSTANT: 1, ADD: 2, OR_CONSTANT: 3, COMPARE: 4, LOAD: 5, STORE: 6, STORE_UPDATE: 7, BRANCH: 8, CALL: 9, CONDITIONAL: 10,
  TO_LR: 11, CALL_CTR: 12,
} as const;

/** Registers by number: GPRs, then LR, CTR, and a zero. */
const LR = 32, CTR = 33, ZERO = 34;

interface Decoded { readonly kind: number; readonly a: number; readonly b: number; readonly c: number; readonly constant: bigint }

const SPR: Readonly<Record<number, number>> = { 8: LR, 9: CTR };
const word = (value: bigint): bigint => BigInt.asUintN(64, value);

export class PlainBigInt {
  readonly gprs: bigint[] = new Array<bigint>(35).fill(0n);
  /** CR0 only: less, greater, equal. */
  less = false;
  greater = false;
  equal = false;
  /** Index of the next instruction from the base. */
  pc = 0;
  readonly #memory: SpaceMemory;
  readonly #base: bigint;
  readonly #space: AddressSpace;
  readonly #decoded: Decoded[] = [];

  /** Text is the space's flat page 0, which lies at `base`. */
  constructor(space: AddressSpace, base: bigint) {
    this.#space = space;
    this.#memory = new SpaceMemory(space);
    this.#base = base;
  }

  #decode(pc: number): Decoded {
    const w = this.#space.words[pc]!, name = decode(w)?.mnemonic ?? 'none';
    const a = f.rt(w), b = f.ra(w), b0 = b === 0 ? ZERO : b;
    const make = (kind: number, x: number, y: number, z = 0, constant = 0n): Decoded => ({ kind, a: x, b: y, c: z, constant: word(constant) });
    switch (name) {
      case 'addi': return make(Kind.ADD_CONSTANT, a, b0, 0, BigInt(f.si(w)));
      case 'addis': return make(Kind.ADD_CONSTANT, a, b0, 0, BigInt(f.si(w) << 16));
      case 'add': return make(Kind.ADD, a, b, f.rb(w));
      case 'or': return make(Kind.MOVE, b, a);
      case 'ori': return make(Kind.OR_CONSTANT, b, a, 0, BigInt(f.ui(w)));
      case 'cmpdi': return make(Kind.COMPARE, 0, b, 0, BigInt(f.si(w)));
      case 'ld': return make(Kind.LOAD, a, b0, 0, BigInt(f.ds(w)));
      case 'std': return make(Kind.STORE, a, b0, 0, BigInt(f.ds(w)));
      case 'stdu': return make(Kind.STORE_UPDATE, a, b, 0, BigInt(f.ds(w)));
      case 'mtspr': return make(Kind.MOVE, SPR[f.spr(w)]!, a);
      case 'mfspr': return make(Kind.MOVE, a, SPR[f.spr(w)]!);
      case 'b': return make(Kind.BRANCH, pc + (f.li(w) >> 2), 0);
      case 'bl': return make(Kind.CALL, pc + (f.li(w) >> 2), 0);
      case 'bc': return make(Kind.CONDITIONAL, pc + (f.bd(w) >> 2), f.bi(w), f.bo(w) & 8);
      case 'bclr': return make(Kind.TO_LR, 0, LR);
      case 'bcctrl': return make(Kind.CALL_CTR, 0, CTR);
      default: throw new RangeError(`${name} is not in the loop`);
    }
  }

  /** Executes `count` instructions. */
  run(count: number): void {
    const { gprs } = this, decoded = this.#decoded, memory = this.#memory, base = this.#base;
    let pc = this.pc;
    for (let left = count; left > 0; left--) {
      const at = decoded[pc] ??= this.#decode(pc);
      const { a, b } = at;
      pc++;
      switch (at.kind) {
        case 0: gprs[a] = gprs[b]!; break;
        case 1: gprs[a] = BigInt.asUintN(64, gprs[b]! + at.constant); break;
        case 2: gprs[a] = BigInt.asUintN(64, gprs[b]! + gprs[at.c]!); break;
        case 3: gprs[a] = gprs[b]! | at.constant; break;
        case 4: {
          const x = BigInt.asIntN(64, gprs[b]!), y = BigInt.asIntN(64, at.constant);
          this.less = x < y;
          this.greater = x > y;
          this.equal = x === y;
          break;
        }
        case 5: gprs[a] = memory.load(BigInt.asUintN(64, gprs[b]! + at.constant), 8); break;
        case 6: memory.store(BigInt.asUintN(64, gprs[b]! + at.constant), 8, gprs[a]!); break;
        case 7: {
          const address = BigInt.asUintN(64, gprs[b]! + at.constant);
          memory.store(address, 8, gprs[a]!);
          gprs[b] = address;
          break;
        }
        case 8: pc = a; break;
        case 9: gprs[LR] = base + BigInt(4 * pc); pc = a; break;
        case 10: if ((b === 0 ? this.less : b === 1 ? this.greater : this.equal) === (at.c !== 0)) pc = a; break;
        case 11: pc = Number(gprs[LR]! - base) >> 2; break;
        default: {
          const target = gprs[CTR]!;
          gprs[LR] = base + BigInt(4 * pc);
          pc = Number(target - base) >> 2;
        }
      }
    }
    this.pc = pc;
  }
}
