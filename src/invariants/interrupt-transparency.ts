/**
 * interrupt-transparency: when an interrupt returns, the interrupted context's registers (r13 is the executing CPU's PACA) and its stack from r1-288 to the top are what they were.
 * Of code that keeps data below r1 the words r1-288..r1 are left to protected-zone.
 *
 * And what the kernel itself counts on: the handler is called with MSR[EE] and MSR[RI] set, on the interrupt stack where that is asked for, else
 * on the interrupted one; before the `rfid` MSR[EE] is clear (SRR0 and SRR1 are single registers), and PACA_IRQ_DEPTH, on which the next
 * choice of a stack hangs, is what it was.
 */
import { TEXT } from '../image/points.ts';
import { HANDLER_CALL } from '../image/program.ts';
import { PAGE_SHIFT } from '../image/space.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { CTR, LR, MSR_EE, MSR_PAIR, MSR_RI, REGISTERS, SRR0, SRR1 } from '../machine/registers.ts';
import { IRQ_DEPTH, IRQ_OWN_STACK, PAIRS, SINGLES_FROM } from './interrupts.ts';
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';

const ME = obligationIndex('interrupt-transparency');
const SPECIAL: Readonly<Record<number, string>> = { [LR]: 'lr', [CTR]: 'ctr', [SRR0]: 'srr0', [SRR1]: 'srr1' };
const SINGLES = ['cr', 'xer.so', 'xer.ov', 'xer.ca'];

/** MSR of a handler: the bits that must be set. */
const HANDLER_MSR = MSR_EE | MSR_RI;
/** Index of r13, low half: the one register that is not what it was where the task has come to another CPU. */
const R13 = 26;

/** Low half of MSR has `value` in the bits of `mask`. */
function msr(o: Oracle, d: number, mask: number, value: number): void {
  const hi = o.machine.regs[MSR_PAIR]!, lo = o.machine.regs[MSR_PAIR + 1]!;
  if ((lo & mask) !== value) o.violate(ME, d, 'msr', hi, (lo & ~mask) | value, hi, lo);
}

/**
 * The handler's frame is on the stack where it should be: on its own if that is asked for, also when something runs there already. An interrupted
 * r1 that was on none says nothing.
 */
function stack(o: Oracle, d: number): void {
  const from = o.snapshots.frame[o.level]!;
  if (from < 0) return;
  const expected = o.machine.space.words[o.paca + IRQ_OWN_STACK] !== 0 ? o.irqStack : from & -PAGE_BYTES;
  const found = o.head[d]!;
  if (found >= 0 && (found & -PAGE_BYTES) === expected) return;
  const { pageHi, pageLo } = o.machine.space, page = expected >>> PAGE_SHIFT;
  o.violate(ME, d, 'stack', pageHi[page]!, pageLo[page]!, o.r1[2 * d]!, o.r1[2 * d + 1]!);
}

function registers(o: Oracle, level: number): void {
  const { regs } = o.machine;
  const was = o.snapshots.regs;
  const row = level * REGISTERS;
  const d = o.depth - 1;
  was[row + R13] = o.pacaHi;
  was[row + R13 + 1] = o.pacaLo;
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
  call(o, d) {
    if (o.call[d] !== HANDLER_CALL) return;
    msr(o, d, HANDLER_MSR, HANDLER_MSR);
    stack(o, d);
  },
  interruptExit(o, level) {
    msr(o, o.depth - 1, MSR_EE, 0);
    registers(o, level);
    const { snapshots } = o;
    const depth = o.machine.space.words[o.paca + IRQ_DEPTH]!;
    if (depth !== snapshots.irqDepth[level]) o.violate(ME, o.depth - 1, 'irq depth', 0, snapshots.irqDepth[level]!, 0, depth);
    const frame = snapshots.frame[level]!;
    if (frame < 0) return;
    const from = interruptedBody(o, level) ? frame >> 2 : snapshots.from(frame);
    const word = snapshots.differs(o.machine.space.words, level, from, snapshots.endOf(frame));
    if (word >= 0) changedWord(o, ME, level, word, frame);
  },
};
