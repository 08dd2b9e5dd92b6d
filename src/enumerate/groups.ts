/**
 * Groups: the scenarios of one skeleton and one assignment of shapes. A group knows how many scenarios it has without making one, so that
 * whoever wants the millionth need not make those before.
 */
import type { Scenario, ScenarioFunction, World } from '../scenario/scenario.ts';
import { NO_WORLD } from '../scenario/world.ts';
import type { Bound, EnumeratedStyle } from './bound.ts';
import { choicesOf, functionOf } from './choices.ts';
import type { CalleeShape, Choice } from './choices.ts';
import { placementsOf } from './places.ts';
import { canStart, shapesOf } from './shapes.ts';
import type { Shape } from './shapes.ts';
import { SELF, cyclicCalls, skeletons } from './skeleton.ts';
import type { Skeleton } from './skeleton.ts';

/** Choices of one function by how many things out of the ordinary they have. */
type ByCost = readonly (readonly Choice[])[];

interface Parts {
  /** Choices of a patched function, or not: which of them use P is not a matter of the shapes alone. */
  readonly plain: ByCost;
  readonly patched: ByCost;
}

export class Grammar {
  readonly bound: Bound;
  readonly shapes: readonly Shape[];
  readonly #parts = new Map<string, Parts>();

  constructor(bound: Bound) {
    this.bound = bound;
    this.shapes = shapesOf(bound);
  }

  parts(shape: Shape, calls: readonly CalleeShape[], own: readonly CalleeShape[]): Parts {
    const key = `${shape.index}/${keyOf(calls)}/${keyOf(own)}`;
    let parts = this.#parts.get(key);
    if (parts === undefined) {
      const { special } = this.bound;
      const all = choicesOf(this.bound, shape, calls, own, special);
      const byCost = (patched: boolean): Choice[][] => Array.from({ length: special + 1 },
        (_, cost) => all.filter((choice) => choice.special === cost && (choice.replacement !== undefined) === patched));
      parts = { plain: byCost(false), patched: byCost(true) };
      this.#parts.set(key, parts);
    }
    return parts;
  }
}

/** What is around the scenarios of a style. */
const AROUND: Readonly<Record<EnumeratedStyle, { readonly world?: World }>> = {
  'in-line': {}, 'out-of-line': { world: Object.freeze({ ...NO_WORLD, outOfLine: true }) },
};

const keyOf = (shapes: readonly CalleeShape[]): string => shapes.map((shape) => (shape === SELF ? 's' : shape.index)).join();

export class Group {
  readonly size: number;
  readonly #grammar: Grammar;
  readonly #skeleton: Skeleton;
  readonly #shapes: readonly Shape[];
  readonly #parts: readonly Parts[];
  readonly #style: EnumeratedStyle;
  /** Things out of the ordinary that the shapes leave room for. */
  readonly #room: number;

  constructor(grammar: Grammar, style: EnumeratedStyle, skeleton: Skeleton, shapes: readonly Shape[]) {
    this.#grammar = grammar;
    this.#style = style;
    this.#skeleton = skeleton;
    this.#shapes = shapes;
    this.#room = grammar.bound.special - shapes.reduce((sum, shape) => sum + shape.special, 0);
    const shapeOf = (callee: number): CalleeShape => (callee === SELF ? SELF : shapes[callee]!);
    this.#parts = shapes.map((shape, i) => grammar.parts(shape, skeleton.calls[i]!.map(shapeOf), skeleton.own[i]!.map(shapeOf)));
    this.size = this.#count();
  }

  /** All its scenarios, in a fixed order. They share functions; nobody may change them. */
  *scenarios(): Generator<Scenario> {
    const { bound } = this.#grammar;
    const cyclic = cyclicCalls(this.#skeleton);
    let firstCall = 1;
    const place = this.#shapes.map((_, id) => {
      const callees = this.#skeleton.calls[id]!;
      const own = this.#skeleton.own[id]!;
      const limits = cyclic.slice(firstCall - 1, firstCall - 1 + callees.length + own.length).map((it) => (it ? bound.recursion : 0));
      const at = { id, callees, own, firstCall, limits };
      firstCall += limits.length;
      return at;
    });
    const functions: ScenarioFunction[] = [];
    const grammar = this.#grammar, shapes = this.#shapes, parts = this.#parts, room = this.#room, around = AROUND[this.#style];
    const byFunction = shapes.map(() => new Map<Choice, ScenarioFunction>());

    function* at(i: number, left: number, patched: boolean): Generator<Scenario> {
      if (i === shapes.length) {
        for (const { places, special } of placementsOf(grammar.bound, uses(shapes, patched))) {
          if (special <= left) yield { places, functions: [...functions], start: 0, interrupts: [], ...around };
        }
        return;
      }
      for (const kind of ['plain', 'patched'] as const) {
        for (let cost = 0; cost <= left; cost++) {
          for (const choice of parts[i]![kind][cost]!) {
            let fn = byFunction[i]!.get(choice);
            if (fn === undefined) byFunction[i]!.set(choice, fn = functionOf(shapes[i]!, choice, place[i]!));
            functions.push(fn);
            yield* at(i + 1, left - cost, patched || kind === 'patched');
            functions.pop();
          }
        }
      }
    }
    yield* at(0, room, false);
  }

  /** Product of polynomials in the number of things out of the ordinary. */
  #count(): number {
    const room = this.#room;
    if (room < 0) return 0;
    const both = this.#product((parts, cost) => parts.plain[cost]!.length + parts.patched[cost]!.length);
    const none = this.#product((parts, cost) => parts.plain[cost]!.length);
    let total = 0;
    for (const patched of [false, true]) {
      for (const { special } of placementsOf(this.#grammar.bound, uses(this.#shapes, patched))) {
        for (let cost = 0; cost + special <= room; cost++) total += patched ? both[cost]! - none[cost]! : none[cost]!;
      }
    }
    return total;
  }

  #product(count: (parts: Parts, cost: number) => number): number[] {
    const room = this.#room;
    let product = Array.from({ length: room + 1 }, (_, cost): number => (cost === 0 ? 1 : 0));
    for (const parts of this.#parts) {
      const next = product.map(() => 0);
      for (let cost = 0; cost <= room; cost++) {
        const ways = count(parts, cost);
        if (ways === 0) continue;
        for (let before = 0; before + cost <= room; before++) next[before + cost]! += product[before]! * ways;
      }
      product = next;
    }
    return product;
  }
}

const uses = (shapes: readonly Shape[], patched: boolean) => (module: 'M' | 'N' | 'P'): boolean =>
  (module === 'P' && patched) || shapes.some((shape) => shape.module === module);

/** All groups of a bound that have a scenario: one style of hooking after the other; fewer functions first, then fewer calls. */
export function* groupsOf(bound: Bound): Generator<Group> {
  const grammar = new Grammar(bound);
  const own = bound.replacements.includes('own');
  const self = bound.kinds.includes('self');
  for (const style of bound.hooked) {
    for (let functions = 1; functions <= bound.functions; functions++) {
      for (let calls = functions - 1; calls <= bound.calls; calls++) {
        for (const skeleton of skeletons(functions, calls, own, self)) yield* assigned(grammar, style, skeleton);
      }
    }
  }
}

function* assigned(grammar: Grammar, style: EnumeratedStyle, skeleton: Skeleton): Generator<Group> {
  const n = skeleton.calls.length;
  const { special } = grammar.bound;
  const chosen: Shape[] = [];
  function* from(i: number, cost: number, found: boolean): Generator<Group> {
    if (i === n) {
      const group = new Group(grammar, style, skeleton, [...chosen]);
      if (group.size > 0) yield group;
      return;
    }
    for (const shape of grammar.shapes) {
      if (i === 0 && !canStart(shape)) continue;
      // Of the two ordinary modules the one that is discovered first is M.
      if (shape.module === 'N' && !found) continue;
      if (cost + shape.special > special) continue;
      if (shape.entry !== 'dual' && skeleton.calls[i]!.length > 0) continue;
      if (shape.module === 'P' && skeleton.own[i]!.length > 0) continue;
      chosen.push(shape);
      yield* from(i + 1, cost + shape.special, found || shape.module === 'M');
      chosen.pop();
    }
  }
  yield* from(0, 0, false);
}
