/** Keeps a bounded number of pieces of work under way until there is no more: each may bring new work when it ends. */
export class Pump {
  readonly #width: number;

  constructor(width: number) {
    this.#width = Math.max(1, width);
  }

  /** `next` gives a piece of work, or nothing for now. Ends when nothing is under way and nothing comes; rejects with the first failure. */
  async drain(next: () => (() => Promise<void>) | undefined): Promise<void> {
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    for (;;) {
      while (running.size < this.#width) {
        const work = next();
        if (work === undefined) break;
        // Never rejects itself: a failure that loses the race below would go unnoticed.
        const one: Promise<void> = work().catch((error: unknown) => { failures.push(error); }).finally(() => { running.delete(one); });
        running.add(one);
      }
      if (running.size === 0) return;
      await Promise.race(running);
      if (failures.length > 0) throw failures[0];
    }
  }
}
