/**
 * How many scenarios a bound has, counted without making one and by another road than the enumeration: no order of discovery, no skeletons,
 * no lists of choices.
 *
 * Labelled structures are counted: n named functions, the first of which starts. Each function contributes a polynomial in x (calls) and
 * y (things out of the ordinary), whose coefficients are closed formulas in the numbers of kinds that lead to the others. Of all structures those
 * with everything reachable are singled out by the recurrence for connected structures (as in Harary and Palmer, Graphical Enumeration,
 * 1973, 1.2): whatever is reached is a reachable structure by itself, and the rest calls as it likes. A structure with ordered calls, a root
 * and everything reachable has no automorphism but the identity, so each class was counted (n-1)! times.
 *
 * Which of the ordinary modules is called M does not count: classes that use both are halved, classes that use N alone left out. For
 * that, classes are counted for each set of modules that may be used, and inclusion and exclusion gives those that use exactly a set.
 *
 * Each class is there once in each style of hooking: no permutation of ids or modules changes the style.
 */
import type { Bound } from './bound.ts';
import { PLACES } from './places.ts';
import { fitsOneEntry, reachOf, shapesOf } from './shapes.ts';
import type { Shape } from './shapes.ts';

/** Coefficient of x^i y^j at [i * (special + 1) + j]; higher powers are dropped. */
type Poly = Float64Array;

class Ring {
  readonly calls: number;
  readonly special: number;

  constructor(calls: number, special: number) {
    this.calls = calls;
    this.special = special;
  }

  zero(): Poly { return new Float64Array((this.calls + 1) * (this.special + 1)); }

  /** c x^i y^j */
  add(to: Poly, c: number, i: number, j: number): void {
    if (i <= this.calls && j <= this.special) to[i * (this.special + 1) + j]! += c;
  }

  times(a: Poly, b: Poly): Poly {
    const product = this.zero();
    const width = this.special + 1;
    for (let xi = 0; xi <= this.calls; xi++) {
      for (let yi = 0; yi < width; yi++) {
        const value = a[xi * width + yi]!;
        if (value === 0) continue;
        for (let xj = 0; xi + xj <= this.calls; xj++) {
          const to = (xi + xj) * width + yi, from = xj * width;
          for (let yj = 0; yi + yj < width; yj++) product[to + yj]! += value * b[from + yj]!;
        }
      }
    }
    return product;
  }

  /** Adds to `a`. */
  sum(a: Poly, b: Poly, factor = 1): void { for (let i = 0; i < a.length; i++) a[i]! += factor * b[i]!; }
}

/** Kinds that lead from a body to any of its possible callees. */
interface Ways {
  /** Ordinary calls, without indirect ones and `self`; indirect ones; `self`. */
  direct: number;
  indirect: number;
  self: number;
  siblings: number;
  stubs: number;
}

function waysTo(bound: Bound, from: Shape, replacement: boolean, to: Shape): Ways {
  const ways: Ways = { direct: 0, indirect: 0, self: 0, siblings: 0, stubs: 0 };
  const { calls, siblings } = reachOf(bound, from, replacement, to);
  for (const kind of calls) ways[kind === 'indirect' ? 'indirect' : 'direct']++;
  for (const kind of siblings) ways[kind === 'sibling' ? 'siblings' : 'stubs']++;
  return ways;
}

/** Bodies with exactly `a` calls: by y, how many. [0]: nothing special; [1]: one thing. */
function bodiesWith(bound: Bound, a: number, { direct, indirect, self, siblings, stubs }: Ways): readonly [number, number] {
  const has = (name: Bound['bodies'][number]): number => (bound.bodies.includes(name) ? 1 : 0);
  const straight = (direct + indirect + self) ** a;
  const withSibling = a === 0 ? 0 : (direct + indirect + self) ** (a - 1) * siblings + (direct + indirect) ** (a - 1) * stubs;
  const noIndirect = (direct + self) ** a + (a === 0 ? 0 : (direct + self) ** (a - 1) * siblings + direct ** (a - 1) * stubs);
  const all = straight + withSibling;
  return [all, has('saved') * all + (a === 0 ? has('zone') : 0) + has('early') * straight + has('hoisted') * (all - noIndirect)];
}

class Counter {
  readonly #bound: Bound;
  readonly #ring: Ring;
  readonly #patching: boolean;
  readonly #reachable = new Map<string, Poly>();
  /** By caller's and callee's index, of originals and of replacements. */
  readonly #ways = new Map<number, Ways>();

  constructor(bound: Bound, ring: Ring, patching: boolean) {
    this.#bound = bound;
    this.#ring = ring;
    this.#patching = patching;
  }

  #waysOf(from: Shape, replacement: boolean, to: readonly Shape[]): Ways {
    const all: Ways = { direct: 0, indirect: 0, self: replacement && this.#bound.kinds.includes('self') ? 1 : 0, siblings: 0, stubs: 0 };
    for (const shape of to) {
      const key = (from.index * 1024 + shape.index) * 2 + (replacement ? 1 : 0);
      let ways = this.#ways.get(key);
      if (ways === undefined) this.#ways.set(key, ways = waysTo(this.#bound, from, replacement, shape));
      all.direct += ways.direct;
      all.indirect += ways.indirect;
      all.siblings += ways.siblings;
      all.stubs += ways.stubs;
    }
    return all;
  }

  /** All ways that one function can be, when it may call these. */
  #function(shape: Shape, to: readonly Shape[]): Poly {
    const bound = this.#bound, ring = this.#ring;
    const dual = shape.entry === 'dual';
    const most = dual ? ring.calls : 0;
    const total = ring.zero();
    const own = ring.zero();
    const oneEntry = fitsOneEntry(shape) ? bound.entries.length - 1 : 0;
    const traced = bound.tracing.includes('replacements') ? 1 : 0;
    const patched = this.#patching && shape.module !== 'P';
    if (patched && bound.replacements.includes('own')) {
      const ways = this.#waysOf(shape, true, to);
      for (let b = 0; b <= ring.calls; b++) {
        bodiesWith(bound, b, ways).forEach((count, y) => {
          ring.add(own, count, b, y);
          ring.add(own, count * (traced + (b === 0 ? oneEntry : 0)), b, y + 1);
        });
      }
    }
    const ways = this.#waysOf(shape, false, to);
    for (let a = 0; a <= most; a++) {
      const body = ring.zero();
      bodiesWith(bound, a, ways).forEach((count, y) => { ring.add(body, count, a, y); });
      const rest = own.slice();
      ring.add(rest, 1, 0, 0);
      if (dual && bound.tracing.includes('functions')) ring.add(rest, 1, 0, 1);
      if (patched && bound.replacements.includes('same')) {
        ring.add(rest, 1, 0, 0);
        ring.add(rest, traced + (a === 0 ? oneEntry : 0), 0, 1);
      }
      ring.sum(total, ring.times(body, rest));
    }
    const special = ring.zero();
    ring.add(special, 1, 0, shape.special);
    return ring.times(special, total);
  }

  /** Labelled structures of these functions, the first of which starts, in which all are reached. */
  reachable(shapes: readonly Shape[]): Poly {
    const key = shapes.map((shape) => shape.index).join();
    const known = this.#reachable.get(key);
    if (known !== undefined) return known;
    const ring = this.#ring;
    const each = shapes.map((shape) => this.#function(shape, shapes));
    const product = (polys: readonly Poly[]): Poly => polys.reduce((a, b) => ring.times(a, b));
    const result = product(each);
    const others = shapes.length - 1;
    for (let set = 0; set < (1 << others) - 1; set++) {
      const inside = (i: number): boolean => i === 0 || (set >>> (i - 1) & 1) !== 0;
      const part = this.reachable(shapes.filter((_, i) => inside(i)));
      ring.sum(result, ring.times(part, product(each.filter((_, i) => !inside(i)))), -1);
    }
    this.#reachable.set(key, result);
    return result;
  }
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** Classes by x and y that use no other modules than these; P counts as used where something is patched. */
function within(bound: Bound, modules: readonly string[]): Poly {
  const ring = new Ring(bound.calls, bound.special);
  const counter = new Counter(bound, ring, modules.includes('P'));
  const shapes = shapesOf(bound).filter((shape) => modules.includes(shape.module));
  const total = ring.zero();
  // Multisets of shapes for the functions behind the first, each with the number of its orders.
  const others: Shape[] = [];
  const choose = (root: Shape, from: number, special: number): void => {
    const counts = new Map<number, number>();
    for (const shape of others) counts.set(shape.index, (counts.get(shape.index) ?? 0) + 1);
    const same = [...counts.values()].reduce((a, b) => a * factorial(b), 1);
    // n-1 functions have (n-1)! / same orders, and each class was counted (n-1)! times.
    ring.sum(total, counter.reachable([root, ...others]), 1 / same);
    // Each function behind the first takes a call to be reached.
    if (others.length + 1 === Math.min(bound.functions, bound.calls + 1)) return;
    for (let i = from; i < shapes.length; i++) {
      const shape = shapes[i]!;
      if (special + shape.special > bound.special) continue;
      others.push(shape);
      choose(root, i, special + shape.special);
      others.pop();
    }
  };
  for (const root of shapes) if (root.special === 0 && root.module !== 'P') choose(root, 0, 0);
  return total;
}

/** Distinct placements of these modules, by things out of the ordinary. */
function placements(bound: Bound, used: readonly string[]): readonly [number, number] {
  const far = new Set<string>();
  for (const name of bound.places) far.add((['M', 'N', 'P'] as const).map((module) => (used.includes(module) ? PLACES[name][module] : 0)).join());
  far.delete('0,0,0');
  return [1, far.size];
}

/** The number of scenarios of a bound. Exact below 2^53; more is refused. @throws RangeError */
export function expected(bound: Bound): number {
  const width = bound.special + 1;
  // P is used by what is patched even where no function lies in P.
  const all = [...bound.modules.filter((module) => module !== 'P'), 'P'];
  const sets = Array.from({ length: 1 << all.length }, (_, set) => all.filter((_name, i) => (set >>> i & 1) !== 0));
  const upTo = sets.map((set) => within(bound, set));
  let total = 0;
  sets.forEach((used, set) => {
    if (used.includes('N') && !used.includes('M')) return;
    const exactly = new Float64Array(upTo[0]!.length);
    for (let part = 0; part < sets.length; part++) {
      if ((part & ~set) !== 0) continue;
      const sign = (used.length - sets[part]!.length) % 2 === 0 ? 1 : -1;
      upTo[part]!.forEach((value, i) => { exactly[i]! += sign * value; });
    }
    const share = used.includes('N') ? 0.5 : 1;
    const [near, far] = placements(bound, used);
    exactly.forEach((value, i) => { total += share * value * (near + (i % width < bound.special ? far : 0)); });
  });
  total *= bound.hooked.length;
  const whole = Math.round(total);
  if (Math.abs(total - whole) > 1e-3 || !Number.isSafeInteger(whole)) throw new RangeError(`${total} scenarios: too many to be counted exactly`);
  return whole;
}
