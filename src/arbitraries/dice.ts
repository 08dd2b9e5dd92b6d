/**
 * The dice of the generator: weights, ranges and small tables, apart from the structure (`draft.ts`, `generate.ts`) so that the
 * idiomatic arbitrary draws from the same ones. Changing anything here changes what a seed means: raise GENERATOR_VERSION.
 */
import { CALL_KIND_TABLE, isSibling } from '../scenario/call-kinds.ts';
import { ALL_FEATURES, FEATURE_BIT } from '../scenario/features-of.ts';
import { BOUNDS, CALL_KINDS, ENTRY_SHAPES } from '../scenario/scenario.ts';
import type { CallKind, Region } from '../scenario/scenario.ts';

/** Version of the meaning of SEED:BLOCK:RUN. */
export const GENERATOR_VERSION = 5;

/** Uniform integers, both ends included. fast-check's Random is one. */
export interface Dice {
  nextInt(min: number, max: number): number;
}

/** Call kinds as bits of the features they are. */
export const LOCAL = FEATURE_BIT.local;
export const GLOBAL = FEATURE_BIT.global;
export const INDIRECT = FEATURE_BIT.indirect;
export const SIBLING = FEATURE_BIT.sibling;
export const STUB_SIBLING = FEATURE_BIT['stub-sibling'];
/** The kinds of which this is true. */
const kindsWhere = (is: (kind: CallKind) => boolean): number => CALL_KINDS.reduce((mask, kind) => mask | (is(kind) ? FEATURE_BIT[kind] : 0), 0);
export const ALL_KINDS = kindsWhere(() => true);
export const SIBLINGS = kindsWhere(isSibling);
/** By index in ENTRY_SHAPES: the kinds by which a function with that entry can be called. */
export const KINDS_TO: readonly number[] = ENTRY_SHAPES.map((entry) => kindsWhere((kind) => CALL_KIND_TABLE[kind].callees.includes(entry)));

/** Features of the world around, which is drawn last (around.ts), that are chosen from at once. */
export const FIRST_WORLD_FEATURES = FEATURE_BIT.tasks | FEATURE_BIT.preempt | FEATURE_BIT.sleep | FEATURE_BIT.migration | FEATURE_BIT.unwind
  | FEATURE_BIT['emergency-stack'];
/** Those that each have a die of their own: all at once they would hide each other. */
export const LATER_WORLD_FEATURES = [FEATURE_BIT.transitions, FEATURE_BIT['graph-tracer'], FEATURE_BIT.exit] as const;
/** Features of the world around; the others decide what is drawn before. */
export const WORLD_FEATURES = LATER_WORLD_FEATURES.reduce<number>((mask, feature) => mask | feature, FIRST_WORLD_FEATURES)
  | FEATURE_BIT['out-of-line'] | FEATURE_BIT['tracing-off'] | FEATURE_BIT['other-hooks'];
const INNER_FEATURES = ALL_FEATURES & ~WORLD_FEATURES;
/** One scenario in so many plus one has a world, where it may. */
export const WORLD_ODDS = 4;
/** One scenario in so many plus one is hooked out of line, and in one in so many plus one tracing is switched, whatever else is around. */
export const OUT_OF_LINE_ODDS = 5, TRACING_ODDS = 7;
/** One scenario in so many plus one has kretprobes, where ftrace is called at all. */
export const OTHER_HOOKS_ODDS = 9;
/** Of the scenarios with several tasks, in one of so many plus one some task is forked. */
export const FORK_ODDS = 2;

/** How many functions the task's part of a scenario has (handlers come on top), one of these. */
export const FUNCTION_COUNTS = [2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10, 12] as const;

/** Arguments of a function: in registers alone, and beyond them. */
export const ARGS = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8] as const;
export const STACK_ARGS = [9, 9, 9, 10, 10, 11, 12, 12] as const;

/**
 * Interrupts at calls of patched functions land in one of these regions, hook and ftrace entry above all; and there mostly at a step up
 * to this (`drawStep`): short ranges, which short code is hit in often.
 */
export const ANCHORS: readonly (readonly [Region, number])[] = [
  ['hook-entry', 13], ['hook-entry', 13], ['hook-entry', 13], ['hook-entry', 13], ['hook-entry', 7],
  ['hook-return', 13], ['hook-return', 13], ['hook-return', 13], ['hook-return', 13], ['hook-return', 13], ['hook-return', 13], ['hook-return', 13],
  ['ftrace-entry', 59], ['ftrace-entry', 59],
  ['callee', 31], ['callee', 31],
  ['return-site', 3],
  ['caller', 11],
];

/**
 * The instruction of a region at which an interrupt lands: up to `short` most of the time, else further on, one time in ten up to 63 and
 * one time in forty up to 255, the last that can be said: so no code of a strategy is too long to be interrupted anywhere.
 */
export function drawStep(dice: Dice, short: number): number {
  const far = dice.nextInt(0, 39);
  return dice.nextInt(0, far === 0 ? BOUNDS.step : far <= 4 ? Math.max(short, 63) : short);
}

/** Of the scenarios with feature `recursive` on, one in so many plus one is to become deep (`deep.ts`). */
export const DEEP_ODDS = 15;

/** Calls in the longest run of a generated scenario that is not deep, at most; each further task may begin where the first one does (around.ts). */
export const DYNAMIC_CAP = 64;

/**
 * Which features this scenario may use: a subset of the allowed ones. One time in eight all of them; one time in four few (each with
 * one chance in four), else each with one chance in two; then one of the ways to call, at least, is switched on.
 */
export function drawFeatures(dice: Dice, allowed: number): number {
  const way = dice.nextInt(0, 7);
  let on = allowed;
  if (way !== 0) {
    on &= dice.nextInt(0, INNER_FEATURES);
    if (way <= 2) on &= dice.nextInt(0, INNER_FEATURES) | LOCAL;
  }
  if ((on & (LOCAL | GLOBAL | INDIRECT)) === 0 || dice.nextInt(0, 3) === 0) on |= allowed & LOCAL;
  if ((on & (LOCAL | GLOBAL | INDIRECT)) === 0) on |= allowed & (LOCAL | GLOBAL | INDIRECT);
  return on;
}

/** One of the kinds in a non-empty mask: local 5, global 4, indirect 2, sibling 3, stub sibling 4. */
export function drawKind(dice: Dice, mask: number): number {
  if ((mask & (mask - 1)) === 0) return mask;
  const sum = (mask & LOCAL ? 5 : 0) + (mask & GLOBAL ? 4 : 0) + (mask & INDIRECT ? 2 : 0) + (mask & SIBLING ? 3 : 0) + (mask & STUB_SIBLING ? 4 : 0);
  let at = dice.nextInt(0, sum - 1);
  if (mask & LOCAL && (at -= 5) < 0) return LOCAL;
  if (mask & GLOBAL && (at -= 4) < 0) return GLOBAL;
  if (mask & INDIRECT && (at -= 2) < 0) return INDIRECT;
  if (mask & SIBLING && (at -= 3) < 0) return SIBLING;
  return STUB_SIBLING;
}
