/**
 * SARIF 2.1.0 (OASIS), as code scanning reads it: a rule per obligation and per other kind of check, a result per check that
 * keeps the gate from passing. The fingerprint is the check's name: the same defect keeps its identity from run to run.
 */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { Check, ChecksView } from './checks.ts';
import { isBad, replayHint } from './checks.ts';

const ruleId = (check: Check): string => check.obligation ?? check.group;

function ruleText(id: string): string {
  const obligation = OBLIGATIONS.find((one) => one.name === id);
  return obligation === undefined ? `Check of the gate: ${id}.` : `${obligation.reason}.`;
}

/** A path as a relative URI reference. */
const uri = (file: string): string => file.split(/[\\/]/).map(encodeURIComponent).join('/').replace(/^\.\//, '');

export function sarifDocument(view: ChecksView): object {
  const bad = view.checks.filter(isBad);
  const rules = [...new Set(bad.map(ruleId))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{
      tool: { driver: {
        name: 'tocsin', semanticVersion: view.version,
        rules: rules.map((id) => ({ id, shortDescription: { text: ruleText(id) } })),
      } },
      invocations: [{ executionSuccessful: view.outcome === 'pass' || view.outcome === 'fail' }],
      properties: { outcome: view.outcome, seed: view.seed, modelHash: view.modelHash },
      results: bad.map((check) => {
        const hint = replayHint(check);
        return {
          ruleId: ruleId(check),
          ruleIndex: rules.indexOf(ruleId(check)),
          level: 'error',
          message: { text: [check.message, ...check.details, ...(hint === undefined ? [] : [`Replay: ${hint}`])].join('\n') },
          ...(check.file === undefined ? {} : { locations: [{ physicalLocation: { artifactLocation: { uri: uri(check.file) }, region: { startLine: 1 } } }] }),
          partialFingerprints: { 'tocsinCheck/v1': `${check.group}/${check.name}` },
          properties: { state: check.state, ...(check.strategy === undefined ? {} : { strategy: check.strategy }), ...(check.token === undefined ? {} : { token: check.token }) },
        };
      }),
    }],
  };
}
