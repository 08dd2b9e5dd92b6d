import { expect, test } from 'vitest';
import { PERMISSIONS } from '../../src/abi/permissions.ts';
import { FTRACE_FRAMES_BYTES } from '../../src/kernel/frames.ts';
import { ADDRESSES, PACA } from '../../src/kernel/layout.ts';
import { branchOnly } from '../../src/strategies/branch-only.ts';
import { oddToc } from '../../src/strategies/odd-toc.ts';
import { Bench } from './bench.ts';
import type { BenchFunction } from './bench.ts';

const FUNCTIONS: readonly BenchFunction[] = [
  { name: 'A', module: 'M', body: 'local B' },
  { name: 'B', module: 'M', traced: true },
  { name: 'C', module: 'P', replaces: 'B' },
];

/** State as B's mcount call leaves it, from just before the `bl` to just behind it (`stop`). */
function through(bench: Bench, stop: string): { before: bigint[]; after: bigint[]; frame: bigint } {
  const { cpu } = bench;
  bench.reset();
  const site = bench.label('B_behind') - 4n;
  const frame = ADDRESSES.STACK + 0x3f00n;
  cpu.setGpr(1, frame);
  cpu.setGpr(2, bench.toc.M);
  cpu.setGpr(0, bench.label('A_resume1'));
  cpu.specials.lr = bench.label('A_resume1');
  const before = [...cpu.gprs];
  expect(bench.resume(site, bench.label(stop))).toBe('');
  return { before, after: [...cpu.gprs], frame };
}

test.each([['a callback that leaves the NIP alone', true], ['tracing switched off', false]])('%s: only what the table permits is changed', (_, enabled) => {
  const bench = new Bench(branchOnly, FUNCTIONS.slice(0, 2));
  if (!enabled) {
    const reset = bench.reset.bind(bench);
    bench.reset = () => {
      reset();
      bench.memory.store(ADDRESSES.PACA0 + BigInt(PACA.PACA_FTRACE_ENABLED), 1, 0n);
    };
  }
  const { before, after, frame } = through(bench, 'B_behind');
  for (const { subject, ftrace } of PERMISSIONS) {
    if (subject.kind === 'gpr' && ftrace !== 'clobber') expect(after[subject.index], `r${subject.index}`).toBe(before[subject.index]);
    if (subject.kind === 'cr' && ftrace !== 'clobber') expect(bench.cpu.cr >>> 28 - 4 * subject.field & 15).toBe(subject.field + 1);
  }
  expect(bench.cpu.specials.lr).toBe(bench.label('A_resume1'));
  expect(bench.memory.load(frame + 16n, 8)).toBe(bench.label('A_resume1'));
  for (const offset of [0n, 8n, 24n, 32n]) expect(bench.memory.load(frame + offset, 8)).toBe(0n);
});

test('an altered NIP leads to livepatch_handler with what it promises', () => {
  const bench = new Bench(branchOnly, FUNCTIONS);
  const { before, after } = through(bench, 'livepatch_handler');
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 31]) expect(after[n], `r${n}`).toBe(before[n]);
  expect(bench.cpu.specials.lr).toBe(bench.label('A_resume1'));
  expect(bench.cpu.specials.ctr).toBe(bench.label('C'));
});

test('the frames are those of the kernel', () => {
  const bench = new Bench(branchOnly, FUNCTIONS);
  let seen = false;
  bench.onStep = ({ cpu, memory }) => {
    if (cpu.pc !== bench.label('klp_callback')) return;
    seen = true;
    const r1 = cpu.gpr(1);
    const frame = r1 + BigInt(FTRACE_FRAMES_BYTES);
    expect(memory.load(r1, 8)).toBe(r1 + 496n);
    expect(memory.load(r1 + 496n, 8)).toBe(frame);
    expect(memory.load(r1 + 496n + 16n, 8)).toBe(bench.label('B_behind'));
    expect(memory.load(r1 + 24n, 8)).toBe(bench.toc.M);
    expect(memory.load(r1 + 120n, 8)).toBe(frame);
    expect(cpu.gpr(2)).toBe(bench.toc.K);
  };
  expect(through(bench, 'livepatch_handler').before[1]).toBe(ADDRESSES.STACK + 0x3f00n);
  expect(seen).toBe(true);
});

test('odd-toc: the entry fixes r2 on every way through', () => {
  for (const enabled of [1n, 0n]) {
    const bench = new Bench(oddToc, FUNCTIONS.slice(0, 2));
    bench.reset();
    bench.memory.store(ADDRESSES.PACA0 + BigInt(PACA.PACA_FTRACE_ENABLED), 1, enabled);
    bench.cpu.setGpr(1, ADDRESSES.STACK + 0x3f00n);
    bench.cpu.setGpr(12, bench.label('B'));
    bench.cpu.specials.lr = bench.label('A_resume1');
    expect(bench.resume(bench.label('B'), bench.label('B_local'))).toBe('');
    expect(bench.cpu.gpr(2)).toBe(bench.toc.M + 1n);
    expect(bench.resume(bench.label('B_local'), bench.label('B_behind'))).toBe('');
    expect(bench.cpu.gpr(2)).toBe(bench.toc.M);
  }
});
