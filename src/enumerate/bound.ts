/**
 * A bound: which scenarios an exhaustive run goes through. Sizes (functions, call sites, things out of the ordinary) and named
 * dimensions, each a list of values that may occur. Everything that is valid (scenario/rules.ts) and within the bound is enumerated;
 * what stands in no dimension (such as eight non-volatile registers instead of one) is not.
 *
 * Out of the ordinary ("special") is, each counted once: an entry other than `dual`, of an original or of a replacement; arguments other
 * than `none`; a body other than `plain`; an active mcount site of an unpatched function or of a replacement; modules that do not all lie near
 * vmlinux. What makes a strategy fail is a call graph with one or two of them; a bound on their number is what keeps a bound finite in practice.
 *
 * `hooked` says how functions are hooked, all of a scenario alike; it is no thing out of the ordinary. Unless it is asked for they are hooked in line.
 *
 * Two scenarios that differ in ids only are one, and so are two that differ in which of the ordinary modules is called M: the one that
 * is discovered first (canonical.ts) is. `places` are given to the modules after that.
 */

/** How a call is made; `self`: a replacement's local call of its own local entry. */
export const ENUMERATED_KINDS = ['local', 'global', 'indirect', 'sibling', 'stub-sibling', 'self'] as const;
export const ENUMERATED_MODULES = ['K', 'M', 'N', 'P'] as const;
export const ENUMERATED_ENTRIES = ['dual', 'single', 'clobber'] as const;
/** None; one in a register; nine, one of them on the stack; one, and the callee is variadic. */
export const ENUMERATED_ARGUMENTS = ['none', 'register', 'stack', 'variadic'] as const;
/** Nothing special; r31 and CR saved; a leaf with data below r1; the slot saved in the prologue; left by an early exit. One at a time. */
export const ENUMERATED_BODIES = ['plain', 'saved', 'zone', 'hoisted', 'early'] as const;
/** The original's body in P; a body of its own, calls included. */
export const ENUMERATED_REPLACEMENTS = ['same', 'own'] as const;
/** Active mcount sites: of functions that are not patched; of replacements. */
export const ENUMERATED_TRACING = ['functions', 'replacements'] as const;
/**
 * Where the modules lie: all near vmlinux; all together far from it; M, N and P such that no two of them are near each other (P near
 * vmlinux); only P far.
 */
export const ENUMERATED_PLACES = ['near', 'far-core', 'apart', 'far-patch'] as const;

/** With their profile sequences in line, or out of line as since Linux 6.13 (kernel/ftrace-out-of-line.ts). */
export const ENUMERATED_STYLES = ['in-line', 'out-of-line'] as const;

export type EnumeratedKind = (typeof ENUMERATED_KINDS)[number];
export type EnumeratedModule = (typeof ENUMERATED_MODULES)[number];
export type EnumeratedEntry = (typeof ENUMERATED_ENTRIES)[number];
export type EnumeratedArguments = (typeof ENUMERATED_ARGUMENTS)[number];
export type EnumeratedBody = (typeof ENUMERATED_BODIES)[number];
export type EnumeratedReplacement = (typeof ENUMERATED_REPLACEMENTS)[number];
export type EnumeratedTracing = (typeof ENUMERATED_TRACING)[number];
export type EnumeratedPlaces = (typeof ENUMERATED_PLACES)[number];
export type EnumeratedStyle = (typeof ENUMERATED_STYLES)[number];

export interface Bound {
  /** At most, 1..6. */
  readonly functions: number;
  /** Call sites at most, in originals and in replacements' own bodies together, 0..10. */
  readonly calls: number;
  /** Things out of the ordinary at most, 0..8. */
  readonly special: number;
  /** How often each call site on a cycle calls in one run, 1..8. */
  readonly recursion: number;
  readonly kinds: readonly EnumeratedKind[];
  readonly modules: readonly EnumeratedModule[];
  readonly entries: readonly EnumeratedEntry[];
  readonly arguments: readonly EnumeratedArguments[];
  readonly bodies: readonly EnumeratedBody[];
  readonly replacements: readonly EnumeratedReplacement[];
  readonly tracing: readonly EnumeratedTracing[];
  readonly places: readonly EnumeratedPlaces[];
  readonly hooked: readonly EnumeratedStyle[];
}

export type Dimension = Exclude<keyof Bound, 'functions' | 'calls' | 'special' | 'recursion'>;
export type Size = Exclude<keyof Bound, Dimension>;

/** All values of each dimension, in the order in which they are written. */
export const DIMENSIONS: { readonly [D in Dimension]: readonly Bound[D][number][] } = {
  kinds: ENUMERATED_KINDS, modules: ENUMERATED_MODULES, entries: ENUMERATED_ENTRIES, arguments: ENUMERATED_ARGUMENTS, bodies: ENUMERATED_BODIES,
  replacements: ENUMERATED_REPLACEMENTS, tracing: ENUMERATED_TRACING, places: ENUMERATED_PLACES,
  hooked: ENUMERATED_STYLES,
};

/** Sizes: least and most. */
export const SIZES: Readonly<Record<Size, readonly [least: number, most: number]>> = {
  functions: [1, 6], calls: [0, 10], special: [0, 8], recursion: [1, 8],
};

/** Values without which there is no scenario at all. */
const NEEDED: readonly (readonly [Dimension, string])[] = [['entries', 'dual'], ['arguments', 'none'], ['bodies', 'plain'], ['places', 'near']];

/** A bound that makes no sense: which option, what was found, what was expected. */
export class BoundError extends Error {
  override readonly name = 'BoundError';
}

/** Everything there is, in these sizes, hooked in line. */
export function wholeBound(functions: number, calls: number, special: number): Bound {
  return { functions, calls, special, recursion: 1, ...DIMENSIONS, hooked: ['in-line'] };
}

/** Checks a bound that somebody wrote; lists come back in their proper order, without repetitions. @throws BoundError */
export function checkedBound(bound: Bound): Bound {
  for (const [name, [least, most]] of Object.entries(SIZES) as [Size, readonly [number, number]][]) {
    const value: unknown = bound[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw new BoundError(`${name} ${String(value).slice(0, 20)}: expected a whole number from ${least} to ${most}`);
    }
  }
  const lists = Object.fromEntries((Object.keys(DIMENSIONS) as Dimension[]).map((name) => [name, checkedList(name, bound[name])]));
  for (const [name, value] of NEEDED) {
    if (!(lists[name] as readonly string[]).includes(value)) throw new BoundError(`${name}: expected ${value} among them`);
  }
  if (!bound.modules.some((module) => module === 'K' || module === 'M')) {
    throw new BoundError('modules: expected K or M among them, where a task can start');
  }
  if (lists['hooked']!.length === 0) throw new BoundError(`hooked: expected some of ${ENUMERATED_STYLES.join(', ')}`);
  return { functions: bound.functions, calls: bound.calls, special: bound.special, recursion: bound.recursion, ...lists } as Bound;
}

function checkedList(name: Dimension, values: readonly string[]): readonly string[] {
  const all: readonly string[] = DIMENSIONS[name];
  if (!Array.isArray(values)) throw new BoundError(`${name}: expected a list of ${all.join(', ')}`);
  const unknown = values.find((value) => !all.includes(value));
  if (unknown !== undefined) throw new BoundError(`${name}: ${JSON.stringify(String(unknown).slice(0, 30))}; expected some of ${all.join(', ')}`);
  return all.filter((value) => values.includes(value));
}
