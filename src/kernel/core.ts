/**
 * The kernel's own text of the model: everything that lies in the core page (layout.ts, KERNEL_CORE), as one text to assemble with
 * KERNEL_SYMBOLS and the strategy's own symbols.
 */
import { CALLBACK_TEXT } from './callback.ts';
import { FTRACE_ENTRY } from './ftrace.ts';
import { INTERRUPT_TEXT } from './interrupt.ts';
import { THREAD_START } from './start.ts';

/** The hook that goes into the core page. */
export interface CoreHook {
  /** Absent: FTRACE_ENTRY. */
  readonly ftraceEntry?: string | undefined;
  /** livepatch_handler and what belongs behind it. */
  readonly hook: string;
}

/** The parts in the order in which they lie; each begins with the label that names it (ftrace_entry, livepatch_handler, klp_callback, interrupt_entry, thread_start). */
export function coreParts(hook: CoreHook): readonly { readonly part: 'ftrace' | 'hook' | 'callback' | 'interrupt' | 'start'; readonly text: string }[] {
  return [
    { part: 'ftrace', text: `${hook.ftraceEntry ?? FTRACE_ENTRY}\n` },
    { part: 'hook', text: `${hook.hook}\n` },
    { part: 'callback', text: CALLBACK_TEXT },
    { part: 'interrupt', text: INTERRUPT_TEXT },
    { part: 'start', text: THREAD_START },
  ];
}

/** The labels of kernel text that other floors look up. A strategy's text must not define them, `ftrace_entry` and `livepatch_handler` excepted. */
export const CORE_LABELS = [
  'ftrace_entry', 'ftrace_call', 'ftrace_call_return', 'ftrace_exit', 'ftrace_no_trace', 'livepatch_handler', 'klp_callback',
  'interrupt_entry', 'interrupt_enabled', 'interrupt_call', 'interrupt_return', 'interrupt_disabled', 'interrupt_exit',
  'thread_start', 'thread_call', 'thread_return', 'thread_done',
] as const;
