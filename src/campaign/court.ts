/** What a campaign needs of whoever judges single runs: the part of `trial`'s Trials that it uses, so that a test can put a predicate in its place. */
import type { Strategy } from '../contract/strategy.ts';
import type { Verdict, Violation } from '../contract/verdict.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Coverage } from '../trial/coverage.ts';

export interface Court {
  readonly strategies: readonly Strategy[];
  /** All strategies (indexes), in the order in which running them on one scenario is cheapest. Default: as they come. */
  readonly order?: readonly number[];
  /** By index in WITNESSES; grows until set back. Only runs under a strategy count. */
  readonly witnesses: Float64Array;
  /** Takes a valid scenario, for the runs that follow. */
  load(scenario: Scenario): void;
  applicable(strategy: number): boolean;
  run(strategy: number): Verdict;
  /** The loaded scenario fails without a patch or under the control hook: no strategy is to blame. */
  isProgramFault(): boolean;
  digest(strategy: number): string;
  /** What the newest run was at; absent: nothing is known of that. */
  readonly coverage?: Pick<Coverage, 'sites' | 'siteCount' | 'situations' | 'situationCount' | 'sitesOf'>;
  readonly modelHash: string;
  strategyHash(strategy: number): string;
  symbolOf(address: bigint): string;
  /** Disassembly of the instruction at an address of the program that ran last; undefined where no code is. */
  textOf(address: bigint): string | undefined;
}

/** Everything of a verdict that a second run must repeat. */
export function verdictText(verdict: Verdict): string {
  return `${verdict.outcome} ${verdict.instructions} ${verdict.violations.map(violationText).join(' ')}`;
}

function violationText(it: Violation): string {
  return [it.obligation, it.address, it.call, it.edge, it.place, it.region, it.subject, it.expected, it.found, it.cause ?? '-', it.step].join('|');
}
