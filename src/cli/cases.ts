/** Counterexample files: from a finding, and read back with the file's name in every complaint. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../campaign/finding.ts';
import type { StoredCase } from '../campaign/gate-report.ts';
import { CASE_BYTES, CaseError, parseCase, printCase } from '../case/file.ts';
import type { CaseFile } from '../case/file.ts';
import { TokenError, decodeToken } from '../case/token.ts';
import { PREMISES } from '../contract/claim.ts';
import type { Premise } from '../contract/claim.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { SampledEnvelope } from '../prove/envelope-compare.ts';
import type { NamedSet } from '../prove/sets.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { UsageError, notJson, quoted, systemWords } from './errors.ts';
import { readText } from './files.ts';
import { VERSION } from './version.ts';

export function caseText(finding: Finding): string {
  const { obligation, edge, place } = finding.signature;
  return printCase({
    scenario: finding.scenario, strategy: finding.strategy, signature: { obligation, edge, place }, expected: finding.expected,
    token: finding.token, provenance: finding.handedIn === true ? null : { ...finding.provenance, versions: { tocsin: VERSION } }, sentence: finding.sentence,
  });
}

/** Throws UsageError. */
export function readCase(path: string): CaseFile {
  const source = readText(path, 'case', CASE_BYTES);
  try {
    return parseCase(source);
  } catch (error) {
    if (error instanceof CaseError) throw new UsageError(`case ${quoted(path)}: ${error.message}`);
    throw error;
  }
}

/** All cases of a folder, by name. Throws UsageError. */
export function readCases(folder: string): StoredCase[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  } catch (error) {
    throw new UsageError(`--cases ${quoted(folder)}: cannot be read: ${systemWords(error)}`);
  }
  return names.map((name) => {
    const { scenario, signature, strategy, token, expected } = readCase(join(folder, name));
    return { name, scenario, token, expected, signature: signature === null ? null : { strategy, ...signature } };
  });
}

/** Bytes of an envelope document, at most. */
const ENVELOPE_BYTES = 64 * 1024 * 1024;

/** The strategies of a `tocsin/envelope@1` document, as they are there. Throws UsageError. */
function envelopeStrategies(path: string): readonly unknown[] {
  let document: unknown;
  try {
    document = JSON.parse(readText(path, '--cases', ENVELOPE_BYTES));
  } catch (error) {
    if (error instanceof SyntaxError) throw badCases(path, notJson(error));
    throw error;
  }
  if (member(document, 'schema') !== 'tocsin/envelope@1') throw badCases(path, 'expected a document of schema tocsin/envelope@1');
  return elements(member(document, 'strategies'));
}

const badCases = (path: string, message: string): UsageError => new UsageError(`--cases ${quoted(path)}: ${message}`);

/** The scenarios of all tokens of smallest sets in a `tocsin/envelope@1` document. Throws UsageError. */
export function readEnvelopeCases(path: string): Scenario[] {
  const tokens = envelopeStrategies(path).flatMap((it) => [it, member(it, 'recorded')]).flatMap((it) => elements(member(it, 'breaking'))).map((it) => member(it, 'token'));
  return tokens.map((token) => {
    if (typeof token !== 'string') throw badCases(path, 'a smallest set without a token');
    try {
      return decodeToken(token).scenario;
    } catch (error) {
      if (error instanceof TokenError) throw badCases(path, `${quoted(token)}: ${error.message}`);
      throw error;
    }
  });
}

/** The sets of a `tocsin/envelope@1` document, by strategy. Throws UsageError. */
export function readEnvelopeSets(path: string): SampledEnvelope[] {
  const names = (value: unknown, known: readonly string[], what: string): string[] => elements(value).map((it) => {
    if (typeof it !== 'string' || !known.includes(it)) throw badCases(path, `expected ${what}, found ${quoted(JSON.stringify(it) ?? 'nothing')}`);
    return it;
  });
  const set = (it: unknown): NamedSet => ({ features: names(member(it, 'features'), FEATURES, 'a feature') as Feature[], unmet: names(member(it, 'unmet'), PREMISES, 'a premise') as Premise[] });
  const words = (value: unknown): string => {
    if (typeof value !== 'string') throw badCases(path, 'expected a name, a hash and a token of each strategy and set');
    return value;
  };
  return envelopeStrategies(path).map((it) => {
    const groups = [it, member(it, 'recorded')], all = (field: string): unknown[] => groups.flatMap((group) => elements(member(group, field)));
    return {
      name: words(member(it, 'name')), hash: words(member(it, 'hash')), clean: groups.map((group) => [...elements(member(group, 'clean')), ...elements(member(group, 'subsumed'))].map(set)),
      breaking: all('breaking').map((one) => ({ ...set(one), token: words(member(one, 'token')), obligations: names(member(one, 'obligations'), OBLIGATIONS.map(({ name }) => name), 'an obligation') as ObligationName[] })),
    };
  });
}

const member = (value: unknown, key: string): unknown => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined);
const elements = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
