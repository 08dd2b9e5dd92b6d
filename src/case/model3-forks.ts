/** Section of version 3 (model3.ts), behind all that came before it: which tasks others fork, and where. Without tasks it is nothing. */
import type { Fork } from '../scenario/scenario.ts';
import { TASK_CONTEXTS, withForks } from '../scenario/world.ts';
import type { Section } from './model2.ts';

export const forks: Section = (walk, from, { tasks }) => {
  const found: Fork[] = [];
  for (const { id } of tasks) {
    const one = from.forks?.find((it) => it.task === id);
    if (!walk.flag(1, 5, one !== undefined)) continue;
    const parents = TASK_CONTEXTS.slice(0, id - 1);
    const parent = parents.length === 1 ? 0 : walk.coder.pick(parents.map(() => 1), Math.max(0, parents.findIndex((it) => it === one?.at.context)));
    found.push({ task: id, at: walk.anchor(parents[parent]!, one?.at) });
  }
  return withForks(found);
};
