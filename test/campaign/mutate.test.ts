// Mutation testing as a whole: of each kind a planted fault is caught, survivors and reasons decide, and the number of workers cannot be seen.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_MUTANT_BOUND, MUTANT_BOUNDS, partsOf } from '../../src/campaign/mutant-bound.ts';
import type { MutantBound } from '../../src/campaign/mutant-bound.ts';
import { MutantCourt } from '../../src/campaign/mutant-court.ts';
import type { BoundResult, BoundTask } from '../../src/campaign/mutant-exhaust.ts';
import type { MutationAnswer, MutationSetup, MutationTask } from '../../src/campaign/mutant-court.ts';
import type { Catch } from '../../src/campaign/mutant-lineup.ts';
import { FAULT_KINDS } from '../../src/campaign/mutant-fault.ts';
import type { FaultKind } from '../../src/campaign/mutant-fault.ts';
import { mutantsOf } from '../../src/campaign/mutants.ts';
import { mutate } from '../../src/campaign/mutate.ts';
import type { MutateOptions, MutationHooks } from '../../src/campaign/mutate.ts';
import { parseReasons } from '../../src/campaign/mutate-reasons.ts';
import type { MutateReport, MutantRow } from '../../src/campaign/mutate-report.ts';
import { rulingOf } from '../../src/campaign/mutate-report.ts';
import { parseCase } from '../../src/case/file.ts';
import { decodeToken, shortHash } from '../../src/case/token.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { wholeBound } from '../../src/enumerate/bound.ts';
import type { Bound } from '../../src/enumerate/bound.ts';
import { mutateDocument, mutateLines } from '../../src/report/mutate.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const built = (name: string): Strategy => BUILT_IN.find((it) => it.name === name)!;
const CASES = readdirSync(join(ROOT, 'counterexamples')).sort().map((name) => parseCase(readFileSync(join(ROOT, 'counterexamples', name), 'utf8')).scenario);

/** Where branch-only's code holds. */
const TAME = '# tocsin: claim holds assuming no-interrupt, no-interrupt-nested, no-irq-stack, no-local, no-hoisted-slot, no-sibling, no-stub-sibling, no-recursive, no-callback, no-nested, no-single-entry, no-caller-saved-toc\n';

const TINY: MutantBound = MUTANT_BOUNDS[0];
/** One or two functions of M, at most one local call, everywhere interrupted by each of them. */
const pair: Bound = {
  ...wholeBound(2, 1, 0), modules: ['M'], kinds: ['local'], entries: ['dual'], arguments: ['none'], bodies: ['plain'], replacements: ['own'], tracing: [],
};
const PAIR: MutantBound = { name: 'pair', bound: pair, interrupts: { bound: pair, stacks: ['shared'] }, switches: null };

/** On this thread, as if there were so many workers. */
const hooks = (width: number): MutationHooks => ({
  width,
  open: (setup: MutationSetup) => {
    const court = new MutantCourt(setup);
    return { run: async <T extends MutationTask>(task: T): Promise<MutationAnswer<T>> => court.execute(task), close: () => Promise.resolve() };
  },
});
const run = (options: Partial<MutateOptions> & Pick<MutateOptions, 'strategies'>, width = 1): Promise<MutateReport> => mutate({ seed: 1n, cases: CASES, runs: 400, bound: PAIR, ...options }, hooks(width));
const rowOf = (report: MutateReport, name: string): MutantRow | undefined => report.strategies[0]?.rows.find((it) => it.mutant === name || it.also.includes(name));

/** From these seeds the interrupt that these need comes early: in scenario 62, and in 28. From the first 25 seeds' first 200 scenarios two show the first, seven the second. */
const SEEDS: Partial<Record<FaultKind, { readonly seed: bigint; readonly runs: number }>> = { swap: { seed: 6n, runs: 100 }, move: { seed: 2n, runs: 60 } };

test.each([
  ['delete', 'delete livepatch_handler:6 std r11, TI_livepatch_sp(r12)', 'progress', false],
  ['duplicate', 'duplicate livepatch_handler:5 addi r11, r11, 24', 'progress', false],
  ['swap', 'swap livepatch_handler:6 std r11, TI_livepatch_sp(r12) <> std r2, -24(r11)', 'toc', true],
  ['move', 'move livepatch_return:15 ld r2, -24(r11) as ld r2, 0(r11) before 20', 'toc', true],
  ['offset', 'offset livepatch_return:13 ld r12, -16(r11) -> ld r12, -8(r11)', 'progress', false],
  ['register', 'register livepatch_return:14 mtlr r12 -> mtctr r12', 'progress', false],
  ['invert', 'invert livepatch_return:10 tdne r12, r2 -> tdeq r12, r2', 'progress', false],
  ['drop-branch', 'drop-branch livepatch_return:20 blr -> nop', undefined, false],
  ['always-branch', 'always-branch livepatch_handler:18 bctrl -> bctr', undefined, false],
  ['width', 'width livepatch_return:15 ld r2, -24(r11) -> lwz r2, -24(r11)', undefined, false],
  ['entry', 'entry livepatch_handler:18 bctrl: to the LEP, r12 too', undefined, false],
  ['marker', 'marker livepatch_handler:11 without writing the marker', 'progress', false],
  ['size', 'size livepatch_return:18 addi r11, r11, -24 -> addi r11, r11, (-24)*2', undefined, false],
] as const)('a fault of kind %s is caught, and its token replays', async (kind, name, obligation, needsInterrupt) => {
  const report = await run({ strategies: [built('livepatch-stack')], kinds: [kind], ...(SEEDS[kind] ?? { runs: 10 }) });
  const row = rowOf(report, name);
  expect([row?.outcome, row?.caught?.needsInterrupt]).toEqual(['caught', needsInterrupt]);
  const { strategy, scenario, signature } = decodeToken(row?.caught?.token ?? '');
  if (obligation !== undefined) expect(row?.caught?.obligation).toBe(obligation);
  const trials = new Trials([row!.strategy, built('livepatch-stack')]);
  expect(strategy).toEqual({ kind: 'user', hash: shortHash(trials.strategyHash(0)) });
  trials.load(scenario);
  const { violations } = trials.run(0);
  expect(violations.map((it) => it.obligation)).toContain(signature?.obligation);
  expect(trials.run(1).outcome).toBe('holds');
});

test('a fault of the handler that hooks out of line is caught out of line, one of shared code in both styles', async () => {
  const [strategy] = [built('livepatch-stack')];
  const report = await run({ strategies: [strategy], kinds: ['delete', 'swap'], runs: 200 });
  const rows = report.strategies[0]!.rows;
  const of = (point: string): MutantRow[] => rows.filter((it) => it.mutant.includes(` ${point}:`));
  expect(rows.every((it) => it.hooked.join() === (it.mutant.includes(' livepatch_return:') ? 'in-line,out-of-line' : it.mutant.includes('_ool:') ? 'out-of-line' : 'in-line'))).toBe(true);
  for (const point of ['livepatch_handler', 'livepatch_handler_ool', 'livepatch_return']) expect([point, of(point).filter((it) => it.outcome === 'caught').length > 10]).toEqual([point, true]);
  let replayed = 0;
  for (const row of rows) {
    if (row.outcome !== 'caught') continue;
    const { scenario, signature } = decodeToken(row.caught!.token);
    const style = scenario.world?.outOfLine === true ? 'out-of-line' : 'in-line';
    expect([row.mutant, row.hooked.includes(style), row.caught!.hooked]).toEqual([row.mutant, true, style]);
    if (style === 'in-line') continue;
    replayed++;
    const trials = new Trials([row.strategy, strategy]);
    trials.load(scenario);
    expect(trials.run(0).violations.map((it) => it.obligation)).toContain(signature?.obligation);
    expect(trials.run(1).outcome).toBe('holds');
  }
  expect(replayed).toBeGreaterThan(15);
});

test('each style alone: the same rows as in both; a shared fault that only one of them shows is caught by both together', async () => {
  const options = { strategies: [built('livepatch-stack')], kinds: ['delete'], runs: 300 } as const;
  const of = async (...hooked: ('in-line' | 'out-of-line')[]): Promise<readonly MutantRow[]> => (await run({ ...options, hooked })).strategies[0]!.rows;
  const [both, inLine, outOfLine] = [await of('in-line', 'out-of-line'), await of('in-line'), await of('out-of-line')];
  const names = (rows: readonly MutantRow[]): string[] => rows.map((it) => it.mutant);
  expect(new Set([...names(inLine), ...names(outOfLine)])).toEqual(new Set(names(both)));
  expect(names(inLine).some((it) => it.includes('_ool'))).toBe(false);
  expect(names(outOfLine).some((it) => it.includes('livepatch_handler:'))).toBe(false);
  for (const row of both) {
    const alone = (row.mutant.includes('_ool') ? outOfLine : inLine).find((it) => it.mutant === row.mutant)!;
    expect([row.mutant, row.outcome, row.caught?.obligation, row.caught?.afterTrials]).toEqual([row.mutant, alone.outcome, alone.caught?.obligation, alone.caught?.afterTrials]);
  }
  // A line of shared code that only the handler for out of line comes to.
  const shared = parseStrategyText(`${TAME}livepatch_handler:\n mfctr r12\n li r0, 0\n b livepatch_return\nlivepatch_handler_ool:\n mflr r11\n mtctr r11\n mtlr r0\n li r12, 0\n li r0, 1\n b livepatch_return\n`
    + 'livepatch_return:\n cmpdi r0, 0\n beq 1f\n mr r12, r11\n1: bctr\n', 'mine.s');
  const line = async (...hooked: ('in-line' | 'out-of-line')[]): Promise<MutantRow | undefined> =>
    rowOf(await run({ strategies: [shared], kinds: ['delete'], runs: 60, hooked }), 'delete livepatch_return:16 mr r12, r11');
  expect([(await line('in-line'))?.outcome, (await line('in-line', 'out-of-line'))?.caught?.hooked]).toEqual(['survived', 'out-of-line']);

});

test('a style that a strategy has no code for, or that is switched off, is refused where nothing else is asked', async () => {
  const inLine = parseStrategyText(`${TAME}livepatch_handler:\n mfctr r12\n bctr\n`, 'mine.s');
  await expect(run({ strategies: [inLine], hooked: ['out-of-line'] })).rejects.toThrow('mine has no code for functions that are hooked out-of-line');
  await expect(run({ strategies: [built('mini-frame')], hooked: ['out-of-line'], features: FEATURES.filter((it) => it !== 'out-of-line') })).rejects.toThrow('or is not judged there');
  expect((await run({ strategies: [inLine], kinds: ['delete'], runs: 10 })).strategies[0]!.hooked).toEqual(['in-line']);
});

test('the number of workers cannot be seen', async () => {
  const text = async (width: number): Promise<string> => {
    const reports = [
      await run({ strategies: [built('mini-frame')], kinds: ['offset', 'marker'], runs: 60 }, width),
      // One of them only an interrupt shows, some hundred scenarios into a phase that all workers share.
      await run({ strategies: [built('livepatch-stack')], kinds: ['swap'], runs: 100 }, width),
    ];
    return reports.map((report) => JSON.stringify(mutateDocument({ report, fileOf: () => undefined })) + mutateLines({ report, fileOf: () => undefined }, false, true).join()).join();
  };
  const one = await text(1);
  expect(await text(3)).toBe(one);
});

test('a survivor is exit 1; with a reason it is equal to the bound, unless a witness differs', async () => {
  // Nobody reads the CR save word of the caller's frame that this hook writes.
  const strategy = parseStrategyText(`${TAME}livepatch_handler:\n li r0, 8\n stw r0, 8(r1)\n mfctr r12\n bctr\n`, 'mine.s');
  const kinds = ['offset', 'delete'] as const;
  const survivors = (await run({ strategies: [strategy], kinds, runs: 60 })).strategies[0]!.rows.filter((it) => it.outcome === 'survived').map((it) => it.mutant);
  expect(survivors).toContain('delete livepatch_handler:4 stw r0, 8(r1)');
  const bare = await run({ strategies: [strategy], kinds, runs: 60 });
  expect([bare.exit, bare.reasons.length]).toEqual([1, 1]);
  const reviewed = { [strategy.name]: Object.fromEntries([...survivors, 'no such mutant'].map((it) => [it, 'nobody reads it'])) };
  const report = await run({ strategies: [strategy], kinds, runs: 60, reviewed });
  expect(report.exit).toBe(0);
  expect(report.strategies[0]!.rows.filter((it) => it.outcome === 'equivalent-to-bound').map((it) => it.mutant)).toEqual(survivors);
  expect((await run({ strategies: [strategy], runs: 60, reviewed })).strategies[0]!.staleReasons).toEqual(['no such mutant']);
});

const NOTHING = { kind: 'bound', scenarios: 0, trials: 0, interrupts: 0, undecided: 0, catches: [], open: [], witnesses: [] } as const satisfies BoundResult;
/** Scenarios that a slice of TINY has. */
const due = ({ part, from, to }: BoundTask): number => Math.max(0, Math.min(to, partsOf(TINY, built('mini-frame'), true).find((it) => it.part === part)!.expected) - from);

test('a mutant that differs in a witness survives, whatever reason there is', async () => {
  const strategy = parseStrategyText(`${TAME}livepatch_handler:\n li r0, 8\n stw r0, 8(r1)\n mfctr r12\n bctr\n`, 'mine.s');
  const blind = (witnesses: readonly (readonly [number, string])[]): MutationHooks => ({
    width: 1,
    open: () => ({
      close: () => Promise.resolve(),
      run: <T extends MutationTask>(task: T) => Promise.resolve((task.kind === 'sizes' ? { kind: 'sizes', off: 0, on: 0 }
        : task.kind === 'bound' ? { ...NOTHING, scenarios: due(task) }
        : { kind: 'sweep', trials: task.kind === 'sweep' ? task.to - task.from : 0, catches: [], open: [], witnesses }) as MutationAnswer<T>),
    }),
  });
  const options: MutateOptions = { strategies: [strategy], seed: 1n, runs: 5, bound: TINY, kinds: ['invert', 'delete'], reviewed: { mine: { 'delete livepatch_handler:3 li r0, 8': 'r' } } };
  const outcome = async (hooked: MutationHooks): Promise<string | undefined> => rowOf(await mutate(options, hooked), 'delete livepatch_handler:3 li r0, 8')?.outcome;
  expect(await outcome(blind([]))).toBe('equivalent-to-bound');
  expect(await outcome(blind([[0, 'hooked-calls']]))).toBe('survived');
});

test('a switch that lands elsewhere, because a mutant has an instruction more, is no difference between them', () => {
  const original = built('shadow-stack-per-cpu');
  const { mutants } = mutantsOf(original, ['duplicate']);
  const mutant = mutants.find(({ name }) => name === 'duplicate livepatch_return:3 ld r11, shadow_sp(r13)')!;
  const cases = Array.from({ length: 14 }, (_, step) => parseScenario(`A:M -> local B\nB:M patched\nswitch 1 at 1 hook-return+${step}`));
  const court = new MutantCourt({ original, mutants: [mutant.strategy], cases, seed: 1n, features: FEATURES, bound: TINY });
  const { trials, catches, witnesses } = court.execute({ kind: 'sweep', style: 'in-line', phase: 'off', from: 0, to: cases.length, alive: [0] });
  expect([trials, catches, witnesses]).toEqual([14, [], []]);
});

test('runs that do not end decide nothing: exit 3, and 1 where another survives', () => {
  const base = { mutant: 'm', kind: 'delete', hooked: ['in-line'], strategy: built('mini-frame'), also: [], outcome: 'survived' } as const;
  const of = (...rows: MutantRow[]): MutateReport['strategies'] => [{ name: 's', claim: { kind: 'holds', assuming: [] }, made: 1, unassembled: 0, rows, staleReasons: [], exhaustive: null, hooked: ['in-line'], samples: [] }];
  expect(rulingOf(of({ ...base, open: 3 })).exit).toBe(3);
  expect(rulingOf(of({ ...base, open: 3 }, base)).exit).toBe(1);
  expect(rulingOf(of({ ...base, outcome: 'equivalent' })).exit).toBe(0);
});

describe('the exhaustive bound', () => {
  const swaps = { strategies: [built('livepatch-stack')], kinds: ['swap'], cases: [], runs: 1 } as const;
  const interruptOnly = 'swap livepatch_handler:6 std r11, TI_livepatch_sp(r12) <> std r2, -24(r11)';
  test('its parts are those of an exhaustive run, the largest what that runs by default', () => {
    expect(MUTANT_BOUNDS.map((it) => [it.name, ...partsOf(it, built('mini-frame'), true).map(({ expected: n }) => n)])).toEqual([
      ['tiny', 182, 32, 32], ['small', 3_126, 182, 182], ['windows', 10_105, 118, 118], ['medium', 49_788, 3_126, 182], ['exhaust', 263_945, 3_126, 182],
    ]);
    expect(partsOf(TINY, built('mini-frame'), false).map((it) => it.part)).toEqual(['plain', 'switches']);
    expect(DEFAULT_MUTANT_BOUND.name).toBe('small');
  });

  test('catches what the sample has not met; all of it is run, by any number of workers', async () => {
    const report = await run({ ...swaps, bound: PAIR });
    const text = (it: MutateReport): string => JSON.stringify(mutateDocument({ report: it, fileOf: () => undefined }));
    expect(text(await run({ ...swaps, bound: PAIR }, 3))).toBe(text(report));
    const { exhaustive, rows } = report.strategies[0]!;
    expect(exhaustive?.complete).toBe(true);
    expect(exhaustive?.parts.map(({ enumerated, expected: n }) => [enumerated, n])).toEqual([[8, 8], [8, 8]]);
    const inBound = rows.filter((it) => it.caught?.inBound === true);
    expect(exhaustive?.suspects).toBe(inBound.length + rows.filter((it) => it.outcome === 'survived').length);
    expect(inBound.length).toBeGreaterThanOrEqual(2);
    for (const { caught, strategy } of inBound) {
      const { scenario, signature } = decodeToken(caught!.token);
      const trials = new Trials([strategy, built('livepatch-stack')]);
      trials.load(scenario);
      expect(trials.run(0).violations.map((it) => it.obligation)).toContain(signature?.obligation);
      expect(trials.run(1).outcome).toBe('holds');
    }
    const words = mutateLines({ report, fileOf: () => undefined }).join('\n').replace(/\s+/g, ' ');
    expect(words).toContain('hooked in-line, every scenario up to 2 functions, 1 call and 0 things out of the ordinary: 8 enumerated, 8 expected');
    expect(words).toContain(`${inBound.length} mutants caught there`);
  });

  test('a fault that one boundary alone shows is caught there, and nowhere where no interrupt lands', () => {
    const original = built('livepatch-stack');
    const mutant = mutantsOf(original, ['swap']).mutants.find((it) => it.name === interruptOnly)!;
    const bound = MUTANT_BOUNDS.find((it) => it.name === 'windows')!;
    const court = new MutantCourt({ original, mutants: [mutant.strategy], cases: [], seed: 1n, features: FEATURES, bound });
    const plain = court.execute({ kind: 'bound', style: 'in-line', part: 'plain', from: 0, to: 1_000, alive: [0] });
    expect(plain).toMatchObject({ scenarios: 1_000, interrupts: 0, undecided: 0, catches: [], open: [], witnesses: [] });
    expect(plain.trials).toBeGreaterThan(500);
    let found: Catch | undefined;
    for (let from = 50; from < 118 && found === undefined; from += 10) {
      const { catches, interrupts, refuted } = court.execute({ kind: 'bound', style: 'in-line', part: 'interrupts', from, to: from + 10, alive: [0] });
      expect([interrupts > 500, refuted]).toEqual([true, undefined]);
      found = catches[0];
    }
    const { token, needsInterrupt } = court.execute({ kind: 'describe', style: 'in-line', phase: 'on', caught: found!, minimise: 0 });
    expect([needsInterrupt, found?.obligation]).toEqual([true, 'toc']);
    const { scenario } = decodeToken(token);
    expect(scenario.interrupts.map(({ at }) => at.region)).toEqual(['hook-entry']);
    const trials = new Trials([mutant.strategy, original]);
    trials.load(scenario);
    expect([trials.run(0).outcome, trials.run(1).outcome]).toEqual(['violated', 'holds']);
  });

  test('a strategy that breaks its claim there is refuted, with a token', async () => {
    // Only an interrupt shows it, and the sample has none there.
    const late: Strategy = { ...built('livepatch-stack-late-publish'), name: 'late', claim: built('livepatch-stack').claim };
    const { refuted, rows, exhaustive } = (await run({ strategies: [late], kinds: ['width'], cases: [], runs: 1, bound: PAIR })).strategies[0]!;
    expect([rows, exhaustive?.complete]).toEqual([[], false]);
    const [, token] = /of the bound pair \(interrupts, in-line\): (toc1-\w+)$/.exec(refuted?.scenario ?? '') ?? [];
    const { scenario, signature } = decodeToken(token!);
    const trials = new Trials([late]);
    trials.load(scenario);
    expect(trials.run(0).violations.map((it) => it.obligation)).toContain(refuted?.obligation);
    expect(signature?.obligation).toBe(refuted?.obligation);
  });

  test('an enumeration that is not what it must be cannot be trusted; and a reason needs all of it', async () => {
    const strategy = parseStrategyText(`${TAME}livepatch_handler:\n li r0, 8\n stw r0, 8(r1)\n mfctr r12\n bctr\n`, 'mine.s');
    const mutant = 'delete livepatch_handler:3 li r0, 8';
    const short = (missing: number): MutationHooks => ({
      width: 1,
      open: () => ({
        close: () => Promise.resolve(),
        run: <T extends MutationTask>(task: T) => Promise.resolve((task.kind === 'sizes' ? { kind: 'sizes', off: 0, on: 0 }
          : task.kind === 'bound' ? { ...NOTHING, scenarios: due(task) - (task.from === 0 ? missing : 0) }
          : { kind: 'sweep', trials: 0, catches: [], open: [], witnesses: [] }) as MutationAnswer<T>),
      }),
    });
    const options: MutateOptions = { strategies: [strategy], seed: 1n, runs: 5, bound: TINY, kinds: ['delete'], reviewed: { mine: { [mutant]: 'r' } } };
    expect(rowOf(await mutate(options, short(0)), mutant)?.outcome).toBe('equivalent-to-bound');
    const { exit, reasons } = await mutate(options, short(1));
    expect([exit, reasons[0]]).toEqual([4, 'mine: 181 scenarios were enumerated (plain, in-line), 182 expected']);
  });
});

test('an endless loop is a kill, a strategy that breaks its own claim is refuted, one that claims to break is refused', async () => {
  const looping = parseStrategyText(`${TAME}livepatch_handler:\n b 1f\n2: b 2b\n1: mfctr r12\n bctr\n`, 'mine.s');
  const rows = (await run({ strategies: [looping], kinds: ['delete'], runs: 30 })).strategies[0]!.rows;
  expect(rows.find((it) => it.mutant === 'delete livepatch_handler:3 b 1f')?.caught?.obligation).toBe('progress');
  const wrong = parseStrategyText('livepatch_handler:\n mfctr r12\n bctr\n', 'mine.s');
  const refuted = await run({ strategies: [wrong], kinds: ['duplicate'], runs: 30 });
  expect([refuted.exit, refuted.strategies[0]?.refuted?.obligation, refuted.strategies[0]?.rows]).toEqual([1, 'toc', []]);
  await expect(run({ strategies: [built('branch-only')] })).rejects.toThrow('branch-only claims to break toc');
});

test('a spent budget is no kill: it is counted, and no reason makes it equal', async () => {
  // Without `mtctr r0` the loop goes round as often as the replacement's address says.
  const strategy = parseStrategyText(`${TAME}livepatch_handler:\n mfctr r12\n li r0, 1\n mtctr r0\n1: bdnz 1b\n mtctr r12\n bctr\n`, 'mine.s');
  const name = 'delete livepatch_handler:5 mtctr r0';
  const report = await run({ strategies: [strategy], kinds: ['delete'], runs: 12, cases: CASES.slice(-6), reviewed: { mine: { [name]: 'no reason' } } });
  const row = rowOf(report, name);
  expect(row?.outcome).toBe('survived');
  expect(row?.open).toBeGreaterThan(0);
});

test.each([
  ['{', 'not JSON; expected an object'],
  ['[]', 'the whole: expected an object'],
  ['{"schema":"x","strategies":{}}', 'schema: expected "tocsin/mutants@1"'],
  ['{"schema":"tocsin/mutants@1","strategies":{"a":[{"reason":"","mutants":[]}]}}', 'a[0].reason: expected a text of at most 1000 characters'],
  ['{"schema":"tocsin/mutants@1","strategies":{"a":[{"reason":"r","mutants":["m","m"]}]}}', "a[0].mutants[1]: 'm' has a reason already; expected each once"],
  ['{"schema":"tocsin/mutants@1","strategies":{"a":[{"reason":"r","mutants":[],"more":1}]}}', "a[0]: unknown field 'more'; expected reason, mutants"],
])('bad reasons %#', (source, message) => {
  expect(() => parseReasons(source)).toThrow(message);
});

test('every kind has a planted fault above', () => {
  expect(FAULT_KINDS).toHaveLength(13);
});

test('the deepest recursion that a premise allows is among what mutants meet: the last entry of an array is used, no more', () => {
  const original = built('return-stack');
  const names = [
    'move livepatch_handler:8 addi r11, r11, 32 before 4', 'offset livepatch_handler:15 std r12, ret_stack-16(r11) -> std r12, ret_stack-16+16(r11)',
    'offset livepatch_handler:16 std r1, ret_stack-8(r11) -> std r1, ret_stack-8+8(r11)', 'delete livepatch_handler:16 std r1, ret_stack-8(r11)',
  ];
  const made = mutantsOf(original, ['move', 'offset', 'delete']).mutants;
  const mutants = names.map((name) => made.find((it) => it.name === name)!.strategy);
  const caughtBy = (cases: MutationSetup['cases']): string[] => {
    const court = new MutantCourt({ original, mutants, cases, seed: 1n, features: FEATURES, bound: TINY });
    const { off } = court.execute({ kind: 'sizes', style: 'in-line' });
    const { catches, refuted } = court.execute({ kind: 'sweep', phase: 'off', style: 'in-line', from: 0, to: off, alive: [0, 1, 2, 3] });
    expect(refuted).toBe(undefined);
    return catches.map((it) => `${it.mutant} ${it.obligation}`);
  };
  expect(caughtBy(CASES)).toEqual(['0 toc', '1 frame-condition', '2 frame-condition']);
  expect(caughtBy(CASES.filter((it) => it.functions.every(({ body }) => body.calls.every(({ limit = 0 }) => limit < 60))))).toEqual([]);
});
