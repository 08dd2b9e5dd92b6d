// The prover with a fault of its own: each turns something green that is known to be wrong, which the tables of verdict.test.ts, and the canaries, would show.
import { afterEach, expect, test, vi } from 'vitest';
import type { Mutant } from '../../src/campaign/mutants.ts';
import { PREMISES } from '../../src/contract/claim.ts';
import type { Premise } from '../../src/contract/claim.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import * as envelopeSession from '../../src/prove/envelope-session.ts';
import * as session from '../../src/prove/session.ts';
import { maskOf } from '../../src/prove/sets.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { livepatchStackLatePublish } from '../../src/strategies/livepatch-stack-late-publish.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { oddToc } from '../../src/strategies/odd-toc.ts';
import { borderSets, confront, poolOf, provedIn } from './mutant-sets.ts';

afterEach(() => {
  vi.doUnmock('../../src/prove/rely.ts');
  vi.doUnmock('../../src/prove/shapes.ts');
  vi.resetModules();
});

type Module = Record<string, unknown>;

/** A fault: some of a file's functions are others. */
interface Fault {
  readonly path: string;
  readonly changed: (real: Module) => Module;
}

/** All that is imported by this is imported anew, with the fault. */
async function under<T>(fault: Fault | undefined, load: () => Promise<T>): Promise<T> {
  vi.resetModules();
  if (fault !== undefined) {
    vi.doMock(fault.path, async (original) => {
      const real = await original<Module>();
      return { ...real, ...fault.changed(real) };
    });
  }
  return load();
}

/** How many flaws there are of what the prover, with a fault, is asked about. */
async function flaws(strategy: Strategy, features: readonly Feature[], fault?: Fault): Promise<number> {
  const { proveStrategy, Texts } = await under(fault, async () => ({ ...await import('../../src/prove/prove.ts'), ...await import('../../src/prove/texts.ts') }));
  return proveStrategy(strategy, new Texts(strategy), { features, premises: new Set() }).flaws.filter((it) => it.kind === 'failure' || it.promise !== 'w12').length;
}

/** livepatch-stack that finds its entry by what it left in r11. */
const trusting: Strategy = { ...livepatchStack, code: { ...livepatchStack.code, livepatch_return: livepatchStack.code.livepatch_return!.replace('        ld      r11, TI_livepatch_sp(r12)\n', '') } };

type Forget = (kept: unknown, state: { gpr(n: number): unknown; setGpr(n: number, value: unknown): void }, ...rest: unknown[]) => void;
const NO_INTERRUPTS: Fault = { path: '../../src/prove/rely.ts', changed: () => ({ forgetBetween: () => undefined }) };
const KEPT_R11: Fault = {
  path: '../../src/prove/rely.ts',
  changed: (real) => ({
    forgetCallee: ((kept, state, ...rest) => {
      const r11 = state.gpr(11);
      (real['forgetCallee'] as Forget)(kept, state, ...rest);
      state.setGpr(11, r11);
    }) satisfies Forget,
  }),
};
const NO_STUBS: Fault = { path: '../../src/prove/shapes.ts', changed: () => ({ throughStub: () => [] }) };
const NO_HANDING_ON: Fault = { path: '../../src/prove/shapes.ts', changed: () => ({ handsOn: () => [] }) };
const NO_STUB_STORES: Fault = { path: '../../src/prove/rely.ts', changed: () => ({ stubStores: () => undefined }) };

test.each([
  ['interrupts forgotten: a wrong order holds', livepatchStackLatePublish, ['local', 'interrupt'], NO_INTERRUPTS],
  ['a callee that keeps r11: a hook that trusts it holds', trusting, ['local'], KEPT_R11],
  ['a replacement that never ends in a stub sibling call: a lost slot is not seen', livepatchStack, ['global', 'stub-sibling'], NO_STUBS],
  ['a shape left out, of one who was entered by the GEP and hands on by the LEP: the trap of odd-toc is not seen', oddToc, ['global', 'sibling'], NO_HANDING_ON],
  ['a stub that does not store to the slot: a lost slot is not seen', livepatchStack, ['global', 'stub-sibling'], NO_STUB_STORES],
] as const)('%s', async (_, strategy, features, fault) => {
  expect(await flaws(strategy, features)).toBeGreaterThan(0);
  expect(await flaws(strategy, features, fault)).toBe(0);
});

/** The same code, whose author promises more. */
const promising = (strategy: Strategy, assuming: readonly Premise[]): Strategy => ({ ...strategy, claim: { kind: 'holds', assuming: [...assuming, 'no-unwind', 'no-transitions', 'no-reused-stacks', 'stack-room'] as never } });
const WHOLE = [
  ['interrupts forgotten', livepatchStackLatePublish, NO_INTERRUPTS, ['livepatch-stack-late-publish', 'livepatch-stack-early-release']],
  ['a callee that keeps r11', trusting, KEPT_R11, []],
  ['no stub sibling call', promising(livepatchStack, []), NO_STUBS, []],
] as const;

// What the command does with it: a canary that is not refuted and a run that contradicts a proof are both exit 4, whatever else is said.
test.each(WHOLE)('a whole `prove` is not to be trusted: %s', async (_, strategy, fault, missed) => {
  const run = ({ proveAll }: typeof session): [number, readonly string[], boolean, string] => {
    const { exit, canaries, judged } = proveAll([strategy], FEATURES, true, []);
    return [exit, canaries.filter(({ refuted }) => !refuted).map(({ name }) => name), judged[0]!.contradictions.length > 0, judged[0]!.judgement.outcome];
  };
  expect([session.CANARIES.length, run(session)]).toEqual([3, [strategy.claim.kind === 'breaks' ? 0 : 1, [], false, 'breaks']]);
  const [exit, canaries, contradicted, outcome] = run(await under(fault, () => import('../../src/prove/session.ts')));
  expect([exit, canaries, contradicted, outcome]).toEqual([4, missed, missed.length === 0, missed.length === 0 ? 'holds' : 'breaks']);
});

test.each(WHOLE.slice(0, 2))('a whole `envelope --proved` is not to be trusted: %s', async (_, strategy, fault, missed) => {
  const run = async ({ proveEnvelopes }: typeof envelopeSession): Promise<[number, readonly string[], boolean]> => {
    const { exit, canaries, strategies } = await proveEnvelopes([strategy], FEATURES, true, []);
    return [exit, canaries.filter(({ refuted }) => !refuted).map(({ name }) => name), strategies[0]!.contradictions.length > 0];
  };
  expect(await run(envelopeSession)).toEqual([strategy.claim.kind === 'breaks' ? 0 : 1, [], false]);
  expect(await run(await under(fault, () => import('../../src/prove/envelope-session.ts')))).toEqual([4, missed, missed.length === 0]);
}, 60_000);

test("the gate's canaries are hunted with the prover that there is: interrupts forgotten", async () => {
  const missed = async ({ gateProver }: typeof import('../../src/cli/gate-prover.ts')): Promise<string[]> => (await gateProver(() => undefined).canaries()).filter(({ refuted }) => !refuted).map(({ name }) => name);
  expect(await missed(await under(undefined, () => import('../../src/cli/gate-prover.ts')))).toEqual([]);
  expect(await missed(await under(NO_INTERRUPTS, () => import('../../src/cli/gate-prover.ts')))).toEqual(WHOLE[0][3]);
});

test('code that trusts r11 is other code', () => { expect(trusting.code.livepatch_return).not.toBe(livepatchStack.code.livepatch_return); });

// With all features none of these is proved, fault or not, so nothing is compared there. In a set at the border of the envelope the fault makes a proof that a run contradicts.
test.each([
  ['interrupts forgotten', livepatchStackLatePublish, livepatchStackLatePublish, NO_INTERRUPTS],
  ['a callee that keeps r11', trusting, livepatchStack, KEPT_R11],
  ['no stub sibling call', livepatchStackLatePublish, livepatchStackLatePublish, NO_STUBS],
  ['a shape left out', oddToc, oddToc, NO_HANDING_ON],
  ['a stub that does not store', livepatchStackLatePublish, livepatchStackLatePublish, NO_STUB_STORES],
] as const)('seen in a set at the border alone: %s', async (_, strategy, from, fault) => {
  const sets = await bordersOnce(from), all = maskOf<Feature | Premise>([...FEATURES, ...PREMISES]), honest = provedIn(strategy, sets).of;
  const mutant: Mutant = { name: strategy.name, kind: 'delete', point: 'livepatch_return', styles: ['in-line', 'out-of-line'], strategy, also: [], same: false };
  const faulty = await under(fault, () => import('./mutant-sets.ts'));
  expect(faulty.provedIn(strategy, [all]).of).toEqual([]);
  const more = faulty.provedIn(strategy, sets).of.filter((set) => !honest.includes(set)), pool = poolOf(more.slice(0, 1), 40);
  expect(more.length).toBeGreaterThan(0);
  expect(confront([mutant], pool).wrong).toEqual([]);
  expect(faulty.confront([mutant], pool).wrong.map((it) => it.startsWith(strategy.name))).toEqual([true]);
}, 60_000);

const borders = new Map<Strategy, bigint[]>();
async function bordersOnce(strategy: Strategy): Promise<bigint[]> {
  const known = borders.get(strategy) ?? await borderSets(strategy);
  borders.set(strategy, known);
  return known;
}
