import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ld, li, nop, std } from '../../src/isa/encode.ts';
import { CALL_KINDS, ENTRY_SHAPES } from '../../src/image/program.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Workbench } from '../../src/verify/workbench.ts';
import type { Fault } from '../../src/verify/workbench.ts';
import { Emulated } from '../../src/verify/emulated.ts';
import { Explainer } from '../../src/verify/explain.ts';
import { decodeToken } from '../../src/case/token.ts';
import { INTERRUPTS_WANTED } from '../../src/verify/interrupted.ts';
import { LEAST_FOR_REACH, wanted } from '../../src/verify/reached.ts';
import { NOT_RUNNABLE, RUNNABLE } from '../../src/verify/runnable.ts';
import { verifyScenarios } from '../../src/verify/scenarios.ts';
import { missingTools } from './tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

const strategy = (name: string): number => BUILT_IN.findIndex((it) => it.name === name);

/** A local and a global call of patched functions, one with an argument on the stack, in modules near and far. */
const SMALL = parseScenario(`
  places N=1 P=2
  A:M saves 1 -> local B, global C, indirect B
  B:M args 9 patched -> global C
  C:N args 2 patched same`);

/** Of seed 7 so many reach all that 200 of any seed must; 60 do not, and every one more is twenty runs. `tocsin verify`, which .ci/run calls, has 1,000 and the sweep. */
const SCENARIOS = 80;
/** Of them so many instruction by instruction: each takes as long as some twenty others. */
const STEPPED = 3;

describe('whole scenarios against qemu-ppc64le', () => {
  it('runs a scenario alike under a strategy that holds and under one that does not', (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    const bench = new Workbench(BUILT_IN, new Emulated(folder));
    const explainer = new Explainer(bench, folder);
    for (const name of ['branch-only', 'livepatch-stack', 'mini-frame', 'caller-slot']) {
      for (const patched of [true, false]) {
        const run = { scenario: SMALL, strategy: strategy(name), patched };
        const { events, end, difference } = bench.alone(run);
        expect(difference).toBeUndefined();
        expect(end).toBe(true);
        expect(events).toBeGreaterThan(20);
        // The same without code at points: every instruction.
        expect(explainer.firstStep(run)).toBeGreaterThan(150);
      }
    }
  });

  it('agrees on every strategy, and reaches every call kind in both states, every hook, every feature that can be run', async (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    const result = await verifyScenarios({ strategies: BUILT_IN, seed: 7n, scenarios: SCENARIOS, stepped: STEPPED, sweep: 'none' });
    expect(result.differences).toEqual([]);
    expect(result.differed).toBe(0);
    expect(result.counts['scenarios']).toBe(SCENARIOS);
    expect(result.counts['events']).toBeGreaterThan(100 * SCENARIOS);
    expect(result.counts['events at home']).toBeGreaterThan(result.counts['events']! / 2);
    // Below this number of scenarios nobody else asks.
    expect(SCENARIOS).toBeLessThan(LEAST_FOR_REACH);
    expect(wanted(BUILT_IN, new Workbench(BUILT_IN, new Emulated(folder))).filter((it) => !(result.counts[it]! > 0))).toEqual([]);
    expect(result.counts['instructions']).toBeGreaterThan(50_000);
    expect(result.counts['interrupts']).toBeGreaterThan(2 * SCENARIOS);
    for (const name of INTERRUPTS_WANTED) expect(result.counts[name], name).toBeGreaterThan(0);
    expect(result.counts['drawn with all features']).toBe(SCENARIOS);
    for (const feature of NOT_RUNNABLE.keys()) expect(result.counts[`cannot be run: ${feature}`], feature).toBeGreaterThan(0);
    for (const kind of CALL_KINDS) expect(result.counts[`call ${kind}, patched`], kind).toBeGreaterThan(0);
    for (const feature of RUNNABLE) expect(result.counts[`scenario with ${feature}`], feature).toBeGreaterThan(0);
  }, 120_000);
});

it('a signal is heard between two scenarios, and what was begun is compared', async (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  let signalled = false;
  // As a signal does, this comes where the thread waits for something.
  setImmediate(() => { signalled = true; });
  const strategies = BUILT_IN.filter((it) => it.name === 'livepatch-stack');
  const { counts, differed, skipped } = await verifyScenarios({ strategies, seed: 7n, scenarios: 40, stepped: 0, stop: () => signalled });
  expect(counts['scenarios']).toBeLessThan(5);
  expect([counts['ends'], differed]).toEqual([counts['patched']! + counts['unpatched']!, 0]);
  expect(skipped).toContainEqual({ what: `${40 - counts['scenarios']!} of 40 scenarios`, why: 'stopped before them' });
});

/** Words of text that satisfy a test, changed. */
function change(words: Int32Array, from: number, to: number, test: (word: number) => boolean, into: (word: number) => number): void {
  for (let at = from; at < to; at++) if (test(words[at]!)) words[at] = into(words[at]!);
}

const LOCAL = CALL_KINDS.indexOf('local'), DUAL = ENTRY_SHAPES.indexOf('dual');

const FAULTS: readonly (readonly [name: string, fault: Fault, what: RegExp, scenarios?: number])[] = [
  ['a wrong offset in a call stub of the image', {
    image: ({ image }, { space }) => {
      for (let stub = 0; stub < image.stubs; stub++) {
        // The stub's own data record: the target lies at 32.
        if (image.stubTarget[stub]! >= 0) change(space.words, image.stubWord[stub]!, image.stubWord[stub]! + 6, (word) => word === (ld(12, 32, 11) | 0), () => ld(12, 40, 11));
      }
    },
  }, /stub\.f\d+\+0xc \[\w\]: ld +r12,32\(r11\) r12 /],
  ['a wrong rule of st_other in the model: a local call enters at the global entry', {
    model: ({ image }, { space }) => {
      for (let call = 0; call < image.calls; call++) {
        const callee = image.callCallee[call]!;
        if (image.callKind[call] === LOCAL && callee >= 0 && image.versionEntry[callee] === DUAL) space.words[image.callSite[call]!]! -= 8;
      }
    },
  }, /: bl .* next f\d+ .* next f\d+\+0x8 /],
  ['a register that ftrace entry does not put back in the model', {
    model: ({ set }, { space }) => {
      const { labels } = set.current;
      change(space.words, labels.get('ftrace_call_return')!, labels.get('ftrace_exit')!, (word) => (word & 0xffff0000 | 0) === (ld(6, 0, 1) & 0xffff0000 | 0), nop);
    },
  }, /ftrace_call_return\+.*r6/],
  ['a register that the model\'s callback leaves otherwise, of which nothing is left at the next event', {
    model: (_, { host, machine }) => {
      const { callback } = Object.getPrototypeOf(host) as typeof host;
      host.callback = () => {
        const sent = callback.call(host);
        machine.setGpr(8, 0x1234n);
        return sent;
      };
    },
  }, /klp_callback: blr r8 0x1234 r8 0xca11bac00001081/],
  ['an ftrace entry of the image that takes tracing to be off', {
    image: ({ set }, { space }) => { space.words[set.current.tracingTest] = li(3, 0); },
  }, /ftrace_entry\+\w+: lbz +r3,\d+\(r13\) r3 0x1 r3 0x0/],
  ['a register that is missing from the model\'s interrupt frame', {
    model: ({ set }, { space }) => {
      const { labels } = set.current;
      change(space.words, labels.get('interrupt_entry')!, labels.get('interrupt_enabled')!, (word) => (word & 0xffff0000 | 0) === (std(7, 0, 1) & 0xffff0000 | 0), nop);
    },
  }, /interrupt_preempt\+\w+: ld +r7,\d+\(r1\) r7 0x1a7e1a7f1a7e1a7f r7 0x/, 12],
];

describe('a planted error', () => {
  for (const [name, fault, what, scenarios = 3] of FAULTS) {
    it(`is caught and named: ${name}`, async (ctx) => {
      const missing = missingTools();
      if (missing !== undefined) ctx.skip(missing);
      const strategies = BUILT_IN.filter((it) => ['livepatch-stack', 'branch-only'].includes(it.name));
      const result = await verifyScenarios({ strategies, seed: 7n, scenarios, stepped: 1, fault, sweep: 'none', explained: 1 });
      expect(result.differed).toBeGreaterThan(0);
      const told = result.differences.map((it) => `${it.what} ${it.ours} ${it.theirs}`);
      const named = told.filter((it) => /, (un)?patched, toc\d-\w+: behind \d+ instructions, the last of which is /.test(it));
      expect(named.filter((it) => what.test(it)), told.join('\n')).not.toEqual([]);
      // Made as small as a counterexample is; it may be one with an interrupt, whose handler is a function too.
      const [, token = ''] = /(toc\d-\w+)/.exec(told.find((it) => it.includes(named[0]!))!) ?? [];
      expect(decodeToken(token).scenario.functions.length).toBeLessThanOrEqual(4);
      // The judged run and the run that is compared are of one machine: where that is broken they part.
      const apart = told.filter((it) => it.includes("at the model's own addresses"));
      if (fault.model === undefined || name.includes('nothing is left')) expect(apart).toEqual([]);
      else expect(apart).not.toEqual([]);
    }, 120_000);
  }
});
