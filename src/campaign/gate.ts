/**
 * The gate decides a change: stored cases first, then a campaign on each feature set, claims both ways, and the baseline. A fact that the
 * baseline calls broken is confirmed by its own witness, so that a rare one does not come and go. Reproducible: its seed is fixed.
 */
import type { Assumption } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import { WITNESSES } from '../contract/witnesses.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Fact } from './baseline.ts';
import { BASELINE_SCHEMA, factKey } from './baseline.ts';
import { BLOCK_RUNS } from '../arbitraries/seeded.ts';
import { huntCanaries } from './canary.ts';
import type { ExhaustReport } from './exhaust-report.ts';
import type { FeatureSet } from './feature-sets.ts';
import type { Finding } from './finding.ts';
import { Fold, order, severityOf, signatureKey } from './fold.ts';
import type { News } from './fold.ts';
import { boundFailures, boundNotes, boundReasons, withBound } from './gate-bound.ts';
import type { BoundFailure } from './gate-bound.ts';
import { gateChecks } from './gate-checks.ts';
import type { GatePlan } from './gate-plan.ts';
import { asRefuted, compareProofs, proofFact, proofNotes, proofReasons, withProof } from './gate-proofs.ts';
import type { ProofReport, Prover } from './gate-prover.ts';
import { NOT_PROVED, Proving } from './gate-proving.ts';
import type { Proved } from './gate-proving.ts';
import { differenceText } from './gate-report.ts';
import type { Difference, GateReport, GateResult, StoredCase } from './gate-report.ts';
import { caseDifferences, claimDifferences, compareFacts, factsOf, mergedTotals, unjudged, withoutRepeats } from './gate-rules.ts';
import { CANDIDATES } from './minimise.ts';
import { missingFrom } from './plan.ts';
import { Pump } from './pump.ts';
import type { StrategyReport } from './report.ts';
import { ruling } from './ruling.ts';
import { withoutDoubles } from './selection.ts';
import { strategyReport } from './strategy-report.ts';
import type { DescribeResult, Drawing, Executor, Judgement } from './task.ts';

export interface GateHooks {
  /** Asked before each piece of work. */
  readonly stop?: () => 'go' | 'interrupt';
  readonly progress?: (progress: { readonly runs: number; readonly of: number; readonly findings: number }) => void;
  readonly finding?: (finding: Finding) => void;
  /** Proves each strategy anew; absent: the gate says nothing of proofs but what it does not show again. */
  readonly prover?: Prover;
  /** Goes through every scenario of a bound; undefined: stopped. Absent: none was asked for. */
  readonly bound?: () => Promise<ExhaustReport | undefined>;
}

export async function gate(plan: GatePlan, executor: Executor, hooks: GateHooks = {}): Promise<GateResult> {
  return new Gate(plan, executor, hooks).run();
}

class Gate {
  readonly #plan: GatePlan;
  readonly #executor: Executor;
  readonly #hooks: GateHooks;
  readonly #folds: readonly Fold[];
  /** By fact: the counterexample. Those of the baseline that replayed, then what was found. */
  readonly #tokens = new Map<string, { readonly token: string; readonly within: boolean }>();
  readonly #refuted = new Set<string>();
  readonly #sought = new Set<string>();
  readonly #findings: { readonly set: number; readonly news: News; readonly finding: Finding }[] = [];
  readonly #within = new Set<string>();
  readonly #caseDifferences = new Map<string, readonly Difference[]>();
  /** By strategy: assumptions that a stored case or a witness of the baseline needs. */
  readonly #needed = new Map<string, Map<Assumption, string>>();
  readonly #notes: string[] = [];
  readonly #proving: Proving | undefined;
  #runs = 0;

  constructor(plan: GatePlan, executor: Executor, hooks: GateHooks) {
    this.#plan = plan;
    this.#executor = executor;
    this.#hooks = hooks;
    this.#folds = plan.sets.map(() => new Fold(plan.setup.strategies.length));
    this.#proving = hooks.prover === undefined ? undefined : new Proving(plan, hooks.prover);
  }

  async run(): Promise<GateResult> {
    const plan = this.#plan;
    const work = [...plan.cases.map((one) => () => this.#case(one)), ...this.#replays()];
    const blocks = plan.sets.flatMap((set, index) => Array.from({ length: set.blocks }, (_, block) => () => this.#block(index, block, work)));
    let stopped = false;
    const next = (queue: (() => Promise<void>)[]) => (): (() => Promise<void>) | undefined => {
      stopped ||= this.#hooks.stop?.() === 'interrupt';
      return stopped ? undefined : work.shift() ?? queue.shift();
    };
    const pump = new Pump(this.#executor.width);
    // Cases and replays are done before the first block asks what is known already.
    await pump.drain(next([]));
    const hunt = stopped ? undefined : await huntCanaries(plan.canaries, plan.canaryDrawing, this.#executor);
    await pump.drain(next(blocks));
    if (stopped || hunt === undefined) return { kind: 'interrupted' };
    const bound = await this.#hooks.bound?.();
    if (this.#hooks.bound !== undefined && bound === undefined) return { kind: 'interrupted' };
    if (bound !== undefined) this.#wentThrough(bound);
    // When all failures of this run are there for the proofs to be confronted with.
    const proved = this.#proving === undefined ? NOT_PROVED : await this.#proving.run(() => this.#hooks.stop?.() === 'interrupt');
    if (proved === undefined) return { kind: 'interrupted' };
    for (const proof of proved.proofs) this.#refutedBy(proof);
    this.#folds[0]?.addFaults(hunt.faults);
    // Last: the model's hash is a run of many programs, quick when all code is compiled.
    const description = await this.#executor.run({ kind: 'describe' });
    return { kind: 'completed', report: this.#report(description, hunt.canaries, proved, bound) };
  }

  #wentThrough(bound: ExhaustReport): void {
    for (const it of boundFailures(bound, this.#plan.sets, this.#plan.listed)) this.#shown(it);
    for (const { index, strategy } of this.#plan.listed) {
      const findings = bound.strategies.find((it) => it.name === strategy.name)?.findings ?? [];
      this.#proving?.found(index, ...findings.map((it) => it.scenario));
    }
  }

  /** A chain of calls that was run is a counterexample like any other, in the feature set of the claim. */
  #refutedBy({ strategy, features, refutations }: ProofReport): void {
    for (const { obligation, token } of refutations) this.#shown({ strategy, features, obligation, token, within: true });
  }

  /** A counterexample from elsewhere than the gate's own trials. */
  #shown({ strategy, features, obligation, token, within }: BoundFailure): void {
    const key = factKey({ strategy, features, obligation }), known = this.#tokens.get(key);
    const holds = this.#plan.listed.some((it) => it.strategy.name === strategy && it.strategy.claim.kind === 'holds');
    if (within) this.#within.add(key);
    // Of who claims to break, what is known stays; a claim to hold is refuted within it.
    if (known === undefined || (holds && within && !known.within)) this.#tokens.set(key, { token, within });
  }

  async #case(stored: StoredCase): Promise<void> {
    const { setup } = this.#plan;
    const names = setup.strategies.map((it) => (typeof it === 'string' ? it : it.name));
    const strategies = names.flatMap((name, index) => (Object.hasOwn(stored.expected, name) && names.indexOf(name) === index ? [index] : []));
    for (const name of Object.keys(stored.expected)) if (!names.includes(name)) this.#notes.push(`${stored.name}: strategy ${name} is not here, its verdict was not looked at`);
    const result = await this.#executor.run({ kind: 'judge', scenario: stored.scenario, strategies });
    if (result.fault !== undefined) this.#folds[0]?.addFaults([result.fault]);
    for (const it of result.judgements) this.#needs(names[it.strategy] ?? '', it, stored.token);
    this.#caseDifferences.set(stored.name, result.judgements.flatMap((it) => caseDifferences(stored, names[it.strategy] ?? '', it)));
  }

  #needs(strategy: string, { outcome, outside }: Judgement, token: string): void {
    const [only] = outside;
    if (outcome !== 'violated' || only === undefined || outside.length > 1) return;
    const known = this.#needed.get(strategy) ?? new Map<Assumption, string>();
    this.#needed.set(strategy, known);
    if (order(token, known.get(only) ?? '~') < 0) known.set(only, token);
  }

  /** The baseline's own counterexamples, each once for all the facts that it stands for. */
  #replays(): (() => Promise<void>)[] {
    const { baseline, baselineWitnesses, listed } = this.#plan;
    const byToken = new Map(baselineWitnesses.map((it) => [it.token, it]));
    const facts = (baseline?.facts ?? []).filter((fact) => fact.token !== undefined && byToken.has(fact.token));
    const groups = new Map<string, Fact[]>();
    for (const fact of facts) {
      const key = `${fact.strategy} ${fact.token ?? ''}`;
      groups.set(key, [...groups.get(key) ?? [], fact]);
    }
    return [...groups.values()].flatMap((group) => {
      const [first] = group;
      const witness = byToken.get(first?.token ?? '');
      const accused = listed.find((it) => it.strategy.name === first?.strategy);
      if (witness === undefined || accused === undefined) return [];
      return [async (): Promise<void> => {
        const { judgements, fault } = await this.#executor.run({ kind: 'judge', scenario: witness.scenario, strategies: [accused.index] });
        if (fault !== undefined) this.#folds[0]?.addFaults([fault]);
        for (const it of judgements) this.#needs(accused.strategy.name, it, witness.token);
        const broken = judgements[0]?.violations.map((it) => it.obligation) ?? [];
        for (const fact of group) {
          if (broken.includes(fact.obligation)) this.#tokens.set(factKey(fact), { token: witness.token, within: false });
          else this.#refuted.add(factKey(fact));
        }
      }];
    });
  }

  async #block(index: number, block: number, work: (() => Promise<void>)[]): Promise<void> {
    const set = this.#plan.sets[index];
    const fold = this.#folds[index];
    if (set === undefined || fold === undefined) return;
    const drawing: Drawing = { seed: this.#plan.seed, features: set.features, premises: set.premises };
    const result = await this.#executor.run({ kind: 'block', drawing, block, runs: BLOCK_RUNS, strategies: set.strategies });
    this.#runs += result.runs;
    for (const news of fold.offer(block, result)) {
      const key = this.#key(set, news.strategy, news.tally.obligation);
      // A claim that is refuted wants a counterexample within it, whatever is known of the fact.
      const refutes = news.tally.outside === 0 && this.#plan.listed.some((it) => it.index === news.strategy && it.strategy.claim.kind === 'holds');
      if (news.tally.outside === 0) {
        this.#within.add(key);
        this.#proving?.drew(news.strategy, drawing, news.tally.block, news.tally.run);
      }
      if (!refutes && this.#tokens.has(key)) continue;
      const sought = `${key}${refutes ? ' within' : ''}`;
      if (this.#sought.has(sought)) continue;
      this.#sought.add(sought);
      work.push(() => this.#minimise(index, set, drawing, news));
    }
    this.#hooks.progress?.({ runs: this.#runs, of: this.#plan.sets.reduce((sum, it) => sum + it.blocks, 0) * BLOCK_RUNS, findings: this.#findings.length });
  }

  async #minimise(index: number, set: FeatureSet, drawing: Drawing, news: News): Promise<void> {
    const { strategy, tally } = news;
    const { finding, fault } = await this.#executor.run({ kind: 'minimise', drawing, strategy, tally, candidates: CANDIDATES });
    if (fault !== undefined) this.#folds[0]?.addFaults([fault]);
    if (finding === undefined) return;
    const key = this.#key(set, strategy, tally.obligation);
    if (!this.#tokens.has(key) || (finding.withinClaim && this.#tokens.get(key)?.within === false)) this.#tokens.set(key, { token: finding.token, within: finding.withinClaim });
    if (finding.withinClaim) this.#within.add(key);
    this.#findings.push({ set: index, news, finding });
    this.#proving?.found(strategy, finding.scenario);
    this.#hooks.finding?.(finding);
  }

  #key(set: FeatureSet, strategy: number, obligation: ObligationName): string {
    const name = this.#plan.listed.find((it) => it.index === strategy)?.strategy.name ?? '';
    return factKey({ strategy: name, features: set.label, obligation });
  }

  #report(description: DescribeResult, canaries: GateReport['canaries'], { proofs, canaries: proofCanaries }: Proved, bound: ExhaustReport | undefined): GateReport {
    const plan = this.#plan;
    const proofOf = (strategy: string): ProofReport | undefined => proofs.find((it) => it.strategy === strategy);
    const facts = this.#facts().map((it) => withBound(withProof(it, proofOf(it.strategy)), bound));
    const findings = withoutDoubles(this.#findings.sort(inOrder).map((it) => it.finding), false);
    const strategies = plan.listed.map(({ index, strategy }) => asRefuted(this.#strategy(index, description, findings), proofOf(strategy.name)?.verdict === 'breaks' || bound?.strategies.find((it) => it.name === strategy.name)?.outcome === 'broken'));
    const allFeatures = plan.features.length === FEATURES.length;
    const claims = strategies.flatMap((it, index) => claimDifferences(it, plan.listed[index]?.builtIn ?? false, allFeatures, facts, this.#within));
    const compared = plan.baseline === undefined ? undefined : compareFacts(plan.baseline, facts, this.#refuted);
    const comparedProofs = plan.baseline === undefined || proofs.length === 0 ? undefined : compareProofs(plan.baseline, proofs);
    const cases = plan.cases.flatMap((it) => this.#caseDifferences.get(it.name) ?? []);
    const lost = comparedProofs?.differences ?? [];
    const differences = [...withoutRepeats([...cases, ...claims, ...compared?.differences ?? []]), ...lost].map((it) => ({ ...it, text: differenceText(it) }));
    const witnesses = Object.fromEntries(WITNESSES.map((it, index) => [it.name, this.#folds.reduce((sum, fold) => sum + (fold.witnesses[index] ?? 0), 0)]));
    const missingWitnesses = missingFrom(plan.witnesses, witnesses, plan.runs);
    const faults = this.#folds.flatMap((fold) => fold.faults);
    const decided = ruling({
      strategies: strategies.map((it, index) => ({ ...it, builtIn: plan.listed[index]?.builtIn ?? false })), canaries, missingWitnesses, allFeatures,
      faultCount: this.#folds.reduce((sum, fold) => sum + fold.faultCount, 0), firstFault: faults[0]?.message,
    }, [...proofReasons(proofs, proofCanaries), ...boundReasons(bound), ...[...cases, ...lost, ...compared?.differences ?? []].map((it) => ({ exit: it.outcome === 'fail' ? 1 : 3, text: differenceText(it) } as const))]);
    const outcome = ({ 0: 'pass', 1: 'fail', 3: 'inconclusive', 4: 'untrusted' } as const)[decided.exit];
    const notes = [...this.#notes.sort(order)];
    if (compared === undefined) notes.push('no baseline: decided by stored cases and claims alone');
    if (compared !== undefined && compared.fresh.length > 0) notes.push(`${compared.fresh.length} facts are not in the baseline (${[...new Set(compared.fresh.map((it) => it.strategy))].join(', ')}): decided by the claims alone`);
    if (compared !== undefined && compared.gone.length > 0) notes.push(`${compared.gone.length} facts of the baseline are about feature sets that are not looked at any more`);
    notes.push(...proofNotes(plan.baseline, comparedProofs, proofs, new Set(strategies.map((it) => it.name))), ...boundNotes(plan.baseline, facts));
    return {
      outcome, ...decided, proofs, proofCanaries, seed: plan.seed, runs: this.#runs, modelHash: description.modelHash, differences, strategies, canaries, witnesses, faults, notes,
      checks: gateChecks({ plan, strategies, canaries, missingWitnesses, faults, facts, caseDifferences: this.#caseDifferences, claims, compared, proofs, proofCanaries, comparedProofs }),
      idle: strategies.flatMap((it) => it.assumptions.filter((one) => one.standing === 'idle').map(({ assumption, exercised }) => ({ strategy: it.name, assumption, exercised }))),
      untested: strategies.flatMap((it) => it.assumptions.filter((one) => one.standing === 'undecided' || one.standing === 'unexercised')
        .map(({ assumption, exercised, least }) => ({ strategy: it.name, assumption, exercised, least }))),
      baseline: { schema: BASELINE_SCHEMA, seed: String(plan.seed), runs: plan.runs, generator: description.generator, features: plan.features, proofs: proofs.map(proofFact), facts },
    };
  }

  #facts(): Fact[] {
    return this.#plan.sets.flatMap((set, index) => set.strategies.flatMap((strategy) => {
      const accused = this.#plan.listed.find((it) => it.index === strategy);
      const totals = this.#folds[index]?.totals[strategy];
      if (accused === undefined || totals === undefined) return [];
      return factsOf(accused.strategy, set.label, totals, (obligation) => this.#tokens.get(this.#key(set, strategy, obligation))?.token);
    }));
  }

  #strategy(index: number, description: DescribeResult, findings: readonly Finding[]): StrategyReport {
    const accused = this.#plan.listed.find((it) => it.index === index);
    if (accused === undefined) throw new RangeError(`strategy ${index}`);
    const { name, claim } = accused.strategy;
    const totals = mergedTotals(this.#folds.flatMap((fold) => fold.totals[index] ?? []));
    const own = findings.filter((it) => it.strategy === name)
      .sort((a, b) => Number(b.withinClaim) - Number(a.withinClaim) || severityOf(a.signature.obligation) - severityOf(b.signature.obligation));
    return strategyReport({ name, hash: description.hashes[index] ?? '', claim, notApplicableObligations: unjudged(accused.strategy) }, totals, own, { ...(this.#needed.has(name) ? { known: this.#needed.get(name)! } : {}), features: this.#plan.features });
  }
}

type Found = { readonly set: number; readonly news: News };

/** As they were drawn, whoever was minimised first. */
function inOrder(a: Found, b: Found): number {
  const [left, right] = [a.news, b.news];
  return a.set - b.set || left.tally.block - right.tally.block || left.tally.run - right.tally.run || left.strategy - right.strategy
    || order(signatureKey(left.tally), signatureKey(right.tally));
}
