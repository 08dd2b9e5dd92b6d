/** What a strategy promises. A claim is refuted by a trial that satisfies all its assumptions and breaks an obligation that it covers. */
import type { Feature } from '../scenario/features.ts';
import type { ObligationName } from './obligations.ts';

/**
 * Named predicates on a scenario that are not merely the absence of a feature:
 * `stack-room`                  what a strategy keeps on the kernel stack never meets frames that are live;
 * `bounded-sibling-chains`      the number of pending hooked returns at one r1 is bounded;
 * `no-traced-replacements`      no replacement's own mcount site is active;
 * `bounded-hook-depth`          at most 64 hooked returns are ever pending in one task, those of handlers in it included;
 * `no-reused-stacks`            no task begins again on its stack as it was left (a new task may have it);
 * `no-replacement-siblings`     no replacement ends in a sibling call of either kind (ordinary functions may).
 */
export const PREMISES = ['stack-room', 'bounded-sibling-chains', 'no-traced-replacements', 'no-replacement-siblings', 'bounded-hook-depth', 'no-reused-stacks'] as const;
export type Premise = (typeof PREMISES)[number];

/** `no-FEATURE` is the absence of a feature. */
export type Assumption = `no-${Feature}` | Premise;

export type Claim =
  | { readonly kind: 'holds'; readonly assuming: readonly Assumption[] }
  /** Breaks at least these; others that are found are listed. */
  | { readonly kind: 'breaks'; readonly obligations: readonly ObligationName[] };
