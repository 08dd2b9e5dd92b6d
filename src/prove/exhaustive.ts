/**
 * Proofs beside an exhaustive bound: every scenario of it that lies in a set that is proved is run, with an interrupt or a switch at every instruction too. None may fail, or one of the two is wrong. And so that it is seen
 * that the bound comes to where proofs end, what fails outside of the proved sets is counted.
 */
import { isSubset } from '../borders/antichain.ts';
import { Cursor } from '../enumerate/cursor.ts';
import type { Bound } from '../enumerate/bound.ts';
import type { Verdict, Violation } from '../contract/verdict.ts';
import { printScenario } from '../scenario/notation-print.ts';
import type { Anchor, Scenario } from '../scenario/scenario.ts';
import { Fork } from '../trial/fork.ts';
import { interrupted, rootsOf } from '../trial/forked.ts';
import type { Landing } from '../trial/forked.ts';
import { Trials } from '../trial/trials.ts';
import { contradicting } from './envelope-session.ts';
import type { ConfrontedEnvelope } from './envelope-session.ts';
import { liesIn } from './envelope.ts';
import { setOf } from './sets.ts';
import type { Contradiction } from './verdict.ts';
import { covered } from './witness.ts';

/** What lands at every instruction. `switches`: a tick, on whose way out the task is preempted by another one, or comes back, on the other CPU too. */
export type Landings = 'nothing' | 'interrupts' | 'switches';

export interface Bounded {
  readonly name: string;
  /** Scenarios that lie in a proved set. */
  readonly scenarios: number;
  /** Interrupts and switches in such. */
  readonly landings: number;
  /** Largest proved sets, and those of them in which the bound has a scenario with a patched function. */
  readonly sets: number;
  readonly reached: number;
  /** Scenarios and landings outside of the proved sets in which an obligation fails that proofs cover. */
  readonly broken: number;
  readonly contradictions: readonly Contradiction[];
}

/** Whatever the place, the features are the same. */
const ANYWHERE: Anchor = { context: 'task', call: 0, occurrence: 1, region: 'callee', step: 0 };

/** Runs a bound beside the envelope that proofs have given the prover's strategy. */
export function confrontBound({ prover: { strategy }, envelope }: Pick<ConfrontedEnvelope, 'prover' | 'envelope'>, bound: Bound, what: Landings): Bounded {
  const trials = new Trials([strategy]), fork = new Fork(trials.engine), proved = envelope.fatal.proved, reached = new Set<number>(), contradictions: Contradiction[] = [];
  let scenarios = 0, landings = 0, broken = 0;
  const judged = (violation: Violation | undefined, set: bigint, scenario: () => Scenario): void => {
    if (violation === undefined) return;
    const wrong = contradicting(violation, set, envelope);
    if (wrong === undefined) broken++;
    else contradictions.push({ strategy: strategy.name, violation: { ...wrong }, notation: printScenario(scenario()) });
  };
  /** Whether a proof speaks of such a scenario. */
  const entered = (set: bigint): boolean => {
    proved.forEach(({ mask }, i) => { if (isSubset(set, mask)) reached.add(i); });
    return liesIn(set, proved);
  };
  new Cursor(bound).visit(0, Infinity, (scenario) => {
    if (!scenario.functions.some(({ replacement }) => replacement !== undefined)) return;
    trials.load(scenario);
    if (!trials.applicable(0)) return;
    const verdict = trials.run(0), alone: Verdict = { ...verdict, violations: verdict.violations.map((it) => ({ ...it })) };
    if (what === 'nothing') {
      const set = setOf(scenario);
      if (entered(set)) scenarios++;
      judged(covered(alone), set, () => scenario);
      return;
    }
    const all = landingsOf(scenario, what), sets = all.map((landing) => setOf(interrupted(scenario, landing, ANYWHERE))), inside = sets.map(entered), before = fork.counts.interrupts;
    if (all.length === 0) return;
    fork.run(scenario, 0, alone, all, ({ handler, anchor, verdict: its }) => {
      const own = { ...its, violations: its.violations.filter((it) => !alone.violations.some((one) => one.obligation === it.obligation && one.place === it.place && one.edge === it.edge)) };
      judged(covered(own), sets[handler]!, () => interrupted(scenario, all[handler]!, anchor));
    });
    const each = (fork.counts.interrupts - before) / all.length;
    for (const is of inside) if (is) landings += each;
    if (inside.some((is) => is)) scenarios++;
  });
  return { name: strategy.name, scenarios, landings, sets: proved.length, reached: reached.size, broken, contradictions };
}

function landingsOf(scenario: Scenario, what: Exclude<Landings, 'nothing'>): Landing[] {
  const roots = rootsOf(scenario);
  if (what === 'interrupts') return roots.flatMap((id): Landing[] => [{ function: id, ownStack: false }, { function: id, ownStack: true }]);
  return [...roots.map((away): Landing => ({ away, cpu: 0 })), { away: null, cpu: 0 }, { away: null, cpu: 1 }];
}
