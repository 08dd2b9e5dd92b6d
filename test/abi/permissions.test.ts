import { expect, test } from 'vitest';
import { ACTORS, PERMISSIONS, HOOK_ENTRY_FREE, HOOK_RETURN_FREE, crFieldsOf, framePermission, gprsOf, specialPermission } from '../../src/abi/permissions.ts';
import { NONVOLATILE_CR_FIELDS, NONVOLATILE_CR_MASK, RESULT_REGISTERS, roleOf } from '../../src/abi/registers.ts';

test('every register has one row, and every actor a word about it', () => {
  const gprs = PERMISSIONS.flatMap(({ subject }) => (subject.kind === 'gpr' ? [subject.index] : []));
  expect(gprs).toEqual(Array.from({ length: 32 }, (_, n) => n));
  expect(PERMISSIONS.flatMap(({ subject }) => (subject.kind === 'cr' ? [subject.field] : []))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  for (const row of PERMISSIONS) for (const actor of ACTORS) expect(row[actor], JSON.stringify(row.subject)).toBeTruthy();
});

test('a callee keeps what ELFv2 calls non-volatile', () => {
  expect(gprsOf('callee')).toEqual([0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(gprsOf('callee', 'keep')).toEqual([1, ...Array.from({ length: 18 }, (_, n) => n + 14)]);
  expect(crFieldsOf('callee', 'keep')).toEqual([...NONVOLATILE_CR_FIELDS]);
  expect(NONVOLATILE_CR_FIELDS.reduce((mask, field) => mask | 0xf << 28 - 4 * field, 0)).toBe(NONVOLATILE_CR_MASK);
  expect([0, 8, 11, 12, 16, 24, 32].map((offset) => framePermission('callee', offset)))
    .toEqual(['keep', 'clobber', 'clobber', 'keep', 'clobber', 'keep', 'keep']);
});

test('an interrupt changes nothing but what lies below the protected zone', () => {
  const changed = PERMISSIONS.filter(({ interrupt }) => interrupt !== 'keep').map(({ subject }) => (subject.kind === 'gpr' ? `r${subject.index}` : subject.kind));
  expect(changed).toEqual(['r13', 'below', 'unpublished']);
});

test('ftrace keeps arguments and r2; LR becomes the return address', () => {
  expect(gprsOf('ftrace')).toEqual([0, 11, 12]);
  expect(specialPermission('ftrace', 'lr')).toBe('return');
});

test('the hook uses only what its neighbours may clobber', () => {
  for (const n of HOOK_ENTRY_FREE.gprs) expect(gprsOf('ftrace')).toContain(n);
  for (const n of HOOK_RETURN_FREE.gprs) {
    expect(gprsOf('callee')).toContain(n);
    expect(RESULT_REGISTERS).not.toContain(n);
  }
});

test('roles', () => {
  expect([0, 1, 2, 3, 10, 11, 12, 13, 14, 31].map(roleOf)).toEqual([
    'scratch', 'stack-pointer', 'toc-pointer', 'argument', 'argument', 'environment', 'entry-address', 'paca', 'nonvolatile', 'nonvolatile',
  ]);
});
