/**
 * The mutants that are neither caught nor proved equal, over every scenario of a bound, beside their original. Slices are folded in order, so that
 * nobody can see how many workers did them.
 */
import type { HookingStyle } from '../kernel/core.ts';
import type { MutationAnswer, MutationTask } from './mutant-court.ts';
import { PHASE_OF } from './mutant-court.ts';
import type { PartPlan } from './exhaust-plan.ts';
import { sliceOf } from './exhaust-plan.ts';
import type { BoundResult } from './mutant-exhaust.ts';
import { note } from './mutate-fate.ts';
import type { Fate } from './mutate-fate.ts';
import type { BoundPart } from './mutate-report.ts';
import { Pump } from './pump.ts';

/** A part of the bound in one style of hooking. */
export interface StyledPart extends PartPlan {
  readonly hooked: HookingStyle;
}

export interface BoundRun {
  /** Who is left; the tasks know them by their place here. */
  readonly suspects: readonly Fate[];
  /** One style after the other. */
  readonly parts: readonly StyledPart[];
  /** Trials within the claim that one of them has behind it, and those of them with interrupts. */
  readonly behind: (fate: Fate) => { readonly trials: number; readonly withInterrupts: number };
  readonly width: number;
  readonly run: <T extends MutationTask>(task: T) => Promise<MutationAnswer<T>>;
  readonly progress: (alive: number, scenarios: number) => void;
}

export interface BoundOutcome {
  readonly parts: readonly BoundPart[];
  /** The original breaks its own claim there. */
  readonly refuted?: { readonly hooked: HookingStyle; readonly part: BoundPart['part'] } & NonNullable<BoundResult['refuted']>;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const alive = (suspects: readonly Fate[], style: HookingStyle): number[] =>
  suspects.flatMap((it, i) => (it.caught === undefined && it.mutant.styles.includes(style) ? [i] : []));

/** A part ends early where everybody whom it is about is caught, all of it where the original is refuted. */
export async function overBound(bound: BoundRun): Promise<BoundOutcome> {
  const { suspects, run } = bound;
  const parts: Writable<BoundPart>[] = [];
  let refuted: BoundOutcome['refuted'];
  for (const plan of bound.parts) {
    const { hooked, part, expected } = plan;
    const over = (): boolean => refuted !== undefined || alive(suspects, hooked).length === 0;
    if (over()) continue;
    const done: Writable<BoundPart> = { hooked, part, expected, enumerated: 0, complete: false, within: 0, interrupts: 0, undecided: 0 };
    const earlier = [...parts];
    parts.push(done);
    const early = new Map<number, BoundResult>();
    let asked = 0;
    let folded = 0;
    const fold = (result: BoundResult): void => {
      for (const one of result.catches) {
        const fate = suspects[one.mutant]!;
        if (fate.caught !== undefined) continue;
        const phase = PHASE_OF[part];
        const here = done.within + one.trials;
        const met = earlier.filter((it) => fate.mutant.styles.includes(it.hooked));
        const before = bound.behind(fate);
        const interrupted = met.reduce((sum, it) => sum + (PHASE_OF[it.part] === 'on' ? it.within : 0), before.withInterrupts);
        fate.caught = {
          catch: one, style: hooked, phase, afterTrials: met.reduce((sum, it) => sum + it.within, before.trials) + here,
          withInterrupts: phase === 'on' ? interrupted + here : 0, inBound: true,
        };
      }
      note(suspects, result.open, result.witnesses);
      done.enumerated += result.scenarios;
      done.within += result.trials;
      done.interrupts += result.interrupts;
      done.undecided += result.undecided;
      if (result.refuted !== undefined) refuted = { hooked, part, ...result.refuted };
    };
    await new Pump(bound.width).drain(() => {
      if (asked >= plan.slices || over()) return undefined;
      const number = asked++;
      return async () => {
        early.set(number, await run({ ...sliceOf(plan, number), kind: 'bound', style: hooked, alive: alive(suspects, hooked) }));
        for (let due = early.get(folded); due !== undefined; due = early.get(folded)) {
          early.delete(folded++);
          // What was asked for beyond the last that is needed is forgotten.
          if (!over()) fold(due);
          bound.progress(suspects.filter((it) => it.caught === undefined).length, done.enumerated);
        }
      };
    });
    done.complete = !over();
  }
  await Promise.all(suspects.map(async (fate) => {
    if (fate.caught !== undefined) fate.described = await run({ kind: 'describe', style: fate.caught.style, phase: fate.caught.phase, caught: fate.caught.catch, minimise: 0 });
  }));
  return { parts, ...(refuted === undefined ? {} : { refuted }) };
}
