import { describe, expect, it } from 'vitest';
import { check, run } from './check.ts';
import { ReferenceCpu, SparseMemory } from '../../src/isa/bigint.ts';

const MIN = 0x8000000000000000n;

describe('arithmetic', () => {
  it.each([
    ['addi r3,0,-1', {}, { r3: -1n }],
    ['addis r3,0,-0x8000', {}, { r3: -0x80000000n }],
    ['addc r3,r4,r5', { r4: -1n, r5: 1n }, { r3: 0n, ca: 1n }],
    ['adde r3,r4,r5', { r4: -1n, r5: -1n, ca: 1n }, { r3: -1n, ca: 1n }],
    ['addme r3,r4', { r4: 0n, ca: 0n }, { r3: -1n, ca: 0n }],
    ['subfze r3,r4', { r4: 0n, ca: 1n }, { r3: 0n, ca: 1n }],
    ['addo. r3,r4,r5', { r4: MIN, r5: -1n }, { r3: 0x7fffffffffffffffn, ov: 1n, so: 1n, cr: 0x50000000n }],
    ['addo. r3,r4,r5', { r4: 1n, r5: 1n, so: 1n }, { r3: 2n, ov: 0n, so: 1n, cr: 0x50000000n }],
    ['nego r3,r4', { r4: MIN }, { r3: MIN, ov: 1n }],
    ['mullw r3,r4,r5', { r4: 0x1ffffffffn, r5: 2n }, { r3: -2n }],
    ['mulhd r3,r4,r5', { r4: -1n, r5: 5n }, { r3: -1n }],
    ['divdo r3,r4,r5', { r4: 7n, r5: 0n }, { ov: 1n, so: 1n }],
    ['divw r3,r4,r5', { r4: -7n, r5: 2n }, { r3: 0xfffffffdn }],
    ['srawi r3,r4,1', { r4: 0xffffffffn }, { r3: -1n, ca: 1n }],
    ['sradi r3,r4,63', { r4: MIN }, { r3: -1n, ca: 0n }],
    ['rlwinm r3,r4,0,31,0', { r4: 0x1234567880000001n }, { r3: 0x8000000180000001n }],
    ['cntlzw r3,r4', { r4: -1n << 32n }, { r3: 32n }],
    ['isel r3,0,r5,eq', { r5: 9n, cr: 0x20000000n }, { r3: 0n }],
  ])('%s', (source, before, after) => check(source, before, after));
});

describe('memory', () => {
  it.each([
    ['std r3,8(r4)', { r3: 0x0102030405060708n, r4: 0x4000n }, { '@0x4008': 0x0102030405060708n }],
    ['stdu r1,-32(r1)', { r1: 0x8000n }, { r1: 0x7fe0n, '@0x7fe0': 0x8000n }],
    ['lwa r3,0(r4)', { r4: 0x4000n, '@0x4000': 0x80000000n }, { r3: -0x80000000n }],
    ['lwbrx r3,0,r4', { r4: 0x4000n, '@0x4000': 0x11223344n }, { r3: 0x44332211n }],
    ['ldux r3,r4,r5', { r4: 0x3f00n, r5: 0x101n, '@0x4001': 77n }, { r3: 77n, r4: 0x4001n }],
  ])('%s', (source, before, after) => check(source, before, after));
});

describe('branches', () => {
  it('bl sets LR and goes', () => check('bl 1f; li r3,1; 1:', {}, { r3: 0n, lr: 0x1004n }));
  it('bclrl reads LR before it sets it', () => check('beqlrl; li r3,1', { lr: 0x2003n, cr: 0x20000000n }, { pc: 0x2000n, lr: 0x1004n, r3: 0n }));
  it('sets LR even where it is not taken', () => check('bnel 1f; li r3,1; 1:', { cr: 0x20000000n }, { lr: 0x1004n, r3: 1n }));
  it('bdnz loops CTR times', () => check('1: addi r3,r3,1; bdnz 1b', { ctr: 5n }, { r3: 5n, ctr: 0n }));
  it('bdnzf needs both', () => check('bdnzf eq,1f; li r3,1; 1:', { ctr: 2n, cr: 0x20000000n }, { r3: 1n, ctr: 1n }));
});

// The emulator of programs cannot run these; the bits are those of Book III-S 3.3.1 and 4.4.4.
describe('privileged', () => {
  it('mtmsrd L=1 changes EE and RI only', () => check('mtmsrd r3,1', { r3: -1n, msr: 0n }, { msr: 0x8002n }));
  it('mtmsrd L=0 keeps HV, ME and LE', () => check('mtmsrd r3', { r3: -1n, msr: 0n }, { msr: ~((1n << 60n) | (1n << 12n) | 1n) }));
  it('mtmsrd L=0: PR implies EE, IR, DR', () => check('mtmsrd r3', { r3: 0x4000n, msr: 0n }, { msr: 0xc030n }));
  it('rfid goes to SRR0 with MSR from SRR1', () => check('rfid', { srr0: 0x4003n, srr1: MIN | 0x9033n, msr: MIN | 0x1001n }, { pc: 0x4000n, msr: MIN | 0x9033n }));
  it('rfid does not bring back bits 33:36 and 42:47', () => check('rfid', { srr0: 0n, srr1: 0x783f0000n, msr: 0n }, { pc: 0n, msr: 0n }));
  it('mfspr and mtspr know SRR0, SRR1 and the SPRGs', () =>
    check('mtsrr0 r3; mtsrr1 r4; mtsprg 2,r5; mfsrr0 r6; mfsrr1 r7; mfsprg r8,2', { r3: 3n, r4: 4n, r5: 5n }, { r6: 3n, r7: 4n, r8: 5n }));
});

describe('what cannot go on says so', () => {
  const stepped = (word: number, pc = 0n): string => {
    const cpu = new ReferenceCpu(new SparseMemory());
    cpu.memory.store(0n, 4, BigInt(word));
    cpu.pc = pc;
    return cpu.step().kind;
  };
  it('a change of MSR that the model has no meaning for', () => {
    const cpu = new ReferenceCpu(new SparseMemory());
    const msr = cpu.specials.msr;
    for (const [word, srr1] of [[0x7c600164, 0n], [0x4c000024, msr ^ 0x20n]] as const) {
      cpu.setGpr(3, msr ^ 0x4000n);
      cpu.specials.srr1 = srr1;
      expect(cpu.execute(word).kind).toBe('undecodable');
      expect([cpu.specials.msr, cpu.pc]).toEqual([msr, 0n]);
    }
    cpu.specials.srr1 = msr ^ 0x8002n;
    expect([cpu.execute(0x4c000024).kind, cpu.specials.msr]).toEqual(['stepped', msr ^ 0x8002n]);
  });
  it('an unmodelled word', () => expect(stepped(0xfc00002e)).toBe('undecodable'));
  it('zero', () => expect(stepped(0)).toBe('undecodable'));
  it('a trap', () => expect(stepped(0x7fe00008)).toBe('trap'));
  it('a fetch off a word boundary', () => expect(stepped(0x60000000, 2n)).toBe('misaligned-fetch'));
  it('a trap whose condition is false goes on', () => expect(run('tdnei r3,0').pc).toBe(0x1004n));
});
