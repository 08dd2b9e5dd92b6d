// An exhaustive bound in a gate: which facts it stands behind, what it finds broken in which feature set, and what of the baseline's is not shown again.
import { beforeAll, expect, test } from 'vitest';
import { BASELINE_SCHEMA } from '../../src/campaign/baseline.ts';
import type { Evidence, Fact } from '../../src/campaign/baseline.ts';
import { exhaust, freshState } from '../../src/campaign/exhaust.ts';
import { planExhaust } from '../../src/campaign/exhaust-plan.ts';
import type { ExhaustReport } from '../../src/campaign/exhaust-report.ts';
import { exhaustHere } from '../../src/campaign/exhaust-workshop.ts';
import { featureSets } from '../../src/campaign/feature-sets.ts';
import { boundFailures, boundNotes, boundReasons, withBound } from '../../src/campaign/gate-bound.ts';
import { cast } from '../../src/campaign/plan.ts';
import { decodeToken } from '../../src/case/token.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { wholeBound } from '../../src/enumerate/bound.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const stack = BUILT_IN.find((it) => it.name === 'livepatch-stack')!;
/** Its claim does not leave stub siblings out, which three functions and two calls show. */
const bold: Strategy = { ...stack, name: 'bold', claim: { kind: 'holds', assuming: ['no-unwind', 'no-transitions', 'stack-room', 'no-reused-stacks'] } };
const strategies = [stack, bold];
const WORDS = 'functions 3, calls 2, special 0, hooked in-line, no interrupts';
let report: ExhaustReport;

beforeAll(async () => {
  const plan = planExhaust({ strategies, bound: wholeBound(3, 2, 0), interrupts: null, switches: null });
  const bench = exhaustHere(plan.setup, () => Promise.resolve());
  report = await exhaust(plan, bench, await bench.run({ kind: 'about' }), freshState(plan));
});

const CLAIM = 'no-stub-sibling,no-unwind,no-transitions,stack-room,no-reused-stacks', WITHOUT = 'no-unwind,no-transitions,stack-room,no-reused-stacks';
const fact = (features: string, obligation: Fact['obligation'], more: Partial<Fact> = {}): Fact => ({ strategy: 'livepatch-stack', features, obligation, verdict: 'holds', evidence: { kind: 'sampled', trials: 7 }, ...more });

test('a fact rests on the bound where nothing of it is broken in its feature set', () => {
  const evidence = (...args: Parameters<typeof fact>): Evidence => withBound(fact(...args), report).evidence;
  expect(evidence(CLAIM, 'toc-slot')).toEqual({ kind: 'exhaustive', trials: 7, bound: WORDS });
  expect(evidence('all', 'toc')).toEqual({ kind: 'exhaustive', trials: 7, bound: WORDS });
  // Broken by a stub sibling call, in the sets that do not leave it out.
  expect([evidence('all', 'toc-slot').kind, evidence(WITHOUT, 'toc-slot').kind]).toEqual(['sampled', 'sampled']);
  // Nothing in the bound could break it; and what is not sampled, or does not hold, is left as it is.
  expect([evidence(CLAIM, 'interrupt-transparency').kind, evidence(CLAIM, 'reliable-trace').kind]).toEqual(['sampled', 'sampled']);
  expect(evidence(CLAIM, 'toc', { evidence: { kind: 'proved', trials: 7 } })).toEqual({ kind: 'proved', trials: 7 });
  expect(evidence(CLAIM, 'toc', { verdict: 'undecided' }).kind).toBe('sampled');
  expect(evidence(CLAIM, 'toc', { strategy: 'other' }).kind).toBe('sampled');
});

test('what was not gone through to its end shows nothing', () => {
  const changed = (more: Partial<ExhaustReport>, of: object = {}): string => (
    withBound(fact(CLAIM, 'toc'), { ...report, ...more, strategies: report.strategies.map((it) => ({ ...it, ...of })) }).evidence.kind);
  expect([changed({}), changed({ complete: false }), changed({ faultCount: 1 }), changed({}, { open: 1 }), changed({}, { notApplicable: 1 }), changed({}, { trials: 0 })])
    .toEqual(['exhaustive', 'sampled', 'sampled', 'sampled', 'sampled', 'sampled']);
  expect([boundReasons(report), boundReasons({ ...report, faultCount: 1, faults: [{ kind: 'invalid', block: 0, run: 0, message: 'x' }] })])
    .toEqual([[], [{ exit: 4, text: 'a fault of the harness itself, in the bound: x' }]]);
});

test('what it finds broken is a counterexample in each feature set in which it lies, and refutes a claim within it', () => {
  const { listed } = cast(strategies, FEATURES);
  const failures = boundFailures(report, featureSets(listed, FEATURES), listed);
  const sets = (strategy: string, within: boolean): string[] => failures.filter((it) => it.strategy === strategy && it.within === within).map((it) => `${it.features} ${it.obligation}`);
  expect([sets('livepatch-stack', true), sets('livepatch-stack', false)]).toEqual([[], ['all toc-slot', `${WITHOUT} toc-slot`]]);
  expect([sets('bold', true).slice(0, 2), sets('bold', false), sets('bold', true).length]).toEqual([['all toc-slot', `${WITHOUT} toc-slot`], [], 6]);
  for (const { strategy, token } of failures) {
    const trials = new Trials([strategies.find((it) => it.name === strategy)!]);
    trials.load(decodeToken(token).scenario);
    expect(trials.run(0).violations.map((it) => it.obligation)).toContain('toc-slot');
  }
});

test('what the baseline has of a bound and this run has not is said', () => {
  const was = (bound: string): Fact => fact(CLAIM, 'toc', { evidence: { kind: 'exhaustive', trials: 7, bound } });
  const notes = (then: Fact, now: Fact): string[] => boundNotes({ schema: BASELINE_SCHEMA, seed: '1', runs: 1, generator: 1, features: FEATURES, proofs: [], facts: [then] }, [now]);
  const said = ['exhaustive in the baseline, and not shown again by this run: a fact of livepatch-stack (functions 3); --bound runs it'];
  expect([notes(was('functions 3'), fact(CLAIM, 'toc')), notes(was('functions 3'), was('functions 2')), notes(was('functions 3'), was('functions 3'))]).toEqual([said, said, []]);
  expect(notes(was('functions 3'), fact(CLAIM, 'toc', { evidence: { kind: 'proved', trials: 1 } }))).toEqual([]);
  expect(notes(fact(CLAIM, 'toc'), was('functions 3'))).toEqual([]);
});
