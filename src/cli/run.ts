/** One scenario under one strategy, for `replay` and `explain`: judged, recorded, put into words. */
import { sentenceOf } from '../campaign/sentence.ts';
import { severityOf } from '../campaign/fold.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Verdict, Violation } from '../contract/verdict.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { TraceStep } from '../trial/record.ts';
import { Trials } from '../trial/trials.ts';

/** Steps of a run that are kept in memory at most; a longer run is out of budget anyway. */
const MOST_STEPS = 2_000_000;

export class SingleRun {
  readonly strategy: Strategy;
  readonly scenario: Scenario;
  readonly trials: Trials;

  /** Throws AssemblyError where the strategy's code cannot be taken. */
  constructor(strategy: Strategy, scenario: Scenario) {
    this.strategy = strategy;
    this.scenario = scenario;
    this.trials = new Trials([strategy]);
    this.trials.load(scenario);
  }

  get applicable(): boolean { return this.trials.applicable(0); }

  get hash(): string { return this.trials.strategyHash(0); }

  verdict(): Verdict {
    const { outcome, violations, instructions } = this.trials.run(0);
    return { outcome, violations: [...violations], instructions };
  }

  digest(): string { return this.trials.digest(0); }

  record(): readonly TraceStep[] {
    const steps: TraceStep[] = [];
    this.trials.record(0, (step) => { if (steps.length < MOST_STEPS) steps.push(step); });
    return steps;
  }

  /** The name of an address in the program that ran last. */
  nameOf(address: bigint): string | undefined {
    const symbol = this.trials.symbolOf(address);
    return symbol.startsWith('0x') ? undefined : symbol;
  }

  /** The instruction at an address of the program that ran last; undefined where no code is. */
  textOf(address: bigint): string | undefined {
    return this.trials.textOf(address);
  }

  sentence(violation: Violation): string {
    const { expected, found, cause } = violation;
    const names = { expected: this.nameOf(expected), found: this.nameOf(found) };
    return sentenceOf(violation, this.scenario, {
      at: this.trials.symbolOf(violation.address),
      ...(cause === undefined || cause === violation.address ? {} : { cause: this.trials.symbolOf(cause) }),
      ...(names.expected === undefined ? {} : { expected: names.expected }), ...(names.found === undefined ? {} : { found: names.found }),
    });
  }
}

/** The worst violation: the one that a report is about when nothing else is asked for. */
export function worstOf(violations: readonly Violation[]): Violation | undefined {
  return [...violations].sort((a, b) => severityOf(a.obligation) - severityOf(b.obligation))[0];
}
