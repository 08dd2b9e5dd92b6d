/**
 * Numbers behind "we found nothing" and "we saw enough". Pure functions of counts, with no clock and no chance in them.
 *
 * - Upper bound on a failing share after n independent trials without failure: the p with (1 - p)^n = 1 - confidence (Clopper and Pearson 1934
 *   for no failures). At 95 % it is a little below 3/n, the rule of three (Hanley and Lippman-Hand 1983).
 * - Clopper-Pearson interval: exact, so never too short, by the regularised incomplete beta function.
 * - Wilson's score interval (1927): what QuickCheck's `checkCoverage` decides shares by.
 * - Good-Turing (Good 1953): what has been seen once stands for what has not been seen.
 */

/** Of the sentence about a strategy that holds. */
export const CONFIDENCE = 0.95;

/** Shares are decided such that one decision in so many is wrong, as QuickCheck's `stdConfidence` does. */
export const CERTAINTY = 1e9;
/** The normal quantile of 1 - 1/(2 CERTAINTY). */
export const CERTAINTY_Z = 6.109410204869;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The share of failing trials that n independent ones without a failure leave possible: below this at `confidence`. n = 0: 1. */
export function failingShareBound(trials: number, confidence: number = CONFIDENCE): number {
  return trials === 0 ? 1 : -Math.expm1(Math.log1p(-confidence) / trials);
}

/** How many independent trials without a failure put the failing share below `share` (0 < share < 1). */
export function trialsForBound(share: number, confidence: number = CONFIDENCE): number {
  return Math.ceil(Math.log1p(-confidence) / Math.log1p(-share));
}

/** How many trials it takes until something whose share is `share` or more would be seen, but for one time in CERTAINTY. */
export function trialsUntilSeen(share: number): number {
  return Math.ceil(-Math.log(CERTAINTY) / Math.log1p(-share));
}

/** Wilson's interval for a share of which `count` of `of` trials were seen. */
export function wilson(count: number, of: number, z: number = CERTAINTY_Z): Interval {
  if (of === 0) return { low: 0, high: 1 };
  const square = z * z;
  const middle = (count + square / 2) / (of + square);
  const half = z / (of + square) * Math.sqrt(count * (of - count) / of + square / 4);
  return { low: count === 0 ? 0 : Math.max(0, middle - half), high: count === of ? 1 : Math.min(1, middle + half) };
}

/** Clopper and Pearson's interval: covers the share with `confidence` at least, whatever it is. */
export function clopperPearson(count: number, of: number, confidence: number = CONFIDENCE): Interval {
  const tail = (1 - confidence) / 2;
  return {
    low: count === 0 ? 0 : betaQuantile(tail, count, of - count + 1),
    high: count === of ? 1 : betaQuantile(1 - tail, count + 1, of - count),
  };
}

/** Its upper end alone, all the doubt on one side: for `count` = 0 this is `failingShareBound`. */
export function clopperPearsonUpper(count: number, of: number, confidence: number = CONFIDENCE): number {
  return count === of ? 1 : betaQuantile(confidence, count + 1, of - count);
}

/**
 * How many things that were never seen the next trial shows, about (so also: the chance that it shows one, at most). `once`: things that
 * were seen in one of the trials only. A trial may show several things (Chao and Colwell's incidence form).
 */
export function goodTuring(once: number, trials: number): number {
  return trials === 0 ? 1 : once / trials;
}

export type ShareStanding = 'met' | 'missed' | 'undecided';

/** Is the share `least` at least? Decided where Wilson's interval lies on one side of it; in so many trials it may be open. */
export function standingOf({ low, high }: Interval, least: number): ShareStanding {
  return low >= least ? 'met' : high < least ? 'missed' : 'undecided';
}

/**
 * A number of 4 decimal digits on this side of `value`, so that a bound stays one and documents do not depend on the last bits of a
 * mathematical library.
 */
export function rounded(value: number, side: 'down' | 'up'): number {
  if (value === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 3);
  const near = Number(value.toPrecision(4));
  // What is as good as equal is equal.
  if (Math.abs(near - value) <= 1e-9 * Math.abs(value)) return near;
  const wrong = side === 'up' ? near < value : near > value;
  return wrong ? Number((near + (side === 'up' ? unit : -unit)).toPrecision(4)) : near;
}

/** The x with I_x(a, b) = probability, by bisection to the last bit. */
function betaQuantile(probability: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (incompleteBeta(middle, a, b) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Abramowitz and Stegun 26.5.8). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? front * betaFraction(x, a, b) / a : 1 - front * betaFraction(1 - x, b, a) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - (a + b) * x / (a + 1));
  let value = d;
  for (let m = 1; m <= 100_000; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    value *= d * c;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return value;
}

/** ln of the gamma function for x >= 1, by Stirling's series from 10 on (Abramowitz and Stegun 6.1.41). */
function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < 10) {
    shift -= Math.log(at);
    at += 1;
  }
  const inverse = 1 / (at * at);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / at;
  return shift + (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series;
}
