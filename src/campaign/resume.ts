/** From a fold to its checkpoint and back. */
import type { Claim } from '../contract/claim.ts';
import { WITNESSES } from '../contract/witnesses.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { assumptionsOf } from './assumptions.ts';
import type { Checkpoint, StrategyState } from './checkpoint.ts';
import { CampaignError } from './error.ts';
import { Fold, signatureKey } from './fold.ts';
import type { News, StrategyTotals } from './fold.ts';
import type { FuzzPlan } from './plan.ts';
import { runsBetween, shardText } from './shard.ts';
import type { DescribeResult } from './task.ts';

export function checkpointOf(plan: FuzzPlan, description: DescribeResult, fold: Fold): Checkpoint {
  const { drawing: { seed, features }, shard, runs } = plan;
  return {
    seed, features, generator: description.generator, modelHash: description.modelHash, shard, runs: runs === 'until-stopped' ? null : runs,
    state: {
      blocks: fold.next, runs: fold.runs, filtered: fold.filtered, compared: fold.compared, faultCount: fold.faultCount, faults: [...fold.faults], witnesses: [...fold.witnesses],
      shown: [...fold.shown], situations: fold.situations.tally(),
    },
    strategies: plan.listed.map(({ index, strategy }) => {
      const { byOutside, signatures, sites, ...counts } = totalsOf(fold, index);
      return { name: strategy.name, hash: description.hashes[index] ?? '', ...counts, sites: [...sites], byOutside: [...byOutside], signatures: Array.from(signatures.values(), (it) => ({ ...it })) };
    }),
  };
}

function totalsOf(fold: Fold, index: number): StrategyTotals {
  const totals = fold.totals[index];
  if (totals === undefined) throw new RangeError(`strategy ${index}`);
  return totals;
}

/** Throws CampaignError where a checkpoint is another campaign's, naming both values, or where its counts cannot be this campaign's. */
export function checkResume(checkpoint: Checkpoint, plan: FuzzPlan, description: DescribeResult): void {
  const { drawing, shard, runs, first, listed } = plan;
  const same = (what: string, its: string, ours: string): void => {
    if (its !== ours) throw new CampaignError(`it is of ${what} ${its}, this campaign of ${what} ${ours}`);
  };
  same('generator', String(checkpoint.generator), String(description.generator));
  same('model', checkpoint.modelHash, description.modelHash);
  same('seed', String(checkpoint.seed), String(drawing.seed));
  same('features', featuresText(checkpoint.features), featuresText(drawing.features));
  same('shard', shardText(checkpoint.shard), shardText(shard));
  if (shard.of > 1) same(`shard ${shardText(shard)} of --runs`, String(checkpoint.runs), String(runs));
  same('strategies', namesText(checkpoint.strategies.map((it) => it.name)), namesText(listed.map((it) => it.strategy.name)));
  listed.forEach(({ index, strategy: { name } }, at) => { same(`${name} with hash`, checkpoint.strategies[at]?.hash ?? '', description.hashes[index] ?? ''); });
  const { state } = checkpoint;
  if (state.blocks > plan.blocks) throw new CampaignError(`it has ${state.blocks} blocks done, this campaign has ${plan.blocks}`);
  const expected = runsBetween(first, state.blocks, runs);
  if (state.runs !== expected) throw new CampaignError(`state.runs: ${state.runs} scenarios in ${state.blocks} blocks; of this campaign they have ${expected}`);
  if (state.witnesses.length !== (state.blocks === 0 ? 0 : WITNESSES.length)) throw new CampaignError(`state.witnesses: ${state.witnesses.length} elements; expected ${WITNESSES.length}`);
  if (state.shown.length !== state.witnesses.length) throw new CampaignError(`state.shown: ${state.shown.length} elements; expected ${state.witnesses.length}`);
  state.shown.forEach((count, at) => {
    if (count > state.runs) throw new CampaignError(`state.shown[${at}]: ${count} of ${state.runs} scenarios`);
  });
  listed.forEach(({ index, strategy }, at) => {
    const one = checkpoint.strategies[at];
    const sites = one === undefined || one.trials === 0 ? 0 : description.sites[index]?.length ?? 0;
    if (one !== undefined && one.trials > 0 && one.sites.length !== sites) throw new CampaignError(`strategies[${at}].sites: ${one.sites.length} elements; expected ${sites}`);
    if (one !== undefined) checkCounts(one, `strategies[${at}]`, strategy.claim, { first, blocks: state.blocks, runs: state.runs });
  });
}

/** What must be true of any strategy's counts over these blocks. Throws CampaignError. */
export function checkCounts(
  it: Omit<StrategyState, 'name' | 'hash'>, path: string, claim: Claim, { first, blocks, runs }: { readonly first: number; readonly blocks: number; readonly runs: number },
): void {
  const check = (holds: boolean, where: string, what: string): void => {
    if (!holds) throw new CampaignError(`${path}.${where}: ${what}`);
  };
  const masks = 2 ** assumptionsOf(claim).length;
  const sum = it.byOutside.reduce((total, [, trials]) => total + trials, 0);
  check(it.trials + it.notApplicable <= runs, 'trials', `${it.trials}, and ${it.notApplicable} not applicable, of ${runs} scenarios`);
  check(sum === it.trials, 'byOutside', `${sum} trials; expected ${it.trials}`);
  it.sites.forEach((count, index) => { check(count <= it.trials, `sites[${index}]`, `${count} of ${it.trials} trials`); });
  check(it.byOutside.every(([outside]) => outside < masks), 'byOutside', `an assumption that the claim does not have`);
  check(new Set(it.byOutside.map(([outside]) => outside)).size === it.byOutside.length, 'byOutside', 'the same twice');
  check(new Set(it.signatures.map(signatureKey)).size === it.signatures.length, 'signatures', 'the same twice');
  it.signatures.forEach(({ outside, block, count, afterTrials }, index) => {
    const where = `signatures[${index}]`;
    check(outside < masks, `${where}.outside`, 'an assumption that the claim does not have');
    check(block >= first && block < first + blocks, `${where}.block`, `${block}; expected one that is done, ${first} to ${first + blocks - 1}`);
    check(count >= 1 && count <= it.trials, `${where}.count`, `${count}; expected 1 to ${it.trials}`);
    check(afterTrials >= 1 && afterTrials <= it.trials, `${where}.afterTrials`, `${afterTrials}; expected 1 to ${it.trials}`);
  });
}

/** Puts a checkpoint into an empty fold; what was found so far, in the order in which it was. Throws CampaignError as `checkResume` does. */
export function resumed(checkpoint: Checkpoint, plan: FuzzPlan, description: DescribeResult, fold: Fold): News[] {
  checkResume(checkpoint, plan, description);
  const { blocks, ...state } = checkpoint.state;
  const strategies = plan.listed.flatMap(({ index }, at) => {
    const one = checkpoint.strategies[at];
    return one === undefined ? [] : [{ ...one, strategy: index }];
  });
  const news = fold.offer(0, { ...state, strategies });
  fold.next = blocks;
  return news;
}

/** Names as one text for messages. */
export const namesText = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(','));

/** Features, in the order of FEATURES, as shortly as can be: `all`, `all but far`, `none`. */
export function featuresText(features: readonly Feature[]): string {
  const missing = FEATURES.filter((it) => !features.includes(it));
  return missing.length === 0 ? 'all' : missing.length < features.length ? `all but ${namesText(missing)}` : namesText(features);
}
