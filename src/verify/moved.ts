/**
 * The image at addresses that a process may have. Emulated user processes have no memory at 0xc000...: the high halves of all addresses are exchanged, low halves
 * stay. So every distance within 4 GiB is what it was (all within one module, and between modules that lie near each other), and what lay further apart
 * still does: 16 GiB between the two far places, many TiB to vmlinux. Otherwise than before, addresses are positive as signed numbers.
 *
 * A `Twin` is the model's own machine and host on a copy of an engine's memory at those addresses, flat word by flat word the same, so that the engine's tables and
 * names fit. It judges nothing.
 */
import { PACAS, TASK_STACKS, THREAD_INFOS, dataPage } from '../image/pages.ts';
import { MODULES } from '../image/program.ts';
import { ACCESS, AddressSpace, DIRTY_SHIFT, PAGE_WORDS } from '../image/space.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { INITIAL_REGISTERS } from '../image/initial-state.ts';
import { Machine } from '../machine/machine.ts';
import { Host } from '../trial/host.ts';
import type { Engine } from '../trial/engine.ts';

/** High halves as the model has them, and as a process has them: vmlinux and what is near it, the module area, 16 GiB further. */
const HOME = [0xc0000000, 0xc0080000, 0xc0080004] as const;
const MOVED = [0x1000, 0x2000, 0x2004] as const;
const HOME_0 = HOME[0] | 0, HOME_1 = HOME[1] | 0, HOME_2 = HOME[2] | 0;

/** A high half of an address of the model, moved; any other as it is. Signed. */
export function movedHigh(hi: number): number {
  return hi === HOME_0 ? MOVED[0] : hi === HOME_1 ? MOVED[1] : hi === HOME_2 ? MOVED[2] : hi;
}

/**
 * Whether a high half of the moved image is that of `hi`, where bad strategies reckon: an address, or an address and the distance of two others, with what low halves carry. Distances between
 * what lies further apart than 4 GiB are not the model's, so where such a sum leads nowhere it leads elsewhere to nowhere.
 */
export function movedSum(hi: number, to: number): boolean {
  return HOME.some((a, i) => HOME.some((b, j) => HOME.some((c, k) => {
    const left = (hi - (a + b - c)) | 0;
    return left >= -1 && left <= 1 && ((to - (MOVED[i]! + MOVED[j]! - MOVED[k]!)) | 0) === left;
  })));
}

/** An address of the model, moved; any other value as it is. 64-bit unsigned. */
export function moved(value: bigint): bigint {
  return BigInt(movedHigh(Number(BigInt.asIntN(32, value >> 32n))) >>> 0) << 32n | value & 0xffffffffn;
}

/** The way back, for names. */
export function home(value: bigint): bigint {
  const i = MOVED.indexOf(Number(value >> 32n) as (typeof MOVED)[number]);
  return i < 0 ? value : BigInt(HOME[i as 0 | 1 | 2]) << 32n | value & 0xffffffffn;
}

export const BLOCK_BYTES = 4096;

export interface MappedPage {
  /** Flat. */
  readonly page: number;
  readonly address: bigint;
  readonly text: boolean;
}

/** Data pages that the image writes to anew for each run; the others stay as they are but for what runs store there. */
const WRITTEN: ReadonlySet<number> = new Set([TASK_STACKS[0], PACAS[0], THREAD_INFOS[0], ...MODULES.map((_, module) => dataPage(module))]);
const PAGE_BLOCKS = PAGE_BYTES >> DIRTY_SHIFT;

export class Twin {
  readonly machine: Machine;
  readonly host: Host;
  readonly space: AddressSpace;
  /** By flat page: the newest `take` has changed something there. */
  readonly touched: Uint8Array;
  /** Pages that are mapped; another array when the mapping is another one. */
  mapped: readonly MappedPage[] = [];
  private readonly engine: Engine;
  private readonly taken: Uint8Array;
  private readonly texts = new Map<number, readonly (readonly [from: Uint8Array, to: Uint8Array])[]>();

  constructor(engine: Engine) {
    this.engine = engine;
    this.space = new AddressSpace(engine.space.pages);
    this.machine = new Machine(this.space);
    this.host = new Host(this.machine);
    this.touched = new Uint8Array(this.space.pages);
    this.taken = new Uint8Array(this.space.pages);
  }

  /** The run that the engine has begun: its memory and registers, moved. `again`: the same run; `touched` is still about what was before it. */
  take(patched: boolean, again = false): void {
    const { engine, machine, space } = this;
    this.map();
    if (!again) this.touched.fill(0);
    for (const { page, text } of this.mapped) {
      if (again && !this.stored(page)) continue;
      if (text) this.text(page);
      else if (WRITTEN.has(page) || this.taken[page] === 0 || this.stored(page)) this.data(page);
    }
    space.dirty.fill(0);
    machine.load(engine.image);
    for (let i = 0; i < machine.toc.length; i += 2) machine.toc[i] = movedHigh(machine.toc[i]!);
    machine.reset();
    machine.setGpr(1, moved(INITIAL_REGISTERS.r1));
    machine.setGpr(13, moved(INITIAL_REGISTERS.r13));
    machine.pc = engine.set.current.threadStart;
    this.host.reset(engine.image, patched);
  }

  private map(): void {
    const { engine: { space: from }, space } = this;
    let same = this.mapped.length > 0;
    for (let page = 0; page < from.pages; page++) {
      const hi = movedHigh(from.pageHi[page]!);
      if (space.pageAccess[page] === from.pageAccess[page] && space.pageHi[page] === hi && space.pageLo[page] === from.pageLo[page]) continue;
      space.pageAccess[page] = from.pageAccess[page]!;
      space.pageHi[page] = hi;
      space.pageLo[page] = from.pageLo[page]!;
      same = false;
    }
    if (same) return;
    space.mappingVersion++;
    // What a strategy has beside its stacks is not mapped for the next one: it is taken anew when it is there again.
    for (const { page } of this.mapped) if (space.pageAccess[page] === ACCESS.NONE) this.taken[page] = 0;
    this.mapped = [...space.pageAccess].flatMap((access, page) => (access === ACCESS.NONE ? [] : [{ page, address: space.addressOf(page * PAGE_BYTES), text: access === ACCESS.TEXT }]));
  }

  private stored(page: number): boolean {
    const { dirty } = this.space;
    for (let block = page * PAGE_BLOCKS; block < (page + 1) * PAGE_BLOCKS; block++) if (dirty[block] !== 0) return true;
    return false;
  }

  private data(page: number): void {
    const from = this.engine.space.words, to = this.space.words, end = (page + 1) * PAGE_WORDS;
    this.taken[page] = 1;
    for (let at = page * PAGE_WORDS; at < end; at += 2) {
      const lo = from[at]!, hi = movedHigh(from[at + 1]!);
      if (to[at] === lo && to[at + 1] === hi) continue;
      to[at] = lo;
      to[at + 1] = hi;
      this.touched[page] = 1;
    }
  }

  private text(page: number): void {
    let pairs = this.texts.get(page);
    if (pairs === undefined) this.texts.set(page, pairs = this.pairs(page));
    if (pairs.every(([from, to]) => Buffer.compare(from, to) === 0)) return;
    for (const [from, to] of pairs) to.set(from);
    this.machine.undecode(page * PAGE_WORDS, (page + 1) * PAGE_WORDS);
    this.touched[page] = 1;
  }

  /** All that is known of a page of text, as bytes of both spaces. */
  private pairs(page: number): readonly (readonly [Uint8Array, Uint8Array])[] {
    const from = this.engine.space, to = this.space;
    const part = (array: Int32Array | Uint8Array): Uint8Array => {
      const some = array.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS);
      return new Uint8Array(some.buffer, some.byteOffset, some.byteLength);
    };
    return [[part(from.words), part(to.words)], [part(from.pointKind), part(to.pointKind)], [part(from.pointData), part(to.pointData)], [part(from.textTag), part(to.textTag)]];
  }

  /** The address of a flat word, where this space has it. */
  addressOf(word: number): bigint {
    return this.space.addressOf(word << 2);
  }
}
