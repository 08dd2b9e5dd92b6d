/**
 * From scenario to program: fills the text and data pages of K, M, N, P and Q, and the program's tables, at the scenario's places. All of
 * it is reused from scenario to scenario; only what the one before wrote is cleared.
 */
import type { Scenario, ScenarioFunction, World } from '../scenario/scenario.ts';
import { PIECE_WORDS } from '../contract/check-code.ts';
import { TEXT_PAGES } from '../kernel/layout.ts';
import { CALL_WORDS, VERSION_PIECES, VERSION_WORDS, emitVersion } from './bodies.ts';
import { LoweringContext } from './context.ts';
import type { StrategySet } from './core.ts';
import { dataPage, dataAddress, textAddress, textEnd, textPage, textStart, tocAddress } from './pages.ts';
import { tagPieces } from './pieces.ts';
import { TEXT } from './points.ts';
import { CALL_KINDS, COPY, ENTRY_SHAPES, HANDLER_CALL, MODULES, ProgramImage, RETURN_HOOKERS, ROOT_CALL } from './program.ts';
import { DIRTY_SHIFT, PAGE_SHIFT, PAGE_WORDS } from './space.ts';
import type { AddressSpace } from './space.ts';
import { STUB_WORDS, emitStubs } from './stubs.ts';

const PLACES = 3;
const half = (value: bigint, shift: bigint): number => Number(BigInt.asIntN(32, value >> shift));
/** Address halves by module * PLACES + place. */
const addresses = (of: (module: number, place: number) => bigint, shift: bigint): Int32Array => Int32Array.from(
  { length: MODULES.length * PLACES }, (_, i) => half(of(Math.floor(i / PLACES), i % PLACES), shift));
const TEXT_HI = addresses(textAddress, 32n), TEXT_LO = addresses(textAddress, 0n);
const DATA_HI = addresses(dataAddress, 32n), DATA_LO = addresses(dataAddress, 0n);
const TOC_HI = addresses(tocAddress, 32n), TOC_LO = addresses(tocAddress, 0n);
const P = MODULES.indexOf('P'), Q = MODULES.indexOf('Q');
const BLOCKS = 1 << PAGE_SHIFT - DIRTY_SHIFT;

export class Lowering {
  readonly program: ProgramImage;
  readonly #space: AddressSpace;
  readonly #set: StrategySet;
  readonly #ctx: LoweringContext;
  /** Per module: the place at which its pages are mapped; one past the last flat word written. */
  readonly #place = new Int32Array(MODULES.length).fill(-1);
  readonly #end = new Int32Array(MODULES.length);

  constructor(space: AddressSpace, set: StrategySet) {
    this.#space = space;
    this.#set = set;
    this.program = new ProgramImage(space);
    this.#ctx = new LoweringContext(space, this.program);
    set.attach(this.program);
    for (let module = 0; module < MODULES.length; module++) this.#end[module] = textStart(module);
  }

  /**
   * Lowers a valid scenario for a code variant (StrategySet.variants) and returns the one program of this lowering, filled anew.
   * @throws RangeError when a module's text does not fit, which no scenario within BOUNDS does with pieces within PIECE_WORDS.
   */
  lower(scenario: Scenario, variant: number): ProgramImage {
    const { program } = this, ctx = this.#ctx;
    program.scenario = scenario;
    program.variant = variant;
    program.writtenRanges = 0;
    ctx.variant = this.#set.variants[variant] ?? null;
    ctx.outOfLine = scenario.world?.outOfLine === true;
    this.#clear();
    this.#map(0, 0);
    this.#map(1, scenario.places.M);
    this.#map(2, scenario.places.N);
    this.#map(P, scenario.places.P);
    this.#map(Q, scenario.places.P);
    ctx.begin(scenario.functions);
    this.#versions(scenario.functions);
    if (scenario.world !== undefined) this.#around(scenario.world);
    this.#contexts(scenario);
    this.#emit(0, scenario.functions.length);
    ctx.mark(P);
    this.#emit(scenario.functions.length, program.versions);
    for (let module = 0; module < MODULES.length; module++) emitStubs(ctx, module);
    this.#finish();
    for (let module = 0; module < MODULES.length; module++) this.#noteWritten(module);
    return program;
  }

  /**
   * Lowers the scenario of the last `lower` for another variant. Where pieces lie in replacements only, the rest of the text and its decoded
   * forms stay as they are: what is written anew is P; all of it where there is a second patch. Nothing may be `damaged`.
   */
  change(variant: number): ProgramImage {
    const { program } = this, ctx = this.#ctx, other = this.#set.variants[variant] ?? null;
    if (ctx.variant?.hasTracedEntry === true || other?.hasTracedEntry === true || program.scenario.world?.second !== undefined) return this.lower(program.scenario, variant);
    program.variant = variant;
    ctx.variant = other;
    program.writtenRanges = 0;
    ctx.back(P);
    const space = this.#space, from = ctx.next[P]!, to = this.#end[P]!;
    space.words.fill(0, from, to);
    space.pointKind.fill(0, from, to);
    space.textTag.fill(0, from, to);
    this.#emit(program.scenario.functions.length, program.versions);
    emitStubs(ctx, P);
    this.#finish();
    this.#noteWritten(P);
    return program;
  }

  #emit(from: number, to: number): void {
    for (let version = from; version < to; version++) {
      this.#checkRoom(version);
      emitVersion(this.#ctx, version);
    }
  }

  #finish(): void {
    const ctx = this.#ctx;
    tagPieces(ctx, TEXT.HOOK);
    ctx.resolve();
    this.#pointers();
    this.#set.attach(this.program);
  }

  /** Has simulated code stored into this lowering's text or data? Then lower again before the next run. Needs AddressSpace.tracksDirty. */
  get damaged(): boolean {
    const { dirty } = this.#space;
    for (let i = dataPage(0) * BLOCKS; i < textPage(MODULES.length) * BLOCKS; i++) if (dirty[i] !== 0) return true;
    return false;
  }

  #clear(): void {
    const space = this.#space, ctx = this.#ctx, { dirty } = space;
    for (let module = 0; module < MODULES.length; module++) {
      const from = textStart(module);
      let to = this.#end[module]!;
      for (let page = textPage(module); page < textPage(module + 1); page++) if (takeDirty(dirty, page)) to = textEnd(module);
      if (takeDirty(dirty, dataPage(module))) ctx.data.restore(module);
      space.words.fill(0, from, to);
      space.pointKind.fill(0, from, to);
      space.textTag.fill(0, from, to);
      // What was written is stale for whoever keeps decoded words, also where nothing will be written again.
      this.#end[module] = to;
      ctx.next[module] = from;
    }
    ctx.data.clear();
  }

  #map(module: number, place: number): void {
    const space = this.#space, ctx = this.#ctx, { program } = this, at = module * PLACES + place;
    ctx.textHi[module] = TEXT_HI[at]!;
    ctx.textLo[module] = TEXT_LO[at]!;
    program.tocHi[module] = TOC_HI[at]!;
    program.tocLo[module] = TOC_LO[at]!;
    if (this.#place[module] === place) return;
    this.#place[module] = place;
    for (let i = 0; i < TEXT_PAGES; i++) {
      space.pageHi[textPage(module) + i] = TEXT_HI[at]!;
      space.pageLo[textPage(module) + i] = TEXT_LO[at]! + (i << PAGE_SHIFT);
    }
    space.pageHi[dataPage(module)] = DATA_HI[at]!;
    space.pageLo[dataPage(module)] = DATA_LO[at]!;
    space.mappingVersion++;
  }

  #versions(functions: readonly ScenarioFunction[]): void {
    const { program } = this, originals = functions.length;
    let versions = originals;
    for (let i = 0; i < originals; i++) {
      const fn = functions[i]!, replacement = fn.replacement;
      this.#version(i, fn, i, MODULES.indexOf(fn.module), fn.entry, fn.traced || replacement !== undefined);
      if (replacement === undefined) continue;
      program.versionReplacement[i] = versions;
      this.#version(versions, fn, i, P, replacement.entry, replacement.traced);
      program.versionIsReplacement[versions] = 1;
      versions++;
    }
    program.versions = versions;
  }

  #around(world: World): void {
    this.#second(world);
    this.#sleepers(world);
    this.#hooks(world);
  }

  #second({ second }: World): void {
    if (second === undefined) return;
    const { program } = this, ctx = this.#ctx;
    for (let i = 0; i < second.length; i++) {
      const { function: of, body } = second[i]!, original = ctx.indexOf[of]!, version = program.versions++;
      this.#version(version, ctx.functions[original]!, original, Q, 'dual', false);
      program.versionIsReplacement[version] = 1;
      program.versionCopy[version] = body === 'same' ? COPY.SAME : COPY.FIRST;
      program.versionSecond[original] = version;
      program.versionHooked[original] = 1;
    }
  }

  #hooks({ hooks }: World): void {
    if (hooks === undefined) return;
    const { program } = this, { indexOf } = this.#ctx;
    for (let i = 0; i < hooks.length; i++) {
      const { function: of, replacement, kind } = hooks[i]!, original = indexOf[of]!;
      program.versionReturnHooks[replacement ? program.versionReplacement[original]! : original]! |= RETURN_HOOKERS[kind];
    }
  }

  #sleepers({ sleepers }: World): void {
    const { program } = this, { indexOf } = this.#ctx;
    for (let i = 0; i < sleepers.length; i++) {
      const { function: of, replacement, cpu, walked } = sleepers[i]!, original = indexOf[of]!;
      const version = replacement ? program.versionReplacement[original]! : original;
      program.versionSleeps[version] = 1;
      program.versionWakes[version] = cpu;
      program.versionWalked[version] = walked === true ? 1 : 0;
    }
    // A copy of a body that sleeps sleeps.
    for (let version = 0; version < program.versions; version++) {
      if (program.versionCopy[version] === COPY.NONE) continue;
      const original = program.versionFunction[version]!, from = program.versionCopy[version] === COPY.SAME ? original : program.versionReplacement[original]!;
      program.versionSleeps[version] = program.versionSleeps[from]!;
      program.versionWakes[version] = program.versionWakes[from]!;
      program.versionWalked[version] = program.versionWalked[from]!;
    }
  }

  #version(version: number, fn: ScenarioFunction, index: number, module: number, entry: ScenarioFunction['entry'], hooked: boolean): void {
    const { program } = this;
    program.versionFunction[version] = index;
    program.versionIsReplacement[version] = 0;
    program.versionModule[version] = module;
    program.versionEntry[version] = ENTRY_SHAPES.indexOf(entry);
    program.versionArgs[version] = fn.args;
    program.versionVariadic[version] = fn.variadic ? 1 : 0;
    program.versionReplacement[version] = -1;
    program.versionSecond[version] = -1;
    program.versionCopy[version] = COPY.NONE;
    program.versionHooked[version] = hooked ? 1 : 0;
    program.versionStub[version] = -1;
    program.versionSleeps[version] = 0;
    program.versionReturnHooks[version] = 0;
  }

  /** The first calls of contexts: from the core page, whose words StrategySet.select puts in. */
  #contexts(scenario: Scenario): void {
    const { program } = this, { indexOf } = this.#ctx;
    for (let index = ROOT_CALL; index <= HANDLER_CALL; index++) {
      program.callId[index] = 0;
      program.callKind[index] = CALL_KINDS.indexOf('root');
      program.callOwner[index] = -1;
      program.callModule[index] = 0;
      program.callCallee[index] = index === ROOT_CALL ? indexOf[scenario.start]! : -1;
      program.callArgs[index] = 0;
      program.callVariadic[index] = 0;
      program.callSlotLive[index] = 0;
      program.callNeedsR2[index] = 0;
      program.callCounter[index] = -1;
      program.callLimit[index] = 0;
      program.callSite[index] = program.callLand[index] = program.callResume[index] = -1;
    }
    program.calls = HANDLER_CALL + 1;
    const { interrupts, world } = scenario;
    const emergency = world?.emergency, soft = world?.soft;
    for (let i = 0; i < interrupts.length; i++) {
      program.interruptHandler[i] = indexOf[interrupts[i]!.handler]!;
      program.interruptEmergency[i] = emergency !== undefined && emergency.includes(interrupts[i]!.id) ? 1 : 0;
      program.interruptSoft[i] = soft !== undefined && soft.includes(interrupts[i]!.id) ? 1 : 0;
    }
    program.taskStart[0] = indexOf[scenario.start]!;
    if (world !== undefined) for (let i = 0; i < world.tasks.length; i++) program.taskStart[i + 1] = indexOf[world.tasks[i]!.start]!;
  }

  #checkRoom(version: number): void {
    const ctx = this.#ctx, { program } = this, module = program.versionModule[version]!;
    const fn = ctx.functions[program.versionFunction[version]!]!, body = fn.replacement?.body;
    const calls = Math.max(fn.body.calls.length, body === undefined || body === 'same' ? 0 : body.calls.length);
    const need = VERSION_WORDS + CALL_WORDS * (calls + program.versionSleeps[version]!) + (ctx.variant === null ? 0 : VERSION_PIECES * PIECE_WORDS)
      + STUB_WORDS * (ctx.functions.length + 1);
    if (ctx.next[module]! + need > textEnd(module)) throw new RangeError(`the text of module ${MODULES[module]} does not fit into ${TEXT_PAGES} pages`);
  }

  #pointers(): void {
    const ctx = this.#ctx, { program } = this;
    for (let module = 0; module < MODULES.length; module++) {
      for (let rest = ctx.data.needed(module); rest !== 0; rest &= rest - 1) {
        const fn = 31 - Math.clz32(rest & -rest), target = program.versionModule[fn]!;
        const byte = 4 * (program.versionGlobal[fn]! - textPage(target) * PAGE_WORDS);
        ctx.data.setPointer(module, fn, ctx.textHi[target]!, ctx.textLo[target]! + byte);
      }
    }
  }

  #noteWritten(module: number): void {
    const { program } = this, from = textStart(module), end = this.#ctx.next[module]!, to = Math.max(end, this.#end[module]!);
    this.#end[module] = end;
    if (to === from) return;
    program.written[2 * program.writtenRanges] = from;
    program.written[2 * program.writtenRanges + 1] = to;
    program.writtenRanges++;
  }
}

/** Clears the dirty marks of a page; true when there was one. */
function takeDirty(dirty: Uint8Array, page: number): boolean {
  let any = 0;
  for (let i = page * BLOCKS; i < (page + 1) * BLOCKS; i++) {
    any |= dirty[i]!;
    dirty[i] = 0;
  }
  return any !== 0;
}
