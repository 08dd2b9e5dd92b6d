/**
 * How much of an array of fixed depth is in use when a hook begins, as the premise bounded-hook-depth has it. At most RETURN_STACK_ENTRIES hooked returns are ever pending
 * in one task, those of its interrupts' handlers included, and the one that begins here is one of them: so at most one less is pending before. The published cell
 * counts their bytes from 0, a task's own, which no task finds as another has left it (premise no-reused-stacks): each push adds one entry, each pop takes it away
 * (obligation hook-balance, which every run shows in which the original holds).
 */
import type { Strategy } from '../contract/strategy.ts';
import { RETURN_STACK_ENTRIES } from '../scenario/premises.ts';
import { assumptionsOf } from './assumptions.ts';

const NEEDED = ['bounded-hook-depth', 'no-reused-stacks'] as const;

/**
 * The most that the published cell holds when a hook begins; undefined: anything. 0 or more, below 2^31.
 * @param pushed by how much each declared push of the strategy moves the cell, in bytes; undefined: by no number
 */
export function mostBefore({ claim, published, pushes, pops, state = [] }: Strategy, pushed: readonly (bigint | undefined)[]): bigint | undefined {
  const cell = state.find(({ name }) => name === published);
  if (!NEEDED.every((it) => assumptionsOf(claim).includes(it)) || cell?.owner !== 'task' || cell.inherited === true || (cell.value ?? 0n) !== 0n) return undefined;
  if (pushes === undefined || pops === undefined || pushed.length < pushes.length) return undefined;
  const entry = pushed[0];
  if (entry === undefined || entry <= 0n || entry > 0x10000n || pushed.some((it) => it !== entry)) return undefined;
  return entry * BigInt(RETURN_STACK_ENTRIES - 1);
}
