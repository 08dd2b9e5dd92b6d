// What a word would do in another's place, compared without doing it.
import { expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { Effect, sameStore } from '../../src/machine/effect.ts';
import { DATA, TEXT, load } from './fixture.ts';
import type { Fixture } from './fixture.ts';

const wordOf = (text: string): number => assemble(text, { base: TEXT }).words[0]!;

/** r3 and r4 the same, r5 with the same lower half, r6 in memory, r7 not; LR and CTR the same. */
function state(): Fixture {
  const it = load('nop\nnop\n');
  const { machine } = it;
  machine.setGpr(3, 0x1122334455667788n);
  machine.setGpr(4, 0x1122334455667788n);
  machine.setGpr(5, 0x0000000055667788n);
  machine.setGpr(6, DATA);
  machine.setGpr(7, 1n);
  machine.setSpecial('lr', TEXT + 8n);
  machine.setSpecial('ctr', TEXT + 8n);
  machine.writeDoubleword(DATA, 0x1122334400000000n);
  machine.writeDoubleword(DATA + 8n, 0x57ac6e9dn);
  return it;
}

function matched({ machine }: Fixture, own: string, other: string): boolean {
  return new Effect(machine).of(wordOf(own)).isMatchedBy(new Effect(machine).of(wordOf(other)));
}

test.each([
  ['another register with the same value', 'std r3, 0(r6)', 'std r4, 0(r6)'],
  ['a lower half over an upper half that is there', 'std r3, 0(r6)', 'stw r3, 0(r6)'],
  ['the same value from half the memory', 'ld r8, 8(r6)', 'lwz r8, 8(r6)'],
  ['sign-extended too', 'ld r8, 8(r6)', 'lwa r8, 8(r6)'],
  ['another register to go to', 'bctr', 'blr'],
  ['a trap that is not taken', 'tdne r3, r4', 'twne r3, r4'],
  ['a register onto itself', 'mr r3, r4', 'nop'],
  ['a condition that is not met', 'beqlr', 'nop'],
])('the same: %s', (_, own, other) => {
  const it = state(), before = [...it.machine.regs];
  expect(matched(it, own, other)).toBe(true);
  expect([[...it.machine.regs], it.machine.readDoubleword(DATA)]).toEqual([before, 0x1122334400000000n]);
});

test.each([
  ['another value', 'std r3, 0(r6)', 'std r7, 0(r6)'],
  ['the upper half is not there', 'std r3, 8(r6)', 'stw r3, 8(r6)'],
  ['more bytes, though the same ones', 'stw r3, 0(r6)', 'std r3, 0(r6)'],
  ['another place', 'std r3, 0(r6)', 'std r3, 16(r6)'],
  ['the lower half of a value with an upper one', 'ld r8, 0(r6)', 'lwz r8, 0(r6)'],
  ['memory that the original does not read, though it holds the same', 'li r8, 1', 'lbz r8, 17(r6)'],
  ['no store', 'std r3, 0(r6)', 'nop'],
  ['LR is written', 'blr', 'blrl'],
  ['to a place in a register, or not: others ask', 'bctr', 'b .+8'],
  ['a trap that is taken', 'tdne r3, r4', 'tdeq r3, r4'],
  ['an access that is refused', 'ld r8, 0(r6)', 'ld r8, 0(r7)'],
  ['CR', 'cmpd r3, r4', 'cmpd r3, r7'],
])('not the same: %s', (_, own, other) => {
  const it = state();
  expect(matched(it, own, other)).toBe(false);
});

test('where a store is watched, both must be the same store', () => {
  const it = state();
  it.machine.marks[it.machine.flat(Number(BigInt.asIntN(32, DATA >> 32n)), Number(BigInt.asIntN(32, DATA))) >>> 3] = 1;
  expect([matched(it, 'std r3, 0(r6)', 'stw r3, 0(r6)'), matched(it, 'std r3, 0(r6)', 'std r4, 0(r6)')]).toEqual([false, true]);
});

test('the short answer about two stores is the long one', () => {
  const it = state(), seen = { true: 0, false: 0, undefined: 0 };
  const stores = ['std', 'stw', 'sth', 'stb'].flatMap((name) => [3, 4, 5, 7, 0].flatMap((r) => [0, 4, 8, 24].flatMap((d) => [`${name} r${r}, ${d}(r6)`])));
  for (const own of stores) {
    for (const other of stores) {
      const short = sameStore(it.machine, wordOf(own), wordOf(other));
      seen[`${short}`]++;
      if (short !== undefined) expect([own, other, matched(it, own, other)]).toEqual([own, other, short]);
    }
  }
  expect([seen.true > 10, seen.false > 20, seen.undefined > 100]).toEqual([true, true, true]);
});
