/** What the runner module writes down, doubleword by doubleword. */

/** Doublewords of a record: what it is (WHAT in the high half, an event's word in the low one), registers, where, what LR and CTR point to, 24(r1), the arguments from the ninth on, the address of a fault. */
export const RECORD = { WHAT: 0, GPR: 1, LR: 33, CTR: 34, CR: 35, NIP: 36, AT_LR: 37, AT_CTR: 38, SLOT: 39, STACK: 40, ADDRESS: 44, DOUBLEWORDS: 45 } as const;
/** `tocs`: GPR n is the TOC pointer of module n (K M N, then P's sets), LR and CTR are the bounds of the strategies' hooks. `run`: the low half is its number; GPR n as in `tocs`, where the run has a TOC pointer of its own. `fault`: the low half is the exception. */
export const WHAT = { tocs: 1, run: 2, event: 3, trap: 4, fault: 5, done: 6,
  /** what a walk found on a sleeping task's stack: its result in GPR 0, then addresses and what lies there, TRACED pairs at most; the task's state in the transition */
  trace: 7, state: 8,
  /** what came of disabling a patch and removing its module: 1 where the transition is over, in GPR 0; what the system call for removing answered, in GPR 1 */
  removal: 9 } as const;
export const CHUNK_BYTES = 16 << 20;
/** Addresses of a trace in a record at most. */
export const TRACED = 20;
