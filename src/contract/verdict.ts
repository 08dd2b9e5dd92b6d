/** What the judge says of one trial. Plain data. */
import type { CallKind, Region } from '../scenario/scenario.ts';
import type { ObligationName } from './obligations.ts';

/** The kind of return edge at which a violation was seen: the pending call's kind, `root` (call 0), or `none`. */
export type ReturnEdge = CallKind | 'root' | 'none';

export interface Violation {
  readonly obligation: ObligationName;
  /** Address of the instruction at which it was noticed, 64-bit unsigned. */
  readonly address: bigint;
  /** The pending call's id at that point (0: the context's first), and its kind. */
  readonly call: number;
  readonly edge: ReturnEdge;
  /** Label of the strategy's code that is held responsible (nearest label at or before the last hook instruction run), or the region's name. */
  readonly place: string;
  readonly region: Region | 'interrupt' | 'start';
  /** What was looked at ("r2", "24(r1)", "r3", "pc"), and both values, 64-bit unsigned. */
  readonly subject: string;
  readonly expected: bigint;
  readonly found: bigint;
  /** Address of the instruction that did the damage, when it was seen earlier than noticed. */
  readonly cause?: bigint;
  /** Instructions executed when it was noticed. */
  readonly step: number;
}

export type Outcome = 'holds' | 'violated' | 'out-of-budget' | 'undecided';

export interface Verdict {
  readonly outcome: Outcome;
  /** In the order noticed; the fatal one, if any, is last. Empty exactly when the outcome is not `violated`. */
  readonly violations: readonly Violation[];
  readonly instructions: number;
}

/** What makes two findings the same bug: held fixed while a counterexample is minimised. */
export interface Signature {
  readonly strategy: string;
  readonly obligation: ObligationName;
  readonly edge: ReturnEdge;
  readonly place: string;
}
