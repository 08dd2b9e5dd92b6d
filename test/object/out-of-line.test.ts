// An object of a kernel that hooks out of line (6.13 and later): its entry and handler are judged in scenarios that hook so. The objects are made of texts of our own, in the
// structure that such a kernel's have: entry, handler, what comes back into it. Real ones: scripts/newer-objects.sh.
import { describe, expect, it, test } from 'vitest';
import { ScenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import { strategyFileText } from '../../src/contract/strategy-file.ts';
import type { Verdict } from '../../src/contract/verdict.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { FTRACE_ENTRY_OUT_OF_LINE } from '../../src/kernel/ftrace-out-of-line.ts';
import { KERNEL_SYMBOLS } from '../../src/kernel/symbols.ts';
import { inMemory } from '../../src/object/bytes.ts';
import { ObjectError } from '../../src/object/error.ts';
import { liftObject } from '../../src/object/object.ts';
import type { ObjectOptions } from '../../src/object/object.ts';
import { liftedText } from '../../src/report/object.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { hookedIn } from '../../src/scenario/world.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Trials } from '../../src/trial/trials.ts';
import { refusal } from '../refusal.ts';
import { btfSection } from './elf-file.ts';
import { ENTRY, HANDLER, kernelFile } from './kernel-like.ts';
import type { Kernel } from './kernel-like.ts';

const OWN = livepatchStack.code.livepatch_handler_ool! + livepatchStack.code.livepatch_return!;
const named = (text: string): string => text.replaceAll('livepatch_handler_ool', 'livepatch_handler');
const HANDLER_OOL = named(OWN);
const ENTRY_OOL = named(FTRACE_ENTRY_OUT_OF_LINE).replace('ftrace_entry:', 'ftrace_caller:').replace('bl      klp_callback', 'bl      ftrace_stub');
const WHOLE = ENTRY_OOL + HANDLER_OOL;

/** The entry as kernels have it: who is called, and whether it is a direct call, is in the ftrace_ops that a doubleword in front of the stub points to. */
const OPS = { direct_call: 192, func: 0 };
const ENTRY_WITH_OPS = withOps(ENTRY_OOL);
function withOps(text: string): string {
  const orig3 = 'STACK_FRAME_OVERHEAD+272(r1)';
  return ([
    ['        mflr    r11\n', `        mflr    r11\n        ld      r12, -16(r11)\nreads_direct:\n        ld      r12, ${OPS.direct_call}(r12)\n        cmpdi   r12, 0\nasks_direct:\n        bne     direct_call\n`],
    ['        li      r5, 0\n', `        li      r7, 0\nno_direct:\n        std     r7, ${orig3}\n        ld      r5, -16(r11)\nreads_func:\n        ld      r12, ${OPS.func}(r5)\n        mtctr   r12\n`],
    ['        bl      ftrace_stub\nftrace_call_return:\n        nop\n', `        bctrl\nftrace_call_return:\n        ld      r3, ${orig3}\n        cmpdi   cr1, r3, 0\n        mtctr   r3\n`],
    ['        bne     livepatch_handler\n', '        bne     livepatch_handler\n        bnectr  cr1\n'],
  ] as const).reduce((whole, [from, to]) => {
    if (whole.split(from).length !== 2) throw new Error(from);
    return whole.replace(from, to);
  }, `${text}direct_call:\n        mtctr   r12\n        addi    r1, r1, FTRACE_FRAMES\n        bctr\n`);
}

const lifted = (kernel: Kernel = {}, options: Partial<ObjectOptions> = {}): ReturnType<typeof liftObject> =>
  liftObject(inMemory(kernelFile({ text: WHOLE, ...kernel })), { file: 'ftrace_entry.o', handler: livepatchStack, ...options });
const refused = (kernel: Kernel, options: Partial<ObjectOptions> = {}): string | undefined => refusal(ObjectError, () => lifted(kernel, options));
const wordsOf = (text: string): readonly number[] => [...assemble(text, { base: 0xc000000000010000n, symbols: { ...KERNEL_SYMBOLS, livepatch_handler_ool: 0xc000000000010800n, klp_callback: 0xc000000000010900n } }).words];

const all = new ScenarioArbitrary({ features: FEATURES });
const words = ({ outcome, violations }: Verdict): string => [outcome, ...violations.map(({ obligation, edge, call }) => `${obligation} ${edge} ${call}`)].join('; ');

/** One word is another one. */
const set = (label: string, step: number, word: number): Kernel => ({ patch: (code, indexOf) => { code[indexOf(label) + step] = word; } });

/** Broken out of line, where livepatch-stack is not; in line it is livepatch-stack's code. */
function caughtIn(kernel: Kernel): boolean {
  const trials = new Trials([livepatchStack, lifted(kernel).strategy]);
  for (let i = 0; i < 500; i++) {
    const scenario = scenarioAt(all, 5n, 0, i);
    trials.load(hookedIn(scenario, 'in-line'));
    expect(words(trials.run(1))).toBe(words(trials.run(0)));
    trials.load(hookedIn(scenario, 'out-of-line'));
    if (trials.run(1).outcome !== 'holds' && trials.run(0).outcome === 'holds') return true;
  }
  return false;
}

test.each(['relocatable', 'linked'] as const)('entry and handler of a %s file go where functions are hooked out of line, with the words that the model has', (kind) => {
  const { strategy, facts } = lifted({ kind });
  expect(Object.keys(strategy.code).sort()).toEqual(['ftrace_entry_ool', 'livepatch_handler', 'livepatch_handler_ool', 'livepatch_return']);
  const entry = wordsOf(FTRACE_ENTRY_OUT_OF_LINE);
  expect(wordsOf(strategy.code.ftrace_entry_ool!)).toEqual(entry);
  expect(wordsOf(strategy.code.livepatch_handler_ool!)).toEqual(wordsOf(OWN));
  expect(strategy.code.livepatch_handler).toBe(livepatchStack.code.livepatch_handler);
  expect(facts.parts.map(({ point, symbol, words }) => [point, symbol, words])).toEqual([['ftrace_entry_ool', 'ftrace_caller', entry.length], ['livepatch_handler_ool', 'livepatch_handler', 25]]);
  expect(new Set(facts.changes.map(({ point }) => point))).toEqual(new Set(['ftrace_entry_ool', 'livepatch_handler_ool']));
  expect(facts.handler).toBe('livepatch-stack');
  expect(facts.notes).toEqual(["it is for functions that are hooked out of line; where they are hooked in line, as in five of six scenarios, the code is livepatch-stack's, not the object's"]);
  expect(strategy).toMatchObject({ pushes: ['livepatch_push', 'livepatch_push_ool'], pops: ['livepatch_pop', 'livepatch_pop_ool'], published: 'TI_livepatch_sp' });
  // As a file it says the same.
  const again = parseStrategyText(liftedText(facts, strategyFileText(strategy)), 'again.s');
  for (const point of ['ftrace_entry_ool', 'livepatch_handler', 'livepatch_handler_ool', 'livepatch_return'] as const) expect(wordsOf(again.code[point]!)).toEqual(wordsOf(strategy.code[point]!));
  expect({ ...again, code: null }).toEqual({ ...strategy, code: null });
});

test('an entry alone has the handler of the strategy that is asked for, a handler alone the model\'s entry', () => {
  const entry = lifted({}, { symbols: ['ftrace_caller'] });
  expect(entry.strategy.code).toEqual({ ...livepatchStack.code, ftrace_entry_ool: entry.strategy.code.ftrace_entry_ool });
  expect(entry.strategy).toMatchObject({ pushes: livepatchStack.pushes, pops: livepatchStack.pops, published: 'TI_livepatch_sp' });
  const handler = lifted({}, { symbols: ['livepatch_handler'] });
  expect(handler.strategy.code.ftrace_entry_ool).toBeUndefined();
  expect(liftedText(handler.facts, '')).toContain("# ftrace_entry_ool: the model's");
  const odd = BUILT_IN.find(({ name }) => name === 'odd-toc')!;
  expect(refused({}, { symbols: ['ftrace_caller'], handler: odd })).toBe('ftrace_entry.o: odd-toc does not stand behind an entry out of line; expected a strategy with a handler for functions that are hooked so (--handler)');
});

test('entry and handler of two styles are refused, and an entry that never leaves for a handler', () => {
  expect(refused({ text: ENTRY_OOL + HANDLER })).toMatch(/^ftrace_entry\.o: word 0x81\w+ at 0x\w+: ftrace_caller is the entry of functions that are hooked out of line, and the handler is for those that are hooked in line; expected both of one kernel, or one of them \(--symbols\)$/);
  expect(refused({ text: ENTRY + HANDLER_OOL })).toMatch(/ftrace_caller is the entry of functions that are hooked in line, and the handler is for those that are hooked out of line/);
  expect(refused({ text: ENTRY_OOL.replace('        bne     livepatch_handler\n', '') })).toMatch(/an entry out of line that does not leave to livepatch_handler; expected one of a kernel with live patching/);
});

describe('an entry that finds its ftrace_ops in front of the stub', () => {
  const kernel: Kernel = { text: ENTRY_WITH_OPS + HANDLER_OOL };

  it('reads 0 there, calls the host, and leaves for a direct call behind its own code', () => {
    const { strategy, facts } = lifted(kernel);
    const changed = facts.changes.filter(({ point }) => point === 'ftrace_entry_ool').map(({ builtText, modelledText }) => `${builtText.replace(/\s+/, ' ').replace(/^bne .*</, 'bne <')} -> ${modelledText}`);
    expect(changed).toEqual([
      'ld r12,-16(r11) -> li r12, 0', 'ld r12,192(r12) -> li r12, 0', 'lbz r3,2580(r13) -> lbz r3,PACA_FTRACE_ENABLED(r13)', 'ld r2,32(r13) -> ld r2,PACATOC(r13)', 'ld r5,-16(r11) -> li r5, 0',
      'ld r12,0(r5) -> li r12, 0', 'bctrl -> bl klp_callback', 'bne <livepatch_handler> -> bne livepatch_handler_ool', 'bnectr cr1 -> bc 4, 6, tocsin_direct',
    ]);
    expect(facts.parts[0]!.added).toEqual(['tocsin_direct:', '        bctr']);
    expect(strategy.exempt!.map(({ label }) => label)).toEqual([expect.stringMatching(/^at_/), 'tocsin_direct']);
    expect(facts.notes[0]).toContain('direct calls are not judged');
  });

  it('has the verdicts of livepatch-stack, and nothing comes to what is for direct calls', () => {
    const { strategy } = lifted(kernel), engine = new Trials([livepatchStack, strategy]);
    let violated = 0;
    for (let i = 0; i < 300; i++) {
      engine.load(hookedIn(scenarioAt(all, 4n, 0, i), 'out-of-line'));
      const own = words(engine.run(0));
      expect(words(engine.run(1))).toBe(own);
      if (own !== 'holds') violated++;
    }
    expect(violated).toBeGreaterThan(20);
  });

  const types = (func: number, direct: number): Uint8Array => btfSection([{ name: 'ftrace_ops', members: [['func', func], ['direct_call', direct]] }]);
  it('must read there what the file\'s types say', () => {
    expect(refused({ ...kernel, btf: types(0, 192) })).toBeUndefined();
    expect(refused({ ...kernel, btf: types(0, 184) })).toMatch(/it loads what is at 192 of ftrace_ops; expected func at 0, which is called, and direct_call at 184 \(BTF\)/);
    expect(refused({ ...kernel, btf: types(8, 192) })).toMatch(/it loads what is at 0 of ftrace_ops; expected func at 8, which is called, and direct_call at 192 \(BTF\)/);
  });

  it.each([
    ['something else is called', set('reads_func', 1, 0x7c0903a6), /a call through a register; expected one call, the tracer's, by its address, or of ftrace_ops' func/],
    ['it stores there', set('reads_direct', 0, 0xf98c00c0), /ftrace_ops is not read with ld/],
    ['half of the pointer is read and called', set('reads_func', 0, 0x81850000), /a call through a register/],
    ['half of a member is read', { text: ENTRY_WITH_OPS.replace('reads_func:\n', 'reads_func:\n        lwz     r4, 0(r5)\n') + HANDLER_OOL }, /ftrace_ops is not read with ld/],
    ['a third member is read', { text: ENTRY_WITH_OPS.replace('reads_func:\n', 'reads_func:\n        ld      r4, 8(r5)\n') + HANDLER_OOL }, /it loads what is at 8 of ftrace_ops; expected func at 0, which is called, and direct_call at 192$/],
  ] as const)('refused: %s', (_, patched, expected) => {
    expect(refused({ ...kernel, ...patched })).toMatch(expected);
  });

  it.each([
    ['the direct call is asked for the other way round', set('asks_direct', 0, 0x41820000)],
    ['what a direct call puts there is not cleared', set('no_direct', 0, 0x60000000)],
  ])('caught: %s', (_, patched) => {
    const own: Kernel['patch'] = (code, indexOf) => {
      const was = code[indexOf('asks_direct')]!;
      patched.patch!(code, indexOf);
      // The branch goes on leading where it led.
      if (code[indexOf('asks_direct')]! >>> 16 === 0x4182) code[indexOf('asks_direct')] = 0x41820000 | was & 0xfffc;
    };
    expect(caughtIn({ ...kernel, patch: own })).toBe(true);
  });

  it('is bad input wherever it is cut off', () => {
    const whole = kernelFile(kernel);
    for (let length = 0; length < whole.length; length += 7) expect(refusal(ObjectError, () => liftObject(inMemory(whole.slice(0, length)), { file: 'cut.o', handler: livepatchStack })), String(length)).toMatch(/^cut\.o: .*; expected /s);
  });
});

test('in line a strategy with a handler alone stands in for it', () => {
  const of = (name: string): ReturnType<typeof liftObject> => lifted({}, { handler: BUILT_IN.find((it) => it.name === name)! });
  for (const name of ['mini-frame', 'odd-toc', 'manual-restore']) {
    expect(refusal(ObjectError, () => of(name)), name).toContain(`in line ${name} cannot stand in for a handler out of line; expected a strategy of a handler alone that publishes TI_livepatch_sp (--handler)`);
  }
});

test('hooked out of line it has the verdicts of livepatch-stack', () => {
  const trials = new Trials([livepatchStack, lifted().strategy]);
  const seen = { same: 0, violated: 0 };
  for (let i = 0; i < 500; i++) {
    trials.load(hookedIn(scenarioAt(all, 3n, 0, i), 'out-of-line'));
    const own = words(trials.run(0));
    expect(words(trials.run(1))).toBe(own);
    seen.same++;
    if (own !== 'holds') seen.violated++;
  }
  expect(seen.violated).toBeGreaterThan(40);
});

describe('one instruction is another one', () => {
  it.each([
    ['the pointer is not moved', set('livepatch_handler', 2, 0x60000000)],
    ['r2 is not kept', set('livepatch_handler', 7, 0x60000000)],
    ['the marker is kept as the return address', set('livepatch_handler', 8, 0xf98bfff0)],
    ['the marker is another one', set('livepatch_handler', 5, 0x618c6e9c)],
    ['r2 comes from where the return address is', set('livepatch_pop', -2, 0xe84bfff0)],
    ['the pointer is not moved back', set('livepatch_pop', 1, 0x60000000)],
    ['the entry does not give r2 back', set('ftrace_exit', -2, 0x60000000)],
    ['the entry does not give r15 back', set('ftrace_exit', -3, 0x60000000)],
    ['the entry keeps one frame too many', set('ftrace_exit', -1, 0x60000000)],
    ['the tracer is told of the stub, not of the function', set('ftrace_call', -7, 0x7d635b78)],
  ])('%s', (_, kernel) => {
    expect(caughtIn(kernel)).toBe(true);
  });
});
