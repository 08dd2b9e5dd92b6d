/** Section of a token of version 3: tasks that end early, task by task, in the order of the canonical form. */
import type { Again, Exit } from '../scenario/scenario.ts';
import { TASK_CONTEXTS, withExits } from '../scenario/world.ts';
import type { Section } from './model2.ts';

// Written out, as in version 1: bounds and lists may grow.
const MOST_EXITS = 4;
const NEXT: readonly (Again | undefined)[] = [undefined, 'new', 'same'];

export const exitsSection: Section = (walk, from, { tasks }) => {
  const found: Exit[] = [];
  for (const context of TASK_CONTEXTS.slice(0, 1 + tasks.length)) {
    const count = walk.coder.pick([8, 6, 2, 1, 1].slice(0, MOST_EXITS - found.length + 1), from.exits?.filter(({ at }) => at.context === context).length ?? 0);
    for (let k = 0; k < count; k += 1) {
      const one = from.exits?.[found.length];
      const at = walk.anchor(context, one?.at);
      const again = NEXT[walk.coder.pick([2, 1, 2], NEXT.indexOf(one?.again))];
      found.push({ id: found.length + 1, at, ...(again === undefined ? {} : { again }) });
    }
  }
  return withExits(found);
};
