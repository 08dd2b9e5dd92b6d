// The campaign around its blocks: order, workers, stopping, going on. Blocks are made up (`blocks.ts`); real ones are in `campaign.test.ts`.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { emptyBody } from '../../src/scenario/versions.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { CampaignError } from '../../src/campaign/error.ts';
import type { Checkpoint } from '../../src/campaign/checkpoint.ts';
import { parseCheckpoint } from '../../src/campaign/checkpoint.ts';
import type { Finding } from '../../src/campaign/finding.ts';
import { fuzz } from '../../src/campaign/fuzz.ts';
import type { StopSignal } from '../../src/campaign/fuzz.ts';
import { FEATURE_WITNESS, WITNESSES } from '../../src/contract/witnesses.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { planFuzz, runsOf } from '../../src/campaign/plan.ts';
import type { FuzzOptions, FuzzPlan } from '../../src/campaign/plan.ts';
import type { FuzzReport, FuzzResult } from '../../src/campaign/report.ts';
import type { Executor, MinimiseTask, ResultOf, Task, TaskResult } from '../../src/campaign/task.ts';
import { blockResult } from './blocks.ts';

const STRATEGIES = BUILT_IN.slice(0, 3);
const SCENARIO: Scenario = {
  places: { M: 0, N: 0, P: 0 }, start: 0, interrupts: [],
  functions: [{ id: 0, module: 'M', entry: 'dual', args: 0, variadic: false, traced: false, body: emptyBody }],
};

function findingOf({ strategy, tally, candidates, drawing }: MinimiseTask): Finding {
  const { obligation, edge, place, block, run, outside, afterTrials } = tally;
  const name = STRATEGIES[strategy]?.name ?? '';
  return {
    strategy: name, signature: { strategy: name, obligation, edge, place }, withinClaim: outside === 0, needs: outside === 0 ? [] : ['stack-room'],
    violation: { obligation, address: 1n, call: 0, edge, place, region: 'caller', subject: 'r2', expected: 1n, found: 2n, step: 3 },
    at: { address: 1n, symbol: 'f0' }, scenario: SCENARIO, original: SCENARIO,
    provenance: { seed: String(drawing.seed), block, run, features: drawing.features, generator: 1 },
    token: `${strategy}-${block}-${run}-${obligation}-${place}-${outside}${candidates === 0 ? '-raw' : ''}`, afterTrials,
    certificate: { tried: candidates, what: [], complete: candidates > 0 }, expected: {}, instructions: 10, sentence: '',
  };
}

/** Answers after as many turns of the event loop as `delay` says. */
function made(width: number, delay: (task: Task) => number = () => 0, seen: Task[] = []): Executor {
  const answer = (task: Task): TaskResult => {
    switch (task.kind) {
      case 'describe': return { kind: 'describe', modelHash: 'model', hashes: BUILT_IN.map((it) => it.name), generator: 1 };
      case 'minimise': return { kind: 'minimise', finding: findingOf(task) };
      case 'judge': return { kind: 'judge', judgements: [] };
      case 'block': {
        const result = blockResult(task.block, BUILT_IN.length, task.runs);
        return { ...result, strategies: result.strategies.filter((it) => task.strategies.includes(it.strategy)) };
      }
    }
  };
  return {
    width,
    async run<T extends Task>(task: T): Promise<ResultOf<T>> {
      seen.push(task);
      for (let turn = delay(task); turn > 0; turn--) await Promise.resolve();
      return answer(task) as ResultOf<T>;
    },
  };
}

const plan = (more: Partial<FuzzOptions> = {}): FuzzPlan => planFuzz({ strategies: STRATEGIES, seed: 5n, runs: 4750, ...more });
const completed = (result: FuzzResult): FuzzReport => {
  if (result.kind !== 'completed') throw new Error(result.kind);
  return result.report;
};

test('the same report for any number of workers and any order of their answers', async () => {
  const expected = completed(await fuzz(plan(), made(1)));
  expect(expected.runs).toBe(4750);
  expect(expected.blocks).toBe(10);
  expect(expected.strategies.flatMap((it) => it.findings).length).toBeGreaterThan(5);
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(40), { minLength: 1 }), async (width, delays) => {
    let asked = 0;
    expect(completed(await fuzz(plan(), made(width, () => delays[asked++ % delays.length] ?? 0)))).toEqual(expected);
  }), { numRuns: 100 });
});

test('shards are the blocks of the whole, each once', async () => {
  const blocks = async (shard: { index: number; of: number }): Promise<[number, number][]> => {
    const seen: Task[] = [];
    await fuzz(plan({ shard }), made(3, undefined, seen));
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
    await fuzz(plan({ keepGoing }), made(2, undefined, seen));
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
  const found: Finding[] = [];
  let signal: StopSignal = 'go';
  const result = await fuzz(plan({ runs: 50_000 }), made(2), {
    stop: () => signal,
    found: (finding) => { found.push(finding); if (found.length === 3) signal = 'interrupt'; },
  });
  expect(result.kind).toBe('interrupted');
  const reported = result.report.strategies.flatMap((it) => it.findings);
  expect(result.report.blocks).toBeLessThan(100);
  expect(reported.length).toBe(found.length);
  expect(reported.some((it) => it.token.endsWith('-raw'))).toBe(true);
});

test('a finding is announced as it was drawn before it is minimised', async () => {
  const said: string[] = [];
  await fuzz(plan(), made(4, (task) => (task.kind === 'minimise' ? 7 : 0)), { found: (it) => said.push(it.token), finding: (it) => said.push(it.token) });
  for (const token of said.filter((it) => !it.endsWith('-raw'))) expect(said.indexOf(`${token}-raw`)).toBeLessThan(said.indexOf(token));
  expect(said.filter((it) => it.endsWith('-raw')).length * 2).toBe(said.length);
});

test('an executor that breaks ends the campaign', async () => {
  const whole = made(3);
  const broken: Executor = { width: 3, run: (task) => (task.kind === 'block' && task.block === 4 ? Promise.reject(new Error('a worker died')) : whole.run(task)) };
  await expect(fuzz(plan(), broken)).rejects.toThrow('a worker died');
});

describe('checkpoint', () => {
  test('going on from any of them gives the whole report', async () => {
    const states: Checkpoint[] = [];
    const expected = completed(await fuzz(plan(), made(3), { checkpoint: (state) => states.push(state()) }));
    expect(states.length).toBe(10);
    for (const state of states) {
      const read = parseCheckpoint(JSON.stringify(state));
      expect(completed(await fuzz(plan({ resume: read }), made(2)))).toEqual(expected);
    }
  });

  test("another campaign's is refused", async () => {
    const states: Checkpoint[] = [];
    await fuzz(plan({ runs: 500 }), made(1), { checkpoint: (state) => states.push(state()) });
    await expect(fuzz(plan({ seed: 6n, ...(states[0] === undefined ? {} : { resume: states[0] }) }), made(1))).rejects.toThrow(/another campaign: seed 5;.* this one is: seed 6/);
  });

  test.each([
    ['', 'the checkpoint is not JSON'],
    ['{}', 'checkpoint: schema missing; expected tocsin/checkpoint@1'],
    ['{"schema":"tocsin/checkpoint@1","campaign":"","next":-1}', 'checkpoint: checkpoint.next is -1; expected a whole number, 0 or more'],
    ['{"schema":"tocsin/checkpoint@1","campaign":"","next":1,"runs":1,"filtered":0,"compared":0,"faultCount":0,"witnesses":[],"strategies":[{}]}', 'checkpoint: strategies[0].trials is missing; expected a whole number, 0 or more'],
  ])('hostile: %s', (text, message) => {
    expect(() => parseCheckpoint(text)).toThrow(new CampaignError(message));
  });
});

test.each<[string, Partial<FuzzOptions>, string]>([
  ['no strategy', { strategies: [] }, 'no strategy to put on trial'],
  ['a strategy twice', { strategies: [...STRATEGIES, ...STRATEGIES.slice(0, 1)] }, 'two strategies are called branch-only'],
  ['no runs', { runs: 0 }, '0 runs; expected 1 or more'],
  ['half a run', { runs: 0.5 }, '0.5 runs; expected 1 or more'],
  ['a shard that is not there', { shard: { index: 4, of: 3 } }, 'shard 4/3; expected I/N with I from 1 to N'],
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
