/** A gate's proofs at work: each strategy is proved anew, and each proof confronted with every scenario of the run that failed, and with those that are known. */
import { ScenarioArbitrary } from '../arbitraries/scenario.ts';
import { scenarioAt } from '../arbitraries/seeded.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { GatePlan } from './gate-plan.ts';
import { claimLabel } from './gate-proofs.ts';
import type { ProofCanary, ProofReport, Prover } from './gate-prover.ts';
import type { Accused } from './plan.ts';
import type { Drawing } from './task.ts';

export interface Proved {
  readonly proofs: readonly ProofReport[];
  readonly canaries: readonly ProofCanary[];
}

export const NOT_PROVED: Proved = { proofs: [], canaries: [] };

interface Drawn {
  readonly drawing: Drawing;
  readonly block: number;
  readonly run: number;
}

export class Proving {
  readonly #plan: GatePlan;
  readonly #prover: Prover;
  /** By strategy index: scenarios in which it failed, as they were drawn and as findings have them. */
  readonly #drawn = new Map<number, Drawn[]>();
  readonly #found = new Map<number, Scenario[]>();

  constructor(plan: GatePlan, prover: Prover) {
    this.#plan = plan;
    this.#prover = prover;
  }

  /** A trial that broke something within the claim. */
  drew(strategy: number, drawing: Drawing, block: number, run: number): void {
    this.#drawn.set(strategy, [...this.#drawn.get(strategy) ?? [], { drawing, block, run }]);
  }

  found(strategy: number, ...scenarios: readonly Scenario[]): void {
    this.#found.set(strategy, [...this.#found.get(strategy) ?? [], ...scenarios]);
  }

  /** undefined: stopped. */
  async run(stopped: () => boolean): Promise<Proved | undefined> {
    if (stopped()) return undefined;
    const canaries = await this.#prover.canaries();
    const proofs: ProofReport[] = [];
    for (const accused of this.#plan.listed) {
      if (stopped()) return undefined;
      proofs.push(await this.#proof(accused));
    }
    return { proofs, canaries };
  }

  async #proof({ index, strategy }: Accused): Promise<ProofReport> {
    const { features } = this.#plan;
    const outcome = await this.#prover.prove(strategy, features);
    const about = { strategy: strategy.name, features: claimLabel(strategy) };
    if (outcome.verdict !== 'holds') return { ...outcome, ...about, confronted: 0, contradictions: [] };
    const { tried, found } = await this.#prover.confront(strategy, outcome, this.#suspicious(index));
    return { ...outcome, ...about, confronted: tried, contradictions: found };
  }

  #suspicious(index: number): Scenario[] {
    const arbitraries = new Map<Drawing, ScenarioArbitrary>();
    const drawn = (this.#drawn.get(index) ?? []).map(({ drawing, block, run }) => {
      const arbitrary = arbitraries.get(drawing) ?? new ScenarioArbitrary({ features: drawing.features });
      arbitraries.set(drawing, arbitrary);
      return scenarioAt(arbitrary, drawing.seed, block, run);
    });
    return [...this.#plan.cases.map((it) => it.scenario), ...this.#plan.baselineWitnesses.map((it) => it.scenario), ...this.#found.get(index) ?? [], ...drawn];
  }
}
