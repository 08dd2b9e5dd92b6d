// The prover with a fault of its own: each turns something green that is known to be wrong, which the tables of verdict.test.ts, and the canaries, would show.
import { afterEach, expect, test, vi } from 'vitest';
import type { Mutant } from '../../src/campaign/mutants.ts';
import { PREMISES } from '../../src/contract/claim.ts';
import type { Premise } from '../../src/contract/claim.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
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
