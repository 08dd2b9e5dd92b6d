// The rules of words with names, against 64-bit values: whatever the symbols stand for, a result that is known is the one that the plain domain computes, and an answer that is known is the answer.
import { describe, expect, test } from 'vitest';
import { BIGINT } from '../../src/isa/bigint.ts';
import type { Truth } from '../../src/isa/domain.ts';
import { ZERO, constant, named, namedWords, sameWord, symbolsOf, wordText } from '../../src/prove/words.ts';
import type { Facts, Word } from '../../src/prove/words.ts';

/** A small generator of its own: the same numbers everywhere. */
class Numbers {
  #state = 0x9e3779b97f4a7c15n;
  next(): bigint {
    this.#state = BigInt.asUintN(64, this.#state * 6364136223846793005n + 1442695040888963407n);
    const mixed = this.#state ^ this.#state >> 29n;
    return BigInt.asUintN(64, mixed * 0xbf58476d1ce4e5b9n ^ mixed >> 32n);
  }
  pick<T>(from: readonly T[]): T { return from[Number(this.next() % BigInt(from.length))]!; }
}

const INTERESTING = [0n, 1n, 3n, 7n, 8n, 15n, 16n, 24n, 255n, 256n, 0x7fffn, 0x8000n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 1n << 63n, -1n, -4n, -8n, -16n, -24n, -256n, -16384n, -528n];

/** Values of the symbols that the facts allow. */
function values(numbers: Numbers, facts: Facts): Map<string, bigint> {
  const B = numbers.next() & -256n, all = new Map<string, bigint>([
    ['B', B], ['T', numbers.next() & -256n], ['P', numbers.next() & -256n], ['C', numbers.next() & -4n], ['paca', numbers.next()], ['task', numbers.next()], ['a3', numbers.next()], ['owed', numbers.next() | 1n],
  ]);
  const near = BigInt.asIntN(32, numbers.next()) & -4n;
  const R = facts.far ? B + near + (numbers.next() | 1n << 33n & -4n) & -4n : B + near;
  const far = BigInt.asIntN(64, R - B) !== BigInt.asIntN(32, R - B);
  all.set('R', BigInt.asUintN(64, far === facts.far ? R : B + (facts.far ? 1n << 40n : 0n)));
  all.set('cut', BigInt.asUintN(64, BigInt.asIntN(32, all.get('R')! - B)));
  const stack = numbers.next() & -16384n;
  all.set('F', stack + (numbers.next() % 1024n) * 16n).set('stack', stack);
  const [least, most] = facts.range ?? [0n, 0n];
  all.set('x', facts.range === undefined ? numbers.next() : least + numbers.next() % (most - least + 1n));
  return all;
}

const valueOf = (word: NonNullable<Word>, its: ReadonlyMap<string, bigint>): bigint => {
  let sum = word.offset;
  for (const [name, sign] of symbolsOf(word.of)) sum += BigInt(sign) * its.get(name)!;
  return BigInt.asUintN(word.low === true ? 32 : 64, sum);
};

const OFS = ['', '', '', 'B', 'F', 'R', 'R-B', 'P', 'x', 'paca+x', 'T', 'cut', 'owed', 'C', 'a3', 'F-x'];
const UNARY = ['not', 'countLeadingZeros', 'populationCount'] as const;
const BINARY = ['add', 'sub', 'mul', 'mulHigh', 'mulHighUnsigned', 'and', 'or', 'xor', 'shiftLeft', 'shiftRight', 'shiftRightSigned', 'rotateLeft'] as const;
const QUESTIONS = ['equal', 'lessSigned', 'lessUnsigned'] as const;

const NEAR: Facts = { distance: named('R-B'), far: false }, FAR: Facts = { distance: named('R-B'), far: true }, RANGED: Facts = { ...NEAR, range: [8n, 8n + 63n * 32n] };

describe.each([['near', NEAR], ['far', FAR], ['ranged', RANGED]] as const)('%s', (_, facts) => {
  const domain = namedWords(facts);

  test('what is known is so', () => {
    const numbers = new Numbers(), known = new Map<string, number>(), wrong: string[] = [];
    const word = (): Word => {
      const of = numbers.pick(OFS), offset = numbers.pick([...INTERESTING, numbers.next()]);
      return named(of, numbers.next() % 3n === 0n && of !== '' ? 0n : offset);
    };
    const check = (name: string, found: Word, expected: bigint, its: ReadonlyMap<string, bigint>, told: string): void => {
      if (found === null) return;
      known.set(name, (known.get(name) ?? 0) + 1);
      if (valueOf(found, its) !== BigInt.asUintN(64, expected)) wrong.push(`${name} ${told} = ${wordText(found) ?? 'low'}`);
    };
    for (let i = 0; i < 60_000; i++) {
      const its = values(numbers, facts), a = word()!, b = numbers.next() % 8n === 0n ? a : word()!, [x, y] = [valueOf(a, its), valueOf(b, its)];
      const told = `${wordText(a)} ${wordText(b)}`;
      for (const name of BINARY) check(name, domain[name](a, b), BIGINT[name](x, y), its, told);
      for (const name of UNARY) check(name, domain[name](a), BIGINT[name](x), its, told);
      for (const bytes of [1, 2, 4] as const) {
        check(`signExtend${bytes}`, domain.signExtend(a, bytes), BIGINT.signExtend(x, bytes), its, told);
        const low = domain.zeroExtend(a, bytes);
        check(`zeroExtend${bytes}`, low, BIGINT.zeroExtend(x, bytes), its, told);
        if (bytes === 4) check('signExtend of low', domain.signExtend(low, 4), BIGINT.signExtend(x, 4), its, told);
      }
      check('select', domain.select(numbers.pick<Truth>(['true', 'false', 'unknown']), a, a), x, its, told);
      for (const name of QUESTIONS) {
        const answer = domain[name](a, b);
        if (answer === 'unknown') continue;
        known.set(name, (known.get(name) ?? 0) + 1);
        if (answer !== BIGINT[name](x, y)) wrong.push(`${name} ${told}: ${answer}`);
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    // Each rule was come to.
    for (const name of [...BINARY, ...UNARY, ...QUESTIONS, 'signExtend4', 'zeroExtend4', 'signExtend of low']) expect([name, (known.get(name) ?? 0) > 20]).toEqual([name, true]);
  });
});

test('rules that strategies rest on', () => {
  const near = namedWords(NEAR), far = namedWords(FAR);
  const distance = near.sub(named('R'), named('B'));
  expect(wordText(distance)).toBe('R-B');
  expect(wordText(near.add(distance, named('B')))).toBe('R');
  expect(wordText(near.signExtend(near.zeroExtend(distance, 4), 4))).toBe('R-B');
  expect(wordText(far.signExtend(distance, 4))).toBe('cut');
  expect([near.equal(near.signExtend(distance, 4), distance), far.equal(far.signExtend(distance, 4), distance)]).toEqual(['true', 'false']);
  expect(wordText(near.and(named('B', 1n), constant(1n)))).toBe('1');
  expect(wordText(near.and(named('F'), constant(-16384n)))).toBe('stack');
  expect(near.and(named('F', 16n), constant(-16384n))).toBe(null);
  expect(near.and(named('x'), constant(-4n))).toBe(null);
  expect(near.add(named('x'), named('x'))).toBe(null);
  expect(near.equal(named('F'), named('x'))).toBe('unknown');
  expect([near.equal(named('owed'), ZERO), near.equal(named('a3'), ZERO)]).toEqual(['false', 'unknown']);
  expect(namedWords(RANGED).lessUnsigned(named('x'), constant(2048n))).toBe('true');
  expect(near.lessUnsigned(named('x'), constant(2048n))).toBe('unknown');
  const apart = namedWords({ ...NEAR, apart: [named('C'), named('B', 8n)] });
  expect([apart.equal(named('B', 8n), named('C')), apart.equal(named('B', 4n), named('C'))]).toEqual(['false', 'unknown']);
});

test('words are spelt in one way', () => {
  const { add, sub } = namedWords(NEAR);
  expect([add(named('x'), named('task', 8n)), sub(named('task', 4n), named('B')), named('F', -528n), constant(-1n)].map(wordText)).toEqual(['task+x+8', 'task-B+4', 'F-528', '-1']);
  expect(sameWord(add(named('x'), named('paca')), add(named('paca'), named('x')))).toBe(true);
  expect(wordText({ of: 'R-B', offset: 0n, low: true })).toBe(undefined);
});
