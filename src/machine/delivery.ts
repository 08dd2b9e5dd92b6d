/**
 * The processor's part when an interrupt is taken (Power ISA 2.07B, Book III-S 6.2, 6.5.7), and what becomes of the stack where the
 * interrupt's frames are going to be: the registers', and behind it, where the handler stays on this stack, the one from which it is called.
 * Entry code need not write every doubleword that it takes, and what it writes differs from kernel to kernel; so all are poison before it runs.
 */
import { IRQ_STACKS, PACAS, PAGE, SOFTIRQ_STACKS } from '../image/pages.ts';
import type { ProgramImage } from '../image/program.ts';
import { ACCESS, DIRTY_SHIFT, PAGE_SHIFT, PAGE_WORDS } from '../image/space.ts';
import { INTERRUPT_CALL_FRAME_BYTES, INTERRUPT_FRAME_BYTES } from '../kernel/frames.ts';
import { KERNEL_REDZONE_SIZE, PACA, PAGE_BYTES, STACK_BYTES } from '../kernel/layout.ts';
import type { Machine } from './machine.ts';
import { MSR_EE, MSR_PAIR, MSR_RI, SRR0, SRR1 } from './registers.ts';

/** SRR1 33:36 and 42:47 are set to 0 by an external interrupt. */
const SRR1_CLEARED = 0x78000000 | 0x003f0000;
/** Each word of the poison: as a doubleword no address of anything, and odd. */
const FRAME_POISON = 0x1a7e1a7f;

/** Sets SRR0, SRR1 and MSR for interrupt j (index) of the image's scenario, and what the device has to say (PACA). pc is the caller's. */
export function takeInterrupt(machine: Machine, image: ProgramImage, j: number): void {
  const { ownStack } = image.scenario.interrupts[j]!;
  take(machine, image.versionGlobal[image.interruptHandler[j]!]!, ownStack, stackOf(machine, image, j));
}

/** Flat page of the stack that interrupt j has where its handler leaves the interrupted one. */
export const stackOf = (machine: Machine, image: ProgramImage, j: number): number =>
  (image.interruptEmergency[j] !== 0 ? PAGE.EMERGENCY_STACK : (image.interruptSoft[j] !== 0 ? SOFTIRQ_STACKS : IRQ_STACKS)[machine.cpu]!);

/** The same for a tick, on whose way out the task is preempted. `tick`: flat word of the kernel's handler. */
export function takeTick(machine: Machine, tick: number): void {
  take(machine, tick, false, IRQ_STACKS[machine.cpu]!);
  put(machine, PACA.PACA_NEED_RESCHED, 0, 1);
}

/** `stack`: flat page. */
function take(machine: Machine, handler: number, ownStack: boolean, stack: number): void {
  const { regs, space, pc } = machine, page = Math.floor(pc / PAGE_WORDS);
  regs[SRR0] = space.pageHi[page]!;
  regs[SRR0 + 1] = space.pageLo[page]! + (pc % PAGE_WORDS << 2);
  regs[SRR1] = regs[MSR_PAIR]!;
  regs[SRR1 + 1] = regs[MSR_PAIR + 1]! & ~SRR1_CLEARED;
  regs[MSR_PAIR + 1] = regs[MSR_PAIR + 1]! & ~(MSR_EE | MSR_RI);
  const home = Math.floor(handler / PAGE_WORDS);
  put(machine, PACA.PACA_IRQ_HANDLER, space.pageHi[home]!, space.pageLo[home]! + (handler % PAGE_WORDS << 2));
  put(machine, PACA.PACA_IRQ_OWN_STACK, 0, ownStack ? 1 : 0);
  // While something runs on the interrupt stack a further handler is called where it finds itself (kernel/interrupt.ts).
  const leaves = ownStack && space.words[inPaca(machine, PACA.PACA_IRQ_DEPTH) >>> 2] === 0;
  if (leaves) put(machine, PACA.PACA_HARDIRQ_STACK, space.pageHi[stack]!, space.pageLo[stack]! + STACK_BYTES | 0);
  poisonFrames(machine, INTERRUPT_FRAME_BYTES + (leaves ? 0 : INTERRUPT_CALL_FRAME_BYTES));
}

/**
 * Poisons [r1-bytes, r1-288), as far as it lies in the data page of the doubleword below r1. A marked doubleword (one that the header of
 * a live frame has, where no frame may be taken) is left to entry code, whose stores are announced.
 */
function poisonFrames(machine: Machine, bytes: number): void {
  const { regs, marks, space: { words, dirty, pageAccess } } = machine;
  const lo = regs[3]!, last = machine.flat(lo >>> 0 < 8 ? regs[2]! - 1 | 0 : regs[2]!, lo - 8 | 0);
  if (last < 0 || (last & 7) !== 0 || pageAccess[last >>> PAGE_SHIFT] !== ACCESS.DATA) return;
  const to = last + 8 - KERNEL_REDZONE_SIZE, from = Math.max(last & -PAGE_BYTES, last + 8 - bytes);
  if (from >= to) return;
  for (let at = from; at < to; at += 8) {
    if (marks[at >>> 3] === 0) words[at >>> 2] = words[(at >>> 2) + 1] = FRAME_POISON;
  }
  dirty[from >>> DIRTY_SHIFT] = dirty[to - 1 >>> DIRTY_SHIFT] = 1;
}

/** A doubleword of the PACA. */
function put(machine: Machine, offset: number, hi: number, lo: number): void {
  const flat = inPaca(machine, offset);
  machine.space.words[flat >>> 2] = lo;
  machine.space.words[(flat >>> 2) + 1] = hi;
  machine.space.dirty[flat >>> DIRTY_SHIFT] = 1;
}

/** Flat byte offset of a field of the PACA. */
const inPaca = (machine: Machine, offset: number): number => PACAS[machine.cpu]! * PAGE_BYTES + offset;
