/** Counterexample files: from a finding, and read back with the file's name in every complaint. */
import type { Finding } from '../campaign/finding.ts';
import { CASE_BYTES, CaseError, parseCase, printCase } from '../case/file.ts';
import type { CaseFile } from '../case/file.ts';
import { UsageError, quoted } from './errors.ts';
import { readText } from './files.ts';
import { VERSION } from './version.ts';

export function caseText(finding: Finding): string {
  const { obligation, edge, place } = finding.signature;
  return printCase({
    scenario: finding.scenario, strategy: finding.strategy, signature: { obligation, edge, place }, expected: finding.expected,
    token: finding.token, provenance: { ...finding.provenance, versions: { tocsin: VERSION } }, sentence: finding.sentence,
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
