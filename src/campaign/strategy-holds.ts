/** A strategy's claim as a fast-check property, for anyone's test suite: `fc.assert(strategyHolds(mine))`. */
import { property } from 'fast-check';
import type { IProperty } from 'fast-check';
import { scenarioArbitrary } from '../arbitraries/scenario.ts';
import type { Assumption } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Trials } from '../trial/trials.ts';
import { Classified, assumptionsOf } from './assumptions.ts';
import { sentenceOf } from './sentence.ts';

export interface StrategyHoldsOptions {
  /** Features that may occur. Default: all. */
  readonly features?: readonly Feature[];
  /** What scenarios must satisfy; others count as holding. Default: what a `holds` claim assumes, nothing for a `breaks` claim. */
  readonly assuming?: readonly Assumption[];
  /** Obligations that may be broken all the same. Default: none. */
  readonly except?: readonly ObligationName[];
  /** Functions in the task's part of a scenario, at most, 1 to 12. Default 12. */
  readonly functions?: number;
}

/**
 * Fails with the violation in words; fast-check prints the scenario, shrunk. Running out of budget fails too. Throws AssemblyError at once
 * for a strategy whose code does not assemble.
 */
export function strategyHolds(strategy: Strategy, options: StrategyHoldsOptions = {}): IProperty<[Scenario]> {
  const { features, assuming = assumptionsOf(strategy.claim), except = [], functions } = options;
  const trials = new Trials([strategy]);
  const arbitrary = scenarioArbitrary({ ...(features === undefined ? {} : { features }), ...(functions === undefined ? {} : { functions }) });
  return property(arbitrary, (scenario) => {
    if (new Classified(scenario).outside(assuming) !== 0) return;
    trials.load(scenario);
    // Nothing is claimed of a style of hooking that the strategy has no code for.
    if (!trials.applicable(0)) return;
    const { outcome, violations } = trials.run(0);
    if (outcome === 'holds') return;
    const violation = violations.find((it) => !except.includes(it.obligation));
    if (violation !== undefined) throw new Error(`${strategy.name} breaks ${violation.obligation}: ${sentenceOf(violation, scenario, { at: trials.symbolOf(violation.address) })}`);
    if (outcome !== 'violated') throw new Error(`${strategy.name}: ${outcome}`);
  });
}
