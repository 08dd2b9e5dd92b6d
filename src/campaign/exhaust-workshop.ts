/** Where the work of an exhaustive run is done: this thread or a worker thread open one with the same setup and run the same code. */
import type { Strategy } from '../contract/strategy.ts';
import { Cursor } from '../enumerate/cursor.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { Trials } from '../trial/trials.ts';
import { SliceRun } from './exhaust-slice.ts';
import type { ExhaustAnswer, ExhaustBench, ExhaustResult, ExhaustSetup, ExhaustTask, Part, ShowResult, ShowTask } from './exhaust-task.ts';
import { sentenceOf } from './sentence.ts';
import type { StrategySource } from './task.ts';

export class ExhaustWorkshop {
  readonly #setup: ExhaustSetup;
  readonly #trials: Trials;
  readonly #cursors: Readonly<Record<Part, Cursor>>;

  /** Throws AssemblyError for a strategy's text that does not assemble, RangeError for a name that is no built-in's. */
  constructor(setup: ExhaustSetup) {
    this.#setup = setup;
    this.#trials = new Trials(setup.strategies.map(strategyOf));
    const { bound, interrupts, switches, pairs } = setup;
    this.#cursors = { pairs: new Cursor(pairs?.bound ?? bound), plain: new Cursor(bound), interrupts: new Cursor(interrupts?.bound ?? bound), switches: new Cursor(switches?.bound ?? bound) };
  }

  /** The same answer to the same task, whatever was done before. */
  execute<T extends ExhaustTask>(task: T): ExhaustAnswer<T> {
    return this.#answer(task) as ExhaustAnswer<T>;
  }

  #answer(task: ExhaustTask): ExhaustResult {
    const trials = this.#trials;
    switch (task.kind) {
      case 'about': return { kind: 'about', modelHash: trials.modelHash, hashes: trials.strategies.map((_, index) => trials.strategyHash(index)) };
      case 'slice': return new SliceRun(trials, this.#cursors[task.part], this.#setup, task).result();
      case 'show': return this.#show(task);
    }
  }

  #show({ strategy, obligation, edge, place, scenario }: ShowTask): ShowResult {
    const trials = this.#trials;
    trials.load(scenario);
    const violation = trials.run(strategy).violations.find((it) => it.obligation === obligation && it.edge === edge && it.place === place);
    if (violation === undefined) return { kind: 'show', sentence: '', fault: `${obligation} at ${edge} in ${place} does not recur` };
    const named = (value: bigint): string | undefined => {
      const symbol = trials.symbolOf(value);
      return symbol.startsWith('0x') ? undefined : symbol;
    };
    const { cause } = violation;
    const expected = named(violation.expected);
    const found = named(violation.found);
    return {
      kind: 'show', fault: null,
      sentence: sentenceOf(violation, scenario, {
        at: trials.symbolOf(violation.address), ...(cause === undefined || cause === violation.address ? {} : { cause: trials.symbolOf(cause) }),
        ...(expected === undefined ? {} : { expected }), ...(found === undefined ? {} : { found }),
      }),
    };
  }
}

/** Does tasks on this thread. `breathe` is awaited before each, so that signals and timers get their turn. */
export function exhaustHere(setup: ExhaustSetup, breathe: () => Promise<void> = async () => undefined): ExhaustBench {
  let workshop: ExhaustWorkshop | undefined;
  return {
    width: 1,
    async run<T extends ExhaustTask>(task: T): Promise<ExhaustAnswer<T>> {
      await breathe();
      workshop ??= new ExhaustWorkshop(setup);
      return workshop.execute(task);
    },
  };
}

function strategyOf(source: StrategySource): Strategy {
  if (typeof source !== 'string') return source;
  const found = BUILT_IN.find((it) => it.name === source);
  if (found === undefined) throw new RangeError(`no built-in strategy is called ${source}`);
  return found;
}
