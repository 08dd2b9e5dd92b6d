/**
 * Mutation testing of strategies that claim to hold: every one-step fault is proved equal to the original, or meets scenarios until it is caught.
 * A fault is judged in each style of hooking that runs its code, in scenarios of that style. First without interrupts, then with them; who is left then runs over an exhaustive bound (mutate-bound.ts). Scenarios come in rounds; a round is cut into tasks for as many workers as there are and folded in
 * order, so that a mutant's first counterexample and its number of trials do not depend on them. Whoever does the work is handed in.
 */
import { GENERATOR_VERSION } from '../arbitraries/seeded.ts';
import type { Strategy } from '../contract/strategy.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { ENUMERATED_STYLES } from '../enumerate/bound.ts';
import { assumptionsOf } from './assumptions.ts';
import { CampaignError } from './error.ts';
import { DEFAULT_MUTANT_BOUND, partsOf } from './mutant-bound.ts';
import type { MutantBound } from './mutant-bound.ts';
import { PHASE_OF } from './mutant-court.ts';
import type { MutationAnswer, MutationSetup, MutationTask, SweepResult } from './mutant-court.ts';
import type { Phase } from './mutant-corpus.ts';
import { provesEqual } from './mutant-proof.ts';
import { FAULT_KINDS } from './mutant-fault.ts';
import type { FaultKind } from './mutant-fault.ts';
import { inLineAlone, mutantsOf, stylesOf } from './mutants.ts';
import type { Mutant } from './mutants.ts';
import { overBound } from './mutate-bound.ts';
import type { StyledPart } from './mutate-bound.ts';
import { note, rowOf } from './mutate-fate.ts';
import type { Fate } from './mutate-fate.ts';
import { rulingOf } from './mutate-report.ts';
import type { ExhaustiveFacts, MutateReport, Reviewed, Sample, StrategyMutants } from './mutate-report.ts';
import { checkedSeed } from './plan.ts';

/** Generated scenarios with interrupts that a mutant meets at most; without interrupts a tenth. */
export const MUTATE_RUNS = 20_000;
/** Generated scenarios that all mutants meet before those still alive are put together anew. */
const EARLY = 300;
/** Scenarios of the first round; each further one has twice as many, at most ROUND_MOST. */
const ROUND_FIRST = 16;
const ROUND_MOST = 4_000;
/** Candidates tried to minimise a generated counterexample. */
const CANDIDATES = 1_500;

export interface MutateOptions {
  readonly strategies: readonly Strategy[];
  readonly seed: bigint;
  /** Default: all. */
  readonly features?: readonly Feature[];
  /** Styles of hooking in which faults are judged. Default: those that a strategy has code for. */
  readonly hooked?: readonly HookingStyle[];
  /** Default: all. */
  readonly kinds?: readonly FaultKind[];
  /** Default MUTATE_RUNS. */
  readonly runs?: number;
  /** Stored scenarios, which come first. */
  readonly cases?: readonly Scenario[];
  readonly reviewed?: Reviewed;
  /** Default DEFAULT_MUTANT_BOUND. */
  readonly bound?: MutantBound;
}

/** Does tasks about the mutants of one setup. */
export interface MutationBench {
  run<T extends MutationTask>(task: T): Promise<MutationAnswer<T>>;
  close(): Promise<void>;
}

export interface MutationHooks {
  /** Workers at most. */
  readonly width: number;
  /** A bench of so many workers for this setup. */
  readonly open: (setup: MutationSetup, workers: number) => MutationBench;
  readonly progress?: (strategy: string, mutants: number, alive: number, scenarios: number) => void;
  /** Asked between tasks; true: end here. */
  readonly stop?: () => boolean;
}

/** Ended by `stop`. */
export class Interrupted extends Error {}

/** Mutants that one bench is about; the bench knows them by their place here. */
interface Share {
  readonly bench: MutationBench;
  readonly fates: readonly Fate[];
  /** Trials within the claim so far. */
  readonly trials: Met;
}

/** Trials by style of hooking and phase. */
type Met = Record<HookingStyle, Record<Phase, number>>;
const nothingMet = (): Met => ({ 'in-line': { off: 0, on: 0 }, 'out-of-line': { off: 0, on: 0 } });

/** What a mutant that is not caught has met of that. */
function metBy({ mutant }: Fate, trials: Met): { trials: number; withInterrupts: number } {
  const of = (phase: Phase): number => mutant.styles.reduce((sum, style) => sum + trials[style][phase], 0);
  return { trials: of('off') + of('on'), withInterrupts: of('on') };
}

interface Settled extends MutateOptions {
  readonly features: readonly Feature[];
  readonly kinds: readonly FaultKind[];
  readonly runs: number;
  readonly bound: MutantBound;
  readonly hooked: readonly HookingStyle[];
}

type Refuted = NonNullable<StrategyMutants['refuted']>;

/** Throws CampaignError before anything runs; rejects with Interrupted. */
export async function mutate(options: MutateOptions, hooks: MutationHooks): Promise<MutateReport> {
  const { strategies, seed, runs = MUTATE_RUNS, bound = DEFAULT_MUTANT_BOUND } = options;
  checkedSeed(seed);
  if (!Number.isSafeInteger(runs) || runs < 1) throw new CampaignError(`${runs} runs; expected 1 or more`);
  if (strategies.length === 0) throw new CampaignError('no strategy to put faults into');
  for (const { name, claim } of strategies) {
    if (claim.kind !== 'holds') {
      throw new CampaignError(`${name} claims to break ${claim.obligations.join(', ')}, so what a fault adds cannot be told; expected a strategy that claims to hold`);
    }
    if (strategies.filter((it) => it.name === name).length > 1) throw new CampaignError(`two strategies are called ${name}`);
  }
  const allowed = options.features ?? FEATURES;
  // How functions are hooked is not drawn: each style has scenarios of its own.
  const features = FEATURES.filter((it) => it !== 'out-of-line' && allowed.includes(it));
  const styles = strategies.map((strategy) => judgedStyles(strategy, options.hooked, allowed));
  const kinds = FAULT_KINDS.filter((it) => (options.kinds ?? FAULT_KINDS).includes(it));
  const done: StrategyMutants[] = [];
  for (const [at, strategy] of strategies.entries()) {
    const hooked = styles[at]!;
    const accused = hooked.includes('out-of-line') ? strategy : inLineAlone(strategy);
    done.push(await new Mutation(accused, { ...options, features, kinds, runs, bound, hooked }, hooks).run());
  }
  return { seed, features, kinds, strategies: done, ...rulingOf(done) };
}

/** Of the styles asked for, those that the strategy has code for and that its claim speaks of. @throws CampaignError where none is left */
function judgedStyles(strategy: Strategy, asked: readonly HookingStyle[] = ENUMERATED_STYLES, features: readonly Feature[] = FEATURES): readonly HookingStyle[] {
  const speaks = features.includes('out-of-line') && !assumptionsOf(strategy.claim).includes('no-out-of-line');
  const styles = stylesOf(strategy).filter((style) => asked.includes(style) && (style === 'in-line' || speaks));
  if (styles.length > 0) return styles;
  throw new CampaignError(`${strategy.name} has no code for functions that are hooked ${asked.join(' or ') || 'in no way'}, or is not judged there`);
}

class Mutation {
  readonly #strategy: Strategy;
  readonly #options: Settled;
  readonly #hooks: MutationHooks;
  #refuted: Refuted | undefined;
  #scenarios = 0;

  constructor(strategy: Strategy, options: Settled, hooks: MutationHooks) {
    this.#strategy = strategy;
    this.#options = options;
    this.#hooks = hooks;
  }

  async run(): Promise<StrategyMutants> {
    const strategy = this.#strategy;
    const { kinds, runs, features, hooked, reviewed = {} } = this.#options;
    const { mutants, made, unassembled } = mutantsOf(strategy, kinds, hooked);
    const proved = new Map<Mutant, 'same bytes' | 'same effect'>();
    for (const it of mutants) {
      if (it.same) proved.set(it, 'same bytes');
      else if (provesEqual(strategy, it.strategy)) proved.set(it, 'same effect');
    }
    const fates: Fate[] = mutants.filter((it) => !proved.has(it)).map((mutant) => ({ mutant, open: 0 }));
    const interrupts = features.includes('interrupt');
    const generated = { off: interrupts ? Math.ceil(runs / 10) : runs, on: interrupts ? runs : 0 };
    const shares = this.#shares(fates, this.#hooks.width);
    const samples: Sample[] = [];
    let last: Share | undefined;
    try {
      for (const style of hooked) {
        const { off, on } = await this.#do(shares[0]!.bench, { kind: 'sizes', style });
        samples.push({ hooked: style, off: { corpus: off, generated: generated.off }, on: { corpus: interrupts ? on : 0, generated: generated.on } });
      }
      if (fates.length === 0) await this.#original(shares[0]!, samples);
      else {
        await Promise.all(shares.map(async (share) => {
          for (const { hooked: style, off } of samples) await this.#phase(share, style, 'off', 0, earlyOf(off), 1);
        }));
        last = await this.#together(shares, samples);
      }
    } finally {
      await Promise.all(shares.map((it) => it.bench.close()));
    }
    const exhaustive = last === undefined ? null : await this.#exhaust(fates, last, interrupts);
    const reasons = reviewed[strategy.name] ?? {};
    const byMutant = new Map(fates.map((it) => [it.mutant, it]));
    const rows = this.#refuted !== undefined ? [] : mutants.map((it) => rowOf(it, proved.get(it), byMutant.get(it), reasons[it.name], exhaustive?.complete === true));
    const used = new Set(rows.filter((it) => it.outcome === 'equivalent-to-bound' || it.outcome === 'survived').map((it) => it.mutant));
    return {
      name: strategy.name, claim: strategy.claim, hooked, made, unassembled, rows, samples, exhaustive,
      ...(this.#refuted === undefined ? {} : { refuted: this.#refuted }),
      staleReasons: this.#refuted !== undefined || kinds.length < FAULT_KINDS.length ? [] : Object.keys(reasons).filter((it) => !used.has(it)).sort(),
    };
  }

  /** Where every mutant is proved equal, the original is put on trial alone: what is equal to something broken is no comfort. */
  async #original(share: Share, samples: readonly Sample[]): Promise<void> {
    for (const sample of samples) {
      for (const phase of ['off', 'on'] as const) {
        const style = sample.hooked;
        const { refuted } = await this.#do(share.bench, { kind: 'sweep', phase, style, from: 0, to: earlyOf(sample[phase]), alive: [] });
        if (refuted !== undefined) this.#refute(style, phase, refuted);
      }
    }
  }

  /** To assemble all mutants takes long: each worker does a part of them. */
  #shares(fates: readonly Fate[], count: number): Share[] {
    return Array.from({ length: Math.max(1, Math.min(count, fates.length)) }, (_, i) => {
      const own = fates.filter((_it, n) => n % count === i);
      return { fates: own, trials: nothingMet(), bench: this.#open(own, 1) };
    });
  }

  #open(fates: readonly Fate[], workers: number): MutationBench {
    const { seed, features, cases = [], bound } = this.#options;
    return this.#hooks.open({ original: this.#strategy, mutants: fates.map((it) => it.mutant.strategy), cases, seed, features, bound }, workers);
  }

  /** Those that are still alive, all in one bench of all workers. */
  async #together(shares: readonly Share[], samples: readonly Sample[]): Promise<Share | undefined> {
    if (this.#refuted !== undefined) return undefined;
    const only = shares.length === 1 ? shares[0] : undefined;
    const fates = only?.fates ?? shares.flatMap((it) => it.fates).filter((it) => it.caught === undefined);
    // Whoever is still alive has met as many scenarios as the others.
    const trials = nothingMet();
    for (const style of ENUMERATED_STYLES) trials[style].off = Math.max(0, ...shares.map((it) => it.trials[style].off));
    const width = Math.max(1, this.#hooks.width);
    const share: Share = only ?? { fates, trials, bench: this.#open(fates, width) };
    try {
      for (const { hooked: style, off, on } of samples) {
        await this.#phase(share, style, 'off', earlyOf(off), off.corpus + off.generated, width);
        await this.#phase(share, style, 'on', 0, on.corpus + on.generated, width);
      }
    } finally {
      if (only === undefined) await share.bench.close();
    }
    return share;
  }

  /** Whoever is left behind `share`, over the whole bound. null: nobody is. */
  async #exhaust(fates: readonly Fate[], { trials }: Share, interrupts: boolean): Promise<ExhaustiveFacts | null> {
    const suspects = fates.filter((it) => it.caught === undefined);
    if (suspects.length === 0 || this.#refuted !== undefined) return null;
    const { bound, hooked: styles } = this.#options;
    const width = Math.max(1, this.#hooks.width);
    const bench = this.#open(suspects, width);
    try {
      const { parts, refuted } = await overBound({
        suspects, width, behind: (fate) => metBy(fate, trials),
        parts: styles.flatMap((hooked) => partsOf(bound, this.#strategy, interrupts, hooked).map((it): StyledPart => ({ ...it, hooked }))),
        run: (task) => this.#do(bench, task),
        progress: (alive, scenarios) => { this.#hooks.progress?.(this.#strategy.name, fates.length, alive, this.#scenarios + scenarios); },
      });
      if (refuted !== undefined) {
        const scenario = `scenario ${refuted.at} of the bound ${bound.name} (${refuted.part}, ${refuted.hooked}): ${refuted.token}`;
        this.#refuted ??= { obligation: refuted.obligation, phase: PHASE_OF[refuted.part], scenario };
      }
      return { bound, suspects: suspects.length, parts, complete: refuted === undefined && suspects.some((it) => it.caught === undefined) };
    } finally {
      await bench.close();
    }
  }

  /** Positions [from, to) of a phase, in rounds; what is caught is described. */
  async #phase(share: Share, style: HookingStyle, phase: Phase, from: number, to: number, workers: number): Promise<void> {
    const { bench, fates } = share;
    const living = (): number[] => livingIn(fates, style);
    const fresh: Fate[] = [];
    let size = ROUND_FIRST;
    for (let at = from; at < to && this.#refuted === undefined; at += size, size = Math.min(ROUND_MOST, 2 * size)) {
      const alive = living();
      if (alive.length === 0) break;
      this.#hooks.progress?.(this.#strategy.name, fates.length, fates.filter((it) => it.caught === undefined).length, this.#scenarios);
      const tasks = cut(at, Math.min(to, at + size), workers);
      const results = await Promise.all(tasks.map(([start, end]) => this.#do(bench, { kind: 'sweep', phase, style, from: start, to: end, alive })));
      for (const result of results) {
        this.#fold(share, style, phase, result, fresh);
        if (this.#refuted !== undefined || living().length === 0) break;
      }
      this.#scenarios += Math.min(to, at + size) - at;
    }
    await Promise.all(fresh.map(async (fate) => {
      fate.described = await this.#do(bench, { kind: 'describe', style, phase, caught: fate.caught!.catch, minimise: CANDIDATES });
    }));
  }

  async #do<T extends MutationTask>(bench: MutationBench, task: T): Promise<MutationAnswer<T>> {
    if (this.#hooks.stop?.() === true) throw new Interrupted();
    return bench.run(task);
  }

  #fold(share: Share, style: HookingStyle, phase: Phase, result: SweepResult, fresh: Fate[]): void {
    const { fates } = share;
    for (const one of result.catches) {
      const fate = fates[one.mutant]!;
      if (fate.caught !== undefined) continue;
      const { trials, withInterrupts } = metBy(fate, share.trials);
      fate.caught = {
        catch: one, style, phase, afterTrials: trials + one.trials, withInterrupts: phase === 'on' ? withInterrupts + one.trials : 0, inBound: false,
      };
      fresh.push(fate);
    }
    note(fates, result.open, result.witnesses);
    share.trials[style][phase] += result.trials;
    // Where all of them were caught before, nobody asked for this scenario.
    if (result.refuted === undefined || livingIn(fates, style).length === 0) return;
    this.#refute(style, phase, result.refuted);
  }

  #refute(style: HookingStyle, phase: Phase, { at, obligation }: NonNullable<SweepResult['refuted']>): void {
    const scenario = `scenario ${at} ${phase === 'off' ? 'without' : 'with'} interrupts, hooked ${style}, of seed ${this.#options.seed}, generator ${GENERATOR_VERSION}`;
    this.#refuted ??= { obligation, phase, scenario };
  }
}

/** Places of those whom nothing has caught and who are judged in that style. */
const livingIn = (fates: readonly Fate[], style: HookingStyle): number[] =>
  fates.flatMap((it, i) => (it.caught === undefined && it.mutant.styles.includes(style) ? [i] : []));

/** Scenarios of a phase that all mutants meet before those still alive are put together anew. */
const earlyOf = ({ corpus, generated }: Sample[Phase]): number => corpus + Math.min(EARLY, generated);

/** [from, to) for so many workers. */
function cut(from: number, to: number, workers: number): [number, number][] {
  const parts = Math.max(1, Math.min(workers, to - from));
  const size = Math.ceil((to - from) / parts);
  return Array.from({ length: Math.ceil((to - from) / size) }, (_, i): [number, number] => [from + i * size, Math.min(to, from + (i + 1) * size)]);
}
