/**
 * The kernel's data structures as the model has them: PACA, thread_info, kernel stacks, and where vmlinux's own parts lie.
 * Offsets are in bytes, addresses 64-bit unsigned. PACATOC, PACACURRENT, PACA_FTRACE_ENABLED and TI_livepatch_sp have the offsets
 * that a Linux 6.1 build had; the others are ours.
 */
import { PROTECTED_ZONE } from '../abi/frame.ts';

/** Offsets from r13. */
export const PACA = {
  /** kernel TOC pointer */
  PACATOC: 16,
  /** r9..r13 and CTR parked by interrupt entry (EXGEN) */
  PACA_EXGEN: 0x200,
  /** top of the stack that a handler with its own is to run on, this CPU's interrupt stack, its soft irq stack or the emergency stack; set by the harness at delivery */
  PACA_HARDIRQ_STACK: 0x300,
  /** nesting depth of interrupts that run on one of these */
  PACA_IRQ_DEPTH: 0x308,
  /** the device: GEP of the function that the interrupt entry code must call; set by the harness at delivery */
  PACA_IRQ_HANDLER: 0x310,
  /** nonzero: the handler runs on the interrupt stack; set by the harness at delivery */
  PACA_IRQ_OWN_STACK: 0x318,
  /** the device: nonzero when the task is to be preempted on the way out of this interrupt; set by the harness at delivery */
  PACA_NEED_RESCHED: 0x320,
  /** kernel_text base address, from which far code finds the ftrace entry */
  PACAKBASE: 0x328,
  /** `struct task_struct *__current`; thread_info is its first member */
  PACACURRENT: 2312,
  PACA_THREAD_INFO: 2312,
  /** u8: 0 switches the ftrace entry off on this CPU */
  PACA_FTRACE_ENABLED: 2556,
  /** per-CPU state of strategies begins here */
  PACA_STRATEGY: 0x1000,
} as const;

/** Offsets from thread_info. */
export const THREAD_INFO = {
  TI_livepatch_sp: 16,
  /** lowest address of the task's stack */
  TI_stack: 24,
  /** GEP of the function that the task calls first; set by the image */
  TI_start: 32,
  /** r1 of a task that has given up its CPU, at its switch frame */
  TI_ksp: 40,
  /** bytes of the graph tracer's entries that are in use (graph.ts) */
  TI_ret_top: 48,
  /** bytes of kretprobes' nodes that the task has (kretprobe.ts) */
  TI_rethook_top: 56,
  /** per-task state of strategies begins here */
  TI_strategy: 0x400,
  /** counters of limited calls: one doubleword for each call of the scenario, in the image's order */
  TI_counters: 0x1000,
  /** the graph tracer's entries, which the kernel has in memory of their own */
  TI_ret_stack: 0x2000,
  /** kretprobes' nodes, which the kernel links from one to the next */
  TI_rethooks: 0x3000,
} as const;

export const STACK_BYTES = 16384;
/**
 * Where a strategy has memory for each frame (contract/strategy.ts, owner `frame`), it lies so many bytes above the frame: right above each kernel stack, and as large
 * as the stack.
 */
export const FRAME_STATE = STACK_BYTES;
/** include/uapi/linux/magic.h; the doubleword at the low end of each stack. */
export const STACK_END_MAGIC = 0x57ac6e9dn;
/** Kernel code may use so much below r1 without a frame (arch/powerpc/include/asm/ptrace.h). */
export const KERNEL_REDZONE_SIZE = PROTECTED_ZONE;

/** Memory is mapped in pages of this size; every address below is aligned to it. */
export const PAGE_BYTES = 16384;

/**
 * With what ppc64le Linux runs kernel code: 64-bit mode, external interrupts on, machine checks on, relocation on, recoverable, little-endian
 * (arch/powerpc/include/asm/reg.h, MSR_KERNEL | MSR_EE).
 */
export const MSR_KERNEL = 0x8000000000009033n;
export const MSR = { SF: 1n << 63n, EE: 0x8000n, RI: 2n } as const;

/**
 * Where things lie. The core page holds ftrace entry, interrupt entry, thread start and the strategy's hook; one such page per
 * strategy exists, and the one on trial is mapped at KERNEL_CORE.
 */
export const ADDRESSES = {
  KERNEL_CORE: 0xc000000000010000n,
  /** scenario functions of module K: TEXT_PAGES pages */
  KERNEL_TEXT: 0xc000000000020000n,
  KERNEL_DATA: 0xc000000001000000n,
  PACA0: 0xc000000003e00000n,
  TASK: 0xc000000003e10000n,
  STACK: 0xc000000003e20000n,
  IRQ_STACK: 0xc000000003e30000n,
  /** the second CPU's, and those of the second and the third task */
  PACA1: 0xc000000003e40000n,
  IRQ_STACK1: 0xc000000003e50000n,
  TASK2: 0xc000000003e60000n,
  STACK2: 0xc000000003e70000n,
  TASK3: 0xc000000003e80000n,
  STACK3: 0xc000000003e90000n,
  /** for what must not fail, such as a machine check: nobody has made a thread_info at its low end */
  EMERGENCY_STACK: 0xc000000003ea0000n,
  /** of either CPU */
  SOFTIRQ_STACK: 0xc000000003eb0000n,
  SOFTIRQ_STACK1: 0xc000000003ec0000n,
} as const;

/** Where in the core page `schedule` lies: at the same place under every strategy, since generated code calls it. Bytes. */
export const SCHEDULE_OFFSET = PAGE_BYTES - 0x400;
/** The same for `return_to_handler`, whose address the graph tracer's callback gives out. */
export const RETURN_HANDLER_OFFSET = PAGE_BYTES - 0x300;
/** And for the trampoline of kretprobes. */
export const KRETPROBE_OFFSET = PAGE_BYTES - 0x240;

/** Pages of text of each module. */
export const TEXT_PAGES = 4;

/** Base of the cluster of modules of a place (scenario.ts). 0: within 2 GiB of vmlinux; 1: the module area; 2: 16 GiB further. */
export const CLUSTERS = [0xc000000010000000n, 0xc008000000000000n, 0xc008000400000000n] as const;
/** Offset of a module in its cluster. Q is the second patch's, and lies where P lies. */
export const MODULE_OFFSET = { M: 0x000000n, N: 0x200000n, P: 0x400000n, Q: 0x600000n } as const;
/** Offset of a module's data (its .toc and stub data) from its text. */
export const MODULE_DATA_OFFSET = 0x100000n;
/** A TOC pointer is its section's base + 0x8000 (ELFv2 3.3; module_64.c my_r2). */
export const TOC_BIAS = 0x8000n;
