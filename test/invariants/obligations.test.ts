// The open list of obligations: each stands in the judge, has an example, and is needed for it.
import { describe, expect, test } from 'vitest';
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import type { ObligationName } from '../../src/contract/obligations.ts';
import { INVARIANTS } from '../../src/invariants/index.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { Trials } from '../../src/trial/trials.ts';
import { EXAMPLES } from './examples.ts';

const ALL: readonly ObligationName[] = OBLIGATIONS.map(({ name }) => name);

test('every obligation has an invariant, in the order of severity, and every invariant an example', () => {
  expect(INVARIANTS.map(({ name }) => name)).toEqual(ALL);
  expect(new Set(EXAMPLES.map(({ breaks }) => breaks[0]))).toEqual(new Set(ALL));
});

describe.each(EXAMPLES.map((example) => [`${example.breaks[0]!} (${example.subject})`, example] as const))('%s', (_name, { strategy, scenario, breaks, subject }) => {
  test('breaks exactly this', () => {
    const trials = new Trials([strategy]);
    trials.load(parseScenario(scenario));
    expect(trials.runUnpatched().outcome).toBe('holds');
    expect(trials.runControl().outcome).toBe('holds');
    const { violations } = trials.run(0);
    expect(violations.map(({ obligation }) => obligation)).toEqual(breaks);
    expect(violations[0]!.subject).toBe(subject);
  });

  test('goes unseen without it', () => {
    const trials = new Trials([strategy], { obligations: ALL.filter((name) => name !== breaks[0]) });
    trials.load(parseScenario(scenario));
    expect(trials.run(0).violations.map(({ obligation }) => obligation)).toEqual(breaks.slice(1));
  });
});
