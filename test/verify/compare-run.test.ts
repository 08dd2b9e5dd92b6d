// The comparison of two runs sees each part of them; and words that are moved do what they did. Needs no emulator.
import { describe, expect, it } from 'vitest';
import { b, bl, encode, ld, mtlr } from '../../src/isa/encode.ts';
import { REGISTERS } from '../../src/machine/registers.ts';
import { compareRun, readReport } from '../../src/verify/compare-run.ts';
import type { Expected, Reported } from '../../src/verify/compare-run.ts';
import { elsewhere } from '../../src/verify/elsewhere.ts';
import { SUMMED } from '../../src/verify/summed.ts';
import { home, moved } from '../../src/verify/moved.ts';
import { EVENT, EVENT_BYTES, MOST_EVENTS, PT, SAVE0, SIGNAL, TRAILER, TRAILER_BYTES } from '../../src/verify/runner.ts';

const EVENTS = 3;

function events(): Uint8Array {
  return new Uint8Array(BigUint64Array.from({ length: EVENTS * EVENT.DOUBLEWORDS }, (_, i) => BigInt(1000 + i)).buffer);
}

/** A run that ended well, on both sides. */
function pair(): { ours: Expected; theirs: Reported } {
  const sums = Int32Array.from({ length: 2 * SUMMED.length }, (_, i) => i - 3);
  return {
    ours: { end: 'done', events: events(), regs: new Int32Array(REGISTERS), nip: 0n, link: undefined, sums },
    theirs: { signal: 0, address: 0n, registers: new BigUint64Array(39), sums: BigUint64Array.from(sums, (it) => BigInt(it >>> 0) | 7n << 32n), events: events() },
  };
}

describe('two runs', () => {
  it('that are equal', () => {
    const { ours, theirs } = pair();
    expect(compareRun(ours, theirs)).toEqual({ events: EVENTS, end: true, difference: undefined });
  });

  for (let field = 0; field < EVENT.DOUBLEWORDS; field++) {
    it(`differ in doubleword ${field} of an event`, () => {
      const { ours, theirs } = pair();
      theirs.events[EVENT_BYTES + 8 * field + 7]! ^= 0x80;
      const { events: equal, difference } = compareRun(ours, theirs);
      expect(equal).toBe(1);
      expect(difference?.what).toBe(['place', ...Array.from({ length: 32 }, (_, n) => `r${n}`), 'LR', 'CTR', 'CR', 'XER'][field]);
      expect(difference?.theirs).toMatch(/^0x8000/);
    });
  }

  it('differ in a sum of memory, each', () => {
    for (let i = 0; i < 2 * SUMMED.length; i++) {
      const { ours, theirs } = pair();
      theirs.sums[i]! ^= 1n;
      expect(compareRun(ours, theirs).difference?.what).toBe(`memory at the end: ${SUMMED[i >> 1]!.name}`);
    }
  });

  it('differ in how they end, and in the number of events', () => {
    const { ours, theirs } = pair();
    expect(compareRun(ours, { ...theirs, signal: SIGNAL.SEGV }).difference).toMatchObject({ what: 'end of the run', ours: 'done', theirs: 'SIGSEGV at 0x0' });
    expect(compareRun({ ...ours, end: { kind: 'trap', address: 4n } }, theirs).difference?.what).toBe('end of the run');
    expect(compareRun({ ...ours, end: 'budget' }, theirs).difference?.what).toBe('end of the run');
    // One that has no end here may fill its log there, and nothing less.
    const full = new Uint8Array(MOST_EVENTS * EVENT_BYTES);
    full.set(ours.events);
    const endless = { ...ours, end: 'budget' } as const, stopped = { ...theirs, signal: SIGNAL.SEGV };
    expect(compareRun(endless, { ...stopped, events: full })).toEqual({ events: EVENTS, end: false, difference: undefined });
    expect(compareRun(endless, { ...stopped, events: full.subarray(0, full.length - EVENT_BYTES) }).difference?.what).toBe('end of the run');
    expect(compareRun(endless, stopped).difference?.what).toBe('end of the run');
    expect(compareRun(ours, { ...theirs, events: events().subarray(0, EVENT_BYTES) }).difference?.what).toBe('number of events');
    expect(compareRun({ ...ours, events: events().subarray(0, EVENT_BYTES) }, theirs).difference?.what).toBe('number of events');
    expect(compareRun({ ...ours, end: 'full' }, { ...theirs, events: events().subarray(0, EVENT_BYTES) }).difference?.what).toBe('number of events');
  });

  it('differ in a register at a fault, each; and in LR where a branch astray sets it', () => {
    const end = { kind: 'bad-access', address: 4n, target: 0x40n, store: false } as const;
    const names: Readonly<Record<number, string>> = { [PT.NIP]: 'NIP', [PT.CTR]: 'CTR', [PT.LINK]: 'LR', [PT.XER]: 'XER', [PT.CCR]: 'CR' };
    const fault = pair(), theirs = { ...fault.theirs, signal: SIGNAL.SEGV, address: 0x40n }, ours = { ...fault.ours, end };
    expect(compareRun(ours, theirs).difference).toBeUndefined();
    for (let n = 0; n < 39; n++) {
      if (n >= 32 && names[n] === undefined) continue;
      const registers = theirs.registers.slice();
      registers[n]! ^= 1n << 31n;
      expect(compareRun(ours, { ...theirs, registers }).difference?.what).toBe(`${names[n] ?? `r${n}`} at the end`);
    }
    expect(compareRun(ours, { ...theirs, address: 0x60n }).difference?.what).toBe('the address that was touched at the end');
    expect(compareRun({ ...ours, end: { kind: 'bad-fetch', address: 0n, from: 4n }, link: 8n }, theirs).difference?.what).toBe('LR at the end');
  });

  it('of which one has no whole report', () => {
    const whole = new Uint8Array(TRAILER_BYTES + EVENT_BYTES);
    const trailer = new BigUint64Array(whole.buffer, 0, TRAILER.DOUBLEWORDS);
    trailer[TRAILER.LOGGED] = BigInt(EVENT_BYTES);
    expect(readReport(whole, 0)?.next).toBe(whole.length);
    expect(readReport(whole.subarray(0, whole.length - 1), 0)).toBeUndefined();
    trailer[TRAILER.LOGGED] = 1n << 40n;
    expect(readReport(whole, 0)).toBeUndefined();
  });
});

describe('a word that is executed elsewhere', () => {
  const AT = 0x1000100, BASE = 0x2000000, HIGH = 0x1000;
  const moveWord = (word: number): number[] => {
    const near = new Int32Array(16);
    return [...near.subarray(0, elsewhere(near, 0, word, AT, BASE, HIGH))].map((it) => it >>> 0);
  };

  it('is the same if it knows no address', () => {
    for (const word of [ld(2, 24, 1), 0x4e800020, 0x4e800420]) expect(moveWord(word)).toEqual([word >>> 0]);
  });
  it('goes where it went, and sets LR to what it set it to', () => {
    expect(moveWord(b(0x40))).toEqual([b(AT + 0x40 - BASE) >>> 0]);
    const link = [
      encode('addis', 0, 0, 0), encode('ori', 0, 0, HIGH), encode('rldicr', 0, 0, 32, 31), encode('oris', 0, 0, AT >>> 16), encode('ori', 0, 0, (AT & 0xffff) + 4), mtlr(0), ld(0, SAVE0, 13),
    ];
    expect(moveWord(bl(-0x40))).toEqual([...link, b(AT - 0x40 - (BASE + 4 * link.length))].map((it) => it >>> 0));
    expect(moveWord(0x4e800421)).toEqual([...link, 0x4e800420].map((it) => it >>> 0));
    // beq +0x20
    expect(moveWord(encode('bc', 12, 2, 0x20))).toEqual([encode('bc', 12, 2, 8), b(8), b(AT + 0x20 - (BASE + 8))].map((it) => it >>> 0));
  });
  it('sets LR if it is bcl, taken or not', () => {
    const at = moveWord(encode('bcl', 20, 31, 4));
    expect(at.slice(-4)).toEqual([ld(0, SAVE0, 13), encode('bc', 20, 31, 8), b(8), b(AT + 4 - (BASE + 4 * (at.length - 1)))].map((it) => it >>> 0));
  });
  it('takes reserved bits of XER away', () => {
    expect(moveWord(encode('mfspr', 10, 1))).toEqual([encode('mfspr', 10, 1), encode('rlwinm', 10, 10, 0, 25, 2), encode('rldicl', 10, 10, 0, 32)].map((it) => it >>> 0));
  });
  it('is refused if it cannot be', () => {
    expect(() => moveWord(encode('ba', 0x100))).toThrow(/an absolute branch at 0x1000100/);
    expect(() => moveWord(encode('bclrl', 20, 0, 0))).toThrow(/a linked branch to LR/);
  });
});

it('an address that is moved keeps its low half, and comes home', () => {
  for (const address of [0xc000000000010000n, 0xc000000011400100n, 0xc008000000200000n, 0xc0080004004fff00n]) {
    expect(moved(address)).toBeLessThan(1n << 47n);
    expect(moved(address) & 0xffffffffn).toBe(address & 0xffffffffn);
    expect(home(moved(address))).toBe(address);
  }
  for (const value of [0n, 0x0bad000000001019n, 0xffffffffffffffffn]) expect(moved(value)).toBe(value);
});
