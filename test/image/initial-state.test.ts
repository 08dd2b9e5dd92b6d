// Stacks, thread_info and PACA at the start of a run, whatever the run before did.
import { expect, test } from 'vitest';
import { CONTROL, StrategySet } from '../../src/image/core.ts';
import { INITIAL_LIVEPATCH_SP, INITIAL_REGISTERS, InitialState } from '../../src/image/initial-state.ts';
import { Lowering } from '../../src/image/lower.ts';
import { createSpace, PAGE, tocAddress } from '../../src/image/pages.ts';
import { symbolAt } from '../../src/image/symbols.ts';
import { ADDRESSES, PACA, PAGE_BYTES, STACK_END_MAGIC, THREAD_INFO } from '../../src/kernel/layout.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import type { Strategy } from '../../src/contract/strategy.ts';

const withState: Strategy = {
  name: 'with-state', summary: '', origin: '', claim: { kind: 'holds', assuming: [] }, code: { livepatch_handler: 'livepatch_handler: bctr\n' },
  state: [{ name: 'DEPTH', owner: 'task', bytes: 8 }, { name: 'TOP', owner: 'task', bytes: 16, value: 0xc000000000000123n }, { name: 'PER_CPU', owner: 'cpu', bytes: 8, value: 5n }],
};
const plain: Strategy = { ...withState, name: 'plain', state: [] };

const space = createSpace(2), set = new StrategySet(space, [withState, plain]), lowering = new Lowering(space, set);
const initial = new InitialState(space, [withState, plain]);
const program = lowering.lower(parseScenario('A:M -> local B x3, local C\nB:M -> local A x2\nC:M'), 0);
const read = (page: number, offset: number): bigint => {
  const at = (page * PAGE_BYTES + offset) >> 2;
  return (BigInt(space.words[at + 1]! >>> 0) << 32n) + BigInt(space.words[at]! >>> 0);
};
const dataPages = (): Int32Array => space.words.slice(0, PAGE.DATA * PAGE_BYTES / 4);

test('what the kernel sets up', () => {
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
  initial.reset(program, 0);
  expect([0, 8, 16].map((offset) => read(PAGE.TASK, THREAD_INFO.TI_counters + offset))).toEqual([3n, 2n, 0n]);
  expect([0, 8, 16].map((offset) => read(PAGE.TASK, THREAD_INFO.TI_strategy + offset))).toEqual([0n, 0xc000000000000123n, 0n]);
  expect(read(PAGE.PACA, PACA.PACA_STRATEGY)).toBe(5n);
  initial.reset(program, 1);
  expect(read(PAGE.TASK, THREAD_INFO.TI_strategy + 8)).toBe(0n);
  expect(read(PAGE.PACA, PACA.PACA_STRATEGY)).toBe(0n);
});

test('a run leaves nothing for the next one, with and without a machine that keeps the dirty marks', () => {
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

test('below each stack nothing is mapped', () => {
  for (const stack of [ADDRESSES.STACK, ADDRESSES.IRQ_STACK]) {
    const below = stack - 8n;
    expect(space.flatByte(Number(BigInt.asIntN(32, below >> 32n)), Number(BigInt.asIntN(32, below)))).toBe(-1);
  }
});
