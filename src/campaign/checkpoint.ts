/**
 * Where a campaign stands, as JSON: the fold's counts and the first trial of each signature. Findings are not in it: they are made
 * again from their trials (`resume.ts`). Read back as input that may be hostile.
 */
import { OBLIGATIONS } from '../contract/obligations.ts';
import { CampaignError } from './error.ts';
import type { SignatureTally } from './task.ts';

export const CHECKPOINT_SCHEMA = 'tocsin/checkpoint@1';

interface StrategyState {
  readonly trials: number;
  readonly notApplicable: number;
  readonly outOfBudget: number;
  readonly undecided: number;
  readonly openWithin: number;
  readonly instructions: number;
  readonly byOutside: readonly (readonly [number, number])[];
  readonly signatures: readonly SignatureTally[];
}

export interface Checkpoint {
  readonly schema: typeof CHECKPOINT_SCHEMA;
  /** What must be the same for the campaign to go on from here. */
  readonly campaign: string;
  readonly next: number;
  readonly runs: number;
  readonly filtered: number;
  readonly compared: number;
  readonly faultCount: number;
  readonly witnesses: readonly number[];
  readonly strategies: readonly StrategyState[];
}

/** Throws CampaignError: not JSON, another schema, a field that is not what it should be. */
export function parseCheckpoint(text: string): Checkpoint {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new CampaignError('the checkpoint is not JSON');
  }
  const whole = object(data, 'checkpoint');
  if (whole['schema'] !== CHECKPOINT_SCHEMA) throw new CampaignError(`checkpoint: schema ${brief(whole['schema'])}; expected ${CHECKPOINT_SCHEMA}`);
  if (typeof whole['campaign'] !== 'string') throw new CampaignError('checkpoint: campaign is not a text');
  const counts = (it: Record<string, unknown>, path: string, names: readonly string[]): void => names.forEach((name) => { natural(it[name], `${path}.${name}`); });
  counts(whole, 'checkpoint', ['next', 'runs', 'filtered', 'compared', 'faultCount']);
  list(whole['witnesses'], 'witnesses').forEach((it, index) => { natural(it, `witnesses[${index}]`); });
  list(whole['strategies'], 'strategies').forEach((it, index) => {
    const path = `strategies[${index}]`;
    const strategy = object(it, path);
    counts(strategy, path, ['trials', 'notApplicable', 'outOfBudget', 'undecided', 'openWithin', 'instructions']);
    list(strategy['byOutside'], `${path}.byOutside`).forEach((pair, at) => {
      const both = list(pair, `${path}.byOutside[${at}]`);
      if (both.length !== 2) throw new CampaignError(`checkpoint: ${path}.byOutside[${at}] is not a pair`);
      both.forEach((one) => { natural(one, `${path}.byOutside[${at}]`); });
    });
    list(strategy['signatures'], `${path}.signatures`).forEach((one, at) => {
      const where = `${path}.signatures[${at}]`;
      const tally = object(one, where);
      if (!OBLIGATIONS.some((known) => known.name === tally['obligation'])) throw new CampaignError(`checkpoint: ${where}.obligation is ${brief(tally['obligation'])}`);
      for (const name of ['edge', 'place']) if (typeof tally[name] !== 'string') throw new CampaignError(`checkpoint: ${where}.${name} is not a text`);
      counts(tally, where, ['outside', 'count', 'block', 'run', 'afterTrials']);
    });
  });
  return data as Checkpoint;
}

function object(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CampaignError(`checkpoint: ${path} is not an object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > 100_000) throw new CampaignError(`checkpoint: ${path} is not a list`);
  return value;
}

function natural(value: unknown, path: string): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new CampaignError(`checkpoint: ${path} is ${brief(value)}; expected a whole number, 0 or more`);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 40 ? `${text.slice(0, 40)}..` : text;
}
