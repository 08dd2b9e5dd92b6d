/**
 * Call stubs of a module, behind its functions. To a function: as arch/powerpc/kernel/module_64.c makes them (ppc64_stub_insns; verify/shapes.ts has ld's beside it), r11 = the
 * stub's own data, whose doubleword at 32 is the target. To ftrace (CONFIG_MPROFILE_KERNEL): the target is found from the PACA, since r2
 * is not this module's and neither r2 nor 24(r1) may be touched.
 */
import { ADDRESSES, PACA } from '../kernel/layout.ts';
import type { LoweringContext } from './context.ts';
import { SCHEDULE_POINTER, pointerOffset } from './data.ts';
import { WORD, addi, addis, ld } from './emit.ts';
import { POINT, TEXT } from './points.ts';
import { STUB_TARGET } from './program.ts';

const STUB_ALIGN = 8;
/** Words that a stub can take, with alignment. */
export const STUB_WORDS = 8;
/** Offset of the target in a stub's data record. */
const FUNCDATA = 32;

/** What the PACA's PACAKBASE holds. */
export const KERNEL_BASE = ADDRESSES.KERNEL_CORE & ~0xffffffn;
const ENTRY_DISTANCE = Number(ADDRESSES.KERNEL_CORE - KERNEL_BASE);

/** Writes the stubs that the functions of a module asked for. */
export function emitStubs(ctx: LoweringContext, only: number): void {
  const { program, out } = ctx;
  for (let stub = 0; stub < program.stubs; stub++) {
    const module = program.stubModule[stub]!, target = program.stubTarget[stub]!;
    if (module !== only) continue;
    out.at = ctx.next[module]! + STUB_ALIGN - 1 & -STUB_ALIGN;
    const start = out.at;
    program.stubWord[stub] = start;
    if (target === STUB_TARGET.FTRACE) {
      out.put(ld(12, PACA.PACAKBASE, 13));
      out.put(addis(12, 12, ENTRY_DISTANCE + 0x8000 >> 16));
      out.put(addi(12, 12, ENTRY_DISTANCE));
    } else {
      const record = (target < 0 ? SCHEDULE_POINTER : pointerOffset(target)) - FUNCDATA;
      out.point(addis(11, 2, record + 0x8000 >> 16), POINT.TOC_USE, module);
      out.put(addi(11, 11, record));
      out.put(WORD.SAVE_TOC);
      out.put(ld(12, FUNCDATA, 11));
    }
    out.put(WORD.MTCTR_R12);
    out.put(WORD.BCTR);
    out.textTag.fill(target === STUB_TARGET.FTRACE ? TEXT.FTRACE : TEXT.STUB, start, out.at);
    ctx.next[module] = out.at;
  }
}
