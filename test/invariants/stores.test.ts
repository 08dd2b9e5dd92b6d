// Where a store goes, compared with the instruction table's own meaning for every store of it.
import { expect, test } from 'vitest';
import { storeTarget, StoreTarget } from '../../src/invariants/stores.ts';
import { BIGINT, ReferenceCpu, SparseMemory } from '../../src/isa/bigint.ts';
import { decode } from '../../src/isa/decode.ts';
import { INSTRUCTIONS } from '../../src/isa/table.ts';
import { REGISTERS } from '../../src/machine/registers.ts';

/** A small generator of 32-bit words (xorshift32), so that a failure recurs. */
let state = 0x2545f491;
const word = (): number => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state | 0;
};

const stores = INSTRUCTIONS.filter(({ mnemonic }) => /^st/.test(mnemonic) && !mnemonic.endsWith('.'));

test.each(stores.map((entry) => [entry.mnemonic, entry] as const))('%s', (_, entry) => {
  const target = new StoreTarget();
  let tried = 0;
  for (let i = 0; i < 400; i++) {
    const code = (entry.match | (word() & ~entry.mask)) >>> 0;
    if (decode(code) !== entry) continue;
    tried++;
    const regs = new Int32Array(REGISTERS);
    const memory = new SparseMemory();
    const cpu = new ReferenceCpu(memory);
    for (let n = 0; n < 32; n++) {
      regs[2 * n] = word();
      regs[2 * n + 1] = word();
      cpu.setGpr(n, (BigInt(regs[2 * n]! >>> 0) << 32n) | BigInt(regs[2 * n + 1]! >>> 0));
    }
    const seen: string[] = [];
    memory.store = (address: bigint, bytes: number) => { seen.push(`${address.toString(16)}/${bytes}`); };
    entry.meaning(BIGINT, cpu, code);
    storeTarget(code, regs, target);
    const address = (BigInt(target.hi >>> 0) << 32n) | BigInt(target.lo >>> 0);
    expect([`${address.toString(16)}/${target.bytes}`]).toEqual(seen);
  }
  expect(tried).toBeGreaterThan(100);
});

test('other instructions store nothing', () => {
  const target = new StoreTarget();
  for (const entry of INSTRUCTIONS) {
    if (/^st/.test(entry.mnemonic)) continue;
    storeTarget(entry.match, new Int32Array(REGISTERS), target);
    expect([entry.mnemonic, target.bytes]).toEqual([entry.mnemonic, 0]);
  }
});
