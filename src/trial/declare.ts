/** What a strategy declares, as the judge takes it: data without a name. */
import { placeState } from '../contract/state.ts';
import type { Strategy } from '../contract/strategy.ts';
import { PAGE } from '../image/pages.ts';
import type { Oracle } from '../invariants/oracle.ts';
import { PAGE_BYTES, THREAD_INFO } from '../kernel/layout.ts';

interface Declared {
  readonly published: number;
  readonly areas: readonly number[];
  readonly stateRanges: readonly number[];
}

const NOTHING: Declared = { published: -1, areas: [], stateRanges: [] };
const known = new WeakMap<Strategy, Declared>();
const LIVEPATCH_SP = PAGE.TASK * PAGE_BYTES + THREAD_INFO.TI_livepatch_sp;

function read(strategy: Strategy): Declared {
  const stateRanges: number[] = [];
  let published = strategy.published === 'TI_livepatch_sp' ? LIVEPATCH_SP : -1;
  if (published >= 0) stateRanges.push(published, 8);
  for (const { name, owner, offset, bytes } of placeState(strategy.state ?? [])) {
    const at = (owner === 'task' ? PAGE.TASK : PAGE.PACA) * PAGE_BYTES + offset;
    stateRanges.push(at, bytes);
    if (name === strategy.published) published = at;
  }
  return { published, areas: (strategy.areas ?? []).flatMap(({ offset, bytes }) => [offset, bytes]), stateRanges };
}

/** Tells the oracle; undefined: the control hook, which declares nothing. */
export function declare(oracle: Oracle, strategy: Strategy | undefined): void {
  let declared = NOTHING;
  if (strategy !== undefined) {
    declared = known.get(strategy) ?? read(strategy);
    known.set(strategy, declared);
  }
  oracle.published = declared.published;
  oracle.areas = declared.areas;
  oracle.stateRanges = declared.stateRanges;
}
