// Words about envelopes, from hand-made data: rules for patch authors, lines, the document.
import { describe, expect, test } from 'vitest';
import type { BreakingSet, Envelope, EnvelopeReport } from '../../src/campaign/envelope-report.ts';
import { PREMISES } from '../../src/contract/claim.ts';
import type { Premise } from '../../src/contract/claim.ts';
import { envelopeDocument, envelopeLinesOf, setText } from '../../src/report/envelope.ts';
import type { EnvelopeDocument } from '../../src/report/envelope.ts';
import { FEATURE_CLAUSES, UNMET_CLAUSES } from '../../src/report/limitation-words.ts';
import { limitationsPage, ruleText } from '../../src/report/limitations.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { finding } from './sample.ts';

const set = (features: readonly Feature[], unmet: readonly Premise[] = [], more: Partial<BreakingSet> = {}): BreakingSet =>
  ({ features, unmet, obligation: 'toc', obligations: ['toc'], finding: { ...finding, token: `toc1-${[...features, ...unmet].join('')}` }, smaller: [], ...more });
const nothing: Envelope = { breaking: [], clean: [{ features: FEATURES, unmet: PREMISES, assuming: [], scenarios: 100, trials: 90, below: 0.03274, never: [] }], subsumed: [], undecided: [], complete: true, overturned: 0 };

function reportOf(fatal: Partial<Envelope>, more: Partial<EnvelopeReport> = {}): EnvelopeReport {
  return {
    seed: 7n, runs: 100, smallerRuns: 50, cases: 0, features: FEATURES, confidence: 0.95, generator: 1, modelHash: 'abc', canaries: [], faults: [], faultCount: 0, interrupted: false, exit: 0, reasons: [],
    strategies: [{ name: 'mine', hash: 'h', claim: { kind: 'holds', assuming: ['no-far'] }, builtIn: false, trials: 500, fatal: { ...nothing, ...fatal }, recorded: nothing, contradictions: [] }], ...more,
  };
}

const documentOf = (report: EnvelopeReport): EnvelopeDocument => envelopeDocument({ report, exit: report.exit, fileOf: () => null });
const pageOf = (report: EnvelopeReport): string => limitationsPage(documentOf(report), 'tocsin envelope').replace(/\s+/g, ' ');
const rule = (...sets: BreakingSet[]): string => ruleText(documentOf(reportOf({ breaking: sets })).strategies[0]!.breaking);

describe('rules', () => {
  test.each([
    [[set(['local'])], 'A function must not be patched where a function is called from within its own module.'],
    [[set(['stub-sibling'])], 'A replacement must not end in a sibling call through a stub.'],
    [[set(['global', 'nested', 'far'])], 'A replacement must not call a function that is patched as well where a function is called from another module and modules lie more than 2 GiB apart.'],
    [[set(['local', 'indirect'])], 'A function must not be patched where a function is called from within its own module and through a pointer.'],
    [[set(['local', 'far']), set(['indirect', 'far'])], 'A function must not be patched where a function is called from within its own module or through a pointer and modules lie more than 2 GiB apart.'],
    [[set([])], 'No function may be patched at all.'],
  ])('%#', (sets, words) => { expect(rule(...sets)).toBe(words); });

  test('a premise that a feature rules out is not said twice', () => {
    const smaller = (never: readonly `no-${Feature}`[]): Partial<BreakingSet> => ({ smaller: [{ assumption: 'no-replacement-siblings', trials: 40, never }] });
    expect(rule(set(['stub-sibling'], ['no-replacement-siblings'], smaller(['no-stub-sibling'])))).toBe('A replacement must not end in a sibling call through a stub.');
    expect(rule(set(['sibling'], ['no-replacement-siblings'], smaller([])))).toBe('A replacement must not end in a sibling call where a function ends in a sibling call.');
  });

  test('there are different words for each feature and each premise', () => {
    const words = [...Object.values(FEATURE_CLAUSES), ...Object.values(UNMET_CLAUSES)].map((it) => Object.values(it)[0]);
    expect(new Set(words).size).toBe(FEATURES.length + PREMISES.length);
    for (const one of words) expect(one).toMatch(/^[a-z].*[^.]$/);
  });
});

describe('the page', () => {
  test('merges what differs in the way of calling alone, with all tokens', () => {
    const page = pageOf(reportOf({ breaking: [set(['local', 'far']), set(['global', 'far']), set(['global', 'nested']), set(['indirect', 'far'], [], { obligation: 'progress', obligations: ['progress', 'toc'] })] }));
    expect(page).toContain('- A function must not be patched where a function is called from within its own module or from another module and modules lie more than 2 GiB apart.');
    expect(page).toContain('Shown by `toc1-localfar` (3 functions, 2 calls, 1 patch, 1 interrupt) and `toc1-globalfar`');
    expect(page).toContain('Otherwise `progress` is broken');
    expect(page).toContain('Also seen broken: `toc`.');
    expect(page).toContain('| `mine` | local + far; global + far; global + nested; indirect + far | nothing | 0 | none |');
  });

  test('says what is undecided, never tried, or not listed', () => {
    const page = pageOf(reportOf({
      clean: [{ ...nothing.clean[0]!, assuming: ['no-far'], never: ['no-variadic', 'stack-room'] }], undecided: [{ features: ['far'], unmet: [], assuming: ['no-local'], why: 'interrupted' }], complete: false,
      subsumed: nothing.clean,
    }));
    expect(page).toContain('- in 1 more largest set too, where all that was drawn lies within these');
    expect(page).toContain('- assuming no-far: 90 trials, failing share below 3.274 %; never tried: variadic, not stack-room');
    expect(page).toContain('- undecided: assuming no-local (interrupted)');
    expect(page).toContain('some are not listed');
    expect(page).toContain('| `mine` | nothing found | no-far | 0 | 1 |');
    expect(page).toContain('Nothing was found that a patch must not do.');
  });
});

describe('lines', () => {
  test('are at most 79 columns wide, and name what was refuted', () => {
    const report = reportOf({ breaking: [set(['local', 'variadic'], ['stack-room'])], overturned: 1, undecided: [{ features: [], unmet: [], assuming: ['no-far'], why: 'interrupted' }] },
      { features: ['local', 'variadic'], interrupted: true, exit: 1, reasons: ['mine claims to hold and was broken'] });
    const [mine] = report.strategies;
    const refuted = { ...report, strategies: [{ ...mine!, contradictions: [{ features: ['local'], unmet: [], obligation: 'toc', token: 'toc1-x' } as const] }] };
    const lines = envelopeLinesOf({ report: refuted, exit: 1, fileOf: () => null }, false);
    expect(lines.filter((line) => line.length > 79)).toEqual([]);
    const text = lines.join('\n');
    for (const words of ['local + variadic, not stack-room', 'toc1-localvariadicstack-room', 'REFUTED: the claim covers local, which breaks toc: toc1-x', 'UNDECIDED', '1 campaign had found nothing',
      'Sets are made of local, variadic.', 'Interrupted', '- mine claims to hold and was broken']) expect(text).toContain(words);
    expect(envelopeLinesOf({ report: refuted, exit: 1, fileOf: () => null }, true)).toEqual(['mine  broken by 1 smallest set  1 UNDECIDED, REFUTED', '- mine claims to hold and was broken']);
  });

  test('a set without features has a name', () => {
    expect([setText({ features: [], unmet: [] }), setText({ features: [], unmet: ['stack-room'] })]).toEqual(['no feature at all', 'not stack-room']);
  });
});

test('the document has what was promised', () => {
  const report = reportOf({ breaking: [set(['local'])] });
  const file = new Map(report.strategies[0]!.fatal.breaking.map((it) => [it, 'a.json']));
  expect(envelopeDocument({ report, exit: 0, fileOf: (it) => file.get(it) ?? null })).toMatchObject({
    schema: 'tocsin/envelope@1', seed: '0x7', runs: 100, generator: 1, modelHash: 'abc', exit: 0,
    strategies: [{
      name: 'mine', hash: 'h', claim: 'holds assuming no-far', breaking: [{ features: ['local'], obligation: 'toc', token: 'toc1-local', file: 'a.json', functions: 3 }],
      clean: [{ features: FEATURES, trials: 90 }], recorded: { breaking: [] },
    }],
  });
});
