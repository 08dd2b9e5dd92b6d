/**
 * The judge: turns points, marked stores and wild landings into the oracle's record, and asks the invariants. It knows no strategy: what
 * one declares (pushes and pops by points, areas, state, the published pointer) reaches it as data.
 *
 * Labels of the switch over points are literals, because V8 makes a jump table of nothing else; a test holds them to POINT's names.
 *
 * Each event first brings the oracle up to date, then asks the handlers, except where a line says otherwise. Nothing is
 * allocated while all is well. A judge can be made with fewer obligations, to show that each of them is needed.
 *
 * Handlers of frequent events are called from a line each, without a loop: V8 inlines a call that always has the same target.
 */
import type { ObligationName } from '../contract/obligations.ts';
import { HOOK_DATA, POINT, TEXT } from '../image/points.ts';
import { HANDLER_CALL } from '../image/program.ts';
import type { ProgramImage } from '../image/program.ts';
import type { Stop } from '../machine/observer.ts';
import { CALLED, MARK, REPLACEMENT_ENTERED, TARGET_ENTERED, UNTRACED } from './bounds.ts';
import { handlersOf } from './handlers.ts';
import type { Handlers } from './handlers.ts';
import { Oracle } from './oracle.ts';
import type { Processor } from './processor.ts';
import { HOOKER } from './return-hooks.ts';
import { patched } from './stores.ts';

/** Index of vmlinux in MODULES. */
const KERNEL = 0;

export class Judge {
  readonly oracle: Oracle;
  private readonly call: Handlers<'call'>;
  private readonly sibling: Handlers<'sibling'>;
  private readonly land: Handlers<'land'>;
  private readonly resume: Handlers<'resume'>;
  private readonly stray: Handlers<'stray'>;
  private readonly enter: Handlers<'enter'>;
  private readonly mcountReturn: Handlers<'mcountReturn'>;
  private readonly callback: Handlers<'callback'>;
  private readonly sent: Handlers<'sent'>;
  private readonly returning: Handlers<'returning'>;
  private readonly slept: Handlers<'slept'>;
  private readonly tocUse: Handlers<'tocUse'>;
  private readonly pushPop: Handlers<'pushPop'>;
  private readonly returnHook: Handlers<'returnHook'>;
  private readonly hookStore: Handlers<'hookStore'>;
  private readonly changed: Handlers<'markedStore'>;
  private readonly wild: Handlers<'wild'>;
  private readonly interruptEntry: Handlers<'interruptEntry'>;
  private readonly interruptExit: Handlers<'interruptExit'>;
  private readonly observed: Handlers<'observed'>;
  private readonly stop: Handlers<'stop'>;
  private readonly walked: Handlers<'walked'>;
  private readonly switched: Handlers<'switched'>;
  private readonly unloaded: Handlers<'unloaded'>;
  private readonly done: Handlers<'done'>;

  constructor(machine: Processor, obligations?: readonly ObligationName[]) {
    this.oracle = new Oracle(machine);
    const of = handlersOf(obligations);
    this.call = of('call', 3);
    this.sibling = of('sibling');
    this.land = of('land', 3);
    this.resume = of('resume', 6);
    this.stray = of('stray');
    this.enter = of('enter', 6);
    this.mcountReturn = of('mcountReturn', 4);
    this.callback = of('callback');
    this.sent = of('sent');
    this.returning = of('returning');
    this.slept = of('slept');
    this.tocUse = of('tocUse', 1);
    this.pushPop = of('pushPop', 1);
    this.returnHook = of('returnHook');
    this.hookStore = of('hookStore', 1);
    this.changed = of('markedStore', 4);
    this.wild = of('wild');
    this.interruptEntry = of('interruptEntry');
    this.interruptExit = of('interruptExit');
    this.observed = of('observed');
    this.stop = of('stop');
    this.walked = of('walked');
    this.switched = of('switched');
    this.unloaded = of('unloaded');
    this.done = of('done');
  }

  /** Before a run. `patched`: the patches are on. */
  reset(image: ProgramImage, patched: boolean): void {
    this.oracle.reset(image);
    this.oracle.patched = patched;
  }

  /** An event of the machine; true: the run is over. `step`: instructions executed before. */
  point(kind: number, data: number, at: number, step: number): boolean {
    const o = this.oracle;
    this.event(at, step);
    switch (kind) {
      case 2: // CALL
        o.push(data);
        if (!o.stopped) {
          this.call[0]!(o, o.depth - 1);
          this.call[1]!(o, o.depth - 1);
          this.call[2]!(o, o.depth - 1);
        }
        // Interrupt entry is the kernel, whatever it interrupted.
        if (data === HANDLER_CALL) this.usesToc(KERNEL);
        break;
      case 3: // SIBLING
        for (let i = 0; i < this.sibling.length; i++) this.sibling[i]!(o, o.depth - 1);
        if (o.depth > 0) o.aim(o.depth - 1, data);
        break;
      case 4: // LAND
        if (this.landing(data)) this.lands();
        break;
      case 6: // LAND_RESUME
        if (this.landing(data)) {
          this.lands();
          if (!o.stopped) this.resumes();
        }
        break;
      case 5: // RESUME
        if (o.depth > 0 && o.call[o.depth - 1] === data && o.landed[o.depth - 1] !== 0) this.resumes();
        break;
      case 7: // ENTRY_GLOBAL
      case 8: // ENTRY_LOCAL
      case 9: // ENTRY_SINGLE
        this.entry(kind, data);
        break;
      case 10: // MCOUNT_RETURN
        this.behindMcount(data);
        break;
      case 11: // EXIT
        this.exit();
        break;
      case 12: // TOC_USE
        this.usesToc(data);
        break;
      case 13: // HOST_CALLBACK
        if (o.depth > 0 && o.state[o.depth - 1] === TARGET_ENTERED && o.owed[o.depth - 1]! >= 0) o.hooked[o.depth - 1] = 1;
        for (let i = 0; i < this.callback.length; i++) this.callback[i]!(o, o.depth - 1);
        // The callback is C code of the kernel.
        this.usesToc(KERNEL);
        break;
      case 14: // HOOK_ENTRY
      case 15: // HOOK_PUSH_POP
      case 16: // HOOK_STORE
      case 22: // HOOK_LABEL
      case 23: // HOOK_BRANCH
        this.hook(data);
        break;
      case 17: // INTERRUPT_ENTRY
        o.level++;
        o.base[o.level] = o.depth;
        o.pushBase[o.level] = o.pushes;
        o.returns.base[o.level] = o.returns.count;
        o.hookBelow[o.level] = o.hook[o.depth]!;
        o.leaves();
        o.snapshots.take(o.machine, o.registerOnStack(1), o.level, o.paca);
        for (let i = 0; i < this.interruptEntry.length; i++) this.interruptEntry[i]!(o, o.level);
        break;
      case 18: // INTERRUPT_EXIT
        if (o.level === 0) break;
        for (let i = 0; i < this.interruptExit.length; i++) this.interruptExit[i]!(o, o.level);
        if (o.stopped) break;
        while (o.depth > o.base[o.level]!) o.pop();
        o.pushes = o.pushBase[o.level]!;
        o.returns.count = o.returns.base[o.level]!;
        // What the handler's call passed is not what the interrupted activation's last callee passed.
        o.hook[o.depth] = o.hookBelow[o.level]!;
        o.level--;
        break;
      case 26: // GRAPH_POP
        this.returnsThrough(HOOKER.GRAPH);
        break;
      case 28: // KRETPROBE_CALLBACK: once for each node that is taken off the list, and where there is none
        this.returnsThrough(HOOKER.KRETPROBE);
        this.usesToc(KERNEL);
        break;
      case 27: // TRACING_TEST
        this.asksForTracing();
        break;
      case 19: // DONE
        for (let i = 0; i < this.done.length; i++) this.done[i]!(o);
        break;
      default:
        break;
    }
    return o.stopped;
  }

  /** A return comes to another hook than the strategy's. */
  private returnsThrough(kind: number): void {
    const o = this.oracle;
    for (let i = 0; i < this.returnHook.length; i++) this.returnHook[i]!(o, o.depth - 1, kind);
    if (o.returns.count > 0) o.returns.count--;
  }

  /** The task that runs ends at `at`, wherever that is; `gone`: nobody has its memory. True: the run is over. */
  exits(at: number, step: number, gone: boolean): boolean {
    const o = this.oracle;
    this.event(at, step);
    o.abandon();
    if (!gone) return o.stopped;
    o.gone = true;
    for (let i = 0; i < this.done.length; i++) this.done[i]!(o);
    o.gone = false;
    return o.stopped;
  }

  /** The task has gone to sleep at `at`; `walks`, where its stack is walked, comes behind. True: the run is over. */
  sleeps(at: number, step: number): boolean {
    const o = this.oracle;
    this.event(at, step);
    if (o.recovery !== undefined) for (let i = 0; i < this.slept.length; i++) this.slept[i]!(o);
    return o.stopped;
  }

  /** The task has gone to sleep at `at`, and its stack is walked while it does; true: the run is over. */
  walks(at: number, step: number): boolean {
    this.event(at, step);
    for (let i = 0; i < this.walked.length; i++) this.walked[i]!(this.oracle);
    return this.oracle.stopped;
  }

  /** At `at`, a task (from 0) is switched to the state that the transition of patches under way leads to. */
  switches(task: number, at: number, step: number): void {
    this.event(at, step);
    for (let i = 0; i < this.switched.length; i++) this.switched[i]!(this.oracle, task);
    this.oracle.patches.switched(task);
  }

  /** At `at`, the text of a module is freed. */
  frees(module: number, at: number, step: number): void {
    this.event(at, step);
    for (let i = 0; i < this.unloaded.length; i++) this.unloaded[i]!(this.oracle, module);
  }

  /** The present event is about the instruction at `at`. Labels that were passed on the way are the newest pending call's. */
  private event(at: number, step: number): void {
    const o = this.oracle;
    const { machine } = o;
    if (machine.passed >= 0) {
      if (o.depth > 0) o.hook[o.depth - 1] = machine.passed;
      machine.passed = -1;
    }
    o.at = at;
    o.step = step;
  }

  /** Code of `module` counts on its TOC pointer in r2. */
  private usesToc(module: number): void {
    this.tocUse[0]!(this.oracle, module);
  }

  /** Control is at the return address of call record `call`: is that the newest pending return? If not, what follows is judged from there. */
  private landing(call: number): boolean {
    const o = this.oracle;
    const d = o.depth - 1;
    if (d >= 0 && o.call[d] === call) return true;
    for (let i = 0; i < this.stray.length; i++) this.stray[i]!(o, d);
    if (o.stopped) return false;
    let older = d;
    while (older >= 0 && o.call[older] !== call) older--;
    if (older < 0) return false;
    while (o.depth > older + 1) o.pop();
    return true;
  }

  private lands(): void {
    const o = this.oracle;
    const d = o.depth - 1;
    const { land } = this;
    o.landed[d] = 1;
    land[0]!(o, d);
    land[1]!(o, d);
    land[2]!(o, d);
  }

  private resumes(): void {
    const o = this.oracle;
    const d = o.depth - 1;
    const { resume } = this;
    o.written[d]! |= o.machine.written;
    o.machine.written = 0;
    resume[0]!(o, d);
    resume[1]!(o, d);
    resume[2]!(o, d);
    resume[3]!(o, d);
    resume[4]!(o, d);
    resume[5]!(o, d);
    if (o.stopped) return;
    if (o.observed.wanted && o.level === 0) {
      o.traceReturn(d);
      this.observes(d);
      if (o.stopped) return;
    }
    while (o.pushes > 0 && o.pushOwner[o.pushes - 1]! >= d) o.pushes--;
    while (o.returns.count > 0 && o.returns.owner[o.returns.count - 1]! >= d) o.returns.count--;
    o.pop();
  }

  private observesEntry(d: number, version: number): void {
    const o = this.oracle;
    if (!o.observed.wanted || o.level !== 0) return;
    o.traceEntry(d, version);
    this.observes(d);
  }

  private observes(d: number): void {
    if (!this.oracle.observed.compares) return;
    for (let i = 0; i < this.observed.length; i++) this.observed[i]!(this.oracle, d);
  }

  private entry(kind: number, version: number): void {
    const o = this.oracle;
    const d = o.depth - 1;
    if (d >= 0 && kind === POINT.ENTRY_LOCAL && o.open[d] === version) {
      o.open[d] = -1;
      return;
    }
    if (d >= 0 && version === o.target[d] && o.state[d] === CALLED) {
      o.state[d] = TARGET_ENTERED;
    } else if (d >= 0 && version === o.owed[d] && o.state[d] !== CALLED) {
      o.state[d] = REPLACEMENT_ENTERED;
      o.ran[d]!++;
    } else {
      for (let i = 0; i < this.stray.length; i++) this.stray[i]!(o, d);
      if (o.stopped || d < 0) return;
    }
    o.open[d] = kind === POINT.ENTRY_GLOBAL ? version : -1;
    const { enter } = this;
    enter[0]!(o, d, kind, version);
    enter[1]!(o, d, kind, version);
    enter[2]!(o, d, kind, version);
    enter[3]!(o, d, kind, version);
    enter[4]!(o, d, kind, version);
    enter[5]!(o, d, kind, version);
    if (o.recovery !== undefined && o.state[d] === REPLACEMENT_ENTERED && !o.stopped) for (let i = 0; i < this.sent.length; i++) this.sent[i]!(o, d);
    // The original of a patched function is entered on the way to its replacement: one event.
    if (!o.stopped && (version === o.owed[d] || o.owed[d]! < 0)) this.observesEntry(d, version);
  }

  /** Here it is decided whether the call at hand runs a replacement: what is owed is what the judge knows, whatever memory says. */
  private asksForTracing(): void {
    const o = this.oracle;
    const d = o.depth - 1;
    if (d < 0 || o.tracing[o.cpu] !== 0 || o.state[d] !== TARGET_ENTERED) return;
    o.state[d] = UNTRACED;
    o.owed[d] = -1;
  }

  private behindMcount(version: number): void {
    const o = this.oracle;
    const d = o.depth - 1;
    if (d >= 0 && o.state[d] === UNTRACED) o.state[d] = TARGET_ENTERED;
    const running = d < 0 ? -1 : o.state[d] === REPLACEMENT_ENTERED ? o.owed[d]! : o.state[d] === TARGET_ENTERED ? o.target[d]! : -1;
    if (running !== version) {
      for (let i = 0; i < this.stray.length; i++) this.stray[i]!(o, d);
      if (o.stopped || d < 0) return;
    }
    const { mcountReturn } = this;
    mcountReturn[0]!(o, d, version);
    mcountReturn[1]!(o, d, version);
    mcountReturn[2]!(o, d, version);
    mcountReturn[3]!(o, d, version);
  }

  private exit(): void {
    const o = this.oracle;
    const d = o.depth - 1;
    if (d < 0 || o.exited[d] !== 0) return;
    const regs = o.machine.regs;
    o.exited[d] = 1;
    for (let i = 0; i < 4; i++) o.results[4 * d + i] = regs[6 + i]!;
    if (o.recovery !== undefined && (o.hooked[d]! | o.handed[d]!) !== 0) for (let i = 0; i < this.returning.length; i++) this.returning[i]!(o, d);
  }

  private hook(data: number): void {
    const o = this.oracle;
    const d = o.depth - 1;
    if (d >= 0) o.hook[d] = o.at;
    if ((data & HOOK_DATA.RESULTS) !== 0) this.exit();
    if ((data & HOOK_DATA.POP) !== 0) {
      this.pushPop[0]!(o, d, 1);
      if (o.pushes > 0) o.pushes--;
    }
    if ((data & HOOK_DATA.PUSH) !== 0) {
      this.pushPop[0]!(o, d, 0);
      if (o.pushes < o.pushOwner.length) o.pushOwner[o.pushes++] = d;
    }
    if ((data & HOOK_DATA.STORE) !== 0) this.hookStore[0]!(o, d);
  }

  /** A store that touches marked doublewords; true: the run is over. */
  markedStore(at: number, flat: number, bytes: number, hi: number, lo: number, step: number): boolean {
    const o = this.oracle;
    this.event(at, step);
    const { marks, space } = o.machine;
    const last = (flat + bytes - 1) >> 3;
    for (let double = flat >> 3; double <= last; double++) {
      const mark = marks[double]!;
      if (mark === 0) continue;
      // The CR save word is anybody's; what is marked is the word behind it.
      if (mark === MARK.CR_WORDS && bytes === 4 && (flat & 7) === 0) continue;
      const oldLo = space.words[2 * double]!;
      const oldHi = space.words[2 * double + 1]!;
      let newLo = lo;
      let newHi = hi;
      if (bytes !== 8 || (flat & 7) !== 0) {
        newLo = patched(oldLo, 8 * double, flat, bytes, hi, lo);
        newHi = patched(oldHi, 8 * double + 4, flat, bytes, hi, lo);
      }
      const head = 8 * double - (mark === MARK.CHAIN ? 0 : mark === MARK.CR_WORDS ? 8 : 24);
      let d = o.depth - 1;
      while (d >= 0 && o.head[d] !== head) d--;
      if (d < 0) continue;
      const { changed } = this;
      changed[0]!(o, d, mark, oldHi, oldLo, newHi, newLo);
      changed[1]!(o, d, mark, oldHi, oldLo, newHi, newLo);
      changed[2]!(o, d, mark, oldHi, oldLo, newHi, newLo);
      changed[3]!(o, d, mark, oldHi, oldLo, newHi, newLo);
    }
    return o.stopped;
  }

  /** An indirect branch into generated text where nothing may land; true: the run is over. */
  wildLanding(from: number, to: number, step: number): boolean {
    const o = this.oracle;
    // A hook may enter a replacement by its LEP; the entry's own point looks at r2 and at who was called.
    if (o.machine.space.pointKind[to] === POINT.ENTRY_LOCAL) return false;
    this.event(from, step);
    this.blame(from);
    for (let i = 0; i < this.wild.length; i++) this.wild[i]!(o, o.depth - 1, to);
    return o.stopped;
  }

  /** The instruction at hand, when it is the strategy's, is the last of its activation. */
  private blame(at: number): void {
    const o = this.oracle;
    if (o.depth > 0 && o.machine.space.textTag[at] === TEXT.HOOK) o.hook[o.depth - 1] = at;
  }

  /** The machine cannot go on, or goes round in circles. */
  stops(stop: Stop | { readonly kind: 'loop'; readonly address: bigint }, at: number, step: number): void {
    const o = this.oracle;
    this.event(at, step);
    this.blame(at);
    for (let i = 0; i < this.stop.length; i++) this.stop[i]!(o, o.depth - 1, stop);
  }
}
