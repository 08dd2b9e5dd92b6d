// An interrupt at every instruction of hooks: the process shows wrong points where the model has them, and only there. What reads the process's registers sees each thing that it is to see.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { POINT } from '../../src/image/points.ts';
import { encode, nop, ori, std } from '../../src/isa/encode.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import type { Engine } from '../../src/trial/engine.ts';
import { Emulated } from '../../src/verify/emulated.ts';
import { Explainer } from '../../src/verify/explain.ts';
import type { Twin } from '../../src/verify/moved.ts';
import { Tally } from '../../src/verify/result.ts';
import { EVENT } from '../../src/verify/runner.ts';
import { shown } from '../../src/verify/shown.ts';
import type { Course } from '../../src/verify/shown.ts';
import { Sweep } from '../../src/verify/sweep.ts';
import type { Injection } from '../../src/verify/sweep.ts';
import { Workbench } from '../../src/verify/workbench.ts';
import type { Fault } from '../../src/verify/workbench.ts';
import { missingTools } from './tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

async function sweep(names: readonly string[], fault: Fault = {}): Promise<{ readonly injections: readonly Injection[]; readonly told: readonly string[] }> {
  const strategies = BUILT_IN.filter(({ name }) => names.includes(name)), tally = new Tally('scenarios'), told: string[] = [];
  // The tally itself keeps a hundred.
  tally.differ = (...it) => { told.push(it.join(' ')); };
  const differ = (): void => { tally.differ('a run', 'one', 'another'); };
  const injections = await new Sweep(strategies, new Workbench(strategies, new Emulated(folder), fault), tally, differ, () => 'a run').all('hooks');
  return { injections, told };
}

/** Region, step and what is wrong there, model and process, of one strategy's points in one program. */
const wrong = (injections: readonly Injection[], strategy: string, subject: string): string[] =>
  injections.filter((it) => it.strategy === strategy && it.subject === subject && (it.model !== undefined || it.process !== undefined))
    .map(({ region, step, model, process }) => `${region}+${step} ${model?.obligation} ${process}`);
const steps = (region: string, from: number, what: readonly string[]): string[] => what.map((it, i) => `${region}+${from + i} ${it}`);
const TOC = 'toc r2', RETURN = 'return-address return';

describe('an interrupt at every instruction of a hook', () => {
  it('is wrong in the process exactly where the model has it, under the two wrong orders, and nowhere under the others', async (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    const names = ['livepatch-stack', 'livepatch-stack-late-publish', 'livepatch-stack-early-release', 'mini-frame', 'manual-restore'];
    const { injections, told } = await sweep(names);
    expect(told).toEqual([]);
    const inLine = 'a local call', outOfLine = 'a local call, hooked out of line';
    // As many as test/trial/interrupts.test.ts has: 54 of ftrace entry, 12 and 13 of the hook.
    expect(injections.filter((it) => it.strategy === 'livepatch-stack' && it.subject === inLine)).toHaveLength(79);
    expect(wrong(injections, 'livepatch-stack-late-publish', inLine)).toEqual(steps('hook-entry', 3, [TOC, TOC, RETURN, RETURN, RETURN, RETURN, RETURN, RETURN]));
    expect(wrong(injections, 'livepatch-stack-early-release', inLine)).toEqual(steps('hook-return', 4, [RETURN, RETURN, RETURN, RETURN, RETURN, TOC, TOC]));
    expect(wrong(injections, 'livepatch-stack-late-publish', outOfLine).map((it) => it.split(' ')[0])).toEqual(['hook-entry+6', 'hook-entry+7', 'hook-entry+8', 'hook-entry+9']);
    expect(wrong(injections, 'livepatch-stack-early-release', outOfLine).length).toBeGreaterThan(2);
    for (const name of ['livepatch-stack', 'mini-frame', 'manual-restore']) for (const subject of [inLine, outOfLine]) expect(wrong(injections, name, subject)).toEqual([]);
  }, 120_000);

  it('is a difference if the process shows something wrong where the model has a verdict that nothing is', async (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    // r7 is missing from the interrupt frame of both machines that are compared, not from the judged one's.
    const without = ({ set }: Engine, { space: { words } }: Twin): void => {
      const { labels } = set.current;
      for (let at = labels.get('interrupt_entry')!; at < labels.get('interrupt_enabled')!; at++) if ((words[at]! & 0xffff0000 | 0) === (std(7, 0, 1) & 0xffff0000 | 0)) words[at] = nop();
    };
    const { injections, told } = await sweep(['mini-frame'], { model: without, image: without });
    expect(injections.length).toBeGreaterThan(100);
    expect(told.filter((it) => /^a run: an interrupt at \S+.*: is it wrong\? holds r7 at event \d+$/.test(it))).toHaveLength(injections.length);
  }, 120_000);
});

describe('interrupts in the process', () => {
  const NESTED = parseScenario(`
    A:M -> 1 local B; B:M args 9 patched -> 2 global C; C:N patched same; H:N -> 3 local E; E:N patched
    irq 1 at 1 hook-entry+4 runs H own-stack
    irq 2 at 1 hook-return+1 runs H own-stack
    irq 3 in 1 at 3 ftrace-entry+20 runs E
    irq 4 in 3 at 0 return-site+0 runs H own-stack
    irq 5 at 2 callee+0 runs E
    irq 6 at 2 callee+0 runs E own-stack
    softirq 2
    emergency 6`);
  const run = { scenario: NESTED, strategy: BUILT_IN.findIndex(({ name }) => name === 'livepatch-stack'), patched: true };
  const ended = (fault: Fault): string => {
    const { difference } = new Workbench(BUILT_IN, new Emulated(folder), fault).alone(run);
    return difference === undefined ? '' : `${difference.what}: ${difference.theirs}`;
  };

  it('arrive one in another, two before one instruction, before a word that has an event or a privileged one, and on every stack', (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    const bench = new Workbench(BUILT_IN, new Emulated(folder));
    expect(bench.alone(run)).toMatchObject({ end: true, difference: undefined });
    expect(bench.fates).toEqual(Array.from({ length: 6 }, () => 'delivered'));
    expect(new Explainer(bench, folder).firstStep(run)).toBeGreaterThan(1_000);
  });

  /** Words of interrupt entry and exit that satisfy `test` become `into`, in the process alone. */
  const changed = (test: (word: number) => boolean, into: number): Fault => ({
    image: ({ set }, { space: { words } }) => {
      const { labels } = set.current;
      for (let at = labels.get('interrupt_entry')!; at <= labels.get('interrupt_exit')!; at++) if (test(words[at]! >>> 0)) words[at] = into;
    },
  });
  it('are refused with MSR[EE] clear, and privileged words do there what they do here', (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    // The values that go to MSR; SRR0 and SRR1 mixed up; what is not put back into SRR0; MSR that is not read.
    expect(ended(changed((word) => word === encode('mtmsrd', 10, 1) >>> 0, nop()))).toMatch(/^number of events: \d+, then an interrupt with MSR\[EE\] clear, before 0x/);
    expect(ended(changed((word) => word === ori(10, 10, 0x8002) >>> 0, nop()))).not.toBe('');
    expect(ended(changed((word) => word === encode('mfspr', 11, 26) >>> 0, encode('mfspr', 11, 27)))).not.toBe('');
    expect(ended(changed((word) => word === encode('mtspr', 26, 10) >>> 0, nop()))).not.toBe('');
    expect(ended(changed((word) => word === encode('mfmsr', 10) >>> 0, nop()))).not.toBe('');
  });
});

/** Call 1 from the task; its callee is entered by its global entry; an interrupt there makes call 2; both return. */
const KINDS = [
  POINT.CALL, POINT.ENTRY_GLOBAL, POINT.ENTRY_LOCAL, POINT.INTERRUPT_ENTRY, POINT.CALL, POINT.ENTRY_SINGLE, POINT.EXIT, POINT.LAND_RESUME, POINT.INTERRUPT_EXIT, POINT.EXIT, POINT.LAND, POINT.RESUME,
];
const SUBJECTS = [1, 7, 7, 0, 2, 8, 8, 2, 0, 7, 1, 1];
const GEP = 0x1000n, R2 = 0x8000n;
const LAST = KINDS.length - 1;

function good(): { course: Course; events: BigUint64Array } {
  const events = new BigUint64Array(KINDS.length * EVENT.DOUBLEWORDS);
  for (let event = 0; event < KINDS.length; event++) {
    for (let n = 0; n < 32; n++) events[event * EVENT.DOUBLEWORDS + EVENT.GPR + n] = n === 12 ? GEP : n === 2 ? R2 : BigInt(100 + n);
  }
  const course: Course = {
    words: Int32Array.from(KINDS), kinds: Uint8Array.from(KINDS), subjects: Int32Array.from(SUBJECTS), keepsR2: Uint8Array.from(KINDS, () => 1),
    gep: BigUint64Array.from(KINDS, (kind) => (kind === POINT.ENTRY_GLOBAL ? GEP : 0n)), toc: BigUint64Array.from(KINDS, (kind) => (kind === POINT.ENTRY_LOCAL ? R2 : 0n)),
  };
  return { course, events };
}
const read = ({ course, events }: ReturnType<typeof good>, done = true): ReturnType<typeof shown> => shown(course, new Uint8Array(events.buffer), done);

describe('what registers show', () => {
  it('is nothing where all is well', () => {
    expect(read(good())).toBeUndefined();
  });

  const PLACES: readonly (readonly [event: number, field: number, what: string])[] = [
    [1, EVENT.GPR + 12, 'r12'], [2, EVENT.GPR + 2, 'r2'], ...[1, 2, 5].flatMap((event) => [3, 4, 5, 6, 7, 8, 9, 10].map((n) => [event, EVENT.GPR + n, `r${n}`] as const)),
    ...[7, LAST].flatMap((event) => [1, 2, 3, 4, 13, 14, 31].map((n) => [event, EVENT.GPR + n, `r${n}`] as const)), [7, EVENT.CR, 'CR'], [LAST, EVENT.CR, 'CR'], [10, EVENT.GPR + 1, 'r1'],
    ...Array.from({ length: 32 }, (_, n) => [8, EVENT.GPR + n, `r${n}`] as const), [8, EVENT.LR, 'LR'], [8, EVENT.CTR, 'CTR'], [8, EVENT.CR, 'CR'], [8, EVENT.XER, 'XER'],
  ];
  it.each(PLACES)('is a wrong doubleword at event %i, %i: %s', (event, field, what) => {
    const run = good();
    run.events[event * EVENT.DOUBLEWORDS + field]! ^= 0x00100000n;
    expect(read(run)).toEqual({ event, what });
  });

  it('is a return that nobody owes, or another one; an interrupt that leaves calls behind; and an end that is none', () => {
    for (const event of [7, 10, 11]) {
      const run = good();
      run.course.subjects[event] = 9;
      expect(read(run)).toEqual({ event, what: 'return' });
    }
    const early = good();
    early.course.kinds[5] = POINT.INTERRUPT_EXIT;
    expect(read(early)).toEqual({ event: 5, what: 'return' });
    expect(read(good(), false)).toEqual({ event: LAST + 1, what: 'end' });
    const owing = good();
    owing.course.kinds[LAST] = POINT.HOOK_STORE;
    expect(read(owing)).toEqual({ event: LAST + 1, what: 'return' });
  });
});
