/**
 * The file of reviewed reasons: JSON with schema `tocsin/mutants@1`, by strategy a list of reasons, each with the mutants that it speaks of.
 * Someone has looked at each of them and says why nothing that the harness does can tell it from the original, or what it would take.
 */
import { CampaignError } from './error.ts';
import type { Reviewed } from './mutate-report.ts';

export const REASONS_SCHEMA = 'tocsin/mutants@1';
/** Characters of a reason, at most. */
const MOST_REASON = 1_000;

type Fields = Readonly<Record<string, unknown>>;

/** By strategy and mutant's name. Throws CampaignError: where in the file, and what was expected. */
export function parseReasons(source: string): Reviewed {
  let whole: unknown;
  try {
    whole = JSON.parse(source);
  } catch {
    throw new CampaignError('not JSON; expected an object');
  }
  const { schema, strategies } = fields(whole, 'the whole', ['schema', 'strategies']);
  if (schema !== REASONS_SCHEMA) throw new CampaignError(`schema: expected "${REASONS_SCHEMA}"`);
  if (typeof strategies !== 'object' || strategies === null || Array.isArray(strategies)) throw new CampaignError('strategies: expected an object');
  return Object.fromEntries(Object.entries(strategies).map(([name, groups]) => [name, reasonsOf(groups, name)]));
}

function reasonsOf(groups: unknown, name: string): Record<string, string> {
  const known = new Map<string, string>();
  list(groups, name).forEach((group, i) => {
    const path = `${name}[${i}]`;
    const { reason, mutants } = fields(group, path, ['reason', 'mutants']);
    if (typeof reason !== 'string' || reason.trim() === '' || reason.length > MOST_REASON) {
      throw new CampaignError(`${path}.reason: expected a text of at most ${MOST_REASON} characters`);
    }
    list(mutants, `${path}.mutants`).forEach((mutant, k) => {
      if (typeof mutant !== 'string') throw new CampaignError(`${path}.mutants[${k}]: expected a mutant's name`);
      if (known.has(mutant)) throw new CampaignError(`${path}.mutants[${k}]: '${mutant}' has a reason already; expected each once`);
      known.set(mutant, reason);
    });
  });
  return Object.fromEntries(known);
}

function fields(value: unknown, path: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CampaignError(`${path}: expected an object`);
  const extra = Object.keys(value).find((key) => !known.includes(key));
  if (extra !== undefined) throw new CampaignError(`${path}: unknown field '${extra}'; expected ${known.join(', ')}`);
  return value as Fields;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new CampaignError(`${path}: expected a list`);
  return value;
}
