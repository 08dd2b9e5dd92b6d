// The campaign around its blocks: order, workers, stopping, going on. Blocks are made up (`blocks.ts`); real ones are in `campaign.test.ts`.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { CampaignError } from '../../src/campaign/error.ts';
import type { Finding } from '../../src/campaign/finding.ts';
import { fuzz } from '../../src/campaign/fuzz.ts';
import type { StopSignal } from '../../src/campaign/fuzz.ts';
import { FEATURE_WITNESS, WITNESSES } from '../../src/contract/witnesses.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { planFuzz, runsOf } from '../../src/campaign/plan.ts';
import type { FuzzOptions, FuzzPlan } from '../../src/campaign/plan.ts';
import type { FuzzReport, FuzzResult } from '../../src/campaign/report.ts';
import type { Executor, ResultOf, Task } from '../../src/campaign/task.ts';
import { made } from './made.ts';

const STRATEGIES = BUILT_IN.slice(0, 3);

const plan = (more: Partial<FuzzOptions> = {}): FuzzPlan => planFuzz({ strategies: STRATEGIES, seed: 5n, runs: 4750, ...more });
const completed = (result: FuzzResult): FuzzReport => {
  if (result.kind !== 'completed') throw new Error(result.kind);
  return result.report;
};

const nameOf = ({ signature: { strategy, obligation, edge, place }, provenance: { block, run } }: Finding): string => [strategy, obligation, edge, place, block, run].join(' ');

test('the same report for any number of workers and any order of their answers', async () => {
  const expected = completed(await fuzz(plan(), made(1)));
  expect(expected.runs).toBe(4750);
  expect(expected.blocks).toBe(10);
  expect(expected.strategies.flatMap((it) => it.findings).length).toBeGreaterThan(5);
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(40), { minLength: 1 }), async (width, delays) => {
    let asked = 0;
    expect(completed(await fuzz(plan(), made(width, { delay: () => delays[asked++ % delays.length] ?? 0 })))).toEqual(expected);
  }), { numRuns: 100, seed: 20160309 });
});

test('shards are the blocks of the whole, each once', async () => {
  const blocks = async (shard: { index: number; of: number }): Promise<[number, number][]> => {
    const seen: Task[] = [];
    await fuzz(plan({ shard }), made(3, { seen }));
    // The canaries' hunt is every shard's own.
    return seen.flatMap((task): [number, number][] => (task.kind === 'block' && task.strategies.length === STRATEGIES.length ? [[task.block, task.runs]] : []));
  };
  const whole = await blocks({ index: 1, of: 1 });
  const parts = (await Promise.all([1, 2, 3].map((index) => blocks({ index, of: 3 })))).flat().sort(([a], [b]) => a - b);
  expect(whole).toEqual(Array.from({ length: 10 }, (_, block) => [block, runsOf(block, 4750)]));
  expect(parts).toEqual(whole);
});

test('without --keep-going one finding of each obligation, within the claim and outside; with it every signature', async () => {
  const one = completed(await fuzz(plan(), made(2)));
  const every = completed(await fuzz(plan({ keepGoing: true }), made(2)));
  for (const report of [one, every]) {
    for (const { name, findings, signatures } of report.strategies) {
      const keys = findings.map((it) => `${it.signature.obligation} ${it.withinClaim}${report === every ? ` ${it.signature.edge} ${it.signature.place}` : ''}`);
      if (report === one) expect(new Set(keys).size, name).toBe(keys.length);
      const within = keys.filter((key) => key.includes('true'));
      const inside = signatures.filter((it) => it.within > 0);
      expect(within.length).toBe(report === every ? inside.length : new Set(inside.map((it) => it.signature.obligation)).size);
    }
  }
});

test('only what is selected is minimised', async () => {
  const minimised = async (keepGoing: boolean): Promise<string[]> => {
    const seen: Task[] = [];
    await fuzz(plan({ keepGoing }), made(2, { seen }));
    return seen.flatMap((task) => (task.kind === 'minimise' && task.candidates > 0 ? [`${task.strategy} ${task.tally.obligation} ${task.tally.outside}`] : []));
  };
  const [one, every] = [await minimised(false), await minimised(true)];
  expect(new Set(one).size).toBe(one.length);
  expect(one.length).toBeLessThan(every.length);
});

test('enough: the blocks under way are completed, and the report is that of as many blocks', async () => {
  let asked = 0;
  const stopped = completed(await fuzz(plan({ runs: 'until-stopped' }), made(3), { stop: () => (asked++ < 20 ? 'go' : 'enough') }));
  expect(stopped.runs).toBe(stopped.blocks * 500);
  expect(stopped.blocks).toBeGreaterThan(0);
  expect(completed(await fuzz(plan({ runs: stopped.runs }), made(1)))).toEqual(stopped);
});

test('interrupted: a kind of its own; each finding is there, as it was drawn where it was not minimised', async () => {
  const found = new Set<string>();
  let signal: StopSignal = 'go';
  const result = await fuzz(plan({ runs: 50_000 }), made(2), {
    stop: () => signal,
    found: (finding) => { found.add(nameOf(finding)); if (found.size > 5) signal = 'interrupt'; },
    dropped: (finding) => { found.delete(nameOf(finding)); },
  });
  expect(result.kind).toBe('interrupted');
  const reported = result.report.strategies.flatMap((it) => it.findings);
  expect(result.report.blocks).toBeLessThan(100);
  expect(reported.map(nameOf).sort()).toEqual([...found].sort());
  expect(reported.some((it) => !it.certificate.complete)).toBe(true);
});

test('a finding is announced as it was drawn before it is minimised', async () => {
  const drawn = new Set<string>();
  let minimised = 0;
  await fuzz(plan(), made(4, { delay: (task) => (task.kind === 'minimise' ? 7 : 0) }), {
    found: (it) => { drawn.add(nameOf(it)); },
    finding: (it) => { expect(drawn).toContain(nameOf(it)); minimised++; },
  });
  expect(minimised).toBeGreaterThan(5);
});

describe('what is told while blocks still run', () => {
  /** What is there at any time: found, and neither dropped nor replaced. */
  const campaign = async (width: number, keepGoing: boolean, delay: (task: Task) => number): Promise<{ left: string[]; reported: string[]; most: number; early: number }> => {
    const there = new Set<string>();
    let [most, early] = [0, 0];
    const blocksDone = { runs: 0 };
    const { strategies } = completed(await fuzz(plan({ keepGoing }), made(width, { delay }), {
      found: (it) => {
        if (it.provenance.block * 500 >= blocksDone.runs) early++;
        there.add(nameOf(it));
        most = Math.max(most, there.size);
      },
      dropped: (it) => { expect(there.delete(nameOf(it))).toBe(true); },
      progress: ({ runs }) => { blocksDone.runs = runs; },
    }));
    return { left: [...there].sort(), reported: strategies.flatMap((it) => it.findings.map(nameOf)), most, early };
  };

  test.each([false, true])('it is saved before its block ends, and what is left in the end are the cases; keep going: %s', async (keepGoing) => {
    const { left: expected } = await campaign(1, keepGoing, () => 0);
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(40), { minLength: 1 }), async (width, delays) => {
      let asked = 0;
      const { left, reported, early, most } = await campaign(width, keepGoing, () => delays[asked++ % delays.length] ?? 0);
      expect(left).toEqual(expected);
      expect(reported.filter((it) => !left.includes(it))).toEqual([]);
      expect(early).toBeGreaterThan(0);
      // Of each kind one, and the earliest: few are written that are not kept.
      if (!keepGoing) expect(most).toBeLessThanOrEqual(2 * left.length);
    }), { numRuns: 60, seed: 20160309 });
  });

  test('nobody is asked to tell where nobody listens', async () => {
    const seen: Task[] = [];
    await fuzz(plan(), made(2, { seen }));
    expect(seen.filter((task) => task.kind === 'block' && task.announce !== undefined)).toEqual([]);
  });
});

test('an executor that breaks ends the campaign', async () => {
  const whole = made(3);
  const broken: Executor = { width: 3, run: (task) => (task.kind === 'block' && task.block === 4 ? Promise.reject(new Error('a worker died')) : whole.run(task)) };
  await expect(fuzz(plan(), broken)).rejects.toThrow('a worker died');
});

test.each<[string, Partial<FuzzOptions>, string]>([
  ['no strategy', { strategies: [] }, 'no strategy to put on trial'],
  ['a strategy twice', { strategies: [...STRATEGIES, ...STRATEGIES.slice(0, 1)] }, 'two strategies are called branch-only'],
  ['no runs', { runs: 0 }, '0 runs; expected 1 or more'],
  ['half a run', { runs: 0.5 }, '0.5 runs; expected 1 or more'],
  ['a shard that is not there', { shard: { index: 4, of: 3 } }, 'shard 4/3; expected I/N with I from 1 to N, N at most 1000000'],
  ['a shard of what has no end', { shard: { index: 1, of: 2 }, runs: 'until-stopped' }, 'shard 1/2 of a campaign without an end; expected a number of runs, which tells what is whose'],
  ['a seed of 65 bits', { seed: 1n << 64n }, 'seed 18446744073709551616; expected 64 bits, 0 to 18446744073709551615'],
  ['an unknown witness', { witnesses: ['hooks'] }, "unknown witness 'hooks'; `tocsin list` names them"],
])('refuses %s', (_name, options, message) => {
  expect(() => plan(options)).toThrow(new CampaignError(message));
});

describe('witnesses that a campaign must have seen', () => {
  const holding = BUILT_IN.filter((it) => it.name === 'livepatch-stack');
  /** A campaign in which one witness was never seen. */
  const without = async (name: string, options: Partial<FuzzOptions>): Promise<FuzzReport> => {
    const inner = made(1);
    const executor: Executor = {
      width: 1,
      async run<T extends Task>(task: T): Promise<ResultOf<T>> {
        const result: ResultOf<T> = await inner.run(task);
        if (result.kind !== 'block') return result;
        return { ...result, witnesses: WITNESSES.map((it) => (it.name === name ? 0 : 1)) };
      },
    };
    return (await fuzz(planFuzz({ strategies: holding, seed: 1n, runs: 1_000, ...options }), executor)).report;
  };

  test.each(FEATURES)('of %s: inconclusive without', async (feature) => {
    const [name] = FEATURE_WITNESS[feature];
    const report = await without(name, {});
    expect(report.missingWitnesses).toEqual([name]);
    expect(report.reasons).toContain(`the required witness ${name} was never seen`);
    if (name === 'interrupts-in-hook') return;
    expect((await without(name, { features: FEATURES.filter((it) => FEATURE_WITNESS[it][0] !== name) })).missingWitnesses).toEqual([]);
    expect((await without(name, { runs: 500 })).missingWitnesses).toEqual([]);
    expect((await without(name, { strategies: STRATEGIES.filter((it) => it.claim.kind === 'breaks') })).missingWitnesses).toEqual([]);
  });
});
