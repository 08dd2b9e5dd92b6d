/** An ftrace entry of a strategy's own where functions are hooked out of line: in the kernel's place there, and nowhere else. */
import { expect, test } from 'vitest';
import { ScenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { mutantsOf } from '../../src/campaign/mutants.ts';
import { StrategyError } from '../../src/contract/strategy-error.ts';
import type { Strategy, StrategyCode } from '../../src/contract/strategy.ts';
import { validateStrategy } from '../../src/contract/validate-strategy.ts';
import { FTRACE_ENTRY_OUT_OF_LINE } from '../../src/kernel/ftrace-out-of-line.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { hookedIn } from '../../src/scenario/world.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Trials } from '../../src/trial/trials.ts';
import { refusal } from '../refusal.ts';

const ENTRY = FTRACE_ENTRY_OUT_OF_LINE.replace('ftrace_entry:', 'ftrace_entry_ool:');
const withCode = (name: string, code: StrategyCode, base: Strategy = livepatchStack): Strategy => validateStrategy({ ...base, name, code: { ...base.code, ...code } });
const own = withCode('own', { ftrace_entry_ool: ENTRY });
const wrong = withCode('r2-lost', { ftrace_entry_ool: ENTRY.replace('        ld      r2, FRAME_TOC(r1)\n', '') });

const drawn = new ScenarioArbitrary({ features: FEATURES });

test('out of line it runs in the kernel\'s place, in line it does not', () => {
  const trials = new Trials([livepatchStack, own, wrong]);
  const outcome = (strategy: number): string => JSON.stringify([trials.run(strategy).outcome, trials.run(strategy).violations.map(({ obligation, call }) => [obligation, call])]);
  const seen = { own: new Set<string>(), caught: 0 };
  for (let i = 0; i < 150; i++) {
    const scenario = scenarioAt(drawn, 11n, 0, i);
    trials.load(hookedIn(scenario, 'out-of-line'));
    const expected = outcome(0);
    expect(outcome(1)).toBe(expected);
    for (const site of trials.coverage.sitesOf(1)) if (site.point === 'ftrace_entry_ool') seen.own.add(site.place);
    if (outcome(2) !== expected) seen.caught++;
    trials.load(hookedIn(scenario, 'in-line'));
    expect(outcome(2)).toBe(outcome(0));
  }
  expect(seen.caught).toBeGreaterThan(50);
  expect(seen.own).toContain('ftrace_entry_ool');
  expect(seen.own).toContain('ftrace_no_trace');
  expect(trials.coverage.sitesOf(0).some(({ point }) => point === 'ftrace_entry_ool')).toBe(false);
});

test('its mutants are judged out of line alone', () => {
  const points = (styles: readonly ('in-line' | 'out-of-line')[]): Map<string, string> =>
    new Map(mutantsOf(own, ['delete'], styles).mutants.map(({ point, styles: judged }) => [point, judged.join()]));
  expect(points(['in-line', 'out-of-line']).get('ftrace_entry_ool')).toBe('out-of-line');
  expect(points(['out-of-line']).has('ftrace_entry_ool')).toBe(true);
  expect(points(['in-line']).has('ftrace_entry_ool')).toBe(false);
});

test.each([
  ['without a handler for it', () => withCode('alone', { ftrace_entry_ool: ENTRY }, BUILT_IN.find(({ name }) => name === 'odd-toc')!), /code\.ftrace_entry_ool: it stands alone; expected livepatch_handler_ool as well/],
  ['a label of the entry in line', () => withCode('twice', { ftrace_entry_ool: ENTRY, ftrace_entry: ENTRY.replace('ftrace_entry_ool:', 'ftrace_entry:').replaceAll('livepatch_handler_ool', 'livepatch_handler') }), /'ftrace_call' is a label of ftrace_entry too; expected another name/],
  ['code in front of it', () => withCode('late', { ftrace_entry_ool: `        nop\n${ENTRY}` }), /code before the label 'ftrace_entry_ool'/],
  ['without its label', () => withCode('nameless', { ftrace_entry_ool: ENTRY.replace('ftrace_entry_ool:', 'mine:') }), /no label 'ftrace_entry_ool' in the text of ftrace_entry_ool/],
  ['with the kernel\'s', () => withCode('kernels', { ftrace_entry_ool: ENTRY.replace('ftrace_entry_ool:', 'ftrace_entry_ool:\nftrace_entry:') }), /'ftrace_entry' is a label of the kernel/],
] as const)('refused: %s', (_, make, expected) => {
  expect(refusal(StrategyError, make)).toMatch(expected);
});
