// Generated programs are good: unpatched and under the control hook all obligations hold, with interrupts; and every run is repeatable.
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { WITNESSES, witnessIndex } from '../../src/contract/witnesses.ts';
import type { WitnessName } from '../../src/contract/witnesses.ts';
import type { Verdict } from '../../src/contract/verdict.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { satisfiesAll } from '../../src/scenario/premises.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const arbitrary = scenarioArbitrary();
const SEED = 0x70c51n;
const scenario = (i: number) => scenarioAt(arbitrary, SEED, Math.floor(i / 500), i % 500);
const text = ({ outcome, instructions, violations }: Verdict): string =>
  [outcome, instructions, ...violations.map((it) => Object.values(it).join(' '))].join('\n');

test('1,000 generated programs hold unpatched and under the control hook', () => {
  const trials = new Trials([]);
  for (let i = 0; i < 1000; i++) {
    trials.load(scenario(i));
    const unpatched = text(trials.runUnpatched());
    const control = text(trials.runControl());
    if (!unpatched.startsWith('holds') || !control.startsWith('holds')) expect.fail(`${i}\n${unpatched}\n${control}\n${printScenario(scenario(i))}`);
    expect(trials.isProgramFault()).toBe(false);
  }
});

test('strategies that claim to hold do so on generated programs that satisfy their assumptions', () => {
  const holding = BUILT_IN.filter(({ claim }) => claim.kind === 'holds');
  const trials = new Trials(holding);
  const within = holding.map(() => 0);
  for (let i = 0; i < 700; i++) {
    const it = scenario(i);
    trials.load(it);
    holding.forEach(({ name, claim }, k) => {
      if (claim.kind !== 'holds' || !satisfiesAll(it, claim.assuming)) return;
      within[k]!++;
      const verdict = trials.run(k);
      if (verdict.outcome !== 'holds') expect.fail(`${i} ${name}\n${text(verdict)}\n${printScenario(it)}`);
    });
  }
  expect(holding.filter((_, k) => within[k]! < 100).map(({ name }) => name)).toEqual([]);
});

test('a campaign of 500 shows everything there is to show', () => {
  const trials = new Trials(BUILT_IN);
  for (let i = 0; i < 500; i++) {
    trials.load(scenario(i));
    trials.runUnpatched();
    BUILT_IN.forEach((_, k) => { if (trials.applicable(k)) trials.run(k); });
  }
  // It takes a recursion deeper than the graph tracer has entries, or a probe nodes, and them on it (test/trial/graph-tracer.test.ts, kretprobe.test.ts).
  expect(WITNESSES.filter(({ name }, i) => trials.witnesses[i] === 0 && !['return-hooks-full', 'kretprobes-missed'].includes(name)).map(({ name }) => name)).toEqual([]);
  const count = (name: WitnessName): number => trials.witnesses[witnessIndex(name)]!;
  expect(count('unpatched-runs')).toBe(500);
  expect(count('interrupts-in-hook-entry') + count('interrupts-in-hook-return')).toBe(count('interrupts-in-hook'));
  trials.resetWitnesses();
  expect(count('hooked-calls')).toBe(0);
});

describe('a run is repeatable', () => {
  test('verdict, digest and recording are the same whatever ran before, in any order', () => {
    const one = new Trials(BUILT_IN);
    const other = new Trials(BUILT_IN);
    for (let i = 0; i < 25; i++) {
      one.load(scenario(i));
      const verdicts = BUILT_IN.map((_, k) => (one.applicable(k) ? text(one.run(k)) : ''));
      const digests = BUILT_IN.map((_, k) => (one.applicable(k) ? one.digest(k) : ''));
      other.load(scenario((i * 7) % 25));
      other.runControl();
      other.load(scenario(i));
      for (let k = BUILT_IN.length - 1; k >= 0; k--) {
        if (!other.applicable(k)) continue;
        expect(other.digest(k)).toBe(digests[k]);
        let steps = 0;
        const recorded = other.follow(k, (step) => { if (step.index === steps) steps++; });
        expect(text(recorded)).toBe(verdicts[k]);
        expect(steps).toBe(recorded.instructions);
        expect(steps).toBeGreaterThan(20);
      }
    }
  });

  test('a trial after a digest is judged as any other, where both scenarios can be compared with their unpatched runs', () => {
    const [first, next] = ['A:M -> local B; B:M patched same', 'places M=1 P=1; A:K -> indirect B, indirect B; B:M args 11 saves 1 patched same'].map(parseScenario);
    const [trials, fresh] = [new Trials(BUILT_IN), new Trials(BUILT_IN)];
    const strategy = BUILT_IN.findIndex((it) => it.name === 'livepatch-stack');
    trials.load(first!);
    trials.digest(strategy);
    trials.load(next!);
    fresh.load(next!);
    expect(trials.run(strategy)).toEqual(fresh.run(strategy));
    expect(fresh.run(strategy).outcome).toBe('holds');
  });

  test('digests tell runs apart, and hashes strategies', () => {
    const trials = new Trials(BUILT_IN);
    trials.load(parseScenario('A:M -> local B; B:M patched'));
    expect(new Set(BUILT_IN.map((_, k) => trials.digest(k))).size).toBeGreaterThan(8);
    expect(new Set(BUILT_IN.map((_, k) => trials.strategyHash(k))).size).toBe(BUILT_IN.length);
    expect(trials.modelHash).toMatch(/^[0-9a-f]{16}$/);
    expect(new Trials([]).modelHash).toBe(trials.modelHash);
  });
});
