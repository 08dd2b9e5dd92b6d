// A hook may not count on what lies more than 288 bytes below r1, in any of its parts: an interrupt takes it. Within the 288 bytes it may, until
// it calls the replacement. Strategies are livepatch-stack with a live value parked there for a few instructions, and nowhere else meanwhile.
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { witnessIndex } from '../../src/contract/witnesses.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { Trials } from '../../src/trial/trials.ts';

const MISSED = witnessIndex('events-not-delivered');

/** Where a value is parked: lines of assembly in each part of the hook. */
interface Parking {
  /** Before the entry is taken; r0 is free. */
  readonly entry?: string;
  /** Before the call of the replacement. */
  readonly call?: string;
  /** With the return address in r12, which is to come into LR. */
  readonly link?: string;
  /** With r2 loaded. */
  readonly toc?: string;
  /** Before the last instruction. */
  readonly last?: string;
}

const hook = ({ entry = '', call = '', link = 'mtlr r12', toc = '', last = '' }: Parking): Strategy => parseStrategyText(`
# tocsin: claim holds assuming no-stub-sibling, stack-room, no-reused-stacks
# tocsin: published TI_livepatch_sp
# tocsin: push parked_push
# tocsin: pop parked_pop
livepatch_handler:
        ${entry}
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
        addi    r11, r11, 16
        std     r11, TI_livepatch_sp(r12)
        std     r2, -16(r11)
        mflr    r12
        std     r12, -8(r11)
        ${call}
        mfctr   r12
parked_push:
        bctrl
livepatch_return:
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
        ld      r12, -8(r11)
        ${link}
        ld      r2, -16(r11)
        ${toc}
        ld      r12, PACACURRENT(r13)
parked_pop:
        addi    r11, r11, -16
        std     r11, TI_livepatch_sp(r12)
        ${last}
        blr
`.replaceAll('; ', '\n        '), 'parked.s');

/** `window`: steps of the region between store and load. */
type Parked = readonly [what: string, strategy: Strategy, region: string, window: readonly number[]];
/** The three that park what is needed afterwards. */
const parkings = (offset: number): readonly Parked[] => [
  ['the return address over the last instructions',
    hook({ link: `std r12, ${offset}(r1)`, last: `ld r12, ${offset}(r1); mtlr r12` }), 'hook-return', [4, 5, 6, 7, 8]],
  ['the TOC pointer over the last instructions',
    hook({ toc: `std r2, ${offset}(r1); li r2, 0`, last: `ld r2, ${offset}(r1)` }), 'hook-return', [6, 7, 8, 9, 10]],
  ['the replacement’s address over the taking of an entry',
    hook({ entry: `mfctr r0; std r0, ${offset}(r1); mtctr r1`, call: `ld r0, ${offset}(r1); mtctr r0` }), 'hook-entry', [2, 3, 4, 5, 6, 7, 8, 9, 10]],
];

const HANDLERS = {
  'the same stack': 'H:N -> 2 local E; E:N patched; irq 1 at 1 REGION+STEP runs H',
  'its own stack': 'H:N -> 2 local E; E:N patched; irq 1 at 1 REGION+STEP runs H own-stack',
  // The hook runs in a handler on the interrupt stack, and is interrupted by another that asks for it.
  'its own stack, where it is already':
    'F:N -> 1 local B; B:N patched; irq 1 at 9 callee+2 runs F own-stack; H:K; irq 2 in 1 at 1 REGION+STEP runs H own-stack',
} as const;

/** Steps of a region at which an interrupt breaks something. */
function broken(strategy: Strategy, region: string, handler: keyof typeof HANDLERS): number[] {
  const trials = new Trials([strategy]);
  const steps: number[] = [];
  const task = handler === 'its own stack, where it is already' ? 'A:M -> 9 local X; X:M' : 'A:M -> 1 local B; B:M patched';
  for (let step = 0; step < 40; step++) {
    trials.load(parseScenario(`${task}; ${HANDLERS[handler].replace('REGION', region).replace('STEP', String(step))}`));
    trials.resetWitnesses();
    const verdict = trials.run(0);
    if (trials.witnesses[MISSED]! > 0) return steps;
    if (verdict.outcome !== 'holds') steps.push(step);
  }
  throw new RangeError(`${region} has no end`);
}

const arbitrary = scenarioArbitrary({ features: FEATURES.filter((name) => !['stub-sibling', 'recursive', 'unwind', 'transitions', 'exit', 'out-of-line'].includes(name)) });

/** Scenarios until the strategy fails; undefined: it does not. */
function caughtAfter(strategy: Strategy, most: number): number | undefined {
  const trials = new Trials([strategy]);
  for (let run = 0; run < most; run++) {
    trials.load(scenarioAt(arbitrary, 33n, Math.floor(run / 500), run % 500));
    if (trials.run(0).outcome !== 'holds') return run + 1;
  }
  return undefined;
}

describe.each([-296, -400, -784])('%i(r1), where an interrupt has its register frame', (offset) => {
  test.each(parkings(offset))('%s: lost at each instruction between store and load, on any stack', (_, strategy, region, window) => {
    for (const handler of Object.keys(HANDLERS) as (keyof typeof HANDLERS)[]) expect(broken(strategy, region, handler), handler).toEqual(window);
    expect(caughtAfter(strategy, 500)).toBeDefined();
  });
});

// The doubleword 24 of that frame, -792(r1), is one into which no code of the model stores.
describe.each([-792, -816])('%i(r1), in the frame from which the handler is called', (offset) => {
  test.each(parkings(offset))('%s: lost unless the handler has a stack of its own', (_, strategy, region, window) => {
    expect(broken(strategy, region, 'the same stack')).toEqual(window);
    expect(broken(strategy, region, 'its own stack')).toEqual([]);
    expect(broken(strategy, region, 'its own stack, where it is already')).toEqual(window);
    expect(caughtAfter(strategy, 500)).toBeDefined();
  });
});

describe.each([-8, -16, -288])('%i(r1), in the protected zone', (offset) => {
  test.each(parkings(offset))('%s: kept', (_, strategy, region) => {
    for (const handler of Object.keys(HANDLERS) as (keyof typeof HANDLERS)[]) expect(broken(strategy, region, handler), handler).toEqual([]);
    expect(caughtAfter(strategy, 1_500)).toBeUndefined();
  });

  test('the TOC pointer over the call of the replacement: lost without any interrupt', () => {
    const strategy = hook({ entry: `std r2, ${offset}(r1)`, toc: `ld r2, ${offset}(r1)` });
    const trials = new Trials([strategy]);
    trials.load(parseScenario('A:M -> 1 local B; B:M patched -> local C; C:P'));
    expect(trials.run(0).violations.map(({ obligation }) => obligation)).toEqual(['toc']);
  });
});

test('what is parked and not needed any more is nobody’s loss', () => {
  // r11 is free when the hook returns.
  const strategy = hook({ toc: 'std r11, -296(r1)', last: 'ld r11, -296(r1)' });
  expect(broken(strategy, 'hook-return', 'the same stack')).toEqual([]);
  expect(caughtAfter(strategy, 1_500)).toBeUndefined();
});
