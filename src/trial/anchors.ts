/**
 * What each instruction boundary of the task is called: the anchor (scenario.ts) at which an interrupt lands there. Follows the points of a run as
 * machine/interrupts.ts does, which goes the other way, from an anchor to the boundary; a test holds the two together.
 */
import { POINT, TEXT } from '../image/points.ts';
import type { ProgramImage } from '../image/program.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import type { Anchor, Region } from '../scenario/scenario.ts';

/** An activation, a call sequence, or what follows a return. */
interface Stretch {
  readonly call: number;
  readonly occurrence: number;
  /** The instruction that makes the call, until another one is seen; else -1. */
  site: number;
  /** 1: the replacement has been entered; 2: its own body has begun. */
  replaced: number;
  /** Instructions executed in each region. */
  readonly executed: Map<Region, number>;
}

const stretch = (call: number, occurrence: number, site: number): Stretch => ({ call, occurrence, site, replaced: 0, executed: new Map() });

export class AnchorNames {
  #image!: ProgramImage;
  /** By depth; the newest activation of each. [0]: none. */
  #active: (Stretch | undefined)[] = [undefined];
  /** The call sequence under way, and the depth at which it runs. */
  #caller: Stretch | undefined;
  #callerDepth = 0;
  /** By depth: what follows the return of the last call made there. */
  #returned: (Stretch | undefined)[] = [];
  readonly #begun = new Map<number, number>();
  readonly #made = new Map<number, number>();
  // The boundary at hand.
  #stretch: Stretch | undefined;
  #region: Region = 'callee';

  /** Before a run. */
  begin(image: ProgramImage): void {
    this.#image = image;
    this.#active = [undefined];
    this.#caller = undefined;
    this.#returned = [];
    this.#begun.clear();
    this.#made.clear();
  }

  /** A structural point is announced. */
  point(kind: number, data: number, at: number): void {
    const image = this.#image;
    const depth = this.#active.length - 1;
    switch (kind) {
      case POINT.CALL_SEQUENCE: {
        const id = image.callId[data]!;
        this.#returned[depth] = undefined;
        this.#caller = stretch(id, count(this.#begun, id), -1);
        this.#callerDepth = depth;
        break;
      }
      case POINT.CALL:
      case POINT.SIBLING: {
        const id = image.callId[data]!;
        this.#returned[depth] = undefined;
        const made = stretch(id, count(this.#made, id), at);
        if (kind === POINT.CALL) this.#active.push(made);
        else this.#active[depth] = made;
        if (this.#caller !== undefined && this.#callerDepth === depth) {
          this.#caller.site = at;
          this.#callerDepth = this.#active.length - 1;
        }
        break;
      }
      case POINT.LAND:
      case POINT.LAND_RESUME: {
        const done = depth > 0 ? this.#active.pop() : undefined;
        this.#returned.length = depth;
        if (done !== undefined) this.#returned[depth - 1] = stretch(done.call, done.occurrence, -1);
        break;
      }
      case POINT.EXIT:
        this.#returned[depth] = undefined;
        break;
      case POINT.ENTRY_GLOBAL:
      case POINT.ENTRY_LOCAL:
      case POINT.ENTRY_SINGLE: {
        const active = this.#active[depth];
        if (active !== undefined && image.versionIsReplacement[data] !== 0 && active.replaced === 0) active.replaced = 1;
        break;
      }
      default:
        break;
    }
  }

  /** At the boundary before flat word `pc`, whose text is `tag` (image/points.ts). */
  look(pc: number, tag: number): void {
    const depth = this.#active.length - 1;
    this.#stretch = undefined;
    if (this.#caller !== undefined && this.#callerDepth === depth && this.#caller.site >= 0 && this.#caller.site !== pc) this.#caller = undefined;
    const active = this.#active[depth];
    if (active !== undefined && active.site !== pc) {
      active.site = -1;
      if (tag === TEXT.BODY && active.replaced === 1) active.replaced = 2;
      const region = regionOf(tag, active.replaced);
      if (region !== undefined) this.#name(active, region);
    }
    if (this.#stretch === undefined && this.#caller !== undefined && this.#callerDepth === depth) this.#name(this.#caller, 'caller');
    const returned = this.#returned[depth];
    if (this.#stretch === undefined && returned !== undefined) this.#name(returned, 'return-site');
  }

  /** The instruction behind the boundary has been executed. */
  executed(): void {
    // A call sequence and a return site count all their instructions, under whatever name.
    const depth = this.#active.length - 1;
    if (this.#stretch !== undefined) add(this.#stretch, this.#region);
    if (this.#caller !== undefined && this.#callerDepth === depth && this.#caller !== this.#stretch) add(this.#caller, 'caller');
    const returned = this.#returned[depth];
    if (returned !== undefined && returned !== this.#stretch) add(returned, 'return-site');
  }

  /** The anchor of the boundary at hand; undefined where none can say it: outside of all calls, or `beyond`. */
  anchor(): Anchor | undefined {
    const at = this.#stretch;
    if (at === undefined || this.beyond) return undefined;
    return { context: 'task', call: at.call, occurrence: at.occurrence, region: this.#region, step: at.executed.get(this.#region) ?? 0 };
  }

  /** The boundary at hand is further away than an anchor can say (BOUNDS), as after some turns of an endless loop. */
  get beyond(): boolean {
    const at = this.#stretch;
    return at !== undefined && (at.occurrence > BOUNDS.occurrence || (at.executed.get(this.#region) ?? 0) > BOUNDS.step);
  }

  #name(of: Stretch, region: Region): void {
    this.#stretch = of;
    this.#region = region;
  }
}

function regionOf(tag: number, replaced: number): Region | undefined {
  switch (tag) {
    case TEXT.STUB: return 'stub';
    case TEXT.FTRACE:
    case TEXT.RETURN: return 'ftrace-entry';
    case TEXT.BODY: return 'callee';
    case TEXT.HOOK: return replaced === 2 ? 'hook-return' : 'hook-entry';
    default: return undefined;
  }
}

function count(of: Map<number, number>, key: number): number {
  const n = (of.get(key) ?? 0) + 1;
  of.set(key, n);
  return n;
}

function add({ executed }: Stretch, region: Region): void {
  executed.set(region, (executed.get(region) ?? 0) + 1);
}
