/** The text of a call: guard, argument set-up, and the call-kind table's steps. Shapes of verify/shapes.ts: local call, call that may leave the module, indirect call, arguments on the stack. */
import { REGISTER_ARGUMENTS, parameterOffset } from '../abi/frame.ts';
import { ADDRESSES, PACA, SCHEDULE_OFFSET, THREAD_INFO } from '../kernel/layout.ts';
import { CALL_KIND_TABLE, hoistedSlotIsLive, slotIsLive } from '../scenario/call-kinds.ts';
import type { CallKindRow, CallStep } from '../scenario/call-kinds.ts';
import type { LoweringContext } from './context.ts';
import { pointerOffset } from './data.ts';
import { addi, addis, branch, branchLink, conditionalDistance, ld, li, std, WORD } from './emit.ts';
import { calleeOf, emitLeave, emitTocUse } from './frames.ts';
import type { VersionFrame } from './frames.ts';
import { textStart } from './pages.ts';
import { emitPiece } from './pieces.ts';
import { POINT } from './points.ts';
import { poisonValue } from './poison.ts';
import { CALL_KINDS, SLEEP_CALL_ID, STUB_TARGET } from './program.ts';

/** Index of vmlinux in MODULES. */
const K = 0;
const SCHEDULE_LO = Number(BigInt.asIntN(32, ADDRESSES.KERNEL_CORE)) + SCHEDULE_OFFSET;

/**
 * Argument doubleword `index` of the call with id `id`, as an offset from r13: positive, 15 bits, distinct within a program whose ids are
 * below 512. r13, the PACA's address, gives the value a high half too, so that what keeps 32 bits only is seen.
 */
const argumentValue = (id: number, index: number): number => 0x2000 + ((id & 511) << 4) + index;

/** Writes call `at` of a body. False: control does not go on behind it. */
export function emitCall(ctx: LoweringContext, owner: VersionFrame, at: number): boolean {
  const { program, out } = ctx;
  const call = owner.body.calls[at]!, callee = calleeOf(ctx, owner, call);
  const row = CALL_KIND_TABLE[call.kind];
  const index = program.calls++;
  const calleeIndex = call.callee === 'self' ? owner.version : ctx.indexOf[call.callee]!;
  program.callId[index] = call.id;
  program.callKind[index] = CALL_KINDS.indexOf(call.kind);
  program.callOwner[index] = owner.version;
  program.callModule[index] = owner.module;
  program.callCallee[index] = calleeIndex;
  program.callArgs[index] = callee.args;
  program.callVariadic[index] = callee.variadic ? 1 : 0;
  program.callSlotLive[index] = slotIsLive(owner.body, at) ? 1 : 0;
  program.callNeedsR2[index] = row.needsR2 ? 1 : 0;
  program.callCounter[index] = -1;
  program.callLimit[index] = call.limit ?? 0;

  let guard = -1;
  if (call.limit !== undefined) {
    const counter = ctx.counters++;
    program.callCounter[index] = counter;
    const offset = THREAD_INFO.TI_counters + 8 * counter;
    out.put(ld(11, PACA.PACACURRENT, 13));
    out.put(ld(12, offset, 11));
    out.put(WORD.CMPDI_R12_0);
    guard = out.at;
    out.put(WORD.BEQ);
    out.put(addi(12, 12, -1));
    out.put(std(12, offset, 11));
  }

  // A local entry must not need r12, nor a call that sets it itself.
  out.point(li(12, poisonValue(12)), POINT.CALL_SEQUENCE, index);
  const registers = Math.min(callee.args, 8);
  for (let i = 0; i < registers; i++) out.put(addi(3 + i, 13, argumentValue(call.id, i)));
  if (row.returnsHere) emitStackArguments(ctx, call.id, callee.args);
  const { before } = row;
  for (let i = 0; i < before.length; i++) emitStep(ctx, owner, before[i]!, calleeIndex);
  if (!row.returnsHere) {
    const exit = owner.pieces ? ctx.variant!.exit : null;
    if (exit !== null) emitPiece(ctx, exit);
    emitStackArguments(ctx, call.id, callee.args);
  }
  program.callSite[index] = out.at;
  out.mark(row.returnsHere ? POINT.CALL : POINT.SIBLING, index);
  emitStep(ctx, owner, row.branch, calleeIndex);

  if (!row.returnsHere) {
    program.callLand[index] = program.callResume[index] = -1;
    if (guard >= 0) out.words[guard] = out.words[guard]! | conditionalDistance(out.at - guard);
    return guard >= 0;
  }
  emitReturnSite(ctx, owner, row, index, calleeIndex);
  if (guard >= 0) out.words[guard] = out.words[guard]! | conditionalDistance(out.at - guard);
  emitTocUse(ctx, owner.module);
  return true;
}

/** Writes the call of `schedule` of a version that sleeps: out of vmlinux a local call, out of a module one through a stub. */
export function emitSleep(ctx: LoweringContext, owner: VersionFrame): void {
  const { program, out } = ctx;
  const kind = owner.module === K ? 'local' : 'global', row = CALL_KIND_TABLE[kind];
  const index = program.calls++;
  program.callId[index] = SLEEP_CALL_ID;
  program.callKind[index] = CALL_KINDS.indexOf(kind);
  program.callOwner[index] = owner.version;
  program.callModule[index] = owner.module;
  program.callCallee[index] = -1;
  program.callArgs[index] = 0;
  program.callVariadic[index] = 0;
  program.callSlotLive[index] = row.slotLive || hoistedSlotIsLive(owner.body, 0) ? 1 : 0;
  program.callNeedsR2[index] = row.needsR2 ? 1 : 0;
  program.callCounter[index] = -1;
  program.callLimit[index] = 0;
  out.point(li(12, poisonValue(12)), POINT.CALL_SEQUENCE, index);
  program.callSite[index] = out.at;
  out.mark(POINT.CALL, index);
  if (owner.module === K) {
    out.put(branchLink(SCHEDULE_LO - (ctx.textLo[K]! + 4 * (out.at - textStart(K))) >> 2));
  } else {
    ctx.toStub(owner.module, STUB_TARGET.SCHEDULE);
    out.put(branchLink(0));
  }
  emitReturnSite(ctx, owner, row, index, -1);
  emitTocUse(ctx, owner.module);
}

/** From the return address to the first use of a result, which is at the resume point. */
function emitReturnSite(ctx: LoweringContext, owner: VersionFrame, row: CallKindRow, index: number, callee: number): void {
  const { program, out } = ctx, { after } = row;
  program.callLand[index] = out.at;
  if (after.length === 0) {
    out.mark(POINT.LAND_RESUME, index);
  } else {
    out.mark(POINT.LAND, index);
    for (let i = 0; i < after.length; i++) emitStep(ctx, owner, after[i]!, callee);
    out.mark(POINT.RESUME, index);
  }
  program.callResume[index] = out.at;
  out.put(WORD.MR_R9_R3);
}

/** Arguments from the ninth on, into the parameter save area of the frame at r1. */
function emitStackArguments(ctx: LoweringContext, id: number, args: number): void {
  const { out } = ctx;
  for (let i = REGISTER_ARGUMENTS; i < args; i++) {
    out.put(addi(0, 13, argumentValue(id, i)));
    out.put(std(0, parameterOffset(i), 1));
  }
}

function emitStep(ctx: LoweringContext, owner: VersionFrame, step: CallStep, callee: number): void {
  const { out } = ctx;
  switch (step) {
    case 'save-toc':
      if (!owner.body.hoisted) out.put(WORD.SAVE_TOC);
      return;
    case 'load-pointer':
      ctx.data.need(owner.module, callee);
      out.point(addis(12, 2, 0), POINT.TOC_USE, owner.module);
      out.put(ld(12, pointerOffset(callee), 12));
      return;
    case 'move-to-ctr': out.put(WORD.MTCTR_R12); return;
    case 'leave': emitLeave(ctx, owner); return;
    case 'bl-entry':
      ctx.toVersion(callee);
      out.put(branchLink(0));
      return;
    case 'bl-stub':
      ctx.toStub(owner.module, callee);
      out.put(branchLink(0));
      return;
    case 'bctrl': out.put(WORD.BCTRL); return;
    case 'b-entry':
      ctx.toVersion(callee);
      out.put(branch(0));
      return;
    case 'b-stub':
      ctx.toStub(owner.module, callee);
      out.put(branch(0));
      return;
    case 'restore-toc': out.put(WORD.RESTORE_TOC); return;
  }
}
