/**
 * Smaller scenarios that differ too, where asking costs a boot: a batch of candidates at a time, built and booted together. A batch has all that is one step away (as far as it has room), and some that are several steps away, so that few
 * boots go far; the lightest candidate that differs is the next one to start from. When nothing one step away differs, it is minimal.
 */
import { reductions, weight } from '../../arbitraries/shrink.ts';
import { scenarioText } from '../../scenario/canonical.ts';
import type { Scenario } from '../../scenario/scenario.ts';

export interface Candidate<T> {
  readonly scenario: Scenario;
  readonly found: T;
}

export interface Smaller<T> extends Candidate<T> {
  readonly boots: number;
  /** Candidates that were run. */
  readonly tried: number;
  /** Nothing that is one step away differs. */
  readonly minimal: boolean;
}

export interface SmallerOptions<T> {
  /** Features (a mask) that candidates stay within. */
  readonly allowed: number;
  /** Runs scenarios; of each what differs, undefined where nothing does or it cannot be run. */
  readonly run: (scenarios: readonly Scenario[]) => Promise<readonly (T | undefined)[]>;
  /** Default BOOTS. */
  readonly boots?: number;
}

const BOOTS = 12;
/** Candidates of a boot; of them at most so many leaps of at most so many steps each. */
const ROOM = 60, LEAPS = 30, STEPS = 8;
/** The biggest steps come first: a leap takes one of the first few. */
const FIRST = 6;

export async function smaller<T>(first: Candidate<T>, { allowed, run, boots: most = BOOTS }: SmallerOptions<T>): Promise<Smaller<T>> {
  const asked = new Set([scenarioText(first.scenario)]);
  let best = first, leapt: Scenario | undefined, boots = 0, tried = 0;
  const fresh = (scenario: Scenario): boolean => {
    const text = scenarioText(scenario);
    return !asked.has(text) && asked.add(text) !== undefined;
  };
  for (;;) {
    // Once from each place.
    const leaps = leapt === best.scenario ? [] : leapsFrom(best.scenario, allowed, boots).filter(fresh), steps: Scenario[] = [];
    leapt = best.scenario;
    for (const { scenario } of reductions(best.scenario, allowed)) {
      if (leaps.length + steps.length >= ROOM) break;
      if (fresh(scenario)) steps.push(scenario);
    }
    // Leaps leave room, so every step has been asked about; what a leap came to by one step was asked about with it.
    if (steps.length === 0) return { ...best, boots, tried, minimal: true };
    if (boots === most) return { ...best, boots, tried, minimal: false };
    const candidates = [...leaps, ...steps], differ = (await run(candidates)).flatMap((found, i): Candidate<T>[] => (found === undefined ? [] : [{ scenario: candidates[i]!, found }]));
    boots++;
    tried += candidates.length;
    if (differ.length > 0) best = differ.reduce((a, b) => (weight(b.scenario) < weight(a.scenario) ? b : a));
  }
}

/** The same ones each time. */
function leapsFrom(scenario: Scenario, allowed: number, salt: number): Scenario[] {
  let state = 1 + salt;
  // A small generator of Lehmer's, as in minimal standard C libraries: what is drawn only has to differ.
  const draw = (below: number): number => (state = state * 48_271 % 0x7fffffff) % below;
  return Array.from({ length: LEAPS }, () => {
    let at = scenario;
    for (let left = 2 + draw(STEPS - 1); left > 0; left--) {
      const some: Scenario[] = [];
      for (const { scenario: next } of reductions(at, allowed)) if (some.push(next) === FIRST) break;
      if (some.length === 0) break;
      at = some[draw(some.length)]!;
    }
    return at;
  });
}
