// The core pages: kernel text and hooks, their labels, points and tags; switching between strategies; what a strategy may not do.
import { describe, expect, test } from 'vitest';
import { AssemblyError } from '../../src/isa/assemble.ts';
import { CONTROL, StrategySet } from '../../src/image/core.ts';
import type { CorePage } from '../../src/image/core-page.ts';
import { createSpace, PAGE } from '../../src/image/pages.ts';
import { HOOK_DATA, POINT, TEXT } from '../../src/image/points.ts';
import { PAGE_WORDS } from '../../src/image/space.ts';
import { CORE_LABELS } from '../../src/kernel/core.ts';
import { ADDRESSES, SCHEDULE_OFFSET } from '../../src/kernel/layout.ts';
import type { Strategy, StrategyCode } from '../../src/contract/strategy.ts';
import { BUILT_IN as STRATEGIES } from '../../src/strategies/index.ts';
import { indexOf, lowered, set, space } from './built.ts';
import { coreListing } from './listing.ts';

const strategy = (code: StrategyCode, rest: Partial<Strategy> = {}): Strategy =>
  ({ name: 'mine', summary: '', origin: '', claim: { kind: 'holds', assuming: [] }, code, ...rest });
const built = (...list: Strategy[]): StrategySet => new StrategySet(createSpace(list.length), list);

describe('each page', () => {
  test('begins with the ftrace entry and has all labels of the kernel', () => {
    for (const page of [...set.pages, set.control]) {
      expect(page.labels.get('ftrace_entry')).toBe(page.page * PAGE_WORDS);
      for (const label of CORE_LABELS) expect(page.labels.has(label), label).toBe(true);
    }
  });

  test('has the points of a context and of the host', () => {
    for (const page of [...set.pages, set.control]) {
      const kind = (label: string): number => space.pointKind[page.labels.get(label)!]!;
      expect(kind('klp_callback')).toBe(POINT.HOST_CALLBACK);
      expect(kind('thread_call')).toBe(POINT.CALL);
      expect(kind('thread_return')).toBe(POINT.LAND_RESUME);
      expect(kind('thread_done')).toBe(POINT.DONE);
      expect(kind('schedule_pick')).toBe(POINT.SCHEDULE);
      expect(kind('interrupt_entry')).toBe(POINT.INTERRUPT_ENTRY);
      expect(kind('interrupt_exit')).toBe(POINT.INTERRUPT_EXIT);
      expect(kind('livepatch_handler')).toBe(page === set.control ? POINT.CONTROL_ENTRY : POINT.HOOK_ENTRY);
    }
  });

  test('names each word: hook, ftrace entry, interrupt entry, callback, start', () => {
    for (const page of set.pages) {
      const tag = (label: string): number => space.textTag[page.labels.get(label)!]!;
      expect(['ftrace_entry', 'livepatch_handler', 'klp_callback', 'interrupt_entry', 'thread_start'].map(tag))
        .toEqual([TEXT.FTRACE, TEXT.HOOK, TEXT.CALLBACK, TEXT.INTERRUPT, TEXT.START]);
    }
  });
});

test('livepatch-stack: stores, push and pop are marked', () => {
  const program = lowered('A:M -> local B\nB:M patched');
  set.select(indexOf('livepatch-stack'));
  const lines = coreListing(program, set).split('\n');
  const from = lines.indexOf('livepatch_handler:'), to = lines.indexOf('klp_callback:');
  expect(lines.slice(from, to).join('\n')).toMatchInlineSnapshot(`
    "livepatch_handler:
    c0000000000100e0:  e98d0908  ld      r12,2312(r13)               # hook entry
    c0000000000100e4:  e96c0010  ld      r11,16(r12)
    c0000000000100e8:  396b0018  addi    r11,r11,24
    c0000000000100ec:  f96c0010  std     r11,16(r12)                 # hook store
    c0000000000100f0:  f84bffe8  std     r2,-24(r11)                 # hook store
    c0000000000100f4:  7d8802a6  mflr    r12
    c0000000000100f8:  f98bfff0  std     r12,-16(r11)                # hook store
    c0000000000100fc:  3d8057ac  lis     r12,22444
    c000000000010100:  618c6e9d  ori     r12,r12,28317
    c000000000010104:  f98bfff8  std     r12,-8(r11)                 # hook store
    c000000000010108:  7d8902a6  mfctr   r12
    livepatch_push:
    c00000000001010c:  4e800421  bctrl                               # hook push
    livepatch_return:
    c000000000010110:  e98d0908  ld      r12,2312(r13)
    c000000000010114:  e96c0010  ld      r11,16(r12)
    c000000000010118:  3c4057ac  lis     r2,22444
    c00000000001011c:  60426e9d  ori     r2,r2,28317
    c000000000010120:  e98bfff8  ld      r12,-8(r11)
    livepatch_marker:
    c000000000010124:  7f0c1088  tdne    r12,r2
    c000000000010128:  e98bfff0  ld      r12,-16(r11)
    c00000000001012c:  7d8803a6  mtlr    r12
    c000000000010130:  e84bffe8  ld      r2,-24(r11)
    c000000000010134:  e98d0908  ld      r12,2312(r13)
    livepatch_pop:
    c000000000010138:  396bffe8  addi    r11,r11,-24                 # hook pop
    c00000000001013c:  f96c0010  std     r11,16(r12)                 # hook store
    c000000000010140:  4e800020  blr"
  `);
  set.select(CONTROL);
});

test('selecting maps exactly one page, and the program\'s context calls follow', () => {
  const program = lowered('A:M');
  for (let i = 0; i < STRATEGIES.length; i++) {
    const page = set.select(i);
    const flat = space.flatByte(Number(BigInt.asIntN(32, ADDRESSES.KERNEL_CORE >> 32n)), Number(BigInt.asIntN(32, ADDRESSES.KERNEL_CORE)));
    expect(flat).toBe(page.page * PAGE_WORDS * 4);
    expect(program.callLand[0]).toBe(page.labels.get('thread_return'));
    expect(program.callLand[1]).toBe(page.labels.get('interrupt_return'));
  }
  set.select(CONTROL);
});

test('strategies without pieces in generated code share variant 0', () => {
  const variant = (name: string): number => set.variantOf[indexOf(name)]!;
  expect(['branch-only', 'mini-frame', 'livepatch-stack', 'caller-slot'].map(variant)).toEqual([0, 0, 0, 0]);
  expect(new Set(['manual-restore', 'manual-restore-missed-exit', 'manual-restore-slot', 'odd-toc'].map(variant)).size).toBe(4);
});

describe('the hash of a strategy', () => {
  const code = { livepatch_handler: 'livepatch_handler: mfctr r12\n bctr\n' };
  const hash = (one: Strategy): string => built(one).hashOf(0);

  test('does not depend on name, words or comments, nor on the other strategies', () => {
    expect(hash(strategy(code))).toMatch(/^[0-9a-f]{16}$/);
    expect(hash(strategy({ livepatch_handler: `# a comment\n${code.livepatch_handler}` }, { name: 'other', summary: 'x' }))).toBe(hash(strategy(code)));
    expect(built(...STRATEGIES, strategy(code)).hashOf(STRATEGIES.length)).toBe(hash(strategy(code)));
    expect(hash(strategy({ replacement_exit: 'replacement_exit: nop\n' }))).not.toBe(hash(strategy(code)));
  });

  test('changes with code, pieces, state, areas, pushes', () => {
    const all = [
      strategy(code), strategy({ livepatch_handler: 'livepatch_handler: mfctr r12\n nop\nback: bctr\n' }),
      strategy({ ...code, replacement_exit: 'replacement_exit: nop\n' }), strategy({ ...code, replacement_save: 'replacement_save: nop\n' }),
      strategy(code, { state: [{ name: 'CELL', owner: 'task', bytes: 8 }] }), strategy(code, { areas: [{ offset: 24, bytes: 8 }] }),
      strategy(code, { pushes: ['livepatch_handler'] }),
    ].map(hash);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('a user\'s strategy', () => {
  test('may name its state, the kernel\'s offsets and the kernel\'s labels', () => {
    const mine = built(strategy(
      { livepatch_handler: 'livepatch_handler:\n ld r11, PACACURRENT(r13)\n std r2, CELL(r11)\nmine_push: mfctr r12\n b klp_callback\n' },
      { state: [{ name: 'OTHER', owner: 'task', bytes: 12 }, { name: 'CELL', owner: 'task', bytes: 8 }], pushes: ['mine_push'] },
    ));
    const page = mine.pages[0]!, handler = page.labels.get('livepatch_handler')!;
    const words = page.pristine.subarray(handler - page.page * PAGE_WORDS);
    expect(words[1]! & 0xffff).toBe(0x410);
    expect(page.labels.has('mine_push')).toBe(true);
  });

  test('that does not assemble says where', () => {
    expect(() => built(strategy({ livepatch_handler: 'livepatch_handler:\n  mfctr r12\n  frobnicate r1\n' }))).toThrow(AssemblyError);
    expect(() => built(strategy({ livepatch_handler: 'livepatch_handler:\n  mfctr r12\n  frobnicate r1\n' }))).toThrow(/^mine\/livepatch_handler:3:3: /);
    expect(() => built(strategy({ replacement_exit: 'replacement_exit:\n  bctr r1\n' }))).toThrow(/^mine\/replacement_exit:2:/);
  });

  test('may not take a label of the kernel, leave out its own, or fill the page', () => {
    expect(() => built(strategy({ livepatch_handler: 'livepatch_handler: bctr\nthread_start: nop\n' }))).toThrow(/thread_start/);
    expect(() => built(strategy({ livepatch_handler: 'handler: bctr\n' }))).toThrow(/livepatch_handler/);
    expect(() => built(strategy({ replacement_entry: 'replacement_entry: nop\n' }))).toThrow(/replacement_local_entry/);
    expect(() => built(strategy({ replacement_exit: `replacement_exit:\n${'nop\n'.repeat(33)}` }))).toThrow(/at most 32/);
    expect(() => built(strategy({ traced_global_entry: 'traced_global_entry: nop\n' }))).toThrow(/expected 2/);
  });

  test('may fill the page up to where `schedule` lies under every strategy, and no further', () => {
    const long = (nops: number): CorePage => built(strategy({ livepatch_handler: `livepatch_handler:\n${'nop\n'.repeat(nops)}` })).pages[0]!;
    const schedule = (page: CorePage): number => 4 * (page.labels.get('schedule')! - page.page * PAGE_WORDS);
    expect(schedule(long(1))).toBe(SCHEDULE_OFFSET);
    // What else lies in front of it: up to the part that begins with `schedule`.
    const { sorted, page } = long(1), [, last] = sorted.findLast(([, word]) => 4 * (word - page * PAGE_WORDS) < SCHEDULE_OFFSET)!;
    const most = 1 + (SCHEDULE_OFFSET >> 2) - (last - page * PAGE_WORDS + 1);
    expect(schedule(long(most))).toBe(SCHEDULE_OFFSET);
    expect(() => long(most + 1)).toThrow(`the core page has ${SCHEDULE_OFFSET + 4} bytes in front of its fixed part; expected at most ${SCHEDULE_OFFSET}`);
  });

  test('a store at the very entry is still known as a store', () => {
    const space = createSpace(1);
    const mine = new StrategySet(space, [strategy({ livepatch_handler: 'livepatch_handler: std r2,24(r1)\n bctr\n' })]);
    const handler = mine.pages[0]!.labels.get('livepatch_handler')!;
    expect([space.pointKind[handler], space.pointData[handler]]).toEqual([POINT.HOOK_ENTRY, HOOK_DATA.STORE]);
  });
});

test('a page into which simulated code has stored is made whole again', () => {
  const one = createSpace(1), mine = new StrategySet(one, [STRATEGIES[0]!]);
  expect(mine.repair()).toBe(false);
  const at = PAGE.CORE * PAGE_WORDS;
  const was = one.words[at];
  one.words[at] = 0;
  one.words[at + 4060] = 7;
  one.dirty[PAGE.CORE * 4] = 1;
  expect(mine.repair()).toBe(true);
  expect([one.words[at], one.words[at + 4060]]).toEqual([was, 0]);
  expect(mine.repair()).toBe(false);
});
