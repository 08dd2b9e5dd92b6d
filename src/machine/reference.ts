/**
 * An address space as the memory of the reference interpreter (isa/bigint.ts), so that the engine and the interpreter can run the same
 * image, step by step, and be compared.
 */
import { MemoryFault } from '../isa/bigint.ts';
import type { ReferenceCpu, ReferenceMemory } from '../isa/bigint.ts';
import type { Width } from '../isa/state.ts';
import { ACCESS, PAGE_SHIFT } from '../image/space.ts';
import type { AddressSpace } from '../image/space.ts';
import { high, low } from './halves.ts';
import type { Machine } from './machine.ts';
import { BYTE_COUNT, CA, CR, CTR, LR, MSR_PAIR, OV, SO, SPRG0, SRR0, SRR1 } from './registers.ts';

export class SpaceMemory implements ReferenceMemory {
  readonly space: AddressSpace;
  #page = -1n;
  #flat = 0;
  #version = -1;

  constructor(space: AddressSpace) {
    this.space = space;
  }

  /** Flat byte offset of an address; throws MemoryFault where nothing is mapped. */
  flat(address: bigint): number {
    const page = address >> 14n;
    if (page !== this.#page || this.#version !== this.space.mappingVersion) {
      const found = this.space.flatByte(high(address), low(address));
      if (found < 0) throw new MemoryFault(address);
      this.#page = page;
      this.#flat = found >>> PAGE_SHIFT << PAGE_SHIFT;
      this.#version = this.space.mappingVersion;
    }
    return this.#flat + Number(address & 0x3fffn);
  }

  /** Can an instruction be fetched there? */
  isText(address: bigint): boolean {
    const flat = this.space.flatByte(high(address), low(address));
    return flat >= 0 && this.space.pageAccess[flat >>> PAGE_SHIFT] === ACCESS.TEXT;
  }

  load(address: bigint, bytes: Width): bigint {
    const flat = this.flat(address);
    const { words, bytes: memory } = this.space;
    if (bytes === 8 && (flat & 7) === 0) return (BigInt(words[(flat >>> 2) + 1]! >>> 0) << 32n) | BigInt(words[flat >>> 2]! >>> 0);
    if (bytes === 4 && (flat & 3) === 0) return BigInt(words[flat >>> 2]! >>> 0);
    let value = 0n;
    for (let k = bytes - 1; k >= 0; k--) value = value << 8n | BigInt(memory[this.flat(BigInt.asUintN(64, address + BigInt(k)))]!);
    return value;
  }

  store(address: bigint, bytes: Width, value: bigint): void {
    const flat = this.flat(address);
    const { words, bytes: memory } = this.space;
    if (bytes === 8 && (flat & 7) === 0) {
      words[flat >>> 2] = low(value);
      words[(flat >>> 2) + 1] = high(value);
      return;
    }
    // The last byte first: nothing is stored when it cannot be.
    for (let k = bytes - 1; k >= 0; k--) {
      memory[this.flat(BigInt.asUintN(64, address + BigInt(k)))] = Number(value >> BigInt(8 * k) & 255n);
    }
  }
}

/** Copies all registers and the instruction address of a machine into a reference interpreter. */
export function copyState(from: Machine, to: ReferenceCpu): void {
  for (let n = 0; n < 32; n++) to.gprs[n] = from.gpr(n);
  const s = to.specials;
  s.lr = from.pair(LR);
  s.ctr = from.pair(CTR);
  s.msr = from.pair(MSR_PAIR);
  s.srr0 = from.pair(SRR0);
  s.srr1 = from.pair(SRR1);
  s.sprg0 = from.pair(SPRG0);
  s.sprg1 = from.pair(SPRG0 + 2);
  s.sprg2 = from.pair(SPRG0 + 4);
  s.sprg3 = from.pair(SPRG0 + 6);
  s.byteCount = from.pair(BYTE_COUNT);
  to.cr = from.regs[CR]! >>> 0;
  to.so = from.regs[SO] !== 0;
  to.ov = from.regs[OV] !== 0;
  to.ca = from.regs[CA] !== 0;
  to.pc = from.addressOfPc();
}

/** What differs between the registers of both, as text; empty: nothing. */
export function differences(machine: Machine, reference: ReferenceCpu): string[] {
  const found: string[] = [];
  const see = (name: string, ours: bigint, theirs: bigint): void => {
    if (ours !== theirs) found.push(`${name}: machine 0x${ours.toString(16)}, reference 0x${theirs.toString(16)}`);
  };
  for (let n = 0; n < 32; n++) see(`r${n}`, machine.gpr(n), reference.gprs[n]!);
  const s = reference.specials;
  see('lr', machine.pair(LR), s.lr);
  see('ctr', machine.pair(CTR), s.ctr);
  see('msr', machine.pair(MSR_PAIR), s.msr);
  see('srr0', machine.pair(SRR0), s.srr0);
  see('srr1', machine.pair(SRR1), s.srr1);
  see('sprg0', machine.pair(SPRG0), s.sprg0);
  see('sprg1', machine.pair(SPRG0 + 2), s.sprg1);
  see('sprg2', machine.pair(SPRG0 + 4), s.sprg2);
  see('sprg3', machine.pair(SPRG0 + 6), s.sprg3);
  see('byteCount', machine.pair(BYTE_COUNT), s.byteCount);
  see('cr', BigInt(machine.regs[CR]! >>> 0), BigInt(reference.cr >>> 0));
  see('so', BigInt(machine.regs[SO]!), BigInt(reference.so));
  see('ov', BigInt(machine.regs[OV]!), BigInt(reference.ov));
  see('ca', BigInt(machine.regs[CA]!), BigInt(reference.ca));
  see('pc', machine.addressOfPc(), reference.pc);
  return found;
}
