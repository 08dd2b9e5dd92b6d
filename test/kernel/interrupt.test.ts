import { expect, test } from 'vitest';
import { ADDRESSES, MSR, PACA, STACK_BYTES } from '../../src/kernel/layout.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Bench } from './bench.ts';
import type { BenchFunction } from './bench.ts';

const FUNCTIONS: readonly BenchFunction[] = [
  { name: 'A', module: 'M', body: 'local B\nglobal X' },
  { name: 'B', module: 'M', traced: true },
  { name: 'C', module: 'P', replaces: 'B' },
  { name: 'X', module: 'N' },
  { name: 'H', module: 'N', body: 'local X' },
];

test.each([false, true])('an interrupt at any instruction leaves no trace (own stack: %s)', (ownStack) => {
  const bench = new Bench(livepatchStack, FUNCTIONS);
  expect(bench.run('A')).toBe('');
  const total = bench.steps;
  expect(bench.open.slice(0, total).every(Boolean)).toBe(true);
  for (let step = 0; step < total; step++) {
    expect(bench.run('A', [{ step, handler: 'H', ownStack }]), `at ${step}`).toBe('');
    expect(bench.steps).toBeGreaterThan(total + 100);
  }
});

test('interrupts inside an interrupt, on all combinations of stacks', () => {
  const bench = new Bench(livepatchStack, FUNCTIONS);
  for (const outer of [false, true]) {
    for (const inner of [false, true]) {
      expect(bench.run('A', [{ step: 40, handler: 'H', ownStack: outer }])).toBe('');
      const open = bench.open.flatMap((isOpen, step) => (isOpen && step > 41 && step < 200 ? [step] : []));
      expect(open.length).toBeGreaterThan(0);
      for (const step of open) {
        expect(bench.run('A', [{ step: 40, handler: 'H', ownStack: outer }, { step, handler: 'H', ownStack: inner }]), `${outer} ${inner} ${step}`).toBe('');
      }
    }
  }
});

test('interrupts are off from the first instruction to behind the choice of the stack, and from the return to rfid', () => {
  const bench = new Bench(livepatchStack, FUNCTIONS);
  const off = new Set<bigint>();
  bench.onStep = ({ cpu }) => {
    if ((cpu.specials.msr & MSR.EE) === 0n) off.add(cpu.pc);
  };
  expect(bench.run('A', [{ step: 40, handler: 'H', ownStack: true }])).toBe('');
  const expected = new Set<bigint>();
  for (let pc = bench.label('interrupt_entry'); pc < bench.label('interrupt_enabled'); pc += 4n) expected.add(pc);
  for (let pc = bench.label('interrupt_disabled'); pc <= bench.label('interrupt_exit'); pc += 4n) expected.add(pc);
  expect(off).toEqual(expected);
});

test('on its own stack the handler is linked back to the interrupted one', () => {
  const bench = new Bench(livepatchStack, FUNCTIONS);
  let seen = 0;
  bench.onStep = ({ cpu, memory }) => {
    if (cpu.pc !== bench.label('interrupt_call')) return;
    seen++;
    const top = ADDRESSES.IRQ_STACK + BigInt(STACK_BYTES) - 16n;
    expect(cpu.gpr(1)).toBe(top - 32n);
    const frame = memory.load(cpu.gpr(1), 8);
    expect(frame & ~0x3fffn).toBe(ADDRESSES.STACK);
    expect(memory.load(frame, 8)).toBe(frame + 784n);
    expect(cpu.gpr(2)).toBe(bench.toc.K);
    expect(cpu.gpr(12)).toBe(bench.label('H'));
    expect(memory.load(ADDRESSES.PACA0 + BigInt(PACA.PACA_IRQ_DEPTH), 8)).toBe(1n);
  };
  expect(bench.run('A', [{ step: 40, handler: 'H', ownStack: true }])).toBe('');
  expect(seen).toBe(1);
});
