// What the proof of equal code proves and, above all, what it does not. And nothing that it proves is ever caught.
import { expect, test } from 'vitest';
import { MUTANT_BOUNDS } from '../../src/campaign/mutant-bound.ts';
import { MutantCourt } from '../../src/campaign/mutant-court.ts';
import { provesEqual } from '../../src/campaign/mutant-proof.ts';
import { mutantsOf } from '../../src/campaign/mutants.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

const PUBLISHED = '# tocsin: published TI_livepatch_sp\n';
const handler = (lines: string): Strategy => parseStrategyText(`${PUBLISHED}livepatch_handler:\n${lines.split(';').join('\n')}\n`, 'mine.s');
const equal = (one: string, other: string): boolean => provesEqual(handler(one), handler(other));

const TOP = 'ld r12, PACACURRENT(r13); ld r11, TI_livepatch_sp(r12)';
const PUBLISH = `${TOP}; addi r11, r11, 24; std r11, TI_livepatch_sp(r12)`;

test.each([
  ['registers in another order', 'mflr r11; mfctr r12; bctr', 'mfctr r12; mflr r11; bctr'],
  ['a scratch register that nobody may count on', 'mfctr r12; bctr', 'li r11, 1; mfctr r12; bctr'],
  ['the same value another way', 'addi r12, r12, 8; addi r12, r12, -8; bctr', 'bctr'],
  ['two stores into the frame', 'std r2, 24(r1); std r2, 16(r1); bctr', 'std r2, 16(r1); std r2, 24(r1); bctr'],
  ['two stores into an entry that is published', `${PUBLISH}; std r2, -24(r11); mflr r12; std r12, -16(r11); bctr`, `${PUBLISH}; mflr r12; std r12, -16(r11); std r2, -24(r11); bctr`],
  ['a load twice', `${TOP}; blr`, `${TOP}; ld r11, TI_livepatch_sp(r12); blr`],
  ['the same store twice', `${PUBLISH}; bctr`, `${PUBLISH}; std r11, TI_livepatch_sp(r12); bctr`],
  ['a store and its frame, fitted', 'stdu r1, -32(r1); std r2, 24(r1); bctr', 'std r2, -8(r1); stdu r1, -32(r1); bctr'],
  ['fewer traps', 'tdne r3, r4; bctr', 'bctr'],
  ['a branch to the next instruction', 'mflr r0; bcl 20, 31, 1f; 1: mtlr r0; mfctr r12; bctr', 'mflr r0; bl 1f; 1: mtlr r0; mfctr r12; bctr'],
  ['code that nothing reaches', 'mfctr r12; bctr', 'mfctr r12; bctr; std r2, 24(r1)'],
  ['LR on the way home', 'mtlr r12; blr', 'mtlr r12; blrl'],
])('proved: %s', (_, one, other) => {
  expect([equal(one, other), equal(one, one), equal(other, other)]).toEqual([true, true, true]);
});

test.each([
  ['another value in r12', 'mfctr r12; bctr', 'bctr'],
  ['r2', 'mfctr r12; bctr', 'li r2, 0; mfctr r12; bctr'],
  ['an argument', 'mfctr r12; bctr', 'li r3, 0; mfctr r12; bctr'],
  ['a condition register field', 'bctr', 'cmpdi r3, 0; bctr'],
  ['LR on the way to the replacement', 'mfctr r12; bctr', 'mfctr r12; bctrl; nop'],
  ['r12 on the way to the replacement', 'bctr', 'li r12, 0; bctr'],
  ['more traps', 'bctr', 'tdne r3, r4; bctr'],
  ['another trap', 'tdne r3, r4; bctr', 'tdne r3, r5; bctr'],
  ['a store that is not there', 'std r2, 24(r1); bctr', 'bctr'],
  ['another width', 'std r2, 24(r1); bctr', 'stw r2, 24(r1); bctr'],
  ['another condition', 'beq 1f; nop; 1: bctr', 'bne 1f; nop; 1: bctr'],
  ['another comparison', 'cmpdi r3, 0; beq 1f; nop; 1: bctr', 'cmpdi r4, 0; beq 1f; nop; 1: bctr'],
  ['a store on one way only', 'beq 1f; std r2, 24(r1); 1: bctr', 'std r2, 24(r1); beq 1f; 1: bctr'],
  ['an entry filled before it is published', `${PUBLISH}; std r2, -24(r11); bctr`, `${TOP}; addi r11, r11, 24; std r2, -24(r11); std r11, TI_livepatch_sp(r12); bctr`],
  ['an entry read after it is released', `${TOP}; ld r2, -24(r11); addi r11, r11, -24; std r11, TI_livepatch_sp(r12); blr`, `${TOP}; addi r11, r11, -24; std r11, TI_livepatch_sp(r12); ld r2, 0(r11); blr`],
  ['what lies above the pointer, read twice', `${TOP}; ld r2, 8(r11); blr`, `${TOP}; ld r2, 8(r11); ld r2, 8(r11); blr`],
  ['a value below the protected zone', 'std r2, -280(r1); ld r11, -280(r1); std r11, 24(r1); bctr', 'std r2, -296(r1); ld r11, -296(r1); std r11, 24(r1); bctr'],
  ['a store that r1 moves away from', 'stdu r1, -32(r1); std r2, 24(r1); bctr', 'std r2, 24(r1); stdu r1, -32(r1); bctr'],
  ['a load over a store that may be anywhere', 'ld r11, 24(r1); std r2, 0(r5); std r11, 16(r1); bctr', 'std r2, 0(r5); ld r11, 24(r1); std r11, 16(r1); bctr'],
  ['a store over half of another', 'std r2, 24(r1); stw r3, 24(r1); bctr', 'stw r3, 24(r1); std r2, 24(r1); bctr'],
  ['an address in the middle of the code', 'bcl 20, 31, 1f; 1: mflr r12; addi r12, r12, 12; mtctr r12; bctr; nop; blr', 'bcl 20, 31, 1f; 1: mflr r12; addi r12, r12, 16; mtctr r12; bctr; nop; blr'],
  ['the back chain', 'std r2, 0(r1); std r1, -64(r5); bctr', 'std r1, -64(r5); std r2, 0(r1); bctr'],
])('not proved: %s', (_, one, other) => {
  expect(equal(one, other)).toBe(false);
});

const STATES = { frame: '# tocsin: state kept frame 24\n', array: '# tocsin: state top task 8\n# tocsin: state stack task 2048\n# tocsin: published top\n' };
const stateful = (state: keyof typeof STATES, lines: string): Strategy => parseStrategyText(`${STATES[state]}livepatch_handler:\n${lines.split(';').join('\n')}\n`, 'mine.s');
const INDEX = 'ld r12, PACACURRENT(r13); ld r11, top(r12)';
const NEXT = `${INDEX}; addi r11, r11, 32; std r11, top(r12); add r11, r11, r12`;

test.each([
  ['frame', 'two stores into what a frame has', 'std r2, kept(r1); std r3, kept+8(r1); bctr', 'std r3, kept+8(r1); std r2, kept(r1); bctr'],
  ['frame', 'beside and in the frame', 'std r2, kept(r1); ld r11, 24(r1); std r11, kept+16(r1); bctr', 'ld r11, 24(r1); std r2, kept(r1); std r11, kept+16(r1); bctr'],
  ['frame', 'a load twice', 'ld r12, kept(r1); mtctr r12; bctr', 'ld r12, kept(r1); ld r12, kept(r1); mtctr r12; bctr'],
  ['array', 'two stores into an entry in use', `${NEXT}; std r2, stack-32(r11); std r3, stack-24(r11); bctr`, `${NEXT}; std r3, stack-24(r11); std r2, stack-32(r11); bctr`],
  ['array', 'known behind a branch that is not taken', `${INDEX}; cmpldi r11, 2048; bgectr; addi r11, r11, 32; std r11, top(r12); bctr`, `${INDEX}; cmpldi r11, 2048; bgectr; addi r11, r11, 32; std r11, top(r12); std r11, top(r12); bctr`],
  ['array', 'read before it is released', `${INDEX}; add r2, r11, r12; ld r0, stack-24(r2); mtlr r0; ld r2, stack-32(r2); addi r11, r11, -32; std r11, top(r12); blr`,
    `${INDEX}; add r2, r11, r12; ld r0, stack-24(r2); mtlr r0; addi r11, r11, -32; ld r2, stack-32(r2); std r11, top(r12); blr`],
] as const)('proved, with state of its own (%s): %s', (state, _, one, other) => {
  expect([provesEqual(stateful(state, one), stateful(state, other)), provesEqual(stateful(state, other), stateful(state, one))]).toEqual([true, true]);
});

test.each([
  ['frame', 'another place of it', 'std r2, kept(r1); bctr', 'std r2, kept+8(r1); bctr'],
  ['frame', 'one store over another', 'std r2, kept(r1); std r3, kept(r1); bctr', 'std r3, kept(r1); std r2, kept(r1); bctr'],
  ['frame', 'that of an interrupt\'s frames', 'std r2, kept-296(r1); ld r11, kept-296(r1); std r11, 24(r1); bctr', 'std r2, kept-296(r1); std r2, 24(r1); bctr'],
  ['frame', 'in front of a branch, or behind it', 'cmpdi r3, 0; bnectr; std r2, kept(r1); bctr', 'cmpdi r3, 0; std r2, kept(r1); bnectr; bctr'],
  ['frame', 'registers where a branch leaves', 'cmpdi r3, 0; bnectr; li r2, 0; bctr', 'cmpdi r3, 0; li r2, 0; bnectr; bctr'],
  ['array', 'filled before it is in use', `${INDEX}; addi r11, r11, 32; std r11, top(r12); add r11, r11, r12; std r2, stack-32(r11); bctr`,
    `${INDEX}; add r2, r11, r12; std r2, stack(r2); addi r11, r11, 32; std r11, top(r12); add r11, r11, r12; std r2, stack-32(r11); bctr`],
  ['array', 'read after it is released', `${INDEX}; add r2, r11, r12; ld r2, stack-32(r2); addi r11, r11, -32; std r11, top(r12); blr`,
    `${INDEX}; add r2, r11, r12; addi r11, r11, -32; std r11, top(r12); ld r2, stack-32(r2); blr`],
  ['array', 'the next entry', `${NEXT}; std r2, stack-32(r11); bctr`, `${NEXT}; std r2, stack(r11); bctr`],
] as const)('not proved, with state of its own (%s): %s', (state, _, one, other) => {
  expect(provesEqual(stateful(state, one), stateful(state, other))).toBe(false);
});

const FULL = `${INDEX}; cmpldi r11, 2048; bge 1f; addi r11, r11, 32; std r11, top(r12); push:; mfctr r12; bctrl; b home; 1: mfctr r12; bctr; home:; ld r12, PACACURRENT(r13); ld r11, top(r12); pop:; addi r11, r11, -32; std r11, top(r12); blr`;
const PREMISE = '# tocsin: claim holds assuming bounded-hook-depth, no-reused-stacks\n# tocsin: push push\n# tocsin: pop pop\n';
const deep = (lines: string, heads = PREMISE): Strategy => parseStrategyText(`${heads}${STATES.array}livepatch_handler:\n${lines.split(';').join('\n')}\n`, 'mine.s');
const without = (what: string, by = ''): string => {
  expect(FULL.split(what)).toHaveLength(2);
  return FULL.replace(what, by);
};
/** Behind the call a loop that is begun where the branch in front of it is not taken. */
const LOOP = without('b home;', 'cmpdi r3, 0; beq home; 2: std r2, 24(r1); cmpdi r4, 9; beq 2b; b home;');

test.each([
  ['the branch to the way for a full array', without('bge 1f;')],
  ['that branch at another place', without('bge 1f; addi r11, r11, 32;', 'addi r11, r11, 32; bge 1f;')],
  ['what is done where it is full', without('1: mfctr r12; bctr;', '1: std r2, 24(r1); blr;')],
  ['nothing there', without('1: mfctr r12; bctr;', '1:;')],
])('proved, as an array is never full within the claim: %s', (_, other) => {
  expect([provesEqual(deep(FULL), deep(other!)), provesEqual(deep(FULL), deep(FULL))]).toEqual([true, true]);
});

test.each([
  ['with a smaller array', FULL.replace('2048', '2016'), without('bge 1f;').replace('2048', '2016'), PREMISE],
  ['with larger entries', FULL.replaceAll('32', '40'), without('bge 1f;').replaceAll('32', '40'), PREMISE],
  ['an entry before it is compared', FULL, `${INDEX}; addi r11, r11, 32; cmpldi r11, 2048; bge 1f; ${FULL.slice(FULL.indexOf('std r11'))}`, PREMISE],
  ['a comparison that is missing', FULL, without('cmpldi r11, 2048;'), PREMISE],
  ['a comparison behind its branch', FULL, without('cmpldi r11, 2048; bge 1f;', 'bge 1f; cmpldi r11, 2048;'), PREMISE],
  ['a branch behind the call', FULL, without('bge 1f;').replace('bctrl;', 'bctrl; bge 1f;'), PREMISE],
  ['without the premise', FULL, without('bge 1f;'), PREMISE.replace('bounded-hook-depth, ', '')],
  ['with stacks that are used again', FULL, without('bge 1f;'), PREMISE.replace(', no-reused-stacks', '')],
  ['with pushes that nobody declares', FULL, without('bge 1f;'), PREMISE.replace(/# tocsin: p(ush|op).*\n/g, '')],
  ['what only a branch that is not taken leads to', LOOP, LOOP.replace('std r2, 24', 'std r3, 24'), PREMISE],
  ['where its own code comes back', FULL.replace('b home', 'b livepatch_handler'), without('bge 1f;').replace('b home', 'b livepatch_handler'), PREMISE],
])('not proved of an array: %s', (_, one, other, heads) => {
  expect(provesEqual(deep(one, heads), deep(other, heads))).toBe(false);
});

test('what hooks out of line is proved by itself: equal in line is not enough', () => {
  const both = (line: string, second: string): Strategy => parseStrategyText(
    `livepatch_handler:\n mfctr r12\n bctr\nlivepatch_handler_ool:\n${line.split(';').join('\n')}\n${second}\n`, 'mine.s');
  const right = 'mflr r12; mtctr r12; mtlr r0; bctr';
  expect(provesEqual(both(right, ''), both('mflr r11; mflr r12; mtctr r12; mtlr r0; bctr', ''))).toBe(true);
  expect(provesEqual(both(right, ''), both('mflr r12; mtctr r12; bctr', ''))).toBe(false);
  expect(provesEqual(both(right, ''), both('mflr r12; mtctr r12; mtlr r12; bctr', ''))).toBe(false);
  // Shared code is behind both handlers.
  const back = (line: string): Strategy => both(right, `livepatch_return:\n ${line}\n blr`);
  expect([provesEqual(back('mr r3, r3'), back('nop')), provesEqual(back('nop'), back('li r3, 0'))]).toEqual([true, false]);
});

test('nothing that is proved is caught, with and without interrupts', () => {
  const cases = [parseScenario('A:M -> local B\nB:M patched\nC:N patched\nirq 1 at 1 hook-entry+5 runs C')];
  for (const name of ['livepatch-stack', 'mini-frame', 'shadow-stack-parallel', 'return-stack']) {
    const original = BUILT_IN.find((it) => it.name === name)!;
    const mutants = mutantsOf(original).mutants.filter((it) => it.same || provesEqual(original, it.strategy));
    expect(mutants.length).toBeGreaterThan(5);
    // The deepest recursion that bounded-hook-depth allows comes of a deeper one.
    const deeper = parseScenario('A:M -> 1 local B x70\nB:M patched -> 2 global A x70');
    const court = new MutantCourt({ original, mutants: mutants.map((it) => it.strategy), cases: name === 'return-stack' ? [...cases, deeper] : cases, seed: 5n, features: FEATURES.filter((it) => it !== 'out-of-line'), bound: MUTANT_BOUNDS[0] });
    for (const style of ['in-line', 'out-of-line'] as const) {
      const { on } = court.execute({ kind: 'sizes', style });
      const alive = mutants.map((_, i) => i);
      for (const [phase, to] of [['off', 40], ['on', Math.min(on, 120)]] as const) {
        const { catches, open, refuted, trials } = court.execute({ kind: 'sweep', style, phase, from: 0, to, alive });
        expect([name, style, phase, catches.map((it) => mutants[it.mutant]?.name), open, refuted]).toEqual([name, style, phase, [], [], undefined]);
        expect(trials).toBeGreaterThan(20);
      }
    }
  }
});
