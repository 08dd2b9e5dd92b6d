/**
 * What a run shows to somebody who has nothing but its registers at its events: is every return where it was owed, with r1, r2, the non-volatiles, arguments and results as the ABI has them, and does
 * each interrupt leave the registers as it found them? Written from the ABI, over the process's own report; it shares nothing with the judge (invariants), whose verdicts are compared with it (sweep.ts).
 */
import { POINT } from '../image/points.ts';
import { CALL_KINDS } from '../image/program.ts';
import type { ProgramImage } from '../image/program.ts';
import { CALL_KIND_TABLE } from '../scenario/call-kinds.ts';
import type { Engine } from '../trial/engine.ts';
import type { ModelRun, Recorder } from './model-run.ts';
import type { Twin } from './moved.ts';
import { EVENT } from './runner.ts';

/** Of each event of a run: what its point is about. */
export interface Course {
  readonly words: Int32Array;
  readonly kinds: Uint8Array;
  /** The call's or the version's index. */
  readonly subjects: Int32Array;
  /** r2 must be this there (a replacement's local entry; of other functions' r2 some strategies make more), 0: no such rule; r12 must be this there (a global entry), 0: no such rule. */
  readonly toc: BigUint64Array;
  readonly gep: BigUint64Array;
  /** 1: a resume point at which r2 must be what it was at the call. */
  readonly keepsR2: Uint8Array;
}

/** r2 is behind the call what it was at it: whoever is called keeps it, or it has been loaded again by then. */
const keeps = ({ callNeedsR2, callKind }: ProgramImage, call: number): number => (callNeedsR2[call] !== 0 || RESTORES[callKind[call]!]! ? 1 : 0);
const RESTORES = CALL_KINDS.map((kind) => CALL_KIND_TABLE[kind].restores);

/** The first thing that is wrong; `event`: index, or their number for the end. */
export interface Wrong {
  readonly event: number;
  readonly what: string;
}

/** Of the run that the recorder holds. */
export function courseOf({ image }: Engine, { space, machine }: Twin, recorder: Recorder, { events }: ModelRun): Course {
  const words = recorder.words.slice(0, events), kinds = new Uint8Array(events), subjects = new Int32Array(events);
  const toc = new BigUint64Array(events), gep = new BigUint64Array(events), keepsR2 = new Uint8Array(events);
  words.forEach((word, i) => {
    const kind = kinds[i] = space.pointKind[word]!, data = subjects[i] = space.pointData[word]!;
    if (kind === POINT.ENTRY_LOCAL && image.versionIsReplacement[data] !== 0) {
      const module = image.versionModule[data]!;
      toc[i] = BigInt(machine.toc[2 * module]! >>> 0) << 32n | BigInt(machine.toc[2 * module + 1]! >>> 0);
    } else if (kind === POINT.ENTRY_GLOBAL) gep[i] = space.addressOf(word << 2);
    else if (kind === POINT.RESUME || kind === POINT.LAND_RESUME) keepsR2[i] = keeps(image, data);
  });
  return { words, kinds, subjects, toc, gep, keepsR2 };
}

/** A call that owes its return: its index, and the events at which it was made, at which its arguments were set (a sibling call sets them anew), at which its callee was about to return (-1: not yet). */
interface Pending {
  readonly call: number;
  readonly made: number;
  arguments: number;
  exit: number;
}
/** A flow of control: the task, or an interrupt that was taken at event `entry`. */
interface Flow {
  readonly entry: number;
  readonly pending: Pending[];
}

/** CR2 to CR4, of 32 bits. */
const CR_KEPT = 0x00fff000n;

/** `report`: EVENT_BYTES for each event of the course; `done`: the run came to its end. */
export function shown(course: Course, report: Uint8Array, done: boolean): Wrong | undefined {
  const events = new BigUint64Array(report.slice().buffer), count = course.kinds.length;
  const flows: Flow[] = [{ entry: -1, pending: [] }];
  for (let event = 0; event < count; event++) {
    const what = wrongAt(course, events, flows, event);
    if (what !== undefined) return { event, what };
  }
  if (!done) return { event: count, what: 'end' };
  return flows.length > 1 || flows[0]!.pending.length > 0 ? { event: count, what: 'return' } : undefined;
}

/** What is wrong at an event, and what it changes of who owes a return. */
function wrongAt(course: Course, events: BigUint64Array, flows: Flow[], event: number): string | undefined {
  const flow = flows.at(-1)!, top = flow.pending.at(-1), subject = course.subjects[event]!;
  switch (course.kinds[event]) {
    case POINT.CALL:
      flow.pending.push({ call: subject, made: event, arguments: event, exit: -1 });
      return undefined;
    case POINT.SIBLING:
      if (top !== undefined) top.arguments = event;
      return undefined;
    case POINT.EXIT:
      if (top !== undefined) top.exit = event;
      return undefined;
    case POINT.ENTRY_GLOBAL: case POINT.ENTRY_LOCAL: case POINT.ENTRY_SINGLE: case POINT.MCOUNT_RETURN:
      return entered(course, events, top, event);
    case POINT.LAND:
      return top === undefined || top.call !== subject ? 'return' : differs(events, top.made, event, [1]);
    case POINT.RESUME: case POINT.LAND_RESUME:
      if (top === undefined || top.call !== subject) return 'return';
      flow.pending.pop();
      return resumed(course, events, top, event);
    case POINT.INTERRUPT_ENTRY:
      flows.push({ entry: event, pending: [] });
      return undefined;
    case POINT.INTERRUPT_EXIT:
      if (flows.length === 1 || flow.pending.length > 0) return 'return';
      flows.pop();
      return left(events, flow.entry, event);
    default:
      return undefined;
  }
}

const value = (events: BigUint64Array, event: number, field: number): bigint => events[event * EVENT.DOUBLEWORDS + field]!;
const gpr = (events: BigUint64Array, event: number, n: number): bigint => value(events, event, EVENT.GPR + n);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const ARGUMENTS = range(3, 10), KEPT = range(13, 31), ALL = range(0, 31);

/** The first of these registers that is not the same at both events. */
function differs(events: BigUint64Array, before: number, event: number, registers: readonly number[]): string | undefined {
  const n = registers.find((it) => gpr(events, before, it) !== gpr(events, event, it));
  return n === undefined ? undefined : `r${n}`;
}

function entered({ toc, gep }: Course, events: BigUint64Array, top: Pending | undefined, event: number): string | undefined {
  if (gep[event] !== 0n && gep[event] !== gpr(events, event, 12)) return 'r12';
  if (toc[event] !== 0n && toc[event] !== gpr(events, event, 2)) return 'r2';
  return top === undefined ? 'return' : differs(events, top.arguments, event, ARGUMENTS);
}

function resumed({ keepsR2 }: Course, events: BigUint64Array, { made, exit }: Pending, event: number): string | undefined {
  if ((value(events, made, EVENT.CR) ^ value(events, event, EVENT.CR)) & CR_KEPT) return 'CR';
  return differs(events, made, event, [1, ...(keepsR2[event] !== 0 ? [2] : []), ...KEPT]) ?? (exit < 0 ? undefined : differs(events, exit, event, [3, 4]));
}

/** An interrupt leaves everything as it was. */
function left(events: BigUint64Array, entry: number, event: number): string | undefined {
  const special = [['LR', EVENT.LR], ['CTR', EVENT.CTR], ['CR', EVENT.CR], ['XER', EVENT.XER]] as const;
  return differs(events, entry, event, ALL) ?? special.find(([, field]) => value(events, entry, field) !== value(events, event, field))?.[0];
}
