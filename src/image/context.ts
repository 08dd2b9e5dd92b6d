/** What the parts of a lowering share while a scenario is lowered. Allocated once. */
import type { ScenarioFunction } from '../scenario/scenario.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { DataPages } from './data.ts';
import { TextWriter } from './emit.ts';
import { textStart } from './pages.ts';
import { MODULES, STUB_TARGET, type ProgramImage } from './program.ts';
import type { AddressSpace } from './space.ts';
import type { CodeVariant } from './templates.ts';

/** Branches to patch when all entries are known; more than any module's text has room for. */
const FIXUPS = 1024;
/** Fixup targets from here on are stubs, below it versions (their LEP). */
const FIRST_STUB = 1024;
/** Columns in `stubOf` of the stubs to no function: STUB_TARGET, counted down from -1. */
const FTRACE_COLUMN = BOUNDS.functions;
const COLUMNS = BOUNDS.functions + 2;

const stubKey = (module: number, fn: number): number => module * COLUMNS + (fn < 0 ? FTRACE_COLUMN - 1 - fn : fn);

export class LoweringContext {
  readonly program: ProgramImage;
  readonly out: TextWriter;
  readonly data: DataPages;
  variant: CodeVariant | null = null;
  /** The scenario's functions are hooked out of line. */
  outOfLine = false;
  functions: readonly ScenarioFunction[] = [];
  /** Index in `functions` by id, of the scenario at hand. */
  readonly indexOf = new Int32Array(BOUNDS.id + 1);
  /** Per module: address halves of its text's first word; the next free flat word. */
  readonly textHi = new Int32Array(MODULES.length);
  readonly textLo = new Int32Array(MODULES.length);
  readonly next = new Int32Array(MODULES.length);
  /** Runs through the TOC words that bodies load. */
  tocWord = 0;
  counters = 0;
  readonly marked = { next: 0, tocWord: 0, counters: 0, fixups: 0, calls: 0, stubs: 0, pieces: 0 };
  #fixups = 0;
  readonly #fixupAt = new Int32Array(FIXUPS);
  readonly #fixupTarget = new Int32Array(FIXUPS);
  readonly #stubOf = new Int32Array(MODULES.length * COLUMNS);

  constructor(space: AddressSpace, program: ProgramImage) {
    this.program = program;
    this.out = new TextWriter(space);
    this.data = new DataPages(space);
  }

  begin(functions: readonly ScenarioFunction[]): void {
    this.functions = functions;
    for (let i = 0; i < functions.length; i++) this.indexOf[functions[i]!.id] = i;
    this.#fixups = 0;
    this.#stubOf.fill(-1);
    this.program.stubs = 0;
    this.program.pieces = 0;
    this.tocWord = 0;
    this.counters = 0;
  }

  /** Remembers how far the lowering has come, for `back`; until then only `module` is written to. */
  mark(module: number): void {
    const { program, marked } = this;
    marked.next = this.next[module]!;
    marked.tocWord = this.tocWord;
    marked.counters = this.counters;
    marked.fixups = this.#fixups;
    marked.calls = program.calls;
    marked.stubs = program.stubs;
    marked.pieces = program.pieces;
  }

  /** As it was at `mark`. What the module's text holds from there on is the caller's business. */
  back(module: number): void {
    const { program, marked } = this;
    for (let stub = marked.stubs; stub < program.stubs; stub++) this.#stubOf[stubKey(program.stubModule[stub]!, program.stubTarget[stub]!)] = -1;
    this.next[module] = marked.next;
    this.tocWord = marked.tocWord;
    this.counters = marked.counters;
    this.#fixups = marked.fixups;
    program.calls = marked.calls;
    program.stubs = marked.stubs;
    program.pieces = marked.pieces;
  }

  /** Distance in bytes from flat word `at` of a module's text to the module's TOC pointer. */
  tocDistance(module: number, at: number): number {
    return this.program.tocLo[module]! - (this.textLo[module]! + 4 * (at - textStart(module))) | 0;
  }

  /** The next word written is a branch to a version's LEP, distance 0 as yet. */
  toVersion(version: number): void {
    this.#fixup(version);
  }

  /** The next word written is a branch to the module's stub for a function (index), or for a STUB_TARGET. */
  toStub(module: number, fn: number): void {
    const key = stubKey(module, fn);
    let stub = this.#stubOf[key]!;
    if (stub < 0) {
      const { program } = this;
      stub = this.#stubOf[key] = program.stubs++;
      program.stubTarget[stub] = fn;
      program.stubModule[stub] = module;
      if (fn >= 0) this.data.need(module, fn);
      else if (fn === STUB_TARGET.SCHEDULE) this.data.needSchedule(module);
    }
    this.#fixup(FIRST_STUB + stub);
  }

  #fixup(target: number): void {
    const at = this.#fixups++;
    this.#fixupAt[at] = this.out.at;
    this.#fixupTarget[at] = target;
  }

  /** Puts the distances into all branches that wait for one. */
  resolve(): void {
    const { words } = this.out, { versionLocal, stubWord } = this.program;
    for (let i = 0; i < this.#fixups; i++) {
      const at = this.#fixupAt[i]!, target = this.#fixupTarget[i]!;
      const to = target < FIRST_STUB ? versionLocal[target]! : stubWord[target - FIRST_STUB]!;
      words[at] = words[at]! & ~0x3fffffc | to - at << 2 & 0x3fffffc;
    }
  }
}
