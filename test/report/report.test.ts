// Whole reports, as people get them.
import { expect, test } from 'vitest';
import { campaignLines } from '../../src/report/campaign.ts';
import { fuzzDocument } from '../../src/report/documents.ts';
import { findingLines } from '../../src/report/finding.ts';
import { documentText } from '../../src/report/machine-readable.ts';
import { columns, command, count, hex, magnitude, printable, shellWord, wrap } from '../../src/report/text.ts';
import { scenarioTree, sizeOf, sizeText } from '../../src/report/tree.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { finding, report, scenario } from './sample.ts';

const commands = {
  replay: 'tocsin replay tocsin1abcdef', explain: 'tocsin explain tocsin1abcdef',
  original: 'tocsin replay 7:3:41 --strategy branch-only --features none,+local,+global --generator 1',
};
const view = { finding, file: 'tocsin-findings/x.json', commands };

test('words and figures', () => {
  expect([count(0), count(999), count(1234567), count(2n ** 64n)]).toEqual(['0', '999', '1,234,567', '18,446,744,073,709,551,616']);
  expect([hex(-1n), hex(0n), magnitude(12), magnitude(4530), magnitude(45_200_000), magnitude(1.31e9)])
    .toEqual(['0xffffffffffffffff', '0x0', '12', '4.5 k', '45.2 M', '1.3 G']);
  expect(wrap('one two three', '- ', '  ', 9)).toEqual(['- one two', '  three']);
  expect(wrap('a-word-that-is-longer-than-the-line', '', '', 8)).toEqual(['a-word-that-is-longer-than-the-line']);
  expect(columns([['a', 'bb'], ['ccc', 'd']])).toEqual(['a    bb', 'ccc  d']);
  expect(printable('a\u001b[31mb\u202ec')).toBe('a?[31mb?c');
  expect([shellWord('./a b.s'), shellWord("it's"), shellWord('-x,y')]).toEqual(["'./a b.s'", `'it'\\''s'`, '-x,y']);
});

test('a scenario as a tree', () => {
  expect(scenarioTree(scenario).join('\n')).toMatchInlineSnapshot(`
    "task: f0 in M
      local call 1: f1 in M, 10 arguments, variadic, patched: f1' in P, itself
          traced
        global call 2, at most 2 times: f0 (as above)
    interrupt 1 in call 1, the 2nd time it is made: at instruction 3 of the
        hook-entry, on the interrupt stack
      handler: f2 in K, single entry, data below r1
    places (0 is near vmlinux): M 1, N 0, P 0"
  `);
});

test('a tree with tasks, switches and sleepers; a world without other tasks names the first as ever', () => {
  const around = parseScenario(`
    A:M -> local B
    B:M patched -> global C
    C:N
    D:M -> local B
    E:K
    task 2 runs D on cpu 1
    task 3 runs A
    switch 1 at 1 hook-entry+3 to cpu 1
    switch 2 of task2 at 0 callee+0 #2
    sleep B' to cpu 1
    sleep C
    irq 1 of task2 at 3 callee+1 runs E`);
  expect(scenarioTree(around).join('\n')).toMatchInlineSnapshot(`
    "task 1: f0 in M
      local call 1: f1 in M, patched: f1' in P
        global call 2: f2 in N
    task 2, on CPU 1: f3 in M
      local call 3: f1 (as above)
    task 3, on CPU 0: f0 (as above)
    switch 1 in call 1 of task 1: at instruction 3 of the hook-entry, a tick; the
        task is preempted and goes on on CPU 1
    switch 2 in the first call of task 2, the 2nd time it is made: at instruction 0
        of the callee, a tick; the task is preempted and goes on on CPU 0
    f1' sleeps before it makes its calls, and wakes on CPU 1
    f2 sleeps before it makes its calls, and wakes on CPU 0
    interrupt 1 in call 3 of task 2: at instruction 1 of the callee
      handler: f4 in K"
  `);
  const alone = parseScenario("A:M patched; switch 1 at 0 callee+2; sleep A'");
  expect(scenarioTree(alone).join('\n')).toMatchInlineSnapshot(`
    "task: f0 in M, patched: f0' in P
    switch 1 in the first call: at instruction 2 of the callee, a tick; the task is
        preempted and goes on on CPU 0
    f0' sleeps before it makes its calls, and wakes on CPU 0"
  `);
  const stacks = parseScenario(`
    A:M -> 1 local B
    B:M patched
    H:N
    irq 1 at 1 callee+2 runs H own-stack
    irq 2 at 1 callee+3 runs H own-stack
    irq 3 at 1 callee+4 runs H own-stack
    softirq 1
    emergency 2
    kretprobe B
    sleep B' walked`);
  expect(scenarioTree(stacks).join('\n')).toMatchInlineSnapshot(`
    "task: f0 in M
      local call 1: f1 in M, patched: f1' in P
    f1' sleeps before it makes its calls, and wakes on CPU 0; its stack is walked
        meanwhile
    a kretprobe hooks the returns of f1
    interrupt 1 in call 1: at instruction 2 of the callee, a soft irq, on the soft
        irq stack
      handler: f2 in N
    interrupt 2 in call 1: at instruction 3 of the callee, on the emergency stack
      handler: f2 (as above)
    interrupt 3 in call 1: at instruction 4 of the callee, on the interrupt stack
      handler: f2 (as above)"
  `);
  expect([around, alone, scenario].map((it) => sizeText(sizeOf(it)))).toMatchInlineSnapshot(`
    [
      "5 functions, 3 calls, 1 patch, 1 interrupt, 3 tasks, 2 switches",
      "1 function, 0 calls, 1 patch, 1 switch",
      "3 functions, 2 calls, 1 patch, 1 interrupt",
    ]
  `);
});

test('a chain of 32 calls stays under 80 columns', () => {
  const first = scenario.functions[0]!;
  const chain = { ...scenario, interrupts: [], functions: Array.from({ length: 32 }, (_, id) => ({
    ...first, id, body: { ...first.body, calls: id === 31 ? [] : [{ id: id + 1, kind: 'local' as const, callee: id + 1 }] } })) };
  const lines = scenarioTree(chain);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
  expect(lines).toHaveLength(33);
});

test('a finding, in the order of the interface', () => {
  expect(findingLines(view).join('\n')).toMatchInlineSnapshot(`
    "branch-only: toc
    ----------------
    branch-only breaks toc: after call 1, r2 is the TOC of P where the TOC of M is
    expected.

    The scenario (3 functions, 2 calls, 1 patch, 1 interrupt):
        task: f0 in M
          local call 1: f1 in M, 10 arguments, variadic, patched: f1' in P, itself
              traced
            global call 2, at most 2 times: f0 (as above)
        interrupt 1 in call 1, the 2nd time it is made: at instruction 3 of the
            hook-entry, on the interrupt stack
          handler: f2 in K, single entry, data below r1
        places (0 is near vmlinux): M 1, N 0, P 0

    The first wrong instruction, and where it was noticed:
        0xc008000000400004  f1'+0x4  addi    r2,r2,32760
        0xc008000000000024  f0+0x24  addis   r3,r2,0

    Expected and found, in r2:
        expected  0xc008000000108000  .TOC. of M
        found     0xc008000000508000  .TOC. of P

    Minimised from 3 functions, 2 calls, 1 patch, 1 interrupt; 37 smaller scenarios
    tried. Nothing more can go; the last pass tried:
        without call 1, without function 1, without the patch of function 1

    token    tocsin1abcdef
    seed     7:3:41, after 12 trials
    file     tocsin-findings/x.json
    replay:
        tocsin replay tocsin1abcdef
    the scenario before minimising:
        tocsin replay 7:3:41 --strategy branch-only --features \\
          none,+local,+global --generator 1
    explain:
        tocsin explain tocsin1abcdef"
  `);
});

test('a campaign', () => {
  const lines = campaignLines({ report: { ...report, strategies: report.strategies.map((it) => ({ ...it, findings: [] })) }, interrupted: true, viewOf: () => view });
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "branch-only: broken, as claimed
      claim: breaks toc
      1,000 trials; 912 k instructions
      seen broken (trials within the claim, outside it):
        toc  at the return of local  in livepatch_handler  900, 0

    livepatch-stack: holds
      claim: holds assuming no-stub-sibling, stack-room, no-variadic
      1,000 trials, 620 of them within the claim; 2 out of budget; 1.9 M
        instructions
      no violation in 620 independent scenarios within the claim: under this
        generator's distribution the failing share is below 0.4821 % at 95 %
      seen: 1 of 2 instructions of its code with an interrupt before them; 1 more
        are exempt; the rarest, an interrupt at livepatch_handler+0x4, in 0 trials:
        0 % to 3.6 %, at least 0.1 %: undecided
      assumes no-stub-sibling (360 trials outside it alone): IDLE: no
        counterexample needs it
      assumes stack-room (0 trials outside it alone): no scenario outside it alone
        was tried
      assumes no-variadic (20 trials outside it alone): not enough trials to tell
        (20 of 300)

    What the runs have shown:
      743 calls with more than 8 argument doublewords
      562 interrupts between two instructions of a strategy's code
       12 interrupts whose anchor was never reached
      never: calls of a replacement by itself

    Required, in which share of the scenarios (certainty 1e9), at least, and is it:
      interrupts-in-hook  16.6 % to 32.9 %  0.5 %  met

    3 situations of hooked calls were seen, 2 of them in one scenario only: the
    chance that the next scenario shows a new one is about 0.2 % at most
    (Good-Turing).

    Verdicts:
      branch-only      broken, as claimed
      livepatch-stack  holds

    The canary: branch-only was caught after 12 trials.
    1,000 scenarios in 2 blocks, 2,000 trials, 2,824,690 instructions; 10 trials
    were run twice and compared. Generator 1, model abc123.
    Interrupted: this is about the blocks that were done.
    seed 7"
  `);
  const all = campaignLines({ report, interrupted: false, viewOf: () => view });
  expect(Math.max(...all.map((line) => line.length))).toBeLessThan(80);
  expect(campaignLines({ report, interrupted: false, viewOf: () => view }, true).join('\n')).toMatchInlineSnapshot(`
    "Verdicts:
      branch-only      broken, as claimed  toc
      livepatch-stack  holds

    seed 7"
  `);
});

test('the fuzz document spells 64-bit values as hex and names the file', () => {
  const document = JSON.parse(documentText(fuzzDocument(report, false, 0, () => 'a.json')));
  expect(document).toMatchObject({
    schema: 'tocsin/fuzz@1', seed: '0x7', runs: 1000, exit: 0,
    strategies: [{ name: 'branch-only', claim: 'breaks toc', findings: [{ obligation: 'toc', file: 'a.json', functions: 3, calls: 2, patches: 1, interrupts: 1, expected: '0xc008000000108000' }] }, {}],
  });
});

test('a command for the shell is never broken within quotes', () => {
  const words = `tocsin replay TOKEN --object 'a file with a long name and many blanks in it.o' --claim 'holds assuming no-stub-sibling, no-unwind' --symbols livepatch_handler`;
  const lines = command(words, '    ');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.map((it) => it.trim().replace(/ \\$/, '')).join(' ')).toBe(words);
  for (const line of lines) expect(line.split("'").length % 2).toBe(1);
});
