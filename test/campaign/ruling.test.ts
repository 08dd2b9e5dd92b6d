// The table of "Verdicts and exit codes": each line is a situation and its exit code.
import { expect, test } from 'vitest';
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import type { Claim } from '../../src/contract/claim.ts';
import type { StrategyTotals } from '../../src/campaign/fold.ts';
import { signatureKey } from '../../src/campaign/fold.ts';
import { assumptionReports, judged, ruling } from '../../src/campaign/ruling.ts';
import type { Evidence } from '../../src/campaign/ruling.ts';
import { IDLE_TRIALS } from '../../src/campaign/assumptions.ts';

const HOLDS: Claim = { kind: 'holds', assuming: ['no-stub-sibling', 'stack-room'] };
const BREAKS: Claim = { kind: 'breaks', obligations: ['toc'] };
const BREAKS_TWO: Claim = { kind: 'breaks', obligations: ['toc', 'toc-slot'] };

/** Trials by what they do not satisfy, and what was broken, as `obligation outside`. */
function totals(trials: Record<number, number>, broken: readonly string[] = [], openWithin = 0): StrategyTotals {
  const signatures = new Map(broken.map((text) => {
    const [name, outside] = text.split(' ');
    const obligation = OBLIGATIONS.find((it) => it.name === name)?.name ?? 'toc';
    const tally = { obligation, edge: 'local', place: 'caller', outside: Number(outside), count: 1, block: 0, run: 0, afterTrials: 1 } as const;
    return [signatureKey(tally), tally] as const;
  }));
  const byOutside = new Map(Object.entries(trials).map(([outside, count]) => [Number(outside), count]));
  const all = [...byOutside.values()].reduce((sum, it) => sum + it, 0);
  return { trials: all, notApplicable: 0, outOfBudget: openWithin, undecided: 0, openWithin, instructions: 0, sites: [], byOutside, signatures };
}

function evidence(claim: Claim, counted: StrategyTotals, more: Partial<Evidence> & { builtIn?: boolean } = {}): Evidence {
  const { builtIn = true, ...rest } = more;
  return {
    strategies: [{
      name: 'accused', claim, ...judged(claim, counted, []), trials: counted.trials, within: counted.byOutside.get(0) ?? 0, outOfBudget: counted.outOfBudget, builtIn,
    }],
    canaries: [{ name: 'branch-only', trials: 500, caught: true, afterTrials: 1 }],
    missingWitnesses: [], faultCount: 0, firstFault: undefined, allFeatures: true, ...rest,
  };
}

const uncaught = (trials: number): Partial<Evidence> => ({ canaries: [{ name: 'branch-only', trials, caught: false }] });

test.each<[string, Evidence, 0 | 1 | 3 | 4]>([
  ['holds as claimed', evidence(HOLDS, totals({ 0: 100 })), 0],
  ['broken outside of the claim only', evidence(HOLDS, totals({ 0: 100, 1: 100 }, ['toc-slot 1'])), 0],
  ['broken as claimed', evidence(BREAKS, totals({ 0: 100 }, ['toc 0'])), 0],
  ['broken as claimed and otherwise', evidence(BREAKS, totals({ 0: 100 }, ['toc 0', 'progress 0'])), 0],
  ['a claim to hold refuted', evidence(HOLDS, totals({ 0: 100 }, ['toc 0'])), 1],
  ["a user's claim to break refuted", evidence(BREAKS, totals({ 0: 2000 }), { builtIn: false }), 1],
  ['caught at some of what it claims', evidence(BREAKS_TWO, totals({ 0: 2000 }, ['toc 0'])), 1],
  ['caught at some of what it claims, so far', evidence(BREAKS_TWO, totals({ 0: 1999 }, ['toc 0'])), 3],
  ['known to be bad, broken only where it does not claim it', evidence(BREAKS, totals({ 0: 2000 }, ['progress 0'])), 4],
  ['known to be bad, broken only where it does not claim it, so far', evidence(BREAKS, totals({ 0: 1999 }, ['progress 0'])), 3],
  ['known to be bad, not caught below the budget', evidence(BREAKS, totals({ 0: 1999 })), 3],
  ['known to be bad, not caught at the budget', evidence(BREAKS, totals({ 0: 2000 })), 4],
  ['known to be bad, not caught without all features', evidence(BREAKS, totals({ 0: 2000 }), { allFeatures: false }), 3],
  ['out of budget', evidence(HOLDS, totals({ 0: 100 }, [], 1)), 3],
  ['no trial within the claim', evidence(HOLDS, totals({ 1: 100 })), 3],
  ['a required witness never seen', evidence(HOLDS, totals({ 0: 100 }), { missingWitnesses: ['hooked-calls'] }), 3],
  ['the canary not caught below its budget', evidence(HOLDS, totals({ 0: 100 }), uncaught(1500)), 3],
  ['the canary not caught', evidence(HOLDS, totals({ 0: 100 }), uncaught(2000)), 4],
  ['a fault of the harness', evidence(HOLDS, totals({ 0: 100 }), { faultCount: 1, firstFault: 'it broke' }), 4],
  ['4 before 1', evidence(HOLDS, totals({ 0: 100 }, ['toc 0']), { faultCount: 1 }), 4],
  ['1 before 3', evidence(HOLDS, totals({ 0: 100 }, ['toc 0']), { missingWitnesses: ['hooked-calls'] }), 1],
])('%s', (_name, situation, exit) => {
  const found = ruling(situation);
  expect(found.exit).toBe(exit);
  expect(found.reasons.length === 0).toBe(exit === 0);
});

test('reasons come worst first and in words', () => {
  expect(ruling(evidence(HOLDS, totals({ 0: 100 }, ['toc 0']), { ...uncaught(2000), missingWitnesses: ['hooked-calls'] })).reasons).toMatchInlineSnapshot(`
    [
      "the canary branch-only, which is known to be bad, was not caught in 2000 trials",
      "accused claims to hold and was broken",
      "the required witness hooked-calls was never seen",
    ]
  `);
});

test('an assumption is needed, idle, or was not put to the test, or too little', () => {
  const standings = (counted: StrategyTotals): string[] => assumptionReports(HOLDS, counted, []).map((it) => `${it.assumption} ${it.standing} ${it.exercised} of ${it.least}`);
  const least = IDLE_TRIALS;
  expect(standings(totals({ 0: 9, 1: 5, 2: least }, ['toc-slot 1']))).toEqual([`no-stub-sibling needed 5 of ${least}`, `stack-room idle ${least} of ${least}`]);
  expect(standings(totals({ 0: 9, 1: least - 1, 2: 1 }))).toEqual([`no-stub-sibling undecided ${least - 1} of ${least}`, `stack-room undecided 1 of ${least}`]);
  // Only a trial that satisfies all the others says something about one of them.
  expect(standings(totals({ 0: 9, 3: least }, ['toc-slot 3']))).toEqual([`no-stub-sibling unexercised 0 of ${least}`, `stack-room unexercised 0 of ${least}`]);
});

test('trials that ended open do not count towards an idle assumption, as they may be of any', () => {
  const [first] = assumptionReports(HOLDS, { ...totals({ 0: 9, 1: IDLE_TRIALS + 3 }, [], 2), outOfBudget: 4, undecided: 2 }, []);
  expect([first?.standing, first?.exercised]).toEqual(['undecided', IDLE_TRIALS - 1]);
  const [within] = assumptionReports(HOLDS, { ...totals({ 0: 9, 1: IDLE_TRIALS + 3 }, [], 2), outOfBudget: 2 }, []);
  expect([within?.standing, within?.exercised]).toEqual(['idle', IDLE_TRIALS + 3]);
});
