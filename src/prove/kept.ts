/**
 * What memory a strategy has of its own, as it has declared it, and what its code shows of it: where an entry lies from the published cell's value, and how far a hook moves that.
 * What is found here is believed by nobody: each fragment is checked for it.
 */
import { RETURN_STACK_ENTRIES } from '../scenario/premises.ts';
import { placeState } from '../contract/state.ts';
import type { PlacedState } from '../contract/state.ts';
import type { Strategy } from '../contract/strategy.ts';
import { THREAD_INFO } from '../kernel/layout.ts';
import type { Kept, OwnMemory, Published } from './certificate.ts';
import { waits } from './ending.ts';
import type { Explorer } from './fragment.ts';
import { NOBODY, publishedValue } from './rely.ts';
import type { Rely } from './rely.ts';

/** No store to an entry is too low for this one: to find out where they go. */
const ANYWHERE = -0x8000_0000;

/** What is declared. `marker`: which doubleword of the frame's memory to take for the one that is 0 while nothing waits. */
function declared(strategy: Strategy, marker: number, published: Pick<Published, 'origin' | 'entry'>): Kept {
  const placed = placeState(strategy.state ?? []);
  const frames = placed.filter(({ owner }) => owner === 'frame');
  const frame = frames.length === 0 ? null : { from: frames[0]!.offset, bytes: frames.reduce((sum, it) => sum + it.bytes, 0), marker: frames[0]!.offset + marker };
  const cell = publishedCell(strategy, placed);
  return {
    published: cell === undefined ? null : { ...cell, ...published },
    memory: placed.flatMap(({ owner, offset, bytes }): OwnMemory[] => (owner === 'frame' ? [] : [{ owner, from: offset, bytes }])),
    frame, areas: strategy.areas ?? [],
  };
}

function publishedCell({ published }: Strategy, placed: readonly PlacedState[]): Omit<Published, 'origin' | 'entry'> | undefined {
  if (published === undefined) return undefined;
  // The kernel makes it: an address in the task's stack.
  if (published === 'TI_livepatch_sp') return { owner: 'task', at: THREAD_INFO.TI_livepatch_sp, address: true, least: '0' };
  const cell = placed.find(({ name }) => name === published);
  if (cell === undefined || cell.owner === 'frame') return undefined;
  return { owner: cell.owner, at: cell.offset, address: cell.owner === 'stack', least: String(BigInt.asIntN(64, cell.value)) };
}

/** `explored`: a hooked call, entered and followed to its replacement, with this memory and what may happen. */
export function findKept(strategy: Strategy, explored: (kept: Kept, rely: Rely) => Explorer): Kept {
  const unknown = { origin: ANYWHERE, entry: 0 };
  let kept = declared(strategy, 0, unknown);
  if (kept.frame !== null) {
    for (let marker = 0; marker < kept.frame.bytes; marker += 8) {
      const tried = declared(strategy, marker, unknown), probe = explored(tried, NOBODY);
      if (probe.failures.length === 0 && probe.arrivals.length === 1 && waits(probe, probe.arrivals[0]!.state) !== undefined) { kept = tried; break; }
    }
  }
  if (kept.published === null) return kept;
  const probe = explored(kept, NOBODY);
  let entry = 0;
  for (const { state } of probe.arrivals) {
    const value = publishedValue(kept, state);
    if (value !== null && value.of === 'x') entry = Math.max(entry, Number(value.offset));
  }
  const origin = Number.isFinite(probe.leastEntry) ? probe.leastEntry : 0;
  return { ...kept, published: { ...kept.published, origin, entry } };
}

/** Least and greatest value that a hook finds in the published cell, where it holds a distance and at most RETURN_STACK_ENTRIES hooked returns are pending. */
export function rangeOf({ published }: Kept): readonly [bigint, bigint] | undefined {
  if (published === null || published.address || published.entry <= 0) return undefined;
  const least = BigInt(published.least);
  return [least, least + BigInt((RETURN_STACK_ENTRIES - 1) * published.entry)];
}

/** The entries of so many pending hooked returns lie in memory that the strategy has declared. */
export function entriesFit({ published, memory }: Kept): boolean {
  if (published === null || published.address) return true;
  const first = Number(published.least) + published.origin, end = first + RETURN_STACK_ENTRIES * published.entry;
  const inside = (at: number, bytes: number): boolean => memory.some((it) => it.owner === published.owner && at >= it.from && at + bytes <= it.from + it.bytes);
  const meets = published.at < end && published.at + 8 > first;
  for (let at = first; at < end; at += 8) if (!inside(at, 8)) return false;
  return !meets && published.entry > 0;
}
