// The rows are found by place; here they are looked for one by one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode } from '../../src/isa/decode.ts';
import { INSTRUCTIONS } from '../../src/isa/table.ts';

function lookedFor(word: number): string | undefined {
  const row = INSTRUCTIONS.find(({ mask, match }) => (word & mask) >>> 0 === match);
  return row === undefined || row.valid?.(word) === false ? undefined : row.mnemonic;
}

test('a word is the row whose bits it has', () => {
  const found = new Set<string>();
  fc.assert(fc.property(fc.constantFrom(...INSTRUCTIONS), fc.integer(), fc.integer({ min: 0, max: 31 }), fc.boolean(), ({ mask, match }, noise, bit, flip) => {
    const word = ((match | (noise & ~mask)) ^ (flip ? 1 << bit : 0)) >>> 0, row = decode(word);
    expect(row?.mnemonic).toBe(lookedFor(word));
    expect(decode(noise)?.mnemonic).toBe(lookedFor(noise));
    if (row !== undefined) found.add(row.mnemonic);
  }), { seed: 5, numRuns: 20_000 });
  // All but those of which few words are valid.
  expect(found.size).toBeGreaterThan(new Set(INSTRUCTIONS.map(({ mnemonic }) => mnemonic)).size - 10);
});
