/**
 * Points: places in the program's text that something wants to know about before the instruction there is executed. The image
 * marks them, the machine stops by at them, the judge and the interrupt scheduler read them. One kind per text word.
 */
export const POINT = {
  NONE: 0,
  /** First instruction of a call sequence (argument set-up). data: call index. Anchor region `caller` begins here. */
  CALL_SEQUENCE: 1,
  /** The instruction that makes the call: `bl LEP`, `bl stub`, `bctrl`. data: call index. */
  CALL: 2,
  /** The branch of a sibling call (`b LEP`, `b stub`), r1 and LR already the caller's. data: call index. */
  SIBLING: 3,
  /** The return address of a global or indirect call: its `ld r2,24(r1)`. data: call index. A legal landing. */
  LAND: 4,
  /** The resume point of a call whose LAND is another word (behind the reload). data: call index. */
  RESUME: 5,
  /** Return address and resume point at once (local and root calls). data: call index. A legal landing. */
  LAND_RESUME: 6,
  /** The GEP of a function version with two entries. data (here and below): version index (program.ts). A legal landing. */
  ENTRY_GLOBAL: 7,
  /** The LEP (also reached by falling through from the GEP). data: version index. */
  ENTRY_LOCAL: 8,
  /** The one entry of a version with st_other 0 or 1. data: version index. A legal landing. */
  ENTRY_SINGLE: 9,
  /** Behind an active mcount site: the original (or traced) code goes on. data: version index. A legal landing. */
  MCOUNT_RETURN: 10,
  /** The `blr` of an exit. data: version index. Results are in r3, r4. */
  EXIT: 11,
  /** An instruction that uses r2 as the TOC pointer of its module: a load's `addis`, a stub's first instruction. data: module index. */
  TOC_USE: 12,
  /** First instruction of the livepatch callback: the one host call. */
  HOST_CALLBACK: 13,
  /** First instruction of livepatch_handler. data (of the three HOOK points): HOOK_DATA bits. */
  HOOK_ENTRY: 14,
  /** A label that the strategy declares as push or pop. */
  HOOK_PUSH_POP: 15,
  /** A store of the strategy's hook code (obligation frame-condition). */
  HOOK_STORE: 16,
  /** First instruction of interrupt entry. */
  INTERRUPT_ENTRY: 17,
  /** The `rfid` of interrupt exit. A legal landing is its SRR0. */
  INTERRUPT_EXIT: 18,
  /** The task is done. */
  DONE: 19,
  /** Host side of the control hook: entry, and return. */
  CONTROL_ENTRY: 20,
  CONTROL_RETURN: 21,
  /** Another label of the strategy's code: the judge names the nearest one that was passed. */
  HOOK_LABEL: 22,
  /** A conditional branch of the strategy's code that is nothing else: which way it goes is counted. In a strategy's own ftrace entry: not judged. */
  HOOK_BRANCH: 23,
  FTRACE_BRANCH: 24,
  /** In `schedule`: the host chooses who goes on, and where. */
  SCHEDULE: 25,
  /** The graph tracer's return hook is about to release an entry (kernel/graph.ts). */
  GRAPH_POP: 26,
  /** Where ftrace entry asks whether tracing is on. Only in a run in which it is switched off (trial/engine.ts). */
  TRACING_TEST: 27,
  /** First instruction of the handler that a kretprobe's trampoline calls: the host takes nodes off the task's list (kernel/kretprobe.ts). */
  KRETPROBE_CALLBACK: 28,
} as const;
/** Bits of the points that change the structure of a run: calls, entries, returns, exits, interrupts. What an anchor means hangs on them alone. */
export const STRUCTURAL = 1 << POINT.CALL_SEQUENCE | 1 << POINT.CALL | 1 << POINT.SIBLING | 1 << POINT.LAND | 1 << POINT.LAND_RESUME
  | 1 << POINT.ENTRY_GLOBAL | 1 << POINT.ENTRY_LOCAL | 1 << POINT.ENTRY_SINGLE | 1 << POINT.EXIT | 1 << POINT.INTERRUPT_EXIT;

/** What a text word is, for anchors and reports. */
export const TEXT = { NONE: 0, BODY: 1, STUB: 2, FTRACE: 3, HOOK: 4, INTERRUPT: 5, START: 6, CALLBACK: 7, SWITCH: 8, /** return hooks of others: the graph tracer's, kretprobes' */ RETURN: 9 } as const;

/** A word has one point kind, but hook code may push with a store at its very entry: what it is besides, as bits of `data`. */
export const HOOK_DATA = { POP: 1, PUSH: 2, STORE: 4, /** the first word of a piece before an exit: results are in r3, r4 */ RESULTS: 8,
  /** a conditional branch */ BRANCH: 16 } as const;
