/**
 * A scenario's functions as they are compiled for a kernel: which versions there are, in which module each lies, and its name there. Numbers are those of the model's program: originals in
 * the scenario's order, then replacements in the same order, then the second patch's in its order.
 */
import { frameSize } from '../../abi/frame.ts';
import { isSibling } from '../../scenario/call-kinds.ts';
import type { Body, EntryShape, ModuleName, Scenario, ScenarioFunction } from '../../scenario/scenario.ts';
import { bodyOf, parameterArea, secondBodyOf } from '../../scenario/versions.ts';

/** Q is the second patch's. */
export type KernelModule = ModuleName | 'Q';

export interface Version {
  readonly number: number;
  readonly fn: ScenarioFunction;
  readonly module: KernelModule;
  readonly entry: EntryShape;
  readonly body: Body;
  readonly replacement: boolean;
  /** Its mcount site is active: patched or traced. */
  readonly hooked: boolean;
  /** Number of its replacement. */
  readonly replacedBy: number | undefined;
  /** Number of what the second patch has for it. */
  readonly second: number | undefined;
  /** It sleeps before it makes its own calls. */
  readonly sleeps: boolean;
  /** What it returns in r3, as an offset from r13; one more in r4. */
  readonly result: number;
}

/** The versions of a scenario; of its world what sleeps, and the second patch. */
export function versionsOf(scenario: Scenario): readonly Version[] {
  const { functions, world } = scenario, patched = functions.filter((fn) => fn.replacement !== undefined), second = world?.second ?? [];
  const replacedBy = (fn: ScenarioFunction): number | undefined => (fn.replacement === undefined ? undefined : functions.length + patched.indexOf(fn));
  const sleeps = (fn: ScenarioFunction, replacement: boolean): boolean => world?.sleepers.some((it) => it.function === fn.id && it.replacement === replacement) === true;
  const originals = functions.map((fn, number): Version => {
    const at = second.findIndex((it) => it.function === fn.id), isSecond = at < 0 ? undefined : functions.length + patched.length + at;
    return {
      number, fn, module: fn.module, entry: fn.entry, body: fn.body, replacement: false, second: isSecond, sleeps: sleeps(fn, false),
      hooked: fn.traced || fn.replacement !== undefined || isSecond !== undefined, replacedBy: replacedBy(fn), result: resultOf(number),
    };
  });
  const replacements = patched.map((fn, i): Version => {
    const { entry, traced, body } = fn.replacement!, number = functions.length + i;
    return {
      number, fn, module: 'P', entry, body: bodyOf(fn, 'replacement'), replacement: true, hooked: traced, replacedBy: undefined, second: undefined, sleeps: sleeps(fn, true),
      result: resultOf(body === 'same' ? functions.indexOf(fn) : number),
    };
  });
  const seconds = second.map((it, i): Version => {
    const fn = functions.find(({ id }) => id === it.function)!, number = functions.length + patched.length + i;
    return {
      number, fn, module: 'Q', entry: 'dual', body: secondBodyOf(fn, it.body), replacement: true, hooked: false, replacedBy: undefined, second: undefined,
      sleeps: sleeps(fn, it.body === 'first'), result: resultOf(it.body === 'same' ? functions.indexOf(fn) : number),
    };
  });
  return [...originals, ...replacements, ...seconds];
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
