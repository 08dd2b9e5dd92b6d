/**
 * The sites of a strategy's own code, which a campaign must have been at: each instruction of its hook, of its own ftrace entry and of its pieces of
 * generated code, where an interrupt may land; and both directions of each of its conditional branches. A site is known by its name and by its
 * index in the table, both a function of the strategy alone; `trial/coverage.ts` finds it from a flat word. A strategy that hooks out of line as well has a
 * second core page: what is the same text there, the return, is the same sites.
 */
import { CODE_POINTS, ownFtraceEntry } from '../contract/strategy.ts';
import type { CodePoint, Strategy } from '../contract/strategy.ts';
import { bd } from '../isa/fields.ts';
import { ENTRY_LABEL, HANDLER_LABEL } from '../kernel/core.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import type { StrategySet } from './core.ts';
import type { CorePage } from './core-page.ts';
import { TEXT } from './points.ts';
import { isConditional } from './templates.ts';
import { PAGE_WORDS } from './space.ts';
import type { AddressSpace } from './space.ts';

export type SiteKind = 'interrupt' | 'taken' | 'not-taken';

export interface Site {
  readonly kind: SiteKind;
  /** As in `livepatch_handler+0x8`: the nearest label of the strategy's at or before it. */
  readonly place: string;
  readonly point: CodePoint;
  /** Instructions of the strategy's that run before it in its region (scenario.ts, Region), at least: where an anchor must say it. */
  readonly step: number;
  /** Not all calls that are hooked come by: the hook branches, or it is code of one kind of function only. */
  readonly conditional: boolean;
  /** Why it need not be seen. */
  readonly exempt?: string;
}

/** Sites of a core page. */
export interface PageSites {
  /** Flat word of the page. */
  readonly start: number;
  /** By word of the page: index of its interrupt site, and of the first of its two branch sites; -1: none. */
  readonly at: Int32Array;
  readonly branch: Int32Array;
}

export interface SiteTable {
  readonly sites: readonly Site[];
  /** One, or two. */
  readonly pages: readonly PageSites[];
  /** The same by index in CODE_POINTS, then by word of the piece. */
  readonly pieces: readonly (Int32Array | undefined)[];
  readonly pieceBranch: readonly (Int32Array | undefined)[];
}

/** Code of functions with one entry, of calls by a GEP, of every traced function, and where hooks are out of line: whatever the hook does, only some calls come by. */
const RARE: readonly CodePoint[] = ['replacement_single_entry', 'traced_global_entry', 'ftrace_entry', 'ftrace_entry_ool', 'livepatch_handler_ool'];
/** Where a call is still on its way to the hook. */
const ENTRIES: readonly CodePoint[] = Object.values(ENTRY_LABEL);
/** Only a replacement's call of itself enters there; what follows it may serve both entries. */
export const LOCAL_ENTRY = 'replacement_local_entry';
/** Pieces where a region begins: at a function's own entry, and where the replacement's body is done. */
const FRESH: readonly CodePoint[] = ['replacement_exit', 'replacement_early_exit', 'traced_global_entry'];
const BEYOND = `an anchor says ${BOUNDS.step + 1} instructions of a region`;

interface Word {
  /** From the start of the page or the piece. */
  readonly word: number;
  readonly text: number;
  readonly point: CodePoint;
  readonly step: number;
}

type Label = readonly [name: string, word: number];

/** Where a part's sites are noted, by word. */
interface Index {
  readonly at: Int32Array;
  readonly branch: Int32Array;
}

const indexOf = (words: number): Index => ({ at: new Int32Array(words).fill(-1), branch: new Int32Array(words).fill(-1) });

/** @param strategy index in the set */
export function siteTable(space: AddressSpace, set: StrategySet, strategy: number): SiteTable {
  const accused = set.strategies[strategy]!, page = set.pages[strategy]!;
  const words = coreWords(space, page, accused), second = set.outOfLine[strategy];
  const others = second === undefined ? [] : coreWords(space, second, accused);
  const exempt = new Map((accused.exempt ?? []).map(({ label, reason }) => [label, reason]));
  const list = new List(exempt, [...words, ...others].some(({ text, point }) => !ENTRIES.includes(point) && isConditional(text)));
  const core = indexOf(page.pristine.length);
  for (const word of words) list.add(word, labelsOf(page), core);
  const handler = words.filter(({ point }) => point === 'livepatch_handler').length;
  const parts: (Index | undefined)[] = CODE_POINTS.map(() => undefined);
  let before = handler;
  for (const piece of set.variants[set.variantOf[strategy]!]?.samples() ?? []) {
    // Both exits may share one piece.
    if (parts[piece.point] !== undefined) continue;
    const part = parts[piece.point] = indexOf(piece.words.length);
    const point = CODE_POINTS[piece.point]!;
    const first = FRESH.includes(point) ? 0 : before;
    const own: Label[] = [[point, 0], ...piece.labels];
    const local = own.find(([name]) => name === LOCAL_ENTRY)?.[1] ?? Infinity;
    piece.words.forEach((text, word) => { list.add({ word, text, point, step: word < local ? first + word : word - local }, own, part); });
    // What is saved is saved behind the entry.
    if (point === 'replacement_entry') before += piece.words.length;
  }
  const pages = [{ start: page.page * PAGE_WORDS, ...core }];
  if (second !== undefined) pages.push({ start: second.page * PAGE_WORDS, ...secondIndex(list, core, words, second, others) });
  return {
    sites: list.sites, pages,
    pieces: parts.map((it) => it?.at), pieceBranch: parts.map((it) => it?.branch),
  };
}

const labelsOf = ({ page, sorted }: CorePage): Label[] => sorted.map(([name, word]) => [name, word - page * PAGE_WORDS]);

/** Sites of the second page: its handler's own, and those that the first one has behind its handler. */
function secondIndex(list: List, first: Index, words: readonly Word[], page: CorePage, others: readonly Word[]): Index {
  const index = indexOf(page.pristine.length), labels = labelsOf(page);
  const shared = words.filter(({ point }) => point === 'livepatch_return');
  let next = 0;
  for (const word of others) {
    if (word.point !== 'livepatch_return') {
      list.add(word, labels, index);
      continue;
    }
    const same = shared[next++]!.word;
    index.at[word.word] = first.at[same]!;
    index.branch[word.word] = first.branch[same]!;
  }
  return index;
}

class List {
  readonly sites: Site[] = [];
  readonly #exempt: ReadonlyMap<string, string>;
  readonly #branches: boolean;

  constructor(exempt: ReadonlyMap<string, string>, branches: boolean) {
    this.#exempt = exempt;
    this.#branches = branches;
  }

  /** @param labels of the part */
  add({ word, text, point, step }: Word, labels: readonly Label[], { at, branch }: Index): void {
    const [label, labelled] = lastLabel(labels, word);
    const place = word === labelled ? label : `${label}+0x${(4 * (word - labelled)).toString(16)}`;
    const own = this.#exempt.get(label);
    const reason = own ?? (step > BOUNDS.step ? BEYOND : undefined);
    const conditional = this.#branches || RARE.includes(point) || label === LOCAL_ENTRY;
    at[word] = this.sites.push({ kind: 'interrupt', place, point, step, conditional, ...(reason === undefined ? {} : { exempt: reason }) }) - 1;
    if (!isConditional(text)) return;
    // A direction that leads into exempt code is exempt with it.
    const to = (target: number): string | undefined => own ?? this.#exempt.get(lastLabel(labels, target)[0]);
    const direction = (kind: SiteKind, why: string | undefined): Site => ({ kind, place, point, step, conditional: true, ...(why === undefined ? {} : { exempt: why }) });
    branch[word] = this.sites.push(direction('taken', isRelative(text) ? to(word + (bd(text) >> 2)) : own), direction('not-taken', to(word + 1))) - 2;
  }
}

/** `bc` with a distance: primary opcode 16, AA 0. */
const isRelative = (word: number): boolean => word >>> 26 === 16 && (word & 2) === 0;

/** The words of a core page that are the strategy's, in order. */
function coreWords(space: AddressSpace, page: CorePage, { code }: Pick<Strategy, 'code'>): Word[] {
  const start = page.page * PAGE_WORDS;
  const own = HANDLER_LABEL[page.style], handler = page.labels.get(own)! - start;
  const back = code.livepatch_return === undefined ? Infinity : page.labels.get('livepatch_return')! - start;
  const words: Word[] = [], ownEntry = ownFtraceEntry({ code }, page.style) !== undefined;
  page.pristine.forEach((text, word) => {
    const tag = space.textTag[start + word];
    if (tag !== TEXT.HOOK && (tag !== TEXT.FTRACE || !ownEntry)) return;
    const point = tag === TEXT.FTRACE ? ENTRY_LABEL[page.style] : word >= back ? 'livepatch_return' : own;
    words.push({ word, text, point, step: word - (tag === TEXT.FTRACE ? 0 : word >= back ? back : handler) });
  });
  return words;
}

/** The last label at or before a word; of several at one word the first, as in symbols.ts. */
function lastLabel(labels: readonly Label[], word: number): Label {
  let best = labels[0]!;
  for (const label of labels) if (label[1] <= word && label[1] > best[1]) best = label;
  return best;
}
