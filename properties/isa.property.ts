import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assemble } from '../src/isa/assemble.ts';
import { decode } from '../src/isa/decode.ts';
import { disassemble } from '../src/isa/disassemble.ts';
import { encode } from '../src/isa/encode.ts';
import { INSTRUCTIONS } from '../src/isa/table.ts';
import type { Instruction } from '../src/isa/table.ts';

const reassembled = (word: number): number | undefined => assemble(disassemble(word), { base: 0x1000n }).words[0];

/** A row with operands within bounds; the word may still be an invalid form. */
const rowAndOperands: fc.Arbitrary<[Instruction, number[]]> = fc.constantFrom(...INSTRUCTIONS).chain((entry) =>
  fc.tuple(fc.constant(entry), fc.tuple(...entry.operands.map((operand) =>
    fc.integer({ min: 0, max: (operand.max - operand.min) / operand.multiple }).map((n) => operand.min + n * operand.multiple)))));

it('decode and the operand extractors undo encode', () => {
  fc.assert(fc.property(rowAndOperands, ([entry, values]) => {
    let word: number;
    try {
      word = encode(entry.mnemonic, ...values);
    } catch {
      return;
    }
    const decoded = decode(word);
    expect(decoded?.mnemonic).toBe(entry.mnemonic);
    expect(decoded?.operands.map((operand) => operand.extract(word))).toEqual(values);
  }), { numRuns: 5_000 });
});

it('assembling the disassembly of a modelled word gives the word', () => {
  fc.assert(fc.property(rowAndOperands, ([entry, values]) => {
    const word = entry.operands.reduce((bits, operand, i) => bits | operand.insert(values[i] as number), entry.match) >>> 0;
    if (decode(word) !== undefined) expect(reassembled(word), disassemble(word)).toBe(word);
  }), { numRuns: 5_000 });
});

it('every 32-bit word is undecodable or survives disassembly and assembly; .long always does', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
    expect(reassembled(word), disassemble(word)).toBe(word);
  }), { numRuns: 10_000 });
});

it('at most one row matches a word', () => {
  fc.assert(fc.property(rowAndOperands, ([entry, values]) => {
    const word = entry.operands.reduce((bits, operand, i) => bits | operand.insert(values[i] as number), entry.match) >>> 0;
    const matching = INSTRUCTIONS.filter((row) => (word & row.mask) >>> 0 === row.match && (row.valid === undefined || row.valid(word)));
    expect(matching.length).toBeLessThanOrEqual(1);
    expect(decode(word)).toBe(matching[0]);
  }), { numRuns: 3_000 });
});
