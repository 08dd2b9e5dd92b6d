/**
 * The image of a run as an emulated process gets it: which commands bring its memory from what the run before has left to what this one begins with.
 * In the text each word with a point is a branch to code in the neighbourhood, which writes down all registers, executes the word there and comes back;
 * with `points` off only the ends of a run, the callback and the words before which interrupts arrive are such, and the text is the image's own otherwise.
 */
import { placeState } from '../contract/state.ts';
import type { Strategy } from '../contract/strategy.ts';
import { assemble } from '../isa/assemble.ts';
import { b, bl, ld, mflr, mtlr, std } from '../isa/encode.ts';
import { FIXED, PAGE, dataAddress, textAddress } from '../image/pages.ts';
import { POINT } from '../image/points.ts';
import { MODULES } from '../image/program.ts';
import { PAGE_SHIFT, PAGE_WORDS } from '../image/space.ts';
import { ADDRESSES, CLUSTERS, PAGE_BYTES, TEXT_PAGES } from '../kernel/layout.ts';
import { high, low } from '../machine/halves.ts';
import type { Engine } from '../trial/engine.ts';
import { elsewhere, isMfxer } from './elsewhere.ts';
import { cellsOf } from './interrupt-cells.ts';
import { isStructural } from './landings.ts';
import type { Landing } from './landings.ts';
import { BLOCK_BYTES, moved } from './moved.ts';
import type { MappedPage, Twin } from './moved.ts';
import { nearText } from './near.ts';
import { TRAP_WORD } from './privileged.ts';
import { AREA_BYTES, COMMAND, COMMAND_BYTES, FIRST_AREA, NEAR, NEAR_BYTES, ONCE, PROT, RANGES, RANGE_LIST, SAVE0, SCRATCH, TABLE_PLACE } from './runner.ts';
import { SUMMED, isSummed } from './summed.ts';

const BLOCK_WORDS = BLOCK_BYTES / 4;
const NEAR_WORDS = NEAR_BYTES / 4;
const AREA_WORDS = AREA_BYTES / 4;
const BLR = 0x4e800020;
const NEAR_LOW = NEAR.map(low), NEAR_HIGH = NEAR.map(high);

/** Every page that some image has somewhere. */
export function everyPage(): { readonly address: bigint; readonly bytes: number; readonly prot: number }[] {
  const pages = new Set<bigint>(FIXED.map(moved));
  pages.add(moved(ADDRESSES.KERNEL_CORE));
  for (let module = 0; module < MODULES.length; module++) {
    for (let place = 0; place < (module === 0 ? 1 : CLUSTERS.length); place++) {
      pages.add(moved(dataAddress(module, place)));
      for (let i = 0; i < TEXT_PAGES; i++) pages.add(moved(textAddress(module, place)) + BigInt(i * PAGE_BYTES));
    }
  }
  return [...pages].map((address) => ({ address, bytes: PAGE_BYTES, prot: PROT.NONE }));
}

/** Points of the image whose registers are written down. Where the TOC is used is announced by the engine only where it is wrong, and plain labels not at all. */
export const isLogged = (kind: number, data: number): boolean =>
  kind !== POINT.NONE && kind !== POINT.TOC_USE && !(kind === POINT.HOOK_LABEL && data === 0);

/** @throws RangeError for a strategy whose state reaches into the scratch of the code at points. */
export function checkState(strategy: Strategy): void {
  for (const { name, owner, offset, bytes } of placeState(strategy.state ?? [])) {
    if (owner === 'cpu' && offset + bytes > SCRATCH) throw new RangeError(`${strategy.name}: ${name} lies at the end of the PACA, where this comparison has its own`);
  }
}

/** Takes bytes in order. */
export interface Sink {
  write(bytes: Uint8Array): void;
}

export class Guest {
  /** By flat word with a point: what an event says where it was written, as halves. */
  readonly atLow: Int32Array;
  readonly atHigh: Int32Array;
  /** And where the word itself is executed instead of its own place; 0: there. */
  private readonly elsewhereLow: Int32Array;
  private readonly engine: Engine;
  private readonly twin: Twin;
  /** What the process is to hold: text as the space has it, and behind all of the space the neighbourhoods. */
  private readonly want: Int32Array;
  private readonly sent: Int32Array;
  /** By block: it may hold something else than `sent`. */
  private readonly stale: Uint8Array;
  /** By address: the flat page that it holds; by flat page where it lay last; by address what may be done there. */
  private readonly holds = new Map<bigint, number>();
  private readonly liesAt = new Map<number, bigint>();
  private readonly access = new Map<bigint, number>();
  private mapped: readonly MappedPage[] = [];
  private readonly near: readonly Int32Array[];
  /** By neighbourhood, words: where `log` lies. */
  private readonly logAt: readonly number[];
  /** In the first neighbourhood. */
  private readonly callbackAt: number;
  private readonly leaveAt: number;
  private readonly enterEnd: number;
  private points: boolean | undefined;
  /** Words before which interrupts of this run arrive; and of each, where its trap word is. */
  private sites: readonly number[] = [];
  private readonly trapAt: bigint[] = [];
  private free = 0;
  private ranges = '';
  private readonly command = new BigInt64Array(3);

  /** `done`: the runner's label of that name. */
  constructor(engine: Engine, twin: Twin, done: bigint) {
    this.engine = engine;
    this.twin = twin;
    const { space } = twin, beyond = space.words.length;
    this.want = new Int32Array(beyond + NEAR.length * NEAR_WORDS);
    this.sent = new Int32Array(this.want.length);
    this.stale = new Uint8Array(this.want.length / BLOCK_WORDS);
    this.atLow = new Int32Array(beyond);
    this.atHigh = new Int32Array(beyond);
    this.elsewhereLow = new Int32Array(beyond);
    this.near = NEAR.map((_, i) => this.want.subarray(beyond + i * NEAR_WORDS, beyond + (i + 1) * NEAR_WORDS));
    const parts = NEAR.map((base, i) => assemble(nearText(i, done), { base, file: 'near' }));
    parts.forEach(({ words, bytes }, i) => {
      if (bytes.length > ONCE.to) throw new RangeError(`the code near the image has ${bytes.length} bytes; at most ${ONCE.to}`);
      this.near[i]!.set(words);
    });
    this.logAt = parts.map(({ labels }, i) => Number(labels.get('log')! - NEAR[i]!) >> 2);
    const at = (label: string): number => Number(parts[0]!.labels.get(label)! - NEAR[0]!) >> 2;
    this.callbackAt = at('callback');
    this.leaveAt = at('leave');
    this.enterEnd = at('enter_end');
  }

  /** A new process: all memory is 0 and nothing of the image may be used. */
  fresh(): void {
    this.sent.fill(0);
    this.stale.fill(1);
    this.holds.clear();
    this.liesAt.clear();
    this.access.clear();
    this.mapped = [];
    this.ranges = '';
  }

  /** Nothing is known of what the process holds: the newest run may have ended elsewhere than ours. */
  forget(): void {
    this.stale.fill(1);
  }

  /** Writes the commands that bring the process to where the twin is, which has not run yet. */
  prepare(sink: Sink, points: boolean, landings: readonly Landing[]): void {
    const { engine, twin } = this;
    this.protect(sink);
    const again = this.points !== points, before = this.sites;
    this.points = points;
    this.sites = [...new Set(landings.map(({ word }) => word))];
    for (const { page, address, text } of twin.mapped) {
      const other = this.holds.get(address) !== page || this.liesAt.get(page) !== address;
      this.holds.set(address, page);
      this.liesAt.set(page, address);
      if (other) this.stale.fill(1, page * PAGE_BYTES / BLOCK_BYTES, (page + 1) * PAGE_BYTES / BLOCK_BYTES);
      if (text) this.text(sink, page, address, again || other || twin.touched[page] !== 0 || this.otherSites(before, page));
      else this.blocks(sink, twin.space.words, page * PAGE_WORDS, (page + 1) * PAGE_WORDS, address, twin.touched[page] !== 0);
    }
    const start = twin.space.addressOf(engine.set.current.threadStart << 2);
    this.near[0]![this.enterEnd] = b(Number(start - NEAR[0]!) - 4 * this.enterEnd);
    this.table();
    NEAR.forEach((_, i) => { this.nearBlocks(sink, i, 0, FIRST_AREA / 4, true); });
    this.sums(sink, landings.length > 0);
    if (landings.length > 0) this.interrupts(sink, landings);
  }

  /** Writes the command to run, `alarm` microseconds at most. */
  run(sink: Sink, alarm: number): void {
    this.say(sink, COMMAND.RUN, BigInt(Math.floor(alarm / 1e6)), BigInt(alarm % 1e6));
  }

  /** The twin has run: what was stored to is not what was sent. */
  ran(): void {
    const { dirty } = this.twin.space;
    for (let block = 0; block < dirty.length; block++) if (dirty[block] !== 0) this.stale[block] = 1;
  }

  /** Where the process executes the word, which may have a point. */
  placeOf(word: number): bigint {
    const address = this.twin.space.addressOf(word << 2), low = this.elsewhereLow[word]!;
    return low === 0 ? address : address & ~0xffffffffn | BigInt(low >>> 0);
  }

  private say(sink: Sink, kind: number, a: bigint, b: bigint): void {
    this.command[0] = BigInt(kind);
    this.command[1] = BigInt.asIntN(64, a);
    this.command[2] = b;
    sink.write(new Uint8Array(this.command.buffer, 0, COMMAND_BYTES).slice());
  }

  private protect(sink: Sink): void {
    const { mapped } = this.twin;
    if (mapped === this.mapped) return;
    this.mapped = mapped;
    const wanted = new Map<bigint, number>(mapped.map(({ address, text }) => [address, text ? PROT.TEXT : PROT.DATA]));
    for (const address of this.access.keys()) if (!wanted.has(address)) wanted.set(address, PROT.NONE);
    for (const [address, prot] of wanted) {
      if ((this.access.get(address) ?? PROT.NONE) === prot) continue;
      this.access.set(address, prot);
      this.say(sink, COMMAND.PROTECT, address, BigInt(prot));
    }
  }

  /** Sends those blocks of [from, to) of `words` that the process may not hold; `from` lies at `address`. `changed`: look at all of them. */
  private blocks(sink: Sink, words: Int32Array, from: number, to: number, address: bigint, changed: boolean): void {
    const { sent, stale } = this;
    for (let at = from; at < to; at += BLOCK_WORDS) {
      const block = at / BLOCK_WORDS;
      if (stale[block] === 0 && (!changed || same(words, sent, at, at + BLOCK_WORDS))) continue;
      stale[block] = 0;
      sent.set(words.subarray(at, at + BLOCK_WORDS), at);
      this.say(sink, COMMAND.WRITE, address + BigInt(4 * (at - from)), BigInt(BLOCK_BYTES));
      sink.write(new Uint8Array(words.buffer, 4 * at, BLOCK_BYTES).slice());
    }
  }

  /** The same of words [from, to) of a neighbourhood. */
  private nearBlocks(sink: Sink, i: number, from: number, to: number, changed: boolean): void {
    const start = this.twin.space.words.length + i * NEAR_WORDS;
    this.blocks(sink, this.want, start + from, start + to, NEAR[i]! + BigInt(4 * from), changed);
  }

  /** A page of text has other sites than before, or they have other numbers. */
  private otherSites(before: readonly number[], page: number): boolean {
    const here = (sites: readonly number[]): string => sites.map((word, i) => (word >>> PAGE_SHIFT - 2 === page ? `${i}:${word}` : '')).join();
    return here(before) !== here(this.sites);
  }

  /** What the code that takes interrupts must know of this run. Where the log has words with their registers, one with a site is among them each time that it is come to. */
  private interrupts(sink: Sink, landings: readonly Landing[]): void {
    const { engine, twin, sites, trapAt, points } = this;
    for (const [address, bytes] of cellsOf(engine, twin, sites.map((word, i) => ({ word, resume: points === true ? trapAt[i]! : twin.addressOf(word) })), landings)) {
      this.say(sink, COMMAND.WRITE, address, BigInt(bytes.length));
      sink.write(bytes);
    }
  }

  private sums(sink: Sink, interrupted: boolean): void {
    const { space } = this.twin;
    const list = SUMMED.flatMap((range) => (isSummed(range, space, interrupted) ? [space.addressOf(range.from), BigInt(range.to - range.from)] : [0n, 0n]));
    const key = list.join();
    if (key === this.ranges) return;
    this.ranges = key;
    this.say(sink, COMMAND.WRITE, RANGE_LIST, BigInt(16 * RANGES));
    const bytes = new BigUint64Array(2 * RANGES);
    bytes.set(list);
    sink.write(new Uint8Array(bytes.buffer));
  }

  /** A page of text with branches at its points, and what they branch to. */
  private text(sink: Sink, page: number, address: bigint, changed: boolean): void {
    const i = neighbourhoodOf(address), area = FIRST_AREA / 4 + AREA_WORDS * areaOf(page);
    if (changed) this.plant(page, i, area);
    this.blocks(sink, this.want, page * PAGE_WORDS, (page + 1) * PAGE_WORDS, address, changed);
    this.nearBlocks(sink, i, area, changed ? area + Math.ceil((this.free - area) / BLOCK_WORDS) * BLOCK_WORDS : area + AREA_WORDS, changed);
  }

  private plant(page: number, i: number, area: number): void {
    const { twin: { space }, want, engine } = this, from = page * PAGE_WORDS, end = from + PAGE_WORDS;
    want.set(space.words.subarray(from, end), from);
    this.elsewhereLow.fill(0, from, end);
    this.near[i]!.fill(0, area, area + AREA_WORDS);
    this.free = area;
    const { labels } = engine.set.current;
    const callback = labels.get('klp_callback')!, done = labels.get('thread_done')!;
    const planted = new Set<number>();
    if (callback >= from && callback < end && space.words[callback] !== BLR) throw new RangeError('klp_callback is not a single blr: this comparison cannot stand in for it');
    for (let at = from; at < end; at++) {
      const kind = space.pointKind[at]!;
      if (kind === POINT.NONE && !isMfxer(space.words[at]!)) continue;
      if (at === callback) this.site(i, at, this.callbackAt);
      else if (at === done) this.site(i, at, this.leaveAt);
      else if (isMfxer(space.words[at]!) || (this.points === true && isLogged(kind, space.pointData[at]!))) this.site(i, at, 0);
      else continue;
      planted.add(at);
    }
    for (const at of this.sites) if (at >= from && at < end && !planted.has(at)) this.site(i, at, 0);
    if (this.free > area + AREA_WORDS) throw new RangeError('too many points for the room near the image');
  }

  /**
   * Puts a branch into word `at`: to an event, where they are wanted and it has one, and to the trap word, where interrupts arrive; then to the word `instead` of neighbourhood `i`, or (0) the
   * word itself and back.
   */
  private site(i: number, at: number, instead: number): void {
    const { twin: { space }, want } = this, kind = space.pointKind[at]!;
    const near = this.near[i]!, base = NEAR_LOW[i]!;
    // All distances are less than 32 MiB: low halves tell them.
    const address = space.pageLo[at >>> PAGE_SHIFT - 2]! + 4 * (at & PAGE_WORDS - 1) | 0;
    let { free } = this;
    want[at] = b(base + 4 * free - address | 0);
    if (!isStructural(kind)) free = this.trap(i, at, free);
    near[free++] = std(0, SAVE0, 13);
    if (this.points === true && isLogged(kind, space.pointData[at]!)) {
      near[free++] = mflr(0);
      near[free] = bl(4 * (this.logAt[i]! - free));
      free++;
      this.atLow[at] = base + 4 * free;
      this.atHigh[at] = NEAR_HIGH[i]!;
      near[free++] = mtlr(0);
      near[free++] = ld(0, SAVE0, 13);
    }
    if (isStructural(kind)) free = this.trap(i, at, free);
    if (instead !== 0) {
      near[free] = b(4 * (instead - free));
      free++;
    } else {
      this.elsewhereLow[at] = base + 4 * free;
      free = elsewhere(near, free, space.words[at]!, address, base, space.pageHi[at >>> PAGE_SHIFT - 2]!);
      near[free] = b(address + 4 - (base + 4 * free) | 0);
      free++;
    }
    this.free = free;
  }

  /** The trap word of a site, if the word is one; returns the next free word. */
  private trap(i: number, at: number, free: number): number {
    const site = this.sites.indexOf(at);
    if (site < 0) return free;
    this.near[i]![free] = TRAP_WORD | site;
    this.trapAt[site] = NEAR[i]! + BigInt(4 * free);
    return free + 1;
  }

  /** The list of patched functions, as the callback walks it. */
  private table(): void {
    const { twin: { space, host }, engine: { image } } = this;
    const from = TABLE_PLACE.from / 4, near = this.near[0]!;
    near.fill(0, from, TABLE_PLACE.to / 4);
    let at = from;
    const put = (word: number): void => {
      const address = word < 0 ? 0n : space.addressOf(word << 2);
      near[at++] = Number(BigInt.asIntN(32, address));
      near[at++] = Number(BigInt.asIntN(32, address >> 32n));
    };
    for (let version = 0; version < image.versions; version++) {
      const behind = image.versionBehindMcount[version]!;
      if (image.versionHooked[version] === 0 || space.pointKind[behind] !== POINT.MCOUNT_RETURN) continue;
      const replacement = host.patched ? image.versionReplacement[version]! : -1;
      put(behind);
      put(replacement < 0 ? -1 : image.versionGlobal[replacement]!);
    }
    if (at > TABLE_PLACE.to / 4 - 2) throw new RangeError('too many hooked functions for the table');
  }
}

function same(a: Int32Array, b: Int32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Which area of its neighbourhood a page of text has. */
function areaOf(page: number): number {
  if (page >= PAGE.CORE) return 0;
  const module = Math.floor((page - PAGE.TEXT) / TEXT_PAGES), within = (page - PAGE.TEXT) % TEXT_PAGES;
  return module === 0 ? 1 + within : (module - 1) * TEXT_PAGES + within;
}

/** The neighbourhood of which an address is: a branch reaches it from there. */
function neighbourhoodOf(address: bigint): number {
  const i = NEAR.findIndex((near) => address - near > -0x1f00000n && address - near < 0x1f00000n);
  if (i < 0) throw new RangeError(`0x${address.toString(16)} has no neighbourhood`);
  return i;
}
