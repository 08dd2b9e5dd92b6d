/**
 * The scenario: one generated case, as plain JSON data. It says who calls whom and how, which functions are
 * live patched, where the modules lie and which interrupts land where. It says nothing about machine code
 * (floor `image`) and nothing about how a TOC is restored (floor `strategies`).
 *
 * Where `image`, `machine` and `arbitraries` keep a module, an entry shape, a call kind or a region as a number, it is the index in the list
 * given here (behind `root`, for call kinds).
 *
 * What a world around it means is said in `world.ts`.
 *
 * Ids are stable: removing a function, a call or an interrupt renumbers nothing. `canonical.ts` compacts them.
 */

/** K is vmlinux, M and N are ordinary modules, P is the livepatch module that holds the replacements. */
export const MODULE_NAMES = ['K', 'M', 'N', 'P'] as const;
export type ModuleName = (typeof MODULE_NAMES)[number];

/**
 * Where a module lies. Modules of the same place are within 2 GiB of each other, of different places further apart.
 * K always lies at place 0; so places {0, 0, 0} are "all near", which is what the absence of feature `far` means.
 */
export type Place = 0 | 1 | 2;

/**
 * Entry shape by st_other (ELFv2 ABI, 3.4.1 "Symbol Values", "Function Call Linkage Protocols"):
 * `dual`    v=3, GEP and LEP 8 bytes apart, needs and keeps its own TOC;
 * `single`  v=0, one entry, r2 on return equals r2 on entry (a leaf that uses no TOC and runs with its caller's r2);
 * `clobber` v=1, one entry, may clobber r2: the caller restores its own.
 */
export const ENTRY_SHAPES = ['dual', 'single', 'clobber'] as const;
export type EntryShape = (typeof ENTRY_SHAPES)[number];

/** How a call site calls; one row of `call-kinds.ts` each. */
export const CALL_KINDS = ['local', 'global', 'indirect', 'sibling', 'stub-sibling'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

export interface Call {
  /** Unique in the scenario, >= 1. Call 0 is the call that starts a context (the task's root call, an interrupt's handler call). */
  readonly id: number;
  readonly kind: CallKind;
  /** A function's id; `self` only in a replacement: a local call of the replacement's own LEP, which no hook sees. */
  readonly callee: number | 'self';
  /**
   * Present exactly where the call edge lies on a cycle of the call graph: how many times this site calls in one whole
   * run, 1..255. Its counter lives in memory (the task's), never in a register under test. When it is used up the site does
   * not call; a sibling site then returns.
   */
  readonly limit?: number;
}

export interface Body {
  /** In the order of execution. A `sibling` or `stub-sibling` call can only be the last. */
  readonly calls: readonly Call[];
  /** How many of r31, r30, .. the body uses (saved below r1 before `stdu`, as gcc does), 0..18; with > 0 CR2-CR4 as well. */
  readonly nonvolatile: number;
  /** The body keeps data in the protected zone: a leaf below its r1 without a frame; only allowed without calls. */
  readonly zone: boolean;
  /** The TOC slot 24(r1) is stored once in the prologue and serves all the indirect calls of the body. */
  readonly hoisted: boolean;
  /** The body has a second exit, before the ordinary one in the code, and leaves by it. Not together with a sibling call. */
  readonly earlyExit: boolean;
}

export interface Replacement {
  readonly entry: EntryShape;
  /** The replacement's own mcount site is active: ftrace is called at its entry and changes nothing. Only `dual`. */
  readonly traced: boolean;
  /** `same`: the original's body, compiled into P (calls of any kind become those that P can make); see obligation `differential`. */
  readonly body: Body | 'same';
}

export interface ScenarioFunction {
  /** Unique, >= 0. */
  readonly id: number;
  readonly module: ModuleName;
  readonly entry: EntryShape;
  /** Argument doublewords, 0..12; the first eight in r3-r10, the others on the stack. */
  readonly args: number;
  /** A variadic callee spills r3-r10 into the parameter save area of its caller's frame. Needs args >= 1, entry `dual`. */
  readonly variadic: boolean;
  /** The mcount site is active although the function is not patched. Ignored (must be false) when patched. */
  readonly traced: boolean;
  readonly body: Body;
  readonly replacement?: Replacement;
}

/** Where in an activation an event lands. */
export const REGIONS = ['caller', 'stub', 'ftrace-entry', 'hook-entry', 'callee', 'hook-return', 'return-site'] as const;
export type Region = (typeof REGIONS)[number];

/**
 * An anchor names a place in the structure, not a step count, so that it means the same under every strategy:
 * in context `context`, the `occurrence`-th time that call `call` is made, the `step`-th instruction (from 0) executed
 * in `region` by that very activation. Never reached: the witness "event not delivered".
 */
export interface Anchor {
  /** A task, or the id of the interrupt in whose handler this one lands. */
  readonly context: TaskContext | number;
  /** A call's id; 0: the context's own first call. */
  readonly call: number;
  /** From 1, at most 64. */
  readonly occurrence: number;
  readonly region: Region;
  /** 0..255 */
  readonly step: number;
}

export interface Interrupt {
  /** Unique, >= 1. */
  readonly id: number;
  readonly at: Anchor;
  /** The function (args 0) that the interrupt entry code calls. */
  readonly handler: number;
  /** The handler runs on the interrupt stack; false: on the interrupted one. */
  readonly ownStack: boolean;
}

export const CPUS = [0, 1] as const;
export type Cpu = (typeof CPUS)[number];

/** A task besides the first one, which begins at `Scenario.start` on CPU 0. */
export interface Task {
  /** 2 or 3; anchors name it `task2`, `task3`. */
  readonly id: 2 | 3;
  /** The function that it calls first; the same rules as for `Scenario.start`. */
  readonly start: number;
  /** Where it begins. */
  readonly cpu: Cpu;
}

/**
 * The kernel's tick lands at an anchor in a task's own code, and the task is preempted on the way out of it: preemption happens on return from an
 * outermost interrupt alone. `cpu`: where the task goes on later.
 */
export interface Switch {
  /** Unique among the switches, >= 1. */
  readonly id: number;
  /** `context` is a task. */
  readonly at: Anchor;
  readonly cpu: Cpu;
}

/** A version that sleeps, each time it runs, before it makes its own calls: it calls `schedule`, as code that waits for something does. */
export interface Sleeper {
  readonly function: number;
  /** The function's replacement sleeps; false: its original does. */
  readonly replacement: boolean;
  /** Where the task goes on. */
  readonly cpu: Cpu;
  /** Somebody walks the task's stack while it sleeps, and calls the trace reliable: a transition of patches, or the removal of a module. */
  readonly walked?: true;
}

/** Patch 1 is all the `replacement`s, in module P; patch 2 is `World.second`, in a livepatch module of its own. */
export const PATCHES = [1, 2] as const;
export type PatchNumber = (typeof PATCHES)[number];

/** What the second patch has for a function: a dual-entry version, whatever the entries of the others. */
export interface SecondVersion {
  /** A function that is not in P. */
  readonly function: number;
  /** Its body: the original's, compiled into the second module; or that of its `replacement`, which has one of its own and calls no function of P. */
  readonly body: 'same' | 'first';
}

export const CHANGES = ['enable', 'disable', 'replace'] as const;
/** `replace`: patch 2 goes on and patch 1 off in one transition (`klp_patch.replace`). */
export type Change = (typeof CHANGES)[number];

/** Somebody on another CPU enables or disables a patch, at this instruction of a task's own code. The task is not interrupted for it. */
export interface Transition {
  /** Unique among the transitions, >= 1. */
  readonly id: number;
  /** `context` is a task. */
  readonly at: Anchor;
  readonly change: Change;
  /** 2 for `replace`. */
  readonly patch: PatchNumber;
  /** Not with `enable`: when the transition is complete, the module of the patch that it turned off is removed, and its text is gone. */
  readonly unload?: true;
}

/**
 * Who else may hook returns: `graph`, the function graph tracer (kernel/graph.ts), which takes the return address that it finds in LR and puts its own
 * return_to_handler in its place; `kretprobe`, which does the same with a trampoline of its own (kernel/kretprobe.ts). Where both hook, who comes second finds the
 * other's address, and is returned to first: that is `kretprobe`; `kretprobe-first` comes before the tracer, as up to Linux 5.17.
 */
export const HOOK_KINDS = ['graph', 'kretprobe', 'kretprobe-first'] as const;
export type HookKind = (typeof HOOK_KINDS)[number];

/** Another hook than live patching's at the mcount site of a version, which is active: the version is patched, or traced. */
export interface OtherHook {
  readonly function: number;
  /** The site of the function's replacement; false: of its original. */
  readonly replacement: boolean;
  readonly kind: HookKind;
}

/**
 * Who has the stack and the thread_info of a task that has ended, and calls the task's first function again: `new`, a new task, for which the kernel makes all anew
 * (copy_thread, in arch/powerpc/kernel); `same`, the same task, for which it makes anew nothing but the stack pointer and the graph tracer's
 * entries: the idle task of a CPU that was taken offline and comes back (init_idle, kernel/sched/core.c; kernel/smpboot.c keeps the task).
 */
export const AGAIN = ['new', 'same'] as const;
export type Again = (typeof AGAIN)[number];

/** A task ends at an anchor, where it is: the function at hand calls do_exit, or is stopped for ever. Nothing that it has called returns. */
export interface Exit {
  /** Unique among the exits, >= 1. */
  readonly id: number;
  /** `context` is a task, `region` is `callee`: code of the task's own. */
  readonly at: Anchor;
  /** Absent: nobody. */
  readonly again?: Again;
}

/**
 * A task forks another one at an anchor: the function at hand calls kernel_clone. The new task waits its turn from there on. Its thread_info is a copy of its parent's
 * (dup_task_struct, kernel/fork.c), in which copy_thread (in arch/powerpc/kernel) makes `livepatch_sp` anew, and a strategy what it does not let be inherited
 * (contract/strategy.ts, StrategyState); its state in a transition of patches is its parent's (klp_copy_process, kernel/livepatch/transition.c).
 */
export interface Fork {
  /** Id of the task that begins there. */
  readonly task: Task['id'];
  /** `context` is a task of a lower number, `region` is `callee`: code of the parent's own. */
  readonly at: Anchor;
}

export interface World {
  readonly tasks: readonly Task[];
  readonly switches: readonly Switch[];
  readonly sleepers: readonly Sleeper[];
  /**
   * Ids of interrupts, with a stack of their own, that are handled on the emergency stack, as a machine check is: one at whose low end nobody has made a
   * thread_info. Absent: none.
   */
  readonly emergency?: readonly number[];
  /**
   * Ids of interrupts, with a stack of their own and not the emergency stack, whose handler is a soft irq's: it runs on the way out of a hard interrupt that does nothing else,
   * on the CPU's soft irq stack, with interrupts on (do_softirq_own_stack, arch/powerpc/kernel/irq.c). An interrupt that comes then stays on that stack, as do_IRQ has
   * it; and where something runs on one of the CPU's own stacks already, this one stays there. Absent: none.
   */
  readonly soft?: readonly number[];
  /** The second patch. Absent: it has nothing for any function. */
  readonly second?: readonly SecondVersion[];
  /** Patches that are off at first, rising. Absent: both are on, the second one on top of the first. */
  readonly off?: readonly PatchNumber[];
  /** Absent: none. */
  readonly transitions?: readonly Transition[];
  /** Absent: nobody but live patching hooks a return. */
  readonly hooks?: readonly OtherHook[];
  /** Absent: tasks come to their ends by returning. */
  readonly exits?: readonly Exit[];
  /** Of a task at most one. Absent: all tasks are there from the beginning. */
  readonly forks?: readonly Fork[];
  /** The image's functions are hooked out of line (CONFIG_PPC_FTRACE_OUT_OF_LINE, Linux 6.13 and later). Absent: by a call in their own text, as in 6.1. */
  readonly outOfLine?: true;
  /** Absent: tracing stays on, on both CPUs. */
  readonly tracing?: readonly TracingSwitch[];
}

/**
 * Tracing is switched off on a CPU, or on again: the PACA's byte that ftrace entry looks at (this_cpu_disable_ftrace, arch/powerpc/include/asm/ftrace.h;
 * KVM entry, CPU hotplug and kexec do so). While it is off a call of a patched function runs the original. It takes no instruction of the task's.
 */
export interface TracingSwitch {
  /** `context` is a task. */
  readonly at: Anchor;
  /** Whose byte; the task may run on the other one. */
  readonly cpu: Cpu;
  readonly on: boolean;
}

/** A task as an anchor's context names it. */
export type TaskContext = 'task' | 'task2' | 'task3';
export interface Scenario {
  readonly places: { readonly M: Place; readonly N: Place; readonly P: Place };
  readonly functions: readonly ScenarioFunction[];
  /** The function that the task calls first (args 0). The root call asks nothing of r2 and has no live TOC slot. */
  readonly start: number;
  readonly interrupts: readonly Interrupt[];
  /** Absent: one task on one CPU. */
  readonly world?: World;
}

/** Documented bounds of a valid scenario; a larger one is bad input. */
export const BOUNDS = {
  functions: 32,
  calls: 64,
  interrupts: 8,
  /** Besides the first one. */
  tasks: 2,
  switches: 8,
  sleepers: 8,
  /** Versions of the second patch. */
  second: 8,
  transitions: 4,
  hooks: 16,
  exits: 4,
  tracing: 4,
  forks: 2,
  args: 12,
  /** Of a call on a cycle: enough for a recursion that fills a stack with small frames and what a strategy keeps for each. */
  limit: 255,
  nonvolatile: 18,
  /** Calls made in the longest possible run, unpatched or patched, interrupts included. */
  dynamicCalls: 1024,
  /** Function, call and interrupt ids. */
  id: 65_535,
  occurrence: 64,
  step: 255,
  /** Stack that pending frames take at most, of 16 KiB (`stack.ts`); the rest is for a strategy's entries. */
  stackBytes: 15_872,
} as const;
