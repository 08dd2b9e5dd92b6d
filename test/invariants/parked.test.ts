// The judge's record of a task that does not run: all of it that is in use comes back, and nothing of another task's.
import { expect, test } from 'vitest';
import { createSpace, TASK_STACKS } from '../../src/image/pages.ts';
import { ProgramImage } from '../../src/image/program.ts';
import { PAGE_WORDS } from '../../src/image/space.ts';
import { MAX_LEVELS, MAX_PENDING } from '../../src/invariants/bounds.ts';
import { Oracle } from '../../src/invariants/oracle.ts';
import { ParkedTask } from '../../src/invariants/parked.ts';
import { Machine } from '../../src/machine/machine.ts';
import { REGISTERS } from '../../src/machine/registers.ts';

const machine = new Machine(createSpace(0)), image = new ProgramImage(machine.space);

/** A small generator of words, so that a failure recurs. */
let state = 0x1234567;
const word = (): number => (state = Math.imul(state, 0x9e3779b1) + 0x7f4a7c15 | 0) ^ state >>> 15;

type Arrays = readonly (readonly [name: string, array: Int32Array])[];
/** The oracle's own arrays, all of them, also such as will be added; the pairs of halves that say where stacks are apart. */
const arrays = (o: Oracle): Arrays => Object.entries(o).flatMap(([name, it]) => (it instanceof Int32Array && it.length > 2 ? [[name, it] as const] : []));

/** Words of an array that are in use: by what it is an array of. */
function used(o: Oracle, name: string, length: number): number {
  if (name === 'pushOwner') return o.pushes;
  if (length === MAX_LEVELS + 1) return o.level + 1;
  if (length === MAX_PENDING + 1) return o.depth + 1;
  if (length % MAX_PENDING === 0) return o.depth * length / MAX_PENDING;
  throw new RangeError(`${name}: an array of what?`);
}

/** A record of so many pending calls, inside so many interrupts, all words of all arrays at random. */
function fill(o: Oracle, depth: number, level: number, pushes: number): void {
  for (const [, array] of arrays(o)) for (let i = 0; i < array.length; i++) array[i] = word();
  o.depth = depth;
  o.level = level;
  o.pushes = pushes;
  o.handler = word();
  const { snapshots } = o, memory = new Int32Array(PAGE_WORDS).map(word);
  // Of its stack, from r1-288 on: r1 lies anywhere on one.
  snapshots.copyIn(1, word() >>> 1, new Int32Array(REGISTERS).map(word), memory);
  snapshots.pc[1] = word();
  snapshots.irqDepth[1] = word();
}

/** All that is in use, as plain data. */
function inUse(o: Oracle): unknown {
  const { depth, level, pushes, handler, snapshots } = o;
  const regs = new Int32Array(REGISTERS), memory = new Int32Array(PAGE_WORDS);
  if (level > 0) snapshots.copyOut(1, regs, memory);
  return {
    depth, level, pushes, handler,
    arrays: Object.fromEntries(arrays(o).map(([name, array]) => [name, [...array.subarray(0, used(o, name, array.length))]])),
    interrupt: level === 0 ? undefined : { regs: [...regs], memory: [...memory.subarray(snapshots.from(snapshots.frame[1]!) & PAGE_WORDS - 1)], frame: snapshots.frame[1], pc: snapshots.pc[1], irqDepth: snapshots.irqDepth[1] },
  };
}

const RECORDS: readonly (readonly [depth: number, level: number, pushes: number])[] = [[0, 0, 0], [1, 0, 0], [3, 1, 2], [40, 1, 0], [7, 0, 9], [MAX_PENDING, 1, 2 * MAX_PENDING]];

test.each(RECORDS)('%i pending calls, inside %i interrupts, %i pushes: what is put aside comes back', (depth, level, pushes) => {
  const o = new Oracle(machine, image), parked = new ParkedTask();
  expect(arrays(o).length).toBeGreaterThan(25);
  fill(o, depth, level, pushes);
  const before = inUse(o);
  parked.put(o);
  // Twice: it is put aside still, and another's record, larger or smaller, was in its place.
  for (const [d, l, p] of [[5, 1, 3], [60, 0, 30]] as const) {
    fill(o, d, l, p);
    expect(inUse(o)).not.toEqual(before);
    parked.take(o);
    expect(inUse(o)).toEqual(before);
  }
});

test('what is not in use is not touched', () => {
  const o = new Oracle(machine, image), parked = new ParkedTask();
  fill(o, 2, 0, 1);
  parked.put(o);
  fill(o, 9, 1, 9);
  const before = new Map(arrays(o).map(([name, array]) => [name, array.slice()])), { snapshots } = o, interrupt = [snapshots.frame[1], snapshots.pc[1], snapshots.irqDepth[1], snapshots.was(1, 77)];
  parked.take(o);
  for (const [name, array] of arrays(o)) {
    const from = used(o, name, array.length);
    expect(array.subarray(from), name).toEqual(before.get(name)!.subarray(from));
  }
  expect([snapshots.frame[1], snapshots.pc[1], snapshots.irqDepth[1], snapshots.was(1, 77)]).toEqual(interrupt);
});

test('a task that has not begun has no calls, no pushes, and is inside no interrupt', () => {
  const o = new Oracle(machine, image), parked = new ParkedTask();
  fill(o, 4, 1, 2);
  parked.put(o);
  parked.reset();
  parked.take(o);
  expect([o.depth, o.level, o.pushes, o.handler, o.hook[0]]).toEqual([0, 0, 0, -1, -1]);
});

test('tasks take turns: each finds its own record, its stack and its CPU', () => {
  const o = new Oracle(machine, image);
  const records = RECORDS.slice(2, 2 + TASK_STACKS.length);
  expect(records).toHaveLength(TASK_STACKS.length);
  machine.written = 0;
  const left = records.map(([depth, level, pushes], task) => {
    // The first turn of each.
    if (task > 0) {
      o.switchTo(task, task & 1, 0);
      expect([o.depth, o.level, o.pushes, o.hook[0]]).toEqual([0, 0, 0, -1]);
    }
    fill(o, depth, level, pushes);
    return inUse(o);
  });
  for (const [task, cpu] of [[0, 1], [2, 0], [1, 1], [0, 0]] as const) {
    o.switchTo(task, cpu, 5 + task);
    expect(inUse(o)).toEqual(left[task]);
    expect([o.task, o.cpu, o.root, o.taskStack]).toEqual([task, cpu, 5 + task, TASK_STACKS[task] * 4 * PAGE_WORDS]);
  }
  // On another CPU, the record is where it was.
  o.switchTo(0, 1, 5);
  expect(inUse(o)).toEqual(left[0]);
});

test('registers that were written before a switch are known as written after it', () => {
  const o = new Oracle(machine, image);
  fill(o, 2, 0, 0);
  o.written[1] = 1 << 14;
  machine.written = 1 << 20;
  o.switchTo(1, 0, 0);
  machine.written = 0;
  o.switchTo(0, 0, 0);
  expect(o.written[1]).toBe(1 << 14 | 1 << 20);
});
