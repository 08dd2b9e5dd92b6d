/** The exhaustive bound of a gate, as a command line or a configuration names it: `2,1,1`. */
import { exhaust, freshState } from '../campaign/exhaust.ts';
import { planExhaust } from '../campaign/exhaust-plan.ts';
import type { ExhaustPlan } from '../campaign/exhaust-plan.ts';
import type { ExhaustReport } from '../campaign/exhaust-report.ts';
import type { Strategy } from '../contract/strategy.ts';
import { BoundError, wholeBound } from '../enumerate/bound.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { openBench } from './commands/exhaust-threads.ts';
import { UsageError, quoted } from './errors.ts';

/** Every scenario of so many functions, calls and things out of the ordinary, hooked in line, without interrupts. @throws UsageError, CampaignError */
export function planBound(word: string, where: string, strategies: readonly Strategy[], features: readonly Feature[]): ExhaustPlan {
  const [, functions = '', calls = '', special = ''] = /^\s*(\d{1,2})\s*,\s*(\d{1,2})\s*,\s*(\d{1,2})\s*$/.exec(word) ?? [];
  if (functions === '') throw new UsageError(`${where} ${quoted(word)}: expected FUNCTIONS,CALLS,SPECIAL, as 2,1,1`);
  if (features.length < FEATURES.length) throw new UsageError(`${where} goes with all features only: a bound has them as it has them`);
  try {
    return planExhaust({ strategies, bound: wholeBound(Number(functions), Number(calls), Number(special)), interrupts: null, switches: null });
  } catch (error) {
    if (error instanceof BoundError) throw new UsageError(`${where} ${quoted(word)}: ${error.message}`);
    throw error;
  }
}

/** undefined: stopped. */
export async function runBound(plan: ExhaustPlan, threads: number, stopped: () => boolean, progress: (scenarios: number, expected: number) => void): Promise<ExhaustReport | undefined> {
  const bench = openBench(plan.setup, threads);
  try {
    const about = await bench.run({ kind: 'about' });
    const report = await exhaust(plan, bench, about, freshState(plan), { stop: stopped, progress: (it) => { progress(it.scenarios, it.expected); } });
    return report.complete ? report : undefined;
  } finally {
    await bench.close();
  }
}
