/**
 * What a verification layer says, as plain data: the `verify` document of the interface.
 */

/** One thing that the model and the outside world see differently. */
export interface Difference {
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
}

/** One thing that was not compared, and why. */
export interface Skip {
  readonly what: string;
  readonly why: string;
}

export interface VerifyResult {
  readonly schema: 'tocsin/verify@1';
  readonly layer: 'binutils' | 'lockstep' | 'shapes' | 'scenarios' | 'kernel-redirect' | 'kernel-livepatch' | 'kernel-core' | 'kernel-sleep' | 'kernel-replace' | 'kernel-unload';
  /** Single comparisons made. 0 means that nothing has been shown. */
  readonly compared: number;
  /** Comparisons that failed. */
  readonly differed: number;
  /** The first of them, at most `MOST_DIFFERENCES`. */
  readonly differences: readonly Difference[];
  readonly skipped: readonly Skip[];
  /** Tool name to its version line. */
  readonly versions: Readonly<Record<string, string>>;
  /** How often each thing was compared, by name; so that a comparison that never took place is seen. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Bound of `differences`; `differed` counts all. */
const MOST_DIFFERENCES = 100;

/** Collects comparisons into a result. */
export class Tally {
  readonly #layer: VerifyResult['layer'];
  readonly #differences: Difference[] = [];
  readonly #skipped: Skip[] = [];
  readonly #counts = new Map<string, number>();
  #compared = 0;
  #differed = 0;

  constructor(layer: VerifyResult['layer']) {
    this.#layer = layer;
  }

  /** Counts one comparison under `name`. */
  count(name: string, by = 1): void {
    this.#compared += by;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }
  /** Counts something seen under `name` that is not a comparison of its own. */
  note(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
  /** How often `name` was counted. */
  counted(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
  /** Compares two texts and counts it under `name`; true when equal. `what` is asked only where they differ. */
  compare(name: string, what: () => string, ours: string, theirs: string): boolean {
    this.count(name);
    if (ours === theirs) return true;
    this.differ(what(), ours, theirs);
    return false;
  }
  differ(what: string, ours: string, theirs: string): void {
    this.#differed++;
    if (this.#differences.length < MOST_DIFFERENCES) this.#differences.push({ what, ours, theirs });
  }
  skip(what: string, why: string): void {
    this.#skipped.push({ what, why });
  }
  get compared(): number {
    return this.#compared;
  }
  get differed(): number {
    return this.#differed;
  }
  result(versions: Readonly<Record<string, string>>): VerifyResult {
    const counts = Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      schema: 'tocsin/verify@1', layer: this.#layer, compared: this.#compared, differed: this.#differed,
      differences: this.#differences, skipped: this.#skipped, versions, counts,
    };
  }
}
