/** The prover that a gate is handed: `prove`'s own, one strategy at a time, so that an interrupt is heard between two. */
import { setImmediate as turn } from 'node:timers/promises';
import type { ProofContradiction, ProofOutcome, Prover } from '../campaign/gate-prover.ts';
import { encodeToken, shortHash, tokenPlace } from '../case/token.ts';
import type { TokenStrategy } from '../case/token.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Violation } from '../contract/verdict.ts';
import { CANARIES } from '../prove/session.ts';
import { contradictions, judge } from '../prove/verdict.ts';
import type { Judgement } from '../prove/verdict.ts';
import { canonical } from '../scenario/canonical.ts';
import { parseScenario } from '../scenario/notation.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { MODEL_CORPUS } from '../trial/model-corpus.ts';
import { Trials } from '../trial/trials.ts';

/** @param progress told which strategy is being proved */
export function gateProver(progress: (name: string) => void): Prover {
  const judgements = new Map<ProofOutcome, Judgement>();
  return {
    async canaries() {
      await turn();
      return CANARIES.map(({ strategy, features }) => ({ name: strategy.name, refuted: judge(strategy, features).outcome === 'breaks' }));
    },
    async prove(strategy, features) {
      progress(strategy.name);
      await turn();
      const judgement = judge(strategy, features), outcome = outcomeOf(judgement);
      judgements.set(outcome, judgement);
      return outcome;
    },
    async confront(strategy, proof, scenarios) {
      await turn();
      const judgement = judgements.get(proof);
      if (judgement === undefined) throw new RangeError(`no proof of ${strategy.name}`);
      const { tried, found } = contradictions(strategy, judgement, [...MODEL_CORPUS.map((text) => parseScenario(text)), ...scenarios]);
      return { tried, found: found.map(({ violation, notation }): ProofContradiction => ({ obligation: violation.obligation, token: tokenOf(strategy, notation, violation) })) };
    },
  };
}

function outcomeOf({ outcome, assuming, obligations, fragments, refutations, notShown, reason }: Judgement): ProofOutcome {
  const [chain] = notShown;
  const why = reason ?? (chain === undefined ? 'no reason is known' : `a chain that fails in no scenario that was tried: ${chain.chain}`);
  return {
    verdict: outcome, assuming, obligations, fragments, why: outcome === 'undecided' ? why : '',
    refutations: refutations.filter((it, i) => refutations.findIndex((other) => other.obligation === it.obligation) === i).map(({ obligation, chain: words, token }) => ({ obligation, chain: words, token })),
  };
}

function tokenOf(strategy: Strategy, notation: string, { obligation, edge, place }: Violation): string {
  const named: TokenStrategy = BUILT_IN.includes(strategy) ? { kind: 'built-in', name: strategy.name } : { kind: 'user', hash: shortHash(new Trials([strategy]).strategyHash(0)) };
  return encodeToken({ scenario: canonical(parseScenario(notation)), strategy: named, signature: { obligation, edge, place: tokenPlace(place) } });
}
