/**
 * What a function can be before anything is known of its bodies: module, entry, arguments. And by which kinds one shape calls another,
 * after the rules of scenario/rules.ts.
 */
import { parameterArea } from '../scenario/versions.ts';
import type { Bound, EnumeratedArguments, EnumeratedEntry, EnumeratedKind, EnumeratedModule } from './bound.ts';

export interface Shape {
  /** Position in `shapesOf(bound)`. */
  readonly index: number;
  readonly module: EnumeratedModule;
  readonly entry: EnumeratedEntry;
  readonly args: number;
  readonly variadic: boolean;
  /** Things out of the ordinary. */
  readonly special: number;
}

const ARGUMENTS: Readonly<Record<EnumeratedArguments, { readonly args: number; readonly variadic: boolean }>> = {
  none: { args: 0, variadic: false }, register: { args: 1, variadic: false },
  stack: { args: 9, variadic: false }, variadic: { args: 1, variadic: true },
};

/** Single-entry versions are leaves with at most 8 arguments, not variadic. */
export const fitsOneEntry = ({ args, variadic }: { readonly args: number; readonly variadic: boolean }): boolean => args <= 8 && !variadic;

/** All shapes of a bound, in a fixed order. */
export function shapesOf(bound: Bound): Shape[] {
  const shapes: Shape[] = [];
  for (const module of bound.modules) {
    for (const entry of bound.entries) {
      for (const name of bound.arguments) {
        const given = ARGUMENTS[name];
        if (entry !== 'dual' && !fitsOneEntry(given)) continue;
        shapes.push({ index: shapes.length, module, entry, ...given, special: (entry === 'dual' ? 0 : 1) + (name === 'none' ? 0 : 1) });
      }
    }
  }
  return shapes;
}

/** Whether a task can start there. */
export const canStart = (shape: Shape): boolean => shape.special === 0 && shape.module !== 'P';

/** Kinds of calls that lead from one shape to another. */
export interface Reach {
  /** Ordinary calls, wherever in the body. */
  readonly calls: readonly EnumeratedKind[];
  /** Sibling calls, as the last. `stub-sibling` only from a replacement. */
  readonly siblings: readonly EnumeratedKind[];
}

/** `replacement`: from the replacement of a function of shape `from`. */
export function reachOf(bound: Bound, from: Shape, replacement: boolean, to: Shape): Reach {
  const module = replacement ? 'P' : from.module;
  if (to.module === 'P' && module !== 'P') return { calls: [], siblings: [] };
  const near = to.module === module;
  const plain = to.entry !== 'clobber';
  const has = (kind: EnumeratedKind): boolean => bound.kinds.includes(kind);
  const calls: EnumeratedKind[] = [];
  if (near && plain && has('local')) calls.push('local');
  if (module !== 'K' && !(near && plain) && has('global')) calls.push('global');
  if (has('indirect')) calls.push('indirect');
  const siblings: EnumeratedKind[] = [];
  if (plain && parameterArea(to) <= parameterArea(from)) {
    if (near && has('sibling')) siblings.push('sibling');
    if (replacement && !near && has('stub-sibling')) siblings.push('stub-sibling');
  }
  return { calls, siblings };
}
