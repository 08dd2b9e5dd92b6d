// An object file on trial: the kernel's code as machine code is judged as livepatch-stack is, and one instruction that is another one is caught.
import { expect, test } from 'vitest';
import { ScenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Verdict } from '../../src/contract/verdict.ts';
import { inMemory } from '../../src/object/bytes.ts';
import { liftObject } from '../../src/object/object.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Trials } from '../../src/trial/trials.ts';
import { ENTRY, ENTRY_ALONE, HANDLER, kernelFile } from './kernel-like.ts';
import type { Kernel } from './kernel-like.ts';

const strategyOf = (kernel: Kernel, symbols?: readonly string[]): Strategy =>
  liftObject(inMemory(kernelFile(kernel)), { file: 'ftrace_entry.o', handler: livepatchStack, ...(symbols === undefined ? {} : { symbols }) }).strategy;
const all = new ScenarioArbitrary({ features: FEATURES });
const words = ({ outcome, violations }: Verdict): string => [outcome, ...violations.map(({ obligation, edge, call }) => `${obligation} ${edge} ${call}`)].join('; ');

test('the same verdicts as livepatch-stack', () => {
  const strategies = {
    'entry and handler of a relocatable file': strategyOf({}), 'of a linked file': strategyOf({ kind: 'linked' }), 'the handler alone': strategyOf({}, ['livepatch_handler']),
    'the entry of a kernel without live patching': strategyOf({ kind: 'linked', text: ENTRY_ALONE }),
  };
  const names = Object.keys(strategies), trials = new Trials([livepatchStack, ...Object.values(strategies)]);
  const seen = { same: 0, violated: 0, notApplicable: 0, elsewhere: 0 };
  for (let i = 0; i < 1000; i++) {
    const scenario = scenarioAt(all, 3n, 0, i);
    trials.load(scenario);
    if (!trials.applicable(1)) {
      seen.notApplicable++;
      continue;
    }
    // An entry of more words has an instruction to be interrupted at, or to end at, where a shorter one has none.
    if (/ftrace-entry\+(?:[5-9]\d|\d{3})/.test(printScenario(scenario))) {
      seen.elsewhere++;
      continue;
    }
    const own = words(trials.run(0));
    expect(names.map((name, n) => [name, words(trials.run(n + 1))])).toEqual(names.map((name) => [name, own]));
    seen.same++;
    if (own !== 'holds') seen.violated++;
  }
  expect(seen.same).toBeGreaterThan(700);
  expect(seen.violated).toBeGreaterThan(80);
  expect(seen.elsewhere).toBeLessThan(100);
  // Hooks out of line, for which an object has no code.
  expect(seen.notApplicable).toBeGreaterThan(100);
});

const swap = (label: string, first: number): Kernel => ({
  patch: (code, indexOf) => {
    const at = indexOf(label) + first;
    [code[at], code[at + 1]] = [code[at + 1]!, code[at]!];
  },
});
const set = (label: string, step: number, word: number): Kernel => ({ patch: (code, indexOf) => { code[indexOf(label) + step] = word; } });

/** Each is one word of the object that is another one, or two neighbours that have changed places. */
const CHANGES: readonly (readonly [string, Kernel])[] = [
  ['the pointer is not moved', set('livepatch_handler', 2, 0x60000000)],
  ['the pointer is moved by less than an entry', set('livepatch_handler', 2, 0x396b0010)],
  ['r2 is not kept', set('livepatch_handler', 4, 0x60000000)],
  ['the return address goes where r2 is', set('livepatch_handler', 6, 0xf98bffe8)],
  ['r12 is not the replacement', set('livepatch_push', -1, 0x60000000)],
  ['a branch in place of the call', set('livepatch_push', 0, 0x4e800420)],
  ['the marker is another one', set('livepatch_handler', 8, 0x618c6e9c)],
  ['r2 comes from where the return address is', set('livepatch_pop', -2, 0xe84bfff0)],
  ['the pointer is not moved back', set('livepatch_pop', 1, 0x60000000)],
  ['the pointer is moved back by more', set('livepatch_pop', 0, 0x396bffd0)],
  ['LR is set before it is read', swap('livepatch_marker', 1)],
  ['the entry: r4 is not given back', set('ftrace_exit', -8, 0x60000000)],
  ['the entry: r14 is not given back', set('ftrace_exit', -5, 0x60000000)],
  ['the entry: one frame stays', set('ftrace_exit', -1, 0x38210010)],
  ['the entry: it leaves to the handler where the NIP is the old one', { patch: (code, indexOf) => { code[indexOf('ftrace_exit')]! ^= 0x01000000; } }],
];

test.each(CHANGES)('one instruction is another one: %s', (_, kernel) => {
  const trials = new Trials([livepatchStack, strategyOf(kernel)]);
  let caught = -1;
  for (let i = 0; i < 3000 && caught < 0; i++) {
    trials.load(scenarioAt(all, 5n, Math.floor(i / 500), i % 500));
    if (trials.applicable(1) && trials.run(1).outcome !== 'holds' && trials.run(0).outcome === 'holds') caught = i;
  }
  expect(caught).toBeGreaterThanOrEqual(0);
});

test('the pointer is published behind the filling: only an interrupt shows it', () => {
  // `std r11,TI_livepatch_sp(r12)` goes behind `std r2,-24(r11)`.
  const trials = new Trials([livepatchStack, strategyOf(swap('livepatch_handler', 3))]);
  let caught = 0, quiet = 0;
  for (let i = 0; i < 12_000 && caught === 0; i++) {
    const scenario = scenarioAt(all, 5n, Math.floor(i / 500), i % 500);
    trials.load(scenario);
    if (!trials.applicable(1)) continue;
    if (words(trials.run(1)) === words(trials.run(0))) quiet++;
    else {
      expect(scenario.interrupts.length).toBeGreaterThan(0);
      caught++;
    }
  }
  expect(caught).toBe(1);
  expect(quiet).toBeGreaterThan(20);
});

test('an entry that saves r13 and loads it again behind the tracer, as the kernel\'s with all registers does: a migration between the two is seen', () => {
  const text = ENTRY.replace('        std     r0, GPR0(r1)\n', '        std     r0, GPR0(r1)\n        std     r13, GPR13(r1)\n')
    .replace('        ld      r14, GPR14(r1)\n', '        ld      r13, GPR13(r1)\n        ld      r14, GPR14(r1)\n') + HANDLER;
  const trials = new Trials([strategyOf({}), strategyOf({ text })]);
  const broken = (step: number, strategy: number): readonly string[] => {
    trials.load(parseScenario(`A:M -> 1 global B\nB:K patched\nswitch 1 at 1 ftrace-entry+${step} to cpu 1`));
    return trials.run(strategy).violations.map(({ obligation, subject }) => `${obligation} ${subject}`);
  };
  // `std r13` is instruction 3.
  expect(broken(3, 1)).toEqual([]);
  expect(broken(4, 1)).toContain('nonvolatile r13');
  expect([broken(3, 0), broken(4, 0)]).toEqual([[], []]);
});
