import { describe, expect, test } from 'vitest';
import { CASE_BYTES, CaseError, type CaseFile, parseCase, printCase } from '../../src/case/file.ts';
import { encodeToken, shortHash, tokenPlace } from '../../src/case/token.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { refusal } from '../refusal.ts';

const scenario = parseScenario('A:M -> local B; B:M patched');
const file: CaseFile = {
  scenario,
  strategy: 'branch-only',
  signature: { obligation: 'toc', edge: 'local', place: 'livepatch_handler' },
  expected: { 'livepatch-stack': { outcome: 'holds', obligations: [] }, 'branch-only': { outcome: 'violated', obligations: ['toc'] } },
  token: encodeToken({ scenario, strategy: { kind: 'built-in', name: 'branch-only' }, signature: { obligation: 'toc', edge: 'local', place: tokenPlace('livepatch_handler') } }),
  provenance: { seed: '18446744073709551615', block: 3, run: 17, features: ['local', 'far'], generator: 1, versions: { tocsin: '0.1.0', model: 'ab' } },
  sentence: 'After the local call in A, r2 is the TOC of P.',
};

const refused = (text: string): string | undefined => refusal(CaseError, () => parseCase(text));

/** The file's text with one field, by path, set to another value (undefined: removed). */
function changed(path: string, value: unknown): string {
  const data = JSON.parse(printCase(file)) as Record<string, unknown>;
  const keys = path.split('.');
  let at = data;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[keys.at(-1)!];
  else at[keys.at(-1)!] = value;
  return JSON.stringify(data);
}

describe('a case file', () => {
  test('is read back, and printed again to the same bytes', () => {
    const text = printCase(file);
    expect(parseCase(text)).toEqual(file);
    expect(printCase(parseCase(text))).toBe(text);
    expect(text.endsWith('}\n')).toBe(true);
    const turned: CaseFile = { ...file, expected: Object.fromEntries(Object.entries(file.expected).reverse()) };
    expect(printCase(turned)).toBe(text);
  });

  test('a case that holds, written by hand', () => {
    const held: CaseFile = {
      ...file, signature: null, provenance: null, strategy: 'mine',
      token: encodeToken({ scenario, strategy: { kind: 'user', hash: shortHash('anything') } }),
    };
    expect(parseCase(printCase(held))).toEqual(held);
  });
});

describe('bad files', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['schema', 'tocsin/case@2', 'schema: "tocsin/case@2"; expected "tocsin/case@1"'],
    ['more', 1, 'more: unknown field; expected schema, strategy, signature, sentence, token, expected, provenance, scenario'],
    ['token', undefined, 'token: missing'],
    ['strategy', 'Upper Case', 'strategy: "Upper Case"; expected a strategy\'s name (a-z, 0-9, dashes; at most 64)'],
    ['strategy', 'mini-frame', 'token: it says strategy branch-only, the file mini-frame'],
    ['signature.obligation', 'nothing', 'signature.obligation: "nothing"; expected one of return-address'],
    ['signature.obligation', 'progress', 'token: it says another signature than the file'],
    ['signature.edge', 'tail', 'signature.edge: "tail"; expected one of local'],
    ['signature.place', 'elsewhere', 'token: it says another signature than the file'],
    ['signature', null, 'token: it says another signature than the file'],
    ['expected.mini-frame', { outcome: 'maybe', obligations: [] }, 'expected.mini-frame.outcome: "maybe"; expected one of holds, violated'],
    ['expected.mini-frame', { outcome: 'violated', obligations: [] }, 'expected.mini-frame.obligations: 0 of them do not go with outcome violated'],
    ['expected.mini-frame', { outcome: 'violated', obligations: ['toc', 'return-address'] }, 'expected.mini-frame.obligations[1]: "return-address" is not in order, or twice'],
    ['expected.X', { outcome: 'holds', obligations: [] }, 'expected.X: "X"; expected a strategy\'s name'],
    ['provenance.seed', 7, 'provenance.seed: 7; expected a decimal number below 2^64, as a text'],
    ['provenance.seed', '18446744073709551616', 'provenance.seed: "18446744073709551616"; expected'],
    ['provenance.block', -1, 'provenance.block: -1; expected an integer'],
    ['provenance.features', ['near'], 'provenance.features[0]: "near"; expected one of local'],
    ['provenance.features', ['far', 'local'], 'provenance.features[1]: "local" is not in order, or twice'],
    ['provenance.versions.tocsin', 1, 'provenance.versions.tocsin: 1; expected a text'],
    ['sentence', 'x'.repeat(10_001), 'sentence: 10001 characters; at most 10000'],
    ['scenario.start', 7, 'scenario.start: no function has id 7'],
    ['scenario.functions', [], 'scenario.functions: empty; expected at least 1'],
    ['scenario.functions.0.body.calls.0.callee', 9, 'scenario.functions[0].body.calls[0].callee: no function has id 9'],
    ['scenario.functions.1.body.calls', [{ id: 2, kind: 'local', callee: 0 }], 'scenario.functions[0].body.calls[0]: this call lies on a cycle of the call graph; expected a limit, 1 to 255'],
    ['scenario.functions.1.args', 1, 'token: it says another scenario than the file'],
    ['token', 'toc1-abc', 'token: damaged (its checksum does not fit); was it copied whole?'],
  ];
  test.each(cases)('%s', (path, value, message) => {
    expect(refused(changed(path, value))).toContain(message);
  });

  test('no JSON', () => {
    expect(refused('')).toMatch(/^not JSON/);
    expect(refused('{"schema": \u0007')).toMatch(/^not JSON(: position \d+)?$/);
    expect(refused('[]')).toBe('an array of 0; expected an object');
    expect(refused('null')).toBe('null; expected an object');
  });

  test('too long, too deep', () => {
    expect(refused('x'.repeat(10 << 20))).toBe(`${10 << 20} characters; a case file has at most ${CASE_BYTES}`);
    expect(refused('['.repeat(500_000))).toBe('nested more than 16 deep');
    expect(refused(`{"a":${'{"a":'.repeat(100_000)}`)).toBe('nested more than 16 deep');
    expect(refused(`{"a":"${'['.repeat(1_000)}\\"${'{'.repeat(1_000)}"}`)).toContain('unknown field');
  });

  test('names from prototypes are fields like any other', () => {
    expect(refused(printCase(file).replace('"schema"', '"__proto__"'))).toContain('unknown field');
    expect(refused(changed('constructor', {}))).toContain('constructor: unknown field');
    expect(refused(printCase(file).replace('"expected": {', '"expected": {"__proto__": {"outcome": "holds", "obligations": []},'))).toContain('expected.__proto__');
  });
});
