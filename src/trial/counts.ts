/** Counts witnesses (contract/witnesses.ts) from the points of a run. It reads the judge's oracle before the judge takes note of the point. */
import type { WitnessName } from '../contract/witnesses.ts';
import { WITNESSES, witnessIndex } from '../contract/witnesses.ts';
import { bodyOfVersion } from '../image/bodies.ts';
import { PAGE } from '../image/pages.ts';
import { TEXT } from '../image/points.ts';
import type { ProgramImage } from '../image/program.ts';
import { CALL_KINDS, COPY, ENTRY_SHAPES, MODULES, VERSIONS } from '../image/program.ts';
import { PAGE_SHIFT } from '../image/space.ts';
import { UNTRACED } from '../invariants/bounds.ts';
import type { Oracle } from '../invariants/oracle.ts';
import { HOOKER } from '../invariants/return-hooks.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import type { Again, Region, Scenario } from '../scenario/scenario.ts';
import { MADE_BY, SITUATION } from './coverage.ts';
import type { Coverage } from './coverage.ts';
import { NEWS, TALLIES, UNDER_HOOK } from './patch-news.ts';
import type { ReturnHookers } from './return-hookers.ts';
import type { Transitions } from './transitions.ts';

const at = (name: WitnessName): number => witnessIndex(name);
/** First of the five kinds of calls, and of calls of patched functions: in the order of CALL_KINDS behind `root`. */
const CALLS = at('calls-local') - 1;
const PATCHED = at('patched-local') - 1;
const W = {
  hooked: at('hooked-calls'), liveSlot: at('hooked-under-live-slot'), nested: at('nested-hooks'), recursion: at('patched-recursion'),
  oneFrame: at('hooks-on-one-frame'), core: at('patched-core-calls'), far: at('far-calls'), stack: at('stack-argument-calls'),
  variadic: at('variadic-calls'), hookedStack: at('hooked-stack-arguments'), hoisted: at('hoisted-slot-calls'), single: at('single-entry-calls'),
  clobber: at('caller-saved-toc-calls'), callbacks: at('callbacks'), self: at('self-calls'), traced: at('traced-replacements'),
  early: at('early-exits'), zone: at('zone-leaves'), zoneInterrupted: at('zone-leaves-interrupted'), interrupts: at('interrupts'),
  inHook: at('interrupts-in-hook'), interruptsNested: at('interrupts-nested'), irqStack: at('irq-stack-runs'),
  hookedInInterrupt: at('hooked-in-interrupt'), hookedInHook: at('hooked-in-interrupted-hook'), missed: at('events-not-delivered'),
  taskSwitches: at('task-switches'), preempted: at('preempted'), preemptedInHook: at('preempted-in-hook'),
  sleeps: at('sleeps'), sleepsUnderHook: at('sleeps-under-hook'), migrations: at('migrations'), migrationsInHook: at('migrations-in-hook'),
  migrationsUnderHook: at('migrations-under-hook'), interleaved: at('interleaved-hooks'), switchesMissed: at('switches-not-delivered'), emergency: at('emergency-stack-runs'), soft: at('soft-irqs'), hookedOnSoft: at('hooked-on-soft-irq-stack'), hookedOnEmergency: at('hooked-on-emergency-stack'), walks: at('walks'), walksUnderHook: at('walks-under-hook'), second: at('second-patch-calls'),
  returnHooks: at('return-hooks'), returnHooksUnderHook: at('return-hooks-under-hook'), returnHooksInside: at('return-hooks-inside'),
  returnHooksFull: at('return-hooks-full'), exits: at('exits'), exitsUnderHook: at('exits-under-hook'), stacksReused: at('stacks-reused'), exitsMissed: at('exits-not-delivered'), forks: at('forks'), forksUnderHook: at('forks-under-hook'), forksMissed: at('forks-not-delivered'), returnHooksInterrupted: at('return-hooks-interrupted'),
  outOfLine: at('hooked-out-of-line'), untraced: at('untraced-calls'), tracing: at('tracing-switched'), tracingUnderHook: at('tracing-switched-under-hook'), tracingMissed: at('tracing-not-switched'),
  kretprobes: at('kretprobes'), kretprobesUnderHook: at('kretprobes-under-hook'), kretprobesInside: at('kretprobes-inside'), kretprobesMissed: at('kretprobes-missed'),
  kretprobesFirst: at('kretprobes-before-tracer'), kretprobesSecond: at('kretprobes-behind-tracer'),
  differential: at('differential-runs'), unpatched: at('unpatched-runs'), nonvolatile: at('nonvolatile-users'), depth: at('hook-depth-0'),
} as const;
export const WITNESS = W;
const REGION: Readonly<Record<Region, number>> = {
  caller: at('interrupts-in-caller'), stub: at('interrupts-in-stub'), 'ftrace-entry': at('interrupts-in-ftrace-entry'),
  'hook-entry': at('interrupts-in-hook-entry'), callee: at('interrupts-in-callee'), 'hook-return': at('interrupts-in-hook-return'),
  'return-site': at('interrupts-in-return-site'),
};
/**
 * Calls by who makes them, an original or a replacement, and whether who is called is patched. -1: a state that a `patched-` witness says alone, as
 * only originals can call so (P has no patched functions), or only replacements (stubs of sibling calls); or one that the rules exclude.
 */
const STATES = new Int32Array(4 * CALL_KINDS.length).fill(-1);
for (const [state, name] of ['original-unpatched', 'original-patched', 'replacement-unpatched', 'replacement-patched'].entries()) {
  CALL_KINDS.forEach((kind, index) => { STATES[4 * index + state] = WITNESSES.findIndex((it) => it.name === `${name}-${kind}`); });
}
/** What is counted of a run's transitions, by the index of its tally; -1: nothing. */
const OF_TALLY = new Int32Array(TALLIES).fill(-1);
for (const [tally, name] of [
  [NEWS.BEGINS, 'transitions-begun'], [NEWS.TURNS, 'transitions-turned-round'], [NEWS.COMPLETE, 'transitions-complete'], [NEWS.AWAY, 'switched-asleep'],
  [NEWS.HELD, 'held-asleep'], [UNDER_HOOK, 'looked-at-under-hook'], [NEWS.GONE, 'modules-removed'],
] as const) OF_TALLY[tally] = at(name);
const LOCAL = 1;
const SINGLE = ENTRY_SHAPES.indexOf('single');
const CLOBBER = ENTRY_SHAPES.indexOf('clobber');

export class Counts {
  readonly witnesses = new Float64Array(WITNESSES.length);
  private readonly zone = new Uint8Array(VERSIONS);
  private readonly nonvolatile = new Uint8Array(VERSIONS);
  private readonly place = new Int32Array(MODULES.length);
  private image!: ProgramImage;
  /** Tasks, as bits, that have given up their CPU with a hooked call pending; and the CPU that each was on last. */
  private hookedTasks = 0;
  private readonly cpuOf = new Int32Array(1 + BOUNDS.tasks);
  private readonly oracle: Oracle;
  private readonly coverage: Coverage;

  constructor(oracle: Oracle, coverage: Coverage) {
    this.oracle = oracle;
    this.coverage = coverage;
  }

  /** Before a run. */
  begin(scenario: Scenario): void {
    this.hookedTasks = 0;
    if (scenario.world === undefined) return;
    this.cpuOf[0] = 0;
    scenario.world.tasks.forEach(({ cpu }, i) => { this.cpuOf[i + 1] = cpu; });
  }

  /** After each lowering. */
  load(scenario: Scenario, image: ProgramImage): void {
    this.image = image;
    const { places } = scenario;
    this.place[1] = places.M;
    this.place[2] = places.N;
    this.place[3] = this.place[4] = places.P;
    for (let v = 0; v < image.versions; v++) {
      const body = bodyOfVersion(image, v);
      this.zone[v] = body.zone ? 1 : 0;
      this.nonvolatile[v] = body.nonvolatile > 0 ? 1 : 0;
    }
  }

  point(kind: number, data: number, word: number): void {
    const w = this.witnesses;
    switch (kind) {
      case 2: // CALL
      case 3: // SIBLING
        this.call(data);
        break;
      case 11: // EXIT
        if (this.zone[data] !== 0) w[W.zone]!++;
        if (this.nonvolatile[data] !== 0) w[W.nonvolatile]!++;
        if (this.image.versionIsReplacement[data] !== 0 && word !== this.image.versionEnd[data]! - 1) w[W.early]!++;
        break;
      case 10: // MCOUNT_RETURN
        if (this.image.versionIsReplacement[data] !== 0) w[W.traced]!++;
        else if (this.untraced()) w[W.untraced]!++;
        break;
      case 14: // HOOK_ENTRY
      case 15: // HOOK_PUSH_POP
      case 23: // HOOK_BRANCH
      case 24: // FTRACE_BRANCH
        this.coverage.branch(word);
        break;
      default:
        break;
    }
  }

  private call(call: number): void {
    const w = this.witnesses;
    const { image } = this;
    const kind = image.callKind[call]!;
    if (kind === 0) return;
    const callee = image.callCallee[call]!;
    // The call of `schedule`: of no version.
    if (callee < 0) return;
    w[CALLS + kind]!++;
    const owner = image.callOwner[call]!;
    const patched = image.versionReplacement[callee]! >= 0 || image.versionSecond[callee]! >= 0 ? 1 : 0;
    if (patched !== 0) w[PATCHED + kind]!++;
    if (image.callArgs[call]! > 8) w[W.stack]!++;
    if (image.callVariadic[call] !== 0) w[W.variadic]!++;
    if (kind === LOCAL && image.callSlotLive[call] !== 0) w[W.hoisted]!++;
    const shape = image.versionEntry[callee];
    if (shape === SINGLE) w[W.single]!++;
    else if (shape === CLOBBER) w[W.clobber]!++;
    if (owner < 0) return;
    const state = STATES[4 * kind + 2 * image.versionIsReplacement[owner]! + patched]!;
    if (state >= 0) w[state]!++;
    const module = image.versionModule[callee]!;
    if (this.place[image.versionModule[owner]!] !== this.place[module]) w[W.far]!++;
    if (image.versionIsReplacement[owner] === 0) return;
    if (callee === owner) w[W.self]!++;
    else if (module === image.versionModule[image.versionFunction[owner]!]) w[W.callbacks]!++;
  }

  /** The callback has sent the newest pending call to replacement `version`. */
  hooked(version: number): void {
    const w = this.witnesses;
    const o = this.oracle;
    const { image } = this;
    const d = o.depth - 1;
    w[W.hooked]!++;
    if (image.versionCopy[version] !== COPY.NONE) w[W.second]!++;
    if (image.scenario.world?.outOfLine === true) w[W.outOfLine]!++;
    if (d >= 0) this.onStack(o.head[d]! >> PAGE_SHIFT);
    if ((this.hookedTasks & ~(1 << o.task)) !== 0) w[W.interleaved]!++;
    if (d < 0) return;
    let situation = image.callKind[o.call[d]!]!;
    if (o.slotLive[d] !== 0) {
      w[W.liveSlot]!++;
      situation |= 1 << SITUATION.slot;
    }
    if (o.argCount[d]! > 8 || image.versionVariadic[version] !== 0) {
      w[W.hookedStack]!++;
      situation |= 1 << SITUATION.stack;
    }
    const module = image.versionModule[image.versionFunction[version]!]!;
    if (module === 0) {
      w[W.core]!++;
      situation |= 1 << SITUATION.core;
    }
    const owner = image.callOwner[o.call[d]!]!;
    if (owner >= 0 && this.place[image.versionModule[owner]!] !== this.place[module]) situation |= 1 << SITUATION.far;
    const base = o.base[o.level]!;
    let depth = 0;
    let recursive = false;
    for (let i = d - 1; i >= 0; i--) {
      if (i >= base && o.hooked[i] !== 0) depth++;
      if (o.owed[i] === version) recursive = true;
    }
    if (depth > 3) depth = 3;
    w[W.depth + depth]!++;
    if (depth > 0) w[W.nested]!++;
    if (recursive) {
      w[W.recursion]!++;
      situation |= 1 << SITUATION.recursion;
    }
    if (o.handed[d] !== 0) {
      w[W.oneFrame]!++;
      situation |= 1 << SITUATION.handed;
    }
    let madeBy: number = MADE_BY.TASK;
    if (o.level > 0) {
      madeBy = o.level > 1 ? MADE_BY.NESTED : MADE_BY.INTERRUPT;
      w[W.hookedInInterrupt]!++;
      const from = o.snapshots.pc[o.level]!;
      if (from >= 0 && o.machine.space.textTag[from] === TEXT.HOOK) {
        w[W.hookedInHook]!++;
        madeBy = MADE_BY.IN_HOOK;
      }
    }
    this.coverage.situation(situation | depth << SITUATION.depth | madeBy << SITUATION.level);
  }

  /** Others have looked at the ftrace call of `version`, which went on to replacement `sent`, or -1. */
  returnHooked(version: number, sent: number, { count, kind, refused }: ReturnHookers): void {
    const w = this.witnesses;
    const inside = this.image.versionIsReplacement[version] !== 0;
    for (let i = 0; i < count; i++) {
      const graph = kind[i] === HOOKER.GRAPH;
      w[graph ? W.returnHooks : W.kretprobes]!++;
      if (sent >= 0) w[graph ? W.returnHooksUnderHook : W.kretprobesUnderHook]!++;
      if (inside) w[graph ? W.returnHooksInside : W.kretprobesInside]!++;
    }
    if (count === 2) w[kind[0] === HOOKER.GRAPH ? W.kretprobesSecond : W.kretprobesFirst]!++;
    if ((refused & 1 << HOOKER.GRAPH) !== 0) w[W.returnHooksFull]!++;
    if ((refused & 1 << HOOKER.KRETPROBE) !== 0) w[W.kretprobesMissed]!++;
  }

  /** The task that runs is about to end where it is; `again`: who has its stack. */
  exits(again: Again | undefined): void {
    const w = this.witnesses;
    w[W.exits]!++;
    if (!this.underHook()) return;
    w[W.exitsUnderHook]!++;
    if (again === 'same') w[W.stacksReused]!++;
  }

  /** The task that runs forks another one. */
  forks(): void {
    this.witnesses[W.forks]!++;
    if (this.underHook()) this.witnesses[W.forksUnderHook]!++;
  }

  /** So many interrupts of a run were never delivered, so many switches, so often tracing was not switched, and so many tasks did not end early or were not forked. */
  missed(interrupts: number, switches: number, tracing: number, exits: number, forks: number): void {
    this.witnesses[W.forksMissed]! += forks;
    this.witnesses[W.exitsMissed]! += exits;
    this.witnesses[W.missed]! += interrupts;
    this.witnesses[W.switchesMissed]! += switches;
    this.witnesses[W.tracingMissed]! += tracing;
  }

  /** Tracing has been switched. */
  tracing(): void {
    this.witnesses[W.tracing]!++;
    if (this.underHook()) this.witnesses[W.tracingUnderHook]!++;
  }

  /** The original of a patched function goes on, since tracing is off. */
  private untraced(): boolean {
    const { oracle, image } = this;
    if (oracle.depth === 0 || oracle.state[oracle.depth - 1] !== UNTRACED) return false;
    const target = oracle.target[oracle.depth - 1]!;
    return (oracle.patches.timed ? oracle.patches.owed(target) : image.versionReplacement[target]!) >= 0;
  }

  /** What became of the patches in a run, of so many transitions of the scenario. */
  transitions({ tally }: Transitions, of: number): void {
    const w = this.witnesses;
    for (let i = 0; i < tally.length; i++) if (OF_TALLY[i]! >= 0) w[OF_TALLY[i]!]! += tally[i]!;
    w[at('transitions-not-delivered')]! += of - tally[NEWS.BEGINS]! - tally[NEWS.TURNS]!;
  }

  /** A tick has landed before flat word `from`; `moves`: the task goes on on another CPU. */
  preempted(from: number, moves: boolean): void {
    const w = this.witnesses;
    w[W.preempted]!++;
    this.coverage.interrupt(from);
    const tag = this.oracle.machine.space.textTag[from];
    if (tag === TEXT.RETURN) w[W.returnHooksInterrupted]!++;
    if (tag !== TEXT.HOOK) return;
    w[W.preemptedInHook]!++;
    if (moves) w[W.migrationsInHook]!++;
  }

  /** The task that runs is about to give up its CPU. */
  givesUp(preempted: boolean): void {
    if (preempted) return;
    this.witnesses[W.sleeps]!++;
    if (this.underHook()) this.witnesses[W.sleepsUnderHook]!++;
  }

  /** Task `to` goes on on `cpu` where `from` has run on `was`; the record is still that of `from`. */
  goesOn(from: number, to: number, was: number, cpu: number): void {
    const w = this.witnesses;
    if (from !== to) w[W.taskSwitches]!++;
    this.hookedTasks = this.underHook() ? this.hookedTasks | 1 << from : this.hookedTasks & ~(1 << from);
    this.cpuOf[from] = was;
    if (this.cpuOf[to] === cpu) return;
    w[W.migrations]!++;
    if ((this.hookedTasks >>> to & 1) === 1) w[W.migrationsUnderHook]!++;
  }

  /** The stack of a sleeping task is walked. */
  walked(): void {
    this.witnesses[W.walks]!++;
    if (this.underHook()) this.witnesses[W.walksUnderHook]!++;
  }

  /** A hooked call stands on a frame on flat page `page`. */
  private onStack(page: number): void {
    if (page === PAGE.EMERGENCY_STACK) this.witnesses[W.hookedOnEmergency]!++;
    if (page === PAGE.SOFTIRQ_STACK || page === PAGE.SOFTIRQ_STACK1) this.witnesses[W.hookedOnSoft]!++;
  }

  private underHook(): boolean {
    const o = this.oracle;
    for (let d = 0; d < o.depth; d++) if ((o.hooked[d]! | o.handed[d]!) !== 0) return true;
    return false;
  }

  /** An interrupt was delivered before flat word `from`. */
  interrupt(region: Region, from: number, nested: boolean, ownStack: boolean, emergency: boolean, soft: boolean): void {
    const w = this.witnesses;
    w[W.interrupts]!++;
    w[REGION[region]]!++;
    if (nested) w[W.interruptsNested]!++;
    if (ownStack) w[W.irqStack]!++;
    if (emergency) w[W.emergency]!++;
    if (soft) w[W.soft]!++;
    if (from < 0) return;
    this.coverage.interrupt(from);
    const { textTag } = this.oracle.machine.space;
    if (textTag[from] === TEXT.HOOK) w[W.inHook]!++;
    if (textTag[from] === TEXT.RETURN) w[W.returnHooksInterrupted]!++;
    if (textTag[from] !== TEXT.BODY) return;
    const { image } = this;
    for (let v = 0; v < image.versions; v++) {
      if (this.zone[v] !== 0 && from >= image.versionLocal[v]! && from < image.versionEnd[v]!) w[W.zoneInterrupted]!++;
    }
  }
}
