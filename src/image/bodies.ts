/**
 * The text of one function version, as gcc makes it for ppc64le kernels (ELFv2 ABI 2.2, 2.3; -mprofile-kernel), with every freedom of the ABI used. Each shape is compared with what gcc 12 makes
 * of C (verify/shapes.ts; test/verify/recorded/shapes.json has the words, and what is in brackets here is the name of the shape there):
 *
 *  GEP (two entries)   addis r2,r12,..; addi r2,r2,..   (K, N)     or   ld r2,-8(r12); add r2,r2,r12   (M, P, Q) [global entry, medium and large code model; single entry]
 *  LEP                 mflr r0; std r0,16(r1) in N, as gcc up to 6 has it; bl _mcount, or nop
 *                      where profile sequences lie out of line: b to the function's stub behind its text (kernel/ftrace-out-of-line.ts), or nop
 *  prologue            mflr r0; mfcr, non-volatiles below r1; std r0,16(r1); stdu r1,-N(r1) [frame; saved registers; saved CR; data in the protected zone]
 *  body                hoisted slot; variadic spill; stack arguments; a TOC use; the call of `schedule` of one that sleeps; per call: guard, arguments, call, result, a TOC use [slot saved once for all; variadic; arguments from the stack; arguments on the stack]
 *  exit                results; epilogue; poison (poison.ts); blr [early exit; sibling call]
 *
 * A version with one entry, or with data in the protected zone, makes no frame. The doublewords -8(r1) and -16(r1) of the caller's r1 are
 * left to a strategy's pieces, in originals to nobody. What must be kept has a high half too: it is r13 and a small number.
 */
import { FRAME, PROTECTED_ZONE, REGISTER_ARGUMENTS, parameterOffset } from '../abi/frame.ts';
import { OUT_OF_LINE_STUB_WORDS } from '../kernel/ftrace-out-of-line.ts';
import { ADDRESSES } from '../kernel/layout.ts';
import { bodyOf, parameterArea, secondBodyOf } from '../scenario/versions.ts';
import type { Body } from '../scenario/scenario.ts';
import { emitCall, emitSleep } from './calls.ts';
import type { LoweringContext } from './context.ts';
import { WORD, addi, addis, branch, branchLink, conditionalDistance, ld, li, std, stdu, stw } from './emit.ts';
import { CLOBBER, DUAL, VersionFrame, emitLeave, emitTocUse, frameBytes, saveOffset } from './frames.ts';
import { textStart } from './pages.ts';
import { emitPiece } from './pieces.ts';
import { POINT, TEXT } from './points.ts';
import { POISON, POISON_NEXT_BELOW, poisonParameter } from './poison.ts';
import { COPY } from './program.ts';
import type { ProgramImage } from './program.ts';

/** Functions begin at multiples of so many words. */
const ALIGN_WORDS = 64;
/** Indexes in MODULES. K and N reach their TOC by addis and addi, M, P and Q by the large code model; N is built by an older compiler. */
const K = 0, N = 2;
const KERNEL_CORE_LO = Number(BigInt.asIntN(32, ADDRESSES.KERNEL_CORE));

const current = new VersionFrame();

/**
 * Words that a version can take at most with alignment and one sibling call, its other calls excluded; that one such call can take; and
 * how many pieces of a strategy there can be in it.
 */
export const VERSION_WORDS = 384, CALL_WORDS = 34, VERSION_PIECES = 4;

/** The body of a version. */
export function bodyOfVersion(program: ProgramImage, version: number): Body {
  const fn = program.scenario.functions[program.versionFunction[version]!]!, copy = program.versionCopy[version]!;
  if (copy !== COPY.NONE) return secondBodyOf(fn, copy === COPY.SAME ? 'same' : 'first');
  return bodyOf(fn, program.versionIsReplacement[version] === 1 ? 'replacement' : 'original');
}

/** Writes version `version`, whose row in the program is complete but for its addresses, behind what its module has already. */
export function emitVersion(ctx: LoweringContext, version: number): void {
  const { program, out } = ctx, at = current;
  const index = program.versionFunction[version]!;
  const fn = ctx.functions[index]!, replacement = program.versionIsReplacement[version] === 1;
  at.version = version;
  at.module = program.versionModule[version]!;
  at.entry = program.versionEntry[version]!;
  at.replacement = replacement;
  at.pieces = replacement && ctx.variant !== null;
  at.fn = fn;
  at.body = bodyOfVersion(program, version);
  at.frame = at.entry !== DUAL || at.body.zone ? 0 : frameBytes(ctx, at);
  const copy = program.versionCopy[version] === COPY.SAME || (replacement && program.versionCopy[version] === COPY.NONE && fn.replacement!.body === 'same');
  at.result = 0x1000 + 4 * (copy ? index : version);

  out.at = ctx.next[at.module]! + 2 + ALIGN_WORDS - 1 & -ALIGN_WORDS;
  const start = out.at;
  emitEntry(ctx, at);
  emitMcountSite(ctx, at);
  emitPrologue(ctx, at);
  // One point for each word: the first of the body may be a TOC use.
  if (program.versionHooked[version] === 1 && out.at === program.versionBehindMcount[version]) out.put(WORD.NOP);
  const open = emitContents(ctx, at);
  if (open) {
    if (at.body.earlyExit) {
      out.put(WORD.CMPD_R1_R1);
      const branch = out.at;
      out.put(WORD.BNE);
      emitExit(ctx, at, true);
      out.words[branch] = out.words[branch]! | conditionalDistance(out.at - branch);
    }
    emitExit(ctx, at, false);
  }
  program.versionEnd[version] = out.at;
  out.textTag.fill(TEXT.BODY, start, out.at);
  if (ctx.outOfLine && program.versionHooked[version] === 1) emitOutOfLineStub(ctx, at);
  ctx.next[at.module] = out.at;
}

function emitEntry(ctx: LoweringContext, at: VersionFrame): void {
  const { program, out, variant } = ctx, { version, module } = at;
  if (at.entry !== DUAL) {
    const single = program.versionGlobal[version] = program.versionLocal[version] = out.at;
    if (at.pieces && variant!.singleEntry !== null) emitPiece(ctx, variant!.singleEntry);
    setPoint(ctx, single, POINT.ENTRY_SINGLE, version);
    return;
  }
  const distance = ctx.tocDistance(module, out.at);
  const large = module !== K && module !== N;
  if (large) {
    out.words[out.at - 2] = distance;
    out.words[out.at - 1] = distance >> 31;
  }
  const start = out.at;
  let global = start;
  if (at.pieces && variant!.hasEntry) {
    const piece = variant!.entry(distance);
    emitPiece(ctx, piece);
    global = start + piece.global;
    program.versionLocal[version] = start + piece.local;
  } else {
    if (variant !== null && variant.hasTracedEntry && program.versionHooked[version] === 1) {
      emitPiece(ctx, variant.tracedEntry(distance));
    } else if (large) {
      out.put(WORD.LD_R2_BEFORE_R12);
      out.put(WORD.ADD_R2_R2_R12);
    } else {
      out.put(addis(2, 12, distance + 0x8000 >> 16));
      out.put(addi(2, 2, distance));
    }
    program.versionLocal[version] = out.at;
  }
  program.versionGlobal[version] = global;
  setPoint(ctx, program.versionLocal[version]!, POINT.ENTRY_LOCAL, version);
  setPoint(ctx, global, POINT.ENTRY_GLOBAL, version);
}

function setPoint(ctx: LoweringContext, word: number, kind: number, data: number): void {
  ctx.out.pointKind[word] = kind;
  ctx.out.pointData[word] = data;
}

function emitMcountSite(ctx: LoweringContext, at: VersionFrame): void {
  const { program, out } = ctx, { version, module } = at;
  const hooked = program.versionHooked[version] === 1;
  if (!ctx.outOfLine) {
    out.put(WORD.MFLR_R0);
    if (module === N) out.put(std(0, FRAME.LR_SAVE, 1));
  }
  // Out of line: a nop, or a branch whose distance is put in when the stub is written.
  if (!hooked || ctx.outOfLine) out.put(WORD.NOP);
  else emitFtraceCall(ctx, module);
  program.versionBehindMcount[version] = out.at;
  if (hooked) out.mark(POINT.MCOUNT_RETURN, version);
  const save = at.pieces ? ctx.variant!.save : null;
  if (save === null) return;
  // One point for each word: the piece's first may be a store.
  if (hooked && save.hookData[0] !== 0) out.put(WORD.NOP);
  emitPiece(ctx, save);
}

function emitFtraceCall(ctx: LoweringContext, module: number): void {
  const { out } = ctx;
  if (module === K) {
    // vmlinux reaches the ftrace entry itself, at the start of the core page.
    const here = ctx.textLo[K]! + 4 * (out.at - textStart(K));
    out.put(branchLink(KERNEL_CORE_LO - here >> 2));
  } else {
    ctx.toStub(module, -1);
    out.put(branchLink(0));
  }
}

/** Behind the function's text: what `-mprofile-kernel` puts into it, and the way back. */
function emitOutOfLineStub(ctx: LoweringContext, { version, module }: VersionFrame): void {
  const { program, out } = ctx, stub = out.at, behind = program.versionBehindMcount[version]!;
  program.versionStub[version] = stub;
  out.words[behind - 1] = branch(stub - (behind - 1));
  out.put(WORD.MFLR_R0);
  emitFtraceCall(ctx, module);
  out.put(WORD.MTLR_R0);
  out.put(branch(behind - out.at));
  out.textTag.fill(TEXT.FTRACE, stub, stub + OUT_OF_LINE_STUB_WORDS);
}

function emitPrologue(ctx: LoweringContext, at: VersionFrame): void {
  const { out } = ctx, { frame, fn, version } = at, { nonvolatile } = at.body;
  if (frame > 0) out.put(WORD.MFLR_R0);
  if (nonvolatile > 0) {
    out.put(WORD.MFCR_R12);
    out.put(stw(12, FRAME.CR_SAVE, 1));
    for (let k = 0; k < nonvolatile; k++) out.put(std(31 - k, saveOffset(k), 1));
  }
  if (frame > 0) {
    out.put(std(0, FRAME.LR_SAVE, 1));
    out.put(stdu(1, -frame, 1));
  }
  if (nonvolatile > 0) {
    for (let k = 0; k < nonvolatile; k++) out.put(addi(31 - k, 13, 0x4000 + 32 * version + 31 - k));
    out.put(addis(12, 0, (version + 1 & 15) << 4 | ~version & 15));
    out.put(addi(12, 12, (version >> 2 & 7) << 12));
    out.put(WORD.MTCRF_NONVOLATILE_R12);
  }
  if (at.body.hoisted) out.put(WORD.SAVE_TOC);
  if (fn.variadic) for (let i = 0; i < REGISTER_ARGUMENTS; i++) out.put(std(3 + i, frame + parameterOffset(i), 1));
  for (let i = REGISTER_ARGUMENTS; i < fn.args; i++) out.put(ld(11, frame + parameterOffset(i), 1));
}

/** Writes what the body does. True: control comes to the end, so an exit must follow. */
function emitContents(ctx: LoweringContext, at: VersionFrame): boolean {
  const { out } = ctx, { calls, zone, nonvolatile } = at.body;
  if (at.entry === DUAL) emitTocUse(ctx, at.module);
  if (zone) {
    // Kept at the ends of what is left of the zone; r4, the second result, is right only if all three are.
    const first = saveOffset(nonvolatile);
    out.put(addi(11, 13, at.result + 1));
    out.put(std(11, first, 1));
    out.put(std(11, 8 - PROTECTED_ZONE, 1));
    out.put(std(11, -PROTECTED_ZONE, 1));
    out.put(WORD.NOP);
    out.put(ld(4, first, 1));
    out.put(ld(10, 8 - PROTECTED_ZONE, 1));
    out.put(WORD.XOR_R4_R4_R10);
    out.put(ld(10, -PROTECTED_ZONE, 1));
    out.put(WORD.XOR_R4_R4_R10);
  }
  if (at.entry === CLOBBER) out.put(li(2, -0x5001));
  if (ctx.program.versionSleeps[at.version] === 1) emitSleep(ctx, at);
  let open = true;
  for (let i = 0; i < calls.length; i++) open = emitCall(ctx, at, i);
  return open;
}

function emitExit(ctx: LoweringContext, at: VersionFrame, early: boolean): void {
  const { out, variant } = ctx;
  out.put(addi(3, 13, at.result));
  if (!at.body.zone) out.put(addi(4, 13, at.result + 1));
  emitLeave(ctx, at);
  out.block(POISON);
  const area = parameterArea(at.fn);
  for (let i = 0; i < area; i++) out.put(poisonParameter(i));
  const exit = !at.pieces ? null : early ? variant!.earlyExit : variant!.exit;
  if (!at.pieces || !variant!.usesFrame) out.block(POISON_NEXT_BELOW);
  if (exit !== null) emitPiece(ctx, exit);
  out.point(WORD.BLR, POINT.EXIT, at.version);
}

