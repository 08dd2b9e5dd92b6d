/**
 * An exhaustive run: all slices of all parts, folded in order, then each strategy's smallest counterexamples in words. It ends early when it is told
 * to; then it says how far it came, and its state is what a later run goes on from.
 */
import type { ObligationName } from '../contract/obligations.ts';
import type { ReturnEdge } from '../contract/verdict.ts';
import { encodeToken, shortHash, tokenPlace } from '../case/token.ts';
import type { Strategy } from '../contract/strategy.ts';
import { compareMeasures } from '../enumerate/measure.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { assumptionsOf, namesOf } from './assumptions.ts';
import { Tally, compareSmallest } from './exhaust-tally.ts';
import type { ExhaustPlan, PartPlan } from './exhaust-plan.ts';
import { sliceOf } from './exhaust-plan.ts';
import type { AboutResult, ExhaustBench, ExhaustSignature, Part, SliceResult } from './exhaust-task.ts';
import { exhaustRuling } from './exhaust-ruling.ts';
import type { ExhaustFinding, ExhaustReport, ExhaustStrategyFacts, InterruptFacts, SignatureLine } from './exhaust-report.ts';
import { KEPT_FAULTS } from './fold.ts';
import { Pump } from './pump.ts';
import type { Fault } from './task.ts';

/** How far one part has come. */
export interface PartState {
  readonly plan: PartPlan;
  /** Slices folded: the first so many. */
  next: number;
  /** Scenarios in them. */
  scenarios: number;
  /** By strategy. */
  readonly tallies: readonly Tally[];
}

export interface ExhaustState {
  readonly parts: readonly PartState[];
  readonly faults: Fault[];
  faultCount: number;
}

export interface ExhaustProgress {
  readonly part: Part;
  readonly scenarios: number;
  readonly expected: number;
  readonly trials: number;
}

export interface ExhaustHooks {
  /** Asked before each slice. */
  readonly stop?: () => boolean;
  readonly progress?: (progress: ExhaustProgress) => void;
  /** After each slice that was folded. */
  readonly state?: (state: ExhaustState) => void;
}

export function freshState(plan: ExhaustPlan): ExhaustState {
  return {
    parts: plan.parts.map((it) => ({ plan: it, next: 0, scenarios: 0, tallies: plan.strategies.map(() => new Tally()) })),
    faults: [], faultCount: 0,
  };
}

/** @param state where an earlier run of the same plan stopped; it is changed */
export async function exhaust(
  plan: ExhaustPlan, bench: ExhaustBench, about: AboutResult, state: ExhaustState, hooks: ExhaustHooks = {},
): Promise<ExhaustReport> {
  for (const part of state.parts) await runPart(part, bench, state, hooks);
  const strategies: ExhaustStrategyFacts[] = [];
  for (let index = 0; index < plan.strategies.length; index++) strategies.push(await judgedOf(plan, bench, about, state, index));
  const done = state.parts.every((it) => it.next === it.plan.slices);
  const faults = [...state.faults];
  let faultCount = state.faultCount;
  for (const part of state.parts) {
    if (part.next < part.plan.slices || part.scenarios === part.plan.expected) continue;
    faultCount++;
    const message = `${part.scenarios} scenarios were enumerated (${part.plan.part}), ${part.plan.expected} expected`;
    faults.push({ kind: 'invalid', block: 0, run: 0, message });
  }
  return {
    modelHash: about.modelHash, bound: plan.setup.bound, interrupts: plan.setup.interrupts, switches: plan.setup.switches, pairs: plan.setup.pairs, complete: done,
    parts: state.parts.map(({ plan: { part, expected, slices }, next, scenarios }) =>
      ({ part, expected, slices, done: next, enumerated: scenarios })),
    faults, faultCount, ...exhaustRuling(strategies, done, faults, faultCount),
  };
}

async function runPart(part: PartState, bench: ExhaustBench, state: ExhaustState, hooks: ExhaustHooks): Promise<void> {
  const early = new Map<number, SliceResult>();
  let asked = part.next;
  await new Pump(bench.width).drain(() => {
    if (asked >= part.plan.slices || hooks.stop?.() === true) return undefined;
    const number = asked++;
    return async () => {
      early.set(number, await bench.run(sliceOf(part.plan, number)));
      for (let due = early.get(part.next); due !== undefined; due = early.get(part.next)) {
        early.delete(part.next);
        fold(state, part, due);
        hooks.state?.(state);
        hooks.progress?.({
          part: part.plan.part, scenarios: part.scenarios, expected: part.plan.expected,
          trials: part.tallies.reduce((sum, tally) => sum + tally.trials, 0),
        });
      }
    };
  });
}

function fold(state: ExhaustState, part: PartState, result: SliceResult): void {
  part.next++;
  part.scenarios += result.scenarios;
  result.strategies.forEach((tally, strategy) => { part.tallies[strategy]!.add(tally); });
  state.faultCount += result.faultCount;
  state.faults.push(...result.faults.slice(0, Math.max(0, KEPT_FAULTS - state.faults.length)));
}

/** All signatures of a strategy, of all parts together, worst first. */
export function signaturesOf(state: ExhaustState, strategy: number): ExhaustSignature[] {
  const all = new Tally();
  for (const { tallies } of state.parts) all.add(tallies[strategy]!.data);
  return [...all.data.signatures];
}

async function judgedOf(
  plan: ExhaustPlan, bench: ExhaustBench, about: AboutResult, state: ExhaustState, index: number,
): Promise<ExhaustStrategyFacts> {
  const strategy = plan.strategies[index]!;
  const { name, claim } = strategy;
  const assumptions = assumptionsOf(claim);
  const hash = about.hashes[index]!;
  const signatures = signaturesOf(state, index);
  const token = (it: ExhaustSignature): string => caseToken(strategy, hash, it, it.smallest.scenario);
  const chosen = smallestOfEach(signatures);
  const findings: ExhaustFinding[] = [];
  for (const it of chosen) {
    const { obligation, edge, place, smallest: { scenario } } = it;
    const shown = await bench.run({ kind: 'show', strategy: index, obligation, edge, place, scenario });
    if (shown.fault !== null) {
      state.faultCount++;
      state.faults.push({ kind: 'not-reproduced', block: 0, run: it.smallest.index, strategy: name, message: shown.fault });
    }
    findings.push({ ...lineOf(it, token(it), assumptions), scenario, sentence: shown.sentence });
  }
  const within = findings.filter((it) => it.withinClaim);
  const first = [...(within.length > 0 ? within : findings)].sort((a, b) => compareFindings(a, b))[0];
  const of = (part: Part): Tally | undefined => state.parts.find((it) => it.plan.part === part)?.tallies[index];
  const plain = of('plain')!, inner = of('interrupts'), around = of('switches'), both = of('pairs');
  const sum = (what: (tally: Tally) => number): number => [inner, around, both].reduce((all, it) => all + (it === undefined ? 0 : what(it)), 0);
  return {
    name, hash, claim, builtIn: BUILT_IN.includes(strategy),
    trials: plain.trials, notApplicable: plain.notApplicable, within: plain.byOutside.get(0) ?? 0,
    open: plain.open + sum((it) => it.open), openWithin: plain.openWithin + sum((it) => it.openWithin),
    instructions: plain.instructions + sum((it) => it.forks?.instructions ?? 0),
    interrupts: factsOf(inner), switches: factsOf(around), pairs: factsOf(both),
    smallest: first?.token ?? null, findings,
    signatures: signatures.map((it) => lineOf(it, token(it), assumptions)),
  };
}

function factsOf(tally: Tally | undefined): InterruptFacts | null {
  if (tally === undefined) return null;
  const { trials, byOutside, compared, forks } = tally;
  return {
    trials, within: byOutside.get(0) ?? 0, compared, boundaries: forks?.boundaries ?? 0, unnamed: forks?.unnamed ?? 0, violated: forks?.violated ?? 0,
    different: forks?.different ?? 0, long: forks?.long ?? 0, cut: forks?.cut ?? 0,
  };
}

/** Of each obligation the smallest within the claim, and the smallest outside. */
function smallestOfEach(signatures: readonly ExhaustSignature[]): ExhaustSignature[] {
  const best = new Map<string, ExhaustSignature>();
  for (const it of signatures) {
    const key = `${it.obligation} ${it.outside === 0 ? 'within' : 'outside'}`;
    const known = best.get(key);
    if (known === undefined || compareSmallest(it.smallest, known.smallest) < 0) best.set(key, it);
  }
  return [...best.values()];
}

function lineOf(it: ExhaustSignature, token: string, assumptions: ReturnType<typeof assumptionsOf>): SignatureLine {
  return {
    obligation: it.obligation, edge: it.edge, place: it.place, withinClaim: it.outside === 0, needs: namesOf(it.outside, assumptions),
    count: it.count, token, measure: it.smallest.measure, number: it.smallest.index,
  };
}

function compareFindings(a: SignatureLine, b: SignatureLine): number {
  return compareMeasures(a.measure, b.measure) || a.number - b.number;
}

/** The token of a case of this strategy. */
export function caseToken(
  strategy: Strategy, hash: string,
  { obligation, edge, place }: { readonly obligation: ObligationName; readonly edge: ReturnEdge; readonly place: string }, scenario: Scenario,
): string {
  const named = BUILT_IN.includes(strategy) ? { kind: 'built-in', name: strategy.name } as const : { kind: 'user', hash: shortHash(hash) } as const;
  return encodeToken({ scenario, strategy: named, signature: { obligation, edge, place: tokenPlace(place) } });
}
