// Checkpoints: going on from any of them, and what is refused. Campaigns are made up (`made.ts`); killed ones are in `test/cli/scale-out.test.ts`.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseCheckpoint, printCheckpoint } from '../../src/campaign/checkpoint.ts';
import type { Checkpoint } from '../../src/campaign/checkpoint.ts';
import { CampaignError } from '../../src/campaign/error.ts';
import { fuzz } from '../../src/campaign/fuzz.ts';
import { planFuzz } from '../../src/campaign/plan.ts';
import type { FuzzOptions, FuzzPlan } from '../../src/campaign/plan.ts';
import type { FuzzReport } from '../../src/campaign/report.ts';
import { checkResume } from '../../src/campaign/resume.ts';
import type { DescribeResult } from '../../src/campaign/task.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { made } from './made.ts';
import { SITES } from './blocks.ts';
import { edited } from './json.ts';

const STRATEGIES = BUILT_IN.filter((it) => ['branch-only', 'mini-frame', 'livepatch-stack'].includes(it.name));
const OTHERS = [...STRATEGIES, ...BUILT_IN.filter((it) => !STRATEGIES.includes(it))];
const plan = (more: Partial<FuzzOptions> = {}): FuzzPlan => planFuzz({ strategies: STRATEGIES, seed: 5n, runs: 4750, ...more });
const executor = (width: number): ReturnType<typeof made> => made(width, { strategies: OTHERS, uneven: true });
const DESCRIPTION: DescribeResult = { kind: 'describe', modelHash: 'model', hashes: OTHERS.map((it) => it.name), generator: 1, sites: OTHERS.map(() => SITES) };

async function campaign(options: Partial<FuzzOptions>, width: number): Promise<{ report: FuzzReport; states: Checkpoint[] }> {
  const states: Checkpoint[] = [];
  const { report } = await fuzz(plan(options), executor(width), { checkpoint: (state) => states.push(state()) });
  return { report, states };
}

test.each<[string, Partial<FuzzOptions>, number]>([['a whole campaign', {}, 11], ['a shard', { shard: { index: 2, of: 3 } }, 4], ['all signatures', { keepGoing: true }, 11]])(
  'going on from any of them gives the same report: %s', async (_name, options, count) => {
    const { report: expected, states } = await campaign(options, 3);
    expect(states.length).toBe(count);
    expect(expected.faultCount).toBeGreaterThan(0);
    for (const state of states) {
      const resume = parseCheckpoint(printCheckpoint(state));
      expect(resume).toEqual(state);
      expect((await campaign({ ...options, resume }, 2)).report).toEqual(expected);
    }
  });

test('a campaign can be made longer, where its last block was whole', async () => {
  const { states } = await campaign({ runs: 2000 }, 2);
  const resume = states.at(-1)!;
  expect((await campaign({ runs: 4750, resume }, 2)).report).toEqual((await campaign({}, 1)).report);
  await expect(campaign({ runs: 6000, resume: (await campaign({}, 2)).states.at(-1)! }, 1)).rejects.toThrow(new CampaignError('state.runs: 4750 scenarios in 10 blocks; of this campaign they have 5000'));
});

describe('what is refused', () => {
  let state: Checkpoint;
  let shard: Checkpoint;
  beforeAll(async () => {
    state = (await campaign({}, 2)).states[4]!;
    shard = (await campaign({ shard: { index: 2, of: 4 } }, 2)).states[1]!;
  });
  const refused = (its: Checkpoint, options: Partial<FuzzOptions>, description: Partial<DescribeResult> = {}): string => {
    try {
      checkResume(its, plan(options), { ...DESCRIPTION, ...description });
    } catch (error) {
      expect(error).toBeInstanceOf(CampaignError);
      return (error as CampaignError).message;
    }
    return 'taken';
  };

  test("another campaign's, by name and with both values", () => {
    expect(refused(state, {})).toBe('taken');
    expect(refused(state, { seed: 6n })).toBe('it is of seed 5, this campaign of seed 6');
    expect(refused(state, { features: ['local', 'global', 'far'] })).toBe('it is of features all, this campaign of features local,global,far');
    expect(refused({ ...state, features: state.features.filter((it) => it !== 'far') }, {})).toBe('it is of features all but far, this campaign of features all');
    expect(refused(state, {}, { generator: 2 })).toBe('it is of generator 1, this campaign of generator 2');
    expect(refused(state, {}, { modelHash: 'other' })).toBe('it is of model model, this campaign of model other');
    expect(refused(state, { strategies: STRATEGIES.slice(1) })).toBe('it is of strategies branch-only,mini-frame,livepatch-stack, this campaign of strategies mini-frame,livepatch-stack');
    expect(refused(state, {}, { hashes: ['branch-only', 'changed', 'livepatch-stack'] })).toBe('it is of mini-frame with hash mini-frame, this campaign of mini-frame with hash changed');
    expect(refused(state, { shard: { index: 1, of: 4 } })).toBe('it is of shard 1/1, this campaign of shard 1/4');
    expect(refused(shard, { shard: { index: 3, of: 4 } })).toBe('it is of shard 2/4, this campaign of shard 3/4');
    expect(refused(shard, { shard: { index: 2, of: 4 }, runs: 5000 })).toBe('it is of shard 2/4 of --runs 4750, this campaign of shard 2/4 of --runs 5000');
    expect(refused(state, { runs: 1000 })).toBe('it has 4 blocks done, this campaign has 2');
  });

  test('counts that no campaign has', () => {
    const change = (path: string, value: unknown): string => {
      try {
        return refused(parseCheckpoint(JSON.stringify(edited(JSON.parse(printCheckpoint(state)), path, value))), {});
      } catch (error) {
        expect(error).toBeInstanceOf(CampaignError);
        return (error as CampaignError).message;
      }
    };
    expect(change('state.runs', 1999)).toBe('state.runs: 1999 scenarios in 4 blocks; of this campaign they have 2000');
    expect(change('state.witnesses', [1])).toMatch(/^state\.witnesses: 1 elements; expected \d\d+$/);
    expect(change('strategies.0.trials', 7)).toMatch(/^strategies\[0\]\.byOutside: \d+ trials; expected 7$/);
    expect(change('strategies.0.notApplicable', 2000)).toMatch(/^strategies\[0\]\.trials: \d+, and 2000 not applicable, of 2000 scenarios$/);
    expect(change('strategies.1.signatures.0.outside', 16)).toBe('strategies[1].signatures[0].outside: an assumption that the claim does not have');
    expect(change('strategies.1.signatures.0.block', 4)).toBe('strategies[1].signatures[0].block: 4; expected one that is done, 0 to 3');
    expect(change('strategies.1.signatures.0.count', 0)).toMatch(/^strategies\[1\]\.signatures\[0\]\.count: 0; expected 1 to \d+$/);
    expect(change('strategies.1.signatures.0.run', 500)).toBe('strategies[1].signatures[0].run: 500; expected a whole number from 0 to 499');
    expect(change('strategies.1.signatures.0.obligation', 'tocs')).toMatch(/^strategies\[1\]\.signatures\[0\]\.obligation: "tocs"; expected one of /);
    expect(change('shard.of', 1e9)).toBe('shard.of: 1000000000; expected a whole number from 0 to 1000000');
    expect(change('seed', '5')).toBe('seed: "5"; expected 64 bits such as "0x1f"');
    expect(change('extra', 1)).toBe('"extra": unknown field');
    expect(change('runs', undefined)).toBe('runs: missing');
  });

  test.each([
    ['', 'not JSON'], ['{"schema":', 'not JSON'], ['[]', 'an array of 0; expected an object with schema "tocsin/checkpoint@1"'],
    ['{}', 'schema: missing; expected "tocsin/checkpoint@1"'], ['{"__proto__":{"schema":"tocsin/checkpoint@1"}}', 'schema: missing; expected "tocsin/checkpoint@1"'],
    ['{"schema":"tocsin/checkpoint@2"}', 'schema: "tocsin/checkpoint@2"; expected "tocsin/checkpoint@1"'],
    [`${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'an array of 1; expected an object with schema "tocsin/checkpoint@1"'],
  ])('what is none: %.30s', (text, message) => {
    expect(() => parseCheckpoint(text)).toThrow(CampaignError);
    expect(() => parseCheckpoint(text)).toThrow(message);
  });

  test('whatever one value is changed to, it is taken or refused in one line', async () => {
    const text = printCheckpoint(state);
    await fc.assert(fc.asyncProperty(fc.nat(), fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(-1, 0.5, 1e300, null, '', 'x'.repeat(300))), async (which, value) => {
      try {
        const resume = parseCheckpoint(JSON.stringify(edited(JSON.parse(text), which, value)));
        await fuzz(plan({ resume }), executor(1));
      } catch (error) {
        expect(error).toBeInstanceOf(CampaignError);
        expect((error as CampaignError).message).toMatch(/^[^\n]{1,600}$/);
      }
    }), { numRuns: 500, seed: 20160309 });
  });
});
