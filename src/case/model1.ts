/**
 * Version 1 of how a token says a scenario: the canonical form in the order of its discovery, each choice with a static
 * probability under what is known by then; what the rules (`scenario/rules.ts`) exclude has probability 0. One walk for both
 * directions. Published: it is never changed, a better one is version 2.
 */
import { graphOf, onCycle } from '../scenario/graph.ts';
import type { Anchor, Body, Call, CallKind, EntryShape, Interrupt, ModuleName, Place, Replacement, Scenario, ScenarioFunction, Task, TaskContext, World } from '../scenario/scenario.ts';
import { parameterArea } from '../scenario/versions.ts';
import { TASK_CONTEXTS } from '../scenario/world.ts';
import type { Coder } from './coder.ts';

// Tables of this version are written out here: those of the scenario floor may grow.
const MODULES = ['K', 'M', 'N', 'P'] as const;
const ENTRIES = ['dual', 'single', 'clobber'] as const;
const KINDS = ['local', 'global', 'indirect', 'sibling', 'stub-sibling'] as const;
const REGIONS = ['caller', 'stub', 'ftrace-entry', 'hook-entry', 'callee', 'hook-return', 'return-site'] as const;
const MOST_FUNCTIONS = 32;
const MOST_CALLS = 64;
const MOST_INTERRUPTS = 8;
const MOST_LIMIT = 255;
const LONG_LIMIT = 8;

/** What a token may say wrongly: more than a scenario can have. */
export class ModelError extends Error {}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };
type DraftBody = Mutable<Omit<Body, 'calls'>> & { calls: Mutable<Call>[] };
interface DraftFunction extends Mutable<Omit<ScenarioFunction, 'body' | 'replacement'>> {
  body: DraftBody;
  replacement: { entry: EntryShape; traced: boolean; body: DraftBody | 'same' } | undefined;
}

/** What a later version says besides. */
export interface Around {
  /** The other tasks, whose functions are met behind those of the first one. */
  readonly tasks: (walk: Walk) => Task[];
  /** The world, when all functions and interrupts are known. */
  readonly rest: (walk: Walk, tasks: readonly Task[], interrupts: readonly Interrupt[]) => World;
  /** The same with what is said of it behind all else, places and limits of calls included. */
  readonly last?: (walk: Walk, world: World, interrupts: readonly Interrupt[]) => World;
}

export class Walk {
  readonly coder: Coder;
  /** Undefined when decoding. */
  readonly source: Scenario | undefined;
  readonly functions: DraftFunction[] = [];
  calls = 0;
  visited = 0;

  constructor(coder: Coder, source: Scenario | undefined) {
    this.coder = coder;
    this.source = source;
  }

  flag(weight: number, of: number, value: boolean): boolean {
    return this.coder.pick([of - weight, weight], value ? 1 : 0) === 1;
  }

  /** A function that is met for the first time. `modules`: weights of K, M, N, P; `root`: a start or handler, whose shape is given. */
  meet(modules: readonly number[], entries: readonly number[], root: boolean, area: number): number {
    const { coder } = this;
    const id = this.functions.length;
    if (id >= MOST_FUNCTIONS) throw new ModelError('functions');
    const from = this.source?.functions[id];
    const module: ModuleName = MODULES[coder.pick(modules, from === undefined ? 0 : MODULES.indexOf(from.module))]!;
    const entry: EntryShape = root ? 'dual' : ENTRIES[coder.pick(entries, from === undefined ? 0 : ENTRIES.indexOf(from.entry))]!;
    const dual = entry === 'dual';
    let args = 0;
    let variadic = false;
    if (!root) {
      const most = dual && area > 0 ? Math.max(8, area) : 8;
      const weights = [48, 3, 2, 1, 1, 1, 1, 1, 2];
      for (let extra = 9; extra <= 12; extra += 1) weights.push(dual && (area < 0 || extra <= most) && area !== 0 ? (extra === 9 ? 5 : 1) : 0);
      args = coder.pick(weights, from?.args ?? 0);
      if (dual && args > 0 && area !== 0) variadic = this.flag(1, 6, from?.variadic ?? false);
    }
    this.functions.push({ id, module, entry, args, variadic, traced: false, body: { calls: [], nonvolatile: 0, zone: false, hoisted: false, earlyExit: false }, replacement: undefined });
    return id;
  }

  /** Goes through the functions that have been met and not yet looked into. */
  discover(): void {
    for (; this.visited < this.functions.length; this.visited += 1) {
      const fn = this.functions[this.visited]!;
      const from = this.source?.functions[fn.id];
      let patched = false;
      if (fn.module !== 'P') patched = this.flag(7, 16, from?.replacement !== undefined);
      if (fn.entry === 'dual' && !patched) fn.traced = this.flag(1, 32, from?.traced ?? false);
      fn.body = this.body(fn, false, fn.entry, from?.body, patched);
      if (!patched) continue;
      const replacement = from?.replacement;
      const same = this.flag(1, 8, replacement?.body === 'same');
      const leaf = fn.args <= 8 && !fn.variadic && (!same || fn.body.calls.length === 0);
      const entry = leaf ? ENTRIES[this.coder.pick([30, 1, 1], replacement === undefined ? 0 : ENTRIES.indexOf(replacement.entry))]! : 'dual';
      const traced = entry === 'dual' && this.flag(1, 32, replacement?.traced ?? false);
      const body = replacement?.body;
      fn.replacement = { entry, traced, body: same ? 'same' : this.body(fn, true, entry, body === 'same' ? undefined : body, true) };
    }
  }

  body(fn: DraftFunction, inPatch: boolean, entry: EntryShape, from: Body | undefined, patched: boolean): DraftBody {
    const { coder } = this;
    let count = 0;
    if (entry === 'dual') {
      // A minimised case's start and replacements make calls; originals of patched functions seldom do.
      const weights = inPatch ? [20, 24, 10, 5, 2, 1, 1, 1] : patched ? [40, 8, 4, 2, 1, 1, 1, 1] : fn.id === 0 ? [2, 24, 16, 8, 5, 3, 2, 2] : [20, 24, 10, 5, 2, 1, 1, 1];
      const short = coder.pick(weights, Math.min(7, from?.calls.length ?? 0));
      count = short < 7 ? short : 7 + coder.range(MOST_CALLS - 6, (from?.calls.length ?? 0) - 7);
    }
    this.calls += count;
    if (this.calls > MOST_CALLS) throw new ModelError('calls');
    const first = this.calls - count + 1;
    const calls: Mutable<Call>[] = [];
    for (let k = 0; k < count; k += 1) calls.push(this.call(fn, inPatch, first + k, k === count - 1, from?.calls[k]));
    const kinds = new Set(calls.map((call) => call.kind));
    const saves = this.flag(1, 12, (from?.nonvolatile ?? 0) > 0);
    return {
      calls,
      nonvolatile: saves ? 1 + (this.flag(1, 2, (from?.nonvolatile ?? 0) > 1) ? 1 + coder.range(17, (from?.nonvolatile ?? 0) - 2) : 0) : 0,
      zone: count === 0 && this.flag(1, 12, from?.zone ?? false),
      hoisted: kinds.has('indirect') && this.flag(1, 4, from?.hoisted ?? false),
      earlyExit: !kinds.has('sibling') && !kinds.has('stub-sibling') && this.flag(1, 16, from?.earlyExit ?? false),
    };
  }

  call(fn: DraftFunction, inPatch: boolean, id: number, last: boolean, from: Call | undefined): Mutable<Call> {
    const { coder } = this;
    const home: ModuleName = inPatch ? 'P' : fn.module;
    const weights = inPatch ? [3, 8, 5, last ? 2 : 0, last ? 7 : 0] : [9, home === 'K' ? 0 : 6, 4, last ? 4 : 0, 0];
    const kind: CallKind = KINDS[coder.pick(weights, from === undefined ? 0 : KINDS.indexOf(from.kind))]!;
    if (inPatch && kind === 'local' && this.flag(1, 2, from?.callee === 'self')) return { id, kind, callee: 'self' };
    const sibling = kind === 'sibling' || kind === 'stub-sibling';
    const area = parameterArea(fn);
    const old: number[] = [];
    for (const other of this.functions) {
      const near = other.module === home;
      if (other.module === 'P' && home !== 'P') continue;
      if (kind === 'local' || kind === 'sibling' ? !near || other.entry === 'clobber' : kind === 'stub-sibling' ? near || other.entry === 'clobber' : kind === 'global' && near && other.entry !== 'clobber') continue;
      if (sibling && parameterArea(other) > area) continue;
      old.push(other.id);
    }
    const known = from === undefined ? -1 : old.indexOf(from.callee as number);
    const full = this.functions.length >= MOST_FUNCTIONS;
    if (old.length === 0 && full) throw new ModelError('functions');
    const fresh = full ? false : old.length === 0 ? true : this.flag(8, 15, known < 0);
    if (!fresh) return { id, kind, callee: old[coder.range(old.length, known)]! };
    const modules = MODULES.map((name): number => {
      if (name === 'P' && home !== 'P') return 0;
      const near = name === home;
      if (kind === 'local' || kind === 'sibling') return near ? 1 : 0;
      if (kind === 'stub-sibling') return near ? 0 : 4;
      if (kind === 'global') return near ? 1 : 5;
      return near ? 6 : name === 'P' ? 1 : 5;
    });
    // A global call within the module has a clobber callee; that is decided by the module, which meet() draws first.
    if (kind !== 'global') return { id, kind, callee: this.meet(modules, kind === 'indirect' ? [28, 2, 2] : [28, 3, 0], false, sibling ? area : -1) };
    const near = this.flag(1, 32, from === undefined ? false : this.source!.functions[from.callee as number]!.module === home);
    const there = MODULES.map((name): number => ((name === home) === near && (name !== 'P' || home === 'P') ? 1 : 0));
    return { id, kind, callee: this.meet(there, near ? [0, 0, 1] : [28, 3, 1], false, -1) };
  }

  /** A function that a context begins with: one that is known already, or a new one. `from`: its id, when writing. */
  root(from: number | undefined): number {
    const { coder } = this;
    const roots = this.functions.filter((fn) => fn.args === 0 && !fn.variadic && fn.entry === 'dual' && fn.module !== 'P').map((fn) => fn.id);
    const known = from === undefined ? -1 : roots.indexOf(from);
    const full = this.functions.length >= MOST_FUNCTIONS;
    if (full && roots.length === 0) throw new ModelError('functions');
    const fresh = !full && (roots.length === 0 || this.flag(1, 2, known < 0));
    return fresh ? this.meet([2, 3, 3, 0], [1], true, -1) : roots[coder.range(roots.length, known)]!;
  }

  anchor(context: Anchor['context'], at: Anchor | undefined): Anchor {
    const { coder } = this;
    const call = coder.range(this.calls + 1, at?.call ?? 0);
    const often = this.flag(1, 12, (at?.occurrence ?? 1) > 1);
    const occurrence = often ? 2 + coder.range(63, (at?.occurrence ?? 2) - 2) : 1;
    const region = REGIONS[coder.pick([2, 1, 3, 10, 4, 10, 2], at === undefined ? 0 : REGIONS.indexOf(at.region))]!;
    const size = coder.pick([22, 8, 2], at === undefined ? 0 : at.step < 16 ? 0 : at.step < 64 ? 1 : 2);
    const least = [0, 16, 64][size]!;
    const step = least + coder.range([16, 48, 192][size]!, (at?.step ?? 0) - least);
    return { context, call, occurrence, region, step };
  }

  interrupts(contexts: readonly TaskContext[]): Interrupt[] {
    const { coder } = this;
    const from = this.source?.interrupts;
    const found: Interrupt[] = [];
    const land = (context: Anchor['context']): void => {
      const inner = from?.filter((interrupt) => interrupt.at.context === context).length ?? 0;
      const weights = typeof context === 'string' ? [20, 12, 3, 2, 1, 1, 1, 1, 1] : [24, 3, 1, 1, 1, 1, 1, 1, 1];
      const count = coder.pick(weights.slice(0, MOST_INTERRUPTS - found.length + 1), inner);
      for (let k = 0; k < count; k += 1) {
        const one = from?.[found.length];
        const at = this.anchor(context, one?.at);
        const own = this.flag(1, 4, one?.ownStack ?? false);
        found.push({ id: found.length + 1, at, handler: -1, ownStack: own });
      }
    };
    for (const context of contexts) land(context);
    for (let i = 0; i < found.length; i += 1) {
      found[i] = { ...found[i]!, handler: this.root(from?.[i]?.handler) };
      this.discover();
      land(i + 1);
    }
    return found;
  }
}

/**
 * Writes a canonical scenario, or reads one. What is read may break a rule: the caller validates it. Throws a ModelError for more
 * functions, calls or interrupts than a scenario can have. Work is bounded by these, whatever is read.
 */
export function transcode(coder: Coder, source: Scenario | undefined, around?: Around): Scenario {
  const walk = new Walk(coder, source);
  walk.meet([3, 10, 5, 0], [1], true, -1);
  walk.discover();
  const tasks = around?.tasks(walk) ?? [];
  const interrupts = walk.interrupts(TASK_CONTEXTS.slice(0, 1 + tasks.length));
  const world = around?.rest(walk, tasks, interrupts);
  const place = (module: 'M' | 'N' | 'P'): Place => {
    // A second patch lies where the first one does; no world of this version has one.
    const used = walk.functions.some((fn) => fn.module === module || (module === 'P' && fn.replacement !== undefined)) || (module === 'P' && world?.second !== undefined);
    return used ? coder.pick([6, 2, 1], source?.places[module] ?? 0) as Place : 0;
  };
  const places = { M: place('M'), N: place('N'), P: place('P') };
  const plain: Scenario = { places, functions: walk.functions.map(finished), start: 0, interrupts, ...(world === undefined ? {} : { world }) };
  const graph = graphOf(plain);
  const limited = new Map<number, number>();
  for (const [at, fn] of plain.functions.entries()) {
    const bodies = [[fn.body, source?.functions[at]?.body], [fn.replacement?.body, source?.functions[at]?.replacement?.body]] as const;
    for (const [body, from] of bodies) {
      if (body === undefined || body === 'same') continue;
      for (const [k, call] of body.calls.entries()) {
        if (!onCycle(graph, at, call.callee === 'self' ? at : call.callee)) continue;
        const limit = from === undefined || from === 'same' ? 1 : from.calls[k]?.limit ?? 1;
        limited.set(call.id, limitOf(coder, limit));
      }
    }
  }
  const whole = limited.size === 0 ? plain : limitedCalls(plain, limited);
  return world === undefined || around?.last === undefined ? whole : { ...whole, world: around.last(walk, world, whole.interrupts) };
}

/** The scenario with the limits of its calls, by id. */
function limitedCalls(plain: Scenario, limited: ReadonlyMap<number, number>): Scenario {
  const withLimits = (body: Body): Body => ({ ...body, calls: body.calls.map((call) => (limited.has(call.id) ? { ...call, limit: limited.get(call.id)! } : call)) });
  return {
    ...plain,
    functions: plain.functions.map((fn) => {
      const { replacement } = fn;
      const body = withLimits(fn.body);
      if (replacement === undefined) return { ...fn, body };
      return { ...fn, body, replacement: replacement.body === 'same' ? replacement : { ...replacement, body: withLimits(replacement.body) } };
    }),
  };
}

/** 1 to 255; from 8 on in two parts. */
function limitOf(coder: Coder, limit: number): number {
  const short = 1 + coder.pick([12, 6, 3, 1, 1, 1, 1, 1], Math.min(limit, LONG_LIMIT) - 1);
  return short < LONG_LIMIT ? short : LONG_LIMIT + coder.range(MOST_LIMIT - LONG_LIMIT + 1, limit - LONG_LIMIT);
}

function finished(fn: DraftFunction): ScenarioFunction {
  const { replacement, ...rest } = fn;
  return replacement === undefined ? rest : { ...rest, replacement: replacement as Replacement };
}
