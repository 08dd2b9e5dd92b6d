/** What a campaign is to do, settled before anything runs: who is on trial, who are the canaries, which blocks. */
import { hooksOutOfLine } from '../contract/strategy.ts';
import type { Strategy } from '../contract/strategy.ts';
import { FEATURE_WITNESS, SHARES_FROM, WITNESSES } from '../contract/witnesses.ts';
import type { WitnessName } from '../contract/witnesses.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { BLOCK_RUNS } from '../arbitraries/seeded.ts';
import type { Checkpoint } from './checkpoint.ts';
import { CampaignError } from './error.ts';
import { MOST_SHARDS, blocksOf } from './shard.ts';
import type { Shard } from './shard.ts';
import { STATE_WITNESSES, requiredFrom } from './shares.ts';
import type { Drawing, WorkshopSetup } from './task.ts';

export const DEFAULT_RUNS = 10_000;

/** Below so many scenarios worker threads take longer to start than they save. */
export const SMALL_CAMPAIGN = 10_000;

/** Known to be bad, and caught in every campaign, listed or not. The second can only be seen where there are interrupts. */
export const CANARIES: readonly { readonly name: string; readonly interrupts: boolean }[] = [
  { name: 'branch-only', interrupts: false },
  { name: 'livepatch-stack-late-publish', interrupts: true },
];

const INTERRUPT_FEATURES: readonly Feature[] = ['interrupt', 'interrupt-nested', 'irq-stack'];

export interface FuzzOptions {
  readonly strategies: readonly Strategy[];
  /** 64-bit unsigned. */
  readonly seed: bigint;
  /** Default: all. */
  readonly features?: readonly Feature[];
  /** Scenarios, >= 1, all shards together; or until `stop` says enough. Default DEFAULT_RUNS. */
  readonly runs?: number | 'until-stopped';
  /** Part `index` (from 1) of `of`: a run of neighbouring blocks (`blocksOf`), so that parts in order are the campaign in order. */
  readonly shard?: Shard;
  /** Minimise every signature, not only the first of each obligation. */
  readonly keepGoing?: boolean;
  /** Names of witnesses without which the campaign is inconclusive. Default: `defaultWitnesses`, for campaigns of a whole block or more. None are required of a smaller one. */
  readonly witnesses?: readonly string[];
  /** Where an earlier one of the same options stopped. */
  readonly resume?: Checkpoint;
}

/** Index in the workshop's list. */
export interface Accused {
  readonly index: number;
  readonly strategy: Strategy;
  readonly builtIn: boolean;
}

export interface FuzzPlan {
  /** Open the workshops with this. */
  readonly setup: WorkshopSetup;
  readonly listed: readonly Accused[];
  readonly canaries: readonly Accused[];
  readonly drawing: Drawing;
  /** What canaries are drawn from: every feature, without interrupts where the campaign has none. */
  readonly canaryDrawing: Drawing;
  /** Of all shards together. */
  readonly runs: number | 'until-stopped';
  /** Of this shard: the number of its first block, and how many it has. */
  readonly first: number;
  readonly blocks: number;
  readonly shard: Shard;
  readonly keepGoing: boolean;
  readonly witnesses: RequiredWitnesses;
  readonly resume?: Checkpoint;
}

/** Throws CampaignError. */
export function planFuzz(options: FuzzOptions): FuzzPlan {
  const { strategies, runs = DEFAULT_RUNS, shard = { index: 1, of: 1 }, keepGoing = false, resume } = options;
  const features = FEATURES.filter((feature) => (options.features ?? FEATURES).includes(feature));
  checkedSeed(options.seed);
  if (runs !== 'until-stopped' && !(Number.isSafeInteger(runs) && runs >= 1)) throw new CampaignError(`${runs} runs; expected 1 or more`);
  const { index, of } = shard;
  if (![index, of].every(Number.isSafeInteger) || index < 1 || index > of || of > MOST_SHARDS) {
    throw new CampaignError(`shard ${index}/${of}; expected I/N with I from 1 to N, N at most ${MOST_SHARDS}`);
  }
  if (of > 1 && runs === 'until-stopped') throw new CampaignError(`shard ${index}/${of} of a campaign without an end; expected a number of runs, which tells what is whose`);
  const { setup, listed, canaries } = cast(strategies, features);
  const { first, blocks } = runs === 'until-stopped' ? { first: 0, blocks: Number.MAX_SAFE_INTEGER } : blocksOf(runs, shard);
  const witnesses = requiredWitnesses(options.witnesses ?? ownWitnesses(runs), strategies.map(witnessed), features);
  return {
    setup, listed, canaries, runs, first, blocks, shard, keepGoing, witnesses,
    drawing: { seed: options.seed, features, premises: [] },
    canaryDrawing: canaryDrawing(options.seed, features),
    ...(resume === undefined ? {} : { resume }),
  };
}

/** What nobody named: nothing is required of less than a block, the default list of everything else. */
export function ownWitnesses(runs: number | 'until-stopped'): readonly string[] | undefined {
  return runs === 'until-stopped' || runs >= BLOCK_RUNS ? undefined : [];
}

export function checkedSeed(seed: bigint): void {
  if (seed < 0n || seed >= 1n << 64n) throw new CampaignError(`seed ${seed}; expected 64 bits, 0 to ${(1n << 64n) - 1n}`);
}

export function canaryDrawing(seed: bigint, features: readonly Feature[]): Drawing {
  const interrupts = features.includes('interrupt');
  return { seed, features: FEATURES.filter((feature) => interrupts || !INTERRUPT_FEATURES.includes(feature)), premises: [] };
}

/** Who takes part: those asked for, then the other built-ins (for the expected verdicts of a finding), canaries among them. */
export function cast(strategies: readonly Strategy[], features: readonly Feature[]): Pick<FuzzPlan, 'setup' | 'listed' | 'canaries'> {
  if (strategies.length === 0) throw new CampaignError('no strategy to put on trial');
  const names = new Set<string>();
  for (const { name } of strategies) {
    if (names.has(name)) throw new CampaignError(`two strategies are called ${name}`);
    names.add(name);
  }
  const all = [...strategies, ...BUILT_IN.filter((it) => !strategies.includes(it))];
  const accused = all.map((strategy, index): Accused => ({ index, strategy, builtIn: BUILT_IN.includes(strategy) }));
  const canaries = CANARIES.filter((it) => !it.interrupts || features.includes('interrupt'))
    .flatMap(({ name }) => accused.filter((it) => it.builtIn && it.strategy.name === name));
  return {
    setup: { strategies: accused.map((it) => (it.builtIn ? it.strategy.name : it.strategy)) },
    listed: accused.slice(0, strategies.length), canaries,
  };
}

/** From so many scenarios on, a campaign must have seen what each of its features does. */
export const FEATURE_WITNESS_RUNS = SHARES_FROM;

/** What witnesses are asked of a strategy by. */
export interface Witnessed extends Pick<Strategy, 'claim'> {
  /** It is applicable where functions are hooked out of line. */
  readonly outOfLine: boolean;
}

export const witnessed = (strategy: Strategy): Witnessed => ({ claim: strategy.claim, outOfLine: hooksOutOfLine(strategy) });

/** What a campaign must have seen by the time that it ends. */
export interface RequiredWitnesses {
  readonly any: readonly string[];
  /** After FEATURE_WITNESS_RUNS scenarios as well. */
  readonly larger: readonly string[];
  /** Each once a campaign is large enough for it (`requiredFrom`). */
  readonly states: readonly WitnessName[];
  /** Sites of the strategies' own code as well. */
  readonly sites: boolean;
}

/**
 * Of any campaign, to say something about hooks, and about interrupts in them; of a larger one, everything that is switched on, as long as
 * a strategy claims to hold: known-bad ones may fail before they come to it.
 */
export function defaultWitnesses(strategies: readonly Witnessed[], features: readonly Feature[]): RequiredWitnesses {
  const any = ['hooked-calls', ...(features.includes('interrupt') ? ['interrupts-in-hook'] : [])];
  const seen = features.flatMap((feature) => {
    if (feature === 'out-of-line' && !strategies.some((it) => it.outOfLine)) return [];
    const [witness, ...besides] = FEATURE_WITNESS[feature];
    return besides.every((it) => features.includes(it)) ? [witness] : [];
  });
  const larger = strategies.some((it) => it.claim.kind === 'holds') ? [...new Set(seen)].filter((name) => !any.includes(name)) : [];
  const states = larger.length > 0 && features.length === FEATURES.length ? STATE_WITNESSES : [];
  return { any, larger, states, sites: true };
}

/** Throws CampaignError where a caller's own list has names that are none. */
export function requiredWitnesses(own: readonly string[] | undefined, strategies: readonly Witnessed[], features: readonly Feature[]): RequiredWitnesses {
  for (const name of own ?? []) if (!WITNESSES.some((it) => it.name === name)) throw new CampaignError(`unknown witness '${name}'; \`tocsin list\` names them`);
  return own === undefined ? defaultWitnesses(strategies, features) : { any: own, larger: [], states: [], sites: false };
}

/** Names of required witnesses that were not seen in so many scenarios, in the order required. */
export function missingFrom(required: RequiredWitnesses, witnesses: Readonly<Record<string, number>>, runs: number): string[] {
  return requiredIn(required, runs).filter((name) => (witnesses[name] ?? 0) === 0);
}

export function requiredIn({ any, larger, states }: RequiredWitnesses, runs: number): string[] {
  return [...any, ...(runs >= FEATURE_WITNESS_RUNS ? larger : []), ...states.filter((name) => runs >= requiredFrom(name))];
}

/** Scenarios of a block of a campaign; the last may be cut short. */
export function runsOf(block: number, runs: number | 'until-stopped'): number {
  return runs === 'until-stopped' ? BLOCK_RUNS : Math.min(BLOCK_RUNS, runs - block * BLOCK_RUNS);
}
