/**
 * The kernel's own text of the model: everything that lies in the core page (layout.ts, KERNEL_CORE), as one text to assemble with
 * KERNEL_SYMBOLS and the strategy's own symbols.
 */
import { CALLBACK_TEXT } from './callback.ts';
import { FTRACE_ENTRY } from './ftrace.ts';
import { RETURN_TEXT } from './graph.ts';
import { FTRACE_ENTRY_OUT_OF_LINE } from './ftrace-out-of-line.ts';
import { INTERRUPT_TEXT } from './interrupt.ts';
import { KRETPROBE_TEXT } from './kretprobe.ts';
import { KRETPROBE_OFFSET, RETURN_HANDLER_OFFSET, SCHEDULE_OFFSET } from './layout.ts';
import { THREAD_START } from './start.ts';
import { SWITCH_TEXT } from './switch.ts';

/** The hook that goes into the core page. */
export interface CoreHook {
  /** Absent: FTRACE_ENTRY, or FTRACE_ENTRY_OUT_OF_LINE. */
  readonly ftraceEntry?: string | undefined;
  /** livepatch_handler (out of line livepatch_handler_ool) and what belongs behind it. */
  readonly hook: string;
  /** Default: in-line. */
  readonly style?: HookingStyle;
}

/**
 * How a function comes to ftrace: by a `bl` in its own text (-mprofile-kernel, until 6.12 the only one), or by a branch to a stub that has it
 * (CONFIG_PPC_FTRACE_OUT_OF_LINE, 6.13 and later).
 */
export type HookingStyle = 'in-line' | 'out-of-line';

/** The label at which the ftrace entry leaves to the strategy's code. */
export const HANDLER_LABEL = { 'in-line': 'livepatch_handler', 'out-of-line': 'livepatch_handler_ool' } as const satisfies Record<HookingStyle, string>;

/** The label of an ftrace entry of a strategy's own, and its code point. The kernel's has the first of them in either style. */
export const ENTRY_LABEL = { 'in-line': 'ftrace_entry', 'out-of-line': 'ftrace_entry_ool' } as const satisfies Record<HookingStyle, string>;

/** A part of the core page: it lies behind the one before, or at `offset` bytes from the page's beginning. */
export interface CorePart {
  readonly part: 'ftrace' | 'hook' | 'callback' | 'interrupt' | 'start' | 'switch' | 'return' | 'kretprobe';
  readonly text: string;
  readonly offset?: number;
}

/** The parts in the order in which they lie; each begins with the label that names it (ftrace_entry, HANDLER_LABEL, klp_callback, interrupt_entry, thread_start, schedule, return_to_handler, kretprobe_trampoline). */
export function coreParts(hook: CoreHook): readonly CorePart[] {
  return [
    { part: 'ftrace', text: `${hook.ftraceEntry ?? (hook.style === 'out-of-line' ? FTRACE_ENTRY_OUT_OF_LINE : FTRACE_ENTRY)}\n` },
    { part: 'hook', text: `${hook.hook}\n` },
    { part: 'callback', text: CALLBACK_TEXT },
    { part: 'interrupt', text: INTERRUPT_TEXT },
    { part: 'start', text: THREAD_START },
    { part: 'switch', text: SWITCH_TEXT, offset: SCHEDULE_OFFSET },
    { part: 'return', text: RETURN_TEXT, offset: RETURN_HANDLER_OFFSET },
    { part: 'kretprobe', text: KRETPROBE_TEXT, offset: KRETPROBE_OFFSET },
  ];
}

/** The labels of kernel text that other floors look up. A strategy's text must not define them, `ftrace_entry` and `livepatch_handler` excepted. */
export const CORE_LABELS = [
  'ftrace_entry', 'ftrace_call', 'ftrace_call_return', 'ftrace_exit', 'ftrace_no_trace', 'livepatch_handler', 'klp_callback',
  'interrupt_entry', 'interrupt_enabled', 'interrupt_call', 'interrupt_return', 'interrupt_disabled', 'interrupt_preempt', 'interrupt_exit',
  'schedule', 'schedule_pick', 'schedule_resume', 'tick',
  'return_to_handler', 'graph_call', 'graph_return', 'graph_pop', 'graph_empty',
  'kretprobe_trampoline', 'kretprobe_back', 'kretprobe_call', 'kretprobe_callback', 'kretprobe_empty',
  'thread_start', 'thread_call', 'thread_return', 'thread_done',
] as const;
