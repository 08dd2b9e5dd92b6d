/**
 * A strategy: a way to give the caller of a live-patched function its TOC and return address back. This folder is all that
 * a strategy's author needs to read. A strategy sees what real code at livepatch_handler sees: registers, memory, nothing else.
 */
import type { HookingStyle } from '../kernel/core.ts';
import type { Claim } from './claim.ts';

/**
 * The places of the program that a strategy may supply, as assembly that GNU `as -mregnames` takes too. Each text defines the
 * label of its own name. At least one must be present; an absent `livepatch_handler` is branch-only's code.
 */
export interface StrategyCode {
  /**
   * Entered after the ftrace entry when a callback altered the NIP: r1 = A's frame, r2 = its value at B's ftrace call,
   * LR = the return address, CTR = the replacement's entry, r13 = PACA; r0, r11, r12 free. Must not make a frame if C may read stack arguments.
   */
  readonly livepatch_handler?: string;
  /**
   * The same where the profile sequence lies out of line (PPC_FTRACE_OUT_OF_LINE, Linux 6.13 and later): r0 = the return address, LR = the replacement's
   * entry; r11, r12 and CTR free. Its labels are others than those of livepatch_handler. Absent: such scenarios are not applicable (hooksOutOfLine).
   */
  readonly livepatch_handler_ool?: string;
  /** Where the hook comes back, if that is not in livepatch_handler. Assembled right behind it, in one piece with it; and behind livepatch_handler_ool. */
  readonly livepatch_return?: string;
  /**
   * The entry sequence of each replacement with two entries; must define `replacement_entry` (the GEP) and
   * `replacement_local_entry` (the LEP), and falls through to the mcount site. `.TOC.` is the replacement's TOC pointer.
   */
  readonly replacement_entry?: string;
  /** The same of each replacement with one entry (which has no code of its own there): label `replacement_single_entry`. r2 is the incoming one. */
  readonly replacement_single_entry?: string;
  /** In every replacement right behind its mcount site, before its prologue: r1 is still the caller's. Doublewords -8(r1) and -16(r1) are the strategy's. */
  readonly replacement_save?: string;
  /** In every replacement before its final `blr` or sibling branch, behind the epilogue: r1 is the caller's again, LR is set. r0, r11, r12 free. */
  readonly replacement_exit?: string;
  /** The same before the `blr` of an early exit; absent: replacement_exit. An empty text: nothing. */
  readonly replacement_early_exit?: string;
  /** How the GEP of a traced or patched function with two entries sets r2; two instructions, label `traced_global_entry`, `.TOC.` is the function's. */
  readonly traced_global_entry?: string;
  /** The whole ftrace entry, label `ftrace_entry`; leaves to `livepatch_handler` when the NIP was altered. Out of line it is ftrace_entry_ool, or the kernel's. */
  readonly ftrace_entry?: string;
  /**
   * The same where the profile sequence lies out of line, label `ftrace_entry_ool`: LR points behind the `bl` of the function's stub, whose next word but one is the branch back into
   * the function (kernel/ftrace-out-of-line.ts). Leaves to `livepatch_handler_ool`. Its labels are others than those of ftrace_entry.
   */
  readonly ftrace_entry_ool?: string;
}

/**
 * Zeroed or preset memory of the strategy's own, per task (offset from thread_info), per CPU (offset from PACA), or per kernel stack, where thread_info
 * lay until Linux 5.0 (offset from the stack's low end). NAME is predefined as the offset.
 *
 * Or per frame (offset from the r1 that the hooked call is made with): each kernel stack, the emergency stack too, then has as much memory again right above it, and
 * what belongs to a frame lies STACK_BYTES above the frame. It begins as zeros, and is zeros again when a new task has the stack, or an idle task begins
 * again on it. A hook may write that of its caller's frame, no other.
 */
export interface StrategyState {
  readonly name: string;
  readonly owner: 'task' | 'cpu' | 'stack' | 'frame';
  /** From 1, rounded up to 8; at most 8192, and all state of an owner together within STATE_ROOM (state.ts): 32 for a frame. */
  readonly bytes: number;
  /** Initial value of the first doubleword, 64-bit unsigned; of a stack's the stack's low end is added. Default 0; of a frame's always. */
  readonly value?: bigint;
  /**
   * Of a task's: nobody makes it anew when the task is forked (copy_thread, in arch/powerpc/kernel), so it begins with what its parent has there at that moment
   * (dup_task_struct, kernel/fork.c). Absent: the strategy comes with a line in copy_thread that gives it its initial value, as `livepatch_sp` has one.
   */
  readonly inherited?: true;
}

export interface Strategy {
  /** Lower case, digits and dashes. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Commit, thread or author, with date. */
  readonly origin: string;
  readonly claim: Claim;
  readonly code: StrategyCode;
  readonly state?: readonly StrategyState[];
  /** Bytes of the caller's frame, besides 8 and 16, that the hook may also write (obligation frame-condition). */
  readonly areas?: readonly { readonly offset: number; readonly bytes: number }[];
  /**
   * Labels of instructions in the hook: a push label lies behind a completed push (such as at the branch to C), a pop label before the pop, with the
   * same r1 and, if there is a published cell, the same value in it. Obligation hook-balance compares them; none: not applicable.
   */
  readonly pushes?: readonly string[];
  readonly pops?: readonly string[];
  /**
   * The cell (a `state` name, or TI_livepatch_sp) that delimits what an interrupt may overwrite: counts as declared state. Where it points
   * into a kernel stack, what lies below it must stay clear of the frames there (obligation hook-balance). The same obligation asks that it is where it was
   * at first when all is done and a task has ended inside a hooked call, if its owner's memory was not made anew.
   */
  readonly published?: string;
  /**
   * What an unwinder is told that finds a label of the strategy's in place of a return address: obligation reliable-trace. Absent: nothing, as in the
   * kernel. What is said must be so from the branch to the replacement up to the return through the label: obligation recoverable.
   */
  readonly recovers?: Recovers;
  /**
   * Code that a campaign need not have interrupted, nor seen to branch: from a label of the strategy's up to the next one, and why. What is listed
   * here and is seen all the same makes the campaign inconclusive. Says nothing about what the code may do.
   */
  readonly exempt?: readonly Exemption[];
}

/**
 * At `label` (out of line at the label of that name with `_ool` behind it, if there is only that one) a return address stands for one that is kept in entries of `bytes` bytes, which `cell` (a task's `state`, or TI_livepatch_sp) points behind
 * the newest of: at `offset` from the end of the entry. Each time that a walk finds the label it is the next older entry. Where `cell` is a frame's `state` there is one
 * entry, of the frame in which the label was found.
 */
export interface Recovers {
  readonly label: string;
  readonly cell: string;
  /** 8..512 */
  readonly bytes: number;
  /** -512..-8, a multiple of 8. */
  readonly offset: number;
}

export interface Exemption {
  readonly label: string;
  /** One line. */
  readonly reason: string;
}

/** Names of the code points, in the order in which they are laid out. */
export const CODE_POINTS = [
  'ftrace_entry', 'ftrace_entry_ool', 'livepatch_handler', 'livepatch_handler_ool', 'livepatch_return',
  'replacement_entry', 'replacement_single_entry', 'replacement_save', 'replacement_exit', 'replacement_early_exit', 'traced_global_entry',
] as const satisfies readonly (keyof StrategyCode)[];
export type CodePoint = (typeof CODE_POINTS)[number];

/** The code points that lie in generated code, not in the hook: a scenario is lowered again for a strategy that has one of them. */
export const GENERATED_CODE_POINTS = [
  'replacement_entry', 'replacement_single_entry', 'replacement_save', 'replacement_exit', 'replacement_early_exit', 'traced_global_entry',
] as const satisfies readonly CodePoint[];

/**
 * A label of the second text that ends in `_ool` and the one of the first text that is called like it without that are one place to whoever looks for the
 * smallest case of a bug.
 */
export const inLinePlace = (place: string): string => (place.endsWith('_ool') ? place.slice(0, -'_ool'.length) : place);

/** The ftrace entry of the strategy's own for a style of hooking, if it has one. */
export const ownFtraceEntry = ({ code }: Pick<Strategy, 'code'>, style: HookingStyle): string | undefined => (style === 'in-line' ? code.ftrace_entry : code.ftrace_entry_ool);

/** Whether the strategy has code for functions whose profile sequence lies out of line: a handler for them, or no hook of its own for either style. */
export function hooksOutOfLine({ code }: Pick<Strategy, 'code'>): boolean {
  const { ftrace_entry: entry, livepatch_handler: handler, livepatch_return: back, livepatch_handler_ool: second } = code;
  return second !== undefined || (entry === undefined && handler === undefined && back === undefined);
}
