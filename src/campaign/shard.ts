/** A campaign is cut into shards by its blocks: neighbours belong together, so that shards in order are the campaign in order. */
import { BLOCK_RUNS } from '../arbitraries/seeded.ts';

/** Part `index`, from 1, of `of`. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** A campaign is cut into at most so many. */
export const MOST_SHARDS = 1_000_000;

/** The blocks of a shard: as many as of any other one, or one more or less. */
export function blocksOf(runs: number, { index, of }: Shard): { readonly first: number; readonly blocks: number } {
  const all = Math.ceil(runs / BLOCK_RUNS);
  const before = (parts: number): number => Math.floor(all * parts / of);
  return { first: before(index - 1), blocks: before(index) - before(index - 1) };
}

/** Scenarios of so many blocks from the first on; the campaign's last block may be cut short. */
export function runsBetween(first: number, blocks: number, runs: number | 'until-stopped'): number {
  const end = (first + blocks) * BLOCK_RUNS;
  return blocks === 0 ? 0 : (runs === 'until-stopped' ? end : Math.min(runs, end)) - first * BLOCK_RUNS;
}

export const shardText = ({ index, of }: Shard): string => `${index}/${of}`;
