// Offsets out of DWARF: objects of gcc, clang and ld as recorded; and debug information that is damaged, cut off or made to take for ever is one clear error.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { inMemory } from '../../src/object/bytes.ts';
import { dwarfMembers } from '../../src/object/dwarf.ts';
import type { DwarfMembers } from '../../src/object/dwarf.ts';
import { Elf } from '../../src/object/elf.ts';
import { ObjectError } from '../../src/object/error.ts';
import { liftObject } from '../../src/object/object.ts';
import type { ObjectOptions } from '../../src/object/object.ts';
import { FIELDS, MEMBERS, fromMembers } from '../../src/object/offsets.ts';
import { liftedText } from '../../src/report/object.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Random } from '../../src/verify/random.ts';
import { refusal } from '../refusal.ts';
import { COMPILED_OFFSETS, FAR, UNREAD } from './dwarf-compiled.ts';
import { btfSection, elfFile } from './elf-file.ts';
import type { FileSection } from './elf-file.ts';
import { kernelFile } from './kernel-like.ts';
import type { Kernel } from './kernel-like.ts';

interface Recorded {
  readonly objects: readonly { readonly name: string; readonly gzip: string }[];
}

const RECORDED = (JSON.parse(readFileSync(new URL('recorded/dwarf.json', import.meta.url), 'utf8')) as Recorded).objects
  .map(({ name, gzip }) => ({ name, bytes: new Uint8Array(gunzipSync(Buffer.from(gzip, 'base64'))) }));
const recorded = (name: string): Uint8Array => RECORDED.find((it) => it.name === name)!.bytes;

const WANTED = [...FIELDS.flatMap((field) => MEMBERS[field]), [FAR.structure, FAR.member] as const];
const read = (bytes: Uint8Array): DwarfMembers => dwarfMembers(new Elf(inMemory(bytes), 'a.o'), WANTED);

describe('objects as compilers write them', () => {
  it('has each kind', () => {
    expect(RECORDED.map(({ name }) => name)).toEqual(expect.arrayContaining(['dwarf-4', 'dwarf-5', 'dwarf-4, ld -r', 'dwarf-5, linked', 'dwarf-5 of 64 bits', 'dwarf-4, type units', 'dwarf-5 of clang, ld -r', ...Object.keys(UNREAD)]));
    expect(RECORDED).toHaveLength(16);
  });
  it.each(RECORDED)('$name', ({ name, bytes }) => {
    const { members, unread } = read(bytes);
    const why = UNREAD[name];
    expect(fromMembers(members)).toEqual(why === undefined ? COMPILED_OFFSETS : {});
    expect(members.get('task_struct.state')).toBe(why === undefined ? FAR.offset : undefined);
    expect(unread).toEqual(why === undefined ? [] : [why]);
  });
});

/** Sections of debug information of an object, without its relocations. */
function debugSections(bytes: Uint8Array): FileSection[] {
  const elf = new Elf(inMemory(bytes), 'a.o');
  return elf.sections.filter(({ name }) => name.startsWith('.debug_')).map((section) => {
    const contents = elf.contents(section);
    return { name: section.name, bytes: Uint8Array.from({ length: contents.length }, (_, i) => contents.u8(i)) };
  });
}

const LINKED = ['dwarf-4, linked', 'dwarf-5, linked'].map((name) => debugSections(recorded(name)));
/** Code that was built with these offsets. */
const OFFSETS = { ...COMPILED_OFFSETS, PACA_THREAD_INFO: COMPILED_OFFSETS.PACACURRENT };
const lifted = (kernel: Kernel, options: Partial<ObjectOptions> = {}): ReturnType<typeof liftObject> =>
  liftObject(inMemory(kernelFile({ offsets: OFFSETS, kind: 'linked', ...kernel })), { file: 'vmlinux', handler: livepatchStack, ...options });
const refused = (kernel: Kernel, options: Partial<ObjectOptions> = {}): string | undefined => refusal(ObjectError, () => lifted(kernel, options));

test.each([4, 5])('DWARF %i says where the fields of lifted code are; who says otherwise is contradicted', (version) => {
  const sections = LINKED[version - 4]!;
  const { facts, strategy } = lifted({ sections });
  expect(facts.offsets.map(({ field, value, source }) => [field, value, source])).toEqual(FIELDS.map((field) => [field, COMPILED_OFFSETS[field], 'dwarf']));
  expect(strategy.code).toEqual(lifted({}).strategy.code);
  expect(liftedText(facts, '')).toContain('# offset TI_livepatch_sp 24 (DWARF)');
  expect(refused({ sections }, { offsets: { PACATOC: 32 } })).toBe("vmlinux: PACATOC is given as 32, and the file's DWARF has it at 16; expected the same, or none given");
  expect(refused({ sections, offsets: { ...OFFSETS, PACACURRENT: 2032 } })).toContain('it loads 8 bytes at 2032 of the PACA; expected a field that the model has: PACACURRENT at 2024 (DWARF)');
  // BTF is asked first, and has other offsets here.
  const btf = btfSection([{ name: 'paca_struct', members: [['kernel_toc', 24]] }]);
  expect(refused({ sections, btf })).toContain('PACATOC at 24 (BTF)');
});

test('what is not read is said, and the offsets are those that the code uses', () => {
  const { facts } = lifted({ sections: debugSections(recorded('dwarf-5, split')) });
  expect(facts.offsets.map(({ source }) => source)).toEqual(['code', 'code', 'code', 'code']);
  expect(facts.notes).toEqual(['not read for offsets: split debug information (.dwo)']);
});

/** Reads sections that are not as they were: an ObjectError's words, or undefined for a result. Everything else is thrown. */
const outcome = (sections: readonly FileSection[]): string | undefined => refusal(ObjectError, () => read(elfFile({ kind: 'linked', text: new Uint8Array(4), symbols: [], sections })));

test.each([4, 5])('DWARF %i that is cut off anywhere before the last structure is bad input', (version) => {
  const sections = LINKED[version - 4]!;
  for (const name of ['.debug_info', '.debug_abbrev', '.debug_str']) {
    const whole = sections.find((it) => it.name === name)!.bytes;
    const cut = (length: number): string | undefined => outcome(sections.map((it) => (it.name === name ? { name, bytes: whole.slice(0, length) } : it)));
    expect(cut(whole.length)).toBeUndefined();
    const told = Array.from({ length: whole.length - 1 }, (_, i) => cut(i + 1)).filter((it) => it !== undefined);
    for (const one of told) expect(one).toMatch(/^a\.o: section \.debug_\w+: .*; expected [^\n]+$/);
    // Behind all that is looked for a cut is not met in names and abbreviations.
    expect(told.length, name).toBeGreaterThan(name === '.debug_info' ? whole.length - 4 : whole.length / 4);
  }
  expect(outcome(sections.filter(({ name }) => name !== '.debug_abbrev'))).toBe('a.o: section .debug_info: it needs section .debug_abbrev, which is not there; expected all of the debug information, or none (objcopy --strip-debug)');
});

test('bytes that are changed at random give offsets or one clear error', () => {
  const random = new Random(7);
  let told = 0;
  for (const name of ['dwarf-4', 'dwarf-5', 'dwarf-5, linked', 'dwarf-5 of clang, ld -r', 'dwarf-4, type units']) {
    for (let i = 0; i < 400; i++) {
      const bytes = recorded(name).slice();
      for (let n = random.below(3) + 1; n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
      if (refusal(ObjectError, () => read(bytes)) !== undefined) told++;
    }
  }
  expect(told).toBeGreaterThan(200);
});

/** One unit of version 5 with these abbreviations and entries, of at most 247 bytes. */
function unit(abbreviations: readonly number[], entries: readonly number[]): FileSection[] {
  const info = [entries.length + 8, 0, 0, 0, 5, 0, 1, 8, 0, 0, 0, 0, ...entries];
  return [{ name: '.debug_abbrev', bytes: Uint8Array.from(abbreviations) }, { name: '.debug_info', bytes: Uint8Array.from(info) }];
}
/** A unit with children that has no attributes; behind it whatever is given. */
const ROOT = [1, 0x11, 1, 0, 0];

test.each([
  ['a sibling that is in front of its entry', unit([...ROOT, 2, 0x2e, 1, 0x01, 0x11, 0, 0, 0], [1, 2, 12, 0, 0]), /sibling at 12; expected one behind it in its unit$/],
  ['a sibling behind the unit', unit([...ROOT, 2, 0x2e, 1, 0x01, 0x11, 0, 0, 0], [1, 2, 200, 0, 0]), /sibling at 200; expected one behind it in its unit$/],
  ['an abbreviation that is not there', unit([...ROOT, 0], [1, 9]), /the entry at 13 is of abbreviation 9, which its table does not have; expected one of 1$/],
  ['a number that does not end', unit([...ROOT, 0], new Array<number>(20).fill(0x80)), /a number of more than 10 bytes at 12; expected one of 64 bits$/],
  ['a form that nobody knows', unit([...ROOT, 2, 0x34, 0, 3, 0x7e, 0, 0, 0], [1, 2, 0]), /a value of form 0x7e; expected a form of DWARF 4 or 5$/],
  ['a form within the value that is that form again', unit([...ROOT, 2, 0x34, 0, 3, 0x16, 0, 0, 0], [1, 2, 0x16, 0x16, 0]), /of a form that is in front of it, 0x16; expected another form$/],
  ['a block that is larger than its unit', unit([...ROOT, 2, 0x34, 0, 2, 0x04, 0, 0, 0], [1, 2, 0xff, 0xff, 0xff, 0x7f, 0]), /the entry at 13 ends at \d+; expected at most the end of its unit, 19$/],
  ['a thousand attributes', unit([...ROOT, 2, 0x34, 0, ...new Array<number>(2000).fill(0x19), 0, 0, 0], [1, 2, 0]), /more than 100 attributes at \d+; expected at most 100$/],
  ['a unit of no length', [{ name: '.debug_abbrev', bytes: new Uint8Array(4) }, { name: '.debug_info', bytes: new Uint8Array(40) }], /section \.debug_info: the unit at 0 has 4 bytes; expected at least its header$/],
  ['a member at a place that is computed', unit([...ROOT, 2, 0x13, 1, 3, 8, 0, 0, 3, 0x0d, 0, 3, 8, 0x38, 0x18, 0, 0, 0], [1, 2, ...Buffer.from('thread_info\0'), 3, ...Buffer.from('livepatch_sp\0'), 1, 0x97, 0, 0]), /a member's location at \d+; expected a number of bytes$/],
] as const)('%s', (_name, sections, expected) => {
  expect(outcome(sections)).toMatch(expected);
});

test('tables that overlap, each unit with its own, do not take for ever', () => {
  // 20,000 units, each of which begins one entry later in one long table.
  const units = 20_000, table: number[] = [], info = Buffer.alloc(13 * units);
  for (let i = 0; i < units; i++) {
    table.push(1, 0x34, 0, 0, 0);
    info.writeUInt32LE(9, 13 * i);
    info.set([5, 0, 1, 8], 13 * i + 4);
    info.writeUInt32LE(5 * i, 13 * i + 8);
    info[13 * i + 12] = 1;
  }
  const sections = [{ name: '.debug_abbrev', bytes: Uint8Array.from([...table, 0]) }, { name: '.debug_info', bytes: new Uint8Array(info) }];
  expect(outcome(sections)).toMatch(/^a\.o: section \.debug_abbrev: the tables of its units overlap, at \d+; expected each on its own$/);
}, 10_000);
