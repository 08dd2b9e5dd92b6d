/**
 * Which of the signatures that turn up are minimised. Everything is counted; minimised is, of each strategy and obligation, the first
 * within the claim and the first outside of it, and for each assumption the first that only it keeps out, which shows that it is needed.
 * Decided on first sight and in block order, so that it is the same for any number of workers and a finding is saved when it is found.
 */
import type { News } from './fold.ts';
import { signatureKey } from './fold.ts';
import type { FindingFacts } from './finding.ts';

export class Selection {
  readonly #keepGoing: boolean;
  readonly #taken = new Set<string>();

  /** @param keepGoing every signature, not only the first of its obligation */
  constructor(keepGoing: boolean) {
    this.#keepGoing = keepGoing;
  }

  take(news: News): boolean {
    const fresh = this.#fresh(news);
    for (const key of fresh) this.#taken.add(key);
    return fresh.length > 0;
  }

  /** Whether `take` would say yes. */
  wants(news: News): boolean {
    return this.#fresh(news).length > 0;
  }

  #fresh(news: News): string[] {
    return selectionKeys(news, this.#keepGoing).filter((key) => !this.#taken.has(key));
  }
}

/** What it would be the first of. */
export function selectionKeys({ strategy, tally }: News, keepGoing: boolean): string[] {
  const { outside } = tally;
  const what = keepGoing ? signatureKey({ ...tally, outside: Number(outside !== 0) }) : `${tally.obligation} ${outside !== 0}`;
  const only = outside !== 0 && (outside & (outside - 1)) === 0;
  return [`${strategy} ${what}`, ...(only ? [`${strategy} only assumption ${outside}`] : [])];
}

/**
 * What is worth showing of what was minimised. Two of the same scenario and signature are one finding, the earlier; and without
 * `keepGoing` so are two of the same obligation that need the same assumptions, as may turn out only when they are small.
 */
export function withoutDoubles<F extends FindingFacts>(findings: readonly F[], keepGoing: boolean): F[] {
  const seen = new Set<string>();
  return findings.filter(({ strategy, token, signature, needs }) => {
    const key = `${strategy} ${keepGoing ? token : `${signature.obligation} ${needs.join()}`}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
