/**
 * The token: one word that is a minimised scenario, the strategy and the signature. `toc1-` (`toc2-`, `toc3-` with a world around) and base 58; the number behind it is
 * a checksum of 20 bits and the entropy-coded content (`coder.ts`, `model1.ts` to `model3.ts`). Every version that was ever published keeps
 * its decoder in TOKEN_VERSIONS. It replays without the generator.
 */
import type { ObligationName } from '../contract/obligations.ts';
import type { ReturnEdge } from '../contract/verdict.ts';
import { canonical, equalScenarios } from '../scenario/canonical.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { problemOf } from '../scenario/validate.ts';
import type { Coder } from './coder.ts';
import { ALPHABET, checksum, Decoder, Encoder, fromText, toText } from './coder.ts';
import { ModelError, transcode } from './model1.ts';
import { transcodeWorld } from './model2.ts';
import { LATER_SECTIONS, SECTIONS, needsSections } from './model3.ts';

/** A token in bad shape: one line, why. */
export class TokenError extends Error {
  constructor(what: string) {
    super(`token: ${what}`);
    this.name = 'TokenError';
  }
}

/** A built-in strategy by name; a user's by a hash of its content (8 hex digits, see `shortHash`), since its name means nothing elsewhere. */
export type TokenStrategy = { readonly kind: 'built-in'; readonly name: string } | { readonly kind: 'user'; readonly hash: string };

/** What a token says of the place of a violation: a name that every version knows, or a hash of one (5 hex digits, `placeHash`). */
export type TokenPlace = { readonly name: string } | { readonly hash: string };

export interface TokenSignature {
  readonly obligation: ObligationName;
  readonly edge: ReturnEdge;
  readonly place: TokenPlace;
}

export interface TokenContent {
  /** Canonical. */
  readonly scenario: Scenario;
  readonly strategy: TokenStrategy;
  /** Absent: the strategy holds on this scenario. */
  readonly signature?: TokenSignature;
}

// Permanent codes: the position is the code. Append, never reorder.
export const BUILT_IN_CODES = [
  'branch-only', 'manual-restore', 'manual-restore-missed-exit', 'manual-restore-slot', 'mini-frame', 'livepatch-stack',
  'livepatch-stack-late-publish', 'livepatch-stack-early-release', 'caller-slot', 'caller-distance', 'odd-toc',
  'shadow-stack-per-cpu', 'return-stack', 'livepatch-stack-unwound',
  'shadow-stack-r1-masked', 'shadow-stack-parallel',
] as const;
const OBLIGATION_CODES: readonly ObligationName[] = [
  'return-address', 'progress', 'toc', 'stack-pointer', 'back-chain', 'toc-slot', 'arguments', 'nonvolatile', 'protected-zone',
  'interrupt-transparency', 'hook-balance', 'replacement-ran', 'differential', 'reserved-word', 'frame-condition',
  'reliable-trace', 'consistency', 'recoverable',
];
const EDGE_CODES: readonly ReturnEdge[] = ['local', 'global', 'indirect', 'sibling', 'stub-sibling', 'root', 'none'];
const PLACE_CODES = [
  'livepatch_handler', 'livepatch_return', 'replacement_entry', 'replacement_save', 'replacement_exit', 'replacement_early_exit',
  'traced_global_entry', 'ftrace_entry', 'replacement_single_entry',
  'caller', 'stub', 'ftrace-entry', 'hook-entry', 'callee', 'hook-return', 'return-site', 'interrupt', 'start',
  'switch',
] as const;

const TABLE_BUILT_IN = 64;
const TABLE_OBLIGATIONS = 32;
const TABLE_PLACES = 32;
const HASH_BITS = 20;
/** Longer texts are no tokens: the largest scenario of BOUNDS takes well under half of this. */
export const TOKEN_MOST = 2_000;

/** The 32-bit FNV-1a hash of a text. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** 8 hex digits for a user's strategy, of any text that stands for its content (such as its full hash). */
export function shortHash(text: string): string {
  return fnv(text).toString(16).padStart(8, '0');
}

/** 5 hex digits for a label. */
export function placeHash(name: string): string {
  return (fnv(name) & ((1 << HASH_BITS) - 1)).toString(16).padStart(5, '0');
}

/** Whether a place is the one that a token names. */
export function placeMatches(place: TokenPlace, name: string): boolean {
  return 'name' in place ? place.name === name : place.hash === placeHash(name);
}

/** A violation's place as a token keeps it. */
export function tokenPlace(name: string): TokenPlace {
  return (PLACE_CODES as readonly string[]).includes(name) ? { name } : { hash: placeHash(name) };
}

/** A code of a table of `size`, of which the first `known` are likely. */
function code(coder: Coder, size: number, known: number, value: number): number {
  const late = coder.pick([31, 1], value >= known ? 1 : 0) === 1;
  return late ? coder.range(size - known, value - known) + known : coder.range(known, value);
}

/** `version` 2 says a world as well (model2.ts), 3 more of it (model3.ts); all else is as in version 1. */
function contentOf(coder: Coder, version: number, from: TokenContent | undefined): TokenContent {
  const user = coder.pick([7, 1], from?.strategy.kind === 'user' ? 1 : 0) === 1;
  let strategy: TokenStrategy;
  if (user) {
    const hash = from?.strategy.kind === 'user' ? Number.parseInt(from.strategy.hash, 16) : 0;
    const high = coder.range(65_536, hash >>> 16);
    const low = coder.range(65_536, hash & 0xffff);
    strategy = { kind: 'user', hash: (high * 65_536 + low).toString(16).padStart(8, '0') };
  } else {
    const at = from?.strategy.kind === 'built-in' ? (BUILT_IN_CODES as readonly string[]).indexOf(from.strategy.name) : 0;
    const name = BUILT_IN_CODES[code(coder, TABLE_BUILT_IN, 11, at)];
    if (name === undefined) throw new TokenError('it names a strategy that this version does not know');
    strategy = { kind: 'built-in', name };
  }
  const signed = coder.pick([1, 15], from === undefined || from.signature !== undefined ? 1 : 0) === 1;
  let signature: TokenSignature | undefined;
  if (signed) {
    const own = from?.signature;
    const obligation = OBLIGATION_CODES[code(coder, TABLE_OBLIGATIONS, 15, own === undefined ? 0 : OBLIGATION_CODES.indexOf(own.obligation))];
    if (obligation === undefined) throw new TokenError('it names an obligation that this version does not know');
    const edge = EDGE_CODES[coder.pick([4, 4, 3, 1, 1, 2, 1], own === undefined ? 0 : EDGE_CODES.indexOf(own.edge))]!;
    let place: TokenPlace;
    if (coder.pick([7, 1], own !== undefined && 'hash' in own.place ? 1 : 0) === 1) {
      place = { hash: coder.range(1 << HASH_BITS, own !== undefined && 'hash' in own.place ? Number.parseInt(own.place.hash, 16) : 0).toString(16).padStart(5, '0') };
    } else {
      const at = own !== undefined && 'name' in own.place ? (PLACE_CODES as readonly string[]).indexOf(own.place.name) : 0;
      const name = PLACE_CODES[code(coder, TABLE_PLACES, 18, at)];
      if (name === undefined) throw new TokenError('it names a place that this version does not know');
      place = { name };
    }
    signature = { obligation, edge, place };
  }
  const scenario = version === 1 ? transcode(coder, from?.scenario) : transcodeWorld(coder, from?.scenario, ...(version === 2 ? [] : [SECTIONS, LATER_SECTIONS] as const));
  return signature === undefined ? { scenario, strategy } : { scenario, strategy, signature };
}

function prefix(version: number): string {
  return `toc${version}-`;
}

/** The first version that can say it. */
const versionFor = (scenario: Scenario): number => (scenario.world === undefined ? 1 : needsSections(scenario) ? 3 : 2);

/**
 * The token of a case, in the first version that can say it. The scenario must be valid; its canonical form is what is kept. Throws a RangeError for
 * a strategy, obligation, edge or place that has no code.
 */
export function encodeToken(content: TokenContent): string {
  const encoder = new Encoder();
  const scenario = canonical(content.scenario);
  const version = versionFor(scenario);
  contentOf(encoder, version, { ...content, scenario });
  const value = encoder.finish();
  return prefix(version) + toText((value << 20n) | BigInt(checksum(value, prefix(version))));
}

function decode(version: number, text: string): TokenContent {
  const whole = fromText(text);
  if (whole === undefined) throw new TokenError(badText(text));
  const value = whole >> 20n;
  if (value === 0n || Number(whole & 0xf_ffffn) !== checksum(value, prefix(version))) throw new TokenError('damaged (its checksum does not fit); was it copied whole?');
  const decoder = new Decoder(value);
  let content: TokenContent;
  try {
    content = contentOf(decoder, version, undefined);
  } catch (error) {
    if (error instanceof ModelError) throw new TokenError(`it says more ${error.message} than a scenario can have`);
    throw error;
  }
  if (!decoder.done) throw new TokenError('something is left over behind its content');
  const problem = problemOf(content.scenario);
  if (problem !== undefined) throw new TokenError(`its scenario is not valid: ${problem.path === '' ? '' : `${problem.path}: `}${problem.what}`);
  if (versionFor(content.scenario) !== version) throw new TokenError(`its scenario is one that a ${prefix(versionFor(content.scenario))} token says`);
  if (!equalScenarios(content.scenario, canonical(content.scenario))) throw new TokenError('its scenario is not in canonical form');
  return content;
}

function badText(text: string): string {
  for (const char of text) if (!ALPHABET.includes(char)) return `${JSON.stringify(char)} does not occur in a token`;
  return text === '' ? 'nothing behind its prefix' : 'damaged: it begins with a digit zero';
}

/** Decoders by version; every version ever published. Each takes the text behind the prefix. */
export const TOKEN_VERSIONS: ReadonlyMap<number, (text: string) => TokenContent> = new Map([1, 2, 3].map((version) => [version, (text: string) => decode(version, text)]));

/** Whether a text looks like a token, of whatever version: for telling it from a file's name or a SEED:BLOCK:RUN. */
export function looksLikeToken(text: string): boolean {
  return /^toc\d{1,4}-/.test(text);
}

/** What a token says. Throws a TokenError for damage, unknown versions, texts over TOKEN_MOST characters, and scenarios that break a rule. */
export function decodeToken(text: string): TokenContent {
  if (text.length > TOKEN_MOST) throw new TokenError(`${text.length} characters; at most ${TOKEN_MOST}`);
  const parts = /^toc(\d{1,4})-(.*)$/s.exec(text);
  if (parts === null) throw new TokenError(`expected one that begins with ${[...TOKEN_VERSIONS.keys()].map(prefix).join(' or ')}`);
  const decoder = TOKEN_VERSIONS.get(Number(parts[1]));
  if (decoder === undefined || parts[1] !== String(Number(parts[1]))) throw new TokenError(`version ${parts[1]} is not known here; known: ${[...TOKEN_VERSIONS.keys()].join(', ')}`);
  return decoder(parts[2]!);
}
