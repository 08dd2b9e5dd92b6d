/**
 * What is left to choose in one function once the skeleton and all functions' shapes stand: the kind of each call, what is special about
 * each body, whether and how it is patched, whether it is traced. Choices of different functions do not depend on each other.
 */
import type { Body, Call, CallKind, EntryShape, Replacement, ScenarioFunction } from '../scenario/scenario.ts';
import type { Bound, EnumeratedBody } from './bound.ts';
import { fitsOneEntry, reachOf } from './shapes.ts';
import type { Shape } from './shapes.ts';
import { SELF } from './skeleton.ts';

interface BodyChoice {
  readonly kinds: readonly CallKind[];
  readonly style: EnumeratedBody;
  /** Things out of the ordinary. */
  readonly special: number;
}

interface ReplacementChoice {
  readonly entry: EntryShape;
  readonly traced: boolean;
  readonly body: BodyChoice | 'same';
  readonly special: number;
}

export interface Choice {
  readonly traced: boolean;
  readonly body: BodyChoice;
  readonly replacement: ReplacementChoice | undefined;
  /** Without what the shape has of its own. */
  readonly special: number;
}

/** A callee by its shape, or SELF. */
export type CalleeShape = Shape | typeof SELF;

/** Choices of a body with these calls, in a fixed order. */
function bodies(bound: Bound, shape: Shape, replacement: boolean, callees: readonly CalleeShape[]): BodyChoice[] {
  const self = callees.includes(SELF);
  let rows: CallKind[][] = [[]];
  callees.forEach((callee, at) => {
    const kinds: CallKind[] = [];
    if (callee === SELF) kinds.push('local');
    else {
      const reach = reachOf(bound, shape, replacement, callee);
      kinds.push(...reach.calls as CallKind[]);
      if (at === callees.length - 1) kinds.push(...(reach.siblings as CallKind[]).filter((kind) => kind === 'sibling' || !self));
    }
    rows = rows.flatMap((row) => kinds.map((kind) => [...row, kind]));
  });
  const choices: BodyChoice[] = [];
  for (const kinds of rows) {
    for (const style of bound.bodies) {
      if (!allows(kinds, style)) continue;
      choices.push({ kinds, style, special: style === 'plain' ? 0 : 1 });
    }
  }
  return choices;
}

function allows(kinds: readonly CallKind[], style: EnumeratedBody): boolean {
  const last = kinds[kinds.length - 1];
  switch (style) {
    case 'zone': return kinds.length === 0;
    case 'hoisted': return kinds.includes('indirect');
    case 'early': return last !== 'sibling' && last !== 'stub-sibling';
    default: return true;
  }
}

/** Ways to patch a function whose original makes `calls` calls and whose replacement's own body has these callees. */
function replacements(bound: Bound, shape: Shape, calls: number, own: readonly CalleeShape[]): ReplacementChoice[] {
  const choices: ReplacementChoice[] = [];
  const add = (body: BodyChoice | 'same', made: number): void => {
    for (const entry of bound.entries) {
      if (entry !== 'dual' && (made > 0 || !fitsOneEntry(shape))) continue;
      for (const traced of entry === 'dual' && bound.tracing.includes('replacements') ? [false, true] : [false]) {
        choices.push({ entry, traced, body, special: (entry === 'dual' ? 0 : 1) + (traced ? 1 : 0) + (body === 'same' ? 0 : body.special) });
      }
    }
  };
  if (own.length === 0 && bound.replacements.includes('same')) add('same', calls);
  if (bound.replacements.includes('own')) for (const body of bodies(bound, shape, true, own)) add(body, own.length);
  return choices;
}

/** All choices of a function, those with more than `most` things out of the ordinary left out. Empty: the shapes do not go with the calls. */
export function choicesOf(bound: Bound, shape: Shape, calls: readonly CalleeShape[], own: readonly CalleeShape[], most: number): Choice[] {
  if (shape.entry !== 'dual' && calls.length > 0) return [];
  if (shape.module === 'P' && own.length > 0) return [];
  const patches = shape.module === 'P' ? [] : replacements(bound, shape, calls.length, own);
  const traces = shape.entry === 'dual' && bound.tracing.includes('functions') ? [false, true] : [false];
  const choices: Choice[] = [];
  for (const body of bodies(bound, shape, false, calls)) {
    for (const traced of own.length === 0 ? traces : []) {
      choices.push({ traced, body, replacement: undefined, special: body.special + (traced ? 1 : 0) });
    }
    for (const replacement of patches) choices.push({ traced: false, body, replacement, special: body.special + replacement.special });
  }
  return choices.filter((choice) => choice.special <= most);
}

/** A function's place in a scenario: its own id, who its calls go to, their ids and limits. */
export interface Place {
  readonly id: number;
  readonly callees: readonly number[];
  readonly own: readonly number[];
  /** Of the first original call; the others follow. */
  readonly firstCall: number;
  /** By call, original's then replacement's: the limit, or 0 for none. */
  readonly limits: readonly number[];
}

/** The function as scenario data. */
export function functionOf(shape: Shape, choice: Choice, place: Place): ScenarioFunction {
  const { replacement } = choice;
  const original = place.callees.length;
  const patch: Replacement | undefined = replacement === undefined ? undefined : {
    entry: replacement.entry, traced: replacement.traced,
    body: replacement.body === 'same' ? 'same' : bodyOf(replacement.body, place.own, place.firstCall + original, place.limits.slice(original)),
  };
  return {
    id: place.id, module: shape.module, entry: shape.entry, args: shape.args, variadic: shape.variadic, traced: choice.traced,
    body: bodyOf(choice.body, place.callees, place.firstCall, place.limits),
    ...(patch === undefined ? {} : { replacement: patch }),
  };
}

function bodyOf({ kinds, style }: BodyChoice, callees: readonly number[], firstCall: number, limits: readonly number[]): Body {
  return {
    calls: kinds.map((kind, i): Call => {
      const limit = limits[i]!;
      const callee = callees[i]!;
      return { id: firstCall + i, kind, callee: callee === SELF ? 'self' : callee, ...(limit === 0 ? {} : { limit }) };
    }),
    nonvolatile: style === 'saved' ? 1 : 0, zone: style === 'zone', hoisted: style === 'hoisted', earlyExit: style === 'early',
  };
}
