/**
 * A scenario under construction, as flat arrays that are used again and again. Everything that may be added is checked before it
 * is added, so that a finished draft is a valid scenario.
 *
 * Order: a function is only called by functions with lower indexes or by handlers, except along recursive calls, which lead to
 * the function itself or one of those it was made for (`parent`). So recursive calls are the only ones on cycles' backs, and
 * runs are counted in one pass over the indexes.
 */
import { FEATURE_BIT } from '../scenario/features-of.ts';
import type { Body, Call, CallKind, Interrupt, Replacement, Scenario, ScenarioFunction } from '../scenario/scenario.ts';
import { BOUNDS, ENTRY_SHAPES, MODULE_NAMES, REGIONS } from '../scenario/scenario.ts';
import { GLOBAL, INDIRECT, KINDS_TO, LOCAL, SIBLING, SIBLINGS, STUB_SIBLING } from './dice.ts';

/** Modules, entry shapes and regions are kept as their indexes. */
export const K = 0;
export const M = 1;
export const N = 2;
export const P = 3;
export const DUAL = 0;
export const SINGLE = 1;
export const CLOBBER = 2;

/** How a function is patched: not, with a body of its own, with the original's. */
export const UNPATCHED = 0;
export const PATCHED = 1;
export const PATCHED_SAME = 2;

/** Calls of one body at most. */
export const BODY_CALLS = 8;
/** Functions of one draft at most. */
export const MOST = 24;

/** `self` as a callee. */
export const SELF = -1;

const ZONE = 1;
const HOISTED = 2;
const EARLY = 4;
export const FLAG = { ZONE, HOISTED, EARLY } as const;

/** By bit. */
const KIND_NAME: CallKind[] = new Array<CallKind>(STUB_SIBLING + 1).fill('local');
KIND_NAME[GLOBAL] = 'global';
KIND_NAME[INDIRECT] = 'indirect';
KIND_NAME[SIBLING] = 'sibling';
KIND_NAME[STUB_SIBLING] = 'stub-sibling';

export class Draft {
  functions = 0;
  readonly module = new Int32Array(MOST);
  readonly entry = new Int32Array(MOST);
  readonly args = new Int32Array(MOST);
  readonly variadic = new Uint8Array(MOST);
  readonly traced = new Uint8Array(MOST);
  readonly patched = new Uint8Array(MOST);
  readonly newEntry = new Int32Array(MOST);
  readonly newTraced = new Uint8Array(MOST);
  readonly handler = new Uint8Array(MOST);
  /** The function that this one was made for, -1: a root. */
  readonly parent = new Int32Array(MOST);

  /** Bodies: 2 * function, + 1 for the replacement's. */
  readonly count = new Int32Array(2 * MOST);
  readonly kind = new Int32Array(2 * MOST * BODY_CALLS);
  readonly callee = new Int32Array(2 * MOST * BODY_CALLS);
  readonly limit = new Int32Array(2 * MOST * BODY_CALLS);
  /** The body ends in a sibling call. */
  readonly closed = new Uint8Array(2 * MOST);
  readonly self = new Uint8Array(2 * MOST);
  readonly saves = new Int32Array(2 * MOST);
  readonly flags = new Uint8Array(2 * MOST);

  readonly reach = new Int32Array(MOST);
  readonly runs = new Int32Array(MOST);
  /** Bodies of the extra calls, in the order in which they were added: taken back when a run gets too long. */
  readonly extras: number[] = [];
  readonly interrupts: { body: number; call: number; context: number; occurrence: number; region: number; step: number; handler: number; own: boolean }[] = [];
  recursive = false;

  reset(): void {
    this.functions = 0;
    this.extras.length = 0;
    this.interrupts.length = 0;
    this.recursive = false;
  }

  add(module: number, parent: number): number {
    const i = this.functions;
    this.functions += 1;
    this.module[i] = module;
    this.parent[i] = parent;
    this.entry[i] = DUAL;
    this.args[i] = 0;
    this.variadic[i] = 0;
    this.traced[i] = 0;
    this.patched[i] = UNPATCHED;
    this.newEntry[i] = DUAL;
    this.newTraced[i] = 0;
    this.handler[i] = 0;
    for (let b = 2 * i; b < 2 * i + 2; b += 1) {
      this.count[b] = 0;
      this.closed[b] = 0;
      this.self[b] = 0;
      this.saves[b] = 0;
      this.flags[b] = 0;
    }
    return i;
  }

  area(i: number): number {
    const args = this.args[i]!;
    return args > 8 ? args : this.variadic[i] === 1 ? 8 : 0;
  }

  /** The module that a body's code lies in. */
  home(body: number): number {
    return body & 1 ? P : this.module[body >> 1]!;
  }

  /** Whether a body may make calls at all. */
  open(body: number): boolean {
    const i = body >> 1;
    if (this.closed[body] === 1 || this.count[body]! >= BODY_CALLS - 1) return false;
    return body & 1 ? this.patched[i] === PATCHED && this.newEntry[i] === DUAL
      : this.entry[i] === DUAL && (this.patched[i] !== PATCHED_SAME || this.newEntry[i] === DUAL);
  }

  /**
   * The kinds by which a body may call a function as its next call (`rules.ts`), within these features: `nested` and
   * `callback` decide whom the code of P may call at all.
   */
  kinds(body: number, callee: number, on: number): number {
    const home = this.home(body);
    const there = this.module[callee]!;
    const owner = body >> 1;
    if (home === P && there !== P) {
      if (this.patched[callee] !== UNPATCHED && (on & FEATURE_BIT.nested) === 0) return 0;
      if ((on & FEATURE_BIT.callback) === 0 && (body & 1 ? there === this.module[owner] : true)) return 0;
    }
    if (there === P && home !== P) return 0;
    const entry = this.entry[callee]!;
    let mask = INDIRECT;
    if (home === there) {
      mask |= LOCAL;
      if (home !== K && entry === CLOBBER) mask |= GLOBAL;
      if (this.area(callee) <= this.area(owner) && owner !== callee) mask |= SIBLING;
    } else {
      if (home !== K) mask |= GLOBAL;
      if (body & 1 && this.self[body] === 0 && this.area(callee) <= this.area(owner)) mask |= STUB_SIBLING;
    }
    return mask & KINDS_TO[entry]!;
  }

  /** Adds a call behind the others; a sibling call closes the body. */
  append(body: number, kind: number, callee: number): void {
    const at = body * BODY_CALLS + this.count[body]!;
    this.count[body]! += 1;
    this.kind[at] = kind;
    this.callee[at] = callee;
    this.limit[at] = 0;
    if (callee === SELF) this.self[body] = 1;
    if (kind & SIBLINGS) this.closed[body] = 1;
  }

  /** Takes the last call that was appended to a body back. */
  takeBack(body: number): void {
    this.count[body]! -= 1;
    this.closed[body] = 0;
    if (this.callee[body * BODY_CALLS + this.count[body]!] === SELF) this.self[body] = 0;
  }

  /** Fills `reach`: bit j of word i when i may lead to j. */
  close(): void {
    const n = this.functions;
    for (let i = 0; i < n; i += 1) {
      let mask = 0;
      for (let body = 2 * i; body < 2 * i + 2; body += 1) {
        for (let k = body * BODY_CALLS, end = k + this.count[body]!; k < end; k += 1) {
          const to = this.callee[k]!;
          mask |= 1 << (to === SELF ? i : to);
        }
      }
      this.reach[i] = mask;
    }
    for (let k = 0; k < n; k += 1) {
      const through = this.reach[k]!;
      for (let i = 0; i < n; i += 1) if ((this.reach[i]! >>> k) & 1) this.reach[i]! |= through;
    }
  }

  cyclic(from: number, to: number): boolean {
    return to === SELF || ((this.reach[to]! >>> from) & 1) === 1;
  }

  /** Calls in the longest run, unpatched or patched; `runs` is left as the patched run has it. */
  longest(): number {
    return Math.max(this.run(false), this.run(true));
  }

  private run(patched: boolean): number {
    const n = this.functions;
    const { runs } = this;
    runs.fill(0, 0, n);
    runs[0] = 1;
    for (const { handler } of this.interrupts) runs[handler]! += 1;
    if (this.recursive) {
      for (let i = 0; i < n; i += 1) {
        const body = patched && this.patched[i] === PATCHED ? 2 * i + 1 : 2 * i;
        for (let k = body * BODY_CALLS, end = k + this.count[body]!; k < end; k += 1) {
          const to = this.callee[k]!;
          if (this.limit[k] !== 0) runs[to === SELF ? i : to]! += this.limit[k]!;
        }
      }
    }
    // Handlers are called by nobody, so they go first; the others in the order of their indexes.
    for (let i = 0; i < n; i += 1) if (this.handler[i] === 1) this.pass(i, patched);
    let total = 0;
    for (let i = 0; i < n; i += 1) {
      if (this.handler[i] === 0) this.pass(i, patched);
      total += runs[i]!;
    }
    return total;
  }

  private pass(i: number, patched: boolean): void {
    const body = patched && this.patched[i] === PATCHED ? 2 * i + 1 : 2 * i;
    const count = this.runs[i]!;
    if (count === 0) return;
    for (let k = body * BODY_CALLS, end = k + this.count[body]!; k < end; k += 1) {
      if (this.limit[k] === 0) this.runs[this.callee[k]!]! += count;
    }
  }

  /** The draft as a scenario. Ids are indexes, calls are numbered from 1 in the order of the functions. */
  finish(places: Scenario['places']): Scenario {
    const n = this.functions;
    const functions: ScenarioFunction[] = new Array(n);
    let id = 1;
    for (let i = 0; i < n; i += 1) {
      this.firstId[2 * i] = id;
      const body = this.body(2 * i, id);
      id += this.count[2 * i]!;
      this.firstId[2 * i + 1] = id;
      const base = {
        id: i, module: MODULE_NAMES[this.module[i]!]!, entry: ENTRY_SHAPES[this.entry[i]!]!, args: this.args[i]!,
        variadic: this.variadic[i] === 1, traced: this.traced[i] === 1, body,
      };
      if (this.patched[i] === UNPATCHED) functions[i] = base;
      else {
        const replacement: Replacement = {
          entry: ENTRY_SHAPES[this.newEntry[i]!]!, traced: this.newTraced[i] === 1,
          body: this.patched[i] === PATCHED_SAME ? 'same' : this.body(2 * i + 1, id),
        };
        functions[i] = { id: base.id, module: base.module, entry: base.entry, args: base.args, variadic: base.variadic, traced: base.traced, body, replacement };
        id += this.count[2 * i + 1]!;
      }
    }
    const interrupts: Interrupt[] = this.interrupts.map((draft, k) => ({
      id: k + 1,
      at: {
        context: contextOf(draft.context),
        call: draft.body < 0 ? 0 : this.firstId[draft.body]! + draft.call,
        occurrence: draft.occurrence, region: REGIONS[draft.region]!, step: draft.step,
      },
      handler: draft.handler, ownStack: draft.own,
    }));
    return { places, functions, start: 0, interrupts };
  }

  private readonly firstId = new Int32Array(2 * MOST);

  private body(body: number, id: number): Body {
    const count = this.count[body]!;
    const calls: Call[] = new Array(count);
    for (let k = 0; k < count; k += 1) {
      const at = body * BODY_CALLS + k;
      const to = this.callee[at]!;
      const kind = KIND_NAME[this.kind[at]!]!;
      const callee = to === SELF ? 'self' : to;
      const limit = this.limit[at]!;
      calls[k] = limit === 0 ? { id: id + k, kind, callee } : { id: id + k, kind, callee, limit };
    }
    const flags = this.flags[body]!;
    return { calls, nonvolatile: this.saves[body]!, zone: (flags & ZONE) !== 0, hoisted: (flags & HOISTED) !== 0, earlyExit: (flags & EARLY) !== 0 };
  }
}

const CONTEXT: readonly Interrupt['at']['context'][] = ['task', ...Array.from({ length: BOUNDS.interrupts }, (_, i) => i + 1)];
/** 0 is the task. From a table: the mixed literal made V8 give up its code again and again. */
const contextOf = (context: number): Interrupt['at']['context'] => CONTEXT[context] ?? context;
