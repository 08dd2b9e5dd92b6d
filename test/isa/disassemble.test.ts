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
  // Each plain function with the row and the operands that it stands for.
  const SAME: Readonly<Record<string, readonly [fast: number, slow: number][]>> = {
    addi: [[encode.addi(3, 4, -5), encode.encode('addi', 3, 4, -5)], [encode.addi(31, 31, 0x7fff), encode.encode('addi', 31, 31, 0x7fff)]],
    addis: [[encode.addis(3, 4, -5), encode.encode('addis', 3, 4, -5)]],
    li: [[encode.li(3, -32768), encode.encode('addi', 3, 0, -32768)]],
    lis: [[encode.lis(3, 5), encode.encode('addis', 3, 0, 5)]],
    ori: [[encode.ori(3, 4, 0xffff), encode.encode('ori', 3, 4, 0xffff)]],
    oris: [[encode.oris(3, 4, 0xffff), encode.encode('oris', 3, 4, 0xffff)]],
    nop: [[encode.nop(), encode.encode('ori', 0, 0, 0)]],
    mr: [[encode.mr(3, 4), encode.encode('or', 3, 4, 4)]],
    add: [[encode.add(3, 4, 5), encode.encode('add', 3, 4, 5)]],
    xor: [[encode.xor(3, 4, 5), encode.encode('xor', 3, 4, 5)]],
    sldi: [0, 1, 31, 32, 63].map((n) => [encode.sldi(3, 4, n), encode.encode('rldicr', 3, 4, n, 63 - n)]),
    lwz: [[encode.lwz(3, -7, 1), encode.encode('lwz', 3, -7, 1)]],
    ld: [[encode.ld(2, 24, 1), encode.encode('ld', 2, 24, 1)], [encode.ld(2, -32768, 1), encode.encode('ld', 2, -32768, 1)]],
    stw: [[encode.stw(3, -7, 1), encode.encode('stw', 3, -7, 1)]],
    std: [[encode.std(2, -24, 11), encode.encode('std', 2, -24, 11)]],
    stdu: [[encode.stdu(1, -32, 1), encode.encode('stdu', 1, -32, 1)]],
    cmpdi: [[encode.cmpdi(7, 3, -1), encode.encode('cmpdi', 7, 3, -1)]],
    cmpd: [[encode.cmpd(7, 3, 4), encode.encode('cmpd', 7, 3, 4)]],
    mtspr: [[encode.mtspr(26, 5), encode.encode('mtspr', 26, 5)], [encode.mtspr(272, 5), encode.encode('mtspr', 272, 5)]],
    mflr: [[encode.mflr(5), encode.encode('mfspr', 5, 8)]],
    mtlr: [[encode.mtlr(5), encode.encode('mtspr', 8, 5)]],
    mtctr: [[encode.mtctr(5), encode.encode('mtspr', 9, 5)]],
    mtxer: [[encode.mtxer(5), encode.encode('mtspr', 1, 5)]],
    mfcr: [[encode.mfcr(5), encode.encode('mfcr', 5)]],
    mtcrf: [[encode.mtcrf(0x38, 5), encode.encode('mtcrf', 0x38, 5)], [encode.mtcrf(0x80, 5), encode.encode('mtocrf', 0x80, 5)]],
    b: [[encode.b(-8), encode.encode('b', -8)], [encode.b(0x1fffffc), encode.encode('b', 0x1fffffc)]],
    bl: [[encode.bl(-8), encode.encode('bl', -8)]],
    beq: [[encode.beq(7, -8), encode.encode('bc', 12, 30, -8)]],
    bne: [[encode.bne(1, 8), encode.encode('bc', 4, 6, 8)]],
    blr: [[encode.blr(), encode.encode('bclr', 20, 0, 0)]],
    bctr: [[encode.bctr(), encode.encode('bcctr', 20, 0, 0)]],
    bctrl: [[encode.bctrl(), encode.encode('bcctrl', 20, 0, 0)]],
  };
  it('has plain functions, each of which agrees with the table', () => {
    expect(Object.keys(SAME).sort()).toEqual(Object.keys(encode).filter((name) => name !== 'encode').sort());
    for (const [name, pairs] of Object.entries(SAME)) for (const [fast, slow] of pairs) expect(fast, name).toBe(slow);
  });
  it.each([
    [['ld', 3, 6, 1], 'ld: DS = 6 is not within -32768..32764, a multiple of 4'],
    [['add', 3, 4], 'add takes 3 operands, got 2'],
    [['frob'], "no instruction 'frob'"],
    [['lwzu', 3, 0, 3], 'lwzu 3,0,3: invalid form'],
  ] as [[string, ...number[]], string][])('%j is refused', ([mnemonic, ...operands], message) =>
    expect(() => encode.encode(mnemonic, ...operands)).toThrow(message));
});
