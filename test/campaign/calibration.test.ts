// A smaller run of scripts/calibrate.ts, and the proof that it sees a bound that is too low.
import { describe, expect, test } from 'vitest';
import { trialsForBound } from '../../src/campaign/statistics.ts';
import { wholeBound } from '../../src/enumerate/bound.ts';
import { calibrate, reaches, spaceOf } from './calibration.ts';

/** Of each kind. Enough to see a bound about a third of the share: the last test. */
const CAMPAIGNS = 500;
const space = spaceOf('livepatch-stack', wholeBound(2, 2, 0));
const hardest = trialsForBound(space.failing), third = Math.ceil(hardest / 3);
/** Two tests look at the same campaigns. */
const made = new Map<number, ReturnType<typeof calibrate>>();
function campaigns(trials: number): ReturnType<typeof calibrate> {
  const known = made.get(trials) ?? calibrate(space, trials, CAMPAIGNS);
  made.set(trials, known);
  return known;
}

describe('over a space that is known', () => {
  test('the failing share is a fact', () => {
    expect(space.scenarios.length).toBe(2785);
    expect(space.failing).toBeGreaterThan(0.005);
    expect(space.failing).toBeLessThan(0.5);
  });

  test.each([['a third of the trials that it takes', third], ['one trial less', hardest - 1], ['as many trials as make the sentence just false', hardest], ['twice as many', 2 * hardest]])(
    'the sentence and the exact bound are true as often as they say: %s', (_name, trials) => {
      const { sentence, upper, clean } = campaigns(trials);
      expect(reaches(sentence, CAMPAIGNS)).toBe(true);
      expect(reaches(upper, CAMPAIGNS)).toBe(true);
      // Fewer trials: what it says is true whatever happens.
      if (trials < hardest) expect(sentence).toBe(CAMPAIGNS);
      else expect(sentence).toBe(CAMPAIGNS - clean);
    });

  test('a sentence about a third of the share would not pass', () => {
    // So many campaigns find nothing in a third of the trials that their silence could not be read as the sentence of all of them.
    const { clean } = campaigns(third);
    expect(reaches(CAMPAIGNS - clean, CAMPAIGNS)).toBe(false);
  });
});
