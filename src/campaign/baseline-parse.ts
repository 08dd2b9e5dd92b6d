/** Reads a baseline as input that may be hostile: a wrong field is named with its line. */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ObligationName } from '../contract/obligations.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { BASELINE_LIMIT, BASELINE_SCHEMA, OLD_BASELINE_SCHEMA, factKey } from './baseline.ts';
import type { Baseline, Evidence, Fact, FactVerdict, ProofFact } from './baseline.ts';
import { CampaignError } from './error.ts';

const VERDICTS: readonly FactVerdict[] = ['holds', 'breaks', 'not-applicable', 'undecided'];

/** Throws CampaignError with the line (from 1) of what is wrong. Tokens are texts here; whoever replays one decodes it. */
export function parseBaseline(text: string): Baseline {
  if (text.length > BASELINE_LIMIT) throw new CampaignError(`the baseline has ${text.length} characters; at most ${BASELINE_LIMIT}`);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new CampaignError(`line ${lineOfSyntaxError(text, error)}: not JSON`);
  }
  const schema = schemaOf(data);
  const old = schema === OLD_BASELINE_SCHEMA;
  if (schema !== undefined && !old && schema !== BASELINE_SCHEMA) fail(lineOf(text, 'schema'), `schema ${brief(schema)}; expected "${BASELINE_SCHEMA}", or "${OLD_BASELINE_SCHEMA}"`);
  const whole = fields(data, ['schema', 'seed', 'runs', 'generator', 'features', ...(old ? [] : ['proofs']), 'facts'], [], 1, 'the baseline');
  const seed = whole['seed'];
  if (typeof seed !== 'string' || !/^\d{1,20}$/.test(seed) || BigInt(seed) >= 1n << 64n) fail(lineOf(text, 'seed'), `seed ${brief(seed)}; expected 64 bits in decimal, as text`);
  const runs = whole['runs'];
  if (!isNatural(runs) || runs === 0) fail(lineOf(text, 'runs'), `runs ${brief(runs)}; expected a whole number, 1 or more`);
  const generator = whole['generator'];
  if (!isNatural(generator)) fail(lineOf(text, 'generator'), `generator ${brief(generator)}; expected a whole number, 0 or more`);
  const features = whole['features'];
  if (!Array.isArray(features) || new Set(features).size !== features.length || !features.every(isFeature)) fail(lineOf(text, 'features'), 'features: expected a list of names of features, none twice');
  const proofs = old ? [] : elements(text, 'proofs', whole['proofs'], proofOf, (it) => it.strategy, 'a proof of the same strategy');
  const facts = elements(text, 'facts', whole['facts'], (it, line) => factOf(it, line, proofs, old), factKey, 'the same fact');
  return { schema: old ? OLD_BASELINE_SCHEMA : BASELINE_SCHEMA, seed, runs, generator, features, proofs, facts };
}

function schemaOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, 'schema') ? (data as { schema: unknown }).schema : undefined;
}

/** The elements of a list, each with the line on which it begins; no two of one key. */
function elements<T>(text: string, name: string, value: unknown, read: (it: unknown, line: number) => T, keyOf: (it: T) => string, same: string): T[] {
  if (!Array.isArray(value)) fail(lineOf(text, name), `${name}: expected a list`);
  const lines = elementLines(text, name);
  const seen = new Map<string, number>();
  return value.map((it: unknown, index): T => {
    const line = lines[index] ?? 1;
    const one = read(it, line);
    const before = seen.get(keyOf(one));
    if (before !== undefined) fail(line, `${same} as in line ${before}`);
    seen.set(keyOf(one), line);
    return one;
  });
}

function proofOf(data: unknown, line: number): ProofFact {
  const it = fields(data, ['strategy', 'features', 'verdict', 'assuming', 'fragments'], ['token'], line, 'a proof');
  const { verdict, assuming, fragments } = it;
  const about = aboutOf(it, line);
  if (verdict !== 'holds' && verdict !== 'breaks' && verdict !== 'undecided') fail(line, `verdict ${brief(verdict)}; expected holds, breaks, undecided`);
  if (!Array.isArray(assuming) || assuming.length > MOST_ASSUMED || new Set(assuming).size !== assuming.length || !assuming.every(isAssumed)) fail(line, 'assuming: expected a list of assumptions, none twice');
  if (!isNatural(fragments)) fail(line, `fragments ${brief(fragments)}; expected a whole number, 0 or more`);
  return { ...about, verdict, assuming, fragments, ...tokenOf(it, verdict, line) };
}

function aboutOf({ strategy, features }: Readonly<Record<string, unknown>>, line: number): Pick<Fact, 'strategy' | 'features'> {
  if (typeof strategy !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(strategy)) fail(line, `strategy ${brief(strategy)}; expected a name in lower case, digits and dashes`);
  if (typeof features !== 'string' || !/^[a-z][a-z,-]{0,499}$/.test(features)) fail(line, `features ${brief(features)}; expected "all" or assumptions with commas between`);
  return { strategy, features };
}

/** What breaks has a token, and nothing else. */
function tokenOf({ token }: Readonly<Record<string, unknown>>, verdict: string, line: number): { readonly token?: string } {
  if (token !== undefined && (typeof token !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(token))) fail(line, `token ${brief(token)}; expected one printable word`);
  if ((verdict === 'breaks') !== (token !== undefined)) fail(line, verdict === 'breaks' ? 'a verdict breaks without a token' : `a verdict ${verdict} with a token`);
  return token === undefined ? {} : { token };
}

function factOf(data: unknown, line: number, proofs: readonly ProofFact[], old: boolean): Fact {
  const it = fields(data, ['strategy', 'features', 'obligation', 'verdict', 'evidence'], ['token'], line, 'a fact');
  const { obligation, verdict } = it;
  const about = aboutOf(it, line);
  if (!isObligation(obligation)) fail(line, `unknown obligation ${brief(obligation)}`);
  if (!isVerdict(verdict)) fail(line, `verdict ${brief(verdict)}; expected ${VERDICTS.join(', ')}`);
  const evidence = evidenceOf(it['evidence'], line, old);
  const token = tokenOf(it, verdict, line);
  if (evidence.kind !== 'sampled' && verdict !== 'holds') fail(line, `evidence "${evidence.kind}" of a verdict ${verdict}; expected it of one that holds`);
  if (evidence.kind === 'proved' && !proofs.some((one) => one.strategy === about.strategy && one.features === about.features && one.verdict === 'holds')) {
    fail(line, `evidence "proved", and no proof of ${about.strategy} with features ${about.features} that holds`);
  }
  return { ...about, obligation, verdict, evidence, ...token };
}

/** An old file's kinds were never written by any run. */
function evidenceOf(data: unknown, line: number, old: boolean): Evidence {
  const { kind, trials, bound } = fields(data, ['kind', 'trials'], old ? [] : ['bound'], line, 'evidence');
  if (kind !== 'sampled' && kind !== 'exhaustive' && kind !== 'proved') fail(line, `evidence ${brief(kind)}; expected sampled, exhaustive, proved`);
  if (!isNatural(trials)) fail(line, `trials ${brief(trials)}; expected a whole number, 0 or more`);
  if (old) return { kind: 'sampled', trials };
  if (kind !== 'exhaustive') {
    if (bound !== undefined) fail(line, `a bound of evidence "${kind}"; expected it of what is exhaustive`);
    return { kind, trials };
  }
  if (typeof bound !== 'string' || !/^[a-z0-9][a-z0-9 ,.-]{0,299}$/.test(bound)) fail(line, `bound ${brief(bound)}; expected sizes in words`);
  return { kind, trials, bound };
}

function fields(data: unknown, required: readonly string[], optional: readonly string[], line: number, what: string): Record<string, unknown> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) fail(line, `${what}: expected an object, found ${brief(data)}`);
  for (const key of Object.keys(data)) if (!required.includes(key) && !optional.includes(key)) fail(line, `${what}: unknown field ${brief(key)}`);
  for (const key of required) if (!Object.hasOwn(data, key)) fail(line, `${what}: ${key} is missing`);
  return data as Record<string, unknown>;
}

/** Assumptions of a proof, at most. */
const MOST_ASSUMED = 100;
const isAssumed = (value: unknown): value is string => typeof value === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(value);

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

/** The line on which each element of a list begins: the values at depth two, whatever the layout. */
function elementLines(text: string, name: string): number[] {
  const lines: number[] = [];
  let line = 1;
  let depth = 0;
  let inList = false;
  let expected = false;
  let word = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\n') line++;
    if (character === undefined || /\s/.test(character)) continue;
    if (inList && depth === 2 && expected && character !== ']') {
      lines.push(line);
      expected = false;
    }
    if (character === '"') {
      const end = endOfString(text, at);
      word = text.slice(at + 1, end);
      at = end;
    } else if (character === '{' || character === '[') {
      depth++;
      if (depth === 2) inList = expected = word === name && character === '[';
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
