/** What real kernels were seen to do (unwind.md), found by the generator itself; and the strategies whose traces are whole, on the same scenarios. */
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { siblingReplacement } from '../../src/scenario/patch-rules.ts';
import { satisfiesAll } from '../../src/scenario/premises.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const arbitrary = scenarioArbitrary({ features: ['local', 'global', 'indirect', 'sibling', 'nested', 'callback', 'sleep', 'tasks', 'transitions'], functions: 4 });
const SOUND = ['mini-frame', 'manual-restore', 'livepatch-stack-unwound'];
const trials = new Trials(BUILT_IN);
const index = (name: string): number => BUILT_IN.findIndex((it) => it.name === name);

test('a second patch completes over a live caller, a return into freed text, a cumulative patch that sibling calls expose', () => {
  const found = { second: 0, freed: 0, cumulative: 0, judged: 0 };
  const all = (): boolean => Object.values(found).every((count) => count > 0);
  // The rarest is one in some thousands.
  for (let run = 0; run < (all() ? 4_000 : 40_000); run += 1) {
    const scenario = scenarioAt(arbitrary, 31n, Math.floor(run / 500), run % 500);
    const transitions = scenario.world?.transitions;
    if (transitions === undefined) continue;
    trials.load(scenario);
    expect(trials.isProgramFault()).toBe(false);
    const broken = trials.run(index('livepatch-stack')).violations.map(({ obligation }) => obligation);
    if (broken.includes('consistency')) {
      if (broken.includes('progress')) found.freed += 1;
      else if (transitions.every(({ change }) => change === 'replace') && siblingReplacement(scenario) !== undefined) found.cumulative += 1;
      else if (transitions.every(({ change }) => change === 'enable')) found.second += 1;
    }
    for (const name of SOUND) {
      const strategy = BUILT_IN[index(name)]!;
      if (strategy.claim.kind !== 'holds' || !satisfiesAll(scenario, strategy.claim.assuming)) continue;
      found.judged += 1;
      expect(trials.run(index(name)).outcome, name).toBe('holds');
    }
  }
  expect(Object.entries(found).filter(([, count]) => count === 0)).toEqual([]);
  expect(found.judged).toBeGreaterThan(500);
});
