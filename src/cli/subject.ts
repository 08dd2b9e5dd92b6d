/** What `replay` and `explain` are asked about: a token, a counterexample file or SEED:BLOCK:RUN, and a strategy to run it with. */
import { existsSync } from 'node:fs';
import { ScenarioArbitrary } from '../arbitraries/scenario.ts';
import { GENERATOR_VERSION, scenarioAt } from '../arbitraries/seeded.ts';
import { decodeToken, looksLikeToken, placeMatches, shortHash } from '../case/token.ts';
import type { TokenContent, TokenPlace } from '../case/token.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Violation } from '../contract/verdict.ts';
import type { ReturnEdge } from '../contract/verdict.ts';
import type { Feature } from '../scenario/features.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { readCase } from './cases.ts';
import { UsageError, quoted } from './errors.ts';
import { parseCount, parseRunName } from './numbers.ts';
import type { RunName } from './numbers.ts';

/** What was recorded: the signature that must recur; null: it holds. */
export interface Recorded {
  readonly signature: { readonly obligation: ObligationName; readonly edge: ReturnEdge; readonly place: TokenPlace } | null;
}

export interface Subject {
  readonly scenario: Scenario;
  /** Absent for SEED:BLOCK:RUN. */
  readonly token?: string;
  readonly content?: TokenContent;
  readonly recorded?: Recorded;
  /** Present for SEED:BLOCK:RUN only. */
  readonly name?: RunName;
}

export interface SubjectOptions {
  readonly features: readonly Feature[];
  /** As it was typed. */
  readonly generator: string | undefined;
}

function ofToken(token: string): Subject {
  const content = decodeToken(token);
  return { scenario: content.scenario, token, content, recorded: { signature: content.signature ?? null } };
}

/** Throws UsageError, TokenError. */
export function readSubject(word: string, { features, generator }: SubjectOptions): Subject {
  const name = parseRunName(word);
  if (name === undefined && generator !== undefined) throw new UsageError('--generator goes with SEED:BLOCK:RUN only');
  if (looksLikeToken(word) && !existsSync(word)) return ofToken(word);
  if (name !== undefined) {
    const version = generator === undefined ? GENERATOR_VERSION : parseCount('--generator', generator, 0, 1_000_000);
    if (version !== GENERATOR_VERSION) throw new UsageError(`${quoted(word)} is of generator ${version}, this is generator ${GENERATOR_VERSION}: the same name means another scenario; replay its token instead`);
    const scenario = scenarioAt(new ScenarioArbitrary({ features }), name.seed, name.block, name.run);
    return { scenario, name };
  }
  if (!/[./\\]/.test(word) && !existsSync(word)) {
    throw new UsageError(`${quoted(word)} is no token, no file and no SEED:BLOCK:RUN; a token begins with toc1-`);
  }
  // A file says what its token says; both give the same bytes.
  return ofToken(readCase(word).token);
}

/** The violation that a recorded signature names. */
export function matching(violations: readonly Violation[], { signature }: Recorded): Violation | undefined {
  if (signature === null) return undefined;
  return violations.find((it) => it.obligation === signature.obligation && it.edge === signature.edge && placeMatches(signature.place, it.place));
}

/** Whether a user's strategy with this hash is the one that the token is about. */
export function sameContent(content: TokenContent, name: string, hash: string): boolean {
  return content.strategy.kind === 'built-in' ? content.strategy.name === name : content.strategy.hash === shortHash(hash);
}
