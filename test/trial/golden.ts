/** Golden cases: a scenario in the notation, a strategy, and what it breaks. The program itself must hold, unpatched and under the control hook. */
import { WITNESSES } from '../../src/contract/witnesses.ts';
import type { WitnessName } from '../../src/contract/witnesses.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Violation } from '../../src/contract/verdict.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { Trials } from '../../src/trial/trials.ts';

const shown = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString(16) : value);

export interface Golden {
  readonly trials: Trials;
  readonly index: (strategy: string) => number;
  /** The broken obligations, or the outcome; `program: ..` where no strategy is to blame. */
  readonly judged: (text: string, strategy: string) => string;
  /** How often a witness was seen in the last case. */
  readonly seen: (name: WitnessName) => number;
}

/** `say`: how a violation is told. Default: its obligation. */
export function golden(strategies: readonly Strategy[], say: (violation: Violation) => string = ({ obligation }) => obligation): Golden {
  const trials = new Trials(strategies);
  const index = (name: string): number => strategies.findIndex((it) => it.name === name);
  return {
    trials, index,
    judged: (text, strategy) => {
      trials.load(parseScenario(text));
      trials.resetWitnesses();
      const unpatched = trials.runUnpatched().outcome, control = trials.runControl();
      // A verdict is written over by the next one.
      const { outcome: controlled } = control;
      if (unpatched !== 'holds' || controlled !== 'holds') return `program: ${unpatched} ${controlled} ${JSON.stringify(control.violations, shown)}`;
      if (!trials.applicable(index(strategy))) return 'not-applicable';
      const { outcome, violations } = trials.run(index(strategy));
      return outcome === 'violated' ? violations.map(say).join(' ') : outcome;
    },
    seen: (name) => trials.witnesses[WITNESSES.findIndex((it) => it.name === name)]!,
  };
}

/** What may happen at an instruction of region ftrace-entry of call 1, in a program with a handler H and a task 2. */
export const AT_EACH_STEP: readonly (readonly [name: string, event: (step: number) => string])[] = [
  ['an interrupt', (step) => `irq 1 at 1 ftrace-entry+${step} runs H`],
  ['a switch', (step) => `switch 1 at 1 ftrace-entry+${step}\nswitch 2 of task2 at 1 ftrace-entry+${step}`],
  ['a migration', (step) => `switch 1 at 1 ftrace-entry+${step} to cpu 1`],
];

/** Z calls A calls B, and C, B's replacement, is asleep. */
export const ASLEEP = `
  Z:M -> local A
  A:M -> local B
  B:M patched traced -> global E
  E:N
  sleep B' walked`;
