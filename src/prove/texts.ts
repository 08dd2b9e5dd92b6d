/**
 * The code that a proof is about, as the image has it: ftrace entry and hook of the strategy's core page; the entry of a hooked function in each module, with its way to ftrace; and the strategy's own code
 * in replacements. Nothing is assembled here: small scenarios are lowered, and their words are taken.
 */
import { CODE_POINTS } from '../contract/strategy.ts';
import type { Strategy } from '../contract/strategy.ts';
import { hooksOutOfLine } from '../contract/strategy.ts';
import { StrategySet } from '../image/core.ts';
import { Lowering } from '../image/lower.ts';
import { createSpace, textAddress, textStart, tocAddress } from '../image/pages.ts';
import { POINT } from '../image/points.ts';
import { MODULES, STUB_TARGET } from '../image/program.ts';
import type { ProgramImage } from '../image/program.ts';
import { PAGE_WORDS } from '../image/space.ts';
import type { AddressSpace } from '../image/space.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { ADDRESSES } from '../kernel/layout.ts';
import type { Body, EntryShape, Scenario, ScenarioFunction } from '../scenario/scenario.ts';
import type { Fragment, Text } from './certificate.ts';
import { constant, named, wordText } from './words.ts';
import type { Word } from './words.ts';

export type SiteModule = Fragment['module'];

/** A hooked function, as its own text. */
export interface Site {
  readonly module: SiteModule;
  readonly entry: EntryShape;
  readonly style: HookingStyle;
  /** Its entry, and what it calls to come to ftrace. */
  readonly texts: readonly Text[];
  readonly global: Word;
  readonly local: Word;
  readonly behind: Word;
}

/** A replacement with code of the strategy's in it, and where the code of its body begins and ends, by way to end. */
export interface ReplacementSite {
  readonly entry: EntryShape;
  readonly texts: readonly Text[];
  readonly global: Word;
  readonly local: Word;
  readonly bodyFrom: Word;
  readonly ends: readonly { readonly by: 'returns' | 'sibling' | 'stub-sibling'; readonly exit?: 'late' | 'early'; readonly to: Word; readonly jump?: Word }[];
}

const BODY: Body = { calls: [], nonvolatile: 0, zone: false, hoisted: false, earlyExit: false };
const START: ScenarioFunction = { id: 0, module: 'K', entry: 'dual', args: 0, variadic: false, traced: false, body: BODY };
const OTHERS: readonly ScenarioFunction[] = [{ ...START, id: 2, module: 'P' }, { ...START, id: 3, module: 'N' }];
const P = MODULES.indexOf('P');
const WAYS = ['early', 'sibling', 'stub-sibling'] as const;
const EXITS_APART = 0x100000n;

/** TOC pointer of vmlinux, where B is that in its own functions. */
export const VMLINUX = constant(tocAddress(0, 0));

const hex = (words: ArrayLike<number>): string => Array.from(words, (it) => (it >>> 0).toString(16).padStart(8, '0')).join('');

export class Texts {
  readonly strategy: Strategy;
  readonly hash: string;
  /** The strategy has code in replacements. */
  readonly inReplacements: boolean;
  readonly styles: readonly HookingStyle[];
  readonly #space: AddressSpace;
  readonly #set: StrategySet;
  readonly #lowering: Lowering;

  /** @throws AssemblyError when a text of the strategy does not assemble. */
  constructor(strategy: Strategy) {
    const outOfLine = hooksOutOfLine(strategy);
    this.strategy = strategy;
    this.styles = outOfLine ? ['in-line', 'out-of-line'] : ['in-line'];
    this.#space = createSpace(1, outOfLine ? 1 : 0);
    this.#set = new StrategySet(this.#space, [strategy]);
    this.#lowering = new Lowering(this.#space, this.#set);
    this.hash = this.#set.hashOf(0);
    const variant = this.#set.variants[this.#set.variantOf[0]!];
    this.inReplacements = variant !== null && variant !== undefined && (variant.hasEntry || variant.singleEntry !== null || variant.usesFrame);
  }

  /** Ftrace entry and hook, up to the callback. */
  core(style: HookingStyle): Text {
    const page = this.#set.page(0, style), start = page.page * PAGE_WORDS;
    return { name: `${style} ftrace entry and hook`, at: wordText(constant(ADDRESSES.KERNEL_CORE))!, words: hex(this.#space.words.subarray(start, page.labels.get('klp_callback')!)) };
  }

  /** Constant address of a label of the core page. */
  label(style: HookingStyle, label: string): bigint | undefined {
    const page = this.#set.page(0, style), word = page.labels.get(label);
    return word === undefined ? undefined : ADDRESSES.KERNEL_CORE + BigInt(4 * (word - page.page * PAGE_WORDS));
  }

  /** Nearest label at or before a constant address of the core page, and the distance. */
  nameOf(style: HookingStyle, address: bigint): string {
    const page = this.#set.page(0, style), word = page.page * PAGE_WORDS + Number(BigInt.asUintN(64, address) - ADDRESSES.KERNEL_CORE >> 2n);
    const [label, at] = page.sorted.findLast((it) => it[1] <= word) ?? ['ftrace_entry', page.page * PAGE_WORDS];
    return word === at ? label : `${label}+0x${(4 * (word - at)).toString(16)}`;
  }

  /** Does a constant address lie in the core page? */
  inCore(style: HookingStyle, address: bigint): boolean {
    const offset = BigInt.asUintN(64, address) - ADDRESSES.KERNEL_CORE;
    return offset >= 0n && offset < BigInt(4 * PAGE_WORDS) && this.#set.page(0, style).sorted.length > 0;
  }

  /** A function of a module with this entry whose mcount site is active. */
  site(module: SiteModule, entry: EntryShape, style: HookingStyle): Site {
    const fn: ScenarioFunction = module === 'P' ? { ...START, id: 1, module, traced: true } : { ...START, id: 1, module, entry, replacement: { entry: 'dual', traced: false, body: BODY } };
    const program = this.#lower([START, fn, ...OTHERS], style), index = MODULES.indexOf(module);
    const at = (word: number): Word => (module === 'K' ? constant(addressOf(0, word)) : named('B', addressOf(index, word) - tocAddress(index, 0)));
    const text = (name: string, from: number, to: number, data: readonly number[] = []): Text =>
      ({ name: `${name}, module ${module}, ${style}`, at: wordText(at(from))!, words: hex(this.#space.words.subarray(from, to)), ...(data.length > 0 ? { data } : {}) });
    const [global, behind] = [program.versionGlobal[1]!, program.versionBehindMcount[1]!];
    const large = entry === 'dual' && module !== 'K' && module !== 'N';
    const texts = [text(`function (${entry})`, large ? global - 2 : global, behind, large ? [0, 1] : [])];
    for (let stub = 0; stub < program.stubs; stub++) {
      if (program.stubModule[stub] === index && program.stubTarget[stub] === STUB_TARGET.FTRACE) texts.push(text('call stub of ftrace', program.stubWord[stub]!, program.stubWord[stub]! + 5));
    }
    if (style === 'out-of-line') texts.push(text(`stub of function (${entry})`, program.versionStub[1]!, program.versionStub[1]! + 4));
    return { module, entry, style, texts, global: at(global), local: at(program.versionLocal[1]!), behind: at(behind) };
  }

  /** A replacement with this entry, in all its ways to end. */
  replacement(entry: EntryShape, style: HookingStyle): ReplacementSite {
    const texts: Text[] = [], ends: ReplacementSite['ends'][number][] = [];
    const first = this.#replaced(entry, style, BODY, texts, ends, 'returns');
    this.#replaced(entry, style, { ...BODY, earlyExit: true }, texts, ends, 'early');
    if (entry === 'dual') {
      for (const kind of ['sibling', 'stub-sibling'] as const) this.#replaced(entry, style, { ...BODY, calls: [{ id: 1, kind, callee: kind === 'sibling' ? 2 : 3 }] }, texts, ends, kind);
    }
    return { entry, texts, ends, ...first };
  }

  #replaced(entry: EntryShape, style: HookingStyle, body: Body, texts: Text[], ends: ReplacementSite['ends'][number][], by: 'returns' | typeof WAYS[number]): Pick<ReplacementSite, 'global' | 'local' | 'bodyFrom'> {
    const fn: ScenarioFunction = { ...START, id: 1, module: 'M', replacement: { entry, traced: false, body } };
    const program = this.#lower([START, fn, ...OTHERS], style);
    const version = program.versionReplacement[1]!, at = (word: number): Word => named('P', addressOf(P, word) - tocAddress(P, 0));
    // Each way to end is lowered by itself: its exit lies where no other one's does. No exit depends on where it lies.
    const away = by === 'returns' ? 0n : EXITS_APART * BigInt(1 + WAYS.indexOf(by));
    const shifted = (word: number): Word => named('P', addressOf(P, word) - tocAddress(P, 0) - away);
    const text = (name: string, from: number, to: number, where: (word: number) => Word, data: readonly number[] = []): Text =>
      ({ name: `${name} of a replacement (${entry}), ${style}`, at: wordText(where(from))!, words: hex(this.#space.words.subarray(from, to)), ...(data.length > 0 ? { data } : {}) });
    const [global, behind] = [program.versionGlobal[version]!, program.versionBehindMcount[version]!];
    const save = pieceAt(program, (point, word) => point === 'replacement_save' && word >= behind), from = save === undefined ? behind : save.word + save.words;
    const exits = exitsOf(this.#space, program, version), early = by === 'early';
    const end = by === 'returns' ? exits[0]! : early ? exits[0]! : program.callSite[callOf(program, version)]!;
    const piece = pieceAt(program, (point, word, words) => (point === 'replacement_exit' || point === 'replacement_early_exit') && word + words === end);
    const to = piece?.word ?? end;
    const large = entry === 'dual';
    if (by === 'returns') texts.push(text('entry', large ? global - 2 : global, from, at, large ? [0, 1] : []));
    texts.push(text(by === 'returns' ? 'exit' : early ? 'early exit' : `${by} call`, to, end + 1, shifted));
    ends.push(by === 'returns' || early ? { by: 'returns', exit: early ? 'early' : 'late', to: shifted(to) } : { by, to: shifted(to), jump: shifted(end) });
    return { global: at(global), local: at(program.versionLocal[version]!), bodyFrom: at(from) };
  }

  #lower(functions: readonly ScenarioFunction[], style: HookingStyle): ProgramImage {
    this.#set.select(0, style);
    const scenario: Scenario = {
      places: { M: 0, N: 0, P: 0 }, functions, start: 0, interrupts: [],
      ...(style === 'out-of-line' ? { world: { tasks: [], switches: [], sleepers: [], outOfLine: true } } : {}),
    };
    return this.#lowering.lower(scenario, this.#set.variantOf[0]!);
  }
}

const addressOf = (module: number, word: number): bigint => textAddress(module, 0) + BigInt(4 * (word - textStart(module)));

interface PieceAt { readonly word: number; readonly words: number }

function pieceAt(program: ProgramImage, which: (point: string, word: number, words: number) => boolean): PieceAt | undefined {
  for (let i = 0; i < program.pieces; i++) {
    const [word, words] = [program.pieceWord[i]!, program.pieceWords[i]!];
    if (which(CODE_POINTS[program.piecePoint[i]!]!, word, words)) return { word, words };
  }
  return undefined;
}

/** The `blr`s of a version, in order: an early exit comes first. */
function exitsOf(space: AddressSpace, program: ProgramImage, version: number): number[] {
  const exits: number[] = [];
  for (let word = program.versionGlobal[version]!; word < program.versionEnd[version]!; word++) if (space.pointKind[word] === POINT.EXIT) exits.push(word);
  return exits;
}

function callOf(program: ProgramImage, version: number): number {
  for (let call = 0; call < program.calls; call++) if (program.callOwner[call] === version) return call;
  throw new RangeError(`version ${version} makes no call`);
}
