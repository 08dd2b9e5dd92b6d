/**
 * The oracle's stack of pending calls: what is written down when a call is made, handed on by a sibling call, and returned from (ELFv2
 * ABI 2.2.2: the caller's frame). The functions are closures over the oracle's arrays, as the engine's loop is (machine/execute.ts): V8
 * compiles arrays in as constants, and writing down a call is the longest part of the judge's work.
 */
import { HANDLER_CALL, ROOT_CALL } from '../image/program.ts';
import type { ProgramImage } from '../image/program.ts';
import { CR, MSR_PAIR } from '../machine/registers.ts';
import { ARGUMENT_WORDS, CALLED, CR_SAVED, MARK, MAX_PENDING, SAVED_BITS, SAVED_FROM, SAVED_WORDS } from './bounds.ts';
import type { PatchViews } from './patch-views.ts';
import type { Processor } from './processor.ts';

type Column =
  | 'call' | 'r1' | 'r2' | 'target' | 'owed' | 'state' | 'ran' | 'open' | 'hooked' | 'handed' | 'landed'
  | 'argCount' | 'args' | 'saved' | 'savedRow' | 'written' | 'cr' | 'msr' | 'head' | 'chain' | 'slotLive' | 'slot' | 'slotCause' | 'exited' | 'hook';

/** What is written: columns of the oracle (oracle.ts says what each means), by pending call. */
export interface PendingCalls extends Readonly<Record<Column, Int32Array>> {
  readonly machine: Processor;
  readonly image: ProgramImage;
  readonly root: number;
  readonly handler: number;
  readonly patched: boolean;
  readonly patches: PatchViews;
  depth: number;
  stopped: boolean;
  overflow: boolean;
  onStack(hi: number, lo: number): number;
}

export interface Recorder {
  readonly push: (call: number) => void;
  readonly aim: (d: number, call: number) => void;
  readonly pop: () => void;
}

export function recorderOf(o: PendingCalls): Recorder {
  const { machine, image, call: calls, r1, r2, target, owed, state, ran, open, hooked, handed, landed, argCount, args, saved, savedRow, written } = o;
  const { cr, msr, head: heads, chain, slotLive, slot, slotCause, exited, hook } = o;
  const { regs, marks } = machine;
  const { words } = machine.space;

  function push(call: number): void {
    const d = o.depth;
    if (d >= MAX_PENDING) {
      o.overflow = true;
      o.stopped = true;
      return;
    }
    o.depth = d + 1;
    calls[d] = call;
    r1[2 * d] = regs[2]!;
    r1[2 * d + 1] = regs[3]!;
    r2[2 * d] = regs[4]!;
    r2[2 * d + 1] = regs[5]!;
    landed[d] = 0;
    hooked[d] = 0;
    handed[d] = 0;
    hook[d] = -1;
    hook[d + 1] = -1;
    cr[d] = regs[CR]! & CR_SAVED;
    msr[2 * d] = regs[MSR_PAIR]!;
    msr[2 * d + 1] = regs[MSR_PAIR + 1]!;
    save(d);
    const head = o.onStack(regs[2]!, regs[3]!);
    heads[d] = head;
    aim(d, call);
    const live = head >= 0 ? image.callSlotLive[call]! : 0;
    slotLive[d] = live;
    slotCause[d] = -1;
    if (head < 0) return;
    const word = head >> 2;
    chain[2 * d] = words[word + 1]!;
    chain[2 * d + 1] = words[word]!;
    marks[head >> 3] = MARK.CHAIN;
    marks[(head >> 3) + 1] = MARK.CR_WORDS;
    if (live === 0) return;
    marks[(head >> 3) + 3] = MARK.SLOT;
    slot[2 * d] = regs[4]!;
    slot[2 * d + 1] = regs[5]!;
  }

  /** r13 to r31: a row of its own only where one of them may have been written since the call before, which is still pending. */
  function save(d: number): void {
    const shared = d > 0 && ((written[d - 1]! | machine.written) & SAVED_BITS) === 0;
    if (d > 0) written[d - 1]! |= machine.written;
    machine.written = 0;
    written[d] = 0;
    savedRow[d] = shared ? savedRow[d - 1]! : d;
    if (shared) return;
    for (let i = 2 * SAVED_FROM, to = d * SAVED_WORDS; i < 2 * SAVED_FROM + SAVED_WORDS; i += 2, to += 2) {
      saved[to] = regs[i]!;
      saved[to + 1] = regs[i + 1]!;
    }
  }

  function aim(d: number, call: number): void {
    const callee = call === HANDLER_CALL ? o.handler : call === ROOT_CALL ? o.root : image.callCallee[call]!;
    target[d] = callee;
    owed[d] = !o.patched || callee < 0 ? -1 : o.patches.timed ? o.patches.owed(callee) : image.versionReplacement[callee]!;
    state[d] = CALLED;
    ran[d] = 0;
    open[d] = -1;
    handed[d]! |= hooked[d]!;
    hooked[d] = 0;
    exited[d] = 0;
    const count = image.callArgs[call]!;
    argCount[d] = count;
    const first = d * ARGUMENT_WORDS;
    // All of r3-r10: what a call with fewer arguments has in the others comes to the callee as well.
    for (let i = 0; i < 16; i += 2) {
      args[first + i] = regs[6 + i]!;
      args[first + i + 1] = regs[7 + i]!;
    }
    const head = heads[d]!;
    if (count <= 8 || head < 0) return;
    for (let i = 8; i < count; i++) {
      const word = (head + 32 + 8 * i) >> 2;
      args[first + 2 * i] = words[word + 1]!;
      args[first + 2 * i + 1] = words[word]!;
    }
  }

  function pop(): void {
    const d = --o.depth;
    if (d > 0) written[d - 1]! |= written[d]!;
    const head = heads[d]!;
    if (head < 0) return;
    marks[head >> 3] = 0;
    marks[(head >> 3) + 1] = 0;
    if (slotLive[d] !== 0) marks[(head >> 3) + 3] = 0;
  }

  return { push, aim, pop };
}
