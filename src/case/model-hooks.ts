/**
 * Sections of a token of version 3: who else hooks returns, asked of each version, function by function, at whose mcount site ftrace is called. First the graph tracer where the
 * first patch or tracing has ftrace called; at the end, since they came later, the tracer where only the second patch does, and kretprobes.
 */
import type { OtherHook } from '../scenario/scenario.ts';
import { hasActiveSite, withHooks } from '../scenario/world.ts';
import type { Section } from './model2.ts';

// Written out, as in version 1: bounds and lists may grow.
const MOST_HOOKS = 16;

export const hooksSection: Section = (walk, from) => {
  const found: OtherHook[] = [];
  for (const fn of walk.functions) {
    for (const replacement of [false, true]) {
      if (!hasActiveSite(fn, replacement, [])) continue;
      const there = from.hooks?.some((it) => it.function === fn.id && it.replacement === replacement && it.kind === 'graph') === true;
      if (found.length < MOST_HOOKS && walk.flag(1, replacement ? 2 : 4, there)) found.push({ function: fn.id, replacement, kind: 'graph' });
    }
  }
  return withHooks(found);
};

/** In the order of functions, as the canonical form has them. */
export const secondHooksSection: Section = (walk, from, { second = [], hooks = [] }) => {
  const found: OtherHook[] = [];
  let count = hooks.length;
  for (const fn of walk.functions) {
    found.push(...hooks.filter((it) => it.function === fn.id));
    if (hasActiveSite(fn, false, []) || !hasActiveSite(fn, false, second) || count === MOST_HOOKS) continue;
    if (!walk.flag(1, 4, from.hooks?.some((it) => it.function === fn.id && it.kind === 'graph') === true)) continue;
    found.push({ function: fn.id, replacement: false, kind: 'graph' });
    count += 1;
  }
  return withHooks(found);
};

/** Those of each site lie together, the graph tracer first, as the canonical form has them. */
export const kretprobesSection: Section = (walk, from, { second = [], hooks = [] }) => {
  if (!walk.flag(1, 8, from.hooks?.some(({ kind }) => kind !== 'graph') === true)) return {};
  const found: OtherHook[] = [];
  let count = hooks.length;
  for (const fn of walk.functions) {
    for (const replacement of [false, true]) {
      if (!hasActiveSite(fn, replacement, second)) continue;
      const here = (it: OtherHook): boolean => it.function === fn.id && it.replacement === replacement;
      const traced = hooks.some(here);
      if (traced) found.push({ function: fn.id, replacement, kind: 'graph' });
      const probe = from.hooks?.find((it) => here(it) && it.kind !== 'graph');
      if (count === MOST_HOOKS || !walk.flag(1, replacement ? 2 : 3, probe !== undefined)) continue;
      const first = traced && walk.flag(1, 2, probe?.kind === 'kretprobe-first');
      found.push({ function: fn.id, replacement, kind: first ? 'kretprobe-first' : 'kretprobe' });
      count += 1;
    }
  }
  return withHooks(found);
};
