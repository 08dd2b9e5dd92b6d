// IDLE_TRIALS rests on a measurement: how many trials outside one assumption alone it takes until a counterexample shows that it is needed.
// This is a part of it.
import { expect, test } from 'vitest';
import { ScenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { Classified, IDLE_TRIALS, assumptionsOf } from '../../src/campaign/assumptions.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const SEEDS = 10;
/** At most: what lies outside of some assumptions alone is seldom drawn (a hook depth of more than 64 in one scenario of two hundred). */
const DRAWS = 60_000;
const holding = BUILT_IN.filter(({ claim }) => claim.kind === 'holds');

test('every assumption of a built-in claim shows itself needed so often that it is called idle by mistake one time in a million at most', () => {
  const arbitrary = new ScenarioArbitrary();
  const trials = new Trials(holding);
  /** Trials until it showed itself, over all seeds. */
  const all = new Map<string, number>();
  for (let seed = 0n; seed < BigInt(SEEDS); seed++) {
    const open = new Map<string, { readonly strategy: number; readonly outside: number; made: number }>();
    holding.forEach(({ name, claim }, strategy) => {
      assumptionsOf(claim).forEach((assumption, bit) => open.set(`${name} ${assumption}`, { strategy, outside: 1 << bit, made: 0 }));
    });
    for (let draw = 0; draw < DRAWS && open.size > 0; draw++) {
      const scenario = scenarioAt(arbitrary, seed, Math.floor(draw / 500), draw % 500);
      const classified = new Classified(scenario);
      trials.load(scenario);
      for (const [name, it] of open) {
        if (classified.outside(assumptionsOf(holding[it.strategy]!.claim)) !== it.outside) continue;
        it.made++;
        if (trials.run(it.strategy).outcome !== 'violated') continue;
        all.set(name, (all.get(name) ?? 0) + it.made);
        open.delete(name);
      }
    }
    expect([...open.keys()]).toEqual([]);
  }
  // A worst case among ten seeds is chance; the rate is what decides.
  expect([...all].filter(([, made]) => (1 - SEEDS / made) ** IDLE_TRIALS > 1e-6)).toEqual([]);
  expect(all.size).toBe(holding.reduce((sum, { claim }) => sum + assumptionsOf(claim).length, 0));
});
