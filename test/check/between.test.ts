// What others may have done is forgotten anew only where something has changed that decides what it is: that must come to the same as forgetting it at each instruction.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cells } from '../../src/check/fragment.ts';
import type { Subject, World } from '../../src/check/fragment.ts';
import { Refusal, parse, word } from '../../src/check/words.ts';

const FEATURES = ['interrupt', 'preempt', 'tasks', 'migration', 'sleep'] as const;
const CELLS = ['r1', 'r2', 'r3', 'lr', 'cr1', '[F-400]', '[F-296]/4', '[F-8]', '[F+24]', '[paca]', '[paca+8]', '[paca+64]', '[task+16]', '[paca+x+8]', '[paca+x+24]', '[task+x+8]'];
const VALUES = ['F', 'F-112', 'F-256', 'B', '0', 'x', 'x+16', 'paca', 'paca+x', 'R-B', 'xpaca'];

/** A cell's owner and the symbols of its entries. */
const PUBLISHED = [['paca', 'paca+x', '[paca+64]'], ['task', 'task+x', '[task+16]']] as const;

function subjectOf(features: readonly string[], published: (typeof PUBLISHED)[number] | undefined): Subject {
  const world: World = {
    zone: 288n, vmlinux: word('', 0), nip: 0n, has: (name) => features.includes(name), fixed: [['[paca+8]', word('task')]], areas: [], memory: [{ of: 'task', at: 16n, bytes: 64n }],
    ...(published === undefined ? {} : { published: { owner: published[0], at: published[0] === 'paca' ? 64n : 16n, entries: published[1], cell: published[2], origin: 8n, entry: 16n } }),
  };
  return { world } as unknown as Subject;
}

/** Whether it goes on: where an interrupt finds no chain of frames it does not. */
function chained(cells: Cells): boolean {
  try { cells.between(); } catch (error) {
    if (error instanceof Refusal && error.message.includes('no chain of frames')) return false;
    throw error;
  }
  return true;
}

test('to forget only where it makes a difference is to forget everywhere', () => {
  let apart = 0, kept = 0, broken = 0;
  fc.assert(fc.property(
    fc.subarray([...FEATURES]), fc.constantFrom(undefined, ...PUBLISHED),
    fc.array(fc.array(fc.tuple(fc.constantFrom(...CELLS), fc.constantFrom(undefined, ...VALUES)), { maxLength: 4 }), { minLength: 1, maxLength: 12 }),
    (features, published, steps) => {
      const subject = subjectOf(features, published), now = new Cells(subject, {} as Cells['facts'], [['r1', word('F')], ['r13', word('paca')], ['[F-112]', word('F')], ['[F-256]', word('F', -112)]]);
      for (const step of steps) {
        for (const [cell, value] of step) now.set(cell, value === undefined ? undefined : parse(value));
        const asked = now.copy(), before = now.known.size, goesOn = chained(asked);
        expect(chained(now)).toBe(goesOn);
        broken += Number(!goesOn);
        if (!goesOn) return;
        expect([...now.known].sort()).toEqual([...asked.known].sort());
        expect([...now.memory.keys()].sort()).toEqual([...now.known.keys()].filter((cell) => cell.startsWith('[')).sort());
        apart += Number(now.known.size < before);
        kept += Number(now.memory.size > 0);
      }
    },
  ), { seed: 6, numRuns: 2000 });
  expect(apart).toBeGreaterThan(1000);
  expect(kept).toBeGreaterThan(1000);
  expect(broken).toBeGreaterThan(200);
});
