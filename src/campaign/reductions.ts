/**
 * The steps of the final pass: the arbitrary's own reductions, one thing at a time, and on top of them steps that change what hangs
 * together at once: a function goes and its calls go to another; a call goes and the interrupts in it go along.
 * Every step makes `weight` smaller, so the pass ends; all are valid scenarios.
 */
import { reductions, weight } from '../arbitraries/shrink.ts';
import { changeFunction, mapCalls, settle } from '../scenario/edit.ts';
import { featureMask } from '../scenario/features-of.ts';
import type { CallKind, ModuleName, Scenario, ScenarioFunction } from '../scenario/scenario.ts';
import { isValid } from '../scenario/validate.ts';
import { writtenCalls } from './written.ts';

export interface Step {
  /** As in `without call 2`. */
  readonly what: string;
  readonly scenario: Scenario;
}

/** All steps from a valid scenario that use no feature outside of the mask `allowed` that it does not use itself. */
export function* steps(scenario: Scenario, allowed: number): Generator<Step> {
  yield* reductions(scenario, allowed);
  const size = weight(scenario);
  const mask = allowed | featureMask(scenario);
  for (const list of [functionsMerged, startsElsewhere, callsStraight, bodiesAlike]) {
    for (const { what, candidate } of list(scenario)) {
      const next = settle(fitKinds(candidate));
      if (weight(next) < size && isValid(next) && (featureMask(next) & ~mask) === 0) yield { what, scenario: next };
    }
  }
}

interface Idea {
  readonly what: string;
  readonly candidate: Scenario;
}

/** Calls and interrupts of one function go to another. */
function functionsMerged(scenario: Scenario): Idea[] {
  return scenario.functions.flatMap((one) => scenario.functions.filter((other) => other !== one).map((other) => ({
    what: `function ${other.id} in place of function ${one.id}`,
    candidate: {
      ...mapCalls(scenario, (call) => (call.callee === one.id ? { ...call, callee: other.id } : call)),
      start: scenario.start === one.id ? other.id : scenario.start,
      interrupts: scenario.interrupts.map((it) => (it.handler === one.id ? { ...it, handler: other.id } : it)),
    },
  })));
}

/** What the start function calls is started itself, without arguments; interrupts in that call land in the first one. */
function startsElsewhere(scenario: Scenario): Idea[] {
  return writtenCalls(scenario).flatMap(({ call, owner }) => {
    const { callee } = call;
    if (owner.id !== scenario.start || callee === 'self' || callee === scenario.start) return [];
    const bare = changeFunction(scenario, callee, (one) => ({ ...one, args: 0, variadic: false }));
    return [{ what: `started at function ${callee}`, candidate: { ...reanchored(bare, call.id, 0), start: callee } }];
  });
}

/** A calls B calls C: A calls C, and interrupts in the inner call land in the outer one. */
function callsStraight(scenario: Scenario): Idea[] {
  const all = writtenCalls(scenario);
  return all.flatMap((outer) => all.filter((inner) => inner.owner.id === outer.call.callee && inner.call.id !== outer.call.id && inner.call.callee !== 'self')
    .flatMap((inner) => [...new Set<CallKind>([outer.call.kind, inner.call.kind])].map((kind) => ({
      what: `call ${outer.call.id} ${kind} instead of call ${inner.call.id}`,
      candidate: reanchored(mapCalls(scenario, (it) => (it.id === outer.call.id ? { ...it, kind, callee: inner.call.callee } : it)), inner.call.id, outer.call.id),
    }))));
}

function bodiesAlike(scenario: Scenario): Idea[] {
  return scenario.functions.flatMap((one) => (one.replacement === undefined || one.replacement.body === 'same' ? [] : [{
    what: `replacement of function ${one.id} identical`,
    candidate: changeFunction(scenario, one.id, (it) => (it.replacement === undefined ? it : { ...it, replacement: { ...it.replacement, body: 'same' } })),
  }]));
}

function reanchored(scenario: Scenario, from: number, to: number): Scenario {
  return { ...scenario, interrupts: scenario.interrupts.map((it) => (it.at.call === from ? { ...it, at: { ...it.at, call: to } } : it)) };
}

/** Each call of a kind that its two modules and the callee's entry allow, as near as can be to the one it was (scenario/rules.ts). */
function fitKinds(scenario: Scenario): Scenario {
  const byId = new Map(scenario.functions.map((one) => [one.id, one]));
  return mapCalls(scenario, (call, owner, replacement) => {
    const callee = call.callee === 'self' ? undefined : byId.get(call.callee);
    const kind = callee === undefined ? call.kind : fitting(call.kind, replacement ? 'P' : owner.module, callee);
    return kind === call.kind ? call : { ...call, kind };
  });
}

function fitting(kind: CallKind, from: ModuleName, callee: ScenarioFunction): CallKind {
  if (kind === 'indirect' || kind === 'stub-sibling') return kind;
  if (from === callee.module && callee.entry !== 'clobber') return kind === 'sibling' ? kind : 'local';
  return from === 'K' ? 'indirect' : 'global';
}
