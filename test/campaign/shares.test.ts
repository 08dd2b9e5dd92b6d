// Shares of witnesses and sites: what a campaign is told to have been at, and what it says when it was not.
import { describe, expect, test } from 'vitest';
import { fuzz } from '../../src/campaign/fuzz.ts';
import { planFuzz } from '../../src/campaign/plan.ts';
import { LEAST_SHARE, STATE_WITNESSES, requiredFrom, shareReasons, siteFacts, siteReasons, siteShares, witnessShares } from '../../src/campaign/shares.ts';
import type { SiteFacts } from '../../src/campaign/shares.ts';
import { Situations } from '../../src/campaign/situations.ts';
import type { BlockResult, Executor, ResultOf, Task } from '../../src/campaign/task.ts';
import { FEATURE_WITNESS } from '../../src/contract/witnesses.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';
import { made } from './made.ts';
import { mixed } from './blocks.ts';

const site: SiteFacts = { kind: 'interrupt', place: 'livepatch_handler+0x8', least: 1 / 1000, allFeatures: false };

describe('sites', () => {
  const one = (shown: number, of: number, more: Partial<SiteFacts> = {}, features: readonly Feature[] = FEATURES): string | undefined =>
    siteShares([{ ...site, ...more }], [shown], of, features)[0]?.standing;

  test('met, missed, undecided, unseen', () => {
    expect(one(200, 20_000)).toBe('met');
    expect(one(5, 20_000)).toBe('undecided');
    expect(one(5, 100_000)).toBe('missed');
    expect(one(0, 20_712)).toBe('undecided');
    expect(one(0, 20_713)).toBe('unseen');
    expect(siteShares([site], [0], 0, FEATURES)[0]).toMatchObject({ from: 20_713, low: 0, high: 1, standing: 'undecided' });
  });

  test('exempt, until it is seen', () => {
    expect(one(0, 1e6, { exempt: 'EE is off' })).toBe('exempt');
    expect(one(1, 1e6, { exempt: 'EE is off' })).toBe('contradicted');
  });

  test('not asked for by the features that are on', () => {
    expect(one(0, 1e6, {}, FEATURES.filter((it) => it !== 'interrupt'))).toBe('off');
    expect(one(0, 1e6, {}, FEATURES.filter((it) => it !== 'far'))).toBe('unseen');
    expect(one(0, 1e6, { allFeatures: true }, FEATURES.filter((it) => it !== 'far'))).toBe('off');
  });

  test('in words', () => {
    const facts: SiteFacts[] = [site, { ...site, kind: 'taken' }, { ...site, kind: 'not-taken', exempt: 'it is 3' }, site];
    expect(siteReasons('mine', siteShares(facts, [0, 5, 2, 20_000], 100_000, FEATURES))).toEqual([
      'mine: an interrupt at livepatch_handler+0x8 was never seen in 100000 trials; it must be from 20713 on',
      'mine: the branch at livepatch_handler+0x8 taken was seen in 0.0005342 % to 0.04678 % of the trials; 0.1 % is required',
      'mine: the branch at livepatch_handler+0x8 not taken was seen in 2 trials and is exempt ("it is 3")',
    ]);
    const many = siteReasons('mine', siteShares(Array.from({ length: 30 }, () => site), [], 1e5, FEATURES));
    expect(many).toHaveLength(8);
    expect(many[7]).toBe('mine: 23 more sites of its code were not seen often enough');
  });

  test('all of a short hook are required alike; what few calls come by, and what is far in, from later on', () => {
    const trials = new Trials(BUILT_IN);
    for (const [index, { name }] of BUILT_IN.entries()) {
      const facts = trials.coverage.sitesOf(index).map((it) => ({ ...siteFacts(it), point: it.point, step: it.step }));
      const inLine = facts.filter((it) => it.point !== 'livepatch_handler_ool');
      if (name === 'livepatch-stack' || name === 'mini-frame') {
        expect(new Set(inLine.map((it) => it.least))).toEqual(new Set([1 / 1000]));
        expect(new Set(facts.filter((it) => !inLine.includes(it)).map((it) => it.least))).toEqual(new Set([1 / 20_000]));
      }
      // Of what is rare already, what is far in waits longest.
      expect(facts.every((it) => it.exempt !== undefined || it.least >= 1 / 4_000_000)).toBe(true);
      for (const it of facts) if (!it.place.startsWith('ftrace_no_trace') && (it.point === 'replacement_single_entry' || it.point === 'ftrace_entry' || it.place === 'replacement_local_entry')) expect(it).toMatchObject({ least: it.kind === 'interrupt' ? 1 / 20_000 : 1 / 5_000, allFeatures: true });
    }
  });
});

describe('witnesses', () => {
  test('each that is required has a least share, and each call kind in each patch state is required', () => {
    for (const [name] of Object.values(FEATURE_WITNESS)) expect(LEAST_SHARE[name]).toBeGreaterThan(0);
    for (const name of STATE_WITNESSES) expect(LEAST_SHARE[name]).toBeGreaterThan(0);
    expect(STATE_WITNESSES).toHaveLength(19);
    expect(requiredFrom('hook-depth-3')).toBe(10_352);
    expect(requiredFrom('original-patched-indirect')).toBe(1_000);
  });

  test('missed is said with both ends; small campaigns and other distributions than the whole are not looked at', () => {
    const shown = { 'calls-sibling': 10, 'far-calls': 900 };
    const shares = witnessShares(['calls-sibling', 'far-calls'], shown, 2_000, FEATURES);
    expect(shares.map((it) => it.standing)).toEqual(['missed', 'met']);
    expect(shareReasons(shares)).toEqual(['the required witness calls-sibling was seen in 0.0901 % to 2.724 % of the scenarios; 5 % is required']);
    expect(witnessShares(['calls-sibling'], shown, 999, FEATURES)).toEqual([]);
    expect(witnessShares(['calls-sibling'], shown, 2_000, FEATURES.slice(1))).toEqual([]);
  });
});

describe('a campaign', () => {
  const holding = BUILT_IN.filter((it) => it.name === 'livepatch-stack');
  const campaign = async (change: (result: BlockResult) => BlockResult, runs: number): Promise<{ exit: number; reasons: readonly string[]; missing: readonly string[] }> => {
    const inner = made(1);
    const executor: Executor = {
      width: 1,
      async run<T extends Task>(task: T): Promise<ResultOf<T>> {
        const result: ResultOf<T> = await inner.run(task);
        // Nothing else is wrong with them.
        const fine = (it: BlockResult): BlockResult => ({
          ...it, witnesses: it.witnesses.map(() => 1), strategies: it.strategies.map((one) => (one.strategy === 0 ? { ...one, signatures: [] } : one)),
        });
        return result.kind === 'block' ? { ...result, ...change(fine(result as BlockResult)) } : result;
      },
    };
    const { report } = await fuzz(planFuzz({ strategies: holding, seed: 1n, runs }), executor);
    return { exit: report.exit, reasons: report.reasons, missing: report.missingWitnesses };
  };

  test('is inconclusive without a site of the code, from as many trials on as it says', async () => {
    const without = (result: BlockResult): BlockResult => ({
      ...result, strategies: result.strategies.map((it) => ({ ...it, sites: it.sites.map((count, index) => (index === 0 ? 0 : count)) })),
    });
    expect(await campaign((it) => it, 21_000)).toMatchObject({ reasons: [], missing: [] });
    expect(await campaign(without, 20_500)).toMatchObject({ reasons: [] });
    const { exit, reasons } = await campaign(without, 21_000);
    expect(reasons).toEqual(['livepatch-stack: an interrupt at livepatch_handler was never seen in 21000 trials; it must be from 20713 on']);
    expect(exit).toBe(3);
  });

  test('is inconclusive when a required witness is too rare, or a state was never seen', async () => {
    const rare = (result: BlockResult): BlockResult => ({ ...result, shown: result.shown.map(() => 1) });
    // 20 of 10,000: z = 6.109, (20 + z^2/2) / (n + z^2) +- z / (n + z^2) sqrt(20 (1 - 0.002) + z^2/4).
    expect((await campaign(rare, 10_000)).reasons[0]).toMatch(/^the required witness hooked-calls was seen in 0\.0557\d % to 0\.714\d % of the scenarios; 50 % is required$/);
    const never = (result: BlockResult): BlockResult => ({ ...result, witnesses: result.witnesses.map((count, index) => (index === 49 ? 0 : count)) });
    expect(await campaign(never, 10_000)).toMatchObject({ reasons: [] });
    expect(await campaign(never, 10_500)).toMatchObject({ exit: 3, missing: ['hook-depth-3'], reasons: ['the required witness hook-depth-3 was never seen'] });
  });
});

test('situations: as counted one by one, in any order', () => {
  const scenarios = Array.from({ length: 60 }, (_, scenario) => Array.from({ length: mixed(scenario, 1) % 5 }, (_unused, index) => mixed(scenario, index, 2) % 50));
  const naive = new Map<number, number>();
  for (const scenario of scenarios) for (const it of new Set(scenario)) naive.set(it, (naive.get(it) ?? 0) + 1);
  const expected = {
    once: [...naive].filter(([, count]) => count === 1).map(([it]) => it).sort((a, b) => a - b),
    more: [...naive].filter(([, count]) => count > 1).map(([it]) => it).sort((a, b) => a - b),
  };
  expect(expected.once.length).toBeGreaterThan(3);
  const counted = (part: readonly (readonly number[])[]): Situations => {
    const seen = new Situations();
    for (const scenario of part) {
      seen.next();
      for (const it of scenario) seen.see(it);
    }
    return seen;
  };
  expect(counted(scenarios).tally()).toEqual(expected);
  for (const cut of [0, 7, 30, 60]) {
    const whole = new Situations();
    whole.add(counted(scenarios.slice(cut)).tally());
    whole.add(counted(scenarios.slice(0, cut)).tally());
    expect(whole.tally()).toEqual(expected);
  }
  const again = counted(scenarios);
  again.empty();
  expect(again.tally()).toEqual({ once: [], more: [] });
});
