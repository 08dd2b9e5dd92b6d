/**
 * The oracle: the judge's own record of the run, in typed arrays that no simulated code can write. Its heart is the stack of pending
 * calls ("pending return": a return that a live activation still owes). Nothing here allocates once it is made.
 *
 * Halves: 64-bit values are kept as (high, low) int32 pairs. Frames: `r1` of a pending call is the owner's, at the call; the
 * callee finds 8, 16, 24 and the parameter area relative to it (ELFv2 ABI 2.2.2).
 */
import { OBLIGATIONS } from '../contract/obligations.ts';
import { ROOT_CALL } from '../image/program.ts';
import type { ProgramImage } from '../image/program.ts';
import { FIXED, IRQ_STACKS, PACAS, PAGE, SOFTIRQ_STACKS, STACKS, TASK_STACKS } from '../image/pages.ts';
import { PAGE_WORDS } from '../image/space.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { ARGUMENT_WORDS, MAX_LEVELS, MAX_PENDING, REPLACEMENT_ENTERED, SAVED_WORDS } from './bounds.ts';
import { IRQ_DEPTH, IRQ_OWN_STACK, IRQ_TOP, Snapshots } from './interrupts.ts';
import { ObservableRun, RETURN_OF } from './observable-run.ts';
import { ParkedTask } from './parked.ts';
import type { CallRecord } from './parked.ts';
import { PatchViews } from './patch-views.ts';
import { recorderOf } from './pending.ts';
import type { Recorder } from './pending.ts';
import type { Processor } from './processor.ts';
import { ReturnHooks } from './return-hooks.ts';
import { StackTrace } from './unwind.ts';
import type { Recovery } from './unwind.ts';

/** Address halves of the pages that never move. */
const HI = Int32Array.from(FIXED, (address) => Number(BigInt.asIntN(32, address >> 32n)));
const LO = Int32Array.from(FIXED, (address) => Number(BigInt.asIntN(32, address)));

/** By a low half of the end of a stack that a handler can have, which tells them all apart. */
const TOP_LO = Int32Array.from(LO, (lo) => (lo + PAGE_BYTES) | 0);

const ints = (n: number): Int32Array => new Int32Array(n);

/** Violations of one run, in the order noticed; at most one per obligation. Turned into objects only when a run has ended (violation.ts). */
export class Notes {
  count = 0;
  readonly obligation = ints(OBLIGATIONS.length);
  /** Flat word index of the instruction at which it was noticed, and of the one that did it (-1: none known). */
  readonly at = ints(OBLIGATIONS.length);
  readonly cause = ints(OBLIGATIONS.length);
  /** Index into the pending calls, -1: none was pending. */
  readonly pending = ints(OBLIGATIONS.length);
  readonly call = ints(OBLIGATIONS.length);
  readonly hook = ints(OBLIGATIONS.length);
  /** The replacement, or the last of those it handed on to, had been entered, or had come back. */
  readonly entered = ints(OBLIGATIONS.length);
  readonly subject: string[] = Array.from(OBLIGATIONS, () => '');
  readonly expected = ints(OBLIGATIONS.length * 2);
  readonly found = ints(OBLIGATIONS.length * 2);
  readonly step = ints(OBLIGATIONS.length);
}

export class Oracle implements CallRecord {
  readonly machine: Processor;
  readonly image: ProgramImage;
  /** Version that the task at hand calls first. */
  root = -1;
  /** Version that the interrupt at hand calls, -1: code of the kernel's; given by whoever delivers it. */
  handler = -1;
  /** Patches are on: a patched function's replacement must run. */
  patched = true;
  /** Flat word index of the instruction that the present event is about. */
  at = 0;
  /** Instructions executed before it. Set by whoever feeds the judge. */
  step = 0;

  /** Number of pending calls; the newest is `depth - 1`. */
  depth = 0;
  readonly call = ints(MAX_PENDING);
  readonly r1 = ints(MAX_PENDING * 2);
  readonly r2 = ints(MAX_PENDING * 2);
  /** The version that was called last on this pending return: a sibling call changes it. */
  readonly target = ints(MAX_PENDING);
  /** The replacement that must run for it, or -1. */
  readonly owed = ints(MAX_PENDING);
  readonly state = ints(MAX_PENDING);
  readonly ran = ints(MAX_PENDING);
  /** The GEP of this version was just entered, and its LEP may follow; else -1. */
  readonly open = ints(MAX_PENDING);
  readonly hooked = ints(MAX_PENDING);
  /** An activation that a hook sent to its replacement has handed this pending return on. */
  readonly handed = ints(MAX_PENDING);
  readonly landed = ints(MAX_PENDING);
  /** Call record of the argument set-up: the call itself, or the sibling call that handed it on. */
  readonly argCount = ints(MAX_PENDING);
  readonly args = ints(MAX_PENDING * ARGUMENT_WORDS);
  /** Rows of r13 to r31; the row of a call, which is an older call's where none of them was written in between; and, by bits, which may have been written since. */
  readonly saved = ints(MAX_PENDING * SAVED_WORDS);
  readonly savedRow = ints(MAX_PENDING);
  readonly written = ints(MAX_PENDING);
  readonly cr = ints(MAX_PENDING);
  readonly msr = ints(MAX_PENDING * 2);
  /** Flat byte offset of the owner's r1, -1 when it lies on no stack. */
  readonly head = ints(MAX_PENDING);
  readonly chain = ints(MAX_PENDING * 2);
  readonly slotLive = ints(MAX_PENDING);
  readonly slot = ints(MAX_PENDING * 2);
  /** The last foreign store that left the slot wrong, or -1. */
  readonly slotCause = ints(MAX_PENDING);
  /** r3, r4 at the exit of the version that ran last; valid when `exited`. */
  readonly exited = ints(MAX_PENDING);
  readonly results = ints(MAX_PENDING * 4);
  /** The last point of the strategy's code that this activation passed, or -1. */
  readonly hook = ints(MAX_PENDING + 1);

  /** Interrupts inside which the machine is; `base[level]` is `depth` when interrupt `level` was taken (from 1). */
  level = 0;
  readonly base = ints(MAX_LEVELS + 1);

  /** Pending pushes of the strategy: the pending call each belongs to; and how many there were when a level was entered. */
  pushes = 0;
  readonly pushOwner = ints(MAX_PENDING * 2);
  readonly pushBase = ints(MAX_LEVELS + 1);
  /** `hook[depth]` when a level was entered. */
  readonly hookBelow = ints(MAX_LEVELS + 1);

  /** Returns that others hook. */
  readonly returns = new ReturnHooks();

  /** Flat byte offset of the strategy's published pointer cell, -1: none. */
  published = -1;
  /** The same as an offset from the low end of the stack that r1 is on, -1: it is on none. */
  publishedOnStack = -1;
  /** What the cell held when the task, or the CPU, began; and it is the CPU's. */
  publishedHi = 0;
  publishedLo = 0;
  publishedByCpu = false;
  /** A task has ended early with pushes pending in it; the task that is done has ended early, and nobody has its memory; no other task is left. */
  abandoned = false;
  gone = false;
  last = true;
  /** Bytes of the caller's frame that the strategy declares: pairs [offset, bytes]; and flat ranges [from, to) of its state. */
  areas: readonly number[] = [];
  stateRanges: readonly number[] = [];
  /** What it has for each frame, as [bytes above the frame's place beside the stack, bytes]; empty: nothing. */
  frameState: readonly number[] = [];

  /** What the strategy says of a label of its own that an unwinder finds; undefined: nothing. */
  recovery: Recovery | undefined;
  /** Whoever walks a stack does it here. */
  readonly trace = new StackTrace();

  /** What tasks see of the patches. */
  readonly patches = new PatchViews();

  readonly snapshots = new Snapshots();

  readonly observed = new ObservableRun();

  readonly notes = new Notes();
  /** A violation that ends the run was noticed. */
  stopped = false;
  /** The record of pending calls is full: the run cannot be judged to its end. */
  overflow = false;

  /** The executing CPU: its number, first flat word of its PACA, the PACA's address, flat byte offset of its interrupt stack. */
  cpu = 0;
  paca = 0;
  pacaHi = 0;
  pacaLo = 0;
  irqStack = 0;
  /** The task that runs, from 0. */
  task = 0;
  /** By CPU, 1: tracing is on. Switched by whoever switches it in memory (trial/engine.ts). */
  readonly tracing = new Uint8Array(PACAS.length);

  private readonly counted = new Uint8Array(OBLIGATIONS.length);
  /** The stacks that the task can be on: its own, and that of the handler that left it, the CPU's interrupt stack at first. */
  private readonly stackHi = ints(2);
  private readonly stackLo = ints(2);
  private readonly stackFlat = ints(2);
  /** Records of tasks that do not run, by task; made when there is a second one. */
  private readonly parked: ParkedTask[] = [];
  /** There are marks on the stacks of further tasks. */
  private strewn = false;
  private parkedReady = false;

  private readonly recorder: Recorder;

  /** `image`: the program of every run, filled anew for each. One for good, so that V8 can take its tables for constants. */
  constructor(machine: Processor, image: ProgramImage) {
    this.machine = machine;
    this.image = image;
    this.recorder = recorderOf(this);
    this.runs(0, 0);
  }

  /** From now on it is this task (from 0), on this CPU. The record is the caller's business: `switchTo`. */
  private runs(task: number, cpu: number): void {
    this.task = this.patches.task = task;
    this.cpu = cpu;
    this.stands(0, TASK_STACKS[task]!);
    this.stands(1, IRQ_STACKS[cpu]!);
    this.irqStack = IRQ_STACKS[cpu]! * PAGE_BYTES;
    this.paca = PACAS[cpu]! * PAGE_WORDS;
    this.pacaHi = HI[PACAS[cpu]!]!;
    this.pacaLo = LO[PACAS[cpu]!]!;
  }

  private stands(i: number, page: number): void {
    this.stackHi[i] = HI[page]!;
    this.stackLo[i] = LO[page]!;
    this.stackFlat[i] = page * PAGE_BYTES;
  }

  /** An interrupt has been taken: if its handler leaves the interrupted stack, then to this one. */
  leaves(): void {
    const { words } = this.machine.space;
    if (words[this.paca + IRQ_OWN_STACK] === 0 || words[this.paca + IRQ_DEPTH] !== 0) return;
    const top = words[this.paca + IRQ_TOP]!, soft = SOFTIRQ_STACKS[this.cpu]!;
    const page = top === TOP_LO[PAGE.EMERGENCY_STACK] ? PAGE.EMERGENCY_STACK : top === TOP_LO[soft] ? soft : IRQ_STACKS[this.cpu]!;
    if (page !== IRQ_STACKS[this.cpu]) this.strewn = true;
    this.stands(1, page);
    this.irqStack = page * PAGE_BYTES;
  }

  /** Flat byte offset of the cell that delimits what an interrupt may overwrite, -1: there is none. */
  get publishedCell(): number {
    if (this.publishedOnStack < 0) return this.published;
    const at = this.registerOnStack(1);
    return at < 0 ? -1 : (at & -PAGE_BYTES) + this.publishedOnStack;
  }

  /** The task that runs has given up its CPU, and `task` goes on on `cpu`; `root`: the version that it calls first. */
  switchTo(task: number, cpu: number, root: number): void {
    const { machine } = this;
    if (task !== this.task) {
      for (let k = this.parked.length; k < TASK_STACKS.length; k++) this.parked.push(new ParkedTask());
      if (!this.parkedReady) for (const it of this.parked) it.reset();
      this.strewn = this.parkedReady = true;
      if (this.depth > 0) this.written[this.depth - 1]! |= machine.written;
      this.parked[this.task]!.put(this);
      this.parked[task]!.take(this);
      this.root = root;
    }
    this.runs(task, cpu);
  }

  /** The calls that are pending in a task (from 0); undefined: there can be none, since it has not run. */
  recordOf(task: number): CallRecord | undefined {
    return task === this.task ? this : this.parkedReady ? this.parked[task] : undefined;
  }

  /** The task that runs ends where it is: nothing is owed any more, and its frames are nobody's. */
  abandon(): void {
    while (this.depth > 0) {
      if (this.hooked[this.depth - 1] !== 0 || this.handed[this.depth - 1] !== 0) this.abandoned = true;
      this.pop();
    }
    this.pushes = this.returns.count = 0;
    this.hook[0] = -1;
    this.machine.passed = -1;
    this.machine.written = 0;
  }

  /** Forgets the last run. Marks on the stacks are removed. */
  reset(): void {
    const { image } = this;
    this.root = image.callCallee[ROOT_CALL]!;
    this.patches.reset(image);
    if (this.strewn) {
      this.strewn = this.parkedReady = false;
      for (const page of STACKS) this.unmark(page * PAGE_BYTES);
    }
    this.runs(0, 0);
    this.tracing.fill(1);
    this.depth = 0;
    this.level = 0;
    this.pushes = 0;
    this.returns.count = 0;
    this.abandoned = false;
    this.gone = false;
    this.last = true;
    this.hook[0] = -1;
    this.observed.reset();
    this.notes.count = 0;
    this.counted.fill(0);
    this.stopped = false;
    this.overflow = false;
    this.step = 0;
    for (let i = 0; i < 2; i++) this.unmark(this.stackFlat[i]!);
  }

  private unmark(from: number): void {
    this.machine.marks.fill(0, from >> 3, (from >> 3) + (PAGE_WORDS >> 1));
  }

  /** Flat byte offset of an address on the task's or the CPU's interrupt stack, or -1. */
  onStack(hi: number, lo: number): number {
    const page = lo & -PAGE_BYTES;
    if (page === this.stackLo[0] && hi === this.stackHi[0]) return this.stackFlat[0]! + (lo & (PAGE_BYTES - 1));
    if (page === this.stackLo[1] && hi === this.stackHi[1]) return this.stackFlat[1]! + (lo & (PAGE_BYTES - 1));
    return -1;
  }

  /** Flat byte offset of the task's stack. */
  get taskStack(): number {
    return this.stackFlat[0]!;
  }

  /** Flat byte offset of GPR `n` taken as an address on a stack, or -1. */
  registerOnStack(n: number): number {
    return this.onStack(this.machine.regs[2 * n]!, this.machine.regs[2 * n + 1]!);
  }

  /** Notes a violation of `obligation` (index) for pending call `d` (of a task that does not run: `of` its record); 64-bit values as halves. The first per obligation counts. */
  violate(
    obligation: number, d: number, subject: string,
    expectedHi: number, expectedLo: number, foundHi: number, foundLo: number, cause = -1, of: CallRecord = this,
  ): void {
    if (this.counted[obligation] !== 0 || this.stopped) return;
    this.counted[obligation] = 1;
    const notes = this.notes;
    const i = notes.count++;
    notes.obligation[i] = obligation;
    notes.at[i] = this.at;
    notes.cause[i] = cause;
    notes.pending[i] = d;
    notes.call[i] = d < 0 ? -1 : of.call[d]!;
    notes.hook[i] = responsible(of, d);
    notes.entered[i] = d >= 0 && (of.exited[d] !== 0 || of.state[d] === REPLACEMENT_ENTERED) ? 1 : 0;
    notes.subject[i] = subject;
    notes.expected[2 * i] = expectedHi;
    notes.expected[2 * i + 1] = expectedLo;
    notes.found[2 * i] = foundHi;
    notes.found[2 * i + 1] = foundLo;
    notes.step[i] = this.step;
    if (OBLIGATIONS[obligation]!.fatal) this.stopped = true;
  }

  /** The event at hand is about the instruction at `at`. Labels that were passed on the way are the newest pending call's. `step`: instructions executed before. */
  turnsTo(at: number, step: number): void {
    const { machine } = this;
    if (machine.passed >= 0) {
      if (this.depth > 0) this.hook[this.depth - 1] = machine.passed;
      machine.passed = -1;
    }
    this.at = at;
    this.step = step;
  }

  /** A call is made: a new pending return. */
  push(call: number): void {
    this.recorder.push(call);
  }

  /** Pending return `d` is handed to the callee of `call`: a call, or a sibling call. */
  aim(d: number, call: number): void {
    this.recorder.aim(d, call);
  }

  /** The newest pending return is paid. */
  pop(): void {
    this.recorder.pop();
  }

  /** Adds to the observable run: `version`'s function was entered, with the arguments that it sees. */
  traceEntry(d: number, version: number): void {
    const { observed } = this;
    const { regs, space } = this.machine;
    const count = this.argCount[d]!;
    observed.open(this.image.versionFunction[version]!);
    for (let i = 0; i < 2 * count && i < 16; i++) observed.mix(regs[6 + i]!);
    const frame = count > 8 ? this.registerOnStack(1) : -1;
    if (frame >= 0) for (let i = 16; i < 2 * count; i++) observed.mix(space.words[((frame + 32) >> 2) + i]!);
    observed.close();
  }

  /** Adds to the observable run: pending call `d` has returned. */
  traceReturn(d: number): void {
    const { observed } = this;
    observed.open(RETURN_OF + this.image.callId[this.call[d]!]!);
    for (let i = 0; i < 4; i++) observed.mix(this.machine.regs[6 + i]!);
    observed.close();
  }
}

/** The last point in the strategy's code of activation `d`, or else of the last call that its callee made. */
function responsible(of: CallRecord, d: number): number {
  const own = d < 0 ? -1 : of.hook[d]!;
  const later = of.hook[d + 1]!;
  return d === of.depth - 1 && later >= 0 ? later : own;
}
