import type { Scenario } from '../../src/scenario/scenario.ts';
import { ownCalls } from '../../src/scenario/versions.ts';

/** Ids of all the calls that a scenario writes down, in its order. */
export function callIds(scenario: Scenario): number[] {
  return scenario.functions.flatMap((fn) => [...fn.body.calls, ...ownCalls(fn, 'replacement')].map((call) => call.id));
}
