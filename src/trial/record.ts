/** A run instruction by instruction: for `replay --trace`, for explanations, and as a hash. */
import { pointText } from '../image/listing.ts';
import { POINT } from '../image/points.ts';
import { nameOf, symbolAt } from '../image/symbols.ts';
import { HOOKER } from '../invariants/return-hooks.ts';
import { StoreTarget, storeTarget } from '../invariants/stores.ts';
import { disassemble } from '../isa/disassemble.ts';
import { CA, CR, CTR, LR, MSR_PAIR, OV, REGISTERS, SO, SRR0, SRR1 } from '../machine/registers.ts';
import type { Engine } from './engine.ts';
import { changeWords } from '../scenario/patch-notation.ts';
import { Hash } from './hash.ts';
import { newsText } from './patch-news.ts';
import type { Tasks } from './tasks.ts';

export interface RegisterChange {
  /** r0..r31, lr, ctr, srr0, srr1, msr, cr, xer.so, xer.ov, xer.ca */
  readonly name: string;
  /** 64-bit unsigned; 32 bits for cr, one for the flags. */
  readonly before: bigint;
  readonly after: bigint;
}

export interface MemoryWrite {
  readonly address: bigint;
  readonly bytes: number;
  readonly after: bigint;
}

/** One executed instruction. */
export interface PlainStep {
  /** From 0. */
  readonly index: number;
  readonly address: bigint;
  /** What a step changed; the host's doing at a host call counts to the instruction there. */
  readonly registers: readonly RegisterChange[];
  readonly memory: readonly MemoryWrite[];
  /** What happened here: "call 3 (local)", "interrupt 1 delivered", "task 1 goes to sleep, and task 2 goes on on CPU 1". */
  readonly notes: readonly string[];
}

/** The same for people. */
export interface TraceStep extends PlainStep {
  /** `f3+0x24 [M]` */
  readonly symbol: string;
  /** Disassembly, with symbols. */
  readonly text: string;
}

const SPECIAL: Readonly<Record<number, string>> = {
  [LR]: 'lr', [CTR]: 'ctr', [SRR0]: 'srr0', [SRR1]: 'srr1', [MSR_PAIR]: 'msr', [CR]: 'cr', [SO]: 'xer.so', [OV]: 'xer.ov', [CA]: 'xer.ca',
};

const unsigned = (hi: number, lo: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);

function changes(before: Int32Array, after: Int32Array): RegisterChange[] {
  const list: RegisterChange[] = [];
  for (let i = 0; i < CR; i += 2) {
    if (before[i] === after[i] && before[i + 1] === after[i + 1]) continue;
    list.push({ name: i < LR ? `r${i >> 1}` : SPECIAL[i] ?? `register ${i}`, before: unsigned(before[i]!, before[i + 1]!), after: unsigned(after[i]!, after[i + 1]!) });
  }
  for (let i = CR; i < REGISTERS; i++) {
    if (before[i] !== after[i]) list.push({ name: SPECIAL[i] ?? `register ${i}`, before: unsigned(0, before[i]!), after: unsigned(0, after[i]!) });
  }
  return list;
}

/** Runs a begun run to its end, with a visit after each instruction. */
export function recordRun(engine: Engine, visit: (step: TraceStep) => void): void {
  const { set, image } = engine;
  const name = (address: bigint): string | undefined => nameOf(image, set, address);
  followRun(engine, (step, word) => { visit({ ...step, symbol: symbolAt(image, set, step.address), text: disassemble(word >>> 0, step.address, name) }); });
}

/** The same without names and texts, which are most of the work; `word` is the instruction. */
export function followRun(engine: Engine, visit: (step: PlainStep, word: number) => void): void {
  const { machine, space, image } = engine;
  const before = new Int32Array(REGISTERS);
  const target = new StoreTarget();
  engine.go(() => {
    before.set(machine.regs);
    const executed = machine.instructions;
    const { deliveries, exits, forks, host: { tasks }, transitions, tracing: { switched } } = engine;
    transitions.telling = true;
    transitions.news.length = 0;
    const { changes: changed, current, preempting } = tasks;
    const going = engine.step();
    if (machine.instructions === executed) return going;
    const { at } = engine;
    const address = space.addressOf(at * 4);
    const word = space.words[at]!;
    storeTarget(word, before, target);
    const notes: string[] = [];
    if (engine.deliveries !== deliveries) notes.push(engine.exited ? `exit ${engine.delivered}: the task has ended` : engine.delivered < 0 ? `tick of switch ${-engine.delivered} delivered` : `interrupt ${engine.delivered} delivered`);
    if (engine.forks !== forks) notes.push(`task ${engine.forked} is forked`);
    if (engine.tracing.switched !== switched) notes.push(engine.tracing.text);
    // Labels and branches of the strategy's code have no event of their own: they are the last kinds.
    if (space.pointKind[at] !== POINT.NONE && space.pointKind[at]! < POINT.HOOK_LABEL) notes.push(pointText(image, at));
    if (space.pointKind[at] === POINT.GRAPH_POP || space.pointKind[at] === POINT.KRETPROBE_CALLBACK) notes.push(pointText(image, at));
    if (space.pointKind[at] === POINT.HOST_CALLBACK) {
      const { count, kind } = engine.host.hookers;
      for (let i = 0; i < count; i++) notes.push(kind[i] === HOOKER.GRAPH ? 'return hooked' : 'return probed');
    }
    for (const news of transitions.news) notes.push(newsText(news, image.scenario.world?.transitions ?? [], changeWords));
    if (tasks.changes !== changed) notes.push(changeText(engine.exits !== exits ? 'ends early' : space.pointKind[at] === POINT.DONE ? 'is done' : preempting ? 'is preempted' : 'goes to sleep', current, tasks));
    visit({
      index: executed, address, registers: changes(before, machine.regs), memory: target.bytes === 0 ? [] : [written(engine, target)], notes,
    }, word);
    return going;
  });
}

/** What happened when a task gave up its CPU: why it did, and which task goes on where. Reports read it (report/recording.ts). */
function changeText(why: 'is done' | 'ends early' | 'is preempted' | 'goes to sleep', from: number, to: Tasks): string {
  return `task ${from + 1} ${why}, and task ${to.current + 1} goes on on CPU ${to.cpu}`;
}

function written(engine: Engine, target: StoreTarget): MemoryWrite {
  const address = unsigned(target.hi, target.lo);
  return { address, bytes: target.bytes, after: engine.machine.read(address, target.bytes as 1 | 2 | 4 | 8) ?? 0n };
}

/** Runs a begun run to its end and hashes every instruction's address, every change of a register, every store, and what `more` adds to each. */
export function digestOf(engine: Engine, more?: (hash: Hash) => void): string {
  const { machine, space } = engine;
  const { regs } = machine;
  const before = new Int32Array(REGISTERS);
  const target = new StoreTarget();
  const hash = new Hash();
  engine.go(() => {
    before.set(regs);
    const executed = machine.instructions;
    const going = engine.step();
    if (machine.instructions === executed) return going;
    const { at } = engine;
    hash.word(space.pageHi[at >>> 12]!);
    hash.word(space.pageLo[at >>> 12]! + 4 * (at & 0xfff));
    more?.(hash);
    storeTarget(space.words[at]!, before, target);
    for (let i = 0; i < REGISTERS; i++) {
      if (regs[i] === before[i]) continue;
      hash.word(i);
      hash.word(regs[i]!);
    }
    if (target.bytes === 0) return going;
    hash.word(target.hi);
    hash.word(target.lo);
    const flat = machine.flat(target.hi, target.lo);
    for (let i = 0; flat >= 0 && i < target.bytes; i++) hash.word(space.bytes[flat + i]!);
    return going;
  });
  hash.word(engine.ending);
  return hash.hex();
}
