// How runs stop, what is announced, and where accesses and fetches go. In assembly.
import { expect, test } from 'vitest';
import { POINT, TEXT as TAG } from '../../src/image/points.ts';
import { low } from '../../src/machine/halves.ts';
import { ACCESS, DATA, MORE_TEXT, Notes, OTHER_TEXT, PAGE, PAGE_WORDS, STACK, TEXT, load } from './fixture.ts';
import type { Fixture } from './fixture.ts';

/** Executes exactly n instructions. */
function steps({ machine }: Fixture, n: number): void {
  expect(machine.run(n)).toEqual({ kind: 'budget' });
}

test('a budget is counted in instructions, and a run goes on where it ended', () => {
  const f = load('start: addi 3,3,1\n b start');
  steps(f, 5);
  expect([f.machine.gpr(3), f.machine.instructions, f.machine.addressOfPc()]).toEqual([3n, 5, TEXT + 4n]);
  steps(f, 0);
  steps(f, 3);
  expect([f.machine.gpr(3), f.machine.instructions]).toEqual([4n, 8]);
});

test('traps, unmodelled words and bad accesses stop before they do anything, and say where', () => {
  const trap = load('li 3,1\n twi 4,3,1\n li 3,2');
  expect(trap.machine.run(9)).toEqual({ kind: 'trap', address: TEXT + 4n });
  expect(trap.machine.instructions).toBe(1);
  const word = load('nop\n .long 0x12345678');
  expect(word.machine.run(9)).toEqual({ kind: 'unmodelled', address: TEXT + 4n, word: 0x12345678 });
  expect(word.machine.run(9).kind).toBe('unmodelled');
  for (const [code, store] of [['ld 4,0(3)', false], ['std 4,0(3)', true], ['stdu 4,8(3)', true], ['lbzu 4,1(3)', false], ['stw 4,0(3)', true]] as const) {
    const f = load(code);
    f.machine.setGpr(3, 0x1230n);
    const target = 0x1230n + (code.includes('8(') ? 8n : code.includes('1(') ? 1n : 0n);
    expect(f.machine.run(1), code).toEqual({ kind: 'bad-access', address: TEXT, target, store });
    expect([f.machine.gpr(3), f.machine.instructions], code).toEqual([0x1230n, 0]);
  }
});

test('fetches: nothing mapped, data, and the end of a page', () => {
  const none = load('mtctr 3\n bctrl');
  none.machine.setGpr(3, 0x4444n);
  expect(none.machine.run(9)).toEqual({ kind: 'bad-fetch', address: 0x4444n, from: TEXT + 4n });
  expect([none.machine.special('lr'), none.machine.instructions]).toEqual([0n, 1]);
  const data = load('mtlr 3\n blr');
  data.machine.setGpr(3, DATA + 3n);
  expect(data.machine.run(9)).toEqual({ kind: 'bad-fetch', address: DATA, from: TEXT + 4n });
  // The next page by address is text elsewhere in flat memory; behind that one there is nothing.
  const over = load('li 3,1\n addi 3,3,1\n addi 3,3,1\n b .+0x3ff8\n', MORE_TEXT - 8n);
  over.space.words[PAGE.MORE_TEXT * PAGE_WORDS + PAGE_WORDS - 1] = 0x38630001;
  expect(over.machine.run(9)).toEqual({ kind: 'bad-fetch', address: MORE_TEXT + 0x4000n, from: MORE_TEXT + 0x3ffcn });
  expect(over.machine.gpr(3)).toBe(4n);
  const unmapped = load('nop');
  unmapped.space.unmap(PAGE.TEXT);
  expect(unmapped.machine.run(1).kind).toBe('bad-fetch');
  expect([unmapped.machine.jump(TEXT), unmapped.machine.jump(DATA), unmapped.machine.jump(OTHER_TEXT + 2n), unmapped.machine.jump(OTHER_TEXT)])
    .toEqual([false, false, false, true]);
});

test('accesses of any alignment, across pages that are neighbours by address only', () => {
  const f = load('std 4,0(3)\n ld 5,0(3)\n lwz 6,3(3)\n lhz 7,4(3)\n lwa 8,4(3)\n sth 4,5(3)\n ldx 9,3,10');
  f.machine.setGpr(3, DATA + 0x3ffbn);
  f.machine.setGpr(4, 0x8877665544332211n);
  steps(f, 7);
  expect([5, 6, 7, 8, 9].map((n) => f.machine.gpr(n))).toEqual(
    [0x8877665544332211n, 0x77665544n, 0x6655n, 0xffffffff88776655n, 0x8822115544332211n]);
  expect(f.machine.readDoubleword(DATA + 0x3ffbn)).toBe(0x8822115544332211n);
  const edge = load('std 4,0(3)');
  edge.machine.setGpr(3, DATA + 0x7ffcn);
  edge.machine.setGpr(4, -1n);
  expect(edge.machine.run(1)).toEqual({ kind: 'bad-access', address: TEXT, target: DATA + 0x7ffcn, store: true });
  expect(edge.machine.read(DATA + 0x7ff8n, 8)).toBe(0n);
});

test('calls, far branches and counters', () => {
  const f = load(`start: bl 1f
    b 9f
  1: mflr 5
    bl OTHER_TEXT
    li 6,3
    mtctr 6
  2: addi 7,7,1
    bdnz 2b
    bcl 20,31,3f
  3: mflr 8
    mtlr 5
    blr
  9: nop`);
  f.space.words[PAGE.OTHER_TEXT * PAGE_WORDS] = 0x4e800020;
  steps(f, 17);
  expect([5, 7, 8].map((n) => f.machine.gpr(n))).toEqual([TEXT + 4n, 3n, TEXT + 36n]);
  expect(f.machine.addressOfPc()).toBe(TEXT + 48n);
});

test('a page may move: return addresses are those of where it is', () => {
  const f = load('start: bl 1f\n 1: mflr 5');
  steps(f, 2);
  expect(f.machine.gpr(5)).toBe(TEXT + 4n);
  f.space.map(PAGE.TEXT, OTHER_TEXT + 0x10000n, ACCESS.TEXT);
  expect(f.machine.jump(OTHER_TEXT + 0x10000n)).toBe(true);
  steps(f, 2);
  expect(f.machine.gpr(5)).toBe(OTHER_TEXT + 0x10004n);
});

test('a store to text undoes its decoding; undecode is for everybody else', () => {
  const f = load('start: li 3,1\n stw 4,0(5)\n b start');
  steps(f, 1);
  f.machine.setGpr(4, 0x38600007n);
  f.machine.setGpr(5, TEXT);
  steps(f, 3);
  expect(f.machine.gpr(3)).toBe(7n);
  f.machine.setGpr(4, 0x38600009n);
  f.machine.writeDoubleword(TEXT, 0x9085000038600009n);
  steps(f, 3);
  expect(f.machine.gpr(3)).toBe(9n);
  const g = load('start: li 3,1\n b start');
  steps(g, 2);
  g.space.words[0] = 0x38600009;
  steps(g, 2);
  expect(g.machine.gpr(3)).toBe(1n);
  g.machine.undecode(0, 1);
  steps(g, 2);
  expect(g.machine.gpr(3)).toBe(9n);
});

test('a doubleword store to text undoes the decoding of both words', () => {
  const f = load('start: li 3,1\n li 6,1\n std 4,0(5)\n b start');
  steps(f, 2);
  f.machine.setGpr(4, 0x38c0000838600007n);
  f.machine.setGpr(5, TEXT);
  steps(f, 4);
  expect([f.machine.gpr(3), f.machine.gpr(6)]).toEqual([7n, 8n]);
});

test('bdnz counts in 64 bits', () => {
  const f = load('bdnz .+8\n trap\n nop');
  f.machine.setSpecial('ctr', 1n << 32n);
  steps(f, 2);
  expect(f.machine.special('ctr')).toBe(0xffffffffn);
});

test('points are announced before their instruction, once, also after a yield', () => {
  const f = load('start: li 3,1\n li 4,2\n li 5,3');
  f.space.pointKind[1] = POINT.CALL;
  f.space.pointData[1] = 77;
  const notes = new Notes();
  f.machine.observer = notes;
  notes.answer = () => f.machine.gpr(3) === 1n && f.machine.gpr(4) === 0n && f.machine.instructions === 1;
  expect(f.machine.run(9)).toEqual({ kind: 'yield' });
  expect([f.machine.pc, f.machine.asked, f.machine.instructions, f.machine.gpr(4)]).toEqual([1, 1, 1, 0n]);
  steps(f, 1);
  expect([f.machine.gpr(4), f.machine.asked, notes.lines]).toEqual([2n, -1, ['point 2 77 at 1']]);
  // Coming back to it is another time.
  f.machine.jump(TEXT + 4n);
  notes.answer = () => false;
  steps(f, 1);
  expect(notes.lines).toHaveLength(2);
});

test('the observer may send the machine elsewhere, and change the word it was asked about', () => {
  const f = load('start: li 3,1\n li 4,2\n li 5,3');
  f.space.pointKind[0] = POINT.CONTROL_ENTRY;
  const notes = new Notes();
  f.machine.observer = notes;
  notes.answer = () => { f.machine.pc = 2; return false; };
  steps(f, 1);
  expect([3, 4, 5].map((n) => f.machine.gpr(n))).toEqual([0n, 0n, 3n]);
  notes.answer = () => { f.machine.writeDoubleword(TEXT, 0x38600063n); return false; };
  f.machine.jump(TEXT);
  steps(f, 1);
  expect(f.machine.gpr(3)).toBe(0x63n);
});

test('without checks only what a run needs is announced, and landings are not looked at', () => {
  const f = load('start: mtlr 3\n nop\n nop\n blr\n 1: nop');
  f.machine.setGpr(3, TEXT + 16n);
  f.space.pointKind[1] = POINT.TOC_USE;
  f.machine.toc[1] = 1;
  f.space.pointKind[2] = POINT.HOST_CALLBACK;
  const notes = new Notes();
  f.machine.observer = notes;
  f.machine.checks = false;
  steps(f, 4);
  expect(notes.lines).toEqual(['point 13 0 at 2']);
  f.machine.checks = true;
  f.machine.jump(TEXT);
  steps(f, 4);
  expect(notes.lines.slice(1)).toEqual(['point 12 0 at 1', 'point 13 0 at 2', 'wild 3 to 4']);
});

test('a use of the TOC is announced where r2 is not the TOC pointer, either half; a label is noted, with data announced', () => {
  const f = load('nop\n nop\n nop');
  f.space.pointKind[0] = POINT.TOC_USE;
  f.space.pointData[0] = 2;
  f.space.pointKind[1] = f.space.pointKind[2] = POINT.HOOK_LABEL;
  f.space.pointData[2] = 8;
  f.machine.toc[4] = 0x1234;
  f.machine.toc[5] = 0x5678;
  const notes = new Notes();
  f.machine.observer = notes;
  const heard = (r2: bigint): string[] => {
    notes.lines.length = 0;
    f.machine.setGpr(2, r2);
    f.machine.jump(TEXT);
    steps(f, 1);
    return [...notes.lines];
  };
  expect(heard(0x1234_00005678n)).toEqual([]);
  expect(heard(0x1234_00005679n)).toEqual(['point 12 2 at 0']);
  expect(heard(0x1235_00005678n)).toEqual(['point 12 2 at 0']);
  notes.lines.length = 0;
  expect(f.machine.passed).toBe(-1);
  steps(f, 1);
  expect([f.machine.passed, notes.lines]).toEqual([1, []]);
  steps(f, 1);
  expect([f.machine.passed, notes.lines]).toEqual([1, ['point 22 8 at 2']]);
});

test('indirect branches into scenario text land at landing points only; core text and rfid are free', () => {
  const kinds = Object.entries(POINT).filter(([, kind]) => kind < 20);
  const legal = ['LAND', 'LAND_RESUME', 'ENTRY_GLOBAL', 'ENTRY_SINGLE', 'MCOUNT_RETURN'];
  for (const [name, kind] of kinds) {
    const f = load('bctr\n nop');
    f.machine.setSpecial('ctr', TEXT + 4n);
    f.space.pointKind[1] = kind;
    f.space.textTag[1] = TAG.BODY;
    const notes = new Notes();
    f.machine.observer = notes;
    steps(f, 1);
    expect(notes.lines, name).toEqual(legal.includes(name) ? [] : ['wild 0 to 1']);
  }
  const core = load('blr\n nop\n rfid');
  core.machine.setSpecial('lr', TEXT + 4n);
  core.machine.setSpecial('srr0', TEXT);
  core.machine.setSpecial('srr1', core.machine.special('msr'));
  core.space.textTag[1] = TAG.HOOK;
  const notes = new Notes();
  core.machine.observer = notes;
  steps(core, 3);
  expect(notes.lines).toEqual([]);
  // A yield leaves everything as it was, the next run goes on.
  const wild = load('bctrl\n nop');
  wild.machine.setSpecial('ctr', TEXT + 4n);
  wild.machine.observer = { point: () => false, markedStore: () => false, wildLanding: () => true };
  expect(wild.machine.run(1)).toEqual({ kind: 'yield' });
  expect([wild.machine.pc, wild.machine.special('lr'), wild.machine.instructions]).toEqual([0, 0n, 0]);
  steps(wild, 1);
  expect([wild.machine.pc, wild.machine.special('lr')]).toEqual([1, TEXT + 4n]);
});

test('a change of MSR beyond EE, RI and ME is not modelled', () => {
  for (const source of ['mtmsrd 3', 'rfid']) {
    const f = load(source), msr = f.machine.special('msr');
    const word = f.space.words[0]! >>> 0;
    f.machine.setSpecial('srr0', TEXT);
    for (const bit of [63n, 14n, 5n, 4n, 13n]) {
      f.machine.setGpr(3, msr ^ 1n << bit);
      f.machine.setSpecial('srr1', msr ^ 1n << bit);
      expect(f.machine.run(1), source).toEqual({ kind: 'unmodelled', address: TEXT, word });
      expect([f.machine.special('msr'), f.machine.pc, f.machine.instructions]).toEqual([msr, 0, 0]);
    }
    f.machine.setGpr(3, msr ^ 0x8002n);
    f.machine.setSpecial('srr1', msr ^ 0x8002n);
    steps(f, 1);
    expect(f.machine.special('msr')).toBe(msr ^ 0x8002n);
  }
});

test('stores to marked doublewords are announced before they happen', () => {
  const f = load('std 3,16(1)\n stdu 1,-32(1)\n stw 3,4(4)\n stb 3,0(4)\n std 3,4(4)\n stdx 3,4,5\n lwz 6,16(1)');
  const stack = PAGE.STACK * 0x4000 + 0x2000;
  f.machine.setGpr(3, 0x1234567800000009n);
  f.machine.setGpr(4, STACK + 0x1000n);
  f.machine.marks[(stack + 16) >>> 3] = 1;
  f.machine.marks[(stack - 32) >>> 3] = 1;
  f.machine.marks[(PAGE.STACK * 0x4000 + 0x1008) >>> 3] = 1;
  const notes = new Notes();
  f.machine.observer = notes;
  steps(f, 7);
  expect(notes.lines).toEqual([
    `store of 8 at 0 to ${stack + 16}: ${0x12345678} 9`,
    `store of 8 at 1 to ${stack - 32}: ${0xc0000000} ${low(STACK + 0x2000n) >>> 0}`,
    `store of 8 at 4 to ${PAGE.STACK * 0x4000 + 0x1004}: ${0x12345678} 9`,
  ]);
  const stop = load('stdu 1,-32(1)');
  stop.machine.marks[(stack - 32) >>> 3] = 1;
  stop.machine.observer = { point: () => true, markedStore: () => true, wildLanding: () => false };
  stop.space.pointKind[0] = POINT.HOOK_STORE;
  expect(stop.machine.run(1).kind).toBe('yield');
  expect(stop.machine.run(1).kind).toBe('yield');
  expect(stop.machine.gpr(1)).toBe(STACK + 0x2000n);
  steps(stop, 1);
  expect(stop.machine.gpr(1)).toBe(STACK + 0x1fe0n);
});

test('dirty blocks are noted', () => {
  const f = load('std 3,0(1)\n stb 3,0(4)');
  f.machine.setGpr(4, DATA + 0x3001n);
  steps(f, 2);
  expect([...f.space.dirty].flatMap((d, k) => (d ? [k] : []))).toEqual([PAGE.STACK * 4 + 2, PAGE.DATA * 4 + 3]);
});

test('a wary machine stops before a store into text, once', () => {
  const f = load('std 4,8(3)\n nop\n nop\n nop');
  f.machine.setGpr(3, TEXT);
  f.machine.wary = true;
  expect(f.machine.run(3).kind).toBe('yield');
  expect([f.machine.instructions, f.machine.pc, f.machine.wary, f.machine.readDoubleword(TEXT + 8n)]).toEqual([0, 0, false, 0x6000000060000000n]);
  expect(f.machine.run(1).kind).toBe('budget');
  expect(f.machine.readDoubleword(TEXT + 8n)).toBe(0n);
});
