/** The removal tables: with all obligations and features a fault is seen, with one of them taken away it is not. */
import { ScenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { findCase } from '../../src/campaign/find.ts';
import { CANDIDATES } from '../../src/campaign/minimise.ts';
import type { Finding } from '../../src/campaign/finding.ts';
import type { ObligationName } from '../../src/contract/obligations.ts';
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { featuresOf } from '../../src/scenario/features-of.ts';
import { Trials } from '../../src/trial/trials.ts';
import { strategyOf } from '../../test/faults/index.ts';
import type { Fault } from '../../test/faults/index.ts';
import { hunt } from './hunt.ts';
import type { Hunted } from './hunt.ts';

export interface Removed {
  readonly fault: Fault;
  readonly full: Hunted;
  /** With the one thing taken away. */
  readonly less: Hunted;
  /** Minimised, within its claim. */
  readonly finding: Finding;
}

export const othersThan = (name: ObligationName): ObligationName[] => OBLIGATIONS.map((it) => it.name).filter((it) => it !== name);
export const featuresBut = (name: Feature): Feature[] => FEATURES.filter((it) => it !== name);

/** @throws Error where a fault is not seen with everything, or is seen without what it needs: then the table would not be true */
export function removed(faults: readonly Fault[], without: (fault: Fault) => { obligation: ObligationName } | { feature: Feature }, seed: bigint, runs: number): Removed[] {
  const strategies = faults.map(strategyOf);
  const all = hunt({ strategies, seed, runs, skips: faults.map(({ skips }) => skips), countAll: true });
  return faults.map((fault, index) => {
    const strategy = strategies[index]!, full = all[index]!;
    const gone = without(fault);
    const which = 'obligation' in gone ? { obligations: othersThan(gone.obligation) } : { features: featuresBut(gone.feature) };
    const [less] = hunt({ strategies: [strategy], seed, runs, skips: [fault.skips], ...which });
    if (less === undefined || less.caught !== undefined) {
      throw new Error(`${fault.name}: seen without ${Object.values(gone).join()}, by ${less?.caught?.violations.map((it) => it.obligation).join()}`);
    }
    const finding = minimised(fault, full, seed);
    const trials = new Trials([strategy], 'obligation' in gone ? { obligations: othersThan(gone.obligation) } : {});
    trials.load(finding.scenario);
    if ('obligation' in gone && trials.run(0).outcome === 'violated') throw new Error(`${fault.name}: ${finding.token} breaks others than ${gone.obligation}`);
    if ('feature' in gone && !featuresOf(finding.scenario).has(gone.feature)) throw new Error(`${fault.name}: ${finding.token} is without ${gone.feature}`);
    return { fault, full, less, finding };
  });
}

/** The first counterexample, as a campaign minimises it. */
function minimised(fault: Fault, { caught, trials: afterTrials }: Hunted, seed: bigint): Finding {
  const violation = caught?.violations.find((it) => it.obligation === fault.sees);
  if (caught === undefined || violation === undefined) {
    const seen = caught === undefined ? `not seen in ${afterTrials} trials` : `seen first by ${caught.violations.map((it) => it.obligation).join()}, expected ${fault.sees}`;
    throw new Error(`${fault.name}: ${seen}`);
  }
  const { obligation, edge, place } = violation, { block, run } = caught;
  const { finding, fault: problem } = findCase({ court: new Trials([strategyOf(fault)]), arbitrary: new ScenarioArbitrary(), original: caught.scenario }, {
    kind: 'minimise', strategy: 0, candidates: CANDIDATES, drawing: { seed, features: FEATURES, premises: [] },
    tally: { obligation, edge, place, outside: 0, count: 1, block, run, afterTrials },
  });
  if (finding === undefined) throw new Error(`${fault.name}: ${problem?.message ?? 'no finding'}`);
  return finding;
}
