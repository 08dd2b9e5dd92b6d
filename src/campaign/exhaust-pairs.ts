/**
 * Two switches in one run, at every pair of boundaries: the task is preempted at one of its own, another task begins, which is preempted at one of its own
 * in turn, wherever it is, in a hook as well; then the first one goes on to its end, and then the other. Both are on one CPU.
 *
 * There is nothing to fork here, as what the second switch leaves is the very difference that is asked about: each pair is a run from the beginning. What
 * the boundaries are called is taken from the run of either task by itself (fork.ts, which visits each). How many pairs there must be is counted
 * by another road: each instruction of a task's own run has one boundary in front of it, and so has the host call at which it is done, which does not
 * count as one; those excepted that no anchor names.
 */
import type { Verdict } from '../contract/verdict.ts';
import type { Anchor, Scenario, World } from '../scenario/scenario.ts';
import { styleField } from '../scenario/world.ts';
import { Fork } from '../trial/fork.ts';
import type { Turn } from '../trial/forked.ts';
import type { Trials } from '../trial/trials.ts';

/** A turn at which nobody else wants the CPU: the cheapest way to have each boundary visited. */
const NOBODY: readonly Turn[] = [{ away: null, cpu: 0 }];

/** The boundaries of one task's own run. */
interface Walk {
  readonly anchors: readonly Anchor[];
  /** Boundaries that can be named, as many as the run's instructions say. */
  readonly expected: number;
}

export interface PairVisit {
  /** The scenario with both switches. */
  readonly whole: Scenario;
  /** Good until the next run. */
  readonly verdict: Verdict;
  /** Both have arrived. */
  readonly delivered: boolean;
  /** Number of the pair in its scenario. */
  readonly pair: number;
}

export interface PairCounts {
  /** Boundaries of the first task's run, and such that no anchor names. */
  readonly boundaries: number;
  readonly unnamed: number;
  readonly pairs: number;
  readonly expected: number;
  /** Runs longer than anchors can say: their pairs cannot be counted by their instructions. */
  readonly cut: number;
}

export class Pairs {
  readonly #trials: Trials;

  constructor(trials: Trials) {
    this.#trials = trials;
  }

  /** All pairs of a scenario, which has nothing around it but how its functions are hooked, under a strategy (index); the other task begins with each of `starts`. */
  run(scenario: Scenario, strategy: number, starts: readonly number[], visit: (it: PairVisit) => void): PairCounts {
    const trials = this.#trials;
    const first = this.#walk(scenario, strategy);
    let pairs = 0, expected = 0, cut = first.cut;
    for (const start of starts) {
      const second = this.#walk({ ...scenario, start }, strategy);
      cut += second.cut;
      expected += first.expected * second.expected;
      for (const away of first.anchors) {
        for (const back of second.anchors) {
          const whole = paired(scenario, start, away, back);
          trials.load(whole);
          const verdict = trials.run(strategy);
          visit({ whole, verdict, delivered: trials.engine.deliveries === 2, pair: pairs });
          pairs++;
        }
      }
    }
    return { boundaries: first.anchors.length, unnamed: first.unnamed, pairs, expected, cut };
  }

  #walk(scenario: Scenario, strategy: number): Walk & { readonly unnamed: number; readonly cut: number } {
    const trials = this.#trials;
    trials.load(scenario);
    const { outcome, violations, instructions } = trials.run(strategy);
    const fork = new Fork(trials.engine);
    const anchors: Anchor[] = [];
    fork.run(scenario, strategy, { outcome, violations: [...violations], instructions }, NOBODY, ({ anchor }) => { anchors.push(anchor); },
      (_handler, _boundary, anchor) => { anchors.push(anchor); });
    const { unnamed, cut } = fork.counts;
    return { anchors, expected: instructions + 1 - unnamed, unnamed, cut };
  }
}

/** The scenario with a second task, and both switches. */
export function paired(scenario: Scenario, start: number, away: Anchor, back: Anchor): Scenario {
  const world: World = {
    tasks: [{ id: 2, start, cpu: 0 }], sleepers: [], ...styleField(scenario),
    switches: [{ id: 1, at: away, cpu: 0 }, { id: 2, at: { ...back, context: 'task2' }, cpu: 0 }],
  };
  return { ...scenario, world };
}
