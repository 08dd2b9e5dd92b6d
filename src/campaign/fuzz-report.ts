/**
 * The report of a campaign from its fold, its cases and its canaries: the same function for a campaign, for a shard of one, and for a whole
 * that is put together from shards, so that there is nothing in which they could differ.
 */
import { WITNESSES } from '../contract/witnesses.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import type { Hunt } from './canary.ts';
import type { FindingFacts } from './finding.ts';
import { KEPT_FAULTS, severityOf } from './fold.ts';
import type { Fold } from './fold.ts';
import { missingFrom, requiredIn } from './plan.ts';
import type { RequiredWitnesses } from './plan.ts';
import type { FuzzReport } from './report.ts';
import { ruling } from './ruling.ts';
import { withoutDoubles } from './selection.ts';
import { shareReasons, siteReasons, witnessShares } from './shares.ts';
import { goodTuring, rounded } from './statistics.ts';
import { strategyReport } from './strategy-report.ts';
import type { Described } from './strategy-report.ts';
import type { Fault } from './task.ts';

/** A signature that was selected, and what became of it. */
export interface CaseOf<F extends FindingFacts> {
  readonly finding?: F;
  readonly fault?: Fault;
}

export interface Campaigned<F extends FindingFacts> {
  readonly seed: bigint;
  readonly features: readonly Feature[];
  readonly generator: number;
  readonly modelHash: string;
  readonly shard: FuzzReport['shard'];
  readonly keepGoing: boolean;
  readonly blocks: number;
  /** `index`: in the fold. */
  readonly strategies: readonly (Described & { readonly index: number; readonly builtIn: boolean })[];
  readonly fold: Fold;
  /** In the order of selection. */
  readonly cases: readonly CaseOf<F>[];
  readonly hunt: Hunt;
  readonly required: RequiredWitnesses;
}

export function fuzzReport<F extends FindingFacts>(campaign: Campaigned<F>): FuzzReport<F> {
  const { seed, features, generator, modelHash, shard, keepGoing, blocks, fold, cases, hunt } = campaign;
  const all = cases.flatMap((one) => (one.finding === undefined ? [] : [one.finding]));
  // What is a double in a shard may not be one in the whole.
  const findings = shard.of === 1 ? withoutDoubles(all, keepGoing) : all;
  const strategies = campaign.strategies.map(({ index, ...described }) => {
    const totals = fold.totals[index];
    if (totals === undefined) throw new RangeError(`strategy ${index}`);
    return strategyReport(described, totals, findings.filter((it) => it.strategy === described.name).sort(worstFirst), { features });
  });
  const witnesses = Object.fromEntries(WITNESSES.map((it, index) => [it.name, fold.witnesses[index] ?? 0]));
  const missingWitnesses = missingFrom(campaign.required, witnesses, fold.runs);
  const shown = Object.fromEntries(WITNESSES.map((it, index) => [it.name, fold.shown[index] ?? 0]));
  const shares = witnessShares(requiredIn(campaign.required, fold.runs), shown, fold.runs, features);
  const situations = fold.situations.tally();
  const { faults, faultCount } = faultsOf(campaign);
  const unmet = [...shareReasons(shares), ...(campaign.required.sites ? strategies.flatMap((it) => siteReasons(it.name, it.sites)) : [])];
  return {
    seed, features, generator, runs: fold.runs, blocks, shard, keepGoing, modelHash, strategies, canaries: hunt.canaries, witnesses, missingWitnesses,
    shown, shares, situations: { ...situations, unseen: rounded(goodTuring(situations.once.length, fold.runs), 'up') },
    compared: fold.compared, faults, faultCount,
    ...ruling({
      strategies: strategies.map((it, index) => ({ ...it, builtIn: campaign.strategies[index]?.builtIn ?? false })), canaries: hunt.canaries, missingWitnesses,
      faultCount, firstFault: faults[0]?.message, allFeatures: features.length === FEATURES.length,
    }, unmet.map((text) => ({ exit: 3, text }))),
  };
}

function worstFirst(a: FindingFacts, b: FindingFacts): number {
  return Number(b.withinClaim) - Number(a.withinClaim) || severityOf(a.signature.obligation) - severityOf(b.signature.obligation) || a.afterTrials - b.afterTrials;
}

/** Of blocks, then of findings that could not be made, then of the canaries' hunt. A whole keeps the first; a shard what a whole could need. */
function faultsOf<F extends FindingFacts>({ fold, cases, hunt, shard }: Campaigned<F>): Pick<FuzzReport, 'faults' | 'faultCount'> {
  const unmade = cases.flatMap((it) => it.fault ?? []);
  const faults = [...fold.faults, ...unmade, ...hunt.faults];
  return { faults: shard.of === 1 ? faults.slice(0, KEPT_FAULTS) : faults, faultCount: fold.faultCount + unmade.length + hunt.faults.length };
}
