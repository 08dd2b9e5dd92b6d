// A named difference in words: the same sentence in every format.
import { describe, expect, test } from 'vitest';
import { differenceText } from '../../src/campaign/gate-report.ts';
import type { Difference, GateReport } from '../../src/campaign/gate-report.ts';
import { checksView, gateDocument, gateLines } from '../../src/report/gate.ts';
import type { GateView } from '../../src/report/gate.ts';
import { githubLines } from '../../src/report/github.ts';
import { junitText } from '../../src/report/junit.ts';
import { ktapText } from '../../src/report/ktap.ts';
import { summaryText } from '../../src/report/summary.ts';
import { report as campaign } from './sample.ts';

const difference = (by: Difference['by'], was: string, is: string, features = 'all'): Difference =>
  ({ strategy: 'mine', obligation: 'toc', features, was, is, token: 'toc1-x', by, outcome: 'fail' });

test.each<[Difference, string]>([
  [difference('claim', 'holds', 'breaks'), "'mine' is claimed to hold, but breaks toc (features: all)"],
  [difference('claim', 'breaks', 'holds'), "'mine' is claimed to break toc, but does not (features: all)"],
  [difference('claim', 'breaks', 'undecided'), "'mine' is claimed to break toc, but was not seen to yet (features: all)"],
  [difference('baseline', 'holds', 'breaks', 'no-far,stack-room'), "'mine' did not break toc in the baseline, but breaks it now (features: no-far,stack-room)"],
  [difference('baseline', 'breaks', 'holds'), "'mine' broke toc in the baseline, but does not break it now (features: all)"],
  [difference('baseline', 'not-applicable', 'holds'), "'mine' was not judged by toc in the baseline, but does not break it now (features: all)"],
  [difference('baseline', 'undecided', 'breaks'), "'mine' left toc undecided in the baseline, but breaks it now (features: all)"],
  [difference('baseline', 'holds', 'undecided'), "'mine' did not break toc in the baseline, but leaves it undecided now (features: all)"],
  [difference('case', 'holds', 'breaks', 'case a.json'), "'mine' did not break toc in case a.json, but breaks it now"],
  [difference('case', 'breaks', 'out-of-budget', 'case a.json'), "'mine' broke toc in case a.json, but runs out of budget now"],
  [difference('case', 'out-of-budget', 'holds', 'case a.json'), "'mine' ran out of budget in case a.json, but does not break it now"],
  [difference('case', 'holds', 'not-applicable', 'case a.json'), "'mine' did not break toc in case a.json, but is not judged by it now"],
  [difference('case', 'breaks at local in caller', 'breaks at global in hook-return', 'case a.json'),
    "'mine' broke toc at local in caller in case a.json, but breaks it at global in hook-return now"],
  [{ ...difference('proof', 'proved', 'refuted'), detail: 'A calls B' }, "'mine' was proved for every call graph in the baseline, but is refuted by a chain of calls now, which breaks toc: A calls B (features: all)"],
  [{ ...difference('proof', 'proved', 'undecided'), obligation: null, detail: 'a loop' }, "'mine' was proved for every call graph in the baseline, but is undecided by proof now: a loop (features: all)"],
  [{ ...difference('proof', 'undecided', 'proved'), obligation: null }, "'mine' was undecided by proof in the baseline, but is proved for every call graph now (features: all)"],
  [{ ...difference('proof', 'proved', 'proved'), obligation: null, detail: 'its proof assumes no-far too' }, "'mine' was proved for every call graph in the baseline, but its proof assumes no-far too now (features: all)"],
])('%#', (it, words) => { expect(differenceText(it)).toBe(words); });

describe('a gate with two differences', () => {
  const differences = [difference('claim', 'holds', 'breaks'), difference('baseline', 'holds', 'breaks', 'no-far,stack-room')].map((it) => ({ ...it, text: differenceText(it) }));
  const gate: GateReport = {
    outcome: 'fail', exit: 1, seed: 7n, runs: 1000, modelHash: 'abc', differences,
    checks: differences.map((it) => ({ group: it.by === 'claim' ? 'claims' : 'baseline', name: it.features, state: 'fail', message: it.text, strategy: 'mine', obligation: 'toc' } as const)),
    strategies: campaign.strategies.map((it) => ({ ...it, findings: [] })), canaries: [], proofs: [], proofCanaries: [], witnesses: {}, faults: [], notes: [], reasons: [],
    idle: [{ strategy: 'livepatch-stack', assumption: 'no-stub-sibling', exercised: 360 }],
    untested: [{ strategy: 'livepatch-stack', assumption: 'no-variadic', exercised: 20, least: 300 }],
    baseline: { schema: 'tocsin/verdicts@2', seed: '7', runs: 1000, generator: 1, features: [], proofs: [], facts: [] },
  };
  const view: GateView = {
    report: gate, exit: 1, version: '0.1.0', viewOf: () => { throw new Error('no finding'); }, fileOf: () => undefined, replayOf: (token) => `tocsin replay ${token}`,
  };
  const checks = checksView(view);

  test('says each in the same words in text, KTAP, JUnit, GitHub annotations and the summary', () => {
    for (const { text } of differences) {
      const text79 = gateLines(view).join(' ').replace(/\s+/g, ' '), xml = junitText(checks).replaceAll('&apos;', "'").replaceAll('&#39;', "'");
      for (const format of [text79, ktapText(checks), xml, githubLines(checks).join('\n'), summaryText(checks)]) {
        expect(format).toContain(text);
      }
    }
  });

  test('keeps the fields of its document', () => {
    expect(gateDocument(view)).toMatchObject({ differences: [{ strategy: 'mine', obligation: 'toc', features: 'all', was: 'holds', is: 'breaks', token: 'toc1-x', by: 'claim', outcome: 'fail' }, {}] });
    expect(Object.keys((gateDocument(view) as { differences: object[] }).differences[0]!)).toEqual(['strategy', 'obligation', 'features', 'was', 'is', 'token', 'by', 'outcome']);
  });

  test('as text', () => {
    const lines = gateLines(view);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
    expect(lines.slice(0, 8).join('\n')).toMatchInlineSnapshot(`
      "gate: fail (something that held is broken, or the other way round)

      Differences:
        'mine' is claimed to hold, but breaks toc (features: all)
          tocsin replay toc1-x
        'mine' did not break toc in the baseline, but breaks it now (features:
          no-far,stack-room)
          tocsin replay toc1-x"
    `);
    expect(lines.filter((line) => /assumption|to tell|no-variadic/.test(line)).join('\n')).toMatchInlineSnapshot(`
      "livepatch-stack: holds assuming no-stub-sibling, stack-room, no-variadic:
      Idle assumptions, which no counterexample needs: livepatch-stack:
      Not enough trials outside of one assumption alone to tell whether it is needed:
      livepatch-stack: no-variadic (20 of 300)."
    `);
  });
});
