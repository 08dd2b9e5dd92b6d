/**
 * What generated bodies destroy before they return: everything that the permission table (abi/permissions.ts) lets a callee change,
 * results excepted. A hook that relies on any of it is caught.
 */
import { PERMISSIONS, RESULT_REGISTERS, crFieldsOf, gprsOf, specialPermission } from '../abi/permissions.ts';
import { PROTECTED_ZONE, parameterOffset } from '../abi/frame.ts';
import * as isa from '../isa/encode.ts';
import { li, std, stw } from './emit.ts';

/** The value with which a callee leaves GPR n: negative, odd, so no address of anything. */
export const poisonValue = (gpr: number): number => -(0x6001 + 0x100 * gpr);

const gprs = gprsOf('callee').filter((gpr) => gpr !== 0 && !RESULT_REGISTERS.includes(gpr));
const crMask = crFieldsOf('callee').reduce((mask, field) => mask | 0x80 >> field, 0);

function frameWords(): number[] {
  const words: number[] = [];
  for (const { subject, callee } of PERMISSIONS) {
    if (subject.kind !== 'frame' || callee !== 'clobber') continue;
    words.push(subject.bytes === 4 ? stw(0, subject.offset, 1) : std(0, subject.offset, 1));
  }
  return words;
}

/** Doublewords below r1 that a body overwrites at the end: some of the protected zone, and one below it. */
const BELOW = { zone: [-32, -PROTECTED_ZONE], below: [-PROTECTED_ZONE - 16] } as const;

function wordsBelow(): number[] {
  return PERMISSIONS.flatMap(({ subject, callee }) =>
    ((subject.kind === 'zone' || subject.kind === 'below') && callee === 'clobber' ? BELOW[subject.kind].map((offset) => std(0, offset, 1)) : []));
}

/**
 * Behind the epilogue, with r1 the caller's and LR set: r0 is poison first, then the words of the caller's frame that are a callee's, words
 * below r1, and the other volatile registers.
 */
export const POISON: Int32Array = Int32Array.from([
  li(0, poisonValue(0)),
  ...frameWords(),
  ...wordsBelow(),
  ...(specialPermission('callee', 'ctr') === 'clobber' ? [isa.mtctr(0)] : []),
  ...(specialPermission('callee', 'xer') === 'clobber' ? [isa.mtxer(0)] : []),
  isa.mtcrf(crMask, 0),
  ...gprs.map((gpr) => li(gpr, poisonValue(gpr))),
]);

/** The two doublewords just below r1, which belong to a strategy's pieces where there are any. r0 is poison already. */
export const POISON_NEXT_BELOW: Int32Array = Int32Array.from([std(0, -8, 1), std(0, -16, 1)]);

/** One doubleword of the caller's parameter save area, which the callee owns when there is one. */
export const poisonParameter = (index: number): number => std(0, parameterOffset(index), 1);
