/**
 * From a scenario that shows something to a small one that shows the same: first greedily along the arbitrary's shrinks, then a final
 * pass over all single steps (`reductions.ts`) until none can be made. What the final pass tried is the certificate. The result is in
 * canonical form, so that the same bug looks the same from seed to seed as far as that goes.
 */
import { ALL_FEATURES } from '../scenario/features-of.ts';
import { canonical, equalScenarios, scenarioText } from '../scenario/canonical.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Certificate } from './finding.ts';
import { steps } from './reductions.ts';

/** Candidates judged at most for one finding; some tens of thousands take a second. */
export const CANDIDATES = 20_000;

export interface MinimiseOptions {
  /** Whether a valid scenario shows the same thing. Asked once for each. */
  readonly shows: (candidate: Scenario) => boolean;
  /** Simpler scenarios, the simplest first: the arbitrary's shrinks. */
  readonly shrink: (scenario: Scenario) => Iterable<Scenario>;
  /** A mask of features that candidates stay within. Default: all. */
  readonly allowed?: number;
  /** Default CANDIDATES. */
  readonly candidates?: number;
}

export interface Minimised {
  readonly scenario: Scenario;
  readonly certificate: Certificate;
}

class Spent extends Error {}

/** The original must show it; the result does. */
export function minimise(original: Scenario, options: MinimiseOptions): Minimised {
  const { allowed = ALL_FEATURES, candidates = CANDIDATES } = options;
  const judged = new Set<string>();
  let best = original;
  /** Whether it shows the thing; if so it is the best so far. Each candidate has one chance: whatever the steps are, there is no going round. */
  const keep = (candidate: Scenario): boolean => {
    const key = scenarioText(candidate);
    if (judged.has(key)) return false;
    if (judged.size >= candidates) throw new Spent();
    judged.add(key);
    if (!options.shows(candidate)) return false;
    best = candidate;
    return true;
  };
  try {
    while (some(options.shrink(best), keep));
    for (;;) {
      while (some(steps(best, allowed), ({ scenario }) => keep(scenario)));
      const tidy = canonical(best);
      if (!equalScenarios(tidy, best) && !keep(tidy)) break;
      const what = new Set<string>();
      const went = some(steps(best, allowed), (step) => {
        what.add(step.what);
        return keep(step.scenario);
      });
      if (!went) return { scenario: best, certificate: { tried: judged.size, what: [...what], complete: true } };
    }
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
  }
  return { scenario: best, certificate: { tried: judged.size, what: [], complete: false } };
}

function some<T>(all: Iterable<T>, test: (one: T) => boolean): boolean {
  for (const one of all) if (test(one)) return true;
  return false;
}
