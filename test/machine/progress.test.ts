// Endless loops are seen by a repeated state, and only by that.
import { expect, test } from 'vitest';
import { POINT } from '../../src/image/points.ts';
import { KeptState, untilRepeat } from '../../src/machine/progress.ts';
import { DATA, load } from './fixture.ts';

function progress(source: string, budget: number, prepare: (f: ReturnType<typeof load>) => void = () => {}, outside?: () => number): string {
  const f = load(source);
  f.machine.setGpr(31, DATA);
  prepare(f);
  const kept = new KeptState(f.machine);
  return untilRepeat(kept, () => ['budget', 'yield'].includes(f.machine.run(1).kind), budget, outside);
}

test('a state recurs', () => {
  expect(progress('b .', 2)).toBe('loop');
  expect(progress('1: addi 3,3,1\n andi. 3,3,63\n b 1b', 600)).toBe('loop');
  expect(progress('li 3,0\n 1: li 4,5\n std 4,0(31)\n li 4,0\n std 4,0(31)\n b 1b', 200)).toBe('loop');
});

test('a counter in a register, in CTR or in memory is progress', () => {
  expect(progress('1: addi 3,3,1\n b 1b', 20_000)).toBe('budget');
  expect(progress('li 3,-1\n mtctr 3\n 1: bdnz 1b', 20_000)).toBe('budget');
  expect(progress('1: ld 3,0(31)\n addi 3,3,1\n std 3,0(31)\n li 3,0\n b 1b', 20_000)).toBe('budget');
  expect(progress('1: nop\n b 1b', 5_000, undefined, (() => { let n = 0; return () => n++; })())).toBe('budget');
});

test('the end of a run is not a loop, nor is a step that only announces', () => {
  expect(progress('nop\n nop\n trap', 100)).toBe('ended');
  expect(progress('nop\n nop\n nop\n trap', 100, (f) => {
    f.space.pointKind.fill(POINT.TOC_USE, 0, 3);
    f.machine.observer = { point: () => true, markedStore: () => false, wildLanding: () => false };
  })).toBe('ended');
});
