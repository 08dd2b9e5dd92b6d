import { expect, test } from 'vitest';
import { ALL_FEATURES, FEATURE_BIT, featuresOfMask, maskOf } from '../../src/scenario/features-of.ts';
import { FEATURES } from '../../src/scenario/features.ts';

test('masks of features are 32 bits, and have room for all of them', () => {
  expect(FEATURES.length).toBeLessThanOrEqual(32);
  expect(maskOf(FEATURES)).toBe(ALL_FEATURES);
  expect(new Set(FEATURES.map((name) => FEATURE_BIT[name] >>> 0)).size).toBe(FEATURES.length);
  for (const name of FEATURES) expect([...featuresOfMask(maskOf([name]))]).toEqual([name]);
  expect([...featuresOfMask(ALL_FEATURES)]).toEqual([...FEATURES]);
});
