import { expect, test } from 'vitest';
import { hookText } from '../../src/contract/check-code.ts';
import { CONTROL_HOOK } from '../../src/image/control.ts';
import { placeKernelText } from '../../src/image/kernel-text.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { HANDLER_LABEL, CORE_LABELS, coreParts } from '../../src/kernel/core.ts';
import { ADDRESSES } from '../../src/kernel/layout.ts';
import { KERNEL_SYMBOLS } from '../../src/kernel/symbols.ts';

const PARTS = (['in-line', 'out-of-line'] as const).flatMap((style) => coreParts({ hook: hookText(CONTROL_HOOK, style), style }).filter(({ part }) => part !== 'hook'));

/** Every label of the kernel's somewhere on the page, each at a place of its own. */
const symbolsFrom = (first: bigint): Map<string, bigint> =>
  new Map([...Object.entries(KERNEL_SYMBOLS), ...[...CORE_LABELS, ...Object.values(HANDLER_LABEL)].map((label, at) => [label, first + BigInt(76 * at)] as const)]);

test('linked kernel text is what assembling it in its place makes of it', () => {
  let branches = 0;
  for (const base of [ADDRESSES.KERNEL_CORE, ADDRESSES.KERNEL_CORE + 0x9a4n]) {
    for (const { part, text } of PARTS) {
      const symbols = symbolsFrom(ADDRESSES.KERNEL_CORE + 0x10n);
      const source = placeKernelText(text, base, part);
      const direct = assemble(text, { base, symbols });
      expect(new Map(source.labels), part).toEqual(direct.labels);
      for (const [label, address] of direct.labels) symbols.set(label, address);
      expect([...source.words(symbols)], part).toEqual([...direct.words]);
      expect(source.length, part).toBe(direct.bytes.length);
      branches += direct.references.filter(({ symbol }) => !Object.hasOwn(KERNEL_SYMBOLS, symbol)).length;
    }
  }
  expect(branches).toBeGreaterThan(10);
});

test('a label of another part in anything but a branch is refused, and one that nobody defines', () => {
  expect(() => placeKernelText('        lis     r3, schedule@ha\n', ADDRESSES.KERNEL_CORE, 'odd')).toThrow('odd: word 0 names schedule and is no relative branch');
  expect(() => placeKernelText('        addi    r3, r3, tick@l\n', ADDRESSES.KERNEL_CORE, 'odd')).toThrow('no relative branch');
  expect(() => placeKernelText('        b       tick\n', ADDRESSES.KERNEL_CORE, 'odd').words(new Map())).toThrow('branches to tick, which no part of the page defines');
});
