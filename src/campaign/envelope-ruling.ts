/** From envelopes to the exit code: claims against what breaks, the canaries, the harness's own faults, and what is left undecided. */
import type { Strategy } from '../contract/strategy.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import type { Hunt } from './canary.ts';
import type { Contradiction, Envelope, EnvelopeReport, StrategyEnvelope } from './envelope-report.ts';
import { keptOutBy, maskOf } from './envelope-sets.ts';
import { ruling } from './ruling.ts';
import type { Evidence, Reason } from './ruling.ts';
import type { Fault } from './task.ts';

/** Sets that break a strategy and that its claim does not keep out. Of one that claims to break there are none: it says nothing of where. */
export function contradictionsOf({ claim }: Pick<Strategy, 'claim'>, envelopes: readonly Envelope[]): Contradiction[] {
  if (claim.kind === 'breaks') return [];
  const keptOut = keptOutBy(claim);
  return envelopes.flatMap((it) => it.breaking).filter((it) => (maskOf(it) & keptOut) === 0n)
    .map(({ features, unmet, obligation, finding: { token } }) => ({ features, unmet, obligation, token }));
}

export interface EnvelopeEvidence {
  readonly strategies: readonly StrategyEnvelope[];
  readonly features: readonly Feature[];
  readonly hunt: Hunt;
  readonly faults: readonly Fault[];
  readonly faultCount: number;
}

export function envelopeRuling({ strategies, features, hunt, faults, faultCount }: EnvelopeEvidence): Pick<EnvelopeReport, 'exit' | 'reasons'> {
  return ruling({
    strategies: strategies.filter((it) => it.trials > 0).map(verdictOf),
    canaries: hunt.canaries, missingWitnesses: [], faultCount, firstFault: faults[0]?.message, allFeatures: features.length === FEATURES.length,
  }, strategies.flatMap(undecidedOf));
}

/** As a campaign would say it; what is undecided is said apart. A claim to break is met by any set that breaks: the smallest need not show all that it names. */
function verdictOf(it: StrategyEnvelope): Evidence['strategies'][number] {
  const { name, claim, builtIn, trials, fatal, recorded, contradictions } = it;
  const broken = claim.kind === 'holds' ? contradictions.length > 0 : fatal.breaking.length + recorded.breaking.length > 0;
  return {
    name, claim, builtIn, trials, within: trials, outOfBudget: 0, outcome: broken ? 'broken' : 'holds', asClaimed: broken === (claim.kind === 'breaks'),
    unseen: claim.kind === 'breaks' && !broken ? claim.obligations : [],
  };
}

function undecidedOf({ name, fatal, recorded }: StrategyEnvelope): Reason[] {
  const count = fatal.undecided.length + recorded.undecided.length;
  const whole = fatal.complete && recorded.complete;
  if (count === 0 && whole) return [];
  const why = [...fatal.undecided, ...recorded.undecided][0]?.why ?? 'more candidates than are kept';
  return [{ exit: 3, text: `${name}: undecided in ${whole ? '' : 'more than '}${count} of its largest sets (${why})` }];
}
