// Envelopes of strategies whose limits are known, by the real machine with few runs; and what becomes of an answer that is not what it should be.
import { PREMISES } from '../../src/contract/claim.ts';
import { describe, expect, test } from 'vitest';
import { ScenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { elementsOf, isSubset } from '../../src/borders/antichain.ts';
import { ASSUMPTIONS } from '../../src/campaign/assumptions.ts';
import { NEEDS, needsBroken, possible, withOwn } from '../../src/campaign/envelope-needs.ts';
import type { EnvelopeReport, StrategyEnvelope } from '../../src/campaign/envelope-report.ts';
import { drawingOf, firstBlock, keptOutBy, maskOf, named, setOf, wholeSet } from '../../src/campaign/envelope-sets.ts';
import { envelope, planEnvelope } from '../../src/campaign/envelope.ts';
import type { EnvelopeHooks, EnvelopeOptions } from '../../src/campaign/envelope.ts';
import type { BlockResult, Executor, JudgeResult, ResultOf, Task } from '../../src/campaign/task.ts';
import { inProcess, openWorkshop } from '../../src/campaign/workshop.ts';
import { decodeToken } from '../../src/case/token.ts';
import type { Assumption, Claim } from '../../src/contract/claim.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { featuresOf } from '../../src/scenario/features-of.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { setText } from '../../src/report/envelope.ts';
import { Trials } from '../../src/trial/trials.ts';

const byName = (name: string): Strategy => BUILT_IN.find((it) => it.name === name)!;
const claiming = (name: string, claim: Claim): Strategy => ({ ...byName(name), name: 'mine', claim });

interface Twist {
  /** Changes what the executor answers to a block. */
  readonly block?: (result: BlockResult, task: Extract<Task, { kind: 'block' }>) => BlockResult;
  /** Changes what it answers about a case of the pool. */
  readonly judge?: (result: JudgeResult) => JudgeResult;
  /** Nothing is minimised. */
  readonly asDrawn?: boolean;
  /** Blocks under way at one time. */
  readonly width?: number;
}

async function run(options: Partial<EnvelopeOptions> & Pick<EnvelopeOptions, 'strategies'>, { block, judge, asDrawn = false, width = 1 }: Twist = {}, hooks?: EnvelopeHooks): Promise<EnvelopeReport> {
  const plan = planEnvelope({ seed: 7n, runs: 200, ...options });
  const inner = inProcess(openWorkshop(plan.setup));
  const executor: Executor = {
    width,
    async run<T extends Task>(task: T): Promise<ResultOf<T>> {
      const answer = await inner.run(task.kind === 'minimise' && asDrawn ? { ...task, candidates: 0 } : task);
      if (task.kind === 'judge' && judge !== undefined) return judge(answer as JudgeResult) as ResultOf<T>;
      return (task.kind === 'block' && block !== undefined ? block(answer as BlockResult, task) : answer) as ResultOf<T>;
    },
  };
  return envelope(plan, executor, hooks);
}

async function one(name: string, features: readonly Feature[], runs = 200): Promise<StrategyEnvelope> {
  return (await run({ strategies: [byName(name)], features, runs })).strategies[0]!;
}

const broken = ({ fatal }: StrategyEnvelope): string[] => fatal.breaking.map(setText).sort();
const clean = ({ fatal }: StrategyEnvelope): string[] => fatal.clean.map((it) => it.assuming.join(', ')).sort();

/** What every envelope must be, whatever it is of. */
function wellFormed({ strategies }: EnvelopeReport): void {
  for (const { name, fatal, recorded } of strategies) {
    const court = new Trials([byName(name)]);
    for (const { breaking, clean: free } of [fatal, recorded]) {
      const [sets, largest] = [breaking.map(maskOf), free.map(maskOf)];
      for (const a of sets) for (const b of sets) expect(a === b || !isSubset(a, b), name).toBe(true);
      for (const a of largest) for (const b of [...largest, ...sets]) expect(a === b || !isSubset(b, a), name).toBe(true);
      for (const set of breaking) {
        const { scenario } = decodeToken(set.finding.token);
        expect([...featuresOf(scenario)].sort(), set.finding.token).toEqual([...set.features].sort());
        expect(setOf(scenario)).toBe(maskOf(set));
        court.load(scenario);
        expect(court.run(0).violations.map((it) => it.obligation)).toContain(set.obligation);
        expect(set.smaller.map((it) => it.assumption)).toEqual(ASSUMPTIONS.filter((_, i) => maskOf(set) & (1n << BigInt(i))));
      }
    }
  }
}

describe('sets', () => {
  test('say what a scenario does not satisfy, in the words of claims', () => {
    const siblings = parseScenario('places M=1; A:M -> local B; B:M patched -> stub-sibling D; D:N');
    expect(named(setOf(siblings))).toEqual({ features: ['local', 'stub-sibling', 'far'], unmet: ['no-replacement-siblings'] });
    expect(named(setOf(parseScenario('A:M patched')))).toEqual({ features: [], unmet: [] });
    expect(maskOf(named(setOf(siblings)))).toBe(setOf(siblings));
  });

  test('and how scenarios of them are drawn', () => {
    const set = maskOf({ features: ['far', 'local'], unmet: ['stack-room'] });
    expect(drawingOf(3n, set)).toEqual({ seed: 3n, features: ['local', 'far'], premises: ['bounded-sibling-chains', 'no-traced-replacements', 'no-replacement-siblings', 'bounded-hook-depth', 'no-reused-stacks'] });
    expect(drawingOf(3n, wholeSet(FEATURES))).toEqual({ seed: 3n, features: FEATURES, premises: [] });
    expect(named(wholeSet(['far']))).toMatchObject({ features: ['far'], unmet: { length: PREMISES.length } });
  });

  test('what a claim keeps out is what it assumes', () => {
    expect(named(keptOutBy(byName('livepatch-stack').claim))).toEqual({ features: ['stub-sibling', 'unwind', 'transitions'], unmet: ['stack-room', 'no-reused-stacks'] });
    expect(keptOutBy(byName('branch-only').claim)).toBe(0n);
  });

  test('each set has dice of its own', () => {
    const sets = Array.from({ length: 2_000 }, (_, i) => BigInt(i));
    const blocks = sets.map(firstBlock).sort((a, b) => a - b);
    expect(blocks.every((it) => Number.isInteger(it) && it >= 0 && it < 2 ** 31)).toBe(true);
    // A campaign of 5,000 scenarios has ten blocks.
    expect(blocks.filter((it, i) => i > 0 && it - blocks[i - 1]! < 10).length).toBeLessThan(5);
  });
});

describe('what goes with what', () => {
  test('is so in what is drawn, and each rule is met', () => {
    const arbitrary = new ScenarioArbitrary({ features: FEATURES });
    const met = new Set<Assumption>();
    for (let run = 0; run < 3_000; run++) {
      const set = setOf(scenarioAt(arbitrary, 5n, run % 12, Math.floor(run / 12)));
      expect(needsBroken(set)).toEqual([]);
      for (const i of elementsOf(set)) met.add(ASSUMPTIONS[i]!);
    }
    expect(Object.keys(NEEDS).filter((it) => !met.has(it as Assumption))).toEqual([]);
    expect(needsBroken(maskOf({ features: ['unwind', 'emergency-stack', 'irq-stack'], unmet: ['stack-room'] }))).toEqual(['no-irq-stack', 'no-unwind', 'stack-room']);
  });

  test('and stays so where the others may not be used', () => {
    for (const needs of new Set(Object.values(NEEDS).map((it) => it.join()))) {
      const without = FEATURES.filter((it) => !needs.split(',').includes(`no-${it}`));
      const arbitrary = new ScenarioArbitrary({ features: without });
      for (let run = 0; run < 1_000; run++) expect(needsBroken(setOf(scenarioAt(arbitrary, 6n, 0, run)))).toEqual([]);
    }
  });

  test('what cannot occur is no reason to ask', () => {
    const [whole, asleep, alone] = [wholeSet(FEATURES), maskOf({ features: ['sleep', 'unwind'], unmet: [] }), maskOf({ features: ['unwind'], unmet: [] })];
    expect([possible(whole), possible(asleep), possible(alone)]).toEqual([whole, asleep, 0n]);
    expect(named(possible(maskOf({ features: ['emergency-stack', 'irq-stack', 'migration', 'preempt', 'stub-sibling'], unmet: [] })))).toEqual({ features: ['preempt', 'migration'], unmet: [] });
    expect(withOwn([asleep, alone])).toEqual([asleep]);
    expect(withOwn([alone, 0n])).toEqual([alone]);
  });
});

describe('envelopes that are known', () => {
  test('branch-only breaks wherever there is a local call, and where a stub spoils a slot', async () => {
    const it = await one('branch-only', ['local', 'global', 'stub-sibling', 'far', 'nonvolatile']);
    expect(broken(it)).toEqual(['global + stub-sibling, not no-replacement-siblings', 'local']);
    // No sibling call of a replacement is no stub sibling call: that set has nothing of its own, and is not listed.
    expect(clean(it)).toContain('no-local, no-stub-sibling');
    expect(clean(it).filter((assuming) => assuming.includes('no-replacement-siblings'))).toEqual([]);
    // Nor was it asked about.
    expect(it.fatal.subsumed.map(({ assuming }) => assuming.join(', '))).not.toContain('no-local, no-replacement-siblings');
  });

  test('livepatch-stack breaks where a slot is live, not at local calls', async () => {
    const it = await one('livepatch-stack', ['local', 'global', 'stub-sibling', 'stack-args', 'interrupt']);
    expect(broken(it)).toEqual(['global + stub-sibling, not no-replacement-siblings']);
    expect(clean(it)).toEqual(['no-global', 'no-stub-sibling']);
  });

  test('mini-frame breaks by arguments on the stack, whichever way', async () => {
    const it = await one('mini-frame', ['local', 'stack-args', 'variadic', 'stub-sibling', 'far', 'leaf-zone'], 400);
    expect(broken(it)).toEqual(['local + stack-args', 'local + stub-sibling, not no-replacement-siblings', 'local + variadic']);
    expect(clean(it)).toContain('no-stub-sibling, no-stack-args, no-variadic');
  });

  test('a convention that is always broken is told apart from what breaks a run', async () => {
    const { fatal, recorded } = await one('caller-slot', ['local', 'far', 'variadic']);
    expect(fatal.breaking.map(setText)).toEqual(['far']);
    expect(recorded.breaking.map(setText)).toEqual(['no feature at all']);
    expect(recorded.breaking[0]?.obligations).toEqual(['reserved-word']);
    // Nothing is left where everything breaks.
    expect(recorded.clean).toEqual([]);
  });

  test('the order of publishing breaks by an interrupt alone', async () => {
    const it = await one('livepatch-stack-early-release', ['local', 'interrupt', 'interrupt-nested', 'irq-stack'], 400);
    expect(broken(it)).toEqual(['interrupt']);
    // What needs an interrupt was allowed and never tried.
    expect(it.fatal.clean.map(({ assuming, never }) => [assuming, never.filter((name) => name.startsWith('no-i'))])).toEqual([[['no-interrupt'], ['no-interrupt-nested', 'no-irq-stack']]]);
  });

  test('are well-formed, tokens and all, and the same for any width', async () => {
    const options = { strategies: ['manual-restore', 'caller-distance'].map(byName), features: FEATURES.filter((it) => !/interrupt|irq/.test(it)), runs: 300 };
    const report = await run(options);
    expect(report.exit).toBe(0);
    expect(report.strategies.map((it) => it.fatal.breaking.length > 0)).toEqual([true, true]);
    wellFormed(report);
    expect(await run(options, { width: 3 })).toEqual(report);
  });
});

/** A pool in which no case breaks anything. */
const knowNothing = (it: JudgeResult): JudgeResult => ({ ...it, judgements: it.judgements.map((one) => ({ ...one, violations: [] })) });
/** Campaigns that find nothing but what spoils a slot. */
const blindToToc = (it: BlockResult): BlockResult =>
  ({ ...it, strategies: it.strategies.map((tally) => ({ ...tally, signatures: tally.signatures.filter(({ obligation }) => obligation !== 'toc') })) });

describe('the pool', () => {
  const features = ['local', 'global', 'stub-sibling', 'far'] as const;
  const LOCAL = parseScenario('A:M -> local B; B:M patched');
  const blind: Twist = { block: (it, task) => (task.lacking === true ? blindToToc(it) : it) };

  test('has what is known before a campaign is made: it finds what no campaign does', async () => {
    const options = { strategies: [byName('branch-only')], features };
    const without = await run(options, { ...blind, judge: knowNothing });
    expect(broken(without.strategies[0]!)).toEqual(['global + stub-sibling, not no-replacement-siblings']);
    const report = await run({ ...options, cases: [LOCAL] }, blind);
    const { fatal } = report.strategies[0]!;
    expect(fatal.breaking.map(setText).sort()).toEqual(['global + stub-sibling, not no-replacement-siblings', 'local']);
    // Nobody knows where it was drawn.
    expect(fatal.breaking.map((it) => [setText(it), it.finding.handedIn])).toContainEqual(['local', true]);
    expect([report.cases, report.exit, report.faultCount]).toEqual([1, 0, 0]);
    wellFormed(report);
    // Campaigns are as large as they say: a case of the pool is no trial of theirs.
    for (const it of fatal.clean) expect([it.scenarios, it.trials <= it.scenarios]).toEqual([200, true]);
  });

  test('one strategy is tried with what another one has shown, and no set called clean is refuted by it', async () => {
    // Campaigns of the first see it in their last blocks alone, those of the second not at all.
    const late: Twist = { block: (it, task) => (task.lacking === true && (task.strategies[0] === 1 || task.runs !== 100) ? blindToToc(it) : it) };
    const options = { strategies: [byName('branch-only'), { ...byName('branch-only'), name: 'mine' }], features, runs: 600 };
    const report = await run(options, late);
    for (const it of report.strategies) expect(broken(it), it.name).toContain('local');
    // Called clean by its own campaigns, until the other's were done.
    expect(report.strategies[1]!.fatal.overturned).toBeGreaterThan(0);
    expect(await run(options, { ...late, width: 3 })).toEqual(report);
    for (const { fatal } of report.strategies) {
      for (const set of [...fatal.clean, ...fatal.subsumed]) for (const one of report.strategies) {
        for (const { finding } of one.fatal.breaking) expect(isSubset(setOf(finding.scenario), maskOf(set))).toBe(false);
      }
    }
  });

  test('a case that fails without any strategy counts for none, and the harness cannot be trusted', async () => {
    const fault = { kind: 'program', block: 0, run: 0, message: 'fails by itself' } as const;
    const { exit, faultCount, strategies } = await run({ strategies: [byName('branch-only')], features, cases: [LOCAL] },
      { block: (it, task) => (task.lacking === true ? { ...it, strategies: it.strategies.map((tally) => ({ ...tally, signatures: [] })) } : it), judge: (it) => ({ ...it, fault }) });
    expect([exit, faultCount, strategies[0]?.fatal.breaking]).toEqual([4, 1, []]);
  });
});

describe('what is not as it should be', () => {
  const features = ['local', 'global', 'stub-sibling'] as const;

  test('a claim that covers what breaks it is refuted: exit 1', async () => {
    const { exit, reasons, strategies } = await run({ strategies: [claiming('branch-only', { kind: 'holds', assuming: ['no-stub-sibling', 'no-far'] })], features });
    expect(strategies[0]?.contradictions.map((it) => [it.features, it.obligation])).toEqual([[['local'], 'toc']]);
    expect([exit, reasons]).toEqual([1, ['mine claims to hold and was broken']]);
  });

  test('a claim that keeps everything out that breaks it stands', async () => {
    const { exit, strategies } = await run({ strategies: [claiming('branch-only', { kind: 'holds', assuming: ['no-local', 'no-replacement-siblings'] })], features });
    expect([exit, strategies[0]?.contradictions]).toEqual([0, []]);
  });

  test('a claim to break that nothing shows is inconclusive where there are not all features', async () => {
    const { exit, reasons } = await run({ strategies: [claiming('livepatch-stack', { kind: 'breaks', obligations: ['toc'] })], features: ['local'] });
    expect(exit).toBe(3);
    expect(reasons[0]).toContain('mine claims to be broken and was not caught');
  });

  test('trials that do not end leave a set undecided: exit 3', async () => {
    const open = (result: BlockResult): BlockResult => ({ ...result, strategies: result.strategies.map((it) => ({ ...it, undecided: 1 })) });
    const { exit, reasons, strategies } = await run({ strategies: [byName('livepatch-stack')], features: ['local'] }, { block: open });
    expect(strategies[0]?.fatal).toMatchObject({ breaking: [], clean: [], undecided: [{ assuming: [], why: '1 of 200 trials did not end' }] });
    expect([exit, reasons.length]).toEqual([3, 1]);
  });

  test('a set whose premises no scenario satisfies is undecided, not clean', async () => {
    const filtered = (result: BlockResult): BlockResult => ({ ...result, strategies: result.strategies.map((it) => ({ ...it, trials: 0, signatures: [] })) });
    const { strategies } = await run({ strategies: [byName('mini-frame')], features: ['local'] }, { block: (it, task) => (task.lacking ? filtered(it) : it) });
    expect(strategies[0]?.fatal.undecided.map((it) => it.why)).toEqual(['none of 200 scenarios satisfies its premises']);
  });

  test("the harness's own faults are exit 4, and so is a canary that is not caught", async () => {
    const fault = { kind: 'not-deterministic', block: 1, run: 2, message: 'the same trial twice' } as const;
    const faulty = await run({ strategies: [byName('livepatch-stack')], features: ['local'] }, { block: (it, task) => (task.lacking ? { ...it, faults: [fault], faultCount: 1 } : it) });
    expect([faulty.exit, faulty.faults[0]?.message]).toEqual([4, 'the same trial twice']);
    const blind = (it: BlockResult): BlockResult => ({ ...it, strategies: it.strategies.map((tally) => ({ ...tally, signatures: [] })) });
    const unseen = await run({ strategies: [byName('livepatch-stack')], features: ['local'] }, { block: blind });
    expect([unseen.exit, unseen.canaries.map((it) => it.caught)]).toEqual([4, [false]]);
  });

  test('a campaign that was blind is taken back when a smaller one sees', async () => {
    // Blind to a wrong TOC but in the third block of a campaign without global calls, and so is the pool. With this seed the minimiser does not come to it either.
    const block = (it: BlockResult, { drawing }: { readonly drawing: { readonly features: readonly Feature[] } }): BlockResult => (it.runs === 100 && !drawing.features.includes('global') ? it
      : { ...it, strategies: it.strategies.map((tally) => ({ ...tally, signatures: tally.signatures.filter(({ obligation }) => obligation !== 'toc') })) });
    const { strategies } = await run({ strategies: [byName('branch-only')], features, runs: 600, seed: 3n }, { block: (it, task) => (task.lacking ? block(it, task) : it), judge: knowNothing });
    expect(broken(strategies[0]!)).toEqual(['global + stub-sibling, not no-replacement-siblings', 'local']);
    // The set without stub siblings; the one without siblings of replacements has the same in it, and was not asked about.
    expect(strategies[0]?.fatal.overturned).toBe(1);
  });

  test('the minimiser goes over to another failure that needs less', async () => {
    // The generator draws no stub sibling call where it may draw no other call: no campaign leads to what a stub alone does.
    const { strategies } = await run({ strategies: [byName('caller-slot')], features: ['local', 'stub-sibling'] });
    expect(broken(strategies[0]!)).toEqual(['stub-sibling, not no-replacement-siblings']);
    expect(strategies[0]?.fatal.breaking[0]?.smaller.map((it) => it.never)).toEqual([['no-replacement-siblings'], ['no-stub-sibling']]);
  });

  test('what no minimiser takes out, campaigns without it do', async () => {
    const { strategies } = await run({ strategies: [byName('mini-frame')], features: ['local', 'stack-args', 'variadic', 'far', 'nonvolatile', 'leaf-zone', 'interrupt'] }, { asDrawn: true });
    expect(broken(strategies[0]!)).toEqual(['local + stack-args', 'local + variadic']);
  });

  test('when it is told to stop, what is not decided is said', async () => {
    let asked = 0;
    const { interrupted, strategies, exit } = await run({ strategies: [byName('mini-frame')], features }, {}, { stop: () => ++asked > 4 });
    expect([interrupted, exit]).toEqual([true, 3]);
    expect(strategies[0]?.fatal.undecided.length).toBeGreaterThan(0);
    expect(new Set(strategies[0]?.fatal.undecided.map((it) => it.why))).toEqual(new Set(['interrupted']));
  });

  test('what cannot be planned is refused', () => {
    const strategies = [byName('mini-frame')];
    expect(() => planEnvelope({ strategies: [], seed: 1n })).toThrow(/no strategy/);
    expect(() => planEnvelope({ strategies, seed: 1n << 64n })).toThrow(/seed/);
    expect(() => planEnvelope({ strategies, seed: 1n, runs: 0 })).toThrow(/0 runs/);
    expect(() => planEnvelope({ strategies: [...strategies, ...strategies], seed: 1n })).toThrow(/two strategies/);
  });
});
