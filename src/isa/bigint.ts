/**
 * The concrete domain over bigint, and the plain interpreter made of it and the table: the reference that
 * the fast engine and the processor emulator are compared with. Slow and obvious on purpose.
 * Source: Power ISA 2.07B, Book I, 1.3.4, 2.3 and 3.2.
 */
import { decode } from './decode.ts';
import type { Domain, Truth } from './domain.ts';
import type { Instruction } from './instruction.ts';
import { MSR_CHANGES } from './state.ts';
import type { Flag, Special, State, Width } from './state.ts';

const truth = (value: boolean): Truth => (value ? 'true' : 'false');
const word = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

/** 64-bit words as bigints from 0 to 2^64-1. Answers are never unknown. */
export const BIGINT: Domain<bigint> = {
  const: (hi, lo) => BigInt(hi >>> 0) << 32n | BigInt(lo >>> 0),
  small: (value) => word(BigInt(value)),
  add: (a, b) => word(a + b),
  sub: (a, b) => word(a - b),
  mul: (a, b) => word(a * b),
  mulHigh: (a, b) => word(signed(a) * signed(b) >> 64n),
  mulHighUnsigned: (a, b) => a * b >> 64n,
  div: (a, b) => word(signed(a) / signed(b)),
  divUnsigned: (a, b) => a / b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => word(~a),
  shiftLeft: (a, count) => word(a << (count & 127n)),
  shiftRight: (a, count) => a >> (count & 127n),
  shiftRightSigned: (a, count) => word(signed(a) >> (count & 127n)),
  rotateLeft: (a, count) => word(a << (count & 63n)) | a >> (64n - (count & 63n)),
  signExtend: (a, bytes) => word(BigInt.asIntN(8 * bytes, a)),
  zeroExtend: (a, bytes) => BigInt.asUintN(8 * bytes, a),
  countLeadingZeros: (a) => BigInt(a === 0n ? 64 : 64 - a.toString(2).length),
  populationCount: (a) => BigInt(a.toString(2).replaceAll('0', '').length),
  equal: (a, b) => truth(a === b),
  lessSigned: (a, b) => truth(signed(a) < signed(b)),
  lessUnsigned: (a, b) => truth(a < b),
  select: (condition, whenTrue, whenFalse) => {
    if (condition === 'unknown') throw new TypeError('unknown in a concrete domain');
    return condition === 'true' ? whenTrue : whenFalse;
  },
  undefinedOutside: (a, maskHi, maskLo) => a & BIGINT.const(maskHi, maskLo),
};

/** Memory of the reference interpreter: little-endian, byte-addressed, any alignment. */
export interface ReferenceMemory {
  /** `bytes` bytes at the address, zero-extended. Throws `MemoryFault` where nothing can be read. */
  load(address: bigint, bytes: Width): bigint;
  /** Writes the low `bytes` bytes of the value. Throws `MemoryFault` where nothing can be written. */
  store(address: bigint, bytes: Width, value: bigint): void;
}

/** An access that the memory refuses. */
export class MemoryFault extends Error {
  readonly address: bigint;
  constructor(address: bigint) {
    super(`no memory at 0x${address.toString(16)}`);
    this.name = 'MemoryFault';
    this.address = address;
  }
}

/** Bytes in a map; what was never written reads as 0. */
export class SparseMemory implements ReferenceMemory {
  readonly bytes = new Map<bigint, number>();
  load(address: bigint, bytes: Width): bigint {
    let value = 0n;
    for (let i = bytes - 1; i >= 0; i--) value = value << 8n | BigInt(this.bytes.get(word(address + BigInt(i))) ?? 0);
    return value;
  }
  store(address: bigint, bytes: Width, value: bigint): void {
    for (let i = 0; i < bytes; i++) this.bytes.set(word(address + BigInt(i)), Number(value >> BigInt(8 * i) & 255n));
  }
}

/** How a step ended. Everything but `stepped` leaves the program counter at the instruction. */
export type StepResult =
  | { readonly kind: 'stepped'; readonly instruction: Instruction }
  | { readonly kind: 'trap'; readonly address: bigint; readonly word: number }
  | { readonly kind: 'undecodable'; readonly address: bigint; readonly word: number }
  | { readonly kind: 'misaligned-fetch'; readonly address: bigint }
  | { readonly kind: 'memory-fault'; readonly address: bigint; readonly word: number; readonly at: bigint };

/** A processor with bigint registers that executes the table's meanings one by one. */
export class ReferenceCpu implements State<bigint> {
  /** GPRs, 0 to 2^64-1 each. */
  readonly gprs: bigint[] = new Array<bigint>(32).fill(0n);
  readonly specials: Record<Special, bigint> = {
    lr: 0n, ctr: 0n, byteCount: 0n, msr: 0x8000000000000001n, srr0: 0n, srr1: 0n, sprg0: 0n, sprg1: 0n, sprg2: 0n, sprg3: 0n,
  };
  /** Condition register, 32 bits unsigned, cr0 in the highest four. */
  cr = 0;
  so = false;
  ov = false;
  ca = false;
  /** Address of the next instruction to execute. */
  pc = 0n;
  readonly memory: ReferenceMemory;
  /** Finds the row of a word; a test may put another table here. */
  decode: (word: number) => Instruction | undefined = decode;
  /** MSR bits that may change; an instruction that changes another one is refused as `undecodable`. */
  msrChanges = BigInt(MSR_CHANGES);

  #next = 0n;
  #trapped = false;

  constructor(memory: ReferenceMemory = new SparseMemory()) {
    this.memory = memory;
  }

  gpr(index: number): bigint {
    return this.gprs[index] as bigint;
  }
  setGpr(index: number, value: bigint): void {
    this.gprs[index] = value;
  }
  special(name: Special): bigint {
    return this.specials[name];
  }
  setSpecial(name: Special, value: bigint): void {
    this.specials[name] = value;
  }
  crBit(index: number): Truth {
    return truth((this.cr >>> (31 - index) & 1) === 1);
  }
  setCrBit(index: number, value: Truth): void {
    const bit = 1 << (31 - index);
    this.cr = (definite(value) ? this.cr | bit : this.cr & ~bit) >>> 0;
  }
  flag(name: Flag): Truth {
    return truth(this[name]);
  }
  setFlag(name: Flag, value: Truth): void {
    this[name] = definite(value);
  }
  load(address: bigint, bytes: Width): bigint {
    return this.memory.load(address, bytes);
  }
  store(address: bigint, bytes: Width, value: bigint): void {
    this.memory.store(address, bytes, value);
  }
  cia(): bigint {
    return this.pc;
  }
  branch(target: bigint, condition: Truth): void {
    if (definite(condition)) this.#next = target;
  }
  trap(condition: Truth): void {
    if (definite(condition)) this.#trapped = true;
  }

  /** XER as mfxer reads it. */
  get xer(): bigint {
    return this.specials.byteCount | BigInt(((this.so ? 4 : 0) | (this.ov ? 2 : 0) | (this.ca ? 1 : 0)) * 0x20000000);
  }
  set xer(value: bigint) {
    this.so = (value >> 31n & 1n) === 1n;
    this.ov = (value >> 30n & 1n) === 1n;
    this.ca = (value >> 29n & 1n) === 1n;
    this.specials.byteCount = value & 127n;
  }

  /** Fetches, decodes and executes one instruction. */
  step(): StepResult {
    const address = this.pc;
    if ((address & 3n) !== 0n) return { kind: 'misaligned-fetch', address };
    let word = 0;
    try {
      word = Number(this.memory.load(address, 4));
      return this.execute(word);
    } catch (error) {
      if (error instanceof MemoryFault) return { kind: 'memory-fault', address, word, at: error.address };
      throw error;
    }
  }

  /** Executes `word` as if it stood at the program counter. */
  execute(word: number): StepResult {
    const address = this.pc;
    const instruction = this.decode(word);
    if (instruction === undefined) return { kind: 'undecodable', address, word };
    this.#next = BigInt.asUintN(64, address + 4n);
    this.#trapped = false;
    const { msr } = this.specials;
    instruction.meaning(BIGINT, this, word);
    if (((msr ^ this.specials.msr) & ~this.msrChanges) !== 0n) {
      this.specials.msr = msr;
      return { kind: 'undecodable', address, word };
    }
    if (this.#trapped) return { kind: 'trap', address, word };
    this.pc = this.#next;
    return { kind: 'stepped', instruction };
  }
}

function definite(value: Truth): boolean {
  if (value === 'unknown') throw new TypeError('unknown in a concrete domain');
  return value === 'true';
}
