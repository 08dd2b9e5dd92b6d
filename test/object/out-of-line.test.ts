// An object of a kernel that hooks out of line (6.13 and later): its handler is judged in scenarios that hook so, and its entry is refused. The objects are made of texts of our own, in the
// structure that such a kernel's have: entry, handler, what comes back into it.
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
import { HANDLER, kernelFile } from './kernel-like.ts';
import type { Kernel } from './kernel-like.ts';

const OWN = livepatchStack.code.livepatch_handler_ool! + livepatchStack.code.livepatch_return!;
const named = (text: string): string => text.replaceAll('livepatch_handler_ool', 'livepatch_handler');
const HANDLER_OOL = named(OWN);
const ENTRY_OOL = named(FTRACE_ENTRY_OUT_OF_LINE).replace('ftrace_entry:', 'ftrace_caller:').replace('bl      klp_callback', 'bl      ftrace_stub');
const WHOLE = ENTRY_OOL + HANDLER_OOL;

const lifted = (kernel: Kernel = {}, options: Partial<ObjectOptions> = {}): ReturnType<typeof liftObject> =>
  liftObject(inMemory(kernelFile({ text: WHOLE, ...kernel })), { file: 'ftrace_entry.o', handler: livepatchStack, ...options });
const refused = (kernel: Kernel, options: Partial<ObjectOptions> = {}): string | undefined => refusal(ObjectError, () => lifted(kernel, options));
const wordsOf = (text: string): readonly number[] => [...assemble(text, { base: 0xc000000000010000n, symbols: KERNEL_SYMBOLS }).words];

test.each(['relocatable', 'linked'] as const)('the handler of a %s file goes where functions are hooked out of line, with the words that the model has', (kind) => {
  const { strategy, facts } = lifted({ kind });
  expect(Object.keys(strategy.code).sort()).toEqual(['livepatch_handler', 'livepatch_handler_ool', 'livepatch_return']);
  expect(wordsOf(strategy.code.livepatch_handler_ool!)).toEqual(wordsOf(OWN));
  expect(strategy.code.livepatch_handler).toBe(livepatchStack.code.livepatch_handler);
  expect(facts.parts.map(({ point, symbol, words }) => [point, symbol, words])).toEqual([['livepatch_handler_ool', 'livepatch_handler', 25]]);
  expect(facts.changes.every(({ point }) => point === 'livepatch_handler_ool')).toBe(true);
  expect(facts.handler).toBe('livepatch-stack');
  expect(facts.notes).toEqual([
    "the ftrace entry beside it is not taken: out of line it is the model's",
    "it is for functions that are hooked out of line; where they are hooked in line, as in five of six scenarios, the handler is livepatch-stack's, not the object's",
  ]);
  expect(strategy).toMatchObject({ pushes: ['livepatch_push', 'livepatch_push_ool'], pops: ['livepatch_pop', 'livepatch_pop_ool'], published: 'TI_livepatch_sp' });
  // As a file it says the same.
  const again = parseStrategyText(liftedText(facts, strategyFileText(strategy)), 'again.s');
  for (const point of ['livepatch_handler', 'livepatch_handler_ool', 'livepatch_return'] as const) expect(wordsOf(again.code[point]!)).toEqual(wordsOf(strategy.code[point]!));
  expect({ ...again, code: null }).toEqual({ ...strategy, code: null });
});

test('an entry of such a kernel is refused, whatever handler stands behind it', () => {
  const expected = /^ftrace_entry\.o: word 0x81\w+ at 0x\w+: ftrace_caller is the entry of functions that are hooked out of line; expected the handler of such a kernel alone \(--symbols livepatch_handler\)$/;
  expect(refused({}, { symbols: ['ftrace_caller'] })).toMatch(expected);
  expect(refused({}, { symbols: ['ftrace_caller', 'livepatch_handler'] })).toMatch(expected);
  expect(refused({ text: ENTRY_OOL + HANDLER })).toMatch(expected);
  // Asked for by its name, the handler has nothing beside it.
  expect(lifted({}, { symbols: ['livepatch_handler'] }).facts.notes).toHaveLength(1);
});

test('in line a strategy with a handler alone stands in for it', () => {
  const of = (name: string): ReturnType<typeof liftObject> => lifted({}, { handler: BUILT_IN.find((it) => it.name === name)! });
  for (const name of ['mini-frame', 'odd-toc', 'manual-restore']) {
    expect(refusal(ObjectError, () => of(name)), name).toContain(`in line ${name} cannot stand in for a handler out of line; expected a strategy of a handler alone that publishes TI_livepatch_sp (--handler)`);
  }
});

const all = new ScenarioArbitrary({ features: FEATURES });
const words = ({ outcome, violations }: Verdict): string => [outcome, ...violations.map(({ obligation, edge, call }) => `${obligation} ${edge} ${call}`)].join('; ');

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

const set = (label: string, step: number, word: number): Kernel => ({ patch: (code, indexOf) => { code[indexOf(label) + step] = word; } });

describe('one instruction is another one', () => {
  it.each([
    ['the pointer is not moved', set('livepatch_handler', 2, 0x60000000)],
    ['r2 is not kept', set('livepatch_handler', 7, 0x60000000)],
    ['the marker is kept as the return address', set('livepatch_handler', 8, 0xf98bfff0)],
    ['the marker is another one', set('livepatch_handler', 5, 0x618c6e9c)],
    ['r2 comes from where the return address is', set('livepatch_pop', -2, 0xe84bfff0)],
    ['the pointer is not moved back', set('livepatch_pop', 1, 0x60000000)],
  ])('%s', (_, kernel) => {
    const trials = new Trials([livepatchStack, lifted(kernel).strategy]);
    let caught = false, quiet = 0;
    for (let i = 0; i < 500 && !caught; i++) {
      const scenario = scenarioAt(all, 5n, 0, i);
      // In line it is the code of livepatch-stack.
      trials.load(hookedIn(scenario, 'in-line'));
      expect(words(trials.run(1))).toBe(words(trials.run(0)));
      quiet++;
      trials.load(hookedIn(scenario, 'out-of-line'));
      caught = trials.run(1).outcome !== 'holds' && trials.run(0).outcome === 'holds';
    }
    expect(caught).toBe(true);
    expect(quiet).toBeGreaterThan(0);
  });
});
