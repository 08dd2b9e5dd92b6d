/**
 * An invariant: one obligation's check, as handlers of a few events. Handlers read the oracle and the machine, allocate nothing,
 * and call `oracle.violate` when the obligation is broken. The judge (judge.ts) calls them after it has brought the oracle up to date,
 * unless said otherwise.
 */
import type { ObligationName } from '../contract/obligations.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { Stop } from '../machine/observer.ts';
import type { Oracle } from './oracle.ts';

/** `d` is always the index of the pending call that the event is about. */
export interface Invariant {
  readonly name: ObligationName;
  /** A call was made; `d` is the new pending return. */
  readonly call?: (o: Oracle, d: number) => void;
  /** Before pending return `d` is handed on by a sibling call. */
  readonly sibling?: (o: Oracle, d: number) => void;
  /** Control reached the return address of `d`. */
  readonly land?: (o: Oracle, d: number) => void;
  /** Control reached the resume point of `d`, which is about to be popped. */
  readonly resume?: (o: Oracle, d: number) => void;
  /** Control reached a landing point where it must not be: the return address of another call than the newest, an entry that nobody called. */
  readonly stray?: (o: Oracle, d: number) => void;
  /** A function version was entered by one of its entries (`kind`: POINT.ENTRY_*), not by falling from GEP to LEP. */
  readonly enter?: (o: Oracle, d: number, kind: number, version: number) => void;
  /** Code goes on behind an active mcount site. */
  readonly mcountReturn?: (o: Oracle, d: number, version: number) => void;
  /** At the livepatch callback's first instruction: r1 is as low as an ftrace call takes it, whether it is sent on or not. */
  readonly callback?: (o: Oracle, d: number) => void;
  /** Only for a strategy that declares a recovery (Recovers): a hooked call has come to its replacement. LR is what the hook has made it. */
  readonly sent?: (o: Oracle, d: number) => void;
  /** The same: whoever ends a hooked call is about to return, its replacement or what that has handed on to. */
  readonly returning?: (o: Oracle, d: number) => void;
  /** The same, at schedule_pick: the task has gone to sleep, whether its stack is walked or not. */
  readonly slept?: (o: Oracle) => void;
  readonly tocUse?: (o: Oracle, module: number) => void;
  /** Before the oracle counts it. 0 push, 1 pop. */
  readonly pushPop?: (o: Oracle, d: number, what: number) => void;
  /** Before the oracle counts it: another return hook than the strategy's, `kind` (a HOOKER), gives back an address that it has kept. */
  readonly returnHook?: (o: Oracle, d: number, kind: number) => void;
  /** Before a store of the strategy's code. */
  readonly hookStore?: (o: Oracle, d: number) => void;
  /** Before a store that changes a marked doubleword (`mark`: MARK.*) of the frame header of `d`. */
  readonly markedStore?: (o: Oracle, d: number, mark: number, oldHi: number, oldLo: number, hi: number, lo: number) => void;
  /** Before an indirect branch that leads to generated text where nothing may land. */
  readonly wild?: (o: Oracle, d: number, to: number) => void;
  /** Interrupt number `level` of those under way was just taken; and, before its `rfid`, is about to return. */
  readonly interruptEntry?: (o: Oracle, level: number) => void;
  readonly interruptExit?: (o: Oracle, level: number) => void;
  /** The machine stopped by itself; `loop`: a state recurred. */
  readonly stop?: (o: Oracle, d: number, stop: Stop | { readonly kind: 'loop'; readonly address: bigint }) => void;
  /** An event was added to the observable run, which is compared: pending call `d` was entered, or has returned. */
  readonly observed?: (o: Oracle, d: number) => void;
  /** At schedule_pick: the task has gone to sleep, and its stack is walked. */
  readonly walked?: (o: Oracle) => void;
  /** A task (from 0) is about to see another state of the patches. */
  readonly switched?: (o: Oracle, task: number) => void;
  /** The text of a module is about to be freed. */
  readonly unloaded?: (o: Oracle, module: number) => void;
  /** The task is done. */
  readonly done?: (o: Oracle) => void;
}

/** Index of an obligation in OBLIGATIONS, which the oracle records. */
export const obligationIndex = (name: ObligationName): number => OBLIGATIONS.findIndex((obligation) => obligation.name === name);

/** Halves of the address of a flat word. The low half is enough to tell words of one page apart. */
export const addressHi = (o: Oracle, flatWord: number): number => o.machine.space.pageHi[flatWord >>> 12]!;
export const addressLo = (o: Oracle, flatWord: number): number =>
  (o.machine.space.pageLo[flatWord >>> 12]! + ((flatWord & 0xfff) << 2)) | 0;
