/** Which scenarios one task on one CPU of an emulated process can run, and which not. */
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';

/** Why a scenario with such a feature cannot be run there. */
export const NOT_RUNNABLE: ReadonlyMap<Feature, string> = new Map<Feature, string>([
  ...(['tasks', 'preempt', 'sleep', 'migration', 'unwind', 'exit'] as const).map((it) => [it, 'the scheduler is the host\'s'] as const),
  ...(['transitions', 'tracing-off'] as const).map((it) => [it, 'somebody else changes something meanwhile'] as const),
  ...(['graph-tracer', 'other-hooks'] as const).map((it) => [it, 'return hooks of others are the host\'s, or privileged'] as const),
]);

export const RUNNABLE: readonly Feature[] = FEATURES.filter((feature) => !NOT_RUNNABLE.has(feature));
