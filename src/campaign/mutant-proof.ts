/**
 * Is a mutant equal to its original, whatever runs? A sound answer, not a complete one: `true` is a proof, `false` says nothing.
 *
 * Both codes are cut into straight pieces: behind every branch that is always taken or that writes LR, and at every label that a branch goes to. A branch to the next
 * instruction cuts nothing, and code that nothing reaches does not count. Piece by piece, in terms (isa/terms.ts) and from the same unknown registers and memory,
 * this is the same in both:
 *   - all that others notice, in the same order: stores, changes of r1 and r13, reads of what an interrupt may change, declared pushes and pops
 *     with r1 and the published cell; between two of these what was stored where nobody looks (mutant-memory.ts says who looks where, and what is
 *     taken for granted);
 *   - the branches: their kind, condition and target;
 *   - at each of them, and at the end, all registers, CR, XER: except, where it leaves the hook, those that the ABI lets nobody count on: r0 and r11 on the way to the
 *     replacement, r0, r11, r12 and LR on the way home (none for a strategy with pieces in generated code, which may hand on what it likes);
 *   - the mutant traps under no condition that the original does not trap under. It may trap under fewer: a run in which the original traps breaks
 *     `progress`, so within the claim, where the original holds, no such trap is ever taken.
 * By induction over the pieces and over the nesting of interrupts, every run of the mutant then is one of the original, up to instructions without
 * effect (so an interrupt that is anchored to the n-th instruction may be one at another instruction of the original). A code address counts as the
 * same when it is the start of the same piece; where a piece hands on another one, nothing is proved. Pieces that name `.TOC.` are looked at for
 * two distances of it. What hooks out of line is a text of its own, and must be equal as well. What is in use of an array of fixed depth when a hook begins is bounded by
 * the claim's premise (mutant-depth.ts): a branch that is never taken under it, and a piece that only such branches go to, do nothing.
 */
import { hookText } from '../contract/check-code.ts';
import { strategySymbol } from '../contract/state.ts';
import { GENERATED_CODE_POINTS } from '../contract/strategy.ts';
import type { Strategy } from '../contract/strategy.ts';
import { assemble } from '../isa/assemble.ts';
import { decode } from '../isa/decode.ts';
import { parseSource } from '../isa/parse.ts';
import type { SourceItem } from '../isa/parse.ts';
import { term } from '../isa/terms.ts';
import type { Term } from '../isa/terms.ts';
import { CORE_LABELS, HANDLER_LABEL } from '../kernel/core.ts';
import { ADDRESSES } from '../kernel/layout.ts';
import { mostBefore } from './mutant-depth.ts';
import { ProofMemory } from './mutant-memory.ts';
import { TermState } from './mutant-state.ts';

const KERNEL_LABELS: ReadonlySet<string> = new Set(CORE_LABELS);
/** Distances of `.TOC.` from the piece. */
const TOC_DISTANCES = [0x108000n, -0x7f00n];
/** Registers that nobody may count on, by how the hook is left. */
const FREE_TO_REPLACEMENT = ['r0', 'r11'];
const FREE_HOME = ['r0', 'r11', 'r12', 'lr'];
const GPRS = Array.from({ length: 32 }, (_, n) => `r${n}`);
const REST = ['lr', 'ctr', 'byteCount', 'so', 'ov', 'ca', ...Array.from({ length: 32 }, (_, n) => `cr${n}`)];

/** What a straight piece does, as a text; undefined: this proof does not speak of it. */
interface Straight {
  readonly effect: string;
  readonly traps: ReadonlySet<string>;
  /** How much more than at its start is in use at each declared push in it; undefined: that is no number. */
  readonly pushed: readonly (bigint | undefined)[];
}

/** True: every run of the mutant is a run of the original. Both must assemble. */
export function provesEqual(original: Strategy, mutant: Strategy): boolean {
  // Where the state of a stack lies is more than terms can say.
  if (original.state?.some(({ owner }) => owner === 'stack') === true) return false;
  // Where nobody names it, it may be anywhere.
  const named = [original, mutant].some(({ code }) => Object.values(code).some((text) => text.includes('.TOC.')));
  return TOC_DISTANCES.slice(0, named ? 2 : 1).every((distance) => {
    const { most, pieces: one } = ofOriginal(original, distance);
    const other = one === undefined ? undefined : piecesOf(mutant, distance, most);
    return one !== undefined && other !== undefined && one.length === other.length && one.every((it, i) => sameEffect(it, other[i]!));
  });
}

interface OfOriginal {
  /** That the published cell holds where a hook begins; undefined: anything. */
  readonly most: bigint | undefined;
  readonly pieces: readonly Straight[] | undefined;
}

/** Many mutants are asked about for one original. */
const originals = new WeakMap<Strategy, Map<bigint, OfOriginal>>();

function ofOriginal(original: Strategy, distance: bigint): OfOriginal {
  const known = originals.get(original) ?? new Map<bigint, OfOriginal>();
  originals.set(original, known);
  let found = known.get(distance);
  if (found === undefined) {
    const most = mostBefore(original, piecesOf(original, distance)?.flatMap(({ pushed }) => pushed) ?? []);
    known.set(distance, found = { most, pieces: piecesOf(original, distance, most) });
  }
  return found;
}

const sameEffect = (one: Straight, other: Straight): boolean => one.effect === other.effect && [...other.traps].every((it) => one.traps.has(it));

/** @param most that the published cell holds where a hook begins; undefined: anything */
function piecesOf(strategy: Strategy, tocDistance: bigint, most?: bigint): Straight[] | undefined {
  const { code } = strategy;
  // Without a text of its own for the other style, that one's is none of the strategy's.
  const second = code.livepatch_handler_ool === undefined && code.ftrace_entry_ool === undefined ? [] : [`${code.ftrace_entry_ool ?? ''}\n${hookText(strategy, 'out-of-line')}`];
  const texts = [`${code.ftrace_entry ?? ''}\n${hookText(strategy)}`, ...second, ...GENERATED_CODE_POINTS.flatMap((point) => code[point] ?? [])];
  const all: Straight[] = [];
  for (const [i, text] of texts.entries()) {
    const straight = straightPieces(strategy, text, i, tocDistance, most);
    if (straight === undefined) return undefined;
    all.push(...straight);
  }
  return all;
}

function straightPieces(strategy: Strategy, text: string, nth: number, tocDistance: bigint, most: bigint | undefined): Straight[] | undefined {
  const items = parseSource(text, 'proof');
  const base = ADDRESSES.KERNEL_CORE, own = strategySymbol(strategy);
  // A label that the text defines itself goes before what is handed in.
  const { words } = assemble(text, { base, symbols: (name) => (name === '.TOC.' ? base + tocDistance : KERNEL_LABELS.has(name) ? base + 0x200000n : own(name)) });
  if (words.length !== items.filter((it) => it.kind === 'instruction').length) return undefined;
  // Pieces that nothing goes to under the premise are known only when all have been looked at; then the others are numbered without them.
  const layout = cut(strategy, items, words);
  const first = piecesIn({ strategy, words, nth, most }, layout);
  if (most === undefined || first === undefined) return first;
  // Where a hook begins its own code could come as well: then the premise says nothing of it.
  if (first.some(({ effect }) => new RegExp(`code${nth}\\.0\\b`).test(effect))) return undefined;
  const reached = reachedIn(layout, first, words, nth);
  const names = numbered(layout.starts, (i) => layout.starts[i]! < words.length && !reached.has(i));
  return piecesIn({ strategy, words, nth, most }, { ...layout, names });
}

/** Of assembled code of a strategy, its `nth` text. */
interface Text {
  readonly strategy: Strategy;
  readonly words: Uint32Array;
  readonly nth: number;
  readonly most: bigint | undefined;
}

function piecesIn({ strategy, words, nth, most }: Text, layout: Layout): Straight[] | undefined {
  const name = (offset: number): Term => {
    const piece = Math.max(0, layout.starts.findLastIndex((start) => start <= offset));
    return term(`code${nth}.${layout.names[piece]}`, BigInt(4 * (offset - layout.starts[piece]!)));
  };
  const renamed = (of: string, offset: bigint): Term | undefined => {
    const piece = new RegExp(`^code${nth}\\.(\\w+)$`).exec(of)?.[1];
    if (piece === undefined) return undefined;
    const at = BigInt(4 * layout.starts[layout.names.indexOf(piece)]!) + BigInt.asIntN(64, offset);
    return at % 4n === 0n && at >= 0n && at <= BigInt(4 * words.length) ? name(Number(at) / 4) : undefined;
  };
  const result: Straight[] = [];
  for (const [i, start] of layout.starts.entries()) {
    if (layout.names[i]!.startsWith(DEAD) || start >= words.length) continue;
    const end = layout.starts[i + 1] ?? words.length;
    const memory = new ProofMemory(strategy, start === layout.hook ? most : undefined);
    const state = new TermState(memory, renamed);
    const pushed: (bigint | undefined)[] = [];
    for (let at = start; at < end; at++) {
      for (const label of layout.watched.get(at) ?? []) {
        memory.label(label, state.r1);
        if (strategy.pushes?.includes(label) === true) pushed.push(memory.moved);
      }
      state.execute(words[at]!, name(at));
      if (!state.sound) return undefined;
      if (state.leaving?.condition === 'never') state.leaving = undefined;
      const { leaving } = state;
      if (at === end - 1 || leaving === undefined) continue;
      // Within a piece stand branches to the next instruction, and some that may be taken.
      state.leaving = undefined;
      if (leaving.condition === '' && leaving.target.key === name(at + 1).key) continue;
      if (!mayGoOn(words[at]!)) return undefined;
      memory.event([`goes to ${leaving.target.key} ${leaving.condition} by ${wayOut(words[at]!)}`, ...registersOf(state, [])].join('\n'));
    }
    const leaving = state.leaving;
    const by = wayOut(words[end - 1]!);
    memory.event(leaving === undefined ? `goes on at ${name(end).key}` : `goes to ${leaving.target.key} ${leaving.condition} by ${by}`);
    const leaves = leaving !== undefined && leaving.condition === '' && !leaving.target.base.startsWith('code');
    const free = leaves && !strategyHasPieces(strategy) ? FREE[by] : [];
    const effect = [...memory.events, ...registersOf(state, free)].join('\n');
    // The address of an instruction that is no start, or of one that nothing should reach.
    if (/\(code\d|code\d+\.dead/.test(effect)) return undefined;
    result.push({ effect, traps: state.traps, pushed });
  }
  return result;
}

/** Which pieces control comes to: entries, what is named in a piece that is reached, and what comes behind one that may go on or be returned to. */
function reachedIn({ starts, names, entries }: Layout, pieces: readonly Straight[], words: Uint32Array, nth: number): ReadonlySet<number> {
  const alive = names.flatMap((name, i) => (name.startsWith(DEAD) || starts[i]! >= words.length ? [] : [i]));
  const reached = new Set<number>();
  const todo = alive.filter((i) => entries.has(starts[i]!));
  for (let i = todo.pop(); i !== undefined; i = todo.pop()) {
    if (reached.has(i) || !alive.includes(i)) continue;
    reached.add(i);
    const { effect } = pieces[alive.indexOf(i)]!;
    for (const [, name] of effect.matchAll(new RegExp(`code${nth}\\.(\\w+)`, 'g'))) todo.push(names.indexOf(name!));
    if (!endsHere(words[starts[i + 1]! - 1]!)) todo.push(i + 1);
  }
  return reached;
}

const registersOf = (state: TermState, free: readonly string[]): string[] => [...GPRS, ...REST].filter((it) => !free.includes(it)).map((it) => state.value(it).key);
const mnemonicOf = (word: number): string => decode(word)?.mnemonic ?? '';
const strategyHasPieces = ({ code }: Strategy): boolean => GENERATED_CODE_POINTS.some((point) => code[point] !== undefined);

/** By CTR a hook leaves to the replacement, by LR it goes home; a branch within it is none of these. */
const FREE = { ctr: FREE_TO_REPLACEMENT, lr: FREE_HOME, within: [] as readonly string[] } as const;

function wayOut(word: number): keyof typeof FREE {
  const mnemonic = mnemonicOf(word);
  return mnemonic.startsWith('bcctr') ? 'ctr' : mnemonic.startsWith('bclr') ? 'lr' : 'within';
}

interface Layout {
  /** Words at which straight pieces begin, ascending: the first is 0, the last is the end. */
  readonly starts: readonly number[];
  /** Of each piece: its number among those that are reached; others begin with DEAD. */
  readonly names: readonly string[];
  /** Words at which code outside may come in. */
  readonly entries: ReadonlySet<number>;
  /** Where a hook begins, if nothing else than ftrace comes there; -1: elsewhere. */
  readonly hook: number;
  /** Declared pushes and pops by word. */
  readonly watched: ReadonlyMap<number, readonly string[]>;
}

const DEAD = 'dead';
const HOOKS: readonly string[] = Object.values(HANDLER_LABEL);

/** Names of the pieces: numbers of those that are reached. */
function numbered(starts: readonly number[], isDead: (index: number) => boolean): string[] {
  let reached = 0;
  return starts.map((start, i) => (isDead(i) ? `${DEAD}${start}` : String(reached++)));
}

const ENTRIES: readonly string[] = ['ftrace_entry', 'ftrace_entry_ool', 'livepatch_handler', 'livepatch_handler_ool', 'livepatch_return', 'replacement_local_entry', ...GENERATED_CODE_POINTS];
/** Numeric references are to the nearest label of that number: all of them count. */
const namesIn = (text: string): string[] => (text.match(/[A-Za-z_.$][\w.$]*|\d+[bf]?/g) ?? []).map((it) => it.replace(/^(\d+)[bf]$/, '$1'));

/** Does control never come behind it by itself, and not as a return either? */
const endsHere = (word: number): boolean =>
  ['b', 'ba'].includes(mnemonicOf(word)) || (['bclr', 'bcctr'].includes(mnemonicOf(word)) && (word >>> 21 & 0x14) === 0x14);

function cut(strategy: Strategy, items: readonly SourceItem[], words: Uint32Array): Layout {
  const declared = [...strategy.pushes ?? [], ...strategy.pops ?? []];
  const instructions = items.flatMap((it) => (it.kind === 'instruction' ? [it] : []));
  /** Words of the branches that name a label; -1: something else does that is not a difference of addresses in an instruction. */
  const users = new Map<string, number[]>();
  const use = (name: string, by: number): void => { users.set(name, [...users.get(name) ?? [], by]); };
  for (const [at, { operands, forms }] of instructions.entries()) {
    for (const [i, text] of operands.entries()) if (['relative', 'absolute'].includes(forms[i]!.kind)) for (const name of namesIn(text)) use(name, at);
  }
  for (const it of items) if (it.kind === 'directive') namesIn(it.text).forEach((name) => { use(name, -1); });
  const landings = new Set<number>([0]);
  const watched = new Map<number, string[]>();
  const entries = new Set<number>([0]);
  let hook = -1;
  let word = 0;
  for (const item of items) {
    if (item.kind === 'instruction') word++;
    if (item.kind !== 'label') continue;
    if (declared.includes(item.name)) watched.set(word, [...watched.get(word) ?? [], item.name]);
    if (ENTRIES.includes(item.name)) entries.add(word);
    if (HOOKS.includes(item.name) && word === 0 && !users.has(item.name)) hook = 0;
    const before = word - 1;
    // A branch that only goes on to here is no reason to cut.
    if (ENTRIES.includes(item.name) || (users.get(item.name) ?? []).some((by) => by !== before || !goesOn(words[by]!))) landings.add(word);
  }
  const starts = new Set([...landings, words.length]);
  for (let at = 0; at < words.length; at++) {
    if (mnemonicOf(words[at]!).startsWith('b') && (!(goesOn(words[at]!) || mayGoOn(words[at]!)) || landings.has(at + 1))) starts.add(at + 1);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  const isDead = (start: number): boolean => start > 0 && start < words.length && !landings.has(start) && endsHere(words[start - 1]!);
  return { starts: sorted, entries, hook, watched, names: numbered(sorted, (i) => isDead(sorted[i]!)) };
}

/** A branch that may be taken or not, and writes no LR: what comes behind it knows all that was known before it. */
const mayGoOn = (word: number): boolean => ['bc', 'bclr', 'bcctr'].includes(mnemonicOf(word)) && (word >>> 21 & 0x14) !== 0x14;

/** A branch that is always taken, to the next instruction. */
function goesOn(word: number): boolean {
  const mnemonic = mnemonicOf(word);
  const always = mnemonic === 'b' || mnemonic === 'bl' || (['bc', 'bcl'].includes(mnemonic) && (word >>> 21 & 0x14) === 0x14);
  return always && (mnemonic.length <= 2 && mnemonic !== 'bc' ? (word << 6) >> 6 & ~3 : (word << 16) >> 16 & ~3) === 4;
}
