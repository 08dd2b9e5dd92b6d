/** Which scenarios and runs a kernel is given, with what the model says of each. */
import type { Strategy, StrategyCode } from '../../contract/strategy.ts';
import { GENERATED_CODE_POINTS } from '../../contract/strategy.ts';
import type { Feature } from '../../scenario/features.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { NOT_RUNNABLE, RUNNABLE } from '../runnable.ts';
import { notRunnable } from './hooks.ts';
import type { ModelSide, SideRun } from './model-side.ts';

/** An emulated process can have them where it is told; a guest has its own, when it will. */
const INTERRUPTS = ['interrupt', 'interrupt-nested', 'irq-stack', 'emergency-stack'] as const;

/** Why a scenario with such a feature is not built as modules. */
export const NOT_BUILT: ReadonlyMap<Feature, string> = new Map<Feature, string>([
  ...[...NOT_RUNNABLE.keys(), ...INTERRUPTS].map((feature) => [feature, 'runs are by one task without interrupts'] as const),
  ['far', 'only kernel-redirect and kernel-livepatch put modules where they are to lie'],
  ['out-of-line', 'this kernel calls ftrace in line'],
]);
export const BUILT: readonly Feature[] = RUNNABLE.filter((feature) => !NOT_BUILT.has(feature));

/** Bytes of stack of a run at most: what events and exceptions need must have room below. */
const DEEPEST = 10_000;

export interface ComparedRun {
  readonly scenario: number;
  /** Index in the strategies, -1: unpatched. */
  readonly strategy: number;
  readonly set: number;
  readonly most: number;
  readonly ours: SideRun;
  /** In the model. */
  readonly number: number;
  readonly patched: boolean;
}

export interface Plan {
  /** Strategies whose assembly can run there. */
  readonly strategies: readonly Strategy[];
  readonly sets: readonly (StrategyCode | undefined)[];
  readonly runs: readonly ComparedRun[];
  /** Runs that are not made, by why. */
  readonly left: ReadonlyMap<string, number>;
  /** Makes one again in the model. */
  readonly again: (run: ComparedRun) => SideRun;
}

const REPLACEMENT_POINTS = GENERATED_CODE_POINTS.filter((point) => point !== 'traced_global_entry');
const keyOf = ({ code }: Strategy): string => JSON.stringify(REPLACEMENT_POINTS.map((point) => code[point] ?? null));

/** Strategies redirected with ftrace, and unpatched. `model` has `all` of them, in this order. */
export function redirectPlan(scenarios: readonly Scenario[], all: readonly Strategy[], model: ModelSide): Plan {
  const strategies = all.filter((it) => notRunnable(it) === undefined), keys = [...new Set(strategies.map(keyOf))];
  const sets = keys.map((key) => {
    const { code } = strategies.find((it) => keyOf(it) === key)!;
    return REPLACEMENT_POINTS.some((point) => code[point] !== undefined) ? code : undefined;
  });
  return planned(scenarios, model, strategies, sets, [-1, ...strategies.keys()].map((strategy) => ({
    strategy, number: all.indexOf(strategies[Math.max(0, strategy)]!), patched: strategy >= 0, set: strategy < 0 ? 0 : keys.indexOf(keyOf(strategies[strategy]!)),
  })), true);
}

/** One strategy as the kernel itself has it, patched or not. */
export function livePlan(scenarios: readonly Scenario[], number: number, model: ModelSide, patched: boolean): Plan {
  return planned(scenarios, model, [], [undefined], [{ strategy: -1, number, patched, set: 0 }], false);
}

interface Kind {
  readonly strategy: number;
  /** In the model. */
  readonly number: number;
  readonly patched: boolean;
  readonly set: number;
}

function planned(scenarios: readonly Scenario[], model: ModelSide, strategies: readonly Strategy[], sets: Plan['sets'], kinds: readonly Kind[], hooks: boolean): Plan {
  const runs: ComparedRun[] = [], left = new Map<string, number>();
  scenarios.forEach((it, scenario) => {
    for (const { strategy, number, patched, set } of kinds) {
      const ours = model.run(it, number, patched, hooks), why = whyNot(ours);
      if (why !== undefined) left.set(why, (left.get(why) ?? 0) + 1);
      else runs.push({ scenario, strategy, set, ours, number, patched, most: ours.events.length + (ours.end === 'wild' ? 0 : SPARE) });
    }
  });
  // What ends in an Oops comes last.
  runs.sort((a, b) => Number(faults(a.ours)) - Number(faults(b.ours)) || a.set - b.set);
  return { strategies, sets, runs, left, again: ({ scenario, number, patched }) => model.run(scenarios[scenario]!, number, patched, hooks) };
}

/** Events that a kernel's run may have more than the model's before it is stopped. */
export const SPARE = 16;

const faults = ({ end }: SideRun): boolean => end !== 'end' && end !== 'astray' && end !== 'wild';

function whyNot({ end, events, deepest }: SideRun): string | undefined {
  if (end === 'endless') return 'without an end';
  if (events.length === 0) return 'without an event';
  return deepest > DEEPEST ? 'deep on the stack' : undefined;
}
