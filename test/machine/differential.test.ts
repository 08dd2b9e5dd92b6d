// The engine against the reference interpreter of the same table: all registers and all memory after every instruction.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReferenceCpu } from '../../src/isa/bigint.ts';
import { decode } from '../../src/isa/decode.ts';
import { INSTRUCTIONS } from '../../src/isa/table.ts';
import { POINT } from '../../src/image/points.ts';
import { ACCESS, AddressSpace, PAGE_WORDS } from '../../src/image/space.ts';
import { Machine } from '../../src/machine/machine.ts';
import { SpaceMemory, copyState, differences } from '../../src/machine/reference.ts';
import { CA, CR, CTR, LR, MSR_PAIR, OV, SO, SRR0, SRR1 } from '../../src/machine/registers.ts';

const TEXT = 0xc00000000001c000n;
const DATA = 0xc00000000fffc000n;
const LONE = 0xc008000400000000n;
// Neighbours by address are not neighbours in flat memory.
const PAGES = [
  [TEXT, ACCESS.TEXT], [DATA, ACCESS.DATA], [LONE, ACCESS.DATA], [TEXT + 0x4000n, ACCESS.TEXT], [DATA + 0x4000n, ACCESS.DATA],
] as const;

function makeSpace(): AddressSpace {
  const space = new AddressSpace(PAGES.length);
  PAGES.forEach(([address, access], page) => space.map(page, address, access));
  return space;
}
const ours = makeSpace(), theirs = makeSpace();
const machine = new Machine(ours);
const cpu = new ReferenceCpu(new SpaceMemory(theirs));
const memory = cpu.memory as SpaceMemory;

/** A small generator of numbers from one seed, so that a run is one number to fast-check. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 0;
  }
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let z = this.#state;
    z = Math.imul(z ^ z >>> 16, 0x85ebca6b);
    z = Math.imul(z ^ z >>> 13, 0xc2b2ae35);
    return z ^ z >>> 16;
  }
  below(n: number): number {
    return (this.bits() >>> 0) % n;
  }
  word64(): bigint {
    return (BigInt(this.bits() >>> 0) << 32n) | BigInt(this.bits() >>> 0);
  }
}

function value(dice: Dice): bigint {
  switch (dice.below(8)) {
    case 0: return BigInt.asUintN(64, BigInt(dice.below(9) - 4));
    case 1: return (1n << BigInt(dice.below(64))) - BigInt(dice.below(2));
    case 2: return BigInt.asUintN(64, -(1n << BigInt(dice.below(64))));
    case 3: return dice.word64();
    case 4: return TEXT + BigInt(dice.below(0x8000));
    case 5: return LONE + BigInt(dice.below(0x4010));
    default: return DATA + BigInt(dice.below(3) === 0 ? 0x3ff0 + dice.below(32) : dice.below(0x8000));
  }
}

function randomWord(dice: Dice): number {
  const row = INSTRUCTIONS[dice.below(INSTRUCTIONS.length)]!;
  for (;;) {
    const word = (dice.bits() & ~row.mask | row.match) >>> 0;
    if (decode(word) === row) return word;
  }
}

const seen = new Set<string>();
let executed = 0;

function prepare(dice: Dice, count: number): void {
  for (const page of [0, 3]) ours.words.fill(0, page * PAGE_WORDS, (page + 1) * PAGE_WORDS);
  machine.undecode(0, ours.words.length);
  machine.reset();
  const start = dice.below(3) === 0 ? PAGE_WORDS - dice.below(count) - 1 : dice.below(PAGE_WORDS - count);
  const flat = (at: number): number => (at < PAGE_WORDS ? at : at - PAGE_WORDS + 3 * PAGE_WORDS);
  for (let k = 0; k < count; k++) {
    ours.words[flat(start + k)] = randomWord(dice);
    ours.pointKind[flat(start + k)] = dice.below(3) === 0 ? POINT.HOOK_LABEL : POINT.NONE;
  }
  for (let n = 0; n < 64; n += 16) ours.words.fill(dice.bits(), PAGE_WORDS + n * 64, PAGE_WORDS + (n + 16) * 64);
  theirs.words.set(ours.words);
  for (let n = 0; n < 32; n++) machine.setGpr(n, value(dice));
  const near = (): bigint => TEXT + BigInt(4 * (start + dice.below(count)) + dice.below(4));
  machine.setPair(LR, dice.below(3) === 0 ? value(dice) : near());
  machine.setPair(CTR, dice.below(3) === 0 ? value(dice) : near());
  machine.setPair(SRR0, near());
  // Most changes of MSR are refused: half of the time a register and SRR1 have one that is not.
  const msr = dice.word64(), close = (): bigint => (dice.below(2) === 0 ? dice.word64() : msr ^ BigInt(dice.bits() & 0x9002));
  machine.setPair(MSR_PAIR, msr);
  machine.setPair(SRR1, close());
  if (dice.below(4) === 0) for (let n = 0; n < 32; n += 2) machine.setGpr(n, close());
  machine.regs[CR] = dice.bits();
  machine.regs[SO] = dice.below(2);
  machine.regs[OV] = dice.below(2);
  machine.regs[CA] = dice.below(2);
  machine.jump(TEXT + BigInt(4 * start));
  copyState(machine, cpu);
}

/** r13 to r31 before an instruction. */
const kept = new Int32Array(38);
let unwritten = 0;

/** Those of r13 to r31 that changed although their bits of `written` are clear. */
function silentlyWritten(): string[] {
  return Array.from({ length: 19 }, (_, k) => k).filter((k) =>
    (kept[2 * k] !== machine.regs[26 + 2 * k] || kept[2 * k + 1] !== machine.regs[27 + 2 * k]) && (machine.written >>> (13 + k) & 1) === 0)
    .map((k) => `r${13 + k}`);
}

/** One run of a random program in lock step; what differed, as text. */
function lockStep(seed: number): string[] {
  const dice = new Dice(seed);
  prepare(dice, 60);
  for (let k = 0; k < 80; k++) {
    const before = cpu.pc;
    const row = decode(Number(memory.load(before, 4)));
    kept.set(machine.regs.subarray(26, 64));
    machine.written = 0;
    const stop = machine.run(1);
    const result = cpu.step();
    executed++;
    if (machine.written === 0) unwritten++;
    const silent = silentlyWritten();
    if (silent.length > 0) return [`${row?.mnemonic ?? 'none'} wrote ${silent.join(' ')} in silence`];
    if (row !== undefined) seen.add(row.mnemonic);
    const where = `${row?.mnemonic ?? 'none'} at 0x${before.toString(16)}: ${stop.kind}, ${result.kind}`;
    if (result.kind === 'stepped') {
      if (stop.kind === 'bad-fetch') return stop.address === cpu.pc && !memory.isText(cpu.pc) ? [] : [where];
      if (stop.kind !== 'budget') return [where];
      const found = differences(machine, cpu);
      if (Buffer.compare(ours.bytes, theirs.bytes) !== 0) found.push('memory');
      if (found.length > 0) return [where, ...found];
      continue;
    }
    const expected = { 'trap': 'trap', 'undecodable': 'unmodelled', 'memory-fault': 'bad-access', 'misaligned-fetch': 'bad-fetch' }[result.kind];
    if (stop.kind !== expected) return [where];
    return Buffer.compare(ours.bytes, theirs.bytes) === 0 ? differences(machine, cpu).map((d) => `${where}: ${d}`) : [where, 'memory'];
  }
  return [];
}

test('random programs of all table rows run alike on the engine and on the reference interpreter', () => {
  fc.assert(fc.property(fc.integer(), (seed) => {
    expect(lockStep(seed)).toEqual([]);
  }), { numRuns: 20_000, seed: 7 });
  expect(executed).toBeGreaterThan(100_000);
  // Whoever always says that all were written is right as well, and of no use.
  expect(unwritten).toBeGreaterThan(executed / 5);
  expect(INSTRUCTIONS.map((row) => row.mnemonic).filter((name) => !seen.has(name))).toEqual([]);
});

const CORNERS = [0n, 1n, 2n, 31n, 63n, 64n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 0x123456789abcdef0n,
  0x7fffffffffffffffn, 0x8000000000000000n, 0x80000000ffffffffn, 0xffffffff00000000n, 0xffffffff7fffffffn, 0xffffffffffffffffn];

test('all rows agree on corner values', () => {
  const dice = new Dice(99), failures: string[] = [];
  for (const row of INSTRUCTIONS) {
    if (/^(l[bhwd]|st|b)/.test(row.mnemonic)) continue; // addresses
    for (const a of CORNERS) {
      for (const b of CORNERS) {
        // Registers 3 and 4 where the row leaves them free, all else random.
        const fixed = (row.mask & 0x03fff800) === 0 && row.operands.length > 1;
        let word = (dice.bits() & ~row.mask | row.match) >>> 0;
        if (fixed) word = (word & ~0x001ff800 | 3 << 16 | 4 << 11) >>> 0;
        if (decode(word) !== row) continue;
        machine.reset();
        for (let n = 0; n < 32; n++) machine.setGpr(n, n === 3 ? a : n === 4 ? b : CORNERS[dice.below(CORNERS.length)]!);
        machine.regs[CA] = dice.below(2);
        machine.regs[SO] = dice.below(2);
        machine.setPair(SRR0, TEXT);
        ours.words[0] = theirs.words[0] = word;
        machine.undecode(0, 1);
        machine.jump(TEXT);
        copyState(machine, cpu);
        const stop = machine.run(1), result = cpu.step();
        if ((stop.kind === 'trap') !== (result.kind === 'trap')) failures.push(`${row.mnemonic} ${a} ${b}: ${stop.kind}`);
        failures.push(...differences(machine, cpu).map((d) => `${row.mnemonic} ${a} ${b}: ${d}`));
      }
    }
  }
  expect(failures.slice(0, 20)).toEqual([]);
});

test('a run in one go ends where a run step by step ends', () => {
  fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 100 }), (seed, steps) => {
    prepare(new Dice(seed), 60);
    const words = ours.words.slice(), regs = machine.regs.slice(), pc = machine.pc;
    const whole = machine.run(steps);
    const after = { regs: machine.regs.slice(), words: ours.words.slice(), pc: machine.pc, count: machine.instructions };
    ours.words.set(words);
    machine.undecode(0, words.length);
    machine.reset();
    machine.regs.set(regs);
    machine.pc = pc;
    let single = machine.run(1);
    for (let k = 1; k < steps && single.kind === 'budget'; k++) single = machine.run(1);
    expect(single).toEqual(whole);
    expect(machine.pc).toBe(after.pc);
    expect(machine.instructions).toBe(after.count);
    expect(machine.regs).toEqual(after.regs);
    expect(Buffer.compare(Buffer.from(ours.words.buffer), Buffer.from(after.words.buffer))).toBe(0);
  }), { numRuns: 2_000, seed: 8 });
});
