// A body destroys, before it returns, what the permission table lets a callee change, and nothing else.
import { expect, test } from 'vitest';
import { crFieldsOf, gprsOf } from '../../src/abi/permissions.ts';
import { CONTROL } from '../../src/image/core.ts';
import { POISON, poisonValue } from '../../src/image/poison.ts';
import { POINT } from '../../src/image/points.ts';
import { decode } from '../../src/isa/decode.ts';
import { Machine } from '../../src/machine/machine.ts';
import { lowered, run, set, space } from './built.ts';

const R1 = 0xc000000003e22000n;
/** What stands around r1 before the leaf runs: nothing that it would write. */
const MARK = 0x1122334455667788n;
const AROUND = Array.from({ length: 50 }, (_, k) => 8 * k - 320);

/** Runs a leaf that the task calls first, from `before`'s state at its entry to its `blr`. */
function leaf(text: string): { before: Machine; after: Machine } {
  const program = lowered(text);
  run(program, CONTROL, false);
  const machine = new Machine(space), before = new Machine(space);
  for (let n = 0; n < 32; n++) if (n !== 1 && n !== 2) machine.setGpr(n, 0x1111n * BigInt(n));
  machine.setGpr(1, R1);
  for (const offset of AROUND) machine.writeDoubleword(R1 + BigInt(offset), MARK);
  machine.setSpecial('lr', 0xc000000000010000n);
  machine.cr = 0x55555555;
  machine.pc = program.versionLocal[0]!;
  machine.setGpr(2, (BigInt(program.tocHi[1]! >>> 0) << 32n) + BigInt(program.tocLo[1]! >>> 0));
  before.regs.set(machine.regs);
  machine.observer = { point: (kind) => kind === POINT.EXIT, markedStore: () => false, wildLanding: () => false };
  machine.load(program);
  expect(machine.run(1000)).toEqual({ kind: 'yield' });
  return { before, after: machine };
}

test.each(['A:M', 'A:M saves 18', 'A:M zone', 'A:M early-exit saves 3'])('%s', (text) => {
  const { before, after } = leaf(text);
  const free = gprsOf('callee');
  for (let n = 0; n < 32; n++) {
    if (n === 3 || n === 4) expect(after.gpr(n)).toBe(before.gpr(13) + 0x1000n + BigInt(n - 3));
    else if (free.includes(n)) expect(after.gpr(n), `r${n}`).toBe(BigInt.asUintN(64, BigInt(poisonValue(n))));
    else expect(after.gpr(n), `r${n}`).toBe(before.gpr(n));
  }
  const fields = crFieldsOf('callee');
  for (let field = 0; field < 8; field++) {
    const value = after.cr >>> 28 - 4 * field & 15;
    if (!fields.includes(field)) expect(value).toBe(5);
    else expect(value, `cr${field}`).not.toBe(5);
  }
  expect(after.special('lr')).toBe(before.special('lr'));
  expect(after.special('ctr')).toBe(BigInt.asUintN(64, BigInt(poisonValue(0))));
  const word = (offset: number): bigint => after.readDoubleword(R1 + BigInt(offset));
  // Of the caller's frame: the CR save word, which is half of a doubleword, and the LR save doubleword.
  expect(AROUND.filter((offset) => offset >= 0 && word(offset) !== MARK)).toEqual([8, 16]);
  expect(word(8) >> 32n).toBe(MARK >> 32n);
  // Below r1: some of the protected zone, its end, and what lies under it.
  const below = AROUND.filter((offset) => word(offset) === BigInt.asUintN(64, BigInt(poisonValue(0))));
  expect(below).toEqual(expect.arrayContaining([-304, -288, -32, -16, -8, 16]));
});

test('every word of it decodes, and no two registers get the same value', () => {
  for (const word of POISON) expect(decode(word)).toBeDefined();
  const values = gprsOf('callee').map(poisonValue);
  expect(new Set(values).size).toBe(values.length);
  for (const value of values) expect(value & 1).toBe(1);
  set.select(CONTROL);
});
