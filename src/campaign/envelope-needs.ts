/**
 * What scenarios do without only together with something else, as they are drawn: an interrupt that lands in a handler needs one that has a handler. A set
 * that allows the one and none of the others draws nothing that it would not draw without it, so a campaign in it says nothing of its own. What is not
 * listed here costs time, no more; what is listed and not so would hide something, and a test looks (test/campaign/envelope.test.ts).
 */
import { elementsOf, isSubset, sizeOfSet } from '../borders/antichain.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import type { Assumption } from '../contract/claim.ts';

/** By assumption that is not satisfied: those of which one is not satisfied either. */
export const NEEDS: Readonly<Partial<Record<Assumption, readonly Assumption[]>>> = {
  'no-interrupt-nested': ['no-interrupt'], 'no-irq-stack': ['no-interrupt'], 'no-emergency-stack': ['no-irq-stack'],
  'no-unwind': ['no-sleep'], 'no-migration': ['no-tasks', 'no-preempt', 'no-sleep'],
  'no-stub-sibling': ['no-replacement-siblings'], 'no-replacement-siblings': ['no-sibling', 'no-stub-sibling'],
  'bounded-sibling-chains': ['no-sibling', 'no-stub-sibling'],
  // More than a stack holds, or 64 pending hooks, come of recursion alone: the generator draws too few functions for it otherwise.
  'stack-room': ['no-recursive'], 'bounded-hook-depth': ['no-recursive'],
};

const bit = (assumption: Assumption): bigint => 1n << BigInt(ASSUMPTIONS.indexOf(assumption));
const RULES = ASSUMPTIONS.flatMap((it) => {
  const needs = NEEDS[it];
  return needs === undefined ? [] : [{ one: bit(it), others: needs.reduce((mask, other) => mask | bit(other), 0n) }];
});

/** The set without what cannot occur in it. */
export function possible(set: bigint): bigint {
  for (let left = set; ;) {
    const next = RULES.reduce((mask, { one, others }) => ((mask & others) === 0n ? mask & ~one : mask), left);
    if (next === left) return left;
    left = next;
  }
}

/**
 * Those sets, in their order (largest first), in which something can occur that cannot in another one. Of several with the same one is kept: among the
 * largest the last, which assumes the absence of a feature rather than a premise.
 */
export function withOwn(sets: readonly bigint[]): bigint[] {
  const all = sets.map((set, at) => ({ set, at, size: sizeOfSet(set), within: possible(set) }));
  const better = (a: (typeof all)[number], b: (typeof all)[number]): boolean =>
    (a.within === b.within ? a.size > b.size || (a.size === b.size && a.at > b.at) : isSubset(b.within, a.within));
  return all.filter((one) => !all.some((other) => other !== one && better(other, one))).map(({ set }) => set);
}

/** Rules that a scenario does not keep: by the assumptions that it does not satisfy. */
export function needsBroken(set: bigint): Assumption[] {
  return elementsOf(set).flatMap((i) => {
    const rule = RULES.find(({ one }) => one === 1n << BigInt(i));
    return rule === undefined || (set & rule.others) !== 0n ? [] : [ASSUMPTIONS[i]!];
  });
}
