// Made-up block results for tests of the fold: what a block says depends on nothing but its number.
import { OBLIGATIONS } from '../../src/contract/obligations.ts';
import { WITNESSES } from '../../src/contract/witnesses.ts';
import { order, signatureKey } from '../../src/campaign/fold.ts';
import type { SiteFacts } from '../../src/campaign/shares.ts';
import type { SituationTally } from '../../src/campaign/situations.ts';
import type { BlockResult, SignatureTally } from '../../src/campaign/task.ts';

/** A number from a block and a purpose, the same each time. */
export function mixed(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) hash = Math.imul(hash ^ part, 0x01000193) ^ (hash >>> 13);
  return hash >>> 0;
}

export interface Making {
  /** By strategy: how many sets of assumptions there are that its scenarios may fail to satisfy. Default: 3 each. */
  readonly masks?: readonly number[];
  /** Some blocks have faults, and some scenarios are not applicable or filtered. */
  readonly uneven?: boolean;
}

/** Of every made-up strategy. */
export const SITES: readonly SiteFacts[] = [
  { kind: 'interrupt', place: 'livepatch_handler', least: 1 / 1000, allFeatures: false }, { kind: 'taken', place: 'livepatch_handler+0x4', least: 1 / 5000, allFeatures: true },
  // Whose strategies have code for functions that are hooked out of line.
  { kind: 'interrupt', place: 'livepatch_handler_ool', least: 1 / 20_000, allFeatures: false },
];

function situationsOf(block: number): SituationTally {
  const drawn = [...new Set(Array.from({ length: 12 }, (_, index) => mixed(block % 7, index, 15) % 40))].sort((a, b) => a - b);
  return { once: drawn.filter((it) => it % 3 !== 0), more: drawn.filter((it) => it % 3 === 0) };
}

export function blockResult(block: number, strategies: number, runs = 500, { masks = [], uneven = false }: Making = {}): BlockResult {
  const faultCount = uneven && mixed(block, 11) % 4 === 0 ? mixed(block, 12) % 12 : 0;
  return {
    kind: 'block', block, runs, filtered: uneven ? 0 : mixed(block, 1) % 3, compared: 5, faultCount,
    faults: Array.from({ length: Math.min(8, faultCount) }, (_, run) => ({ kind: 'program', block, run, message: `fault ${run} of ${block}` })),
    witnesses: WITNESSES.map((_, index) => mixed(block, index) % 10),
    // Nearly all scenarios: what is required is met.
    shown: WITNESSES.map((_, index) => runs - mixed(block, index, 13) % Math.ceil(runs / 100)), situations: situationsOf(block),
    strategies: Array.from({ length: strategies }, (_, strategy) => {
      const sets = masks[strategy] ?? 3;
      const notApplicable = uneven ? mixed(block, strategy, 10) % Math.ceil(runs / 4) : 0;
      const trials = runs - notApplicable;
      const outsideTrials = sets === 1 ? 0 : mixed(block, strategy, 2) % Math.min(100, trials);
      const signatures = Array.from({ length: mixed(block, strategy, 3) % 4 }, (_unused, index): SignatureTally => {
        const run = mixed(block, strategy, index, 4) % runs;
        const obligation = OBLIGATIONS[mixed(block, strategy, index, 5) % 4]?.name ?? 'toc';
        return {
          obligation, edge: 'local', place: mixed(block, index) % 2 === 0 ? 'livepatch_handler' : 'return-site',
          outside: mixed(block, strategy, index, 6) % Math.min(3, sets), count: Math.min(trials, 1 + (mixed(block, index, 7) % 5)), block, run, afterTrials: Math.min(trials, run + 1),
        };
      });
      const distinct = [...new Map(signatures.map((it) => [signatureKey(it), it])).values()].sort((a, b) => order(signatureKey(a), signatureKey(b)));
      return {
        strategy, trials, notApplicable, outOfBudget: 0, undecided: 0, openWithin: 0, instructions: 1000 + mixed(block, strategy, 8) % 1000,
        sites: SITES.map((_, site) => Math.ceil(trials / 50) + mixed(block, strategy, site, 14) % Math.ceil(trials / 50)),
        byOutside: [[0, trials - outsideTrials], ...(sets === 1 ? [] : [[1, outsideTrials] as const])], signatures: distinct,
      };
    }),
  };
}
