/**
 * A second patch and what becomes of both over time, drawn on a world that is finished. What discriminates is preferred: second versions of functions that
 * call patched ones, and of those that sleep, so that somebody sleeps below a hook whose caller changes; transitions that begin before that, since a task is
 * looked at whenever it gives up its CPU; modules that are removed.
 */
import { FEATURE_BIT, featureMask } from '../scenario/features-of.ts';
import { siblingReplacement } from '../scenario/patch-rules.ts';
import type { Anchor, Change, PatchNumber, Scenario, SecondVersion, Sleeper, Transition, World } from '../scenario/scenario.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { ownCalls } from '../scenario/versions.ts';
import { TASK_CONTEXTS, patchFields, withWorld } from '../scenario/world.ts';
import type { Dice } from './dice.ts';

/** Where an anchor in a task that begins with function `start` lies. */
type DrawAnchor = (task: number, start: number) => Anchor;

/** The world with patches that change, using no feature outside of the mask `allowed`; the same world where nothing fits. */
export function drawPatches(scenario: Scenario, world: World, dice: Dice, allowed: number, anchor: DrawAnchor): World {
  const one = <T>(list: readonly T[]): T => list[dice.nextInt(0, list.length - 1)]!;
  const second = drawSecond(scenario, world, dice, allowed);
  const off: PatchNumber[] = second.length > 0 && dice.nextInt(0, 3) !== 0 ? [2] : [];
  const removable = siblingReplacement(scenario) === undefined;
  const starts = [scenario.start, ...world.tasks.map(({ start }) => start)];
  const transitions: Transition[] = [];
  const count = one([1, 1, 1, 1, 2, 2, 3, 4]);
  for (let id = 1; id <= count; id += 1) {
    const [change, patch] = one(changes(off.length > 0, id > 1, !removable));
    const task = dice.nextInt(0, starts.length - 1);
    const at: Anchor = dice.nextInt(0, 2) === 0 ? { context: TASK_CONTEXTS[task]!, call: 0, occurrence: 1, region: 'callee', step: dice.nextInt(0, 15) } : anchor(task, starts[task]!);
    const unload = change !== 'enable' && dice.nextInt(0, 1) === 1 && (removable || (patch === 2 && change === 'disable'));
    transitions.push({ id, at, change, patch, ...(unload ? { unload } : {}) });
  }
  const sleepers = (allowed & FEATURE_BIT.sleep) !== 0 && dice.nextInt(0, 1) === 1 ? [...world.sleepers, ...sleepsInPlace(scenario, world)] : world.sleepers;
  const next = { ...world, sleepers, ...patchFields({ second, off, transitions }) };
  return (featureMask(withWorld(scenario, next)) & ~allowed) === 0 ? next : world;
}

/** What a replacement hands on to by its sibling call sleeps: nothing of the first patch that a transition looks for is on the stack then. */
function sleepsInPlace(scenario: Scenario, { sleepers }: World): Sleeper[] {
  const exposed = scenario.functions.find(({ id }) => id === siblingReplacement(scenario))?.replacement?.body;
  const callee = exposed === undefined || exposed === 'same' ? undefined : exposed.calls.at(-1)?.callee;
  const fn = scenario.functions.find(({ id }) => id === callee);
  // A handler cannot sleep; which functions it leads to is not worth finding out here.
  if (fn === undefined || scenario.interrupts.length > 0 || sleepers.length === BOUNDS.sleepers) return [];
  return fn.entry !== 'dual' || fn.body.zone || sleepers.some((it) => it.function === fn.id && !it.replacement) ? [] : [{ function: fn.id, replacement: false, cpu: 0 }];
}

/** What a transition may be, each as often as it is there. `exposed`: some replacement leaves no frame, without which one patch replaces the other safely. */
function changes(secondIsOff: boolean, later: boolean, exposed: boolean): readonly (readonly [Change, PatchNumber])[] {
  if (later) return [['enable', 1], ['enable', 2], ['enable', 2], ['disable', 1], ['disable', 2], ['disable', 2], ['replace', 2]];
  if (secondIsOff && exposed) return [['enable', 2], ['replace', 2], ['replace', 2], ['replace', 2]];
  return secondIsOff ? [['enable', 2], ['enable', 2], ['enable', 2], ['replace', 2], ['replace', 2], ['disable', 1]] : [['disable', 1], ['disable', 1], ['disable', 2]];
}

function drawSecond(scenario: Scenario, world: World, dice: Dice, allowed: number): SecondVersion[] {
  const one = <T>(list: readonly T[]): T => list[dice.nextInt(0, list.length - 1)]!;
  const outside = scenario.functions.filter(({ module }) => module !== 'P');
  const patched = new Set(scenario.functions.filter(({ replacement }) => replacement !== undefined).map(({ id }) => id));
  const callers = outside.filter((fn) => [...fn.body.calls, ...ownCalls(fn, 'replacement')].some(({ callee }) => callee !== 'self' && patched.has(callee)));
  const asleep = outside.filter(({ id }) => world.sleepers.some((it) => it.function === id));
  const found: SecondVersion[] = [];
  for (let left = one([1, 1, 1, 2, 2, 3]); left > 0; left -= 1) {
    const way = dice.nextInt(0, 3);
    const fn = one(way < 2 && callers.length > 0 ? callers : way === 2 && asleep.length > 0 ? asleep : outside);
    if (found.some((it) => it.function === fn.id)) continue;
    const calls = ownCalls(fn, 'replacement');
    const own = fn.replacement !== undefined && fn.replacement.body !== 'same'
      && calls.every(({ callee }) => callee === 'self' || scenario.functions.find(({ id }) => id === callee)?.module !== 'P');
    const version: SecondVersion = { function: fn.id, body: own && dice.nextInt(0, 2) === 0 ? 'first' : 'same' };
    if ((featureMask(withWorld(scenario, { ...world, second: [...found, version] })) & ~allowed) === 0) found.push(version);
  }
  return found;
}
