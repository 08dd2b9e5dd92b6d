/**
 * A whole `prove`: strategies judged, canaries hunted, and each proof confronted with every scenario that is known to fail for somebody. What a proof says cannot happen and a run
 * shows is no finding about a strategy: the harness cannot be trusted.
 */
import type { Claim } from '../contract/claim.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Feature } from '../scenario/features.ts';
import { parseScenario } from '../scenario/notation.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { branchOnly } from '../strategies/branch-only.ts';
import { livepatchStackEarlyRelease } from '../strategies/livepatch-stack-early-release.ts';
import { livepatchStackLatePublish } from '../strategies/livepatch-stack-late-publish.ts';
import { MODEL_CORPUS } from '../trial/model-corpus.ts';
import { contradictions, judge } from './verdict.ts';
import type { Contradiction, Judgement } from './verdict.ts';

/** Known to be wrong, and refuted in every run, over features that need few fragments. */
export const CANARIES: readonly { readonly strategy: Strategy; readonly features: readonly Feature[] }[] = [
  { strategy: branchOnly, features: ['local'] },
  { strategy: livepatchStackLatePublish, features: ['local', 'interrupt'] },
  { strategy: livepatchStackEarlyRelease, features: ['local', 'interrupt'] },
];

export interface Judged {
  readonly judgement: Judgement;
  readonly claim: Claim;
  /** What the verdict is against the claim. `weaker`: it claims to break, and holds where only some features were asked about. */
  readonly standing: 'as claimed' | 'refuted' | 'not known' | 'weaker';
  /** Scenarios that the proof speaks of and that were run; which failed. */
  readonly confronted: number;
  readonly contradictions: readonly Contradiction[];
}

export interface ProveReport {
  readonly asked: readonly Feature[];
  readonly judged: readonly Judged[];
  readonly canaries: readonly { readonly name: string; readonly refuted: boolean }[];
  readonly exit: number;
}

/** `all`: every feature was asked about. `known`: further scenarios to confront proofs with. */
export function proveAll(strategies: readonly Strategy[], asked: readonly Feature[], all: boolean, known: readonly Scenario[], told: (done: number) => void = () => undefined): ProveReport {
  const hunted = CANARIES.map(({ strategy, features }) => judge(strategy, features));
  const judgements = strategies.map((strategy, i) => {
    const judgement = judge(strategy, asked);
    told(i + 1);
    return judgement;
  });
  // Read where there is a proof to confront.
  const pool = judgements.every(({ outcome }) => outcome !== 'holds') ? []
    : [...known, ...MODEL_CORPUS.map((text) => parseScenario(text)), ...[...hunted, ...judgements].flatMap(({ refutations }) => refutations.map((it) => it.scenario))];
  const judged = judgements.map((judgement, i): Judged => {
    const strategy = strategies[i]!, { tried, found } = judgement.outcome === 'holds' ? contradictions(strategy, judgement, pool) : { tried: 0, found: [] };
    return { judgement, claim: strategy.claim, standing: standingOf(judgement, strategy.claim, all), confronted: tried, contradictions: found };
  });
  const canaries = hunted.map(({ name, outcome }) => ({ name, refuted: outcome === 'breaks' }));
  return { asked, judged, canaries, exit: exitOf(judged, canaries) };
}

function standingOf({ outcome }: Judgement, claim: Claim, all: boolean): Judged['standing'] {
  if (outcome === 'undecided') return 'not known';
  if (outcome === claim.kind) return 'as claimed';
  return outcome === 'breaks' ? 'refuted' : all ? 'refuted' : 'weaker';
}

function exitOf(judged: readonly Judged[], canaries: ProveReport['canaries']): number {
  if (judged.some((it) => it.contradictions.length > 0) || canaries.some((it) => !it.refuted)) return 4;
  if (judged.some((it) => it.standing === 'refuted')) return 1;
  return judged.some((it) => it.standing === 'not known') ? 3 : 0;
}
