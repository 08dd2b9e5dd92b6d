// The argument in words, and the page.
import { expect, test } from 'vitest';
import { explain, explainDocument, explainLines } from '../../src/report/explain.ts';
import { explainPage } from '../../src/report/page.ts';
import { History, chainOf, memoryAddress } from '../../src/report/recording.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import type { TraceStep } from '../../src/trial/record.ts';
import { Trials } from '../../src/trial/trials.ts';
import { strategyOf } from '../faults/fault.ts';
import { ONE_OBLIGATION } from '../faults/one-obligation.ts';
import { finding, scenario, steps, violation } from './sample.ts';

const input = {
  token: finding.token, strategy: finding.strategy, sentence: finding.sentence, scenario, violation, steps,
  nameOf: (address: bigint) => (address === violation.expected ? '.TOC. of M' : address === violation.found ? '.TOC. of P' : undefined),
};

test('the argument', () => {
  const lines = explainLines(explain(input));
  expect(lines.slice(lines.findIndex((line) => line.startsWith('Let'))).join('\n')).toMatchInlineSnapshot(`
    "Let f0 make the local call 1, while r2 is 0xc008000000108000 (.TOC. of M).
          0xc008000000000020  f0+0x20  bl      c008000000000108
    Then the way back leads through livepatch_handler.
          0xc000000000010400  livepatch_handler  bctr
    However f1' sets r2 to 0xc008000000508000 (.TOC. of P).
          0xc008000000400004  f1'+0x4  addi    r2,r2,32760
    A contradiction: r2 must be 0xc008000000108000 (.TOC. of M), and it is
      0xc008000000508000 (.TOC. of P). Broken is toc: r2 is what it was at a local
      call, and the TOC of the code that uses it at each use.
          0xc008000000000024  0xc008000000000024  addis   r3,r2,0

    token    tocsin1abcdef"
  `);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
});

/** What an explanation says of a real run: its lines from `Let` on, without addresses. */
function argued(text: string, strategy: string): string {
  const all = [...BUILT_IN, strategyOf(ONE_OBLIGATION.find(({ sees }) => sees === 'recoverable')!)];
  const trials = new Trials(all), index = all.findIndex(({ name }) => name === strategy);
  const real = parseScenario(text);
  trials.load(real);
  const recorded: TraceStep[] = [];
  const [found] = trials.record(index, (step) => recorded.push(step)).violations;
  if (found === undefined) throw new Error('it holds');
  const { steps: said } = explain({ token: '', strategy, sentence: '', scenario: real, violation: found, steps: recorded, nameOf: () => undefined });
  return said.map((it) => `${it.part}: ${it.text.replace(/0x[0-9a-f]+/g, '..')}`).join('\n');
}

test('a declared recovery that leads elsewhere is no register with a wrong value', () => {
  const said = argued("A:M -> local B; B:M patched", 'only-recoverable').split('\n');
  expect(said.at(-1)).toBe('contradiction: the return address in LR must lead to .., and by what the strategy declares it leads to ... Broken is recoverable: what a strategy declares of its label leads to the return that is owed, for each hooked call that is pending.');
  expect(said.filter((line) => line.startsWith('however'))).toEqual([]);
});

test('changes of task and CPU are stations, and so are sleeping and ticks', () => {
  expect(argued("A:M patched\nsleep A' to cpu 1", 'shadow-stack-per-cpu')).toMatchInlineSnapshot(`
    "let: the run begin, while r2 is ...
    then: f0 is entered at its global entry point, with r2 = ...
    then: the livepatch callback of ftrace sends the call to the replacement.
    then: the hook livepatch_handler is entered, with r2 = .. and return address ...
    then: f0' is entered at its global entry point, with r2 = ...
    then: f0' [P] calls schedule.
    then: task 1 goes to sleep, and goes on on CPU 1.
    then: schedule is back in f0' [P], with r2 = ...
    then: f0' returns, to ...
    then: the way back leads through livepatch_return.
    contradiction: the run cannot go on: fetch is ... Broken is progress: no endless loop, no trap, no fetch or access outside mapped memory."
  `);
  expect(argued('A:M -> local B\nB:M patched -> global E\nE:N\nC:M -> local D\nD:M patched -> global E\ntask 2 runs C\nswitch 1 at 1 callee+2\nswitch 2 of task2 at 3 callee+2', 'shadow-stack-per-cpu')).toMatchInlineSnapshot(`
    "let: f0 [M] make the local call 1, while r2 is ...
    then: f1 is entered at its local entry point, with r2 = ...
    then: the livepatch callback of ftrace sends the call to the replacement.
    then: the hook livepatch_handler is entered, with r2 = .. and return address ...
    then: the tick of switch 1 is taken before the instruction at ...
    then: task 1 is preempted, and task 2 goes on on CPU 0.
    then: f3 is entered at its global entry point, with r2 = ...
    then: f3 [M] makes the local call 3.
    then: f4 is entered at its local entry point, with r2 = ...
    then: (3 more stations later)
    then: task 2 is preempted, and task 1 goes on on CPU 0.
    then: the interrupt returns.
    then: f1' is entered at its global entry point, with r2 = ...
    then: f1' [P] makes the global call 2.
    then: f2 is entered at its global entry point, with r2 = ...
    then: f2 returns, to ...
    then: call 2 is back in f1' [P], with r2 = ...
    then: f1' returns, to ...
    then: the way back leads through livepatch_return.
    however: ftrace_entry stores .. at ...
    however: ftrace_call_return takes it into r0.
    however: ftrace_call_return takes it into lr.
    however: livepatch_handler takes it into r12.
    however: livepatch_handler stores .. at ...
    however: livepatch_return takes it into r0.
    however: livepatch_return takes it into lr.
    however: shadow_pop goes there: ...
    contradiction: pc must be .., and it is ... Broken is return-address: control reaches exactly the return address, and a replacement by the entry it was made for."
  `);
});

test('the call that is pending is that of the task that runs, though another has made it since', () => {
  const at = (n: number, notes: string[]): TraceStep => ({ index: n, address: BigInt(4 * n), symbol: `f${n}`, text: 'nop', registers: [], memory: [], notes });
  const list = [
    at(0, ['call 1 (local)']), at(1, ['schedule', 'task 1 is preempted, and task 2 goes on on CPU 0']), at(2, ['call 1 (local)']),
    at(3, ['schedule', 'task 2 goes to sleep, and task 1 goes on on CPU 1']), at(4, []),
  ];
  expect(explain({ ...input, steps: list, violation: { ...violation, step: 5 } }).steps.slice(0, 3).map(({ part, symbol, text }) => [part, symbol, text])).toEqual([
    ['let', 'f0', 'f0 make the local call 1.'],
    ['then', 'f1', 'task 1 is preempted, and task 2 goes on on CPU 0.'],
    ['then', 'f2', 'f2 makes the local call 1.'],
  ]);
});

test('a run that holds has no argument', () => {
  const { violation: _none, ...held } = input;
  expect(explain(held).steps).toEqual([]);
  expect(explainDocument(explain(held))).toMatchObject({ obligation: null, steps: [] });
});

test('the page is escaped and loads nothing', () => {
  const page = explainPage(explain({ ...input, sentence: '<img src=x onerror=alert(1)>&"', token: '</code><script>' }));
  expect(page).not.toMatch(/<img|<script/);
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&amp;&quot;');
  expect(page).not.toMatch(/<[a-z]+[^>]*\s(src|href)=|url\(|@import/i);
});

test('a value is followed through moves, stores and loads to the instruction that made it', () => {
  const at = (n: number, text: string, more: Partial<TraceStep>): TraceStep =>
    ({ index: n - 1, address: BigInt(n) * 4n, symbol: `f+0x${n}`, text, registers: [], memory: [], notes: [], ...more });
  const change = (name: string, after: bigint): Partial<TraceStep> => ({ registers: [{ name, before: 0n, after }] });
  const history = new History([
    at(1, 'li      r1,4096', change('r1', 4096n)),
    at(2, 'li      r12,7', change('r12', 7n)),
    at(3, 'mr      r11,r12', change('r11', 7n)),
    at(4, 'std     r11,-16(r1)', { memory: [{ address: 4080n, bytes: 8, after: 7n }] }),
    at(5, 'li      r12,9', change('r12', 9n)),
    at(6, 'ld      r0,-16(r1)', change('r0', 7n)),
    at(7, 'mtlr    r0', change('lr', 7n)),
    at(8, 'blr', {}),
  ]);
  expect(chainOf(history, 'pc', 8).map((link) => [link.index + 1, link.place, link.role])).toEqual([
    [2, 'r12', 'makes'], [3, 'r11', 'moves'], [4, 'memory at 0xff0', 'moves'], [6, 'r0', 'moves'], [7, 'lr', 'moves'], [8, 'pc', 'moves'],
  ]);
  expect(memoryAddress('-16(r1)', history, 8)).toBe(4080n);
  expect(history.register('r1', 0)).toBe(0n);
  expect(history.register('r31', 8)).toBeUndefined();
});
