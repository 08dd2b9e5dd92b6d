// Made-up block results for tests of the fold: what a block says depends on nothing but its number.
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import { WITNESSES } from '../../src/contract/witnesses.ts';
import { order, signatureKey } from '../../src/campaign/fold.ts';
import type { BlockResult, SignatureTally } from '../../src/campaign/task.ts';

/** A number from a block and a purpose, the same each time. */
export function mixed(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) hash = Math.imul(hash ^ part, 0x01000193) ^ (hash >>> 13);
  return hash >>> 0;
}

export function blockResult(block: number, strategies: number, runs = 500): BlockResult {
  return {
    kind: 'block', block, runs, filtered: mixed(block, 1) % 3, compared: 5, faults: [], faultCount: 0,
    witnesses: WITNESSES.map((_, index) => mixed(block, index) % 10),
    strategies: Array.from({ length: strategies }, (_, strategy) => {
      const outsideTrials = mixed(block, strategy, 2) % 100;
      const signatures = Array.from({ length: mixed(block, strategy, 3) % 4 }, (_unused, index): SignatureTally => {
        const run = mixed(block, strategy, index, 4) % runs;
        const obligation = OBLIGATIONS[mixed(block, strategy, index, 5) % 4]?.name ?? 'toc';
        return {
          obligation, edge: 'local', place: mixed(block, index) % 2 === 0 ? 'livepatch_handler' : 'return-site',
          outside: mixed(block, strategy, index, 6) % 3, count: 1 + (mixed(block, index, 7) % 5), block, run, afterTrials: run + 1,
        };
      });
      const distinct = [...new Map(signatures.map((it) => [signatureKey(it), it])).values()].sort((a, b) => order(signatureKey(a), signatureKey(b)));
      return {
        strategy, trials: runs, notApplicable: 0, outOfBudget: 0, undecided: 0, openWithin: 0, instructions: 1000 + mixed(block, strategy, 8) % 1000,
        byOutside: [[0, runs - outsideTrials], [1, outsideTrials]], signatures: distinct,
      };
    }),
  };
}
