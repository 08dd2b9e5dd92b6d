// The scheduler's queue: who goes on, where, and when all are done.
import { describe, expect, test } from 'vitest';
import { THREAD_INFOS } from '../../src/image/pages.ts';
import { ADDRESSES } from '../../src/kernel/layout.ts';
import { BOUNDS } from '../../src/scenario/scenario.ts';
import type { Cpu, World } from '../../src/scenario/scenario.ts';
import { CONTROL } from '../../src/image/core.ts';
import { canonical } from '../../src/scenario/canonical.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { Trials } from '../../src/trial/trials.ts';
import { PACA_OF, THREAD_INFO_OF, Tasks } from '../../src/trial/tasks.ts';

const world = (...cpus: Cpu[]): World => ({ tasks: cpus.map((cpu, i) => ({ id: i === 0 ? 2 : 3, start: 0, cpu })), switches: [], sleepers: [] });
const begun = (...cpus: Cpu[]): Tasks => {
  const tasks = new Tasks();
  tasks.begin(world(...cpus));
  return tasks;
};
/** The task that runs, and where. */
const at = (tasks: Tasks): string => `${tasks.current} on ${tasks.cpu}`;
/** One after the other: `y0`, `y1` the task that runs sleeps, to go on there; `p0`, `p1` it is preempted; `e` it is done. */
function turns(tasks: Tasks, what: string): string[] {
  return what.split(' ').map((turn) => {
    const cpu = Number(turn[1] ?? 0) as Cpu;
    if (turn === 'e') return tasks.end() ? at(tasks) : 'over';
    if (turn.startsWith('p')) tasks.preempt(cpu);
    // Where it is preempted, it does not matter where it would have woken up.
    tasks.yield(turn.startsWith('p') ? 1 - cpu : cpu);
    return at(tasks);
  });
}

describe('one task', () => {
  test('comes back at once, where the event says', () => {
    for (const tasks of [begun(), new Tasks()]) {
      expect(at(tasks)).toBe('0 on 0');
      expect(turns(tasks, 'y0 y1 p1 p0 y1')).toEqual(['0 on 0', '0 on 1', '0 on 1', '0 on 0', '0 on 1']);
      expect(tasks.changes).toBe(5);
      expect(turns(tasks, 'e')).toEqual(['over']);
    }
  });

  test('a scenario without a world is such a one', () => {
    const tasks = new Tasks();
    tasks.begin(undefined);
    expect([at(tasks), tasks.preempting, tasks.changes, tasks.end()]).toEqual(['0 on 0', false, 0, false]);
  });
});

describe('the queue', () => {
  test('is first in, first out: each begins where it is to begin, in the order of the list', () => {
    expect(turns(begun(1, 0), 'y0 y0 y0 y0')).toEqual(['1 on 1', '2 on 0', '0 on 0', '1 on 0']);
  });

  test('who is preempted or sleeps goes to its end, and takes along where it goes on', () => {
    expect(turns(begun(0, 1), 'p1 y1 p0 y0 p1')).toEqual(['1 on 0', '2 on 1', '0 on 1', '1 on 1', '2 on 0']);
  });

  test('who is done does not come back; the last one ends it', () => {
    expect(turns(begun(0, 1), 'e y1 e y0 e')).toEqual(['1 on 0', '2 on 1', '1 on 1', '1 on 0', 'over']);
    expect(turns(begun(1), 'y1 e e')).toEqual(['1 on 1', '0 on 1', 'over']);
  });

  test('a turn is counted each time that somebody goes on', () => {
    const tasks = begun(0);
    turns(tasks, 'y0 y0 e');
    expect(tasks.changes).toBe(3);
    turns(tasks, 'e');
    expect(tasks.changes).toBe(3);
  });

  test('has room for all tasks that there can be, however often they take turns', () => {
    const tasks = begun(...Array.from({ length: BOUNDS.tasks }, (): Cpu => 1));
    const seen = Array.from({ length: 3 * (1 + BOUNDS.tasks) }, () => turns(tasks, 'y1')[0]!);
    expect(new Set(seen)).toEqual(new Set(Array.from({ length: 1 + BOUNDS.tasks }, (_, k) => `${k} on 1`)));
    expect(seen.slice(0, 1 + BOUNDS.tasks)).toEqual(seen.slice(1 + BOUNDS.tasks, 2 * (1 + BOUNDS.tasks)));
  });
});

test('a preemption is asked for once, and forgotten with the run', () => {
  const tasks = begun(0);
  tasks.preempt(1);
  expect(tasks.preempting).toBe(true);
  tasks.yield(0);
  expect([tasks.preempting, at(tasks)]).toEqual([false, '1 on 0']);
  // The next one to give up its CPU sleeps.
  expect(turns(tasks, 'y0 y0')).toEqual(['0 on 1', '1 on 0']);
  tasks.preempt(1);
  tasks.begin(world(1));
  expect([tasks.preempting, tasks.changes, at(tasks)]).toEqual([false, 0, '0 on 0']);
  expect(turns(tasks, 'y0 e e')).toEqual(['1 on 1', '0 on 0', 'over']);
});

test('a run that ends early leaves nobody in the queue of the next', () => {
  const tasks = begun(1, 1);
  turns(tasks, 'y1');
  tasks.begin(world(0));
  expect(turns(tasks, 'e e')).toEqual(['1 on 0', 'over']);
});

test('a third task without a second one is the second to run, and what lands in it lands there', () => {
  const notes = (text: string): string[] => {
    const trials = new Trials([]), seen: string[] = [];
    trials.load(parseScenario(text));
    trials.follow(CONTROL, (step) => { seen.push(...step.notes.filter((note) => /delivered|^call of the task|^entry/.test(note))); });
    expect(trials.runControl().outcome).toBe('holds');
    return seen;
  };
  const text = 'A:M -> local B; B:M; C:N -> 2 local D; D:N patched; H:K; task 3 runs C on cpu 1; switch 1 of task3 at 2 callee+1; irq 1 of task3 at 0 callee+3 runs H';
  const gap = notes(text);
  expect(gap.filter((note) => note.endsWith('delivered'))).toEqual(['interrupt 1 delivered', 'tick of switch 1 delivered']);
  // Closed up it runs the same way.
  expect(notes(text.replaceAll(/task ?3/g, (name) => name.replace('3', '2')))).toEqual(gap);
  expect(notes(printScenario(canonical(parseScenario(text))))).toEqual(gap);
});

test('addresses of threads and CPUs', () => {
  const { TASK, TASK2, TASK3, PACA0, PACA1 } = ADDRESSES;
  const joined = (halves: Int32Array): bigint[] =>
    Array.from({ length: halves.length / 2 }, (_, i) => BigInt.asUintN(64, (BigInt(halves[2 * i]!) << 32n) + BigInt(halves[2 * i + 1]! >>> 0)));
  expect(joined(THREAD_INFO_OF)).toEqual([TASK, TASK2, TASK3]);
  expect(joined(PACA_OF)).toEqual([PACA0, PACA1]);
  expect(THREAD_INFOS).toHaveLength(1 + BOUNDS.tasks);
});
