// What a verdict says: where, whose return, which place of the strategy's code, what was expected and found, and by whose doing.
import { describe, expect, test } from 'vitest';
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { dynamicCalls } from '../../src/scenario/graph.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import type { ScenarioFunction } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { CALL_INSTRUCTIONS } from '../../src/trial/engine.ts';
import { Trials } from '../../src/trial/trials.ts';

const trials = new Trials(BUILT_IN);
const index = (name: string): number => BUILT_IN.findIndex((strategy) => strategy.name === name);

function say(strategy: string, scenario: string): string[] {
  trials.load(parseScenario(scenario));
  const at = (address: bigint): string => trials.symbolOf(address);
  return trials.run(index(strategy)).violations.map((it) => {
    return `${it.obligation}, ${it.edge} call ${it.call}, ${it.place}, ${it.region}: ${at(it.address)} ${it.subject} is ${at(it.found)}, not ${at(it.expected)}`
      + `${it.cause === undefined ? '' : `, by ${at(it.cause)}`}`;
  });
}

test('a wrong TOC after a local call', () => {
  expect(say('branch-only', 'A:M -> local B; B:M patched')).toMatchInlineSnapshot(`
    [
      "toc, local call 1, livepatch_handler, return-site: f0+0x2c [M] r2 is .TOC. [P], not .TOC. [M]",
    ]
  `);
});

test('a spoilt slot, and who did it', () => {
  expect(say('livepatch-stack', 'A:N -> global B; B:M patched -> stub-sibling D; D:K')).toMatchInlineSnapshot(`
    [
      "toc-slot, global call 1, livepatch_pop, return-site: f0+0x30 [N] 24(r1) is .TOC. [P], not .TOC. [N], by stub.f2+0x8 [P]",
    ]
  `);
});

test('the hook is named also where its call has been left behind', () => {
  const obligations = OBLIGATIONS.map(({ name }) => name).filter((name) => name !== 'toc-slot');
  const lenient = new Trials(BUILT_IN, { obligations });
  lenient.load(parseScenario('A:N -> global B; B:M patched -> stub-sibling D; D:K'));
  const [first] = lenient.run(index('livepatch-stack')).violations;
  expect([first?.obligation, first?.place, first?.region]).toEqual(['toc', 'livepatch_pop', 'callee']);
});

test('what should be compared with an unpatched run that does not end is undecided', () => {
  const skipping: Strategy = { ...BUILT_IN[0]!, name: 'skipping', code: { livepatch_handler: 'livepatch_handler:\n        blr\n' } };
  const lenient = new Trials([skipping], { obligations: ['differential'] });
  const scenario = parseScenario('A:M -> local B; B:M -> indirect B x3 patched same');
  // Not a valid scenario: B calls itself without end.
  const [a, b] = scenario.functions as [ScenarioFunction, ScenarioFunction];
  const calls = b.body.calls.map(({ limit: _, ...call }) => call);
  lenient.load({ ...scenario, functions: [a, { ...b, body: { ...b.body, calls } }] });
  expect(lenient.runUnpatched().outcome).not.toBe('holds');
  expect(lenient.run(0).outcome).toBe('undecided');
  expect(lenient.record(0, () => {}).outcome).toBe('undecided');
});

test('the reserved word does not end the run', () => {
  expect(say('caller-slot', 'A:M -> global B; B:N patched')).toMatchInlineSnapshot(`
    [
      "reserved-word, global call 1, livepatch_handler, hook-entry: livepatch_handler+0xc 12(r1) is 0xffcf812c, not 0x5ac15ac1, by livepatch_handler+0xc",
      "toc-slot, global call 1, livepatch_return, return-site: f0+0x2c [M] 24(r1) is .TOC. [N], not .TOC. [M], by livepatch_handler",
    ]
  `);
});

test('stack arguments', () => {
  expect(say('mini-frame', 'A:M -> local B; B:M args 12 patched')).toMatchInlineSnapshot(`
    [
      "arguments, local call 1, mini_frame_push, callee: f1' [P] 96(r1) is 0x5ac15ac15ac15ac1, not paca+0x2018",
    ]
  `);
});

test('a variadic replacement spills over the caller’s header', () => {
  expect(say('mini-frame', 'A:M -> local B; B:M args 2 variadic patched')).toMatchInlineSnapshot(`
    [
      "back-chain, local call 1, mini_frame_push, callee: f1'+0x1c [P] 0(r1) is paca+0x2010, not stack+0x3fe0, by f1'+0x1c [P]",
    ]
  `);
});

test('an endless loop', () => {
  expect(say('caller-slot', 'A:M -> local B; B:M patched -> stub-sibling D; D:K patched')).toMatchInlineSnapshot(`
    [
      "reserved-word, local call 1, livepatch_handler, hook-entry: livepatch_handler+0xc 12(r1) is 0xffef812c, not 0x5ac15ac1, by livepatch_handler+0xc",
      "progress, local call 1, livepatch_return, hook-return: livepatch_return loop is livepatch_return, not 0x0",
    ]
  `);
});

test('a budget that is spent is no violation', () => {
  const short = new Trials(BUILT_IN, { budget: 50 });
  short.load(parseScenario('A:M -> local B; B:M patched'));
  const { outcome, violations, instructions } = short.run(index('livepatch-stack'));
  expect([outcome, violations, instructions]).toEqual(['out-of-budget', [], 50]);
});

describe('a long run is not given up before its end, and not taken for a circle', () => {
  const rounds = (count: number, text: string): string => Array.from({ length: count }, () => text).join(', ');
  const LONG: readonly [name: string, text: string, least: number][] = [
    ['the deepest recursion of small frames', 'A:M patched -> indirect A x255', 25_000],
    ['large frames, all arguments', 'A:M -> local B\nB:M args 12 variadic patched traced saves 18 early-exit -> global B x46', 10_000],
    ['sixty counters that are used up', `A:M -> local B\nB:M -> indirect B x150, ${rounds(61, 'indirect B x1')} patched same`, 100_000],
    ['as many calls as can be', `A:M -> ${rounds(31, 'local B')}\nB:M -> ${rounds(31, 'global C')}\nC:N args 12 variadic patched traced saves 18`, 200_000],
  ];
  test.each(LONG)('%s', (_, text, least) => {
    const scenario = parseScenario(text);
    const calls = Math.max(dynamicCalls(scenario, false), dynamicCalls(scenario, true));
    trials.load(scenario);
    expect([trials.runUnpatched().outcome, trials.runControl().outcome]).toEqual(['holds', 'holds']);
    let longest = 0;
    for (let i = 0; i < BUILT_IN.length; i++) {
      const { outcome, instructions } = trials.run(i);
      expect(['holds', 'violated'], BUILT_IN[i]!.name).toContain(outcome);
      if (outcome === 'holds') longest = Math.max(longest, instructions);
    }
    expect(longest).toBeGreaterThan(least);
    // Else it is run in slow motion from there.
    expect(longest).toBeLessThan(CALL_INSTRUCTIONS * calls);
  });

  test('where so much may be on its way, a circle is seen later', () => {
    const looping = 'A:M -> local B, local E; B:M patched -> stub-sibling D; D:K patched; E:M patched -> global E x200';
    trials.load(parseScenario(looping));
    const { violations, instructions } = trials.run(index('caller-slot'));
    expect(violations.map(({ obligation, subject }) => `${obligation} ${subject}`)).toContain('progress loop');
    expect(instructions).toBeGreaterThan(CALL_INSTRUCTIONS * 200);
  });
});

test('without checks nothing is judged', () => {
  const blind = new Trials(BUILT_IN, { checks: false });
  blind.load(parseScenario('A:M -> local B; B:M patched'));
  expect(blind.run(index('branch-only')).outcome).toBe('holds');
});

test('a recording shows each instruction with what it changed', () => {
  trials.load(parseScenario('A:M -> 1 local B; B:M patched; H:N; irq 1 at 1 hook-entry+2 runs H'));
  const lines: string[] = [];
  trials.record(index('livepatch-stack'), (step) => {
    if (!/^livepatch_[a-z]|^interrupt_entry$/.test(step.symbol)) return;
    const changed = step.registers.map(({ name, after }) => `${name}=${trials.symbolOf(after)}`);
    const stored = step.memory.map(({ address, bytes, after }) => `${trials.symbolOf(address)}/${bytes}=${trials.symbolOf(after)}`);
    lines.push([step.symbol, step.text, ...changed, ...stored, ...step.notes.map((note) => `# ${note}`)].join('  '));
  });
  expect(lines).toMatchInlineSnapshot(`
    [
      "livepatch_handler  ld      r12,2312(r13)  r12=task  # hook entry",
      "livepatch_handler+0x4  ld      r11,16(r12)  r11=stack+0x8",
      "interrupt_entry  std     r9,512(r13)  srr0=livepatch_handler+0x8  srr1=0x8000000000009033  msr=0x8000000000001031  paca+0x200/8=0x0  # interrupt 1 delivered  # interrupt entry",
      "livepatch_handler+0x8  addi    r11,r11,24  r11=stack+0x20",
      "livepatch_handler+0xc  std     r11,16(r12)  task+0x10/8=stack+0x20  # hook store",
      "livepatch_handler+0x10  std     r2,-24(r11)  stack+0x8/8=.TOC. [M]  # hook store",
      "livepatch_handler+0x14  mflr    r12  r12=f0+0x2c [M]",
      "livepatch_handler+0x18  std     r12,-16(r11)  stack+0x10/8=f0+0x2c [M]  # hook store",
      "livepatch_handler+0x1c  lis     r12,22444  r12=0x57ac0000",
      "livepatch_handler+0x20  ori     r12,r12,28317  r12=0x57ac6e9d",
      "livepatch_handler+0x24  std     r12,-8(r11)  stack+0x18/8=0x57ac6e9d  # hook store",
      "livepatch_handler+0x28  mfctr   r12  r12=f1' [P]",
      "livepatch_push  bctrl  lr=livepatch_return  # hook push",
      "livepatch_return  ld      r12,2312(r13)  r12=task",
      "livepatch_return+0x4  ld      r11,16(r12)  r11=stack+0x20",
      "livepatch_return+0x8  lis     r2,22444  r2=0x57ac0000",
      "livepatch_return+0xc  ori     r2,r2,28317  r2=0x57ac6e9d",
      "livepatch_return+0x10  ld      r12,-8(r11)  r12=0x57ac6e9d",
      "livepatch_marker  tdne    r12,r2",
      "livepatch_marker+0x4  ld      r12,-16(r11)  r12=f0+0x2c [M]",
      "livepatch_marker+0x8  mtlr    r12  lr=f0+0x2c [M]",
      "livepatch_marker+0xc  ld      r2,-24(r11)  r2=.TOC. [M]",
      "livepatch_marker+0x10  ld      r12,2312(r13)  r12=task",
      "livepatch_pop  addi    r11,r11,-24  r11=stack+0x8  # hook pop",
      "livepatch_pop+0x4  std     r11,16(r12)  task+0x10/8=stack+0x8  # hook store",
      "livepatch_pop+0x8  blr",
    ]
  `);
});
