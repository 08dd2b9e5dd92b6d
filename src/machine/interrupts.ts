/**
 * When events arrive (events.ts). A scenario anchors each one to a place in the structure of its run (scenario.ts, Anchor): a context, the n-th time that a
 * call is made there, a region of that very activation, and an instruction of the region. Each task has a structure of its own. The scheduler follows the
 * structure through the points of the text (image/points.ts: STRUCTURAL, announced before `between` looks at their instruction), and while an anchored
 * activation runs (`armed`) it is asked between any two instructions. Delivery is the processor's part alone (delivery.ts); entry, handler call and
 * `rfid` are simulated code. What is the host's own is carried out by whoever asks.
 *
 * Regions of an activation of call c, made at depth d of its context (d calls pending):
 *   caller        from the first instruction of the call sequence to the branch itself
 *   stub, ftrace-entry   instructions of those kinds at depth d+1; of ftrace's are those of the graph tracer's return hook, behind those of the entry
 *   hook-entry    the strategy's code at depth d+1, up to the first instruction of the replacement's own body; hook-return: after it
 *   callee        generated bodies at depth d+1, original and replacement
 *   return-site   at depth d, from the return address to the next call sequence, sibling branch or exit of the caller
 * A sibling branch of the callee ends its activation; what is left of c is the hook's return. A call that is itself a sibling branch
 * has the depth of the return that it hands on, and that return's site.
 */
import { POINT, STRUCTURAL, TEXT } from '../image/points.ts';
import { HANDLER_CALL } from '../image/program.ts';
import type { ProgramImage } from '../image/program.ts';
import { PAGE_WORDS } from '../image/space.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { takeInterrupt, takeTick } from './delivery.ts';
import { Events, MOST_EVENTS, taskContext } from './events.ts';
import type { Machine } from './machine.ts';

/** Regions by their index in REGIONS. */
const CALLER = 0, RETURN_SITE = 6, HOOK_RETURN = 5;

/** What became of an interrupt. */
export type Fate =
  | 'delivered'
  /** the run ended before the anchored call was made that often in that context, or that context never was */
  | 'not-reached'
  /** the activation has fewer instructions in the region */
  | 'region-ended'
  /** the region had the instruction, but from it on interrupts were disabled to the region's end */
  | 'masked';

/** How far an interrupt's anchor has come. */
const WAITING = 0, IN_CALLER = 1, IN_CALLEE = 2, PENDING = 3, RETURNED = 4, ENDED = 5, DELIVERED = 6;

const N = MOST_EVENTS;
/** Levels of one task: its own code, a handler in it, one in that; a tick lands on the first. */
const LEVELS = BOUNDS.interrupts + 2;
const TASKS = 1 + BOUNDS.tasks;
const MOST_STRIDE = 64;
/** Primary opcodes 16 to 19: branches, sc, and what shares 19 with them. */
const mayBranch = (word: number): boolean => word >>> 28 === 4;

export class InterruptScheduler {
  /** Some anchored activation is running right now: run one instruction at a time, and ask `between` before each. */
  armed = false;
  /** Interrupts whose handlers are running, innermost last; 0 in the task. */
  nesting = 0;
  /** By event: 1 when delivered; and then the flat word it landed before, and the nesting it found. */
  readonly delivered = new Uint8Array(N);
  readonly landedAt = new Int32Array(N);
  readonly landedNesting = new Int32Array(N);
  deliveredCount = 0;

  readonly events = new Events();
  #image: ProgramImage | undefined;
  #entry = 0;
  #tick = 0;
  // How far they have come; all of this by event.
  readonly #state = new Int32Array(N);
  /** Times that the call sequence was begun, and that the call was made. */
  readonly #begun = new Int32Array(N);
  readonly #made = new Int32Array(N);
  /** Depth at which the region's instructions run. */
  readonly #depth = new Int32Array(N);
  /** The call instruction once it has been announced, until another has been seen; else -1. */
  readonly #site = new Int32Array(N);
  readonly #executed = new Int32Array(N);
  /** 1: the replacement has been entered; 2: its own body has begun. */
  readonly #replaced = new Int32Array(N);
  /** 1: the callee has handed its return on by a sibling branch; 2: the chain has come to its exit. */
  readonly #handed = new Int32Array(N);

  // By task and level, its own code being level 0: the context, and the calls pending in it.
  readonly #contextOf = new Int32Array(TASKS * LEVELS);
  readonly #depthOf = new Int32Array(TASKS * LEVELS);
  readonly #askedOf = new Int32Array(TASKS * LEVELS);
  /** The level of tasks that do not run; and where the rows of the one that does begin. */
  readonly #nestingOf = new Int32Array(TASKS);
  #task = 0;
  #row = 0;

  /** Interrupts that `between` found in their region, and the machine's count then: an instruction counts once it is executed. */
  #counted = 0;
  #countedAt = -1;
  /** Instructions that this answer is good for. */
  #granted = 1;

  /** Begins a run of the image; `entry`, `tick`: flat words of interrupt_entry and of the tick's handler in the core page that is mapped. */
  begin(image: ProgramImage, entry: number, tick = 0): void {
    this.#image = image;
    this.#entry = entry;
    this.#tick = tick;
    this.events.load(image.scenario);
    this.deliveredCount = 0;
    this.nesting = 0;
    this.#task = this.#row = 0;
    this.#counted = 0;
    this.armed = false;
    if (this.events.count === 0) return;
    this.#state.fill(WAITING);
    this.#begun.fill(0);
    this.#made.fill(0);
    this.#executed.fill(0);
    this.#site.fill(-1);
    this.delivered.fill(0);
    this.#nestingOf.fill(0);
    for (let task = 0; task < TASKS; task++) {
      this.#contextOf[task * LEVELS] = taskContext(task);
      this.#depthOf[task * LEVELS] = 0;
    }
  }

  /** Another task goes on (index, from 0). */
  switchTo(task: number): void {
    this.#nestingOf[this.#task] = this.nesting;
    this.#task = task;
    this.#row = task * LEVELS;
    this.nesting = this.#nestingOf[task]!;
    if (this.events.count > 0) this.#rearm();
  }

  /**
   * A point is announced. True: the run must stop with `yield` before its instruction, because `between` is to be asked first.
   */
  point(machine: Machine, kind: number, data: number, at: number): boolean {
    if ((STRUCTURAL >>> kind & 1) === 0) return false;
    switch (kind) {
      case POINT.CALL_SEQUENCE:
        this.#begin(this.#image!.callId[data]!);
        break;
      case POINT.CALL:
        this.#make(this.#image!.callId[data]!, at, true);
        break;
      case POINT.SIBLING:
        this.#make(this.#image!.callId[data]!, at, false);
        break;
      case POINT.LAND:
      case POINT.LAND_RESUME:
        this.#land();
        break;
      case POINT.EXIT:
        this.#exit();
        break;
      case POINT.INTERRUPT_EXIT:
        this.#leave(machine);
        break;
      default:
        if (this.#image!.versionIsReplacement[data] !== 0) this.#enterReplacement();
    }
    this.#rearm();
    return this.armed;
  }

  /**
   * To be asked before each instruction while `armed`. The index of the interrupt to deliver now, or -1. Its answer may be given again
   * (nothing has been executed); an instruction counts when it has been executed.
   */
  between(machine: Machine): number {
    const space = machine.space, pc = machine.pc, kind = space.pointKind[pc]!;
    if (this.#counted !== 0 && machine.instructions !== this.#countedAt) {
      const executed = Math.min(machine.instructions - this.#countedAt, this.#granted);
      for (let j = 0; j < this.events.count; j++) if ((this.#counted >>> j & 1) !== 0) this.#executed[j]! += executed;
    }
    this.#counted = 0;
    this.#granted = 1;
    if ((STRUCTURAL >>> kind & 1) !== 0 && (machine.asked !== pc || kind === POINT.INTERRUPT_EXIT)) return -1;
    const tag = space.textTag[pc]!, enabled = machine.interruptible();
    for (let j = 0; j < this.events.count; j++) {
      if (!this.#active(j) || !this.#inRegion(j, pc, tag)) continue;
      if (this.#executed[j]! >= this.events.step[j]! && (enabled || !this.events.isTaken(j))) {
        this.#counted = 0;
        return j;
      }
      this.#counted |= 1 << j;
    }
    this.#countedAt = machine.instructions;
    return -1;
  }

  /**
   * After `between` has answered -1: instructions, 1..64, that may be executed before it must be asked again, because its answer would be the
   * same: words behind each other of one kind, without a structural point, up to a branch, and up to where an interrupt becomes due. Good as
   * long as none of them stores into text (Machine.wary).
   */
  stride(machine: Machine): number {
    const { words, textTag, pointKind } = machine.space, { pc } = machine;
    if ((STRUCTURAL >>> pointKind[pc]! & 1) !== 0) return 1;
    let most = MOST_STRIDE;
    for (let j = 0; j < this.events.count; j++) if ((this.#counted >>> j & 1) !== 0) most = Math.min(most, this.events.step[j]! - this.#executed[j]!);
    const tag = textTag[pc];
    let next = pc + 1;
    while (next - pc < most && !mayBranch(words[next - 1]!) && next % PAGE_WORDS !== 0 && textTag[next] === tag
      && (STRUCTURAL >>> pointKind[next]! & 1) === 0) next++;
    this.#granted = next - pc;
    return this.#granted;
  }

  /** Event j, which is the host's (a transition, tracing), happens: the machine notices nothing, and `between` is to be asked again. */
  passes(machine: Machine, j: number): void {
    this.#note(machine, j);
    this.#rearm();
  }

  /** The task that runs ends, by event j: none of its calls is pending any more, and what lay in them is over. */
  exits(machine: Machine, j: number): void {
    this.#note(machine, j);
    const context = this.#contextOf[this.#row];
    for (let i = 0; i < this.events.count; i++) {
      const state = this.#state[i]!;
      if (this.events.context[i] === context && state !== WAITING && state !== DELIVERED) this.#state[i] = ENDED;
    }
    this.#depthOf[this.#row] = 0;
    machine.asked = -1;
    this.#rearm();
  }

  /** Event j arrives: the processor's part, and what the device has to say (PACA). The next instruction is interrupt_entry's first. */
  deliver(machine: Machine, j: number): void {
    const image = this.#image!;
    this.#note(machine, j);
    this.#askedOf[this.#row + this.nesting] = machine.asked;
    this.nesting++;
    this.#contextOf[this.#row + this.nesting] = j;
    this.#depthOf[this.#row + this.nesting] = 0;
    machine.asked = -1;

    if (this.events.isInterrupt(j)) takeInterrupt(machine, image, j);
    else takeTick(machine, this.#tick);
    machine.pc = this.#entry;

    this.#begin(image.callId[HANDLER_CALL]!);
    this.#rearm();
  }

  #note(machine: Machine, j: number): void {
    this.#state[j] = DELIVERED;
    this.delivered[j] = 1;
    this.deliveredCount++;
    this.landedAt[j] = machine.pc;
    this.landedNesting[j] = this.nesting;
  }

  /** What became of event j, after the run. */
  fate(j: number): Fate {
    if (this.#state[j] === DELIVERED) return 'delivered';
    if (this.#state[j] === WAITING) return 'not-reached';
    return this.#executed[j]! > this.events.step[j]! ? 'masked' : 'region-ended';
  }

  #active(j: number): boolean {
    const state = this.#state[j]!;
    return (state === IN_CALLER || state === IN_CALLEE || state === RETURNED) && this.#here(j);
  }

  /** In the running context, at the depth of the region? */
  #here(j: number): boolean {
    const at = this.#row + this.nesting;
    return this.events.context[j] === this.#contextOf[at] && this.#depth[j] === this.#depthOf[at];
  }

  #rearm(): void {
    let armed = false;
    for (let j = 0; j < this.events.count; j++) if (this.#active(j)) armed = true;
    this.armed = armed;
  }

  /** Is the instruction at pc, at the right depth, one of the region? */
  #inRegion(j: number, pc: number, tag: number): boolean {
    if (this.#state[j] === RETURNED) return true;
    if (this.#state[j] === IN_CALLER) {
      if (this.#site[j]! >= 0 && this.#site[j] !== pc) {
        this.#state[j] = ENDED;
        return false;
      }
      return true;
    }
    if (pc === this.#site[j]) return false;
    this.#site[j] = -1;
    if (tag === TEXT.BODY && this.#replaced[j] === 1) this.#replaced[j] = 2;
    if (this.#handed[j] !== 0) return this.#handed[j] === 2 && tag === TEXT.HOOK;
    switch (this.events.region[j]) {
      case 1: return tag === TEXT.STUB;
      case 2: return tag === TEXT.FTRACE || tag === TEXT.RETURN;
      case 3: return tag === TEXT.HOOK && this.#replaced[j] !== 2;
      case 4: return tag === TEXT.BODY;
      case HOOK_RETURN: return tag === TEXT.HOOK && this.#replaced[j] === 2;
      default: return false;
    }
  }

  #begin(call: number): void {
    const context = this.#contextOf[this.#row + this.nesting], depth = this.#depthOf[this.#row + this.nesting]!;
    for (let j = 0; j < this.events.count; j++) {
      if (this.events.context[j] !== context) continue;
      if (this.#state[j] === RETURNED && this.#depth[j] === depth) this.#state[j] = ENDED;
      if (this.events.region[j] !== CALLER || this.events.call[j] !== call || this.#state[j] !== WAITING) continue;
      if (++this.#begun[j]! !== this.events.occurrence[j]) continue;
      this.#state[j] = IN_CALLER;
      this.#depth[j] = depth;
    }
  }

  #make(call: number, at: number, returns: boolean): void {
    const row = this.#row + this.nesting;
    const context = this.#contextOf[row], depth = this.#depthOf[row]!, inner = returns ? depth + 1 : depth;
    for (let j = 0; j < this.events.count; j++) {
      if (this.events.context[j] !== context) continue;
      const state = this.#state[j]!;
      if (state === RETURNED && this.#depth[j] === depth) this.#state[j] = ENDED;
      else if (state === IN_CALLER && this.#depth[j] === depth) {
        // The branch itself is still the caller's.
        this.#site[j] = at;
        this.#depth[j] = inner;
      } else if (state === IN_CALLEE && !returns && this.#depth[j] === depth) {
        if (this.events.region[j] === HOOK_RETURN) this.#handed[j] = 1;
        else this.#state[j] = ENDED;
      }
      if (this.events.region[j] === CALLER || this.events.call[j] !== call || state !== WAITING) continue;
      if (++this.#made[j]! !== this.events.occurrence[j]) continue;
      this.#state[j] = this.events.region[j] === RETURN_SITE ? PENDING : IN_CALLEE;
      this.#depth[j] = inner;
      this.#site[j] = at;
      this.#replaced[j] = 0;
      this.#handed[j] = 0;
    }
    this.#depthOf[row] = inner;
  }

  #land(): void {
    const row = this.#row + this.nesting;
    const context = this.#contextOf[row], depth = this.#depthOf[row]!, outer = Math.max(0, depth - 1);
    for (let j = 0; j < this.events.count; j++) {
      if (this.events.context[j] !== context || this.#depth[j] !== depth) continue;
      const state = this.#state[j]!;
      if (state === PENDING) {
        this.#state[j] = RETURNED;
        this.#depth[j] = outer;
      } else if (state === IN_CALLEE || state === IN_CALLER || state === RETURNED) this.#state[j] = ENDED;
    }
    this.#depthOf[row] = outer;
  }

  #exit(): void {
    for (let j = 0; j < this.events.count; j++) {
      if (!this.#here(j)) continue;
      if (this.#state[j] === RETURNED) this.#state[j] = ENDED;
      else if (this.#state[j] === IN_CALLEE && this.#handed[j] === 1) this.#handed[j] = 2;
    }
  }

  #enterReplacement(): void {
    for (let j = 0; j < this.events.count; j++) {
      if (this.#state[j] === IN_CALLEE && this.#here(j) && this.#replaced[j] === 0) this.#replaced[j] = 1;
    }
  }

  /** The `rfid` of the innermost handler is next. */
  #leave(machine: Machine): void {
    if (this.nesting === 0) return;
    const context = this.#contextOf[this.#row + this.nesting];
    for (let j = 0; j < this.events.count; j++) {
      const state = this.#state[j]!;
      if (this.events.context[j] === context && state !== WAITING && state !== DELIVERED) this.#state[j] = ENDED;
    }
    this.nesting--;
    machine.askedOnReturn = this.#askedOf[this.#row + this.nesting]!;
  }
}
