/**
 * A program image: what `lower.ts` makes of a scenario. Fields are in typed arrays that are reused from scenario to scenario,
 * since a campaign lowers some hundred thousand of them.
 */
import type { HookKind, Scenario } from '../scenario/scenario.ts';
import { BOUNDS, CALL_KINDS as SITE_KINDS, MODULE_NAMES } from '../scenario/scenario.ts';
import type { AddressSpace } from './space.ts';

/** Modules and entry shapes are kept as their indexes. */
export { ENTRY_SHAPES } from '../scenario/scenario.ts';
/** Those of a scenario, and Q: the second patch's, in which a scenario has no functions of its own. */
export const MODULES = [...MODULE_NAMES, 'Q'] as const;
/** Codes in `callKind`; `root` is the first call of a context (the task's start, an interrupt's handler call). */
export const CALL_KINDS = ['root', ...SITE_KINDS] as const;

export const VERSIONS = BOUNDS.functions * 2 + BOUNDS.second;
/** Index 0 is a task's root call, 1 the handler call of interrupts; all bodies of a patched function have records of their calls. */
const CALLS = 2 + BOUNDS.calls * 3 + 2 * BOUNDS.sleepers;

/** By module: one to each function, to ftrace, to `schedule`. */
const STUBS = MODULES.length * (BOUNDS.functions + 2);
/** Per replacement an entry, a save and three exits; per original a GEP. */
const PIECES = BOUNDS.functions * 8 + BOUNDS.second * 5;

export const ROOT_CALL = 0;
export const HANDLER_CALL = 1;
/** `callId` of a sleeping version's call of `schedule`: no id that a scenario can have, so no anchor names it. */
export const SLEEP_CALL_ID = BOUNDS.id + 1;
/** Where the body of the second patch's version is from; NONE: it is none. */
export const COPY = { NONE: 0, SAME: 1, FIRST: 2 } as const;
/** Who else hooks returns of a version, a bit each. */
export const RETURN_HOOKERS = { graph: 1, kretprobe: 2, 'kretprobe-first': 4 } as const satisfies Record<HookKind, number>;
/** Targets of stubs that are no versions. */
export const STUB_TARGET = { FTRACE: -1, SCHEDULE: -2 } as const;

export class ProgramImage {
  scenario!: Scenario;
  readonly space: AddressSpace;
  /** TOC pointers by module index, address halves. */
  readonly tocHi = new Int32Array(MODULES.length);
  readonly tocLo = new Int32Array(MODULES.length);

  /** Function versions: originals first, in the scenario's order, then replacements in the same order, then the second patch's in its order. */
  versions = 0;
  readonly versionFunction = new Int32Array(VERSIONS);
  /** Index of the scenario's function in `scenario.functions`. */
  readonly versionIsReplacement = new Uint8Array(VERSIONS);
  readonly versionModule = new Int32Array(VERSIONS);
  readonly versionEntry = new Int32Array(VERSIONS);
  readonly versionArgs = new Int32Array(VERSIONS);
  readonly versionVariadic = new Uint8Array(VERSIONS);
  /** Flat word index of the GEP or single entry, and of the LEP (equal when there is one entry). */
  readonly versionGlobal = new Int32Array(VERSIONS);
  readonly versionLocal = new Int32Array(VERSIONS);
  /** The version that replaces this one while the patch is on, or -1. */
  readonly versionReplacement = new Int32Array(VERSIONS);
  /** The version that the second patch has for this one, or -1. */
  readonly versionSecond = new Int32Array(VERSIONS);
  /** Of the second patch's version, what its body is: COPY.SAME or COPY.FIRST; of any other, COPY.NONE. */
  readonly versionCopy = new Uint8Array(VERSIONS);
  /** One past the last flat word of the version's text. */
  readonly versionEnd = new Int32Array(VERSIONS);
  /** The mcount site is active: patched, or traced. */
  readonly versionHooked = new Uint8Array(VERSIONS);
  /** Flat word of the first instruction behind the mcount site (the NIP at ftrace, when the site is active). */
  readonly versionBehindMcount = new Int32Array(VERSIONS);
  /** Flat word of the version's out-of-line stub, -1: it has none. */
  readonly versionStub = new Int32Array(VERSIONS);

  /** Call sites. */
  calls = 0;
  readonly callId = new Int32Array(CALLS);
  readonly callKind = new Int32Array(CALLS);
  /** Version that contains the call, -1 for root and handler call. */
  readonly callOwner = new Int32Array(CALLS);
  /** Module whose text holds the call. */
  readonly callModule = new Int32Array(CALLS);
  /** Flat word of the instruction that makes the call (points CALL, SIBLING). */
  readonly callSite = new Int32Array(CALLS);
  /** Version that is called (the original, when patched); -1: given at run time (handler call). */
  readonly callCallee = new Int32Array(CALLS);
  /** Argument doublewords that are passed. */
  readonly callArgs = new Int32Array(CALLS);
  readonly callVariadic = new Uint8Array(CALLS);
  /** 24(r1) is live while the call is pending. */
  readonly callSlotLive = new Uint8Array(CALLS);
  /** r2 must be at the resume point what it was at the call (call-kind table). */
  readonly callNeedsR2 = new Uint8Array(CALLS);
  /** Flat word of the return address and of the resume point; -1 for sibling calls. */
  readonly callLand = new Int32Array(CALLS);
  readonly callResume = new Int32Array(CALLS);
  /** Index of the call's counter (THREAD_INFO.TI_counters), or -1; and its start value. */
  readonly callCounter = new Int32Array(CALLS);
  readonly callLimit = new Int32Array(CALLS);

  /** The version that each task calls first, by task, from 0. */
  readonly taskStart = new Int32Array(1 + BOUNDS.tasks);
  /** The version calls `schedule` before its own calls. */
  readonly versionSleeps = new Uint8Array(VERSIONS);
  /** And its task's stack is walked meanwhile. */
  readonly versionWalked = new Uint8Array(VERSIONS);
  /** Who else hooks its returns, as bits RETURN_HOOKERS. */
  readonly versionReturnHooks = new Uint8Array(VERSIONS);
  /** CPU on which its task goes on then. */
  readonly versionWakes = new Uint8Array(VERSIONS);

  /** Handler versions of the scenario's interrupts, by index in `scenario.interrupts`. */
  readonly interruptHandler = new Int32Array(BOUNDS.interrupts);
  /** It is handled on the emergency stack. */
  readonly interruptEmergency = new Uint8Array(BOUNDS.interrupts);
  /** Its handler is a soft irq's. */
  readonly interruptSoft = new Uint8Array(BOUNDS.interrupts);

  /** Call stubs: flat word of the first instruction, the module they lie in, and the version they lead to, or a STUB_TARGET. */
  stubs = 0;
  readonly stubModule = new Int32Array(STUBS);
  readonly stubWord = new Int32Array(STUBS);
  readonly stubTarget = new Int32Array(STUBS);

  /** Pieces of the strategy's own code in generated text: flat word of the first instruction, words, index in CODE_POINTS. */
  pieces = 0;
  readonly pieceWord = new Int32Array(PIECES);
  readonly pieceWords = new Int32Array(PIECES);
  readonly piecePoint = new Int32Array(PIECES);
  /** The code variant that was lowered (StrategySet.variants). */
  variant = 0;

  /** Flat word ranges of text that this lowering wrote: pairs [from, to). Decoded forms of them are stale. */
  readonly written = new Int32Array(2 * 8);
  writtenRanges = 0;

  constructor(space: AddressSpace) {
    this.space = space;
  }
}
