/** From a fold to its checkpoint and back. */
import { CHECKPOINT_SCHEMA } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { CampaignError } from './error.ts';
import { signatureKey } from './fold.ts';
import type { Fold, News } from './fold.ts';
import type { FuzzPlan } from './plan.ts';
import type { DescribeResult } from './task.ts';

/** Seed, features, shard, size, strategies and versions in one line. */
function identity(plan: FuzzPlan, description: DescribeResult): string {
  const { drawing, shard, listed } = plan;
  return [
    `seed ${drawing.seed}`, `features ${drawing.features.join(',')}`, `shard ${shard.index}/${shard.of}`,
    `strategies ${listed.map((it) => `${it.strategy.name}@${description.hashes[it.index] ?? ''}`).join(',')}`,
    `generator ${description.generator}`, `model ${description.modelHash}`,
  ].join('; ');
}

export function checkpointOf(plan: FuzzPlan, description: DescribeResult, fold: Fold): Checkpoint {
  return {
    schema: CHECKPOINT_SCHEMA, campaign: identity(plan, description),
    next: fold.next, runs: fold.runs, filtered: fold.filtered, compared: fold.compared, faultCount: fold.faultCount,
    witnesses: [...fold.witnesses],
    strategies: plan.listed.map(({ index }) => {
      const totals = fold.totals[index];
      if (totals === undefined) throw new RangeError(`strategy ${index}`);
      const { byOutside, signatures, ...counts } = totals;
      return { ...counts, byOutside: [...byOutside], signatures: [...signatures.values()] };
    }),
  };
}

/** Puts a checkpoint into an empty fold; what was found so far, in the order in which it was. Throws CampaignError where it is another campaign's. */
export function resumed(checkpoint: Checkpoint, plan: FuzzPlan, description: DescribeResult, fold: Fold): News[] {
  const expected = identity(plan, description);
  if (checkpoint.campaign !== expected) throw new CampaignError(`the checkpoint is of another campaign: ${checkpoint.campaign.slice(0, 400)}; this one is: ${expected}`);
  if (checkpoint.strategies.length !== plan.listed.length) throw new CampaignError(`the checkpoint has ${checkpoint.strategies.length} strategies; expected ${plan.listed.length}`);
  if (checkpoint.next > plan.blocks) throw new CampaignError(`the checkpoint has ${checkpoint.next} blocks done; this campaign has ${plan.blocks}`);
  fold.next = checkpoint.next;
  fold.runs = checkpoint.runs;
  fold.filtered = checkpoint.filtered;
  fold.compared = checkpoint.compared;
  fold.faultCount = checkpoint.faultCount;
  fold.witnesses.splice(0, fold.witnesses.length, ...checkpoint.witnesses);
  const news: News[] = [];
  checkpoint.strategies.forEach(({ byOutside, signatures, ...counts }, position) => {
    const strategy = plan.listed[position]?.index ?? -1;
    const totals = fold.totals[strategy];
    if (totals === undefined) throw new RangeError(`strategy ${strategy}`);
    Object.assign(totals, counts);
    for (const [outside, trials] of byOutside) totals.byOutside.set(outside, trials);
    for (const tally of signatures) {
      totals.signatures.set(signatureKey(tally), tally);
      news.push({ strategy, tally });
    }
  });
  return news.sort((a, b) => a.tally.block - b.tally.block || a.tally.run - b.tally.run || a.strategy - b.strategy
    || (signatureKey(a.tally) < signatureKey(b.tally) ? -1 : 1));
}
