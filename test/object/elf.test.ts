// Object files that are damaged, cut off or of another machine: one clear error, never anything else.
import { expect, test } from 'vitest';
import { inMemory } from '../../src/object/bytes.ts';
import { Elf } from '../../src/object/elf.ts';
import { ObjectError } from '../../src/object/error.ts';
import { liftObject } from '../../src/object/object.ts';
import { StrategyError } from '../../src/contract/strategy-error.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Random } from '../../src/verify/random.ts';
import { refusal } from '../refusal.ts';
import { btfSection } from './elf-file.ts';
import { kernelFile } from './kernel-like.ts';

const WHOLE = kernelFile({ btf: btfSection([{ name: 'task_struct', members: [['thread_info', 0]] }]) });
const LINKED = kernelFile({ kind: 'linked' });
const options = { file: 'a.o', handler: livepatchStack };
const read = (bytes: Uint8Array): string | undefined => refusal(ObjectError, () => liftObject(inMemory(bytes), options));

test('sections, symbols, relocations and build-id of a whole file', () => {
  const elf = new Elf(inMemory(WHOLE), 'a.o');
  expect(elf.kind).toBe('relocatable');
  expect(elf.sections.map(({ name }) => name)).toEqual(['', '.text', '.rela.text', '.symtab', '.strtab', '.shstrtab', '.BTF']);
  const text = elf.section('.text')!;
  expect(elf.relocations(text).map(({ type, symbol }) => [type, symbol.name])).toEqual([[50, 'function_trace_op'], [48, 'function_trace_op'], [10, 'ftrace_stub']]);
  expect(elf.symbols.find(({ name }) => name === 'ftrace_caller')).toMatchObject({ section: 1, value: 8n });
  expect(elf.buildId).toBeUndefined();
  expect(new Elf(inMemory(LINKED), 'vmlinux').buildId).toBe('8602a9ae90d1aa01f3180ec1c0b53cb1a3c6b82c');
});

/** With other bytes at an offset. */
function changed(bytes: Uint8Array, offset: number, ...values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, offset);
  return copy;
}

const table = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(40, true);

/** Where a section's bytes lie in the file. */
const sectionOf = (bytes: Uint8Array, index: number): number => Number(new DataView(bytes.buffer).getBigUint64(table(bytes) + index * 64 + 24, true));

/** Where a symbol lies in the file. */
function symbolAt(bytes: Uint8Array, name: string): number {
  const index = new Elf(inMemory(bytes), 'a.o').symbols.findIndex((it) => it.name === name);
  return sectionOf(bytes, 3) + 24 * index;
}

test('the section of a symbol may be in a table of its own, as where there are very many', () => {
  const symbols = new Elf(inMemory(WHOLE), 'a.o').symbols, numbers = new Uint8Array(4 * symbols.length);
  symbols.forEach(({ section }, i) => { numbers[4 * i] = section ?? 0; });
  const own = kernelFile({ sections: [{ name: '.symtab_shndx', bytes: numbers }] });
  const [header, at] = [table(own) + 6 * 64, symbolAt(own, 'ftrace_caller') + 6];
  const said = changed(changed(changed(own, header + 4, 18), header + 40, 3), at, 0xff, 0xff);
  expect(new Elf(inMemory(said), 'a.o').symbols).toEqual(new Elf(inMemory(own), 'a.o').symbols);
  // Of another symbol table; and too short for the last symbol.
  expect(read(changed(said, header + 40, 4))).toBe("a.o: section .symtab: symbol 1 has its section's number in another table; expected that table");
  expect(read(changed(said, header + 32, 4))).toMatch(/^a\.o: section \.symtab_shndx: 4 bytes at 4, and it has 4; expected a whole file$/);
});

test.each([
  ['no ELF file at all', new TextEncoder().encode('\x1f\x8b vmlinuz'), 'a.o: no ELF file; expected vmlinux or an object file (.o); a vmlinuz is to be unpacked first'],
  ['an empty file', new Uint8Array(), 'a.o: no ELF file; expected vmlinux or an object file (.o); a vmlinuz is to be unpacked first'],
  ['32 bits', changed(WHOLE, 4, 1), 'a.o: an ELF file of 32 bits; expected one of ppc64le, 64 bits'],
  ['big-endian', changed(WHOLE, 5, 2), 'a.o: a big-endian ELF file; expected one of ppc64le, little-endian'],
  ['x86-64', changed(WHOLE, 18, 62), 'a.o: an ELF file for machine 62; expected one of ppc64le (21)'],
  ['neither 32 nor 64 bits', changed(WHOLE, 4, 9), 'a.o: an ELF file of class 9; expected one of ppc64le, 64 bits'],
  ['no byte order', changed(WHOLE, 5, 0), 'a.o: an ELF file of byte order 0; expected one of ppc64le, little-endian'],
  ['ELFv1', changed(WHOLE, 48, 1), 'a.o: an ELF file of the ELFv1 ABI; expected one of ELFv2, as ppc64le has it'],
  ['a core dump', changed(WHOLE, 16, 4), 'a.o: an ELF file of type 4; expected a relocatable file, an executable or a shared object'],
  ['no sections', changed(WHOLE, 40, 0, 0, 0, 0), 'a.o: no section table; expected a file that is not stripped of its sections'],
  ['headers of another size', changed(WHOLE, 58, 40), 'a.o: section headers of 40 bytes; expected 64'],
  ['a table behind the end', changed(WHOLE, 43, 0x7f), /^a\.o: the section table takes 64 bytes at 213\d+, and the file has \d+; expected a whole file$/],
  ['a table at the end of the world', changed(WHOLE, 40, ...new Array<number>(8).fill(0xff)), /^a\.o: the ELF header: 0xffffffffffffffff at 40; expected a number of bytes that a file can have$/],
  ['65,000 sections', changed(WHOLE, 60, 0xe8, 0xfd), /^a\.o: the section table takes 4160000 bytes/],
  ['names that are code', changed(WHOLE, 62, 1), 'a.o: the names of the sections are in section 1, of type 1; expected a string table'],
  ['names that are nowhere', changed(WHOLE, 62, 99), 'a.o: the names of 7 sections are in section 99; expected one of them'],
  ['a stripped file', changed(WHOLE, table(WHOLE) + 3 * 64 + 4, 1), 'a.o: no symbol table; expected one, as in a file that is not stripped'],
  ['compressed code', changed(WHOLE, table(WHOLE) + 64 + 9, 8), /^a\.o: section \.text: it is compressed/],
  ['code without bytes', changed(WHOLE, table(WHOLE) + 64 + 4, 8), /lies in section \.text; expected a section of code/],
  ['code that is data', changed(WHOLE, table(WHOLE) + 64 + 8, 2), /lies in section \.text; expected a section of code/],
  ['an enormous section', changed(WHOLE, table(WHOLE) + 64 + 36, 1), /^a\.o: section \.text takes 429\d+ bytes at \d+, and the file has \d+; expected a whole file$/],
  ['symbols of another size', changed(WHOLE, table(WHOLE) + 3 * 64 + 32, 25), /^a\.o: section \.symtab: 281 bytes; expected a multiple of 24$/],
  ['a symbol in a section that is not there', changed(WHOLE, symbolAt(WHOLE, 'ftrace_caller') + 6, 200), 'a.o: section .symtab: symbol 1 is in section 200; expected one of 7'],
  ['a symbol whose section is in a table that is not there', changed(WHOLE, symbolAt(WHOLE, 'ftrace_caller') + 6, 0xff, 0xff), "a.o: section .symtab: symbol 1 has its section's number in another table; expected that table"],
  ['a relocation behind the end of the code', changed(WHOLE, sectionOf(WHOLE, 2) + 5, 1), /^a\.o: section \.rela\.text: entry 0 is of byte 10995\d+; expected one of the \d+ of section \.text$/],
  ['symbol names that are no strings', changed(WHOLE, table(WHOLE) + 3 * 64 + 40, 1), /^a\.o: section \.symtab: its names are in section 1; expected a string table$/],
] as const)('bad input: %s', (_, bytes, expected) => {
  const said = read(bytes);
  if (typeof expected === 'string') expect(said).toBe(expected);
  else expect(said).toMatch(expected);
});

test('a file that is cut off at any byte is bad input', () => {
  // The section table is the last thing in it.
  const whole = [WHOLE, LINKED].map((bytes) => [...bytes.keys()].filter((length) => read(bytes.slice(0, length)) === undefined));
  expect(whole).toEqual([[], []]);
  expect([read(WHOLE), read(LINKED)]).toEqual([undefined, undefined]);
});

test('whatever bits are flipped, an error is one of bad input', () => {
  const random = new Random(5);
  const seen = { read: 0, refused: 0 };
  for (let i = 0; i < 1_000; i++) {
    const bytes = (i % 2 === 0 ? WHOLE : LINKED).slice();
    const flips = 1 + random.below(4);
    // Every third in the tables, which are small: headers, names, symbols.
    for (let n = 0; n < flips; n++) {
      const at = i % 3 === 0 ? random.below(64) : i % 3 === 1 ? bytes.length - 1 - random.below(8 * 64) : random.below(bytes.length);
      bytes[at]! ^= 1 << random.below(8);
    }
    const said = whatIsSaid(bytes);
    if (said === undefined) seen.read++;
    else {
      seen.refused++;
      expect(said).toMatch(/^[ -~]+; expected [ -~]+$/);
    }
  }
  expect(seen.read).toBeGreaterThan(80);
  expect(seen.refused).toBeGreaterThan(250);
});

/** Code that the format takes may be too long for a hook: that is a StrategyError. */
function whatIsSaid(bytes: Uint8Array): string | undefined {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof StrategyError) return error.message;
    throw error;
  }
}
