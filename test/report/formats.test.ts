// The gate in other tools' formats; hostile text in names and messages must not act.
import { expect, test } from 'vitest';
import type { ChecksView } from '../../src/report/checks.ts';
import { githubLines } from '../../src/report/github.ts';
import { junitText } from '../../src/report/junit.ts';
import { ktapText } from '../../src/report/ktap.ts';
import { sarifDocument } from '../../src/report/sarif.ts';
import { summaryText } from '../../src/report/summary.ts';

const view: ChecksView = {
  outcome: 'fail', sentence: 'livepatch-stack no longer holds.', seed: '7', modelHash: 'abc', version: '0.1.0',
  checks: [
    { group: 'counterexamples', name: 'a.json', state: 'pass', message: '', details: [] },
    { group: 'counterexamples', name: 'b # SKIP <x>.json', state: 'fail', message: 'was toc, is "holds"\n::error::x', details: ['one', 'two'], token: 't1', strategy: 's', obligation: 'toc', file: 'counterexamples/b & c.json' },
    { group: 'claims', name: 'livepatch-stack holds | x', state: 'inconclusive', message: '100% out of budget', details: [] },
    { group: 'baseline', name: 'verdicts.json', state: 'skip', message: 'no baseline: decided by the claims', details: [] },
  ],
};

test('KTAP', () => { expect(ktapText(view)).toMatchInlineSnapshot(`
  "KTAP version 1
  1..3
    KTAP version 1
    # Subtest: counterexamples
    1..2
    ok 1 a.json
    # was toc, is "holds" ::error::x
    # one
    # two
    # tocsin replay t1
    not ok 2 b SKIP <x>.json
  not ok 1 counterexamples
    KTAP version 1
    # Subtest: claims
    1..1
    # inconclusive: 100% out of budget
    not ok 1 livepatch-stack holds | x
  not ok 2 claims
    KTAP version 1
    # Subtest: baseline
    1..1
    ok 1 verdicts.json # SKIP no baseline: decided by the claims
  ok 3 baseline
  "
`); });
test('JUnit', () => { expect(junitText(view)).toMatchInlineSnapshot(`
  "<?xml version="1.0" encoding="UTF-8"?>
  <testsuites name="tocsin gate" tests="4" failures="1" errors="1" skipped="1">
    <testsuite name="counterexamples" tests="2" failures="1" errors="0" skipped="0">
      <testcase classname="tocsin.counterexamples" name="a.json"/>
      <testcase classname="tocsin.counterexamples" name="b # SKIP &lt;x&gt;.json" file="counterexamples/b &amp; c.json"><failure type="fail" message="was toc, is &quot;holds&quot; ::error::x">one
  two
  tocsin replay t1</failure></testcase>
    </testsuite>
    <testsuite name="claims" tests="1" failures="0" errors="1" skipped="0">
      <testcase classname="tocsin.claims" name="livepatch-stack holds | x"><error type="inconclusive" message="100% out of budget"></error></testcase>
    </testsuite>
    <testsuite name="baseline" tests="1" failures="0" errors="0" skipped="1">
      <testcase classname="tocsin.baseline" name="verdicts.json"><skipped message="no baseline: decided by the claims"/></testcase>
    </testsuite>
  </testsuites>
  "
`); });
test('GitHub annotations are one line each', () => { expect(githubLines(view).join('\n')).toMatchInlineSnapshot(`
  "::error file=counterexamples/b & c.json,line=1,title=tocsin%3A b # SKIP <x>.json::was toc, is "holds"%0A::error::x%0Atocsin replay t1
  ::error title=tocsin%3A livepatch-stack holds | x::100%25 out of budget"
`); });
test('Markdown', () => { expect(summaryText(view)).toMatchInlineSnapshot(`
  "## Tocsin gate: fail

  livepatch-stack no longer holds.

  | group | check | state | what was seen | replay |
  |---|---|---|---|---|
  | counterexamples | b \\# SKIP &lt;x\\>.json | fail | was toc, is "holds" ::error::x | \`tocsin replay t1\` |
  | claims | livepatch-stack holds \\| x | inconclusive | 100% out of budget |  |

  | group | checks | passed | skipped |
  |---|---|---|---|
  | counterexamples | 2 | 1 | 0 |
  | claims | 1 | 0 | 0 |
  | baseline | 1 | 0 | 1 |

  4 checks, seed \`7\`, model \`abc\`, tocsin 0.1.0.
  "
`); });
test('SARIF', () => {
  expect(sarifDocument(view)).toMatchObject({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'tocsin', rules: [{ id: 'toc' }, { id: 'claims' }] } }, results: [
      { ruleId: 'toc', level: 'error', locations: [{ physicalLocation: { artifactLocation: { uri: 'counterexamples/b%20%26%20c.json' } } }] },
      { ruleId: 'claims', ruleIndex: 1 },
    ] }],
  });
});
