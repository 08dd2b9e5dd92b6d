// Where interrupts really land: in every instruction of every strategy, and in code that is longer than any of them.
import { expect, test } from 'vitest';
import { ANCHORS } from '../../src/arbitraries/dice.ts';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { PAGE } from '../../src/image/pages.ts';
import { TEXT } from '../../src/image/points.ts';
import { PAGE_WORDS } from '../../src/image/space.ts';
import { PACA, PAGE_BYTES } from '../../src/kernel/layout.ts';
import type { InterruptScheduler } from '../../src/machine/interrupts.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { RETURN_STACK_ENTRIES } from '../../src/scenario/premises.ts';
import { BOUNDS } from '../../src/scenario/scenario.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Engine } from '../../src/trial/engine.ts';
import { Trials } from '../../src/trial/trials.ts';

const all = scenarioArbitrary();
/** Every third is a small one, in which the worst strategies live longer. */
const few = scenarioArbitrary({ features: ['local', 'interrupt'] });
const scenario = (seed: bigint, run: number): Scenario => scenarioAt(run % 3 === 2 ? few : all, seed, Math.floor(run / 500), run % 500);
const SCENARIOS = 12_000;
/** In so many scenarios each instruction is interrupted at least this often; the end of a trace of an unpatched function is the rarest. */
const LEAST = 1;
/** Scenarios that are run step by step, to see which words are executed. */
const STEPPED = 60;

/** Words of the strategies' core pages that are hook or ftrace entry, by their index in the page; those of the page for hooks out of line behind them. */
class Pages {
  readonly engine = new Engine(BUILT_IN, {});
  readonly scheduler = (this.engine as unknown as { readonly scheduler: InterruptScheduler }).scheduler;
  readonly executed = BUILT_IN.map(() => new Set<number>());

  /** Index in strategy k's page of a word of its hook or ftrace entry, else -1. */
  index(k: number, word: number): number {
    const tag = this.engine.space.textTag[word], { set } = this.engine;
    if (tag !== TEXT.HOOK && tag !== TEXT.FTRACE) return -1;
    for (const [second, page] of [set.pages[k], set.outOfLine[k]].entries()) {
      const at = word - (page?.page ?? -1) * PAGE_WORDS;
      if (page !== undefined && at >= 0 && at < PAGE_WORDS) return second * PAGE_WORDS + at;
    }
    return -1;
  }

  /** The word with this index is the strategy's, out of line. */
  isHook(k: number, at: number): boolean {
    const { space, set } = this.engine;
    return space.textTag[set.outOfLine[k]!.page * PAGE_WORDS + at - PAGE_WORDS] === TEXT.HOOK;
  }

  /** Runs the loaded scenario under strategy k. `stepped`: notes what is executed. */
  run(k: number, stepped: boolean): void {
    const { engine } = this;
    if (!engine.applicable(k)) return;
    engine.begin(k, true, false);
    if (!stepped) engine.go();
    else engine.go(() => {
      const more = engine.step();
      if (this.index(k, engine.at) >= 0) this.executed[k]!.add(this.index(k, engine.at));
      return more;
    });
  }

  /** Where interrupt j landed, as an index, -1: nowhere, or somewhere else. */
  landing(k: number, j: number): number {
    return this.engine.applicable(k) && this.scheduler.delivered[j] === 1 ? this.index(k, this.scheduler.landedAt[j]!) : -1;
  }
}

const IN_LINE = ['A:M -> 1 local B; B:M patched', 'A:N -> 1 global B; B:M patched', 'places N=1; A:N -> 1 global B; B:M patched'];
const PATCHED = [...IN_LINE, ...IN_LINE.map((text) => `${text}; out-of-line`)];
const TRACED = ['A:M -> 1 local B; B:M traced', 'A:M -> 1 local B; B:M traced; out-of-line'];
/** The original goes on, since tracing is off. */
const OFF = TRACED.map((text) => `${text}; tracing off at 1 caller+0`);
/** More pending hooked returns than an array of them has room for. */
const FULL = `A:M -> 1 local B; B:M patched -> 2 global C x${RETURN_STACK_ENTRIES}; C:M -> 3 local B x${RETURN_STACK_ENTRIES}`;

/** By word of strategy k: the least step of an anchor that puts an interrupt there, in all regions of these programs' call 1. */
function addressed(pages: Pages, k: number, programs: readonly string[]): Map<number, number> {
  const least = new Map<number, number>();
  for (const program of programs) for (const region of ['ftrace-entry', 'hook-entry', 'hook-return']) {
    for (let step = 0; step <= BOUNDS.step; step++) {
      pages.engine.load(parseScenario(`${program}; H:K; irq 1 at 1 ${region}+${step} runs H`));
      if (!pages.engine.applicable(k)) break;
      pages.run(k, step === 0);
      const at = pages.landing(k, 0);
      if (at >= 0) least.set(at, Math.min(step, least.get(at) ?? step));
      else if (pages.scheduler.delivered[0] === 0) break;
    }
  }
  return least;
}

test('every instruction of a hook and of the ftrace entry that is ever executed is interrupted', () => {
  const pages = new Pages();
  const landings = BUILT_IN.map(() => new Int32Array(2 * PAGE_WORDS));
  const land = (k: number, one: Scenario, stepped: boolean): void => {
    pages.engine.load(one);
    pages.run(k, stepped);
    for (const j of one.interrupts.keys()) if (pages.landing(k, j) >= 0) landings[k]![pages.landing(k, j)]! += 1;
  };
  for (let run = 0; run < STEPPED; run += 1) for (const k of BUILT_IN.keys()) land(k, scenario(31n, run), true);
  // A word beyond the steps that the dice mostly draw is an exception: one that only calls of traced, unpatched functions execute, where they are hooked out
  // of line: the last of the entry, as step 64 of the region (2 of the function's stub, 5 of the module's).
  const usual = ANCHORS.find(([region]) => region === 'ftrace-entry')![1];
  const seldom: string[] = [];
  /** By strategy: its words that must be landed on. */
  const wanted: number[][] = [];
  for (const [k, { name }] of BUILT_IN.entries()) {
    const hooked = addressed(pages, k, PATCHED), traced = addressed(pages, k, TRACED), off = addressed(pages, k, OFF);
    const words = [...pages.executed[k]!].sort((a, b) => a - b);
    expect(words.length, name).toBeGreaterThan(48);
    // Each can be meant by an anchor.
    expect(words.filter((at) => !hooked.has(at) && !traced.has(at) && !off.has(at)), name).toEqual([]);
    const far = new Set(words.filter((at) => !hooked.has(at) && traced.get(at)! > usual));
    for (const at of far) seldom.push(`${name}, word ${at}: step ${traced.get(at)}`);
    // What only an untraced call executes, and the kernel's own entry out of line, are addressed; so rare that nobody waits for them here. Of a hook that is out
    // of line what most anchors reach is landed on, under the strategies that claim to hold.
    const often = (at: number): boolean => (at < PAGE_WORDS ? hooked.has(at) || traced.has(at) : hooked.get(at)! <= 13 && pages.isHook(k, at) && BUILT_IN[k]!.claim.kind === 'holds');
    wanted.push(words.filter((at) => !far.has(at) && often(at)));
    expect(wanted[k]!.length, name).toBeGreaterThan(30);
  }
  // A strategy all of whose words were landed on has been shown: it is not run any more.
  const open = (k: number): boolean => wanted[k]!.some((at) => landings[k]![at]! < LEAST);
  let left = [...BUILT_IN.keys()];
  for (let run = STEPPED; run < SCENARIOS && left.length > 0; run += 1) {
    const one = scenario(31n, run);
    if (one.interrupts.length === 0) continue;
    for (const k of left) land(k, one, false);
    left = left.filter(open);
  }
  const rare = [...BUILT_IN.entries()].flatMap(([k, { name }]) => wanted[k]!.filter((at) => landings[k]![at]! < LEAST).map((at) => `${name}, word ${at}: ${landings[k]![at]!}`));
  expect(seldom).toEqual(BUILT_IN.flatMap(({ name }, k) => {
    const page = pages.engine.set.outOfLine[k];
    return page === undefined ? [] : [`${name}, word ${PAGE_WORDS + page.labels.get('ftrace_exit')! + 1 - page.page * PAGE_WORDS}: step 64`];
  }));
  expect(rare).toEqual([]);
});

test('all of hook and ftrace entry is executed: what runs where tracing is off as well', () => {
  const pages = new Pages();
  const { space, set } = pages.engine;
  for (let run = 0; run < STEPPED; run += 1) {
    pages.engine.load(scenario(31n, run));
    for (const k of BUILT_IN.keys()) pages.run(k, true);
  }
  for (const [k, { name }] of BUILT_IN.entries()) {
    // Where an array of entries is full, in either style.
    for (const text of [FULL, `${FULL}; out-of-line`, ...PATCHED, ...TRACED, ...OFF]) {
      pages.engine.load(parseScenario(text));
      pages.run(k, true);
    }
    const never = [set.pages[k]!, set.outOfLine[k]].flatMap((page) => (page === undefined ? [] : Array.from({ length: PAGE_WORDS }, (_, at) => page.page * PAGE_WORDS + at)
      .filter((word) => pages.index(k, word) >= 0 && !pages.executed[k]!.has(pages.index(k, word)))));
    expect(never.map((word) => space.addressOf(4 * word).toString(16)), name).toEqual([]);
  }
});

test('without switched tracing nobody comes to ftrace_no_trace, and with it those of the generator do', () => {
  const pages = new Pages();
  const { space, set } = pages.engine;
  const reached = BUILT_IN.map(() => 0);
  for (let run = 0; run < 600; run += 1) {
    const one = scenario(31n, run);
    if (one.world?.tracing === undefined && run % 10 !== 0) continue;
    for (const k of BUILT_IN.keys()) {
      pages.engine.load(one);
      pages.executed[k]!.clear();
      pages.run(k, true);
      const off = [set.pages[k]!, set.outOfLine[k]].map((page) => (page === undefined ? -1 : pages.index(k, page.labels.get('ftrace_no_trace')!)));
      if (!off.some((at) => pages.executed[k]!.has(at))) continue;
      reached[k]! += 1;
      expect(one.world?.tracing).toBeDefined();
      expect(one.world!.tracing!.every(({ on }) => on)).toBe(false);
    }
  }
  expect(Math.min(...reached)).toBeGreaterThan(10);
  // The byte is there again for whoever runs next.
  pages.engine.load(parseScenario(IN_LINE[0]!));
  pages.run(0, true);
  expect(space.words[(PAGE.PACA * PAGE_BYTES + PACA.PACA_FTRACE_ENABLED) >> 2]).toBe(1);
});

/** livepatch-stack in full, with wrong orders far from the beginning of each of its two parts. */
const longHook = (late: string, early: string): Strategy => parseStrategyText(`# tocsin: claim holds assuming no-stub-sibling, stack-room, no-reused-stacks
# tocsin: published TI_livepatch_sp
livepatch_handler:
${late}        mfctr   r12
        bctrl
livepatch_return:
${early}        blr
`, 'long.s');
const NOPS = '        nop\n'.repeat(40);
const FILL = '        std     r2, 0(r11)\n        mflr    r12\n        std     r12, 8(r11)\n';
const POINTER = '        ld      r12, PACACURRENT(r13)\n        ld      r11, TI_livepatch_sp(r12)\n';
const READ = '        ld      r12, 8(r11)\n        mtlr    r12\n        ld      r2, 0(r11)\n';
const PUBLISH = '        addi    r11, r11, 24\n        std     r11, TI_livepatch_sp(r12)\n';
const RELEASE = '        addi    r11, r11, -24\n        std     r11, TI_livepatch_sp(r12)\n';
const GOOD_ENTRY = `${POINTER}${PUBLISH}        addi    r11, r11, -24\n${FILL}`;
const GOOD_RETURN = `${POINTER}        addi    r11, r11, -24\n${READ}        ld      r12, PACACURRENT(r13)\n        std     r11, TI_livepatch_sp(r12)\n`;

/** Scenarios within the claim's assumptions until the strategy is caught; undefined: it was not. */
function caughtAfter(strategy: Strategy, most: number): number | undefined {
  const arbitrary = scenarioArbitrary({ features: FEATURES.filter((name) => !['stub-sibling', 'recursive', 'unwind', 'transitions', 'out-of-line', 'exit'].includes(name)) });
  const trials = new Trials([strategy]);
  for (let run = 0; run < most; run += 1) {
    trials.load(scenarioAt(arbitrary, 32n, Math.floor(run / 500), run % 500));
    if (trials.run(0).outcome !== 'holds') return run + 1;
  }
  return undefined;
}

test('a wrong order behind 40 instructions is seen, at either end', () => {
  const late = `${NOPS}${POINTER}${FILL}        ld      r12, PACACURRENT(r13)\n${PUBLISH}`;
  const early = `${NOPS}${POINTER}${RELEASE}${READ}`;
  expect(caughtAfter(longHook(`${NOPS}${GOOD_ENTRY}`, `${NOPS}${GOOD_RETURN}`), 2_000)).toBeUndefined();
  expect(caughtAfter(longHook(late, GOOD_RETURN), 6_000)).toBeDefined();
  expect(caughtAfter(longHook(GOOD_ENTRY, early), 6_000)).toBeDefined();
});
