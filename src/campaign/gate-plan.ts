/** What a gate is to do, settled before anything runs: who is on trial, on which feature sets, with how many blocks each. */
import type { Strategy } from '../contract/strategy.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import type { Baseline } from './baseline.ts';
import { BLOCK_RUNS } from '../arbitraries/seeded.ts';
import { CampaignError } from './error.ts';
import { featureSets, shareBlocks } from './feature-sets.ts';
import type { FeatureSet } from './feature-sets.ts';
import type { BaselineWitness, StoredCase } from './gate-report.ts';
import { canaryDrawing, cast, checkedSeed, requiredWitnesses, witnessed } from './plan.ts';
import type { FuzzPlan, RequiredWitnesses } from './plan.ts';
import { CANARY_BUDGET } from './ruling.ts';

export const GATE_RUNS = 20_000;
/** Of the day of the thread that this comes from; changing it changes what the gate sees. */
export const GATE_SEED = 20160309n;

export interface GateOptions {
  readonly strategies: readonly Strategy[];
  readonly cases: readonly StoredCase[];
  readonly baseline?: Baseline;
  /** Counterexamples of baseline facts that could be decoded, by token. */
  readonly baselineWitnesses?: readonly BaselineWitness[];
  readonly runs?: number;
  readonly seed?: bigint;
  readonly features?: readonly Feature[];
  readonly witnesses?: readonly string[];
}

export interface GatePlan extends Pick<FuzzPlan, 'setup' | 'listed' | 'canaries' | 'canaryDrawing'> {
  readonly seed: bigint;
  readonly runs: number;
  readonly features: readonly Feature[];
  readonly sets: readonly (FeatureSet & { readonly blocks: number })[];
  readonly cases: readonly StoredCase[];
  readonly baseline?: Baseline;
  readonly baselineWitnesses: readonly BaselineWitness[];
  readonly witnesses: RequiredWitnesses;
}

/** Throws CampaignError. */
export function planGate(options: GateOptions): GatePlan {
  const { strategies, cases, baseline, baselineWitnesses = [], runs = GATE_RUNS, seed = GATE_SEED } = options;
  const features = FEATURES.filter((feature) => (options.features ?? FEATURES).includes(feature));
  checkedSeed(seed);
  if (!(Number.isSafeInteger(runs) && runs >= 1)) throw new CampaignError(`${runs} runs; expected 1 or more`);
  if (baseline !== undefined && baseline.features.join() !== features.join()) {
    throw new CampaignError(`the baseline is about features ${baseline.features.join(',')}; this gate has ${features.join(',')}`);
  }
  const people = cast(strategies, features);
  const sets = featureSets(people.listed, features);
  const shares = shareBlocks(Math.ceil(runs / BLOCK_RUNS), sets.length, CANARY_BUDGET / BLOCK_RUNS);
  // A gate's scenarios are of many feature sets: shares are not the generator's own.
  const witnesses = { ...requiredWitnesses(options.witnesses, strategies.map(witnessed), features), states: [], sites: false };
  return {
    ...people, canaryDrawing: canaryDrawing(seed, features), seed, runs, features, cases, baselineWitnesses, witnesses,
    sets: sets.map((set, index) => ({ ...set, blocks: shares[index] ?? 1 })),
    ...(baseline === undefined ? {} : { baseline }),
  };
}
