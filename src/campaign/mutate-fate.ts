/** What has become of a mutant so far, and its row in the report. */
import type { HookingStyle } from '../kernel/core.ts';
import type { DescribeResult } from './mutant-court.ts';
import type { Phase } from './mutant-corpus.ts';
import type { Catch } from './mutant-lineup.ts';
import type { Mutant } from './mutants.ts';
import type { MutantRow } from './mutate-report.ts';

export interface Fate {
  readonly mutant: Mutant;
  caught?: { readonly catch: Catch; readonly style: HookingStyle; readonly phase: Phase; readonly afterTrials: number; readonly withInterrupts: number; readonly inBound: boolean };
  described?: DescribeResult;
  /** Runs that did not end. */
  open: number;
  /** First witness in which it differs from the original. */
  differs?: string;
}

/** What tasks say of mutants that have not been caught by something earlier. */
export function note(fates: readonly Fate[], open: readonly (readonly [number, number])[], witnesses: readonly (readonly [number, string])[]): void {
  for (const [mutant, runs] of open) fates[mutant]!.open += runs;
  for (const [mutant, witness] of witnesses) fates[mutant]!.differs ??= witness;
}

/**
 * @param proof of a mutant that is proved equal
 * @param fate of any other
 * @param reason reviewed
 * @param whole it has been run over all of the bound, in each style that it is judged in
 */
export function rowOf(
  mutant: Mutant, proof: 'same bytes' | 'same effect' | undefined, fate: Fate | undefined, reason: string | undefined, whole: boolean,
): MutantRow {
  const base = { mutant: mutant.name, kind: mutant.kind, hooked: mutant.styles, strategy: mutant.strategy, also: mutant.also };
  if (proof !== undefined) return { ...base, outcome: 'equivalent', proof };
  const { caught, described, open = 0, differs } = fate ?? {};
  if (caught !== undefined && described !== undefined) {
    const { token, sentence, needsInterrupt } = described;
    const { style, phase, afterTrials, withInterrupts, inBound } = caught;
    return {
      ...base, outcome: 'caught',
      caught: { obligation: caught.catch.obligation, hooked: style, phase, afterTrials, withInterrupts, inBound, token, sentence, needsInterrupt },
    };
  }
  if (reason !== undefined && open === 0 && differs === undefined && whole) return { ...base, outcome: 'equivalent-to-bound', reason };
  return { ...base, outcome: 'survived', ...(open === 0 ? {} : { open }), ...(differs === undefined ? {} : { differs }) };
}
