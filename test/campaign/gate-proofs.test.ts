// Proofs in a gate: what is lost and gained against a baseline, which facts rest on a proof, and a proof that a run contradicts.
import { describe, expect, test } from 'vitest';
import { BASELINE_SCHEMA, OLD_BASELINE_SCHEMA, printBaseline } from '../../src/campaign/baseline.ts';
import type { Baseline, Fact, ProofFact } from '../../src/campaign/baseline.ts';
import { parseBaseline } from '../../src/campaign/baseline-parse.ts';
import { gate } from '../../src/campaign/gate.ts';
import type { GateHooks } from '../../src/campaign/gate.ts';
import { planGate } from '../../src/campaign/gate-plan.ts';
import type { GateOptions } from '../../src/campaign/gate-plan.ts';
import { claimLabel, compareProofs, proofNotes, withProof } from '../../src/campaign/gate-proofs.ts';
import type { ProofOutcome, ProofReport, Prover } from '../../src/campaign/gate-prover.ts';
import { differenceText } from '../../src/campaign/gate-report.ts';
import type { GateReport } from '../../src/campaign/gate-report.ts';
import type { Executor, ResultOf, Task } from '../../src/campaign/task.ts';
import { inProcess, openWorkshop } from '../../src/campaign/workshop.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { claimed } from '../../src/prove/covered.ts';
import { contradictions } from '../../src/prove/verdict.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

const named = (name: string): Strategy => BUILT_IN.find((it) => it.name === name)!;

const proof = (more: Partial<ProofReport> = {}): ProofReport => ({
  strategy: 's', features: 'no-far', verdict: 'holds', assuming: ['no-far', 'entry-model'], obligations: ['toc'], fragments: 3, refutations: [], why: '', confronted: 1, contradictions: [], ...more,
});
const refuted = proof({ verdict: 'breaks', refutations: [{ obligation: 'toc', chain: 'A calls B', token: 'x' }] });
const undecided = proof({ verdict: 'undecided', why: 'a loop' });
const was = (verdict: ProofFact['verdict'], more: Partial<ProofFact> = {}): ProofFact => ({ strategy: 's', features: 'no-far', verdict, assuming: ['no-far', 'entry-model'], fragments: 3, ...(verdict === 'breaks' ? { token: 'y' } : {}), ...more });
const sampled: Fact = { strategy: 's', features: 'no-far', obligation: 'toc', verdict: 'holds', evidence: { kind: 'sampled', trials: 9 } };
const proved: Fact = { ...sampled, evidence: { kind: 'proved', trials: 9 } };
const baseline = (proofs: readonly ProofFact[], facts: readonly Fact[] = [], schema: Baseline['schema'] = BASELINE_SCHEMA): Baseline => ({ schema, seed: '1', runs: 1, generator: 1, features: FEATURES, proofs, facts });

test.each<[string, ProofFact, ProofReport, readonly Fact[], string]>([
  ['the same', was('holds'), proof(), [proved], ''],
  ['other fragments', was('holds'), proof({ fragments: 4 }), [proved], ''],
  ['refuted still, by another chain', was('breaks'), refuted, [], ''],
  ['lost, refuted', was('holds'), refuted, [proved], "fail x: 's' was proved for every call graph in the baseline, but is refuted by a chain of calls now, which breaks toc: A calls B (features: no-far)"],
  ['lost, undecided', was('holds'), undecided, [proved], "fail : 's' was proved for every call graph in the baseline, but is undecided by proof now: a loop (features: no-far)"],
  ['lost, under another claim', was('holds', { features: 'all' }), undecided, [], "fail : 's' was proved for every call graph in the baseline, but is undecided by proof now: a loop (features: no-far)"],
  ['gained', was('undecided'), proof(), [sampled], "fail : 's' was undecided by proof in the baseline, but is proved for every call graph now (features: no-far)"],
  ['gained by one that was refuted', was('breaks'), proof(), [sampled], "fail y: 's' was refuted by a chain of calls in the baseline, but is proved for every call graph now (features: no-far)"],
  ['no chain is found any more', was('breaks'), undecided, [], "inconclusive y: 's' was refuted by a chain of calls in the baseline, but is undecided by proof now: a loop (features: no-far)"],
  ['assumes more', was('holds'), proof({ assuming: ['no-far', 'stack-room', 'entry-model'] }), [proved], "fail : 's' was proved for every call graph in the baseline, but its proof assumes stack-room too now (features: no-far)"],
  ['assumes less', was('holds', { features: 'no-far,stack-room', assuming: ['no-far', 'stack-room', 'entry-model'] }), proof(), [], "fail : 's' was proved for every call graph in the baseline, but its proof does without stack-room now (features: no-far)"],
  ['says less', was('holds'), proof({ obligations: ['progress'] }), [proved], "fail : 's' was proved for every call graph in the baseline, but its proof says nothing of toc now (features: no-far)"],
  ['says more', was('holds'), proof({ obligations: ['toc', 'progress'] }), [proved, { ...sampled, obligation: 'progress' }], "fail : 's' was proved for every call graph in the baseline, but its proof says of progress too now (features: no-far)"],
])('a proof against the baseline: %s', (_name, then, now, facts, expected) => {
  const { differences } = compareProofs(baseline([then], facts), [now]);
  expect(differences.map((it) => `${it.outcome} ${it.token}: ${differenceText(it)}`).join('\n')).toBe(expected);
});

test('what a baseline does not say of proofs, or says and this run does not show, is remarked', () => {
  const notes = (of: Baseline, proofs: readonly ProofReport[]): string[] => proofNotes(of, proofs.length === 0 ? undefined : compareProofs(of, proofs), proofs, new Set(['s']));
  expect(notes(baseline([], [], OLD_BASELINE_SCHEMA), [proof(), { ...undecided, strategy: 't' }])).toEqual(['the baseline is of before proofs (tocsin/verdicts@1), all of it counts as sampled; proved now: s']);
  expect(notes(baseline([]), [proof()])).toEqual(['proofs of s are not in the baseline: nothing to compare them with']);
  expect(notes(baseline([was('holds'), was('holds', { strategy: 'other' })]), [])).toEqual(['proved in the baseline, and not proved again here: s']);
  expect(notes(baseline([was('holds')]), [proof()])).toEqual([]);
});

test('a fact rests on a proof where it holds, in the feature set of the claim, for an obligation that the proof speaks of', () => {
  const kind = (fact: Partial<Fact>, of = proof()): string => withProof({ ...sampled, ...fact }, of).evidence.kind;
  expect([kind({}), kind({ features: 'all' }), kind({ obligation: 'consistency' }), kind({ verdict: 'breaks', token: 'x' }), kind({ verdict: 'undecided' }), kind({ strategy: 't' }), kind({}, undecided), kind({}, refuted)])
    .toEqual(['proved', 'sampled', 'sampled', 'sampled', 'sampled', 'sampled', 'sampled', 'sampled']);
  expect([claimLabel(named('livepatch-stack')), claimLabel(named('branch-only')), claimLabel(named('shadow-stack-parallel'))]).toEqual(['no-stub-sibling,no-unwind,no-transitions,stack-room,no-reused-stacks', 'all', 'all']);
});

const outcome = (more: Partial<ProofOutcome> = {}): ProofOutcome => ({ verdict: 'holds', assuming: ['entry-model'], obligations: ['toc', 'toc-slot'], fragments: 3, refutations: [], why: '', ...more });

/** Says what it is told to. Its proofs are confronted as if they were about all that the claim is about; `seen` gets every scenario. */
function telling(said: ProofOutcome, seen: Scenario[] = [], refuted = true): Prover {
  return {
    canaries: () => Promise.resolve([{ name: 'branch-only', refuted }]),
    prove: () => Promise.resolve(said),
    confront: (strategy, _proof, scenarios) => {
      seen.push(...scenarios);
      const { without, premises } = claimed(strategy.claim);
      const { tried, found } = contradictions(strategy, { features: FEATURES.filter((it) => !without.has(it)), assuming: [...premises] }, scenarios);
      return Promise.resolve({ tried, found: found.map(({ violation }) => ({ obligation: violation.obligation, token: 'toc1-4d5Zf1JK' })) });
    },
  };
}

/** What a task is answered to has no memory. */
const answers = new Map<string, unknown>();
function remembering(key: string, executor: Executor): Executor {
  return {
    width: 1,
    async run<T extends Task>(task: T): Promise<ResultOf<T>> {
      const at = `${key} ${JSON.stringify(task, (_, it: unknown) => (typeof it === 'bigint' ? `${it}n` : it))}`;
      if (!answers.has(at)) answers.set(at, await executor.run(task));
      return structuredClone(answers.get(at)) as ResultOf<T>;
    },
  };
}

async function gated(strategies: readonly Strategy[], options: Partial<GateOptions>, hooks: GateHooks): Promise<GateReport> {
  const plan = planGate({ strategies, cases: [], runs: 500, ...options });
  const result = await gate(plan, remembering(JSON.stringify(plan.setup), inProcess(openWorkshop(plan.setup))), hooks);
  if (result.kind !== 'completed') throw new Error(result.kind);
  return result.report;
}

describe('whole gates', () => {
  const stack = named('livepatch-stack'), label = claimLabel(stack);
  // Within its claim it fails where a stub is behind a replacement.
  const bold: Strategy = { ...stack, name: 'bold', claim: { kind: 'holds', assuming: ['no-unwind', 'no-transitions', 'stack-room', 'no-reused-stacks'] } };

  test('facts rest on the proof; a run without one does not keep what the baseline says; a lost one is a named difference', async () => {
    const first = await gated([stack], {}, { prover: telling(outcome()) });
    expect([first.exit, first.baseline.facts.filter((it) => it.evidence.kind === 'proved').map((it) => `${it.features} ${it.obligation}`)]).toEqual([0, [`${label} toc`, `${label} toc-slot`]]);
    expect(first.checks.filter((it) => it.group === 'proofs').map((it) => `${it.name} ${it.state} ${it.message}`)).toEqual(['livepatch-stack skip no baseline']);
    const known = parseBaseline(printBaseline(first.baseline));
    expect(known.proofs).toEqual([{ strategy: 'livepatch-stack', features: label, verdict: 'holds', assuming: ['entry-model'], fragments: 3 }]);

    const again = await gated([stack], { baseline: known }, { prover: telling(outcome()) });
    expect([again.exit, again.differences, again.notes, again.checks.filter((it) => it.group === 'proofs').map((it) => it.state)]).toEqual([0, [], [], ['pass']]);

    const without = await gated([stack], { baseline: known }, {});
    expect([without.exit, without.notes, without.baseline.proofs, without.baseline.facts.filter((it) => it.evidence.kind !== 'sampled')]).toEqual([0, ['proved in the baseline, and not proved again here: livepatch-stack'], [], []]);

    const lost = await gated([stack], { baseline: known }, { prover: telling(outcome({ verdict: 'undecided', why: 'a loop' })) });
    expect([lost.outcome, lost.exit, lost.differences.map((it) => [it.by, it.was, it.is, it.obligation, it.detail])]).toEqual(['fail', 1, [['proof', 'proved', 'undecided', null, 'a loop']]]);
    expect([lost.reasons, lost.strategies[0]!.outcome, lost.baseline.facts.filter((it) => it.evidence.kind !== 'sampled')]).toEqual([lost.differences.map((it) => it.text), 'holds', []]);
    expect(lost.checks.filter((it) => it.state !== 'pass').map((it) => `${it.group} ${it.name} ${it.state}`)).toEqual(['proofs livepatch-stack fail']);
  });

  test('a chain that was run refutes a claim, although the trials have found nothing', async () => {
    const refutations = [{ obligation: 'toc', chain: 'A calls B', token: 'toc1-4d5Zf1JK' }] as const;
    const report = await gated([stack], {}, { prover: telling(outcome({ verdict: 'breaks', refutations })) });
    expect([report.exit, report.reasons[0], report.strategies[0]!.asClaimed]).toEqual([1, 'livepatch-stack claims to hold and was broken', false]);
    expect(report.differences).toMatchObject([{ by: 'claim', obligation: 'toc', features: label, was: 'holds', is: 'breaks', token: 'toc1-4d5Zf1JK' }]);
    expect(report.checks.filter((it) => it.state === 'fail').map((it) => `${it.group} ${it.name}`)).toEqual(['claims livepatch-stack']);
    expect(report.baseline.facts.find((it) => it.features === label && it.obligation === 'toc')).toMatchObject({ verdict: 'breaks', evidence: { kind: 'sampled' }, token: 'toc1-4d5Zf1JK' });
  });

  test('a proof that holds while a trial within the claim fails: nothing can be trusted', async () => {
    const seen: Scenario[] = [];
    const report = await gated([bold], {}, { prover: telling(outcome(), seen) });
    expect([report.outcome, report.exit, report.reasons[0]]).toEqual(['untrusted', 4, expect.stringMatching(/^bold is proved not to break toc-slot, and (a run does|\d+ runs break what is proved; one): toc1-4d5Zf1JK$/)]);
    expect(report.checks.find((it) => it.name === 'no run contradicts a proof')).toMatchObject({ group: 'harness', state: 'untrusted', strategy: 'bold', obligation: 'toc-slot' });
    // What was found is confronted as it was minimised, and what each signature was first drawn in.
    const minimised = report.strategies[0]!.findings.filter((it) => it.withinClaim).map((it) => JSON.stringify(it.scenario));
    const confronted = seen.map((it) => JSON.stringify(it));
    expect(minimised.length).toBeGreaterThan(0);
    expect(minimised.filter((it) => !confronted.includes(it))).toEqual([]);
    expect(report.strategies[0]!.findings.some((it) => it.withinClaim && confronted.includes(JSON.stringify(it.original)))).toBe(true);
    expect(report.proofs[0]!.contradictions.length).toBeGreaterThan(0);
  });

  test("the prover's canary not refuted: nothing can be trusted", async () => {
    const report = await gated([stack], {}, { prover: telling(outcome(), [], false) });
    expect([report.exit, report.reasons]).toEqual([4, ["the prover's canary branch-only, which is known to be bad, was not refuted"]]);
    expect(report.checks.find((it) => it.name === 'canary of proofs branch-only')?.state).toBe('untrusted');
  });

  test('interrupted between two proofs decides nothing', async () => {
    const asked: string[] = [];
    const plan = planGate({ strategies: [stack, named('mini-frame')], cases: [], runs: 500 });
    const prover: Prover = { ...telling(outcome()), prove: (strategy) => { asked.push(strategy.name); return Promise.resolve(outcome()); } };
    expect(await gate(plan, inProcess(openWorkshop(plan.setup)), { prover, stop: () => (asked.length === 0 ? 'go' : 'interrupt') })).toEqual({ kind: 'interrupted' });
    expect(asked).toEqual(['livepatch-stack']);
  });
});
