// Shards put together: the whole's document, byte for byte, or a refusal. Campaigns are made up (`made.ts`); real ones are in `test/cli/scale-out.test.ts`.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseCheckpoint, printCheckpoint } from '../../src/campaign/checkpoint.ts';
import type { Checkpoint } from '../../src/campaign/checkpoint.ts';
import { CampaignError } from '../../src/campaign/error.ts';
import type { FindingFacts } from '../../src/campaign/finding.ts';
import { fuzz } from '../../src/campaign/fuzz.ts';
import { merged, reportOf } from '../../src/campaign/merge.ts';
import { readPart } from '../../src/campaign/part.ts';
import { planFuzz } from '../../src/campaign/plan.ts';
import type { FuzzOptions } from '../../src/campaign/plan.ts';
import { differenceOf } from '../../src/campaign/reader.ts';
import type { FuzzReport } from '../../src/campaign/report.ts';
import { fuzzDocument } from '../../src/report/documents.ts';
import { documentText } from '../../src/report/machine-readable.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { edited } from './json.ts';
import { made } from './made.ts';

const STRATEGIES = BUILT_IN.filter((it) => ['branch-only', 'mini-frame', 'livepatch-stack'].includes(it.name));
const WORKSHOP = [...STRATEGIES, ...BUILT_IN.filter((it) => !STRATEGIES.includes(it))];

interface Run extends Partial<FuzzOptions> {
  readonly width?: number;
  readonly delays?: readonly number[];
  /** Ended after so many blocks, and gone on with from the checkpoint. */
  readonly killedAfter?: number;
}

const fileOf = ({ token }: FindingFacts): string => `findings/${token}.json`;
const textOf = (report: FuzzReport): string => documentText(fuzzDocument(report, false, report.exit, fileOf));

async function campaign({ width = 1, delays = [0], killedAfter, ...options }: Run = {}): Promise<string> {
  let asked = 0;
  const executor = made(width, { strategies: WORKSHOP, uneven: true, delay: () => delays[asked++ % delays.length] ?? 0 });
  const plan = { strategies: STRATEGIES, seed: 5n, runs: 7200, ...options };
  let last: Checkpoint | undefined;
  if (killedAfter !== undefined) {
    await fuzz(planFuzz(plan), executor, { checkpoint: (state) => { if (state().state.blocks <= killedAfter) last = state(); } });
  }
  const resume = last === undefined ? {} : { resume: parseCheckpoint(printCheckpoint(last)) };
  return textOf((await fuzz(planFuzz({ ...plan, ...resume }), executor)).report);
}

const merge = (texts: readonly string[]): string => {
  const report = merged(texts.map((text, index) => ({ name: `${index + 1}.json`, part: readPart(JSON.parse(text)) })));
  return documentText(fuzzDocument(report, false, report.exit, (it) => it.file));
};

describe.each([false, true])('keep going: %s', (keepGoing) => {
  let whole: string;
  beforeAll(async () => { whole = await campaign({ keepGoing }); });

  test('any number of shards, of workers, any order of answers and of files, killed or not: the same document', async () => {
    const report = JSON.parse(whole) as { strategies: { findings: unknown[]; notApplicable: number }[]; faultCount: number; faults: unknown[] };
    expect(report.strategies.every((it) => it.findings.length > 1 && it.notApplicable > 0)).toBe(true);
    expect([report.faultCount > 8, report.faults.length]).toEqual([true, 8]);
    const shape = fc.record({
      of: fc.integer({ min: 1, max: 17 }), width: fc.integer({ min: 1, max: 4 }), delays: fc.array(fc.nat(30), { minLength: 1 }), kills: fc.array(fc.option(fc.nat(4)), { minLength: 1 }),
      order: fc.nat(),
    });
    const seen = { of: new Set<number>(), width: new Set<number>(), killed: new Set<boolean>() };
    await fc.assert(fc.asyncProperty(shape, async ({ of, width, delays, kills, order }) => {
      const shards: string[] = [];
      seen.of.add(of);
      seen.width.add(width);
      for (let index = 1; index <= of; index++) {
        const killedAfter = kills[index % kills.length] ?? undefined;
        seen.killed.add(killedAfter !== undefined);
        shards.push(await campaign({ keepGoing, shard: { index, of }, width, delays, ...(killedAfter === undefined ? {} : { killedAfter }) }));
      }
      const turned = [...shards.slice(order % of), ...shards.slice(0, order % of)];
      expect(merge(turned)).toBe(whole);
    }), { numRuns: 20, seed: 20160309 });
    // More shards than blocks, and as few as one; every number of workers; a shard that was killed, one that was not.
    expect([Math.max(...seen.of) > 14, Math.min(...seen.of) < 4, seen.width.size, seen.killed.size]).toEqual([true, true, 4, 2]);
  });

  test('shards of different cuts go together as long as their blocks do', async () => {
    const [a, b] = [await campaign({ keepGoing, shard: { index: 1, of: 2 } }), await Promise.all([3, 4].map((index) => campaign({ keepGoing, shard: { index, of: 4 } })))];
    expect(merge([a, ...b])).toBe(whole);
  });

  test('a whole is its own only part', () => {
    expect(merge([whole])).toBe(whole);
  });

  test("a part's document follows from what is read of it", async () => {
    for (const text of [whole, await campaign({ keepGoing, shard: { index: 3, of: 5 } })]) {
      const report = reportOf({ name: '', part: readPart(JSON.parse(text)) });
      expect(documentText(fuzzDocument(report, false, report.exit, (it) => it.file))).toBe(text);
    }
  });
});

describe('refused', () => {
  let parts: string[];
  beforeAll(async () => { parts = await Promise.all([1, 2, 3, 4].map((index) => campaign({ shard: { index, of: 4 } }))); });
  const refusal = (texts: readonly string[]): string => {
    try {
      merge(texts);
    } catch (error) {
      expect(error).toBeInstanceOf(CampaignError);
      return (error as CampaignError).message;
    }
    return 'taken';
  };
  const change = (text: string, path: string, value: unknown): string => JSON.stringify(edited(JSON.parse(text), path, value));
  const [a, b, c, d] = [0, 1, 2, 3].map((index) => () => parts[index] ?? '') as [() => string, () => string, () => string, () => string];

  test('gaps and overlaps, by their blocks and files', () => {
    expect(refusal([a(), b(), d()])).toBe('gap: blocks 7 to 10 are in no file; 2.json ends with block 6, and 3.json begins with block 11');
    expect(refusal([b(), c(), d()])).toBe('gap: blocks 0 to 2 are in no file; nothing is before it, and 1.json begins with block 3');
    expect(refusal([c(), b(), a()])).toBe('gap: blocks 11 to 14 are in no file; 1.json ends with block 10, and the campaign ends with block 14');
    expect(refusal([a(), b(), c(), d(), b()])).toBe('overlap: blocks 3 to 6 are in 2.json and in 5.json');
    expect(refusal([])).toBe('nothing to merge');
  });

  test('what one campaign cannot have, with both values', async () => {
    const other = (options: Run): Promise<string> => campaign({ shard: { index: 2, of: 4 }, ...options });
    expect(refusal([a(), change(b(), 'modelHash', 'other'), c(), d()])).toBe('1.json is of model model, 2.json of model other');
    expect(refusal([a(), change(b(), 'generator', 2), c(), d()])).toBe('1.json is of generator 1, 2.json of generator 2');
    expect(refusal([a(), change(b(), 'strategies.1.hash', 'other'), c(), d()])).toBe('1.json is of mini-frame with hash mini-frame, 2.json of mini-frame with hash other');
    expect(refusal([a(), await other({ seed: 6n }), c(), d()])).toBe('1.json is of seed 5, 2.json of seed 6');
    expect(refusal([a(), await other({ runs: 7201 }), c(), d()])).toBe('1.json is of a campaign of --runs 7200, 2.json of a campaign of --runs 7201');
    expect(refusal([a(), await other({ keepGoing: true }), c(), d()])).toBe('1.json is of --keep-going no, 2.json of --keep-going yes');
    expect(refusal([a(), await other({ features: FEATURES.filter((it) => it !== 'far') }), c(), d()])).toBe('1.json is of features all, 2.json of features all but far');
    expect(refusal([a(), await other({ strategies: STRATEGIES.slice(0, 2) }), c(), d()]))
      .toBe('1.json is of strategies branch-only,mini-frame,livepatch-stack, 2.json of strategies branch-only,mini-frame');
    expect(refusal([a(), change(b(), 'canaries.0.trials', 7), c(), d()])).toMatch(/^1\.json is of the canaries .*"trials":\d+.*, 2\.json of the canaries .*"trials":7/);
  });

  test('what is no part of anything', () => {
    expect(refusal([change(a(), 'interrupted', true)])).toBe('it was interrupted after 3 of 3 blocks; expected one that was completed (--checkpoint and --resume)');
    expect(refusal([change(a(), 'blocks', 2)])).toBe('blocks: 2; shard 1/4 of 7200 runs has 3');
    expect(refusal([change(a(), 'runs', 1499)])).toBe('runs: 1499; 3 blocks from 0 on have 1500');
    expect(refusal([change(a(), 'shard.first', 1)])).toBe('shard.first: 1; shard 1/4 of 7200 runs begins with block 0');
    expect(refusal([change(a(), 'schema', 'tocsin/gate@1')])).toBe('schema: "tocsin/gate@1"; expected "tocsin/fuzz@1"');
    expect(refusal([change(a(), 'strategies.0.findings.0.token', 'toc1-4d5Zf1Jx')])).toMatch(/^strategies\[0\]\.findings\[0\]\.token: damaged/);
    expect(refusal([change(a(), 'strategies.0.claim', 'hods')])).toMatch(/^strategies\[0\]\.claim: a claim begins with 'hods'/);
    expect(refusal([change(a(), 'strategies.0.findings', []), b(), c(), d()])).toMatch(/^1\.json: strategies\[0\]\.findings: [\w-]+ at local in [\w-]+, first seen in block \d+, run \d+, is missing$/);
  });

  test('one value changed: refused in one line, or seen to differ from what follows, or a fact by itself', () => {
    // What a document says that nothing else in it implies.
    const facts = /^(seed|modelHash|generator|shard|runs|blocks|keepGoing|compared|faults|faultCount|canaries|witnesses\.|shown\.|situations\.(once|more)|strategies\[\d+\]\.(sites|name|hash|claim|instructions|trials|notApplicable|openWithin|outOfBudget|undecided|byOutside|signatures|findings))/;
    const seen = { refused: 0, taken: 0 };
    const data = JSON.parse(b()) as unknown;
    fc.assert(fc.property(fc.nat(), fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(-1, 0, 1, 7, 0.5, 1e300, null, '', 'x'.repeat(300), '0x7')), (which, value) => {
      const changed: unknown = JSON.parse(JSON.stringify(edited(data, which, value)));
      const where = differenceOf(changed, data);
      try {
        const report = reportOf({ name: '', part: readPart(changed) });
        const again: unknown = JSON.parse(documentText(fuzzDocument(report, false, report.exit, (it) => it.file)));
        if (where !== undefined && differenceOf(changed, again) === undefined) expect(where).toMatch(facts);
        seen.taken++;
      } catch (error) {
        expect(error).toBeInstanceOf(CampaignError);
        expect((error as CampaignError).message).toMatch(/^[^\n]{1,600}$/);
        seen.refused++;
      }
    }), { numRuns: 600, seed: 20160309 });
    expect([seen.refused > 200, seen.taken > 50], JSON.stringify(seen)).toEqual([true, true]);
  });
});
