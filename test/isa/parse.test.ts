// Source as a list of items and back; what the assembler takes apart is what stands in the list.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { AssemblyError, assemble } from '../../src/isa/assemble.ts';
import { instructionText, parseSource, sourceText } from '../../src/isa/parse.ts';
import { FTRACE_ENTRY } from '../../src/kernel/ftrace.ts';
import { strategySymbols } from '../../src/contract/state.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

const one = (text: string): { mnemonic: string; operands: readonly string[]; text: string } => {
  const [item] = parseSource(text, 't');
  if (item?.kind !== 'instruction') throw new Error('no instruction');
  return { mnemonic: item.mnemonic, operands: item.operands, text: instructionText(item) };
};

test.each([
  ['std r2,24(r1)', 'std', ['r2', '24', 'r1'], 'std r2, 24(r1)'],
  ['  ld  r12 , -(3*8) ( r11 )', 'ld', ['r12', '-(3*8)', 'r11'], 'ld r12, -(3*8)(r11)'],
  ['addi r12,r12,livepatch_return-1b', 'addi', ['r12', 'r12', 'livepatch_return-1b'], 'addi r12, r12, livepatch_return-1b'],
  ['addis r2,r12,(.TOC.-f)@ha', 'addis', ['r2', 'r12', '(.TOC.-f)@ha'], 'addis r2, r12, (.TOC.-f)@ha'],
  ['bcl 20,31,1f', 'bcl', ['20', '31', '1f'], 'bcl 20, 31, 1f'],
  ['beq cr7, out', 'beq', ['cr7', 'out'], 'beq cr7, out'],
  ['beq- out', 'beq-', ['out'], 'beq- out'],
  ['blr', 'blr', [], 'blr'],
])('%s', (text, mnemonic, operands, printed) => {
  expect(one(text)).toEqual({ mnemonic, operands, text: printed });
});

test('labels, directives and several statements of a line have their places', () => {
  expect(parseSource('a: b: nop; nop # c\n .set X, 1\nY = 2\n1: blr', 't').map((it) => [it.kind, it.line, it.kind === 'instruction' ? it.nth : it.kind === 'label' ? it.name : it.text])).toEqual([
    ['label', 1, 'a'], ['label', 1, 'b'], ['instruction', 1, 1], ['instruction', 1, 2], ['directive', 2, '.set X, 1'], ['directive', 3, 'Y = 2'], ['label', 4, '1'], ['instruction', 4, 1],
  ]);
});

test('what the assembler refuses is refused with its place', () => {
  expect(() => parseSource('nop\n ldx r3, r4', 'f.s')).toThrow(AssemblyError);
  expect(() => parseSource('nop\n frob r3', 'f.s')).toThrow("f.s:2:2: unknown instruction 'frob'");
});

test('printed again, every text of the house assembles to the same bytes', () => {
  const texts: string[] = [FTRACE_ENTRY, readFileSync(join(resolve(import.meta.dirname, '../..'), 'examples/klp-slot-word.s'), 'utf8'),
    ...BUILT_IN.flatMap(({ code }) => [`${code.livepatch_handler ?? ''}${code.livepatch_return ?? ''}`, code.replacement_entry ?? '', code.traced_global_entry ?? ''])];
  const own = Object.assign({}, ...BUILT_IN.map((strategy) => strategySymbols(strategy))) as Record<string, bigint>;
  const symbols = { ...own, klp_callback: 0x1000n, livepatch_handler: 0x2000n, '.TOC.': 0x8000n };
  for (const text of texts) {
    const items = parseSource(text, 't');
    expect(assemble(sourceText(items), { base: 0x1000n, symbols }).bytes).toEqual(assemble(text, { base: 0x1000n, symbols }).bytes);
  }
});
