/** The calls that a scenario writes down, with who makes them. */
import { ownCalls } from '../scenario/versions.ts';
import type { VersionName } from '../scenario/versions.ts';
import type { Call, Scenario, ScenarioFunction } from '../scenario/scenario.ts';

export interface WrittenCall {
  readonly call: Call;
  readonly owner: ScenarioFunction;
  readonly version: VersionName;
}

/** In the order of the functions, an original's before its replacement's; a replacement `same` writes none. */
export function writtenCalls(scenario: Scenario): WrittenCall[] {
  return scenario.functions.flatMap((owner) => (['original', 'replacement'] as const)
    .flatMap((version) => ownCalls(owner, version).map((call) => ({ call, owner, version }))));
}
