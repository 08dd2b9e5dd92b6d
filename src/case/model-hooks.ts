/** Section of a token of version 3: who else hooks returns. Asked of each version, function by function, at whose mcount site ftrace is called. */
import type { HookKind, OtherHook } from '../scenario/scenario.ts';
import { hasActiveSite, withHooks } from '../scenario/world.ts';
import type { Section } from './model2.ts';

// Written out, as in version 1: bounds and lists may grow.
const MOST_HOOKS = 16;
const KINDS: readonly HookKind[] = ['graph'];

export const hooksSection: Section = (walk, from, { second = [] }) => {
  const found: OtherHook[] = [];
  for (const fn of walk.functions) {
    for (const replacement of [false, true]) {
      if (!hasActiveSite(fn, replacement, second)) continue;
      for (const kind of KINDS) {
        const there = from.hooks?.some((it) => it.function === fn.id && it.replacement === replacement && it.kind === kind) === true;
        if (found.length < MOST_HOOKS && walk.flag(1, replacement ? 2 : 4, there)) found.push({ function: fn.id, replacement, kind });
      }
    }
  }
  return withHooks(found);
};
