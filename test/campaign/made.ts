// An executor that makes up what it answers (`blocks.ts`), from the task alone: campaigns without a machine. Findings have real tokens.
import { assumptionsOf, namesOf } from '../../src/campaign/assumptions.ts';
import type { Finding } from '../../src/campaign/finding.ts';
import type { Executor, MinimiseResult, MinimiseTask, Noticed, ResultOf, Task, TaskResult } from '../../src/campaign/task.ts';
import { encodeToken, tokenPlace } from '../../src/case/token.ts';
import { emptyBody } from '../../src/scenario/versions.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { sizeOf } from '../../src/scenario/size.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { SITES, blockResult, mixed } from './blocks.ts';

/** Few different ones, so that some findings of different blocks come out the same. */
const scenarioOf = (number: number): Scenario => ({
  places: { M: 0, N: 0, P: 0 }, start: 0, interrupts: [],
  functions: [{ id: 0, module: 'M', entry: 'dual', args: 0, variadic: false, traced: number % 2 === 0, body: { ...emptyBody, zone: number % 4 >= 2 } }],
});

export interface Made {
  /** The workshop's. Default: the built-in ones. */
  readonly strategies?: readonly Strategy[];
  /** Turns of the event loop until an answer. */
  readonly delay?: (task: Task) => number;
  /** Gets every task. */
  readonly seen?: Task[];
  /** Blocks and findings with faults, strategies that are not always applicable, findings that are within the claim when they are small. */
  readonly uneven?: boolean;
}

export function findingOf({ strategy, tally, candidates, drawing }: MinimiseTask, accused: Strategy, uneven: boolean): Finding {
  const { obligation, edge, place, block, run, outside, afterTrials } = tally;
  const { name } = accused;
  const raw = candidates === 0;
  const original = scenarioOf(block);
  // What is small may be within the claim although what was drawn is not.
  const needs = uneven && !raw && mixed(block, run, 3) % 3 === 0 ? [] : namesOf(outside, assumptionsOf(accused.claim));
  // What is the same scenario needs the same assumptions.
  const scenario = scenarioOf(2 * (raw ? 0 : mixed(strategy, block, run)) + Number(needs.length > 0));
  return {
    strategy: name, signature: { strategy: name, obligation, edge, place }, withinClaim: needs.length === 0, needs,
    violation: { obligation, address: 1n, call: 0, edge, place, region: 'caller', subject: 'r2', expected: 1n, found: 2n, step: 3 },
    at: { address: 1n, symbol: 'f0' }, scenario, original, drawn: sizeOf(original),
    provenance: { seed: String(drawing.seed), block, run, features: drawing.features, generator: 1 },
    token: encodeToken({ scenario, strategy: { kind: 'built-in', name }, signature: { obligation, edge, place: tokenPlace(place) } }), afterTrials,
    certificate: { tried: candidates, what: raw ? [] : [`step ${block}`], complete: !raw }, expected: {}, instructions: 10, sentence: `${obligation} in block ${block}`,
  };
}

export function made(width: number, { strategies = BUILT_IN, delay = () => 0, seen = [], uneven = false }: Made = {}): Executor {
  const masks = strategies.map((it) => 2 ** assumptionsOf(it.claim).length);
  const minimised = (task: MinimiseTask): MinimiseResult => {
    const accused = strategies[task.strategy];
    if (accused === undefined) throw new RangeError(`strategy ${task.strategy}`);
    const { block, run } = task.tally;
    const trouble = uneven ? mixed(task.strategy, block, run, 5) % 8 : 8;
    if (trouble === 0 || (trouble === 1 && task.candidates > 0)) {
      return { kind: 'minimise', fault: { kind: trouble === 0 ? 'crash' : 'not-reproduced', block, run, message: 'did not recur', ...(trouble === 0 ? {} : { strategy: accused.name }) } };
    }
    return { kind: 'minimise', finding: findingOf(task, accused, uneven) };
  };
  const answer = (task: Task, noticed: Noticed | undefined): TaskResult => {
    switch (task.kind) {
      case 'describe': return { kind: 'describe', modelHash: 'model', hashes: strategies.map((it) => it.name), generator: 1, sites: strategies.map(() => SITES) };
      case 'minimise': return minimised(task);
      case 'judge': return { kind: 'judge', judgements: [] };
      case 'block': {
        const whole = blockResult(task.block, strategies.length, task.runs, { masks, uneven });
        const result = { ...whole, strategies: whole.strategies.filter((it) => task.strategies.includes(it.strategy)) };
        if (task.announce === undefined || noticed === undefined) return result;
        for (const { strategy, signatures } of result.strategies) {
          const accused = strategies[strategy];
          if (accused === undefined) continue;
          for (const tally of signatures) noticed({ strategy, tally, finding: findingOf({ kind: 'minimise', drawing: task.drawing, strategy, tally, candidates: 0 }, accused, uneven) });
        }
        return result;
      }
    }
  };
  return {
    width,
    async run<T extends Task>(task: T, noticed?: Noticed): Promise<ResultOf<T>> {
      seen.push(task);
      for (let turn = delay(task); turn > 0; turn--) await Promise.resolve();
      return answer(task, noticed) as ResultOf<T>;
    },
  };
}
