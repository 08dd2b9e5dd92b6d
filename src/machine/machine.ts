/**
 * The machine: one processor over an address space. `run` executes; the rest is for whoever looks at it between instructions.
 * 64-bit values are two signed 32-bit halves on the fast path (`regs`, `loadBytes`, `storeBytes`), unsigned bigints in methods
 * that say so.
 */
import type { ProgramImage } from '../image/program.ts';
import { PAGE_WORDS } from '../image/space.ts';
import { Core } from './core.ts';
import { loopOf } from './execute.ts';
import { high, join, low } from './halves.ts';
import type { Stop } from './observer.ts';
import { predecode } from './predecode.ts';
import { CTR, LR, MSR_EE, MSR_PAIR, SRR0, SRR1 } from './registers.ts';

export { high, low } from './halves.ts';

/** Named register pairs, for `special`. */
const SPECIAL = { lr: LR, ctr: CTR, srr0: SRR0, srr1: SRR1, msr: MSR_PAIR } as const;
export type SpecialName = keyof typeof SPECIAL;

export class Machine extends Core {
  readonly #execute = loopOf(this);

  /**
   * Executes at most `limit` instructions (0..2^31-1). After `yield` the next run executes the instruction at pc without announcing
   * it again; after any other stop but `budget` a further run stops in the same way. Changes of the mapping, of `observer`, of
   * `checks` and of `pc` take effect at the start of a run (a `point` call may also set pc).
   */
  run(limit: number): Stop {
    this.synchronise();
    const page = this.pc >>> 12;
    if (page !== this.fetchable) {
      // By address: the page must be mapped, as text.
      if (this.fetch(this.space.pageHi[page] ?? 0, this.space.pageLo[page] ?? 0) !== page * PAGE_WORDS) {
        const address = this.addressOfPc();
        return { kind: 'bad-fetch', address, from: address };
      }
      this.fetchable = page;
    }
    return this.#execute(limit);
  }

  override decodeAt(pc: number): number {
    return predecode(this, pc);
  }

  /** Takes note of the program: forgets the decoded forms of the text that was written (program.written). Call it once after each lowering. */
  load(program: ProgramImage): void {
    for (let module = 0; 2 * module < this.toc.length; module++) {
      this.toc[2 * module] = program.tocHi[module]!;
      this.toc[2 * module + 1] = program.tocLo[module]!;
    }
    for (let k = 0; k < program.writtenRanges; k++) this.undecode(program.written[2 * k]!, program.written[2 * k + 1]!);
  }

  /** MSR[EE]: an external interrupt may be taken. */
  interruptible(): boolean {
    return (this.regs[MSR_PAIR + 1]! & MSR_EE) !== 0;
  }

  /** Sets pc by address. False, and nothing changed: no text is mapped there, or it is not a multiple of 4. */
  jump(address: bigint): boolean {
    this.synchronise();
    if ((address & 3n) !== 0n) return false;
    const to = this.fetch(high(address), low(address));
    if (to < 0) return false;
    this.pc = to;
    return true;
  }

  /** A register pair of `regs` as a 64-bit unsigned value. */
  pair(index: number): bigint {
    return join(this.regs[index]!, this.regs[index + 1]!);
  }
  setPair(index: number, value: bigint): void {
    this.regs[index] = high(value);
    this.regs[index + 1] = low(value);
  }
  /** GPR n, 0..31, unsigned. */
  gpr(n: number): bigint { return this.pair(2 * n); }
  /** Sets GPR n; the value is taken modulo 2^64. */
  setGpr(n: number, value: bigint): void { this.setPair(2 * n, value); }
  special(name: SpecialName): bigint { return this.pair(SPECIAL[name]); }
  setSpecial(name: SpecialName, value: bigint): void { this.setPair(SPECIAL[name], value); }

  /** `bytes` bytes at any address, zero-extended, or undefined where nothing is mapped. Changes nothing. */
  read(address: bigint, bytes: 1 | 2 | 4 | 8): bigint | undefined {
    this.synchronise();
    let value = 0n;
    for (let k = bytes - 1; k >= 0; k--) {
      const at = BigInt.asUintN(64, address + BigInt(k));
      const flat = this.flat(high(at), low(at));
      if (flat < 0) return undefined;
      value = value << 8n | BigInt(this.space.bytes[flat]!);
    }
    return value;
  }
  /** The doubleword at any address, unsigned. Throws RangeError where nothing is mapped. */
  readDoubleword(address: bigint): bigint {
    const value = this.read(address, 8);
    if (value === undefined) throw new RangeError(`nothing is mapped at 0x${address.toString(16)}`);
    return value;
  }
  /** Writes a doubleword at any address, past all marks; text there is decoded again. Throws RangeError where nothing is mapped. */
  writeDoubleword(address: bigint, value: bigint): void {
    this.synchronise();
    for (let k = 0n; k < 8n; k++) {
      const at = BigInt.asUintN(64, address + k);
      const flat = this.flat(high(at), low(at));
      if (flat < 0) throw new RangeError(`nothing is mapped at 0x${at.toString(16)}`);
      this.space.bytes[flat] = Number(value >> (8n * k) & 255n);
      this.undecode(flat >>> 2, (flat >>> 2) + 1);
    }
  }
}
