// Every built-in strategy against its claim, for call graphs of every size; chains that fail when they are run; and orders that only interrupts expose.
import { expect, test } from 'vitest';
import { decodeToken } from '../../src/case/token.ts';
import { proveStrategy } from '../../src/prove/prove.ts';
import type { Proof } from '../../src/prove/prove.ts';
import { proveAll } from '../../src/prove/session.ts';
import { Texts } from '../../src/prove/texts.ts';
import { proveTable } from '../../src/report/prove.ts';
import { contradictions, judge } from '../../src/prove/verdict.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import { validateStrategy } from '../../src/contract/validate-strategy.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { livepatchStackEarlyRelease } from '../../src/strategies/livepatch-stack-early-release.ts';
import { livepatchStackLatePublish } from '../../src/strategies/livepatch-stack-late-publish.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { branchOnly } from '../../src/strategies/branch-only.ts';
import { callerSlot } from '../../src/strategies/caller-slot.ts';
import { shadowStackPerCpu } from '../../src/strategies/shadow-stack-per-cpu.ts';
import { returnStack } from '../../src/strategies/return-stack.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CALLS: readonly Feature[] = ['local', 'global', 'indirect', 'sibling'];

const ROOT = resolve(import.meta.dirname, '../..');
/** Every token of the page of limitations, and of the stored cases. */
const KNOWN = [...new Set([readFileSync(join(ROOT, 'docs/limitations.md'), 'utf8'), ...readdirSync(join(ROOT, 'counterexamples')).filter((it) => it.endsWith('.json')).map((it) => readFileSync(join(ROOT, 'counterexamples', it), 'utf8'))]
  .flatMap((text) => text.match(/\btoc\d-[1-9A-HJ-NP-Za-km-z]{4,}/g) ?? []))].map((token) => decodeToken(token).scenario);

const proofOf = (strategy: Strategy, features: readonly Feature[], premises: readonly string[] = []): Proof => proveStrategy(strategy, new Texts(strategy), { features, premises: new Set(premises) });
const holds = (strategy: Strategy, features: readonly Feature[], premises: readonly string[] = []): boolean => proofOf(strategy, features, premises).flaws.length === 0;

test('the table: all is as claimed, every chain that is told of fails when it is run, and no known scenario contradicts a proof', () => {
  const report = proveAll(BUILT_IN, FEATURES, true, []), { judged, canaries, exit } = report;
  // npx jiti scripts/proof-table.ts
  expect(readFileSync(resolve(import.meta.dirname, '../../docs/proof.md'), 'utf8').split('<!-- table -->')[1]!.trim().split('\n')).toEqual(proveTable(report));
  expect(judged.map(({ judgement, standing }) => [judgement.name, judgement.outcome, standing])).toEqual(BUILT_IN.map(({ name, claim }) => [name, claim.kind, 'as claimed']));
  expect([canaries.map((it) => it.refuted), exit]).toEqual([[true, true, true], 0]);
  const trials = new Trials(BUILT_IN);
  for (const { judgement, confronted, contradictions: found } of judged) {
    expect([judgement.name, judgement.notShown, found]).toEqual([judgement.name, [], []]);
    if (judgement.outcome === 'holds') {
      expect([judgement.name, confronted > 20, judgement.certificate === undefined]).toEqual([judgement.name, true, false]);
      continue;
    }
    for (const { token, obligation } of judgement.refutations) {
      const { scenario, signature } = decodeToken(token);
      trials.load(scenario);
      const { violations } = trials.run(BUILT_IN.findIndex((it) => it.name === judgement.name));
      expect([token, violations.some((it) => it.obligation === signature?.obligation), signature?.obligation]).toEqual([token, true, obligation]);
    }
  }
  // Whatever docs/limitations.md and the stored cases know to fail for somebody: none that a proof speaks of fails under its strategy.
  let tried = 0;
  for (const { judgement } of judged) {
    if (judgement.outcome !== 'holds') continue;
    const against = contradictions(BUILT_IN.find((it) => it.name === judgement.name)!, judgement, KNOWN);
    expect([judgement.name, against.found]).toEqual([judgement.name, []]);
    tried += against.tried;
  }
  expect([KNOWN.length > 100, tried > 500]).toEqual([true, true]);
  // What is shown of a strategy that claims to break: at least one obligation of its claim.
  for (const { judgement, claim } of judged) {
    if (claim.kind === 'breaks') expect([judgement.name, judgement.refutations.some((it) => claim.obligations.includes(it.obligation))]).toEqual([judgement.name, true]);
  }
}, 300_000);

test('the two wrong orders hold without interrupts, for call graphs of every size, and not with them', () => {
  for (const strategy of [livepatchStackLatePublish, livepatchStackEarlyRelease]) {
    expect([holds(strategy, CALLS), holds(strategy, [...CALLS, 'tasks', 'preempt', 'migration']), holds(strategy, [...CALLS, 'interrupt'])]).toEqual([true, true, false]);
  }
  expect(holds(livepatchStack, [...CALLS, 'interrupt', 'tasks', 'preempt', 'sleep', 'migration'])).toBe(true);
});

test('memory of a CPU holds until tasks take turns, or change it', () => {
  const of = (...more: Feature[]): boolean => holds(shadowStackPerCpu, [...CALLS, 'interrupt', ...more], ['bounded-hook-depth']);
  expect([of(), of('preempt', 'sleep'), of('tasks', 'sleep'), of('migration', 'sleep'), of('tasks', 'preempt'), of('migration', 'preempt')]).toEqual([true, true, false, false, false, false]);
});

test('an array of 64 entries holds where no more are pending, and is refuted where they may be', () => {
  expect([holds(returnStack, CALLS, ['bounded-hook-depth']), holds(returnStack, CALLS)]).toEqual([true, false]);
});

test("12(r1) of the frame that a context begins with is nobody's either: a function that a context begins with needs it kept", () => {
  const { outcome, refutations } = judge(callerSlot, []);
  expect([outcome, refutations.map((it) => [it.obligation, it.notation])]).toEqual(['breaks', [['reserved-word', expect.stringMatching(/^A:\w patched\n$/)]]]);
});

test('a stub sibling call is what the contract of a live slot is lost by', () => {
  const proof = proofOf(livepatchStack, ['global', 'stub-sibling']);
  expect([...proof.keeps.get('patched.G')!]).toEqual(['w12']);
  expect(proof.flaws.every((it) => it.kind === 'call' && it.promise === 'slot')).toBe(true);
  expect(judge(livepatchStack, ['local', 'stub-sibling']).outcome).toBe('holds');
});

test('which ways to be entered there are is computed: no far local call without a far global one', () => {
  const rows = (...features: Feature[]): string[] => [...proofOf(branchOnly, features).rows.keys()].filter((it) => it.startsWith('patched'));
  expect(rows('local', 'sibling', 'far').sort()).toEqual(['patched.G', 'patched.G~', 'patched.L', 'patched.L~']);
  expect(rows('local', 'far').sort()).toEqual(['patched.G', 'patched.G~', 'patched.L']);
  expect(rows('local', 'sibling').sort()).toEqual(['patched.G', 'patched.L']);
  expect(rows('local', 'single-entry', 'hoisted-slot').sort()).toEqual(['patched.G', 'patched.L', 'patched.L=', 'patched.S', 'patched.S=']);
});

test('a tick is an interrupt too: what lies far below r1 is lost by it', () => {
  const parked = validateStrategy(parseStrategyText('# tocsin: claim holds\nlivepatch_handler:\n        mflr    r11\n        std     r11, -400(r1)\n        ld      r11, -400(r1)\n        mtlr    r11\n        mfctr   r12\n        bctr\n', 'mine.s'), 'mine.s');
  expect([judge(parked, ['global']).outcome, judge(parked, ['global', 'interrupt']).outcome, judge(parked, ['global', 'preempt']).outcome]).toEqual(['holds', 'breaks', 'breaks']);
});

test("a user's file: the slot word kept too holds for all calls; a loop is undecided, and says so", () => {
  const file = (text: string): Strategy => validateStrategy(parseStrategyText(text, 'mine.s'), 'mine.s');
  const kept = judge(file(readFileSync(resolve(import.meta.dirname, '../../examples/klp-slot-word.s'), 'utf8')), FEATURES);
  expect([kept.outcome, kept.features.includes('stub-sibling')]).toEqual(['holds', true]);
  const loop = judge(file('# tocsin: claim holds\nlivepatch_handler:\n1:      cmpd    r3, r4\n        bne     1b\n        mfctr   r12\n        bctr\n'), ['global']);
  expect([loop.outcome, loop.refutations.length > 0 || loop.notShown.some((it) => it.chain.includes('a loop, for which there is no invariant'))]).toEqual(['undecided', true]);
}, 120_000);

test('a register that becomes what it is at the start of a task is shown by a caller that uses it', () => {
  const spoilt = (point: 'replacement_exit' | 'replacement_early_exit', features: readonly Feature[]): [string, ...string[]] => {
    const { outcome, refutations } = judge({ ...livepatchStack, code: { ...livepatchStack.code, [point]: `${point}:\n        li      r14, 0\n` } }, features);
    return [outcome, ...refutations.map(({ obligation }) => obligation)];
  };
  expect(spoilt('replacement_exit', ['local', 'nonvolatile'])).toEqual(['breaks', 'nonvolatile']);
  expect(spoilt('replacement_early_exit', ['local', 'nonvolatile'])).toEqual(['breaks', 'nonvolatile']);
  // Where nobody uses it nobody can see it.
  expect(spoilt('replacement_exit', ['local'])).toEqual(['undecided']);
});

test('a proof that a run contradicts is seen', () => {
  const { found, tried } = contradictions(branchOnly, { features: ['local'], assuming: [] }, [parseScenario('A:M -> local B; B:M patched'), parseScenario('A:M -> global B; B:N patched')]);
  expect([tried, found.map((it) => it.violation.obligation)]).toEqual([1, ['toc']]);
});
