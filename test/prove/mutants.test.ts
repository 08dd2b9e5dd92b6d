// Proofs against runs: of no one-step fault of a strategy does the prover say that it holds where a scenario shows that it does not.
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { mutantsOf } from '../../src/campaign/mutants.ts';
import { proveStrategy } from '../../src/prove/prove.ts';
import type { Scope } from '../../src/prove/prove.ts';
import { Texts } from '../../src/prove/texts.ts';
import { contradictions } from '../../src/prove/verdict.ts';
import { claimed } from '../../src/prove/covered.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { manualRestore } from '../../src/strategies/manual-restore.ts';
import { miniFrame } from '../../src/strategies/mini-frame.ts';
import { shadowStackParallel } from '../../src/strategies/shadow-stack-parallel.ts';

/** Every so many-th mutant; 1: all of them, some minutes. */
const STRIDE = Number(process.env['PROVE_MUTANTS'] ?? 12);
const FEATURES: readonly Feature[] = ['local', 'global', 'indirect', 'hoisted-slot', 'sibling', 'stub-sibling', 'nested', 'recursive', 'callback', 'stack-args', 'variadic', 'nonvolatile', 'leaf-zone', 'interrupt', 'interrupt-nested', 'irq-stack'];

/** An interrupt at each instruction of the hook, its handler making a hooked call of the same module and of another one. */
function swept(): Scenario[] {
  const regions = [['hook-entry', 22], ['hook-return', 20], ['ftrace-entry', 50]] as const;
  return ['A:M -> local B; B:M args 9 patched saves 1', 'A:M -> global B; B:N patched'].flatMap((program) => ['M', 'N'].flatMap((module) => regions.flatMap(([region, steps]) =>
    Array.from({ length: steps }, (_, step) => parseScenario(`${program}; H:${module} -> local J; J:${module} patched; irq 1 at 1 ${region}+${step} runs H`)))));
}

test.each([[livepatchStack], [miniFrame], [manualRestore], [shadowStackParallel]])('$name', (strategy: Strategy) => {
  const { without, premises } = claimed(strategy.claim), features = FEATURES.filter((it) => !without.has(it));
  const scope: Scope = { features, premises: new Set([...premises, 'stack-room']) };
  const arbitrary = scenarioArbitrary({ features });
  const scenarios = [...swept(), ...Array.from({ length: 1200 }, (_, run) => scenarioAt(arbitrary, 11n, 0, run))];
  const { mutants } = mutantsOf(strategy, undefined, ['in-line']);
  const counts = { mutants: 0, holds: 0, breaks: 0 };
  const wrong: string[] = [];
  mutants.filter((_, i) => i % STRIDE === 0).forEach((mutant) => {
    counts.mutants++;
    const { flaws } = proveStrategy(mutant.strategy, new Texts(mutant.strategy), scope);
    if (flaws.length > 0) { counts.breaks++; return; }
    counts.holds++;
    const { tried, found } = contradictions(mutant.strategy, { features, assuming: [...scope.premises] }, scenarios);
    expect(tried).toBeGreaterThan(500);
    if (found.length > 0) wrong.push(`${mutant.name}: ${found[0]!.violation.obligation} ${found[0]!.violation.subject} in ${found[0]!.notation.replaceAll('\n', '; ')}`);
  });
  if (process.env['PROVE_MUTANTS'] !== undefined) console.log(strategy.name, JSON.stringify(counts));
  expect(wrong).toEqual([]);
  expect(counts.breaks).toBeGreaterThan(counts.holds);
  expect(counts.mutants).toBeGreaterThan(2);
}, 1_800_000);
