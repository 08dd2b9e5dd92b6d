// The gate: its rules on facts written by hand, then whole gates with the real machine.
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeToken } from '../../src/case/token.ts';
import type { ObligationName } from '../../src/contract/obligations.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { BASELINE_SCHEMA, factKey, printBaseline } from '../../src/campaign/baseline.ts';
import type { Baseline, Fact } from '../../src/campaign/baseline.ts';
import { parseBaseline } from '../../src/campaign/baseline-parse.ts';
import { CampaignError } from '../../src/campaign/error.ts';
import { featureSets, shareBlocks } from '../../src/campaign/feature-sets.ts';
import { gate } from '../../src/campaign/gate.ts';
import { planGate } from '../../src/campaign/gate-plan.ts';
import type { GateOptions } from '../../src/campaign/gate-plan.ts';
import type { GateReport, StoredCase } from '../../src/campaign/gate-report.ts';
import { caseDifferences, compareFacts } from '../../src/campaign/gate-rules.ts';
import { cast } from '../../src/campaign/plan.ts';
import type { Executor, Judgement, ResultOf, Task, WorkshopSetup } from '../../src/campaign/task.ts';
import { inProcess, openWorkshop } from '../../src/campaign/workshop.ts';

const fact = (text: string): Fact => {
  const [strategy = '', features = '', obligation = '', verdict = '', trials = '', token] = text.split(' ');
  return parseBaseline(printBaseline({
    schema: BASELINE_SCHEMA, seed: '1', runs: 1, generator: 1, features: [], proofs: [],
    facts: [{ strategy, features, obligation: obligation as ObligationName, verdict: verdict as Fact['verdict'], evidence: { kind: 'sampled', trials: Number(trials) }, ...(token === undefined ? {} : { token }) }],
  })).facts[0]!;
};
const baselineOf = (...facts: string[]): Baseline => ({ schema: BASELINE_SCHEMA, seed: '1', runs: 1, generator: 1, features: FEATURES, proofs: [], facts: facts.map(fact) });

describe('a fact against the baseline', () => {
  test.each<[string, string, string, boolean, string]>([
    ['the same', 's all toc holds 10', 's all toc holds 10', false, ''],
    ['the same with another witness', 's all toc breaks 10 x', 's all toc breaks 10 y', false, ''],
    ['broken now', 's all toc holds 10', 's all toc breaks 10 y', false, 'toc, all: was holds, is breaks, y, fail'],
    ['not seen broken any more, with fewer trials', 's all toc breaks 10 x', 's all toc holds 9', false, 'toc, all: was breaks, is holds, x, inconclusive'],
    ['not seen broken any more, with as many', 's all toc breaks 10 x', 's all toc holds 10', false, 'toc, all: was breaks, is holds, x, fail'],
    ['not seen broken any more, its witness neither', 's all toc breaks 10 x', 's all toc holds 9', true, 'toc, all: was breaks, is holds, x, fail'],
    ['nothing could be tried', 's all toc holds 10', 's all toc undecided 0', false, 'toc, all: was holds, is undecided, , inconclusive'],
    ['pushes and pops are declared now', 's all hook-balance not-applicable 10', 's all hook-balance holds 10', false, 'hook-balance, all: was not-applicable, is holds, , fail'],
  ])('%s', (_name, was, is, refuted, expected) => {
    const now = fact(is);
    const { differences } = compareFacts(baselineOf(was), [now], new Set(refuted ? [factKey(now)] : []));
    expect(differences.map((it) => `${it.obligation}, ${it.features}: was ${it.was}, is ${it.is}, ${it.token}, ${it.outcome}`).join()).toBe(expected);
  });

  test('what only one side has is told apart from a difference', () => {
    const { differences, fresh, gone } = compareFacts(baselineOf('s all toc holds 1', 's no-far toc holds 1', 't all toc holds 1'), [fact('s all toc holds 1'), fact('s all progress holds 1')], new Set());
    expect([differences, fresh.map(factKey), gone.map(factKey)]).toEqual([[], ['s all progress'], ['s no-far toc']]);
  });
});

describe('a stored case', () => {
  const stored: StoredCase = {
    name: 'one.json', token: 'toc1-x', scenario: parseScenario('A:M -> local B\nB:M patched'),
    signature: { strategy: 's', obligation: 'toc', edge: 'local', place: 'caller' },
    expected: { s: { outcome: 'violated', obligations: ['toc'] }, t: { outcome: 'holds', obligations: [] } },
  };
  const judgement = (outcome: Judgement['outcome'], ...violations: [ObligationName, 'local' | 'global', string][]): Judgement => (
    { strategy: 0, outcome, violations: violations.map(([obligation, edge, place]) => ({ obligation, edge, place })), outside: [] });
  test.each<[string, string, Judgement, string]>([
    ['recurs', 's', judgement('violated', ['toc', 'local', 'caller']), ''],
    ['does not recur', 's', judgement('holds'), 'toc: was breaks, is holds'],
    ['elsewhere', 's', judgement('violated', ['toc', 'global', 'caller']), 'toc: was breaks at local in caller, is breaks at global in caller'],
    ['another obligation as well', 's', judgement('violated', ['toc', 'local', 'caller'], ['progress', 'local', 'caller']), 'progress: was holds, is breaks'],
    ['out of budget', 's', judgement('out-of-budget'), 'toc: was breaks, is out-of-budget'],
    ['held, holds', 't', judgement('holds'), ''],
    ['held, broken', 't', judgement('violated', ['progress', 'local', 'caller']), 'progress: was holds, is breaks'],
    ['held, not applicable', 't', judgement('not-applicable'), 'toc: was holds, is not-applicable'],
    ['of no interest', 'u', judgement('violated', ['progress', 'local', 'caller']), ''],
  ])('%s', (_name, strategy, found, expected) => {
    expect(caseDifferences(stored, strategy, found).map((it) => `${it.obligation}: was ${it.was}, is ${it.is}`).join('; ')).toBe(expected);
  });
  test.each<[string, string, Judgement, string]>([
    ['holds', 't', judgement('holds'), ''],
    ['is broken', 't', judgement('violated', ['toc', 'local', 'caller']), 'toc: was holds, is breaks'],
    ['is out of budget, which is a lack of progress', 't', judgement('out-of-budget'), 'progress: was holds, is out-of-budget'],
    ['of another strategy that breaks it, elsewhere', 's', judgement('violated', ['toc', 'global', 'caller']), ''],
  ])('that holds, without a signature: %s', (_name, strategy, found, expected) => {
    expect(caseDifferences({ ...stored, signature: null }, strategy, found).map((it) => `${it.obligation}: was ${it.was}, is ${it.is}`).join('; ')).toBe(expected);
  });
});

describe('feature sets', () => {
  test('all; all assumptions; for each, all the others; shared where they are the same', () => {
    const strategy = (name: string, ...assuming: ('no-far' | 'no-variadic' | 'stack-room')[]): Strategy => ({ ...BUILT_IN[0]!, name, claim: { kind: 'holds', assuming } });
    const { listed } = cast([strategy('a'), strategy('b', 'stack-room'), strategy('c', 'stack-room', 'no-far', 'no-variadic')], FEATURES);
    expect(featureSets(listed, FEATURES).map((it) => `${it.label}: ${it.strategies.join()}`)).toEqual([
      'all: 0,1,2', 'stack-room: 1', 'no-variadic,no-far,stack-room: 2', 'no-variadic,no-far: 2', 'no-variadic,stack-room: 2', 'no-far,stack-room: 2',
    ]);
    const [, room] = featureSets(listed, FEATURES);
    expect([room?.features.length, room?.premises]).toEqual([FEATURES.length, ['stack-room']]);
  });

  test.each([[40, 1, [40]], [40, 12, [7, ...Array.from({ length: 11 }, () => 3)]], [3, 4, [3, 1, 1, 1]], [8, 4, [4, 2, 2, 2]], [1, 1, [1]]])('%i blocks for %i sets', (blocks, sets, shares) => {
    expect(shareBlocks(blocks, sets, 4)).toEqual(shares);
  });
});

test.each<[string, Partial<GateOptions>, string]>([
  ['no runs', { runs: 0 }, '0 runs; expected 1 or more'],
  ['an unknown witness', { witnesses: ['x'] }, "unknown witness 'x'; `tocsin list` names them"],
  ["another gate's baseline", { baseline: baselineOf(), features: ['local', 'global'] }, `the baseline is about features ${FEATURES.join()}; this gate has local,global`],
])('refuses %s', (_name, options, message) => {
  expect(() => planGate({ strategies: BUILT_IN, cases: [], ...options })).toThrow(new CampaignError(message));
});

/** What a task is answered to has no memory (properties/determinism), so gates of the same strategies need not ask twice. One below asks for everything again. */
const answers = new Map<string, unknown>();
const workshops = new Map<string, Executor>();
const keyOf = (...parts: unknown[]): string => JSON.stringify(parts, (_, it: unknown) => (typeof it === 'bigint' ? `${it}n` : it));

function remembering(setup: WorkshopSetup): Executor {
  const strategies = keyOf(setup);
  return {
    width: 1,
    async run<T extends Task>(task: T): Promise<ResultOf<T>> {
      const key = keyOf(strategies, task);
      if (!answers.has(key)) {
        const executor = workshops.get(strategies) ?? inProcess(openWorkshop(setup));
        workshops.set(strategies, executor);
        answers.set(key, await executor.run(task));
      }
      return structuredClone(answers.get(key)) as ResultOf<T>;
    },
  };
}

describe('whole gates', () => {
  const chosen = BUILT_IN.filter((it) => ['branch-only', 'livepatch-stack'].includes(it.name));
  const witnessesOf = (baseline: Baseline): GateOptions['baselineWitnesses'] => (
    [...new Set(baseline.facts.flatMap((it) => it.token ?? []))].map((token) => ({ token, scenario: decodeToken(token).scenario })));
  const run = async (options: Partial<GateOptions>, repaired?: string, fresh = false): Promise<GateReport> => {
    const plan = planGate({ strategies: chosen, cases: [], runs: 3000, ...options });
    const holding = BUILT_IN.find((it) => it.name === 'livepatch-stack');
    const setup = { strategies: plan.setup.strategies.map((it) => (it === repaired && holding !== undefined ? { ...BUILT_IN.find((one) => one.name === it)!, code: holding.code } : it)) };
    const result = await gate({ ...plan, setup }, fresh ? inProcess(openWorkshop(setup)) : remembering(setup));
    if (result.kind !== 'completed') throw new Error(result.kind);
    return result.report;
  };
  let first: GateReport;
  let known: Partial<GateOptions>;
  let cases: StoredCase[];
  beforeAll(async () => {
    first = await run({});
    known = { baseline: first.baseline, baselineWitnesses: witnessesOf(first.baseline) ?? [] };
    cases = first.strategies.flatMap((it) => it.findings).map(({ token, scenario, signature, expected }) => ({ name: `${token}.json`, token, scenario, signature, expected }));
  });

  test('without a baseline the claims decide, and it says so', () => {
    expect([first.outcome, first.exit, first.differences, first.reasons]).toEqual(['pass', 0, [], []]);
    expect(first.notes).toEqual(['no baseline: decided by stored cases and claims alone']);
    expect(first.baseline.facts.length).toBe(OBLIGATIONS.length * (1 + 7));
    // A stub sibling call breaks the slot; with everything enforced that is assumed nothing breaks.
    const broken = first.baseline.facts.filter((it) => it.strategy === 'livepatch-stack' && it.verdict === 'breaks');
    expect(broken.map(factKey)).toEqual(expect.arrayContaining(['livepatch-stack all toc-slot', 'livepatch-stack no-unwind,no-transitions,stack-room,no-reused-stacks toc-slot',
      'livepatch-stack no-stub-sibling,no-transitions,stack-room,no-reused-stacks reliable-trace', 'livepatch-stack no-stub-sibling,no-unwind,stack-room,no-reused-stacks consistency',
      'livepatch-stack no-stub-sibling,no-unwind,no-transitions,stack-room hook-balance']));
    expect(broken.filter((it) => it.features === 'no-stub-sibling,no-unwind,no-transitions,stack-room,no-reused-stacks')).toEqual([]);
    expect([...first.idle, ...first.untested].filter((it) => it.assumption !== 'stack-room')).toEqual([]);
  });

  test('passes with its own baseline and its own cases, and says the same again', async () => {
    const again = await run({ ...known, cases }, undefined, true);
    expect([again.outcome, again.differences, again.notes]).toEqual(['pass', [], []]);
    expect(printBaseline(again.baseline)).toBe(printBaseline(first.baseline));
    expect(again.checks.filter((it) => it.group === 'counterexamples').length).toBe(cases.length);
    expect(again.checks.every((it) => it.state === 'pass')).toBe(true);
  });

  test('fails with a named difference after a change of livepatch-stack: release before read', async () => {
    const early = BUILT_IN.find((it) => it.name === 'livepatch-stack-early-release');
    const changed = chosen.map((it) => (it.name === 'livepatch-stack' && early !== undefined ? { ...it, code: early.code } : it));
    const report = await run({ ...known, strategies: changed });
    expect([report.outcome, report.exit]).toEqual(['fail', 1]);
    expect(report.differences[0]).toMatchObject({ strategy: 'livepatch-stack', obligation: 'return-address', features: 'all', was: 'holds', is: 'breaks', by: 'claim' });
    expect(report.differences[0]?.token).toMatch(/^toc1-/);
    expect(report.reasons[0]).toBe('livepatch-stack claims to hold and was broken');
    expect(report.checks.filter((it) => it.state === 'fail').map((it) => `${it.group} ${it.name}`)).toContain('claims livepatch-stack');
  });

  test('a stored case alone notices it', async () => {
    // One difference for each obligation.
    const [stored] = cases.filter((it) => it.signature?.strategy === 'livepatch-stack' && it.expected['livepatch-stack']?.obligations.length === 1);
    if (stored === undefined) throw new Error('no case');
    const tampered: StoredCase = { ...stored, expected: { ...stored.expected, 'livepatch-stack': { outcome: 'holds', obligations: [] } } };
    const report = await run({ cases: [tampered] });
    expect([report.outcome, report.differences.map((it) => `${it.features} ${it.was} ${it.is}`)]).toEqual(['fail', [`case ${stored.name} holds breaks`]]);
  });

  test.each<[string, string, boolean]>([
    ['one that breaks shows that its assumption is needed', 'A:M -> global B\nB:N patched -> stub-sibling C\nC:K', true],
    ['one that holds does not', 'A:M -> local B\nB:M patched -> stub-sibling C\nC:K', false],
  ])('a stored case outside of the claim: %s', async (_name, text, breaks) => {
    const stored: StoredCase = {
      name: 'a.json', token: 'toc1-a', scenario: parseScenario(text), signature: { strategy: 'livepatch-stack', obligation: 'toc-slot', edge: 'global', place: 'livepatch_pop' },
      expected: { 'livepatch-stack': breaks ? { outcome: 'violated', obligations: ['toc-slot'] } : { outcome: 'holds', obligations: [] } },
    };
    // Without the feature no trial can show it.
    const report = await run({ cases: [stored], features: FEATURES.filter((it) => it !== 'stub-sibling') });
    expect([report.differences.filter((it) => it.by === 'case'), report.untested.some((it) => it.assumption === 'no-stub-sibling')]).toEqual([[], !breaks]);
    expect(report.idle).toEqual([]);
  });

  test('untrustworthy with branch-only quietly repaired', async () => {
    const report = await run(known, 'branch-only');
    expect([report.outcome, report.exit]).toEqual(['untrusted', 4]);
    expect(report.reasons.slice(0, 2)).toEqual([
      'the canary branch-only, which is known to be bad, was not caught in 2000 trials',
      'branch-only claims to break toc, which was not seen in 2000 trials',
    ]);
    // The baseline's own witness was replayed, and refutes the fact.
    expect(report.checks.find((it) => it.name === 'branch-only, all')?.message).toMatch(/'branch-only' broke toc in the baseline, but does not break it now \(features: all\)/);
  });

  test('inconclusive without a required witness', async () => {
    const report = await run({ ...known, features: FEATURES, witnesses: ['events-not-delivered', 'patched-stub-sibling'] });
    expect(report.outcome).toBe('pass');
    const none = await run({ features: FEATURES.filter((it) => it !== 'stub-sibling'), witnesses: ['patched-stub-sibling'] });
    expect([none.outcome, none.exit, none.reasons]).toEqual(['inconclusive', 3, ['the required witness patched-stub-sibling was never seen']]);
  });

  test('interrupted decides nothing', async () => {
    const plan = planGate({ strategies: chosen, cases: [], runs: 3000 });
    let asked = 0;
    expect(await gate(plan, inProcess(openWorkshop(plan.setup)), { stop: () => (asked++ < 3 ? 'go' : 'interrupt') })).toEqual({ kind: 'interrupted' });
  });
});
