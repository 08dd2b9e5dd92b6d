/**
 * How small minima are, measured: of each known-bad strategy, the first failing scenario of each of many seeds, minimised as a campaign does it, and
 * looked at again from outside (elements.ts). Plain data; a function of strategies, seeds and generator.
 */
import { ScenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { CANDIDATES } from '../../src/campaign/minimise.ts';
import { findCase } from '../../src/campaign/find.ts';
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import { inLinePlace } from '../../src/contract/strategy.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Violation } from '../../src/contract/verdict.ts';
import { measureOf } from '../../src/enumerate/measure.ts';
import type { Measure } from '../../src/enumerate/measure.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';
import { removals } from './elements.ts';

/** Scenarios of a seed tried at most. */
const MOST_RUNS = 5_000;

export const BAD: readonly Strategy[] = BUILT_IN.filter(({ claim }) => claim.kind === 'breaks');

/** One failing seed. */
export interface Minimum {
  readonly strategy: string;
  readonly seed: number;
  /** OBLIGATION EDGE PLACE */
  readonly signature: string;
  readonly measure: Measure;
  readonly token: string;
  /** The final pass tried everything. */
  readonly complete: boolean;
  readonly tried: number;
  /** Calls of the scenario as drawn. */
  readonly drawn: number;
  /** What can be taken out and leaves the signature: nothing, where all is well. */
  readonly structural: readonly string[];
  readonly details: readonly string[];
}

const rank = ({ obligation }: Violation): number => OBLIGATIONS.findIndex(({ name }) => name === obligation);
/** The same bug in either style of hooking. */
const signatureOf = ({ obligation, edge, place }: Pick<Violation, 'obligation' | 'edge' | 'place'>): string => `${obligation} ${edge} ${inLinePlace(place)}`;

/** Seeds `from` to `to`-1 of one strategy. */
export function* minima(strategy: Strategy, from: number, to: number): Generator<Minimum> {
  const trials = new Trials([strategy]);
  const arbitrary = new ScenarioArbitrary();
  for (let seed = from; seed < to; seed++) {
    const found = firstFailing(trials, arbitrary, seed);
    if (found === undefined) throw new Error(`${strategy.name}: seed ${seed} shows nothing in ${MOST_RUNS} scenarios`);
    yield minimumOf(trials, arbitrary, strategy, seed, found);
  }
}

interface Failing { readonly run: number; readonly original: Scenario; readonly worst: Violation }

function firstFailing(trials: Trials, arbitrary: ScenarioArbitrary, seed: number): Failing | undefined {
  for (let run = 0; run < MOST_RUNS; run++) {
    const original = scenarioAt(arbitrary, BigInt(seed), 0, run);
    trials.load(original);
    if (!trials.applicable(0)) continue;
    const [worst] = [...trials.run(0).violations].sort((a, b) => rank(a) - rank(b));
    if (worst !== undefined) return { run, original, worst };
  }
  return undefined;
}

function minimumOf(trials: Trials, arbitrary: ScenarioArbitrary, strategy: Strategy, seed: number, { run, original, worst }: Failing): Minimum {
  const { obligation, edge, place } = worst;
  const drawing = { seed: BigInt(seed), features: FEATURES, premises: [] };
  const tally = { obligation, edge, place, outside: 0, count: 1, block: 0, run, afterTrials: run + 1 };
  const { finding, fault } = findCase({ court: trials, arbitrary, original }, { kind: 'minimise', drawing, strategy: 0, tally, candidates: CANDIDATES });
  if (finding === undefined) throw new Error(`${strategy.name}: seed ${seed}: ${fault?.message ?? 'no finding'}`);
  const signature = signatureOf(worst);
  const shows = (scenario: Scenario): boolean => {
    trials.load(scenario);
    return trials.run(0).violations.some((it) => signatureOf(it) === signature) && !trials.isProgramFault();
  };
  const left = removals(finding.scenario).filter(({ scenario }) => shows(scenario));
  const named = (structural: boolean): string[] => left.filter((it) => it.structural === structural).map(({ what }) => what);
  return {
    strategy: strategy.name, seed, signature, measure: measureOf(finding.scenario), token: finding.token, complete: finding.certificate.complete,
    tried: finding.certificate.tried, drawn: finding.drawn.calls, structural: named(true), details: named(false),
  };
}
