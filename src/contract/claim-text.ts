/**
 * A claim in words: `holds`, `holds assuming no-stub-sibling, stack-room`, `breaks toc, toc-slot`. Spaces are free, the order of names is kept.
 */
import { FEATURES } from '../scenario/features.ts';
import { PREMISES } from './claim.ts';
import type { Assumption, Claim } from './claim.ts';
import { OBLIGATIONS } from './obligations.ts';
import type { ObligationName } from './obligations.ts';

/** A text that is no claim. `offset`: from 0, in characters of the text. */
export class ClaimError extends Error {
  readonly offset: number;
  readonly what: string;
  readonly expected: string;
  constructor(offset: number, what: string, expected: string) {
    super(`${what}; expected ${expected}`);
    this.name = 'ClaimError';
    this.offset = offset;
    this.what = what;
    this.expected = expected;
  }
}

/** Every assumption that a claim may name: the absence of each feature, then the premises. */
const ASSUMPTIONS: readonly Assumption[] = [...FEATURES.map((feature): Assumption => `no-${feature}`), ...PREMISES];

export function isAssumption(name: string): name is Assumption {
  return (ASSUMPTIONS as readonly string[]).includes(name);
}

export function isObligation(name: string): name is ObligationName {
  return OBLIGATIONS.some((obligation) => obligation.name === name);
}

/** The words of a claim; `parseClaim` reads them back. */
export function claimText(claim: Claim): string {
  if (claim.kind === 'breaks') return `breaks ${claim.obligations.join(', ')}`;
  return claim.assuming.length === 0 ? 'holds' : `holds assuming ${claim.assuming.join(', ')}`;
}

/**
 * Reads a claim.
 * @throws ClaimError at the first word that does not fit.
 */
export function parseClaim(text: string): Claim {
  const [kind, second] = words(text, /[^\s]+/g);
  if (kind === undefined) throw new ClaimError(0, 'an empty claim', "'holds' or 'breaks'");
  if (kind.word === 'holds') {
    if (second === undefined) return { kind: 'holds', assuming: [] };
    if (second.word !== 'assuming') throw new ClaimError(second.at, `'${second.word}' after 'holds'`, "'assuming', or nothing");
    return { kind: 'holds', assuming: names(text, second.at + second.word.length, 'assumption', isAssumption, assumptionHint) };
  }
  if (kind.word === 'breaks') {
    const hint = (): string => `one of ${OBLIGATIONS.map(({ name }) => name).join(', ')}`;
    return { kind: 'breaks', obligations: names(text, kind.at + kind.word.length, 'obligation', isObligation, hint) };
  }
  throw new ClaimError(kind.at, `a claim begins with '${kind.word}'`, "'holds' or 'breaks'");
}

function assumptionHint(name: string): string {
  if ((FEATURES as readonly string[]).includes(name)) return `'no-${name}' for the absence of that feature`;
  return `no-FEATURE, or one of ${PREMISES.join(', ')}`;
}

function words(text: string, pattern: RegExp): { word: string; at: number }[] {
  return [...text.matchAll(pattern)].map((match) => ({ word: match[0], at: match.index }));
}

/** The names behind `from`, separated by commas; at least one, none twice. */
function names<T extends string>(
  text: string, from: number, what: string, is: (name: string) => name is T, hint: (name: string) => string,
): T[] {
  const found: T[] = [];
  let at = from;
  for (const part of text.slice(from).split(',')) {
    const name = part.trim();
    const offset = at + part.length - part.trimStart().length;
    if (name === '') throw new ClaimError(Math.min(offset, text.length), `a missing ${what}`, hint(''));
    if (!is(name)) throw new ClaimError(offset, `no ${what} is called '${name}'`, hint(name));
    if (found.includes(name)) throw new ClaimError(offset, `'${name}' named twice`, `each ${what} once`);
    found.push(name);
    at += part.length + 1;
  }
  return found;
}
