// Scenarios on real kernels: the writer of modules, the reader of logs, and what booted kernels once wrote down against the model of today. Nothing needs to be installed for it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { FRAME } from '../../src/abi/frame.ts';
import { TEXT } from '../../src/image/points.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { compareSides } from '../../src/verify/kernel/compare.ts';
import type { KernelDifference } from '../../src/verify/kernel/compare.ts';
import { FAR_PLACES, byPlaces, checkPlaces, isFar, loadedAt } from '../../src/verify/kernel/far.ts';
import { gepInFront, siteOffset } from '../../src/verify/kernel/function-text.ts';
import { hookAssembly, notRunnable, presetsOf } from '../../src/verify/kernel/hooks.ts';
import { kernelRun, known, recordsOf, runsOf, sleptOf } from '../../src/verify/kernel/log.ts';
import type { HookRange, LoggedRun } from '../../src/verify/kernel/log.ts';
import { EVENT_WORD, markWord } from '../../src/verify/kernel/marks.ts';
import { ModelSide } from '../../src/verify/kernel/model-side.ts';
import { programOf } from '../../src/verify/kernel/modules.ts';
import { BUILT, NOT_BUILT, redirectPlan } from '../../src/verify/kernel/plan.ts';
import { decodeRecords, encodeRecords } from '../../src/verify/kernel/recording.ts';
import { RECORD } from '../../src/verify/kernel/records.ts';
import { runnerFiles } from '../../src/verify/kernel/runner-text.ts';
import { versionsOf } from '../../src/verify/kernel/versions.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { SleepModel } from '../../src/verify/kernel/sleep-model.ts';
import { sleepCase } from '../../src/verify/kernel/sleep-plan.ts';
import { RECORDED_FAR, RECORDED_SCENARIOS, RECORDED_SLEEPERS } from './recorded/kernel-runs.ts';

interface Log {
  readonly layer: 'kernel-redirect' | 'kernel-livepatch' | 'kernel-sleep' | 'kernel-unload';
  readonly far?: true;
  readonly kernel: string;
  readonly hook?: readonly [string, string];
  readonly runs: readonly (readonly [scenario: number, name: string, set: number])[];
  readonly records: readonly string[];
}

const { logs: everyLog } = JSON.parse(readFileSync(new URL('./recorded/kernel-runs.json', import.meta.url), 'utf8')) as { readonly logs: readonly Log[] };
const logs = everyLog.filter(({ layer }) => layer === 'kernel-redirect' || layer === 'kernel-livepatch'), asleep = everyLog.find(({ layer }) => layer === 'kernel-sleep')!;
const scenarios = RECORDED_SCENARIOS.map(parseScenario), far = RECORDED_FAR.map(parseScenario);
const scenariosOf = (log: Log): readonly Scenario[] => (log.far === true ? far : scenarios);
const hookOf = ({ hook }: Log): HookRange | undefined => (hook === undefined ? undefined : [BigInt(`0x${hook[0]}`), BigInt(`0x${hook[1]}`)]);
const MERGED = BUILT_IN.findIndex(({ name }) => name === 'livepatch-stack');

/** Of each recorded run the first difference from the model's, and how many events it has. */
function replay(log: Log, model = new ModelSide(BUILT_IN)): { readonly name: string; readonly events: number; readonly end: string; readonly difference: KernelDifference | undefined; readonly logged: LoggedRun }[] {
  const { runs } = runsOf(decodeRecords(log.records));
  return runs.map((logged) => {
    const [scenario, name, set] = log.runs[logged.number]!, patched = name !== 'unpatched', strategy = BUILT_IN.findIndex((it) => name === it.name);
    const ours = model.run(scenariosOf(log)[scenario]!, strategy < 0 ? MERGED : strategy, patched, log.layer === 'kernel-redirect');
    const theirs = kernelRun(logged, scenariosOf(log)[scenario]!, versionsOf(scenariosOf(log)[scenario]!), set, hookOf(log));
    return { name, events: ours.events.length, end: ours.end, difference: compareSides(ours, theirs), logged };
  });
}

describe('what booted kernels wrote down', () => {
  test.each(logs.map((log) => [`${log.layer}${log.far === true ? ', modules far from each other' : ''}, ${log.kernel}, ${log.runs[0]![1]} and others`, log] as const))('%s: every event is the model\'s', (_, log) => {
    const runs = replay(log);
    expect(runs.filter(({ difference }) => difference !== undefined)).toEqual([]);
    expect(runs.length).toBe(log.runs.length);
    expect(runsOf(decodeRecords(log.records)).whole).toBe(true);
  });

  test('is of both kernels, patched and not, with wrong r2, and ends that are no returns', () => {
    const all = logs.flatMap((log) => replay(log).map((run) => ({ ...run, layer: log.layer })));
    expect(new Set(all.map(({ layer, name }) => `${layer} ${name}`))).toEqual(new Set([
      ...['unpatched', 'branch-only', 'livepatch-stack', 'mini-frame', 'manual-restore'].map((name) => `kernel-redirect ${name}`),
      'kernel-livepatch unpatched', 'kernel-livepatch livepatch-stack, live patched',
    ]));
    expect(all.reduce((sum, { events }) => sum + events, 0)).toBeGreaterThan(600);
    expect(new Set(all.map(({ end }) => end))).toContain('astray');
  });

  test('an error in the model is caught: an offset of its stubs, of its frames, of its hook', () => {
    const broken = (tag: number, word: number, by: number, from?: string): readonly string[] => {
      const model = new ModelSide(BUILT_IN);
      let planted = 0;
      model.fault = ({ space }, engine) => {
        for (let at = 0; at < space.words.length; at++) if (space.textTag[at] === tag && space.words[at] === (word | 0) && (from === undefined || engine.set.current.name === from)) {
          space.words[at] = word + by | 0;
          planted++;
        }
      };
      const found = logs.flatMap((log) => replay(log, model)).flatMap(({ name, difference }) => (difference === undefined ? [] : [`${name}: ${difference.what}: ${difference.ours} / ${difference.theirs}`]));
      expect(planted).toBeGreaterThan(0);
      return found;
    };
    // ld r12,32(r11) of a stub; ld r2,24(r1) of a return site; ld r2,-24(r11) of livepatch_return
    expect(broken(TEXT.STUB, 0xe98b0020, -8)).toContainEqual(expect.stringMatching(/^unpatched: behind event \d+: the run is over: bad-fetch \/ gep of version/));
    expect(broken(TEXT.BODY, 0xe8410000 + FRAME.TOC, -8)).toContainEqual(expect.stringMatching(/^unpatched: r2 at event \d+, resume of call \d+ of version \d+: other \/ TOC of [KMN]$/));
    expect(broken(TEXT.HOOK, 0xe84bffe8, 8, 'livepatch-stack')).toContainEqual(expect.stringMatching(/^livepatch-stack, live patched: r2 at event \d+, land of call/));
  });

  test('a register, an event or an end that is another one is a difference', () => {
    const log = logs[0]!, [logged] = runsOf(decodeRecords(log.records)).runs, scenario = scenarios[log.runs[logged!.number]![0]]!;
    const run = (change: (records: BigUint64Array[]) => BigUint64Array[]) =>
      kernelRun({ ...logged!, records: change(logged!.records.map((it) => it.slice())) }, scenario, versionsOf(scenario), 0, undefined);
    const whole = run((it) => it);
    expect(compareSides(whole, run((it) => it))).toBeUndefined();
    const changed = (at: number, index: number) => compareSides(whole, run((it) => { it[at]![index] = it[at]![index]! ^ 0x100n; return it; }));
    for (const [index, register] of [[RECORD.GPR + 1, 'r1'], [RECORD.GPR + 2, 'r2'], [RECORD.GPR + 14, 'r14'], [RECORD.GPR + 31, 'r31']] as const) {
      expect(changed(3, index)).toMatchObject({ event: 3, what: expect.stringMatching(new RegExp(`^${register} at event 4`)) });
    }
    expect(changed(3, RECORD.CR)).toBeUndefined();
    expect(compareSides(whole, run((it) => { it[3]![RECORD.CR]! ^= 0x8000n; return it; }))).toMatchObject({ what: expect.stringMatching(/^CR2-4 at event 4/) });
    const exit = whole.events.findIndex(({ mark }) => mark === 'exit');
    for (const [index, register] of [[RECORD.GPR + 3, 'r3'], [RECORD.GPR + 4, 'r4'], [RECORD.AT_LR, 'LR']] as const) expect(changed(exit, index)).toMatchObject({ event: exit, what: expect.stringMatching(new RegExp(`^${register} at event`)) });
    expect(compareSides(whole, run((it) => it.slice(0, -1)))).toMatchObject({ ours: 'the end' });
    expect(compareSides(whole, run((it) => [...it.slice(0, 5), ...it.slice(6)]))).toMatchObject({ event: 5 });
  });
});

describe('tasks that slept on a booted kernel, while a second patch was enabled', () => {
  const hook = hookOf(asleep)!, { runs, whole } = runsOf(decodeRecords(asleep.records));
  /** Of each the model's case and what the kernel says: trace, transition, first difference of events. */
  const compared = (strategies = BUILT_IN) => {
    const model = new SleepModel(strategies);
    return runs.map((logged) => {
      const { scenario, ours } = sleepCase(parseScenario(RECORDED_SLEEPERS[logged.number]!), MERGED, model)!;
      return { ours, theirs: sleptOf(logged, hook)!, difference: compareSides(ours, kernelRun(logged, scenario, versionsOf(scenario), 0, hook)) };
    });
  };

  test('have the model\'s reliable trace, are switched or held as in the model, and go on as there', () => {
    expect(whole).toBe(true);
    const all = compared();
    expect(all.length).toBe(RECORDED_SLEEPERS.length);
    for (const { ours, theirs, difference } of all) expect({ trace: known(ours.trace), transition: ours.transition, difference }).toEqual({ ...theirs, difference: undefined });
  });

  test('lose their callers behind the hook, and one that waits for a live-patched function is switched; without a hook it is held', () => {
    const all = compared().map(({ theirs }) => theirs);
    expect(all.map(({ transition, trace }) => `${transition}, ${trace.filter((it) => it === 'the hook').length} hooks`)).toEqual(['switched, 1 hooks', 'switched, 1 hooks', 'held, 0 hooks', 'switched, 2 hooks']);
    expect(all[2]!.trace).toEqual(['the return address of call 63 of version 2', 'the return address of call 0 of version 1', 'the return address of call 0 of version 0', 'the end']);
  });

  test('a walker that knows what the hook stands for is another one: traces, transitions and events differ', () => {
    const { recovers } = BUILT_IN.find(({ name }) => name === 'livepatch-stack-unwound')!;
    const all = compared(BUILT_IN.map((it, i) => (i === MERGED ? { ...it, recovers: recovers! } : it)));
    expect(all.map(({ ours, theirs }) => known(ours.trace).join() === theirs.trace.join())).toEqual([false, false, true, false]);
    expect(all.map(({ ours, theirs }) => ours.transition === theirs.transition)).toEqual([false, false, true, false]);
    // Switched, an old caller calls the new version of what it was to call; held, the old one.
    expect(all[3]!.difference).toMatchObject({ what: expect.stringMatching(/^event \d+$/), ours: expect.stringMatching(/^behind of version/), theirs: expect.stringMatching(/^gep of version/) });
  });
});

describe('the log', () => {
  const records = decodeRecords(logs[0]!.records);
  test('comes back from its text', () => {
    expect(decodeRecords(encodeRecords(records))).toEqual(records);
  });
  test.each<[string, () => unknown, RegExp]>([
    ['a count that no chunk can have', () => recordsOf([new Uint8Array(new BigUint64Array([1n << 40n, 0n]).buffer)]), /says that it has \d+ records/],
    ['a chunk that is cut off', () => recordsOf([new Uint8Array(new BigUint64Array([2n, 0n]).buffer)]), /says that it has 2 records/],
    ['no beginning', () => runsOf(records.slice(1)), /does not begin with the TOC pointers/],
    ['nothing', () => runsOf([]), /does not begin with the TOC pointers/],
    ['an event in front of all runs', () => runsOf([records[0]!, records[2]!]), /in front of the first run/],
    ['an event of no kind', () => kernelRun({ number: 0, heads: records[0]!, records: [Object.assign(records[2]!.slice(), { 0: 3n << 32n })] }, scenarios[0]!, versionsOf(scenarios[0]!), 0, undefined), /event word 0x0 where a run begins/],
    ['a line that is none', () => decodeRecords(['0:1 zz']), /line 1: "zz"; expected INDEX:VALUE/],
    ['an index too high', () => decodeRecords(['2d:1']), /index below 2d/],
  ])('refuses %s', (_, act, expected) => { expect(act).toThrow(expected); });
  test('of a run that is lost ends where it comes to what its scenario has not', () => {
    const log = logs[0]!, [logged] = runsOf(records).runs, scenario = scenarios[log.runs[logged!.number]![0]]!, versions = versionsOf(scenario);
    for (const word of [markWord('lep', versions.length), markWord('call', 0, versions[0]!.body.calls.length), markWord('land', 1, 40)]) {
      const lost = logged!.records.map((record, i) => (i === 3 ? Object.assign(record.slice(), { 0: record[0]! & ~0xffffffffn | BigInt(word) }) : record));
      expect(kernelRun({ ...logged!, records: lost }, scenario, versions, 0, undefined)).toMatchObject({ end: 'wild', events: { length: 3 } });
    }
  });
  test('that was cut short is not whole', () => {
    expect(runsOf(records.slice(0, -1)).whole).toBe(false);
  });
});

describe('the writer of modules', () => {
  const drawn = Array.from({ length: 60 }, (_, i) => scenarioAt(scenarioArbitrary({ features: BUILT }), 11n, 0, i));
  const model = new ModelSide(BUILT_IN), plan = redirectPlan(drawn, BUILT_IN, model), program = programOf(drawn, plan.sets);
  const text = (module: string): string => program.modules.find(({ name }) => name === module)!.files[0]!.text;

  /** Lines of each symbol, from behind it to its size. */
  const lines = new Map(program.modules.flatMap(({ files }) => [...files[0]!.text.matchAll(/^(\w+_s\d+_v\d+):\n([^]*?)\n\t\.size/gm)].map((match) => [match[1]!, match[2]!.split('\n')] as const)));
  const linesOf = (symbol: string): readonly string[] => lines.get(symbol) ?? [];

  test('is given nothing that a guest cannot be made to do', () => {
    const drawn = Array.from({ length: 300 }, (_, i) => scenarioAt(scenarioArbitrary({ features: BUILT }), 3n, 0, i));
    expect(drawn.filter(({ interrupts, world, places }) => interrupts.length > 0 || world !== undefined || Object.values(places).some((it) => it !== 0))).toEqual([]);
    expect(new Set([...BUILT, ...NOT_BUILT.keys()])).toEqual(new Set(FEATURES));
  });

  test('puts every event that a run of the model has into the text of the version that it is about', () => {
    const texts = new Map<string, string>();
    let looked = 0;
    for (const { scenario, set, ours } of plan.runs) for (const { mark, version, at } of ours.events) {
      if (['root', 'end', 'hook', 'use', 'astray'].includes(mark)) continue;
      const symbol = program.symbol(scenario, version, set);
      if (!texts.has(symbol)) texts.set(symbol, linesOf(symbol).join('\n'));
      expect(texts.get(symbol)).toContain(`0x${EVENT_WORD.toString(16).padStart(8, '0')}, 0x${markWord(mark, version, at).toString(16).padStart(8, '0')}`);
      looked++;
    }
    expect(looked).toBeGreaterThan(20_000);
  });

  test('modules of a boot lie where its scenarios have them, or the run is none', () => {
    const [near, far] = [{ M: 0, N: 0, P: 0 }, FAR_PLACES[0]!] as const, order = ['/tocsin_k.ko', '/tocsin_m.ko', '/tocsin_n.ko', '/tocsin_p0.ko', 'wait x', '/tocsin_run2.ko'];
    expect(loadedAt(near, order)).toEqual(order);
    expect(loadedAt(far, order)).toEqual(['/tocsin_gap.ko', '/tocsin_k.ko', 'place 1', '/tocsin_m.ko', 'place 2', '/tocsin_n.ko', 'place 1', '/tocsin_p0.ko', 'wait x', 'place 0', '/tocsin_run2.ko']);
    const heads = (k: bigint, ...others: readonly bigint[]): BigUint64Array => BigUint64Array.from({ length: RECORD.DOUBLEWORDS }, (_, i) => (i < RECORD.GPR ? 0n : [k, ...others][i - RECORD.GPR] ?? 0n));
    const seen = heads(0xc008000000178100n, 0xc008000400068100n, 0xc008000800068100n, 0xc008000400108100n);
    expect(() => { checkPlaces(far, seen); }).not.toThrow();
    expect(() => { checkPlaces(far, heads(0xc008000000178100n, 0xc008000400068100n, 0xc008000800068100n)); }).not.toThrow();
    expect(() => { checkPlaces(near, seen); }).toThrow('module M lies at 0xc008000400068100, 1 times 16 GiB from K; expected 0');
    expect(() => { checkPlaces({ ...far, P: 2 }, seen); }).toThrow('module P lies at 0xc008000400108100, 1 times 16 GiB from K; expected 2');
    expect(byPlaces([drawn[0]!, { ...drawn[1]!, places: far }, drawn[2]!]).map((it) => it.length)).toEqual([2, 1]);
    for (const log of logs) expect(() => { checkPlaces(scenariosOf(log)[log.runs[0]![0]]!.places, decodeRecords(log.records)[0]!); }).not.toThrow();
    // Both have a far one, and K is near and far from both.
    expect(new Set(logs.filter((log) => isFar(scenariosOf(log)[log.runs[0]![0]]!.places)).map(({ layer }) => layer))).toEqual(new Set(['kernel-redirect', 'kernel-livepatch']));
  });

  test('knows where each version calls ftrace, with each strategy\'s pieces', () => {
    let seen = 0;
    drawn.forEach((_, i) => program.versions(i).forEach((version) => program.sets.forEach((pieces, set) => {
      if (version.module !== 'P' && set > 0) return;
      const symbol = program.symbol(i, version.number, set), its = linesOf(symbol), site = its.indexOf(`.L${symbol}_site:`);
      const bytes = its.slice(0, site).reduce((sum, line) => sum + (/^\s+\.long\s.*,/.test(line) ? 8 : /^\s+[a-z]/.test(line) ? 4 : 0), 0);
      expect(siteOffset(version, pieces, 'far'), symbol).toBe(bytes);
      seen++;
    })));
    expect(seen).toBeGreaterThan(600);
  });

  test.each(['near', 'out-of-line'] as const)('keeps the site of a kernel since 6.13 within 16 bytes of its symbol, events in front: %s', (sites) => {
    const own = programOf(drawn, [undefined], true, sites);
    let seen = 0;
    for (const { files } of own.modules) {
      const all = files[0]!.text.split('\n');
      const bytesOf = (from: number, to: number): number => all.slice(from, to).reduce((sum, it) => sum + (/^\t\.(long\t.*,|quad)/.test(it) ? 8 : /^\t[a-z]/.test(it) ? 4 : 0), 0);
      drawn.forEach((_, i) => own.versions(i).forEach((version) => {
        const symbol = own.symbol(i, version.number, 0), at = all.indexOf(`${symbol}:`), site = all.indexOf(`.L${symbol}_site:`);
        if (at < 0) return;
        expect(bytesOf(at, site), symbol).toBe(siteOffset(version, undefined, sites));
        expect(siteOffset(version, undefined, sites)).toBeLessThanOrEqual(16);
        // The section of the other style's sites is the one that the module loader looks at.
        expect(all[site + 2]).toContain(sites === 'near' ? '__mcount_loc' : '__patchable_function_entries');
        if (version.entry === 'dual') {
          const gep = all.slice(0, at).findLastIndex((it) => it.endsWith('# gep'));
          expect(all[gep]).toContain(`0x${markWord('gep', version.number).toString(16).padStart(8, '0')}`);
          expect(bytesOf(gep, at)).toBe(gepInFront(sites));
          expect(all.slice(at + 1, at + 3).map((it) => it.replace(/\S+_(\d)$/, '$1'))).toEqual(['\tb 0', `\t.localentry\t${symbol}, .-${symbol}`]);
        }
        seen++;
      }));
    }
    expect(seen).toBeGreaterThan(200);
  });

  test('gives local entries offsets that st_other can say', () => {
    for (const { name } of program.modules) {
      const all = text(name).split('\n');
      let from = 0;
      all.forEach((line, at) => {
        const symbol = /^\t\.type\t(\S+),/.exec(line)?.[1];
        if (symbol !== undefined) from = at + 2;
        if (!/^\t\.localentry\t\S+, \.-/.test(line)) return;
        const bytes = all.slice(from, at).reduce((sum, it) => sum + (/^\s+\.long\s.*,/.test(it) ? 8 : /^\s+[a-z]/.test(it) ? 4 : 0), 0);
        expect([4, 8, 16, 32, 64]).toContain(bytes);
      });
    }
  });

  test('the four sets of pieces of module P, and both kinds of stubs, occur', () => {
    expect(program.modules.map(({ name }) => name)).toEqual(['k', 'm', 'n', 'p0', 'p1', 'p2', 'p3']);
    expect(/\.Lstub_\d+_\d+:\n.*\n\tb [km]_s\d+_v\d+\n/.test(text('n'))).toBe(true);
    expect(/\.Lstub_\d+_\d+:\n.*\n\taddis r11,r2,/.test(text('m'))).toBe(true);
  });

  test('the runner has a hook, presets and runs for each strategy that can run there', () => {
    expect(BUILT_IN.filter((it) => notRunnable(it) !== undefined).map(({ name }) => name)).toEqual(['odd-toc']);
    const [glue, hooks] = runnerFiles({ name: 'run', program, runs: plan.runs, strategies: plan.strategies, replacements: true });
    plan.strategies.forEach((_, i) => { expect(hooks!.text).toContain(`tocsin_hook_${i}:\n\tmtctr\tr12\n`); });
    // No name of the model's is left: the assembler knows registers and what the kernel's asm-offsets.h has.
    for (const strategy of plan.strategies) expect(hookAssembly(strategy, 0)).not.toMatch(/PACA|TI_|STACK_END_MAGIC|FRAME_|shadow_sp|ret_top|masked_sp|\bkept\b/);
    expect(glue!.text.match(/^\{ \d+, -?\d+, \d+, \d+, \(u64\)/gm)!.length).toBe(plan.runs.length);
    expect(presetsOf(BUILT_IN.find(({ name }) => name === 'shadow-stack-per-cpu')!)).toEqual([{ owner: 'cpu', offset: 1, value: 0x1008n, intoCpu: true }]);
    expect(presetsOf(BUILT_IN.find(({ name }) => name === 'shadow-stack-r1-masked')!)).toEqual([{ owner: 'stack', offset: 8, value: 16n, intoCpu: false }]);
  });

  test('sleepers call what sleeps through the loader\'s stub, and the second patch sets its own pointers', () => {
    const sleepers = RECORDED_SLEEPERS.map((it) => sleepCase(parseScenario(it), MERGED, new SleepModel(BUILT_IN))!.scenario), of = programOf(sleepers, [undefined], true);
    expect(of.modules.map(({ name }) => name)).toEqual(['k', 'm', 'n', 'p0', 'q']);
    for (const name of ['m', 'p0']) expect(of.modules.find((it) => it.name === name)!.files[0]!.text).toMatch(/\n\.Lstub_sleep:\n\t\.long.*\n\tb tocsin_sleep\n/);
    const glue = of.modules.at(-1)!.files[1]!.text;
    expect(glue.match(/\.new_func = q_s\d+_v\d+ /g)!.length).toBe(sleepers.reduce((sum, { world }) => sum + world!.second!.length, 0));
    expect(glue).toMatch(/tocsin_q_ptr\[0\] = \(unsigned long\)[mnq]_s\d+_v\d+; .*klp_enable_patch/);
  });

  test('a live patch names every patched function of K, M and N with its replacement', () => {
    const glue = programOf(drawn, [undefined], true).modules.at(-1)!.files[1]!.text;
    const patched = drawn.reduce((sum, { functions }) => sum + functions.filter(({ replacement }) => replacement !== undefined).length, 0);
    expect(glue.match(/\.old_name = "[kmn]_s\d+_v\d+", \.new_func = p0_s\d+_v\d+ /g)!.length).toBe(patched);
    expect(glue).toContain('klp_enable_patch(&patch)');
  });
});
