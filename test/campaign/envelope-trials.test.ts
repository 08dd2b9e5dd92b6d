// Campaigns in one set, from block results made by hand: what counts, what is first, and what was judged once.
import { expect, test } from 'vitest';
import { firstBlock, maskOf } from '../../src/campaign/envelope-sets.ts';
import { SetTrials } from '../../src/campaign/envelope-trials.ts';
import type { BlockResult, BlockTask, Executor, ResultOf, SignatureTally, Task } from '../../src/campaign/task.ts';
import type { ObligationName } from '../../src/contract/obligations.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { blockResult } from './blocks.ts';

const SET = maskOf({ features: ['local'], unmet: [] });

const tally = (obligation: ObligationName, run: number, place = 'a'): SignatureTally => ({ obligation, edge: 'local', place, outside: 0, count: 1, block: 0, run, afterTrials: run + 1 });

/** Violations by the position of the block in the set's campaign. */
function courtOf(violations: Readonly<Record<number, readonly SignatureTally[]>>, width = 1, stop: () => boolean = () => false): { readonly trials: SetTrials; readonly tasks: BlockTask[] } {
  const tasks: BlockTask[] = [];
  const executor: Executor = {
    width,
    run<T extends Task>(task: T): Promise<ResultOf<T>> {
      if (task.kind !== 'block') throw new RangeError(task.kind);
      tasks.push(task);
      const position = task.block - firstBlock(SET);
      const signatures = (violations[position] ?? []).filter((it) => it.run < task.runs);
      const [base] = blockResult(0, 1, task.runs).strategies;
      const result: BlockResult = {
        ...blockResult(task.block, 0, task.runs), filtered: 0, faults: [{ kind: 'program', block: task.block, run: 0, message: `of ${position}` }], faultCount: 1, lacking: [task.runs],
        strategies: [{ ...base!, trials: task.runs, undecided: 1, signatures }],
      };
      return Promise.resolve(result as ResultOf<T>);
    },
  };
  return { tasks, trials: new SetTrials({ index: 0, strategy: BUILT_IN[0]!, builtIn: true }, 1n, executor, { stop, tried: () => undefined }) };
}

test('a failure early in the first block costs no more than a look at it', async () => {
  const { trials, tasks } = courtOf({ 0: [tally('toc', 30)] });
  expect(await trials.firstFailure(SET, 1_200, 'fatal')).toMatchObject({ failure: { obligation: 'toc', run: 30 }, scenarios: 50, trials: 50, stopped: false });
  expect(tasks.map((it) => it.runs)).toEqual([50]);
});

test.each([1, 2, 5])('a later one is the first in block order, with what lies before it counted once, %d at a time', async (width) => {
  const { trials } = courtOf({ 1: [tally('progress', 200), tally('toc', 90)], 2: [tally('toc', 1)] }, width);
  const { failure, ...counts } = await trials.firstFailure(SET, 1_200, 'fatal');
  expect(failure).toEqual({ ...tally('toc', 90), afterTrials: 591 });
  expect(counts).toMatchObject({ scenarios: 1_000, trials: 1_000, open: 2, stopped: false });
  expect(counts.lacking[0]).toBe(1_000);
  // Not those of a third block, which may have been judged at the same time.
  expect([trials.faultCount, trials.faults.map((it) => it.message), trials.trials]).toEqual([2, ['of 0', 'of 1'], 1_000]);
});

test('without a failure all is counted, the last block as short as it is', async () => {
  const { trials, tasks } = courtOf({}, 2);
  expect(await trials.firstFailure(SET, 1_200, 'fatal')).toMatchObject({ scenarios: 1_200, trials: 1_200, open: 3, stopped: false });
  expect(tasks.map((it) => [it.block - firstBlock(SET), it.runs])).toEqual([[0, 50], [0, 500], [1, 500], [2, 200]]);
});

test('groups of obligations have failures of their own, and share the blocks', async () => {
  const { trials, tasks } = courtOf({ 0: [tally('reserved-word', 400), tally('toc', 450)] });
  expect((await trials.firstFailure(SET, 500, 'recorded')).failure?.obligation).toBe('reserved-word');
  expect((await trials.firstFailure(SET, 500, 'fatal')).failure?.obligation).toBe('toc');
  expect(tasks.map((it) => it.runs)).toEqual([50, 500]);
  expect([trials.trials, trials.faultCount]).toEqual([500, 1]);
});

test('failures are the first of each signature, the worst obligation first', async () => {
  const { trials } = courtOf({ 0: [tally('toc', 7), tally('toc', 3, 'b'), { ...tally('toc', 5), outside: 1 }, tally('progress', 300), tally('reserved-word', 0)] });
  expect((await trials.failures(SET, 5_000, 'fatal')).map((it) => [it.obligation, it.place, it.run])).toEqual([['progress', 'a', 300], ['toc', 'b', 3], ['toc', 'a', 5]]);
});

test('it stops between blocks', async () => {
  let asked = 0;
  const { trials } = courtOf({}, 1, () => ++asked > 2);
  expect(await trials.firstFailure(SET, 5_000, 'fatal')).toMatchObject({ scenarios: 500, stopped: true });
  expect(await trials.firstFailure(SET, 5_000, 'fatal')).toMatchObject({ scenarios: 0, stopped: true });
});
