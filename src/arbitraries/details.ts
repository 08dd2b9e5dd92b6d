/** The last strokes of the generator on a draft whose calls are settled: where interrupts land, what bodies do besides, where modules lie. */
import { FEATURE_BIT } from '../scenario/features-of.ts';
import type { Place, Scenario } from '../scenario/scenario.ts';
import { REGIONS } from '../scenario/scenario.ts';
import type { Dice } from './dice.ts';
import { ANCHORS, drawStep, GLOBAL, INDIRECT, STUB_SIBLING } from './dice.ts';
import { BODY_CALLS, type Draft, DUAL, FLAG, PATCHED, PATCHED_SAME, SELF, UNPATCHED } from './draft.ts';

const BIT = FEATURE_BIT;
const REGION_CODE = new Map(REGIONS.map((name, i) => [name, i]));
const ANCHOR_TABLE = ANCHORS.map(([region, last]) => [REGION_CODE.get(region)!, last] as const);
const REGION_CALLER = REGION_CODE.get('caller')!;
const REGION_STUB = REGION_CODE.get('stub')!;
const REGION_HOOK = REGION_CODE.get('hook-entry')!;
const REGION_FTRACE = REGION_CODE.get('ftrace-entry')!;
const REGION_CALLEE = REGION_CODE.get('callee')!;
const REGION_RETURN_SITE = REGION_CODE.get('return-site')!;
const THROUGH_STUB = GLOBAL | STUB_SIBLING;
const STUB_LAST = 7;
/** A strategy's code at a replacement's local entry is short. */
const SELF_LAST = 3;
/** As in ANCHORS, where nothing is patched. */
const PLAIN_LAST = new Map([[REGION_CALLER, 11], [REGION_FTRACE, 59], [REGION_CALLEE, 15], [REGION_RETURN_SITE, 3]]);
const SAVES = [0, 0, 0, 1, 1, 2, 5, 18] as const;

/**
 * Where interrupts land: at calls of patched functions rather than others, and of those rather at such as live in another module than
 * the patched functions that the handler calls; in hooks rather than elsewhere. Needs what `drawDetails` draws.
 */
export function drawAnchors(draft: Draft, dice: Dice, main: number): void {
  const run = reached(draft);
  for (const interrupt of draft.interrupts) {
    const nested = interrupt.context !== 0;
    const disturbs = disturbed(draft, interrupt.handler);
    let kind = 0;
    let chosen = -1;
    let rank = -1;
    let hooked = draft.patched[0] !== UNPATCHED && !nested;
    // One in eight takes the first call that comes.
    const most = dice.nextInt(0, 7) === 0 ? 1 : 5;
    for (let tries = 0; tries < most && rank < 2; tries += 1) {
      const body = nested ? runs(draft, draft.interrupts[interrupt.context - 1]!.handler) : runBody(draft, dice, main, run);
      if (draft.count[body] === 0) continue;
      const call = dice.nextInt(0, draft.count[body]! - 1);
      const callee = draft.callee[body * BODY_CALLS + call]!;
      const patched = callee >= 0 && draft.patched[callee] !== UNPATCHED;
      const here = patched && ((disturbs >>> draft.module[callee]!) & 1) === 1 ? 2 : patched || (callee >= 0 && draft.traced[callee] === 1) ? 1 : 0;
      if (here <= rank) continue;
      rank = here;
      hooked = patched;
      interrupt.body = body;
      interrupt.call = call;
      chosen = callee;
      kind = draft.kind[body * BODY_CALLS + call]!;
    }
    if (hooked) hookedAnchor(interrupt, dice, kind, chosen >= 0 && draft.newTraced[chosen] === 1);
    else plainAnchor(interrupt, dice, kind, chosen >= 0 && draft.traced[chosen] === 1);
    // What a strategy has at the local entry of a replacement, only its call of itself comes by.
    if (interrupt.body >= 0 && draft.self[interrupt.body] === 1 && dice.nextInt(0, 1) === 0) selfAnchor(draft, interrupt, dice);
    if (interrupt.body >= 0 && dice.nextInt(0, 3) === 0) {
      const limit = draft.limit[interrupt.body * BODY_CALLS + interrupt.call]!;
      const runs = limit === 0 ? draft.runs[interrupt.body >> 1]! : limit;
      if (runs > 1) interrupt.occurrence = dice.nextInt(1, Math.min(runs, 8));
    }
  }
}

/** Modules, as bits, whose TOC a hooked call of this handler does not have. */
function disturbed(draft: Draft, handler: number): number {
  let mask = 0;
  const body = draft.patched[handler] === PATCHED ? 2 * handler + 1 : 2 * handler;
  for (let at = body * BODY_CALLS, end = at + draft.count[body]!; at < end; at += 1) {
    const callee = draft.callee[at]!;
    if (callee >= 0 && draft.patched[callee] !== UNPATCHED) mask |= 15 & ~(1 << draft.module[callee]!);
  }
  return mask;
}

/** At a call of a patched function. A replacement that is traced itself has ftrace twice on its way. */
function hookedAnchor(interrupt: Draft['interrupts'][number], dice: Dice, kind: number, traced: boolean): void {
  if (kind & THROUGH_STUB && dice.nextInt(0, 11) === 0) {
    interrupt.region = REGION_STUB;
    interrupt.step = dice.nextInt(0, STUB_LAST);
    return;
  }
  const [region, last] = ANCHOR_TABLE[dice.nextInt(0, ANCHOR_TABLE.length - 1)]!;
  interrupt.region = region;
  interrupt.step = drawStep(dice, traced && region === REGION_FTRACE ? 2 * last : last);
}

/** At the body's first call of itself, where the strategy's code at the local entry runs. */
function selfAnchor(draft: Draft, interrupt: Draft['interrupts'][number], dice: Dice): void {
  let call = 0;
  while (draft.callee[interrupt.body * BODY_CALLS + call] !== SELF) call += 1;
  interrupt.call = call;
  interrupt.region = REGION_HOOK;
  interrupt.step = drawStep(dice, SELF_LAST);
}

/** At a call of any other function, or at a context's own first call. */
function plainAnchor(interrupt: Draft['interrupts'][number], dice: Dice, kind: number, traced: boolean): void {
  const draw = dice.nextInt(0, 7);
  if (traced && draw < 6) interrupt.region = REGION_FTRACE;
  else if (draw === 0) interrupt.region = REGION_CALLER;
  else if (draw === 1) interrupt.region = REGION_RETURN_SITE;
  else interrupt.region = draw < 5 && kind & THROUGH_STUB ? REGION_STUB : REGION_CALLEE;
  interrupt.step = interrupt.region === REGION_STUB ? dice.nextInt(0, STUB_LAST) : drawStep(dice, PLAIN_LAST.get(interrupt.region)!);
}

/** The body of function `i` that runs when the patches are on. */
const runs = (draft: Draft, i: number): number => (draft.patched[i] === PATCHED ? 2 * i + 1 : 2 * i);

/** Functions, as bits, that the patched task comes to; what only a patched function's original calls it does not. */
function reached(draft: Draft): number {
  let mask = 1;
  for (let before = 0; before !== mask;) {
    before = mask;
    for (let i = 0; i < draft.functions; i += 1) {
      if ((mask >>> i & 1) === 0) continue;
      const body = runs(draft, i);
      for (let at = body * BODY_CALLS, end = at + draft.count[body]!; at < end; at += 1) if (draft.callee[at]! >= 0) mask |= 1 << draft.callee[at]!;
    }
  }
  return mask;
}

/** A body that runs in the patched task: rather one to which it comes. */
function runBody(draft: Draft, dice: Dice, main: number, run: number): number {
  let i = dice.nextInt(0, main - 1);
  while (i > 0 && (run >>> i & 1) === 0) i -= 1;
  return runs(draft, i);
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
    if (draft.patched[i] === UNPATCHED && draft.entry[i] === DUAL && dice.nextInt(0, 6) === 0) draft.traced[i] = 1;
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
