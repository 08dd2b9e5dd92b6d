/**
 * Which of the signatures that turn up are minimised. Everything is counted; minimised is, of each strategy and obligation, the first
 * within the claim and the first outside of it, and for each assumption the first that only it keeps out, which shows that it is needed.
 * Decided on first sight and in block order, so that it is the same for any number of workers and a finding is saved when it is found.
 */
import type { News } from './fold.ts';
import { signatureKey } from './fold.ts';
import type { Finding } from './finding.ts';

export class Selection {
  readonly #keepGoing: boolean;
  readonly #taken = new Set<string>();

  /** @param keepGoing every signature, not only the first of its obligation */
  constructor(keepGoing: boolean) {
    this.#keepGoing = keepGoing;
  }

  take({ strategy, tally }: News): boolean {
    const { outside } = tally;
    const what = this.#keepGoing ? signatureKey({ ...tally, outside: Number(outside !== 0) }) : `${tally.obligation} ${outside !== 0}`;
    const keys = [`${strategy} ${what}`];
    if (outside !== 0 && (outside & (outside - 1)) === 0) keys.push(`${strategy} only assumption ${outside}`);
    const fresh = keys.filter((key) => !this.#taken.has(key));
    for (const key of fresh) this.#taken.add(key);
    return fresh.length > 0;
  }
}

/**
 * What is worth showing of what was minimised. Two of the same scenario and signature are one finding, the earlier; and without
 * `keepGoing` so are two of the same obligation that need the same assumptions, as may turn out only when they are small.
 */
export function withoutDoubles(findings: readonly Finding[], keepGoing: boolean): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ strategy, token, signature, needs }) => {
    const key = `${strategy} ${keepGoing ? token : `${signature.obligation} ${needs.join()}`}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
