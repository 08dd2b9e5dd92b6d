/**
 * Envelopes without a bound, confronted: the claims of the strategies, the canaries, and every scenario that is at hand. What lies in a set that is proved and fails all the same makes all of it worth nothing.
 */
import type { Claim } from '../contract/claim.ts';
import type { Strategy } from '../contract/strategy.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { Violation } from '../contract/verdict.ts';
import { isSubset } from '../borders/antichain.ts';
import type { Feature } from '../scenario/features.ts';
import { parseScenario } from '../scenario/notation.ts';
import { printScenario } from '../scenario/notation-print.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { MODEL_CORPUS } from '../trial/model-corpus.ts';
import { Trials } from '../trial/trials.ts';
import { claimed } from './covered.ts';
import { EnvelopeProver, liesIn } from './envelope.ts';
import type { BrokenSet, ProofBorder, ProofEnvelope } from './envelope.ts';
import { CANARIES } from './session.ts';
import { maskOf, setOf } from './sets.ts';
import { judge } from './verdict.ts';
import type { Contradiction } from './verdict.ts';
import { covered } from './witness.ts';

export interface ConfrontedEnvelope {
  readonly prover: EnvelopeProver;
  readonly envelope: ProofEnvelope;
  /** What the envelope is against the claim; `refuted`: a set that breaks it lies in what the claim covers. `weaker`: it claims to break, and is proved where only some features were asked about. */
  readonly standing: 'as claimed' | 'refuted' | 'not known' | 'weaker';
  /** Scenarios that lie in a set that is proved, and were run. */
  readonly confronted: number;
  readonly contradictions: readonly Contradiction[];
}

export interface ProofEnvelopeReport {
  readonly asked: readonly Feature[];
  readonly strategies: readonly ConfrontedEnvelope[];
  readonly canaries: readonly { readonly name: string; readonly refuted: boolean }[];
  readonly exit: number;
}

const RECORDED: ReadonlySet<string> = new Set(OBLIGATIONS.filter(({ fatal }) => !fatal).map(({ name }) => name));
/** A convention: a run goes on when it is broken. */
export const isRecorded = (obligation: string): boolean => RECORDED.has(obligation);

/** Every set that a chain shows to break. */
export const brokenSets = ({ broken, undecided }: ProofBorder): BrokenSet[] => [...broken, ...undecided.flatMap(({ more }) => more)];

/** `all`: every feature was asked about. `known`: further scenarios to confront proofs with. */
export async function proveEnvelopes(strategies: readonly Strategy[], asked: readonly Feature[], all: boolean, known: readonly Scenario[], told: (done: number) => void = () => undefined): Promise<ProofEnvelopeReport> {
  const hunted = CANARIES.map(({ strategy, features }) => judge(strategy, features));
  const made: { prover: EnvelopeProver; envelope: ProofEnvelope }[] = [];
  for (const strategy of strategies) {
    const prover = new EnvelopeProver(strategy, asked);
    made.push({ prover, envelope: await prover.envelope() });
    told(made.length);
  }
  const shown = made.flatMap(({ envelope: { fatal, all: whole } }) => [...brokenSets(fatal), ...brokenSets(whole)]).flatMap(({ refutations }) => refutations);
  const pool = new Confronting([...known, ...MODEL_CORPUS.map((text) => parseScenario(text)), ...[...hunted.flatMap(({ refutations }) => refutations), ...shown].map(({ scenario }) => scenario)]);
  const confronted = made.map((it): ConfrontedEnvelope => {
    const { tried, found } = pool.against(it.prover.strategy, it.envelope);
    return { ...it, standing: standingOf(it.envelope, it.prover.strategy.claim, all), confronted: tried, contradictions: found };
  });
  const canaries = hunted.map(({ name, outcome }) => ({ name, refuted: outcome === 'breaks' }));
  return { asked, strategies: confronted, canaries, exit: exitOf(confronted, canaries) };
}

/** Scenarios, each with what it does not do without. */
export class Confronting {
  readonly #scenarios: readonly { readonly scenario: Scenario; readonly set: bigint }[];

  constructor(scenarios: readonly Scenario[]) {
    this.#scenarios = scenarios.map((scenario) => ({ scenario, set: setOf(scenario) }));
  }

  /** Runs all that lie in a set that is proved. A convention may be broken where only the rest is. */
  against(strategy: Strategy, { fatal, all }: Pick<ProofEnvelope, 'fatal' | 'all'>): { readonly tried: number; readonly found: readonly Contradiction[] } {
    const trials = new Trials([strategy]), found: Contradiction[] = [];
    let tried = 0;
    for (const { scenario, set } of this.#scenarios) {
      if (!liesIn(set, fatal.proved)) continue;
      trials.load(scenario);
      if (!trials.applicable(0)) continue;
      tried++;
      const violation = contradicting(covered(trials.run(0)), set, { fatal, all });
      if (violation !== undefined) found.push({ strategy: strategy.name, violation: { ...violation }, notation: printScenario(scenario) });
    }
    return { tried, found };
  }
}

/** The violation, if a scenario of this set must not show it. */
export function contradicting(violation: Violation | undefined, set: bigint, { fatal, all }: Pick<ProofEnvelope, 'fatal' | 'all'>): Violation | undefined {
  if (violation === undefined) return undefined;
  return liesIn(set, isRecorded(violation.obligation) ? all.proved : fatal.proved) ? violation : undefined;
}

function standingOf({ universe, fatal, all }: ProofEnvelope, claim: Claim, every: boolean): ConfrontedEnvelope['standing'] {
  const broken = [...brokenSets(fatal), ...brokenSets(all)];
  if (claim.kind === 'breaks') return broken.length > 0 ? 'as claimed' : !liesIn(universe, all.proved) ? 'not known' : every ? 'refuted' : 'weaker';
  const { without, premises } = claimed(claim);
  const within = universe & ~maskOf([...without, ...premises] as Parameters<typeof maskOf>[0]);
  return broken.some(({ mask }) => isSubset(mask, within)) ? 'refuted' : liesIn(within, all.proved) ? 'as claimed' : 'not known';
}

function exitOf(strategies: readonly ConfrontedEnvelope[], canaries: ProofEnvelopeReport['canaries']): number {
  if (strategies.some((it) => it.contradictions.length > 0) || canaries.some((it) => !it.refuted)) return 4;
  if (strategies.some((it) => it.standing === 'refuted')) return 1;
  return strategies.some((it) => it.standing === 'not known') ? 3 : 0;
}
