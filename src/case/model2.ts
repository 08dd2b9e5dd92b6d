/**
 * Version 2 of how a token says a scenario: version 1, and the world around (scenario/world.ts): the other tasks are met behind the start function and
 * what it leads to, so in the order of the canonical form; switches and sleepers come at the end. Only scenarios with a world have such
 * tokens.
 */
import type { Cpu, Interrupt, Scenario, Sleeper, Switch, Task, TaskContext, World } from '../scenario/scenario.ts';
import { NO_WORLD, TASK_CONTEXTS, onEmergencyStack, worldOf } from '../scenario/world.ts';
import type { Coder } from './coder.ts';
import type { Walk } from './model1.ts';
import { ModelError, transcode } from './model1.ts';

// As in version 1, written out: bounds may grow.
const MOST_TASKS = 2;
const MOST_SWITCHES = 8;
const MOST_SLEEPERS = 8;

const cpuOf = (walk: Walk, from: Cpu | undefined): Cpu => (walk.flag(1, 3, from === 1) ? 1 : 0);

function tasks(walk: Walk, world: World): Task[] {
  const count = walk.coder.pick([6, 8, 1], Math.min(MOST_TASKS, world.tasks.length));
  return Array.from({ length: count }, (_, i): Task => {
    const from = world.tasks[i];
    const start = walk.root(from?.start);
    walk.discover();
    return { id: i === 0 ? 2 : 3, start, cpu: cpuOf(walk, from?.cpu) };
  });
}

function switches(walk: Walk, world: World, contexts: readonly TaskContext[]): Switch[] {
  const found: Switch[] = [];
  for (const context of contexts) {
    const inner = world.switches.filter(({ at }) => at.context === context).length;
    const weights = [8, 12, 3, 1, 1, 1, 1, 1, 1].slice(0, MOST_SWITCHES - found.length + 1);
    const count = walk.coder.pick(weights, inner);
    for (let k = 0; k < count; k += 1) {
      const from = world.switches[found.length];
      found.push({ id: found.length + 1, at: walk.anchor(context, from?.at), cpu: cpuOf(walk, from?.cpu) });
    }
  }
  return found;
}

function sleepers(walk: Walk, world: World): Sleeper[] {
  const found: Sleeper[] = [];
  for (const fn of walk.functions) {
    for (const replacement of [false, true]) {
      const patch = fn.replacement;
      if (replacement && patch === undefined) continue;
      const body = replacement && patch !== undefined && patch.body !== 'same' ? patch.body : fn.body;
      if ((replacement ? patch!.entry : fn.entry) !== 'dual' || body.zone) continue;
      const from = world.sleepers.find((it) => it.function === fn.id && it.replacement === replacement);
      if (!walk.flag(1, replacement ? 4 : 8, from !== undefined)) continue;
      if (found.length === MOST_SLEEPERS) throw new ModelError('sleepers');
      const cpu = cpuOf(walk, from?.cpu);
      found.push({ function: fn.id, replacement, cpu, ...(walk.flag(1, 3, from?.walked === true) ? { walked: true as const } : {}) });
    }
  }
  return found;
}

/** What a later version says of a world besides, when all else of it is known. `from`: the world to be written. */
export type Section = (walk: Walk, from: World, known: World, interrupts: readonly Interrupt[]) => Partial<World>;

/** Writes a canonical scenario with a world, or reads one; as `transcode` of version 1 otherwise. `last`: sections behind all else of the scenario. */
export function transcodeWorld(coder: Coder, source: Scenario | undefined, sections: readonly Section[] = [], last: readonly Section[] = []): Scenario {
  const from = source === undefined ? NO_WORLD : worldOf(source);
  const withSections = (world: World, more: readonly Section[], walk: Walk, interrupts: readonly Interrupt[]): World =>
    more.reduce((so, section) => ({ ...so, ...section(walk, from, so, interrupts) }), world);
  return transcode(coder, source, {
    tasks: (walk) => tasks(walk, from),
    rest: (walk, met, interrupts) => {
      const world: World = {
        tasks: met, switches: switches(walk, from, TASK_CONTEXTS.slice(0, 1 + met.length)), sleepers: sleepers(walk, from),
        ...onEmergencyStack(interrupts.filter(({ id, ownStack }) => ownStack && walk.flag(1, 3, from.emergency?.includes(id) === true)).map(({ id }) => id)),
      };
      return withSections(world, sections, walk, interrupts);
    },
    last: (walk, world, interrupts) => withSections(world, last, walk, interrupts),
  });
}
