/**
 * The baseline file `verdicts.json`: strategy x obligation x feature set -> verdict, with its evidence and a witness token. Sorted, one
 * fact a line, so that it diffs well. Read as input that may be hostile: a wrong field is named with its line.
 */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ObligationName } from '../contract/obligations.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { CampaignError } from './error.ts';
import { order, severityOf } from './fold.ts';

export const BASELINE_SCHEMA = 'tocsin/verdicts@1';
/** Characters of a baseline file, at most. */
export const BASELINE_LIMIT = 4_000_000;

export type FactVerdict = 'holds' | 'breaks' | 'not-applicable' | 'undecided';
const VERDICTS: readonly FactVerdict[] = ['holds', 'breaks', 'not-applicable', 'undecided'];

/** What stands behind a verdict. */
export interface Evidence {
  readonly kind: 'sampled' | 'exhaustive' | 'proved';
  /** Trials of this strategy on this feature set. */
  readonly trials: number;
}

export interface Fact {
  readonly strategy: string;
  readonly obligation: ObligationName;
  /** `all`, or the assumptions that were enforced: `no-stub-sibling,stack-room`. */
  readonly features: string;
  readonly verdict: FactVerdict;
  readonly evidence: Evidence;
  /** The minimised counterexample, exactly where the verdict is `breaks`. */
  readonly token?: string;
}

export interface Baseline {
  readonly schema: typeof BASELINE_SCHEMA;
  /** 64-bit unsigned, decimal. */
  readonly seed: string;
  readonly runs: number;
  readonly generator: number;
  /** What `all` means. */
  readonly features: readonly Feature[];
  /** Sorted by strategy, feature set, obligation; none twice. */
  readonly facts: readonly Fact[];
}

export function factKey(fact: Pick<Fact, 'strategy' | 'obligation' | 'features'>): string {
  return `${fact.strategy} ${fact.features} ${fact.obligation}`;
}

function byKey(a: Fact, b: Fact): number {
  return order(a.strategy, b.strategy) || Number(b.features === 'all') - Number(a.features === 'all') || order(a.features, b.features) || severityOf(a.obligation) - severityOf(b.obligation);
}

/** The file's text, newline at the end. */
export function printBaseline(baseline: Baseline): string {
  const facts = [...baseline.facts].sort(byKey).map(({ strategy, obligation, features, verdict, evidence: { kind, trials }, token }) => `    ${JSON.stringify({
    strategy, features, obligation, verdict, evidence: { kind, trials }, ...(token === undefined ? {} : { token }),
  })}`);
  return [
    '{', `  "schema": ${JSON.stringify(BASELINE_SCHEMA)},`, `  "seed": ${JSON.stringify(baseline.seed)},`, `  "runs": ${baseline.runs},`,
    `  "generator": ${baseline.generator},`, `  "features": ${JSON.stringify(baseline.features)},`,
    facts.length === 0 ? '  "facts": []' : `  "facts": [\n${facts.join(',\n')}\n  ]`, '}', '',
  ].join('\n');
}

/** Throws CampaignError with the line (from 1) of what is wrong. Tokens are texts here; whoever replays one decodes it. */
export function parseBaseline(text: string): Baseline {
  if (text.length > BASELINE_LIMIT) throw new CampaignError(`the baseline has ${text.length} characters; at most ${BASELINE_LIMIT}`);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new CampaignError(`line ${lineOfSyntaxError(text, error)}: not JSON`);
  }
  const whole = fields(data, ['schema', 'seed', 'runs', 'generator', 'features', 'facts'], [], 1, 'the baseline');
  if (whole['schema'] !== BASELINE_SCHEMA) fail(lineOf(text, 'schema'), `schema ${brief(whole['schema'])}; expected "${BASELINE_SCHEMA}"`);
  const seed = whole['seed'];
  if (typeof seed !== 'string' || !/^\d{1,20}$/.test(seed) || BigInt(seed) >= 1n << 64n) fail(lineOf(text, 'seed'), `seed ${brief(seed)}; expected 64 bits in decimal, as text`);
  const runs = whole['runs'];
  if (!isNatural(runs) || runs === 0) fail(lineOf(text, 'runs'), `runs ${brief(runs)}; expected a whole number, 1 or more`);
  const generator = whole['generator'];
  if (!isNatural(generator)) fail(lineOf(text, 'generator'), `generator ${brief(generator)}; expected a whole number, 0 or more`);
  const features = whole['features'];
  if (!Array.isArray(features) || new Set(features).size !== features.length || !features.every(isFeature)) fail(lineOf(text, 'features'), 'features: expected a list of names of features, none twice');
  const facts = whole['facts'];
  if (!Array.isArray(facts)) fail(lineOf(text, 'facts'), 'facts: expected a list');
  const lines = factLines(text);
  const seen = new Map<string, number>();
  const parsed = facts.map((it: unknown, index): Fact => {
    const line = lines[index] ?? 1;
    const fact = factOf(it, line);
    const key = factKey(fact);
    const before = seen.get(key);
    if (before !== undefined) fail(line, `the same fact as in line ${before}`);
    seen.set(key, line);
    return fact;
  });
  return { schema: BASELINE_SCHEMA, seed, runs, generator, features, facts: parsed };
}

function factOf(data: unknown, line: number): Fact {
  const it = fields(data, ['strategy', 'features', 'obligation', 'verdict', 'evidence'], ['token'], line, 'a fact');
  const { strategy, features, obligation, verdict, token } = it;
  if (typeof strategy !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(strategy)) fail(line, `strategy ${brief(strategy)}; expected a name in lower case, digits and dashes`);
  if (typeof features !== 'string' || !/^[a-z][a-z,-]{0,499}$/.test(features)) fail(line, `features ${brief(features)}; expected "all" or assumptions with commas between`);
  if (!isObligation(obligation)) fail(line, `unknown obligation ${brief(obligation)}`);
  if (!isVerdict(verdict)) fail(line, `verdict ${brief(verdict)}; expected ${VERDICTS.join(', ')}`);
  const evidence = fields(it['evidence'], ['kind', 'trials'], [], line, 'evidence');
  const { kind, trials } = evidence;
  if (kind !== 'sampled' && kind !== 'exhaustive' && kind !== 'proved') fail(line, `evidence ${brief(kind)}; expected sampled, exhaustive, proved`);
  if (!isNatural(trials)) fail(line, `trials ${brief(trials)}; expected a whole number, 0 or more`);
  if (token !== undefined && (typeof token !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(token))) fail(line, `token ${brief(token)}; expected one printable word`);
  if ((verdict === 'breaks') !== (token !== undefined)) fail(line, verdict === 'breaks' ? 'a verdict breaks without a token' : `a verdict ${verdict} with a token`);
  return { strategy, obligation, features, verdict, evidence: { kind, trials }, ...(token === undefined ? {} : { token }) };
}

function fields(data: unknown, required: readonly string[], optional: readonly string[], line: number, what: string): Record<string, unknown> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) fail(line, `${what}: expected an object, found ${brief(data)}`);
  for (const key of Object.keys(data)) if (!required.includes(key) && !optional.includes(key)) fail(line, `${what}: unknown field ${brief(key)}`);
  for (const key of required) if (!Object.hasOwn(data, key)) fail(line, `${what}: ${key} is missing`);
  return data as Record<string, unknown>;
}

function fail(line: number, what: string): never {
  throw new CampaignError(`line ${line}: ${what}`);
}

const isNatural = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isFeature = (value: unknown): value is Feature => (FEATURES as readonly unknown[]).includes(value);
const isObligation = (value: unknown): value is ObligationName => OBLIGATIONS.some((one) => one.name === value);
const isVerdict = (value: unknown): value is FactVerdict => (VERDICTS as readonly unknown[]).includes(value);

function brief(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 40 ? `${text.slice(0, 40)}..` : text;
}

function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** V8 names the position of a syntax error; where it does not, the last line is where it was noticed. */
function lineOfSyntaxError(text: string, error: unknown): number {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return lineAt(text, position === undefined ? text.length : Number(position));
}

function lineOf(text: string, key: string): number {
  return lineAt(text, Math.max(0, text.indexOf(`"${key}"`)));
}

/** The line on which each element of the list `facts` begins: the values at depth two, whatever the layout. */
function factLines(text: string): number[] {
  const lines: number[] = [];
  let line = 1;
  let depth = 0;
  let inFacts = false;
  let expected = false;
  let word = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\n') line++;
    if (character === undefined || /\s/.test(character)) continue;
    if (inFacts && depth === 2 && expected && character !== ']') {
      lines.push(line);
      expected = false;
    }
    if (character === '"') {
      const end = endOfString(text, at);
      word = text.slice(at + 1, end);
      at = end;
    } else if (character === '{' || character === '[') {
      depth++;
      if (depth === 2) inFacts = expected = word === 'facts' && character === '[';
    } else if (character === '}' || character === ']') {
      depth--;
    } else if (character === ',' && depth === 2) {
      expected = true;
    }
  }
  return lines;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
