/**
 * Random programs for the lock-step comparison: sequences of random instructions from random states, made
 * so that every access falls into scratch memory, every branch goes forward to a known place or back once,
 * and no trap fires. Everything else is left to chance.
 *
 * The program is free-standing: it starts without a library and ends with the exit system call.
 */
import * as encode from '../isa/encode.ts';
import { INSTRUCTIONS } from '../isa/table.ts';
import type { Instruction } from '../isa/table.ts';
import { Random, USER_SPRS, randomWord } from './random.ts';

/** A piece of memory with its first content. All pieces are readable, writable and executable. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface Program {
  readonly segments: readonly Segment[];
  /** Address of the first instruction. */
  readonly entry: number;
  /** Address of the system call that ends the program. */
  readonly end: number;
  /** Addresses of the instructions that only prepare; they are compared but not counted. */
  readonly setup: ReadonlySet<number>;
}

/** Scratch words that a displacement from RA=0 reaches, and pages of `blr` that an absolute bc reaches. */
const LOW = 0x10000 - 0xc000;
const PADS = LOW + 0x1000;
const PAD_COUNT = 1024;
/** Below 32 MiB, so that ba reaches it. */
const TEXT = 0x1000000;
/** From here on there is no code. */
export const SCRATCH_PAGE = 0x1400000;
/** Where accesses fall: some way into the page, so that neighbours exist. */
const SCRATCH = SCRATCH_PAGE + 0x400;
const SCRATCH_BYTES = 256;
const TABLE = 0x1500000;

/** Instructions with their surroundings in one sequence: enough to pay for setting all registers first. */
const GROUPS = 100;

/** Bits of XER that POWER8 has: SO, OV, CA and the byte count. */
export const XER_BITS = 0xe000007fn;

const isMemory = (entry: Instruction): boolean => /^I 3\.3\.[235]/.test(entry.isa);
const isBranch = (entry: Instruction): boolean => entry.isa === 'I 2.4';
const isTrap = (entry: Instruction): boolean => entry.isa === 'I 3.3.11' && entry.mnemonic !== 'isel';

/** Rows that can be executed in problem state. */
export const TESTED: readonly Instruction[] = INSTRUCTIONS.filter((entry) => !entry.privileged);

/** Rows that may stand anywhere: they only compute. */
const PLAIN = TESTED.filter((entry) => !isMemory(entry) && !isBranch(entry) && !isTrap(entry) && entry.mnemonic !== 'mtspr');

const ONLY_LI: ReadonlySet<string> = new Set(['b', 'ba', 'bl', 'bla']);

/** A program of about `instructions` counted instructions. */
export function randomProgram(random: Random, instructions: number): Program {
  return new Builder(random).build(instructions);
}

class Builder {
  readonly #random: Random;
  readonly #words: number[] = [];
  readonly #setup = new Set<number>();
  readonly #states: bigint[] = [];
  /** Rows still to be used before any is used again. */
  #deck: Instruction[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  build(instructions: number): Program {
    while (this.#words.length - this.#setup.size < instructions) this.#sequence();
    const end = this.#here() + 8;
    this.#prepare(encode.li(0, 1), encode.li(3, 0), 0x44000002);
    const low = new Uint32Array(0x3000 / 4);
    for (let i = 0; i < low.length; i++) low[i] = i * 4 >= PADS - LOW ? encode.blr() : this.#random.next();
    const scratch = Uint8Array.from({ length: 0x1000 }, () => this.#random.below(256));
    return {
      entry: TEXT, end, setup: this.#setup,
      segments: [
        { address: LOW, bytes: new Uint8Array(low.buffer) },
        { address: TEXT, bytes: new Uint8Array(Uint32Array.from(this.#words).buffer) },
        { address: SCRATCH_PAGE, bytes: scratch },
        { address: TABLE, bytes: new Uint8Array(BigUint64Array.from(this.#states).buffer) },
      ],
    };
  }

  #here(): number {
    return TEXT + 4 * this.#words.length;
  }
  #emit(word: number): void {
    this.#words.push(word);
  }
  #prepare(...words: readonly number[]): void {
    for (const word of words) {
      this.#setup.add(this.#here());
      this.#words.push(word);
    }
  }
  #register(except: readonly number[] = []): number {
    for (;;) {
      const register = this.#random.below(32);
      if (!except.includes(register)) return register;
    }
  }
  /** Loads a number below 2^31. */
  #load32(register: number, value: number): void {
    this.#prepare(encode.lis(register, value >>> 16), encode.ori(register, register, value & 0xffff));
  }
  #load64(register: number, value: bigint): void {
    const part = (shift: bigint): number => Number(value >> shift & 0xffffn);
    this.#prepare(
      encode.lis(register, part(48n)), encode.ori(register, register, part(32n)), encode.sldi(register, register, 32),
      encode.oris(register, register, part(16n)), encode.ori(register, register, part(0n)));
  }

  #sequence(): void {
    this.#prologue();
    for (let i = 0; i < GROUPS; i++) {
      if (this.#deck.length === 0) this.#deck = [...TESTED];
      const [entry] = this.#deck.splice(this.#random.below(this.#deck.length), 1);
      this.#group(entry as Instruction);
    }
    // All of the scratch memory, into the log.
    this.#load32(30, SCRATCH - 16);
    for (let i = 0; i < SCRATCH_BYTES + 32; i += 8) this.#prepare(encode.ld(i / 8 % 29, i, 30));
  }

  /** Sets every register from a row of the table of random states. */
  #prologue(): void {
    this.#load32(31, TABLE + 8 * this.#states.length);
    for (let i = 0; i < 36; i++) this.#states.push(this.#random.word());
    this.#states[this.#states.length - 4] = (this.#states.at(-4) as bigint) & XER_BITS;
    this.#prepare(
      encode.ld(0, 32 * 8, 31), encode.mtxer(0), encode.ld(0, 33 * 8, 31), encode.mtcrf(255, 0),
      encode.ld(0, 34 * 8, 31), encode.mtctr(0), encode.ld(0, 35 * 8, 31), encode.mtlr(0));
    for (let register = 0; register < 32; register++) this.#prepare(encode.ld(register, 8 * register, 31));
  }

  /** The instruction with what it needs around it. */
  #group(entry: Instruction): void {
    if (isMemory(entry)) this.#memory(entry);
    else if (isBranch(entry)) this.#branch(entry);
    else if (isTrap(entry)) this.#trap(entry);
    else if (entry.mnemonic === 'mtspr') this.#moveToSpecial();
    else this.#emit(randomWord(this.#random, entry, USER_SPRS).word);
  }

  #filler(): void {
    this.#emit(randomWord(this.#random, this.#random.pick(PLAIN), USER_SPRS).word);
  }

  #memory(entry: Instruction): void {
    const random = this.#random;
    const update = /u(x?)$/.test(entry.mnemonic), load = entry.mnemonic.startsWith('l');
    const rt = random.below(32);
    const values = randomWord(random, entry).values;
    let ra = this.#register(update && load ? [0, rt] : [0]);
    let address = SCRATCH + random.below(SCRATCH_BYTES);
    if (entry.operands[1]?.kind === 'mem') {
      let displacement = values[1] as number;
      if (!update && random.below(6) === 0) {
        ra = 0;
        address = displacement = LOW + 16 + (random.below(0xfd0) & -entry.operands[1].multiple);
      } else {
        this.#load32(ra, address - displacement);
      }
      this.#emit(encode.encode(entry.mnemonic, rt, displacement, ra));
    } else {
      let rb = random.below(32);
      if (!update && random.below(6) === 0) {
        ra = 0;
        this.#load32(rb, address);
      } else if (rb === ra) {
        address &= -2;
        this.#load32(rb, address / 2);
      } else {
        // Seldom an offset of 64 bits: it costs ten instructions.
        const wide = random.below(6) === 0;
        const offset = wide ? random.word() : BigInt(random.below(0x8000));
        if (wide) this.#load64(rb, offset);
        else this.#prepare(encode.li(rb, Number(offset)));
        if (wide) this.#load64(ra, BigInt.asUintN(64, BigInt(address) - offset));
        else this.#load32(ra, address - Number(offset));
      }
      this.#emit(encode.encode(entry.mnemonic, rt, ra, rb));
    }
    if (load) return;
    // The touched neighbourhood, into the log.
    const base = this.#register([0]), into = [this.#register([base]), this.#register([base]), this.#register([base])];
    this.#load32(base, (address & -8) - 8);
    into.forEach((register, i) => this.#prepare(encode.ld(register, 8 * i, base)));
  }

  #branch(entry: Instruction): void {
    const random = this.#random;
    const { word, values } = randomWord(random, entry);
    const bo = values[0] as number;
    const linked = entry.mnemonic.includes('l', 1) && /l(a?)$/.test(entry.mnemonic);
    const toRegister = /^bc(lr|ctr)/.exec(entry.mnemonic)?.[1];
    const absolute = entry.mnemonic.endsWith('a');
    const skipped = 1 + random.below(3);
    const conditional = !ONLY_LI.has(entry.mnemonic);
    if (conditional && (bo & 4) === 0 && random.below(2) === 0) {
      const register = random.below(32);
      this.#prepare(encode.li(register, random.below(3)), encode.mtctr(register));
    }
    if (toRegister !== undefined) {
      const register = this.#register([0]);
      // lis, ori, mt.., the branch itself; the low two bits must not count.
      const target = this.#here() + 4 * (4 + skipped);
      this.#load32(register, target | random.below(4));
      this.#prepare(toRegister === 'lr' ? encode.mtlr(register) : encode.mtctr(register));
      this.#emit(word);
    } else if (!conditional) {
      const displacement = 4 * (1 + skipped);
      this.#backOrForth(displacement, skipped, (d) => encode.encode(entry.mnemonic, absolute ? this.#here() + d : d));
      return;
    } else if (absolute) {
      const pad = PADS + 4 * random.below(PAD_COUNT);
      if (!linked) {
        // The pad returns to where LR points; bcla itself points it at the next instruction.
        const register = this.#register([0]);
        this.#load32(register, this.#here() + 4 * (4 + skipped));
        this.#prepare(encode.mtlr(register));
      }
      this.#emit(encode.encode(entry.mnemonic, bo, values[1] as number, pad));
    } else {
      this.#backOrForth(4 * (1 + skipped), skipped, (d) => encode.encode(entry.mnemonic, bo, values[1] as number, d));
      return;
    }
    for (let i = 0; i < skipped; i++) this.#filler();
  }

  /** The branch over `skipped` fillers, or back to fillers that then jump over it. */
  #backOrForth(displacement: number, skipped: number, branch: (displacement: number) => number): void {
    if (this.#random.below(4) === 0) {
      // b 2f; 1: fillers; b 3f; 2: branch 1b; 3:
      this.#prepare(encode.b(4 * (skipped + 2)));
      for (let i = 0; i < skipped; i++) this.#filler();
      this.#prepare(encode.b(8));
      this.#emit(branch(-4 * (skipped + 1)));
      return;
    }
    this.#emit(branch(displacement));
    for (let i = 0; i < skipped; i++) this.#filler();
  }

  /** A trap whose condition is false by construction. */
  #trap(entry: Instruction): void {
    const random = this.#random;
    const ra = this.#register(), rb = this.#register([ra]), high = this.#register([ra, rb]);
    const small = (): number => random.pick([0, 1, -1, -0x8000, 0x7fff, random.below(0x10000) - 0x8000]);
    const a = small(), b = random.below(3) === 0 ? a : small();
    const unsigned = (value: number): number => value >>> 0;
    const met = (a < b ? 16 : 0) | (a > b ? 8 : 0) | (a === b ? 4 : 0)
      | (unsigned(a) < unsigned(b) ? 2 : 0) | (unsigned(a) > unsigned(b) ? 1 : 0);
    const to = random.below(32) & ~met;
    this.#prepare(encode.li(ra, a));
    if (!entry.mnemonic.endsWith('i')) this.#prepare(encode.li(rb, b));
    // A word trap must not look at the high halves: rldimi rX,high,32,0.
    if (entry.mnemonic.startsWith('tw')) {
      this.#prepare(encode.encode('rldimi', ra, high, 32, 0));
      if (!entry.mnemonic.endsWith('i')) this.#prepare(encode.encode('rldimi', rb, high, 32, 0));
    }
    this.#emit(encode.encode(entry.mnemonic, to, ra, entry.mnemonic.endsWith('i') ? b : rb));
  }

  #moveToSpecial(): void {
    const number = this.#random.pick(USER_SPRS), register = this.#random.below(32);
    // Reserved bits of XER would come back as written from the emulator and as 0 from the processor.
    if (number === 1) this.#load64(register, this.#random.word() & XER_BITS);
    this.#emit(encode.mtspr(number, register));
  }
}

/** A static ELFv2 executable of the segments. Source: ELF-64 object file format 1.5; ELFv2 specification 4.1. */
export function executable(program: Pick<Program, 'segments' | 'entry'>): Uint8Array {
  const headers = 64 + 56 * program.segments.length;
  const first = Math.ceil(headers / 0x10000) * 0x10000;
  let offset = first;
  const places = program.segments.map(({ bytes, address }) => {
    // File offset and address must agree modulo the page size.
    const place = offset + address % 0x10000;
    offset = Math.ceil((place + bytes.length) / 0x10000) * 0x10000;
    return place;
  });
  const file = Buffer.alloc(offset);
  Buffer.from('7f454c46020101', 'hex').copy(file);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(21, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(program.entry), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt32LE(2, 48);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(program.segments.length, 56);
  program.segments.forEach(({ bytes, address }, i) => {
    const at = 64 + 56 * i, place = places[i] as number;
    file.writeUInt32LE(1, at);
    file.writeUInt32LE(7, at + 4);
    file.writeBigUInt64LE(BigInt(place), at + 8);
    file.writeBigUInt64LE(BigInt(address), at + 16);
    file.writeBigUInt64LE(BigInt(address), at + 24);
    file.writeBigUInt64LE(BigInt(bytes.length), at + 32);
    file.writeBigUInt64LE(BigInt(bytes.length), at + 40);
    file.writeBigUInt64LE(0x1000n, at + 48);
    file.set(bytes, place);
  });
  return file;
}
