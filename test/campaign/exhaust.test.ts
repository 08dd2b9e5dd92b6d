import { expect, test } from 'vitest';
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { CampaignError } from '../../src/campaign/error.ts';
import { parseExhaustCheckpoint, printExhaustCheckpoint } from '../../src/campaign/exhaust-checkpoint.ts';
import { compared } from '../../src/campaign/exhaust-compare.ts';
import { DEFAULT_BOUND, DEFAULT_INTERRUPT_SIZES, planExhaust } from '../../src/campaign/exhaust-plan.ts';
import type { ExhaustPlan } from '../../src/campaign/exhaust-plan.ts';
import type { ExhaustReport, InterruptFacts } from '../../src/campaign/exhaust-report.ts';
import type { AboutResult, ExhaustBench, ExhaustTask, Stack } from '../../src/campaign/exhaust-task.ts';
import { DEFAULT_STACKS, SLICE, STACKS } from '../../src/campaign/exhaust-task.ts';
import { Pairs } from '../../src/campaign/exhaust-pairs.ts';
import { exhaustHere } from '../../src/campaign/exhaust-workshop.ts';
import { exhaust, freshState } from '../../src/campaign/exhaust.ts';
import type { ExhaustHooks, ExhaustState } from '../../src/campaign/exhaust.ts';
import { decodeToken } from '../../src/case/token.ts';
import { BoundError, DIMENSIONS, wholeBound } from '../../src/enumerate/bound.ts';
import type { Bound, Dimension } from '../../src/enumerate/bound.ts';
import { measureOf } from '../../src/enumerate/measure.ts';
import { exhaustDocument, exhaustLines } from '../../src/report/exhaust.ts';
import { documentText } from '../../src/report/machine-readable.ts';
import { count } from '../../src/report/text.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const named = (...names: string[]): Strategy[] => names.map((name) => BUILT_IN.find((it) => it.name === name)!);

const NARROW = { bodies: ['plain'], tracing: [], entries: ['dual'], arguments: ['none'], places: ['near'], replacements: ['own'] } as const;
/** Within the default bound in every dimension, and small. */
const WITHIN_DEFAULT: Bound = { ...wholeBound(3, 2, 1), ...NARROW, modules: ['M'], kinds: ['local', 'indirect', 'stub-sibling'], bodies: ['plain', 'early'] };
const ONE_HOOK: Bound = { ...WITHIN_DEFAULT, functions: 2, calls: 1, special: 0 };

async function whole(plan: ExhaustPlan, hooks: ExhaustHooks = {}, bench: ExhaustBench = exhaustHere(plan.setup), state?: (about: AboutResult) => ExhaustState): Promise<{ report: ExhaustReport; state: ExhaustState; about: AboutResult }> {
  const about = await bench.run({ kind: 'about' });
  const from = state?.(about) ?? freshState(plan);
  return { report: await exhaust(plan, bench, about, from, hooks), state: from, about };
}

const text = (report: ExhaustReport): string =>
  documentText(exhaustDocument({ report, interrupted: false, exit: report.exit, comparisons: [] })) + exhaustLines({ report, interrupted: false, exit: report.exit, comparisons: [] }, false).join('\n');

test('the bound of these tests is part of the default bound, which is all there is in its sizes', () => {
  expect(DEFAULT_BOUND).toEqual({ ...wholeBound(3, 2, 1) });
  for (const name of Object.keys(DIMENSIONS) as Dimension[]) for (const value of WITHIN_DEFAULT[name]) expect(DEFAULT_BOUND[name]).toContain(value);
  for (const name of ['functions', 'calls', 'special'] as const) {
    expect(WITHIN_DEFAULT[name]).toBeLessThanOrEqual(DEFAULT_BOUND[name]);
    expect(ONE_HOOK[name]).toBeLessThanOrEqual(DEFAULT_INTERRUPT_SIZES[name]);
  }
});

test('within the default bound every broken strategy breaks all that it claims to break, and every sound one holds', async () => {
  const plan = planExhaust({ strategies: BUILT_IN, bound: WITHIN_DEFAULT, interrupts: { bound: ONE_HOOK, stacks: ['shared'] }, switches: { bound: { ...ONE_HOOK, kinds: ['local'] }, turns: ['migration', 'switch'] } });
  const { report } = await whole(plan);
  expect(report.faults).toEqual([]);
  expect(report.reasons).toEqual([]);
  expect(report.exit).toBe(0);
  expect(report.complete).toBe(true);
  expect(report.parts.map((it) => it.enumerated)).toEqual(plan.parts.map((it) => it.expected));
  expect(report.parts.map((it) => it.enumerated >= (it.part === 'switches' ? 5 : 20))).toEqual([true, true, true]);
  expect(Object.fromEntries(report.strategies.map((it) => [it.name, it.outcome]))).toEqual(Object.fromEntries(BUILT_IN.map((it) => [it.name, it.claim.kind === 'holds' ? 'holds' : 'broken'])));
  const trials = new Trials(BUILT_IN);
  for (const [index, it] of report.strategies.entries()) {
    expect([it.name, it.asClaimed, it.interrupts!.boundaries > 1_000, it.interrupts!.trials > 1_000]).toEqual([it.name, true, true, true]);
    if (it.claim.kind === 'breaks') for (const obligation of it.claim.obligations) expect([it.name, it.findings.some((one) => one.obligation === obligation && one.withinClaim)]).toEqual([it.name, true]);
    // Each token is a counterexample like any other.
    for (const { token, obligation, edge, place, measure, sentence } of it.findings) {
      const content = decodeToken(token);
      expect(measureOf(content.scenario)).toEqual(measure);
      trials.load(content.scenario);
      expect(trials.run(index).violations.filter((one) => one.obligation === obligation && one.edge === edge && one.place === place)).toHaveLength(1);
      expect(sentence.length).toBeGreaterThan(20);
    }
  }
  // Preempted everywhere: only state of a CPU's is broken, by a migration and by nothing else; the wrong orders are not.
  const bySwitch = report.strategies.flatMap((it) => (it.signatures.some(({ measure }) => measure.around > 0) ? [it.name] : []));
  expect(bySwitch).toEqual(['shadow-stack-per-cpu']);
  const moved = report.strategies.find((it) => it.name === 'shadow-stack-per-cpu')!.signatures.filter(({ measure }) => measure.around > 0);
  expect(moved.every((it) => it.needs.join() === 'no-migration' && decodeToken(it.token).scenario.world!.switches[0]!.cpu === 1)).toBe(true);
  for (const it of report.strategies) expect([it.name, it.switches!.boundaries > 500, it.switches!.trials > 2 * it.switches!.boundaries, it.switches!.long]).toEqual([it.name, true, true, 0]);
  expect(report.strategies.reduce((sum, it) => sum + it.interrupts!.compared, 0)).toBeGreaterThan(20);
  // Seen only with an interrupt.
  for (const name of ['livepatch-stack-late-publish', 'livepatch-stack-early-release']) {
    const found = report.strategies.find((it) => it.name === name)!.findings.find((it) => it.obligation === 'return-address')!;
    expect(found.measure).toEqual({ functions: 1, calls: 0, patches: 1, interrupts: 1, around: 0, special: 0 });
  }
  const lines = exhaustLines({ report, interrupted: false, exit: 0, comparisons: [] }, false);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(79);
  expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(`Holds for all ${count(report.strategies.find((it) => it.name === 'livepatch-stack')!.within)} scenarios`);
});

test('a planted fault is found, and refutes the claim', async () => {
  const [sound] = named('mini-frame');
  const body = sound!.code.livepatch_handler!;
  // Keeps r2 where the return address is kept too.
  const planted: Strategy = { ...sound!, name: 'planted', code: { ...sound!.code, livepatch_handler: body.replace(/std(\s+)r2,/, 'std$1r0,') } };
  expect(planted.code.livepatch_handler).not.toBe(body);
  const { report } = await whole(planExhaust({ strategies: [planted], bound: { ...ONE_HOOK, kinds: ['local', 'indirect'] }, interrupts: null, switches: null }));
  expect(report.exit).toBe(1);
  expect(report.strategies[0]!.outcome).toBe('broken');
  expect(report.strategies[0]!.smallest).not.toBeNull();
  expect(report.reasons).toEqual(['planted claims to hold and is broken']);
});

test('soft irqs at every boundary, where they are asked for: as many as on the interrupt stack, each at a boundary of its own, and the same is broken', async () => {
  const strategies = named('livepatch-stack', 'livepatch-stack-late-publish', 'shadow-stack-parallel');
  const bound = { ...ONE_HOOK, kinds: ['local'] as const };
  const on = async (stacks: readonly Stack[]): Promise<ExhaustReport> => (await whole(planExhaust({ strategies, bound: ONE_HOOK, interrupts: { bound, stacks }, switches: null }))).report;
  const [own, soft, all] = [await on(['own']), await on(['soft']), await on(STACKS)];
  const facts = ({ strategies: them }: ExhaustReport, at: number): InterruptFacts => them[at]!.interrupts!;
  strategies.forEach(({ name }, at) => {
    expect([name, facts(own, at).trials > 500, facts(soft, at).trials, facts(all, at).trials]).toEqual([name, true, facts(own, at).trials, 3 * facts(own, at).trials]);
    expect([name, facts(soft, at).violated]).toEqual([name, facts(own, at).violated]);
  });
  for (const report of [own, soft, all]) {
    expect([report.faults, report.parts.map((it) => it.enumerated - it.expected)]).toEqual([[], [0, 0]]);
    expect(report.strategies.map((it) => it.outcome)).toEqual(['holds', 'broken', 'holds']);
  }
  const late = soft.strategies[1]!;
  expect(late.signatures.map(({ obligation, edge, place }) => [obligation, edge, place])).toEqual(own.strategies[1]!.signatures.map(({ obligation, edge, place }) => [obligation, edge, place]));
  for (const { token } of late.signatures) expect([token.slice(0, 5), decodeToken(token).scenario.world?.soft]).toEqual(['toc3-', [1]]);
  const said = (report: ExhaustReport): string => exhaustLines({ report, interrupted: false, exit: 0, comparisons: [] }, false).join(' ').replace(/\s+/g, ' ');
  expect(said(soft)).toContain('every handler, on the soft irq stack:');
  expect(said(all)).toContain('every handler, on the interrupted stack, the interrupt stack and the soft irq stack:');
  expect(DEFAULT_STACKS).toEqual(['shared', 'own']);
});

test('more handlers than a run can have are refused', () => {
  const bound: Bound = { ...ONE_HOOK, functions: 3 };
  const plan = (stacks: readonly Stack[]): unknown => planExhaust({ strategies: named('livepatch-stack'), bound, interrupts: { bound, stacks }, switches: null });
  expect(() => plan(STACKS)).toThrow('with interrupts, 3 functions on 3 stacks are 9 handlers; expected at most 8');
  expect(() => plan(DEFAULT_STACKS)).not.toThrow();
});

test('hooked out of line: every scenario of the bound in that style, and who has no code for it is named', async () => {
  const strategies = named('livepatch-stack', 'branch-only', 'mini-frame', 'livepatch-stack-late-publish', 'odd-toc');
  const bound = { ...ONE_HOOK, kinds: ['local'] as const, hooked: ['out-of-line'] as const };
  const inner = { interrupts: { bound, stacks: ['shared'] as const }, switches: { bound, turns: ['migration', 'switch'] as const } };
  const plan = planExhaust({ strategies, bound, ...inner });
  const { report } = await whole(plan);
  expect([report.faults, report.reasons, report.exit]).toEqual([[], [], 0]);
  expect(report.parts.map((it) => it.enumerated)).toEqual(plan.parts.map((it) => it.expected));
  expect(report.strategies.map((it) => [it.name, it.outcome])).toEqual([
    ['livepatch-stack', 'holds'], ['branch-only', 'broken'], ['mini-frame', 'holds'], ['livepatch-stack-late-publish', 'broken'], ['odd-toc', 'not-applicable'],
  ]);
  const { enumerated } = report.parts[0]!;
  for (const it of report.strategies) {
    expect([it.name, it.trials, it.notApplicable]).toEqual(it.name === 'odd-toc' ? ['odd-toc', 0, enumerated] : [it.name, enumerated, 0]);
    for (const { token } of it.signatures) expect(decodeToken(token).scenario.world?.outOfLine).toBe(true);
    if (it.name !== 'odd-toc') expect([it.name, it.interrupts!.trials > 500, it.switches!.trials > 500]).toEqual([it.name, true, true]);
  }
  const lines = exhaustLines({ report, interrupted: false, exit: 0, comparisons: [] }, false).join(' ').replace(/\s+/g, ' ');
  expect(lines).toContain('hooked out-of-line');
  expect(lines).toContain(`odd-toc: not applicable claim: breaks toc-slot, reserved-word Not applicable to ${enumerated} scenarios: it has no code for functions that are hooked out of line.`);

  // Both styles: twice as many, and whoever has code for one is judged in that one.
  const both = planExhaust({ strategies, bound: { ...bound, hooked: ['in-line', 'out-of-line'] }, interrupts: null, switches: null });
  const again = (await whole(both)).report;
  expect(both.parts[0]!.expected).toBe(2 * plan.parts[0]!.expected);
  expect(again.strategies.map((it) => [it.trials, it.notApplicable])).toEqual(strategies.map(({ name }) => (name === 'odd-toc' ? [enumerated, enumerated] : [2 * enumerated, 0])));

  // Nobody is left: that is no success.
  const none = (await whole(planExhaust({ strategies: named('odd-toc'), bound, interrupts: null, switches: null }))).report;
  expect([none.exit, none.reasons]).toEqual([3, ['no strategy has code for functions that are hooked out of line']]);
});

test('two switches at every pair of boundaries: a stack per CPU is broken, the merged order is not, hooked out of line too', async () => {
  const bound: Bound = { ...ONE_HOOK, functions: 1, calls: 0, bodies: ['plain'], hooked: ['out-of-line'] };
  const strategies = named('livepatch-stack', 'shadow-stack-per-cpu');
  const plan = planExhaust({ strategies, bound, interrupts: null, switches: null, pairs: { bound } });
  const { report } = await whole(plan);
  expect([report.faults, report.reasons, report.exit]).toEqual([[], [], 0]);
  const [, both] = report.parts;
  expect([both!.part, both!.enumerated, both!.expected]).toEqual(['pairs', 2, 2]);
  for (const it of report.strategies) {
    const { pairs } = it;
    // The other task begins with the same function: as many boundaries as the first one has.
    expect([it.name, it.outcome, pairs!.trials > 10_000, pairs!.trials <= pairs!.boundaries ** 2]).toEqual([it.name, 'holds', true, true]);
    const broken = it.signatures.filter(({ measure }) => measure.around === 3);
    expect([it.name, broken.length > 0]).toEqual([it.name, it.name === 'shadow-stack-per-cpu']);
    for (const { token, needs } of broken) expect([needs, decodeToken(token).scenario.world!.switches.length]).toEqual([['no-tasks'], 2]);
  }
  const lines = exhaustLines({ report, interrupted: false, exit: 0, comparisons: [] }, false).join(' ').replace(/\s+/g, ' ');
  expect(lines).toContain(`and under all ${count(report.strategies[0]!.pairs!.within)} pairs of switches in theirs`);
});

test('a pair of switches that does not arrive, or a boundary that is not visited, is a fault of the harness', () => {
  const trials = new Trials(named('livepatch-stack'));
  const scenario = parseScenario('A:M patched');
  const seen: boolean[] = [];
  const counts = new Pairs(trials).run(scenario, 0, [0], ({ delivered }) => { seen.push(delivered); });
  expect([counts.pairs, counts.cut, seen.length, seen.every(Boolean)]).toEqual([counts.expected, 0, counts.pairs, true]);
  expect(counts.pairs).toBe(counts.boundaries ** 2);
});

test('a claim to be broken that nothing in the bound shows is inconclusive', async () => {
  const { report } = await whole(planExhaust({ strategies: named('odd-toc', 'livepatch-stack-late-publish'), bound: ONE_HOOK, interrupts: null, switches: null }));
  expect(report.exit).toBe(3);
  expect(report.strategies.map((it) => [it.outcome, it.asClaimed, it.unseen])).toEqual([['broken', false, ['toc-slot']], ['holds', false, ['return-address']]]);
  expect(report.reasons).toHaveLength(2);
});

/** Several slices: the order in which they come back is turned around. */
function late(bench: ExhaustBench, width: number): ExhaustBench {
  const waiting: (() => void)[] = [];
  return {
    width,
    async run<T extends ExhaustTask>(task: T) {
      const answer = await bench.run(task);
      if (task.kind !== 'slice') return answer;
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        setTimeout(() => { waiting.pop()?.(); }, 0);
      });
      return answer;
    },
  };
}

const SEVERAL: Bound = WITHIN_DEFAULT;

test('the same bytes in whatever order slices come back, and after stopping and going on at any slice', async () => {
  const plan = planExhaust({ strategies: named('odd-toc', 'livepatch-stack-late-publish'), bound: SEVERAL, interrupts: { bound: ONE_HOOK, stacks: ['own'] }, switches: null });
  expect(plan.parts[0]!.expected).toBeGreaterThan(SLICE.plain);
  expect(plan.parts[1]!.slices).toBeGreaterThan(1);
  const { report } = await whole(plan);
  const once = text(report);
  expect(text((await whole(plan, {}, late(exhaustHere(plan.setup), 3))).report)).toBe(once);

  const slices = plan.parts.reduce((sum, it) => sum + it.slices, 0);
  let resumed = 0;
  for (let stopAfter = 0; stopAfter < slices; stopAfter++) {
    let done = 0;
    const first = await whole(plan, { stop: () => done >= stopAfter, state: () => { done++; } });
    expect(first.report.complete).toBe(false);
    expect(first.report.exit).toBe(3);
    expect(first.report.parts.reduce((sum, it) => sum + it.done, 0)).toBe(stopAfter);
    const saved = printExhaustCheckpoint(plan, first.about, first.state);
    const second = await whole(plan, {}, exhaustHere(plan.setup), (about) => parseExhaustCheckpoint(saved, plan, about));
    expect(text(second.report)).toBe(once);
    resumed++;
  }
  expect(resumed).toBeGreaterThan(3);
});

test('a checkpoint is read as hostile data, and only by the run that wrote it', async () => {
  const options = { strategies: named('caller-slot'), bound: ONE_HOOK, interrupts: null, switches: null };
  const plan = planExhaust(options);
  const { state, about } = await whole(plan);
  const good = printExhaustCheckpoint(plan, about, state);
  expect(parseExhaustCheckpoint(good, plan, about).parts[0]!.scenarios).toBe(plan.parts[0]!.expected);
  type Json = { [key: string]: Json } & Json[] & (string | number | null);
  const refused = (change: (it: Json) => void, message: RegExp): void => {
    const data = JSON.parse(good) as Json;
    change(data);
    expect(() => parseExhaustCheckpoint(JSON.stringify(data), plan, about)).toThrow(CampaignError);
    expect(() => parseExhaustCheckpoint(JSON.stringify(data), plan, about)).toThrow(message);
  };
  const set = (it: Json, path: readonly (string | number)[], value: unknown): void => {
    let at: Json = it;
    for (const key of path.slice(0, -1)) at = at[key as string]!;
    (at as unknown as Record<string, unknown>)[path[path.length - 1] as string] = value;
  };
  expect(() => parseExhaustCheckpoint('{"schema":', plan, about)).toThrow(/not JSON/);
  refused((it) => { set(it, ['schema'], 'tocsin/checkpoint@1'); }, /schema/);
  refused((it) => { set(it, ['more'], 1); }, /unknown field/);
  refused((it) => { set(it, ['modelHash'], '0'.repeat(16)); }, /of another run: modelHash/);
  refused((it) => { set(it, ['bound', 'calls'], 2); }, /of another run: bound\.calls/);
  refused((it) => { set(it, ['bound', 'hooked', 0], 'out-of-line'); }, /of another run: bound\.hooked/);
  refused((it) => { set(it, ['parts', 0, 'strategies', 0, 'notApplicable'], 1e9); }, /notApplicable/);
  refused((it) => { set(it, ['strategies', 0, 'hash'], 'x'); }, /of another run: strategies/);
  refused((it) => { set(it, ['parts', 0, 'next'], 1e9); }, /parts\[0\]\.next/);
  refused((it) => { set(it, ['parts', 0, 'next'], 0); }, /parts\[0\]\.scenarios/);
  refused((it) => { set(it, ['parts', 0, 'scenarios'], 3); }, /parts\[0\]\.scenarios/);
  refused((it) => { set(it, ['parts', 0, 'strategies', 0, 'trials'], -1); }, /strategies\[0\]\.trials/);
  refused((it) => { set(it, ['parts', 0, 'strategies', 0, 'trials'], 1); }, /byOutside/);
  refused((it) => { set(it, ['parts', 0, 'strategies', 0, 'byOutside'], [[1, 2]]); }, /byOutside/);
  refused((it) => { set(it, ['parts', 0, 'strategies', 0, 'signatures', 0, 'token'], 'toc1-abc'); }, /signatures\[0\]\.token: token/);
  refused((it) => { set(it, ['parts', 0, 'strategies', 0, 'signatures', 0, 'obligation'], 'toc'); }, /another strategy, obligation or place/);
  refused((it) => { set(it, ['parts', 0, 'strategies', 0, 'signatures', 0, 'obligation'], 'x'); }, /expected one of/);
  refused((it) => { set(it, ['parts', 0, 'strategies', 0, 'signatures', 0, 'index'], 1e6); }, /index/);
  refused((it) => { set(it, ['parts'], []); }, /parts/);
  refused((it) => { set(it, ['faults'], [{ kind: 'x', block: 0, run: 0, message: '' }]); }, /faults\[0\]\.kind/);
  // Another bound, another strategy: not this one's.
  expect(() => parseExhaustCheckpoint(good, planExhaust({ ...options, bound: { ...ONE_HOOK, calls: 0 } }), about)).toThrow(/of another run/);
});

test('bounds that do not go together are refused', () => {
  const strategies = named('caller-slot');
  const inner = (bound: Bound) => ({ bound, stacks: ['shared'] as const });
  expect(() => planExhaust({ strategies: [], bound: ONE_HOOK, interrupts: null, switches: null })).toThrow(CampaignError);
  expect(() => planExhaust({ strategies, bound: ONE_HOOK, interrupts: inner({ ...ONE_HOOK, calls: 2 }), switches: null })).toThrow(/with interrupts, calls is larger/);
  expect(() => planExhaust({ strategies, bound: ONE_HOOK, interrupts: inner({ ...ONE_HOOK, kinds: ['global'] }), switches: null })).toThrow(/with interrupts, kinds/);
  expect(() => planExhaust({ strategies, bound: ONE_HOOK, interrupts: { bound: ONE_HOOK, stacks: [] }, switches: null })).toThrow(/stack/);
  expect(() => planExhaust({ strategies, bound: wholeBound(6, 10, 8), interrupts: null, switches: null })).toThrow(/too large|at most/);
  expect(() => planExhaust({ strategies, bound: { ...ONE_HOOK, functions: 7 }, interrupts: null, switches: null })).toThrow(BoundError);
});

test('stored counterexamples beside the smallest: as small, larger, or of something that the bound has not', async () => {
  const { report } = await whole(planExhaust({ strategies: named('caller-slot'), bound: ONE_HOOK, interrupts: null, switches: null }));
  const line = report.strategies[0]!.signatures.find((it) => it.obligation === 'reserved-word')!;
  const { scenario } = decodeToken(line.token);
  const stored = { name: 'case.json', strategy: 'caller-slot', signature: { obligation: line.obligation, edge: line.edge, place: line.place }, needs: [], scenario };
  const larger = { ...scenario, functions: [{ ...scenario.functions[0]!, traced: false, args: 0, body: { ...scenario.functions[0]!.body, nonvolatile: 3 } }, ...scenario.functions.slice(1)] };
  const rows = compared([stored, { ...stored, scenario: larger }, { ...stored, signature: { ...stored.signature, obligation: 'toc' } }, { ...stored, strategy: 'other' }], report.strategies);
  expect(rows.map((it) => it.standing)).toEqual(['smallest', 'larger', 'not-in-bound']);
  expect(OBLIGATIONS.some((it) => it.name === rows[0]!.obligation)).toBe(true);
  // What no scenario was run for has no smallest one that anything could be as small as.
  const { report: idle } = await whole(planExhaust({ strategies: named('odd-toc'), bound: { ...ONE_HOOK, kinds: ['local'], hooked: ['out-of-line'] }, interrupts: null, switches: null }));
  expect([idle.strategies[0]!.trials, idle.strategies[0]!.outcome]).toEqual([0, 'not-applicable']);
  expect(compared([{ ...stored, strategy: 'odd-toc' }], idle.strategies)).toEqual([]);
});
