/**
 * What the harness is, in 64 bits: two builds with the same hash judge alike. It is taken of what the model is made of as data (permissions, call
 * kinds, obligations, bounds, the kernel's text) and of what becomes of the programs of `model-corpus.ts`: the lowered image with its points and
 * tables, the memory and registers that a run begins with, a run under the control hook and one with code at each place in generated code, of the
 * smallest program step by step with what is watched of the frame, of the others as they end, and what the judge says. How scenarios are drawn has
 * a number of its own (GENERATOR_VERSION), strategies have their own hashes.
 */
import { PERMISSIONS } from '../abi/permissions.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import { CALL_KIND_TABLE } from '../scenario/call-kinds.ts';
import { CONTROL } from '../image/core.ts';
import type { CorePage } from '../image/core-page.ts';
import { pointerOffset } from '../image/data.ts';
import { PAGE, dataPage, textPage, textStart } from '../image/pages.ts';
import { POISON } from '../image/poison.ts';
import { MODULES } from '../image/program.ts';
import type { ProgramImage } from '../image/program.ts';
import { PAGE_WORDS } from '../image/space.ts';
import type { AddressSpace } from '../image/space.ts';
import { STUB_WORDS } from '../image/stubs.ts';
import { OUT_OF_LINE_STUB_WORDS } from '../kernel/ftrace-out-of-line.ts';
import { TOC_BIAS } from '../kernel/layout.ts';
import { parseScenario } from '../scenario/notation.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { taskStarts } from '../scenario/world.ts';
import { Engine } from './engine.ts';
import { Hash } from './hash.ts';
import { MODEL_CORPUS, MODEL_PROBE } from './model-corpus.ts';
import { digestOf } from './record.ts';
import { violationsOf } from './verdict.ts';

/** The probe's index in the engine's list of strategies. */
const PROBE = 0;

let known: string | undefined;

/** 16 hexadecimal digits. Computed when it is first asked for, once in a process: it depends on the sources alone. */
export function modelHash(): string {
  known ??= computed();
  return known;
}

/** Takes what `modelHash` said of these very files when they were built; nothing where it is no such hash. To be called before anybody asks. */
export function takeModelHash(built: string | undefined): void {
  if (built !== undefined && /^[0-9a-f]{16}$/.test(built)) known ??= built;
}

function computed(): string {
  const hash = new Hash();
  hash.text(JSON.stringify([PERMISSIONS, CALL_KIND_TABLE, OBLIGATIONS, BOUNDS]));
  hash.words(POISON);
  // An engine of its own, so that nothing that was done before can be in it.
  const engine = new Engine([MODEL_PROBE], {});
  for (const style of ['in-line', 'out-of-line'] as const) {
    hashPage(hash, engine.space, engine.set.page(CONTROL, style));
    hashPage(hash, engine.space, engine.set.page(PROBE, style));
  }
  MODEL_CORPUS.forEach((text, index) => {
    const scenario = parseScenario(text);
    engine.load(scenario);
    for (const strategy of [CONTROL, PROBE]) {
      engine.begin(strategy, true, false);
      hashImage(hash, engine.image);
      if (index === 0) hash.words(engine.space.words.subarray(0, PAGE.TEXT * PAGE_WORDS));
      hash.words(engine.machine.regs);
      // Many interrupts make a long run, and are the same under either.
      if (strategy === PROBE && scenario.interrupts.length > 1) continue;
      if (index === 0) hash.text(digestOf(engine, (run) => { run.word(marksOfFrame(engine)); }));
      else engine.go();
      hashEnd(hash, engine);
    }
  });
  return hash.hex();
}

function hashPage(hash: Hash, space: AddressSpace, { page, pristine }: CorePage): void {
  hashText(hash, space, page * PAGE_WORDS, page * PAGE_WORDS + pristine.length);
}

/** Words, points and tags. */
function hashText(hash: Hash, { words, pointKind, pointData, textTag }: AddressSpace, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    hash.word(words[i]!);
    hash.word(pointKind[i]! << 8 | textTag[i]!);
    if (pointKind[i] !== 0) hash.word(pointData[i]!);
  }
}

/** A program's tables, by how their names begin: how many rows they have. */
const TABLES: readonly (readonly [prefix: string, rows: (program: ProgramImage) => number])[] = [
  ['version', ({ versions }) => versions], ['call', ({ calls }) => calls], ['stub', ({ stubs }) => stubs], ['piece', ({ pieces }) => pieces],
  ['interruptHandler', ({ scenario }) => scenario.interrupts.length], ['toc', () => MODULES.length],
  ['taskStart', ({ scenario }) => taskStarts(scenario).length],
];

/** The modules' text and the pointers in their data, where they lie, and all tables. */
function hashImage(hash: Hash, program: ProgramImage): void {
  const { space } = program;
  for (let module = 0; module < MODULES.length; module++) {
    let to = textStart(module);
    for (let version = 0; version < program.versions; version++) {
      if (program.versionModule[version] === module) to = Math.max(to, program.versionEnd[version]!, program.versionStub[version]! + OUT_OF_LINE_STUB_WORDS);
    }
    for (let stub = 0; stub < program.stubs; stub++) {
      if (program.stubModule[stub] === module) to = Math.max(to, program.stubWord[stub]! + STUB_WORDS);
    }
    hashText(hash, space, textStart(module), to);
    // The last one is the pointer to `schedule`.
    const pointers = dataPage(module) * PAGE_WORDS + (pointerOffset(0) + Number(TOC_BIAS) >> 2);
    hash.words(space.words.subarray(pointers, pointers + 2 * (BOUNDS.functions + 1)));
    for (const page of [textPage(module), dataPage(module)]) {
      hash.word(space.pageHi[page]!);
      hash.word(space.pageLo[page]!);
    }
  }
  for (const [name, table] of Object.entries(program)) {
    const rows = TABLES.find(([prefix]) => name.startsWith(prefix))?.[1](program);
    if (rows !== undefined && ArrayBuffer.isView(table)) hash.words((table as Int32Array).subarray(0, rows));
  }
}

/** How a run has ended: registers, what it has left in stacks, PACA and thread_info, and what the judge says. */
function hashEnd(hash: Hash, { machine, space, judge, ending }: Engine): void {
  hash.word(ending);
  hash.word(machine.instructions);
  hash.words(machine.regs);
  hash.words(space.words.subarray(0, PAGE.DATA * PAGE_WORDS));
  for (const it of violationsOf(judge.oracle, String)) hash.text(Object.values(it).join(' '));
}

/** What is watched of the frame at r1: its first four doublewords, 8 bits each. */
function marksOfFrame({ machine }: Engine): number {
  const { marks, regs } = machine;
  const frame = machine.flat(regs[2]!, regs[3]!) >>> 3;
  return marks[frame]! | marks[frame + 1]! << 8 | marks[frame + 2]! << 16 | marks[frame + 3]! << 24;
}
