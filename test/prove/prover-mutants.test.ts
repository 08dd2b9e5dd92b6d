// The prover with a fault of its own: each turns something green that is known to be wrong, which the tables of verdict.test.ts, and the canaries, would show.
import { afterEach, expect, test, vi } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { livepatchStackLatePublish } from '../../src/strategies/livepatch-stack-late-publish.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { oddToc } from '../../src/strategies/odd-toc.ts';

afterEach(() => {
  vi.doUnmock('../../src/prove/rely.ts');
  vi.doUnmock('../../src/prove/shapes.ts');
  vi.resetModules();
});

type Module = Record<string, unknown>;

/** How many flaws there are of what the prover, with `changed` in the place of some of a file's functions, is asked about. */
async function flaws(strategy: Strategy, features: readonly Feature[], path?: string, changed?: (real: Module) => Module): Promise<number> {
  vi.resetModules();
  if (path !== undefined && changed !== undefined) {
    vi.doMock(path, async (original) => {
      const real = await original<Module>();
      return { ...real, ...changed(real) };
    });
  }
  const { proveStrategy } = await import('../../src/prove/prove.ts');
  const { Texts } = await import('../../src/prove/texts.ts');
  return proveStrategy(strategy, new Texts(strategy), { features, premises: new Set() }).flaws.filter((it) => it.kind === 'failure' || it.promise !== 'w12').length;
}

/** livepatch-stack that finds its entry by what it left in r11. */
const trusting: Strategy = { ...livepatchStack, code: { ...livepatchStack.code, livepatch_return: livepatchStack.code.livepatch_return!.replace('        ld      r11, TI_livepatch_sp(r12)\n', '') } };

test('interrupts forgotten: a wrong order holds', async () => {
  const features: readonly Feature[] = ['local', 'interrupt'];
  expect(await flaws(livepatchStackLatePublish, features)).toBeGreaterThan(0);
  expect(await flaws(livepatchStackLatePublish, features, '../../src/prove/rely.ts', () => ({ forgetBetween: () => undefined }))).toBe(0);
});

test('a callee that keeps r11: a hook that trusts it holds', async () => {
  expect(trusting.code.livepatch_return).not.toBe(livepatchStack.code.livepatch_return);
  expect(await flaws(trusting, ['local'])).toBeGreaterThan(0);
  type Forget = (kept: unknown, state: { gpr(n: number): unknown; setGpr(n: number, value: unknown): void }, ...rest: unknown[]) => void;
  expect(await flaws(trusting, ['local'], '../../src/prove/rely.ts', (real) => ({
    forgetCallee: ((kept, state, ...rest) => {
      const r11 = state.gpr(11);
      (real['forgetCallee'] as Forget)(kept, state, ...rest);
      state.setGpr(11, r11);
    }) satisfies Forget,
  }))).toBe(0);
});

test('a replacement that never ends in a stub sibling call: a lost slot is not seen', async () => {
  expect(await flaws(livepatchStack, ['global', 'stub-sibling'])).toBeGreaterThan(0);
  expect(await flaws(livepatchStack, ['global', 'stub-sibling'], '../../src/prove/shapes.ts', () => ({ throughStub: () => [] }))).toBe(0);
});

test('a shape left out, of one who was entered by the GEP and hands on by the LEP: the trap of odd-toc is not seen', async () => {
  expect(await flaws(oddToc, ['global', 'sibling'])).toBeGreaterThan(0);
  expect(await flaws(oddToc, ['global', 'sibling'], '../../src/prove/shapes.ts', () => ({ handsOn: () => [] }))).toBe(0);
});

test('a stub that does not store to the slot: a lost slot is not seen', async () => {
  expect(await flaws(livepatchStack, ['global', 'stub-sibling'], '../../src/prove/rely.ts', () => ({ stubStores: () => undefined }))).toBe(0);
});
