/** Tasks that end inside a hooked function: who then has the stack, and what a strategy has left behind. */
import { expect, test } from 'vitest';
import { THREAD_INFOS } from '../../src/image/pages.ts';
import { PAGE_BYTES, THREAD_INFO } from '../../src/kernel/layout.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { golden } from './golden.ts';

const { trials, judged, seen } = golden(BUILT_IN, ({ obligation, subject }) => `${obligation} (${subject})`);

/** The task ends in B's replacement; before, it has run B once to its end. */
const CALL = `
  A:M -> 1 local B, 2 local B
  B:M patched -> 3 global E
  E:N saves 2`;
const ENDS = 'exit 1 at 2 callee+20';
/** Of those that keep an entry for each pending return: in memory of the task's own, and of the CPU's. */
const OF_THE_TASK = ['livepatch-stack', 'livepatch-stack-unwound', 'return-stack', 'shadow-stack-r1-masked'];
const IN_FRAMES = ['mini-frame', 'manual-restore', 'shadow-stack-parallel'];

test('a task that ends owes nothing, and what it had of memory goes with it', () => {
  for (const again of ['', ' again new']) {
    for (const strategy of [...OF_THE_TASK, ...IN_FRAMES]) expect(judged(`${CALL}\n${ENDS}${again}`, strategy), `${strategy}${again}`).toBe('holds');
    expect([seen('exits'), seen('exits-under-hook'), seen('stacks-reused'), seen('exits-not-delivered')]).toEqual([1, 1, 0, 0]);
  }
  // Outside of hooked calls nothing is left either way.
  expect(judged(`${CALL}\nexit 1 at 0 callee+9 again same`, 'livepatch-stack')).toBe('holds');
  expect([seen('exits'), seen('exits-under-hook')]).toEqual([1, 0]);
});

test('an idle task that begins again on its stack finds what it left, and leaves it', () => {
  for (const strategy of OF_THE_TASK) {
    expect(judged(`${CALL}\n${ENDS} again same`, strategy), strategy).toBe('hook-balance (left over)');
    expect(judged(CALL, strategy)).toBe('holds');
  }
  expect([seen('exits'), seen('stacks-reused')]).toEqual([0, 0]);
  for (const strategy of IN_FRAMES) expect(judged(`${CALL}\n${ENDS} again same`, strategy), strategy).toBe('holds');
  expect([seen('exits-under-hook'), seen('stacks-reused')]).toEqual([1, 1]);
});

test('a strategy that publishes its pointer and declares no pushes is asked too', () => {
  const { pushes: _, pops: __, ...quiet } = BUILT_IN.find((it) => it.name === 'return-stack')!;
  const { judged: judgedQuiet } = golden([quiet], ({ obligation, subject }) => `${obligation} (${subject})`);
  expect(judgedQuiet(`${CALL}\n${ENDS} again same`, 'return-stack')).toBe('hook-balance (left over)');
  expect(judgedQuiet(`${CALL}\n${ENDS} again new`, 'return-stack')).toBe('holds');
});

test('what was kept per CPU stays behind for the next task, whoever that is', () => {
  for (const again of ['', ' again new', ' again same']) expect(judged(`${CALL}\n${ENDS}${again}`, 'shadow-stack-per-cpu'), again).toBe('hook-balance (left over)');
  expect(judged(CALL, 'shadow-stack-per-cpu')).toBe('holds');
  // The next one's own entries lie above, and are given back; its end shows what lies below.
  const next = `${CALL}\nF:M -> 4 local B\ntask 2 runs F`;
  expect(judged(`${next}\n${ENDS}`, 'shadow-stack-per-cpu')).toBe('hook-balance (left over)');
  expect(judged(next, 'shadow-stack-per-cpu')).toBe('holds');
  // On whichever CPU it stays, and whichever the last one runs on.
  for (const ended of [ENDS, 'exit 1 of task2 at 1 callee+20']) {
    expect(judged(`${CALL}\ntask 2 runs A on cpu 1\n${ended}`, 'shadow-stack-per-cpu'), ended).toBe('hook-balance (left over)');
  }
  // One that is in its hook when the other ends takes the dead one's entry for its own.
  const inside = `${CALL}\nF:M -> 4 local G\nG:M patched\ntask 2 runs F\nswitch 1 of task2 at 4 callee+14`;
  const sleeps = `${inside}\nswitch 2 at 0 callee+6\n${ENDS}`;
  expect(judged(sleeps, 'shadow-stack-per-cpu')).toMatch(/^(toc|return-address|progress)/);
  expect(judged(sleeps, 'livepatch-stack')).toBe('holds');
  expect(seen('exits-under-hook')).toBe(1);
});

test('the other task goes on, and the third; a switch that waits inside the ended one is not delivered', () => {
  const three = `${CALL}\nF:M -> 4 local B\ntask 2 runs F\ntask 3 runs A on cpu 1\nswitch 1 of task2 at 4 callee+14`;
  for (const exit of [ENDS, 'exit 1 of task2 at 4 callee+20', 'exit 1 of task3 at 1 callee+25', `${ENDS}\nexit 2 of task2 at 4 callee+20\nexit 3 of task3 at 1 callee+25`]) {
    for (const strategy of ['livepatch-stack', 'mini-frame']) expect(judged(`${three}\n${exit}`, strategy), exit).toBe('holds');
    expect(seen('exits-not-delivered')).toBe(0);
  }
  expect(judged(`${CALL}\n${ENDS}\nswitch 1 at 2 hook-return+3\nirq 1 at 2 hook-return+3 runs E`, 'livepatch-stack')).toBe('holds');
  expect([seen('switches-not-delivered'), seen('events-not-delivered')]).toEqual([1, 1]);
});

test('four ends of one task, and at each instruction of the replacement', () => {
  const four = ['2 callee+20', '2 callee+25 #2', '1 callee+20 #3', '3 callee+3 #7'].map((at, i) => `exit ${i + 1} at ${at} again new`).join('\n');
  expect(judged(`${CALL}\n${four}`, 'livepatch-stack')).toBe('holds');
  expect([seen('exits'), seen('exits-under-hook')]).toEqual([4, 4]);
  let left = 0;
  for (let step = 0; step < 40; step += 1) {
    for (const again of ['', ' again new']) expect(judged(`${CALL}\nexit 1 at 1 callee+${step}${again}`, 'livepatch-stack'), `${step}`).toBe('holds');
    if (judged(`${CALL}\nexit 1 at 1 callee+${step} again same`, 'livepatch-stack') === 'hook-balance (left over)') left += 1;
  }
  // Wherever the hook is pending: not in B itself, before ftrace is called, and not where the activation has fewer instructions.
  expect(left).toBeGreaterThan(15);
});

/** The tracer's own entries are made anew with an idle task: init_idle does so since 2011. */
test('the graph tracer leaves nothing behind, of tasks that end and begin again', () => {
  for (const again of ['', ' again new', ' again same']) {
    for (const strategy of IN_FRAMES) expect(judged(`${CALL}\n${ENDS}${again}\ngraph B`, strategy), `${strategy}${again}`).toBe('holds');
    expect(seen('return-hooks')).toBeGreaterThan(1);
    // Of a task that is gone they are nobody's.
    const used = trials.engine.space.words[(THREAD_INFOS[0] * PAGE_BYTES + THREAD_INFO.TI_ret_top) >> 2];
    expect(used === 0, again).toBe(again !== '');
  }
});
