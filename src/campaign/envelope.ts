/**
 * The envelope: for each strategy the smallest sets of features that break it and the largest in which campaigns found nothing. Strategies and groups of
 * obligations are searched at the same time; what one finds the others are told where all of them wait (`envelope-pool.ts`), so that no answer depends on who
 * does the work or when.
 */
import type { Strategy } from '../contract/strategy.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { huntCanaries } from './canary.ts';
import type { Envelope, EnvelopeReport, StrategyEnvelope } from './envelope-report.ts';
import { CasePool } from './envelope-pool.ts';
import { contradictionsOf, envelopeRuling } from './envelope-ruling.ts';
import { EnvelopeSearch, searchAll } from './envelope-search.ts';
import { wholeSet } from './envelope-sets.ts';
import { SetTrials } from './envelope-trials.ts';
import { CampaignError } from './error.ts';
import { KEPT_FAULTS } from './fold.ts';
import { canaryDrawing, cast, checkedSeed } from './plan.ts';
import type { Accused, FuzzPlan } from './plan.ts';
import { CONFIDENCE } from './statistics.ts';
import type { DescribeResult, Executor, Fault } from './task.ts';

/** Scenarios of a campaign in a largest set. */
export const ENVELOPE_RUNS = 5_000;
/** Scenarios of a campaign in a smallest set without one thing, at most: of those few features that are left, as many have much to say. */
export const SMALLER_RUNS = 500;

export interface EnvelopeOptions {
  readonly strategies: readonly Strategy[];
  /** 64-bit unsigned. */
  readonly seed: bigint;
  /** Of which sets are made. Default: all. */
  readonly features?: readonly Feature[];
  /** Default ENVELOPE_RUNS. */
  readonly runs?: number;
  /** Valid ones, known from elsewhere: each set is tried with those that lie in it. Default: none. */
  readonly cases?: readonly Scenario[];
}

export interface EnvelopePlan extends Pick<FuzzPlan, 'setup' | 'listed' | 'canaries' | 'canaryDrawing'> {
  readonly seed: bigint;
  readonly features: readonly Feature[];
  readonly runs: number;
  readonly smallerRuns: number;
  readonly cases: readonly Scenario[];
}

export interface EnvelopeHooks {
  /** Asked before each block; true: no more are begun, and what is not decided stays so. */
  readonly stop?: () => boolean;
  /** Searches that have come to an end, of how many; trials so far. */
  readonly progress?: (done: number, of: number, trials: number) => void;
}

/** Throws CampaignError. */
export function planEnvelope({ strategies, seed, features: wanted = FEATURES, runs = ENVELOPE_RUNS, cases = [] }: EnvelopeOptions): EnvelopePlan {
  checkedSeed(seed);
  if (!Number.isSafeInteger(runs) || runs < 1 || runs > 2 ** 32) throw new CampaignError(`${runs} runs; expected 1 to ${2 ** 32}`);
  const features = FEATURES.filter((it) => wanted.includes(it));
  return { ...cast(strategies, features), canaryDrawing: canaryDrawing(seed, features), seed, features, runs, smallerRuns: Math.min(runs, SMALLER_RUNS), cases };
}

/** Rejects where the executor broke. */
export async function envelope(plan: EnvelopePlan, executor: Executor, { stop = () => false, progress }: EnvelopeHooks = {}): Promise<EnvelopeReport> {
  const { seed, features, runs, smallerRuns, listed } = plan;
  const hunt = await huntCanaries(plan.canaries, plan.canaryDrawing, executor);
  let interrupted = false;
  let [done, tried] = [0, 0];
  const told = (): void => { progress?.(done, 2 * listed.length, tried); };
  const pool = new CasePool(listed, plan.cases, executor);
  const courts = listed.map((accused) => new SetTrials(accused, seed, executor, {
    stop: () => (interrupted ||= stop()),
    tried: (trials) => { tried += trials; told(); },
    found: (finding) => { pool.take(finding); },
  }));
  const searches = courts.flatMap((trials, i) => (['fatal', 'recorded'] as const)
    .map((group) => new EnvelopeSearch({ trials, pool, strategy: listed[i]!.index, group, universe: wholeSet(features), runs, smallerRuns })));
  const envelopes = await searchAll(searches, pool, () => { done++; told(); });
  // As late as can be: the model's hash is a run of many programs, and quick when all code is compiled.
  const description = await executor.run({ kind: 'describe' });
  const strategies = listed.map((accused, i) => strategyEnvelope(accused, description, courts[i]!, envelopes.slice(2 * i, 2 * i + 2)));
  const faults = [...hunt.faults, ...pool.faults, ...courts.flatMap((it) => it.faults.sort(byPlace))];
  const faultCount = hunt.faults.length + pool.faults.length + courts.reduce((sum, it) => sum + it.faultCount, 0);
  const { generator, modelHash } = description;
  return {
    seed, runs, smallerRuns, cases: plan.cases.length, features, confidence: CONFIDENCE, generator, modelHash, strategies, canaries: hunt.canaries,
    faults: faults.slice(0, KEPT_FAULTS), faultCount, interrupted, ...envelopeRuling({ strategies, features, hunt, faults, faultCount }),
  };
}

/** Which of two campaigns of a strategy ended first is chance. */
const byPlace = (a: Fault, b: Fault): number => a.block - b.block || a.run - b.run;

function strategyEnvelope(
  { index, strategy, builtIn }: Accused, { hashes }: DescribeResult, { trials }: SetTrials, [fatal, recorded]: readonly Envelope[],
): StrategyEnvelope {
  if (fatal === undefined || recorded === undefined) throw new RangeError('an envelope for each group of obligations');
  const { name, claim } = strategy;
  return { name, hash: hashes[index] ?? '', claim, builtIn, trials, fatal, recorded, contradictions: contradictionsOf(strategy, [fatal, recorded]) };
}
