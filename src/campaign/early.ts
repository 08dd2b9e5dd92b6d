/**
 * What workers tell of while their blocks still run, so that it is saved before anything can end the process: of each kind (`selectionKeys`)
 * the earliest that anyone has told of. Which finding a report is about is decided in block order, by the fold; until then this is what there is.
 */
import type { Finding } from './finding.ts';
import { asDrawn } from './fold.ts';
import { selectionKeys } from './selection.ts';
import type { Announcement } from './task.ts';

interface Told {
  readonly told: Announcement;
  /** Kinds of which it is the earliest. */
  readonly keys: Set<string>;
}

export class Early {
  readonly #keepGoing: boolean;
  readonly #best = new Map<string, Told>();

  constructor(keepGoing: boolean) {
    this.#keepGoing = keepGoing;
  }

  /** Whether to save it, and what is of no use any more once that is done. */
  offer(told: Announcement): { readonly save: boolean; readonly gone: readonly Finding[] } {
    const one: Told = { told, keys: new Set() };
    const gone: Finding[] = [];
    for (const key of selectionKeys(told, this.#keepGoing)) {
      const before = this.#best.get(key);
      if (before !== undefined && asDrawn(before.told, told) <= 0) continue;
      this.#best.set(key, one);
      one.keys.add(key);
      before?.keys.delete(key);
      if (before?.keys.size === 0) gone.push(before.told.finding);
    }
    return { save: one.keys.size > 0, gone };
  }

  /** Takes out what is of blocks below this one: they are folded, and it is known who was first. */
  settled(block: number): Announcement[] {
    const done = new Set<Announcement>();
    for (const [key, { told }] of this.#best) {
      if (told.tally.block >= block) continue;
      this.#best.delete(key);
      done.add(told);
    }
    return [...done];
  }
}
