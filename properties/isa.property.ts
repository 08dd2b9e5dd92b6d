import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assemble } from '../src/isa/assemble.ts';
import { decode } from '../src/isa/decode.ts';
import { disassemble } from '../src/isa/disassemble.ts';
import { encode } from '../src/isa/encode.ts';
import { INSTRUCTIONS } from '../src/isa/table.ts';
import type { Instruction } from '../src/isa/table.ts';

const seed = 20160309;

const reassembled = (word: number): number | undefined => assemble(disassemble(word), { base: 0x1000n }).words[0];

/** A row with operands within bounds; the word may still be an invalid form. */
const rowAndOperands: fc.Arbitrary<[Instruction, number[]]> = fc.constantFrom(...INSTRUCTIONS).chain((entry) =>
  fc.tuple(fc.constant(entry), fc.tuple(...entry.operands.map((operand) => {
    const any = fc.integer({ min: 0, max: (operand.max - operand.min) / operand.multiple }).map((n) => operand.min + n * operand.multiple);
    // Few of the 1,024 special registers are modelled: LR, CTR, XER, SRR0, SRR1, SPRG0-SPRG3.
    return operand.name === 'SPR' ? fc.oneof(any, fc.constantFrom(1, 8, 9, 26, 27, 272, 273, 274, 275)) : any;
  }))));

it('decode and the operand extractors undo encode', () => {
  const made = new Set<string>();
  fc.assert(fc.property(rowAndOperands, ([entry, values]) => {
    let word: number;
    try {
      word = encode(entry.mnemonic, ...values);
    } catch (error) {
      // Some operands make no valid form together.
      expect(error).toMatchObject({ name: 'RangeError', message: `${entry.mnemonic} ${values.join(',')}: invalid form` });
      return;
    }
    made.add(entry.mnemonic);
    const decoded = decode(word);
    expect(decoded?.mnemonic).toBe(entry.mnemonic);
    expect(decoded?.operands.map((operand) => operand.extract(word))).toEqual(values);
  }), { numRuns: 5_000, seed });
  expect(INSTRUCTIONS.filter(({ mnemonic }) => !made.has(mnemonic)).map(({ mnemonic }) => mnemonic)).toEqual([]);
});

it('assembling the disassembly of a modelled word gives the word', () => {
  fc.assert(fc.property(rowAndOperands, ([entry, values]) => {
    const word = entry.operands.reduce((bits, operand, i) => bits | operand.insert(values[i] as number), entry.match) >>> 0;
    if (decode(word) !== undefined) expect(reassembled(word), disassemble(word)).toBe(word);
  }), { numRuns: 5_000, seed });
});

it('every 32-bit word is undecodable or survives disassembly and assembly; .long always does', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
    expect(reassembled(word), disassemble(word)).toBe(word);
  }), { numRuns: 10_000, seed });
});

it('at most one row matches a word', () => {
  fc.assert(fc.property(rowAndOperands, ([entry, values]) => {
    const word = entry.operands.reduce((bits, operand, i) => bits | operand.insert(values[i] as number), entry.match) >>> 0;
    const matching = INSTRUCTIONS.filter((row) => (word & row.mask) >>> 0 === row.match && (row.valid === undefined || row.valid(word)));
    expect(matching.length).toBeLessThanOrEqual(1);
    expect(decode(word)).toBe(matching[0]);
  }), { numRuns: 3_000, seed });
});
