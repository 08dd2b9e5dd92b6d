/**
 * The notation of these tests: one line of assembly, the state before, and what must be after.
 */
import { expect } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { ReferenceCpu, SparseMemory } from '../../src/isa/bigint.ts';

/** Registers by name (r0..r31, lr, ctr, cr, so, ov, ca, msr, srr0, srr1, pc) and doublewords by address (`@0x100`). */
export type Registers = Readonly<Record<string, bigint>>;

const BASE = 0x1000n;

/** Runs the assembly from 0x1000 until it ends, and compares what `after` names. Negative numbers stand for 64 bits. */
export function check(source: string, before: Registers, after: Registers): void {
  const cpu = run(source, before);
  const seen = Object.fromEntries(Object.keys(after).map((name) => [name, hex(read(cpu, name))]));
  const wanted = Object.fromEntries(Object.entries(after).map(([name, value]) => [name, hex(value)]));
  expect(seen, source).toEqual(wanted);
}

/** Runs the assembly and returns the processor; stops where the program counter leaves the code. */
export function run(source: string, before: Registers = {}): ReferenceCpu {
  const { bytes } = assemble(source, { base: BASE });
  const memory = new SparseMemory();
  bytes.forEach((byte, i) => memory.store(BASE + BigInt(i), 1, BigInt(byte)));
  const cpu = new ReferenceCpu(memory);
  // Meanings are the manual's, also where the model stops at what it does not have.
  cpu.msrChanges = -1n;
  for (const [name, value] of Object.entries(before)) write(cpu, name, BigInt.asUintN(64, value));
  cpu.pc = BASE;
  for (let steps = 0; cpu.pc >= BASE && cpu.pc < BASE + BigInt(bytes.length); steps++) {
    const result = cpu.step();
    if (result.kind !== 'stepped' || steps > 1000) throw new Error(`${source}: ${result.kind}`);
  }
  return cpu;
}

const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;

function read(cpu: ReferenceCpu, name: string): bigint {
  if (name.startsWith('@')) return cpu.memory.load(BigInt(name.slice(1)), 8);
  if (/^r\d+$/.test(name)) return cpu.gpr(Number(name.slice(1)));
  switch (name) {
    case 'pc': return cpu.pc;
    case 'cr': return BigInt(cpu.cr);
    case 'so': case 'ov': case 'ca': return cpu[name] ? 1n : 0n;
    case 'lr': case 'ctr': case 'msr': case 'srr0': case 'srr1': return cpu.specials[name];
    default: throw new Error(`no register ${name}`);
  }
}

function write(cpu: ReferenceCpu, name: string, value: bigint): void {
  if (name.startsWith('@')) cpu.memory.store(BigInt(name.slice(1)), 8, value);
  else if (/^r\d+$/.test(name)) cpu.setGpr(Number(name.slice(1)), value);
  else if (name === 'cr') cpu.cr = Number(value);
  else if (name === 'so' || name === 'ov' || name === 'ca') cpu[name] = value !== 0n;
  else if (name in cpu.specials) cpu.specials[name as 'lr'] = value;
  else throw new Error(`no register ${name}`);
}
