// The domain of terms: constants as the plain domain has them, sums by their base, and no answer where there is none.
import { expect, test } from 'vitest';
import { BIGINT } from '../../src/isa/bigint.ts';
import { constant, distance, term, termDomain } from '../../src/isa/terms.ts';

let asked = 0;
const d = termDomain(() => { asked++; });
const r = term('r1@');

test('on constants it is the plain domain', () => {
  const values = [0n, 1n, 24n, 0x8000000000000000n, 0xffffffffffffffe8n, 0x57ac6e9dn];
  for (const a of values) {
    for (const b of values) {
      for (const name of ['add', 'sub', 'mul', 'mulHigh', 'mulHighUnsigned', 'and', 'or', 'xor', 'shiftLeft', 'shiftRight', 'shiftRightSigned', 'rotateLeft'] as const) {
        expect([name, a, b, d[name](constant(a), constant(b)).offset]).toEqual([name, a, b, BIGINT[name](a, b)]);
      }
      for (const name of ['equal', 'lessSigned', 'lessUnsigned'] as const) expect(d[name](constant(a), constant(b))).toBe(BIGINT[name](a, b));
    }
    for (const bytes of [1, 2, 4] as const) expect(d.signExtend(constant(a), bytes).offset).toBe(BIGINT.signExtend(a, bytes));
  }
});

test('sums keep their base: up and down again is where it was', () => {
  expect(d.sub(d.add(r, d.small(24)), d.small(24)).key).toBe(r.key);
  expect(d.add(d.small(-32), r).key).toBe(d.sub(r, d.small(32)).key);
  expect(distance(d.add(r, d.small(-8)), r)).toBe(-8n);
  expect(distance(r, term('r13@'))).toBeUndefined();
  expect(d.sub(d.add(r, d.small(8)), r)).toEqual(constant(8n));
});

test('what is not known is asked for, never guessed', () => {
  asked = 0;
  expect(d.equal(r, term('r2@'))).toBe('unknown');
  expect(d.lessUnsigned(r, d.add(r, d.small(8)))).toBe('unknown');
  expect(asked).toBe(2);
  expect([d.equal(r, r), d.equal(r, d.add(r, d.small(8))), d.lessSigned(r, r)]).toEqual(['true', 'false', 'false']);
  expect(asked).toBe(2);
});

test('of an unknown that is bounded only what its bound says is answered', () => {
  asked = 0;
  const bounded = termDomain(() => { asked++; }, undefined, (base) => (base === 'r1@' ? 2016n : undefined));
  const moved = bounded.add(r, bounded.small(32));
  expect([bounded.lessUnsigned(r, constant(2017n)), bounded.lessUnsigned(constant(2016n), r), bounded.equal(r, constant(2017n)), bounded.lessSigned(r, constant(2017n))]).toEqual(['true', 'false', 'false', 'true']);
  expect([bounded.lessUnsigned(moved, constant(32n)), bounded.lessUnsigned(moved, constant(2049n))]).toEqual(['false', 'true']);
  expect(asked).toBe(0);
  // At the bound itself it is open, and so is what may have gone below 0, negative numbers and other unknowns.
  const below = bounded.add(r, bounded.small(-32));
  for (const [a, b] of [[r, constant(2016n)], [moved, constant(2048n)], [below, constant(2049n)], [r, constant(-1n)], [term('r2@'), constant(2017n)]] as const) {
    expect(bounded.lessUnsigned(a, b)).toBe('unknown');
  }
  expect([bounded.equal(r, constant(2016n)), asked]).toEqual(['unknown', 6]);
});
