/**
 * Situations of hooked calls (trial/coverage.ts) over scenarios: in none, in one, in more. That is all that Good and Turing need, and it adds up
 * in any order, so that shards and workers cannot be seen in it.
 */
import { SITUATIONS } from '../trial/coverage.ts';

/** Rising numbers. */
export interface SituationTally {
  /** Seen in one scenario. */
  readonly once: readonly number[];
  /** Seen in two or more. */
  readonly more: readonly number[];
}

export class Situations {
  /** 0, 1, 2: two or more. */
  readonly #seen = new Uint8Array(SITUATIONS);
  /** The scenario that showed it last. */
  readonly #latest = new Float64Array(SITUATIONS);
  #scenario = 0;

  empty(): void {
    this.#seen.fill(0);
  }

  /** What follows is of another scenario. */
  next(): void {
    this.#scenario++;
  }

  see(situation: number): void {
    if (this.#latest[situation] === this.#scenario) return;
    this.#latest[situation] = this.#scenario;
    if (this.#seen[situation]! < 2) this.#seen[situation]!++;
  }

  add({ once, more }: SituationTally): void {
    for (const situation of once) if (this.#seen[situation]! < 2) this.#seen[situation]!++;
    for (const situation of more) this.#seen[situation] = 2;
  }

  tally(): SituationTally {
    const once: number[] = [];
    const more: number[] = [];
    this.#seen.forEach((seen, situation) => {
      if (seen === 1) once.push(situation);
      else if (seen === 2) more.push(situation);
    });
    return { once, more };
  }
}
