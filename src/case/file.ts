/**
 * Counterexample files: JSON with schema `tocsin/case@1`. Written with a fixed order of fields and a newline at the end, so that equal
 * cases are equal files; read with every field checked. A file is at most 1 MiB and nested at most 16 deep: both are looked at
 * before the text is parsed, so a hostile file costs one pass over it.
 */
import { OBLIGATIONS, type ObligationName } from '../contract/obligations.ts';
import type { Outcome, ReturnEdge, Signature } from '../contract/verdict.ts';
import { canonical, equalScenarios, scenarioText } from '../scenario/canonical.ts';
import { brief, ScenarioError } from '../scenario/error.ts';
import { FEATURES, type Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { CALL_KINDS } from '../scenario/scenario.ts';
import { validateScenario } from '../scenario/validate.ts';
import { decodeToken, placeMatches, TokenError } from './token.ts';

const CASE_SCHEMA = 'tocsin/case@1';
/** Bytes (UTF-16 units of the text) of a case file, at most. */
export const CASE_BYTES = 1 << 20;
/** Nesting of a case file, at most; a real one has 8. */
const CASE_DEPTH = 16;

/** A case file in bad shape: one line with a JSON path. */
export class CaseError extends Error {
  readonly path: string;

  constructor(path: string, what: string) {
    super(path === '' ? what : `${path}: ${what}`);
    this.name = 'CaseError';
    this.path = path;
  }
}

export interface CaseVerdict {
  readonly outcome: Outcome | 'not-applicable';
  /** Broken obligations in the order of OBLIGATIONS; empty exactly when the outcome is not `violated`. */
  readonly obligations: readonly ObligationName[];
}

/** Where the case came from, before minimising. */
export interface CaseProvenance {
  /** 64-bit unsigned, decimal. */
  readonly seed: string;
  readonly block: number;
  readonly run: number;
  readonly features: readonly Feature[];
  /** GENERATOR_VERSION. */
  readonly generator: number;
  /** Further versions by name: tocsin's, the model's hash, the strategy's. */
  readonly versions?: Readonly<Record<string, string>>;
}

export interface CaseFile {
  readonly scenario: Scenario;
  readonly strategy: string;
  /** What was broken; null: a case that holds. Its `strategy` is the case's. */
  readonly signature: Omit<Signature, 'strategy'> | null;
  /** Expected verdict of each strategy that was judged, by name. */
  readonly expected: Readonly<Record<string, CaseVerdict>>;
  readonly token: string;
  /** null: written by hand. */
  readonly provenance: CaseProvenance | null;
  /** For people: what happens, in one sentence or two. */
  readonly sentence: string;
}

const OUTCOMES = ['holds', 'violated', 'out-of-budget', 'undecided', 'not-applicable'] as const satisfies readonly CaseVerdict['outcome'][];
const EDGES: readonly ReturnEdge[] = [...CALL_KINDS, 'root', 'none'];
const OBLIGATION_NAMES: readonly string[] = OBLIGATIONS.map(({ name }) => name);
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** The text of a case file. Equal cases give equal texts, whatever the order of their fields. */
export function printCase(file: CaseFile): string {
  const sorted = Object.keys(file.expected).sort();
  const { provenance, signature } = file;
  return `${JSON.stringify({
    schema: CASE_SCHEMA,
    strategy: file.strategy,
    signature: signature === null ? null : { obligation: signature.obligation, edge: signature.edge, place: signature.place },
    sentence: file.sentence,
    token: file.token,
    expected: Object.fromEntries(sorted.map((name) => [name, { outcome: file.expected[name]!.outcome, obligations: file.expected[name]!.obligations }])),
    provenance: provenance === null ? null : {
      seed: provenance.seed, block: provenance.block, run: provenance.run, features: provenance.features, generator: provenance.generator,
      ...(provenance.versions === undefined ? {} : { versions: Object.fromEntries(Object.entries(provenance.versions).sort(([a], [b]) => (a < b ? -1 : 1))) }),
    },
    scenario: JSON.parse(scenarioText(file.scenario)) as Scenario,
  }, null, 2)}\n`;
}

/** Deepest nesting of brackets outside strings; stops at the first that is too deep. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === 0x22) {
      for (i += 1; i < text.length && text.charCodeAt(i) !== 0x22; i += 1) if (text.charCodeAt(i) === 0x5c) i += 1;
    } else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > CASE_DEPTH) return true;
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return false;
}

type Fields = Readonly<Record<string, unknown>>;

function object(value: unknown, path: string, required: readonly string[], optional: readonly string[] = []): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CaseError(path, `${brief(value)}; expected an object`);
  for (const key of Object.keys(value)) {
    if (!required.includes(key) && !optional.includes(key)) throw new CaseError(join(path, key), `unknown field; expected ${[...required, ...optional].join(', ')}`);
  }
  for (const key of required) if (!Object.hasOwn(value, key)) throw new CaseError(join(path, key), 'missing');
  return value as Fields;
}

/** A path with one more field, which may be anything in a hostile file. */
function join(path: string, key: string): string {
  const name = key.length > 40 ? `${key.slice(0, 40)}...` : key;
  const shown = /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
  return path === '' ? shown : `${path}.${shown}`;
}

function text(value: unknown, path: string, most: number): string {
  if (typeof value !== 'string') throw new CaseError(path, `${brief(value)}; expected a text`);
  if (value.length > most) throw new CaseError(path, `${value.length} characters; at most ${most}`);
  return value;
}

function name(value: unknown, path: string): string {
  if (typeof value !== 'string' || !NAME.test(value)) throw new CaseError(path, `${brief(value)}; expected a strategy's name (a-z, 0-9, dashes; at most 64)`);
  return value;
}

function member<T extends string>(value: unknown, path: string, names: readonly T[]): T {
  const found = names.find((one) => one === value);
  if (found === undefined) throw new CaseError(path, `${brief(value)}; expected one of ${names.join(', ')}`);
  return found;
}

function natural(value: unknown, path: string, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) throw new CaseError(path, `${brief(value)}; expected an integer, 0 to ${most}`);
  return value;
}

function list(value: unknown, path: string, names: readonly string[]): void {
  if (!Array.isArray(value)) throw new CaseError(path, `${brief(value)}; expected an array`);
  let before = -1;
  for (const [i, item] of value.entries()) {
    const at = names.indexOf(member(item, `${path}[${i}]`, names));
    if (at <= before) throw new CaseError(`${path}[${i}]`, `${brief(item)} is not in order, or twice`);
    before = at;
  }
}

function provenance(value: unknown): CaseProvenance | null {
  if (value === null) return null;
  const fields = object(value, 'provenance', ['seed', 'block', 'run', 'features', 'generator'], ['versions']);
  const seed = fields['seed'];
  if (typeof seed !== 'string' || !/^(0|[1-9]\d{0,19})$/.test(seed) || BigInt(seed) >> 64n !== 0n) throw new CaseError('provenance.seed', `${brief(seed)}; expected a decimal number below 2^64, as a text`);
  natural(fields['block'], 'provenance.block', 0xffff_ffff);
  natural(fields['run'], 'provenance.run', 0xffff_ffff);
  natural(fields['generator'], 'provenance.generator', 1_000_000);
  list(fields['features'], 'provenance.features', FEATURES);
  if (Object.hasOwn(fields, 'versions')) {
    const versions = fields['versions'];
    if (typeof versions !== 'object' || versions === null || Array.isArray(versions)) throw new CaseError('provenance.versions', `${brief(versions)}; expected an object`);
    for (const [key, one] of Object.entries(versions)) text(one, join('provenance.versions', key), 200);
  }
  return value as CaseProvenance;
}

function expected(value: unknown): CaseFile['expected'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CaseError('expected', `${brief(value)}; expected an object, one verdict per strategy`);
  for (const [key, verdict] of Object.entries(value)) {
    const path = join('expected', key);
    name(key, path);
    const fields = object(verdict, path, ['outcome', 'obligations']);
    const outcome = member(fields['outcome'], `${path}.outcome`, OUTCOMES);
    list(fields['obligations'], `${path}.obligations`, OBLIGATION_NAMES);
    const broken = (fields['obligations'] as readonly unknown[]).length;
    if ((outcome === 'violated') !== broken > 0) throw new CaseError(`${path}.obligations`, `${broken} of them do not go with outcome ${outcome}`);
  }
  return value as CaseFile['expected'];
}

function signature(value: unknown): CaseFile['signature'] {
  if (value === null) return null;
  const fields = object(value, 'signature', ['obligation', 'edge', 'place']);
  member(fields['obligation'], 'signature.obligation', OBLIGATION_NAMES);
  member(fields['edge'], 'signature.edge', EDGES);
  text(fields['place'], 'signature.place', 200);
  return value as CaseFile['signature'];
}

/**
 * A case out of a file's text. Throws a CaseError with the JSON path for texts that are too long, too deep or no JSON; for unknown
 * or missing fields, wrong types, names that are none, a scenario that breaks a rule, and a token that says another case.
 */
export function parseCase(source: string): CaseFile {
  if (source.length > CASE_BYTES) throw new CaseError('', `${source.length} characters; a case file has at most ${CASE_BYTES}`);
  if (tooDeep(source)) throw new CaseError('', `nested more than ${CASE_DEPTH} deep`);
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    // The engine's message quotes the text; only the position is safe to show.
    const position = error instanceof Error ? /position \d+/.exec(error.message)?.[0] : undefined;
    throw new CaseError('', position === undefined ? 'not JSON' : `not JSON: ${position}`);
  }
  return validateCase(value);
}

function validateCase(value: unknown): CaseFile {
  const fields = object(value, '', ['schema', 'strategy', 'signature', 'sentence', 'token', 'expected', 'provenance', 'scenario']);
  if (fields['schema'] !== CASE_SCHEMA) throw new CaseError('schema', `${brief(fields['schema'])}; expected ${JSON.stringify(CASE_SCHEMA)}`);
  let scenario: Scenario;
  try {
    scenario = validateScenario(fields['scenario']);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const rest = error.path === '' ? error.message : error.message.slice(error.path.length + 2);
    throw new CaseError(error.path === '' ? 'scenario' : `scenario.${error.path}`, rest);
  }
  const file: CaseFile = {
    scenario,
    strategy: name(fields['strategy'], 'strategy'),
    signature: signature(fields['signature']),
    expected: expected(fields['expected']),
    token: text(fields['token'], 'token', 4_000),
    provenance: provenance(fields['provenance']),
    sentence: text(fields['sentence'], 'sentence', 10_000),
  };
  checkToken(file);
  return file;
}

/** Token and fields must say the same: a file that was edited in one place only would replay as two different things. */
function checkToken(file: CaseFile): void {
  let content;
  try {
    content = decodeToken(file.token);
  } catch (error) {
    if (error instanceof TokenError) throw new CaseError('token', error.message.replace(/^token: /, ''));
    throw error;
  }
  if (!equalScenarios(content.scenario, canonical(file.scenario))) throw new CaseError('token', 'it says another scenario than the file');
  if (content.strategy.kind === 'built-in' && content.strategy.name !== file.strategy) throw new CaseError('token', `it says strategy ${content.strategy.name}, the file ${file.strategy}`);
  const said = content.signature;
  const own = file.signature;
  const same = said === undefined || own === null ? said === undefined && own === null
    : said.obligation === own.obligation && said.edge === own.edge && placeMatches(said.place, own.place);
  if (!same) throw new CaseError('token', 'it says another signature than the file');
}
