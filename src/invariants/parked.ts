/**
 * The oracle's record of tasks that do not run. There is one record, of the task that does; where another goes on, the part in use is put aside and
 * that task's is taken out. So the judge's hot path knows nothing of tasks. Marks on stacks stay where they are: each task has a stack of its own.
 */
import { REGISTERS } from '../machine/registers.ts';
import { PAGE_WORDS } from '../image/space.ts';
import { ARGUMENT_WORDS, MAX_LEVELS, MAX_PENDING, SAVED_WORDS } from './bounds.ts';
import type { Snapshots } from './interrupts.ts';
import { ReturnHooks } from './return-hooks.ts';

/** Columns of the oracle (oracle.ts says what each means) by pending call, and their words for each. */
const COLUMNS = {
  call: 1, r1: 2, r2: 2, target: 1, owed: 1, state: 1, ran: 1, open: 1, hooked: 1, handed: 1, landed: 1, argCount: 1, args: ARGUMENT_WORDS,
  saved: SAVED_WORDS, savedRow: 1, written: 1, cr: 1, msr: 2, head: 1, chain: 2, slotLive: 1, slot: 2, slotCause: 1, exited: 1, results: 4,
} as const;
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

/** By level of interrupts. */
const LEVELS = ['base', 'pushBase', 'hookBelow'] as const;

/** What is put aside: the oracle has it. */
export interface TaskRecord extends Readonly<Record<keyof typeof COLUMNS | (typeof LEVELS)[number] | 'hook' | 'pushOwner', Int32Array>> {
  depth: number;
  level: number;
  pushes: number;
  handler: number;
  readonly returns: ReturnHooks;
  readonly snapshots: Pick<Snapshots, 'copyOut' | 'copyIn' | 'frame' | 'pc' | 'irqDepth'>;
}

/** A task's pending calls, whether it runs or not: what is asked of one that may not (oracle.ts says what each column means). */
export interface CallRecord {
  readonly depth: number;
  readonly call: Int32Array;
  readonly state: Int32Array;
  readonly hooked: Int32Array;
  readonly handed: Int32Array;
  readonly exited: Int32Array;
  readonly hook: Int32Array;
}

/** Words 0 to `words` - 1, without an object for the part of an array. */
function copy(from: Int32Array, to: Int32Array, words: number): void {
  for (let i = 0; i < words; i++) to[i] = from[i]!;
}

/** One task's record. Made when a run first needs it. */
export class ParkedTask implements CallRecord {
  private readonly columns = NAMES.map((name) => new Int32Array(MAX_PENDING * COLUMNS[name]));
  readonly call = this.column('call');
  readonly state = this.column('state');
  readonly hooked = this.column('hooked');
  readonly handed = this.column('handed');
  readonly exited = this.column('exited');
  readonly hook = new Int32Array(MAX_PENDING + 1);
  private readonly levels = LEVELS.map(() => new Int32Array(MAX_LEVELS + 1));
  private readonly pushOwner = new Int32Array(MAX_PENDING * 2);
  private readonly returns = new ReturnHooks();
  depth = 0;
  private level = 0;
  private pushes = 0;
  private handler = -1;
  // Of the interrupt on whose way out the task was preempted, the one there can be.
  private readonly regs = new Int32Array(REGISTERS);
  private readonly memory = new Int32Array(PAGE_WORDS);
  private frame = 0;
  private pc = 0;
  private irqDepth = 0;

  private column(name: keyof typeof COLUMNS): Int32Array {
    return this.columns[NAMES.indexOf(name)]!;
  }

  /** A task that has not begun. */
  reset(): void {
    this.depth = this.level = this.pushes = this.returns.count = 0;
    this.handler = -1;
    this.hook[0] = -1;
  }

  /** Puts the record of the task that runs aside. */
  put(o: TaskRecord): void {
    this.depth = o.depth;
    this.level = o.level;
    this.pushes = o.pushes;
    this.handler = o.handler;
    for (let i = 0; i < NAMES.length; i++) copy(o[NAMES[i]!], this.columns[i]!, o.depth * COLUMNS[NAMES[i]!]);
    copy(o.hook, this.hook, o.depth + 1);
    for (let i = 0; i < LEVELS.length; i++) copy(o[LEVELS[i]!], this.levels[i]!, o.level + 1);
    copy(o.pushOwner, this.pushOwner, o.pushes);
    this.returns.copy(o.returns, o.level);
    if (o.level === 0) return;
    const { snapshots } = o;
    snapshots.copyOut(1, this.regs, this.memory);
    this.frame = snapshots.frame[1]!;
    this.pc = snapshots.pc[1]!;
    this.irqDepth = snapshots.irqDepth[1]!;
  }

  /** Makes this the record of the task that runs. */
  take(o: TaskRecord): void {
    o.depth = this.depth;
    o.level = this.level;
    o.pushes = this.pushes;
    o.handler = this.handler;
    for (let i = 0; i < NAMES.length; i++) copy(this.columns[i]!, o[NAMES[i]!], this.depth * COLUMNS[NAMES[i]!]);
    copy(this.hook, o.hook, this.depth + 1);
    for (let i = 0; i < LEVELS.length; i++) copy(this.levels[i]!, o[LEVELS[i]!], this.level + 1);
    copy(this.pushOwner, o.pushOwner, this.pushes);
    o.returns.copy(this.returns, this.level);
    if (this.level === 0) return;
    const { snapshots } = o;
    snapshots.copyIn(1, this.frame, this.regs, this.memory);
    snapshots.pc[1] = this.pc;
    snapshots.irqDepth[1] = this.irqDepth;
  }
}
