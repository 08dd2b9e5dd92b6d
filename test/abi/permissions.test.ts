import { expect, test } from 'vitest';
import { ACTORS, PERMISSIONS, RESULT_REGISTERS, crFieldsOf, gprsOf, specialPermission } from '../../src/abi/permissions.ts';

test('every register has one row, and every actor a word about it', () => {
  const gprs = PERMISSIONS.flatMap(({ subject }) => (subject.kind === 'gpr' ? [subject.index] : []));
  expect(gprs).toEqual(Array.from({ length: 32 }, (_, n) => n));
  expect(PERMISSIONS.flatMap(({ subject }) => (subject.kind === 'cr' ? [subject.field] : []))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  for (const row of PERMISSIONS) for (const actor of ACTORS) expect(row[actor], JSON.stringify(row.subject)).toBeTruthy();
});

test('a callee keeps what ELFv2 calls non-volatile', () => {
  expect(gprsOf('callee')).toEqual([0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(gprsOf('callee', 'keep')).toEqual([1, ...Array.from({ length: 18 }, (_, n) => n + 14)]);
  expect(gprsOf('callee')).toEqual(expect.arrayContaining([...RESULT_REGISTERS]));
  expect(crFieldsOf('callee')).toEqual([0, 1, 5, 6, 7]);
  expect(crFieldsOf('callee', 'keep')).toEqual([2, 3, 4]);
  expect((['lr', 'ctr', 'xer', 'msr'] as const).map((name) => specialPermission('callee', name))).toEqual(['clobber', 'clobber', 'clobber', 'keep']);
});

test('of the frame header a callee writes the CR and LR words alone, ftrace the LR word', () => {
  const words = PERMISSIONS.flatMap(({ subject, callee, ftrace }) => (subject.kind === 'frame' ? [`${subject.offset}+${subject.bytes} ${callee} ${ftrace}`] : []));
  expect(words).toEqual(['0+8 keep keep', '8+4 clobber keep', '12+4 keep keep', '16+8 clobber return', '24+8 keep keep', '32+-1 owned keep']);
});

test('an interrupt changes nothing but what lies below the protected zone', () => {
  const changed = PERMISSIONS.filter(({ interrupt }) => interrupt !== 'keep').map(({ subject }) => (subject.kind === 'gpr' ? `r${subject.index}` : subject.kind));
  expect(changed).toEqual(['r13', 'below', 'unpublished']);
});

test('ftrace keeps arguments and r2; LR becomes the return address', () => {
  expect(gprsOf('ftrace')).toEqual([0, 11, 12]);
  expect(crFieldsOf('ftrace')).toEqual([0, 1, 5, 6, 7]);
  expect((['lr', 'ctr', 'xer', 'msr'] as const).map((name) => specialPermission('ftrace', name))).toEqual(['return', 'clobber', 'clobber', 'keep']);
});
