// What an instruction reads and writes, compared with the instruction table's own meaning for every entry of it.
import { expect, test } from 'vitest';
import { BIGINT, ReferenceCpu, SparseMemory } from '../../src/isa/bigint.ts';
import { decode } from '../../src/isa/decode.ts';
import { INSTRUCTIONS } from '../../src/isa/table.ts';
import { REGISTERS } from '../../src/machine/registers.ts';
import { Access, accessOf, readsInterruptState } from '../../src/trial/accesses.ts';

let state = 0x1b2e3d4c;
const word = (): number => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state | 0;
};

test('every instruction of the table accesses what it is said to access, and nothing else', () => {
  const access = new Access();
  let loads = 0;
  let stores = 0;
  for (const entry of INSTRUCTIONS) {
    for (let i = 0; i < 100; i++) {
      const code = (entry.match | (word() & ~entry.mask)) >>> 0;
      if (decode(code) !== entry) continue;
      const regs = new Int32Array(REGISTERS);
      const memory = new SparseMemory();
      const cpu = new ReferenceCpu(memory);
      for (let n = 0; n < 32; n++) {
        regs[2 * n] = word();
        regs[2 * n + 1] = word();
        cpu.setGpr(n, (BigInt(regs[2 * n]! >>> 0) << 32n) | BigInt(regs[2 * n + 1]! >>> 0));
      }
      const seen: string[] = [];
      memory.load = (address: bigint, bytes: number) => {
        seen.push(`load ${address.toString(16)}/${bytes}`);
        return 0n;
      };
      memory.store = (address: bigint, bytes: number) => { seen.push(`store ${address.toString(16)}/${bytes}`); };
      try {
        entry.meaning(BIGINT, cpu, code);
      } catch {
        // A trap, or what the reference does not go on from: no memory is accessed by it.
      }
      accessOf(code, regs, access);
      const address = (BigInt(access.hi >>> 0) << 32n) | BigInt(access.lo >>> 0);
      const said = access.bytes === 0 ? [] : [`${access.store ? 'store' : 'load'} ${address.toString(16)}/${access.bytes}`];
      if (said.join() !== seen.join()) throw new Error(`${entry.mnemonic} ${code.toString(16)}: said ${said.join()}, is ${seen.join()}`);
      if (access.store) stores++;
      else if (access.bytes > 0) loads++;
    }
  }
  expect(loads).toBeGreaterThan(1_000);
  expect(stores).toBeGreaterThan(500);
});

test('what looks at SRR0 and SRR1 is known', () => {
  const mfspr = (spr: number): number => (0x7c0002a6 | (spr & 31) << 16 | (spr >> 5) << 11) >>> 0;
  expect([26, 27, 8, 9, 1, 272, 858].map((spr) => readsInterruptState(mfspr(spr)))).toEqual([true, true, false, false, false, false, false]);
  expect(readsInterruptState(0x4c000024)).toBe(true); // rfid
  expect(readsInterruptState(0x4e800020)).toBe(false); // blr
});
