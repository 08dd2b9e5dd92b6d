// Campaigns over a space that is known to the last scenario: how often is what they say about its failing share true?
import { diceAt } from '../../src/arbitraries/seeded.ts';
import { runBlock } from '../../src/campaign/block.ts';
import { Ledger } from '../../src/campaign/counter.ts';
import type { Court } from '../../src/campaign/court.ts';
import { Fold } from '../../src/campaign/fold.ts';
import { runsOf } from '../../src/campaign/plan.ts';
import { clopperPearson, clopperPearsonUpper, trialsForBound } from '../../src/campaign/statistics.ts';
import { strategyReport } from '../../src/campaign/strategy-report.ts';
import { WITNESSES } from '../../src/contract/witnesses.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Verdict } from '../../src/contract/verdict.ts';
import { wholeBound } from '../../src/enumerate/bound.ts';
import type { Bound } from '../../src/enumerate/bound.ts';
import { Cursor, enumerated } from '../../src/enumerate/cursor.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

/** All scenarios of a bound, judged once. */
export interface Space {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
  readonly verdicts: readonly Verdict[];
  /** The share that fails: exact. */
  readonly failing: number;
  readonly strategy: Strategy;
}

export function spaceOf(name: string, bound: Bound): Space {
  const found = BUILT_IN.find((it) => it.name === name);
  if (found === undefined) throw new RangeError(name);
  // Whatever it assumes: the claim that is on trial is that nothing fails.
  const strategy: Strategy = { ...found, claim: { kind: 'holds', assuming: [] } };
  const trials = new Trials([strategy]);
  const scenarios: Scenario[] = [];
  const verdicts: Verdict[] = [];
  let failures = 0;
  new Cursor(bound).visit(0, Infinity, (scenario) => {
    trials.load(scenario);
    const { outcome, violations, instructions } = trials.run(0);
    if (outcome === 'violated') failures++;
    scenarios.push(scenario);
    verdicts.push({ outcome, violations: [...violations], instructions });
  });
  if (scenarios.length !== enumerated(bound)) throw new Error(`${scenarios.length} scenarios of ${enumerated(bound)}`);
  return { name, scenarios, verdicts, failing: failures / scenarios.length, strategy };
}

/** Answers from what is known, so that a thousand campaigns take no longer than their draws. */
class Known implements Court {
  readonly strategies: readonly Strategy[];
  readonly witnesses = new Float64Array(WITNESSES.length);
  readonly modelHash = '';
  readonly #space: Space;
  readonly #numbers: ReadonlyMap<Scenario, number>;
  #at = 0;

  constructor(space: Space) {
    this.#space = space;
    this.strategies = [space.strategy];
    this.#numbers = new Map(space.scenarios.map((scenario, index) => [scenario, index]));
  }

  load(scenario: Scenario): void { this.#at = this.#numbers.get(scenario)!; }
  applicable(): boolean { return true; }
  run(): Verdict { return this.#space.verdicts[this.#at]!; }
  isProgramFault(): boolean { return false; }
  digest(): string { return ''; }
  strategyHash(): string { return ''; }
  symbolOf(): string { return ''; }
  textOf(): undefined { return undefined; }
}

export interface Calibration {
  readonly trials: number;
  /** Campaigns that found nothing, and so say the sentence. */
  readonly clean: number;
  /** Campaigns whose sentence, if they say it, is true; and whose exact upper bound, with whatever failed, is. */
  readonly sentence: number;
  readonly upper: number;
  readonly replicates: number;
}

/** @param trials of each campaign */
export function calibrate(space: Space, trials: number, replicates: number): Calibration {
  const court = new Known(space);
  const ledger = new Ledger();
  const { length } = space.scenarios;
  let clean = 0;
  let sentence = 0;
  let upper = 0;
  for (let replicate = 0; replicate < replicates; replicate++) {
    const seed = 20160309n + BigInt(replicate);
    const draw = (block: number, run: number): Scenario => space.scenarios[diceAt(seed, block, run).nextInt(0, length - 1)]!;
    const fold = new Fold(1);
    let failed = 0;
    for (let block = 0; block * 500 < trials; block++) {
      const runs = runsOf(block, trials);
      for (let run = 0; run < runs; run++) {
        court.load(draw(block, run));
        if (court.run().outcome === 'violated') failed++;
      }
      fold.offer(block, runBlock({ court, draw, problem: () => undefined, ledger }, {
        kind: 'block', drawing: { seed, features: FEATURES, premises: [] }, block, runs, strategies: [0],
      }));
    }
    const { outcome, bound } = strategyReport({ name: space.name, hash: '', claim: space.strategy.claim, notApplicableObligations: [] }, fold.totals[0]!, []);
    if ((outcome === 'holds') !== (failed === 0) || (outcome === 'holds') !== (bound !== undefined)) throw new Error(`${failed} failures, and it ${outcome}`);
    if (bound !== undefined) clean++;
    if (bound === undefined || space.failing < bound.below) sentence++;
    if (space.failing < clopperPearsonUpper(failed, trials)) upper++;
  }
  return { trials, clean, sentence, upper, replicates };
}

/** A strategy, and the bound that it is known on: functions, calls, things out of the ordinary. */
const SPACES: readonly (readonly [name: string, functions: number, calls: number, special: number])[] = [
  ['livepatch-stack', 3, 2, 0], ['mini-frame', 2, 1, 1], ['manual-restore', 2, 2, 1], ['branch-only', 2, 2, 1],
];

/** The exact 99 % interval of a coverage does not lie below 95 %. */
export const reaches = (covered: number, replicates: number): boolean => clopperPearson(covered, replicates, 0.99).high >= 0.95;

/** One line per space and number of trials. */
export function* calibrations(replicates: number): IterableIterator<string> {
  yield `${replicates} campaigns each; coverage with its exact 99 % interval (Clopper-Pearson)`;
  for (const [name, functions, calls, special] of SPACES) {
    const space = spaceOf(name, wholeBound(functions, calls, special));
    const { failing } = space;
    yield `${name}, all ${space.scenarios.length} scenarios of ${functions} functions, ${calls} calls, ${special} special: ${(100 * failing).toPrecision(6)} % fail`;
    const hardest = trialsForBound(failing);
    for (const trials of [Math.ceil(hardest / 3), hardest - 1, hardest, 2 * hardest]) {
      const { clean, sentence, upper } = calibrate(space, trials, replicates);
      yield `  ${trials} trials: ${clean} found nothing; the sentence is true in ${share(sentence, replicates)}, the exact upper bound in ${share(upper, replicates)}`;
    }
  }
}

function share(covered: number, replicates: number): string {
  const { low, high } = clopperPearson(covered, replicates, 0.99);
  return `${(100 * covered / replicates).toFixed(1)} % (${(100 * low).toFixed(2)} to ${(100 * high).toFixed(2)}${reaches(covered, replicates) ? '' : ', BELOW 95 %'})`;
}
