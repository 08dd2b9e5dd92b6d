/**
 * The callback that ftrace entry calls: live patching's handler, which is C code in the kernel (klp_ftrace_handler, kernel/livepatch/patch.c).
 * It is the one thing that the host does: at its first instruction the host acts on registers and memory as named here, and clobbers
 * whatever a callee may clobber (abi/permissions.ts). Only `blr` is code.
 */
import { PT_REGS } from './frames.ts';

export const CALLBACK_TEXT = `klp_callback:
        blr
`;

/** What the host reads and writes there. Registers are GPR numbers; offsets are from the pt_regs pointer. */
export const CALLBACK = {
  /** Address of the traced function's `bl _mcount` (to which function the call belongs). */
  IP: 3,
  /** Return address into the caller. */
  PARENT_IP: 4,
  /** Pointer to pt_regs. */
  REGS: 6,
  /** Doubleword, read: behind the `bl _mcount`; written: the replacement's GEP, or left alone. */
  NIP: PT_REGS.NIP,
  /** Doubleword: the return address that LR gets at exit; a return hook changes it. */
  LINK: PT_REGS.LINK,
} as const;
