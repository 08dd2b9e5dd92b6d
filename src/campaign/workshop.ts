/**
 * Where a campaign's tasks are done: this thread or a worker thread open one with the same setup and run the same code. A workshop keeps
 * what is expensive to make, the trials and the generators, and nothing that could change an answer.
 */
import { ScenarioArbitrary } from '../arbitraries/scenario.ts';
import { GENERATOR_VERSION, scenarioAt } from '../arbitraries/seeded.ts';
import type { Strategy } from '../contract/strategy.ts';
import { featuresOfMask } from '../scenario/features-of.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { isValid } from '../scenario/validate.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { Trials } from '../trial/trials.ts';
import { Classified, assumptionsOf, namesOf } from './assumptions.ts';
import { runBlock } from './block.ts';
import { Ledger } from './counter.ts';
import { verdictText } from './court.ts';
import type { Court } from './court.ts';
import { findCase } from './find.ts';
import type { News } from './fold.ts';
import { Selection } from './selection.ts';
import { siteFacts } from './shares.ts';
import type {
  Drawing, Executor, Judgement, JudgeResult, JudgeTask, MinimiseResult, MinimiseTask, Noticed, ResultOf, StrategySource, Task, TaskResult, WorkshopSetup,
} from './task.ts';

export class Workshop {
  readonly #court: Court;
  readonly #arbitraries = new Map<string, ScenarioArbitrary>();
  readonly #ledger = new Ledger();
  readonly #announced = new Map<string, Selection>();

  /** Throws AssemblyError for a strategy's text that does not assemble, RangeError for a name that is no built-in's. */
  constructor(setup: WorkshopSetup) {
    this.#court = new Trials(setup.strategies.map(strategyOf));
  }

  /** The same answer to the same task, whatever was done before. Only what `noticed` is told of depends on that: nothing twice. */
  execute<T extends Task>(task: T, noticed?: Noticed): ResultOf<T> {
    return this.#answer(task, noticed) as ResultOf<T>;
  }

  #answer(task: Task, noticed: Noticed | undefined): TaskResult {
    const court = this.#court;
    switch (task.kind) {
      case 'describe':
        return {
          kind: 'describe', modelHash: court.modelHash, hashes: court.strategies.map((_, index) => court.strategyHash(index)), generator: GENERATOR_VERSION,
          sites: court.strategies.map((_, index) => (court.coverage?.sitesOf(index) ?? []).map(siteFacts)),
        };
      case 'block': {
        const { allowed } = this.#arbitrary(task.drawing);
        return runBlock({
          court, ledger: this.#ledger, draw: (block, run) => this.#draw(task.drawing, block, run),
          problem: (classified) => {
            const more = classified.features & ~allowed;
            return more === 0 ? undefined : `a scenario with features that are switched off: ${[...featuresOfMask(more)].join(', ')}`;
          },
          ...(noticed === undefined || task.announce === undefined ? {} : { noticed: this.#announcer(task.drawing, task.announce, noticed) }),
        }, task);
      }
      case 'minimise': return this.#find(task);
      case 'judge': return judge(court, task);
    }
  }

  #find(task: MinimiseTask): MinimiseResult {
    const { block, run } = task.tally;
    try {
      return findCase({ court: this.#court, arbitrary: this.#arbitrary(task.drawing), original: task.given?.scenario ?? this.#draw(task.drawing, block, run) }, task);
    } catch (error) {
      return { kind: 'minimise', fault: { kind: 'crash', block, run, message: error instanceof Error ? error.message : String(error) } };
    }
  }

  /** Tells of what this workshop has not told of before, as it was drawn. */
  #announcer(drawing: Drawing, announce: 'every' | 'first', noticed: Noticed): (news: News) => void {
    const key = `${drawing.seed} ${drawing.features.join()} ${announce}`;
    const selection = this.#announced.get(key) ?? new Selection(announce === 'every');
    this.#announced.set(key, selection);
    return (news) => {
      if (!selection.take(news)) return;
      const { finding } = this.#find({ kind: 'minimise', drawing, ...news, candidates: 0 });
      if (finding !== undefined) noticed({ ...news, finding });
    };
  }

  #arbitrary({ features }: Drawing): ScenarioArbitrary {
    const key = features.join();
    const known = this.#arbitraries.get(key) ?? new ScenarioArbitrary({ features });
    this.#arbitraries.set(key, known);
    return known;
  }

  #draw(drawing: Drawing, block: number, run: number): Scenario {
    return scenarioAt(this.#arbitrary(drawing), drawing.seed, block, run);
  }
}

export function openWorkshop(setup: WorkshopSetup): Workshop {
  return new Workshop(setup);
}

/** Does tasks on this thread, one after the other. `breathe` is awaited before each, so that signals and timers get their turn. */
export function inProcess(workshop: Workshop, breathe: () => Promise<void> = async () => undefined): Executor {
  return {
    width: 1,
    async run<T extends Task>(task: T, noticed?: Noticed): Promise<ResultOf<T>> {
      await breathe();
      return workshop.execute(task, noticed);
    },
  };
}

function strategyOf(source: StrategySource): Strategy {
  if (typeof source !== 'string') return source;
  const found = BUILT_IN.find((it) => it.name === source);
  if (found === undefined) throw new RangeError(`no built-in strategy is called ${source}`);
  return found;
}

function judge(court: Court, { scenario, strategies }: JudgeTask): JudgeResult {
  if (!isValid(scenario)) throw new RangeError('a scenario to be judged is not valid');
  const classified = new Classified(scenario);
  court.load(scenario);
  const judgements = strategies.map((strategy): Judgement => {
    const assumptions = assumptionsOf(court.strategies[strategy]?.claim ?? { kind: 'breaks', obligations: [] });
    const outside = namesOf(classified.outside(assumptions), assumptions);
    if (!court.applicable(strategy)) return { strategy, outcome: 'not-applicable', violations: [], outside };
    const { outcome, violations } = court.run(strategy);
    return { strategy, outcome, violations: violations.map(({ obligation, edge, place }) => ({ obligation, edge, place })), outside };
  });
  const failed = judgements.some((it) => it.outcome === 'violated');
  if (!failed || !court.isProgramFault()) return { kind: 'judge', judgements };
  return { kind: 'judge', judgements, fault: { kind: 'program', block: 0, run: 0, message: `a given scenario fails without any strategy: ${verdictText(court.run(strategies[0] ?? 0))}` } };
}
