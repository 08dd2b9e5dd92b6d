/**
 * Where a campaign stands, as JSON: which campaign it is, the fold's counts, and the first trial of each signature. Findings are not in it: they are
 * made again from their trials (`resume.ts`). Read back as input that may be hostile.
 */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ReturnEdge } from '../contract/verdict.ts';
import { BLOCK_RUNS } from '../arbitraries/seeded.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { CALL_KINDS } from '../scenario/scenario.ts';
import { SITUATIONS } from '../trial/coverage.ts';
import { KEPT_FAULTS } from './fold.ts';
import { fields, list, member, members, natural, parseJson, schemaOf, text, word64, wrong } from './reader.ts';
import { MOST_SHARDS } from './shard.ts';
import type { Shard } from './shard.ts';
import type { SituationTally } from './situations.ts';
import type { Fault, SignatureTally, StrategyTally } from './task.ts';

export const CHECKPOINT_SCHEMA = 'tocsin/checkpoint@1';
/** Bytes of a checkpoint file, at most; one of 20 strategies and all their signatures has some 50 thousand. */
export const CHECKPOINT_BYTES = 32 * 1024 * 1024;

export interface StrategyState extends Omit<StrategyTally, 'strategy'> {
  readonly name: string;
  readonly hash: string;
}

/** What must be the same for a campaign to go on from here, or to be part of a whole. */
export interface Identity {
  /** 64-bit unsigned. */
  readonly seed: bigint;
  readonly features: readonly Feature[];
  readonly generator: number;
  readonly modelHash: string;
}

export interface Checkpoint extends Identity {
  readonly shard: Shard;
  /** Scenarios of all shards together; null: until someone says stop. */
  readonly runs: number | null;
  readonly state: {
    /** Blocks that are done, from the shard's first on, and their scenarios. */
    readonly blocks: number;
    readonly runs: number;
    readonly filtered: number;
    readonly compared: number;
    readonly faultCount: number;
    readonly faults: readonly Fault[];
    /** By index in WITNESSES. */
    readonly witnesses: readonly number[];
    /** Scenarios that showed each. */
    readonly shown: readonly number[];
    readonly situations: SituationTally;
  };
  readonly strategies: readonly StrategyState[];
}

/** One line. */
export function printCheckpoint({ seed, ...rest }: Checkpoint): string {
  return `${JSON.stringify({ schema: CHECKPOINT_SCHEMA, seed: `0x${seed.toString(16)}`, ...rest })}\n`;
}

/** Throws CampaignError with the JSON path. Whether it fits a campaign is `resume.ts`'s to say. */
export function parseCheckpoint(source: string): Checkpoint {
  const data = parseJson(source);
  schemaOf(data, CHECKPOINT_SCHEMA);
  const whole = fields(data, '', ['schema', 'seed', 'features', 'generator', 'modelHash', 'shard', 'runs', 'state', 'strategies']);
  const state = fields(whole['state'], 'state', ['blocks', 'runs', 'filtered', 'compared', 'faultCount', 'faults', 'witnesses', 'shown', 'situations']);
  return {
    ...readIdentity(whole), shard: readShard(whole['shard']),
    runs: whole['runs'] === null ? null : natural(whole['runs'], 'runs'),
    state: {
      blocks: natural(state['blocks'], 'state.blocks'), runs: natural(state['runs'], 'state.runs'),
      filtered: natural(state['filtered'], 'state.filtered'), compared: natural(state['compared'], 'state.compared'),
      faultCount: natural(state['faultCount'], 'state.faultCount'), faults: list(state['faults'], 'state.faults', KEPT_FAULTS, readFault),
      witnesses: list(state['witnesses'], 'state.witnesses', 1_000, natural1), shown: list(state['shown'], 'state.shown', 1_000, natural1),
      situations: readSituations(fields(state['situations'], 'state.situations', ['once', 'more']), 'state.situations'),
    },
    strategies: list(whole['strategies'], 'strategies', 1_000, (it, path): StrategyState => {
      const one = fields(it, path, ['name', 'hash', ...COUNTS, 'sites', 'byOutside', 'signatures']);
      return {
        name: text(one['name'], `${path}.name`, 200), hash: text(one['hash'], `${path}.hash`, 64), ...readCounts(one, path), sites: list(one['sites'], `${path}.sites`, MOST_SITES, natural1),
        byOutside: list(one['byOutside'], `${path}.byOutside`, 100_000, (pair, at) => {
          const [outside, trials] = list(pair, at, 2, natural1);
          return outside === undefined || trials === undefined ? wrong(at, pair, 'a pair of numbers') : [outside, trials] as const;
        }),
        signatures: list(one['signatures'], `${path}.signatures`, 100_000, readTally),
      };
    }),
  };
}

const EDGES: readonly ReturnEdge[] = [...CALL_KINDS, 'root', 'none'];
const OBLIGATION_NAMES = OBLIGATIONS.map((it) => it.name);
const FAULT_KINDS: readonly Fault['kind'][] = ['program', 'not-deterministic', 'invalid', 'crash', 'not-reproduced'];
/** Three of each word that a strategy may have, and more. */
export const MOST_SITES = 10_000;
/** Blocks are numbered by 32 bits. */
export const MOST_BLOCKS = 2 ** 32;
export const COUNTS = ['trials', 'notApplicable', 'outOfBudget', 'undecided', 'openWithin', 'instructions'] as const;

const natural1 = (value: unknown, path: string): number => natural(value, path);

export function readIdentity(whole: Readonly<Record<string, unknown>>): Identity {
  return {
    seed: word64(whole['seed'], 'seed'), features: members(whole['features'], 'features', FEATURES),
    generator: natural(whole['generator'], 'generator', 1_000_000), modelHash: text(whole['modelHash'], 'modelHash', 64),
  };
}

function readShard(value: unknown): Shard {
  const { index, of } = fields(value, 'shard', ['index', 'of']);
  return { index: natural(index, 'shard.index', MOST_SHARDS), of: natural(of, 'shard.of', MOST_SHARDS) };
}

export function readCounts(one: Readonly<Record<string, unknown>>, path: string): Pick<StrategyTally, typeof COUNTS[number]> {
  const count = (name: typeof COUNTS[number]): number => natural(one[name], `${path}.${name}`);
  return {
    trials: count('trials'), notApplicable: count('notApplicable'), outOfBudget: count('outOfBudget'), undecided: count('undecided'),
    openWithin: count('openWithin'), instructions: count('instructions'),
  };
}

/** Rising numbers of situations, none in both lists. */
export function readSituations(one: Readonly<Record<string, unknown>>, path: string): SituationTally {
  const read = (name: keyof SituationTally): number[] => list(one[name], `${path}.${name}`, SITUATIONS, (it, at) => natural(it, at, SITUATIONS - 1));
  const [once, more] = [read('once'), read('more')];
  for (const [name, numbers] of [['once', once], ['more', more]] as const) {
    const bad = numbers.findIndex((it, index) => index > 0 && it <= numbers[index - 1]!);
    if (bad >= 0) wrong(`${path}.${name}[${bad}]`, numbers[bad], `more than ${numbers[bad - 1]!}`);
  }
  const twice = once.findIndex((it) => more.includes(it));
  return twice >= 0 ? wrong(`${path}.once[${twice}]`, once[twice], 'one that is not in `more`') : { once, more };
}

export function readSignature(value: Readonly<Record<string, unknown>>, path: string): Pick<SignatureTally, 'obligation' | 'edge' | 'place'> {
  return {
    obligation: member(value['obligation'], `${path}.obligation`, OBLIGATION_NAMES), edge: member(value['edge'], `${path}.edge`, EDGES),
    place: text(value['place'], `${path}.place`, 200),
  };
}

/** `outside` apart, which is a bit set in a checkpoint and names in a document. */
export function readFirst(value: Readonly<Record<string, unknown>>, path: string): Pick<SignatureTally, 'count' | 'block' | 'run' | 'afterTrials'> {
  return {
    count: natural(value['count'], `${path}.count`), block: natural(value['block'], `${path}.block`, MOST_BLOCKS - 1),
    run: natural(value['run'], `${path}.run`, BLOCK_RUNS - 1), afterTrials: natural(value['afterTrials'], `${path}.afterTrials`),
  };
}

function readTally(value: unknown, path: string): SignatureTally {
  const it = fields(value, path, ['obligation', 'edge', 'place', 'outside', 'count', 'block', 'run', 'afterTrials']);
  return { ...readSignature(it, path), outside: natural(it['outside'], `${path}.outside`, 2 ** 31 - 1), ...readFirst(it, path) };
}

export function readFault(value: unknown, path: string): Fault {
  const it = fields(value, path, ['kind', 'block', 'run', 'message'], ['strategy', 'during']);
  const during = it['during'];
  return {
    kind: member(it['kind'], `${path}.kind`, FAULT_KINDS), block: natural(it['block'], `${path}.block`, MOST_BLOCKS - 1), run: natural(it['run'], `${path}.run`, BLOCK_RUNS - 1),
    ...(it['strategy'] === undefined ? {} : { strategy: text(it['strategy'], `${path}.strategy`, 200) }),
    ...(during === undefined ? {} : { during: during === 'canaries' ? during : readSignature(fields(during, `${path}.during`, ['obligation', 'edge', 'place']), `${path}.during`) }),
    message: text(it['message'], `${path}.message`, 10_000),
  };
}
