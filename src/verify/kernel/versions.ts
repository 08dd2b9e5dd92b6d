/**
 * A scenario's functions as they are compiled for a kernel: which versions there are, in which module each lies, and its name there. Numbers are those of the model's program: originals in
 * the scenario's order, then replacements in the same order.
 */
import { frameSize } from '../../abi/frame.ts';
import { isSibling } from '../../scenario/call-kinds.ts';
import type { Body, EntryShape, ModuleName, Scenario, ScenarioFunction } from '../../scenario/scenario.ts';
import { bodyOf, parameterArea } from '../../scenario/versions.ts';

export interface Version {
  readonly number: number;
  readonly fn: ScenarioFunction;
  readonly module: ModuleName;
  readonly entry: EntryShape;
  readonly body: Body;
  readonly replacement: boolean;
  /** Its mcount site is active: patched or traced. */
  readonly hooked: boolean;
  /** Number of its replacement. */
  readonly replacedBy: number | undefined;
  /** What it returns in r3, as an offset from r13; one more in r4. */
  readonly result: number;
}

/** The versions of a scenario without a world. */
export function versionsOf(scenario: Scenario): readonly Version[] {
  const { functions } = scenario, patched = functions.filter((fn) => fn.replacement !== undefined);
  const replacedBy = (fn: ScenarioFunction): number | undefined => (fn.replacement === undefined ? undefined : functions.length + patched.indexOf(fn));
  const originals = functions.map((fn, number): Version => ({
    number, fn, module: fn.module, entry: fn.entry, body: fn.body, replacement: false,
    hooked: fn.traced || fn.replacement !== undefined, replacedBy: replacedBy(fn), result: resultOf(number),
  }));
  const replacements = patched.map((fn, i): Version => {
    const { entry, traced, body } = fn.replacement!, number = functions.length + i;
    return {
      number, fn, module: 'P', entry, body: bodyOf(fn, 'replacement'), replacement: true, hooked: traced, replacedBy: undefined,
      result: resultOf(body === 'same' ? functions.indexOf(fn) : number),
    };
  });
  return [...originals, ...replacements];
}

const resultOf = (number: number): number => 0x1000 + 4 * number;

/** Index of the function with an id: the number of its original. */
export function originalOf(scenario: Scenario, id: number): number {
  return scenario.functions.findIndex((fn) => fn.id === id);
}

/** Bytes of a version's frame, 0: it makes none. The same rule as the image's, so that depths can be compared. */
export function frameOf(scenario: Scenario, { fn, entry, body }: Version): number {
  if (entry !== 'dual' || body.zone) return 0;
  const areas = body.calls.filter((call) => !isSibling(call.kind))
    .map((call) => parameterArea(call.callee === 'self' ? fn : scenario.functions[originalOf(scenario, call.callee)]!));
  return frameSize(8 * Math.max(0, ...areas) + 8 * body.nonvolatile + 16);
}

/** Argument doubleword `index` of a call, as an offset from r13; the same as the image's. */
export const argumentOf = (call: number, index: number): number => 0x2000 + ((call & 511) << 4) + index;
