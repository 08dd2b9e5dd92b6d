// How faults are made: each kind on code where one sees them all, and every mutant of every strategy that claims to hold as a file.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { strategyFileText } from '../../src/contract/strategy-file.ts';
import { FAULT_KINDS } from '../../src/campaign/mutant-fault.ts';
import type { FaultKind } from '../../src/campaign/mutant-fault.ts';
import { bytesOf, mutantsOf } from '../../src/campaign/mutants.ts';
import type { Mutants } from '../../src/campaign/mutants.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import { CODE_POINTS } from '../../src/contract/strategy.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const slotWord = parseStrategyText(readFileSync(join(ROOT, 'examples/klp-slot-word.s'), 'utf8'), 'klp-slot-word.s');
const SOUND = [...BUILT_IN.filter((it) => it.claim.kind === 'holds'), slotWord];

/** All of them, of every strategy that claims to hold: made once for all tests. */
const made = new Map<Strategy, Mutants>();
function allOf(strategy: Strategy): Mutants {
  const known = made.get(strategy) ?? mutantsOf(strategy);
  made.set(strategy, known);
  return known;
}

const of = (text: string): Strategy => parseStrategyText(text, 'mine.s');
const names = (strategy: Strategy, kind: FaultKind): string[] => mutantsOf(strategy, [kind]).mutants.flatMap((it) => [it.name, ...it.also]).map((it) => it.slice(kind.length + 1).replace('livepatch_handler:', ''));

const SMALL = of('livepatch_handler:\n cmpdi r0, 0\n bne 1f\n std r2, -8(r1)\n1: mfctr r12\n bctr\n');

test.each<[FaultKind, readonly string[]]>([
  ['delete', ['2 cmpdi r0, 0', '3 bne 1f', '4 std r2, -8(r1)', '5 mfctr r12', '6 bctr']],
  ['duplicate', ['2 cmpdi r0, 0', '3 bne 1f', '4 std r2, -8(r1)', '5 mfctr r12', '6 bctr']],
  ['swap', ['2 cmpdi r0, 0 <> bne 1f', '3 bne 1f <> std r2, -8(r1)', '4 std r2, -8(r1) <> mfctr r12', '5 mfctr r12 <> bctr']],
  ['offset', ['4 std r2, -8(r1) -> std r2, -24(r1)', '4 std r2, -8(r1) -> std r2, -16(r1)', '4 std r2, -8(r1) -> std r2, 0(r1)', '4 std r2, -8(r1) -> std r2, 8(r1)']],
  ['invert', ['3 bne 1f -> beq 1f']],
  ['drop-branch', ['3 bne 1f -> nop', '6 bctr -> nop']],
  ['always-branch', ['3 bne 1f -> b 1f', '6 bctr -> bctrl']],
  ['width', ['2 cmpdi r0, 0 -> cmpwi r0, 0', '4 std r2, -8(r1) -> stw r2, -8(r1)']],
  ['entry', ['6 bctr: r12 is the LEP', '6 bctr: to the LEP, r12 too', '6 bctr: to the LEP, r12 is the GEP']],
  ['marker', []],
  ['size', []],
])('%s', (kind, expected) => {
  expect(names(SMALL, kind)).toEqual(expected);
});

test('register: each other one that the code uses or a hook may use, LR and CTR for each other', () => {
  const all = names(SMALL, 'register');
  expect(all).toContain('4 std r2, -8(r1) -> std r11, -8(r1)');
  expect(all).toContain('4 std r2, -8(r1) -> std r2, -8(r12)');
  expect(all).toContain('5 mfctr r12 -> mflr r12');
  expect(all).toContain('6 bctr -> blr');
  // r0, r1, r2, r11, r12: four others for each of the four general registers, and two.
  expect(all).toHaveLength(4 * 4 + 2);
});

test('move: to every place, labels stay; past a step of its pointer an access goes as it is and fitted', () => {
  const moved = of('livepatch_handler:\n std r2, -8(r11)\n addi r11, r11, 24\nlabel:\n bctr\n');
  expect(names(moved, 'move').sort()).toEqual([
    '2 std r2, -8(r11) as std r2, -32(r11) before 4 label:', '2 std r2, -8(r11) as std r2, -32(r11) before 5', '2 std r2, -8(r11) as std r2, -32(r11) to the end',
    '2 std r2, -8(r11) before 4 label:', '2 std r2, -8(r11) before 5', '2 std r2, -8(r11) to the end',
    '3 addi r11, r11, 24 before 2', '3 addi r11, r11, 24 before 5', '3 addi r11, r11, 24 to the end',
    '5 bctr before 2', '5 bctr before 3', '5 bctr before 4 label:',
  ].sort());
  const [first] = mutantsOf(moved, ['move']).mutants.filter((it) => [it.name, ...it.also].includes('move livepatch_handler:3 addi r11, r11, 24 before 2'));
  expect(first?.strategy.code.livepatch_handler).toBe('livepatch_handler:\n        addi r11, r11, 24\n        std r2, -8(r11)\nlabel:\n        bctr\n');
});

test('marker and size', () => {
  const livepatchStack = BUILT_IN.find((it) => it.name === 'livepatch-stack')!;
  expect(mutantsOf(livepatchStack, ['marker']).mutants.map((it) => it.name)).toEqual([
    'marker livepatch_handler:11 without writing the marker', 'marker livepatch_handler_ool:8 without writing the marker', 'marker livepatch_return:6 without looking at the marker',
  ]);
  const [, half, less] = mutantsOf(livepatchStack, ['size']).mutants;
  expect(half?.name).toBe('size livepatch_handler:5 addi r11, r11, 24 -> addi r11, r11, (24)/2');
  expect(less?.strategy.code.livepatch_handler).toMatch(/addi r11, r11, 8\n[\s\S]*std r2, -8\(r11\)[\s\S]*std r12, 0\(r11\)[\s\S]*std r12, 8\(r11\)/);
});

test('every kind of fault is made of some strategy, and of each strategy more than a hundred', () => {
  const made = new Map<FaultKind, number>();
  for (const strategy of SOUND) {
    const { byKind, mutants } = allOf(strategy);
    expect(mutants.length).toBeGreaterThan(100);
    for (const kind of FAULT_KINDS) made.set(kind, (made.get(kind) ?? 0) + byKind[kind]);
  }
  expect(FAULT_KINDS.filter((kind) => (made.get(kind) ?? 0) === 0)).toEqual([]);
});

test('names are unique, bytes as well, and a name does not depend on the kinds asked for', () => {
  const all = allOf(slotWord);
  const every = all.mutants.flatMap((it) => [it.name, ...it.also]);
  expect(new Set(every).size).toBe(every.length);
  expect(new Set(all.mutants.map((it) => bytesOf(it.strategy))).size).toBe(all.mutants.length);
  expect(all.made).toBe(every.length + all.unassembled);
  const known = new Set(every);
  for (const kind of ['size', 'entry', 'width'] as const) for (const it of mutantsOf(slotWord, [kind]).mutants) expect(known.has(it.name)).toBe(true);
  expect(new Set(all.mutants.map((it) => it.strategy.name)).size).toBe(all.mutants.length);
});

test('what does not assemble is no mutant', () => {
  // `1b` before its label, and an offset that no doubleword access has.
  const strategy = of('livepatch_handler:\n1: mfctr r12\n addi r11, r11, 1b-livepatch_handler\n ld r0, 32760(r1)\n bctr\n');
  const { mutants, made, unassembled } = mutantsOf(strategy, ['offset']);
  expect([made, unassembled, mutants.length]).toEqual([8, 2, 6]);
});

/** What a strategy's code says, without lines of comment, empty lines, the width of spaces, and each label on its own line. */
const statements = ({ code }: Strategy): string => CODE_POINTS.map((point) => `${point}\n${(code[point] ?? '').replace(/^\s*#.*$/gm, '').replace(/[ \t]+/g, ' ').replace(/^(\w+:) /gm, '$1\n').replace(/\n\s*/g, '\n').trim()}`).join('\n');

test("every mutant's file is the mutant", () => {
  // Of each strategy and kind the first one and every third.
  const [all, seen] = [new Map<FaultKind, number>(), new Map<FaultKind, number>()];
  for (const strategy of SOUND) {
    const nth = new Map<FaultKind, number>();
    for (const { strategy: mutant, name, kind } of allOf(strategy).mutants) {
      for (const counts of [all, nth]) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      if (nth.get(kind)! % 3 !== 1) continue;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      const read = parseStrategyText(strategyFileText(mutant), 'm.s');
      // The same statements have the same bytes: only others are assembled.
      if (statements(read) !== statements(mutant)) expect([name, bytesOf(read)]).toEqual([name, bytesOf(mutant)]);
      expect({ ...read, code: {}, summary: '' }).toEqual({ ...mutant, code: {}, summary: '' });
    }
  }
  expect(FAULT_KINDS.filter((kind) => !(seen.get(kind)! >= all.get(kind)! / 3))).toEqual([]);
});
