/**
 * interrupt-transparency: when an interrupt returns, the interrupted context's registers and its stack from r1-288 to the top are what they were.
 * Of code that keeps data below r1 the words r1-288..r1 are left to protected-zone.
 */
import { TEXT } from '../image/points.ts';
import { CTR, LR, REGISTERS, SRR0, SRR1 } from '../machine/registers.ts';
import { PAIRS, SINGLES_FROM } from './interrupts.ts';
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';

const ME = obligationIndex('interrupt-transparency');
const SPECIAL: Readonly<Record<number, string>> = { [LR]: 'lr', [CTR]: 'ctr', [SRR0]: 'srr0', [SRR1]: 'srr1' };
const SINGLES = ['cr', 'xer.so', 'xer.ov', 'xer.ca'];

function registers(o: Oracle, level: number): void {
  const { regs } = o.machine;
  const was = o.snapshots.regs;
  const row = level * REGISTERS;
  const d = o.depth - 1;
  for (let i = 0; i < PAIRS; i++) {
    if (regs[i] === was[row + i]) continue;
    const at = i & ~1;
    o.violate(ME, d, SPECIAL[at] ?? `r${at >> 1}`, was[row + at]!, was[row + at + 1]!, regs[at]!, regs[at + 1]!);
    return;
  }
  for (let i = SINGLES_FROM; i < REGISTERS; i++) {
    if (regs[i] === was[row + i]) continue;
    o.violate(ME, d, SINGLES[i - SINGLES_FROM]!, 0, was[row + i]!, 0, regs[i]!);
    return;
  }
}

/** Notes a changed word of the interrupted stack; `frame` is the interrupted r1. */
export function changedWord(o: Oracle, obligation: number, level: number, word: number, frame: number): void {
  const { words } = o.machine.space;
  const first = word & ~1;
  o.violate(obligation, o.depth - 1, `${first * 4 - frame}(r1)`,
    o.snapshots.was(level, first + 1), o.snapshots.was(level, first), words[first + 1]!, words[first]!);
}

/** The interrupted code is a function's own, and so may keep data below r1. */
export const interruptedBody = (o: Oracle, level: number): boolean => {
  const pc = o.snapshots.pc[level]!;
  return pc >= 0 && o.machine.space.textTag[pc] === TEXT.BODY;
};

export const interruptTransparency: Invariant = {
  name: 'interrupt-transparency',
  interruptExit(o, level) {
    registers(o, level);
    const { snapshots } = o;
    const frame = snapshots.frame[level]!;
    if (frame < 0) return;
    const from = interruptedBody(o, level) ? frame >> 2 : snapshots.from(frame);
    const word = snapshots.differs(o.machine.space.words, level, from, snapshots.endOf(frame));
    if (word >= 0) changedWord(o, ME, level, word, frame);
  },
};
