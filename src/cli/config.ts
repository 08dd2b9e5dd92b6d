/** `tocsin.config.{ts,js,json}`: what the gate is to look at. Every field is checked; an unknown one is wrong. */
import { existsSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, relative } from 'node:path';
import { parseSeed } from '../arbitraries/seeded.ts';
import { validateStrategy } from '../contract/validate-strategy.ts';
import type { Feature } from '../scenario/features.ts';
import { UsageError, notJson, quoted } from './errors.ts';
import { parseFeatures } from './features.ts';
import { readText } from './files.ts';
import type { ObjectRequest } from './object-options.ts';
import { isFileName, loadDefault, loadStrategy, namedObject } from './strategies.ts';
import type { NamedStrategy } from './strategies.ts';
import { suggestion } from './suggest.ts';

export interface Config {
  readonly strategies?: readonly NamedStrategy[];
  /** Relative to the working directory. */
  readonly cases?: string;
  readonly baseline?: string;
  readonly runs?: number;
  readonly seed?: bigint;
  readonly features?: readonly Feature[];
  readonly witnesses?: readonly string[];
  /** As `--bound` has it. */
  readonly bound?: string;
}

const KEYS = ['strategies', 'cases', 'baseline', 'runs', 'seed', 'features', 'witnesses', 'bound'] as const;
const DEFAULT_NAMES = ['tocsin.config.ts', 'tocsin.config.js', 'tocsin.config.json'];

/** The configuration of `--config`, or of the working directory; empty where there is none. Throws UsageError, StrategyError. */
export async function loadConfig(option: string | undefined): Promise<Config> {
  const present = DEFAULT_NAMES.filter((name) => existsSync(name));
  if (option === undefined && present.length > 1) throw new UsageError(`${present.join(' and ')} are both here; expected one, or --config`);
  const path = option ?? present[0];
  if (path === undefined) return {};
  const value = extname(path) === '.json' ? parseJson(path) : await loadDefault(path, 'configuration');
  return checked(value, path);
}

function parseJson(path: string): unknown {
  const source = readText(path, 'configuration');
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new UsageError(`configuration ${quoted(path)}: ${notJson(error)}`);
  }
}

async function checked(value: unknown, path: string): Promise<Config> {
  const fail = (what: string): never => { throw new UsageError(`configuration ${quoted(path)}: ${what}`); };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('expected an object');
  for (const key of Object.keys(value)) if (!(KEYS as readonly string[]).includes(key)) fail(`unknown key ${quoted(key)}${suggestion(key, KEYS)}`);
  const fields = value as Readonly<Record<string, unknown>>;
  const here = (name: string): string => (isAbsolute(name) ? name : relative('.', join(dirname(path), name)));
  const word = (key: string): string | undefined => {
    const found = fields[key];
    if (found !== undefined && (typeof found !== 'string' || found === '')) fail(`${key}: expected a path`);
    return found === undefined ? undefined : here(String(found));
  };
  const words = (key: string): readonly string[] | undefined => {
    const found = fields[key];
    if (found === undefined) return undefined;
    if (!Array.isArray(found) || !found.every((one): one is string => typeof one === 'string')) return fail(`${key}: expected a list of names`);
    return found;
  };
  const { runs, seed, features, bound } = fields;
  if (bound !== undefined && typeof bound !== 'string') fail('bound: expected a text, as "2,1,1"');
  if (runs !== undefined && !(typeof runs === 'number' && Number.isSafeInteger(runs) && runs >= 1)) fail('runs: expected a whole number, 1 or more');
  if (seed !== undefined && typeof seed !== 'string' && typeof seed !== 'bigint' && !(typeof seed === 'number' && Number.isSafeInteger(seed))) {
    fail('seed: expected a whole number, or a text where it is 2^53 or more');
  }
  const featureText = typeof features === 'string' ? features : words('features')?.join(',');
  const config: { -readonly [K in keyof Config]: Config[K] } = {};
  const [cases, baseline, witnesses] = [word('cases'), word('baseline'), words('witnesses')];
  if (cases !== undefined) config.cases = cases;
  if (baseline !== undefined) config.baseline = baseline;
  if (witnesses !== undefined) config.witnesses = witnesses;
  if (typeof runs === 'number') config.runs = runs;
  if (typeof bound === 'string') config.bound = bound;
  if (seed !== undefined) config.seed = parseSeed(String(seed));
  if (featureText !== undefined) config.features = parseFeatures(featureText, `configuration ${quoted(path)}: features`);
  if (fields['strategies'] !== undefined) config.strategies = await strategiesOf(fields['strategies'], path, here, fail);
  return config;
}

/** Names, files (seen from the configuration's folder), or strategies themselves where the configuration is a script. */
async function strategiesOf(value: unknown, path: string, here: (name: string) => string, fail: (what: string) => never): Promise<readonly NamedStrategy[]> {
  if (!Array.isArray(value) || value.length === 0) return fail('strategies: expected a list of names or files');
  const named: NamedStrategy[] = [];
  for (const [index, one] of value.entries()) {
    if (typeof one === 'string') named.push(await loadStrategy(isFileName(one) ? asFile(here(one)) : one));
    else if (isObjectFile(one)) named.push(await namedObject(requestOf(one, here, (what) => fail(`strategies[${index}]: ${what}`))));
    else if (typeof one === 'object') named.push({ strategy: validateStrategy(one, `${path}: strategies[${index}]`), word: path, file: path });
    else fail(`strategies[${index}]: expected a name, a file, a strategy or { object }`);
  }
  return named;
}

const isObjectFile = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && 'object' in value;

/** `{ "object": "ftrace_entry.o", "symbols": "ftrace_caller,livepatch_handler" }`, with the options of the command line as keys. */
function requestOf(value: Readonly<Record<string, unknown>>, here: (name: string) => string, fail: (what: string) => never): ObjectRequest {
  const keys = ['object', 'symbols', 'offset', 'handler', 'claim'];
  for (const [key, text] of Object.entries(value)) {
    if (!keys.includes(key)) fail(`unknown key ${quoted(key)}${suggestion(key, keys)}`);
    if (typeof text !== 'string' || text === '') fail(`${key}: expected a text`);
  }
  const { object, ...rest } = value as Readonly<Record<string, string>>;
  return { file: here(object!), ...rest };
}

/** A file's name that cannot be taken for a built-in's. */
const asFile = (path: string): string => (path.includes('/') || isAbsolute(path) ? path : `./${path}`);
