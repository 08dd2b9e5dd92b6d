// docs/limitations.md is the rendering of docs/limitations.json, which `tocsin envelope` wrote; and what that says is so: every token recurs, uses exactly
// the features that its set has, and no claim is contradicted. `npm run limitations` makes both anew (some minutes; look at the difference before you commit
// it); where only the words of the page have changed, `npx vitest run test/limitations.test.ts -u` does.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isSubset } from '../src/borders/antichain.ts';
import { assumptionsOf } from '../src/campaign/assumptions.ts';
import { keptOutBy, maskOf, setOf } from '../src/campaign/envelope-sets.ts';
import { GENERATOR_VERSION } from '../src/arbitraries/seeded.ts';
import { decodeToken, placeMatches } from '../src/case/token.ts';
import { claimText } from '../src/contract/claim-text.ts';
import { OBLIGATIONS } from '../src/contract/obligations.ts';
import { FEATURES } from '../src/scenario/features.ts';
import type { EnvelopeDocument } from '../src/report/envelope.ts';
import { limitationsPage } from '../src/report/limitations.ts';
import { sizeOf } from '../src/report/tree.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { Trials } from '../src/trial/trials.ts';

const DOCS = resolve(import.meta.dirname, '../docs');
const STALE = 'docs/limitations.json is out of date: npm run limitations';
const document = JSON.parse(readFileSync(resolve(DOCS, 'limitations.json'), 'utf8')) as EnvelopeDocument;

test('the page is made from the document', async () => {
  await expect(limitationsPage(document, `tocsin envelope --seed ${BigInt(document.seed)} --runs ${document.runs}`)).toMatchFileSnapshot(resolve(DOCS, 'limitations.md'));
});

test('the document is of these strategies, features and generator, and as it should be', () => {
  const trials = new Trials(BUILT_IN);
  expect([document.generator, document.features], STALE).toEqual([GENERATOR_VERSION, FEATURES]);
  expect(document.strategies.map((it) => [it.name, it.hash, it.claim]), STALE).toEqual(BUILT_IN.map((it, i) => [it.name, trials.strategyHash(i), claimText(it.claim)]));
  expect([document.exit, document.interrupted, document.faultCount, document.reasons]).toEqual([0, false, 0, []]);
  expect(document.canaries.map((it) => it.caught)).not.toContain(false);
});

describe.each(document.strategies.map((it) => ({ ...it, strategy: BUILT_IN.find(({ name }) => name === it.name)! })))('$name', ({ strategy, contradictions, recorded, ...fatal }) => {
  const groups = [{ ...fatal, ends: true }, { ...recorded, ends: false }] as const;

  test('each token recurs and does without exactly what its set says', () => {
    const court = new Trials([strategy]);
    for (const { breaking, ends } of groups) {
      for (const set of breaking) {
        const { scenario, signature, strategy: named } = decodeToken(set.token);
        expect(named).toEqual({ kind: 'built-in', name: strategy.name });
        expect(setOf(scenario), set.token).toBe(maskOf(set));
        expect(sizeOf(scenario)).toMatchObject({ functions: set.functions, calls: set.calls, patches: set.patches, interrupts: set.interrupts });
        expect(set.minimal, set.token).toBe(true);
        expect([signature?.obligation, OBLIGATIONS.find(({ name }) => name === set.obligation)?.fatal]).toEqual([set.obligation, ends]);
        court.load(scenario);
        const { violations } = court.run(0);
        expect(violations.some((it) => it.obligation === set.obligation && it.edge === signature?.edge && placeMatches(signature.place, it.place)), set.token).toBe(true);
        expect(court.isProgramFault()).toBe(false);
      }
    }
  });

  test('no set contains another, and nothing that breaks lies in a set where nothing was found', () => {
    for (const { breaking, clean } of groups) {
      const [sets, free] = [breaking.map(maskOf), clean.map(maskOf)];
      for (const a of sets) for (const b of sets) expect(a === b || !isSubset(a, b)).toBe(true);
      for (const a of free) for (const b of [...free, ...sets]) expect(a === b || !isSubset(b, a)).toBe(true);
      for (const { smaller, trials } of breaking.flatMap((it) => it.smaller.map((one) => ({ smaller: one, trials: one.trials })))) expect(trials, smaller.assumption).toBeGreaterThan(0);
    }
  });

  test('agrees with the claim', () => {
    const { claim } = strategy;
    expect(contradictions).toEqual([]);
    const all = groups.flatMap((it) => it.breaking);
    if (claim.kind === 'breaks') expect(all.length).toBeGreaterThan(0);
    else {
      for (const set of all) expect(maskOf(set) & keptOutBy(claim), set.token).not.toBe(0n);
      // Campaigns have looked at all that it claims; and each assumption keeps out something that no other one does.
      for (const { clean } of groups) expect(clean.some(({ assuming }) => assuming.every((it) => assumptionsOf(claim).includes(it)))).toBe(true);
      for (const assumption of assumptionsOf(claim)) {
        const others = keptOutBy({ kind: 'holds', assuming: assumptionsOf(claim).filter((it) => it !== assumption) });
        expect(all.some((set) => (maskOf(set) & others) === 0n), assumption).toBe(true);
      }
    }
  });

  test('what is undecided is in the document', () => {
    for (const { complete, undecided } of groups) expect([complete, undecided]).toEqual([true, []]);
  });
});
