/** From the judge's notes to a verdict: the objects that a violated run allocates. */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { Outcome, ReturnEdge, Verdict, Violation } from '../contract/verdict.ts';
import { POINT, TEXT } from '../image/points.ts';
import { CALL_KINDS } from '../image/program.ts';
import type { Oracle } from '../invariants/oracle.ts';
import type { Region } from '../scenario/scenario.ts';

/** As machine/halves.ts; here without an intermediate bigint, since campaigns make a lot of them. */
const halves = new Int32Array(2), whole = new BigUint64Array(halves.buffer);
function unsigned(hi: number, lo: number): bigint {
  halves[0] = lo;
  halves[1] = hi;
  return whole[0]!;
}

/** What a verdict needs of the strategy on trial: the label of its code that stands at or before a flat word. */
export type LabelOf = (flatWord: number) => string | undefined;

/** Where in an activation the word at which a violation was noticed lies. */
function regionOf(oracle: Oracle, i: number): Violation['region'] {
  const { notes } = oracle;
  const at = notes.at[i]!;
  const { textTag, pointKind } = oracle.machine.space;
  switch (textTag[at]) {
    case TEXT.STUB: return 'stub';
    case TEXT.FTRACE:
    case TEXT.CALLBACK:
    case TEXT.RETURN: return 'ftrace-entry';
    case TEXT.HOOK: return notes.entered[i] !== 0 ? 'hook-return' : 'hook-entry';
    case TEXT.INTERRUPT: return 'interrupt';
    case TEXT.START: return 'start';
    default: break;
  }
  switch (pointKind[at]) {
    case POINT.LAND:
    case POINT.RESUME:
    case POINT.LAND_RESUME: return 'return-site';
    default: return notes.call[i]! < 0 ? 'caller' : 'callee';
  }
}

function edgeOf(oracle: Oracle, call: number): ReturnEdge {
  return call < 0 ? 'none' : CALL_KINDS[oracle.image.callKind[call]!]!;
}

function violationOf(oracle: Oracle, i: number, labelOf: LabelOf): Violation {
  const { notes, image } = oracle;
  const { space } = oracle.machine;
  const call = notes.call[i]!;
  const region: Region | 'interrupt' | 'start' = regionOf(oracle, i);
  const hook = notes.hook[i]!;
  const cause = notes.cause[i]!;
  return {
    obligation: OBLIGATIONS[notes.obligation[i]!]!.name,
    address: space.addressOf(notes.at[i]! * 4),
    call: call < 0 ? 0 : image.callId[call]!,
    edge: edgeOf(oracle, call),
    place: (hook < 0 ? undefined : labelOf(hook)) ?? region,
    region,
    subject: notes.subject[i]!,
    expected: unsigned(notes.expected[2 * i]!, notes.expected[2 * i + 1]!),
    found: unsigned(notes.found[2 * i]!, notes.found[2 * i + 1]!),
    ...(cause < 0 ? {} : { cause: space.addressOf(cause * 4) }),
    step: notes.step[i]!,
  };
}

/** Violations in the order noticed, the fatal one last. */
export function violationsOf(oracle: Oracle, labelOf: LabelOf): Violation[] {
  return Array.from({ length: oracle.notes.count }, (_, i) => violationOf(oracle, i, labelOf));
}

/** A verdict object that is used again for every run that has nothing to report. */
export class QuietVerdict implements Verdict {
  outcome: Outcome = 'holds';
  readonly violations: readonly Violation[] = [];
  instructions = 0;
}
