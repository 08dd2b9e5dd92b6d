/**
 * SEED:BLOCK:RUN. Each scenario of a campaign has a generator of its own, whose state is a bijection of (seed, block, run): the
 * same scenario comes out for any number of workers, in any order, and no two runs of a campaign share a state.
 */
import { Random } from 'fast-check';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { canonical } from '../scenario/canonical.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ScenarioArbitrary } from './scenario.ts';

export { GENERATOR_VERSION } from './dice.ts';

/** Scenarios in one block; a campaign completes whole blocks. */
export const BLOCK_RUNS = 500;
const MASK = (1n << 64n) - 1n;

/** The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection of 64-bit words. */
function mix(word: bigint): bigint {
  let z = word & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** The finaliser of MurmurHash3 (Appleby), on 32 bits. */
function stir(word: number): number {
  let z = word ^ (word >>> 16);
  z = Math.imul(z, 0x85ebca6b);
  z ^= z >>> 13;
  z = Math.imul(z, 0xc2b2ae35);
  return z ^ (z >>> 16);
}

/**
 * State of xoroshiro128plus for a run: a Feistel network over the four 32-bit words (seed, block, run), so that different triples
 * give different states. `block` and `run`: 0 to 2^32 - 1. Throws a RangeError for anything else.
 */
export function stateOf(seed: bigint, block: number, run: number): readonly [number, number, number, number] {
  if (seed < 0n || seed > MASK) throw new RangeError(`seed ${seed}; expected 64 bits`);
  for (const value of [block, run]) if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError(`block ${block}, run ${run}; expected integers of 32 bits`);
  let a = Number(seed >> 32n) | 0;
  let b = Number(seed & 0xffff_ffffn) | 0;
  let c = block | 0;
  let d = run | 0;
  for (let round = 1; round <= 4; round += 1) {
    const key = Math.imul(round, 0x9e3779b9);
    a ^= stir((b ^ stir((c ^ stir((d + key) | 0)) | 0)) | 0);
    b ^= stir((c ^ stir((d ^ stir((a + key) | 0)) | 0)) | 0);
    c ^= stir((d ^ stir((a ^ stir((b + key) | 0)) | 0)) | 0);
    d ^= stir((a ^ stir((b ^ stir((c + key) | 0)) | 0)) | 0);
  }
  // The generator could not leave the state of all zeros, which one triple in 2^128 gives.
  return (a | b | c | d) === 0 ? [0, 0, 0, 1] : [a, b, c, d];
}

export function diceAt(seed: bigint, block: number, run: number): Random {
  return new Random(xoroshiro128plusFromState(stateOf(seed, block, run)));
}

/**
 * The scenario that SEED:BLOCK:RUN names, before minimising. Depends on the arbitrary's options and GENERATOR_VERSION as well. In canonical
 * form, as tokens and files have it: once a strategy branches astray, what happens depends on which function lies where.
 */
export function scenarioAt(arbitrary: ScenarioArbitrary, seed: bigint, block: number, run: number): Scenario {
  return canonical(arbitrary.draw(diceAt(seed, block, run)));
}

export class SeedError extends Error {
  constructor(text: string) {
    const shown = text.length > 48 ? `${text.slice(0, 48)}...` : text;
    super(`seed ${JSON.stringify(shown)}: expected a number below 2^64 (as 12345, 10_000, 1e6, 0x1f) or a commit hash of 40 hex digits`);
    this.name = 'SeedError';
  }
}

/** A 40-digit commit hash, which stands for a seed. */
export const isHash = (text: string): boolean => /^[0-9a-fA-F]{40}$/.test(text);

/**
 * A seed as typed: decimal, with `_` between digits, `1e6`, `0x..`, or a commit hash of 40 hex digits, which is folded to 64 bits.
 * Throws a SeedError for everything else and for numbers of more than 64 bits.
 */
export function parseSeed(text: string): bigint {
  let value: bigint | undefined;
  const scientific = /^(\d{1,20})[eE](\d{1,2})$/.exec(text);
  if (isHash(text)) {
    const hash = BigInt(`0x${text}`);
    return mix((hash & MASK) ^ mix(((hash >> 64n) & MASK) ^ mix(hash >> 128n)));
  }
  if (/^0[xX][0-9a-fA-F]+(_[0-9a-fA-F]+)*$/.test(text) && text.length <= 40) value = BigInt(text.replaceAll('_', ''));
  else if (/^\d+(_\d+)*$/.test(text) && text.length <= 40) value = BigInt(text.replaceAll('_', ''));
  else if (scientific !== null) value = BigInt(scientific[1]!) * 10n ** BigInt(scientific[2]!);
  if (value === undefined || value > MASK) throw new SeedError(text);
  return value;
}
