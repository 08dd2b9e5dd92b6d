/** Sections of version 3 (model3.ts): how functions are hooked, and when tracing is switched off and on. */
import type { TracingSwitch } from '../scenario/scenario.ts';
import { TASK_CONTEXTS, withTracing } from '../scenario/world.ts';
import type { Section } from './model2.ts';

// Written out, as in version 2: bounds may grow.
const MOST_TRACING = 4;

export const outOfLine: Section = (walk, from) => (walk.flag(1, 2, from.outOfLine === true) ? { outOfLine: true } : {});

/** By task, as switches are. */
export const tracing: Section = (walk, from, known) => {
  const found: TracingSwitch[] = [];
  if (!walk.flag(1, 2, from.tracing !== undefined)) return {};
  for (const context of TASK_CONTEXTS.slice(0, 1 + known.tasks.length)) {
    const inner = (from.tracing ?? []).filter(({ at }) => at.context === context).length;
    const count = walk.coder.pick([4, 8, 4, 1, 1].slice(0, MOST_TRACING - found.length + 1), inner);
    for (let k = 0; k < count; k += 1) {
      const one = from.tracing?.[found.length];
      found.push({ at: walk.anchor(context, one?.at), cpu: walk.flag(1, 4, one?.cpu === 1) ? 1 : 0, on: walk.flag(1, 3, one?.on === true) });
    }
  }
  return withTracing(found);
};
