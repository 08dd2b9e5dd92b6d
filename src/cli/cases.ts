/** Counterexample files: from a finding, and read back with the file's name in every complaint. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../campaign/finding.ts';
import type { StoredCase } from '../campaign/gate-report.ts';
import { CASE_BYTES, CaseError, parseCase, printCase } from '../case/file.ts';
import type { CaseFile } from '../case/file.ts';
import { TokenError, decodeToken } from '../case/token.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { UsageError, quoted, systemWords } from './errors.ts';
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

/** The scenarios of all tokens of smallest sets in a `tocsin/envelope@1` document. Throws UsageError. */
export function readEnvelopeCases(path: string): Scenario[] {
  const bad = (message: string): UsageError => new UsageError(`--cases ${quoted(path)}: ${message}`);
  let document: unknown;
  try {
    document = JSON.parse(readText(path, '--cases', ENVELOPE_BYTES));
  } catch (error) {
    if (error instanceof SyntaxError) throw bad('is not JSON');
    throw error;
  }
  if (member(document, 'schema') !== 'tocsin/envelope@1') throw bad('expected a document of schema tocsin/envelope@1');
  const tokens = elements(member(document, 'strategies')).flatMap((it) => [it, member(it, 'recorded')]).flatMap((it) => elements(member(it, 'breaking'))).map((it) => member(it, 'token'));
  return tokens.map((token) => {
    if (typeof token !== 'string') throw bad('a smallest set without a token');
    try {
      return decodeToken(token).scenario;
    } catch (error) {
      if (error instanceof TokenError) throw bad(`${quoted(token)}: ${error.message}`);
      throw error;
    }
  });
}

const member = (value: unknown, key: string): unknown => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined);
const elements = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
