/**
 * Memory as a proof of equal code sees it: what is known of it within one straight piece of a hook, and which accesses someone else can notice.
 * Others are interrupts, which may come between any two instructions. What is taken for granted of them (it is what obligations interrupt-
 * transparency and hook-balance ask, and what every run in which the original holds shows): an interrupt gives back all registers, leaves as it was
 * all memory of the stack from r1-288 up, what the strategy has for the frames there (state of each frame), what lies below the published pointer, the published
 * cell itself, and the cells of PACA and thread_info that are read here; it looks at none of these but the published cell, r1, r13 and the back chain at
 * 0(r1). And these places lie apart from each other (premise stack-room). Where the published cell does not hold an address but how many bytes of an array are in
 * use, what lies below the pointer is what lies below that many bytes of the array.
 */
import type { Strategy } from '../contract/strategy.ts';
import { strategySymbols } from '../contract/state.ts';
import type { Term } from '../isa/terms.ts';
import { constant, distance, sumOf, term } from '../isa/terms.ts';
import type { Width } from '../isa/state.ts';
import { KERNEL_REDZONE_SIZE, PACA, THREAD_INFO } from '../kernel/layout.ts';

/** Cells relative to r13 and to thread_info that no interrupt changes. */
const PACA_FIXED = [PACA.PACATOC, PACA.PACACURRENT, PACA.PACAKBASE].map(BigInt);
const TASK_FIXED = [THREAD_INFO.TI_stack].map(BigInt);
const CURRENT = BigInt(PACA.PACACURRENT);
const ZONE = BigInt(KERNEL_REDZONE_SIZE);

/** Values at the start of a straight piece. */
export const INITIAL = { r1: 'r1@', r13: 'r13@' } as const;
const loaded = (bytes: number, address: string): string => `[${bytes} ${address}]`;
const TASK = loaded(8, term(INITIAL.r13, CURRENT).key);

/** Address of the published cell as a term; undefined: the strategy declares none. */
function publishedCell(strategy: Strategy): Term | undefined {
  const { published, state = [] } = strategy;
  if (published === undefined) return undefined;
  const offset = strategySymbols(strategy)[published];
  if (offset === undefined) return undefined;
  const owner = state.find((it) => it.name === published)?.owner ?? 'task';
  return owner === 'task' ? term(TASK, offset) : term(INITIAL.r13, offset);
}

/** What a frame has: where it begins, from r1. */
const frameState = ({ state = [] }: Strategy): bigint | undefined => {
  const own = state.find((it) => it.owner === 'frame');
  return own === undefined ? undefined : strategySymbols({ state })[own.name];
};

/** Where the array begins, from its owner, that the published cell counts the bytes of: what else the same owner has, if that is one thing. */
function arrayOf({ published, state = [] }: Strategy): bigint | undefined {
  const owner = state.find((it) => it.name === published)?.owner;
  const [array, ...more] = state.filter((it) => it.owner === owner && it.name !== published);
  return owner !== 'task' || array === undefined || more.length > 0 ? undefined : strategySymbols({ state })[array.name];
}

interface Cell {
  readonly address: Term;
  readonly bytes: Width;
  readonly value: Term;
}

/** Where an access goes. `others`: someone else may change it, or look at it, in between. */
interface Place {
  readonly region: 'stack' | 'frame' | 'paca' | 'task' | 'entry' | 'unknown';
  readonly stable: boolean;
  readonly unseen: boolean;
}

const UNKNOWN: Place = { region: 'unknown', stable: false, unseen: false };

export class ProofMemory {
  /** What others notice, in order; each with what the private stores have come to by then. */
  readonly events: string[] = [];
  readonly #cell: Term | undefined;
  readonly #ofFrame: bigint | undefined;
  readonly #array: bigint | undefined;
  /** What stands in memory as far as it was stored here, by address and width. */
  readonly #known = new Map<string, Cell>();
  #private = new Map<string, Cell>();
  /** Stores whose address might be any. */
  #wild = 0;
  /** Events that may move the published pointer. */
  #epoch = 0;
  /** Values that r1 has had. */
  readonly #stacks: Term[] = [];

  readonly #most: bigint | undefined;

  /** @param most that the published cell holds at the start; undefined: anything */
  constructor(strategy: Strategy, most?: bigint) {
    this.#most = most;
    this.#cell = publishedCell(strategy);
    this.#ofFrame = frameState(strategy);
    this.#array = arrayOf(strategy);
  }

  /** The published pointer as it is now. */
  get published(): Term | undefined {
    return this.#cell === undefined ? undefined : this.#known.get(keyOf(this.#cell, 8))?.value ?? term(loaded(8, this.#cell.key));
  }

  /** How much more the published cell holds than at the start; undefined: that is no number. */
  get moved(): bigint | undefined {
    return this.#cell === undefined || this.published === undefined ? undefined : distance(this.published, term(loaded(8, this.#cell.key)));
  }

  /** The most that an unknown is; undefined: anything. */
  atMost(base: string): bigint | undefined {
    return this.#cell !== undefined && base === loaded(8, this.#cell.key) ? this.#most : undefined;
  }

  /** A declared push or pop, at which the judge compares r1 and the published cell. */
  label(name: string, r1: Term): void {
    this.#push(`${name} r1 ${r1.key} published ${this.published?.key ?? '-'}`, () => true);
  }

  /** Something that others notice. */
  event(text: string): void {
    this.#epoch++;
    this.#push(text, () => false);
  }

  /** r1 has a new value. What is private before and after it need not be there by now. */
  moveStack(r1: Term): void {
    this.#stacks.push(r1);
    this.#push(`r1 ${r1.key}`, (cell) => this.#placeOf(cell.address, cell.bytes, r1).unseen);
  }

  #push(text: string, later: (cell: Cell) => boolean): void {
    const [kept, now] = [new Map<string, Cell>(), [] as string[]];
    for (const [key, cell] of this.#private) {
      if (later(cell)) kept.set(key, cell);
      else now.push(`${key}=${cell.value.key}`);
    }
    this.events.push(`${text} {${now.sort().join(' ')}}`);
    // From here on they stand in memory, for the proof's purposes in this order.
    this.#private = kept;
  }

  load(address: Term, bytes: Width, r1: Term): Term {
    const place = this.#placeOf(address, bytes, r1);
    if (!place.stable) {
      this.event(`load ${bytes} ${address.key}`);
      return term(`seen${this.events.length}`);
    }
    const known = this.#known.get(keyOf(address, bytes));
    if (known !== undefined) return known.value;
    const near = [...this.#known.values()].filter((it) => this.#mayMeet(it.address, it.bytes, address, bytes, r1));
    const since = this.#since(place, address, bytes);
    if (near.length === 0 && this.#wild === 0) return term(loaded(bytes, address.key) + since);
    const before = near.map((it) => `${keyOf(it.address, it.bytes)}=${it.value.key}`).sort().join();
    return term(`${loaded(bytes, address.key)}${since}after${this.#wild}:${before}`);
  }

  /** Which of the times at which the place is protected: what lies below the zone, or above the published pointer, may be another's in between. */
  #since(place: Place, address: Term, bytes: Width): string {
    if (place.region === 'stack') return `@${this.#stacks.filter((r1) => !this.#placeOf(address, bytes, r1).stable).length}`;
    return place.region === 'entry' ? `@${this.#epoch}` : '';
  }

  store(address: Term, bytes: Width, value: Term, r1: Term): void {
    const place = this.#placeOf(address, bytes, r1);
    // What nobody but this code changes and holds this value already: nothing happens.
    if (place.stable && this.#known.get(keyOf(address, bytes))?.value.key === value.key) return;
    const stored = bytes === 8 ? value : term(`zext${bytes}(${value.key})`);
    for (const [key, cell] of this.#known) if (this.#mayMeet(cell.address, cell.bytes, address, bytes, r1)) this.#known.delete(key);
    const cell = { address, bytes, value: value.base === '' && bytes < 8 ? constant(BigInt.asUintN(8 * bytes, value.offset)) : stored };
    if (!place.unseen) {
      if (place.region === 'unknown') this.#wild++;
      this.event(`store ${bytes} ${address.key} ${value.key}`);
    } else {
      // A store over a part of another one is in order with it.
      const partly = [...this.#private].some(([key, it]) => key !== keyOf(address, bytes) && this.#mayMeet(it.address, it.bytes, address, bytes, r1));
      if (partly) this.event('over another store');
      this.#private.set(keyOf(address, bytes), cell);
    }
    this.#known.set(keyOf(address, bytes), cell);
  }

  #placeOf(address: Term, bytes: Width, r1: Term): Place {
    if (address.base === INITIAL.r13) {
      const stable = PACA_FIXED.includes(address.offset) || this.#isCell(address, bytes);
      return { region: 'paca', stable: stable && bytes <= 8, unseen: false };
    }
    if (address.base === TASK) return { region: 'task', stable: TASK_FIXED.includes(address.offset) || this.#isCell(address, bytes), unseen: false };
    if (address.base === INITIAL.r1) {
      const beside = this.#besideOf(address, r1);
      if (beside !== undefined) return { region: 'frame', stable: beside >= -ZONE, unseen: beside >= -ZONE };
      const above = distance(address, r1);
      const stable = above !== undefined && above >= -ZONE;
      // The back chain is what unwinders, interrupts and the judge go along.
      return { region: 'stack', stable, unseen: stable && (above >= 8n || above + BigInt(bytes) <= 0n) };
    }
    if (this.#cell !== undefined && address.base === loaded(8, this.#cell.key)) {
      return this.#entry(this.published === undefined ? undefined : distance(this.published, address), bytes);
    }
    if (this.#cell !== undefined && this.#array !== undefined && address.base === sumOf(loaded(8, this.#cell.key), TASK)) {
      const top = this.published;
      // Behind a store of something else to the cell nothing is known.
      return this.#entry(top?.base === loaded(8, this.#cell.key) ? BigInt.asIntN(64, top.offset + this.#array - address.offset) : undefined, bytes);
    }
    return UNKNOWN;
  }

  /** Given how far below the end of what is published it begins. */
  #entry(below: bigint | undefined, bytes: Width): Place {
    const stable = below !== undefined && below >= BigInt(bytes);
    return { region: 'entry', stable, unseen: stable };
  }

  /** How far above what the frame at r1 has; undefined: it is nearer to the frame itself. */
  #besideOf(address: Term, r1: Term): bigint | undefined {
    const above = this.#ofFrame === undefined ? undefined : distance(address, r1);
    return above === undefined || 2n * above < this.#ofFrame! ? undefined : above - this.#ofFrame!;
  }

  #isCell(address: Term, bytes: Width): boolean {
    return this.#cell !== undefined && this.#cell.key === address.key && bytes === 8;
  }

  #mayMeet(a: Term, aBytes: Width, b: Term, bBytes: Width, r1: Term): boolean {
    const apart = distance(a, b);
    if (apart !== undefined) return apart < BigInt(bBytes) && -apart < BigInt(aBytes);
    const [one, other] = [this.#placeOf(a, aBytes, r1).region, this.#placeOf(b, bBytes, r1).region];
    return one === 'unknown' || other === 'unknown' || one === other;
  }
}

const keyOf = (address: Term, bytes: number): string => `${bytes} ${address.key}`;
