/** A difference between a kernel's run and the model's, until it is told. */
import type { Scenario } from '../../scenario/scenario.ts';
import type { SleeperKind } from './sleep-case.ts';

export interface Found {
  /** As it was drawn or given. */
  readonly drawn: Scenario;
  /** Of the run: a strategy, and what is done. */
  readonly name: string;
  /** With what was put into it. */
  readonly token: string;
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
  readonly sleeper?: SleeperKind;
  /** Where the model has what differs from, if that is known. */
  readonly where?: () => string | undefined;
}
