import { describe, expect, it } from 'vitest';
import { decode } from '../../src/isa/decode.ts';
import { disassemble } from '../../src/isa/disassemble.ts';
import * as encode from '../../src/isa/encode.ts';
import { INSTRUCTIONS } from '../../src/isa/table.ts';

describe('disassemble', () => {
  const symbolAt = (address: bigint): string => `f+0x${(address - 0x1000n).toString(16)}`;
  it.each([
    [0x7c0802a6, 'mflr    r0'],
    [0xe8410018, 'ld      r2,24(r1)'],
    [0x4e800020, 'blr'],
    [0x48000009, 'bl      1010 <f+0x10>'],
    [0x419e0008, 'beq     cr7,1010 <f+0x10>'],
    [0x7f0c5888, 'tdne    r12,r11'],
    [0x60000000, 'nop'],
    [0, '.long 0x0'],
  ])('%i is %s', (word, text) => expect(disassemble(word, 0x1008n, symbolAt)).toBe(text));
  it('writes a bare address without symbols', () => expect(disassemble(0x48000009, 0x1008n)).toBe('bl      0x1010'));
  it('writes a distance without an address', () => expect(disassemble(0x4bfffff8)).toBe('b       .-0x8'));
});

describe('decode', () => {
  it('knows every row by its match bits or by a valid form of it', () => {
    const missed = INSTRUCTIONS.filter((entry) => entry.valid === undefined && decode(entry.match) !== entry);
    expect(missed).toEqual([]);
  });
  it('has no mnemonic twice', () => expect(new Set(INSTRUCTIONS.map((e) => e.mnemonic)).size).toBe(INSTRUCTIONS.length));
  it.each([
    ['reserved bit of add', 0x7c000214 | 1 << 11, true],
    ['reserved bit of cmpd', 0x7c600000, false],
    ['load with update, RA=0', 0x84600004, false],
    ['load with update, RA=RT', 0x84630004, false],
    ['store with update, RA=RS', 0xf8210001, true],
    ['bcctr that decrements', 0x4e000420, false],
    ['BO with a reserved bit', 0x4d800020 | 1 << 21, false],
    ['sync with L=3', 0x7c6004ac, false],
    ['ld with update bit 3', 0xe8000003, false],
  ])('%s', (_, word, known) => expect(decode(word) !== undefined).toBe(known));
  it('takes signed words too', () => expect(decode(0xe8410018 | 0)?.mnemonic).toBe('ld'));
});

describe('encode', () => {
  it('has fast functions that agree with the table', () => {
    const cases: [number, number][] = [
      [encode.ld(2, 24, 1), encode.encode('ld', 2, 24, 1)],
      [encode.stdu(1, -32, 1), encode.encode('stdu', 1, -32, 1)],
      [encode.addi(3, 4, -5), encode.encode('addi', 3, 4, -5)],
      [encode.mr(3, 4), encode.encode('or', 3, 4, 4)],
      [encode.cmpdi(7, 3, -1), encode.encode('cmpdi', 7, 3, -1)],
      [encode.cmpd(7, 3, 4), encode.encode('cmpd', 7, 3, 4)],
      [encode.mtctr(12), encode.encode('mtspr', 9, 12)],
      [encode.mflr(0), encode.encode('mfspr', 0, 8)],
      [encode.bl(-8), encode.encode('bl', -8)],
      [encode.bne(7, 8), encode.encode('bc', 4, 30, 8)],
      [encode.bctr(), encode.encode('bcctr', 20, 0, 0)],
      [encode.blr(), encode.encode('bclr', 20, 0, 0)],
      [encode.sldi(3, 4, 5), encode.encode('rldicr', 3, 4, 5, 58)],
      [encode.srdi(3, 4, 5), encode.encode('rldicl', 3, 4, 59, 5)],
      [encode.stdx(3, 4, 5), encode.encode('stdx', 3, 4, 5)],
      [encode.mtcrf(128, 3), encode.encode('mtocrf', 128, 3)],
      [encode.tdne(3, 4), encode.encode('td', 24, 3, 4)],
      [encode.trap(), encode.encode('tw', 31, 0, 0)],
    ];
    for (const [fast, slow] of cases) expect(fast).toBe(slow);
  });
  it.each([
    [['ld', 3, 6, 1], 'ld: DS = 6 is not within -32768..32764, a multiple of 4'],
    [['add', 3, 4], 'add takes 3 operands, got 2'],
    [['frob'], "no instruction 'frob'"],
    [['lwzu', 3, 0, 3], 'lwzu 3,0,3: invalid form'],
  ] as [[string, ...number[]], string][])('%j is refused', ([mnemonic, ...operands], message) =>
    expect(() => encode.encode(mnemonic, ...operands)).toThrow(message));
});
