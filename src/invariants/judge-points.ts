/**
 * Points, as the judge takes them: what each does to the oracle's record, and whom it asks. Closures over the one oracle, as in pending.ts and for its reason: V8 then knows
 * the oracle and its arrays as constants, where a method would fetch each of them anew from an object that it knows nothing of.
 *
 * Labels of the switch over points are literals, because V8 makes a jump table of nothing else; a test holds them to POINT's names.
 *
 * Each event first brings the oracle up to date, then asks the handlers, except where a line says otherwise. Handlers of frequent events are called
 * from a line each, without a loop: V8 inlines a call that always has the same target.
 */
import { HOOK_DATA, POINT } from '../image/points.ts';
import { HANDLER_CALL } from '../image/program.ts';
import { CALLED, REPLACEMENT_ENTERED, TARGET_ENTERED, UNTRACED } from './bounds.ts';
import type { HandlersOf } from './handlers.ts';
import type { Oracle } from './oracle.ts';
import { HOOKER } from './return-hooks.ts';

/** Index of vmlinux in MODULES. */
const KERNEL = 0;

/** An event of the machine; true: the run is over. `step`: instructions executed before. */
export type Point = (kind: number, data: number, at: number, step: number) => boolean;

export function pointsOf(o: Oracle, of: HandlersOf): Point {
  const [call0, call1, call2] = of.few('call', 3), [land0, land1, land2] = of.few('land', 3), [mcount0, mcount1, mcount2, mcount3] = of.few('mcountReturn', 4);
  const [resume0, resume1, resume2, resume3, resume4, resume5] = of.few('resume', 6);
  const [enter0, enter1, enter2, enter3, enter4, enter5] = of.few('enter', 6);
  const [usesToc] = of.few('tocUse', 1), [pushPop] = of.few('pushPop', 1), [hookStore] = of.few('hookStore', 1);
  const sibling = of.all('sibling'), stray = of.all('stray'), callback = of.all('callback'), sent = of.all('sent'), returning = of.all('returning');
  const returnHook = of.all('returnHook'), observed = of.all('observed'), done = of.all('done');
  const interruptEntry = of.all('interruptEntry'), interruptExit = of.all('interruptExit');

  function point(kind: number, data: number, at: number, step: number): boolean {
    o.turnsTo(at, step);
    switch (kind) {
      case 2: // CALL
        o.push(data);
        if (!o.stopped) {
          call0(o, o.depth - 1);
          call1(o, o.depth - 1);
          call2(o, o.depth - 1);
        }
        // Interrupt entry is the kernel, whatever it interrupted.
        if (data === HANDLER_CALL) usesToc(o, KERNEL);
        break;
      case 3: // SIBLING
        for (let i = 0; i < sibling.length; i++) sibling[i]!(o, o.depth - 1);
        if (o.depth > 0) o.aim(o.depth - 1, data);
        break;
      case 4: // LAND
        if (landing(data)) lands();
        break;
      case 6: // LAND_RESUME
        if (landing(data)) {
          lands();
          if (!o.stopped) resumes();
        }
        break;
      case 5: // RESUME
        if (o.depth > 0 && o.call[o.depth - 1] === data && o.landed[o.depth - 1] !== 0) resumes();
        break;
      case 7: // ENTRY_GLOBAL
      case 8: // ENTRY_LOCAL
      case 9: // ENTRY_SINGLE
        entry(kind, data);
        break;
      case 10: // MCOUNT_RETURN
        behindMcount(data);
        break;
      case 11: // EXIT
        exit();
        break;
      case 12: // TOC_USE
        usesToc(o, data);
        break;
      case 13: // HOST_CALLBACK
        if (o.depth > 0 && o.state[o.depth - 1] === TARGET_ENTERED && o.owed[o.depth - 1]! >= 0) o.hooked[o.depth - 1] = 1;
        for (let i = 0; i < callback.length; i++) callback[i]!(o, o.depth - 1);
        // The callback is C code of the kernel.
        usesToc(o, KERNEL);
        break;
      case 14: // HOOK_ENTRY
      case 15: // HOOK_PUSH_POP
      case 16: // HOOK_STORE
      case 22: // HOOK_LABEL
      case 23: // HOOK_BRANCH
        hook(data);
        break;
      case 17: // INTERRUPT_ENTRY
        interrupted();
        break;
      case 18: // INTERRUPT_EXIT
        if (o.level > 0) returnsFromInterrupt();
        break;
      case 26: // GRAPH_POP
        returnsThrough(HOOKER.GRAPH);
        break;
      case 28: // KRETPROBE_CALLBACK: once for each node that is taken off the list, and where there is none
        returnsThrough(HOOKER.KRETPROBE);
        usesToc(o, KERNEL);
        break;
      case 27: // TRACING_TEST
        asksForTracing();
        break;
      case 19: // DONE
        for (let i = 0; i < done.length; i++) done[i]!(o);
        break;
      default:
        break;
    }
    return o.stopped;
  }

  function interrupted(): void {
    o.level++;
    o.base[o.level] = o.depth;
    o.pushBase[o.level] = o.pushes;
    o.returns.base[o.level] = o.returns.count;
    o.hookBelow[o.level] = o.hook[o.depth]!;
    o.leaves();
    o.snapshots.take(o.machine, o.registerOnStack(1), o.level, o.paca);
    for (let i = 0; i < interruptEntry.length; i++) interruptEntry[i]!(o, o.level);
  }

  function returnsFromInterrupt(): void {
    for (let i = 0; i < interruptExit.length; i++) interruptExit[i]!(o, o.level);
    if (o.stopped) return;
    while (o.depth > o.base[o.level]!) o.pop();
    o.pushes = o.pushBase[o.level]!;
    o.returns.count = o.returns.base[o.level]!;
    // What the handler's call passed is not what the interrupted activation's last callee passed.
    o.hook[o.depth] = o.hookBelow[o.level]!;
    o.level--;
  }

  /** A return comes to another hook than the strategy's. */
  function returnsThrough(kind: number): void {
    for (let i = 0; i < returnHook.length; i++) returnHook[i]!(o, o.depth - 1, kind);
    if (o.returns.count > 0) o.returns.count--;
  }

  /** Control is at the return address of call record `call`: is that the newest pending return? If not, what follows is judged from there. */
  function landing(call: number): boolean {
    const d = o.depth - 1;
    if (d >= 0 && o.call[d] === call) return true;
    for (let i = 0; i < stray.length; i++) stray[i]!(o, d);
    if (o.stopped) return false;
    let older = d;
    while (older >= 0 && o.call[older] !== call) older--;
    if (older < 0) return false;
    while (o.depth > older + 1) o.pop();
    return true;
  }

  function lands(): void {
    const d = o.depth - 1;
    o.landed[d] = 1;
    land0(o, d);
    land1(o, d);
    land2(o, d);
  }

  function resumes(): void {
    const d = o.depth - 1;
    o.written[d]! |= o.machine.written;
    o.machine.written = 0;
    resume0(o, d);
    resume1(o, d);
    resume2(o, d);
    resume3(o, d);
    resume4(o, d);
    resume5(o, d);
    if (o.stopped) return;
    if (o.observed.wanted && o.level === 0) {
      o.traceReturn(d);
      observes(d);
      if (o.stopped) return;
    }
    while (o.pushes > 0 && o.pushOwner[o.pushes - 1]! >= d) o.pushes--;
    while (o.returns.count > 0 && o.returns.owner[o.returns.count - 1]! >= d) o.returns.count--;
    o.pop();
  }

  function entered(d: number, version: number): void {
    if (!o.observed.wanted || o.level !== 0) return;
    o.traceEntry(d, version);
    observes(d);
  }

  function observes(d: number): void {
    if (!o.observed.compares) return;
    for (let i = 0; i < observed.length; i++) observed[i]!(o, d);
  }

  function entry(kind: number, version: number): void {
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
      for (let i = 0; i < stray.length; i++) stray[i]!(o, d);
      if (o.stopped || d < 0) return;
    }
    o.open[d] = kind === POINT.ENTRY_GLOBAL ? version : -1;
    enter0(o, d, kind, version);
    enter1(o, d, kind, version);
    enter2(o, d, kind, version);
    enter3(o, d, kind, version);
    enter4(o, d, kind, version);
    enter5(o, d, kind, version);
    if (o.recovery !== undefined && o.state[d] === REPLACEMENT_ENTERED && !o.stopped) for (let i = 0; i < sent.length; i++) sent[i]!(o, d);
    // The original of a patched function is entered on the way to its replacement: one event.
    if (!o.stopped && (version === o.owed[d] || o.owed[d]! < 0)) entered(d, version);
  }

  /** Here it is decided whether the call at hand runs a replacement: what is owed is what the judge knows, whatever memory says. */
  function asksForTracing(): void {
    const d = o.depth - 1;
    if (d < 0 || o.tracing[o.cpu] !== 0 || o.state[d] !== TARGET_ENTERED) return;
    o.state[d] = UNTRACED;
    o.owed[d] = -1;
  }

  function behindMcount(version: number): void {
    const d = o.depth - 1;
    if (d >= 0 && o.state[d] === UNTRACED) o.state[d] = TARGET_ENTERED;
    const running = d < 0 ? -1 : o.state[d] === REPLACEMENT_ENTERED ? o.owed[d]! : o.state[d] === TARGET_ENTERED ? o.target[d]! : -1;
    if (running !== version) {
      for (let i = 0; i < stray.length; i++) stray[i]!(o, d);
      if (o.stopped || d < 0) return;
    }
    mcount0(o, d, version);
    mcount1(o, d, version);
    mcount2(o, d, version);
    mcount3(o, d, version);
  }

  function exit(): void {
    const d = o.depth - 1;
    if (d < 0 || o.exited[d] !== 0) return;
    const regs = o.machine.regs;
    o.exited[d] = 1;
    for (let i = 0; i < 4; i++) o.results[4 * d + i] = regs[6 + i]!;
    if (o.recovery !== undefined && (o.hooked[d]! | o.handed[d]!) !== 0) for (let i = 0; i < returning.length; i++) returning[i]!(o, d);
  }

  function hook(data: number): void {
    const d = o.depth - 1;
    if (d >= 0) o.hook[d] = o.at;
    if ((data & HOOK_DATA.RESULTS) !== 0) exit();
    if ((data & HOOK_DATA.POP) !== 0) {
      pushPop(o, d, 1);
      if (o.pushes > 0) o.pushes--;
    }
    if ((data & HOOK_DATA.PUSH) !== 0) {
      pushPop(o, d, 0);
      if (o.pushes < o.pushOwner.length) o.pushOwner[o.pushes++] = d;
    }
    if ((data & HOOK_DATA.STORE) !== 0) hookStore(o, d);
  }

  return point;
}
