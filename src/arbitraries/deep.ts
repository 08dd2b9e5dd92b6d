/**
 * Deep recursion through a patched function: the one way to a scenario without stack room (premise `stack-room`), where what a strategy
 * keeps on the task's stack for each pending call meets the frames. On a finished draft with cycles: one of them gets a limit with
 * which the frames alone still fit, which is a rule of scenarios, and with the entries of a strategy perhaps not.
 */
import { FEATURE_BIT } from '../scenario/features-of.ts';
import { graphOf } from '../scenario/graph.ts';
import { HOOK_ENTRY_BYTES, STACK_ROOM } from '../scenario/premises.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { stackNeed } from '../scenario/stack.ts';
import { isValid } from '../scenario/validate.ts';
import { type Dice, SIBLINGS } from './dice.ts';
import { BODY_CALLS, type Draft, PATCHED, SELF, UNPATCHED } from './draft.ts';

/** Calls in the longest run of a scenario that is made deep, at most; each further task may begin where the first one does (around.ts). */
export const DEEP_CAP = 400;
/** Less deep ones are left as they are. */
const LEAST_DEPTH = 24;
const NEAR = { M: 0, N: 0, P: 0 } as const;

/** The body that a function runs when patches are on. */
const running = (draft: Draft, i: number): number => (draft.patched[i] === PATCHED ? 2 * i + 1 : 2 * i);

/** A call on a cycle, of another LEP than the replacement's own, and during which its caller's frame stays. */
const deepens = (draft: Draft, at: number): boolean =>
  draft.callee[at] !== SELF && draft.limit[at] !== 0 && (draft.kind[at]! & SIBLINGS) === 0;

/** Sites of one cycle of patched runs with a call of a patched function on it: the draft's call indexes; none: there is no such cycle. */
function hookedCycle(draft: Draft, dice: Dice): number[] {
  draft.longest();
  const turn = dice.nextInt(0, draft.functions - 1);
  for (let k = 0; k < draft.functions; k += 1) {
    const i = (k + turn) % draft.functions;
    if (draft.runs[i] === 0) continue;
    for (let at = running(draft, i) * BODY_CALLS, end = at + draft.count[running(draft, i)]!; at < end; at += 1) {
      const to = draft.callee[at]!;
      if (!deepens(draft, at) || draft.patched[to] === UNPATCHED) continue;
      const back = path(draft, to, i);
      if (back !== undefined) return [at, ...back];
    }
  }
  return [];
}

/** Sites of a shortest path from one function to another in patched runs. */
function path(draft: Draft, from: number, to: number): number[] | undefined {
  const via = new Map<number, readonly [site: number, caller: number]>();
  const queue = [from];
  for (const i of queue) {
    if (i === to) {
      const sites: number[] = [];
      for (let at = to; at !== from;) {
        const [site, caller] = via.get(at)!;
        sites.push(site);
        at = caller;
      }
      return sites;
    }
    for (let at = running(draft, i) * BODY_CALLS, end = at + draft.count[running(draft, i)]!; at < end; at += 1) {
      const next = draft.callee[at]!;
      if (!deepens(draft, at) || next === from || via.has(next)) continue;
      via.set(next, [at, i]);
      queue.push(next);
    }
  }
  return undefined;
}

/** The largest number from 1 to `most` for which `need` says at most `room`, 0: none. `need` rises, nearly along a line. */
function largest(most: number, room: number, need: (value: number) => number): number {
  let high = most;
  let above = need(high);
  if (above <= room) return most;
  let low = 1;
  let below = need(low);
  if (below > room) return 0;
  while (high - low > 1) {
    const middle = Math.min(high - 1, Math.max(low + 1, low + Math.floor((high - low) * (room - below) / (above - below))));
    const value = need(middle);
    if (value <= room) [low, below] = [middle, value];
    else [high, above] = [middle, value];
  }
  return low;
}

/** As deep as can be, or beyond the premise, where there is room for that; else at the premise's edge, or well within. `edge` at most `most`. */
function drawLimit(dice: Dice, edge: number, most: number): number {
  const way = dice.nextInt(0, 7);
  if (way < 3) return most;
  if (way < 5) return dice.nextInt(Math.min(most, edge + 1), most);
  return way < 7 ? dice.nextInt(Math.max(1, edge - 2), Math.min(most, edge + 3)) : dice.nextInt((edge + 1) >> 1, Math.max(1, edge));
}

/** Whether the draft, which is valid, was made deep; if not it is as before. */
export function deepen(draft: Draft, dice: Dice, allowed: number): boolean {
  const sites = hookedCycle(draft, dice);
  if (sites.length === 0) return false;
  const before = sites.map((at) => draft.limit[at]!);
  const wide = (allowed & FEATURE_BIT.nonvolatile) !== 0 && dice.nextInt(0, 3) !== 0;
  const saves = draft.saves.slice();
  // Large frames fill a stack in fewer instructions.
  if (wide) for (const at of sites) draft.saves[Math.floor(at / BODY_CALLS)] = 18;
  const set = (limit: number): void => {
    for (const at of sites) draft.limit[at] = limit;
  };
  const graph = graphOf(draft.finish(NEAR));
  const need = (limit: number, hookEntry: number): number => {
    set(limit);
    return stackNeed(draft.finish(NEAR), graph, hookEntry);
  };
  const calls = largest(BOUNDS.limit, DEEP_CAP, (limit) => {
    set(limit);
    return draft.longest();
  });
  const most = calls * sites.length < LEAST_DEPTH ? 0 : largest(calls, BOUNDS.stackBytes, (limit) => need(limit, 0));
  if (most * sites.length >= LEAST_DEPTH) {
    const edge = largest(most, STACK_ROOM, (limit) => need(limit, HOOK_ENTRY_BYTES));
    set(drawLimit(dice, edge, most));
    if (isValid(draft.finish(NEAR))) return true;
  }
  sites.forEach((at, k) => { draft.limit[at] = before[k]!; });
  draft.saves.set(saves);
  return false;
}
