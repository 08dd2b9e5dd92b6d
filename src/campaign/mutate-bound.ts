/**
 * The mutants that are neither caught nor proved equal, over every scenario of a bound, beside their original. Slices are folded in order, so that
 * nobody can see how many workers did them.
 */
import type { MutationAnswer, MutationTask } from './mutant-court.ts';
import { PHASE_OF } from './mutant-court.ts';
import type { PartPlan } from './exhaust-plan.ts';
import { sliceOf } from './exhaust-plan.ts';
import type { BoundResult } from './mutant-exhaust.ts';
import { note } from './mutate-fate.ts';
import type { Fate } from './mutate-fate.ts';
import type { BoundPart } from './mutate-report.ts';
import { Pump } from './pump.ts';

export interface BoundRun {
  /** Who is left; the tasks know them by their place here. */
  readonly suspects: readonly Fate[];
  readonly parts: readonly PartPlan[];
  /** Trials within the claim that each of them has behind it, and those of them with interrupts. */
  readonly trials: number;
  readonly withInterrupts: number;
  readonly width: number;
  readonly run: <T extends MutationTask>(task: T) => Promise<MutationAnswer<T>>;
  readonly progress: (alive: number, scenarios: number) => void;
}

export interface BoundOutcome {
  readonly parts: readonly BoundPart[];
  /** The original breaks its own claim there. */
  readonly refuted?: { readonly part: BoundPart['part'] } & NonNullable<BoundResult['refuted']>;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const alive = (suspects: readonly Fate[]): number[] => suspects.flatMap((it, i) => (it.caught === undefined ? [i] : []));

/** Ends early where everybody is caught, or the original refuted. */
export async function overBound(bound: BoundRun): Promise<BoundOutcome> {
  const { suspects, run } = bound;
  const parts = bound.parts.map(({ part, expected }): Writable<BoundPart> => ({ part, expected, enumerated: 0, within: 0, interrupts: 0, undecided: 0 }));
  let refuted: BoundOutcome['refuted'];
  for (const [at, plan] of bound.parts.entries()) {
    const done = parts[at]!;
    const behind = parts.slice(0, at).reduce((sum, it) => sum + it.within, 0);
    const over = (): boolean => refuted !== undefined || alive(suspects).length === 0;
    const early = new Map<number, BoundResult>();
    let asked = 0;
    let folded = 0;
    const fold = (result: BoundResult): void => {
      for (const one of result.catches) {
        const fate = suspects[one.mutant]!;
        if (fate.caught !== undefined) continue;
        const phase = PHASE_OF[plan.part];
        const here = done.within + one.trials;
        fate.caught = {
          catch: one, phase, afterTrials: bound.trials + behind + here, withInterrupts: phase === 'on' ? bound.withInterrupts + here : 0, inBound: true,
        };
      }
      note(suspects, result.open, result.witnesses);
      done.enumerated += result.scenarios;
      done.within += result.trials;
      done.interrupts += result.interrupts;
      done.undecided += result.undecided;
      if (result.refuted !== undefined) refuted = { part: plan.part, ...result.refuted };
    };
    await new Pump(bound.width).drain(() => {
      if (asked >= plan.slices || over()) return undefined;
      const number = asked++;
      return async () => {
        early.set(number, await run({ ...sliceOf(plan, number), kind: 'bound', alive: alive(suspects) }));
        for (let due = early.get(folded); due !== undefined; due = early.get(folded)) {
          early.delete(folded++);
          // What was asked for beyond the last that is needed is forgotten.
          if (!over()) fold(due);
          bound.progress(alive(suspects).length, done.enumerated);
        }
      };
    });
    if (over()) break;
  }
  await Promise.all(suspects.map(async (fate) => {
    if (fate.caught !== undefined) fate.described = await run({ kind: 'describe', phase: fate.caught.phase, caught: fate.caught.catch, minimise: 0 });
  }));
  return { parts, ...(refuted === undefined ? {} : { refuted }) };
}
