/** What the scenarios of a comparison have reached, counted by name; and what must not be missing from one that is large enough. */
import type { Strategy } from '../contract/strategy.ts';
import { POINT } from '../image/points.ts';
import { CALL_KINDS } from '../image/program.ts';
import { CALL_KINDS as SITE_KINDS } from '../scenario/scenario.ts';
import { featuresOf } from '../scenario/features-of.ts';
import { styleOf } from '../scenario/world.ts';
import { INTERRUPTS_WANTED } from './interrupted.ts';
import type { Workbench, Run } from './workbench.ts';
import type { ModelRun } from './model-run.ts';
import { RUNNABLE } from './runnable.ts';
import type { Tally } from './result.ts';

/** Scenarios from which on all of `wanted` must have been reached. */
export const LEAST_FOR_REACH = 200;

const state = (patched: boolean): string => (patched ? 'patched' : 'unpatched');

/** Notes a run that was compared to its end, as far as `events` events go. */
export function noteRun(tally: Tally, bench: Workbench, run: Run, model: ModelRun, places: Int32Array): void {
  const { engine: { image }, twin: { space } } = bench;
  const seen = new Uint8Array(CALL_KINDS.length);
  let hooked = false;
  for (let i = 0; i < model.events; i++) {
    const at = places[i]!, kind = space.pointKind[at]!;
    if (kind === POINT.CALL || kind === POINT.SIBLING) seen[image.callKind[space.pointData[at]!]!] = 1;
    else if (kind === POINT.HOOK_ENTRY) hooked = true;
  }
  seen.forEach((it, kind) => { if (it !== 0) tally.note(`call ${CALL_KINDS[kind]}, ${state(run.patched)}`); });
  tally.note(state(run.patched));
  tally.note(`end: ${typeof model.end === 'object' ? model.end.kind : model.end}`);
  if (hooked) tally.note(`hook ${bench.strategies[run.strategy]!.name}, ${styleOf(run.scenario)}`);
}

export function noteScenario(tally: Tally, run: Run): void {
  for (const feature of featuresOf(run.scenario)) tally.note(`scenario with ${feature}`);
}

/** What must have been reached. */
export function wanted(strategies: readonly Strategy[], bench: Workbench): string[] {
  return [
    // An original makes no sibling call through a stub: build tools made it, in a replacement.
    ...SITE_KINDS.flatMap((kind) => (kind === 'stub-sibling' ? [true] : [true, false]).map((patched) => `call ${kind}, ${state(patched)}`)),
    ...[true, false].map(state),
    ...strategies.flatMap(({ name }, i) => [`hook ${name}, in-line`, ...(bench.engine.set.outOfLine[i] === undefined ? [] : [`hook ${name}, out-of-line`])]),
    ...RUNNABLE.map((feature) => `scenario with ${feature}`),
    ...INTERRUPTS_WANTED,
    'end: done', 'end: bad-fetch', 'end: bad-access',
  ];
}
