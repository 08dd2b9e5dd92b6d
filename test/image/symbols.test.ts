// Names of addresses and of places in a strategy's code.
import { expect, test } from 'vitest';
import { CONTROL } from '../../src/image/core.ts';
import { hookLabelAt, symbolAt } from '../../src/image/symbols.ts';
import { ADDRESSES } from '../../src/kernel/layout.ts';
import { excerpt, indexOf, lowered, set, space, versionNamed } from './built.ts';

test('functions, replacements, stubs, core, data', () => {
  const program = lowered('A:M -> global B\nB:K patched', 'livepatch-stack');
  const name = (word: number, bytes = 0): string => symbolAt(program, set, space.addressOf(4 * word) + BigInt(bytes));
  expect(name(program.versionGlobal[0]!, 0x24)).toBe('f0+0x24 [M]');
  expect(name(program.versionGlobal[1]!)).toBe('f1');
  expect(name(program.versionLocal[versionNamed(program, "f1'")]!)).toBe("f1'+0x8 [P]");
  expect(name(program.stubWord[0]!, 4)).toBe('stub.f1+0x4 [M]');
  set.select(indexOf('livepatch-stack'));
  expect(symbolAt(program, set, ADDRESSES.KERNEL_CORE + 4n)).toBe('ftrace_entry+0x4');
  expect(name(set.current.labels.get('livepatch_handler')!, 8)).toBe('livepatch_handler+0x8');
  set.select(CONTROL);
  expect(symbolAt(program, set, ADDRESSES.PACA0 + 16n)).toBe('paca+0x10');
  expect(symbolAt(program, set, ADDRESSES.STACK + 0x3fe0n)).toBe('stack+0x3fe0');
  expect(symbolAt(program, set, ADDRESSES.STACK + 0x4000n)).toBe('stack+0x4000');
  expect(symbolAt(program, set, 0xdeadn)).toBe('0xdead');
  expect(excerpt(program, 'f0', 0, 1)).toMatch(/ld {6}r2,-8\(r12\)/);
});

test('the nearest label of a strategy, in its hook and in its pieces', () => {
  const program = lowered('A:M -> local B\nB:M patched', 'manual-restore');
  set.select(indexOf('manual-restore'));
  const labels = Array.from({ length: program.pieces }, (_, i) => hookLabelAt(program, set, program.pieceWord[i]! + program.pieceWords[i]! - 1));
  expect(labels).toEqual(['replacement_local_entry', 'replacement_save', 'replacement_exit']);
  expect(hookLabelAt(program, set, program.versionGlobal[0]!)).toBeUndefined();
  expect(hookLabelAt(program, set, set.current.labels.get('livepatch_handler')! + 1)).toBe('livepatch_handler');
  set.select(CONTROL);
});
