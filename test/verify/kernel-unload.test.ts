// Modules that were removed, or could not be, under tasks that slept on a booted kernel: what it once wrote down, against the model of today. Nothing needs to be installed for it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { NEWS } from '../../src/trial/patch-news.ts';
import { compareSides } from '../../src/verify/kernel/compare.ts';
import { kernelRun, known, removalOf, runsOf, traceOf } from '../../src/verify/kernel/log.ts';
import type { HookRange, LoggedRun } from '../../src/verify/kernel/log.ts';
import { programOf } from '../../src/verify/kernel/modules.ts';
import { decodeRecords } from '../../src/verify/kernel/recording.ts';
import { RECORD, WHAT } from '../../src/verify/kernel/records.ts';
import { SleepModel } from '../../src/verify/kernel/sleep-model.ts';
import { SLEEPER_KINDS } from '../../src/verify/kernel/sleep-case.ts';
import { unloadCase } from '../../src/verify/kernel/unload-plan.ts';
import { unloadRunnerFiles } from '../../src/verify/kernel/unload-runner.ts';
import { versionsOf } from '../../src/verify/kernel/versions.ts';
import { RECORDED_REMOVALS } from './recorded/kernel-runs.ts';

const { logs } = JSON.parse(readFileSync(new URL('./recorded/kernel-runs.json', import.meta.url), 'utf8')) as { readonly logs: readonly { readonly layer: string; readonly hook?: readonly [string, string]; readonly records: readonly string[] }[] };
const log = logs.find(({ layer }) => layer === 'kernel-unload')!, hook = log.hook!.map((it) => BigInt(`0x${it}`)) as unknown as HookRange;
const { runs, whole } = runsOf(decodeRecords(log.records));
const MERGED = BUILT_IN.findIndex(({ name }) => name === 'livepatch-stack');
const caseOf = (number: number, model: SleepModel) => unloadCase(parseScenario(RECORDED_REMOVALS[number]!), MERGED, model, SLEEPER_KINDS[number % SLEEPER_KINDS.length]!)!;

/** Of each task the model's side and the kernel's, as it was written down or as `change` has it. */
function compared(strategies = BUILT_IN, change: (logged: LoggedRun) => LoggedRun = (it) => it) {
  const model = new SleepModel(strategies);
  return runs.map((it) => {
    const logged = change(it), { scenario, ours } = caseOf(logged.number, model), removal = removalOf(logged)!;
    return {
      ours: { trace: known(ours.trace).join(', '), transition: ours.transition, removed: ours.removed }, end: ours.end, fetched: ours.fetched, answer: removal.answer,
      theirs: { trace: traceOf(logged, hook)!.join(', '), transition: removal.transition, removed: removal.removed },
      difference: compareSides(ours, kernelRun(logged, scenario, versionsOf(scenario), 0, hook)),
    };
  });
}

describe('modules removed under tasks that slept on a booted kernel', () => {
  test('can be removed when the model says so, and the tasks go on as there', () => {
    expect(whole).toBe(true);
    const all = compared();
    expect(all.length).toBe(RECORDED_REMOVALS.length);
    for (const { ours, theirs, difference } of all) expect({ ...ours, difference }).toEqual({ ...theirs, difference: undefined });
  });

  test('go behind the hook although they are returned to, and the task fails to fetch there; else the kernel says EAGAIN until the task is done', () => {
    expect(compared().map(({ theirs, answer, end, fetched }) => [theirs.transition, theirs.removed, answer, end, fetched])).toEqual([
      ['switched', 'while it sleeps', 0, 'bad-fetch', 'the return address of call 0 of version 4'],
      ['held', 'behind its end', -11, 'end', undefined],
      ['switched', 'while it sleeps', 0, 'end', undefined],
      ['switched', 'while it sleeps', 0, 'bad-fetch', 'the return address of call 0 of version 4'],
    ]);
  });

  test('an unwinder that knows what the hook stands for is another one: it would hold what the kernel lets go', () => {
    const { recovers } = BUILT_IN.find(({ name }) => name === 'livepatch-stack-unwound')!;
    const all = compared(BUILT_IN.map((it, i) => (i === MERGED ? { ...it, recovers: recovers! } : it)));
    expect(all.map(({ ours, theirs }) => [ours.trace === theirs.trace, ours.transition === theirs.transition, ours.removed === theirs.removed])).toEqual([[false, false, false], [false, true, true], [true, true, true], [false, false, false]]);
    for (const at of [0, 3]) expect(all[at]!.difference).toMatchObject({ what: expect.stringMatching(/^behind event \d+$/), ours: 'land of call 0 of version 4', theirs: 'the run is over: bad-fetch' });
  });

  test('a model that leaves removed text where it was goes on where the kernel cannot', () => {
    const model = new SleepModel(BUILT_IN), { space, transitions } = model.engineOfRun, unmap = space.unmap.bind(space);
    // Not where a program is lowered.
    space.unmap = (page) => { if (!transitions.timed || transitions.tally[NEWS.COMPLETE] === 0) unmap(page); };
    expect([0, 1, 2].map((at) => caseOf(at, model).ours.end)).toEqual(['end', 'end', 'end']);
  });

  test('another place of the bad fetch, another answer, a trace that lacks somebody are differences', () => {
    const changed = (what: number, index: number, value: bigint) => compared(BUILT_IN, (logged) => ({
      ...logged, records: logged.records.map((record) => (Number(record[RECORD.WHAT]! >> 32n) === what ? Object.assign(record.slice(), { [index]: value }) : record)),
    }));
    expect(changed(WHAT.fault, RECORD.NIP, 0xc008000000000000n)[0]!.difference).toMatchObject({ what: expect.stringMatching(/: where nothing can be fetched$/), ours: 'the return address of call 0 of version 4', theirs: 'elsewhere' });
    expect(changed(WHAT.removal, RECORD.GPR, 0n).map(({ theirs }) => theirs.transition)).toEqual(['held', 'held', 'held', 'held']);
    expect(changed(WHAT.removal, RECORD.GPR + 1, 0xfffffffffffffff5n).map(({ theirs }) => theirs.removed)).toEqual([undefined, undefined, undefined, undefined]);
    expect(changed(WHAT.trace, RECORD.GPR, 0n).map(({ theirs }) => theirs.trace)).toEqual(['unreliable', 'unreliable', 'unreliable', 'unreliable']);
  });
});

describe('the writer of modules that can be removed', () => {
  const cases = RECORDED_REMOVALS.map((_, number) => caseOf(number, new SleepModel(BUILT_IN))), program = programOf(cases.map(({ scenario }) => scenario), [undefined], 'each');

  test('gives each scenario a live patch of its own, and one second patch to all', () => {
    expect(program.modules.map(({ name }) => name)).toEqual(['k', 'm', 'n', 'p0', 'p1', 'p2', 'p3', 'q']);
    cases.forEach(({ scenario }, i) => {
      const glue = program.modules.find(({ name }) => name === `p${i}`)!.files[1]!.text;
      expect(glue.match(/\.old_name = /g)!.length).toBe(scenario.functions.filter(({ replacement }) => replacement !== undefined).length);
      expect(glue).toMatch(new RegExp(`tocsin_patch_tocs\\[${i}\\] = tocsin_p${i}_toc; return klp_enable_patch`));
      expect([...glue.matchAll(/\bp(\d+)_s(\d+)_v/g)].every(([, p, s]) => Number(p) === i && Number(s) === i)).toBe(true);
    });
  });

  test('lets nobody but itself name a symbol of a patch: it could not be removed', () => {
    const others = [...program.modules.filter(({ name }) => !name.startsWith('p')).flatMap(({ files }) => files), ...unloadRunnerFiles({ program, most: cases.map(() => 99), walker: 0n })];
    for (const { name, text } of others) expect(text.match(/\bp\d+_s\d+_v\d+|tocsin_p\d+_/g), name).toBeNull();
  });

  test('traces nothing in a patch, and leaves out what nobody can sleep in', () => {
    const model = new SleepModel(BUILT_IN);
    expect(cases.every(({ scenario }) => scenario.functions.every(({ module, traced, replacement }) => replacement?.traced !== true && (module !== 'P' || !traced)))).toBe(true);
    expect(SLEEPER_KINDS.map((kind) => unloadCase(parseScenario('A:M patched'), MERGED, model, kind))).toEqual([undefined, undefined, undefined]);
  });
});
