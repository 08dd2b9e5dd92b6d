/**
 * Our side of the lock-step comparison: the plain interpreter of the instruction table, and the engine that trials run on, each with a random
 * program in its memory.
 */
import { ACCESS, AddressSpace } from '../image/space.ts';
import { MemoryFault, ReferenceCpu } from '../isa/bigint.ts';
import type { ReferenceMemory } from '../isa/bigint.ts';
import { decode } from '../isa/decode.ts';
import type { Instruction } from '../isa/table.ts';
import type { Width } from '../isa/state.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { Machine } from '../machine/machine.ts';
import { BYTE_COUNT, CA, CR, CTR, LR, OV, SO } from '../machine/registers.ts';
import { SCRATCH_PAGE } from './program.ts';
import type { Program } from './program.ts';

/** The registers of problem state. */
export interface CpuState {
  /** Address of the next instruction. */
  pc: bigint;
  /** 32 values, 0 to 2^64-1. */
  gprs: readonly bigint[];
  lr: bigint;
  ctr: bigint;
  /** 32 bits, unsigned. */
  cr: number;
  /** Bits outside SO, OV, CA and the byte count are ignored. */
  xer: bigint;
}

/** Our side of the comparison: any processor that can be set, stepped and read. */
export interface LockstepCpu {
  /** Sets the registers; memory stays. */
  reset(state: CpuState): void;
  /** Executes one instruction; undefined when it could, else why it stopped. */
  step(): string | undefined;
  /** The registers now. The caller reads it before the next step and does not keep it. */
  snapshot(): CpuState;
}

/** Makes a processor whose memory holds the program. */
export type MakeCpu = (program: Program) => LockstepCpu;

export interface Processor {
  readonly name: string;
  readonly make: MakeCpu;
}

/** The reference interpreter; `overrides` replace table rows by mnemonic, to plant faults. */
export function referenceCpu(overrides: readonly Instruction[] = []): MakeCpu {
  const replaced = new Map(overrides.map((entry) => [entry.mnemonic, entry]));
  return (program) => {
    const cpu = new ReferenceCpu(new ProgramMemory(program));
    if (replaced.size > 0) {
      cpu.decode = (word) => {
        const entry = decode(word);
        return entry && (replaced.get(entry.mnemonic) ?? entry);
      };
    }
    return {
      reset: (state) => {
        state.gprs.forEach((value, i) => cpu.setGpr(i, value));
        cpu.specials.lr = state.lr;
        cpu.specials.ctr = state.ctr;
        cpu.cr = state.cr;
        cpu.xer = state.xer;
        cpu.pc = state.pc;
      },
      step: () => {
        const result = cpu.step();
        return result.kind === 'stepped' ? undefined : result.kind;
      },
      snapshot: () => ({ pc: cpu.pc, gprs: cpu.gprs, lr: cpu.specials.lr, ctr: cpu.specials.ctr, cr: cpu.cr, xer: cpu.xer }),
    };
  };
}

/** The program's segments as memory. */
export class ProgramMemory implements ReferenceMemory {
  readonly #segments: readonly { readonly address: number; readonly view: DataView }[];
  constructor(program: Program) {
    this.#segments = program.segments.map(({ address, bytes }) => ({ address, view: new DataView(bytes.slice().buffer) }));
  }
  #find(address: bigint, bytes: Width): { view: DataView; offset: number } {
    if (address < 0x100000000n) {
      const at = Number(address);
      for (const { address: start, view } of this.#segments) {
        if (at >= start && at + bytes <= start + view.byteLength) return { view, offset: at - start };
      }
    }
    throw new MemoryFault(address);
  }
  load(address: bigint, bytes: Width): bigint {
    const { view, offset } = this.#find(address, bytes);
    switch (bytes) {
      case 1: return BigInt(view.getUint8(offset));
      case 2: return BigInt(view.getUint16(offset, true));
      case 4: return BigInt(view.getUint32(offset, true));
      case 8: return view.getBigUint64(offset, true);
    }
  }
  store(address: bigint, bytes: Width, value: bigint): void {
    const { view, offset } = this.#find(address, bytes);
    switch (bytes) {
      case 1: view.setUint8(offset, Number(value & 0xffn)); break;
      case 2: view.setUint16(offset, Number(value & 0xffffn), true); break;
      case 4: view.setUint32(offset, Number(value & 0xffffffffn), true); break;
      case 8: view.setBigUint64(offset, value, true); break;
    }
  }
}

/** The engine that trials run on; `after` may spoil its state behind an instruction (a word), to plant faults. */
export function engineCpu(after?: (machine: Machine, word: number) => void): MakeCpu {
  return (program) => {
    const space = spaceOf(program);
    const machine = new Machine(space);
    const gprs = new Array<bigint>(32).fill(0n);
    // What `gprs` says; GPRs are 0 in a new machine. Few change in one instruction.
    const known = machine.regs.slice();
    const state: CpuState = { pc: 0n, gprs, lr: 0n, ctr: 0n, cr: 0, xer: 0n };
    return {
      reset: (to) => {
        to.gprs.forEach((value, n) => machine.setGpr(n, value));
        machine.setPair(LR, to.lr);
        machine.setPair(CTR, to.ctr);
        machine.regs[CR] = to.cr;
        machine.regs[SO] = Number(to.xer >> 31n & 1n);
        machine.regs[OV] = Number(to.xer >> 30n & 1n);
        machine.regs[CA] = Number(to.xer >> 29n & 1n);
        machine.setPair(BYTE_COUNT, to.xer & 0x7fn);
        if (!machine.jump(to.pc)) throw new RangeError(`nothing to execute at 0x${to.pc.toString(16)}`);
      },
      step: () => {
        const word = space.words[machine.pc]!;
        const stop = machine.run(1);
        after?.(machine, word);
        return stop.kind === 'budget' ? undefined : stop.kind;
      },
      snapshot: () => {
        const { regs } = machine;
        for (let i = 0; i < 64; i += 2) {
          if (regs[i] !== known[i] || regs[i + 1] !== known[i + 1]) gprs[i >> 1] = machine.pair(i);
        }
        known.set(regs);
        state.pc = machine.addressOfPc();
        state.lr = machine.pair(LR);
        state.ctr = machine.pair(CTR);
        state.cr = regs[CR]! >>> 0;
        state.xer = BigInt(4 * regs[SO]! + 2 * regs[OV]! + regs[CA]!) << 29n | machine.pair(BYTE_COUNT);
        return state;
      },
    };
  };
}

/** The program's segments in as many pages as they touch, in the order of their addresses; what lies around them is zero. */
function spaceOf(program: Program): AddressSpace {
  const pages = new Map<number, Uint8Array>();
  for (const { address, bytes } of program.segments) {
    for (let at = address; at < address + bytes.length;) {
      const page = Math.floor(at / PAGE_BYTES), offset = at % PAGE_BYTES;
      const piece = bytes.subarray(at - address, at - address + PAGE_BYTES - offset);
      const content = pages.get(page) ?? new Uint8Array(PAGE_BYTES);
      content.set(piece, offset);
      pages.set(page, content);
      at += piece.length;
    }
  }
  const space = new AddressSpace(pages.size);
  [...pages].sort(([a], [b]) => a - b).forEach(([page, content], i) => {
    // Data pages have a path of their own in the engine. The low page holds data and code.
    space.map(i, BigInt(page * PAGE_BYTES), page * PAGE_BYTES >= SCRATCH_PAGE ? ACCESS.DATA : ACCESS.TEXT);
    space.bytes.set(content, i * PAGE_BYTES);
  });
  return space;
}

/** All of ours: what the table means, plainly, and what trials run on. */
export const PROCESSORS: readonly Processor[] = [
  { name: 'plain interpreter', make: referenceCpu() },
  { name: 'engine', make: engineCpu() },
];
