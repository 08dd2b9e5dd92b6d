// Anchors on real images: which instruction each region and step means, nesting, and what is not delivered.
import { expect, test } from 'vitest';
import { StrategySet } from '../../src/image/core.ts';
import { INITIAL_REGISTERS, InitialState } from '../../src/image/initial-state.ts';
import { Lowering } from '../../src/image/lower.ts';
import { createSpace } from '../../src/image/pages.ts';
import { POINT, TEXT } from '../../src/image/points.ts';
import { InterruptScheduler } from '../../src/machine/interrupts.ts';
import { Machine } from '../../src/machine/machine.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { REGIONS } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Host } from '../../src/trial/host.ts';

const STRATEGIES = ['livepatch-stack', 'manual-restore', 'mini-frame'].map((name) => BUILT_IN.find((strategy) => strategy.name === name)!);
const MINI_FRAME = 2;
const space = createSpace(STRATEGIES.length);
const set = new StrategySet(space, STRATEGIES);
const lowering = new Lowering(space, set);
const initial = new InitialState(space, STRATEGIES);
const machine = new Machine(space);
const host = new Host(machine);
const scheduler = new InterruptScheduler();
/** Points announced in the present run, as "kind/data". */
let announced: string[] = [];
machine.observer = {
  point(kind, data, at) {
    if (kind === POINT.HOST_CALLBACK) host.callback();
    if (kind === POINT.KRETPROBE_CALLBACK) host.kretprobed();
    announced.push(`${kind}/${data}`);
    return scheduler.point(machine, kind, data, at) || kind === POINT.DONE;
  },
  markedStore: () => false,
  wildLanding: () => false,
};

interface Landing { readonly interrupt: number; readonly instructions: number; readonly tag: number; readonly at: number; readonly nesting: number }
interface Outcome { readonly done: boolean; readonly fates: string[]; readonly landings: Landing[]; readonly trace: number[]; readonly announced: string[]; readonly result: bigint }

/** Runs a scenario; `strategy` is an index of STRATEGIES. `trace`: the flat word of every instruction, handlers included. */
function run(text: string, strategy: number, patched = true): Outcome {
  const scenario = parseScenario(text);
  const page = set.select(strategy);
  const program = lowering.lower(scenario, set.variantOf[strategy]!);
  machine.load(program);
  initial.reset(program, strategy);
  host.reset(program, patched);
  machine.reset();
  machine.setGpr(1, INITIAL_REGISTERS.r1);
  machine.setGpr(13, INITIAL_REGISTERS.r13);
  machine.pc = page.threadStart;
  scheduler.begin(program, page.interruptEntry);
  announced = [];
  const landings: Landing[] = [], trace: number[] = [];
  let done = false;
  for (let k = 0; k < 20_000 && !done; k++) {
    if (scheduler.armed) {
      const interrupt = scheduler.between(machine);
      if (interrupt >= 0) {
        landings.push({ interrupt, instructions: machine.instructions, tag: space.textTag[machine.pc]!, at: machine.pc, nesting: scheduler.nesting });
        scheduler.deliver(machine, interrupt);
      }
    }
    const { pc, instructions } = machine;
    const stop = machine.run(1);
    if (machine.instructions > instructions) trace.push(pc);
    done = machine.pc === page.threadDone;
    if (stop.kind !== 'budget' && stop.kind !== 'yield') throw new Error(`${stop.kind} after ${instructions}`);
  }
  return { done, fates: scenario.interrupts.map((_, j) => scheduler.fate(j)), landings, trace, announced, result: machine.gpr(3) };
}

const PROGRAM = `A:M -> local B
B:M patched -> local E
E:P saves 2
H:N -> local I
I:N patched same
start A`;

/** Where the interrupt of each step of a region lands: number of the instruction in the run, and its tag. */
function sweep(program: string, anchor: string, strategy = 0): { instructions: number; tag: number }[] {
  const found: { instructions: number; tag: number }[] = [];
  for (let step = 0; step < 256; step++) {
    const { done, landings, fates } = run(`${program}\nirq 1 at ${anchor}+${step} runs H`, strategy);
    expect(done).toBe(true);
    if (landings.length === 0) {
      expect(['region-ended', 'masked']).toContain(fates[0]);
      return found;
    }
    expect(fates).toEqual(['delivered']);
    found.push({ instructions: landings[0]!.instructions, tag: landings[0]!.tag });
  }
  return found;
}

test('steps of a region are its instructions, one after the other, and the regions cover a run', () => {
  const plain = run(PROGRAM, 0);
  expect(plain.done).toBe(true);
  const covered = new Set<number>();
  const tags: Record<string, Set<number>> = {};
  for (const call of [0, 1, 2]) {
    for (const region of REGIONS) {
      const landings = sweep(PROGRAM, `${call} ${region}`);
      for (let k = 1; k < landings.length; k++) expect(landings[k]!.instructions, `${call} ${region}+${k}`).toBeGreaterThan(landings[k - 1]!.instructions);
      for (const { instructions, tag } of landings) {
        covered.add(instructions);
        (tags[region] ??= new Set()).add(tag);
      }
    }
  }
  const start = plain.trace.findIndex((at) => space.pointKind[at] === POINT.CALL_SEQUENCE);
  const missed = plain.trace.map((at, k) => (k >= start && !covered.has(k) ? space.textTag[at] : -1)).filter((tag) => tag !== -1);
  expect(missed).toEqual([TEXT.CALLBACK]);
  expect(Object.fromEntries(Object.entries(tags).map(([region, set]) => [region, [...set].sort()]))).toEqual({
    'caller': [TEXT.BODY, TEXT.START], 'ftrace-entry': [TEXT.FTRACE], 'hook-entry': [TEXT.HOOK], 'callee': [TEXT.BODY],
    'hook-return': [TEXT.HOOK], 'return-site': [TEXT.BODY, TEXT.START],
  });
});

test('the interrupted run ends as it ends without interrupts, and no point is announced twice', () => {
  const plain = run(PROGRAM, 0);
  const steps: number[] = [];
  for (const anchor of ['1 caller', '1 ftrace-entry', '1 hook-entry', '1 callee', '1 hook-return', '1 return-site']) {
    let step = 0;
    for (; step < 60; step++) {
      const { landings, announced: seen, result, trace } = run(`${PROGRAM}\nirq 1 at ${anchor}+${step} runs H${step % 2 ? ' own-stack' : ''}`, 0);
      if (landings.length === 0) break;
      expect(result).toBe(plain.result);
      const entry = seen.indexOf(`${POINT.INTERRUPT_ENTRY}/0`), exit = seen.lastIndexOf(`${POINT.INTERRUPT_EXIT}/0`);
      expect([...seen.slice(0, entry), ...seen.slice(exit + 1)], `${anchor}+${step}`).toEqual(plain.announced);
      const at = landings[0]!.instructions;
      expect([...trace.slice(0, at), ...trace.slice(at + trace.length - plain.trace.length)]).toEqual(plain.trace);
    }
    steps.push(step);
  }
  expect(steps).toEqual([2, 54, 12, 40, 13, 27]);
});

test('occurrences are counted in the context that the anchor names', () => {
  const program = 'A:M -> local B, local B\nB:M -> 9 local C x3\nC:M -> 8 local B x2\nH:N\nstart A';
  const sites = [1, 2, 3].map((occurrence) => run(`${program}\nirq 1 at 9 callee+0 #${occurrence} runs H`, 0, false));
  expect(sites.map(({ fates }) => fates[0])).toEqual(['delivered', 'delivered', 'delivered']);
  expect(new Set(sites.map(({ landings }) => landings[0]!.at)).size).toBe(1);
  expect(sites[0]!.landings[0]!.instructions).toBeLessThan(sites[1]!.landings[0]!.instructions);
  expect(run(`${program}\nirq 1 at 9 callee+0 #60 runs H`, 0, false).fates).toEqual(['not-reached']);
});

test('interrupts nest, each in the context of the one it names; several at one instruction come in turn', () => {
  const nested = run(`${PROGRAM}
irq 1 at 1 hook-entry+4 runs H
irq 2 in 1 at 3 hook-entry+2 runs H own-stack
irq 3 in 2 at 0 callee+0 runs H
irq 4 in 3 at 2 callee+0 runs H`, 0);
  expect(nested.done).toBe(true);
  expect(nested.landings.map(({ interrupt, nesting }) => [interrupt, nesting])).toEqual([[0, 0], [1, 1], [2, 2]]);
  expect(nested.fates).toEqual(['delivered', 'delivered', 'delivered', 'not-reached']);
  const same = run(`${PROGRAM}\nirq 1 at 1 callee+3 runs H\nirq 2 at 1 callee+3 runs H\nirq 3 at 1 callee+4 runs H`, 0);
  expect(same.fates).toEqual(['delivered', 'delivered', 'delivered']);
  expect(same.landings[0]!.at).toBe(same.landings[1]!.at);
  expect(same.landings[2]!.at).toBe(run(`${PROGRAM}\nirq 3 at 1 callee+4 runs H`, 0).landings[0]!.at);
});

test('where interrupts are disabled they wait for the region to enable them, or are not delivered', () => {
  // The handler's own call is prepared with interrupts disabled; the branch is the first instruction at which they are not.
  const first = run(`${PROGRAM}\nirq 1 at 1 callee+0 runs H\nirq 2 in 1 at 0 caller+0 runs H`, 0);
  expect(first.fates).toEqual(['delivered', 'delivered']);
  expect(first.landings[1]!.at).toBe(set.pages[0]!.labels.get('interrupt_call'));
  const late = run(`${PROGRAM}\nirq 1 at 1 callee+0 runs H\nirq 2 in 1 at 0 return-site+2 runs H`, 0);
  expect(late.fates).toEqual(['delivered', 'masked']);
  const short = run(`${PROGRAM}\nirq 1 at 1 hook-return+200 runs H\nirq 2 at 2 stub+0 runs H`, 0);
  expect(short.fates).toEqual(['region-ended', 'region-ended']);
});

test('a region ends where its activation ends, and code of handlers does not count in it', () => {
  const program = 'A:M -> local B\nB:M args 4\nH:N\nstart A';
  const plain = run(program, 0, false);
  const exit = plain.trace.findIndex((at) => space.pointKind[at] === POINT.EXIT);
  const callee = sweep(program, '1 callee');
  expect(callee.at(-1)!.instructions).toBe(exit);
  const site = sweep(program, '1 return-site');
  expect(site[0]!.instructions).toBe(exit + 1);
  const both = run(`${program}\nirq 1 at 1 caller+0 runs H\nirq 2 at 1 caller+2 runs H`, 0, false);
  expect(both.landings[1]!.at - both.landings[0]!.at).toBe(2);
});

test('a stub, and code of a strategy inside a replacement', () => {
  const program = 'A:M -> global B\nB:N patched -> global C\nC:M\nH:N\nstart A';
  expect(sweep(program, '1 stub').map(({ tag }) => tag)).toEqual(new Array(6).fill(TEXT.STUB));
  expect(sweep(program, '1 hook-entry', 1).length).toBeGreaterThan(0);
  const back = sweep(program, '1 hook-return', 1);
  expect(back.length).toBeGreaterThan(0);
  expect(back.filter(({ tag }) => tag !== TEXT.HOOK)).toEqual([]);
});

test("a sibling branch hands the return on: the hook's return belongs to the call, the rest to the sibling call", () => {
  const program = 'A:M -> global B\nB:N patched -> stub-sibling D\nD:K patched\nH:N\nstart A';
  const plain = run(program, MINI_FRAME);
  expect(plain.done).toBe(true);
  const outer = sweep(program, '1 hook-return', MINI_FRAME), inner = sweep(program, '2 hook-return', MINI_FRAME);
  expect(outer.length).toBeGreaterThan(0);
  expect(outer.length).toBe(inner.length);
  const sibling = plain.trace.findIndex((at) => space.pointKind[at] === POINT.SIBLING);
  expect(outer.every(({ instructions }) => instructions > sibling)).toBe(true);
  const first = sweep(program, '1 callee', MINI_FRAME), second = sweep(program, '2 callee', MINI_FRAME);
  expect([first.length > 0, first.every(({ instructions }) => instructions <= sibling)]).toEqual([true, true]);
  expect([second.length > 0, second.every(({ instructions }) => instructions > sibling)]).toEqual([true, true]);
});
