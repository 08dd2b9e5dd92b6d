// Envelopes from proofs: both borders are what proofs by themselves say, each set that breaks has a run that uses exactly it, and none of it contradicts what campaigns found.
import { beforeAll, expect, test } from 'vitest';
import { resolve } from 'node:path';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { elementsOf, isSubset } from '../../src/borders/antichain.ts';
import { setOf as sampledSetOf } from '../../src/campaign/envelope-sets.ts';
import { ASSUMPTIONS } from '../../src/campaign/assumptions.ts';
import { decodeToken } from '../../src/case/token.ts';
import { readEnvelopeCases, readEnvelopeSets } from '../../src/cli/cases.ts';
import { compareEnvelopes } from '../../src/prove/envelope-compare.ts';
import type { SampledEnvelope } from '../../src/prove/envelope-compare.ts';
import { Confronting, brokenSets, proveEnvelopes } from '../../src/prove/envelope-session.ts';
import type { ProofEnvelopeReport } from '../../src/prove/envelope-session.ts';
import { EnvelopeProver, elementNames } from '../../src/prove/envelope.ts';
import { INERT, isConvention, possible } from '../../src/prove/oracle.ts';
import { provable } from '../../src/prove/covered.ts';
import { Fragments } from '../../src/prove/fragments.ts';
import { proveStrategy } from '../../src/prove/prove.ts';
import { LACKS, maskOf, setOf } from '../../src/prove/sets.ts';
import { Texts } from '../../src/prove/texts.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { branchOnly } from '../../src/strategies/branch-only.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { shadowStackPerCpu } from '../../src/strategies/shadow-stack-per-cpu.ts';
import { Trials } from '../../src/trial/trials.ts';

const LIMITATIONS = resolve(import.meta.dirname, '../../docs/limitations.json');
const SAMPLED = readEnvelopeSets(LIMITATIONS), KNOWN = readEnvelopeCases(LIMITATIONS);
const ALL = scenarioArbitrary({ features: FEATURES });
const DRAWN = Array.from({ length: 1_500 }, (_, run) => scenarioAt(ALL, 5n, 0, run));
let report: ProofEnvelopeReport;

beforeAll(async () => { report = await proveEnvelopes(BUILT_IN, FEATURES, true, KNOWN); });

test('every claim is proved or met, and nothing that is known to fail lies in a set that is proved', () => {
  expect([report.exit, report.canaries.map((it) => it.refuted)]).toEqual([0, [true, true, true]]);
  for (const { envelope, standing, contradictions, confronted } of report.strategies) {
    expect([envelope.name, standing, contradictions, confronted > (envelope.all.proved.length === 0 ? 0 : 10), envelope.fatal.complete && envelope.all.complete]).toEqual([envelope.name, 'as claimed', [], true, true]);
  }
  // Of all that is not proved and not shown there is this, and no more: docs/proof.md says why.
  const open = report.strategies.flatMap(({ envelope: { name, fatal, all } }) => [...fatal.undecided, ...all.undecided].map((it) => `${name}: ${elementNames(it.mask).join(' + ')}; ${it.more.map(({ mask }) => elementNames(mask).join(' + ')).join(', ')}`));
  expect(open).toEqual([
    ...['manual-restore', 'manual-restore-missed-exit', 'manual-restore-slot'].map((it) => `${it}: not no-traced-replacements; `),
    'odd-toc: stub-sibling + single-entry + not no-replacement-siblings; stub-sibling + nested + far + single-entry + not no-replacement-siblings',
    'shadow-stack-per-cpu: tasks + sleep; local + tasks + sleep, global + tasks + sleep, indirect + tasks + sleep',
  ]);
});

test('each set that breaks a strategy has a case that uses exactly it, and recurs', () => {
  const trials = new Trials(BUILT_IN);
  let sets = 0;
  report.strategies.forEach(({ envelope: { name, fatal, all } }, index) => {
    for (const { mask, refutations: [first] } of [...brokenSets(fatal), ...brokenSets(all)]) {
      const { scenario, signature } = decodeToken(first!.token);
      trials.load(scenario);
      const { violations } = trials.run(index);
      expect([name, elementNames(setOf(scenario)), violations.some((it) => it.obligation === signature?.obligation), trials.isProgramFault()]).toEqual([name, elementNames(mask), true, false]);
      sets++;
    }
  });
  expect(sets).toBeGreaterThan(60);
});

test('beside the sampled envelopes: no contradiction, and each set of either is accounted for', () => {
  const counts = { same: 0, wider: 0, undecided: 0, elsewhere: 0, contradiction: 0, blind: 0, unsampled: 0 };
  for (const { envelope } of report.strategies) {
    const compared = compareEnvelopes(envelope, SAMPLED.find(({ name }) => name === envelope.name)!);
    expect([envelope.name, compared.otherCode]).toEqual([envelope.name, false]);
    for (const { agreement } of compared.sets) counts[agreement]++;
    counts.blind += compared.blind.length;
    counts.unsampled += compared.unsampled.length;
  }
  expect(counts).toEqual({ same: 64, wider: 0, undecided: 3, elsewhere: 104, contradiction: 0, blind: 0, unsampled: 0 });
});

test('both borders are those of proofs by themselves, without fragments or answers from elsewhere', () => {
  const { prover: { strategy, oracle }, envelope: { universe, fatal } } = report.strategies.find(({ envelope }) => envelope.name === 'shadow-stack-per-cpu')!;
  const texts = new Texts(strategy), proved = (mask: bigint): boolean => proveStrategy(strategy, texts, oracle.scopeOf(mask)).flaws.every(isConvention);
  const smallest = [...fatal.broken, ...fatal.undecided];
  for (const { mask } of smallest) {
    expect([elementNames(mask), proved(mask)]).toEqual([elementNames(mask), false]);
    for (const i of elementsOf(mask)) expect([elementNames(mask & ~(1n << BigInt(i))), proved(mask & ~(1n << BigInt(i)))]).toEqual([elementNames(mask & ~(1n << BigInt(i))), true]);
  }
  for (const { mask } of fatal.proved) {
    expect([elementNames(mask), proved(mask)]).toEqual([elementNames(mask), true]);
    // With anything more it contains a smallest one.
    for (const i of elementsOf(universe & ~mask)) expect(smallest.some((it) => isSubset(it.mask, mask | (1n << BigInt(i))))).toBe(true);
  }
  expect(oracle.counts.proofs).toBeLessThan(oracle.counts.asked);
}, 300_000);

test('what no proof looks at makes no difference to one, and everything else does for somebody', () => {
  // Of fragments that are shared, and endings of them, those of two proofs are the same ones or they are not.
  const numbers = new Map<object, number>(), numberOf = (it: object): number => {
    const known = numbers.get(it) ?? numbers.size;
    numbers.set(it, known);
    return known;
  };
  const told = (fragments: Fragments, features: readonly Feature[]): string => {
    const proof = proveStrategy(fragments.strategy, fragments.texts, { features, premises: new Set(['bounded-hook-depth', 'no-traced-replacements']) }, fragments);
    return JSON.stringify([[...proof.rows.keys()], proof.fragments.map((it) => [numberOf(it.explorer), it.endings.map(({ ended }) => numberOf(ended))]), proof.flaws.length]);
  };
  const matters = new Set<Feature>();
  for (const strategy of [shadowStackPerCpu, branchOnly]) {
    const fragments = new Fragments(strategy, new Texts(strategy)), all = provable(strategy, FEATURES), whole = told(fragments, all);
    expect(told(fragments, all.filter((it) => !INERT.includes(it)))).toBe(whole);
    // Beside a stronger one a feature may say nothing new.
    for (const it of all) if (told(fragments, all.filter((one) => one !== it)) !== whole || told(fragments, ['local', it]) !== told(fragments, ['local'])) matters.add(it);
    for (const [one, other] of [['tasks', 'preempt'], ['tasks', 'sleep'], ['migration', 'sleep']] as const) if (told(fragments, [one, other]) !== told(fragments, [other])) matters.add(one).add(other);
    if (told(fragments, ['local', 'hoisted-slot', 'indirect']) !== told(fragments, ['local', 'indirect'])) matters.add('hoisted-slot');
  }
  expect([...provable(branchOnly, FEATURES)].filter((it) => !matters.has(it) && !INERT.includes(it))).toEqual([]);
  expect(INERT.filter((it) => matters.has(it))).toEqual([]);
}, 300_000);

test('sets are those of the sampled envelope, and what a proof takes out of one cannot occur in it', () => {
  expect(LACKS.map((it, i) => (i < FEATURES.length ? `no-${it}` : it))).toEqual(ASSUMPTIONS);
  let with9 = 0;
  for (const scenario of DRAWN) {
    const set = setOf(scenario);
    if (set !== sampledSetOf(scenario) || possible(set) !== set) expect.fail(`${elementNames(set).join()} and ${elementNames(possible(set)).join()}`);
    if ((set & maskOf(['stack-args', 'hoisted-slot'])) !== 0n) with9++;
  }
  expect(with9).toBeGreaterThan(100);
  expect(possible(maskOf(['local', 'hoisted-slot', 'stack-args']))).toBe(maskOf(['local', 'stack-args']));
  expect(() => parseScenario('A:M hoisted -> local B; B:M')).toThrow(/indirect/);
});

test('a proof of what fails is found out: by a run, and beside a sampled envelope', async () => {
  const prover = new EnvelopeProver(branchOnly, FEATURES), envelope = await prover.envelope();
  const whole = { ...envelope.fatal.proved[0]!, mask: envelope.universe }, lying = { ...envelope, fatal: { ...envelope.fatal, broken: [], proved: [whole] }, all: { ...envelope.all, broken: [], proved: [whole] } };
  const { tried, found } = new Confronting(KNOWN).against(branchOnly, lying);
  expect([tried > 100, found.some((it) => it.violation.obligation === 'toc')]).toEqual([true, true]);
  expect(compareEnvelopes(lying, SAMPLED.find(({ name }) => name === 'branch-only')!).sets.map((it) => it.agreement)).toEqual(['contradiction', 'contradiction', 'contradiction']);
  // A campaign that had seen nothing was blind; code that is other code is compared with nothing.
  const mine = SAMPLED.find(({ name }) => name === 'branch-only')!, blind: SampledEnvelope = { ...mine, breaking: [], clean: [[{ features: [...FEATURES], unmet: ['no-replacement-siblings'] }], []] };
  expect([compareEnvelopes(envelope, blind).blind.length, compareEnvelopes(envelope, { ...blind, clean: [[], []] }).unsampled.length, compareEnvelopes(envelope, { ...mine, hash: '0' }).otherCode]).toEqual([3, 3, true]);
});

test('a convention is told apart from what ends a run', () => {
  const { envelope } = report.strategies.find((it) => it.envelope.name === 'caller-slot')!;
  expect([envelope.fatal.broken.map((it) => elementNames(it.mask)[0]), envelope.all.broken.map((it) => it.refutations[0]!.obligation), envelope.all.proved]).toEqual([['far', 'indirect', 'global', 'stub-sibling'], ['reserved-word'], []]);
  expect(isConvention({ kind: 'call', promise: 'slot' } as Parameters<typeof isConvention>[0])).toBe(false);
});
