import { describe, expect, test } from 'vitest';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Bench } from '../kernel/bench.ts';
import type { BenchFunction, BenchOptions } from '../kernel/bench.ts';

const B: readonly BenchFunction[] = [{ name: 'B', module: 'M', traced: true }, { name: 'C', module: 'P', replaces: 'B' }];
const replacing = (body: string): readonly BenchFunction[] => [{ name: 'B', module: 'M', traced: true }, { name: 'C', module: 'P', replaces: 'B', body }];
const D: readonly BenchFunction[] = [{ name: 'D', module: 'N', traced: true }, { name: 'E', module: 'P', replaces: 'D' }];

/** Each scenario starts at A, or at Z where there is one. The columns are the strategies in their order: ok, T wrong TOC or slot, J jump to something else, L endless. */
const ROWS: readonly [name: string, functions: readonly BenchFunction[], options: BenchOptions, expected: string][] = [
  //                                                                                       branch manual missed slot mini stack late early caller distance odd per-cpu return-stack unwound r1-masked parallel
  ['local call', [{ name: 'A', module: 'M', body: 'local B' }, ...B], {},                    'T     ok     ok     ok   ok   ok    ok   ok    ok     ok       ok  ok      ok      ok      ok      ok'],
  ['global call, near', [{ name: 'A', module: 'N', body: 'global B' }, ...B], {},            'ok    ok     ok     T    ok   ok    ok   ok    T      T        ok  ok      ok      ok      ok      ok'],
  ['global call, far', [{ name: 'A', module: 'N', body: 'global B' }, ...B], { far: true },  'ok    ok     ok     T    ok   ok    ok   ok    J      ok       ok  ok      ok      ok      ok      ok'],
  ['global call of a single entry', [{ name: 'A', module: 'N', body: 'global B' }, { name: 'B', module: 'M', traced: true, entry: 'single' }, B[1]!], {},
    /*                                                                                    */ 'ok    ok     ok     ok   ok   ok    ok   ok    ok     ok       ok  ok      ok      ok      ok      ok'],
  ['local call, replacement with one entry that clobbers r2', [{ name: 'A', module: 'M', body: 'local B' }, B[0]!, { name: 'C', module: 'P', replaces: 'B', entry: 'clobber' }], {},
    /*                                                                                    */ 'T     ok     ok     ok   ok   ok    ok   ok    ok     ok       ok  ok      ok      ok      ok      ok'],
  ['local call, replacement leaves early', [{ name: 'A', module: 'M', body: 'local B' }, ...replacing('early')], {},
    /*                                                                                    */ 'T     ok     T      ok   ok   ok    ok   ok    ok     ok       ok  ok      ok      ok      ok      ok'],
  ['C calls back into M', [{ name: 'A', module: 'M', body: 'local B' }, ...replacing('global F'), { name: 'F', module: 'M' }], {},
    /*                                                                                    */ 'T     ok     ok     ok   ok   ok    ok   ok    ok     ok       ok  ok      ok      ok      ok      ok'],
  ['C calls patched D, near', [{ name: 'A', module: 'M', body: 'local B' }, ...replacing('global D'), ...D], {},
    /*                                                                                    */ 'T     ok     ok     T    ok   ok    ok   ok    T      T        ok  ok      ok      ok      ok      ok'],
  ['C calls patched D, far', [{ name: 'A', module: 'M', body: 'local B' }, ...replacing('global D'), ...D], { far: true },
    /*                                                                                    */ 'T     ok     ok     T    ok   ok    ok   ok    J      ok       ok  ok      ok      ok      ok      ok'],
  ['Z locally to A, A sibling to B', [{ name: 'Z', module: 'M', body: 'local A' }, { name: 'A', module: 'M', body: 'sibling B' }, ...B], {},
    /*                                                                                    */ 'T     ok     ok     ok   ok   ok    ok   ok    ok     ok       ok  ok      ok      ok      ok      ok'],
  ['Z globally to A, A sibling to B', [{ name: 'Z', module: 'N', body: 'global A' }, { name: 'A', module: 'M', body: 'sibling B' }, ...B], {},
    /*                                                                                    */ 'ok    ok     ok     T    ok   ok    ok   ok    T      T        T   ok      ok      ok      ok      ok'],
  ['local A; C sibling to D through a stub', [{ name: 'A', module: 'M', body: 'local B' }, ...replacing('stub-sibling D'), { name: 'D', module: 'N' }], { far: true },
    /*                                                                                    */ 'T     J      J      J    T    ok    ok   ok    J      J        J   ok      ok      ok      ok      ok'],
  ['global A, near; C sibling to D through a stub', [{ name: 'A', module: 'N', body: 'global B' }, ...replacing('stub-sibling D'), { name: 'D', module: 'N' }], {},
    /*                                                                                    */ 'T     J      J      J    ok   T     T    T     J      J        T   T       T      T       T      ok'],
  ['local A; C sibling to patched D', [{ name: 'A', module: 'M', body: 'local B' }, ...replacing('stub-sibling D'), ...D], { nearKernel: true },
    /*                                                                                    */ 'T     J      J      J    T    ok    ok   ok    L      L        J   ok      ok      ok      ok      ok'],
  ['replacement itself traced', [{ name: 'A', module: 'M', body: 'local B' }, B[0]!, { name: 'C', module: 'P', replaces: 'B', traced: true }], {},
    /*                                                                                    */ 'T     T      T      T    ok   ok    ok   ok    ok     ok       ok  ok      ok      ok      ok      ok'],
];

const letter = (problems: string): string =>
  problems === '' ? 'ok' : /^(?:toc|slot) at/.test(problems) ? 'T' : problems.includes('no end') ? 'L' : 'J';

describe.each(ROWS)('%s', (_, functions, options, expected) => {
  const start = functions.some(({ name }) => name === 'Z') ? 'Z' : 'A';
  test('each strategy', () => {
    const found = BUILT_IN.map((strategy) => new Bench(strategy, functions, options).run(start));
    expect(found.map(letter), found.join('\n')).toEqual(expected.split(/\s+/));
  });
});

describe('interrupts whose handlers make a hooked call', () => {
  const functions: readonly BenchFunction[] = [
    { name: 'A', module: 'M', body: 'local B' }, ...B,
    { name: 'H', module: 'N', body: 'local HB' }, { name: 'HB', module: 'N', traced: true }, { name: 'HC', module: 'P', replaces: 'HB' },
    { name: 'G', module: 'M', body: 'local B' },
  ];

  /** Kinds of failure by the number of positions, with an interrupt before each instruction in turn. */
  function everywhere(name: string, handler: string, ownStack: boolean): Record<string, number> {
    const bench = new Bench(BUILT_IN.find((strategy) => strategy.name === name)!, functions);
    expect(bench.run('A')).toBe('');
    const failures: Record<string, number> = {};
    for (let step = 0, total = bench.steps; step < total; step++) {
      const problems = bench.run('A', [{ step, handler, ownStack }]);
      if (problems === '') continue;
      const kind = problems.split(' ')[0]!;
      failures[kind] = (failures[kind] ?? 0) + 1;
    }
    return failures;
  }

  test.each(['manual-restore', 'mini-frame', 'livepatch-stack', 'caller-slot', 'odd-toc'])('%s: none is seen', (name) => {
    for (const ownStack of [false, true]) expect(everywhere(name, 'H', ownStack)).toEqual({});
  });

  // The return address is lost whatever the handler's module, r2 only to another one.
  test('livepatch-stack-late-publish', () => {
    expect(everywhere('livepatch-stack-late-publish', 'H', false)).toEqual({ toc: 2, return: 6 });
    expect(everywhere('livepatch-stack-late-publish', 'G', false)).toEqual({ return: 6 });
  });

  test('livepatch-stack-early-release', () => {
    expect(everywhere('livepatch-stack-early-release', 'H', false)).toEqual({ return: 5, toc: 2 });
    expect(everywhere('livepatch-stack-early-release', 'G', false)).toEqual({ return: 5 });
  });
});

test('livepatch-stack: its stack is empty at the end, and the entry is where the kernel has it', () => {
  const strategy = BUILT_IN.find(({ name }) => name === 'livepatch-stack')!;
  const bench = new Bench(strategy, [{ name: 'A', module: 'M', body: 'local B' }, ...B]);
  const sp = 0xc000000003e10010n, stack = 0xc000000003e20000n;
  let pushed = 0, popped = 0;
  bench.onStep = ({ cpu, memory }) => {
    if (cpu.pc === bench.label('livepatch_push')) {
      pushed++;
      expect(memory.load(sp, 8)).toBe(stack + 32n);
      expect([8n, 16n, 24n].map((at) => memory.load(stack + at, 8))).toEqual([bench.toc.M, bench.label('A_resume1'), 0x57ac6e9dn]);
    }
    if (cpu.pc === bench.label('livepatch_pop')) popped++;
  };
  expect(bench.run('A')).toBe('');
  expect([pushed, popped, bench.memory.load(sp, 8)]).toEqual([1, 1, stack + 8n]);
});
