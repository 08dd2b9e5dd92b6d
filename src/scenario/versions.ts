/**
 * The versions of a function: the original, and the replacement that a live patch puts in its place. One reading of
 * `body: 'same'`, of entry shapes and of the parameter save area, for the image, the judge and the rules alike.
 */
import type { Body, Call, EntryShape, ModuleName, Scenario, ScenarioFunction } from './scenario.ts';

export type VersionName = 'original' | 'replacement';

const EMPTY: Body = { calls: [], nonvolatile: 0, zone: false, hoisted: false, earlyExit: false };

/** A body that does nothing. */
export const emptyBody: Body = Object.freeze({ ...EMPTY, calls: Object.freeze([]) as readonly Call[] });

/**
 * The original's body as it is when compiled into P. There every function of the original's module is behind a stub, so
 * `local` and `sibling` calls become `global` ones (a compiler makes sibling calls for local targets only: machine.md 4);
 * `global` and `indirect` calls, ids, limits and all the rest stay.
 */
export function sameBody(fn: ScenarioFunction): Body {
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

export function moduleOf(fn: ScenarioFunction, version: VersionName): ModuleName {
  return version === 'original' ? fn.module : 'P';
}

export function entryOf(fn: ScenarioFunction, version: VersionName): EntryShape {
  return version === 'original' || fn.replacement === undefined ? fn.entry : fn.replacement.entry;
}

/** The calls that are written down in a version: none for a replacement `same`, whose calls are the original's. */
export function ownCalls(fn: ScenarioFunction, version: VersionName): readonly Call[] {
  if (version === 'original') return fn.body.calls;
  const body = fn.replacement?.body;
  return body === undefined || body === 'same' ? [] : body.calls;
}

/** The calls that a version makes, by id, callee and limit (kinds as in the original where the body is `same`). */
export function madeCalls(fn: ScenarioFunction, patched: boolean): readonly Call[] {
  const body = patched ? fn.replacement?.body : undefined;
  return body === undefined || body === 'same' ? fn.body.calls : body.calls;
}

/**
 * Doublewords of the parameter save area that a caller must provide for a callee (ELFv2 2.2.3): at least 8 when there is one at
 * all, 0 when every argument is in a register and the callee has a prototype.
 */
export function parameterArea(fn: { readonly args: number; readonly variadic: boolean }): number {
  return fn.args > 8 ? fn.args : fn.variadic ? 8 : 0;
}

/**
 * The function with this id. Throws a RangeError when there is none: only for validated scenarios. A linear search, since a
 * scenario has at most 32 functions.
 */
export function functionOf(scenario: Scenario, id: number): ScenarioFunction {
  for (const fn of scenario.functions) if (fn.id === id) return fn;
  throw new RangeError(`no function ${id}`);
}

/** Ids of all the calls that a scenario writes down, in its order. */
export function callIds(scenario: Scenario): number[] {
  const ids: number[] = [];
  for (const fn of scenario.functions) {
    for (const call of fn.body.calls) ids.push(call.id);
    for (const call of ownCalls(fn, 'replacement')) ids.push(call.id);
  }
  return ids;
}
