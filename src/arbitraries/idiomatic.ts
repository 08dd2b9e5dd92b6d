/**
 * The same family of scenarios out of fast-check's own records and arrays: slower, shrinking worse, and shorter to read. It is
 * documentation, the measure of `tocsin bench` ("idiomatic generation"), and an oracle: a test compares the two distributions. It
 * shares the rules of construction (`draft.ts`) and the tables of weights (`dice.ts`), not the way the dice are thrown.
 */
import fc, { type Arbitrary } from 'fast-check';
import { ALL_FEATURES, FEATURE_BIT, maskOf } from '../scenario/features-of.ts';
import type { Place, Scenario } from '../scenario/scenario.ts';
import { isValid } from '../scenario/validate.ts';
import { deepen } from './deep.ts';
import { drawAnchors, drawDetails, settleSame } from './details.ts';
import { ALL_KINDS, ARGS, DEEP_ODDS, drawFeatures, drawKind, DYNAMIC_CAP, FUNCTION_COUNTS, GLOBAL, INDIRECT, LOCAL, STACK_ARGS, type Dice } from './dice.ts';
import { BODY_CALLS, CLOBBER, Draft, DUAL, K, M, N, P, PATCHED, PATCHED_SAME, SELF, SINGLE, UNPATCHED } from './draft.ts';
import type { ScenarioOptions } from './scenario.ts';

const BIT = FEATURE_BIT;
const plain = { noNullPrototype: true } as const;

const functionGene = fc.record({
  parent: fc.nat(999),
  inReplacement: fc.nat(3),
  module: fc.nat(15),
  shape: fc.nat(15),
  args: fc.constantFrom(...ARGS),
  stackArgs: fc.option(fc.constantFrom(...STACK_ARGS), { freq: 2, nil: 0 }),
  variadic: fc.nat(3),
  patched: fc.nat(9),
  style: fc.nat(31),
  kind: fc.nat(999),
}, plain);
type FunctionGene = typeof functionGene extends Arbitrary<infer T> ? T : never;

const callGene = fc.record({ body: fc.nat(999), way: fc.nat(7), callee: fc.nat(999), up: fc.nat(3), self: fc.nat(3), kind: fc.nat(999) }, plain);
const interruptGene = fc.record({ handler: functionGene, child: functionGene, reuse: fc.nat(3), way: fc.nat(3), victim: fc.nat(999), nested: fc.nat(2), own: fc.boolean() }, plain);
const genes = fc.record({
  features: fc.array(fc.nat(999), { minLength: 4, maxLength: 4, size: 'max' }),
  start: fc.nat(9),
  functions: fc.constantFrom(...FUNCTION_COUNTS).chain((count) => fc.array(functionGene, { minLength: count - 1, maxLength: count - 1, size: 'max' })),
  calls: fc.array(callGene, { minLength: 0, maxLength: 7, size: 'max' }),
  again: callGene,
  deep: fc.nat(DEEP_ODDS),
  deepest: fc.nat(999),
  interrupts: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3).chain((count) => fc.array(interruptGene, { minLength: count, maxLength: count, size: 'max' })),
  limits: fc.array(fc.constantFrom(1, 1, 2, 2, 2, 3, 3, 5), { minLength: 16, maxLength: 16, size: 'max' }),
  rest: fc.array(fc.nat(0xffff), { minLength: 48, maxLength: 48, size: 'max' }),
  places: fc.oneof(
    { arbitrary: fc.constant([1, 1, 1]), weight: 5 }, { arbitrary: fc.constant([1, 2, 1]), weight: 2 }, { arbitrary: fc.constant([1, 0, 2]), weight: 2 },
    { arbitrary: fc.array(fc.nat(2), { minLength: 3, maxLength: 3, size: 'max' }), weight: 3 },
  ),
}, plain);
type Genes = typeof genes extends Arbitrary<infer T> ? T : never;

/** Dice that throw what was drawn before, round and round. */
function replay(values: readonly number[]): Dice {
  let at = 0;
  return {
    nextInt(min, max) {
      const value = values[at % values.length]! + at * 7919;
      at += 1;
      return min + (Math.imul(value + 1, 0x9e3779b1) >>> 0) % (max - min + 1);
    },
  };
}

class Build {
  readonly draft = new Draft();
  readonly allowed: number;
  readonly on: number;

  constructor(allowed: number, on: number) {
    this.allowed = allowed;
    this.on = on;
  }

  has(bit: number): boolean {
    return (this.on & bit) !== 0;
  }

  kinds(body: number, callee: number): number {
    const mask = this.draft.kinds(body, callee, this.on);
    return mask & this.on & ALL_KINDS || mask & this.allowed;
  }

  bodies(): number[] {
    const { draft } = this;
    return Array.from({ length: 2 * draft.functions }, (_, body) => body).filter((body) => draft.open(body) && (body & 1 || draft.patched[body >> 1] !== PATCHED || body % 4 === 0));
  }

  patch(i: number, style: number): void {
    const { draft } = this;
    if (draft.module[i] === P || (draft.module[i] === K && (this.allowed & BIT['patched-core']) === 0)) return;
    draft.patched[i] = style < 7 ? PATCHED_SAME : PATCHED;
    if (style >= 7 && style < 10) draft.newTraced[i] = 1;
    if (draft.args[i]! > 8 || draft.variadic[i] === 1) return;
    if (style === 31 && this.has(BIT['single-entry'])) draft.newEntry[i] = SINGLE;
    if (style === 30 && this.has(BIT['caller-saved-toc'])) draft.newEntry[i] = CLOBBER;
  }

  child(body: number, gene: FunctionGene, forced: boolean): number {
    const { draft } = this;
    const home = draft.home(body);
    const near = gene.module < 9;
    let module = near ? home : gene.module < 12 ? (home === K ? M : K) : home === M ? N : M;
    if (home === P) module = gene.module < 3 ? P : near ? draft.module[body >> 1]! : gene.module < 12 ? K : M;
    if (home === P && !this.has(BIT.callback) && (body & 1 ? module === draft.module[body >> 1] : true)) module = body & 1 ? (module === K ? M : K) : P;
    const add = (there: number, bare: boolean): number => {
      const i = draft.add(there, body >> 1);
      if (!bare && gene.shape < 3 && this.has(BIT['single-entry'])) draft.entry[i] = SINGLE;
      if (!bare && gene.shape >= 13 && this.has(BIT['caller-saved-toc'])) draft.entry[i] = CLOBBER;
      const dual = draft.entry[i] === DUAL;
      draft.args[i] = bare ? 0 : dual && gene.stackArgs > 0 && this.has(BIT['stack-args']) ? gene.stackArgs : gene.args;
      if (!bare && dual && gene.variadic === 0 && this.has(BIT.variadic)) {
        draft.variadic[i] = 1;
        draft.args[i] ||= 2;
      }
      if (forced || (!bare && gene.patched >= 5)) this.patch(i, gene.style);
      return i;
    };
    let i = add(module, false);
    if (this.kinds(body, i) === 0) {
      draft.functions -= 1;
      i = add(home, true);
    }
    const mask = this.kinds(body, i);
    if (mask === 0) {
      draft.functions -= 1;
      return -1;
    }
    draft.append(body, drawKind(replay([gene.kind]), mask), i);
    return i;
  }

  patchedAt(at: number, below: number): number {
    const all = Array.from({ length: below }, (_, i) => i).filter((i) => this.draft.patched[i] !== UNPATCHED);
    return all.length === 0 ? -1 : all[at % all.length]!;
  }
}

function assemble(g: Genes, allowed: number): Scenario {
  const b = new Build(allowed, drawFeatures(replay(g.features), allowed));
  const { draft } = b;
  draft.add(g.start >= 7 ? N : g.start === 6 && allowed & (INDIRECT | BIT['patched-core']) ? K : M, -1);
  for (const [k, gene] of g.functions.entries()) {
    const bodies = b.bodies();
    const own = bodies.filter((body) => body & 1);
    const pool = own.length > 0 && gene.inReplacement > 1 ? own : bodies;
    if (pool.length === 0 || b.child(pool[gene.parent % pool.length]!, gene, k === 0) < 0) break;
  }
  const main = draft.functions;
  if (b.patchedAt(0, main) < 0) b.patch(0, 12);
  const plunging = b.has(BIT.recursive) && g.deep === 0;
  if (b.has(BIT.interrupt) && (!plunging || g.deepest % 4 === 0)) interrupts(b, g, main);
  const n = draft.functions;
  for (const gene of g.calls) extra(b, gene, n);
  if (b.has(BIT.recursive) && !draft.recursive) extra(b, { ...g.again, way: g.again.way < 4 ? 0 : 7 }, n);
  if (plunging) plunge(b, g.deepest, n);
  settleSame(draft, b.on, allowed);
  limits(draft, g.limits);
  const dice = replay(g.rest);
  drawDetails(draft, dice, b.on);
  drawAnchors(draft, dice, main);
  const [m, near, p] = b.has(BIT.far) ? g.places as [Place, Place, Place] : [0, 0, 0] as [Place, Place, Place];
  const places = { M: m, N: near, P: p };
  let scenario = draft.finish(places);
  if (plunging && draft.recursive && isValid(scenario) && deepen(draft, dice, allowed)) scenario = draft.finish(places);
  while (!isValid(scenario) && scenario.interrupts.length > 0) scenario = { ...scenario, interrupts: scenario.interrupts.slice(0, -1) };
  return scenario;
}

function interrupts(b: Build, g: Genes, main: number): void {
  const { draft } = b;
  let handler = -1;
  for (const [k, gene] of g.interrupts.entries()) {
    if (handler < 0 || gene.reuse === 0) {
      const victim = b.patchedAt(gene.victim, main);
      const other = victim < 0 ? M : draft.module[victim]!;
      handler = draft.add(gene.handler.module < 4 && b.has(INDIRECT) ? K : other === M || gene.handler.module < 10 ? N : M, -1);
      draft.handler[handler] = 1;
      if (gene.way !== 0) b.child(2 * handler, gene.child, true);
      const mask = victim < 0 || gene.way > 1 || !draft.open(2 * handler) ? 0 : b.kinds(2 * handler, victim);
      if (mask !== 0) draft.append(2 * handler, drawKind(replay([gene.child.kind]), mask), victim);
    }
    const nested = k > 0 && b.has(BIT['interrupt-nested']) && gene.nested !== 0;
    draft.interrupts.push({ body: -1, call: 0, context: nested ? k : 0, occurrence: 1, region: 0, step: 0, handler, own: gene.own && b.has(BIT['irq-stack']) });
  }
}

function extra(b: Build, gene: typeof callGene extends Arbitrary<infer T> ? T : never, n: number): void {
  const { draft } = b;
  const bodies = b.bodies();
  if (bodies.length === 0) return;
  const body = bodies[gene.body % bodies.length]!;
  const owner = body >> 1;
  const back = b.has(BIT.recursive) && gene.way < 3;
  let callee = -1;
  let within = ALL_KINDS;
  if (back && body & 1 && gene.self === 0 && b.has(LOCAL)) callee = SELF;
  else if (back) {
    callee = owner;
    for (let up = gene.up; up > 0 && draft.parent[callee]! >= 0; up -= 1) callee = draft.parent[callee]!;
  } else if (b.has(BIT['hoisted-slot']) && gene.way === 3 && draft.count[body]! > 0) {
    callee = draft.callee[body * BODY_CALLS + gene.callee % draft.count[body]!]!;
    within = INDIRECT;
    if (callee === SELF) return;
  } else if (owner + 1 < n) {
    callee = gene.way >= 6 ? b.patchedAt(gene.callee, n) : owner + 1 + gene.callee % (n - owner - 1);
    if (callee <= owner) return;
  } else return;
  if (callee !== SELF && draft.handler[callee] === 1) return;
  const mask = callee === SELF ? LOCAL : b.kinds(body, callee) & within & b.allowed;
  if (mask === 0) return;
  draft.append(body, drawKind(replay([gene.kind]), mask), callee);
  draft.extras.push(body);
  if (back) draft.recursive = true;
}

function plunge(b: Build, at: number, n: number): void {
  const { draft } = b;
  const i = b.patchedAt(at, n);
  const body = 2 * i + 1;
  if (i < 0 || draft.patched[i] !== PATCHED || !draft.open(body)) return;
  const mask = b.kinds(body, i) & (LOCAL | GLOBAL | INDIRECT) & b.allowed;
  if (mask === 0) return;
  draft.append(body, drawKind(replay([at]), mask), i);
  draft.extras.push(body);
  draft.recursive = true;
}

function limits(draft: Draft, drawn: readonly number[]): void {
  for (let round = 0; ; round += 1) {
    draft.close();
    let k = 0;
    for (let body = 0; body < 2 * draft.functions; body += 1) {
      for (let at = body * BODY_CALLS, end = at + draft.count[body]!; at < end; at += 1) {
        const cyclic = draft.cyclic(body >> 1, draft.callee[at]!);
        draft.limit[at] = !cyclic ? 0 : round === 0 ? drawn[k % drawn.length]! : 1;
        if (cyclic) k += 1;
      }
    }
    if (draft.longest() <= DYNAMIC_CAP) return;
    const last = round === 0 ? undefined : draft.extras.pop();
    if (last !== undefined) draft.takeBack(last);
    else if (round > 0) return;
  }
}

/** The idiomatic arbitrary of scenarios, with the same options as `scenarioArbitrary`. A few of its scenarios break a size bound: those are filtered out. */
export function idiomaticArbitrary(options: ScenarioOptions = {}): Arbitrary<Scenario> {
  const allowed = options.features === undefined ? ALL_FEATURES : maskOf(options.features);
  const most = options.functions ?? 12;
  return genes.map((g) => assemble({ ...g, functions: g.functions.slice(0, most - 1) }, allowed)).filter(isValid);
}
