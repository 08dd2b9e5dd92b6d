/** The last strokes of the generator on a draft whose calls are settled: where interrupts land, what bodies do besides, where modules lie. */
import { FEATURE_BIT } from '../scenario/features-of.ts';
import type { Place, Scenario } from '../scenario/scenario.ts';
import type { Dice } from './dice.ts';
import { ANCHORS, GLOBAL, INDIRECT } from './dice.ts';
import { BODY_CALLS, type Draft, DUAL, FLAG, PATCHED, PATCHED_SAME, REGION, UNPATCHED } from './draft.ts';

const BIT = FEATURE_BIT;
const REGION_CODE = new Map(REGION.map((name, i) => [name, i]));
const ANCHOR_TABLE = ANCHORS.map(([region, last]) => [REGION_CODE.get(region)!, last] as const);
const SAVES = [0, 0, 0, 1, 1, 2, 5, 18] as const;

/** Where interrupts land: at calls of patched functions rather than others, in hooks rather than elsewhere. */
export function drawAnchors(draft: Draft, dice: Dice, main: number): void {
  for (const interrupt of draft.interrupts) {
    const nested = interrupt.context !== 0;
    let chosen = -1;
    for (let tries = 0; tries < 5; tries += 1) {
      const body = nested ? 2 * draft.interrupts[interrupt.context - 1]!.handler : runBody(draft, dice, main);
      if (draft.count[body] === 0) continue;
      const call = dice.nextInt(0, draft.count[body]! - 1);
      const callee = draft.callee[body * BODY_CALLS + call]!;
      interrupt.body = body;
      interrupt.call = call;
      chosen = callee;
      if (callee >= 0 && draft.patched[callee] !== UNPATCHED) break;
    }
    const hooked = chosen >= 0 ? draft.patched[chosen] !== UNPATCHED : interrupt.body < 0 && draft.patched[0] !== UNPATCHED;
    const [region, last] = ANCHOR_TABLE[dice.nextInt(0, ANCHOR_TABLE.length - 1)]!;
    if (hooked) interrupt.region = region;
    else interrupt.region = chosen >= 0 && dice.nextInt(0, 3) === 0 ? 1 : 4;
    interrupt.step = dice.nextInt(0, hooked ? last : interrupt.region === 1 ? 5 : 15);
    if (interrupt.body >= 0 && dice.nextInt(0, 3) === 0) {
      const limit = draft.limit[interrupt.body * BODY_CALLS + interrupt.call]!;
      const runs = limit === 0 ? draft.runs[interrupt.body >> 1]! : limit;
      if (runs > 1) interrupt.occurrence = dice.nextInt(1, Math.min(runs, 8));
    }
  }
}

/** A body that runs in the patched task. */
function runBody(draft: Draft, dice: Dice, main: number): number {
  const i = dice.nextInt(0, main - 1);
  return draft.patched[i] === PATCHED ? 2 * i + 1 : 2 * i;
}

/** Replacements that cannot have the original's body within these features get one of their own. */
export function settleSame(draft: Draft, on: number, allowed: number): void {
  for (let i = 0; i < draft.functions; i += 1) {
    if (draft.patched[i] === PATCHED_SAME && !sameFits(draft, i, on, allowed)) draft.patched[i] = PATCHED;
  }
}

/** What bodies do besides making calls. */
export function drawDetails(draft: Draft, dice: Dice, on: number): void {
  for (let i = 0; i < draft.functions; i += 1) {
    if (draft.patched[i] === UNPATCHED && draft.entry[i] === DUAL && dice.nextInt(0, 9) === 0) draft.traced[i] = 1;
    drawBody(draft, dice, on, 2 * i);
    if (draft.patched[i] === PATCHED) drawBody(draft, dice, on, 2 * i + 1);
  }
}

function drawBody(draft: Draft, dice: Dice, on: number, body: number): void {
  const draw = dice.nextInt(0, 127);
  let flags = 0;
  if (draft.count[body] === 0) {
    if ((draw & 3) < 2 && (on & BIT['leaf-zone']) !== 0) flags |= FLAG.ZONE;
  } else if ((draw & 3) !== 0 && (on & BIT['hoisted-slot']) !== 0) {
    for (let at = body * BODY_CALLS, end = at + draft.count[body]!; at < end; at += 1) if (draft.kind[at] === INDIRECT) flags |= FLAG.HOISTED;
  }
  if (((draw >> 2) & 3) === 0 && draft.closed[body] === 0) flags |= FLAG.EARLY;
  draft.flags[body] = flags;
  if ((on & BIT.nonvolatile) !== 0) draft.saves[body] = SAVES[draw >> 4]!;
}

/** Whether the original's body may be compiled into P within the features of this scenario. */
function sameFits(draft: Draft, i: number, on: number, allowed: number): boolean {
  if (draft.count[2 * i + 1] !== 0) return false;
  if (draft.newEntry[i] !== DUAL && draft.count[2 * i] !== 0) return false;
  for (let at = 2 * i * BODY_CALLS, end = at + draft.count[2 * i]!; at < end; at += 1) {
    const callee = draft.callee[at]!;
    if (draft.module[callee] === draft.module[i] && (on & BIT.callback) === 0) return false;
    if (draft.patched[callee] !== UNPATCHED && (on & BIT.nested) === 0) return false;
    if (draft.kind[at] !== INDIRECT && (allowed & GLOBAL) === 0) return false;
  }
  return true;
}

/** Where the modules lie. */
export function drawPlaces(dice: Dice, on: number): Scenario['places'] {
  if ((on & BIT.far) === 0) return { M: 0, N: 0, P: 0 };
  const draw = dice.nextInt(0, 11);
  // As on a real machine most of the time: modules in their area, away from vmlinux.
  if (draw < 5) return { M: 1, N: 1, P: 1 };
  if (draw < 7) return { M: 1, N: 2, P: 1 };
  if (draw < 9) return { M: 1, N: 0, P: 2 };
  return { M: dice.nextInt(0, 2) as Place, N: dice.nextInt(0, 2) as Place, P: dice.nextInt(0, 2) as Place };
}
