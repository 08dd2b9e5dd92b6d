/** From what an exhaustive run has seen to outcomes and the exit code: the rules of "Verdicts and exit codes" for a bound, and nothing else. */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ExhaustReport, ExhaustStrategyFacts, JudgedStrategy } from './exhaust-report.ts';
import type { ExitCode } from './report.ts';
import type { Fault } from './task.ts';

interface Reason {
  readonly exit: 1 | 3 | 4;
  readonly text: string;
}

export function judgedWithin(it: ExhaustStrategyFacts, complete: boolean): JudgedStrategy {
  const broken = OBLIGATIONS.map((one) => one.name).filter((name) => it.signatures.some((line) => line.withinClaim && line.obligation === name));
  const { claim } = it;
  if (it.trials === 0 && it.notApplicable > 0) return { ...it, outcome: 'not-applicable', asClaimed: false, unseen: [] };
  const unseen = claim.kind === 'breaks' ? claim.obligations.filter((name) => !broken.includes(name)) : [];
  if (broken.length > 0) return { ...it, outcome: 'broken', asClaimed: claim.kind === 'breaks' && unseen.length === 0, unseen };
  const decided = complete && it.openWithin === 0 && it.within > 0;
  return { ...it, outcome: decided ? 'holds' : 'inconclusive', asClaimed: decided && claim.kind === 'holds', unseen };
}

export function exhaustRuling(
  all: readonly ExhaustStrategyFacts[], complete: boolean, faults: readonly Fault[], faultCount: number,
): Pick<ExhaustReport, 'strategies' | 'reasons' | 'exit'> {
  const strategies = all.map((it) => judgedWithin(it, complete));
  const reasons: Reason[] = [];
  const many = faultCount === 1 ? 'a fault' : `${faultCount} faults`;
  if (faultCount > 0) reasons.push({ exit: 4, text: `${many} of the harness itself: ${faults[0]?.message ?? ''}` });
  if (!complete) reasons.push({ exit: 3, text: 'not all of the bound was gone through' });
  if (strategies.every((it) => it.outcome === 'not-applicable')) reasons.push({ exit: 3, text: 'no strategy has code for functions that are hooked out of line' });
  for (const it of strategies) reasons.push(...about(it, complete));
  const exit: ExitCode = ([4, 1, 3] as const).find((code) => reasons.some((it) => it.exit === code)) ?? 0;
  return { strategies, exit, reasons: ([4, 1, 3] as const).flatMap((code) => reasons.filter((it) => it.exit === code).map((it) => it.text)) };
}

function about(it: JudgedStrategy, complete: boolean): Reason[] {
  const { name, claim } = it;
  const reasons: Reason[] = [];
  // It is named as what it is; where others are on trial nobody can take it for one that holds.
  if (it.outcome === 'not-applicable') return reasons;
  if (claim.kind === 'breaks') {
    if (it.asClaimed) return reasons;
    const what = it.outcome === 'broken' ? `claims to break ${it.unseen.join(', ')}, which` : 'claims to be broken, which';
    return [...reasons, { exit: 3, text: `${name} ${what} nothing ${complete ? 'in the bound' : 'so far'} shows` }];
  }
  if (it.outcome === 'broken') return [...reasons, { exit: 1, text: `${name} claims to hold and is broken` }];
  if (it.openWithin > 0) reasons.push({ exit: 3, text: `${name}: ${it.openWithin} runs did not come to an end` });
  if (it.within === 0 && complete) reasons.push({ exit: 3, text: `${name}: no scenario of the bound satisfies all that it assumes` });
  return reasons;
}
