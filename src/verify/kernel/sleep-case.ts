/** A scenario in which a task sleeps on a booted kernel, and the model's run of it. */
import type { Scenario } from '../../scenario/scenario.ts';
import type { SleepRun } from './sleep-model.ts';

/** What the sleeper is: the second patch's version of a function, behind a hook; whatever the first patch alone makes of it; or that, and nobody is given a replacement who has none. */
export const SLEEPER_KINDS = ['second', 'first', 'as drawn'] as const;
export type SleeperKind = (typeof SLEEPER_KINDS)[number];

export interface SleepCase {
  /** What it was made of. */
  readonly drawn: Scenario;
  readonly scenario: Scenario;
  readonly ours: SleepRun;
  /** Of kernel-unload. */
  readonly sleeper?: SleeperKind;
}
