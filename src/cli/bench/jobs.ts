/** The measurements that want an isolate of their own: each names what it does and gets seconds and counts back. */
import { Random } from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { idiomaticArbitrary } from '../../arbitraries/idiomatic.ts';
import { WORLD_FEATURES } from '../../arbitraries/dice.ts';
import { scenarioArbitrary } from '../../arbitraries/scenario.ts';
import { BLOCK_RUNS, scenarioAt } from '../../arbitraries/seeded.ts';
import { Classified, assumptionsOf } from '../../campaign/assumptions.ts';
import { Lowering } from '../../image/lower.ts';
import { createSpace } from '../../image/pages.ts';
import { StrategySet } from '../../image/core.ts';
import { engineBench } from '../../machine/bench.ts';
import type { EngineBenchRow } from '../../machine/bench.ts';
import { FEATURE_BIT } from '../../scenario/features-of.ts';
import { FEATURES } from '../../scenario/features.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { NO_WORLD, withWorld } from '../../scenario/world.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { Trials } from '../../trial/trials.ts';
import { OurSide } from '../../verify/throughput.ts';
import type { Holding } from '../../verify/throughput.ts';

export type Job =
  | { readonly kind: 'engine' }
  /** One block of scenarios under strategies that hold on them; loading and generating are not in the time. */
  | { readonly kind: 'judge'; readonly checks: boolean; readonly block: number }
  /** The scenarios of a block that have a world around, with it or without. */
  | { readonly kind: 'world'; readonly around: boolean; readonly block: number }
  | { readonly kind: 'generate'; readonly block: number }
  | { readonly kind: 'idiomatic'; readonly block: number }
  | { readonly kind: 'lower'; readonly block: number }
  /** The same block as a campaign does it; of the first `strategies` built-in ones. */
  | { readonly kind: 'campaign'; readonly block: number; readonly strategies: number }
  /** The trials of a block that hold, against an emulated process: our side of them. */
  | { readonly kind: 'trials'; readonly block: number; readonly holding: readonly Holding[] }
  /** Scenarios until each of these seeds shows a violation of the strategy, at most `most`. */
  | { readonly kind: 'catch'; readonly strategy: string; readonly seeds: readonly number[]; readonly most: number };

export interface Measured {
  readonly seconds: number;
  readonly instructions: number;
  readonly engine?: readonly EngineBenchRow[];
  readonly caught?: readonly number[];
  /** Seconds of the same trials, prepared. */
  readonly prepared?: number;
}

export const SEED = 20160309n;
/** Strategies that hold on scenarios within their claims, and have no code in generated functions: a run that is cut short measures something else. */
const PLAIN = BUILT_IN.flatMap((it, index) => (it.name === 'livepatch-stack' || it.name === 'mini-frame' ? [index] : []));
const PLAIN_CLAIMS = PLAIN.map((index) => assumptionsOf(BUILT_IN[index]!.claim));
function isPlain(scenario: Scenario): boolean {
  const classified = new Classified(scenario);
  return PLAIN_CLAIMS.every((assumptions) => classified.outside(assumptions) === 0);
}

const clock = (): number => performance.now() / 1000;

/** Keeps between jobs what a campaign keeps between blocks. */
export class Bench {
  /** Without the world around, as the idiomatic family is; and with it. */
  private readonly arbitrary = scenarioArbitrary({ features: FEATURES.filter((feature) => (FEATURE_BIT[feature] & WORLD_FEATURES) === 0) });
  private readonly whole = scenarioArbitrary();
  private readonly idiomatic = idiomaticArbitrary();
  private readonly trials = new Map<boolean, Trials>();
  private ours: OurSide | undefined;
  private lowering: { readonly lowering: Lowering; readonly variants: readonly number[] } | undefined;

  run(job: Job): Measured {
    switch (job.kind) {
      case 'engine': return { seconds: 0, instructions: 0, engine: engineBench(clock) };
      case 'judge': return this.judge(job.checks, this.block(job.block));
      case 'world': {
        const scenarios = Array.from({ length: 4 * BLOCK_RUNS }, (_, run) => scenarioAt(this.whole, SEED, 4 * job.block + Math.floor(run / BLOCK_RUNS), run % BLOCK_RUNS));
        const inside = scenarios.filter((scenario) => scenario.world !== undefined && isPlain(scenario));
        return this.judge(true, job.around ? inside : inside.map((scenario) => withWorld(scenario, NO_WORLD)));
      }
      case 'generate': return this.timed(() => { this.block(job.block); });
      case 'idiomatic': return this.timed(() => {
        const random = new Random(xoroshiro128plus(job.block + 1));
        for (let run = 0; run < BLOCK_RUNS; run++) this.idiomatic.generate(random, undefined);
      });
      case 'lower': return this.lower(job.block);
      case 'campaign': return this.campaign(job.block, job.strategies);
      case 'trials': {
        this.ours ??= new OurSide(BUILT_IN, SEED, clock);
        const { here, prepared, instructions } = this.ours.time(job.block, job.holding);
        return { seconds: here, prepared, instructions };
      }
      case 'catch': {
        const trials = this.trialsFor(true);
        const before = trials.instructions;
        const caught = job.seeds.map((seed) => this.caught(job.strategy, BigInt(seed), job.most));
        return { seconds: 0, instructions: trials.instructions - before, caught };
      }
    }
  }

  private block(block: number): Scenario[] {
    return Array.from({ length: BLOCK_RUNS }, (_, run) => scenarioAt(this.arbitrary, SEED, block, run));
  }

  private timed(work: () => void): Measured {
    const start = clock();
    work();
    return { seconds: clock() - start, instructions: 0 };
  }

  private trialsFor(checks: boolean): Trials {
    const trials = this.trials.get(checks) ?? new Trials(BUILT_IN, { checks });
    this.trials.set(checks, trials);
    return trials;
  }

  private judge(checks: boolean, scenarios: readonly Scenario[]): Measured {
    const trials = this.trialsFor(checks);
    let seconds = 0;
    let instructions = 0;
    for (const scenario of scenarios) {
      if (!isPlain(scenario)) continue;
      trials.load(scenario);
      for (const strategy of PLAIN) {
        // The first run of a scenario lowers it; that is not in the time.
        trials.run(strategy);
        const before = trials.instructions;
        const start = clock();
        for (let again = 0; again < 4; again++) trials.run(strategy);
        seconds += clock() - start;
        instructions += trials.instructions - before;
      }
    }
    return { seconds, instructions };
  }

  private lower(block: number): Measured {
    if (this.lowering === undefined) {
      const space = createSpace(BUILT_IN.length);
      const set = new StrategySet(space, BUILT_IN);
      this.lowering = { lowering: new Lowering(space, set), variants: [...new Set(set.order.map((strategy) => set.variantOf[strategy] ?? 0))] };
    }
    const { lowering, variants } = this.lowering;
    const scenarios = this.block(block);
    return this.timed(() => {
      for (const scenario of scenarios) variants.forEach((variant, at) => (at === 0 ? lowering.lower(scenario, variant) : lowering.change(variant)));
    });
  }

  private campaign(block: number, strategies: number): Measured {
    const trials = this.trialsFor(true);
    const order = trials.order.filter((index) => index < strategies);
    const before = trials.instructions;
    const { seconds } = this.timed(() => {
      for (let run = 0; run < BLOCK_RUNS; run++) {
        trials.load(scenarioAt(this.arbitrary, SEED, block, run));
        for (const strategy of order) trials.run(strategy);
      }
    });
    return { seconds, instructions: trials.instructions - before };
  }

  private caught(name: string, seed: bigint, most: number): number {
    const trials = this.trialsFor(true);
    const strategy = BUILT_IN.findIndex((it) => it.name === name);
    for (let run = 0; run < most; run++) {
      trials.load(scenarioAt(this.arbitrary, seed, Math.floor(run / BLOCK_RUNS), run % BLOCK_RUNS));
      if (trials.run(strategy).outcome === 'violated') return run + 1;
    }
    return most + 1;
  }
}
