// Every built-in strategy does what it claims: within the claim all holds, what is claimed to break is found, and no assumption is there for nothing.
import { describe, expect, test } from 'vitest';
import { IDLE_TRIALS } from '../src/campaign/assumptions.ts';
import type { Assumption } from '../src/contract/claim.ts';
import { claimText } from '../src/contract/claim-text.ts';
import type { ObligationName } from '../src/contract/obligations.ts';
import type { Strategy } from '../src/contract/strategy.ts';
import { printScenario } from '../src/scenario/notation.ts';
import { satisfies } from '../src/scenario/premises.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { Trials } from '../src/trial/trials.ts';
import { scenarios, seen } from './programs.ts';

/** Scenarios within a claim, each. */
const WITHIN = 500;
/** The canary's budget: a known-bad strategy is caught in fewer. */
const BUDGET = 2_000;
/** Scenarios drawn at most to find some outside of an assumption. */
const DRAWN = 50_000;

const named = (strategy: Strategy) => [strategy.name, claimText(strategy.claim), strategy] as const;
const holding = BUILT_IN.filter(({ claim }) => claim.kind === 'holds');
const breaking = BUILT_IN.filter(({ claim }) => claim.kind === 'breaks');

test('some strategies claim to hold and some to break', () => {
  expect(holding.length).toBeGreaterThan(1);
  expect(breaking.length).toBeGreaterThan(1);
});

describe.each(holding.map(named))('%s %s', (_, __, strategy) => {
  const assuming = strategy.claim.kind === 'holds' ? strategy.claim.assuming : [];

  test('within its claim it holds', () => {
    const trials = new Trials([strategy]);
    for (const scenario of scenarios(WITHIN, assuming)) {
      trials.load(scenario);
      const { outcome, violations } = trials.run(0);
      if (outcome !== 'holds') expect.fail(`${outcome} ${violations.map(({ obligation, subject }) => `${obligation}: ${subject}`).join(', ')}\n${printScenario(scenario)}`);
    }
    for (const witness of ['hooked-calls', 'nested-hooks', 'patched-local', 'patched-global', 'interrupts', 'hooked-in-interrupt', 'hooked-in-interrupted-hook'] as const) {
      expect(seen(trials, witness), witness).toBeGreaterThan(0);
    }
  });

  test.skipIf(assuming.length === 0).each(assuming)('needs %s', (assumption) => {
    const others = assuming.filter((other) => other !== assumption);
    expect(isNeeded(new Trials([strategy]), assumption, others)).toBe(true);
  });
});

/**
 * Does it break somewhere outside of this assumption, with all the others satisfied? In as many trials there as a campaign wants before it calls an
 * assumption idle: what lies outside of some is seldom drawn (a hook depth of more than 64 in one scenario of two hundred).
 */
function isNeeded(trials: Trials, assumption: Assumption, others: readonly Assumption[]): boolean {
  let outside = 0;
  for (const scenario of scenarios(DRAWN, others)) {
    if (satisfies(scenario, assumption)) continue;
    trials.load(scenario);
    if (trials.run(0).outcome === 'violated' && !trials.isProgramFault()) return true;
    outside += 1;
    if (outside === IDLE_TRIALS) return false;
  }
  return false;
}

test.each(breaking.map(named))('%s %s, and is caught at it', (_, __, strategy) => {
  const trials = new Trials([strategy]);
  const missing = new Set<ObligationName>(strategy.claim.kind === 'breaks' ? strategy.claim.obligations : []);
  for (const scenario of scenarios(BUDGET)) {
    trials.load(scenario);
    if (!trials.applicable(0)) continue;
    const { violations } = trials.run(0);
    if (!violations.some(({ obligation }) => missing.has(obligation)) || trials.isProgramFault()) continue;
    for (const { obligation } of violations) missing.delete(obligation);
    if (missing.size === 0) break;
  }
  expect([...missing]).toEqual([]);
});

