/** What the machine tells whoever watches it, and how a run of it ends. The machine names no obligation. */

export interface Observer {
  /**
   * Before the instruction at flat word `at`, which carries point `kind` (image/points.ts), is executed. May read and write
   * the machine's state. Two kinds are not announced where it would be to no purpose: TOC_USE where r2 is the module's TOC pointer, and
   * HOOK_LABEL without data (Core.passed has it). Return true to stop the loop with `yield` before that instruction (it is executed, without asking
   * again, when the machine is run on).
   */
  point(kind: number, data: number, at: number): boolean;
  /**
   * Before a store of `bytes` bytes at flat byte offset `flat` that touches a marked doubleword (Machine.marks). `at`: flat word of the
   * storing instruction; hi, lo: the value of the register stored, of which the low `bytes` bytes count. Return true to stop with
   * `yield` before the store; the next run makes it without asking again.
   */
  markedStore(at: number, flat: number, bytes: number, hi: number, lo: number): boolean;
  /**
   * Before an indirect branch (bclr, bcctr; rfid is free) from flat word `from` reaches word `to` of a scenario text page that carries no landing
   * point. Return true to stop with `yield` (the pc is then still at `from`).
   */
  wildLanding(from: number, to: number): boolean;
}

export type Stop =
  | { readonly kind: 'budget' }
  | { readonly kind: 'yield' }
  /** tw/td whose condition holds */
  | { readonly kind: 'trap'; readonly address: bigint }
  | { readonly kind: 'unmodelled'; readonly address: bigint; readonly word: number }
  /** the target of a branch, or the next instruction, is not mapped, not text, or not a multiple of 4; `from`: the branch */
  | { readonly kind: 'bad-fetch'; readonly address: bigint; readonly from: bigint }
  | { readonly kind: 'bad-access'; readonly address: bigint; readonly target: bigint; readonly store: boolean };
