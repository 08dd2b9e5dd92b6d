/** The section of version 3 for the patches: what the second one has, what is off at first, transitions. */
import type { Change, PatchNumber, SecondVersion, Transition, World } from '../scenario/scenario.ts';
import { TASK_CONTEXTS, patchFields } from '../scenario/world.ts';
import type { Walk } from './model1.ts';
import { ModelError } from './model1.ts';
import type { Section } from './model2.ts';

// Written out: bounds may grow.
const MOST_SECOND = 8;
const MOST_TRANSITIONS = 4;
const CHANGES: readonly Change[] = ['enable', 'disable', 'replace'];
const BOTH: readonly PatchNumber[] = [1, 2];

function second(walk: Walk, { second: from = [] }: World): SecondVersion[] {
  const found: SecondVersion[] = [];
  for (const fn of walk.functions) {
    if (fn.module === 'P') continue;
    const known = from.find((it) => it.function === fn.id);
    if (!walk.flag(1, 3, known !== undefined)) continue;
    if (found.length === MOST_SECOND) throw new ModelError('second versions');
    const first = fn.replacement?.body;
    const copies = first !== undefined && first !== 'same' && walk.flag(1, 4, known?.body === 'first');
    found.push({ function: fn.id, body: copies ? 'first' : 'same' });
  }
  return found;
}

function transitions(walk: Walk, { transitions: from = [] }: World, tasks: number): Transition[] {
  const found: Transition[] = [];
  for (const context of TASK_CONTEXTS.slice(0, 1 + tasks)) {
    const weights = [6, 12, 3, 1, 1].slice(0, MOST_TRANSITIONS - found.length + 1);
    const count = walk.coder.pick(weights, from.filter(({ at }) => at.context === context).length);
    for (let k = 0; k < count; k += 1) {
      const known = from[found.length];
      const at = walk.anchor(context, known?.at);
      const change = CHANGES[walk.coder.pick([4, 3, 2], known === undefined ? 0 : CHANGES.indexOf(known.change))]!;
      const patch = change === 'replace' || walk.flag(change === 'enable' ? 3 : 1, 4, known?.patch === 2) ? 2 : 1;
      const unload = change !== 'enable' && walk.flag(1, 3, known?.unload === true);
      found.push({ id: found.length + 1, at, change, patch, ...(unload ? { unload: true as const } : {}) });
    }
  }
  return found;
}

export const patches: Section = (walk, from, known) => (!walk.flag(1, 2, from.second !== undefined || from.off !== undefined || from.transitions !== undefined) ? {} : patchFields({
  second: second(walk, from),
  off: BOTH.filter((patch) => walk.flag(1, patch === 2 ? 2 : 8, from.off?.includes(patch) === true)),
  transitions: transitions(walk, from, known.tasks.length),
}));
