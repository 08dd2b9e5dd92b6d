/**
 * A campaign after known faults: which of them some scenario within their claims shows. With fewer obligations or fewer features it says what those
 * that are left away are needed for. A function of its arguments and the generator.
 */
import { ScenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { BLOCK_RUNS, scenarioAt } from '../../src/arbitraries/seeded.ts';
import { Classified, assumptionsOf } from '../../src/campaign/assumptions.ts';
import type { ObligationName } from '../../src/contract/obligations.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Violation } from '../../src/contract/verdict.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { Trials } from '../../src/trial/trials.ts';

export interface HuntOptions {
  readonly strategies: readonly Strategy[];
  readonly seed: bigint;
  /** Scenarios. */
  readonly runs: number;
  /** Default: all. */
  readonly obligations?: readonly ObligationName[];
  readonly features?: readonly Feature[];
  /** By strategy: scenarios on which it is not looked at, besides those outside of its claim. */
  readonly skips?: readonly (((scenario: Scenario) => boolean) | undefined)[];
  /** Strategies that were caught go on. */
  readonly countAll?: boolean;
}

export interface Catch {
  readonly scenario: Scenario;
  readonly block: number;
  readonly run: number;
  readonly violations: readonly Violation[];
}

export interface Hunted {
  /** The first scenario that shows it. */
  readonly caught?: Catch;
  /** Scenarios within its claim that it met: up to that one, or all; and how many of them showed it. */
  readonly trials: number;
  readonly shown: number;
  /** Of them those that ended without a verdict. */
  readonly open: number;
}

/** @throws Error where a scenario fails without any strategy */
export function hunt({ strategies, seed, runs, obligations, features = FEATURES, skips = [], countAll = false }: HuntOptions): Hunted[] {
  const trials = new Trials(strategies, obligations === undefined ? {} : { obligations });
  const arbitrary = new ScenarioArbitrary({ features });
  const assumed = strategies.map(({ claim }) => assumptionsOf(claim));
  const results = strategies.map((): { caught?: Catch; trials: number; shown: number; open: number } => ({ trials: 0, shown: 0, open: 0 }));
  let alive = [...trials.order];
  for (let i = 0; i < runs && alive.length > 0; i++) {
    const [block, run] = [Math.floor(i / BLOCK_RUNS), i % BLOCK_RUNS];
    const scenario = scenarioAt(arbitrary, seed, block, run);
    const classified = new Classified(scenario);
    const due = alive.filter((index) => classified.outside(assumed[index]!) === 0 && skips[index]?.(scenario) !== true);
    if (due.length === 0) continue;
    trials.load(scenario);
    let failed = false;
    for (const index of due) {
      if (!trials.applicable(index)) continue;
      const result = results[index]!;
      const { outcome, violations } = trials.run(index);
      result.trials++;
      if (outcome === 'out-of-budget' || outcome === 'undecided') result.open++;
      if (outcome !== 'violated') continue;
      failed = true;
      result.shown++;
      result.caught ??= { scenario, block, run, violations: [...violations] };
    }
    if (!failed) continue;
    if (trials.isProgramFault()) throw new Error(`scenario ${seed}:${block}:${run} fails without any strategy`);
    if (!countAll) alive = alive.filter((index) => results[index]!.caught === undefined);
  }
  return results;
}
