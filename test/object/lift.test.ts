// A strategy out of an object file: the object's own words, but for what is listed; and whatever has no counterpart is refused with its address.
import { expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { CORE_LABELS } from '../../src/kernel/core.ts';
import { ADDRESSES } from '../../src/kernel/layout.ts';
import { KERNEL_SYMBOLS } from '../../src/kernel/symbols.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import { strategyFileText } from '../../src/contract/strategy-file.ts';
import { inMemory } from '../../src/object/bytes.ts';
import { ObjectError } from '../../src/object/error.ts';
import { codeOf, findSymbols } from '../../src/object/code.ts';
import { Elf } from '../../src/object/elf.ts';
import { lift } from '../../src/object/lift.ts';
import { liftObject } from '../../src/object/object.ts';
import type { ObjectOptions } from '../../src/object/object.ts';
import { prove } from '../../src/object/prove.ts';
import { walk } from '../../src/object/walk.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { liftedText } from '../../src/report/object.ts';
import { refusal } from '../refusal.ts';
import { btfSection } from './elf-file.ts';
import { BUILT_OFFSETS, ENTRY, ENTRY_ALONE, HANDLER, kernelFile } from './kernel-like.ts';
import type { Kernel } from './kernel-like.ts';

const FILE = 'build/ftrace_entry.o';
const lifted = (kernel: Kernel, options: Partial<ObjectOptions> = {}): ReturnType<typeof liftObject> =>
  liftObject(inMemory(kernelFile(kernel)), { file: FILE, handler: livepatchStack, ...options });
const refused = (kernel: Kernel, options: Partial<ObjectOptions> = {}): string | undefined => refusal(ObjectError, () => lifted(kernel, options));

/** A text's words with everything that the model predefines. */
function wordsOf(text: string): readonly number[] {
  const own = new Set([...text.matchAll(/^(\w+):/gm)].map((it) => it[1]!));
  const others = Object.fromEntries(CORE_LABELS.filter((it) => !own.has(it)).map((it) => [it, ADDRESSES.KERNEL_CORE + 0x2000n]));
  return [...assemble(text, { base: ADDRESSES.KERNEL_CORE, symbols: { ...KERNEL_SYMBOLS, ...others } }).words];
}

test.each(['relocatable', 'linked'] as const)('entry and handler of a %s file become the words that the model has for the same code', (kind) => {
  const { strategy, facts } = lifted({ kind });
  expect(wordsOf(strategy.code.livepatch_handler!)).toEqual(wordsOf(HANDLER));
  // The model's own entry, but that what is loaded of vmlinux's data lies where the model has some.
  const entry = ENTRY.replace('ftrace_caller:', 'ftrace_entry:').replace('bl      ftrace_stub', 'bl      klp_callback').replace('r2, 346', 'r2, 0').replace('-1424', '-0x8000');
  expect(wordsOf(strategy.code.ftrace_entry!)).toEqual(wordsOf(entry));
  expect(facts.parts.map(({ point, symbol, words }) => [point, symbol, words])).toEqual([['ftrace_entry', 'ftrace_caller', wordsOf(entry).length], ['livepatch_handler', 'livepatch_handler', 25]]);
  expect(facts.offsets.map(({ field, value, source }) => [field, value, source])).toEqual([
    ['PACACURRENT', 2400, 'code'], ['PACATOC', 32, 'code'], ['PACA_FTRACE_ENABLED', 2580, 'code'], ['TI_livepatch_sp', 40, 'code'],
  ]);
  expect(facts.changes.map(({ builtText, modelledText }) => `${builtText.replace(/\s+/, ' ').replace(/^bl .*</, 'bl <').replace(/^bne .*</, 'bne <')} -> ${modelledText}`)).toEqual([
    'lbz r3,2580(r13) -> lbz r3,PACA_FTRACE_ENABLED(r13)', 'ld r2,32(r13) -> ld r2,PACATOC(r13)',
    ...(kind === 'linked' ? ['addis r5,r2,346 -> addis r5,r2,0', 'addi r5,r5,-1424 -> addi r5,r5,-32768'] : ['addis r5,r2,0 -> addis r5,r2,0', 'addi r5,r5,0 -> addi r5,r5,-32768']),
    kind === 'linked' ? 'bl <ftrace_stub> -> bl klp_callback' : 'bl <ftrace_call> -> bl klp_callback', 'bne <livepatch_handler> -> bne livepatch_handler',
    'ld r12,2400(r13) -> ld r12,PACACURRENT(r13)', 'ld r11,40(r12) -> ld r11,TI_livepatch_sp(r12)', 'std r11,40(r12) -> std r11,TI_livepatch_sp(r12)',
    'ld r12,2400(r13) -> ld r12,PACACURRENT(r13)', 'ld r11,40(r12) -> ld r11,TI_livepatch_sp(r12)', 'ld r12,2400(r13) -> ld r12,PACACURRENT(r13)',
    'std r11,40(r12) -> std r11,TI_livepatch_sp(r12)',
  ]);
  expect(strategy).toMatchObject({ name: 'ftrace-entry', claim: livepatchStack.claim, pushes: ['livepatch_push'], pops: ['livepatch_pop'], published: 'TI_livepatch_sp' });
  expect(strategy.origin).toBe(kind === 'linked' ? 'ftrace_entry.o, build-id 8602a9ae90d1aa01f3180ec1c0b53cb1a3c6b82c' : 'ftrace_entry.o');
});

test('the handler alone has the model\'s entry, an entry alone the handler of the strategy that is asked for', () => {
  const handler = lifted({}, { symbols: ['livepatch_handler'] });
  expect(Object.keys(handler.strategy.code)).toEqual(['livepatch_handler']);
  const entry = lifted({}, { symbols: ['ftrace_caller'] });
  expect(entry.strategy.code.livepatch_handler).toBe(livepatchStack.code.livepatch_handler);
  expect(entry.strategy.code.livepatch_handler_ool).toBeUndefined();
  expect(entry.strategy).toMatchObject({ pushes: ['livepatch_push'], pops: ['livepatch_pop'], claim: livepatchStack.claim });
  expect(entry.facts).toMatchObject({ handler: 'livepatch-stack' });
  expect(entry.facts.parts[0]!.added).toEqual([]);
});

test('an entry that knows no livepatch_handler is led there where the NIP was altered, and that is listed', () => {
  const { strategy, facts } = lifted({ text: ENTRY_ALONE, kind: 'linked' });
  expect(facts.parts).toHaveLength(1);
  expect(facts.parts[0]!.added).toHaveLength(6);
  expect(facts.changes.at(-1)).toMatchObject({ builtText: 'bctr', modelledText: 'b tocsin_redirect' });
  // That of ftrace_no_trace goes where it went.
  expect(strategy.code.ftrace_entry!.match(/\bbctr\b/g)).toHaveLength(2);
});

test('an entry without a place where the old NIP can be found again is refused', () => {
  const text = ENTRY_ALONE.replace('        std     r14, REGS_FRAME+FRAME_LR_SAVE(r1)\n', '');
  expect(refused({ text })).toMatch(/^build\/ftrace_entry.o: word 0x4e800420 at 0x[0-9a-f]+: the old NIP is not at -16\(r1\) here/);
});

test('the lifted strategy is a strategy file that says the same', () => {
  const { strategy, facts } = lifted({});
  const again = parseStrategyText(liftedText(facts, strategyFileText(strategy)), 'again.s');
  for (const point of ['ftrace_entry', 'livepatch_handler'] as const) expect(wordsOf(again.code[point]!)).toEqual(wordsOf(strategy.code[point]!));
  expect({ ...again, code: null }).toEqual({ ...strategy, code: null });
});

const TYPES = [
  { name: 'thread_info', members: [['flags', 0], ['livepatch_sp', BUILT_OFFSETS.TI_livepatch_sp]] },
  { name: 'task_struct', members: [['thread_info', 0]] },
  { name: 'paca_struct', members: [['kernel_toc', BUILT_OFFSETS.PACATOC], ['__current', BUILT_OFFSETS.PACACURRENT], ['ftrace_enabled', BUILT_OFFSETS.PACA_FTRACE_ENABLED]] },
] as const;

test('BTF says where the fields are; who says otherwise is contradicted', () => {
  const btf = btfSection(TYPES);
  const { facts } = lifted({ btf });
  expect(facts.offsets.map(({ field, value, source }) => [field, value, source])).toEqual([
    ['PACACURRENT', 2400, 'btf'], ['PACATOC', 32, 'btf'], ['PACA_FTRACE_ENABLED', 2580, 'btf'], ['TI_livepatch_sp', 40, 'btf'],
  ]);
  expect(lifted({ btf }, { offsets: { PACATOC: 32 } }).facts.offsets[1]).toMatchObject({ source: 'given' });
  expect(refused({ btf }, { offsets: { PACATOC: 16 } })).toBe("build/ftrace_entry.o: PACATOC is given as 16, and the file's BTF has it at 32; expected the same, or none given");
  expect(refused({ btf, offsets: { ...BUILT_OFFSETS, PACACURRENT: 2408 } })).toContain('it loads 8 bytes at 2408 of the PACA; expected a field that the model has: PACACURRENT at 2400 (BTF)');
});

test('BTF that is cut off anywhere, or of another kind, is bad input', () => {
  const whole = btfSection(TYPES);
  let cut = 0;
  for (let length = 0; length < whole.length; length++) if (refused({ btf: whole.slice(0, length) }) !== undefined) cut++;
  expect(cut).toBe(whole.length);
  const changed = (at: number, value: number): Uint8Array => whole.map((byte, i) => (i === at ? value : byte));
  expect(refused({ btf: changed(0, 1) })).toContain('section .BTF: it begins with 0xeb01; expected 0xeb9f');
  expect(refused({ btf: changed(2, 9) })).toContain('section .BTF: version 9; expected version 1');
  expect(refused({ btf: changed(24 + 7, 31) })).toContain('a type of kind 31 at 0');
});

test('two offsets for one field, without anybody who says which: bad input; with somebody, the other one is', () => {
  // The last load of the current task, before the pointer is moved back.
  const patch: Kernel['patch'] = (words, indexOf) => { words[indexOf('livepatch_pop') - 1]! += 8; };
  expect(refused({ patch })).toMatch(/PACACURRENT could be at 2400 \(at 0x[0-9a-f]+\), 2408 \(at 0x[0-9a-f]+\); expected one of them: --offset PACACURRENT=N/);
  expect(refused({ patch }, { offsets: { PACACURRENT: 2400 } })).toContain('it loads 8 bytes at 2408 of the PACA; expected a field that the model has: PACACURRENT at 2400 (given)');
});

/** One word of the handler is another one. */
const instead = (label: string, step: number, word: number): Kernel => ({ patch: (words, indexOf) => { words[indexOf(label) + step] = word; } });

test.each([
  ['a word that is not modelled', instead('livepatch_handler', 5, 0xfc00002a), /word 0xfc00002a at 0x[0-9a-f]+: it is not modelled/],
  ['a store to the PACA', instead('livepatch_handler', 4, 0xf84d0960), /it stores to PACACURRENT of the PACA/],
  ['a load of another field of the PACA', instead('livepatch_handler', 4, 0xa04d0960), /it loads 2 bytes at 2400 of the PACA/],
  ['the PACA by an index', instead('livepatch_handler', 5, 0x7d8d102a), /the PACA, thread_info or data of vmlinux by an index that is not known/],
  ['the PACA by arithmetic', { patch: (words: Uint32Array, indexOf: (label: string) => number) => { const at = indexOf('livepatch_handler'); words[at] = 0x398d0960; words[at + 1] = 0xe96c0000; } }, /the PACA is reached by arithmetic/],
  ['a call of something else', instead('livepatch_handler', 5, 0x48000009), /the handler calls something by its address/],
  ['a branch to an absolute address', instead('livepatch_handler', 5, 0x48000102), /a branch to an absolute address|is no word of the section/],
  ['a branch out of the section', instead('livepatch_handler', 5, 0x48100000), /control comes to 0x[0-9a-f]+, which is no word of the section/],
  ['code that runs off the end', { patch: (words: Uint32Array, indexOf: (label: string) => number) => { for (const at of [indexOf('livepatch_pop') + 2, indexOf('ftrace_stub')]) words[at] = 0x60000000; } }, /is no word of the section; expected code that ends with a branch/],
  ['a second call in the entry', instead('ftrace_caller', 3, 0x48000011), /2 calls by address; expected one, the tracer's/],
  ['a call through a register in the entry', instead('ftrace_caller', 3, 0x4e800421), /a call through a register/],
] as const)('refused: %s', (_, kernel, expected) => {
  expect(refused(kernel)).toMatch(expected);
});

test('where two ways meet a register is what it is on both: else what it is the base of is refused', () => {
  const text = (other: string): string => `livepatch_handler:
        ld      r12, PACACURRENT(r13)
        cmpdi   r0, 0
        beq     1f
        ${other}
1:      ld      r11, TI_livepatch_sp(r12)
        mfctr   r12
        bctr
`;
  const { strategy } = lifted({ text: text('ld      r12, PACACURRENT(r13)') });
  expect(strategy.code.livepatch_handler).toContain('TI_livepatch_sp(r12)');
  expect(refused({ text: text('mr      r12, r9') })).toContain('its base points to the PACA, thread_info or data of vmlinux on one way to here and not on another');
});

test('the thread_info of nobody: a load from what is not known to be the task stays as it is', () => {
  // r9 is anything, so 40(r9) is no field.
  const { strategy } = lifted(instead('livepatch_handler', 5, 0xe9890028));
  expect(strategy.code.livepatch_handler).toContain('ld      r12,40(r9)');
});

test.each([
  [['livepatch_handlr'], "symbol 'livepatch_handlr' says for neither what it is"],
  [['livepatch_handler=nobody'], "no symbol 'nobody'"],
  [['livepatch_handler=function_trace_op'], "no symbol 'function_trace_op'"],
  [['ftrace_caller', 'ftrace_entry=ftrace_call'], 'ftrace_caller and ftrace_call: both are ftrace_entry'],
] as const)('symbols %j', (symbols, what) => {
  expect(refused({}, { symbols })).toContain(what);
});

test('an object with neither symbol says what was looked for', () => {
  expect(refused({ text: '' })).toBe('build/ftrace_entry.o: neither ftrace_caller nor livepatch_handler is in it; expected one of them, or the names of others (--symbols)');
});

test('other names for the same code', () => {
  const text = HANDLER.replaceAll('livepatch_handler', 'my_handler');
  expect(lifted({ text }, { symbols: ['livepatch_handler=my_handler'] }).facts.parts[0]).toMatchObject({ point: 'livepatch_handler', symbol: 'my_handler', words: 25 });
});

test('a lifting that is not what the object says is found out', () => {
  const elf = new Elf(inMemory(kernelFile()), FILE);
  const [entry, handler] = findSymbols(elf, []);
  const section = codeOf(elf, entry!.section);
  const { offsets } = liftObject(inMemory(kernelFile()), { file: FILE, handler: livepatchStack }).facts;
  const known = Object.fromEntries(offsets.map(({ field, value, source }) => [field, { value, source }]));
  const isHandler = ({ address }: { address?: bigint }): boolean => address === handler!.address;
  const steps = walk(section, { entry: entry!.address, leaves: isHandler, pointer: (offset) => (offset === 2400 ? 'task' : offset === 32 ? 'toc' : undefined) });
  const text = lift(section, steps, { point: 'ftrace_entry', style: 'in-line', entry: entry!.address, isHandler, offsets: known, nameAt: section.nameAt });
  expect(prove(section, steps, entry!.address, text)).toHaveLength(text.lines.length);
  // Each line in turn is another instruction; a branch, one to another label.
  let found = 0;
  text.lines.forEach((line, i) => {
    const wrong = line.label === undefined ? 'xor     r11,r11,r11' : line.text.replace(line.label, 'ftrace_entry');
    const lines = text.lines.map((it, j) => (i === j ? { ...it, text: wrong } : it));
    if (refusal(ObjectError, () => prove(section, steps, entry!.address, { ...text, lines }))?.includes('a mistake of the lifting') === true) found++;
  });
  expect(found).toBe(text.lines.length);
  // Each line in turn is missing, is there twice, or has changed places with the next one.
  const bent = text.lines.flatMap((line, i) => [
    text.lines.filter((it) => it !== line), [...text.lines, line], text.lines.map((it, j) => (j === i ? text.lines[i + 1] ?? text.lines[0]! : j === i + 1 ? line : it)),
  ]);
  const not = bent.filter((lines) => refusal(ObjectError, () => prove(section, steps, entry!.address, { ...text, lines }))?.includes('a mistake of the lifting') !== true);
  expect(not).toHaveLength(0);
});
