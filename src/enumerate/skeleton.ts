/**
 * Skeletons: who calls whom, in which order, from originals and from replacements' own bodies; nothing else. Functions are numbered in the
 * order of discovery (scenario/canonical.ts: breadth first, a function's original calls before its replacement's), all of them are reached, and
 * bodies are ordered. So each class of isomorphic call structures comes exactly once, without a look at those that came before.
 */

/** A replacement's call of its own local entry. */
export const SELF = -1;

export interface Skeleton {
  /** By function: callees of its original, in order. */
  readonly calls: readonly (readonly number[])[];
  /** By function: callees of its replacement's own body, SELF among them. */
  readonly own: readonly (readonly number[])[];
}

/** All skeletons with exactly so many functions (>= 1) and calls. `own`: replacements may have calls of their own; `self`: also of themselves. */
export function* skeletons(functions: number, calls: number, own: boolean, self: boolean): Generator<Skeleton> {
  const bodies: number[][] = [[]];
  let found = 1;
  let left = calls;

  /** Body `at`: even ones are originals, odd ones replacements. Goes on with the call that follows in it, or with the next body. */
  function* from(at: number): Generator<Skeleton> {
    const body = bodies[at]!;
    // This body ends here.
    if (at + 1 < 2 * found) {
      bodies.push([]);
      yield* from(at + 1);
      bodies.pop();
    } else if (found === functions && left === 0) {
      yield { calls: bodies.filter((_, i) => i % 2 === 0).map((it) => [...it]), own: bodies.filter((_, i) => i % 2 === 1).map((it) => [...it]) };
    }
    const replacement = at % 2 === 1;
    if (left === 0 || (replacement && !own)) return;
    left--;
    for (let callee = replacement && self ? SELF : 0; callee <= found && callee < functions; callee++) {
      const fresh = callee === found;
      // Each function still to be found takes a call.
      if (functions - found - (fresh ? 1 : 0) > left) continue;
      if (fresh) found++;
      body.push(callee);
      yield* from(at);
      body.pop();
      if (fresh) found--;
    }
    left++;
  }
  yield* from(0);
}

/** By call, in the order of ids (a function's original calls, then its replacement's): whether it lies on a cycle. */
export function cyclicCalls({ calls, own }: Skeleton): boolean[] {
  const n = calls.length;
  const target = (from: number, callee: number): number => (callee === SELF ? from : callee);
  const reach = calls.map((body, from) => [...body, ...own[from]!].reduce((mask, callee) => mask | 1 << target(from, callee), 0));
  for (let k = 0; k < n; k++) for (let i = 0; i < n; i++) if ((reach[i]! >>> k & 1) !== 0) reach[i]! |= reach[k]!;
  return calls.flatMap((body, from) => [...body, ...own[from]!].map((callee) => {
    const to = target(from, callee);
    return to === from || (reach[to]! >>> from & 1) !== 0;
  }));
}
