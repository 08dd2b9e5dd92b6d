/**
 * Events: places at which all registers are written down. In a module's text an event is a trap of our own and a word that says which it is; the exception that it raises saves every register, and the
 * runner module's die notifier writes them down and goes on behind the word. So nothing is changed that the code could see.
 */

/** `twi 31,0,0x70c0`: traps always (Power ISA 2.07B, Book I, 3.3.11), and is no word that a compiler makes. */
export const EVENT_WORD = 0x0fe070c0;

/** What happens at an event, as its word has it. */
export const MARKS = {
  /** the task's first call */
  root: 1,
  /** its return */
  end: 2,
  /** the global entry of a version; its local entry; the one entry of one that has no other */
  gep: 3, lep: 4, single: 5,
  /** behind an active mcount site: the version itself goes on */
  behind: 6,
  /** a call is made; a sibling call is */
  call: 7, sibling: 8,
  /** a return address; behind the reload of r2 there */
  land: 9, resume: 10,
  /** a version returns */
  exit: 11,
  /** r2 is used and is not the module's TOC pointer: to load; to find where to branch to, which ends the run */
  use: 12, astray: 13,
  /** the strategy's hook is entered */
  hook: 14,
  /** a limited call asks whether it may be made once more; never written down */
  guard: 15,
} as const;
/** Which call of its version `schedule`'s is, where a version sleeps. */
export const SLEEP = 63;
export type Mark = keyof typeof MARKS;
export const MARK_NAMES = Object.keys(MARKS) as readonly Mark[];

/** The word of an event: `version` is a module's index (K M N P) for `use` and `astray`; `at`: which call of its version; `limit`: of a guarded call. */
export function markWord(mark: Mark, version = 0, at = 0, limit = 0): number {
  return (MARKS[mark] << 24 | limit << 16 | version << 8 | at) >>> 0;
}

export function readMark(word: number): { readonly mark: Mark | undefined; readonly version: number; readonly at: number } {
  const number = word >>> 24;
  return { mark: MARK_NAMES.find((name) => MARKS[name] === number), version: word >>> 8 & 0xff, at: word & 0xff };
}
