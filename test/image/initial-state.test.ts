// Stacks, thread_info and PACA at the start of a run, whatever the run before did.
import { expect, test } from 'vitest';
import { CONTROL, StrategySet } from '../../src/image/core.ts';
import { INITIAL_LIVEPATCH_SP, INITIAL_REGISTERS, InitialState } from '../../src/image/initial-state.ts';
import { Lowering } from '../../src/image/lower.ts';
import type { ProgramImage } from '../../src/image/program.ts';
import { BESIDE_OF, createSpace, FIXED, IRQ_STACKS, PACAS, PAGE, STACKS, TASK_STACKS, THREAD_INFOS, tocAddress } from '../../src/image/pages.ts';
import { symbolAt } from '../../src/image/symbols.ts';
import { FRAME } from '../../src/abi/frame.ts';
import { PAGE_WORDS } from '../../src/image/space.ts';
import { SWITCH_FRAME, SWITCH_FRAME_BYTES, THREAD_FRAME_BYTES } from '../../src/kernel/frames.ts';
import { ADDRESSES, MSR_KERNEL, PACA, PAGE_BYTES, STACK_BYTES, STACK_END_MAGIC, THREAD_INFO } from '../../src/kernel/layout.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { CPUS } from '../../src/scenario/scenario.ts';
import type { Strategy } from '../../src/contract/strategy.ts';

const withState: Strategy = {
  name: 'with-state', summary: '', origin: '', claim: { kind: 'holds', assuming: [] }, code: { livepatch_handler: 'livepatch_handler: bctr\n' },
  state: [{ name: 'DEPTH', owner: 'task', bytes: 8 }, { name: 'TOP', owner: 'task', bytes: 16, value: 0xc000000000000123n }, { name: 'PER_CPU', owner: 'cpu', bytes: 8, value: 5n }],
};
const plain: Strategy = { ...withState, name: 'plain', state: [] };

const space = createSpace(2), set = new StrategySet(space, [withState, plain]), lowering = new Lowering(space, set);
const initial = new InitialState(space, [withState, plain]);
/** One task on one CPU. There is one program, the one that was lowered last. */
const alone = (): ProgramImage => lowering.lower(parseScenario('A:M -> local B x3, local C\nB:M -> local A x2\nC:M'), 0);
const read = (page: number, offset: number): bigint => {
  const at = (page * PAGE_BYTES + offset) >> 2;
  return (BigInt(space.words[at + 1]! >>> 0) << 32n) + BigInt(space.words[at]! >>> 0);
};
/** Two further tasks, which begin as no other does, one of them on the second CPU. */
const WORLD = 'A:M -> local B x3, local C\nB:M -> local A x2\nC:M\nD:N -> global C\ntask 2 runs D on cpu 1\ntask 3 runs B';
/** Any word of a core page. */
const THREAD_START = PAGE.CORE * PAGE_WORDS + 0x123;
const dataPages = (): Int32Array => space.words.slice(0, PAGE.DATA * PAGE_BYTES / 4);

test('what the kernel sets up', () => {
  const program = alone();
  initial.reset(program, 0);
  expect(read(PAGE.STACK, 0)).toBe(STACK_END_MAGIC);
  expect(read(PAGE.IRQ_STACK, 0)).toBe(STACK_END_MAGIC);
  expect(read(PAGE.TASK, THREAD_INFO.TI_livepatch_sp)).toBe(INITIAL_LIVEPATCH_SP);
  expect(symbolAt(program, set, INITIAL_LIVEPATCH_SP)).toBe('stack+0x8');
  expect(read(PAGE.PACA, PACA.PACACURRENT)).toBe(ADDRESSES.TASK);
  expect(read(PAGE.PACA, PACA.PACATOC)).toBe(tocAddress(0, 0));
  expect(space.bytes[PAGE.PACA * PAGE_BYTES + PACA.PACA_FTRACE_ENABLED]).toBe(1);
  expect(symbolAt(program, set, read(PAGE.TASK, THREAD_INFO.TI_start))).toBe('f0 [M]');
  expect(read(PAGE.PACA, PACA.PACA_HARDIRQ_STACK)).toBe(ADDRESSES.IRQ_STACK + 16384n);
  expect(INITIAL_REGISTERS.r1).toBe(ADDRESSES.STACK + 16384n);
});

test('limited calls have their counters, strategies their state', () => {
  const program = alone();
  initial.reset(program, 0);
  expect([0, 8, 16].map((offset) => read(PAGE.TASK, THREAD_INFO.TI_counters + offset))).toEqual([3n, 2n, 0n]);
  expect([0, 8, 16].map((offset) => read(PAGE.TASK, THREAD_INFO.TI_strategy + offset))).toEqual([0n, 0xc000000000000123n, 0n]);
  expect(read(PAGE.PACA, PACA.PACA_STRATEGY)).toBe(5n);
  initial.reset(program, 1);
  expect(read(PAGE.TASK, THREAD_INFO.TI_strategy + 8)).toBe(0n);
  expect(read(PAGE.PACA, PACA.PACA_STRATEGY)).toBe(0n);
});

test('the second CPU and two further tasks: each has what the first one has, at its own addresses', () => {
  const around = lowering.lower(parseScenario(WORLD), 0);
  for (const strategy of [0, 1]) {
    initial.reset(around, strategy, THREAD_START);
    expect([PACAS, IRQ_STACKS].map((pages) => pages.length)).toEqual([CPUS.length, CPUS.length]);
    const pointer = (page: number): bigint => FIXED[page]!;
    for (const cpu of CPUS) {
      const paca = PACAS[cpu];
      expect(read(paca, PACA.PACATOC)).toBe(tocAddress(0, 0));
      expect(read(paca, PACA.PACAKBASE)).toBe(ADDRESSES.KERNEL_CORE & ~0xffffffn);
      expect(read(paca, PACA.PACA_HARDIRQ_STACK)).toBe(pointer(IRQ_STACKS[cpu]) + BigInt(STACK_BYTES));
      expect([PACA.PACA_IRQ_DEPTH, PACA.PACA_IRQ_HANDLER, PACA.PACA_IRQ_OWN_STACK, PACA.PACA_NEED_RESCHED].map((at) => read(paca, at))).toEqual([0n, 0n, 0n, 0n]);
      // Nobody runs on the second one yet.
      expect(read(paca, PACA.PACACURRENT)).toBe(cpu === 0 ? ADDRESSES.TASK : 0n);
      expect(space.bytes[paca * PAGE_BYTES + PACA.PACA_FTRACE_ENABLED]).toBe(1);
      expect(read(paca, PACA.PACA_STRATEGY)).toBe(strategy === 0 ? 5n : 0n);
      expect(read(IRQ_STACKS[cpu], 0)).toBe(STACK_END_MAGIC);
    }
    THREAD_INFOS.forEach((info, task) => {
      const stack = TASK_STACKS[task]!;
      expect(read(info, THREAD_INFO.TI_livepatch_sp)).toBe(pointer(stack) + 8n);
      expect(read(info, THREAD_INFO.TI_stack)).toBe(pointer(stack));
      expect(symbolAt(around, set, read(info, THREAD_INFO.TI_start))).toBe(['f0 [M]', 'f3 [N]', 'f1 [M]'][task]);
      expect([0, 8, 16].map((offset) => read(info, THREAD_INFO.TI_counters + offset))).toEqual([3n, 2n, 0n]);
      expect([0, 8, 16].map((offset) => read(info, THREAD_INFO.TI_strategy + offset))).toEqual([0n, strategy === 0 ? 0xc000000000000123n : 0n, 0n]);
      expect(read(stack, 0)).toBe(STACK_END_MAGIC);
      expect(space.words[(stack * PAGE_BYTES + 0x1004) >> 2]).toBe(space.words[(PAGE.STACK * PAGE_BYTES + 0x1004) >> 2]);
    });
  }
});

test('a new task lies as `schedule` leaves one: popped, it begins at thread_start, its stack whole, interrupts on', () => {
  initial.reset(lowering.lower(parseScenario(WORLD), 0), 0, THREAD_START);
  expect(read(PAGE.TASK, THREAD_INFO.TI_ksp)).toBe(0n);
  for (const task of [1, 2]) {
    const stack = TASK_STACKS[task]!, base = FIXED[stack]!, ksp = read(THREAD_INFOS[task]!, THREAD_INFO.TI_ksp), frame = Number(ksp - base);
    expect(ksp % 16n).toBe(0n);
    // What r1 is behind the switch frame: as far below the stack's end as thread_start's first frame is large, a frame's header being what is kept there.
    expect(frame + SWITCH_FRAME_BYTES).toBe(STACK_BYTES - THREAD_FRAME_BYTES);
    expect(read(stack, frame + SWITCH_FRAME_BYTES + FRAME.LR_SAVE)).toBe(ADDRESSES.KERNEL_CORE + 4n * BigInt(THREAD_START % PAGE_WORDS));
    expect(read(stack, frame + SWITCH_FRAME.MSR)).toBe(MSR_KERNEL);
  }
});

test('a run leaves nothing for the next one, with and without a machine that keeps the dirty marks', () => {
  const program = alone();
  initial.reset(program, 0);
  const fresh = dataPages();
  for (const tracks of [true, false]) {
    space.tracksDirty = tracks;
    for (let page = 0; page < PAGE.DATA; page++) {
      for (const offset of [0, 16, 0x400, 0x408, 0x1000, 0x2ff8, 0x3ff8]) {
        space.words[(page * PAGE_BYTES + offset) >> 2] = 0x1234;
        if (tracks) space.dirty[page * 4 + (offset >> 12)] = 1;
      }
    }
    initial.reset(program, CONTROL);
    initial.reset(program, 0);
    expect(Buffer.compare(Buffer.from(dataPages().buffer), Buffer.from(fresh.buffer))).toBe(0);
  }
});

/** Page and offset of doublewords that two copies of the data pages do not share. */
const differences = (a: Int32Array, b: Int32Array): string[] =>
  [...a.keys()].filter((i) => a[i] !== b[i]).map((i) => `${Math.floor(4 * i / PAGE_BYTES)}+0x${(4 * i % PAGE_BYTES).toString(16)}`);

test('nor does a run with a world, for one with another world, and for one without any', () => {
  space.tracksDirty = true;
  const two = lowering.lower(parseScenario(WORLD), 0);
  initial.reset(two, 0, THREAD_START);
  const fresh = dataPages();
  // Strategy, start, tasks and counters differ; so does what the other lowering's table says.
  const others = ['A:M -> local B\nB:N\ntask 2 runs B'.replace('local', 'global'), 'A:M', 'A:M\nB:N\nC:K\ntask 2 runs B on cpu 1\ntask 3 runs C'];
  for (const other of others) {
    for (const strategy of [1, CONTROL, 0]) {
      initial.reset(lowering.lower(parseScenario(other), 0), strategy, THREAD_START + 4);
      for (let page = 0; page < PAGE.DATA; page++) {
        for (const offset of [0, 0x28, 0x408, 0x1000, 0x3ff8]) {
          space.words[(page * PAGE_BYTES + offset) >> 2] = 0x1234;
          space.dirty[page * 4 + (offset >> 12)] = 1;
        }
      }
      initial.reset(lowering.lower(parseScenario(WORLD), 0), 0, THREAD_START);
      expect(differences(dataPages(), fresh), `${other}, ${strategy}`).toEqual([]);
    }
  }
  // Without anything written in between: what a world presets is known to be there.
  initial.reset(alone(), 0);
  const before = dataPages();
  initial.reset(lowering.lower(parseScenario(WORLD), 0), 0, THREAD_START);
  initial.reset(alone(), 0);
  expect(differences(dataPages(), before)).toEqual([]);
});

test('every stack has a page beside it, right above, that nobody has mapped; and they are all of the data pages that never move', () => {
  expect(FIXED).toHaveLength(PAGE.DATA);
  expect(new Set(STACKS.map((page) => BESIDE_OF[page]!)).size).toBe(STACKS.length);
  for (const page of STACKS) {
    const beside = BESIDE_OF[page]!;
    expect(FIXED[beside]).toBe(FIXED[page]! + BigInt(STACK_BYTES));
    expect([beside >= PAGE.BESIDE && beside < PAGE.DATA, space.pageAccess[beside]]).toEqual([true, 0]);
  }
});

test('below each stack nothing is mapped', () => {
  for (const stack of STACKS.map((page) => FIXED[page]!)) {
    const below = stack - 8n;
    expect(space.flatByte(Number(BigInt.asIntN(32, below >> 32n)), Number(BigInt.asIntN(32, below)))).toBe(-1);
  }
});
