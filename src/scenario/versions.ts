/**
 * The versions of a function: the original, and the replacement that a live patch puts in its place. One reading of
 * `body: 'same'` and of the parameter save area, for the image, the judge and the rules alike.
 */
import { parameterDoublewords } from '../abi/frame.ts';
import type { Body, Call, ScenarioFunction } from './scenario.ts';

export type VersionName = 'original' | 'replacement';

const EMPTY: Body = { calls: [], nonvolatile: 0, zone: false, hoisted: false, earlyExit: false };

/** A body that does nothing. */
export const emptyBody: Body = Object.freeze({ ...EMPTY, calls: Object.freeze([]) as readonly Call[] });

/**
 * The original's body as it is when compiled into P. There every function of the original's module is behind a stub, so
 * `local` and `sibling` calls become `global` ones (a compiler makes sibling calls for local targets only);
 * `global` and `indirect` calls, ids, limits and all the rest stay.
 */
function sameBody(fn: ScenarioFunction): Body {
  const body = fn.body;
  if (body.calls.every((call) => call.kind === 'global' || call.kind === 'indirect')) return body;
  return {
    ...body,
    calls: body.calls.map((call) => (call.kind === 'global' || call.kind === 'indirect' ? call : { ...call, kind: 'global' as const })),
  };
}

/** The body of a version. Throws a RangeError for the replacement of a function that has none. */
export function bodyOf(fn: ScenarioFunction, version: VersionName): Body {
  if (version === 'original') return fn.body;
  const replacement = fn.replacement;
  if (replacement === undefined) throw new RangeError(`function ${fn.id} has no replacement`);
  return replacement.body === 'same' ? sameBody(fn) : replacement.body;
}

/** The body of the second patch's version. Throws a RangeError where it is to be a copy of a replacement's that is not there. */
export function secondBodyOf(fn: ScenarioFunction, body: 'same' | 'first'): Body {
  if (body === 'same') return sameBody(fn);
  const first = fn.replacement?.body;
  if (first === undefined || first === 'same') throw new RangeError(`function ${fn.id} has no replacement with a body of its own`);
  // It calls nothing in P but itself (patch-rules.ts), so every call is from the second module what it was from the first.
  return first;
}

/** The calls that are written down in a version: none for a replacement `same`, whose calls are the original's. */
export function ownCalls(fn: ScenarioFunction, version: VersionName): readonly Call[] {
  if (version === 'original') return fn.body.calls;
  const body = fn.replacement?.body;
  return body === undefined || body === 'same' ? [] : body.calls;
}

/** Which versions run: the originals, the replacements, or, where patches change over time or there are two, any of them. */
export type Running = boolean | 'any';

/**
 * The calls that a version makes, by id, callee and limit (kinds as in the original where the body is `same`). Of any version: those of all, so that one
 * that has been compiled twice is there twice; `second`: where the body of the second patch's version is from.
 */
export function madeCalls(fn: ScenarioFunction, patched: Running, second?: 'same' | 'first'): readonly Call[] {
  if (patched === 'any') {
    const first = fn.replacement === undefined ? [] : madeCalls(fn, true);
    return [...fn.body.calls, ...first, ...(second === undefined ? [] : second === 'same' ? fn.body.calls : first)];
  }
  const body = patched ? fn.replacement?.body : undefined;
  return body === undefined || body === 'same' ? fn.body.calls : body.calls;
}

/** Doublewords of the parameter save area that a caller must provide for a callee. */
export function parameterArea(fn: { readonly args: number; readonly variadic: boolean }): number {
  return parameterDoublewords(fn.args, fn.variadic);
}
