import { expect, test } from 'vitest';
import { frameSize, parameterAreaBytes, parameterOffset } from '../../src/abi/frame.ts';
import { decodeStOther, localEntryOffset, stOtherFor } from '../../src/abi/linkage.ts';

test.each([
  [0x00, 0, 'preserves-toc', 0],
  [0x20, 1, 'clobbers-toc', 0],
  [0x40, 2, 'two-entries', 4],
  [0x60, 3, 'two-entries', 8],
  [0x62, 3, 'two-entries', 8],
  [0x80, 4, 'two-entries', 16],
  [0xa0, 5, 'two-entries', 32],
  [0xc0, 6, 'two-entries', 64],
] as const)('st_other %i', (stOther, v, linkage, distance) => {
  expect(decodeStOther(stOther)).toEqual({ v, linkage, localEntryOffset: distance });
});

test('v = 7 is reserved', () => {
  expect(() => decodeStOther(0xe0)).toThrow('st_other 0xe0: local entry value 7 is reserved; expected 0 to 6');
});

test('distances can be encoded, others not', () => {
  for (const v of [0, 2, 3, 4, 5, 6]) expect(stOtherFor(localEntryOffset(v)) >> 5).toBe(v);
  expect(() => stOtherFor(12)).toThrow('12 bytes from GEP to LEP cannot be encoded');
});

test('frames and parameters', () => {
  expect([0, 32, 33, 112].map(frameSize)).toEqual([32, 32, 48, 112]);
  expect(parameterOffset(8)).toBe(96);
  expect([[8, false], [1, true], [9, false], [12, true]].map(([args, variadic]) => parameterAreaBytes(args as number, variadic as boolean))).toEqual([0, 64, 72, 96]);
});
