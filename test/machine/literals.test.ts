// The engine's switches have literals for speed; here they are held to the names they stand for.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { POINT } from '../../src/image/points.ts';
import { DIRTY_SHIFT, PAGE_SHIFT } from '../../src/image/space.ts';
import { createSpace } from '../../src/image/pages.ts';
import { ADDRESSES, CLUSTERS, MODULE_DATA_OFFSET, MODULE_OFFSET, PAGE_BYTES, TEXT_PAGES } from '../../src/kernel/layout.ts';
import { LOOK_ENTRIES, LOOK_HASH } from '../../src/machine/core.ts';
import { high, low } from '../../src/machine/halves.ts';
import { ANY_BRANCH, MEMORY, OP, PLAIN, SITE, WRITES_KEPT } from '../../src/machine/operations.ts';
import * as registers from '../../src/machine/registers.ts';

const text = (name: string): string => readFileSync(new URL(`../../src/machine/${name}.ts`, import.meta.url), 'utf8');

test.each([['execute', OP, ['TABLE']], ['memory', MEMORY, []], ['plain', PLAIN, []]] as const)('labels of %s', (name, numbers, without) => {
  const labels = [...text(name).matchAll(/case (\d+):(?: \{)? (?:\/\/|\/\*) (\w+)/g)].map((m) => [m[2]!, Number(m[1])] as const);
  expect(Object.fromEntries(labels)).toEqual(Object.fromEntries(Object.entries(numbers).filter(([op]) => !(without as readonly string[]).includes(op))));
  expect([...text(name).matchAll(/case \d+:/g)]).toHaveLength(labels.length);
  const named: Readonly<Record<string, number>> = { ...POINT, ...OP, ANY_BRANCH, SITE, WRITES_KEPT };
  expect([...text(name).matchAll(/(\d+) \/\* (\w+) \*\//g)].filter((m) => named[m[2]!] !== Number(m[1])).map((m) => m[0])).toEqual([]);
});

test('ranges of operations', () => {
  const max = (numbers: Record<string, number>): number => Math.max(...Object.values(numbers));
  const min = (numbers: Record<string, number>): number => Math.min(...Object.values(numbers));
  expect([max(OP) < ANY_BRANCH, ANY_BRANCH < SITE, SITE < min(MEMORY), min(MEMORY), max(MEMORY) < min(PLAIN), min(PLAIN)]).toEqual([true, true, true, 40, true, 64]);
});

test('registers and pages', () => {
  const { LR, CTR, MSR_PAIR, BYTE_COUNT, CR, SO, OV, CA } = registers;
  expect([LR, CTR, MSR_PAIR, BYTE_COUNT, CR, SO, OV, CA]).toEqual([64, 66, 72, 82, 86, 87, 88, 89]);
  expect([PAGE_SHIFT, PAGE_BYTES - 1, PAGE_BYTES / 4 - 1, DIRTY_SHIFT - 2, ~0x3fff | 7]).toEqual([14, 0x3fff, 0xfff, 10, -0x3ff9]);
  expect([LOOK_HASH, 32 - Math.log2(LOOK_ENTRIES)]).toEqual([0xf283e605 | 0, 25]);
});

test('no two pages of a program share an entry of the look-aside', () => {
  const entry = (address: bigint): number => Math.imul((low(address) >>> 14) ^ high(address), LOOK_HASH) >>> 25;
  const pages = (base: bigint, count: number): bigint[] => Array.from({ length: count }, (_, k) => base + BigInt(k * PAGE_BYTES));
  const { KERNEL_TEXT, ...single } = ADDRESSES;
  const shared: string[] = [];
  for (let places = 0; places < 27; places++) {
    // The second patch's module lies where the first one's does.
    const modules = ([['M'], ['N'], ['P', 'Q']] as const).flatMap((names, k) => names.flatMap((name) => {
      const base = CLUSTERS[(Math.floor(places / 3 ** k) % 3) as 0 | 1 | 2] + MODULE_OFFSET[name];
      return [...pages(base, TEXT_PAGES), base + MODULE_DATA_OFFSET];
    }));
    const all = [...Object.values(single), ...pages(KERNEL_TEXT, TEXT_PAGES), ...modules];
    if (new Set(all.map(entry)).size !== all.length) shared.push(`places ${places}`);
  }
  expect(shared).toEqual([]);
  expect(createSpace(1).pages).toBeGreaterThan(20);
});
