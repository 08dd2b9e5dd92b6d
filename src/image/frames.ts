/**
 * The frame of a function version, and what its body and its calls share: a TOC use, the epilogue (ELFv2 ABI 2.2.2).
 *
 *  -8, -16 from the caller's r1   a strategy's (contract/strategy.ts, replacement_save)
 *  -24 ..                         r31, r30, ..; CR goes to 8 of the caller's frame
 *  32 .. of the own r1            parameter save area, when a callee needs one
 */
import { FRAME, frameSize } from '../abi/frame.ts';
import { isSibling } from '../scenario/call-kinds.ts';
import { parameterArea } from '../scenario/versions.ts';
import type { Body, Call, ScenarioFunction } from '../scenario/scenario.ts';
import type { LoweringContext } from './context.ts';
import { tocWordOffset } from './data.ts';
import { WORD, addi, addis, ld, lwz } from './emit.ts';
import { POINT } from './points.ts';

/** Codes in versionEntry: indexes in ENTRY_SHAPES. */
export const DUAL = 0, CLOBBER = 2;

/** Non-volatile register r31-k is saved at this offset from the caller's r1. */
export const saveOffset = (k: number): number => -24 - 8 * k;

/** What the parts of one version need to know of it. One object, filled anew for each version. */
export class VersionFrame {
  version = 0;
  module = 0;
  entry = DUAL;
  replacement = false;
  /** A strategy's pieces are put into it: a replacement, in a code variant that has any. */
  pieces = false;
  fn!: ScenarioFunction;
  body!: Body;
  /** Bytes of its frame; 0: none. */
  frame = 0;
  /** r3 at its exits; r4 is one more. */
  result = 0;
}

/** Bytes of the frame that a version with calls makes. */
export function frameBytes(ctx: LoweringContext, at: VersionFrame): number {
  let area = 0;
  const { calls } = at.body;
  for (let i = 0; i < calls.length; i++) {
    const call = calls[i]!;
    if (!isSibling(call.kind)) area = Math.max(area, parameterArea(calleeOf(ctx, at, call)));
  }
  return frameSize(8 * area + 8 * at.body.nonvolatile + 16);
}

/** The function that a call names. */
export function calleeOf(ctx: LoweringContext, at: VersionFrame, call: Call): ScenarioFunction {
  return call.callee === 'self' ? at.fn : ctx.functions[ctx.indexOf[call.callee]!]!;
}

/** Loads a TOC word of the module's own; the judge looks at r2 here. */
export function emitTocUse(ctx: LoweringContext, module: number): void {
  const { out } = ctx;
  out.point(addis(11, 2, 0), POINT.TOC_USE, module);
  out.put(ld(11, tocWordOffset(ctx.tocWord++), 11));
}

/** The epilogue: r1, LR, non-volatiles back to what they were at entry. Uses r0 and r12. */
export function emitLeave(ctx: LoweringContext, at: VersionFrame): void {
  const { out } = ctx, { frame } = at, { nonvolatile } = at.body;
  if (frame > 0) {
    out.put(addi(1, 1, frame));
    out.put(ld(0, FRAME.LR_SAVE, 1));
  }
  if (nonvolatile > 0) {
    out.put(lwz(12, FRAME.CR_SAVE, 1));
    for (let k = nonvolatile - 1; k >= 0; k--) out.put(ld(31 - k, saveOffset(k), 1));
    out.put(WORD.MTCRF_NONVOLATILE_R12);
  }
  if (frame > 0) out.put(WORD.MTLR_R0);
}
