/**
 * What the run at hand was at: sites of the strategy's own code (image/sites.ts), each once, and situations of hooked calls, each once. Both are
 * lists that a campaign adds up over trials: it counts trials, not events, since trials are what is independent.
 *
 * A situation is what a hook can meet: the kind of the call, whether its return was handed on by a hooked activation, whether the TOC slot of the
 * frame is live, arguments on the stack, a function of vmlinux, a far module, hooked calls pending below (0, 1, 2, more), the same replacement
 * active already, and whether it is made by the task, an interrupt, one inside another, or one that interrupted a hook.
 */
import type { StrategySet } from '../image/core.ts';
import { TEXT } from '../image/points.ts';
import type { ProgramImage } from '../image/program.ts';
import { siteTable } from '../image/sites.ts';
import type { Site, SiteTable } from '../image/sites.ts';
import type { AddressSpace } from '../image/space.ts';
import { CR, CTR } from '../machine/registers.ts';

/** Situations are numbers below this. */
export const SITUATIONS = 1 << 13;
/** Where a situation's parts begin, from the kind of the call (index in CALL_KINDS of image/program.ts, 3 bits) on. */
export const SITUATION = { handed: 3, slot: 4, stack: 5, core: 6, far: 7, recursion: 8, depth: 9, level: 11 } as const;
/** By whom a hooked call is made. */
export const MADE_BY = { TASK: 0, INTERRUPT: 1, NESTED: 2, IN_HOOK: 3 } as const;

export class Coverage {
  /** Sites of the newest run, by index in the strategy's table; the first `siteCount` count. */
  readonly sites: Int32Array;
  siteCount = 0;
  /** Situations of the newest run; the first `situationCount` count. */
  readonly situations = new Int32Array(SITUATIONS);
  situationCount = 0;
  /** By strategy. */
  readonly tables: readonly SiteTable[];

  readonly #space: AddressSpace;
  readonly #regs: Int32Array;
  /** The run (counted from 1) that was there last. */
  readonly #sitesAt: readonly Float64Array[];
  readonly #situationsAt = new Float64Array(SITUATIONS);
  #run = 0;
  #table: SiteTable | undefined;
  #at: Float64Array = new Float64Array(0);
  #image!: ProgramImage;

  constructor(space: AddressSpace, set: StrategySet, regs: Int32Array) {
    this.#space = space;
    this.#regs = regs;
    this.tables = set.strategies.map((_, strategy) => siteTable(space, set, strategy));
    this.#sitesAt = this.tables.map(({ sites }) => new Float64Array(sites.length));
    this.sites = new Int32Array(Math.max(0, ...this.tables.map(({ sites }) => sites.length)));
  }

  sitesOf(strategy: number): readonly Site[] {
    return this.tables[strategy]?.sites ?? [];
  }

  /** Before a run of a strategy; -1: of none. */
  begin(strategy: number, image: ProgramImage): void {
    this.#run++;
    this.siteCount = this.situationCount = 0;
    this.#image = image;
    this.#table = strategy < 0 ? undefined : this.tables[strategy]!;
    if (strategy >= 0) this.#at = this.#sitesAt[strategy]!;
  }

  /** An interrupt landed before flat word `from`. */
  interrupt(from: number): void {
    const site = this.#siteAt(from, false);
    if (site >= 0) this.#see(site);
  }

  /** The conditional branch at flat word `at` is about to be executed. */
  branch(at: number): void {
    const site = this.#siteAt(at, true);
    if (site >= 0) this.#see(isTaken(this.#regs, this.#space.words[at]!) ? site : site + 1);
  }

  situation(number: number): void {
    if (this.#situationsAt[number] === this.#run) return;
    this.#situationsAt[number] = this.#run;
    this.situations[this.situationCount++] = number;
  }

  #see(site: number): void {
    if (this.#at[site] === this.#run) return;
    this.#at[site] = this.#run;
    this.sites[this.siteCount++] = site;
  }

  #siteAt(word: number, branch: boolean): number {
    const table = this.#table;
    if (table === undefined || word < 0) return -1;
    for (const page of table.pages) {
      const offset = word - page.start;
      if (offset >= 0 && offset < page.at.length) return (branch ? page.branch : page.at)[offset]!;
    }
    if (this.#space.textTag[word] !== TEXT.HOOK) return -1;
    const image = this.#image;
    const parts = branch ? table.pieceBranch : table.pieces;
    for (let piece = 0; piece < image.pieces; piece++) {
      const start = image.pieceWord[piece]!;
      if (word >= start && word < start + image.pieceWords[piece]!) return parts[image.piecePoint[piece]!]?.[word - start] ?? -1;
    }
    return -1;
  }
}

/** Whether the conditional branch `word` will be taken (Power ISA 2.07B, Book I, 2.4: BO, BI; CTR is counted down first). */
export function isTaken(regs: Int32Array, word: number): boolean {
  const bo = word >>> 21 & 31, bi = word >>> 16 & 31;
  if ((bo & 4) === 0) {
    const zero = regs[CTR] === 0 && regs[CTR + 1] === 1;
    if (zero !== ((bo & 2) !== 0)) return false;
  }
  return (bo & 16) !== 0 || (regs[CR]! >>> (31 - bi) & 1) === (bo >>> 3 & 1);
}
