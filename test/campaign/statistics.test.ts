// The numbers against closed formulas, sums that are done by hand here, and published tables.
import { describe, expect, test } from 'vitest';
import {
  CERTAINTY, CERTAINTY_Z, clopperPearson, clopperPearsonUpper, failingShareBound, goodTuring, incompleteBeta, rounded, standingOf, trialsForBound, trialsUntilSeen, wilson,
} from '../../src/campaign/statistics.ts';

/** P(X <= k) of a binomial, term by term. */
function binomial(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let sum = term;
  for (let i = 1; i <= k; i++) {
    term *= (n - i + 1) / i * p / (1 - p);
    sum += term;
  }
  return sum;
}

describe('no failure in n trials', () => {
  test.each([1, 2, 10, 300, 10_000, 1e6])('n = %d: (1 - p)^n is 5 %%', (n) => {
    const p = failingShareBound(n);
    expect((1 - p) ** n).toBeCloseTo(0.05, 9);
    expect(p).toBeLessThan(3 / n);
    // The rule of three is good from some dozens on.
    if (n >= 100) expect(p / (3 / n)).toBeGreaterThan(0.98);
    expect(p).toBeCloseTo(clopperPearsonUpper(0, n), 11);
  });

  test('nothing tried, nothing known', () => {
    expect(failingShareBound(0)).toBe(1);
  });

  test('the number of trials that a bound takes is the least one', () => {
    for (const share of [0.3, 0.01, 0.00137]) {
      const n = trialsForBound(share);
      expect(failingShareBound(n)).toBeLessThanOrEqual(share);
      expect(failingShareBound(n - 1)).toBeGreaterThan(share);
      const seen = trialsUntilSeen(share);
      expect((1 - share) ** seen).toBeLessThanOrEqual(1 / CERTAINTY);
      expect((1 - share) ** (seen - 1)).toBeGreaterThan(1 / CERTAINTY);
    }
  });
});

describe('Clopper and Pearson', () => {
  test.each([[1, 10], [3, 20], [50, 100], [30, 1000], [7, 100_000]])('%d of %d: both tails are 0.5 %%', (k, n) => {
    const { low, high } = clopperPearson(k, n, 0.99);
    expect(1 - binomial(k - 1, n, low)).toBeCloseTo(0.005, 8);
    expect(binomial(k, n, high)).toBeCloseTo(0.005, 8);
  });

  test('a published value: 0.0025, 0.4450 for 1 of 10 at 95 %', () => {
    const { low, high } = clopperPearson(1, 10, 0.95);
    expect(low).toBeCloseTo(0.0025286, 6);
    expect(high).toBeCloseTo(0.4450161, 6);
  });

  test('none and all', () => {
    expect(clopperPearson(0, 10).low).toBe(0);
    expect(clopperPearson(10, 10).high).toBe(1);
    expect(clopperPearsonUpper(10, 10)).toBe(1);
  });
});

test('the incomplete beta function is a sum for whole numbers, and turns round', () => {
  for (const [x, a, b] of [[0.3, 2, 5], [0.9, 7, 1], [0.01, 1, 300], [0.5, 40, 40]] as const) {
    expect(incompleteBeta(x, a, b)).toBeCloseTo(1 - binomial(a - 1, a + b - 1, x), 12);
    expect(incompleteBeta(x, a, b)).toBeCloseTo(1 - incompleteBeta(1 - x, b, a), 12);
  }
});

describe('Wilson', () => {
  test('a published value: 1 of 6 at 95 % gives 0.0301 to 0.5635', () => {
    const { low, high } = wilson(1, 6, 1.959963984540054);
    expect(low).toBeCloseTo(0.0301, 3);
    expect(high).toBeCloseTo(0.5635, 3);
  });

  test('its ends are where the score test is just passed', () => {
    for (const [k, n] of [[3, 1000], [40, 500], [999, 1000]] as const) {
      for (const p of Object.values(wilson(k, n))) expect(Math.abs(k / n - p) / Math.sqrt(p * (1 - p) / n)).toBeCloseTo(CERTAINTY_Z, 6);
    }
  });

  test('z is that of one wrong decision in 1e9', () => {
    // P(|Z| > z) = erfc(z / sqrt 2), by the asymptotic series, which has 8 digits here.
    const z = CERTAINTY_Z;
    const series = 1 - 1 / z ** 2 + 3 / z ** 4 - 15 / z ** 6 + 105 / z ** 8 - 945 / z ** 10 + 10395 / z ** 12;
    expect(2 * Math.exp(-z * z / 2) / (z * Math.sqrt(2 * Math.PI)) * series * CERTAINTY).toBeCloseTo(1, 4);
  });

  test('nothing tried leaves all open; decided is what lies on one side', () => {
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
    expect(standingOf(wilson(0, 0), 0.5)).toBe('undecided');
    expect(standingOf(wilson(500, 1000), 0.4)).toBe('met');
    expect(standingOf(wilson(500, 1000), 0.45)).toBe('undecided');
    expect(standingOf(wilson(500, 1000), 0.6)).toBe('missed');
    expect(standingOf(wilson(0, 100_000), 0.001)).toBe('missed');
  });
});

test('Good and Turing: on a known distribution the estimate is right on the average', () => {
  // 50 things of share 1/50 each; 60 independent trials. Expected: n p (1-p)^(n-1) things seen once per thing, (1-p)^n of the share unseen.
  const [things, p, n] = [50, 1 / 50, 60];
  const once = things * n * p * (1 - p) ** (n - 1);
  expect(goodTuring(once, n)).toBeCloseTo(things * p * (1 - p) ** (n - 1), 12);
  expect(goodTuring(0, 0)).toBe(1);
});

test('rounded stays on its side', () => {
  expect(rounded(0.00029953, 'up')).toBe(0.0002996);
  expect(rounded(0.00029953, 'down')).toBe(0.0002995);
  expect(rounded(0.00029957, 'down')).toBe(0.0002995);
  expect(rounded(0.99999, 'up')).toBe(1);
  expect(rounded(0.25, 'up')).toBe(0.25);
  expect(rounded(0.25, 'down')).toBe(0.25);
  expect(rounded(0, 'up')).toBe(0);
  for (let n = 1; n < 3000; n++) {
    const value = failingShareBound(n);
    expect(rounded(value, 'up')).toBeGreaterThanOrEqual(value * (1 - 1e-9));
    expect(rounded(value, 'down')).toBeLessThanOrEqual(value * (1 + 1e-9));
    expect(rounded(value, 'up') / value).toBeLessThan(1.0011);
  }
});
