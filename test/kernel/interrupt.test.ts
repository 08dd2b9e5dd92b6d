import { expect, test } from 'vitest';
import { ADDRESSES, MSR, PACA, STACK_BYTES } from '../../src/kernel/layout.ts';
import { SCHEDULE } from '../../src/kernel/switch.ts';
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
  // Somebody else's turn it is only behind a tick: from the branch around it to its end.
  for (let pc = bench.label('interrupt_preempt') - 8n; pc <= bench.label('interrupt_preempt'); pc += 4n) expected.delete(pc);
  expect(off).toEqual(expected);
});

/** Runs A with a tick at `step`, after which the only task goes on, on CPU `cpu`. `seen`: every instruction from the tick's to its `rfid`. */
function preempted(bench: Bench, step: number, cpu: 0 | 1, seen: (pc: bigint) => void): string {
  let inside = false, times = 0;
  bench.onStep = ({ cpu: processor, memory }) => {
    const { pc } = processor;
    if (pc === bench.label('interrupt_entry')) inside = true;
    if (inside) seen(pc);
    if (pc === bench.label('interrupt_exit')) inside = false;
    // The device asks for it, and the host chooses.
    if (pc === bench.label('interrupt_entry')) memory.store(ADDRESSES.PACA0 + BigInt(PACA.PACA_NEED_RESCHED), 8, 1n);
    if (pc !== bench.label('schedule_pick')) return;
    times++;
    processor.setGpr(SCHEDULE.NEXT, ADDRESSES.TASK);
    processor.setGpr(13, [ADDRESSES.PACA0, ADDRESSES.PACA1][cpu]!);
  };
  const problems = bench.run('A', [{ step, handler: 'tick' }]);
  return times === 1 ? problems : `${times} times at schedule_pick; ${problems}`;
}

test('a tick preempts the task on the way out, with interrupts off to the rfid; it goes on as it was', () => {
  const bench = new Bench(livepatchStack, FUNCTIONS);
  expect(bench.run('A')).toBe('');
  const total = bench.steps;
  const open = new Map<bigint, boolean>();
  for (let step = 0; step < total; step++) {
    expect(preempted(bench, step, 0, (pc) => { open.set(pc, (bench.cpu.specials.msr & MSR.EE) !== 0n); }), `at ${step}`).toBe('');
    expect(bench.memory.load(ADDRESSES.PACA0 + BigInt(PACA.PACA_NEED_RESCHED), 8)).toBe(0n);
    expect(bench.memory.load(ADDRESSES.PACA0 + BigInt(PACA.PACACURRENT), 8)).toBe(ADDRESSES.TASK);
  }
  // All of interrupt entry, of `schedule`, and of the tick's handler; on are interrupts from behind the choice of the stack to the return from the handler.
  const range = (from: string, to: string, by = 0n): bigint[] => {
    const list: bigint[] = [];
    for (let pc = bench.label(from); pc <= bench.label(to) + by; pc += 4n) list.push(pc);
    return list;
  };
  const on = [...range('interrupt_enabled', 'interrupt_return', 4n), ...range('tick', 'tick')];
  expect(new Set([...open].filter(([, isOpen]) => isOpen).map(([pc]) => pc))).toEqual(new Set(on));
  // The three instructions with which a handler gets the interrupt stack are jumped over, and nothing else.
  const not = range('interrupt_entry', 'interrupt_exit').filter((pc) => !open.has(pc));
  expect(not.map((pc) => (bench.memory.load(pc, 4) >> 26n).toString())).toEqual(['16', '14', '58']);
  expect(range('schedule', 'tick').filter((pc) => !open.has(pc))).toEqual([]);
});

test('on another CPU nothing of the first one is touched any more', () => {
  const bench = new Bench(livepatchStack, FUNCTIONS);
  bench.memory.map(ADDRESSES.PACA1);
  expect(bench.run('A')).toBe('');
  const total = bench.steps;
  for (let step = 0; step < total; step++) {
    for (const [offset, value] of [[PACA.PACATOC, bench.toc.K], [PACA.PACAKBASE, ADDRESSES.KERNEL_CORE]] as const) bench.memory.store(ADDRESSES.PACA1 + BigInt(offset), 8, value);
    bench.memory.store(ADDRESSES.PACA1 + BigInt(PACA.PACA_FTRACE_ENABLED), 1, 1n);
    // r13 is the CPU's, and the one register that differs.
    expect(preempted(bench, step, 1, () => undefined), `at ${step}`).toBe('interrupt changed register 13');
    expect(bench.cpu.gpr(13)).toBe(ADDRESSES.PACA1);
    expect(bench.memory.load(ADDRESSES.PACA1 + BigInt(PACA.PACACURRENT), 8)).toBe(ADDRESSES.TASK);
  }
});

test('code that sleeps, in vmlinux and in a module: what a function must keep is kept, interrupts are on again', () => {
  const bench = new Bench(livepatchStack, [{ name: 'A', module: 'M', body: 'global schedule\nlocal B' }, { name: 'B', module: 'M', traced: true }, { name: 'C', module: 'P', replaces: 'B', body: 'global schedule' }]);
  let times = 0;
  bench.onStep = ({ cpu }) => {
    if (cpu.pc === bench.label('schedule_pick')) {
      times++;
      expect(cpu.specials.msr & MSR.EE).toBe(0n);
      // The other task's registers.
      for (let n = 14; n < 32; n++) cpu.setGpr(n, 0xbad0000n + BigInt(n));
      for (const n of [0, 4, 5, 6, 7, 8, 9, 10, 11, 12]) cpu.setGpr(n, 0xbad0000n + BigInt(n));
      cpu.cr = 0x87654321;
      cpu.specials.lr = cpu.specials.ctr = 0xbad0020n;
      cpu.setGpr(SCHEDULE.NEXT, ADDRESSES.TASK);
    }
    if (cpu.pc !== bench.label('thread_done')) return;
    for (let n = 14; n < 32; n++) expect(cpu.gpr(n)).toBe(BigInt(0x5000 + n));
    expect(cpu.cr & 0x00fff000).toBe(0x00345000);
  };
  expect(bench.run('A')).toBe('');
  expect(times).toBe(2);
  expect(bench.cpu.specials.msr & MSR.EE).toBe(MSR.EE);
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
