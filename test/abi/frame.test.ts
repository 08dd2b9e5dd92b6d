import { expect, test } from 'vitest';
import { FRAME, PROTECTED_ZONE, frameSize, parameterDoublewords, parameterOffset } from '../../src/abi/frame.ts';

test('the header of a frame, and what may lie below r1', () => {
  expect(FRAME).toEqual({ BACK_CHAIN: 0, CR_SAVE: 8, RESERVED: 12, LR_SAVE: 16, TOC: 24, PARAMETERS: 32 });
  expect(PROTECTED_ZONE).toBe(288);
});

test('sizes are multiples of 16 with room for the header', () => {
  expect([0, 1, 16, 17, 80].map(frameSize)).toEqual([32, 48, 48, 64, 112]);
});

test('a parameter save area has room for all arguments, or there is none', () => {
  expect([[0, false], [8, false], [1, true], [8, true], [9, false], [12, true]].map(([args, variadic]) => parameterDoublewords(args as number, variadic as boolean)))
    .toEqual([0, 0, 8, 8, 9, 12]);
  expect([0, 8].map(parameterOffset)).toEqual([32, 96]);
});
