/** The canaries' own hunt: a few scenarios of one block after the other until each is caught, up to their budget. */
import { Fold } from './fold.ts';
import type { Accused } from './plan.ts';
import type { CanaryReport } from './report.ts';
import { CANARY_BUDGET } from './ruling.ts';
import type { Drawing, Executor, Fault } from './task.ts';

/** Of each block. Canaries are caught by one of the first scenarios or so, and a short campaign is not to take its time for them. */
const HUNT_RUNS = 50;

export interface Hunt {
  readonly canaries: readonly CanaryReport[];
  readonly faults: readonly Fault[];
}

export async function huntCanaries(canaries: readonly Accused[], drawing: Drawing, executor: Executor): Promise<Hunt> {
  const fold = new Fold(Math.max(-1, ...canaries.map((it) => it.index)) + 1);
  const report = (): CanaryReport[] => canaries.map(({ index, strategy }) => {
    const totals = fold.totals[index];
    // Caught at what it claims to break: a repaired one may still break something else.
    const claimed = strategy.claim.kind === 'breaks' ? strategy.claim.obligations : [];
    const after = [...totals?.signatures.values() ?? []].filter((it) => claimed.includes(it.obligation)).map((it) => it.afterTrials);
    return { name: strategy.name, trials: totals?.trials ?? 0, caught: after.length > 0, ...(after.length > 0 ? { afterTrials: Math.min(...after) } : {}) };
  });
  for (let block = 0; block < CANARY_BUDGET / HUNT_RUNS && canaries.length > 0; block++) {
    fold.offer(block, await executor.run({ kind: 'block', drawing, block, runs: HUNT_RUNS, strategies: canaries.map((it) => it.index) }));
    if (report().every((it) => it.caught)) break;
  }
  return { canaries: report(), faults: fold.faults.map((it) => ({ ...it, during: 'canaries' })) };
}
